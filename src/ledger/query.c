// Lists: which captures match, a page at a time.
#include "ledger/private.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void where_add(Where *where, const char *condition)
{
    size_t used = strlen(where->sql);
    snprintf(where->sql + used, sizeof where->sql - used, "%s%s", used ? " AND " : " WHERE ",
             condition);
}

void where_number(Where *where, const char *condition, int64_t number)
{
    where_add(where, condition);
    where->values[where->count].text = NULL;
    where->values[where->count++].number = number;
}

void where_text(Where *where, const char *condition, const char *text)
{
    where_add(where, condition);
    where->values[where->count++].text = text;
}

// column IN (numbers)
static void where_among(Where *where, const char *column, const int64_t *numbers, size_t count)
{
    char condition[64 + 3 * FILTER_VALUES];
    size_t used = (size_t)snprintf(condition, sizeof condition, "%s IN (", column);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(condition + used, sizeof condition - used, i ? ",?" : "?");
        where->values[where->count].text = NULL;
        where->values[where->count++].number = numbers[i];
    }
    snprintf(condition + used, sizeof condition - used, ")");
    where_add(where, condition);
    where->nothing |= count == 0;
}

static void where_words(Ledger *ledger, Where *where, const char *column, const FilterList *list)
{
    int64_t numbers[FILTER_VALUES];
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        int number = word_find(ledger, list->values[i]);
        if (number >= 0)
            numbers[count++] = number;
    }
    if (list->count)
        where_among(where, column, numbers, count);
}

static void where_fixed(Where *where, const char *column, const FilterList *list,
                        const char *const *words)
{
    int64_t numbers[FILTER_VALUES];
    for (size_t i = 0; i < list->count; i++)
        numbers[i] = word_index(words, list->values[i]); // "none" of colours: -1, as in the index
    if (list->count)
        where_among(where, column, numbers, list->count);
}

static void where_states(Where *where, const FilterList *list)
{
    int64_t numbers[FILTER_VALUES];
    for (size_t i = 0; i < list->count; i++) {
        State state = STATE_PENDING;
        state_parse(list->values[i], &state);
        numbers[i] = state;
    }
    if (list->count)
        where_among(where, "state", numbers, list->count);
}

static void where_repeats(Where *where, const FilterList *list)
{
    static const char *const fewer[] = {"0", "1", "2", "3", NULL};
    int64_t numbers[FILTER_VALUES];
    for (size_t i = 0; i < list->count; i++)
        numbers[i] = word_index(fewer, list->values[i]);
    if (list->count)
        where_among(where, "min(repeats, 3)", numbers, list->count);
}

void where_filter(Ledger *ledger, Where *where, const Filter *filter, const Person *person)
{
    static const char *const answers[] = {"no", "yes", NULL};
    if (person && person->site_count) {
        FilterList sites = {.count = person->site_count < FILTER_VALUES ? person->site_count
                                                                        : FILTER_VALUES};
        for (size_t i = 0; i < sites.count; i++)
            sites.values[i] = (char *)(uintptr_t)person->sites[i];
        where_words(ledger, where, "site", &sites);
    }
    if (!filter)
        return;
    where_states(where, &filter->state);
    where_words(ledger, where, "site", &filter->site);
    where_words(ledger, where, "camera", &filter->camera);
    where_words(ledger, where, "lane", &filter->lane);
    where_fixed(where, "part", &filter->part, part_words);
    where_fixed(where, "band", &filter->grade, grade_words);
    where_fixed(where, "certainty", &filter->certainty, certainty_words);
    where_fixed(where, "colour", &filter->colour, colour_words);
    where_fixed(where, "origin", &filter->origin, origin_words);
    where_fixed(where, "class", &filter->class, class_words);
    where_repeats(where, &filter->repeats);
    where_fixed(where, "exported", &filter->exported, answers);
    if (filter->from_us != INT64_MIN)
        where_number(where, "peak >= ?", filter->from_us);
    if (filter->to_us != INT64_MAX)
        where_number(where, "peak < ?", filter->to_us);
    if (filter->text) {
        where_text(where, "instr(search, upper(?))", filter->text);
    }
}

Status where_bind(Ledger *ledger, const Where *where, sqlite3_stmt *statement, Error *error)
{
    for (size_t i = 0; i < where->count; i++) {
        int code = where->values[i].text
                       ? sqlite3_bind_text(statement, (int)i + 1, where->values[i].text, -1,
                                           SQLITE_TRANSIENT)
                       : sqlite3_bind_int64(statement, (int)i + 1, where->values[i].number);
        if (code != SQLITE_OK)
            return database_fail(ledger, error);
    }
    return STATUS_OK;
}

Status where_select(Ledger *ledger, const char *what, const Where *where, const char *rest,
                    sqlite3_stmt **out, Error *error)
{
    char sql[6144];
    snprintf(sql, sizeof sql, "SELECT %s FROM capture%s%s%s", what, where->sql,
             where->nothing ? " AND 0" : "", rest);
    Status status = database_prepare(ledger, sql, out, error);
    return status == STATUS_OK ? where_bind(ledger, where, *out, error) : status;
}

// ---- items ----

const char item_columns[] =
    "number, id, peak, site, camera, lane, place, direction, grade, opacity, uncertainty,"
    " confidence, score, class, plate, shown, colour, corrected, origin, repeats, state, reason,"
    " exported, retired, version, device, note, first, first_by, second_by";

static json_t *text_json(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *column_number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL
               ? json_null()
               : json_real(sqlite3_column_double(row, column));
}

