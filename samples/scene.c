#include "scene.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[KIND_COUNT] = {"car", "suv", "van", "pickup", "box", "flatbed", "tipper", "mixer", "semi", "bus"};
static const char *const plume_names[] = {"none", "black", "white", "dust", "spray"};

const char *vehicle_kind_name(VehicleKind kind)
{
    return kind_names[kind];
}

const char *vehicle_class_name(VehicleKind kind)
{
    return kind == KIND_BUS ? "bus" : kind >= KIND_BOX ? "lorry" : kind == KIND_VAN ? "van" : "car";
}

const char *plume_kind_name(PlumeKind kind)
{
    return kind == PLUME_SPRAY ? "white" : plume_names[kind];
}

void scene_default(Scene *s)
{
    *s = (Scene){.seed = 1, .condition = "day", .width = 1280, .height = 720, .fps = 25, .seconds = 10, .codec = "h264", .preset = "veryfast",
                 .crf = 24, .gop = 50, .camera_height = 6, .camera_pitch = 17, .camera_fov = 42, .camera_x = 3.5f, .shake_hz = 3, .lanes = 2,
                 .lanes_back = 2, .lane_width = 3.6f, .median = 3, .shoulder = 0.8f, .asphalt = 0.115f, .wear = 0.35f, .roadside = 1, .greenery = 0.8f,
                 .sun_azimuth = 140, .sun_elevation = 48, .sun = 0.7f, .haze = 0.1f, .light = 1, .exposure = 1.15f, .exposure_step = 1, .exposure_at = -1,
                 .contrast = 1, .noise = 1.2f, .sharpen = 0.8f, .vignette = 0.5f, .blur = 0.25f, .place = "建设路与神农路口", .when = "2026-11-23 10:15:00",
                 .airlight = 0.1f};
}

typedef enum KeyKind { KEY_FLOAT, KEY_INT, KEY_FLAG, KEY_TEXT, KEY_SEED } KeyKind;

typedef struct Key {
    const char *name;
    KeyKind kind;
    size_t offset;
    float min, max; // of KEY_TEXT: max is the room
    const char *help;
} Key;

#define AT(field) offsetof(Scene, field)
#define TEXT(field) AT(field), 0, sizeof(((Scene *)0)->field)

