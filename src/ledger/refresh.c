// Keeps the index in line with the folder: what appeared, what went, what was decided elsewhere.
#include "ledger/private.h"

#include "base/clock.h"
#include "base/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 500 // packs in one transaction

typedef struct Refresh {
    Ledger *ledger;
    void (*changed)(void *context, const char *id);
    void *context;
    json_t *plates;
    size_t open; // packs in the transaction
} Refresh;

static Status commit(Refresh *r, Error *error)
{
    r->open = 0;
    Status status = index_repeats(r->ledger, r->plates, error);
    return status == STATUS_OK ? database_run(r->ledger, "COMMIT; BEGIN", error) : status;
}

// A pack that cannot be read is told of and left out; the others go on.
static Status take_pack(Refresh *r, const char *day, const char *id, Error *error)
{
    char place[300];
    Error why;
    snprintf(place, sizeof place, "%s/%.200s", day, id);
    Status status = index_pack(r->ledger, place, r->plates, &why);
    if (status == STATUS_MEMORY || status == STATUS_FULL)
        return error_set(error, status, "%s", why.text);
    if (status != STATUS_OK)
        log_error("%s is left out of the ledger: %s", place, why.text);
    else if (r->changed)
        r->changed(r->context, id);
    return ++r->open >= BATCH ? commit(r, error) : STATUS_OK;
}

