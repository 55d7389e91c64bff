#include "app/reader.h"

#include "app/rate.h"
#include "base/clock.h"
#include "base/log.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALL_US (5 * SECOND_US)     // without a picture
#define AGAIN_US (5 * SECOND_US / 2) // from one try to the next, jitter on top
#define JITTER_US (2 * SECOND_US / 5)
#define LOGIN_US (8 * SECOND_US) // for a log-in, at most
#define LEAST_LOGIN_US (4 * SECOND_US)
#define BACK_OFF_US (30 * SECOND_US) // refused and misconfigured

struct Reader {
    ReaderOptions options;
    atomic_bool stopped;
    pthread_t thread;
    bool running;
    int64_t newest_us; // the thread's: end of the timeline so far
    int64_t login_us;  // the thread's: how long the last log-in took that succeeded, 0: none yet
    int failed;        // the thread's: log-ins since

    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;  // stop, for the thread that waits for its next try
    ReaderFacts facts;
    Rate frames, bytes;
    uint64_t lost_before; // in earlier connections
};

const char *stream_state_name(StreamState state)
{
    static const char *const names[] = {"connecting", "live",    "stalled",
                                        "waiting",    "refused", "misconfigured"};
    return names[state];
}

static void set_state(Reader *reader, StreamState state, const char *reason)
{
    ReaderFacts *facts = &reader->facts;
    pthread_mutex_lock(&reader->lock);
    bool changed = facts->state != state || strcmp(facts->reason, reason) != 0;
    facts->state = state;
    facts->connects += changed && state == STREAM_LIVE;
    snprintf(facts->reason, sizeof facts->reason, "%s", reason);
    pthread_mutex_unlock(&reader->lock);
    if (!changed)
        return;
    if (state == STREAM_LIVE)
        log_info("%s: live, %s %dx%d", reader->options.name, facts->live.info.codec,
                 facts->live.info.width, facts->live.info.height);
    else if (state != STREAM_CONNECTING)
        log_warning("%s: %s: %s", reader->options.name, stream_state_name(state), reason);
}

static void count_packet(Reader *reader, const Packet *packet, const LiveFacts *live,
                         size_t dropped)
{
    ReaderFacts *facts = &reader->facts;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&reader->lock);
    rate_add(&reader->frames, now_us, 1);
    rate_add(&reader->bytes, now_us, (uint32_t)packet_size(packet));
    facts->frames++;
    facts->lost = reader->lost_before + live->lost;
    facts->drops += dropped;
    facts->last_frame_us = packet_time_us(packet) + live->shift_us;
    facts->live = *live;
    pthread_mutex_unlock(&reader->lock);
}

// Reads one connection to its end.
static Status read_on(Reader *reader, Live *live, LiveTrouble *trouble, Error *error)
{
    for (bool first = true;; first = false) {
        Packet *packet;
        Status status = live_read(live, &packet, trouble, error);
        if (status != STATUS_OK)
            return status;
        LiveFacts facts = live_facts(live);
        size_t dropped = queue_push(reader->options.queue, packet, reader->options.substream);
        count_packet(reader, packet, &facts, dropped);
        int64_t after_us = packet_time_us(packet) + 1000;
        reader->newest_us = after_us > reader->newest_us ? after_us : reader->newest_us;
        packet_unref(&packet);
        if (first)
            set_state(reader, STREAM_LIVE, "");
    }
}

static StreamState state_for(Status status, LiveTrouble trouble, bool was_live)
{
    if (status == STATUS_ARGUMENT || trouble == LIVE_MISCONFIGURED)
        return STREAM_MISCONFIGURED;
    if (trouble == LIVE_REFUSED)
        return STREAM_REFUSED;
    return was_live ? STREAM_STALLED : STREAM_WAITING;
}

static void wait_until(Reader *reader, int64_t until_us)
{
    pthread_mutex_lock(&reader->lock);
    while (!atomic_load(&reader->stopped) && clock_monotonic_us() < until_us) {
        int64_t wall_us = clock_now_us() + until_us - clock_monotonic_us();
        struct timespec when = {wall_us / SECOND_US, wall_us % SECOND_US * 1000};
        pthread_cond_timedwait(&reader->wake, &reader->lock, &when);
    }
    pthread_mutex_unlock(&reader->lock);
}