static const Key keys[] = {
    {"seed", KEY_SEED, AT(seed), 0, 0, "everything random follows from it"},
    {"condition", KEY_TEXT, TEXT(condition), "label for the truth file"},
    {"width", KEY_INT, AT(width), 64, 8192, "pixels, even"},
    {"height", KEY_INT, AT(height), 64, 8192, "pixels, even"},
    {"fps", KEY_FLOAT, AT(fps), 1, 120, "pictures per second"},
    {"seconds", KEY_FLOAT, AT(seconds), 0.04f, 36000, "length of the clip"},
    {"codec", KEY_TEXT, TEXT(codec), "h264 h265 mpeg4 mjpeg"},
    {"preset", KEY_TEXT, TEXT(preset), "of x264 and x265"},
    {"crf", KEY_INT, AT(crf), 0, 51, "quality when bitrate is 0"},
    {"bitrate", KEY_INT, AT(bitrate), 0, 200000, "kbit/s"},
    {"gop", KEY_INT, AT(gop), 1, 10000, "pictures from key frame to key frame"},
    {"bframes", KEY_INT, AT(bframes), 0, 16, "B-frames in a row"},
    {"full_range", KEY_FLAG, AT(full_range), 0, 1, "0..255 instead of 16..235"},
    {"camera_height", KEY_FLOAT, AT(camera_height), 0.5f, 100, "metres above the road"},
    {"camera_pitch", KEY_FLOAT, AT(camera_pitch), -20, 89, "degrees below the horizon"},
    {"camera_yaw", KEY_FLOAT, AT(camera_yaw), -180, 180, "degrees to the right of the direction of travel"},
    {"camera_roll", KEY_FLOAT, AT(camera_roll), -45, 45, "degrees"},
    {"camera_fov", KEY_FLOAT, AT(camera_fov), 3, 120, "horizontal field of view, degrees"},
    {"camera_x", KEY_FLOAT, AT(camera_x), -100, 100, "metres to the right of the carriageway's left edge"},
    {"shake", KEY_FLOAT, AT(shake), 0, 20, "rms pixels at 1280 wide"},
    {"shake_hz", KEY_FLOAT, AT(shake_hz), 0.01f, 30, "how fast"},
    {"lanes", KEY_INT, AT(lanes), 1, 6, "receding"},
    {"lanes_back", KEY_INT, AT(lanes_back), 0, 6, "approaching, on the left"},
    {"lane_width", KEY_FLOAT, AT(lane_width), 2.5f, 6, "metres"},
    {"median", KEY_FLOAT, AT(median), 0, 30, "metres between the carriageways; under 0.5: a double yellow line"},
    {"shoulder", KEY_FLOAT, AT(shoulder), 0, 10, "metres outside the edge line"},
    {"curve", KEY_FLOAT, AT(curve), -0.01f, 0.01f, "1/radius of the bend, to the right"},
    {"asphalt", KEY_FLOAT, AT(asphalt), 0.02f, 0.6f, "albedo of the dry road"},
    {"wear", KEY_FLOAT, AT(wear), 0, 1, "patches, cracks, worn paint"},
    {"wet", KEY_FLOAT, AT(wet), 0, 1, "0 dry .. 1 standing water"},
    {"roadside", KEY_INT, AT(roadside), 0, 4, "0 bare 1 hedge and trees 2 rail 3 noise barrier 4 fields"},
    {"greenery", KEY_FLOAT, AT(greenery), 0, 1, "how much grows there"},
    {"sun_azimuth", KEY_FLOAT, AT(sun_azimuth), -360, 360, "degrees clockwise from the direction of travel"},
    {"sun_elevation", KEY_FLOAT, AT(sun_elevation), 1, 90, "degrees"},
    {"sun", KEY_FLOAT, AT(sun), 0, 0.9f, "share of the light that comes from the sun"},
    {"haze", KEY_FLOAT, AT(haze), 0, 1, "softness of shadows"},
    {"light", KEY_FLOAT, AT(light), 0, 4, "1 = day, 0.002 = night"},
    {"lamps", KEY_FLOAT, AT(lamps), 0, 4, "street lamps"},
    {"headlights", KEY_FLAG, AT(headlights), 0, 1, "vehicles' lights are on"},
    {"fog", KEY_FLOAT, AT(fog), 0, 0.2f, "extinction per metre"},
    {"cloud_speed", KEY_FLOAT, AT(cloud_speed), 0, 60, "m/s of passing cloud edges, 0 = none"},
    {"wind_x", KEY_FLOAT, AT(wind_x), -15, 15, "m/s to the right"},
    {"wind_y", KEY_FLOAT, AT(wind_y), -15, 15, "m/s along the road"},
    {"sway", KEY_FLOAT, AT(sway), 0, 2, "metres that tree shadows move"},
    {"rain", KEY_FLOAT, AT(rain), 0, 1, "streaks in the air"},
    {"spray", KEY_FLOAT, AT(spray), 0, 3, "water that wheels throw up"},
    {"exposure", KEY_FLOAT, AT(exposure), 0.01f, 1000, "1.15 = well exposed by day"},
    {"exposure_step", KEY_FLOAT, AT(exposure_step), 0.1f, 10, "factor of a jump of the auto exposure"},
    {"exposure_at", KEY_FLOAT, AT(exposure_at), -1, 36000, "seconds; negative: no jump"},
    {"exposure_drift", KEY_FLOAT, AT(exposure_drift), 0, 0.9f, "slow change, +- fraction"},
    {"contrast", KEY_FLOAT, AT(contrast), 0.3f, 3, "of the tone curve; 1 = BT.709"},
    {"tone_drift", KEY_FLOAT, AT(tone_drift), 0, 0.5f, "slow change of contrast, +- fraction"},
    {"noise", KEY_FLOAT, AT(noise), 0, 40, "sigma in 8-bit steps"},
    {"sharpen", KEY_FLOAT, AT(sharpen), 0, 2, "of the camera"},
    {"vignette", KEY_FLOAT, AT(vignette), 0, 1, "darker corners"},
    {"blur", KEY_FLOAT, AT(blur), 0, 1.3f, "soft lens"},
    {"place", KEY_TEXT, TEXT(place), "text in the picture"},
    {"when", KEY_TEXT, TEXT(when), "YYYY-MM-DD HH:MM:SS of the first picture, shown as text; empty: no clock"},
    {"airlight", KEY_FLOAT, AT(airlight), 0, 1, "radiance of black smoke relative to the road"},
};

