#include "evidence/companion.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/pack.h"
#include "plate/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static double number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static json_t *time_json(int64_t time_us)
{
    return time_us == INT64_MIN ? json_null() : json_string(clock_text(time_us).rfc3339);
}

// ---- plates ----

// Every character of it is sure.
static bool surely_read(const json_t *plate)
{
    return *text_at(plate, "text") && *text_at(plate, "shown") &&
           !strchr(text_at(plate, "shown"), '?');
}

// Whether the readings cannot be of one vehicle: of as many characters, a place where both are sure
// and differ. A trailer has a plate of its own.
static bool contradicts(const json_t *rear, const json_t *other)
{
    const json_t *a = json_object_get(rear, "characters"),
                 *b = json_object_get(other, "characters");
    if (json_is_true(json_object_get(rear, "trailer")) ||
        json_is_true(json_object_get(other, "trailer")))
        return false;
    if (json_array_size(a) != json_array_size(b))
        return surely_read(rear) && surely_read(other);
    for (size_t i = 0; i < json_array_size(a); i++) {
        const json_t *x = json_array_get(a, i), *y = json_array_get(b, i);
        if (number_at(x, "confidence") >= PLATE_SURE && number_at(y, "confidence") >= PLATE_SURE &&
            strcmp(text_at(x, "text"), text_at(y, "text")) != 0)
            return true;
    }
    return false;
}

// The other camera's reading becomes the record's where it is the better one. Its place in the
// picture is not one in the rear's.
static void take_plate(json_t *record, const char *camera, const json_t *other)
{
    const json_t *rear = json_object_get(record, "plate");
    bool better = *text_at(other, "text") && !surely_read(rear) &&
                  (surely_read(other) || !*text_at(rear, "text"));
    if (!better)
        return;
    json_t *plate = json_deep_copy(other);
    json_object_set_new(plate, "box", json_null());
    json_object_set_new(plate, "corners", json_null());
    json_object_set_new(plate, "camera", json_string(camera));
    json_object_set_new(record, "plate", plate);
}

// ---- files ----

// What the names and roles of its files say of a camera.
static const char *kind_of(const CompanionSeen *seen)
{
    return strcmp(seen->role, "plate") == 0 ? "close" : "front";
}

static Status add_file(const char *folder, json_t *record, json_t *entry, const char *name,
                       const char *role, Picture *picture, Error *error)
{
    const json_t *site = json_object_get(record, "site");
    JpegTags tags = {NULL, text_at(site, "place"), text_at(site, "device"),
                     number_at(site, "latitude"), number_at(site, "longitude")};
    Status status = pack_write_jpeg(folder, name, picture, &tags, error);
    if (status != STATUS_OK)
        return status;
    json_array_append_new(json_object_get(record, "files"),
                          json_pack("{s:s,s:s,s:o,s:n}", "name", name, "role", role, "time",
                                    time_json(picture->time_us), "sha256"));
    json_array_append_new(json_object_get(entry, "files"), json_string(name));
    return STATUS_OK;
}

// nth: of the cameras of its kind, from 1.
static Status add_files(const char *folder, json_t *record, json_t *entry,
                        const CompanionSeen *seen, int nth, Error *error)
{
    const char *kind = kind_of(seen);
    char name[48], role[32], number[16] = "";
    snprintf(name, sizeof name, "panorama-%s-%d.jpg", kind, nth);
    snprintf(role, sizeof role, "%s-panorama", kind);
    Status status = add_file(folder, record, entry, name, role, seen->panorama, error);
    if (status != STATUS_OK || !seen->plate)
        return status;
    Picture *crop = pack_plate_crop(seen->plate_picture, seen->plate);
    if (!crop)
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (nth > 1)
        snprintf(number, sizeof number, "-%d", nth);
    snprintf(name, sizeof name, "plate-%s%s.jpg", kind, number);
    snprintf(role, sizeof role, "%s-plate", kind);
    status = add_file(folder, record, entry, name, role, crop, error);
    picture_unref(&crop);
    return status;
}

// ---- record ----

static const char *why_not(const json_t *record, const CompanionSeen *seen, const json_t *plate)
{
    if (seen->reason)
        return seen->reason;
    if (!seen->candidates)
        return "none";
    if (seen->candidates > 1)
        return "several";
    if (contradicts(json_object_get(record, "plate"), plate))
        return "other-plate";
    return seen->panorama ? NULL : "no-picture";
}

static json_t *entry_of(const CompanionSeen *seen, const char *reason, const json_t *plate)
{
    json_t *times = json_array();
    for (size_t i = 0; i < seen->candidates; i++)
        json_array_append_new(times, time_json(seen->times_us[i]));
    return json_pack(
        "{s:s,s:s,s:o,s:b,s:s?,s:i,s:o,s:[o,o],s:O,s:[]}", "camera", seen->camera, "role",
        seen->role, "time", reason ? json_null() : time_json(seen->panorama->time_us), "joined",
        !reason, "reason", reason, "candidates", (int)seen->candidates, "times", times, "window",
        time_json(seen->from_us), time_json(seen->to_us), "plate", plate, "files");
}

static Status add_one(const char *folder, json_t *record, const CompanionSeen *seen, int nth,
                      size_t *joined, Error *error)
{
    json_t *plate = record_plate(seen->candidates == 1 ? seen->plate : NULL);
    const char *reason = plate ? why_not(record, seen, plate) : NULL;
    json_t *entry = plate ? entry_of(seen, reason, plate) : NULL;
    Status status =
        entry ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory for the record");
    if (status == STATUS_OK && !reason) {
        status = add_files(folder, record, entry, seen, nth, error);
        take_plate(record, seen->camera, plate);
        ++*joined;
    }
    if (entry)
        json_array_append_new(json_object_get(record, "companions"), entry);
    json_decref(plate);
    return status;
}

Status companion_add(const char *folder, const CompanionSeen *seen, size_t count, size_t *joined,
                     Error *error)
{
    char path[PATH_SIZE];
    json_t *record = NULL;
    *joined = 0;
    Status status = path_join(path, folder, "record.json", error);
    if (status == STATUS_OK)
        status = record_load(path, &record, error);
    if (status != STATUS_OK)
        return status;
    json_object_set_new(record, "companions", json_array());
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        int nth = 1;
        for (size_t n = 0; n < i; n++)
            nth += strcmp(seen[n].role, seen[i].role) == 0;
        status = add_one(folder, record, &seen[i], nth, joined, error);
    }
    size_t size;
    char *text = status == STATUS_OK ? record_text(record, &size) : NULL;
    if (status == STATUS_OK && !text)
        status = error_set(error, STATUS_MEMORY, "out of memory for the record");
    if (status == STATUS_OK)
        status = file_write(path, text, size, error);
    free(text);
    json_decref(record);
    return status;
}
