#include "app/seeing.h"

#include "capture/decoder.h"
#include "capture/ring.h"
#include "plate/passage.h"

#include <stdlib.h>
#include <string.h>

#define LEAD_US INT64_C(1500000) // a vehicle is followed from before the first moment
#define GAP_US INT64_C(700000)   // without a picture: a vehicle may have been missed
#define LOOKS 3                  // pictures in which the plate is looked for
#define APART_US INT64_C(200000) // of each other

void seen_free(Seen *seen)
{
    picture_unref(&seen->panorama);
    picture_unref(&seen->plate_picture);
    *seen = (Seen){0};
}

static Status shift(StreamRecent *recent, Error *error)
{
    for (size_t i = 0; i < recent->count; i++) {
        Packet *shifted = packet_shifted(recent->packets[i], recent->shift_us);
        if (!shifted)
            return error_set(error, STATUS_MEMORY, "out of memory");
        packet_unref(&recent->packets[i]);
        recent->packets[i] = shifted;
    }
    return STATUS_OK;
}

// ---- passages ----

static Status learn_key(Decoder *decoder, Passers *passers, const Packet *packet, Error *error)
{
    Picture *picture = NULL;
    Status status = decoder_send(decoder, packet, error);
    if (status == STATUS_OK)
        status = decoder_send(decoder, NULL, error);
    if (status == STATUS_OK)
        status = decoder_receive(decoder, &picture, error);
    if (picture)
        status = passers_learn(passers, picture, error);
    picture_unref(&picture);
    decoder_flush(decoder);
    return status == STATUS_END ? STATUS_OK : status;
}

typedef struct Search { // through one camera's packets
    StreamRecent *recent;
    const PlateModels *plates;
    int64_t from_us, to_us;
    const atomic_bool *stop;
    Decoder *decoder;
    int width, height;
    int64_t last_us; // of the last picture that counts
    Seen *seen;
} Search;

// Keeps account of whether the pictures cover the window.
static void cover(Search *search, const Picture *picture)
{
    Seen *seen = search->seen;
    search->width = picture->width;
    search->height = picture->height;
    bool within = picture->time_us >= search->from_us && picture->time_us <= search->to_us;
    if (picture->time_us <= search->from_us)
        search->last_us = search->from_us;
    else if (within && picture->time_us - search->last_us > GAP_US)
        seen->gaps = true;
    if (within && picture->time_us > search->last_us)
        search->last_us = picture->time_us;
    seen->pictures += within;
}

static Status push_pictures(Search *search, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(search->decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        cover(search, picture);
        status = passers_push(search->recent->passers, picture, error);
        picture_unref(&picture);
        if (status != STATUS_OK)
            return status;
    }
}

// All pictures from the last key frame before the window on.
static Status follow(Search *search, Error *error)
{
    Packet *const *packets = search->recent->packets;
    size_t first = 0, count = search->recent->count;
    Status status = STATUS_OK;
    for (size_t i = 0; i < count; i++)
        if (packet_key(packets[i]) && packet_time_us(packets[i]) <= search->from_us - LEAD_US)
            first = i;
    for (size_t i = first; i < count && status == STATUS_OK; i++) {
        if (*search->stop)
            return error_set(error, STATUS_CANCELLED, "told to stop");
        status = decoder_send(search->decoder, packets[i], error);
        if (status == STATUS_OK)
            status = push_pictures(search, error);
    }
    if (status == STATUS_OK)
        status = decoder_send(search->decoder, NULL, error);
    if (status == STATUS_OK)
        status = push_pictures(search, error);
    search->seen->gaps |= search->last_us < search->to_us - GAP_US;
    return status == STATUS_OK ? passers_finish(search->recent->passers, error) : status;
}

static Status find_passers(Search *search, Error *error)
{
    StreamRecent *recent = search->recent;
    Status status = decoder_create(&search->decoder, error);
    for (size_t i = 0; i < recent->count && status == STATUS_OK; i++) {
        if (*search->stop)
            status = error_set(error, STATUS_CANCELLED, "told to stop");
        else if (packet_key(recent->packets[i]))
            status = learn_key(search->decoder, recent->passers, recent->packets[i], error);
    }
    if (status == STATUS_OK)
        status = follow(search, error);
    decoder_destroy(&search->decoder);
    return status;
}

