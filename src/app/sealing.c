#include "app/sealing.h"

#include "app/lines.h"
#include "app/recovery.h"
#include "base/clock.h"
#include "base/log.h"
#include "evidence/seal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_DAYS 1095 // where media go, their records go after three years
#define LIMITS_S 3600    // between looks at the evidence folder's limits
#define RETRY_S 10       // between tries to seal on a disk that is full
#define AWAY_S 1         // between looks whether the folder is there

typedef struct Waiting { // an event that waits for its seal
    struct Waiting *next;
    Staged staged;
} Waiting;

struct Sealing {
    SealingOptions options;
    const char *folder;
    char staging[PATH_SIZE], ready[PATH_SIZE], journals[PATH_SIZE];
    Sealer *sealer; // the thread's once it runs; NULL while the folder is away
    bool opened;    // it once was open
    char away[512]; // why it is not, as it was said last
    pthread_t thread;
    bool running;
    bool recovered;        // the thread's, as the next
    int64_t limits_due_us; // monotonic
    pthread_mutex_t lock;  // of everything below
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
    const char *ready = sealing->ready;
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
    const char *ready = sealing->ready;
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

RetentionLimits sealing_limits(Sealing *sealing)
{
    pthread_mutex_lock(&sealing->lock);
    RetentionLimits limits = sealing->limits;
    pthread_mutex_unlock(&sealing->lock);
    return limits;
}

// Lets media go that the limits leave no room for.
static void keep_limits(Sealing *sealing)
{
    RetentionReport report;
    Error error;
    RetentionLimits limits = sealing_limits(sealing);
    sealing->limits_due_us = clock_monotonic_us() + LIMITS_S * SECOND_US;
    if (!limits.record_days)
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
    if (status == STATUS_OK && report.expired)
        log_info("evidence.limits: %zu packs removed whole after %d days", report.expired,
                 limits.record_days);
    if (status == STATUS_OK && report.unproven)
        log_warning("evidence.limits: %zu packs older than %d days stay: their records do not "
                    "verify by this machine's key",
                    report.unproven, limits.record_days);
}

// ---- the folder ----

static void note_failing(Sealing *sealing, bool failing, const char *reason)
{
    pthread_mutex_lock(&sealing->lock);
    sealing->counts.fails_now = failing;
    snprintf(sealing->counts.reason, sizeof sealing->counts.reason, "%s", reason);
    pthread_mutex_unlock(&sealing->lock);
}

static Status open_folder(Sealing *sealing, Error *error)
{
    Identity *identity = sealing->options.identity;
    sealer_close(&sealing->sealer); // lets a disk that goes away go
    Status status = atomic_load(&identity->taken) ? identity_check(identity, error)
                                                  : identity_take(identity, error);
    if (status == STATUS_OK)
        status = sealer_open(&sealing->sealer, sealing->folder, error);
    if (status == STATUS_OK && !sealing->opened)
        status = find_unsealed(sealing, error);
    if (status == STATUS_OK && !sealing->opened && sealing->running &&
        sealing->options.opened(sealing->options.context, error) != STATUS_OK)
        log_error("%s", error->text); // evidence goes on without
    sealing->opened |= status == STATUS_OK;
    return status;
}

// Opens the folder anew where it was away.
static Status come_home(Sealing *sealing, Error *error)
{
    if (sealing->sealer && identity_holds(sealing->options.identity))
        return STATUS_OK;
    Status status = open_folder(sealing, error);
    if (status == STATUS_OK) {
        if (sealing->away[0])
            log_info("the evidence folder %s is back: evidence is written again", sealing->folder);
        sealing->away[0] = '\0';
        note_failing(sealing, false, "");
        return STATUS_OK;
    }
    if (strcmp(sealing->away, error->text) != 0)
        log_error("no evidence is written: %s", error->text);
    snprintf(sealing->away, sizeof sealing->away, "%s", error->text);
    return status;
}

// Waits a little for a disk that takes no pack. False: the program ends.
static bool wait_for_disk(Sealing *sealing, int seconds, const char *reason)
{
    struct timespec until = in_seconds(seconds);
    note_failing(sealing, true, reason);
    pthread_mutex_lock(&sealing->lock);
    int result = 0;
    while (!sealing->ending && result == 0)
        result = pthread_cond_timedwait(&sealing->wake, &sealing->lock, &until);
    bool ending = sealing->ending;
    pthread_mutex_unlock(&sealing->lock);
    return !ending;
}

// Waits until the folder is the one it was. False: the program ends.
static bool at_home(Sealing *sealing)
{
    Error error;
    while (come_home(sealing, &error) != STATUS_OK)
        if (!wait_for_disk(sealing, AWAY_S, error.text))
            return false;
    return true;
}

// ---- sealing ----

// What a kill left open, once. Here, where no camera waits for it: it may take a while.
static void recover(Sealing *sealing)
{
    RecoveryOptions options = {sealing->journals, sealing->staging, sealing_deliver, sealing,
                               sealing->options.plates};
    if (!sealing->recovered)
        recovery_run(&options);
    sealing->recovered = true;
}

// The first that waits; stays in the queue until it is dealt with. NULL: the end.
static Waiting *first_waiting(Sealing *sealing)
{
    while (at_home(sealing)) {
        recover(sealing);
        if (clock_monotonic_us() >= sealing->limits_due_us)
            keep_limits(sealing);
        struct timespec until = in_seconds(AWAY_S);
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
    return NULL;
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
    sealing->counts.reason[0] = '\0';
    pthread_mutex_unlock(&sealing->lock);
    free(waiting->staged.points);
    free(waiting);
}

// The id of a pack begins with its camera's.
static void tell(const Sealing *sealing, const Sealed *sealed)
{
    char camera[sizeof sealed->id];
    snprintf(camera, sizeof camera, "%.*s", (int)strcspn(sealed->id, "_"), sealed->id);
    sealing->options.told(sealing->options.context, camera);
}

static void *seal_thread(void *context)
{
    Sealing *sealing = context;
    for (Waiting *waiting; (waiting = first_waiting(sealing));) {
        const Staged *staged = &waiting->staged;
        Sealed sealed;
        Error error;
        log_set_camera(staged->camera);
        Status status = sealer_seal(sealing->sealer, staged->folder, 1, &sealed, &error);
        if (status == STATUS_FULL || status == STATUS_IO) {
            log_error("%s: an event waits for its seal: %s", staged->camera, error.text);
            sealing->limits_due_us = 0; // a full disk may have media that nobody needs any more
            log_set_camera(NULL);
            if (wait_for_disk(sealing, RETRY_S, error.text))
                continue;
            return NULL; // the next start seals it
        }
        if (status != STATUS_OK)
            log_error("%s: an event is lost: %s", staged->camera, error.text);
        else if (!sealed.existed)
            log_info("%s: sealed %s", staged->camera, sealed.id);
        if (status == STATUS_OK && !sealed.existed && sealing->options.json)
            print_record(sealed.folder);
        if (status == STATUS_OK)
            tell(sealing, &sealed);
        log_set_camera(NULL);
        drop_first(sealing, status, &sealed);
    }
    return NULL;
}

void sealing_set_limits(Sealing *sealing, const Settings *settings)
{
    const double gib = 1 << 30;
    RetentionLimits limits = {.media_days = settings->limits.media_days,
                              .record_days = settings->limits.record_days,
                              .max_bytes = (uint64_t)(settings->limits.max_gib * gib),
                              .min_free_bytes = (uint64_t)(settings->limits.min_free_gib * gib)};
    if (!limits.media_days) // a record never goes before its media
        limits.media_days = limits.record_days;
    if (!limits.record_days && (limits.media_days || limits.max_bytes || limits.min_free_bytes))
        limits.record_days = RECORD_DAYS;
    pthread_mutex_lock(&sealing->lock);
    sealing->limits = limits;
    pthread_mutex_unlock(&sealing->lock);
}

const char *sealing_staging(const Sealing *sealing)
{
    return sealing->staging;
}

const char *sealing_journals(const Sealing *sealing)
{
    return sealing->journals;
}

SealingCounts sealing_counts(Sealing *sealing)
{
    pthread_mutex_lock(&sealing->lock);
    SealingCounts counts = sealing->counts;
    pthread_mutex_unlock(&sealing->lock);
    return counts;
}

Status sealing_open(Sealing **out, const SealingOptions *options, Error *error)
{
    Sealing *sealing = *out = calloc(1, sizeof *sealing);
    if (!sealing)
        return error_set(error, STATUS_MEMORY, "out of memory");
    sealing->options = *options;
    sealing->folder = options->identity->folder;
    sealing->last = &sealing->first;
    pthread_mutex_init(&sealing->lock, NULL);
    pthread_cond_init(&sealing->wake, NULL);
    sealing_set_limits(sealing, options->settings);
    char run[64];
    snprintf(run, sizeof run, ".heiyan/open/%lld-", (long long)clock_now_us());
    Status status = path_join(sealing->staging, sealing->folder, ".heiyan/staging", error);
    if (status == STATUS_OK)
        status = path_join(sealing->ready, sealing->folder, ".heiyan/ready", error);
    if (status == STATUS_OK)
        status = path_join(sealing->journals, sealing->folder, run, error);
    if (status == STATUS_OK)
        status = open_folder(sealing, error);
    if (status == STATUS_MISSING) // it may come
        status = STATUS_OK;
    if (status != STATUS_OK)
        sealing_close(out);
    return status;
}

Status sealing_start(Sealing *sealing, Error *error)
{
    Status status =
        sealing->opened ? sealing->options.opened(sealing->options.context, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    sealing->running = true; // before the thread looks
    if (pthread_create(&sealing->thread, NULL, seal_thread, sealing) == 0)
        return STATUS_OK;
    sealing->running = false;
    return error_set(error, STATUS_MEMORY, "no thread for sealing");
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
