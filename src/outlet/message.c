#include "outlet/message.h"

#include "base/clock.h"
#include "outlet/fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_in(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

json_t *note_capture(const json_t *record, const char *place, const char *seal)
{
    const char *id = text_in(record, "id");
    const char *camera = text_in(json_object_get(record, "camera"), "id");
    return json_pack("{s:s+,s:s,s:s?,s:s,s:s}", "id", id ? id : "", ":capture", "kind", "capture",
                     "camera", camera, "pack", place, "seal", seal);
}

static json_t *degrees(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

json_t *note_health(const HealthChange *change)
{
    char id[160];
    const RecordSite *site = change->site;
    ClockText when = clock_text(change->time_us);
    snprintf(id, sizeof id, "%.60s_%s:health", change->camera, when.compact);
    json_t *body = json_pack(
        "{s:s,s:{s:s?,s:s?,s:s?,s:s?,s:s?,s:o,s:o},s:{s:s,s:s?,s:s?},s:s,s:s,s:s?}", "schema",
        "heiyan.health.1", "site", "name", site->name, "device", site->device, "place", site->place,
        "direction", site->direction, "region", site->region, "latitude", degrees(site->latitude),
        "longitude", degrees(site->longitude), "camera", "id", change->camera, "role", site->role,
        "lane", site->lane, "time", when.rfc3339, "state", change->state, "reason",
        change->reason && *change->reason ? change->reason : NULL);
    return json_pack("{s:s,s:s,s:s,s:o}", "id", id, "kind", "health", "camera", change->camera,
                     "body", body);
}

const char *note_seal(const json_t *note)
{
    return text_in(note, "seal");
}

const char *note_id(const json_t *note)
{
    const char *id = text_in(note, "id");
    return id ? id : "?";
}

static void add_picture(OutletMessage *out, const json_t *file)
{
    const char *name = text_in(file, "name"), *role = text_in(file, "role");
    if (!name || !role || out->picture_count == OUTLET_PICTURES || strchr(name, '/') ||
        (strcmp(role, "panorama") != 0 && strcmp(role, "composite") != 0 &&
         strcmp(role, "plate") != 0))
        return;
    OutletPicture *picture = &out->pictures[out->picture_count];
    snprintf(picture->name, sizeof picture->name, "%.*s", (int)strcspn(name, "."), name);
    if (path_join(picture->path, out->folder, name, NULL) == STATUS_OK &&
        file_exists(picture->path)) // retention may have removed it
        out->picture_count++;
}

static Status find_pictures(OutletMessage *out, const json_t *record, Error *error)
{
    size_t i;
    const json_t *file;
    out->pictures = calloc(OUTLET_PICTURES, sizeof *out->pictures);
    if (!out->pictures)
        return error_set(error, STATUS_MEMORY, "out of memory");
    json_array_foreach(json_object_get(record, "files"), i, file)
    {
        add_picture(out, file);
    }
    return STATUS_OK;
}

static Status load_pack(OutletMessage *out, const json_t *note, const char *evidence,
                        const OutletOptions *options, json_t **record, Error *error)
{
    char path[PATH_SIZE];
    const char *place = text_in(note, "pack");
    if (!place || strstr(place, ".."))
        return error_set(error, STATUS_FORMAT, "a message that waits is damaged: it names no pack");
    Status status = path_join(out->folder, evidence, place, error);
    if (status == STATUS_OK)
        status = path_join(path, out->folder, "record.json", error);
    if (status == STATUS_OK && !file_exists(path))
        return error_set(error, STATUS_MISSING, "the pack %s is no longer there", place);
    if (status == STATUS_OK)
        status = record_load(path, record, error);
    if (status == STATUS_OK && options->pictures)
        status = find_pictures(out, *record, error);
    return status;
}

// The facts, named, in the order of the record.
static Status write_body(OutletMessage *out, json_t *facts, const List *fields, Error *error)
{
    json_object_set_new(facts, "message_id", json_string(out->id));
    json_object_set_new(facts, "message_kind", json_string(out->kind));
    json_t *named = fields_apply(facts, fields);
    out->body = named ? json_dumps(named, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(named);
    if (!out->body)
        return error_set(error, STATUS_MEMORY, "out of memory");
    out->size = strlen(out->body);
    return STATUS_OK;
}

Status message_make(OutletMessage *out, const json_t *note, const char *evidence,
                    const OutletOptions *options, Error *error)
{
    static const List whole = {0};
    const char *kind = text_in(note, "kind"), *camera = text_in(note, "camera");
    json_t *facts = NULL;
    Status status = STATUS_OK;
    *out = (OutletMessage){0};
    if (!text_in(note, "id") || !kind)
        return error_set(error, STATUS_FORMAT, "a message that waits is damaged");
    snprintf(out->id, sizeof out->id, "%s", note_id(note));
    snprintf(out->kind, sizeof out->kind, "%s", kind);
    snprintf(out->camera, sizeof out->camera, "%s", camera ? camera : "");
    bool capture = strcmp(kind, "capture") == 0;
    if (capture)
        status = load_pack(out, note, evidence, options, &facts, error);
    else if (!(facts = json_deep_copy(json_object_get(note, "body"))))
        status = error_set(error, STATUS_FORMAT, "a message that waits is damaged");
    if (status == STATUS_OK)
        status = write_body(out, facts, capture ? &options->fields : &whole, error);
    json_decref(facts);
    if (status != STATUS_OK)
        message_free(out);
    return status;
}

void message_free(OutletMessage *message)
{
    free(message->body);
    free(message->pictures);
    *message = (OutletMessage){0};
}
