// heiyan scan: recorded footage in, sealed evidence out.
//
// Workers take one file each, in order of time, and stage its events. One at a time seals: an event
// is sealed once no unfinished file could still produce one that ends earlier, so that order and
// bytes do not depend on the number of workers. A file is marked done after its last event is
// sealed; what a kill leaves half done is analysed again.
#include "app/commands.h"
#include "app/done.h"
#include "app/lines.h"
#include "app/progress.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "evidence/seal.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// how far before its start and after its end a file's events may lie
#define REACH_US (31 * SECOND_US)

typedef struct Unit {
    const Footage *footage;
    char settings_hash[SHA256_HEX_SIZE];
    UnitProgress progress;
    UnitResult result;
    char (*ids)[200]; // of the sealed packs
    size_t sealed;    // events of the result dealt with
    bool finished;    // analysed, well or not
    bool failed, marked;
} Unit;

typedef struct Scan {
    const char *out, *config, *camera, *start_time;
    bool again, json, quiet, debug_video;
    char debug_folder[PATH_SIZE];
    int jobs;
    Settings settings;
    FootageList footage;
    Sealer *sealer;
    Unit *units;
    size_t unit_count, next;
    pthread_mutex_t lock; // of units' state, next, the sealer and the counts below
    size_t events, existed, failures, skipped, truncated;
    bool broken;  // sealing failed: nothing more can be written
    bool changed; // footage was left because its settings changed
} Scan;

static atomic_bool stop_asked;

static void on_signal(int number)
{
    if (atomic_exchange(&stop_asked, true))
        _exit(128 + number);
}

// ---- sealing ----

typedef struct Candidate {
    Unit *unit;
    size_t index;
} Candidate;

static const Staged *staged_of(const Candidate *candidate)
{
    return &candidate->unit->result.events[candidate->index];
}

static int by_end(const void *a, const void *b)
{
    const Staged *x = staged_of(a), *y = staged_of(b);
    if (x->end_us != y->end_us)
        return x->end_us < y->end_us ? -1 : 1;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    int order = strcmp(x->camera, y->camera);
    if (order)
        return order;
    if (x->peak_us != y->peak_us)
        return x->peak_us < y->peak_us ? -1 : 1;
    return x->box.x - y->box.x;
}

// Before this time no unfinished file can end an event any more.
static int64_t watermark(const Scan *scan)
{
    int64_t mark = INT64_MAX;
    for (size_t i = 0; i < scan->unit_count; i++)
        if (!scan->units[i].finished && scan->units[i].footage->start_us - REACH_US < mark)
            mark = scan->units[i].footage->start_us - REACH_US;
    return mark;
}

// Rank from left to right among the unit's events of the same millisecond.
static int ordinal_of(const Candidate *candidate)
{
    const Staged *own = staged_of(candidate);
    int rank = 1;
    for (size_t i = 0; i < candidate->unit->result.event_count; i++) {
        const Staged *other = &candidate->unit->result.events[i];
        rank += i != candidate->index && other->peak_us / 1000 == own->peak_us / 1000 &&
                other->box.x < own->box.x;
    }
    return rank;
}

// Whether two ways are one vehicle's: in the same place at a common time.
static bool same_way(const TrackPoint *a, size_t a_count, const TrackPoint *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            if (llabs(a[i].time_us - b[j].time_us) <= STAGED_STEP_US / 2 &&
                box_iou(a[i].box, b[j].box) > 0.3)
                return true;
    return false;
}

static Unit *unit_of(Scan *scan, const Footage *footage)
{
    for (size_t i = 0; i < scan->unit_count; i++)
        if (scan->units[i].footage == footage)
            return &scan->units[i];
    return NULL;
}

// Whether a pack of the neighbouring file shows the same passage, seen from both sides of the
// border.
static Status sealed_by(Scan *scan, const Staged *own, const Footage *neighbour, bool *yes,
                        Error *error)
{
    Unit *unit = neighbour ? unit_of(scan, neighbour) : NULL;
    if (!neighbour || *yes)
        return STATUS_OK;
    if (!unit) { // analysed by an earlier scan
        TrackPoint *points;
        size_t count;
        Status status = done_points(scan->out, neighbour, &points, &count, error);
        if (status != STATUS_OK)
            return status;
        *yes = same_way(own->points, own->point_count, points, count);
        free(points);
        return STATUS_OK;
    }
    for (size_t i = 0; i < unit->result.event_count && unit->ids && !*yes; i++) {
        const Staged *other = &unit->result.events[i];
        *yes = unit->ids[i][0] &&
               same_way(own->points, own->point_count, other->points, other->point_count);
    }
    return STATUS_OK;
}