static const char *column_text(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

static bool undecided(State state)
{
    return state == STATE_PENDING || state == STATE_RETURNED || state == STATE_UNSURE;
}

json_t *item_json(Ledger *ledger, sqlite3_stmt *row)
{
    int64_t peak = sqlite3_column_int64(row, 2);
    int class = sqlite3_column_int(row, 13), colour = sqlite3_column_int(row, 16);
    State state = (State)sqlite3_column_int(row, 20);
    int64_t deadline = peak + (int64_t)ledger->rules.deadline_days * 86400 * SECOND_US;
    json_t *item =
        json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o}", "id", column_text(row, 1), "time",
                  clock_text(peak).rfc3339, "site",
                  text_json(word_text(ledger, sqlite3_column_int64(row, 3))), "camera",
                  text_json(word_text(ledger, sqlite3_column_int64(row, 4))), "lane",
                  text_json(word_text(ledger, sqlite3_column_int64(row, 5))), "place",
                  text_json(word_text(ledger, sqlite3_column_int64(row, 6))), "direction",
                  text_json(word_text(ledger, sqlite3_column_int64(row, 7))));
    json_t *rest = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:s,s:i,s:s,s:o,s:b,s:b,s:b,s:i}", "grade",
        column_number(row, 8), "opacity", column_number(row, 9), "uncertainty",
        column_number(row, 10), "confidence", column_number(row, 11), "score",
        column_number(row, 12), "class", text_json(class < 0 ? NULL : class_words[class]), "plate",
        text_json(column_text(row, 14)), "shown", text_json(column_text(row, 15)), "plate_colour",
        text_json(colour < 0 ? NULL : colour_words[colour]), "corrected",
        sqlite3_column_int(row, 17), "origin", origin_words[sqlite3_column_int(row, 18)], "repeats",
        sqlite3_column_int(row, 19), "state", state_name(state), "reason",
        text_json(column_text(row, 21)), "exported", sqlite3_column_int(row, 22), "retired",
        sqlite3_column_int(row, 23), "overdue", undecided(state) && deadline < clock_now_us(),
        "version", sqlite3_column_int(row, 24));
    bool decided = sqlite3_column_type(row, 27) != SQLITE_NULL;
    json_t *people = json_pack(
        "{s:o,s:o,s:o,s:o,s:o}", "device",
        text_json(word_text(ledger, sqlite3_column_int64(row, 25))), "note",
        text_json(column_text(row, 26)), "first_time",
        decided ? json_string(clock_text(sqlite3_column_int64(row, 27)).rfc3339) : json_null(),
        "first_by", text_json(word_text(ledger, sqlite3_column_int64(row, 28))), "second_by",
        text_json(word_text(ledger, sqlite3_column_int64(row, 29))));
    json_object_update(item, rest);
    json_object_update(item, people);
    json_decref(rest);
    json_decref(people);
    return item;
}

// ---- a page ----

// The cursor is what the list is ordered by and the row's number: "1764115342345000-17".
static Status where_after(Where *where, const Filter *filter, Error *error)
{
    static const char *const conditions[] = {
        [ORDER_NEWEST] = "(peak, number) < (?, ?)",
        [ORDER_OLDEST] = "(peak, number) > (?, ?)",
        [ORDER_CONFIDENCE] = "(CAST(confidence * 1000 AS INTEGER), number) < (?, ?)"};
    int64_t key, number;
    int used = 0;
    if (!filter->after)
        return STATUS_OK;
    if (sscanf(filter->after, "%" SCNd64 "-%" SCNd64 "%n", &key, &number, &used) != 2 ||
        filter->after[used])
        return error_set(error, STATUS_ARGUMENT, "after: this is no place in a list");
    where_number(where, conditions[filter->order], key);
    where->values[where->count].text = NULL;
    where->values[where->count++].number = number;
    return STATUS_OK;
}

static json_t *cursor(const Filter *filter, sqlite3_stmt *row)
{
    int64_t key = filter->order == ORDER_CONFIDENCE
                      ? (int64_t)(sqlite3_column_double(row, 11) * 1000)
                      : sqlite3_column_int64(row, 2);
    int64_t number = sqlite3_column_int64(row, 0);
    return json_sprintf("%" PRId64 "-%" PRId64, key, number);
}

static Status captures(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                       Error *error)
{
    static const char *const orders[] = {
        [ORDER_NEWEST] = " ORDER BY peak DESC, number DESC",
        [ORDER_OLDEST] = " ORDER BY peak, number",
        [ORDER_CONFIDENCE] = " ORDER BY CAST(confidence * 1000 AS INTEGER) DESC, number DESC"};
    Where where = {0};
    char rest[128];
    sqlite3_stmt *rows = NULL;
    where_filter(ledger, &where, filter, person);
    Status status = where_after(&where, filter, error);
    snprintf(rest, sizeof rest, "%s LIMIT %d", orders[filter->order], filter->limit + 1);
    if (status == STATUS_OK)
        status = where_select(ledger, item_columns, &where, rest, &rows, error);
    if (status != STATUS_OK)
        return status;
    json_t *items = json_array(), *next = json_null();
    int count = 0, code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && count < filter->limit) {
        json_array_append_new(items, item_json(ledger, rows));
        if (++count == filter->limit) {
            json_decref(next);
            next = cursor(filter, rows);
        }
    }
    if (code == SQLITE_DONE) { // nothing after these
        json_decref(next);
        next = json_null();
    } else if (code != SQLITE_ROW) {
        status = database_fail(ledger, error);
    }
    sqlite3_finalize(rows);
    *out = json_pack("{s:o,s:o}", "items", items, "next", next);
    return status;
}

Status ledger_captures(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                       Error *error)
{
    *out = NULL;
    pthread_mutex_lock(&ledger->lock);
    Status status = captures(ledger, filter, person, out, error);
    pthread_mutex_unlock(&ledger->lock);
    if (status != STATUS_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}
