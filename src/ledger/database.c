#include "ledger/private.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION "3" // of the tables and of how rows are made

const char *const colour_words[] = {"blue", "yellow", "green", "white", "black", NULL};
const char *const class_words[] = {"car", "van", "lorry", "bus", "motorcycle", "other", NULL};
const char *const part_words[] = {"night", "morning", "noon", "afternoon", "evening", NULL};
const char *const certainty_words[] = {"low", "middle", "high", NULL};
const char *const origin_words[] = {"local", "foreign", "unknown", NULL};
const char *const grade_words[] = {"none", "0", "1", "2", "3", "4", NULL};

// Words are numbers of the table word where they are free (site, camera, lane ...), places in the
// lists above where they are fixed. search: plate and id in capitals. Times are microseconds since
// 1970. first: the first decision.
static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE word(number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE day(name TEXT PRIMARY KEY, changed INTEGER NOT NULL) STRICT;"
    "CREATE TABLE capture("
    "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, day TEXT NOT NULL, sums TEXT NOT NULL,"
    "peak INTEGER NOT NULL, state INTEGER NOT NULL,"
    "site INTEGER NOT NULL, camera INTEGER NOT NULL, lane INTEGER NOT NULL,"
    "part INTEGER NOT NULL, band INTEGER NOT NULL, certainty INTEGER NOT NULL,"
    "colour INTEGER NOT NULL, origin INTEGER NOT NULL, class INTEGER NOT NULL,"
    "repeats INTEGER NOT NULL, exported INTEGER NOT NULL,"
    "place INTEGER NOT NULL, direction INTEGER NOT NULL, device INTEGER NOT NULL,"
    "grade REAL, opacity REAL, uncertainty REAL, confidence REAL NOT NULL, score REAL NOT NULL,"
    "plate TEXT, shown TEXT, corrected INTEGER NOT NULL, reason TEXT,"
    "note TEXT, search TEXT NOT NULL,"
    "first INTEGER, first_by INTEGER NOT NULL, second_by INTEGER NOT NULL,"
    "version INTEGER NOT NULL, verdict_bytes INTEGER NOT NULL, retired INTEGER NOT NULL) STRICT;"
    // With what is searched, so that a search reads few rows of the table itself.
    "CREATE INDEX capture_peak ON capture(peak, number, search);"
    "CREATE INDEX capture_state ON capture(state, peak, number);"
    "CREATE INDEX capture_confidence ON capture(CAST(confidence * 1000 AS INTEGER), number);"
    "CREATE INDEX capture_state_confidence ON"
    " capture(state, CAST(confidence * 1000 AS INTEGER), number);"
    "CREATE INDEX capture_repeats ON capture(min(repeats, 3), peak, number);"
    "CREATE INDEX capture_day ON capture(day);"
    "CREATE INDEX capture_plate ON capture(plate, peak) WHERE plate IS NOT NULL;"
    // Everything that facets count, so that a count over all reads no row of the table itself.
    "CREATE INDEX capture_facets ON capture(peak, state, site, camera, lane, part, band, certainty,"
    " colour, origin, class, repeats, exported);";

Status database_fail(Ledger *ledger, Error *error)
{
    int code = ledger->db ? sqlite3_errcode(ledger->db) : SQLITE_NOMEM;
    const char *words = ledger->db ? sqlite3_errmsg(ledger->db) : "out of memory";
    Status status = code == SQLITE_FULL                               ? STATUS_FULL
                    : code == SQLITE_NOMEM                            ? STATUS_MEMORY
                    : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? STATUS_FORMAT
                                                                      : STATUS_IO;
    return error_set(error, status, "ledger of %s: %s", ledger->folder, words);
}

Status database_run(Ledger *ledger, const char *sql, Error *error)
{
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? STATUS_OK
               : database_fail(ledger, error);
}

Status database_prepare(Ledger *ledger, const char *sql, sqlite3_stmt **out, Error *error)
{
    return sqlite3_prepare_v2(ledger->db, sql, -1, out, NULL) == SQLITE_OK
               ? STATUS_OK
               : database_fail(ledger, error);
}

Status database_finish(Ledger *ledger, sqlite3_stmt *statement, Error *error)
{
    int code = sqlite3_step(statement);
    Status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? STATUS_OK : database_fail(ledger, error);
    sqlite3_finalize(statement);
    return status;
}

int word_index(const char *const *words, const char *text)
{
    for (int i = 0; text && words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

static void remember_word(Ledger *ledger, int64_t number, const char *text)
{
    while ((int64_t)json_array_size(ledger->words) <= number)
        json_array_append_new(ledger->words, json_null());
    json_array_set_new(ledger->words, (size_t)number, json_string(text));
    json_object_set_new(ledger->word_numbers, text, json_integer(number));
}

int word_find(const Ledger *ledger, const char *text)
{
    const json_t *number = text ? json_object_get(ledger->word_numbers, text) : NULL;
    return number ? (int)json_integer_value(number) : -1;
}

int word_number(Ledger *ledger, const char *text)
{
    if (!text || !*text)
        return 0;
    int known = word_find(ledger, text);
    sqlite3_stmt *insert;
    if (known >= 0)
        return known;
    if (database_prepare(ledger, "INSERT INTO word(text) VALUES(?)", &insert, NULL) != STATUS_OK)
        return -1;
    sqlite3_bind_text(insert, 1, text, -1, SQLITE_STATIC);
    if (database_finish(ledger, insert, NULL) != STATUS_OK)
        return -1;
    remember_word(ledger, sqlite3_last_insert_rowid(ledger->db), text);
    return word_find(ledger, text);
}

const char *word_text(const Ledger *ledger, int64_t number)
{
    return json_string_value(json_array_get(ledger->words, (size_t)number));
}

Status database_load_words(Ledger *ledger, Error *error)
{
    sqlite3_stmt *all;
    json_array_clear(ledger->words);
    json_object_clear(ledger->word_numbers);
    Status status = database_prepare(ledger, "SELECT number, text FROM word", &all, error);
    if (status != STATUS_OK)
        return status;
    while (sqlite3_step(all) == SQLITE_ROW)
        remember_word(ledger, sqlite3_column_int64(all, 0),
                      (const char *)sqlite3_column_text(all, 1));
    return sqlite3_finalize(all) == SQLITE_OK ? STATUS_OK : database_fail(ledger, error);
}

void database_get(Ledger *ledger, const char *name, char *out, size_t size)
{
    sqlite3_stmt *row;
    *out = '\0';
    if (sqlite3_prepare_v2(ledger->db, "SELECT value FROM meta WHERE name = ?", -1, &row, NULL) !=
        SQLITE_OK)
        return;
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
}

Status database_set(Ledger *ledger, const char *name, const char *value, Error *error)
{
    sqlite3_stmt *row;
    Status status =
        database_prepare(ledger, "INSERT OR REPLACE INTO meta VALUES(?, ?)", &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, value, -1, SQLITE_STATIC);
    return database_finish(ledger, row, error);
}

static bool usable(Ledger *ledger)
{
    char version[16];
    sqlite3_stmt *row;
    database_get(ledger, "version", version, sizeof version);
    if (strcmp(version, VERSION) != 0 ||
        sqlite3_prepare_v2(ledger->db, "PRAGMA quick_check(1)", -1, &row, NULL) != SQLITE_OK)
        return false;
    bool sound = sqlite3_step(row) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(row, 0), "ok") == 0;
    sqlite3_finalize(row);
    return sound;
}

static Status connect_to(Ledger *ledger, const char *path, Error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &ledger->db, flags, NULL) != SQLITE_OK)
        return database_fail(ledger, error);
    sqlite3_extended_result_codes(ledger->db, 0);
    // The truth is in the folders: the index need not survive a power cut, only be noticed as
    // damaged.
    return database_run(ledger,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                        "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY",
                        error);
}

