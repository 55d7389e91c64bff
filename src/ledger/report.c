#include "ledger/report.h"

#include "base/clock.h"
#include "ledger/private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_US (86400 * SECOND_US)
#define WEEK_DAYS 7
#define WHAT_IF_POINTS 60
// Conditions on state: what stands confirmed, what nobody has decided.
#define CONFIRMED "state IN (4, 6, 7, 8)"
#define REJECTED "state = 5"
#define UNDECIDED "state IN (0, 1, 2, 3)"

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static Where between(Ledger *ledger, const Person *person, int64_t from_us, int64_t to_us)
{
    Where where = {0};
    Filter filter = {.from_us = from_us, .to_us = to_us};
    where_filter(ledger, &where, &filter, person);
    return where;
}

static void where_site(Ledger *ledger, Where *where, const char *site)
{
    if (site)
        where_number(where, "site = ?", word_find(ledger, site));
}

// One row of integers, named in order, into out.
static Status add_counts(Ledger *ledger, const char *what, const Where *where,
                         const char *const *names, json_t *out, Error *error)
{
    sqlite3_stmt *row;
    Status status = where_select(ledger, what, where, "", &row, error);
    if (status != STATUS_OK)
        return status;
    if (sqlite3_step(row) != SQLITE_ROW)
        status = database_fail(ledger, error);
    for (int i = 0; names[i] && status == STATUS_OK; i++)
        json_object_set_new(out, names[i], json_integer(sqlite3_column_int64(row, i)));
    sqlite3_finalize(row);
    return status;
}

// ---- weeks ----

static int64_t midnight(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    return (int64_t)mktime(&tm) * SECOND_US;
}

