#include "app/pipeline.h"

#include "base/clock.h"
#include "base/log.h"
#include "capture/decoder.h"
#include "capture/ring.h"
#include "evidence/pack.h"
#include "plate/read.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAD_US (5 * SECOND_US) // of a clip before the passage, and after it
// of the file before, to know the road and the vehicles at the border
#define WARM_UP_US (20 * SECOND_US)
#define OVERRUN_US (30 * SECOND_US) // of the file after, for passages that cross the border
#define RING_SPAN_US (45 * SECOND_US)
#define RING_BYTES (40u << 20)
#define LONGEST_CLIP_US (60 * SECOND_US)
#define LEARN_VIEWS 31    // key frames that teach the empty road
#define PLATE_TRIES 3     // places per picture that may be the plate
#define PLATE_SHARE 0.125 // of the vehicle's width is the narrowest plate
#define PLATE_PICTURES 1  // looked at beside the panoramas; each costs 3 MB at 1080p

typedef struct Unit {
    const Footage *footage;
    const Settings *settings;
    const CameraSettings *camera;
    const char *staging, *name;
    UnitProgress *progress;
    UnitResult *result;
    Road *road;
    Ring *ring;
    Decoder *decoder;
    SourceInfo info;
    Event *pending; // finished passages that wait for the seconds after them
    size_t pending_count, pending_room;
    int64_t last_us;   // newest picture
    int64_t border_us; // first moment after the file
    char settings_hash[SHA256_HEX_SIZE];
} Unit;

static bool cancelled(const Unit *unit)
{
    return unit->progress && atomic_load(unit->progress->cancelled);
}

// ---- first pass: the empty road from key frames ----

