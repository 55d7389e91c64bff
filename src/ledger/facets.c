// Counts beside each filter, in one pass over the captures: one that fails no filter counts
// everywhere, one that fails a single filter counts beside that filter alone.
#include "ledger/private.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STATE,
    SITE,
    CAMERA,
    LANE,
    PART,
    GRADE,
    CERTAINTY,
    COLOUR,
    ORIGIN,
    CLASS,
    REPEATS,
    EXPORTED,
    FACETS
};

static const char *const count_words[] = {"0", "1", "2", "3", NULL};
static const char *const answer_words[] = {"no", "yes", NULL};

static const struct {
    const char *name;
    const char *const *words; // NULL: of the table word, or states
} facets[FACETS] = {
    [STATE] = {"state", NULL},
    [SITE] = {"site", NULL},
    [CAMERA] = {"camera", NULL},
    [LANE] = {"lane", NULL},
    [PART] = {"part", part_words},
    [GRADE] = {"grade", grade_words},
    [CERTAINTY] = {"certainty", certainty_words},
    [COLOUR] = {"colour", colour_words},
    [ORIGIN] = {"origin", origin_words},
    [CLASS] = {"class", class_words},
    [REPEATS] = {"repeats", count_words},
    [EXPORTED] = {"exported", answer_words},
};

#define COLUMNS                                                                                    \
    "state, site, camera, lane, part, band, certainty, colour, origin, class, min(repeats, 3),"    \
    " exported"

typedef struct Facet {
    bool filtered;
    bool *wanted; // by number + 1; -1 stands for none
    int64_t *counts;
} Facet;

typedef struct Count {
    Facet facets[FACETS];
    size_t room; // numbers
    int64_t total;
} Count;

static const FilterList *list_of(const Filter *filter, int facet)
{
    const FilterList *const lists[FACETS] = {
        &filter->state,  &filter->site,  &filter->camera,    &filter->lane,
        &filter->part,   &filter->grade, &filter->certainty, &filter->colour,
        &filter->origin, &filter->class, &filter->repeats,   &filter->exported};
    return lists[facet];
}

static int number_of(Ledger *ledger, int facet, const char *text)
{
    State state;
    if (facet == STATE)
        return state_parse(text, &state) ? (int)state : -2;
    if (facet == SITE || facet == CAMERA || facet == LANE) {
        int number = word_find(ledger, text);
        return number < 0 ? -2 : number;
    }
    return word_index(facets[facet].words, text);
}

static const char *text_of(Ledger *ledger, int facet, int64_t number)
{
    if (facet == STATE)
        return state_name((State)number);
    if (facet == SITE || facet == CAMERA || facet == LANE)
        return word_text(ledger, number);
    return number < 0 ? "none" : facets[facet].words[number];
}

static void count_free(Count *count)
{
    for (int f = 0; f < FACETS; f++) {
        free(count->facets[f].wanted);
        free(count->facets[f].counts);
    }
}

static Status count_make(Ledger *ledger, Count *count, const Filter *filter, Error *error)
{
    *count = (Count){.room = json_array_size(ledger->words) + STATE_COUNT + 2};
    for (int f = 0; f < FACETS; f++) {
        Facet *facet = &count->facets[f];
        const FilterList *list = list_of(filter, f);
        facet->wanted = calloc(count->room, sizeof *facet->wanted);
        facet->counts = calloc(count->room, sizeof *facet->counts);
        if (!facet->wanted || !facet->counts)
            return error_set(error, STATUS_MEMORY, "out of memory");
        facet->filtered = list->count > 0;
        for (size_t i = 0; i < list->count; i++) {
            int number = number_of(ledger, f, list->values[i]);
            if (number >= -1)
                facet->wanted[number + 1] = true;
        }
    }
    return STATUS_OK;
}

