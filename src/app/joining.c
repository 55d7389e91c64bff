#include "app/joining.h"

#include "app/seeing.h"
#include "base/clock.h"
#include "base/log.h"
#include "evidence/companion.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_US (2 * SECOND_US) // for pictures, after the window is over
#define POLL_US (SECOND_US / 4)     // between looks at whether they are there
#define LONGEST_US (30 * SECOND_US) // more than any window

typedef struct Waiting { // an event that waits for its companions
    struct Waiting *next;
    Staged staged;
    int64_t due_us; // its last window is over; a time of day
} Waiting;

struct Joining {
    Sealing *sealing;
    const PlateModels *plates;
    pthread_t thread;
    bool running;
    atomic_bool hurrying;
    pthread_mutex_t roster_lock; // held while the roster is asked
    Roster *roster;              // NULL: the cameras have ended
    pthread_mutex_t lock;        // of everything below
    pthread_cond_t wake;
    Waiting *first; // in no order
    bool ending;
};

static struct timespec in_time(int64_t time_us)
{
    return (struct timespec){time_us / SECOND_US, time_us % SECOND_US * 1000};
}

// Waits until then, a time of day, or for the hurry.
static void wait_until(Joining *joining, int64_t time_us)
{
    struct timespec until = in_time(time_us);
    int result = 0;
    pthread_mutex_lock(&joining->lock);
    while (!joining->hurrying && result == 0)
        result = pthread_cond_timedwait(&joining->wake, &joining->lock, &until);
    pthread_mutex_unlock(&joining->lock);
}

static Status ask(Joining *joining, const char *camera, int64_t arrival_us, StreamRecent *out,
                  Error *error)
{
    *out = (StreamRecent){0};
    pthread_mutex_lock(&joining->roster_lock);
    Status status = joining->roster ? roster_recent(joining->roster, camera, arrival_us, out, error)
                                    : error_set(error, STATUS_CANCELLED, "the cameras have ended");
    pthread_mutex_unlock(&joining->roster_lock);
    return status;
}

// What the camera kept up to the end of its window, an arrival time, and a little longer; as soon
// as it is there, or what there is when patience ends.
static Status wait_for(Joining *joining, const char *camera, int64_t end_us, StreamRecent *out,
                       Error *error)
{
    int64_t latest_us = clock_now_us() + LONGEST_US; // whatever somebody does to the clock
    end_us = end_us < latest_us ? end_us : latest_us;
    int64_t deadline_us = end_us + PATIENCE_US;
    for (int64_t next_us = end_us + SEEING_TAIL_US;; next_us += POLL_US) {
        wait_until(joining, next_us);
        Status status = ask(joining, camera, end_us + SEEING_TAIL_US, out, error);
        if (status != STATUS_OK || out->reached || clock_now_us() >= deadline_us)
            return status;
        stream_recent_free(out);
    }
}

typedef struct Sighting { // of one companion
    Seen seen;
    CompanionSeen said;
} Sighting;

// Why there is nothing to say of candidates.
static const char *reason_of(Status status, const StreamRecent *recent, const Seen *seen)
{
    if (status == STATUS_CANCELLED)
        return "ended";
    if (status == STATUS_END)
        return "not-watched";
    if (status != STATUS_OK)
        return "unreadable";
    if (!recent->count)
        return "no-pictures";
    if (!seen->pictures)
        return "no-pictures";
    return seen->gaps ? "incomplete" : NULL;
}

static void look(Joining *joining, const Staged *staged, const Companion *companion, Sighting *out)
{
    Error error;
    StreamRecent recent;
    int64_t peak_us = staged->peak_us + staged->to_arrival_us;
    int64_t from_us = INT64_MIN, to_us = INT64_MIN;
    *out = (Sighting){0};
    Status status =
        wait_for(joining, companion->camera, peak_us + companion->to_us, &recent, &error);
    if (status == STATUS_OK && recent.count) {
        int64_t own_us = peak_us + recent.shift_us - recent.receipt_us; // by the camera's clock
        from_us = own_us + companion->from_us;
        to_us = own_us + companion->to_us;
        status = seeing_run(&recent, joining->plates, from_us, to_us, &joining->hurrying,
                            &out->seen, &error);
    }
    const Seen *seen = &out->seen;
    const char *reason = reason_of(status, &recent, seen);
    if (reason)
        log_warning("%s: %s adds nothing to an event: %s%s%s", staged->camera, companion->camera,
                    reason, recent.reason[0] || status != STATUS_OK ? ": " : "",
                    status != STATUS_OK ? error.text : recent.reason);
    out->said =
        (CompanionSeen){.camera = companion->camera,
                        .role = companion->role,
                        .reason = reason,
                        .from_us = from_us,
                        .to_us = to_us,
                        .times_us = seen->times_us,
                        .candidates = seen->candidates < SEEN_TIMES ? seen->candidates : SEEN_TIMES,
                        .panorama = seen->panorama,
                        .plate = seen->has_plate ? &seen->plate : NULL,
                        .plate_picture = seen->plate_picture};
    stream_recent_free(&recent);
}