static Status learn_from(Unit *unit, Source *source, Error *error)
{
    int64_t duration = source_info(source)->duration_us, next_us = INT64_MIN;
    int64_t apart = duration / LEARN_VIEWS;
    for (;;) {
        Packet *packet;
        Status status = source_read(source, true, &packet, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        if (cancelled(unit)) {
            packet_unref(&packet);
            return error_set(error, STATUS_CANCELLED, "stopped");
        }
        bool wanted = packet_time_us(packet) >= next_us;
        if (wanted)
            next_us = packet_time_us(packet) + apart;
        Picture *picture = NULL;
        if (wanted && (status = decoder_send(unit->decoder, packet, error)) == STATUS_OK &&
            (status = decoder_send(unit->decoder, NULL, error)) == STATUS_OK)
            status = decoder_receive(unit->decoder, &picture, error);
        if (picture)
            status = road_learn(unit->road, picture, error);
        picture_unref(&picture);
        packet_unref(&packet);
        decoder_flush(unit->decoder);
        if (status != STATUS_OK && status != STATUS_END)
            return status;
    }
}

static Status learn(Unit *unit, Error *error)
{
    Source *source;
    if (unit->footage->stills)
        return STATUS_OK; // as cheap to wait for as to read twice
    Status status = footage_open(unit->footage, unit->footage->start_us, &source, error);
    if (status == STATUS_OK)
        status = learn_from(unit, source, error);
    source_close(&source);
    return status;
}

// ---- from an event to a staged pack ----

typedef struct Wanted { // pictures of one event, times ascending
    int64_t times_us[3 + PLATE_PICTURES];
    Picture *pictures[3 + PLATE_PICTURES];
    size_t count;
} Wanted;

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Times at which the vehicle's rear is largest: plates are read there. Fully in the picture counts
// more. taken: times whose pictures are decoded anyway.
static size_t plate_times(const Event *event, const SourceInfo *info, const int64_t *taken,
                          size_t taken_count, int64_t *times_us)
{
    size_t count = 0;
    while (count < PLATE_PICTURES) {
        double best = 0;
        int64_t time_us = 0;
        for (size_t i = 0; i < event->point_count; i++) {
            const TrackPoint *point = &event->points[i];
            bool near = false;
            for (size_t n = 0; n < count; n++)
                near |= llabs(times_us[n] - point->time_us) < SECOND_US / 4;
            for (size_t n = 0; n < taken_count; n++)
                near |= llabs(taken[n] - point->time_us) < SECOND_US / 4;
            bool cut = point->box.y + point->box.h > info->height - 4 || point->box.x < 4 ||
                       point->box.x + point->box.w > info->width - 4;
            double size = (double)point->box.w * (cut ? 0.5 : 1);
            if (!near && size > best) {
                best = size;
                time_us = point->time_us;
            }
        }
        if (best <= 0)
            break;
        times_us[count++] = time_us;
    }
    return count;
}

static Box box_at(const Event *event, int64_t time_us)
{
    size_t best = 0;
    for (size_t i = 1; i < event->point_count; i++)
        if (llabs(event->points[i].time_us - time_us) <
            llabs(event->points[best].time_us - time_us))
            best = i;
    return event->points[best].box;
}

// The plate over the pictures of the passage: read in each, shown in the best. A reader that fails
// costs the reading, not the event.
static bool find_plate(const Event *event, const Wanted *wanted, Plate *best, Picture **picture)
{
    Plate found[3 + PLATE_PICTURES];
    size_t count = 0, shown = 0;
    double value = 0;
    Error error;
    PlateFinder *finder = NULL; // events are rare: loading them anew costs less than keeping them
    PlateReader *reader = NULL;
    if (plate_finder_create(&finder, NULL, &error) != STATUS_OK ||
        plate_reader_create(&reader, NULL, &error) != STATUS_OK) {
        log_warning("plates are not read: %s", error.text);
        plate_finder_destroy(&finder);
        return false;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        Plate seen[PLATE_TRIES];
        size_t many = 0;
        if (!wanted->pictures[i])
            continue;
        Box rear = box_at(event, wanted->pictures[i]->time_us);
        rear.y += rear.h / 4; // plates are never on the roof
        rear.h -= rear.h / 4;
        if (plate_find(finder, reader, wanted->pictures[i], rear, rear.w * PLATE_SHARE, seen,
                       PLATE_TRIES, &many, &error) != STATUS_OK)
            log_warning("plate not read: %s", error.text);
        if (!many)
            continue;
        double worth = (1 + seen[0].confidence) * seen[0].sharpness * sqrt(seen[0].box.w);
        if (worth > value) {
            value = worth;
            shown = count;
            *picture = wanted->pictures[i];
        }
        found[count++] = seen[0];
    }
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
    if (value <= 0)
        return false;
    // The reading of all, in the place of the picture shown.
    const Plate *place = &found[shown];
    *best = plate_fuse(found, count);
    best->box = place->box;
    memcpy(best->corners, place->corners, sizeof best->corners);
    memcpy(best->colour, place->colour, sizeof best->colour);
    best->sharpness = place->sharpness;
    return true;
}

static Status stage(Unit *unit, const Event *event, Wanted *wanted, Packet **packets,
                    size_t packet_count, const int64_t *panorama_times, size_t panorama_count,
                    size_t peak_index, const char *folder, Error *error)
{
    RecordSite site = settings_site(unit->settings, unit->camera, unit->footage->camera);
    site.lane = settings_lane(unit->camera, (event->box.x + event->box.w / 2.0) / unit->info.width,
                              (double)(event->box.y + event->box.h) / unit->info.height);
    RecordSource source = {.name = path_base(unit->footage->path),
                           .clock_source = unit->footage->clock_source,
                           .clock_offset_s = NAN,
                           .first_frame_us = unit->footage->start_us,
                           .footage = unit->footage->fingerprint,
                           .info = unit->info};
    char finder_hash[SHA256_HEX_SIZE], reader_hash[SHA256_HEX_SIZE];
    size_t size;
    const void *net = plate_finder_model(&size);
    bytes_sha256(net, size, finder_hash);
    net = plate_reader_model(&size);
    bytes_sha256(net, size, reader_hash);
    const RecordModel models[] = {{"plate-finder", finder_hash}, {"plate-reader", reader_hash}};
    RecordSoftware software = {HEIYAN_VERSION, unit->settings_hash, models, 2};
    PackInput input = {.event = event,
                       .site = &site,
                       .source = &source,
                       .software = &software,
                       .packets = packets,
                       .packet_count = packet_count};
    for (size_t i = 0; i < panorama_count; i++)
        for (size_t n = 0; n < wanted->count; n++)
            if (wanted->pictures[n] && wanted->times_us[n] == panorama_times[i]) {
                if (i <= peak_index)
                    input.peak_index = input.panorama_count;
                input.panoramas[input.panorama_count++] = wanted->pictures[n];
                break;
            }
    if (!input.panorama_count)
        return error_set(error, STATUS_FORMAT, "%s: no picture of the event at %s could be decoded",
                         unit->footage->path, clock_text(event->peak_us).rfc3339);
    Plate plate;
    if (find_plate(event, wanted, &plate, &input.plate_picture))
        input.plate = &plate;
    return pack_stage(folder, &input, error);
}

// Keeps the vehicle's way, thinned: what tells one passage seen from two files from two passages.
static Status keep_points(const Event *event, Staged *staged, Error *error)
{
    staged->points = malloc((event->point_count + 1) * sizeof *staged->points);
    if (!staged->points)
        return error_set(error, STATUS_MEMORY, "out of memory");
    int64_t next_us = INT64_MIN;
    for (size_t i = 0; i < event->point_count; i++)
        if (event->points[i].time_us >= next_us || i + 1 == event->point_count) {
            staged->points[staged->point_count++] = event->points[i];
            next_us = event->points[i].time_us + STAGED_STEP_US;
        }
    return STATUS_OK;
}

static Status finish_event(Unit *unit, const Event *event, Error *error)
{
    int64_t from = event->start_us - LEAD_US, to = event->end_us + LEAD_US;
    if (to - from > LONGEST_CLIP_US) {
        from = event->peak_us - LONGEST_CLIP_US / 2 > from ? event->peak_us - LONGEST_CLIP_US / 2
                                                           : from;
        to = from + LONGEST_CLIP_US < to ? from + LONGEST_CLIP_US : to;
    }
    int64_t panorama_times[3];
    size_t peak_index, panorama_count = event_panorama_times(event, panorama_times, &peak_index);
    Wanted wanted = {.count = panorama_count};
    memcpy(wanted.times_us, panorama_times, panorama_count * sizeof *panorama_times);
    wanted.count += plate_times(event, &unit->info, panorama_times, panorama_count,
                                wanted.times_us + wanted.count);
    qsort(wanted.times_us, wanted.count, sizeof *wanted.times_us, by_time);
    Packet **packets;
    size_t packet_count;
    Status status = ring_copy(unit->ring, from, to, &packets, &packet_count, error);
    if (status != STATUS_OK)
        return status;
    malloc_trim(0); // the second decoder needs what the last event left lying about
    status = packets_decode(packets, packet_count, wanted.times_us, wanted.count, wanted.pictures,
                            error);
    Staged *grown = realloc(unit->result->events, (unit->result->event_count + 1) * sizeof *grown);
    if (grown)
        unit->result->events = grown;
    else if (status == STATUS_OK)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        Staged *staged = &unit->result->events[unit->result->event_count];
        *staged = (Staged){.start_us = event->start_us,
                           .peak_us = event->peak_us,
                           .end_us = event->end_us,
                           .box = event->box};
        snprintf(staged->folder, sizeof staged->folder, "%.*s/%.200s-%zu", PATH_SIZE - 256,
                 unit->staging, unit->name, unit->result->event_count);
        memcpy(staged->camera, unit->footage->camera, sizeof staged->camera);
        status = keep_points(event, staged, error);
        if (status == STATUS_OK)
            status = stage(unit, event, &wanted, packets, packet_count, panorama_times,
                           panorama_count, peak_index, staged->folder, error);
        if (status == STATUS_OK)
            unit->result->event_count++;
        else
            free(staged->points);
    }
    for (size_t i = 0; i < wanted.count; i++)
        picture_unref(&wanted.pictures[i]);
    packets_free(&packets, &packet_count);
    return status;
}