// A camera that used to answer at once has hung when it does not; some tries are patient all the
// same, for lines that have become slow.
static int64_t patience(const Reader *reader)
{
    int64_t usual_us = 3 * reader->login_us;
    if (!reader->login_us || reader->failed % 4 == 3 || usual_us > LOGIN_US)
        return LOGIN_US;
    return usual_us > LEAST_LOGIN_US ? usual_us : LEAST_LOGIN_US;
}

// One try, from the address to the end of the connection. True: pictures came.
static bool try_once(Reader *reader, StreamState *state)
{
    LiveOptions source = reader->options.source;
    source.not_before_us = reader->newest_us;
    source.open_us = patience(reader);
    source.stall_us = STALL_US;
    source.cancelled = &reader->stopped;
    LiveTrouble trouble;
    Live *live;
    Error error;
    uint64_t frames = reader->facts.frames; // nobody else writes it
    int64_t began_us = clock_monotonic_us();
    Status status = live_open(&live, &source, &trouble, &error);
    reader->failed++;
    if (status == STATUS_OK) {
        reader->login_us = clock_monotonic_us() - began_us;
        reader->failed = 0;
        status = read_on(reader, live, &trouble, &error);
    }
    live_close(&live);
    bool was_live = reader->facts.frames > frames;
    if (was_live)
        queue_push(reader->options.queue, NULL, reader->options.substream);
    pthread_mutex_lock(&reader->lock);
    reader->lost_before = reader->facts.lost;
    pthread_mutex_unlock(&reader->lock);
    *state = state_for(status, trouble, was_live);
    if (!atomic_load(&reader->stopped))
        set_state(reader, *state, error.text);
    return was_live;
}

static void *run(void *context)
{
    Reader *reader = context;
    log_set_camera(reader->options.camera);
    unsigned seed = (unsigned)clock_now_us() ^ (unsigned)(uintptr_t)reader;
    int64_t pause_us = AGAIN_US;
    while (!atomic_load(&reader->stopped)) {
        int64_t began_us = clock_monotonic_us();
        StreamState state;
        bool was_live = try_once(reader, &state);
        bool hopeless = state == STREAM_REFUSED || state == STREAM_MISCONFIGURED;
        pause_us = !hopeless ? AGAIN_US : pause_us < BACK_OFF_US / 2 ? 2 * pause_us : BACK_OFF_US;
        int64_t jitter_us = (int64_t)(rand_r(&seed) % (unsigned)JITTER_US);
        if (was_live && !hopeless)
            wait_until(reader, clock_monotonic_us() + JITTER_US + jitter_us);
        else
            wait_until(reader, began_us + pause_us - JITTER_US + jitter_us);
    }
    return NULL;
}

Status reader_start(Reader **out, const ReaderOptions *options, Error *error)
{
    Reader *reader = *out = calloc(1, sizeof *reader);
    if (!reader)
        return error_set(error, STATUS_MEMORY, "out of memory");
    reader->options = *options;
    reader->facts.live.clock_offset_s = NAN;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->wake, NULL);
    reader->running = pthread_create(&reader->thread, NULL, run, reader) == 0;
    if (reader->running)
        return STATUS_OK;
    reader_free(out);
    return error_set(error, STATUS_MEMORY, "no thread for %s", options->name);
}

void reader_stop(Reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    atomic_store(&reader->stopped, true);
    pthread_cond_broadcast(&reader->wake);
    pthread_mutex_unlock(&reader->lock);
}

void reader_join(Reader *reader)
{
    if (reader->running)
        pthread_join(reader->thread, NULL);
    reader->running = false;
}

void reader_free(Reader **out)
{
    Reader *reader = *out;
    *out = NULL;
    if (!reader)
        return;
    reader_stop(reader);
    reader_join(reader);
    pthread_mutex_destroy(&reader->lock);
    pthread_cond_destroy(&reader->wake);
    free(reader);
}

void reader_facts(Reader *reader, ReaderFacts *out)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&reader->lock);
    *out = reader->facts;
    out->fps = rate_per_second(&reader->frames, now_us);
    out->bits_per_second = 8 * rate_per_second(&reader->bytes, now_us);
    pthread_mutex_unlock(&reader->lock);
}
