#include "app/settings_read.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status settings_load(Settings *out, const char *path, Error *error)
{
    *out = (Settings){.site = {.timezone = "Asia/Shanghai", .latitude = NAN, .longitude = NAN},
                      .review = {.repeat_times = rules_default.repeat_times,
                                 .repeat_months = rules_default.repeat_months,
                                 .deadline_days = rules_default.deadline_days,
                                 .listen = "127.0.0.1:8471"},
                      .plates = plate_models_default,
                      .defaults = camera_defaults};
    Status status = path ? settings_read(out, path, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = clock_set_zone(out->site.timezone, error);
    if (status != STATUS_OK)
        settings_free(out);
    return status;
}

Status settings_load_checked(Settings *out, const char *path, Error *error)
{
    Status status = settings_load(out, path, error);
    if (status != STATUS_OK)
        return status;
    status = plate_models_check(&out->plates, error);
    if (status != STATUS_OK)
        settings_free(out);
    return status;
}

static void free_areas(List *list)
{
    Area *areas = list->items;
    for (size_t i = 0; i < list->count; i++)
        free(areas[i].corners);
    free(list->items);
}

void settings_free(Settings *settings)
{
    CameraSettings *cameras = settings->cameras.items;
    for (size_t i = 0; i < settings->cameras.count; i++) {
        free_areas(&cameras[i].lanes);
        free_areas(&cameras[i].masks);
        free_areas(&cameras[i].zones);
    }
    free(settings->cameras.items);
    free(settings->review.columns.items);
    free(settings->plates.finder.columns.items);
    settings_outlets_free(&settings->outlets);
    for (size_t i = 0; i < settings->string_count; i++)
        free(settings->strings[i]);
    free(settings->strings);
    *settings = (Settings){0};
}

bool settings_has_camera(const Settings *settings, const char *id)
{
    return settings_camera(settings, id) != &settings->defaults;
}

const CameraSettings *settings_camera(const Settings *settings, const char *id)
{
    const CameraSettings *cameras = settings->cameras.items;
    for (size_t i = 0; i < settings->cameras.count; i++)
        if (strcmp(cameras[i].id, id) == 0)
            return &cameras[i];
    return &settings->defaults;
}

RoadOptions settings_road(const CameraSettings *camera)
{
    RoadOptions options = road_options_default();
    options.direction = strcmp(camera->judge, "both") == 0          ? ROAD_DIRECTION_BOTH
                        : strcmp(camera->judge, "approaching") == 0 ? ROAD_DIRECTION_APPROACHING
                                                                    : ROAD_DIRECTION_RECEDING;
    options.threshold = camera->threshold;
    options.min_ringelmann = camera->min_ringelmann;
    options.false_budget = camera->false_budget;
    _Static_assert(sizeof(Area) == sizeof(Lane), "an Area is handed on as a Lane");
    options.lanes = camera->lanes.items;
    options.lane_count = camera->lanes.count;
    options.masks = camera->masks.items;
    options.mask_count = camera->masks.count;
    options.zones = camera->zones.items;
    options.zone_count = camera->zones.count;
    return options;
}

bool settings_within_hours(const CameraSettings *camera, int64_t time_us)
{
    int hour = 0, minute = 0;
    if (!camera->hours)
        return true;
    sscanf(clock_text(time_us).rfc3339 + 11, "%2d:%2d", &hour, &minute);
    int now = 60 * hour + minute;
    for (const char *at = camera->hours; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        int a, b, c, d;
        if (sscanf(at, " %2d:%2d - %2d:%2d", &a, &b, &c, &d) != 4)
            continue;
        int from = 60 * a + b, to = 60 * c + d;
        if (from <= to ? now >= from && now < to : now >= from || now < to)
            return true;
    }
    return false;
}

const char *settings_lane(const CameraSettings *camera, double x, double y)
{
    const Area *lanes = camera->lanes.items;
    for (size_t i = 0; i < camera->lanes.count; i++) {
        const Lane lane = {lanes[i].name, (const float(*)[2])lanes[i].corners,
                           lanes[i].corner_count};
        if (lane.name && lane_covers(&lane, x, y))
            return lane.name;
    }
    return camera->lane;
}

bool settings_is_companion(const CameraSettings *camera)
{
    return strcmp(camera->role, "rear") != 0;
}

size_t settings_companions(const Settings *settings, const CameraSettings *camera,
                           Companion out[MAX_COMPANIONS])
{
    const CameraSettings *all = settings->cameras.items;
    size_t count = 0;
    if (!camera->set || settings_is_companion(camera))
        return 0;
    for (size_t i = 0; i < settings->cameras.count && count < MAX_COMPANIONS; i++) {
        if (!all[i].set || strcmp(all[i].set, camera->set) != 0 || !settings_is_companion(&all[i]))
            continue;
        Companion *companion = &out[count++];
        *companion = (Companion){.from_us = llround(all[i].window[0] * SECOND_US),
                                 .to_us = llround(all[i].window[1] * SECOND_US)};
        snprintf(companion->camera, sizeof companion->camera, "%s", all[i].id);
        snprintf(companion->role, sizeof companion->role, "%s", all[i].role);
    }
    return count;
}

RecordSite settings_site(const Settings *settings, const CameraSettings *camera, const char *id)
{
    return (RecordSite){
        .name = settings->site.name,
        .device = camera->device ? camera->device : settings->site.device,
        .place = camera->place ? camera->place : settings->site.place,
        .direction = camera->direction ? camera->direction : settings->site.direction,
        .region = camera->region ? camera->region : settings->site.region,
        .latitude = isnan(camera->latitude) ? settings->site.latitude : camera->latitude,
        .longitude = isnan(camera->longitude) ? settings->site.longitude : camera->longitude,
        .heading = camera->heading,
        .camera = id,
        .role = camera->role,
        .lane = camera->lane,
        .violation_text = settings->site.violation_text,
        .violation_code = settings->site.violation_code,
    };
}

Rules settings_rules(const Settings *settings)
{
    return (Rules){
        .two_step = settings->review.two_step,
        .repeat_times = settings->review.repeat_times,
        .repeat_months = settings->review.repeat_months,
        .deadline_days = settings->review.deadline_days,
        .local = settings->review.local_prefix,
    };
}

static void print_areas(FILE *out, const List *list)
{
    const Area *areas = list->items;
    for (size_t i = 0; i < list->count; i++) {
        fprintf(out, "|%s", areas[i].name ? areas[i].name : "");
        for (size_t n = 0; n < areas[i].corner_count; n++)
            fprintf(out, ",%.5f,%.5f", (double)areas[i].corners[n][0],
                    (double)areas[i].corners[n][1]);
    }
    fputc('\n', out);
}

static void print_companions(FILE *out, const Settings *settings, const CameraSettings *camera)
{
    Companion companions[MAX_COMPANIONS];
    size_t count = settings_companions(settings, camera, companions);
    for (size_t i = 0; i < count; i++) {
        const CameraSettings *other = settings_camera(settings, companions[i].camera);
        fprintf(out, "%s %s %.6f %.6f\n", other->id, other->role, other->window[0],
                other->window[1]);
        print_areas(out, &other->lanes);
        print_areas(out, &other->masks);
    }
}

void settings_hash(const Settings *settings, const CameraSettings *camera,
                   char hex[SHA256_HEX_SIZE])
{
    char *text = NULL;
    size_t size = 0;
    RecordSite site = settings_site(settings, camera, "");
    const char *parts[] = {site.name,           site.device,
                           site.place,          site.direction,
                           site.region,         site.role,
                           site.lane,           site.violation_text,
                           site.violation_code, settings->site.timezone,
                           camera->judge,       camera->clock,
                           camera->hours};
    hex[0] = '\0';
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        fprintf(out, "%s\n", parts[i] ? parts[i] : "");
    fprintf(out, "%.6f %.6f %.6f %.6f %.6f %.6f\n", site.latitude, site.longitude, site.heading,
            camera->threshold, camera->min_ringelmann, camera->false_budget);
    print_areas(out, &camera->lanes);
    print_areas(out, &camera->masks);
    if (camera->zones.count)
        print_areas(out, &camera->zones);
    print_companions(out, settings, camera);
    settings_print_models(out, settings);
    if (fclose(out) == 0)
        bytes_sha256(text, size, hex);
    free(text);
}

Status settings_columns(const Settings *settings, ExportTemplate *out, const char ***fields,
                        Error *error)
{
    const ColumnSettings *columns = settings->review.columns.items;
    size_t count = settings->review.columns.count;
    *fields = NULL;
    *out = (ExportTemplate){0};
    if (!count)
        return STATUS_OK;
    *fields = calloc(2 * (count + 1), sizeof **fields);
    if (!*fields)
        return error_set(error, STATUS_MEMORY, "out of memory");
    const char **captions = *fields + count + 1;
    for (size_t i = 0; i < count; i++) {
        (*fields)[i] = columns[i].field;
        captions[i] = columns[i].caption; // NULL: the ledger's own
    }
    *out = (ExportTemplate){.fields = *fields, .captions = captions};
    return STATUS_OK;
}
