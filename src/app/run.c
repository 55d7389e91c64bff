// heiyan run: live cameras in, sealed evidence out, for years.
//
// Every camera has a stream of its own, app/stream.h. Staged events come to one thread here, which
// seals them in the order they come. The main thread waits for signals.
#include "app/commands.h"
#include "app/lines.h"
#include "app/status.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "evidence/seal.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_S 10 // between tries to seal on a disk that is full or gone

typedef struct Waiting { // an event that waits for its seal
    struct Waiting *next;
    Staged staged;
} Waiting;

typedef struct Site {
    const char *config;
    bool json, quiet;
    Settings settings;
    Sealer *sealer;
    Stream **streams;
    size_t stream_count;
    StatusServer *server;
    int64_t started_us;
    pthread_t sealing;
    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;
    Waiting *first, **last;
    bool ending; // no more events will come
    size_t events, failures;
    bool sealing_fails; // the last event could not be sealed
} Site;

// ---- sealing ----

static Status enqueue(Site *site, const Staged *staged, Error *error)
{
    Waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return error_set(error, STATUS_MEMORY, "out of memory");
    waiting->staged = *staged;
    pthread_mutex_lock(&site->lock);
    *site->last = waiting;
    site->last = &waiting->next;
    pthread_cond_signal(&site->wake);
    pthread_mutex_unlock(&site->lock);
    return STATUS_OK;
}

// Moves the pack to where it outlives a crash, and queues it.
static Status deliver(void *context, Staged *staged, Error *error)
{
    Site *site = context;
    char place[PATH_SIZE];
    const char *ready = sealer_ready(site->sealer);
    snprintf(place, sizeof place, "%.*s/%lld-%.200s", PATH_SIZE - 256, ready,
             (long long)clock_now_us(), path_base(staged->folder));
    Status status = STATUS_OK;
    if (rename(staged->folder, place) != 0)
        status = error_set_errno(error, "cannot move a staged pack to %s", place);
    if (status == STATUS_OK)
        status = folder_sync(ready, error);
    if (status == STATUS_OK) {
        memcpy(staged->folder, place, sizeof place);
        status = enqueue(site, staged, error);
    }
    if (status != STATUS_OK)
        staged_free(staged);
    return status;
}

// Packs that a crash, or a disk that was full, kept from their seal.
static Status find_unsealed(Site *site, Error *error)
{
    Names names;
    char record[PATH_SIZE];
    const char *ready = sealer_ready(site->sealer);
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
            status = enqueue(site, &staged, error);
        else if (status == STATUS_OK)
            status = folder_remove(staged.folder, error);
    }
    names_free(&names);
    return status;
}

// The first that waits; stays in the queue until it is dealt with. NULL: the end.
static Waiting *first_waiting(Site *site)
{
    pthread_mutex_lock(&site->lock);
    while (!site->first && !site->ending)
        pthread_cond_wait(&site->wake, &site->lock);
    Waiting *waiting = site->first;
    pthread_mutex_unlock(&site->lock);
    return waiting;
}

static void drop_first(Site *site, Status status, const Sealed *sealed)
{
    pthread_mutex_lock(&site->lock);
    Waiting *waiting = site->first;
    if (!(site->first = waiting->next))
        site->last = &site->first;
    site->events += status == STATUS_OK && !sealed->existed;
    site->failures += status != STATUS_OK;
    site->sealing_fails = false;
    pthread_mutex_unlock(&site->lock);
    free(waiting->staged.points);
    free(waiting);
}

// Waits a little for a disk that takes no pack. False: the program ends.
static bool wait_for_disk(Site *site)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RETRY_S;
    pthread_mutex_lock(&site->lock);
    site->sealing_fails = true;
    int result = 0;
    while (!site->ending && result == 0)
        result = pthread_cond_timedwait(&site->wake, &site->lock, &until);
    bool ending = site->ending;
    pthread_mutex_unlock(&site->lock);
    return !ending;
}

static void *seal_thread(void *context)
{
    Site *site = context;
    for (Waiting *waiting; (waiting = first_waiting(site));) {
        const Staged *staged = &waiting->staged;
        Sealed sealed;
        Error error;
        Status status = sealer_seal(site->sealer, staged->folder, 1, &sealed, &error);
        if (status == STATUS_FULL || status == STATUS_IO) {
            log_error("%s: an event waits for its seal: %s", staged->camera, error.text);
            if (wait_for_disk(site))
                continue;
            return NULL; // the next start seals it
        }
        if (status != STATUS_OK)
            log_error("%s: an event is lost: %s", staged->camera, error.text);
        else if (!sealed.existed)
            log_info("%s: sealed %s", staged->camera, sealed.id);
        if (status == STATUS_OK && !sealed.existed && site->json)
            print_record(sealed.folder);
        drop_first(site, status, &sealed);
    }
    return NULL;
}

static void forget_waiting(Site *site)
{
    for (Waiting *waiting; (waiting = site->first);) {
        site->first = waiting->next;
        free(waiting->staged.points);
        free(waiting);
    }
}

// ---- cameras ----

static bool has_address(const CameraSettings *camera)
{
    return camera->url || camera->host;
}