static Status seal_one(Scan *scan, const Candidate *candidate, Error *error)
{
    Unit *unit = candidate->unit;
    Sealed sealed;
    bool known = false;
    Status status = sealed_by(scan, staged_of(candidate), unit->footage->before, &known, error);
    if (status == STATUS_OK)
        status = sealed_by(scan, staged_of(candidate), unit->footage->after, &known, error);
    if (status != STATUS_OK)
        return status;
    if (known)
        return folder_remove(staged_of(candidate)->folder, error);
    status = sealer_seal(scan->sealer, staged_of(candidate)->folder, ordinal_of(candidate), &sealed,
                         error);
    if (status != STATUS_OK)
        return status;
    memcpy(unit->ids[candidate->index], sealed.id, sizeof sealed.id);
    scan->events += !sealed.existed;
    scan->existed += sealed.existed;
    if (scan->json && !sealed.existed)
        print_record(sealed.folder);
    return STATUS_OK;
}

static Status mark_finished(Scan *scan, Error *error)
{
    for (size_t i = 0; i < scan->unit_count; i++) {
        Unit *unit = &scan->units[i];
        if (!unit->finished || unit->failed || unit->marked ||
            unit->sealed < unit->result.event_count)
            continue;
        Status status = done_mark(scan->out, unit->footage, unit->settings_hash, &unit->result,
                                  unit->ids, error);
        if (status != STATUS_OK)
            return status;
        unit->marked = true;
    }
    return STATUS_OK;
}

// Seals what may be sealed by now, in order. Under the lock.
static void seal_ready_locked(Scan *scan)
{
    int64_t mark = watermark(scan);
    size_t count = 0, room = 0;
    for (size_t i = 0; i < scan->unit_count; i++)
        room += scan->units[i].result.event_count;
    Candidate *list = calloc(room + 1, sizeof *list);
    Error error;
    Status status = list ? STATUS_OK : error_set(&error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; list && i < scan->unit_count; i++) {
        Unit *unit = &scan->units[i];
        for (size_t n = 0; unit->finished && n < unit->result.event_count; n++)
            if (!unit->ids[n][199] && unit->result.events[n].end_us < mark)
                list[count++] = (Candidate){unit, n};
    }
    qsort(list, list ? count : 0, sizeof *list, by_end);
    for (size_t i = 0; i < count && status == STATUS_OK && !scan->broken; i++) {
        status = seal_one(scan, &list[i], &error);
        list[i].unit->ids[list[i].index][199] = 1; // dealt with; ids are shorter than that
        list[i].unit->sealed++;
    }
    free(list);
    if (status == STATUS_OK && !scan->broken)
        status = mark_finished(scan, &error);
    if (status != STATUS_OK) {
        log_error("%s", error.text);
        scan->broken = true;
        atomic_store(&stop_asked, true);
    }
}

// ---- workers ----

static void say_state(Scan *scan, const Unit *unit, Status status, const Error *error)
{
    const UnitResult *result = &unit->result;
    if (status == STATUS_CANCELLED)
        return;
    if (status != STATUS_OK) {
        log_error("%s", error->text);
        scan->failures++;
        if (status == STATUS_FULL) {
            scan->broken = true;
            atomic_store(&stop_asked, true);
        }
        return;
    }
    scan->failures += result->undrawn;
    if (result->truncated) {
        log_warning("%s ends before its declared end: truncated? What it holds was analysed",
                    unit->footage->path);
        scan->truncated++;
    }
    if (result->damaged)
        log_warning("%s: %llu of %llu pictures were damaged", unit->footage->path,
                    (unsigned long long)result->damaged, (unsigned long long)result->pictures);
}