// ISO 8601: Monday of week 1 is that of the week with January 4th. Days are counted by the
// calendar, so that a clock change does not move a border.
static int64_t week_start(int year, int week)
{
    int64_t fourth = midnight(year, 1, 4);
    time_t when = (time_t)(fourth / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    return midnight(year, 1, 4 - (tm.tm_wday + 6) % 7 + WEEK_DAYS * (week - 1));
}

static void week_name(int64_t time_us, char out[16])
{
    time_t when = (time_t)(time_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    strftime(out, 16, "%G-W%V", &tm);
}

static Status week_parse(const char *text, int64_t *from_us, int64_t *to_us, char name[16],
                         Error *error)
{
    int year, week, used = 0;
    if (text) {
        if (sscanf(text, "%4d-W%2d%n", &year, &week, &used) != 2 || text[used] || year < 1971 ||
            year > 9998 || week < 1 || week > 53)
            return error_set(error, STATUS_ARGUMENT, "week: \"%.20s\" is none (2026-W48)", text);
    } else {
        week_name(clock_now_us(), name);
        sscanf(name, "%4d-W%2d", &year, &week);
    }
    *from_us = week_start(year, week);
    *to_us = week_start(year, week + 1);
    week_name(*from_us, name);
    if (text && strcmp(name, text) != 0)
        return error_set(error, STATUS_ARGUMENT, "week: %d has no week %d", year, week);
    return STATUS_OK;
}

typedef struct Week {
    Ledger *ledger;
    const Person *person;
    const char *site;
    int64_t from_us, to_us;
} Week;

static Where week_where(const Week *week)
{
    Where where = between(week->ledger, week->person, week->from_us, week->to_us);
    where_site(week->ledger, &where, week->site);
    return where;
}

static Status week_totals(const Week *week, json_t *out, Error *error)
{
    static const char *const names[] = {"captures", "confirmed",   "rejected",   "undecided",
                                        "overdue",  "handed_over", "struck_off", NULL};
    char what[512];
    Where where = week_where(week);
    snprintf(what, sizeof what,
             "count(*), total(" CONFIRMED "), total(" REJECTED "), total(" UNDECIDED "),"
             " total(state < 3 AND peak < %lld), total(state IN (6, 7, 8)), total(state = 8)",
             (long long)(clock_now_us() - week->ledger->rules.deadline_days * DAY_US));
    return add_counts(week->ledger, what, &where, names, out, error);
}

static Status week_reasons(const Week *week, json_t *out, Error *error)
{
    Where where = week_where(week);
    sqlite3_stmt *rows;
    json_t *reasons = json_object();
    where_add(&where, REJECTED " AND reason IS NOT NULL");
    Status status =
        where_select(week->ledger, "reason, count(*)", &where, " GROUP BY reason", &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW)
            json_object_set_new(reasons, (const char *)sqlite3_column_text(rows, 0),
                                json_integer(sqlite3_column_int64(rows, 1)));
        sqlite3_finalize(rows);
    }
    json_object_set_new(out, "reasons", reasons);
    return status;
}

static int hour_of(int64_t time_us)
{
    time_t when = (time_t)(time_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    return tm.tm_hour;
}

static json_t *counts_json(const int64_t *counts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(counts[i]));
    return list;
}

static int compare_delays(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static json_t *delays_json(const Ledger *ledger, double *hours, size_t count)
{
    int64_t late = 0;
    if (count)
        qsort(hours, count, sizeof *hours, compare_delays);
    for (size_t i = 0; i < count; i++)
        late += hours[i] > 24.0 * ledger->rules.deadline_days;
    return json_pack("{s:o,s:o,s:I,s:i}", "median_hours",
                     count ? json_real(round(hours[count / 2] * 10) / 10) : json_null(),
                     "slowest_hours",
                     count ? json_real(round(hours[count - 1] * 10) / 10) : json_null(), "late",
                     (json_int_t)late, "deadline_days", ledger->rules.deadline_days);
}

// By hour, by grade, and how long the first review took: all need every row.
static Status week_rows(const Week *week, json_t *out, Error *error)
{
    Where where = week_where(week);
    sqlite3_stmt *rows;
    int64_t hours[24] = {0}, confirmed[24] = {0}, bands[6] = {0};
    json_t *grades = json_object();
    double *delays = NULL;
    size_t delay_count = 0, room = 0;
    Status status =
        where_select(week->ledger, "peak, band, " CONFIRMED ", first", &where, "", &rows, error);
    while (status == STATUS_OK && sqlite3_step(rows) == SQLITE_ROW) {
        int64_t peak = sqlite3_column_int64(rows, 0);
        hours[hour_of(peak)]++;
        confirmed[hour_of(peak)] += sqlite3_column_int(rows, 2);
        bands[sqlite3_column_int(rows, 1)]++;
        if (sqlite3_column_type(rows, 3) == SQLITE_NULL)
            continue;
        if (delay_count == room) {
            room = room ? room * 2 : 64;
            double *grown = realloc(delays, room * sizeof *grown);
            if (!grown) {
                status = error_set(error, STATUS_MEMORY, "out of memory");
                break;
            }
            delays = grown;
        }
        delays[delay_count++] = (double)(sqlite3_column_int64(rows, 3) - peak) / 3.6e9;
    }
    sqlite3_finalize(rows);
    for (int i = 0; i < 6; i++)
        json_object_set_new(grades, grade_words[i], json_integer(bands[i]));
    json_object_set_new(out, "hours", counts_json(hours, 24));
    json_object_set_new(out, "hours_confirmed", counts_json(confirmed, 24));
    json_object_set_new(out, "grades", grades);
    json_object_set_new(out, "review", delays_json(week->ledger, delays, delay_count));
    free(delays);
    return status;
}

static Status week_cameras(const Week *week, const json_t *uptimes, json_t *out, Error *error)
{
    char what[512], rest[256];
    Week both = *week;
    both.from_us = week->from_us - WEEK_DAYS * DAY_US;
    Where where = week_where(&both);
    sqlite3_stmt *rows;
    json_t *cameras = json_array();
    long long from = week->from_us;
    snprintf(what, sizeof what,
             "camera, max(place), total(peak >= %lld), total(peak >= %lld AND " CONFIRMED "),"
             " total(peak >= %lld AND " REJECTED "), total(peak >= %lld AND " UNDECIDED "),"
             " total(peak < %lld)",
             from, from, from, from, from);
    snprintf(rest, sizeof rest, " GROUP BY camera");
    Status status = where_select(week->ledger, what, &where, rest, &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            const char *camera = word_text(week->ledger, sqlite3_column_int64(rows, 0));
            json_t *uptime = json_object_get(uptimes, camera ? camera : "");
            json_array_append_new(
                cameras,
                json_pack("{s:s?,s:s?,s:I,s:I,s:I,s:I,s:I,s:O?}", "camera", camera, "place",
                          word_text(week->ledger, sqlite3_column_int64(rows, 1)), "captures",
                          sqlite3_column_int64(rows, 2), "confirmed", sqlite3_column_int64(rows, 3),
                          "rejected", sqlite3_column_int64(rows, 4), "undecided",
                          sqlite3_column_int64(rows, 5), "before", sqlite3_column_int64(rows, 6),
                          "uptime", uptime));
        }
        sqlite3_finalize(rows);
    }
    json_object_set_new(out, "cameras", cameras);
    return status;
}

static Status week_offenders(const Week *week, json_t *out, Error *error)
{
    char condition[128];
    Where where = week_where(week);
    sqlite3_stmt *rows;
    json_t *list = json_array();
    const Rules *rules = &week->ledger->rules;
    where_add(&where, CONFIRMED " AND plate IS NOT NULL");
    snprintf(condition, sizeof condition,
             " GROUP BY plate HAVING max(repeats) + 1 >= %d ORDER BY 3 DESC, 1",
             rules->repeat_times);
    Status status = where_select(week->ledger, "plate, max(colour), max(repeats) + 1, max(peak)",
                                 &where, condition, &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            int colour = sqlite3_column_int(rows, 1);
            json_array_append_new(
                list, json_pack("{s:s,s:s?,s:I,s:s}", "plate", sqlite3_column_text(rows, 0),
                                "colour", colour < 0 ? NULL : colour_words[colour], "captures",
                                sqlite3_column_int64(rows, 2), "last",
                                clock_text(sqlite3_column_int64(rows, 3)).rfc3339));
        }
        sqlite3_finalize(rows);
    }
    json_object_set_new(out, "repeat_offenders", list);
    return status;
}

