// Everything of one capture.
#include "ledger/private.h"

#include "base/clock.h"
#include "evidence/record.h"
#include "evidence/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool may_see(const Ledger *ledger, const Person *person, int64_t site)
{
    const char *name = word_text(ledger, site);
    for (size_t i = 0; i < person->site_count; i++)
        if (name && strcmp(person->sites[i], name) == 0)
            return true;
    return person->site_count == 0;
}

Status find_place(Ledger *ledger, const char *id, const Person *person, Place *out, Error *error)
{
    sqlite3_stmt *row;
    bool found = false;
    Status status = database_prepare(
        ledger, "SELECT number, day, id, sums, site FROM capture WHERE id = ?", &row, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW && may_see(ledger, person, sqlite3_column_int64(row, 4))) {
        found = true;
        out->number = sqlite3_column_int64(row, 0);
        snprintf(out->path, sizeof out->path, "%s/%s", (const char *)sqlite3_column_text(row, 1),
                 (const char *)sqlite3_column_text(row, 2));
        snprintf(out->sums, sizeof out->sums, "%s", (const char *)sqlite3_column_text(row, 3));
    }
    sqlite3_finalize(row);
    return found ? STATUS_OK : error_set(error, STATUS_MISSING, "没有这条记录：%.120s", id);
}

static Status load_record(const Ledger *ledger, const Place *place, json_t **out, Error *error)
{
    char pack[PATH_SIZE], path[PATH_SIZE];
    Status status = path_join(pack, ledger->folder, place->path, error);
    if (status == STATUS_OK)
        status = path_join(path, pack, "record.json", error);
    return status == STATUS_OK ? record_load(path, out, error) : status;
}

static Status load_item(Ledger *ledger, int64_t number, json_t **out, Error *error)
{
    Where where = {0};
    sqlite3_stmt *row;
    where_number(&where, "number = ?", number);
    Status status = where_select(ledger, item_columns, &where, "", &row, error);
    if (status != STATUS_OK)
        return status;
    *out = sqlite3_step(row) == SQLITE_ROW ? item_json(ledger, row) : NULL;
    sqlite3_finalize(row);
    return *out ? STATUS_OK : error_set(error, STATUS_MISSING, "the capture is gone");
}

// ---- media ----

static bool there(const Ledger *ledger, const Place *place, const char *name)
{
    char path[PATH_SIZE + 600];
    snprintf(path, sizeof path, "%s/%s/%.200s", ledger->folder, place->path, name);
    return file_exists(path);
}

static json_t *address(const Ledger *ledger, const Place *place, const char *name)
{
    return name && there(ledger, place, name)
               ? json_sprintf("/api/captures/%s/files/%s", path_base(place->path), name)
               : json_null();
}

static const char *name_of(const json_t *files, const char *role)
{
    size_t i;
    const json_t *file;
    json_array_foreach(files, i, file)
    {
        const char *has = json_string_value(json_object_get(file, "role"));
        if (has && strcmp(has, role) == 0)
            return json_string_value(json_object_get(file, "name"));
    }
    return NULL;
}

static json_t *panoramas_json(const Ledger *ledger, const Place *place, const json_t *record)
{
    const char *peak = json_string_value(json_object_get(json_object_get(record, "time"), "peak"));
    json_t *list = json_array();
    const json_t *file;
    size_t i;
    json_array_foreach(json_object_get(record, "files"), i, file)
    {
        const char *role = json_string_value(json_object_get(file, "role")),
                   *name = json_string_value(json_object_get(file, "name")),
                   *time = json_string_value(json_object_get(file, "time"));
        if (role && name && time && strcmp(role, "panorama") == 0 && there(ledger, place, name))
            json_array_append_new(list,
                                  json_pack("{s:o,s:s,s:b}", "url", address(ledger, place, name),
                                            "time", time, "peak", peak && strcmp(peak, time) == 0));
    }
    return list;
}

static json_t *clip_peak(const json_t *record)
{
    int64_t peak, start;
    const char *peaked =
        json_string_value(json_object_get(json_object_get(record, "time"), "peak"));
    const char *started =
        json_string_value(json_object_get(json_object_get(record, "source"), "clip_start"));
    if (!peaked || !started || !clock_parse(peaked, &peak) || !clock_parse(started, &start))
        return json_null();
    return json_real(round((double)(peak - start) / 1e3) / 1e3);
}

static json_t *media_json(const Ledger *ledger, const Place *place, const json_t *record)
{
    const json_t *files = json_object_get(record, "files");
    const char *preview = name_of(files, "clip-preview");
    const char *clip = name_of(files, "clip-encoded") ? name_of(files, "clip-encoded")
                                                      : name_of(files, "clip-original");
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "panoramas", panoramas_json(ledger, place, record),
        "close_up", address(ledger, place, name_of(files, "close-up")), "plate",
        address(ledger, place, name_of(files, "plate")), "plate_rectified",
        address(ledger, place, name_of(files, "plate-rectified")), "composite",
        address(ledger, place, name_of(files, "composite")), "density",
        address(ledger, place, name_of(files, "density")), "clip",
        address(ledger, place, preview ? preview : clip), "clip_peak_s", clip_peak(record));
}

// ---- people ----

// Lines without what only verify needs.
static json_t *verdicts_json(const json_t *lines)
{
    json_t *list = json_array(), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        json_t *shown = json_copy(line);
        json_object_del(shown, "previous");
        json_object_del(shown, "signature");
        json_object_del(shown, "pack");
        json_array_append_new(list, shown);
    }
    return list;
}

