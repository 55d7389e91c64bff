#include "app/pipeline.h"

#include "base/clock.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// of the file before, to know the road and the vehicles at the border
#define WARM_UP_US (20 * SECOND_US)
#define OVERRUN_US (30 * SECOND_US) // of the file after, for passages that cross the border
#define LEARN_VIEWS 31              // key frames that teach the empty road

typedef struct Unit {
    const Footage *footage;
    UnitProgress *progress;
    UnitResult *result;
    Watch *watch;
    uint64_t foreign, foreign_damaged; // pictures of the file before, already counted by the watch
    int64_t border_us;                 // first moment after the file
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
        if (packet_time_us(packet) >= next_us) {
            next_us = packet_time_us(packet) + apart;
            status = watch_learn_key(unit->watch, packet, error);
        }
        packet_unref(&packet);
        if (status != STATUS_OK)
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

// ---- events ----

// An event belongs to the file in which its peak lies; the neighbours' are theirs.
static bool owns(void *context, const Event *event)
{
    const Unit *unit = context;
    return event->peak_us >= (unit->footage->before ? unit->footage->start_us : INT64_MIN) &&
           event->peak_us < unit->border_us;
}

static Status keep(void *context, Staged *staged, Error *error)
{
    UnitResult *result = ((Unit *)context)->result;
    Staged *grown = realloc(result->events, (result->event_count + 1) * sizeof *grown);
    if (!grown) {
        staged_free(staged);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    result->events = grown;
    result->events[result->event_count++] = *staged;
    return STATUS_OK;
}

// ---- main pass ----

typedef struct Span {    // which part of a source is fed
    int64_t until_us;    // packets from here on are not
    bool counted;        // it is the unit's own file
    bool stop_when_idle; // ends as soon as nothing waits for more
} Span;

static void count(Unit *unit)
{
    WatchCounts counts = watch_counts(unit->watch);
    unit->result->pictures = counts.pictures - unit->foreign;
    unit->result->damaged = counts.damaged - unit->foreign_damaged;
    if (!unit->progress || !unit->result->pictures)
        return;
    atomic_store(&unit->progress->pictures, unit->result->pictures);
    atomic_store(&unit->progress->media_us, counts.last_us - unit->footage->start_us);
}

static Status feed(Unit *unit, Source *source, const Span *span, Error *error)
{
    for (;;) {
        Packet *packet;
        if (cancelled(unit))
            return error_set(error, STATUS_CANCELLED, "stopped");
        if (span->stop_when_idle && watch_idle(unit->watch, unit->border_us))
            return STATUS_OK;
        Status status = source_read(source, false, &packet, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        bool within = packet_time_us(packet) < span->until_us;
        if (within)
            status = watch_push(unit->watch, packet, WATCH_BOTH, error);
        if (span->counted)
            count(unit);
        packet_unref(&packet);
        if (status != STATUS_OK || !within)
            return status;
    }
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
        status = watch_drain(unit->watch, error);
    source_close(&source);
    unit->foreign = watch_counts(unit->watch).pictures;
    unit->foreign_damaged = watch_counts(unit->watch).damaged;
    return status;
}

static Status feed_own(Unit *unit, Error *error)
{
    const Footage *footage = unit->footage;
    Source *source;
    Status status = footage_open(footage, footage->start_us, &source, error);
    if (status != STATUS_OK)
        return status;
    RecordSource facts = {.name = path_base(footage->path),
                          .clock_source = footage->clock_source,
                          .clock_offset_s = NAN,
                          .first_frame_us = footage->start_us,
                          .footage = footage->fingerprint,
                          .info = *source_info(source)};
    watch_describe(unit->watch, &facts, 0);
    Span span = {.until_us = INT64_MAX, .counted = true};
    status = feed(unit, source, &span, error);
    if (status == STATUS_OK)
        status = watch_drain(unit->watch, error);
    count(unit);
    unit->result->truncated = source_damage(source).truncated;
    if (status == STATUS_OK && !unit->result->pictures)
        status = error_set(error, STATUS_FORMAT, "%s: not one picture in it can be decoded",
                           footage->path);
    if (footage->after)
        unit->border_us =
            watch_counts(unit->watch).last_us + (int64_t)(1e6 / fmax(1, footage->fps));
    source_close(&source);
    return status;
}

static Status feed_after(Unit *unit, Error *error)
{
    Source *source;
    if (!unit->footage->after || watch_idle(unit->watch, unit->border_us))
        return STATUS_OK;
    Status status = footage_open(unit->footage->after, unit->border_us, &source, error);
    Span span = {.until_us = unit->border_us + OVERRUN_US, .stop_when_idle = true};
    if (status == STATUS_OK)
        status = feed(unit, source, &span, error);
    if (status == STATUS_OK)
        status = watch_drain(unit->watch, error);
    source_close(&source);
    return status;
}

static Status open_debug_video(const Footage *footage, const Settings *settings, const char *folder,
                               char path[PATH_SIZE], DebugVideo **out, Error *error)
{
    char name[PATH_SIZE];
    const char *base = path_base(footage->path), *dot = strrchr(base, '.');
    int stem = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    snprintf(name, sizeof name, "%.*s-%.8s.mp4", stem < 180 ? stem : 180, base,
             footage->fingerprint);
    Status status = path_join(path, folder, name, error);
    return status == STATUS_OK
               ? debug_video_create(out, path, base, settings_camera(settings, footage->camera),
                                    footage->start_us, error)
               : status;
}

// The packs do not depend on it.
static void close_debug_video(DebugVideo **video, UnitResult *result)
{
    Error error;
    Status status = debug_video_close(video, &error);
    result->undrawn = status != STATUS_OK;
    if (status != STATUS_OK)
        log_error("%s", error.text);
}

Status unit_run(const Footage *footage, const Settings *settings, const char *staging,
                const char *name, const char *debug_folder, UnitProgress *progress, UnitResult *out,
                Error *error)
{
    *out = (UnitResult){0};
    Unit unit = {.footage = footage, .progress = progress, .result = out, .border_us = INT64_MAX};
    WatchOptions options = {.settings = settings,
                            .camera = footage->camera,
                            .staging = staging,
                            .name = name,
                            .owns = owns,
                            .deliver = keep,
                            .context = &unit};
    char debug_path[PATH_SIZE];
    Status status = STATUS_OK;
    if (debug_folder)
        status = open_debug_video(footage, settings, debug_folder, debug_path, &options.debug_video,
                                  error);
    if (status == STATUS_OK)
        status = watch_create(&unit.watch, &options, error);
    Status (*const steps[])(Unit *, Error *) = {learn, feed_before, feed_own, feed_after};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == STATUS_OK; i++)
        status = steps[i](&unit, error);
    if (status == STATUS_OK)
        status = watch_finish(unit.watch, false, error);
    watch_destroy(&unit.watch);
    close_debug_video(&options.debug_video, out);
    if (status != STATUS_OK)
        unit_result_free(out);
    return status;
}

void unit_result_free(UnitResult *result)
{
    for (size_t i = 0; i < result->event_count; i++)
        staged_free(&result->events[i]);
    free(result->events);
    *result = (UnitResult){0};
}
