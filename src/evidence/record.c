#include "evidence/record.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/stamp.h"
#include "road/sun.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A number with a fixed count of decimals, null for NaN: what is printed is what was rounded.
static json_t *number(double value, int decimals)
{
    if (isnan(value) || isinf(value))
        return json_null();
    double unit = pow(10, decimals);
    double rounded = round(value * unit) / unit;
    return json_real(rounded == 0 ? 0.0 : rounded);
}

static json_t *text(const char *value)
{
    return value && *value ? json_string(value) : json_null();
}

static json_t *box_json(Box box)
{
    return json_pack("[i,i,i,i]", box.x, box.y, box.w, box.h);
}

static json_t *time_json(int64_t time_us)
{
    return json_string(clock_text(time_us).rfc3339);
}

static json_t *site_json(const RecordSite *site)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "name", text(site->name), "device",
                     text(site->device), "place", text(site->place), "direction",
                     text(site->direction), "region", text(site->region), "latitude",
                     number(site->latitude, 6), "longitude", number(site->longitude, 6));
}

static json_t *source_json(const RecordSource *source, const Event *event, int64_t clip_start_us)
{
    static const char *const ranges[] = {"limited", "full"};
    static const char *const spaces[] = {"bt601", "bt709", "bt2020"};
    const SourceInfo *info = &source->info;
    double media = (double)(event->peak_us - source->first_frame_us) / 1e6;
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:i,s:i,s:o,s:s,s:s,s:s}", "name", text(source->name), "footage",
        text(source->footage), "media_time_s", number(media, 3), "clip_start",
        clip_start_us == INT64_MIN ? json_null() : time_json(clip_start_us), "width", info->width,
        "height", info->height, "fps", number(info->fps, 3), "codec", info->codec, "color_range",
        ranges[info->range], "color_space", spaces[info->space]);
}

static json_t *vehicle_json(const Event *event)
{
    return json_pack("{s:i,s:s,s:o,s:o,s:n}", "track", event->track, "class",
                     vehicle_class_name(event->class), "box", box_json(event->box), "speed_kmh",
                     number(event->speed_kmh, 1), "colour");
}

// What the density map shows of the picture, and how large it stands in density.png.
static json_t *map_json(const DensityMap *density)
{
    int width, height;
    if (!density->columns || !density->rows)
        return json_null();
    stamp_density_size(density, &width, &height);
    return json_pack("{s:o,s:[i,i]}", "area", box_json(density->area), "pixels", width, height);
}

static json_t *smoke_json(const Event *event)
{
    json_t *outline = json_array();
    for (size_t i = 0; i < event->outline_count; i++)
        json_array_append_new(outline,
                              json_pack("[i,i]", event->outline[i].x, event->outline[i].y));
    double grade = event->measurable ? 5 * event->opacity : NAN;
    return json_pack("{s:o,s:o,s:o,s:o,s:b,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:s?}", "ringelmann",
                     number(grade, 2), "opacity", number(event->opacity, 3), "opacity_max",
                     number(event->opacity_max, 3), "uncertainty", number(event->uncertainty, 3),
                     "measurable", event->measurable, "model", opacity_model_name(event->model),
                     "kind", smoke_kind_name(event->kind), "box", box_json(event->plume), "outline",
                     outline, "duration_s", number(event->duration_s, 2), "confidence",
                     number(event->confidence, 3), "score", number(event->score, 4), "map",
                     map_json(&event->density), "zone", event->zone[0] ? event->zone : NULL);
}

static json_t *baseline_json(const EventBaseline *baseline)
{
    return json_pack("{s:I,s:o,s:o,s:o,s:o}", "passages", (json_int_t)baseline->passages,
                     "quantile", number(baseline->quantile, 6), "threshold",
                     number(baseline->threshold, 4), "sensitivity",
                     number(baseline->sensitivity, 2), "size", text(baseline->size));
}

static json_t *characters_json(const Plate *plate)
{
    json_t *list = json_array();
    for (int i = 0; i < plate->character_count; i++) {
        const PlateCharacter *character = &plate->characters[i];
        json_t *alternatives = json_array();
        for (int n = 0; n < character->alternative_count; n++)
            json_array_append_new(alternatives, json_string(character->alternatives[n]));
        json_array_append_new(list, json_pack("{s:s,s:o,s:o}", "text", character->text,
                                              "confidence", number(character->confidence, 3),
                                              "alternatives", alternatives));
    }
    return list;
}

