#include "app/diary.h"

#include "app/traffic.h"
#include "base/clock.h"
#include "base/log.h"
#include "ledger/report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_US (600 * SECOND_US)
#define LONGEST_STEP_US                                                                            \
    (10 * SECOND_US) // between two notes; more was sleep, or a clock that was set

typedef struct Page { // of one camera, since its last line
    char camera[64];
    int64_t from_us; // time of day
    int64_t watched_us, live_us;
    StreamFacts first, last;
    int64_t noted_us; // monotonic
    int64_t still_us; // time of day of the last vehicle, or of what hides one
    DiaryFacts facts; // under the lock
} Page;

struct Diary {
    const Identity *identity;
    const char *folder;
    Page *pages;
    size_t count;
    bool failing;    // the last line could not be written
    json_t *week;    // {camera: [live_s, watched_s]} as written
    json_t *traffic; // of the days before
    char week_day[16];
    pthread_mutex_t lock; // of the list of pages and of their facts
};

Diary *diary_create(const Identity *identity)
{
    Diary *diary = calloc(1, sizeof *diary);
    if (!diary)
        return NULL;
    diary->identity = identity;
    diary->folder = identity->folder;
    pthread_mutex_init(&diary->lock, NULL);
    return diary;
}

static json_t *line_of(const Page *page, int64_t to_us)
{
    const StreamFacts *a = &page->first, *b = &page->last;
    return json_pack(
        "{s:s,s:s,s:s,s:f,s:f,s:f,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "camera", page->camera, "from",
        clock_text(page->from_us).rfc3339, "to", clock_text(to_us).rfc3339, "watched_s",
        (double)(page->watched_us / 1000) / 1e3, "live_s", (double)(page->live_us / 1000) / 1e3,
        "blind_s", round((b->blind_s - a->blind_s) * 1e3) / 1e3, "state",
        stream_state_name(b->state), "reason", b->reason, "frames",
        (json_int_t)(b->frames - a->frames), "drops", (json_int_t)(b->drops - a->drops), "lost",
        (json_int_t)(b->lost - a->lost), "events", (json_int_t)(b->events - a->events), "passages",
        (json_int_t)(b->passages - a->passages));
}

static bool append(const Diary *diary, const Page *page, int64_t to_us)
{
    char folder[PATH_SIZE], path[PATH_SIZE], name[32];
    snprintf(name, sizeof name, "%s.jsonl", clock_text(page->from_us).date);
    if (path_join(folder, diary->folder, "health", NULL) != STATUS_OK ||
        folder_make(folder, NULL) != STATUS_OK || path_join(path, folder, name, NULL) != STATUS_OK)
        return false;
    json_t *line = line_of(page, to_us);
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(line);
    FILE *file = text ? fopen(path, "ae") : NULL;
    bool good = file && fprintf(file, "%s\n", text) > 0;
    if (file)
        good = fclose(file) == 0 && good;
    free(text);
    return good;
}

// With what is not written yet.
static void week_sums(const Diary *diary, const Page *page, double *live_s, double *watched_s)
{
    const json_t *sums = json_object_get(diary->week, page->camera);
    *live_s = json_number_value(json_array_get(sums, 0)) + (double)page->live_us / 1e6;
    *watched_s = json_number_value(json_array_get(sums, 1)) + (double)page->watched_us / 1e6;
}

// The week moves on at midnight.
static void read_week(Diary *diary)
{
    ClockText now = clock_text(clock_now_us());
    if (strcmp(diary->week_day, now.date) == 0)
        return;
    json_decref(diary->week);
    diary->week = uptime_week(diary->folder);
    json_decref(diary->traffic);
    diary->traffic = traffic_history(diary->folder, clock_now_us());
    memcpy(diary->week_day, now.date, sizeof now.date);
}

