#include "app/queue.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>

struct Queue {
    size_t max_bytes;
    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;
    Queued *items; // a ring
    size_t first, count, room, bytes;
    size_t keys[2]; // of the main stream and the sub-stream
    bool torn[2];
    bool closed;
};

Status queue_create(Queue **out, size_t max_bytes, Error *error)
{
    Queue *queue = *out = calloc(1, sizeof *queue);
    if (!queue)
        return error_set(error, STATUS_MEMORY, "out of memory");
    queue->max_bytes = max_bytes;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->wake, NULL);
    return STATUS_OK;
}

static Queued *at(Queue *queue, size_t index)
{
    return &queue->items[(queue->first + index) % queue->room];
}

static Queued take_locked(Queue *queue)
{
    Queued item = *at(queue, 0);
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
    if (item.packet) {
        queue->bytes -= packet_size(item.packet);
        queue->keys[item.substream] -= packet_key(item.packet);
    }
    item.keys_behind = queue->keys[item.substream];
    return item;
}

void queue_destroy(Queue **out)
{
    Queue *queue = *out;
    *out = NULL;
    if (!queue)
        return;
    while (queue->count) {
        Queued item = take_locked(queue);
        packet_unref(&item.packet);
    }
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->wake);
    free(queue->items);
    free(queue);
}

static bool grow_locked(Queue *queue)
{
    size_t room = queue->room ? 2 * queue->room : 64;
    Queued *grown = malloc(room * sizeof *grown);
    if (!grown)
        return false;
    for (size_t i = 0; i < queue->count; i++)
        grown[i] = *at(queue, i);
    free(queue->items);
    queue->items = grown;
    queue->room = room;
    queue->first = 0;
    return true;
}

static size_t drop_oldest_locked(Queue *queue)
{
    Queued item = take_locked(queue);
    queue->torn[item.substream] = true;
    size_t dropped = item.packet != NULL;
    packet_unref(&item.packet);
    return dropped;
}

size_t queue_push(Queue *queue, Packet *packet, bool substream)
{
    size_t dropped = 0;
    pthread_mutex_lock(&queue->lock);
    if (packet)
        while (queue->count && queue->bytes + packet_size(packet) > queue->max_bytes)
            dropped += drop_oldest_locked(queue);
    if (queue->count == queue->room && !grow_locked(queue)) {
        pthread_mutex_unlock(&queue->lock);
        return dropped + 1;
    }
    queue->count++;
    *at(queue, queue->count - 1) = (Queued){.packet = packet ? packet_ref(packet) : NULL,
                                            .arrived_us = clock_monotonic_us(),
                                            .substream = substream};
    if (packet) {
        queue->bytes += packet_size(packet);
        queue->keys[substream] += packet_key(packet);
    }
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->lock);
    return dropped;
}

bool queue_take(Queue *queue, Queued *out)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->count && !queue->closed)
        pthread_cond_wait(&queue->wake, &queue->lock);
    bool any = queue->count;
    if (any) {
        *out = take_locked(queue);
        out->torn = queue->torn[out->substream];
        queue->torn[out->substream] = false;
    }
    pthread_mutex_unlock(&queue->lock);
    return any;
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_bytes(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t bytes = queue->bytes;
    pthread_mutex_unlock(&queue->lock);
    return bytes;
}