static Status take_events(Unit *unit, Error *error)
{
    for (;;) {
        if (unit->pending_count == unit->pending_room) {
            size_t room = unit->pending_room + 8;
            Event *grown = realloc(unit->pending, room * sizeof *grown);
            if (!grown)
                return error_set(error, STATUS_MEMORY, "out of memory");
            unit->pending = grown;
            unit->pending_room = room;
        }
        Event *event = &unit->pending[unit->pending_count];
        if (!road_next_event(unit->road, event))
            return STATUS_OK;
        // An event belongs to the file in which its peak lies; the neighbours' are theirs.
        bool ours =
            event->peak_us >= (unit->footage->before ? unit->footage->start_us : INT64_MIN) &&
            event->peak_us < unit->border_us && settings_within_hours(unit->camera, event->peak_us);
        if (ours)
            unit->pending_count++;
        else
            event_free(event);
    }
}

// Stages the events whose clip is complete, all of them at the end.
static Status finish_events(Unit *unit, bool all, Error *error)
{
    size_t kept = 0;
    Status status = STATUS_OK;
    for (size_t i = 0; i < unit->pending_count; i++) {
        Event *event = &unit->pending[i];
        bool complete = all || unit->last_us >= event->end_us + LEAD_US;
        if (status == STATUS_OK && complete) {
            status = finish_event(unit, event, error);
            event_free(event);
        } else {
            unit->pending[kept++] = *event;
        }
    }
    unit->pending_count = kept;
    return status;
}