static Status build_week(const Week *week, const char *name, json_t *out, Error *error)
{
    Week before = *week;
    before.to_us = week->from_us;
    before.from_us = week->from_us - WEEK_DAYS * DAY_US;
    json_t *earlier = json_object();
    json_object_set_new(out, "week", json_string(name));
    json_object_set_new(out, "from", json_string(clock_text(week->from_us).rfc3339));
    json_object_set_new(out, "to", json_string(clock_text(week->to_us).rfc3339));
    json_object_set_new(out, "site", week->site ? json_string(week->site) : json_null());
    json_object_set_new(out, "before", earlier);
    json_t *uptimes = uptime_between(week->ledger, week->from_us, week->to_us);
    Status status = week_totals(week, out, error);
    if (status == STATUS_OK)
        status = week_totals(&before, earlier, error);
    if (status == STATUS_OK)
        status = week_reasons(week, out, error);
    if (status == STATUS_OK)
        status = week_rows(week, out, error);
    if (status == STATUS_OK)
        status = week_cameras(week, uptimes, out, error);
    if (status == STATUS_OK)
        status = week_offenders(week, out, error);
    json_decref(uptimes);
    return status;
}

Status report_week(Ledger *ledger, const char *week, const char *site, const Person *person,
                   json_t **out, Error *error)
{
    char name[16];
    Week asked = {.ledger = ledger, .person = person, .site = text_or_null(site)};
    *out = NULL;
    Status status = week_parse(text_or_null(week), &asked.from_us, &asked.to_us, name, error);
    if (status != STATUS_OK)
        return status;
    *out = json_object();
    pthread_mutex_lock(&ledger->lock);
    status = build_week(&asked, name, *out, error);
    pthread_mutex_unlock(&ledger->lock);
    if (status != STATUS_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}

// ---- learning from decisions ----

// What a person took for smoke, in the first review at least: with two steps, confirmations would
// else come later than rejections and look fewer.
#define HELD "state IN (3, 4, 6, 7, 8)"
#define OPEN "state IN (0, 1, 2)"

static json_t *tally_json(sqlite3_stmt *row, int first)
{
    int64_t captures = sqlite3_column_int64(row, first),
            confirmed = sqlite3_column_int64(row, first + 1),
            rejected = sqlite3_column_int64(row, first + 2), decided = confirmed + rejected;
    return json_pack("{s:I,s:I,s:I,s:I,s:o}", "captures", (json_int_t)captures, "decided",
                     (json_int_t)decided, "confirmed", (json_int_t)confirmed, "rejected",
                     (json_int_t)rejected, "precision",
                     decided ? json_real((double)confirmed / (double)decided) : json_null());
}

#define TALLY "count(*), total(" HELD "), total(" REJECTED ")"

// A list of tallies, each with its key under name; words: of keys, NULL = of the table word.
static json_t *tallies(Ledger *ledger, const Where *where, const char *column, const char *name,
                       const char *const *words)
{
    char what[256], rest[64];
    sqlite3_stmt *rows;
    json_t *list = json_array();
    snprintf(what, sizeof what, "%s, " TALLY, column);
    snprintf(rest, sizeof rest, " GROUP BY %s", column);
    if (where_select(ledger, what, where, rest, &rows, NULL) != STATUS_OK)
        return list;
    while (sqlite3_step(rows) == SQLITE_ROW) {
        int64_t key = sqlite3_column_int64(rows, 0);
        const char *text = words ? words[key] : word_text(ledger, key);
        json_t *tally = tally_json(rows, 1);
        json_object_set_new(tally, name, text ? json_string(text) : json_null());
        json_array_append_new(list, tally);
    }
    sqlite3_finalize(rows);
    return list;
}

static json_t *hour_tallies(Ledger *ledger, const Where *where)
{
    int64_t captures[24] = {0}, confirmed[24] = {0}, rejected[24] = {0};
    sqlite3_stmt *rows;
    json_t *list = json_array();
    if (where_select(ledger, "peak, " HELD ", " REJECTED, where, "", &rows, NULL) == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            int hour = hour_of(sqlite3_column_int64(rows, 0));
            captures[hour]++;
            confirmed[hour] += sqlite3_column_int(rows, 1);
            rejected[hour] += sqlite3_column_int(rows, 2);
        }
        sqlite3_finalize(rows);
    }
    for (int h = 0; h < 24; h++) {
        int64_t decided = confirmed[h] + rejected[h];
        json_array_append_new(
            list,
            json_pack("{s:i,s:I,s:I,s:I,s:I,s:o}", "hour", h, "captures", (json_int_t)captures[h],
                      "decided", (json_int_t)decided, "confirmed", (json_int_t)confirmed[h],
                      "rejected", (json_int_t)rejected[h], "precision",
                      decided ? json_real((double)confirmed[h] / (double)decided) : json_null()));
    }
    return list;
}