static Status start_streams(Site *site, Error *error)
{
    const CameraSettings *cameras = site->settings.cameras.items;
    site->streams = calloc(site->settings.cameras.count + 1, sizeof(Stream *));
    if (!site->streams)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < site->settings.cameras.count; i++) {
        StreamOptions options = {.settings = &site->settings,
                                 .camera = &cameras[i],
                                 .staging = sealer_staging(site->sealer),
                                 .deliver = deliver,
                                 .context = site};
        if (!has_address(&cameras[i])) {
            log_warning("%s: neither 'url' nor 'host': a camera of recorded footage alone",
                        cameras[i].id);
            continue;
        }
        Status status = stream_start(&site->streams[site->stream_count], &options, error);
        if (status != STATUS_OK)
            return status;
        site->stream_count++;
    }
    return STATUS_OK;
}

static void stop_streams(Site *site)
{
    for (size_t i = 0; i < site->stream_count; i++)
        stream_stop(site->streams[i]);
    for (size_t i = 0; i < site->stream_count; i++)
        stream_free(&site->streams[i]);
    free(site->streams);
    site->streams = NULL;
    site->stream_count = 0;
}

// ---- how it goes ----

static const char *evidence_folder(const Site *site)
{
    return site->settings.evidence_path ? site->settings.evidence_path : "evidence";
}

static Status site_facts(void *context, SiteFacts *out, Error *error)
{
    Site *site = context;
    StreamFacts *cameras = calloc(site->stream_count + 1, sizeof *cameras);
    if (!cameras)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < site->stream_count; i++)
        stream_facts(site->streams[i], &cameras[i]);
    pthread_mutex_lock(&site->lock);
    *out = (SiteFacts){.cameras = cameras,
                       .camera_count = site->stream_count,
                       .evidence = evidence_folder(site),
                       .events = site->events,
                       .failures = site->failures,
                       .sealing_fails = site->sealing_fails,
                       .started_us = site->started_us};
    pthread_mutex_unlock(&site->lock);
    return STATUS_OK;
}

static Status start_server(Site *site, Error *error)
{
    StatusOptions options = {site->settings.status_listen, site_facts, site};
    return options.listen ? status_start(&site->server, &options, error) : STATUS_OK;
}

// ---- the command ----

static int prepare(Site *site)
{
    Error error;
    if (settings_load(&site->settings, site->config, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    const CameraSettings *cameras = site->settings.cameras.items;
    size_t live = 0;
    for (size_t i = 0; i < site->settings.cameras.count; i++)
        live += has_address(&cameras[i]);
    if (!live) {
        log_error("%s: no camera has a 'url' or a 'host'", site->config);
        return EXIT_USAGE;
    }
    if (sealer_open(&site->sealer, evidence_folder(site), &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, set, NULL); // for the threads to come as well
}

static void wait_for_end(Site *site, const sigset_t *set)
{
    const struct timespec second = {1, 0};
    while (sigtimedwait(set, NULL, &second) < 0)
        if (site->server)
            status_tend(site->server);
    // A second signal ends the program at once: what is sealed is sealed.
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static int watch_site(Site *site, const sigset_t *set)
{
    Error error;
    if (find_unsealed(site, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (pthread_create(&site->sealing, NULL, seal_thread, site) != 0) {
        log_error("no thread for sealing");
        return EXIT_USAGE;
    }
    site->started_us = clock_now_us();
    Status status = start_streams(site, &error);
    if (status == STATUS_OK)
        status = start_server(site, &error);
    if (status == STATUS_OK) {
        log_info("watching %zu cameras", site->stream_count);
        if (site->server)
            log_info("status at %s/status", status_address(site->server));
        wait_for_end(site, set);
    } else {
        log_error("%s", error.text);
    }
    status_stop(&site->server);
    stop_streams(site);
    pthread_mutex_lock(&site->lock);
    site->ending = true;
    pthread_cond_signal(&site->wake);
    pthread_mutex_unlock(&site->lock);
    pthread_join(site->sealing, NULL);
    size_t unsealed = site->first != NULL;
    forget_waiting(site);
    if (!site->quiet)
        fprintf(stderr,
                locale_is_chinese() ? "已停止：新增抓拍 %zu 起\n" : "stopped: %zu new captures\n",
                site->events);
    return status != STATUS_OK || site->failures || unsealed ? EXIT_PART : EXIT_GOOD;
}

int command_run(int argc, char **argv)
{
    Site site = {0};
    const Option options[] = {
        {"-c", OPTION_TEXT, &site.config, 0, 0, "SITE.yaml", "settings of the site",
         "站点配置文件"},
        {"--json", OPTION_FLAG, &site.json, 0, 0, NULL, "one record per line on standard output",
         "每条新记录输出一行 JSON"},
        {"--quiet", OPTION_FLAG, &site.quiet, 0, 0, NULL, "say nothing but warnings and errors",
         "只输出警告与错误"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    bool help;
    Error error;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan run -c SITE.yaml\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (!site.config || count) {
        log_error("run needs the settings and nothing else: heiyan run -c SITE.yaml");
        return EXIT_USAGE;
    }
    log_set_level(site.quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
    mallopt(M_ARENA_MAX, 4); // two threads a camera need no heap each
    sigset_t set;
    block_signals(&set);
    pthread_mutex_init(&site.lock, NULL);
    pthread_cond_init(&site.wake, NULL);
    site.last = &site.first;
    int result = prepare(&site);
    if (result == EXIT_GOOD)
        result = watch_site(&site, &set);
    sealer_close(&site.sealer);
    settings_free(&site.settings);
    pthread_mutex_destroy(&site.lock);
    pthread_cond_destroy(&site.wake);
    return result;
}
