#include "app/done.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status mark_path(char out[PATH_SIZE], const char *folder, const Footage *footage,
                        Error *error)
{
    if (snprintf(out, PATH_SIZE, "%s/.heiyan/footage/%s-%s.json", folder, footage->fingerprint,
                 footage->camera) >= PATH_SIZE)
        return error_set(error, STATUS_ARGUMENT, "path too long: %.200s...", folder);
    return STATUS_OK;
}

// Any mark of the same bytes, whatever camera it names. NULL when there is none.
static json_t *load_any_mark(const char *folder, const Footage *footage)
{
    char marks[PATH_SIZE], path[PATH_SIZE];
    Names names;
    json_t *mark = NULL;
    if (path_join(marks, folder, ".heiyan/footage", NULL) != STATUS_OK || !file_exists(marks) ||
        folder_list(marks, &names, NULL) != STATUS_OK)
        return NULL;
    for (size_t i = 0; i < names.count && !mark; i++)
        if (strncmp(names.items[i], footage->fingerprint, SHA256_HEX_SIZE - 1) == 0 &&
            path_join(path, marks, names.items[i], NULL) == STATUS_OK)
            mark = json_load_file(path, 0, NULL);
    names_free(&names);
    return mark;
}

static json_t *load_mark(const char *folder, const Footage *footage)
{
    char path[PATH_SIZE];
    if (mark_path(path, folder, footage, NULL) == STATUS_OK && file_exists(path))
        return json_load_file(path, 0, NULL);
    // A camera guessed from the name says nothing against footage that was renamed.
    return footage->camera_guessed ? load_any_mark(folder, footage) : NULL;
}

static bool is_text(const json_t *mark, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(mark, name));
    return text && strcmp(text, value) == 0;
}

DoneState done_state(const char *folder, const Footage *footage, const char *settings_hash)
{
    json_t *mark = load_mark(folder, footage);
    bool same =
        is_text(mark, "version", HEIYAN_VERSION) && is_text(mark, "settings", settings_hash);
    DoneState state = !mark ? DONE_NOT : same ? DONE_SAME : DONE_CHANGED;
    json_decref(mark);
    return state;
}

static json_t *points_json(const Staged *staged)
{
    json_t *list = json_array();
    for (size_t i = 0; i < staged->point_count; i++) {
        const TrackPoint *point = &staged->points[i];
        json_array_append_new(list,
                              json_pack("[I,i,i,i,i]", (json_int_t)point->time_us, point->box.x,
                                        point->box.y, point->box.w, point->box.h));
    }
    return list;
}

Status done_mark(const char *folder, const Footage *footage, const char *settings_hash,
                 const UnitResult *result, char (*ids)[200], Error *error)
{
    char path[PATH_SIZE];
    json_t *events = json_array();
    for (size_t i = 0; i < result->event_count; i++)
        if (ids[i][0])
            json_array_append_new(events, json_pack("{s:s,s:o}", "id", ids[i], "points",
                                                    points_json(&result->events[i])));
    json_t *mark = json_pack("{s:s,s:I,s:s,s:s,s:o}", "name", path_base(footage->path), "size",
                             (json_int_t)footage->size, "version", HEIYAN_VERSION, "settings",
                             settings_hash, "events", events);
    char *text = mark ? json_dumps(mark, JSON_COMPACT) : NULL;
    json_decref(mark);
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = path_join(path, folder, ".heiyan/footage", error);
    if (status == STATUS_OK)
        status = folder_make(path, error);
    if (status == STATUS_OK)
        status = mark_path(path, folder, footage, error);
    if (status == STATUS_OK)
        status = file_write(path, text, strlen(text), error);
    free(text);
    return status;
}

Status done_points(const char *folder, const Footage *footage, TrackPoint **points, size_t *count,
                   Error *error)
{
    json_t *mark = load_mark(folder, footage), *events = json_object_get(mark, "events"), *event,
           *item;
    size_t i, n, room = 0;
    *count = 0;
    json_array_foreach(events, i, event) room += json_array_size(json_object_get(event, "points"));
    *points = calloc(room + 1, sizeof **points);
    if (!*points) {
        json_decref(mark);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    json_array_foreach(events, i, event)
        json_array_foreach(json_object_get(event, "points"), n, item)
    {
        json_int_t time_us;
        Box box;
        if (json_unpack(item, "[I,i,i,i,i]", &time_us, &box.x, &box.y, &box.w, &box.h) == 0)
            (*points)[(*count)++] = (TrackPoint){(int64_t)time_us, box, 0};
    }
    json_decref(mark);
    return STATUS_OK;
}
