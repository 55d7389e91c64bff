#include "app/stream.h"

#include "app/baselines.h"
#include "app/newest.h"
#include "app/rate.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/ring.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_BYTES (24u << 20)
#define BEHIND_US (4 * SECOND_US)       // pictures that waited longer are kept but not looked at
#define BEHIND_SAID_US (60 * SECOND_US) // between two warnings
#define REMEMBER_US (60 * SECOND_US)
#define LEARN_US (20 * SECOND_US) // the empty road of a new view

enum { MAIN, ANALYSIS, READERS }; // as Queued.substream

struct Stream {
    StreamOptions options;
    char host[272], analysis_name[96]; // for records; for log lines
    Reader *readers[READERS];          // ANALYSIS may be NULL
    Queue *queue;
    bool companion;             // never judged
    pthread_mutex_t watch_lock; // taken before the other
    Watch *watch;               // the looker's; of a companion, its ring is also the joiner's
    Alarms *alarms;
    Newest *newest;
    pthread_t looker;
    bool looking;

    bool recalled;        // the looker's: what the camera's vehicles taught before was handed over
    pthread_mutex_t lock; // of everything below
    Rate analysed;
    double delay_s;
    uint64_t drops, events, passages;
    bool learning;
    PictureHealth health;
    ConditionState conditions[CONDITIONS];
    double blind_s;
    int64_t behind_said_us, dropped_us, last_event_us;
    Baseline baseline;
    Outlook outlook;
    bool new_baseline;     // that is not kept yet
    int64_t remembered_us; // monotonic
};

// ---- looking ----

typedef struct Lag {    // how the looker keeps up
    bool torn[READERS]; // packets are missing: nothing can be used before the next key frame
    bool skipping;      // too far behind: nothing is looked at, up to a key frame
    uint64_t analysed;
    int64_t taught_us;     // when the baseline was copied
    Packet *last[READERS]; // tells when the format changes
} Lag;

// The stream as records shall describe it.
static void describe(Stream *stream)
{
    ReaderFacts kept, looked;
    reader_facts(stream->readers[MAIN], &kept);
    const LiveFacts *live = &kept.live;
    WatchCounts counts = watch_counts(stream->watch);
    RecordSource source = {.name = stream->host,
                           .clock_source = live->clock,
                           .clock_offset_s = live->clock_offset_s,
                           .first_frame_us = live->start_us + live->shift_us,
                           .info = live->info};
    source.info.range = counts.range;
    source.info.space = counts.space;
    watch_describe(stream->watch, &source, live->shift_us);
    if (!stream->readers[ANALYSIS] || !live->info.width)
        return;
    reader_facts(stream->readers[ANALYSIS], &looked);
    if (!looked.live.info.width)
        return;
    // One clock for both: the camera's where both have it, else that of arrival.
    bool told = strcmp(live->clock, "rtcp") == 0 && strcmp(looked.live.clock, "rtcp") == 0;
    watch_align(stream->watch, told ? looked.live.shift_us - live->shift_us
                                    : looked.live.receipt_us - live->receipt_us);
}

static void count_drop(Stream *stream)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    stream->drops++;
    stream->dropped_us = now_us;
    bool speak = !stream->behind_said_us || now_us - stream->behind_said_us > BEHIND_SAID_US;
    if (speak)
        stream->behind_said_us = now_us;
    pthread_mutex_unlock(&stream->lock);
    if (speak)
        log_warning("%s: falling behind: this machine is too slow, pictures are kept for clips but "
                    "not all are looked at",
                    stream->options.camera->id);
}

static void say_health(const Stream *stream, PictureHealth health)
{
    const char *id = stream->options.camera->id;
    if (health == HEALTH_GOOD)
        log_info("%s: the picture is good again", id);
    else
        log_warning("%s: the picture is %s", id, picture_health_name(health));
}