Status report_precision(Ledger *ledger, int64_t from_us, int64_t to_us, const Person *person,
                        json_t **out, Error *error)
{
    sqlite3_stmt *row;
    Week all = {ledger, person, NULL, from_us, to_us};
    *out = json_object();
    pthread_mutex_lock(&ledger->lock);
    Where where = between(ledger, person, from_us, to_us);
    Status status = where_select(ledger, TALLY, &where, "", &row, error);
    if (status == STATUS_OK) {
        if (sqlite3_step(row) == SQLITE_ROW)
            json_object_set_new(*out, "total", tally_json(row, 0));
        sqlite3_finalize(row);
        json_object_set_new(*out, "cameras", tallies(ledger, &where, "camera", "camera", NULL));
        json_object_set_new(*out, "grades", tallies(ledger, &where, "band", "grade", grade_words));
        json_object_set_new(*out, "hours", hour_tallies(ledger, &where));
        status = week_reasons(&all, *out, error);
    }
    pthread_mutex_unlock(&ledger->lock);
    if (status != STATUS_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}

// Scores from high to low, thinned to some sixty: after each the counts of what such a threshold
// leaves.
static Status what_if(Ledger *ledger, const Where *where, json_t *out, Error *error)
{
    sqlite3_stmt *rows;
    int64_t total = 0, captures = 0, confirmed = 0, rejected = 0, undecided = 0;
    double lowest = NAN;
    json_t *points = json_array();
    Status status = where_select(ledger, "count(*)", where, "", &rows, error);
    if (status == STATUS_OK) {
        total = sqlite3_step(rows) == SQLITE_ROW ? sqlite3_column_int64(rows, 0) : 0;
        sqlite3_finalize(rows);
        status = where_select(ledger, "score, " HELD ", " REJECTED ", " OPEN, where,
                              " ORDER BY score DESC", &rows, error);
    }
    int64_t step = total / WHAT_IF_POINTS + 1;
    while (status == STATUS_OK && sqlite3_step(rows) == SQLITE_ROW) {
        lowest = sqlite3_column_double(rows, 0);
        captures++;
        confirmed += sqlite3_column_int(rows, 1);
        rejected += sqlite3_column_int(rows, 2);
        undecided += sqlite3_column_int(rows, 3);
        if (captures % step == 0 || captures == total)
            json_array_insert_new(points, 0,
                                  json_pack("{s:f,s:I,s:I,s:I,s:I}", "score", lowest, "captures",
                                            (json_int_t)captures, "confirmed",
                                            (json_int_t)confirmed, "rejected", (json_int_t)rejected,
                                            "undecided", (json_int_t)undecided));
    }
    if (status == STATUS_OK)
        sqlite3_finalize(rows);
    json_object_set_new(out, "lowest", isnan(lowest) ? json_null() : json_real(lowest));
    json_object_set_new(out, "points", points);
    return status;
}

Status report_what_if(Ledger *ledger, int64_t from_us, int64_t to_us, const char *camera,
                      const Person *person, json_t **out, Error *error)
{
    *out = json_object();
    pthread_mutex_lock(&ledger->lock);
    Where where = between(ledger, person, from_us, to_us);
    if (text_or_null(camera))
        where_number(&where, "camera = ?", word_find(ledger, camera));
    Status status = what_if(ledger, &where, *out, error);
    pthread_mutex_unlock(&ledger->lock);
    if (status != STATUS_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}

// ---- for the public ----

// "晋E12345" -> "晋E·1**45": the second and third of the number, by characters.
static json_t *masked(const char *plate)
{
    char out[64];
    size_t used = 0, place = 0;
    for (const char *at = plate; *at && used + 8 < sizeof out; place++) {
        size_t length = 1;
        while ((at[length] & 0xC0) == 0x80)
            length++;
        if (place == 2)
            used += (size_t)snprintf(out + used, sizeof out - used, "·");
        if (place == 3 || place == 4)
            out[used++] = '*';
        else {
            memcpy(out + used, at, length);
            used += length;
        }
        at += length;
    }
    out[used] = '\0';
    return json_string(out);
}

Status report_public(Ledger *ledger, int64_t from_us, int64_t to_us, const Person *person,
                     json_t **out, Error *error)
{
    sqlite3_stmt *rows;
    json_t *items = json_array();
    pthread_mutex_lock(&ledger->lock);
    Where where = between(ledger, person, from_us, to_us);
    where_add(&where, CONFIRMED " AND plate IS NOT NULL");
    Status status = where_select(ledger, "peak, place, plate, grade", &where,
                                 " ORDER BY peak LIMIT 10000", &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW)
            json_array_append_new(
                items, json_pack("{s:s,s:s?,s:o,s:o}", "date",
                                 clock_text(sqlite3_column_int64(rows, 0)).date, "place",
                                 word_text(ledger, sqlite3_column_int64(rows, 1)), "plate",
                                 masked((const char *)sqlite3_column_text(rows, 2)), "grade",
                                 sqlite3_column_type(rows, 3) == SQLITE_NULL
                                     ? json_null()
                                     : json_real(sqlite3_column_double(rows, 3))));
        sqlite3_finalize(rows);
    }
    pthread_mutex_unlock(&ledger->lock);
    *out = status == STATUS_OK ? json_pack("{s:o}", "items", items) : NULL;
    if (status != STATUS_OK)
        json_decref(items);
    return status;
}
