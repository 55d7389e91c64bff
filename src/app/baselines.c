#include "app/baselines.h"

#include "base/clock.h"
#include "base/log.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "heiyan.baseline.1"
#define LARGEST 1e9 // of any figure kept

static json_t *numbers(const float *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_real((double)values[i]));
    return list;
}

// A vehicle's four figures after the other's, the oldest first.
#define LOOK_FIGURES (sizeof(PerspectiveLook) / sizeof(float))

static json_t *looks_json(const Perspective *perspective)
{
    float figures[PERSPECTIVE_RECENT * LOOK_FIGURES], *next = figures;
    int first = perspective->count < PERSPECTIVE_RECENT ? 0 : perspective->next;
    for (int i = 0; i < perspective->count; i++) {
        PerspectiveLook look = perspective->looks[(first + i) % PERSPECTIVE_RECENT];
        *next++ = look.near_y;
        *next++ = look.far_y;
        *next++ = look.near_size;
        *next++ = look.far_size;
    }
    return numbers(figures, (size_t)(next - figures));
}

static json_t *days_json(const Baseline *baseline)
{
    json_t *list = json_array();
    for (int i = 0; i < BASELINE_DAYS && baseline->days[i].date[0]; i++) {
        const BaselineDay *day = &baseline->days[i];
        json_array_append_new(list, json_pack("{s:s,s:f,s:f,s:I,s:I}", "date", day->date,
                                              "watched_s", day->watched_s, "blind_s", day->blind_s,
                                              "passages", (json_int_t)day->passages, "captures",
                                              (json_int_t)day->captures));
    }
    return list;
}

char *baseline_text(const Baseline *baseline)
{
    const float *history = &baseline->history[0][0][0];
    // The ring from its oldest on.
    float scores[BASELINE_RECENT], rigid[BASELINE_RECENT];
    int first = baseline->recent < BASELINE_RECENT ? 0 : baseline->next;
    for (int i = 0; i < baseline->recent; i++) {
        scores[i] = baseline->scores[(first + i) % BASELINE_RECENT];
        rigid[i] = baseline->rigid[(first + i) % BASELINE_RECENT];
    }
    size_t recent = (size_t)baseline->recent;
    json_t *root = json_pack(
        "{s:s,s:i,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "schema", SCHEMA, "edition", BASELINE_EDITION,
        "coarse", baseline->coarse, "days", days_json(baseline), "scores", numbers(scores, recent),
        "rigid", numbers(rigid, recent), "widths", numbers(baseline->widths, BASELINE_BANDS),
        "looks", looks_json(&baseline->perspective), "history",
        numbers(history, sizeof baseline->history / sizeof *history));
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    return text;
}

// Between least and LARGEST, exactly or at most count of them. -1: something is wrong.
static int read_numbers(const json_t *list, float *out, size_t count, double least)
{
    size_t i;
    const json_t *number;
    if (!json_is_array(list) || json_array_size(list) > count)
        return -1;
    json_array_foreach(list, i, number)
    {
        double value = json_number_value(number);
        if (!json_is_number(number) || !(value >= least && value <= LARGEST))
            return -1;
        out[i] = (float)value;
    }
    return (int)json_array_size(list);
}

// Files of before vehicles were measured have none.
static bool read_looks(const json_t *list, Perspective *out)
{
    float figures[PERSPECTIVE_RECENT * LOOK_FIGURES];
    int count = list ? read_numbers(list, figures, PERSPECTIVE_RECENT * LOOK_FIGURES, -LARGEST) : 0;
    if (count < 0 || count % LOOK_FIGURES)
        return false;
    out->count = count / (int)LOOK_FIGURES;
    out->next = out->count % PERSPECTIVE_RECENT;
    for (int i = 0; i < out->count; i++) {
        const float *look = figures + i * LOOK_FIGURES;
        out->looks[i] = (PerspectiveLook){look[0], look[1], look[2], look[3]};
    }
    return true;
}

