// heiyan run: live cameras in, sealed evidence out, for years.
//
// Every camera has a stream of its own (app/stream.h); what they find is sealed by one
// (app/sealing.h). The main thread waits for signals.
#include "app/commands.h"
#include "app/diary.h"
#include "app/joining.h"
#include "app/notify.h"
#include "app/outlets.h"
#include "app/roster.h"
#include "app/sealing.h"
#include "app/status.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS 4 // a second

typedef struct Site {
    Settings first; // as at the start: its networks read plates of what no camera holds any more
    const char *config, *log; // log: --log
    bool json, quiet, json_log;
    Identity evidence; // its folder, as the next, is fixed at the start
    char name[256], listen[256];
    Sealing *sealing;
    Joining *joining;
    Outlets *outlets;
    Roster *roster;
    StatusServer *server;
    Diary *diary;
    int64_t started_us;
} Site;

// ---- how it goes ----

static Status site_facts(void *context, SiteFacts *out, Error *error)
{
    Site *site = context;
    size_t count, outlet_count;
    StreamFacts *cameras = roster_facts(site->roster, &count);
    if (!cameras)
        return error_set(error, STATUS_MEMORY, "out of memory");
    DiaryFacts *diary = calloc(count + 1, sizeof *diary);
    for (size_t i = 0; diary && i < count; i++)
        diary[i] = diary_facts(site->diary, cameras[i].id);
    OutletFacts *outlets = outlets_facts(site->outlets, &outlet_count);
    SealingCounts counts = sealing_counts(site->sealing);
    *out = (SiteFacts){.site = site->name,
                       .cameras = cameras,
                       .diary = diary,
                       .camera_count = count,
                       .outlets = outlets,
                       .outlet_count = outlet_count,
                       .evidence = site->evidence.folder,
                       .limits = sealing_limits(site->sealing),
                       .events = counts.events,
                       .failures = counts.failures,
                       .sealing_fails = counts.fails_now,
                       .started_us = site->started_us};
    memcpy(out->sealing_reason, counts.reason, sizeof counts.reason);
    return STATUS_OK;
}

static Status site_thumbnail(void *context, const char *id, unsigned char **data, size_t *size,
                             Error *error)
{
    Site *site = context;
    return roster_thumbnail(site->roster, id, data, size, error);
}

static Status site_event_picture(void *context, const char *id, unsigned char **data, size_t *size,
                                 Error *error)
{
    Site *site = context;
    return roster_event_picture(site->roster, id, data, size, error);
}

static Status start_server(Site *site, Error *error)
{
    StatusOptions options = {site->listen, site_facts, site_thumbnail, site_event_picture, site};
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
    Status status = settings_load_checked(settings, site->config, error);
    if (status != STATUS_OK || roster_live_cameras(settings))
        return status;
    settings_free(settings);
    return error_set(error, STATUS_ARGUMENT, "%s: no camera has a 'url' or a 'host'", site->config);
}

// --log counts before the settings.
static void set_log(Site *site, const Settings *settings)
{
    const char *format = site->log ? site->log : settings ? settings->log : NULL;
    site->json_log = format && strcmp(format, "json") == 0;
    log_set_json(site->json_log);
}

// Of the settings, each part of the program takes over a copy.
static Status load_two(const Site *site, Settings *settings, Settings *copy, Error *error)
{
    Status status = load(site, settings, error);
    if (status != STATUS_OK)
        return status;
    status = settings_load(copy, site->config, error);
    if (status != STATUS_OK)
        settings_free(settings);
    return status;
}