static void *work(void *context)
{
    Scan *scan = context;
    for (;;) {
        pthread_mutex_lock(&scan->lock);
        size_t index = scan->next < scan->unit_count ? scan->next++ : scan->unit_count;
        pthread_mutex_unlock(&scan->lock);
        if (index == scan->unit_count || atomic_load(&stop_asked))
            return NULL;
        Unit *unit = &scan->units[index];
        char name[32];
        Error error;
        snprintf(name, sizeof name, "%zu", index);
        unit->progress.cancelled = &stop_asked;
        UnitResult result;
        Status status = unit_run(unit->footage, &scan->settings, sealer_staging(scan->sealer), name,
                                 scan->debug_video ? scan->debug_folder : NULL, &unit->progress,
                                 &result, &error);
        pthread_mutex_lock(&scan->lock);
        unit->result = result;
        unit->ids = calloc(result.event_count + 1, sizeof *unit->ids);
        unit->failed = status != STATUS_OK || !unit->ids;
        // An interrupted file stays unfinished: it holds back what might come before its events.
        unit->finished = status != STATUS_CANCELLED;
        say_state(scan, unit, status, &error);
        if (unit->finished)
            seal_ready_locked(scan);
        pthread_mutex_unlock(&scan->lock);
    }
}

static void facts(void *context, ProgressFacts *out)
{
    Scan *scan = context;
    out->files = scan->unit_count;
    pthread_mutex_lock(&scan->lock);
    out->events = scan->events;
    for (size_t i = 0; i < scan->unit_count; i++) {
        const Unit *unit = &scan->units[i];
        int64_t length = unit->footage->end_us - unit->footage->start_us;
        out->media_us += length;
        out->media_done_us += unit->finished ? length : atomic_load(&unit->progress.media_us);
        out->pictures += atomic_load(&unit->progress.pictures);
        out->files_done += unit->finished;
    }
    pthread_mutex_unlock(&scan->lock);
}

// ---- the command ----

static Status choose_units(Scan *scan, Error *error)
{
    scan->units = calloc(scan->footage.count + 1, sizeof *scan->units);
    if (!scan->units)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < scan->footage.count; i++) {
        const Footage *footage = scan->footage.items[i];
        Unit *unit = &scan->units[scan->unit_count];
        unit->footage = footage;
        settings_hash(&scan->settings, settings_camera(&scan->settings, footage->camera),
                      unit->settings_hash);
        DoneState state = done_state(scan->out, footage, unit->settings_hash);
        if (state != DONE_NOT && !scan->again && !scan->debug_video) {
            scan->skipped++;
            scan->changed |= state == DONE_CHANGED;
        } else {
            scan->unit_count++;
        }
    }
    return STATUS_OK;
}

static void run_workers(Scan *scan)
{
    pthread_t threads[64];
    int count = 0;
    progress_start(!scan->quiet, facts, scan);
    while (count < scan->jobs && count < (int)scan->unit_count && count < 64 &&
           pthread_create(&threads[count], NULL, work, scan) == 0)
        count++;
    if (!count)
        work(scan);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    progress_stop();
}

static void summarise(const Scan *scan)
{
    size_t analysed = 0;
    for (size_t i = 0; i < scan->unit_count; i++)
        analysed += scan->units[i].marked;
    if (scan->changed)
        log_warning("some footage was analysed before with other settings or by another version; "
                    "--again analyses it again");
    if (scan->quiet)
        return;
    bool chinese = locale_is_chinese();
    fprintf(stderr,
            chinese ? "新增抓拍 %zu 起，分析文件 %zu 个" : "%zu new captures from %zu files",
            scan->events, analysed);
    if (scan->skipped)
        fprintf(stderr, chinese ? "，已分析过 %zu 个" : ", %zu files known already", scan->skipped);
    if (scan->footage.twins)
        fprintf(stderr, chinese ? "，重复 %zu 个" : ", %zu copies of others", scan->footage.twins);
    if (scan->footage.unknown)
        fprintf(stderr, chinese ? "，非录像文件 %zu 个" : ", %zu files that are no footage",
                scan->footage.unknown);
    if (scan->failures + scan->footage.unusable)
        fprintf(stderr, chinese ? "，无法使用 %zu 个" : ", %zu unusable",
                scan->failures + scan->footage.unusable);
    fprintf(stderr, chinese ? "；证据目录：%s\n" : "; evidence in %s\n", scan->out);
    if (scan->debug_video)
        fprintf(stderr, chinese ? "调试视频：%s\n" : "debug videos in %s\n", scan->debug_folder);
}