static void tell_health(Stream *stream, PictureHealth health)
{
    Error error;
    say_health(stream, health);
    if (health != HEALTH_GOOD && stream_snapshot(stream, &error) != STATUS_OK)
        log_warning("%s: no snapshot of it: %s", stream->options.camera->id, error.text);
}

// What was kept at the last start counts from the moment that the evidence folder is there.
static void recall(Stream *stream)
{
    Baseline baseline;
    if (stream->recalled || stream->companion || !identity_holds(stream->options.identity))
        return;
    baselines_load(stream->options.identity, stream->options.camera->id, &baseline);
    watch_set_baseline(stream->watch, &baseline);
    stream->recalled = true;
}

static void copy_baseline(Stream *stream, Lag *lag)
{
    int64_t now_us = clock_monotonic_us();
    if (stream->companion || now_us - lag->taught_us < SECOND_US)
        return;
    lag->taught_us = now_us;
    Outlook outlook = watch_outlook(stream->watch);
    pthread_mutex_lock(&stream->lock);
    stream->baseline = *watch_baseline(stream->watch);
    stream->outlook = outlook;
    stream->new_baseline = stream->recalled;
    pthread_mutex_unlock(&stream->lock);
}

static void count_looked(Stream *stream, const Queued *item, Lag *lag)
{
    WatchCounts counts = watch_counts(stream->watch);
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    rate_add(&stream->analysed, now_us, (uint32_t)(counts.analysed - lag->analysed));
    stream->delay_s = (double)(now_us - item->arrived_us) / 1e6;
    stream->events = counts.events;
    stream->passages = counts.passages;
    stream->last_event_us = counts.last_event_us;
    stream->learning = counts.learning;
    memcpy(stream->conditions, counts.conditions, sizeof counts.conditions);
    stream->blind_s = counts.blind_s;
    PictureHealth before = stream->health;
    stream->health = counts.health;
    pthread_mutex_unlock(&stream->lock);
    newest_put(stream->newest, watch_newest(stream->watch));
    lag->analysed = counts.analysed;
    copy_baseline(stream, lag);
    if (counts.health != before)
        tell_health(stream, counts.health);
}

// What the packets of that reader are for when all is well.
static WatchUse purpose(const Stream *stream, bool substream)
{
    if (stream->companion)
        return WATCH_KEEP;
    if (!stream->readers[ANALYSIS])
        return WATCH_BOTH;
    return substream ? WATCH_LOOK : WATCH_KEEP;
}

// What may be done with the packet now, 0: nothing.
static WatchUse use_of(const Stream *stream, const Queued *item, Lag *lag)
{
    bool key = packet_key(item->packet), *torn = &lag->torn[item->substream];
    WatchUse use = purpose(stream, item->substream);
    *torn = (*torn || item->torn) && !key;
    if (*torn)
        return (WatchUse)0;
    if (!(use & WATCH_LOOK))
        return use;
    if (clock_monotonic_us() - item->arrived_us > BEHIND_US && item->keys_behind)
        lag->skipping = true;
    else if (key)
        lag->skipping = false;
    return lag->skipping ? (use & WATCH_KEEP) | WATCH_SKIP : use;
}

// The stream was cut off, or goes on in another format: what is open ends here.
static Status cut(Stream *stream, Error *error)
{
    Status status = watch_drain(stream->watch, error);
    return status == STATUS_OK ? watch_finish(stream->watch, true, error) : status;
}

static Status follow_format(Stream *stream, const Queued *item, Lag *lag, Error *error)
{
    Packet **last = &lag->last[item->substream];
    Status status = STATUS_OK;
    if (*last && !packet_same_format(*last, item->packet)) {
        status = cut(stream, error);
        if (purpose(stream, item->substream) & WATCH_LOOK)
            watch_learn_live(stream->watch, LEARN_US);
    }
    packet_unref(last);
    *last = packet_ref(item->packet);
    return status;
}