static Status make_anew(Ledger *ledger, const char *path, Error *error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char file[PATH_SIZE + 8];
    sqlite3_close(ledger->db);
    ledger->db = NULL;
    for (size_t i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        unlink(file);
    }
    Status status = connect_to(ledger, path, error);
    if (status == STATUS_OK)
        status = database_run(ledger, schema, error);
    return status == STATUS_OK ? database_set(ledger, "version", VERSION, error) : status;
}

static Status index_path(const Ledger *ledger, char path[PATH_SIZE], Error *error)
{
    return path_join(path, ledger->folder, ".heiyan/ledger.sqlite", error);
}

Status database_open_to_look(Ledger *ledger, Error *error)
{
    char path[PATH_SIZE];
    Status status = index_path(ledger, path, error);
    if (status != STATUS_OK)
        return status;
    if (sqlite3_open_v2(path, &ledger->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return database_fail(ledger, error);
    return database_load_words(ledger, error);
}

Status database_open(Ledger *ledger, bool *fresh, Error *error)
{
    char path[PATH_SIZE];
    Status status = index_path(ledger, path, error);
    if (status != STATUS_OK)
        return status;
    bool existed = file_exists(path);
    *fresh = !existed || connect_to(ledger, path, NULL) != STATUS_OK || !usable(ledger);
    if (*fresh && existed)
        log_warning(
            "%s: the index is damaged or of another version; it is made anew from the packs", path);
    if (*fresh)
        status = make_anew(ledger, path, error);
    return status == STATUS_OK ? database_load_words(ledger, error) : status;
}

void database_close(Ledger *ledger)
{
    sqlite3_close(ledger->db);
    ledger->db = NULL;
}