json_t *record_plate(const Plate *plate)
{
    if (!plate)
        return json_pack("{s:n,s:n,s:n,s:n,s:b,s:n,s:[],s:b,s:n,s:n}", "text", "shown", "colour",
                         "rows", "trailer", 0, "confidence", "characters", "painted", 0, "box",
                         "corners");
    json_t *corners = json_array();
    for (int i = 0; i < 4; i++)
        json_array_append_new(corners, json_pack("[o,o]", number(plate->corners[i][0], 1),
                                                 number(plate->corners[i][1], 1)));
    return json_pack("{s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:b,s:o,s:o}", "text", text(plate->text),
                     "shown", text(plate->shown), "colour", text(plate->colour), "rows",
                     plate->rows ? json_integer(plate->rows) : json_null(), "trailer",
                     plate->trailer, "confidence", number(plate->confidence, 3), "characters",
                     characters_json(plate), "painted", plate->painted, "box", box_json(plate->box),
                     "corners", corners);
}

static json_t *reasons_json(const Event *event)
{
    json_t *list = json_array();
    for (size_t i = 0; i < event->reason_count; i++) {
        char wording[160];
        reason_text(&event->reasons[i], wording, sizeof wording);
        json_array_append_new(list,
                              json_pack("{s:s,s:o,s:s}", "name", event->reasons[i].name, "value",
                                        number(event->reasons[i].value, 4), "text", wording));
    }
    return list;
}

static json_t *others_json(const Event *event)
{
    json_t *list = json_array();
    for (size_t i = 0; i < event->other_count; i++)
        json_array_append_new(list, json_pack("{s:i,s:s,s:o}", "track", event->others[i].track,
                                              "class", vehicle_class_name(event->others[i].class),
                                              "box", box_json(event->others[i].box)));
    return list;
}

static json_t *software_json(const RecordSoftware *software)
{
    json_t *models = json_object();
    for (size_t i = 0; i < software->model_count; i++)
        json_object_set_new(models, software->models[i].name,
                            json_string(software->models[i].sha256));
    return json_pack("{s:s,s:s,s:o}", "version", software->version, "settings_sha256",
                     software->settings_sha256, "models", models);
}

json_t *record_build(const RecordSite *site, const RecordSource *source,
                     const RecordSoftware *software, const Event *event, const Plate *plate,
                     int64_t clip_start_us)
{
    Sun sun = sun_at(event->peak_us, site->latitude, site->longitude);
    json_t *conditions = json_array();
    for (size_t i = 0; i < event->condition_count; i++)
        json_array_append_new(conditions, json_string(event->conditions[i]));
    if (sun_in_front(sun, site->heading))
        json_array_append_new(conditions, json_string("sun_in_front"));
    json_t *when =
        json_pack("{s:o,s:o,s:o,s:s,s:o}", "start", time_json(event->start_us), "peak",
                  time_json(event->peak_us), "end", time_json(event->end_us), "clock_source",
                  source->clock_source, "clock_offset_s", number(source->clock_offset_s, 3));
    return json_pack(
        "{s:s,s:n,s:o,s:{s:s,s:o,s:o},s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:{s:o,s:o},s:o,s:o,s:o,"
        "s:[],s:n,s:[]}",
        "schema", "heiyan.record.1", "id", "site", site_json(site), "camera", "id", site->camera,
        "role", text(site->role), "lane", text(site->lane), "time", when, "source",
        source_json(source, event, clip_start_us), "vehicle", vehicle_json(event), "smoke",
        smoke_json(event), "baseline", baseline_json(&event->baseline), "plate",
        record_plate(plate), "conditions", conditions, "sun", "azimuth", number(sun.azimuth, 1),
        "elevation", number(sun.elevation, 1), "reasons", reasons_json(event), "other_vehicles",
        others_json(event), "software", software_json(software), "files", "previous", "companions");
}