// ---- main pass ----

typedef struct Span {    // which part of a source is fed
    int64_t until_us;    // packets from here on are not
    bool counted;        // it is the unit's own file
    bool stop_when_idle; // ends as soon as nothing waits for more
} Span;

static Status receive(Unit *unit, const Span *span, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(unit->decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        unit->last_us = picture->time_us;
        if (span->counted) {
            unit->result->pictures++;
            unit->result->damaged += picture->damaged;
            if (unit->progress) {
                atomic_fetch_add(&unit->progress->pictures, 1);
                atomic_store(&unit->progress->media_us, picture->time_us - unit->footage->start_us);
            }
        }
        status = road_push(unit->road, picture, error);
        picture_unref(&picture);
        if (status == STATUS_OK)
            status = take_events(unit, error);
        if (status == STATUS_OK && unit->pending_count)
            status = finish_events(unit, false, error);
        if (status != STATUS_OK)
            return status;
    }
}

static bool idle(const Unit *unit)
{
    return !unit->pending_count && road_open_since(unit->road) >= unit->border_us;
}

// Lets go of packets that no clip can want any more: a road without open passages needs but a few
// seconds.
static void shorten_ring(Unit *unit)
{
    if (unit->last_us == INT64_MIN)
        return; // not a picture yet
    int64_t keep_us = road_open_since(unit->road);
    keep_us = unit->last_us < keep_us ? unit->last_us : keep_us;
    for (size_t i = 0; i < unit->pending_count; i++)
        keep_us = unit->pending[i].start_us < keep_us ? unit->pending[i].start_us : keep_us;
    ring_drop_before(unit->ring, keep_us - LEAD_US);
}