void scene_keys(FILE *out)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].kind == KEY_TEXT || keys[i].kind == KEY_SEED)
            fprintf(out, "  %-15s %s\n", keys[i].name, keys[i].help);
        else
            fprintf(out, "  %-15s %s (%g .. %g)\n", keys[i].name, keys[i].help, (double)keys[i].min, (double)keys[i].max);
    }
    fprintf(out, "  vehicle         class=car|suv|van|pickup|box|flatbed|tipper|mixer|semi|bus lane=N start=S speed=KMH [grade=G] [plume=black|white|dust]\n"
                 "                  [color=RRGGBB] [dirt=0..1] [plate=TEXT] [plate_color=blue|yellow|green|yellowgreen|white] [rows=2] [stop_at=M]\n"
                 "                  [stop_for=S] [seed=N]; lane 0 is the receding lane next to the middle, -1 the approaching one\n");
}

static Status set_number(Scene *scene, const Key *key, const char *value, Error *error)
{
    char *end;
    errno = 0;
    if (key->kind == KEY_SEED) {
        uint64_t seed = strtoull(value, &end, 10);
        if (errno || *end || end == value)
            return error_set(error, STATUS_ARGUMENT, "%s = %s: a whole number is needed", key->name, value);
        memcpy((char *)scene + key->offset, &seed, sizeof seed);
        return STATUS_OK;
    }
    float number = strtof(value, &end);
    if (errno || *end || end == value || !(number >= key->min && number <= key->max))
        return error_set(error, STATUS_ARGUMENT, "%s = %s: a number from %g to %g is needed", key->name, value, (double)key->min, (double)key->max);
    void *target = (char *)scene + key->offset;
    if (key->kind == KEY_FLOAT)
        memcpy(target, &number, sizeof number);
    else if (key->kind == KEY_INT)
        memcpy(target, &(int){(int)number}, sizeof(int));
    else
        memcpy(target, &(bool){number > 0.5f}, sizeof(bool));
    return STATUS_OK;
}

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

static Status set_vehicle_word(SceneVehicle *v, const char *name, const char *value, Error *error)
{
    if (!strcmp(name, "class") || !strcmp(name, "plume")) {
        bool class = name[0] == 'c';
        int index = class ? index_of(kind_names, KIND_COUNT, value) : index_of(plume_names, 5, value);
        if (index < 0)
            return error_set(error, STATUS_ARGUMENT, "vehicle: %s=%s is not known", name, value);
        if (class)
            v->kind = (VehicleKind)index;
        else
            v->plume = (PlumeKind)index;
        return STATUS_OK;
    }
    if (!strcmp(name, "plate")) {
        snprintf(v->plate, sizeof v->plate, "%s", value);
        return STATUS_OK;
    }
    if (!strcmp(name, "plate_color")) {
        snprintf(v->plate_color, sizeof v->plate_color, "%.7s", value);
        return STATUS_OK;
    }
    char *end;
    if (!strcmp(name, "color")) {
        unsigned long rgb = strtoul(value, &end, 16);
        if (*end || end == value)
            return error_set(error, STATUS_ARGUMENT, "vehicle: color=%s: RRGGBB in hexadecimal is needed", value);
        v->color = color(powf((float)(rgb >> 16 & 255) / 255, 2.2f), powf((float)(rgb >> 8 & 255) / 255, 2.2f), powf((float)(rgb & 255) / 255, 2.2f));
        return STATUS_OK;
    }
    float number = strtof(value, &end);
    if (*end || end == value)
        return error_set(error, STATUS_ARGUMENT, "vehicle: %s=%s: a number is needed", name, value);
    const struct { const char *name; float *target; float min, max; } numbers[] = {
        {"start", &v->start, -600, 36000}, {"speed", &v->speed, 1, 200}, {"grade", &v->grade, 0, 5}, {"dirt", &v->dirt, 0, 1},
        {"stop_at", &v->stop_at, 0, 300}, {"stop_for", &v->stop_for, 0, 3600}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(name, numbers[i].name)) {
            if (!(number >= numbers[i].min && number <= numbers[i].max))
                return error_set(error, STATUS_ARGUMENT, "vehicle: %s=%s: %g to %g", name, value, (double)numbers[i].min, (double)numbers[i].max);
            *numbers[i].target = number;
            return STATUS_OK;
        }
    if (!strcmp(name, "lane"))
        v->lane = (int)number;
    else if (!strcmp(name, "seed"))
        v->seed = (uint32_t)number;
    else if (!strcmp(name, "rows"))
        v->plate_two_rows = number > 1.5f;
    else
        return error_set(error, STATUS_ARGUMENT, "vehicle: no such word: %s", name);
    return STATUS_OK;
}