// ids of the day's captures in the index
static Status known_ids(Ledger *ledger, const char *day, json_t *out, Error *error)
{
    sqlite3_stmt *rows;
    Status status = database_prepare(ledger, "SELECT id FROM capture WHERE day = ?", &rows, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(rows, 1, day, -1, SQLITE_STATIC);
    while (sqlite3_step(rows) == SQLITE_ROW)
        json_object_set_new(out, (const char *)sqlite3_column_text(rows, 0), json_true());
    sqlite3_finalize(rows);
    return STATUS_OK;
}

// why: what the log says of it; NULL: it is missed.
static Status forget_id(Refresh *r, const char *id, const char *why, Error *error)
{
    sqlite3_stmt *row;
    Status status = database_prepare(r->ledger, "DELETE FROM capture WHERE id = ? RETURNING plate",
                                     &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
    while (sqlite3_step(row) == SQLITE_ROW)
        if (sqlite3_column_text(row, 0))
            json_object_set_new(r->plates, (const char *)sqlite3_column_text(row, 0), json_true());
    if (why)
        log_info("%s %s", id, why);
    else
        log_warning("%s is no longer in the evidence folder", id);
    return sqlite3_finalize(row) == SQLITE_OK ? STATUS_OK : database_fail(r->ledger, error);
}

static Status note_day(Ledger *ledger, const char *day, int64_t changed, Error *error)
{
    sqlite3_stmt *row;
    Status status =
        database_prepare(ledger, "INSERT OR REPLACE INTO day VALUES(?, ?)", &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, day, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, changed);
    return database_finish(ledger, row, error);
}

// all: also packs that the index has.
static Status take_day(Refresh *r, const char *day, bool all, Error *error)
{
    char folder[PATH_SIZE];
    Names names;
    json_t *known = json_object(), *value;
    const char *id;
    Status status = path_join(folder, r->ledger->folder, day, error);
    if (status == STATUS_OK)
        status = known_ids(r->ledger, day, known, error);
    if (status == STATUS_OK)
        status = folder_list(folder, &names, error);
    if (status != STATUS_OK) {
        json_decref(known);
        return status;
    }
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        bool old = json_object_del(known, names.items[i]) == 0;
        if (names.items[i][0] != '.' && (all || !old))
            status = take_pack(r, day, names.items[i], error);
    }
    json_object_foreach(known, id, value)
    {
        if (status == STATUS_OK)
            status = forget_id(r, id, NULL, error);
    }
    names_free(&names);
    json_decref(known);
    return status;
}

// When the day's folder last changed; a change of this second may be followed by another that looks
// the same, so that it counts as none.
static int64_t day_changed(const Ledger *ledger, const char *day)
{
    char path[PATH_SIZE];
    struct stat info;
    if (path_join(path, ledger->folder, day, NULL) != STATUS_OK || stat(path, &info) != 0)
        return -1;
    int64_t changed = (int64_t)info.st_mtim.tv_sec * SECOND_US + info.st_mtim.tv_nsec / 1000;
    return clock_now_us() - changed < SECOND_US ? 0 : changed;
}

static int64_t day_known(Ledger *ledger, const char *day)
{
    sqlite3_stmt *row;
    int64_t known = 0;
    if (database_prepare(ledger, "SELECT changed FROM day WHERE name = ?", &row, NULL) != STATUS_OK)
        return 0;
    sqlite3_bind_text(row, 1, day, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        known = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return known;
}

static Status take_changed_days(Refresh *r, bool all, Error *error)
{
    Names days;
    Status status = folder_list(r->ledger->folder, &days, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < days.count && status == STATUS_OK; i++) {
        if (!clock_is_date(days.items[i]))
            continue;
        int64_t changed = day_changed(r->ledger, days.items[i]);
        if (!all && changed && changed == day_known(r->ledger, days.items[i]))
            continue;
        status = take_day(r, days.items[i], all, error);
        if (status == STATUS_OK)
            status = note_day(r->ledger, days.items[i], changed, error);
    }
    names_free(&days);
    return status;
}

// Days whose whole folder went.
static Status forget_lost_days(Refresh *r, Error *error)
{
    sqlite3_stmt *rows;
    json_t *lost = json_array(), *day;
    size_t i;
    Status status = database_prepare(r->ledger, "SELECT name FROM day", &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(rows, 0);
            if (day_changed(r->ledger, name) < 0)
                json_array_append_new(lost, json_string(name));
        }
        sqlite3_finalize(rows);
    }
    json_array_foreach(lost, i, day)
    {
        json_t *ids = json_object(), *value;
        const char *id, *name = json_string_value(day);
        if (status == STATUS_OK)
            status = known_ids(r->ledger, name, ids, error);
        json_object_foreach(ids, id, value) if (status == STATUS_OK) status =
            forget_id(r, id, NULL, error);
        json_decref(ids);
        char *sql = sqlite3_mprintf("DELETE FROM day WHERE name = %Q", name);
        if (status == STATUS_OK)
            status = database_run(r->ledger, sql, error);
        sqlite3_free(sql);
    }
    json_decref(lost);
    return status;
}

// Packs with more or fewer verdicts than the index knows of: a decision came between a crash and
// its row.
static Status take_other_verdicts(Refresh *r, Error *error)
{
    sqlite3_stmt *rows;
    json_t *other = json_array(), *place;
    size_t i;
    Status status = database_prepare(
        r->ledger, "SELECT day, id, verdict_bytes FROM capture ORDER BY number", &rows, error);
    if (status == STATUS_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            char path[PATH_SIZE + 300];
            struct stat info;
            const char *day = (const char *)sqlite3_column_text(rows, 0),
                       *id = (const char *)sqlite3_column_text(rows, 1);
            snprintf(path, sizeof path, "%s/%s/%s/verdicts.jsonl", r->ledger->folder, day, id);
            if ((stat(path, &info) == 0 ? info.st_size : 0) != sqlite3_column_int64(rows, 2))
                json_array_append_new(other, json_pack("[s,s]", day, id));
        }
        sqlite3_finalize(rows);
    }
    json_array_foreach(other, i, place)
    {
        if (status == STATUS_OK)
            status = take_pack(r, json_string_value(json_array_get(place, 0)),
                               json_string_value(json_array_get(place, 1)), error);
    }
    json_decref(other);
    return status;
}