char *record_text(const json_t *record, size_t *size)
{
    char *dump = json_dumps(record, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    if (!dump)
        return NULL;
    size_t length = strlen(dump);
    char *line = realloc(dump, length + 2);
    if (!line) {
        free(dump);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    *size = length + 1;
    return line;
}

// What every field must be: 's' text, 'i' whole number, 'n' number, 'b' true or false, 'a' list,
// 'o' object, 't' a time; upper case where null is allowed too.
typedef struct Field {
    const char *path;
    char type;
} Field;

static const Field fields[] = {
    {"schema", 's'},
    {"id", 'S'},
    {"site", 'o'},
    {"site.name", 'S'},
    {"site.device", 'S'},
    {"site.place", 'S'},
    {"site.direction", 'S'},
    {"site.region", 'S'},
    {"site.latitude", 'N'},
    {"site.longitude", 'N'},
    {"camera", 'o'},
    {"camera.id", 's'},
    {"camera.role", 'S'},
    {"camera.lane", 'S'},
    {"time", 'o'},
    {"time.start", 't'},
    {"time.peak", 't'},
    {"time.end", 't'},
    {"time.clock_source", 's'},
    {"time.clock_offset_s", 'N'},
    {"source", 'o'},
    {"source.name", 'S'},
    {"source.media_time_s", 'N'},
    {"source.clip_start", 'T'},
    {"source.width", 'i'},
    {"source.height", 'i'},
    {"source.fps", 'N'},
    {"source.codec", 's'},
    {"source.color_range", 's'},
    {"source.color_space", 's'},
    {"vehicle", 'o'},
    {"vehicle.track", 'i'},
    {"vehicle.class", 's'},
    {"vehicle.box", 'a'},
    {"vehicle.speed_kmh", 'N'},
    {"vehicle.colour", 'S'},
    {"smoke", 'o'},
    {"smoke.ringelmann", 'N'},
    {"smoke.opacity", 'n'},
    {"smoke.opacity_max", 'n'},
    {"smoke.uncertainty", 'n'},
    {"smoke.measurable", 'b'},
    {"smoke.model", 's'},
    {"smoke.kind", 's'},
    {"smoke.box", 'a'},
    {"smoke.outline", 'a'},
    {"smoke.duration_s", 'n'},
    {"smoke.confidence", 'n'},
    {"smoke.score", 'n'},
    {"plate", 'o'},
    {"plate.text", 'S'},
    {"plate.shown", 'S'},
    {"plate.colour", 'S'},
    {"plate.rows", 'I'},
    {"plate.trailer", 'b'},
    {"plate.confidence", 'N'},
    {"plate.characters", 'a'},
    {"plate.box", 'A'},
    {"plate.corners", 'A'},
    {"conditions", 'a'},
    {"sun", 'o'},
    {"sun.azimuth", 'N'},
    {"sun.elevation", 'N'},
    {"reasons", 'a'},
    {"other_vehicles", 'a'},
    {"software", 'o'},
    {"software.version", 's'},
    {"software.settings_sha256", 's'},
    {"software.models", 'o'},
    {"files", 'a'},
    {"previous", 'S'},
};

static const json_t *at_path(const json_t *record, const char *path)
{
    char part[64];
    const char *dot = strchr(path, '.');
    if (!dot)
        return json_object_get(record, path);
    snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
    return json_object_get(json_object_get(record, part), dot + 1);
}

static bool fits(const json_t *value, char type)
{
    int64_t time_us;
    bool optional = type >= 'A' && type <= 'Z';
    if (!value)
        return false;
    if (json_is_null(value))
        return optional;
    switch (optional ? type - 'A' + 'a' : type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'n':
        return json_is_number(value);
    case 'b':
        return json_is_boolean(value);
    case 'a':
        return json_is_array(value);
    case 'o':
        return json_is_object(value);
    case 't':
        return json_is_string(value) && clock_parse(json_string_value(value), &time_us);
    default:
        return false;
    }
}

Status record_check(const json_t *record, Error *error)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!fits(at_path(record, fields[i].path), fields[i].type))
            return error_set(error, STATUS_FORMAT, "field %s is missing or of the wrong kind",
                             fields[i].path);
    const char *schema = json_string_value(json_object_get(record, "schema"));
    if (strcmp(schema, "heiyan.record.1") != 0)
        return error_set(error, STATUS_UNSUPPORTED,
                         "schema %s is not heiyan.record.1: made by another version?", schema);
    bool measurable = json_is_true(at_path(record, "smoke.measurable"));
    if (measurable == json_is_null(at_path(record, "smoke.ringelmann")))
        return error_set(error, STATUS_FORMAT,
                         "smoke.ringelmann must be null exactly when density is not measurable");
    return STATUS_OK;
}

void record_forgery_code(const json_t *record, char code[17])
{
    char text[1024], hex[SHA256_HEX_SIZE];
    size_t i, used = (size_t)snprintf(text, sizeof text, "%s",
                                      json_string_value(json_object_get(record, "id")));
    const json_t *file;
    json_array_foreach(json_object_get(record, "files"), i, file)
    {
        const char *role = json_string_value(json_object_get(file, "role")),
                   *hash = json_string_value(json_object_get(file, "sha256"));
        if (role && hash && strcmp(role, "panorama") == 0 && used + 64 < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", hash);
    }
    bytes_sha256(text, used, hex);
    snprintf(code, 17, "%.16s", hex);
}

Status record_load(const char *path, json_t **out, Error *error)
{
    *out = NULL;
    char *data;
    size_t size;
    Status status = file_read(path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    json_error_t where;
    json_t *record = json_loadb(data, size, JSON_REJECT_DUPLICATES, &where);
    free(data);
    if (!record)
        return error_set(error, STATUS_FORMAT, "%s:%d:%d: %s", path, where.line, where.column,
                         where.text);
    Error why;
    status = record_check(record, &why);
    if (status != STATUS_OK) {
        json_decref(record);
        return error_set(error, status, "%s: %s", path, why.text);
    }
    *out = record;
    return STATUS_OK;
}