static Status look(Stream *stream, const Queued *item, Lag *lag, Error *error)
{
    describe(stream);
    recall(stream);
    if (!item->packet) {
        lag->torn[item->substream] = true;
        return cut(stream, error);
    }
    WatchUse use = use_of(stream, item, lag);
    Status status = use ? follow_format(stream, item, lag, error) : STATUS_OK;
    if (use && status == STATUS_OK)
        status = watch_push(stream->watch, item->packet, use, error);
    if (use && stream->companion && status == STATUS_OK && packet_key(item->packet))
        status = watch_glance(stream->watch, item->packet, error);
    if ((use & WATCH_LOOK) || (use && stream->companion))
        count_looked(stream, item, lag);
    else if (purpose(stream, item->substream) & WATCH_LOOK)
        count_drop(stream);
    return status;
}

static void *look_thread(void *context)
{
    Stream *stream = context;
    log_set_camera(stream->options.camera->id);
    Lag lag = {0};
    Queued item;
    Error error;
    while (queue_take(stream->queue, &item)) {
        pthread_mutex_lock(&stream->watch_lock);
        if (look(stream, &item, &lag, &error) != STATUS_OK)
            log_error("%s: %s", stream->options.camera->id, error.text);
        pthread_mutex_unlock(&stream->watch_lock);
        packet_unref(&item.packet);
    }
    for (int i = 0; i < READERS; i++)
        packet_unref(&lag.last[i]);
    if (cut(stream, &error) != STATUS_OK)
        log_error("%s: %s", stream->options.camera->id, error.text);
    lag.taught_us = 0;
    copy_baseline(stream, &lag);
    return NULL;
}

// ---- outside ----

LiveOptions stream_source(const CameraSettings *camera, bool analysis)
{
    LiveOptions source = {
        .url = camera->url,
        .host = camera->host,
        .path = camera->path,
        .user = camera->user,
        .password = camera->password,
        .port = camera->port,
        .transport = strcmp(camera->transport, "udp") == 0   ? LIVE_UDP
                     : strcmp(camera->transport, "tls") == 0 ? LIVE_TLS
                                                             : LIVE_TCP,
    };
    if (analysis && camera->analysis_url) {
        source.url = camera->analysis_url;
        source.host = source.path = NULL;
        source.port = 0;
    } else if (analysis) {
        source.path = camera->analysis_path;
    }
    return source;
}

bool stream_has_analysis(const CameraSettings *camera)
{
    return camera->analysis_url || camera->analysis_path;
}

// Adds who else may have seen the vehicle.
static Status deliver(void *context, Staged *staged, Error *error)
{
    const Stream *stream = context;
    const StreamOptions *options = &stream->options;
    ReaderFacts kept;
    reader_facts(stream->readers[MAIN], &kept);
    staged->to_arrival_us = kept.live.receipt_us - kept.live.shift_us;
    staged->companion_count =
        settings_companions(options->settings, options->camera, staged->companions);
    return options->deliver(options->context, staged, error);
}

static Status start_watch(Stream *stream, Error *error)
{
    Status status = alarms_create(&stream->alarms, error);
    WatchOptions options = {.settings = stream->options.settings,
                            .camera = stream->options.camera->id,
                            .staging = stream->options.staging,
                            .journals = stream->options.journals,
                            .alarms = stream->alarms,
                            .identity = stream->options.identity,
                            .name = stream->options.camera->id,
                            .deliver = deliver,
                            .context = stream};
    if (status == STATUS_OK)
        status = queue_create(&stream->queue, QUEUE_BYTES, error);
    if (status == STATUS_OK)
        status = watch_create(&stream->watch, &options, error);
    if (status == STATUS_OK && !stream->companion)
        watch_learn_live(stream->watch, LEARN_US);
    return status;
}

static Status start_readers(Stream *stream, Error *error)
{
    const CameraSettings *camera = stream->options.camera;
    ReaderOptions options = {camera->id, camera->id, stream_source(camera, false), stream->queue,
                             false};
    live_host(&options.source, stream->host, sizeof stream->host);
    Status status = reader_start(&stream->readers[MAIN], &options, error);
    if (status != STATUS_OK || stream->companion || !stream_has_analysis(camera))
        return status;
    snprintf(stream->analysis_name, sizeof stream->analysis_name, "%s analysis", camera->id);
    options = (ReaderOptions){stream->analysis_name, camera->id, stream_source(camera, true),
                              stream->queue, true};
    return reader_start(&stream->readers[ANALYSIS], &options, error);
}

