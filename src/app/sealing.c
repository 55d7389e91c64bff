#include "app/sealing.h"

#include "app/lines.h"
#include "base/clock.h"
#include "base/log.h"
#include "evidence/retention.h"
#include "evidence/seal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMITS_S 3600 // between looks at the evidence folder's limits
#define RETRY_S 10    // between tries to seal on a disk that is full or gone

typedef struct Waiting { // an event that waits for its seal
    struct Waiting *next;
    Staged staged;
} Waiting;

struct Sealing {
    char folder[PATH_SIZE];
    bool json;
    Sealer *sealer;
    pthread_t thread;
    bool running;
    int64_t limits_due_us; // monotonic; the thread's
    void (*told)(void *context, const char *camera);
    void *context;        // of told
    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;
    Waiting *first, **last;
    bool ending; // no more events will come
    SealingCounts counts;
    RetentionLimits limits;
};

static Status enqueue(Sealing *sealing, const Staged *staged, Error *error)
{
    Waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return error_set(error, STATUS_MEMORY, "out of memory");
    waiting->staged = *staged;
    pthread_mutex_lock(&sealing->lock);
    *sealing->last = waiting;
    sealing->last = &waiting->next;
    pthread_cond_signal(&sealing->wake);
    pthread_mutex_unlock(&sealing->lock);
    return STATUS_OK;
}

Status sealing_keep(Sealing *sealing, Staged *staged, Error *error)
{
    char place[PATH_SIZE];
    const char *ready = sealer_ready(sealing->sealer);
    snprintf(place, sizeof place, "%.*s/%lld-%.200s", PATH_SIZE - 256, ready,
             (long long)clock_now_us(), path_base(staged->folder));
    Status status = STATUS_OK;
    if (rename(staged->folder, place) != 0)
        status = error_set_errno(error, "cannot move a staged pack to %s", place);
    if (status == STATUS_OK)
        status = folder_sync(ready, error);
    if (status == STATUS_OK) {
        memcpy(staged->folder, place, sizeof place);
        staged->kept = true;
    } else {
        staged_free(staged);
    }
    return status;
}

Status sealing_deliver(void *context, Staged *staged, Error *error)
{
    Sealing *sealing = context;
    Status status = staged->kept ? STATUS_OK : sealing_keep(sealing, staged, error);
    if (status != STATUS_OK)
        return status;
    status = enqueue(sealing, staged, error);
    if (status != STATUS_OK)
        staged_free(staged);
    return status;
}

// Packs that a crash, or a disk that was full, kept from their seal.
static Status find_unsealed(Sealing *sealing, Error *error)
{
    Names names;
    char record[PATH_SIZE];
    const char *ready = sealer_ready(sealing->sealer);
    Status status = folder_make(ready, error);
    if (status == STATUS_OK)
        status = folder_list(ready, &names, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        Staged staged = {0};
        const char *who = strchr(names.items[i], '-');
        snprintf(staged.camera, sizeof staged.camera, "%.60s", who ? who + 1 : names.items[i]);
        status = path_join(staged.folder, ready, names.items[i], error);
        if (status == STATUS_OK)
            status = path_join(record, staged.folder, "record.json", error);
        if (status == STATUS_OK && file_exists(record))
            status = enqueue(sealing, &staged, error);
        else if (status == STATUS_OK)
            status = folder_remove(staged.folder, error);
    }
    names_free(&names);
    return status;
}

static struct timespec in_seconds(int64_t seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    return until;
}

// Lets media go that the limits leave no room for.
static void keep_limits(Sealing *sealing)
{
    RetentionReport report;
    Error error;
    pthread_mutex_lock(&sealing->lock);
    RetentionLimits limits = sealing->limits;
    pthread_mutex_unlock(&sealing->lock);
    sealing->limits_due_us = clock_monotonic_us() + LIMITS_S * SECOND_US;
    if (!limits.media_days && !limits.max_bytes && !limits.min_free_bytes)
        return;
    Status status = retention_run(sealing->folder, &limits, sealer_key(sealing->sealer),
                                  clock_now_us(), &report, &error);
    if (status != STATUS_OK)
        log_error("evidence.limits: %s", error.text);
    else if (report.over)
        log_error("evidence.limits: %s is over its limits, and all that is left is pending or "
                  "confirmed: review it, or give it more room",
                  sealing->folder);
    if (status == STATUS_OK && report.retired)
        log_info("evidence.limits: the media of %zu packs removed, %.1f GiB", report.retired,
                 (double)report.bytes / (1 << 30));
}

// The first that waits; stays in the queue until it is dealt with. NULL: the end.
static Waiting *first_waiting(Sealing *sealing)
{
    for (;;) {
        if (clock_monotonic_us() >= sealing->limits_due_us)
            keep_limits(sealing);
        struct timespec until = in_seconds(60);
        pthread_mutex_lock(&sealing->lock);
        int result = 0;
        while (!sealing->first && !sealing->ending && result == 0)
            result = pthread_cond_timedwait(&sealing->wake, &sealing->lock, &until);
        Waiting *waiting = sealing->first;
        bool over = waiting || sealing->ending;
        pthread_mutex_unlock(&sealing->lock);
        if (over)
            return waiting;
    }
}