static void note_facts(Diary *diary, Page *page, int64_t now_us)
{
    double live_s, watched_s;
    week_sums(diary, page, &live_s, &watched_s);
    bool quiet = traffic_quiet(diary->traffic, page->camera, page->still_us, now_us);
    if (quiet != page->facts.quiet)
        (quiet ? log_warning : log_info)("%s: %s", page->camera,
                                         quiet ? "no traffic, at an hour that always has it"
                                               : "there is traffic again");
    pthread_mutex_lock(&diary->lock);
    page->facts = (DiaryFacts){watched_s > 0 ? live_s / watched_s : NAN, quiet};
    pthread_mutex_unlock(&diary->lock);
}

DiaryFacts diary_facts(Diary *diary, const char *camera)
{
    DiaryFacts facts = {NAN, false};
    pthread_mutex_lock(&diary->lock);
    for (size_t i = 0; i < diary->count; i++)
        if (strcmp(diary->pages[i].camera, camera) == 0)
            facts = diary->pages[i].facts;
    pthread_mutex_unlock(&diary->lock);
    return facts;
}

static void write_line(Diary *diary, Page *page, int64_t now_us)
{
    if (!identity_holds(diary->identity))
        return;
    bool good = page->watched_us < SECOND_US || append(diary, page, now_us);
    if (!good && !diary->failing)
        log_error("%s/health cannot be written: up-time will be missing", diary->folder);
    diary->failing = !good;
    double live_s, watched_s;
    week_sums(diary, page, &live_s, &watched_s);
    json_object_set_new(diary->week, page->camera, json_pack("[f,f]", live_s, watched_s));
    page->first = page->last;
    page->watched_us = page->live_us = 0;
    page->from_us = now_us;
}

static Page *page_of(Diary *diary, const StreamFacts *camera, int64_t now_us)
{
    for (size_t i = 0; i < diary->count; i++)
        if (strcmp(diary->pages[i].camera, camera->id) == 0)
            return &diary->pages[i];
    pthread_mutex_lock(&diary->lock);
    Page *page = NULL, *grown = realloc(diary->pages, (diary->count + 1) * sizeof *grown);
    if (grown) {
        diary->pages = grown;
        page = &diary->pages[diary->count++];
        *page = (Page){.from_us = now_us,
                       .first = *camera,
                       .last = *camera,
                       .noted_us = clock_monotonic_us(),
                       .still_us = now_us,
                       .facts = {NAN, false}};
        memcpy(page->camera, camera->id, sizeof page->camera);
    }
    pthread_mutex_unlock(&diary->lock);
    return page;
}

static void note_camera(Diary *diary, const StreamFacts *camera)
{
    int64_t now_us = clock_now_us(), tick_us = clock_monotonic_us();
    Page *page = page_of(diary, camera, now_us);
    if (!page)
        return;
    int64_t step_us = tick_us - page->noted_us;
    page->noted_us = tick_us;
    // What cannot be seen is no empty road; a step of the clock proves nothing.
    if (camera->passages != page->last.passages || camera->state != STREAM_LIVE ||
        camera->health != HEALTH_GOOD || camera->learning || camera->behind ||
        step_us >= LONGEST_STEP_US || now_us < page->still_us)
        page->still_us = now_us;
    if (camera->frames < page->last.frames) // a stream begun anew
        page->first = *camera;
    page->last = *camera;
    if (step_us < LONGEST_STEP_US) {
        page->watched_us += step_us;
        page->live_us += camera->state == STREAM_LIVE ? step_us : 0;
    }
    bool other_day = strcmp(clock_text(now_us).date, clock_text(page->from_us).date) != 0;
    if (other_day || page->watched_us >= LINE_US)
        write_line(diary, page, now_us);
    note_facts(diary, page, now_us);
}

void diary_note(Diary *diary, const StreamFacts *cameras, size_t count)
{
    read_week(diary);
    for (size_t i = 0; i < count; i++)
        note_camera(diary, &cameras[i]);
}

void diary_close(Diary **out)
{
    Diary *diary = *out;
    *out = NULL;
    if (!diary)
        return;
    for (size_t i = 0; i < diary->count; i++)
        write_line(diary, &diary->pages[i], clock_now_us());
    pthread_mutex_destroy(&diary->lock);
    json_decref(diary->week);
    json_decref(diary->traffic);
    free(diary->pages);
    free(diary);
}