static void count_row(Count *count, sqlite3_stmt *row)
{
    int failed = -1, failures = 0;
    int64_t numbers[FACETS];
    for (int f = 0; f < FACETS; f++) {
        const Facet *facet = &count->facets[f];
        numbers[f] = sqlite3_column_int64(row, f) + 1;
        if (facet->filtered && !facet->wanted[numbers[f]]) {
            failed = f;
            if (++failures > 1)
                return;
        }
    }
    if (failures) {
        count->facets[failed].counts[numbers[failed]]++;
        return;
    }
    count->total++;
    for (int f = 0; f < FACETS; f++)
        count->facets[f].counts[numbers[f]]++;
}

static json_t *count_json(Ledger *ledger, const Count *count)
{
    json_t *json = json_pack("{s:I}", "total", (json_int_t)count->total);
    for (int f = 0; f < FACETS; f++) {
        json_t *values = json_object();
        for (size_t n = 0; n < count->room; n++) {
            const char *text =
                count->facets[f].counts[n] ? text_of(ledger, f, (int64_t)n - 1) : NULL;
            if (text)
                json_object_set_new(values, text, json_integer(count->facets[f].counts[n]));
        }
        json_object_set_new(json, facets[f].name, values);
    }
    return json;
}

static Status count_all(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                        Error *error)
{
    Count count;
    Where where = {0};
    sqlite3_stmt *rows = NULL;
    Filter plain = {.from_us = filter->from_us, .to_us = filter->to_us, .text = filter->text};
    where_filter(ledger, &where, &plain, person);
    Status status = count_make(ledger, &count, filter, error);
    if (status == STATUS_OK)
        status = where_select(ledger, COLUMNS, &where, "", &rows, error);
    if (status == STATUS_OK) {
        int code;
        while ((code = sqlite3_step(rows)) == SQLITE_ROW)
            count_row(&count, rows);
        if (code != SQLITE_DONE)
            status = database_fail(ledger, error);
        sqlite3_finalize(rows);
    }
    if (status == STATUS_OK)
        *out = count_json(ledger, &count);
    count_free(&count);
    return status;
}

Status ledger_facets(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                     Error *error)
{
    *out = NULL;
    pthread_mutex_lock(&ledger->lock);
    Status status = count_all(ledger, filter, person, out, error);
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

// ---- the head line ----

static int64_t day_start(int64_t time_us, bool monday)
{
    time_t when = (time_t)(time_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    tm.tm_mday -= monday ? (tm.tm_wday + 6) % 7 : 0;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * SECOND_US;
}

static int64_t count_where(Ledger *ledger, const Person *person, const char *condition,
                           int64_t number)
{
    Where where = {0};
    sqlite3_stmt *row;
    int64_t count = 0;
    where_filter(ledger, &where, NULL, person);
    where_number(&where, condition, number);
    if (where_select(ledger, "count(*)", &where, "", &row, NULL) != STATUS_OK)
        return 0;
    if (sqlite3_step(row) == SQLITE_ROW)
        count = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return count;
}

Status ledger_summary(Ledger *ledger, const Person *person, json_t **out, Error *error)
{
    int64_t now = clock_now_us();
    int64_t late = now - (int64_t)ledger->rules.deadline_days * 86400 * SECOND_US;
    State last =
        person->role >= ROLE_APPROVER && ledger->rules.two_step ? STATE_REVIEWED : STATE_UNSURE;
    pthread_mutex_lock(&ledger->lock);
    *out = json_pack(
        "{s:I,s:I,s:I,s:I}", "todo", (json_int_t)count_where(ledger, person, "state <= ?", last),
        "today", (json_int_t)count_where(ledger, person, "peak >= ?", day_start(now, false)),
        "week", (json_int_t)count_where(ledger, person, "peak >= ?", day_start(now, true)),
        "overdue", (json_int_t)count_where(ledger, person, "state < 3 AND peak < ?", late));
    pthread_mutex_unlock(&ledger->lock);
    return *out ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
}