static void drop_first(Sealing *sealing, Status status, const Sealed *sealed)
{
    pthread_mutex_lock(&sealing->lock);
    Waiting *waiting = sealing->first;
    if (!(sealing->first = waiting->next))
        sealing->last = &sealing->first;
    sealing->counts.events += status == STATUS_OK && !sealed->existed;
    sealing->counts.failures += status != STATUS_OK;
    sealing->counts.fails_now = false;
    pthread_mutex_unlock(&sealing->lock);
    free(waiting->staged.points);
    free(waiting);
}

// Waits a little for a disk that takes no pack. False: the program ends.
static bool wait_for_disk(Sealing *sealing)
{
    struct timespec until = in_seconds(RETRY_S);
    sealing->limits_due_us = 0; // a full disk may have media that nobody needs any more
    pthread_mutex_lock(&sealing->lock);
    sealing->counts.fails_now = true;
    int result = 0;
    while (!sealing->ending && result == 0)
        result = pthread_cond_timedwait(&sealing->wake, &sealing->lock, &until);
    bool ending = sealing->ending;
    pthread_mutex_unlock(&sealing->lock);
    return !ending;
}

// The id of a pack begins with its camera's.
static void tell(const Sealing *sealing, const Sealed *sealed)
{
    char camera[sizeof sealed->id];
    snprintf(camera, sizeof camera, "%.*s", (int)strcspn(sealed->id, "_"), sealed->id);
    if (sealing->told)
        sealing->told(sealing->context, camera);
}

static void *seal_thread(void *context)
{
    Sealing *sealing = context;
    for (Waiting *waiting; (waiting = first_waiting(sealing));) {
        const Staged *staged = &waiting->staged;
        Sealed sealed;
        Error error;
        Status status = sealer_seal(sealing->sealer, staged->folder, 1, &sealed, &error);
        if (status == STATUS_FULL || status == STATUS_IO) {
            log_error("%s: an event waits for its seal: %s", staged->camera, error.text);
            if (wait_for_disk(sealing))
                continue;
            return NULL; // the next start seals it
        }
        if (status != STATUS_OK)
            log_error("%s: an event is lost: %s", staged->camera, error.text);
        else if (!sealed.existed)
            log_info("%s: sealed %s", staged->camera, sealed.id);
        if (status == STATUS_OK && !sealed.existed && sealing->json)
            print_record(sealed.folder);
        if (status == STATUS_OK)
            tell(sealing, &sealed);
        drop_first(sealing, status, &sealed);
    }
    return NULL;
}

void sealing_set_limits(Sealing *sealing, const Settings *settings)
{
    const double gib = 1 << 30;
    pthread_mutex_lock(&sealing->lock);
    sealing->limits =
        (RetentionLimits){settings->limits.media_days, (uint64_t)(settings->limits.max_gib * gib),
                          (uint64_t)(settings->limits.min_free_gib * gib)};
    pthread_mutex_unlock(&sealing->lock);
}

const char *sealing_staging(const Sealing *sealing)
{
    return sealer_staging(sealing->sealer);
}

SealingCounts sealing_counts(Sealing *sealing)
{
    pthread_mutex_lock(&sealing->lock);
    SealingCounts counts = sealing->counts;
    pthread_mutex_unlock(&sealing->lock);
    return counts;
}

Status sealing_open(Sealing **out, const Settings *settings, const char *folder, bool json,
                    Error *error)
{
    Sealing *sealing = *out = calloc(1, sizeof *sealing);
    if (!sealing)
        return error_set(error, STATUS_MEMORY, "out of memory");
    sealing->json = json;
    sealing->last = &sealing->first;
    snprintf(sealing->folder, sizeof sealing->folder, "%s", folder);
    pthread_mutex_init(&sealing->lock, NULL);
    pthread_cond_init(&sealing->wake, NULL);
    sealing_set_limits(sealing, settings);
    Status status = sealer_open(&sealing->sealer, folder, error);
    if (status == STATUS_OK)
        status = find_unsealed(sealing, error);
    if (status != STATUS_OK)
        sealing_close(out);
    return status;
}

Status sealing_start(Sealing *sealing, void (*told)(void *context, const char *camera),
                     void *context, Error *error)
{
    sealing->told = told;
    sealing->context = context;
    sealing->running = pthread_create(&sealing->thread, NULL, seal_thread, sealing) == 0;
    return sealing->running ? STATUS_OK : error_set(error, STATUS_MEMORY, "no thread for sealing");
}

SealingCounts sealing_close(Sealing **out)
{
    Sealing *sealing = *out;
    SealingCounts counts = {0};
    *out = NULL;
    if (!sealing)
        return counts;
    pthread_mutex_lock(&sealing->lock);
    sealing->ending = true;
    pthread_cond_signal(&sealing->wake);
    pthread_mutex_unlock(&sealing->lock);
    if (sealing->running)
        pthread_join(sealing->thread, NULL);
    counts = sealing->counts;
    for (Waiting *waiting; (waiting = sealing->first); counts.waiting++) {
        sealing->first = waiting->next;
        free(waiting->staged.points);
        free(waiting);
    }
    sealer_close(&sealing->sealer);
    pthread_mutex_destroy(&sealing->lock);
    pthread_cond_destroy(&sealing->wake);
    free(sealing);
    return counts;
}
