// Rows from folders: what a pack and its verdicts come to in the index.
#include "ledger/private.h"

#include "base/clock.h"
#include "base/log.h"
#include "evidence/record.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const json_t *at(const json_t *record, const char *group, const char *name)
{
    return json_object_get(json_object_get(record, group), name);
}

static const char *text_at(const json_t *record, const char *group, const char *name)
{
    return json_string_value(at(record, group, name));
}

static int part_of_day(int64_t time_us)
{
    static const int ends[] = {6, 11, 14, 18, 20};
    time_t when = (time_t)(time_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    for (int i = 0; i < 5; i++)
        if (tm.tm_hour < ends[i])
            return i;
    return 0;
}

static int grade_band(const json_t *grade)
{
    if (!json_is_number(grade))
        return 0;
    int whole = (int)json_number_value(grade);
    return 1 + (whole > 4 ? 4 : whole);
}

static int certainty(double confidence)
{
    return confidence < 0.5 ? 0 : confidence < 0.8 ? 1 : 2;
}

static int origin_of(const Ledger *ledger, const char *plate)
{
    if (!plate || !*ledger->local)
        return 2;
    return strncmp(plate, ledger->local, strlen(ledger->local)) == 0 ? 0 : 1;
}

static void bind_text(sqlite3_stmt *row, const char *name, const char *text)
{
    int place = sqlite3_bind_parameter_index(row, name);
    if (text && *text)
        sqlite3_bind_text(row, place, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(row, place);
}

static void bind_integer(sqlite3_stmt *row, const char *name, int64_t value)
{
    sqlite3_bind_int64(row, sqlite3_bind_parameter_index(row, name), value);
}

static void bind_number(sqlite3_stmt *row, const char *name, const json_t *value)
{
    int place = sqlite3_bind_parameter_index(row, name);
    if (json_is_number(value))
        sqlite3_bind_double(row, place, json_number_value(value));
    else
        sqlite3_bind_null(row, place);
}

typedef struct Pack { // a pack as it stands in its folder
    const char *place;
    char day[16];
    const char *id; // in place
    char sums[SHA256_HEX_SIZE];
    json_t *record, *lines;
    Verdicts verdicts;
    int64_t peak_us, verdict_bytes;
    bool retired;
} Pack;

static void pack_free(Pack *pack)
{
    json_decref(pack->record);
    json_decref(pack->lines);
}

static void bind_record(Ledger *ledger, sqlite3_stmt *row, const Pack *pack)
{
    const json_t *record = pack->record;
    double confidence = json_number_value(at(record, "smoke", "confidence"));
    bind_text(row, ":id", pack->id);
    bind_text(row, ":day", pack->day);
    bind_text(row, ":sums", pack->sums);
    bind_integer(row, ":peak", pack->peak_us);
    bind_integer(row, ":site", word_number(ledger, text_at(record, "site", "name")));
    bind_integer(row, ":camera", word_number(ledger, text_at(record, "camera", "id")));
    bind_integer(row, ":lane", word_number(ledger, text_at(record, "camera", "lane")));
    bind_integer(row, ":place", word_number(ledger, text_at(record, "site", "place")));
    bind_integer(row, ":direction", word_number(ledger, text_at(record, "site", "direction")));
    bind_integer(row, ":device", word_number(ledger, text_at(record, "site", "device")));
    bind_integer(row, ":part", part_of_day(pack->peak_us));
    bind_integer(row, ":band", grade_band(at(record, "smoke", "ringelmann")));
    bind_integer(row, ":certainty", certainty(confidence));
    bind_number(row, ":grade", at(record, "smoke", "ringelmann"));
    bind_number(row, ":opacity", at(record, "smoke", "opacity"));
    bind_number(row, ":uncertainty", at(record, "smoke", "uncertainty"));
    bind_number(row, ":confidence", at(record, "smoke", "confidence"));
    bind_number(row, ":score", at(record, "smoke", "score"));
}

// Capitals of ASCII; the rest stays.
static void bind_search(sqlite3_stmt *row, const char *plate, const char *id)
{
    char search[400];
    snprintf(search, sizeof search, "%s %s", plate ? plate : "", id);
    for (char *at = search; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
    bind_text(row, ":search", search);
}

static void bind_verdicts(Ledger *ledger, sqlite3_stmt *row, const Pack *pack)
{
    const Verdicts *v = &pack->verdicts;
    const char *plate = v->plate ? v->plate : text_at(pack->record, "plate", "text");
    const char *shown = v->plate ? v->plate : text_at(pack->record, "plate", "shown");
    const char *colour = v->colour ? v->colour : text_at(pack->record, "plate", "colour");
    const char *class = v->class ? v->class : text_at(pack->record, "vehicle", "class");
    bind_integer(row, ":colour", word_index(colour_words, colour));
    bind_integer(row, ":class", word_index(class_words, class));
    bind_integer(row, ":origin", origin_of(ledger, plate));
    bind_text(row, ":plate", plate);
    bind_search(row, plate, pack->id);
    bind_text(row, ":shown", shown);
    bind_integer(row, ":corrected", v->plate || v->colour || v->class);
    bind_integer(row, ":state", v->state);
    bind_text(row, ":reason", v->reason);
    bind_text(row, ":note", v->note);
    if (v->first_us != INT64_MIN)
        bind_integer(row, ":first", v->first_us);
    bind_integer(row, ":first_by", word_number(ledger, v->first_by));
    bind_integer(row, ":second_by", word_number(ledger, v->second_by));
    bind_integer(row, ":exported", v->exported);
    bind_integer(row, ":version", v->version);
    bind_integer(row, ":verdict_bytes", pack->verdict_bytes);
    bind_integer(row, ":retired", pack->retired);
}

static int64_t months_before(int64_t time_us, int months)
{
    time_t when = (time_t)(time_us / SECOND_US);
    struct tm tm;
    localtime_r(&when, &tm);
    tm.tm_mon -= months;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * SECOND_US;
}

static bool counts(int64_t state)
{
    return state == STATE_CONFIRMED || state == STATE_HANDED_OVER || state == STATE_PROCESSED ||
           state == STATE_STRUCK_OFF;
}

typedef struct Seen { // a capture of the plate at hand
    int64_t number, peak, state, repeats;
} Seen;

static Status captures_of(Ledger *ledger, const char *plate, Seen **out, size_t *count,
                          Error *error)
{
    sqlite3_stmt *rows;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    Status status = database_prepare(
        ledger, "SELECT number, peak, state, repeats FROM capture WHERE plate = ? ORDER BY peak",
        &rows, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(rows, 1, plate, -1, SQLITE_STATIC);
    while (status == STATUS_OK && sqlite3_step(rows) == SQLITE_ROW) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            Seen *grown = realloc(*out, room * sizeof *grown);
            if (!grown) {
                status = error_set(error, STATUS_MEMORY, "out of memory");
                break;
            }
            *out = grown;
        }
        (*out)[(*count)++] = (Seen){sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1),
                                    sqlite3_column_int64(rows, 2), sqlite3_column_int64(rows, 3)};
    }
    sqlite3_finalize(rows);
    return status;
}

static Status count_plate(Ledger *ledger, const char *plate, Error *error)
{
    Seen *seen;
    size_t count, oldest = 0;
    int64_t within = 0; // confirmed captures in [oldest, i)
    sqlite3_stmt *update = NULL;
    Status status = captures_of(ledger, plate, &seen, &count, error);
    if (status == STATUS_OK)
        status = database_prepare(ledger, "UPDATE capture SET repeats = ? WHERE number = ?",
                                  &update, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        int64_t from = months_before(seen[i].peak, ledger->rules.repeat_months);
        for (; seen[oldest].peak < from; oldest++)
            within -= counts(seen[oldest].state);
        if (within != seen[i].repeats) {
            sqlite3_bind_int64(update, 1, within);
            sqlite3_bind_int64(update, 2, seen[i].number);
            if (sqlite3_step(update) != SQLITE_DONE)
                status = database_fail(ledger, error);
            sqlite3_reset(update);
        }
        within += counts(seen[i].state);
    }
    sqlite3_finalize(update);
    free(seen);
    return status;
}

Status index_repeats(Ledger *ledger, json_t *plates, Error *error)
{
    const char *plate;
    json_t *value;
    Status status = STATUS_OK;
    json_object_foreach(plates, plate, value)
    {
        if (status == STATUS_OK)
            status = count_plate(ledger, plate, error);
    }
    json_object_clear(plates);
    return status;
}

// Media are gone: the panoramas are what retention removes first.
static bool is_retired(const Ledger *ledger, const char *place)
{
    char path[PATH_SIZE + 300];
    snprintf(path, sizeof path, "%s/%s/panorama-1.jpg", ledger->folder, place);
    return !file_exists(path);
}

static Status read_pack(Ledger *ledger, const char *place, Pack *pack, Error *error)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    struct stat info;
    Error why;
    *pack = (Pack){.place = place, .id = path_base(place)};
    snprintf(pack->day, sizeof pack->day, "%.10s", place);
    Status status = path_join(folder, ledger->folder, place, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, "SHA256SUMS", error);
    if (status == STATUS_OK)
        status = file_sha256(path, pack->sums, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, "record.json", error);
    if (status == STATUS_OK)
        status = record_load(path, &pack->record, error);
    if (status != STATUS_OK)
        return status;
    const char *id = json_string_value(json_object_get(pack->record, "id"));
    if (!id || strcmp(id, pack->id) != 0)
        return error_set(error, STATUS_FORMAT, "%s: its record is that of %s", place,
                         id ? id : "no pack");
    if (!clock_parse(text_at(pack->record, "time", "peak"), &pack->peak_us))
        return error_set(error, STATUS_FORMAT, "%s: time.peak is no time", place);
    status = verdicts_load(ledger, place, pack->sums, &pack->lines, &why);
    if (status == STATUS_FORMAT) { // shown as undecided; heiyan verify tells the rest
        log_error("%s: %s: what was decided is not believed; see heiyan verify", place, why.text);
        pack->lines = json_array();
    } else if (status != STATUS_OK) {
        return error_set(error, status, "%s", why.text);
    }
    verdicts_replay(pack->lines, &pack->verdicts);
    path_join(path, folder, "verdicts.jsonl", NULL);
    pack->verdict_bytes = stat(path, &info) == 0 ? info.st_size : 0;
    pack->retired = is_retired(ledger, place);
    return STATUS_OK;
}

