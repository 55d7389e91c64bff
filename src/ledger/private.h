// Private to ledger/: the index and what all its parts share.
#ifndef HEIYAN_LEDGER_PRIVATE_H
#define HEIYAN_LEDGER_PRIVATE_H

#include "evidence/audit.h"
#include "ledger/ledger.h"

#include <pthread.h>
#include <sqlite3.h>

#define KEYS_MAX 16

struct Ledger {
    char folder[PATH_SIZE];
    Rules rules;
    char local[32];
    int lock_file; // -1: another review has it, and this one only looks
    PublicKey
        keys[KEYS_MAX]; // whose lines count: this installation's, then former ones of the folder
    size_t key_count;

    pthread_mutex_t lock; // of all below
    sqlite3 *db;
    Audit *audit;
    json_t *word_numbers; // text -> number
    json_t *words;        // texts by number; number 0 = null
};

// ---- database.c ----

// Opens DIR/.heiyan/ledger.sqlite; *fresh: it was made now (missing, damaged or of another
// version).
Status database_open(Ledger *ledger, bool *fresh, Error *error);
Status database_open_to_look(Ledger *ledger, Error *error);
// Values that stand beside the rows, by name. get: "" when there is none.
void database_get(Ledger *ledger, const char *name, char *out, size_t size);
Status database_set(Ledger *ledger, const char *name, const char *value, Error *error);
void database_close(Ledger *ledger);
Status database_fail(Ledger *ledger,
                     Error *error); // STATUS_* of SQLite's last error, with its words
Status database_run(Ledger *ledger, const char *sql, Error *error);
Status database_prepare(Ledger *ledger, const char *sql, sqlite3_stmt **out, Error *error);
// Steps a statement that gives no rows, and finalizes it.
Status database_finish(Ledger *ledger, sqlite3_stmt *statement, Error *error);
Status database_load_words(Ledger *ledger, Error *error); // as they stand in the database
// Number of a text, made if new; 0 for NULL, -1 when that failed.
int word_number(Ledger *ledger, const char *text);
int word_find(const Ledger *ledger, const char *text);       // -1 when there is none
const char *word_text(const Ledger *ledger, int64_t number); // NULL for 0

// Numbers of the fixed words as they stand in the index; -1 for none. The tables end with NULL.
extern const char *const colour_words[],
    *const class_words[], *const part_words[], *const certainty_words[], *const origin_words[],
                                                                             *const grade_words[];
int word_index(const char *const *words, const char *text);

// ---- verdicts.c ----

typedef struct Verdicts { // what the lines of a verdicts.jsonl come to; strings borrowed from lines
    State state;
    int version; // lines
    bool exported;
    const char *reason;                 // of the rejection it stands at
    const char *note;                   // the last
    const char *plate, *colour, *class; // corrections, NULL = none
    const char *first_by, *second_by;   // who decided first, who confirmed in second review
    int64_t first_us;                   // when it was decided first, INT64_MIN = not yet
    bool has_last;
    Step last; // the step that undo would take back
} Verdicts;

void verdicts_replay(const json_t *lines, Verdicts *out);
// The lines of a pack, each with a good signature; an empty list when nobody has decided.
// STATUS_FORMAT when the file was changed.
Status verdicts_load(Ledger *ledger, const char *place, const char *root, json_t **out,
                     Error *error);

// ---- index.c ----

// Brings one capture's row in line with its folder; plates: takes up those whose counts may have
// changed.
Status index_pack(Ledger *ledger, const char *place, json_t *plates, Error *error);
// Brings the rows in line with other rules (local prefix, months of repeats) than they were made
// with.
Status index_apply_rules(Ledger *ledger, Error *error);
// Counts earlier confirmed captures for all captures of the plates anew; empties the set.
Status index_repeats(Ledger *ledger, json_t *plates, Error *error);

// ---- refresh.c ----

// As ledger_refresh, with the lock held, and packs decided elsewhere. all: every pack anew.
Status index_refresh(Ledger *ledger, bool all, Error *error);

// ---- query.c ----

typedef struct Where { // conditions of a statement, with what they are bound to
    char sql[4096];
    struct {
        int64_t number;
        const char *text; // NULL: the number
    } values[12 * FILTER_VALUES + 16];
    size_t count;
    bool nothing; // no capture can match
} Where;

void where_add(Where *where, const char *condition); // without values
void where_number(Where *where, const char *condition, int64_t number);
void where_text(Where *where, const char *condition, const char *text); // text is borrowed
// The person's sites and the filter (NULL = none).
void where_filter(Ledger *ledger, Where *where, const Filter *filter, const Person *person);
Status where_bind(Ledger *ledger, const Where *where, sqlite3_stmt *statement, Error *error);
// SELECT <what> FROM capture WHERE ... <rest>, bound.
Status where_select(Ledger *ledger, const char *what, const Where *where, const char *rest,
                    sqlite3_stmt **out, Error *error);

extern const char item_columns[]; // for item_json
json_t *item_json(Ledger *ledger, sqlite3_stmt *row);

// ---- case.c ----

typedef struct Place { // of a capture in the folder
    int64_t number;
    char path[256]; // "2026-11-23/ID"
    char sums[SHA256_HEX_SIZE];
} Place;

// STATUS_MISSING when there is none that the person may see.
Status find_place(Ledger *ledger, const char *id, const Person *person, Place *out, Error *error);
Status case_json(Ledger *ledger, const Place *place, const Person *person, json_t **out,
                 Error *error);

// ---- devices.c ----

// {camera: share of the watched time in which it was live}, whole days in [from, to).
json_t *uptime_between(const Ledger *ledger, int64_t from_us, int64_t to_us);

#endif