static Status add_vehicle(Scene *scene, const char *words, Error *error)
{
    if (scene->vehicle_count == SCENE_MAX_VEHICLES)
        return error_set(error, STATUS_ARGUMENT, "more than %d vehicles", SCENE_MAX_VEHICLES);
    SceneVehicle v = {.speed = 50, .plume = PLUME_BLACK, .dirt = 0.4f, .color = color(0.5f, 0.5f, 0.5f),
                      .seed = (uint32_t)hash64(scene->seed + 1000 + (uint64_t)scene->vehicle_count)};
    char copy[512], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
        char *equals = strchr(word, '=');
        if (!equals)
            return error_set(error, STATUS_ARGUMENT, "vehicle: \"%s\" is no name=value", word);
        *equals = 0;
        Status status = set_vehicle_word(&v, word, equals + 1, error);
        if (status != STATUS_OK)
            return status;
    }
    if (v.lane >= scene->lanes || v.lane < -scene->lanes_back)
        return error_set(error, STATUS_ARGUMENT, "vehicle: lane %d does not exist: -%d to %d", v.lane, scene->lanes_back, scene->lanes - 1);
    scene->vehicles[scene->vehicle_count++] = v;
    return STATUS_OK;
}

Status scene_set(Scene *scene, const char *name, const char *value, Error *error)
{
    if (!strcmp(name, "vehicle"))
        return add_vehicle(scene, value, error);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, name))
            continue;
        if (keys[i].kind != KEY_TEXT)
            return set_number(scene, &keys[i], value, error);
        if ((float)strlen(value) >= keys[i].max)
            return error_set(error, STATUS_ARGUMENT, "%s: the text is too long", name);
        strcpy((char *)scene + keys[i].offset, value);
        return STATUS_OK;
    }
    return error_set(error, STATUS_ARGUMENT, "no such key: %s", name);
}

static char *trimmed(char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = 0;
    return text;
}

Status scene_read(Scene *scene, const char *path, Error *error)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return error_set_errno(error, "%s", path);
    char buffer[1024];
    Status status = STATUS_OK;
    for (int line = 1; status == STATUS_OK && fgets(buffer, sizeof buffer, file); line++) {
        char *text = trimmed(buffer), *equals = strchr(text, '=');
        Error inner;
        if (!*text || *text == '#')
            continue;
        if (!equals) {
            status = error_set(error, STATUS_ARGUMENT, "%s:%d: \"%s\" is no \"key = value\"", path, line, text);
            break;
        }
        *equals = 0;
        if (scene_set(scene, trimmed(text), trimmed(equals + 1), &inner) != STATUS_OK)
            status = error_set(error, STATUS_ARGUMENT, "%s:%d: %s", path, line, inner.text);
    }
    fclose(file);
    return status;
}

static unsigned hex_of(Color c)
{
    unsigned rgb = 0;
    const float v[3] = {c.r, c.g, c.b};
    for (int i = 0; i < 3; i++)
        rgb = rgb << 8 | (unsigned)lrintf(255 * powf(clampf(v[i], 0, 1), 1 / 2.2f));
    return rgb;
}

void scene_write(const Scene *s, FILE *out)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *at = (const char *)s + keys[i].offset;
        fprintf(out, "%s = ", keys[i].name);
        if (keys[i].kind == KEY_FLOAT)
            fprintf(out, "%.9g\n", (double)*(const float *)at);
        else if (keys[i].kind == KEY_INT)
            fprintf(out, "%d\n", *(const int *)at);
        else if (keys[i].kind == KEY_FLAG)
            fprintf(out, "%d\n", *(const bool *)at);
        else if (keys[i].kind == KEY_SEED)
            fprintf(out, "%llu\n", (unsigned long long)*(const uint64_t *)at);
        else
            fprintf(out, "%s\n", at);
    }
    for (int i = 0; i < s->vehicle_count; i++) {
        const SceneVehicle *v = &s->vehicles[i];
        fprintf(out, "vehicle = class=%s lane=%d start=%.9g speed=%.9g grade=%.9g plume=%s color=%06x dirt=%.9g seed=%u", kind_names[v->kind], v->lane,
                (double)v->start, (double)v->speed, (double)v->grade, plume_names[v->plume], hex_of(v->color), (double)v->dirt, v->seed & 0xffffff);
        if (v->plate[0])
            fprintf(out, " plate=%s", v->plate);
        if (v->plate_color[0])
            fprintf(out, " plate_color=%s", v->plate_color);
        if (v->plate_two_rows)
            fprintf(out, " rows=2");
        if (v->stop_for > 0)
            fprintf(out, " stop_at=%.9g stop_for=%.9g", (double)v->stop_at, (double)v->stop_for);
        fprintf(out, "\n");
    }
}