static json_t *actions_json(const Ledger *ledger, const Verdicts *v, const Person *person)
{
    json_t *list = json_array();
    for (unsigned a = 0; a < ACTION_COUNT; a++) {
        State to;
        if (a != ACTION_EXPORT &&
            workflow_step(&ledger->rules, v->state, v->has_last ? &v->last : NULL, v->first_by,
                          (Action)a, person->name, person->role, &to, NULL) == STATUS_OK)
            json_array_append_new(list, json_string(action_name((Action)a)));
    }
    return list;
}

static json_t *earlier_json(Ledger *ledger, const json_t *item, const Person *person)
{
    const char *plate = json_string_value(json_object_get(item, "plate"));
    json_t *list = json_array();
    Where where = {0};
    sqlite3_stmt *rows;
    if (!plate)
        return list;
    where_filter(ledger, &where, NULL, person);
    where_text(&where, "plate = ?", plate);
    where_text(&where, "id <> ?", json_string_value(json_object_get(item, "id")));
    if (where_select(ledger, item_columns, &where, " ORDER BY peak DESC LIMIT 20", &rows, NULL) !=
        STATUS_OK)
        return list;
    while (sqlite3_step(rows) == SQLITE_ROW)
        json_array_append_new(list, item_json(ledger, rows));
    sqlite3_finalize(rows);
    return list;
}

Status case_json(Ledger *ledger, const Place *place, const Person *person, json_t **out,
                 Error *error)
{
    json_t *record = NULL, *lines = NULL, *item = NULL;
    Verdicts verdicts;
    Error why;
    bool damaged = false;
    Status status = load_record(ledger, place, &record, error);
    if (status == STATUS_OK) {
        status = verdicts_load(ledger, place->path, place->sums, &lines, &why);
        damaged = status == STATUS_FORMAT;
        if (damaged) // shown, and decided no further
            lines = json_array();
        else if (status != STATUS_OK)
            error_set(error, status, "%s", why.text);
        status = damaged ? STATUS_OK : status;
    }
    if (status == STATUS_OK)
        status = load_item(ledger, place->number, &item, error);
    if (status == STATUS_OK) {
        verdicts_replay(lines, &verdicts);
        json_object_set_new(item, "verdicts", verdicts_json(lines));
        json_object_set_new(item, "damage", damaged ? json_string(why.text) : json_null());
        json_object_set_new(item, "actions",
                            damaged ? json_array() : actions_json(ledger, &verdicts, person));
        json_object_set_new(item, "media", media_json(ledger, place, record));
        json_object_set_new(item, "earlier", earlier_json(ledger, item, person));
        json_object_set(item, "record", record);
        *out = item;
    }
    json_decref(record);
    json_decref(lines);
    return status;
}

Status ledger_case(Ledger *ledger, const char *id, const Person *person, json_t **out, Error *error)
{
    Place place;
    *out = NULL;
    pthread_mutex_lock(&ledger->lock);
    Status status = find_place(ledger, id, person, &place, error);
    if (status == STATUS_OK)
        status = case_json(ledger, &place, person, out, error);
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

static void note_problem(void *context, const char *where, const char *sentence)
{
    (void)where;
    json_array_append_new(context, json_string(sentence));
}

// By the key that fits best: with that of a former installation its packs are as good.
Status ledger_integrity(Ledger *ledger, const char *id, const Person *person, json_t **out,
                        Error *error)
{
    Place place;
    *out = NULL;
    pthread_mutex_lock(&ledger->lock);
    Status status = find_place(ledger, id, person, &place, error);
    pthread_mutex_unlock(&ledger->lock);
    if (status != STATUS_OK)
        return status;
    json_t *problems = json_array();
    size_t count = 1;
    for (size_t i = 0; i < ledger->key_count && count; i++) {
        json_array_clear(problems);
        count = verify_pack(ledger->folder, place.path, &ledger->keys[i], note_problem, problems);
    }
    *out = json_pack("{s:b,s:o}", "intact", count == 0, "problems", problems);
    return STATUS_OK;
}

static bool listed(const json_t *record, const char *name)
{
    size_t i;
    const json_t *file;
    json_array_foreach(json_object_get(record, "files"), i, file)
    {
        const char *has = json_string_value(json_object_get(file, "name"));
        if (has && strcmp(has, name) == 0)
            return true;
    }
    return strcmp(name, "record.json") == 0 || strcmp(name, "SHA256SUMS") == 0 ||
           strcmp(name, "SHA256SUMS.minisig") == 0;
}

Status ledger_file(Ledger *ledger, const char *id, const char *name, const Person *person,
                   char path[PATH_SIZE], Error *error)
{
    Place place;
    json_t *record = NULL;
    pthread_mutex_lock(&ledger->lock);
    Status status = find_place(ledger, id, person, &place, error);
    if (status == STATUS_OK)
        status = load_record(ledger, &place, &record, error);
    pthread_mutex_unlock(&ledger->lock);
    // A record that names a path is none of ours: names have no slash.
    if (status == STATUS_OK &&
        (strchr(name, '/') || !listed(record, name) || !there(ledger, &place, name)))
        status = error_set(error, STATUS_MISSING, "没有这个文件：%.120s", name);
    if (status == STATUS_OK &&
        snprintf(path, PATH_SIZE, "%s/%s/%s", ledger->folder, place.path, name) >= PATH_SIZE)
        status = error_set(error, STATUS_ARGUMENT, "path too long");
    json_decref(record);
    return status;
}
