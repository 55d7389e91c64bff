// Cameras: what they captured, and how long they were watched, from DIR/health/2026-11-23.jsonl as
// run appends to it: {"camera","from","to","watched_s","live_s",...}.
#include "ledger/report.h"

#include "base/clock.h"
#include "ledger/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAYS 7
#define DAY_US (86400 * SECOND_US)

// Adds a day's lines to {camera: [live_s, watched_s]}.
static void add_health(const char *folder, const char *date, json_t *out)
{
    char path[PATH_SIZE + 32], *text;
    size_t size;
    snprintf(path, sizeof path, "%s/health/%s.jsonl", folder, date);
    if (!file_exists(path) || file_read(path, &text, &size, NULL) != STATUS_OK)
        return;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *facts = json_loadb(line, (size_t)(end - line), 0, NULL);
        const char *camera = json_string_value(json_object_get(facts, "camera"));
        const json_t *sums = camera ? json_object_get(out, camera) : NULL;
        double live = json_number_value(json_array_get(sums, 0)) +
                      json_number_value(json_object_get(facts, "live_s"));
        double watched = json_number_value(json_array_get(sums, 1)) +
                         json_number_value(json_object_get(facts, "watched_s"));
        if (camera)
            json_object_set_new(out, camera, json_pack("[f,f]", live, watched));
        json_decref(facts);
    }
    free(text);
}

static json_t *share(const json_t *sums)
{
    double watched = json_number_value(json_array_get(sums, 1));
    return watched > 0 ? json_real(json_number_value(json_array_get(sums, 0)) / watched)
                       : json_null();
}

static json_t *sums_between(const char *folder, int64_t from_us, int64_t to_us)
{
    json_t *sums = json_object();
    for (int64_t at = from_us + DAY_US / 2; at < to_us;
         at += DAY_US) // noon: safe from clock changes
        add_health(folder, clock_text(at).date, sums);
    return sums;
}

json_t *uptime_between(const Ledger *ledger, int64_t from_us, int64_t to_us)
{
    json_t *sums = sums_between(ledger->folder, from_us, to_us), *shares = json_object(), *value;
    const char *camera;
    json_object_foreach(sums, camera, value) json_object_set_new(shares, camera, share(value));
    json_decref(sums);
    return shares;
}

static int64_t midnight_before(int64_t now_us, int days)
{
    time_t when = (time_t)(now_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    tm.tm_mday -= days;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * SECOND_US;
}

json_t *uptime_week(const char *folder)
{
    int64_t now = clock_now_us();
    return sums_between(folder, midnight_before(now, DAYS - 1), midnight_before(now, -1));
}

// Captures of the camera by day, oldest day first, with the day's up-time.
static json_t *days_json(Ledger *ledger, const Person *person, int64_t camera,
                         json_t *const uptimes[DAYS], int64_t *total)
{
    json_t *days = json_array();
    int64_t now = clock_now_us();
    const char *name = word_text(ledger, camera);
    *total = 0;
    for (int d = 0; d < DAYS; d++) {
        Where where = {0};
        sqlite3_stmt *row;
        int64_t from = midnight_before(now, DAYS - 1 - d), count = 0;
        Filter filter = {.from_us = from, .to_us = midnight_before(now, DAYS - 2 - d)};
        where_filter(ledger, &where, &filter, person);
        where_number(&where, "camera = ?", camera);
        if (where_select(ledger, "count(*)", &where, "", &row, NULL) == STATUS_OK) {
            count = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
            sqlite3_finalize(row);
        }
        *total += count;
        json_array_append_new(days, json_pack("{s:s,s:I,s:O?}", "date", clock_text(from).date,
                                              "captures", (json_int_t)count, "uptime",
                                              json_object_get(uptimes[d], name ? name : "")));
    }
    return days;
}

static Status devices(Ledger *ledger, const Person *person, json_t *list, Error *error)
{
    Where where = {0};
    sqlite3_stmt *rows;
    json_t *uptimes[DAYS];
    int64_t now = clock_now_us();
    where_filter(ledger, &where, NULL, person);
    Status status = where_select(ledger, "camera, max(site), max(place), max(peak)", &where,
                                 " GROUP BY camera", &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int d = 0; d < DAYS; d++)
        uptimes[d] = uptime_between(ledger, midnight_before(now, DAYS - 1 - d),
                                    midnight_before(now, DAYS - 2 - d));
    json_t *week = uptime_between(ledger, midnight_before(now, DAYS - 1), midnight_before(now, -1));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        int64_t camera = sqlite3_column_int64(rows, 0), total;
        const char *name = word_text(ledger, camera);
        json_t *days = days_json(ledger, person, camera, uptimes, &total);
        json_array_append_new(list,
                              json_pack("{s:s?,s:s?,s:s?,s:s,s:I,s:O?,s:o}", "camera", name, "site",
                                        word_text(ledger, sqlite3_column_int64(rows, 1)), "place",
                                        word_text(ledger, sqlite3_column_int64(rows, 2)), "last",
                                        clock_text(sqlite3_column_int64(rows, 3)).rfc3339,
                                        "captures", (json_int_t)total, "uptime",
                                        json_object_get(week, name ? name : ""), "days", days));
    }
    sqlite3_finalize(rows);
    for (int d = 0; d < DAYS; d++)
        json_decref(uptimes[d]);
    json_decref(week);
    return STATUS_OK;
}

Status report_devices(Ledger *ledger, const Person *person, json_t **out, Error *error)
{
    json_t *list = json_array();
    pthread_mutex_lock(&ledger->lock);
    Status status = devices(ledger, person, list, error);
    pthread_mutex_unlock(&ledger->lock);
    *out = status == STATUS_OK ? json_pack("{s:o}", "cameras", list) : NULL;
    if (status != STATUS_OK)
        json_decref(list);
    return status;
}
