#include "app/stream.h"

#include "app/queue.h"
#include "app/rate.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/live.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALL_US (5 * SECOND_US)     // without a picture
#define AGAIN_US (5 * SECOND_US / 2) // from one try to the next, jitter on top
#define JITTER_US (2 * SECOND_US / 5)
#define BACK_OFF_US (30 * SECOND_US) // refused and misconfigured
#define QUEUE_BYTES (24u << 20)
#define BEHIND_US (4 * SECOND_US)       // pictures that waited longer are kept but not looked at
#define BEHIND_SAID_US (60 * SECOND_US) // between two warnings
#define LEARN_US (20 * SECOND_US)       // the empty road of a new view

struct Stream {
    StreamOptions options;
    atomic_bool stopped;
    pthread_t reader, looker;
    bool reading, looking;
    Queue *queue;
    Watch *watch;      // the looker's
    int64_t newest_us; // the reader's: end of the timeline so far

    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;  // stop, for the reader that waits for its next try
    StreamFacts facts;
    LiveFacts live;
    char host[272]; // for records
    Rate frames, analysed, bytes;
    uint64_t lost_before; // of earlier connections
    int64_t behind_said_us, dropped_us;
};

const char *stream_state_name(StreamState state)
{
    static const char *const names[] = {"connecting", "live",    "stalled",
                                        "waiting",    "refused", "misconfigured"};
    return names[state];
}

static void set_state(Stream *stream, StreamState state, const char *reason)
{
    StreamFacts *facts = &stream->facts;
    pthread_mutex_lock(&stream->lock);
    bool changed = facts->state != state || strcmp(facts->reason, reason) != 0;
    facts->state = state;
    facts->connects += changed && state == STREAM_LIVE;
    snprintf(facts->reason, sizeof facts->reason, "%s", reason);
    pthread_mutex_unlock(&stream->lock);
    if (!changed)
        return;
    if (state == STREAM_LIVE)
        log_info("%s: live, %s %dx%d", facts->id, facts->codec, facts->width, facts->height);
    else if (state != STREAM_CONNECTING)
        log_warning("%s: %s: %s", facts->id, stream_state_name(state), reason);
}

// ---- reading ----

static LiveOptions live_options(const Stream *stream)
{
    const CameraSettings *camera = stream->options.camera;
    return (LiveOptions){
        .url = camera->url,
        .host = camera->host,
        .path = camera->path,
        .user = camera->user,
        .password = camera->password,
        .port = camera->port,
        .transport = strcmp(camera->transport, "udp") == 0   ? LIVE_UDP
                     : strcmp(camera->transport, "tls") == 0 ? LIVE_TLS
                                                             : LIVE_TCP,
        .not_before_us = stream->newest_us,
        .stall_us = STALL_US,
        .cancelled = &stream->stopped,
    };
}

static void count_packet(Stream *stream, const Packet *packet, const LiveFacts *live,
                         size_t dropped)
{
    StreamFacts *facts = &stream->facts;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    stream->live = *live;
    rate_add(&stream->frames, now_us, 1);
    rate_add(&stream->bytes, now_us, (uint32_t)packet_size(packet));
    facts->frames++;
    facts->lost = stream->lost_before + live->lost;
    facts->drops += dropped;
    facts->last_frame_us = packet_time_us(packet) + live->shift_us;
    facts->clock = live->clock;
    facts->clock_offset_s = live->clock_offset_s;
    facts->width = live->info.width;
    facts->height = live->info.height;
    memcpy(facts->codec, live->info.codec, sizeof facts->codec);
    pthread_mutex_unlock(&stream->lock);
}

// Reads one connection to its end.
static Status read_on(Stream *stream, Live *live, LiveTrouble *trouble, Error *error)
{
    for (bool first = true;; first = false) {
        Packet *packet;
        Status status = live_read(live, &packet, trouble, error);
        if (status != STATUS_OK)
            return status;
        LiveFacts facts = live_facts(live);
        size_t dropped = queue_push(stream->queue, packet, false);
        count_packet(stream, packet, &facts, dropped);
        int64_t after_us = packet_time_us(packet) + 1000;
        stream->newest_us = after_us > stream->newest_us ? after_us : stream->newest_us;
        packet_unref(&packet);
        if (first)
            set_state(stream, STREAM_LIVE, "");
    }
}

// What the trouble means after so many tries in a row that failed.
static StreamState state_for(const Stream *stream, Status status, LiveTrouble trouble,
                             bool was_live)
{
    if (status == STATUS_ARGUMENT || trouble == LIVE_MISCONFIGURED)
        return STREAM_MISCONFIGURED;
    if (trouble == LIVE_REFUSED)
        return STREAM_REFUSED;
    // The first failed try after a stall is still that stall.
    bool stalled = was_live || stream->facts.state == STREAM_LIVE;
    return stalled ? STREAM_STALLED : STREAM_WAITING;
}