// ---- the one ----

typedef struct Looks { // pictures of the vehicle, times ascending
    int64_t times_us[LOOKS];
    Picture *pictures[LOOKS];
    size_t count;
} Looks;

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// How well the vehicle is seen: large, and whole.
static double worth(const TrackPoint *point, int width, int height)
{
    Box box = point->box;
    bool cut = box.x < 4 || box.y < 4 || box.x + box.w > width - 4 || box.y + box.h > height - 4;
    return box.w * (cut ? 0.5 : 1);
}

// The point that is worth most and not near those already chosen; NULL: there is none.
static const TrackPoint *best_point(const Passer *passer, const Looks *looks, int width, int height)
{
    const TrackPoint *best = NULL;
    for (size_t i = 0; i < passer->point_count; i++) {
        const TrackPoint *point = &passer->points[i];
        bool near = false;
        for (size_t n = 0; n < looks->count; n++)
            near |= llabs(looks->times_us[n] - point->time_us) < APART_US;
        if (!near && (!best || worth(point, width, height) > worth(best, width, height)))
            best = point;
    }
    return best;
}

static void read_plate(const PlateModels *models, const Passer *passer, const Looks *looks,
                       Seen *seen)
{
    PlateView views[LOOKS];
    size_t shown;
    for (size_t i = 0; i < looks->count; i++) {
        Picture *picture = looks->pictures[i];
        views[i] = (PlateView){.picture = picture};
        if (picture)
            views[i].where = way_box_at(passer->points, passer->point_count, picture->time_us);
    }
    seen->has_plate = plate_of_passage(models, views, looks->count, &seen->plate, &shown);
    if (seen->has_plate)
        seen->plate_picture = picture_ref(looks->pictures[shown]);
}

// Its picture where it is largest and whole, and its plate.
static Status show(const Search *search, const Passer *passer, Error *error)
{
    const StreamRecent *recent = search->recent;
    Seen *seen = search->seen;
    Looks looks = {0};
    const TrackPoint *point;
    while (looks.count < LOOKS &&
           (point = best_point(passer, &looks, search->width, search->height)))
        looks.times_us[looks.count++] = point->time_us;
    qsort(looks.times_us, looks.count, sizeof *looks.times_us, by_time);
    Status status = packets_decode(recent->packets, recent->count, looks.times_us, looks.count,
                                   looks.pictures, error);
    if (status == STATUS_OK)
        read_plate(search->plates, passer, &looks, seen);
    for (size_t i = 0; i < looks.count && status == STATUS_OK; i++)
        if (looks.pictures[i] && looks.times_us[i] == seen->times_us[0])
            seen->panorama = picture_ref(looks.pictures[i]);
    for (size_t i = 0; i < looks.count; i++)
        picture_unref(&looks.pictures[i]);
    return status;
}

// Those of the passers that were largest, passed, in the window. Returns the last of them.
static const Passer *count_candidates(const Search *search)
{
    const Looks none = {0};
    const Passer *one = NULL;
    Seen *seen = search->seen;
    size_t count;
    const Passer *list = passers_list(search->recent->passers, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t time_us = best_point(&list[i], &none, search->width, search->height)->time_us;
        if (time_us < search->from_us || time_us > search->to_us)
            continue;
        if (seen->candidates < SEEN_TIMES)
            seen->times_us[seen->candidates] = time_us;
        seen->candidates++;
        one = &list[i];
    }
    return one;
}

Status seeing_run(StreamRecent *recent, const PlateModels *plates, int64_t from_us, int64_t to_us,
                  const atomic_bool *stop, Seen *out, Error *error)
{
    Search search = {.recent = recent,
                     .plates = plates,
                     .from_us = from_us,
                     .to_us = to_us,
                     .stop = stop,
                     .last_us = from_us,
                     .seen = out};
    *out = (Seen){0};
    Status status = shift(recent, error);
    if (status == STATUS_OK)
        status = find_passers(&search, error);
    const Passer *one = status == STATUS_OK ? count_candidates(&search) : NULL;
    if (out->candidates == 1 && !out->gaps)
        status = show(&search, one, error);
    if (status != STATUS_OK)
        seen_free(out);
    return status;
}