Status stream_start(Stream **out, const StreamOptions *options, Error *error)
{
    Stream *stream = *out = calloc(1, sizeof *stream);
    if (!stream)
        return error_set(error, STATUS_MEMORY, "out of memory");
    stream->options = *options;
    stream->companion = settings_is_companion(options->camera);
    pthread_mutex_init(&stream->lock, NULL);
    pthread_mutex_init(&stream->watch_lock, NULL);
    if (stream->companion && !options->camera->set)
        log_warning("%s: a %s camera is not judged, and joins nothing without a 'set'",
                    options->camera->id, options->camera->role);
    stream->newest = newest_create();
    Status status = stream->newest ? start_watch(stream, error)
                                   : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK)
        status = start_readers(stream, error);
    if (status == STATUS_OK) {
        stream->looking = pthread_create(&stream->looker, NULL, look_thread, stream) == 0;
        if (!stream->looking)
            status =
                error_set(error, STATUS_MEMORY, "no thread for the camera %s", options->camera->id);
    }
    if (status != STATUS_OK)
        stream_free(out);
    return status;
}

void stream_stop(Stream *stream)
{
    for (int i = 0; i < READERS; i++)
        if (stream->readers[i])
            reader_stop(stream->readers[i]);
}

void stream_free(Stream **out)
{
    Stream *stream = *out;
    *out = NULL;
    if (!stream)
        return;
    stream_stop(stream);
    for (int i = 0; i < READERS && stream->readers[i]; i++)
        reader_join(stream->readers[i]);
    if (stream->queue)
        queue_close(stream->queue);
    if (stream->looking)
        pthread_join(stream->looker, NULL);
    stream->remembered_us = -REMEMBER_US;
    stream_remember(stream);
    watch_destroy(&stream->watch);
    alarms_destroy(&stream->alarms);
    for (int i = 0; i < READERS; i++)
        reader_free(&stream->readers[i]);
    queue_destroy(&stream->queue);
    pthread_mutex_destroy(&stream->watch_lock);
    newest_destroy(&stream->newest);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

void stream_recent_free(StreamRecent *recent)
{
    packets_free(&recent->packets, &recent->count);
    passers_destroy(&recent->passers);
}

Status stream_recent(Stream *stream, int64_t arrival_us, StreamRecent *out, Error *error)
{
    const CameraSettings *camera = stream->options.camera;
    ReaderFacts kept;
    *out = (StreamRecent){0};
    if (!stream->companion)
        return error_set(error, STATUS_UNSUPPORTED, "%s is judged itself", camera->id);
    reader_facts(stream->readers[MAIN], &kept);
    out->shift_us = kept.live.shift_us;
    out->receipt_us = kept.live.receipt_us;
    snprintf(out->reason, sizeof out->reason, "%s", kept.reason);
    RoadOptions road = settings_road(camera);
    Status status = passers_create(&out->passers, &road, error);
    pthread_mutex_lock(&stream->watch_lock);
    int64_t last_us = watch_kept_until(stream->watch), to_us = arrival_us - out->receipt_us;
    out->reached = last_us != INT64_MIN && last_us >= to_us;
    if (status == STATUS_OK)
        status = watch_kept(stream->watch, to_us, &out->packets, &out->count, error);
    pthread_mutex_unlock(&stream->watch_lock);
    if (status != STATUS_OK)
        stream_recent_free(out);
    return status;
}

// The main stream's trouble comes first: without it there is no evidence.
static void merge_states(StreamFacts *out, const ReaderFacts *main, const ReaderFacts *analysis)
{
    bool lesser = main->state == STREAM_LIVE && analysis && analysis->state != STREAM_LIVE;
    out->state = lesser ? analysis->state : main->state;
    snprintf(out->reason, sizeof out->reason, "%s%.500s", lesser ? "analysis stream: " : "",
             lesser ? analysis->reason : main->reason);
    if (out->behind && !out->reason[0])
        snprintf(out->reason, sizeof out->reason, "falling behind: this machine is too slow");
}

void stream_facts(Stream *stream, StreamFacts *out)
{
    ReaderFacts kept, looked;
    bool two = stream->readers[ANALYSIS];
    reader_facts(stream->readers[MAIN], &kept);
    if (two)
        reader_facts(stream->readers[ANALYSIS], &looked);
    int64_t now_us = clock_monotonic_us();
    *out =
        (StreamFacts){.fps = kept.fps,
                      .bits_per_second = kept.bits_per_second + (two ? looked.bits_per_second : 0),
                      .frames = kept.frames,
                      .lost = kept.lost + (two ? looked.lost : 0),
                      .drops = kept.drops + (two ? looked.drops : 0),
                      .connects = kept.connects,
                      .last_frame_us = kept.last_frame_us,
                      .clock = kept.live.clock,
                      .clock_offset_s = kept.live.clock_offset_s,
                      .width = kept.live.info.width,
                      .height = kept.live.info.height,
                      .queued_bytes = queue_bytes(stream->queue)};
    const CameraSettings *camera = stream->options.camera;
    RecordSite site = settings_site(stream->options.settings, camera, camera->id);
    snprintf(out->id, sizeof out->id, "%s", camera->id);
    snprintf(out->place, sizeof out->place, "%s", site.place ? site.place : "");
    snprintf(out->direction, sizeof out->direction, "%s", site.direction ? site.direction : "");
    out->false_budget = camera->threshold > 0 ? NAN : camera->false_budget;
    memcpy(out->codec, kept.live.info.codec, sizeof out->codec);
    pthread_mutex_lock(&stream->lock);
    out->analysed_fps = rate_per_second(&stream->analysed, now_us);
    out->delay_s = stream->delay_s;
    out->drops += stream->drops;
    out->events = stream->events;
    out->passages = stream->passages;
    out->last_event_us = stream->last_event_us;
    out->outlook = stream->outlook;
    memcpy(out->days, stream->baseline.days, sizeof out->days);
    out->learning = stream->learning;
    out->health = stream->health;
    memcpy(out->conditions, stream->conditions, sizeof out->conditions);
    out->blind_s = stream->blind_s;
    out->behind = stream->dropped_us && now_us - stream->dropped_us < RATE_SECONDS * SECOND_US;
    pthread_mutex_unlock(&stream->lock);
    out->open_event_us = alarms_open_us(stream->alarms);
    merge_states(out, &kept, two ? &looked : NULL);
}

void stream_remember(Stream *stream)
{
    Error error;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    bool due = stream->new_baseline && now_us - stream->remembered_us >= REMEMBER_US;
    Baseline baseline = stream->baseline;
    if (due) {
        stream->remembered_us = now_us;
        stream->new_baseline = false;
    }
    pthread_mutex_unlock(&stream->lock);
    if (due && identity_holds(stream->options.identity) &&
        baselines_save(stream->options.identity, stream->options.camera->id, &baseline, &error) !=
            STATUS_OK)
        log_warning("%s: the history of its vehicles is not kept: %s", stream->options.camera->id,
                    error.text);
}

Status stream_snapshot(Stream *stream, Error *error)
{
    return newest_snapshot(stream->newest, stream->options.identity, stream->options.camera->id,
                           error);
}

Status stream_thumbnail(Stream *stream, unsigned char **data, size_t *size, Error *error)
{
    return newest_thumbnail(stream->newest, data, size, error);
}

Status stream_event_picture(Stream *stream, unsigned char **data, size_t *size, Error *error)
{
    return alarms_picture(stream->alarms, data, size, error);
}
