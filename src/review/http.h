// A small web server over libmicrohttpd that knows nothing of what it serves.
//
// Every connection has a thread of libmicrohttpd's own: a handler may take its time (a report, a
// slow disk) and nobody else waits for it. What a stranger can use up is bounded: connections in
// all and per address, bytes of headers and of a body, seconds a request may take to arrive.
//
// Every answer carries a Content-Security-Policy without inline script, nosniff, no referrer, no
// framing, same-origin, and is not stored unless http_answer_tag says so.
#ifndef HEIYAN_REVIEW_HTTP_H
#define HEIYAN_REVIEW_HTTP_H

#include "review/http_text.h"

#define HTTP_BODY_SIZE (1 << 20)

typedef struct Http Http;
typedef struct HttpInside HttpInside;

typedef struct HttpRequest { // all of it is borrowed for the time of the handler
    const char *method;      // "GET" (a HEAD comes as one too), "POST", "PUT" or "DELETE"
    const char *path;        // begins with '/'; decoded once; UTF-8 without control characters
    HttpQuery query;
    const char *body; // NUL-terminated; "" when there is none
    size_t body_size;
    char peer[HTTP_ADDRESS_SIZE];
    bool secure; // came through TLS
    const HttpInside *inside;
} HttpRequest;

// NULL: no such header. Names are compared without case.
const char *http_header(const HttpRequest *request, const char *name);
// False: no such cookie, or too long for out.
bool http_cookie(const HttpRequest *request, const char *name, char *out, size_t size);

// What a handler fills. The last call of http_answer... counts; without one the answer is 500.
typedef struct HttpResponse HttpResponse;

// type: a Content-Type, static. bytes: malloc'd and taken over (NULL with size 0: no body).
void http_answer(HttpResponse *response, int status, const char *type, void *bytes, size_t size);
// The same with bytes that outlive the server.
void http_answer_fixed(HttpResponse *response, int status, const char *type, const void *bytes,
                       size_t size);
// A file, by ranges where asked for. It is opened here and may be removed right after.
Status http_answer_file(HttpResponse *response, const char *path, const char *type, Error *error);

// Who listens to a stream of server-sent events. The functions are called by several threads,
// though never two at once for one listener.
typedef struct HttpListener {
    bool (*wants)(void *context, const char *scope); // whether an event of that scope is for it
    bool (*alive)(void *context);                    // false ends the stream; asked every 15 s
    void (*release)(void *context);                  // last call
    void *context;
} HttpListener;
// A stream that lasts until either side ends it. *listener is copied; its context is taken over.
void http_answer_stream(HttpResponse *response, const HttpListener *listener);

// Copies both. A value with control characters is dropped. At most 8.
void http_answer_header(HttpResponse *response, const char *name, const char *value);
// The content is known by tag (without quotes): the browser may keep it and ask for changes.
void http_answer_tag(HttpResponse *response, const char *tag);

typedef struct HttpOptions {
    const char *listen;            // as for http_listen_parse; port 0: any that is free
    const char *certificate, *key; // PEM files, NULL = without TLS
    void (*handle)(void *context, const HttpRequest *request, HttpResponse *response);
    void *context; // borrowed until http_stop
} HttpOptions;

// STATUS_ARGUMENT: an address that is none, or a certificate that cannot be used; STATUS_IO: the
// address is taken. *out is set before the first request is handled.
Status http_start(Http **out, const HttpOptions *options, Error *error);
void http_stop(Http **http); // waits for handlers; ends streams
// "http://127.0.0.1:8471", with the port that was found.
const char *http_address(const Http *http);

// Call about once a second: ends requests that take more than 15 s to arrive, however steadily.
void http_tend(Http *http);
// Tells every listener that wants the scope. name and data: one line each. Any thread.
void http_publish(Http *http, const char *name, const char *data, const char *scope);

#endif