// An event whose companions cannot be told of is sealed as it is.
static void join(Joining *joining, const Staged *staged)
{
    Sighting sightings[MAX_COMPANIONS];
    CompanionSeen said[MAX_COMPANIONS];
    size_t joined = 0;
    Error error;
    for (size_t i = 0; i < staged->companion_count; i++) {
        look(joining, staged, &staged->companions[i], &sightings[i]);
        said[i] = sightings[i].said;
    }
    Status status = companion_add(staged->folder, said, staged->companion_count, &joined, &error);
    if (status != STATUS_OK)
        log_error("%s: an event stays without its set: %s", staged->camera, error.text);
    else
        log_info("%s: %zu of %zu cameras of its set joined an event", staged->camera, joined,
                 staged->companion_count);
    for (size_t i = 0; i < staged->companion_count; i++)
        seen_free(&sightings[i].seen);
}

// When the pictures of its last window should be there.
static int64_t due(const Staged *staged)
{
    int64_t latest_us = clock_now_us() + LONGEST_US, due_us = 0;
    for (size_t i = 0; i < staged->companion_count; i++) {
        int64_t over_us = staged->peak_us + staged->to_arrival_us + staged->companions[i].to_us;
        due_us = over_us > due_us ? over_us : due_us;
    }
    due_us += SEEING_TAIL_US;
    return due_us < latest_us ? due_us : latest_us;
}

// The event whose time comes first, once it has come: none waits for another's window. NULL: the
// end.
static Waiting *take(Joining *joining)
{
    Waiting *waiting = NULL;
    pthread_mutex_lock(&joining->lock);
    while (!waiting && (joining->first || !joining->ending)) {
        Waiting **soonest = &joining->first;
        for (Waiting **at = &joining->first; *at; at = &(*at)->next)
            if ((*at)->due_us < (*soonest)->due_us)
                soonest = at;
        if (!*soonest) {
            pthread_cond_wait(&joining->wake, &joining->lock);
        } else if (!joining->hurrying && clock_now_us() < (*soonest)->due_us) {
            struct timespec until = in_time((*soonest)->due_us);
            pthread_cond_timedwait(&joining->wake, &joining->lock, &until);
        } else {
            waiting = *soonest;
            *soonest = waiting->next;
        }
    }
    pthread_mutex_unlock(&joining->lock);
    return waiting;
}

static void *join_thread(void *context)
{
    Joining *joining = context;
    Error error;
    for (Waiting *waiting; (waiting = take(joining));) {
        join(joining, &waiting->staged);
        if (sealing_deliver(joining->sealing, &waiting->staged, &error) != STATUS_OK)
            log_error("an event is lost: %s", error.text);
        free(waiting);
    }
    return NULL;
}

Status joining_deliver(void *context, Staged *staged, Error *error)
{
    Joining *joining = context;
    if (!staged->companion_count)
        return sealing_deliver(joining->sealing, staged, error);
    Waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting) {
        staged_free(staged);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    Status status = sealing_keep(joining->sealing, staged, error);
    if (status != STATUS_OK) {
        free(waiting);
        return status;
    }
    waiting->staged = *staged;
    waiting->due_us = due(staged);
    pthread_mutex_lock(&joining->lock);
    waiting->next = joining->first;
    joining->first = waiting;
    pthread_cond_signal(&joining->wake);
    pthread_mutex_unlock(&joining->lock);
    return STATUS_OK;
}

Status joining_create(Joining **out, Sealing *sealing, const PlateModels *plates, Error *error)
{
    Joining *joining = *out = calloc(1, sizeof *joining);
    if (!joining)
        return error_set(error, STATUS_MEMORY, "out of memory");
    joining->sealing = sealing;
    joining->plates = plates;
    pthread_mutex_init(&joining->roster_lock, NULL);
    pthread_mutex_init(&joining->lock, NULL);
    pthread_cond_init(&joining->wake, NULL);
    return STATUS_OK;
}

Status joining_start(Joining *joining, Roster *roster, Error *error)
{
    joining->roster = roster;
    joining->running = pthread_create(&joining->thread, NULL, join_thread, joining) == 0;
    return joining->running ? STATUS_OK : error_set(error, STATUS_MEMORY, "no thread for sets");
}

void joining_hurry(Joining *joining)
{
    pthread_mutex_lock(&joining->lock);
    joining->hurrying = true;
    pthread_cond_signal(&joining->wake);
    pthread_mutex_unlock(&joining->lock);
    pthread_mutex_lock(&joining->roster_lock);
    joining->roster = NULL;
    pthread_mutex_unlock(&joining->roster_lock);
}

void joining_close(Joining **out)
{
    Joining *joining = *out;
    *out = NULL;
    if (!joining)
        return;
    joining_hurry(joining);
    pthread_mutex_lock(&joining->lock);
    joining->ending = true;
    pthread_cond_signal(&joining->wake);
    pthread_mutex_unlock(&joining->lock);
    if (joining->running)
        pthread_join(joining->thread, NULL);
    pthread_cond_destroy(&joining->wake);
    pthread_mutex_destroy(&joining->lock);
    pthread_mutex_destroy(&joining->roster_lock);
    free(joining);
}