static int prepare(Scan *scan, char **paths, int path_count)
{
    Error error;
    if (settings_load_checked(&scan->settings, scan->config, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (!scan->out)
        scan->out = scan->settings.evidence_path ? scan->settings.evidence_path : "evidence";
    if (scan->camera && scan->config && !settings_has_camera(&scan->settings, scan->camera)) {
        log_error("--camera %s: %s has no camera of that id", scan->camera, scan->config);
        return EXIT_USAGE;
    }
    for (const char *c = scan->camera ? scan->camera : ""; *c; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", *c) ||
            strlen(scan->camera) > 60) {
            log_error("--camera %s: only letters, digits and '-', at most 60", scan->camera);
            return EXIT_USAGE;
        }
    FootageOptions options = {scan->camera, scan->start_time, &scan->settings};
    if (footage_find(&scan->footage, paths, (size_t)path_count, &options, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (!scan->footage.count) {
        if (!scan->footage.unusable)
            log_error(
                "no footage in what was given: heiyan reads videos, and folders of JPEG or PNG "
                "stills");
        return EXIT_USAGE;
    }
    if (path_join(scan->debug_folder, scan->out, "debug", &error) != STATUS_OK ||
        (scan->debug_video && folder_make(scan->debug_folder, &error) != STATUS_OK) ||
        sealer_open(&scan->sealer, scan->out, &error) != STATUS_OK ||
        choose_units(scan, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

static void tidy(Scan *scan)
{
    for (size_t i = 0; i < scan->unit_count; i++) {
        unit_result_free(&scan->units[i].result);
        free(scan->units[i].ids);
    }
    free(scan->units);
    sealer_close(&scan->sealer);
    footage_free(&scan->footage);
    settings_free(&scan->settings);
    pthread_mutex_destroy(&scan->lock);
}

int command_scan(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    Scan scan = {.jobs = cores > 0 ? (int)cores : 1};
    pthread_mutex_init(&scan.lock, NULL);
    const Option options[] = {
        {"-c", OPTION_TEXT, &scan.config, 0, 0, "SITE.yaml", "settings of the site",
         "站点配置文件"},
        {"--camera", OPTION_TEXT, &scan.camera, 0, 0, "ID", "camera of all the footage given",
         "所给录像所属相机"},
        {"-o", OPTION_TEXT, &scan.out, 0, 0, "DIR", "evidence folder (default: evidence)",
         "证据目录（默认 evidence）"},
        {"--start-time", OPTION_TEXT, &scan.start_time, 0, 0, "T",
         "time of the first picture, RFC 3339", "第一帧的时间，如 2026-11-23T08:15:02"},
        {"--jobs", OPTION_INTEGER, &scan.jobs, 1, 64, "N", "files at once (default: all cores)",
         "同时分析的文件数（默认全部核）"},
        {"--again", OPTION_FLAG, &scan.again, 0, 0, NULL, "analyse known footage again",
         "重新分析已分析过的录像"},
        {"--debug-video", OPTION_FLAG, &scan.debug_video, 0, 0, NULL,
         "draw what was seen into DIR/debug/*.mp4", "把检测过程画成视频，存于 证据目录/debug/"},
        {"--json", OPTION_FLAG, &scan.json, 0, 0, NULL, "one record per line on standard output",
         "每条新记录输出一行 JSON"},
        {"--quiet", OPTION_FLAG, &scan.quiet, 0, 0, NULL, "no progress bar, no summary",
         "不显示进度与小结"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int path_count;
    bool help;
    Error error;
    if (options_parse(options, option_count, argc, argv, &path_count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help || !path_count) {
        printf("heiyan scan [options] PATH...\n\n");
        options_print(options, option_count);
        return help ? EXIT_GOOD : EXIT_USAGE;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int result = prepare(&scan, argv, path_count);
    if (result == EXIT_GOOD) {
        run_workers(&scan);
        summarise(&scan);
        bool stopped = atomic_load(&stop_asked);
        if (stopped && !scan.broken)
            log_warning("stopped: the next scan goes on where this one ended");
        result = stopped || scan.broken || scan.failures || scan.footage.unusable ? EXIT_PART
                                                                                  : EXIT_GOOD;
    }
    tidy(&scan);
    return result;
}
