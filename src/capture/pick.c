// The few full-resolution pictures that evidence needs, out of the packets of a ring.
#include "capture/decoder.h"
#include "capture/ring.h"

#include <stdlib.h>

typedef struct Pick {
    Packet *const *packets;
    size_t packet_count;
    const int64_t *times_us;
    size_t time_count;
    Picture **out;
    Decoder *decoder;
} Pick;

static int64_t apart(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

static size_t nearest_packet(const Pick *pick, int64_t time_us)
{
    size_t best = 0;
    for (size_t i = 1; i < pick->packet_count; i++)
        if (apart(packet_time_us(pick->packets[i]), time_us) <
            apart(packet_time_us(pick->packets[best]), time_us))
            best = i;
    return best;
}

static size_t gop_start(const Pick *pick, size_t i)
{
    while (i && !packet_key(pick->packets[i]))
        i--;
    return i;
}

static size_t gop_end(const Pick *pick, size_t start)
{
    size_t end = start + 1;
    while (end < pick->packet_count && !packet_key(pick->packets[end]))
        end++;
    return end;
}

// Marks, by their first packet, the GOPs that must be decoded, and notes the latest time wanted of each.
static void mark(const Pick *pick, int64_t *wanted)
{
    for (size_t i = 0; i < pick->packet_count; i++)
        wanted[i] = INT64_MIN;
    for (size_t i = 0; i < pick->time_count; i++) {
        size_t packet = nearest_packet(pick, pick->times_us[i]);
        int64_t time_us = packet_time_us(pick->packets[packet]);
        size_t start = gop_start(pick, packet);
        wanted[start] = time_us > wanted[start] ? time_us : wanted[start];
        // Shown before its key frame: made from pictures of the GOP before as well.
        if (start && time_us < packet_time_us(pick->packets[start])) {
            size_t before = gop_start(pick, start - 1);
            wanted[before] = INT64_MAX;
        }
    }
}

// Keeps the picture where it is nearer to a wanted time than what stands there.
static void offer(const Pick *pick, Picture *picture)
{
    for (size_t i = 0; i < pick->time_count; i++) {
        Picture **held = &pick->out[i];
        if (*held && apart((*held)->time_us, pick->times_us[i]) <=
                         apart(picture->time_us, pick->times_us[i]))
            continue;
        picture_unref(held);
        *held = picture_ref(picture);
    }
}

// Takes what is decoded; *last becomes the newest time.
static Status drain(const Pick *pick, int64_t *last, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(pick->decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        *last = picture->time_us;
        offer(pick, picture);
        picture_unref(&picture);
    }
}

static Status run(const Pick *pick, const int64_t *wanted, Error *error)
{
    Status status = STATUS_OK;
    bool fresh = true; // the decoder has not seen the GOP before
    for (size_t start = 0; start < pick->packet_count && status == STATUS_OK;) {
        size_t end = gop_end(pick, start);
        int64_t last = INT64_MIN, until = wanted[start];
        if (until == INT64_MIN) {
            fresh = true;
            start = end;
            continue;
        }
        if (fresh)
            decoder_flush(pick->decoder);
        bool more = end < pick->packet_count && wanted[end] != INT64_MIN;
        for (size_t i = start; i < end && status == STATUS_OK && (more || last < until); i++) {
            status = decoder_send(pick->decoder, pick->packets[i], error);
            if (status == STATUS_OK)
                status = drain(pick, &last, error);
        }
        if (!more && last < until && status == STATUS_OK) {
            status = decoder_send(pick->decoder, NULL, error);
            if (status == STATUS_OK)
                status = drain(pick, &last, error);
        }
        fresh = !more;
        start = end;
    }
    return status;
}

Status packets_decode(Packet *const *packets, size_t packet_count, const int64_t *times_us,
                      size_t time_count, Picture **out, Error *error)
{
    for (size_t i = 0; i < time_count; i++)
        out[i] = NULL;
    if (!packet_count || !time_count)
        return STATUS_OK;
    Pick pick = {packets, packet_count, times_us, time_count, out, NULL};
    int64_t *wanted = malloc(packet_count * sizeof *wanted);
    Status status = wanted ? decoder_create(&pick.decoder, error)
                           : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        mark(&pick, wanted);
        status = run(&pick, wanted, error);
    }
    decoder_destroy(&pick.decoder);
    free(wanted);
    if (status != STATUS_OK)
        for (size_t i = 0; i < time_count; i++)
            picture_unref(&out[i]);
    return status;
}
