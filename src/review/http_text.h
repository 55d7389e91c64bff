// The texts of HTTP taken apart: addresses, paths, queries, cookies, ranges. Plain functions that
// trust nothing. Thread-safe.
#ifndef HEIYAN_REVIEW_HTTP_TEXT_H
#define HEIYAN_REVIEW_HTTP_TEXT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define HTTP_PAIRS 64         // of one query
#define HTTP_ADDRESS_SIZE 128 // of a peer or of "http://[...]:8471"

// "127.0.0.1:8471", "[::1]:8471", "localhost:8471". STATUS_ARGUMENT with a hint for anything else.
// *loopback: nothing but this machine can reach it.
Status http_listen_parse(const char *text, struct sockaddr_storage *address, socklen_t *size,
                         bool *loopback, Error *error);
// "127.0.0.1", "2001:db8::1"; an IPv4 address in IPv6's clothes as IPv4.
void http_address_text(const struct sockaddr *address, char out[HTTP_ADDRESS_SIZE]);
// Whether a Host header (NULL: none came) asks for this machine by a name that only it can give
// itself: 127.0.0.1, [::1], localhost, or the host in address, "http://127.0.0.1:8471".
bool http_is_local_host(const char *address, const char *host);

// Decodes size bytes of text into out (size + 1 bytes), each %XX once. False for a bad %XX, a
// control character (NUL included), what is not UTF-8 and, in a path, an encoded slash.
bool http_decode(const char *text, size_t size, bool is_path, char *out);
bool http_utf8_valid(const char *text);

typedef struct HttpPair {
    const char *name, *value;
} HttpPair;

typedef struct HttpQuery {
    HttpPair pairs[HTTP_PAIRS];
    size_t count;
    char *text; // what the pairs point into
} HttpQuery;

// "a=1&b=%E9%BB%91" without the question mark; "+" is a space. STATUS_ARGUMENT for what
// http_decode refuses, for too many and for a name that stands there twice. On failure *out is
// empty.
Status http_query_parse(const char *text, HttpQuery *out, Error *error);
void http_query_finish(HttpQuery *query);
const char *http_query_value(const HttpQuery *query, const char *name); // NULL: none

// A cookie's value from a Cookie header, copied. False: none of that name, or too long for out.
bool http_cookie_parse(const char *header, const char *name, char *out, size_t size);

typedef enum HttpRange { HTTP_RANGE_WHOLE, HTTP_RANGE_PART, HTTP_RANGE_NONE } HttpRange;

// A Range header against size bytes. Several ranges at once are answered with the whole, as the
// standard allows; one that is malformed or beyond the end is none.
HttpRange http_range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *count);

#endif