static int64_t jitter(unsigned *seed)
{
    return (int64_t)(rand_r(seed) % (unsigned)JITTER_US);
}

static void wait_until(Stream *stream, int64_t until_us)
{
    pthread_mutex_lock(&stream->lock);
    while (!atomic_load(&stream->stopped) && clock_monotonic_us() < until_us) {
        int64_t wall_us = clock_now_us() + until_us - clock_monotonic_us();
        struct timespec when = {wall_us / SECOND_US, wall_us % SECOND_US * 1000};
        pthread_cond_timedwait(&stream->wake, &stream->lock, &when);
    }
    pthread_mutex_unlock(&stream->lock);
}

static void *read_thread(void *context)
{
    Stream *stream = context;
    unsigned seed = (unsigned)clock_now_us() ^ (unsigned)(uintptr_t)stream;
    int64_t back_off_us = AGAIN_US;
    while (!atomic_load(&stream->stopped)) {
        int64_t began_us = clock_monotonic_us();
        LiveOptions options = live_options(stream);
        LiveTrouble trouble;
        Live *live;
        Error error;
        uint64_t frames = stream->facts.frames;
        Status status = live_open(&live, &options, &trouble, &error);
        if (status == STATUS_OK)
            status = read_on(stream, live, &trouble, &error);
        live_close(&live);
        if (atomic_load(&stream->stopped))
            break;
        bool was_live = stream->facts.frames > frames;
        if (was_live)
            queue_push(stream->queue, NULL, false);
        pthread_mutex_lock(&stream->lock);
        stream->lost_before = stream->facts.lost;
        pthread_mutex_unlock(&stream->lock);
        StreamState state = state_for(stream, status, trouble, was_live);
        set_state(stream, state, error.text);
        bool hopeless = state == STREAM_REFUSED || state == STREAM_MISCONFIGURED;
        back_off_us =
            hopeless ? (back_off_us < BACK_OFF_US / 2 ? 2 * back_off_us : BACK_OFF_US) : AGAIN_US;
        int64_t pause_us = hopeless ? back_off_us - 2 * JITTER_US : back_off_us;
        wait_until(stream, (was_live ? clock_monotonic_us() - pause_us + JITTER_US : began_us) +
                               pause_us + jitter(&seed));
    }
    queue_close(stream->queue);
    return NULL;
}

// ---- looking ----

typedef struct Lag { // how the looker keeps up
    bool torn;       // packets are missing: nothing can be used before the next key frame
    bool skipping;   // too far behind: kept, not looked at, up to a key frame
    uint64_t analysed;
    Packet *last; // tells when the format changes
} Lag;

// The stream as records shall describe it.
static void describe(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    LiveFacts live = stream->live;
    pthread_mutex_unlock(&stream->lock);
    WatchCounts counts = watch_counts(stream->watch);
    live.info.range = counts.range;
    live.info.space = counts.space;
    RecordSource source = {.name = stream->host,
                           .clock_source = live.clock,
                           .clock_offset_s = live.clock_offset_s,
                           .first_frame_us = live.start_us + live.shift_us,
                           .info = live.info};
    watch_describe(stream->watch, &source, live.shift_us);
}

static void count_drop(Stream *stream)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    stream->facts.drops++;
    stream->dropped_us = now_us;
    bool speak = !stream->behind_said_us || now_us - stream->behind_said_us > BEHIND_SAID_US;
    if (speak)
        stream->behind_said_us = now_us;
    pthread_mutex_unlock(&stream->lock);
    if (speak)
        log_warning("%s: falling behind: this machine is too slow, pictures are kept for clips but "
                    "not all are looked at",
                    stream->facts.id);
}

static void count_looked(Stream *stream, const Queued *item, Lag *lag)
{
    WatchCounts counts = watch_counts(stream->watch);
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    rate_add(&stream->analysed, now_us, (uint32_t)(counts.analysed - lag->analysed));
    stream->facts.delay_s = (double)(now_us - item->arrived_us) / 1e6;
    stream->facts.events = counts.events;
    stream->facts.learning = counts.learning;
    pthread_mutex_unlock(&stream->lock);
    lag->analysed = counts.analysed;
}

// What may be done with the packet, 0: nothing.
static WatchUse use_of(const Queued *item, Lag *lag)
{
    bool key = packet_key(item->packet);
    lag->torn = (lag->torn || item->torn) && !key;
    if (lag->torn)
        return (WatchUse)0;
    if (clock_monotonic_us() - item->arrived_us > BEHIND_US && item->keys_behind)
        lag->skipping = true;
    else if (key)
        lag->skipping = false;
    return lag->skipping ? WATCH_KEEP : WATCH_BOTH;
}