static Status all_plates(Ledger *ledger, json_t *out, Error *error)
{
    sqlite3_stmt *rows;
    Status status = database_prepare(
        ledger, "SELECT DISTINCT plate FROM capture WHERE plate IS NOT NULL", &rows, error);
    if (status != STATUS_OK)
        return status;
    while (sqlite3_step(rows) == SQLITE_ROW)
        json_object_set_new(out, (const char *)sqlite3_column_text(rows, 0), json_true());
    return sqlite3_finalize(rows) == SQLITE_OK ? STATUS_OK : database_fail(ledger, error);
}

static Status set_origins(Ledger *ledger, Error *error)
{
    sqlite3_stmt *update;
    Status status =
        database_prepare(ledger,
                         "UPDATE capture SET origin = CASE WHEN plate IS NULL OR ?1 = '' THEN 2"
                         " WHEN substr(plate, 1, length(?1)) = ?1 THEN 0 ELSE 1 END",
                         &update, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(update, 1, ledger->local, -1, SQLITE_STATIC);
    return database_finish(ledger, update, error);
}

static Status apply_rules(Ledger *ledger, const char *months, Error *error)
{
    json_t *plates = json_object();
    Status status = set_origins(ledger, error);
    if (status == STATUS_OK)
        status = all_plates(ledger, plates, error);
    if (status == STATUS_OK)
        status = index_repeats(ledger, plates, error);
    if (status == STATUS_OK)
        status = database_set(ledger, "local", ledger->local, error);
    if (status == STATUS_OK)
        status = database_set(ledger, "months", months, error);
    json_decref(plates);
    return status;
}

Status index_apply_rules(Ledger *ledger, Error *error)
{
    char local[32], months[16], wanted[16];
    database_get(ledger, "local", local, sizeof local);
    database_get(ledger, "months", months, sizeof months);
    snprintf(wanted, sizeof wanted, "%d", ledger->rules.repeat_months);
    if (strcmp(local, ledger->local) == 0 && strcmp(months, wanted) == 0)
        return STATUS_OK;
    Status status = database_run(ledger, "BEGIN", error);
    if (status == STATUS_OK)
        status = apply_rules(ledger, wanted, error);
    if (status == STATUS_OK)
        return database_run(ledger, "COMMIT", error);
    database_run(ledger, "ROLLBACK", NULL);
    return status;
}

static const char upsert[] =
    "INSERT INTO capture(id, day, sums, peak, state, site, camera, lane, part, band, certainty,"
    " colour, origin, class, repeats, exported, place, direction, device, grade, opacity,"
    " uncertainty, confidence, score, plate, shown, corrected, reason, note, search, first,"
    " first_by, second_by, version, verdict_bytes, retired)"
    " VALUES(:id, :day, :sums, :peak, :state, :site, :camera, :lane, :part, :band, :certainty,"
    " :colour, :origin, :class, 0, :exported, :place, :direction, :device, :grade, :opacity,"
    " :uncertainty, :confidence, :score, :plate, :shown, :corrected, :reason, :note, :search, "
    ":first,"
    " :first_by, :second_by, :version, :verdict_bytes, :retired)"
    " ON CONFLICT(id) DO UPDATE SET"
    " state=excluded.state, colour=excluded.colour, origin=excluded.origin, class=excluded.class,"
    " exported=excluded.exported, plate=excluded.plate, shown=excluded.shown,"
    " corrected=excluded.corrected, reason=excluded.reason, note=excluded.note,"
    " search=excluded.search, first=excluded.first, first_by=excluded.first_by,"
    " second_by=excluded.second_by, version=excluded.version,"
    " verdict_bytes=excluded.verdict_bytes, retired=excluded.retired";

// Notes the plate that the capture has in the index.
static Status note_plate(Ledger *ledger, const char *id, json_t *plates, Error *error)
{
    sqlite3_stmt *row;
    Status status = database_prepare(
        ledger, "SELECT plate FROM capture WHERE id = ? AND plate IS NOT NULL", &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW)
        json_object_set_new(plates, (const char *)sqlite3_column_text(row, 0), json_true());
    sqlite3_finalize(row);
    return STATUS_OK;
}

static Status write_row(Ledger *ledger, const Pack *pack, json_t *plates, Error *error)
{
    sqlite3_stmt *row;
    Status status = note_plate(ledger, pack->id, plates, error);
    if (status == STATUS_OK)
        status = database_prepare(ledger, upsert, &row, error);
    if (status != STATUS_OK)
        return status;
    bind_record(ledger, row, pack);
    bind_verdicts(ledger, row, pack);
    status = database_finish(ledger, row, error);
    return status == STATUS_OK ? note_plate(ledger, pack->id, plates, error) : status;
}

Status index_pack(Ledger *ledger, const char *place, json_t *plates, Error *error)
{
    Pack pack;
    Status status = read_pack(ledger, place, &pack, error);
    if (status == STATUS_OK)
        status = write_row(ledger, &pack, plates, error);
    pack_free(&pack);
    return status;
}
