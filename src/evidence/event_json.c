#include "evidence/event_json.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS 4000000 // of a density map

// JSON has no NaN.
static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static double real_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static json_t *box_json(Box box)
{
    return json_pack("[i,i,i,i]", box.x, box.y, box.w, box.h);
}

static bool box_of(json_t *json, Box *box)
{
    return json_unpack(json, "[i,i,i,i!]", &box->x, &box->y, &box->w, &box->h) == 0 &&
           box->w >= 0 && box->h >= 0;
}

// ---- there ----

static json_t *points_json(const Event *event)
{
    json_t *list = json_array();
    for (size_t i = 0; i < event->point_count; i++)
        json_array_append_new(list, json_pack("[I,o,o]", (json_int_t)event->points[i].time_us,
                                              box_json(event->points[i].box),
                                              real((double)event->points[i].depth)));
    return list;
}

static json_t *outline_json(const Event *event)
{
    json_t *list = json_array();
    for (size_t i = 0; i < event->outline_count; i++)
        json_array_append_new(list, json_pack("[i,i]", event->outline[i].x, event->outline[i].y));
    return list;
}

static json_t *density_json(const DensityMap *map)
{
    size_t count = (size_t)map->columns * (size_t)map->rows;
    char *hex = malloc(2 * count + 1);
    if (!hex)
        return NULL;
    sodium_bin2hex(hex, 2 * count + 1, map->cells, count);
    json_t *json =
        json_pack("{s:o,s:i,s:i,s:s}", "area", box_json(map->area), "columns", map->columns, "rows",
                  map->rows, "cells", hex);
    free(hex);
    return json;
}

static json_t *words_json(const Event *event)
{
    json_t *conditions = json_array(), *reasons = json_array(), *others = json_array();
    for (size_t i = 0; i < event->condition_count; i++)
        json_array_append_new(conditions, json_string(event->conditions[i]));
    for (size_t i = 0; i < event->reason_count; i++)
        json_array_append_new(
            reasons, json_pack("[s,o]", event->reasons[i].name, real(event->reasons[i].value)));
    for (size_t i = 0; i < event->other_count; i++)
        json_array_append_new(others, json_pack("[i,i,o]", event->others[i].track,
                                                (int)event->others[i].class,
                                                box_json(event->others[i].box)));
    return json_pack("{s:o,s:o,s:o}", "conditions", conditions, "reasons", reasons, "others",
                     others);
}

static json_t *baseline_json(const EventBaseline *baseline)
{
    return json_pack("{s:I,s:o,s:o,s:o,s:s?}", "passages", (json_int_t)baseline->passages,
                     "quantile", real(baseline->quantile), "threshold", real(baseline->threshold),
                     "sensitivity", real(baseline->sensitivity), "size", baseline->size);
}

json_t *event_to_json(const Event *event)
{
    json_t *smoke = json_pack(
        "{s:o,s:o,s:o,s:b,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "opacity", real(event->opacity),
        "opacity_max", real(event->opacity_max), "uncertainty", real(event->uncertainty),
        "measurable", event->measurable, "model", (int)event->model, "kind", (int)event->kind,
        "plume", box_json(event->plume), "outline", outline_json(event), "duration_s",
        real(event->duration_s), "confidence", real(event->confidence), "score", real(event->score),
        "density", density_json(&event->density));
    return json_pack("{s:I,s:I,s:I,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "start_us",
                     (json_int_t)event->start_us, "peak_us", (json_int_t)event->peak_us, "end_us",
                     (json_int_t)event->end_us, "track", event->track, "class", (int)event->class,
                     "speed_kmh", real(event->speed_kmh), "points", points_json(event), "box",
                     box_json(event->box), "smoke", smoke, "words", words_json(event), "baseline",
                     baseline_json(&event->baseline));
}

// ---- and back ----

static bool read_points(Event *event, const json_t *list)
{
    size_t i;
    json_t *item, *box, *depth;
    json_int_t time_us;
    event->points = calloc(json_array_size(list) + 1, sizeof *event->points);
    if (!event->points)
        return false;
    json_array_foreach(list, i, item)
    {
        TrackPoint *point = &event->points[i];
        if (json_unpack(item, "[I,o,o!]", &time_us, &box, &depth) != 0 || !box_of(box, &point->box))
            return false;
        point->time_us = time_us;
        point->depth = (float)real_of(depth);
        event->point_count++;
    }
    return event->point_count > 0;
}

static bool read_outline(Event *event, const json_t *list)
{
    size_t i;
    json_t *item;
    event->outline = calloc(json_array_size(list) + 1, sizeof *event->outline);
    if (!event->outline)
        return false;
    json_array_foreach(list, i, item)
    {
        if (json_unpack(item, "[i,i!]", &event->outline[i].x, &event->outline[i].y) != 0)
            return false;
        event->outline_count++;
    }
    return true;
}