static bool read_days(const json_t *list, BaselineDay days[BASELINE_DAYS])
{
    size_t i;
    json_t *item;
    if (!json_is_array(list) || json_array_size(list) > BASELINE_DAYS)
        return false;
    json_array_foreach(list, i, item)
    {
        const char *date = NULL;
        double watched_s = -1, blind_s = -1;
        json_int_t passages = -1, captures = -1;
        if (json_unpack(item, "{s:s,s:F,s:F,s:I,s:I}", "date", &date, "watched_s", &watched_s,
                        "blind_s", &blind_s, "passages", &passages, "captures", &captures) != 0 ||
            !clock_is_date(date) || !(watched_s >= 0 && watched_s <= LARGEST) ||
            !(blind_s >= 0 && blind_s <= LARGEST) || passages < 0 || captures < 0 ||
            passages > LARGEST || captures > LARGEST)
            return false;
        days[i] = (BaselineDay){.watched_s = watched_s,
                                .blind_s = blind_s,
                                .passages = (uint32_t)passages,
                                .captures = (uint32_t)captures};
        snprintf(days[i].date, sizeof days[i].date, "%s", date);
    }
    return true;
}

static bool read_all(const json_t *root, Baseline *out)
{
    float *history = &out->history[0][0][0];
    int cells = (int)(sizeof out->history / sizeof *history);
    const json_t *coarse = json_object_get(root, "coarse");
    out->coarse = json_is_true(coarse);
    out->recent =
        read_numbers(json_object_get(root, "scores"), out->scores, BASELINE_RECENT, -LARGEST);
    out->next = out->recent % BASELINE_RECENT;
    return json_is_boolean(coarse) && out->recent >= 0 &&
           read_numbers(json_object_get(root, "rigid"), out->rigid, BASELINE_RECENT, -LARGEST) ==
               out->recent &&
           read_numbers(json_object_get(root, "widths"), out->widths, BASELINE_BANDS, 0) ==
               BASELINE_BANDS &&
           read_numbers(json_object_get(root, "history"), history, (size_t)cells, 0) == cells &&
           read_looks(json_object_get(root, "looks"), &out->perspective) &&
           read_days(json_object_get(root, "days"), out->days);
}

Status baseline_parse(Baseline *out, const char *text, size_t size, Error *error)
{
    *out = (Baseline){0};
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_int_t edition = json_integer_value(json_object_get(root, "edition"));
    Status status = STATUS_OK;
    if (!schema || !json_is_integer(json_object_get(root, "edition")))
        status = error_set(error, STATUS_FORMAT, "is damaged");
    else if (strcmp(schema, SCHEMA) != 0 || edition != BASELINE_EDITION)
        status = error_set(error, STATUS_FORMAT, "is of another version");
    else if (!read_all(root, out))
        status = error_set(error, STATUS_FORMAT, "is damaged");
    if (status != STATUS_OK)
        *out = (Baseline){0};
    json_decref(root);
    return status;
}

static Status file_of(const Identity *identity, const char *camera, char folder[PATH_SIZE],
                      char path[PATH_SIZE], Error *error)
{
    char name[96];
    snprintf(name, sizeof name, "%s.json", camera);
    Status status = path_join(folder, identity->folder, ".heiyan/baseline", error);
    return status == STATUS_OK ? path_join(path, folder, name, error) : status;
}

void baselines_load(const Identity *identity, const char *camera, Baseline *out)
{
    char folder[PATH_SIZE], path[PATH_SIZE], *text = NULL;
    size_t size;
    Error error, why;
    *out = (Baseline){0};
    if (file_of(identity, camera, folder, path, &error) != STATUS_OK || !file_exists(path))
        return;
    Status status = file_read(path, &text, &size, &error);
    if (status == STATUS_OK && baseline_parse(out, text, size, &why) != STATUS_OK)
        status = error_set(&error, STATUS_FORMAT, "%s %s", path, why.text);
    if (status != STATUS_OK)
        log_warning("%s: the history of its vehicles begins anew: %s", camera, error.text);
    free(text);
}

Status baselines_save(const Identity *identity, const char *camera, const Baseline *baseline,
                      Error *error)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    Status status = file_of(identity, camera, folder, path, error);
    if (status == STATUS_OK)
        status = folder_make(folder, error);
    char *text = status == STATUS_OK ? baseline_text(baseline) : NULL;
    if (status == STATUS_OK)
        status = text ? file_write(path, text, strlen(text), error)
                      : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    return status;
}