static Status feed(Unit *unit, Source *source, const Span *span, Error *error)
{
    for (;;) {
        Packet *packet;
        if (cancelled(unit))
            return error_set(error, STATUS_CANCELLED, "stopped");
        if (span->stop_when_idle && idle(unit))
            return STATUS_OK;
        Status status = source_read(source, false, &packet, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        bool within = packet_time_us(packet) < span->until_us;
        if (within) {
            status = ring_push(unit->ring, packet, error);
            if (packet_key(packet))
                shorten_ring(unit);
            if (status == STATUS_OK)
                status = decoder_send(unit->decoder, packet, error);
            if (status == STATUS_OK)
                status = receive(unit, span, error);
        }
        packet_unref(&packet);
        if (status != STATUS_OK || !within)
            return status;
    }
}

static Status drain(Unit *unit, const Span *span, Error *error)
{
    Status status = decoder_send(unit->decoder, NULL, error);
    if (status == STATUS_OK)
        status = receive(unit, span, error);
    decoder_flush(unit->decoder);
    return status;
}

// The end of the file before, placed so that it ends where this one begins.
static Status feed_before(Unit *unit, Error *error)
{
    const Footage *before = unit->footage->before;
    Source *source;
    if (!before)
        return STATUS_OK;
    int64_t start = unit->footage->start_us - (before->end_us - before->start_us);
    Status status = footage_open(before, start, &source, error);
    if (status == STATUS_OK && before->end_us - before->start_us > WARM_UP_US)
        status = source_seek(source, unit->footage->start_us - WARM_UP_US, error);
    Span span = {.until_us = unit->footage->start_us};
    if (status == STATUS_OK)
        status = feed(unit, source, &span, error);
    if (status == STATUS_OK)
        status = drain(unit, &span, error);
    source_close(&source);
    return status;
}

static Status feed_own(Unit *unit, Error *error)
{
    Source *source;
    Status status = footage_open(unit->footage, unit->footage->start_us, &source, error);
    if (status != STATUS_OK)
        return status;
    unit->info = *source_info(source);
    Span span = {.until_us = INT64_MAX, .counted = true};
    status = feed(unit, source, &span, error);
    if (status == STATUS_OK)
        status = drain(unit, &span, error);
    unit->result->truncated = source_damage(source).truncated;
    if (status == STATUS_OK && !unit->result->pictures)
        status = error_set(error, STATUS_FORMAT, "%s: not one picture in it can be decoded",
                           unit->footage->path);
    if (unit->footage->after)
        unit->border_us = unit->last_us + (int64_t)(1e6 / fmax(1, unit->footage->fps));
    source_close(&source);
    return status;
}

static Status feed_after(Unit *unit, Error *error)
{
    Source *source;
    if (!unit->footage->after || idle(unit))
        return STATUS_OK;
    Status status = footage_open(unit->footage->after, unit->border_us, &source, error);
    Span span = {.until_us = unit->border_us + OVERRUN_US, .stop_when_idle = true};
    if (status == STATUS_OK)
        status = feed(unit, source, &span, error);
    if (status == STATUS_OK)
        status = drain(unit, &span, error);
    source_close(&source);
    return status;
}

Status unit_run(const Footage *footage, const Settings *settings, const char *staging,
                const char *name, UnitProgress *progress, UnitResult *out, Error *error)
{
    *out = (UnitResult){0};
    Unit unit = {.footage = footage,
                 .settings = settings,
                 .staging = staging,
                 .name = name,
                 .progress = progress,
                 .result = out,
                 .last_us = INT64_MIN,
                 .border_us = INT64_MAX,
                 .camera = settings_camera(settings, footage->camera)};
    settings_hash(settings, unit.camera, unit.settings_hash);
    RoadOptions options = settings_road(unit.camera);
    Status status = road_create(&unit.road, &options, error);
    if (status == STATUS_OK)
        status = ring_create(&unit.ring, RING_SPAN_US, RING_BYTES, error);
    if (status == STATUS_OK)
        status = decoder_create(&unit.decoder, error);
    Status (*const steps[])(Unit *, Error *) = {learn, feed_before, feed_own, feed_after};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == STATUS_OK; i++)
        status = steps[i](&unit, error);
    if (status == STATUS_OK)
        status = road_finish(unit.road, error);
    if (status == STATUS_OK)
        status = take_events(&unit, error);
    if (status == STATUS_OK)
        status = finish_events(&unit, true, error);
    for (size_t i = 0; i < unit.pending_count; i++)
        event_free(&unit.pending[i]);
    free(unit.pending);
    decoder_destroy(&unit.decoder);
    ring_destroy(&unit.ring);
    road_destroy(&unit.road);
    if (status != STATUS_OK)
        unit_result_free(out);
    return status;
}

void unit_result_free(UnitResult *result)
{
    for (size_t i = 0; i < result->event_count; i++) {
        folder_remove(result->events[i].folder, NULL);
        free(result->events[i].points);
    }
    free(result->events);
    *result = (UnitResult){0};
}