// The stream was cut off, or goes on in another format: what is open ends here.
static Status cut(Stream *stream, Error *error)
{
    Status status = watch_drain(stream->watch, error);
    return status == STATUS_OK ? watch_finish(stream->watch, true, error) : status;
}

static Status follow_format(Stream *stream, Packet *packet, Lag *lag, Error *error)
{
    Status status = STATUS_OK;
    if (lag->last && !packet_same_format(lag->last, packet)) {
        status = cut(stream, error);
        watch_learn_live(stream->watch, LEARN_US);
    }
    packet_unref(&lag->last);
    lag->last = packet_ref(packet);
    return status;
}

static Status look(Stream *stream, const Queued *item, Lag *lag, Error *error)
{
    describe(stream);
    if (!item->packet) {
        lag->torn = true;
        return cut(stream, error);
    }
    WatchUse use = use_of(item, lag);
    Status status = use ? follow_format(stream, item->packet, lag, error) : STATUS_OK;
    if (use && status == STATUS_OK)
        status = watch_push(stream->watch, item->packet, use, error);
    if (use & WATCH_LOOK)
        count_looked(stream, item, lag);
    else
        count_drop(stream);
    return status;
}

static void *look_thread(void *context)
{
    Stream *stream = context;
    Lag lag = {0};
    Queued item;
    Error error;
    while (queue_take(stream->queue, &item)) {
        if (look(stream, &item, &lag, &error) != STATUS_OK)
            log_error("%s: %s", stream->facts.id, error.text);
        packet_unref(&item.packet);
    }
    packet_unref(&lag.last);
    describe(stream);
    if (cut(stream, &error) != STATUS_OK)
        log_error("%s: %s", stream->facts.id, error.text);
    return NULL;
}

// ---- outside ----

// The host alone, for records: never user, password or path.
static void name_host(Stream *stream)
{
    LiveOptions options = live_options(stream);
    live_host(&options, stream->host, sizeof stream->host);
}

Status stream_start(Stream **out, const StreamOptions *options, Error *error)
{
    Stream *stream = *out = calloc(1, sizeof *stream);
    if (!stream)
        return error_set(error, STATUS_MEMORY, "out of memory");
    stream->options = *options;
    stream->facts.id = options->camera->id;
    stream->facts.clock_offset_s = NAN;
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->wake, NULL);
    name_host(stream);
    WatchOptions watch = {.settings = options->settings,
                          .camera = options->camera->id,
                          .staging = options->staging,
                          .name = options->camera->id,
                          .deliver = options->deliver,
                          .context = options->context};
    Status status = queue_create(&stream->queue, QUEUE_BYTES, error);
    if (status == STATUS_OK)
        status = watch_create(&stream->watch, &watch, error);
    if (status == STATUS_OK) {
        watch_learn_live(stream->watch, LEARN_US);
        stream->looking = pthread_create(&stream->looker, NULL, look_thread, stream) == 0;
        stream->reading =
            stream->looking && pthread_create(&stream->reader, NULL, read_thread, stream) == 0;
        if (!stream->reading)
            status =
                error_set(error, STATUS_MEMORY, "no thread for the camera %s", options->camera->id);
    }
    if (status != STATUS_OK)
        stream_free(out);
    return status;
}

void stream_stop(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    atomic_store(&stream->stopped, true);
    pthread_cond_broadcast(&stream->wake);
    pthread_mutex_unlock(&stream->lock);
}

void stream_free(Stream **out)
{
    Stream *stream = *out;
    *out = NULL;
    if (!stream)
        return;
    stream_stop(stream);
    if (stream->reading)
        pthread_join(stream->reader, NULL);
    else if (stream->queue)
        queue_close(stream->queue);
    if (stream->looking)
        pthread_join(stream->looker, NULL);
    watch_destroy(&stream->watch);
    queue_destroy(&stream->queue);
    pthread_mutex_destroy(&stream->lock);
    pthread_cond_destroy(&stream->wake);
    free(stream);
}

void stream_facts(Stream *stream, StreamFacts *out)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&stream->lock);
    *out = stream->facts;
    out->fps = rate_per_second(&stream->frames, now_us);
    out->analysed_fps = rate_per_second(&stream->analysed, now_us);
    out->bits_per_second = 8 * rate_per_second(&stream->bytes, now_us);
    out->behind = stream->dropped_us && now_us - stream->dropped_us < RATE_SECONDS * SECOND_US;
    pthread_mutex_unlock(&stream->lock);
    out->queued_bytes = queue_bytes(stream->queue);
    if (out->behind && !out->reason[0])
        snprintf(out->reason, sizeof out->reason, "falling behind: this machine is too slow");
}
