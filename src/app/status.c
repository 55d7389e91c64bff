#include "app/status.h"

#include "base/clock.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

void site_facts_free(SiteFacts *facts)
{
    free(facts->cameras);
    free(facts->diary);
    free(facts->outlets);
}

static json_t *rounded(double value, double steps)
{
    return isnan(value) ? json_null() : json_real(round(value * steps) / steps + 0.0); // no -0
}

static json_t *time_json(int64_t time_us)
{
    return time_us ? json_string(clock_text(time_us).rfc3339) : json_null();
}

// What holds now.
static json_t *conditions_json(const StreamFacts *camera)
{
    json_t *list = json_array();
    for (int i = 0; i < CONDITIONS; i++)
        if (camera->conditions[i].on)
            json_array_append_new(
                list, json_pack("{s:s,s:s,s:b}", "name", condition_name((Condition)i), "since",
                                clock_text(camera->conditions[i].since_us).rfc3339, "blind",
                                condition_blinds((Condition)i)));
    return list;
}

static json_t *baseline_json(const StreamFacts *camera)
{
    const Outlook *outlook = &camera->outlook;
    json_t *days = json_array();
    for (int i = 0; i < STREAM_DAYS && camera->days[i].date[0]; i++) {
        const BaselineDay *day = &camera->days[i];
        json_array_append_new(days, json_pack("{s:s,s:o,s:o,s:I,s:I}", "date", day->date,
                                              "watched_s", rounded(day->watched_s, 1), "blind_s",
                                              rounded(day->blind_s, 1), "passages",
                                              (json_int_t)day->passages, "captures",
                                              (json_int_t)day->captures));
    }
    bool known = outlook->threshold > 0; // it was looked at
    return json_pack("{s:I,s:o,s:o,s:o,s:o}", "passages", (json_int_t)outlook->passages,
                     "threshold", known ? rounded(outlook->threshold, 1e4) : json_null(),
                     "sensitivity", known ? rounded(outlook->sensitivity, 100) : json_null(),
                     "false_budget", rounded(camera->false_budget, 100), "days", days);
}

static json_t *camera_json(const StreamFacts *camera, DiaryFacts diary)
{
    bool quiet = diary.quiet && camera->health == HEALTH_GOOD;
    const char *condition = quiet ? "quiet" : picture_health_name(camera->health);
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:o,s:s?,s:i,s:i,s:I,s:s?,s:o,s:b,s:I,s:s,"
        "s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:o}",
        "id", camera->id, "state", stream_state_name(camera->state), "reason", camera->reason,
        "fps", rounded(camera->fps, 100), "analysed_fps", rounded(camera->analysed_fps, 100),
        "delay_s", rounded(camera->delay_s, 1000), "frames", (json_int_t)camera->frames, "drops",
        (json_int_t)camera->drops, "lost", (json_int_t)camera->lost, "events",
        (json_int_t)camera->events, "last_frame", time_json(camera->last_frame_us), "codec",
        camera->width ? camera->codec : NULL, "width", camera->width, "height", camera->height,
        "bits_per_second", (json_int_t)camera->bits_per_second, "clock_source", camera->clock,
        "clock_offset_s", rounded(camera->clock_offset_s, 1000), "learning", camera->learning,
        "connects", (json_int_t)camera->connects, "picture", picture_health_name(camera->health),
        "place", camera->place, "direction", camera->direction, "last_event",
        time_json(camera->last_event_us), "open_event", time_json(camera->open_event_us),
        "uptime_7d", rounded(diary.uptime, 1e5), "condition", condition, "baseline",
        baseline_json(camera), "conditions", conditions_json(camera));
}

static json_t *bytes_json(bool known, uint64_t bytes)
{
    return known ? json_integer((json_int_t)bytes) : json_null();
}

static json_t *disk_json(const SiteFacts *facts)
{
    struct statvfs disk;
    const RetentionLimits *limits = &facts->limits;
    bool known = statvfs(facts->evidence, &disk) == 0;
    uint64_t block = known ? disk.f_frsize : 0;
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:{s:o,s:o,s:o,s:o}}", "path", facts->evidence, "state",
                     facts->sealing_fails ? "failing" : "good", "reason", facts->sealing_reason,
                     "free_bytes", bytes_json(known, known ? disk.f_bavail * block : 0),
                     "total_bytes", bytes_json(known, known ? disk.f_blocks * block : 0), "limits",
                     "media_days", bytes_json(limits->media_days, (uint64_t)limits->media_days),
                     "record_days", bytes_json(limits->record_days, (uint64_t)limits->record_days),
                     "max_bytes", bytes_json(limits->max_bytes, limits->max_bytes),
                     "min_free_bytes", bytes_json(limits->min_free_bytes, limits->min_free_bytes));
}

static json_t *outlet_json(const OutletFacts *outlet)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "name", outlet->name, "kind",
                     outlet->kind, "state", outlet->state, "reason", outlet->reason, "waiting",
                     (json_int_t)outlet->waiting, "sent", (json_int_t)outlet->sent, "failed",
                     (json_int_t)outlet->failed, "lost", (json_int_t)outlet->lost);
}

char *status_json(const SiteFacts *facts)
{
    json_t *outlets = json_array();
    for (size_t i = 0; i < facts->outlet_count; i++)
        json_array_append_new(outlets, outlet_json(&facts->outlets[i]));
    json_t *cameras = json_array();
    for (size_t i = 0; i < facts->camera_count; i++)
        json_array_append_new(
            cameras, camera_json(&facts->cameras[i],
                                 facts->diary ? facts->diary[i] : (DiaryFacts){NAN, false}));
    json_t *root =
        json_pack("{s:s,s:s,s:o,s:o,s:o,s:s,s:s,s:I,s:I}", "site", facts->site ? facts->site : "",
                  "time", clock_text(clock_now_us()).rfc3339, "cameras", cameras, "outlets",
                  outlets, "disk", disk_json(facts), "version", HEIYAN_VERSION, "started",
                  clock_text(facts->started_us).rfc3339, "packs", (json_int_t)facts->events,
                  "packs_lost", (json_int_t)facts->failures);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    return text;
}

char *status_health(const SiteFacts *facts, bool *healthy)
{
    size_t live = 0;
    char *text = NULL;
    for (size_t i = 0; i < facts->camera_count; i++)
        live += facts->cameras[i].state == STREAM_LIVE;
    *healthy = !facts->sealing_fails;
    if (asprintf(&text, "%s: %zu of %zu cameras live\n",
                 *healthy ? "ok" : "evidence cannot be written", live, facts->camera_count) < 0)
        return NULL;
    return text;
}
