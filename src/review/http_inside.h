// Private to http: a request and its answer as libmicrohttpd has them.
#ifndef HEIYAN_REVIEW_HTTP_INSIDE_H
#define HEIYAN_REVIEW_HTTP_INSIDE_H

#include "review/http_stream.h"

#define OWN_HEADERS 8

struct HttpInside {
    struct MHD_Connection *connection;
};

struct HttpResponse {
    Channel *channel;
    const HttpRequest *request;
    struct MHD_Response *made;
    int status;
    const char *type;
    char tag[80];
    bool ranged; // Accept-Ranges
    bool lasts;  // a stream
    char range[96];
    struct {
        char name[40], *value;
    } headers[OWN_HEADERS];
    size_t header_count;
};

// A short plain text that outlives the server.
void response_words(HttpResponse *response, int status, const char *words);
// Hands the answer over to libmicrohttpd and frees what it held.
enum MHD_Result response_send(HttpResponse *response);

#endif
