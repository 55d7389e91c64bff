#include "capture/ring.h"

#include <stdlib.h>
#include <string.h>

struct Ring {
    Packet **packets; // decode order, a key frame first
    size_t count, room, bytes, max_bytes;
    int64_t span_us, last_us;
};

Status ring_create(Ring **out, int64_t span_us, size_t max_bytes, Error *error)
{
    Ring *ring = *out = calloc(1, sizeof *ring);
    if (!ring)
        return error_set(error, STATUS_MEMORY, "out of memory");
    ring->span_us = span_us;
    ring->max_bytes = max_bytes;
    ring->last_us = INT64_MIN;
    return STATUS_OK;
}

void ring_destroy(Ring **out)
{
    Ring *ring = *out;
    *out = NULL;
    if (!ring)
        return;
    for (size_t i = 0; i < ring->count; i++)
        packet_unref(&ring->packets[i]);
    free(ring->packets);
    free(ring);
}

// Start of the second GOP, 0 if there is only one.
static size_t second_gop(const Ring *ring)
{
    for (size_t i = 1; i < ring->count; i++)
        if (packet_key(ring->packets[i]))
            return i;
    return 0;
}

static void drop_first(Ring *ring, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ring->bytes -= packet_size(ring->packets[i]);
        packet_unref(&ring->packets[i]);
    }
    ring->count -= count;
    if (ring->count)
        memmove(ring->packets, ring->packets + count, ring->count * sizeof *ring->packets);
}

static void trim(Ring *ring)
{
    for (;;) {
        size_t next = second_gop(ring);
        bool long_enough =
            next && ring->last_us - packet_time_us(ring->packets[next]) >= ring->span_us;
        if (!next || (!long_enough && ring->bytes <= ring->max_bytes))
            return;
        drop_first(ring, next);
    }
}

void ring_clear(Ring *ring)
{
    if (ring->count)
        drop_first(ring, ring->count);
}

void ring_drop_before(Ring *ring, int64_t time_us)
{
    for (size_t next; (next = second_gop(ring)) && packet_time_us(ring->packets[next]) <= time_us;)
        drop_first(ring, next);
}

Status ring_push(Ring *ring, Packet *packet, Error *error)
{
    if (!ring->count && !packet_key(packet))
        return STATUS_OK; // nothing to decode it from
    if (ring->count == ring->room) {
        size_t room = ring->room ? ring->room * 2 : 256;
        Packet **grown = realloc(ring->packets, room * sizeof *grown);
        if (!grown)
            return error_set(error, STATUS_MEMORY, "out of memory");
        ring->packets = grown;
        ring->room = room;
    }
    ring->packets[ring->count++] = packet_ref(packet);
    ring->bytes += packet_size(packet);
    if (packet_time_us(packet) > ring->last_us)
        ring->last_us = packet_time_us(packet);
    if (packet_key(packet))
        trim(ring);
    return STATUS_OK;
}

int64_t ring_first_us(const Ring *ring)
{
    return ring->count ? packet_time_us(ring->packets[0]) : INT64_MAX;
}

int64_t ring_last_us(const Ring *ring)
{
    return ring->count ? ring->last_us : INT64_MIN;
}

Status ring_copy(const Ring *ring, int64_t from_us, int64_t to_us, Packet ***out, size_t *count,
                 Error *error)
{
    *out = NULL;
    *count = 0;
    size_t first = 0, end = 0;
    for (size_t i = 0; i < ring->count; i++) {
        if (packet_key(ring->packets[i]) && packet_time_us(ring->packets[i]) <= from_us)
            first = i;
        if (packet_time_us(ring->packets[i]) <= to_us)
            end = i + 1;
    }
    if (end <= first)
        return STATUS_OK;
    Packet **packets = calloc(end - first, sizeof *packets);
    if (!packets)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = first; i < end; i++)
        packets[i - first] = packet_ref(ring->packets[i]);
    *out = packets;
    *count = end - first;
    return STATUS_OK;
}

void packets_free(Packet ***packets, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        packet_unref(&(*packets)[i]);
    free(*packets);
    *packets = NULL;
    *count = 0;
}
