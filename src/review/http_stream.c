#include "review/http_stream.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEPT 256 // events; who falls further behind starts anew
#define QUIET_S 15

typedef struct Event {
    char *text, *scope;
} Event;

struct Channel {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Event events[KEPT]; // number n stands in n % KEPT; under lock, as all below
    uint64_t next;
    bool closed;
};

typedef struct Stream { // one browser; used by its connection's thread only
    Channel *channel;
    HttpListener listener;
    uint64_t next;
    char *text; // being sent
    size_t size, sent;
} Stream;

Channel *channel_create(void)
{
    Channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return NULL;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&channel->lock, NULL);
    pthread_cond_init(&channel->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return channel;
}

static void free_event(Event *event)
{
    free(event->text);
    free(event->scope);
}

void channel_destroy(Channel **channel)
{
    if (!*channel)
        return;
    for (size_t i = 0; i < KEPT; i++)
        free_event(&(*channel)->events[i]);
    pthread_cond_destroy(&(*channel)->changed);
    pthread_mutex_destroy(&(*channel)->lock);
    free(*channel);
    *channel = NULL;
}

void channel_publish(Channel *channel, const char *name, const char *data, const char *scope)
{
    Event event = {.scope = strdup(scope ? scope : "")};
    if (asprintf(&event.text, "event: %s\ndata: %s\n\n", name, data) < 0)
        event.text = NULL;
    if (!event.text || !event.scope) { // out of memory: they see it with their next request
        free_event(&event);
        return;
    }
    pthread_mutex_lock(&channel->lock);
    Event *place = &channel->events[channel->next++ % KEPT];
    free_event(place);
    *place = event;
    pthread_cond_broadcast(&channel->changed);
    pthread_mutex_unlock(&channel->lock);
}

void channel_close(Channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    channel->closed = true;
    pthread_cond_broadcast(&channel->changed);
    pthread_mutex_unlock(&channel->lock);
}

// Waits for the next event that the listener wants, or for the time of a comment. NULL: the end.
static char *next_text_locked(Stream *stream)
{
    Channel *channel = stream->channel;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += QUIET_S;
    for (;;) {
        if (channel->closed || channel->next - stream->next > KEPT)
            return NULL;
        while (stream->next < channel->next) {
            const Event *event = &channel->events[stream->next++ % KEPT];
            if (stream->listener.wants(stream->listener.context, event->scope))
                return strdup(event->text);
        }
        if (pthread_cond_timedwait(&channel->changed, &channel->lock, &until) != 0)
            return strdup(":\n\n");
    }
}

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t room)
{
    (void)position;
    Stream *stream = context;
    if (stream->sent == stream->size) {
        free(stream->text);
        stream->text = NULL;
        stream->sent = stream->size = 0;
        if (!stream->listener.alive(stream->listener.context))
            return MHD_CONTENT_READER_END_OF_STREAM;
        pthread_mutex_lock(&stream->channel->lock);
        stream->text = next_text_locked(stream);
        pthread_mutex_unlock(&stream->channel->lock);
        if (!stream->text || !stream->listener.alive(stream->listener.context))
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->size = strlen(stream->text);
    }
    size_t part = stream->size - stream->sent < room ? stream->size - stream->sent : room;
    memcpy(out, stream->text + stream->sent, part);
    stream->sent += part;
    return (ssize_t)part;
}

static void free_stream(void *context)
{
    Stream *stream = context;
    stream->listener.release(stream->listener.context);
    free(stream->text);
    free(stream);
}

struct MHD_Response *channel_follow(Channel *channel, const HttpListener *listener)
{
    static const char hello[] = "retry: 3000\n\n"; // so that the browser sees the stream open
    Stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        listener->release(listener->context);
        return NULL;
    }
    stream->channel = channel;
    stream->listener = *listener;
    stream->text = strdup(hello);
    stream->size = stream->text ? sizeof hello - 1 : 0;
    pthread_mutex_lock(&channel->lock);
    stream->next = channel->next;
    pthread_mutex_unlock(&channel->lock);
    struct MHD_Response *made =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, free_stream);
    if (!made)
        free_stream(stream);
    return made;
}