static bool read_density(DensityMap *map, json_t *json)
{
    json_t *area;
    const char *hex;
    if (json_unpack(json, "{s:o,s:i,s:i,s:s}", "area", &area, "columns", &map->columns, "rows",
                    &map->rows, "cells", &hex) != 0 ||
        !box_of(area, &map->area) || map->columns < 0 || map->rows < 0 ||
        (map->columns && map->rows > MAX_CELLS / map->columns))
        return false;
    size_t count = (size_t)map->columns * (size_t)map->rows, got;
    map->cells = malloc(count + 1);
    return map->cells && strlen(hex) == 2 * count &&
           sodium_hex2bin(map->cells, count, hex, 2 * count, NULL, &got, NULL) == 0 && got == count;
}

static bool read_smoke(Event *event, json_t *json)
{
    int measurable, model, kind;
    json_t *plume, *outline, *density;
    if (json_unpack(json, "{s:b,s:i,s:i,s:o,s:o,s:o}", "measurable", &measurable, "model", &model,
                    "kind", &kind, "plume", &plume, "outline", &outline, "density",
                    &density) != 0 ||
        model < OPACITY_NONE || model > OPACITY_CONTRAST || kind < SMOKE_BLACK ||
        kind > SMOKE_UNCLEAR)
        return false;
    event->measurable = measurable;
    event->model = (OpacityModel)model;
    event->kind = (SmokeKind)kind;
    event->opacity = real_of(json_object_get(json, "opacity"));
    event->opacity_max = real_of(json_object_get(json, "opacity_max"));
    event->uncertainty = real_of(json_object_get(json, "uncertainty"));
    event->duration_s = real_of(json_object_get(json, "duration_s"));
    event->confidence = real_of(json_object_get(json, "confidence"));
    event->score = real_of(json_object_get(json, "score"));
    return box_of(plume, &event->plume) && read_outline(event, outline) &&
           read_density(&event->density, density);
}

static bool is_class(int class)
{
    return class >= VEHICLE_CAR && class <= VEHICLE_OTHER;
}

static bool read_words(Event *event, json_t *json)
{
    json_t *conditions, *reasons, *others, *item, *value, *box;
    size_t i;
    int class;
    if (json_unpack(json, "{s:o,s:o,s:o}", "conditions", &conditions, "reasons", &reasons, "others",
                    &others) != 0 ||
        json_array_size(conditions) > EVENT_MAX_CONDITIONS ||
        json_array_size(reasons) > EVENT_MAX_REASONS || json_array_size(others) > EVENT_MAX_OTHERS)
        return false;
    json_array_foreach(conditions, i, item)
    {
        if (!(event->conditions[event->condition_count++] = json_string_value(item)))
            return false;
    }
    json_array_foreach(reasons, i, item)
    {
        Reason *reason = &event->reasons[event->reason_count++];
        if (json_unpack(item, "[s,o!]", &reason->name, &value) != 0)
            return false;
        reason->value = real_of(value);
    }
    json_array_foreach(others, i, item)
    {
        OtherVehicle *other = &event->others[event->other_count++];
        if (json_unpack(item, "[i,i,o!]", &other->track, &class, &box) != 0 || !is_class(class) ||
            !box_of(box, &other->box))
            return false;
        other->class = (VehicleClass) class;
    }
    return true;
}

static void read_baseline(EventBaseline *baseline, const json_t *json)
{
    baseline->passages = (uint32_t)json_integer_value(json_object_get(json, "passages"));
    baseline->quantile = real_of(json_object_get(json, "quantile"));
    baseline->threshold = real_of(json_object_get(json, "threshold"));
    baseline->sensitivity = real_of(json_object_get(json, "sensitivity"));
    baseline->size = json_string_value(json_object_get(json, "size"));
}

Status event_from_json(Event *out, json_t *json, Error *error)
{
    json_int_t start_us, peak_us, end_us;
    json_t *points, *box, *smoke, *words;
    int class;
    *out = (Event){0};
    bool good =
        json_unpack(json, "{s:I,s:I,s:I,s:i,s:i,s:o,s:o,s:o,s:o}", "start_us", &start_us, "peak_us",
                    &peak_us, "end_us", &end_us, "track", &out->track, "class", &class, "points",
                    &points, "box", &box, "smoke", &smoke, "words", &words) == 0 &&
        is_class(class) && read_points(out, points) && box_of(box, &out->box) &&
        read_smoke(out, smoke) && read_words(out, words);
    if (!good) {
        event_free(out);
        return error_set(error, STATUS_FORMAT, "the facts of an open event are damaged");
    }
    out->start_us = start_us;
    out->peak_us = peak_us;
    out->end_us = end_us;
    out->class = (VehicleClass) class;
    read_baseline(&out->baseline, json_object_get(json, "baseline"));
    out->speed_kmh = real_of(json_object_get(json, "speed_kmh"));
    return STATUS_OK;
}