static Status day_of(Ledger *ledger, const char *id, char day[16], Error *error)
{
    sqlite3_stmt *row;
    day[0] = '\0';
    Status status = database_prepare(ledger, "SELECT day FROM capture WHERE id = ?", &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        snprintf(day, 16, "%s", (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    return STATUS_OK;
}

// A line of deletions.jsonl, of a pack that the index has.
static Status take_deletion(Refresh *r, const json_t *facts, Error *error)
{
    char day[16] = "", place[300], path[PATH_SIZE];
    const char *id = json_string_value(json_object_get(facts, "pack"));
    Status status = id ? day_of(r->ledger, id, day, error) : STATUS_OK;
    if (status != STATUS_OK || !*day)
        return status;
    snprintf(place, sizeof place, "%s/%.200s", day, id);
    status = path_join(path, r->ledger->folder, place, error);
    if (status == STATUS_OK && json_object_get(facts, "expired") && !file_exists(path))
        return forget_id(r, id, "was removed after its time", error);
    return status == STATUS_OK ? take_pack(r, day, id, error) : status;
}

// Packs that retention emptied or removed since: named by lines of deletions.jsonl that the index
// has not seen.
static Status take_deletions(Refresh *r, Error *error)
{
    char path[PATH_SIZE], *text;
    size_t size;
    if (path_join(path, r->ledger->folder, "deletions.jsonl", NULL) != STATUS_OK ||
        !file_exists(path))
        return STATUS_OK;
    int64_t known = day_known(r->ledger, "deletions.jsonl");
    Status status = file_read(path, &text, &size, error);
    if (status != STATUS_OK || (int64_t)size <= known) {
        if (status == STATUS_OK)
            free(text);
        return status;
    }
    for (char *line = text + known, *end; status == STATUS_OK && (end = strchr(line, '\n'));
         line = end + 1) {
        json_t *facts = json_loadb(line, (size_t)(end - line), 0, NULL);
        status = take_deletion(r, facts, error);
        json_decref(facts);
        known = end + 1 - text;
    }
    free(text);
    return status == STATUS_OK ? note_day(r->ledger, "deletions.jsonl", known, error) : status;
}

static Status refresh(Ledger *ledger, bool all, bool verdicts,
                      void (*changed)(void *context, const char *id), void *context, Error *error)
{
    Refresh r = {.ledger = ledger, .changed = changed, .context = context, .plates = json_object()};
    Status status = database_run(ledger, "BEGIN", error);
    if (status != STATUS_OK)
        goto end;
    status = take_deletions(&r, error);
    if (status == STATUS_OK)
        status = take_changed_days(&r, all, error);
    if (status == STATUS_OK)
        status = forget_lost_days(&r, error);
    if (status == STATUS_OK && verdicts)
        status = take_other_verdicts(&r, error);
    if (status == STATUS_OK)
        status = commit(&r, error);
    if (status == STATUS_OK)
        status = database_run(ledger, "COMMIT", error);
    if (status != STATUS_OK) {
        database_run(ledger, "ROLLBACK", NULL);
        database_load_words(ledger, NULL); // some were made in the transaction
    }
end:
    json_decref(r.plates);
    return status;
}

Status index_refresh(Ledger *ledger, bool all, Error *error)
{
    return refresh(ledger, all, true, NULL, NULL, error);
}

Status ledger_refresh(Ledger *ledger, void (*changed)(void *context, const char *id), void *context,
                      Error *error)
{
    pthread_mutex_lock(&ledger->lock);
    Status status = refresh(ledger, false, false, changed, context, error);
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

// Every column of every row, words instead of their numbers.
Status ledger_digest(Ledger *ledger, char hex[SHA256_HEX_SIZE], Error *error)
{
    static const char *const words[] = {"site",      "camera", "lane",     "place",
                                        "direction", "device", "first_by", "second_by"};
    crypto_hash_sha256_state hash;
    unsigned char sum[32];
    sqlite3_stmt *rows;
    crypto_hash_sha256_init(&hash);
    pthread_mutex_lock(&ledger->lock);
    Status status = database_prepare(ledger, "SELECT * FROM capture ORDER BY id", &rows, error);
    while (status == STATUS_OK && sqlite3_step(rows) == SQLITE_ROW)
        for (int i = 1; i < sqlite3_column_count(rows); i++) { // not the row's number
            const char *text = (const char *)sqlite3_column_text(rows, i);
            for (size_t w = 0; w < sizeof words / sizeof *words; w++)
                if (strcmp(sqlite3_column_name(rows, i), words[w]) == 0)
                    text = word_text(ledger, sqlite3_column_int64(rows, i));
            crypto_hash_sha256_update(&hash, (const unsigned char *)(text ? text : "\1"),
                                      text ? strlen(text) + 1 : 2);
        }
    if (status == STATUS_OK)
        sqlite3_finalize(rows);
    pthread_mutex_unlock(&ledger->lock);
    crypto_hash_sha256_final(&hash, sum);
    sodium_bin2hex(hex, SHA256_HEX_SIZE, sum, sizeof sum);
    return status;
}
