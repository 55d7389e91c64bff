// heiyan run: live cameras in, sealed evidence out, for years.
//
// Every camera has a stream of its own, app/stream.h. Staged events come to one thread here, which
// seals them in the order they come. The main thread waits for signals.
#include "app/commands.h"
#include "app/lines.h"
#include "app/outlets.h"
#include "app/roster.h"
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
    char evidence[PATH_SIZE], listen[256]; // fixed at the start
    Sealer *sealer;
    Roster *roster;
    StatusServer *server;
    Settings first_settings; // what is taken at the start alone
    Outlets *outlets;
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

// The id of a pack begins with its camera's.
static const char *camera_of(const Sealed *sealed, char camera[64])
{
    snprintf(camera, 64, "%.*s", (int)strcspn(sealed->id, "_"), sealed->id);
    return camera;
}

static void *seal_thread(void *context)
{
    Site *site = context;
    char camera[64];
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
        if (status == STATUS_OK)
            outlets_sealed(site->outlets, camera_of(&sealed, camera));
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

// ---- how it goes ----

static Status site_facts(void *context, SiteFacts *out, Error *error)
{
    Site *site = context;
    size_t count, outlet_count;
    StreamFacts *cameras = roster_facts(site->roster, &count);
    if (!cameras)
        return error_set(error, STATUS_MEMORY, "out of memory");
    OutletFacts *outlets = outlets_facts(site->outlets, &outlet_count);
    pthread_mutex_lock(&site->lock);
    *out = (SiteFacts){.cameras = cameras,
                       .camera_count = count,
                       .outlets = outlets,
                       .outlet_count = outlet_count,
                       .evidence = site->evidence,
                       .events = site->events,
                       .failures = site->failures,
                       .sealing_fails = site->sealing_fails,
                       .started_us = site->started_us};
    pthread_mutex_unlock(&site->lock);
    return STATUS_OK;
}

static Status start_server(Site *site, Error *error)
{
    StatusOptions options = {site->listen, site_facts, site};
    return *site->listen ? status_start(&site->server, &options, error) : STATUS_OK;
}

// ---- the command ----

static const char *evidence_of(const Settings *settings)
{
    return settings->evidence_path ? settings->evidence_path : "evidence";
}

static const char *listen_of(const Settings *settings)
{
    return settings->status_listen ? settings->status_listen : "";
}

static Status load(const Site *site, Settings *settings, Error *error)
{
    Status status = settings_load(settings, site->config, error);
    if (status != STATUS_OK || roster_live_cameras(settings))
        return status;
    settings_free(settings);
    return error_set(error, STATUS_ARGUMENT, "%s: no camera has a 'url' or a 'host'", site->config);
}

// On SIGHUP. Settings that cannot be used change nothing.
static void reload(Site *site)
{
    Settings settings;
    Error error;
    if (load(site, &settings, &error) != STATUS_OK) {
        log_error("%s: the settings in use go on", error.text);
        return;
    }
    if (strcmp(site->evidence, evidence_of(&settings)) != 0 ||
        strcmp(site->listen, listen_of(&settings)) != 0)
        log_warning("evidence.path and status.listen are taken at the start alone");
    if (roster_apply(site->roster, &settings, &error) != STATUS_OK)
        log_error("%s", error.text);
    else
        log_info("settings read again");
}

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL); // for the threads to come as well
}

static void tell_health(Site *site)
{
    size_t count;
    StreamFacts *cameras = site->outlets ? roster_facts(site->roster, &count) : NULL;
    if (cameras)
        outlets_health(site->outlets, cameras, count);
    free(cameras);
}

static void wait_for_end(Site *site, const sigset_t *set)
{
    const struct timespec second = {1, 0};
    for (int number = 0; number != SIGINT && number != SIGTERM;) {
        number = sigtimedwait(set, NULL, &second);
        if (number == SIGHUP)
            reload(site);
        if (site->server)
            status_tend(site->server);
        tell_health(site);
    }
    // A second signal ends the program at once: what is sealed is sealed.
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

// Everything up to the first camera. The settings are the caller's.
static Status open_site(Site *site, const Settings *settings, Error *error)
{
    snprintf(site->evidence, sizeof site->evidence, "%s", evidence_of(settings));
    snprintf(site->listen, sizeof site->listen, "%s", listen_of(settings));
    site->started_us = clock_now_us();
    Status status = sealer_open(&site->sealer, site->evidence, error);
    if (status == STATUS_OK)
        status = find_unsealed(site, error);
    if (status == STATUS_OK)
        status = settings_load(&site->first_settings, site->config, error);
    if (status == STATUS_OK)
        status = outlets_start(&site->outlets, &site->first_settings, site->evidence, error);
    if (status != STATUS_OK)
        return status;
    RosterOptions options = {sealer_staging(site->sealer), deliver, site};
    status = roster_create(&site->roster, &options, error);
    return status == STATUS_OK ? start_server(site, error) : status;
}

static void end_sealing(Site *site)
{
    pthread_mutex_lock(&site->lock);
    site->ending = true;
    pthread_cond_signal(&site->wake);
    pthread_mutex_unlock(&site->lock);
    pthread_join(site->sealing, NULL);
}

// Takes over the settings.
static int watch_site(Site *site, Settings *settings, const sigset_t *set)
{
    Error error;
    bool sealing = pthread_create(&site->sealing, NULL, seal_thread, site) == 0;
    if (!sealing) {
        log_error("no thread for sealing");
        settings_free(settings);
        return EXIT_USAGE;
    }
    log_info("watching %zu cameras", roster_live_cameras(settings));
    Status status = roster_apply(site->roster, settings, &error);
    if (status != STATUS_OK)
        log_error("%s", error.text);
    if (site->server)
        log_info("status at %s/status", status_address(site->server));
    if (status == STATUS_OK)
        wait_for_end(site, set);
    status_stop(&site->server);
    roster_destroy(&site->roster);
    end_sealing(site);
    bool unsealed = site->first;
    if (!site->quiet)
        fprintf(stderr,
                locale_is_chinese() ? "已停止：新增抓拍 %zu 起\n" : "stopped: %zu new captures\n",
                site->events);
    return status != STATUS_OK || site->failures || unsealed ? EXIT_PART : EXIT_GOOD;
}

static int run_site(Site *site)
{
    Settings settings;
    Error error;
    sigset_t set;
    int result = EXIT_USAGE;
    block_signals(&set);
    Status status = load(site, &settings, &error);
    if (status == STATUS_OK) {
        status = open_site(site, &settings, &error);
        if (status == STATUS_OK)
            result = watch_site(site, &settings, &set);
        else
            settings_free(&settings);
    }
    if (status != STATUS_OK)
        log_error("%s", error.text);
    status_stop(&site->server);
    roster_destroy(&site->roster);
    outlets_stop(&site->outlets);
    settings_free(&site->first_settings);
    forget_waiting(site);
    sealer_close(&site->sealer);
    return result;
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
    pthread_mutex_init(&site.lock, NULL);
    pthread_cond_init(&site.wake, NULL);
    site.last = &site.first;
    int result = run_site(&site);
    pthread_mutex_destroy(&site.lock);
    pthread_cond_destroy(&site.wake);
    return result;
}
