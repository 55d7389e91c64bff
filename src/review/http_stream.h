// Private to http: server-sent events, one ring of the last ones for all who listen.
#ifndef HEIYAN_REVIEW_HTTP_STREAM_H
#define HEIYAN_REVIEW_HTTP_STREAM_H

#include "review/http.h"

#include <microhttpd.h>

typedef struct Channel Channel;

Channel *channel_create(void); // NULL: out of memory
void channel_destroy(Channel **channel);
void channel_publish(Channel *channel, const char *name, const char *data, const char *scope);
void channel_close(Channel *channel); // every stream ends soon

// A response that follows the channel; NULL when out of memory (the listener is then released).
struct MHD_Response *channel_follow(Channel *channel, const HttpListener *listener);

#endif