// On SIGHUP. Settings that cannot be used change nothing.
static void reload(Site *site)
{
    Settings settings, copy;
    Error error;
    if (load_two(site, &settings, &copy, &error) != STATUS_OK) {
        log_error("%s: the settings in use go on", error.text);
        return;
    }
    if (strcmp(site->evidence.folder, evidence_of(&settings)) != 0 ||
        strcmp(site->listen, listen_of(&settings)) != 0)
        log_warning("evidence.path and status.listen are taken at the start alone");
    set_log(site, &settings);
    sealing_set_limits(site->sealing, &settings);
    outlets_apply(site->outlets, &copy);
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

// Notes all cameras, and what those see that fall quiet.
static void keep_quiet_pictures(Site *site, const StreamFacts *cameras, size_t count)
{
    bool *before = calloc(count + 1, sizeof *before);
    for (size_t i = 0; before && i < count; i++)
        before[i] = diary_facts(site->diary, cameras[i].id).quiet;
    diary_note(site->diary, cameras, count);
    for (size_t i = 0; before && i < count; i++) {
        Error error;
        if (!before[i] && diary_facts(site->diary, cameras[i].id).quiet &&
            roster_snapshot(site->roster, cameras[i].id, &error) != STATUS_OK)
            log_warning("%s: no snapshot of it: %s", cameras[i].id, error.text);
    }
    free(before);
}

static void note_health(Site *site)
{
    size_t count;
    StreamFacts *cameras = roster_facts(site->roster, &count);
    if (cameras) {
        keep_quiet_pictures(site, cameras, count);
        if (identity_holds(&site->evidence))
            outlets_health(site->outlets, cameras, count);
    }
    free(cameras);
}

static void wait_for_end(Site *site, const sigset_t *set)
{
    const struct timespec tick = {0, 1000000000 / TICKS};
    notify_manager("READY=1");
    for (int n = 0, number = 0; number != SIGINT && number != SIGTERM; n++) {
        siginfo_t from;
        number = sigtimedwait(set, &from, &tick);
        if (number > 0)
            log_info("%s from process %d", strsignal(number), (int)from.si_pid);
        if (number == SIGHUP)
            reload(site);
        if (site->server)
            status_tend(site->server);
        if (n % TICKS)
            continue;
        notify_manager("WATCHDOG=1");
        note_health(site);
        roster_remember(site->roster);
    }
    notify_manager("STOPPING=1");
    // A second signal ends the program at once: what is sealed is sealed.
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static Status open_outlets(void *context, Error *error)
{
    Site *site = context;
    return outlets_open(site->outlets, site->evidence.folder, error);
}

static void tell_outlets(void *context, const char *camera)
{
    Site *site = context;
    outlets_sealed(site->outlets, camera);
}

static Status start_sealing(Site *site, const Settings *settings, Error *error)
{
    SealingOptions options = {.settings = settings,
                              .plates = &site->first.plates,
                              .identity = &site->evidence,
                              .json = site->json,
                              .opened = open_outlets,
                              .told = tell_outlets,
                              .context = site};
    Status status = sealing_open(&site->sealing, &options, error);
    return status == STATUS_OK ? sealing_start(site->sealing, error) : status;
}

// Everything up to the first camera. The settings are the caller's, their copy is taken over.
static Status open_site(Site *site, const Settings *settings, Settings *copy, Error *error)
{
    snprintf(site->evidence.folder, sizeof site->evidence.folder, "%s", evidence_of(settings));
    snprintf(site->listen, sizeof site->listen, "%s", listen_of(settings));
    snprintf(site->name, sizeof site->name, "%s", settings->site.name ? settings->site.name : "");
    site->started_us = clock_now_us();
    Status status = outlets_create(&site->outlets, copy, error);
    if (status == STATUS_OK)
        status = settings_load(&site->first, site->config, error);
    if (status == STATUS_OK)
        status = start_sealing(site, settings, error);
    if (status != STATUS_OK)
        return status;
    status = joining_create(&site->joining, site->sealing, &site->first.plates, error);
    RosterOptions options = {sealing_staging(site->sealing), sealing_journals(site->sealing),
                             &site->evidence, joining_deliver, site->joining};
    if (status == STATUS_OK)
        status = roster_create(&site->roster, &options, error);
    if (status == STATUS_OK)
        status = joining_start(site->joining, site->roster, error);
    site->diary = diary_create(&site->evidence);
    if (status == STATUS_OK && !site->diary)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    return status == STATUS_OK ? start_server(site, error) : status;
}

// Nothing more comes to the sealer after this.
static void stop_cameras(Site *site)
{
    if (site->joining)
        joining_hurry(site->joining);
    roster_destroy(&site->roster);
    joining_close(&site->joining);
}

// Takes over the settings. Returns the exit status.
static int watch_site(Site *site, Settings *settings, const sigset_t *set)
{
    Error error;
    log_info("watching %zu cameras", roster_live_cameras(settings));
    Status status = roster_apply(site->roster, settings, &error);
    if (status != STATUS_OK)
        log_error("%s", error.text);
    if (site->server)
        log_info("status at %s/status", status_address(site->server));
    if (status == STATUS_OK)
        wait_for_end(site, set);
    status_stop(&site->server);
    diary_close(&site->diary);
    stop_cameras(site);
    SealingCounts counts = sealing_close(&site->sealing);
    outlets_stop(&site->outlets);
    if (!site->quiet && site->json_log)
        log_info("stopped: %zu new captures", counts.events);
    else if (!site->quiet)
        fprintf(stderr,
                locale_is_chinese() ? "已停止：新增抓拍 %zu 起\n" : "stopped: %zu new captures\n",
                counts.events);
    return status != STATUS_OK || counts.failures || counts.waiting ? EXIT_PART : EXIT_GOOD;
}

static int run_site(Site *site)
{
    Settings settings, copy;
    Error error;
    sigset_t set;
    int result = EXIT_USAGE;
    block_signals(&set);
    Status status = load_two(site, &settings, &copy, &error);
    if (status == STATUS_OK) {
        set_log(site, &settings);
        status = open_site(site, &settings, &copy, &error);
        if (status == STATUS_OK)
            result = watch_site(site, &settings, &set);
        else
            settings_free(&settings);
    }
    if (status != STATUS_OK)
        log_error("%s", error.text);
    status_stop(&site->server);
    stop_cameras(site);
    diary_close(&site->diary);
    sealing_close(&site->sealing);
    outlets_stop(&site->outlets);
    settings_free(&site->first);
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
        {"--log", OPTION_TEXT, &site.log, 0, 0, "text|json", "how log lines are written",
         "日志格式"},
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
    if (site.log && strcmp(site.log, "text") != 0 && strcmp(site.log, "json") != 0) {
        log_error("--log is text or json, not '%s'", site.log);
        return EXIT_USAGE;
    }
    set_log(&site, NULL);
    log_set_level(site.quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
    mallopt(M_ARENA_MAX, 4); // two threads a camera need no heap each
    return run_site(&site);
}
