#include "outlet/fields.h"

#include "base/clock.h"
#include "outlet/outlet.h"

#include <stdlib.h>
#include <string.h>

typedef struct Alias {
    const char *name, *path;
    json_t *(*make)(const json_t *record); // when it is no plain path
} Alias;

static const json_t *follow(const json_t *value, const char *path)
{
    char part[64];
    while (value && *path) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof part)
            return NULL;
        memcpy(part, path, length);
        part[length] = '\0';
        path += length + (path[length] == '.');
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
    }
    return value;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

// 过车时间 as the platforms write it: "2026-11-23 08:15:02.345".
static json_t *peak_spoken(const json_t *record)
{
    int64_t peak_us;
    const char *peak = json_string_value(follow(record, "time.peak"));
    return peak && clock_parse(peak, &peak_us) ? json_string(clock_text(peak_us).spoken)
                                               : json_null();
}

// 号牌种类, the code of GA/T 16.7 that follows from the colour; null where it does not.
static json_t *plate_kind(const json_t *record)
{
    static const char *const codes[][2] = {{"yellow", "01"}, {"blue", "02"}, {"green", "52"}};
    const char *colour = json_string_value(follow(record, "plate.colour"));
    if (json_is_true(follow(record, "plate.trailer")))
        return json_string("15");
    for (size_t i = 0; colour && i < sizeof codes / sizeof *codes; i++)
        if (strcmp(colour, codes[i][0]) == 0)
            return json_string(codes[i][1]);
    return json_null();
}

static json_t *file_of(const json_t *record, const char *role, size_t nth)
{
    size_t i;
    const json_t *file;
    json_array_foreach(json_object_get(record, "files"), i, file)
    {
        const char *has = json_string_value(json_object_get(file, "role"));
        if (has && strncmp(has, role, strlen(role)) == 0 && nth-- == 0)
            return text_or_null(json_string_value(json_object_get(file, "name")));
    }
    return json_null();
}

static json_t *picture_1(const json_t *record)
{
    return file_of(record, "panorama", 0);
}

static json_t *picture_2(const json_t *record)
{
    return file_of(record, "panorama", 1);
}

static json_t *picture_3(const json_t *record)
{
    return file_of(record, "panorama", 2);
}

static json_t *clip(const json_t *record)
{
    return file_of(record, "clip", 0);
}

static json_t *plate_picture(const json_t *record)
{
    return file_of(record, "plate", 0);
}

static const Alias aliases[] = {
    {"sbbh", "site.device", NULL},
    {"ddmc", "site.place", NULL},
    {"fxlx", "site.direction", NULL},
    {"cdh", "camera.lane", NULL},
    {"gcsj", NULL, peak_spoken},
    {"hphm", "plate.text", NULL},
    {"hpzl", NULL, plate_kind},
    {"hpys", "plate.colour", NULL},
    {"hpzxd", "plate.confidence", NULL},
    {"cllx", "vehicle.class", NULL},
    {"csys", "vehicle.colour", NULL},
    {"tp1", NULL, picture_1},
    {"tp2", NULL, picture_2},
    {"tp3", NULL, picture_3},
    {"dslx", NULL, clip},
    {"hptp", NULL, plate_picture},
};

static const Alias *find_alias(const char *field)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i].name, field) == 0)
            return &aliases[i];
    return NULL;
}

bool field_known(const char *field)
{
    static const char *const groups[] = {
        "schema",   "id",       "site",       "camera",      "time",  "source",  "vehicle",
        "smoke",    "plate",    "sun",        "conditions",  "files", "reasons", "other_vehicles",
        "software", "previous", "message_id", "message_kind"};
    size_t length = strcspn(field, ".");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strlen(groups[i]) == length && memcmp(groups[i], field, length) == 0)
            return true;
    return find_alias(field);
}

json_t *field_value(const json_t *record, const char *field)
{
    const Alias *alias = find_alias(field);
    if (alias && alias->make)
        return alias->make(record);
    const json_t *value = follow(record, alias ? alias->path : field);
    return value ? json_deep_copy(value) : json_null();
}

json_t *fields_apply(const json_t *record, const List *fields)
{
    const OutletField *rows = fields->items;
    bool has_id = false;
    if (!fields->count)
        return json_deep_copy(record);
    json_t *out = json_object();
    for (size_t i = 0; i < fields->count; i++) {
        const char *field = rows[i].field;
        has_id = has_id || strcmp(field, "message_id") == 0;
        json_object_set_new(out, rows[i].name ? rows[i].name : field, field_value(record, field));
    }
    if (!has_id)
        json_object_set_new(out, "message_id", field_value(record, "message_id"));
    return out;
}
