// Plausible random scenes: one generator per condition on top of a common base.
#include "scene.h"

#include <string.h>

// New ones go last: a scene follows from its seed and its condition's place here.
static const char *const conditions[] = {"day", "shadow", "overcast", "noon", "dusk", "night", "rain", "wet", "dense", "stopgo", "shake", "exposure", "tone", "clouds",
                                         "trees", "dust", "vapour", "side", "overhead", "approach", "low", "far", "standing", "spray", NULL};

const char *const *scene_conditions(void)
{
    return conditions;
}

static Color paint_of(Rng *rng, bool heavy)
{
    static const Color light[] = {{0.72f, 0.72f, 0.72f}, {0.7f, 0.7f, 0.68f}, {0.03f, 0.03f, 0.033f}, {0.3f, 0.31f, 0.32f}, {0.03f, 0.05f, 0.11f},
                                  {0.25f, 0.02f, 0.02f}, {0.45f, 0.46f, 0.47f}, {0.12f, 0.1f, 0.07f}, {0.72f, 0.73f, 0.74f}};
    static const Color loads[] = {{0.62f, 0.61f, 0.57f}, {0.04f, 0.07f, 0.22f}, {0.3f, 0.04f, 0.03f}, {0.5f, 0.27f, 0.02f}, {0.05f, 0.14f, 0.1f},
                                  {0.4f, 0.4f, 0.4f}, {0.06f, 0.2f, 0.3f}, {0.58f, 0.56f, 0.5f}};
    Color c = heavy ? loads[rng_int(rng, 8)] : light[rng_int(rng, 9)];
    return color_scale(c, rng_range(rng, 0.8f, 1.1f));
}

static VehicleKind kind_of(Rng *rng, bool freight)
{
    static const VehicleKind heavy[] = {KIND_BOX, KIND_BOX, KIND_BOX, KIND_FLATBED, KIND_FLATBED, KIND_TIPPER, KIND_TIPPER, KIND_MIXER, KIND_SEMI, KIND_BUS};
    static const VehicleKind light[] = {KIND_CAR, KIND_CAR, KIND_CAR, KIND_SUV, KIND_SUV, KIND_VAN, KIND_PICKUP};
    return freight ? heavy[rng_int(rng, 10)] : light[rng_int(rng, 7)];
}

// One lane's vehicles, one after the other, none running into the one before it.
static void fill_lane(Scene *s, Rng *rng, int lane, float headway, float freight, float speed)
{
    float last_start = -60, last_speed = speed, time = -14 + rng_range(rng, 0, headway);
    while (time < s->seconds && s->vehicle_count < SCENE_MAX_VEHICLES) {
        SceneVehicle v = {.lane = lane, .plume = PLUME_BLACK, .seed = rng_next(rng) & 0xffffff};
        v.kind = kind_of(rng, rng_unit(rng) < freight);
        bool heavy = v.kind >= KIND_BOX;
        v.color = paint_of(rng, heavy);
        v.dirt = heavy ? rng_range(rng, 0.3f, 0.9f) : rng_range(rng, 0, 0.4f);
        v.speed = speed * rng_range(rng, 0.85f, 1.15f);
        // Receding: `start` is when the rear passes; the room in front is the length. Approaching: the front passes.
        float length = heavy ? 11 : 5.5f, gap = (length + 6) * 3.6f / v.speed + 1;
        v.start = fmaxf(time, last_start + gap);
        // A faster one must not catch up within 150 m.
        if (v.speed > last_speed)
            v.speed = fminf(v.speed, last_speed + 150 * 0.0f + 3 * (v.start - last_start - gap));
        v.speed = fmaxf(v.speed, 15);
        if (lane < 0) // they meet the far end first: same order, same rule
            v.speed = fminf(v.speed, speed);
        s->vehicles[s->vehicle_count++] = v;
        last_start = v.start;
        last_speed = v.speed;
        time = v.start + rng_range(rng, 0.4f, 1.6f) * headway;
    }
}

static void fill_traffic(Scene *s, Rng *rng, float headway, float freight, float speed)
{
    for (int lane = 0; lane < s->lanes; lane++)
        fill_lane(s, rng, lane, headway * rng_range(rng, 0.8f, 1.3f), lane == s->lanes - 1 ? freight * 1.3f : freight * 0.7f, speed * (1.1f - 0.1f * (float)lane));
    for (int lane = 1; lane <= s->lanes_back; lane++)
        fill_lane(s, rng, -lane, headway * rng_range(rng, 0.9f, 1.6f), freight, speed);
}

static void give_smoke(Scene *s, Rng *rng, float share, PlumeKind kind, float grade)
{
    static const float grades[] = {0.5f, 1, 1.5f, 2, 2, 2.5f, 3, 3, 3.5f, 4, 4.5f};
    int given = 0;
    for (int i = 0; i < s->vehicle_count; i++) {
        SceneVehicle *v = &s->vehicles[i];
        bool inside = v->start > -2 && v->start < s->seconds - 4;
        if (v->lane < 0 || !inside || v->kind == KIND_CAR)
            continue;
        float chance = v->kind >= KIND_BOX ? share * 1.6f : share * 0.7f;
        if (rng_unit(rng) < chance) {
            float random = grades[rng_int(rng, 11)];
            v->grade = grade >= 0 ? grade : random;
            v->plume = kind;
            given++;
        }
    }
    for (int i = 0; !given && i < s->vehicle_count; i++) {
        SceneVehicle *v = &s->vehicles[i];
        if (v->lane >= 0 && v->start > -2 && v->start < s->seconds - 4) {
            if (v->kind < KIND_BOX)
                v->kind = KIND_BOX;
            v->grade = grade >= 0 ? grade : 3;
            v->plume = kind;
            given = 1;
        }
    }
}

// A lorry that stops with its engine running, and what may be taken for its smoke: cars that pass beside it, in every
// second scene a clean lorry that stands beside it, in every third a cloud's shadow.
static void fill_standing(Scene *s, Rng *rng, float grade)
{
    static const float grades[] = {1.5f, 2, 2.5f, 3, 4};
    int lane = rng_int(rng, 2);
    s->lanes = 2;
    s->camera_x = s->lane_width * rng_range(rng, 0.8f, 1.6f);
    s->camera_yaw = rng_range(rng, -3, 3);
    SceneVehicle lorry = {.kind = KIND_BOX + rng_int(rng, 5), .lane = lane, .start = rng_range(rng, 3, 5), .speed = rng_range(rng, 22, 32),
                          .stop_at = rng_range(rng, 24, 34), .plume = PLUME_BLACK, .dirt = rng_range(rng, 0.3f, 0.9f), .seed = rng_next(rng) & 0xffffff};
    lorry.color = paint_of(rng, true);
    lorry.stop_for = fmaxf(8, s->seconds - lorry.start - rng_range(rng, 10, 13));
    float random = grades[rng_int(rng, 5)];
    s->vehicles[s->vehicle_count++] = lorry;
    if (rng_int(rng, 2)) {
        SceneVehicle other = lorry;
        other.kind = KIND_BOX + rng_int(rng, 5);
        other.lane = 1 - lane;
        other.start += rng_range(rng, 1, 3);
        other.stop_at += rng_range(rng, -2, 6);
        other.color = paint_of(rng, true);
        other.seed = rng_next(rng) & 0xffffff;
        s->vehicles[s->vehicle_count++] = other;
    } else {
        fill_lane(s, rng, 1 - lane, rng_range(rng, 4, 8), 0.2f, 45);
    }
    if (s->lanes_back)
        fill_lane(s, rng, -1, rng_range(rng, 4, 8), 0.3f, 45);
    if (rng_int(rng, 3) == 0)
        s->cloud_speed = rng_range(rng, 5, 12), s->sun = 0.7f;
    s->vehicles[0].grade = grade >= 0 ? grade : random;
}

static void base(Scene *s, Rng *rng)
{
    static const char *const places[] = {"建设路与神农路口", "长平公路12公里", "国道207黑烟抓拍点", "泫氏街东", "丹河路北向", "工业园区南门", "先锋街黑烟2"};
    s->camera_height = rng_range(rng, 5, 7);
    s->camera_pitch = rng_range(rng, 12, 22);
    s->camera_fov = rng_range(rng, 34, 52);
    s->camera_yaw = rng_range(rng, -5, 5);
    s->camera_roll = rng_range(rng, -0.8f, 0.8f);
    s->lanes = 1 + rng_int(rng, 3);
    s->lanes_back = rng_int(rng, 3);
    s->lane_width = rng_range(rng, 3.4f, 3.8f);
    s->median = rng_int(rng, 3) ? rng_range(rng, 1.2f, 4) : 0.3f;
    s->shoulder = rng_range(rng, 0.4f, 2.2f);
    s->curve = rng_int(rng, 3) ? 0 : rng_range(rng, -0.0015f, 0.0015f);
    s->camera_x = (float)s->lanes * s->lane_width * rng_range(rng, 0.4f, 0.8f);
    s->asphalt = rng_range(rng, 0.085f, 0.16f);
    s->wear = rng_range(rng, 0.1f, 0.9f);
    s->roadside = rng_int(rng, 5);
    s->greenery = rng_range(rng, 0.3f, 1);
    s->sun_azimuth = rng_range(rng, 0, 360);
    s->sun_elevation = rng_range(rng, 22, 62);
    s->sun = rng_range(rng, 0.45f, 0.82f);
    s->haze = rng_range(rng, 0.03f, 0.5f);
    s->wind_x = rng_range(rng, -1.5f, 1.5f);
    s->wind_y = rng_range(rng, -1.2f, 1.2f);
    s->exposure = clampf(rng_range(rng, 0.16f, 0.3f) / s->asphalt, 1.1f, 2.9f); // cameras expose for the road
    s->contrast = rng_range(rng, 0.95f, 1.15f);
    s->noise = rng_range(rng, 0.6f, 2);
    s->sharpen = rng_range(rng, 0.2f, 1.1f);
    s->vignette = rng_range(rng, 0.1f, 0.8f);
    s->blur = rng_range(rng, 0.1f, 0.6f);
    s->exposure_drift = rng_range(rng, 0, 0.05f);
    s->airlight = rng_range(rng, 0.08f, 0.2f);
    s->crf = 22 + rng_int(rng, 6);
    s->gop = rng_int(rng, 2) ? 50 : 25;
    s->shake = rng_int(rng, 3) ? 0 : rng_range(rng, 0.1f, 0.5f);
    snprintf(s->place, sizeof s->place, "%s", places[rng_int(rng, 7)]);
    snprintf(s->when, sizeof s->when, "2026-%02d-%02d %02d:%02d:%02d", 3 + rng_int(rng, 9), 1 + rng_int(rng, 28), 8 + rng_int(rng, 9), rng_int(rng, 60), rng_int(rng, 60));
}

static void by_light(Scene *s, Rng *rng, const char *c)
{
    if (!strcmp(c, "overcast") || !strcmp(c, "rain") || !strcmp(c, "wet")) {
        s->sun = rng_range(rng, 0, 0.12f);
        s->haze = 0.9f;
    } else if (!strcmp(c, "shadow")) { // long hard shadows across the lanes
        s->sun = 0.8f;
        s->haze = 0.03f;
        s->sun_elevation = rng_range(rng, 18, 35);
        s->sun_azimuth = rng_range(rng, 0, 1) < 0.5f ? rng_range(rng, 50, 150) : rng_range(rng, 210, 310);
    } else if (!strcmp(c, "noon")) {
        s->sun = 0.85f;
        s->sun_elevation = rng_range(rng, 62, 76);
        s->haze = 0.02f;
    } else if (!strcmp(c, "dusk")) {
        s->sun = rng_range(rng, 0.2f, 0.6f);
        s->sun_elevation = rng_range(rng, 5, 14);
        s->light = rng_range(rng, 0.1f, 0.4f);
        s->exposure = rng_range(rng, 1.5f, 2.4f) / s->light;
        s->noise = 3;
        s->headlights = rng_int(rng, 2);
    } else if (!strcmp(c, "night")) {
        s->light = rng_range(rng, 0.004f, 0.02f);
        s->sun = 0;
        s->roadside = 1 + rng_int(rng, 3);
        s->lamps = rng_range(rng, 0.5f, 1.5f);
        s->headlights = true;
        s->exposure = rng_range(rng, 1.6f, 3);
        s->noise = rng_range(rng, 3, 7);
        s->blur = 0.7f;
    }
    if (!strcmp(c, "dusk") || !strcmp(c, "night"))
        snprintf(s->when + 11, sizeof s->when - 11, "%02d:%02d:%02d", !strcmp(c, "dusk") ? 17 : 19 + rng_int(rng, 4), rng_int(rng, 60), rng_int(rng, 60));
    if (!strcmp(c, "rain") || !strcmp(c, "wet")) {
        s->wet = rng_range(rng, 0.5f, 1);
        s->spray = rng_range(rng, 0.4f, 1);
        s->rain = !strcmp(c, "rain") ? rng_range(rng, 0.3f, 1) : 0;
        s->light = 0.6f;
        s->exposure = rng_range(rng, 1.3f, 2.0f);
        s->headlights = rng_int(rng, 2);
        s->fog = !strcmp(c, "rain") ? rng_range(rng, 0.001f, 0.006f) : 0;
    }
}

// A road that heavy rain has just left: fast wheels throw up more than anywhere in "wet".
static void by_spray(Scene *s, Rng *rng)
{
    s->wet = rng_range(rng, 0.6f, 1);
    s->spray = rng_range(rng, 1.2f, 2.2f);
    s->sun = rng_range(rng, 0, 0.15f);
    s->haze = 0.9f;
    s->light = 0.6f;
    s->exposure = rng_range(rng, 1.2f, 1.8f);
}

static void by_view(Scene *s, Rng *rng, const char *c)
{
    if (!strcmp(c, "low")) {
        s->camera_height = rng_range(rng, 3, 4);
        s->camera_pitch = rng_range(rng, 5, 9);
    } else if (!strcmp(c, "far")) {
        s->camera_height = rng_range(rng, 8, 12);
        s->camera_fov = rng_range(rng, 18, 28);
        s->camera_pitch = rng_range(rng, 10, 13);
    } else if (!strcmp(c, "overhead")) {
        s->camera_height = rng_range(rng, 11, 15);
        s->camera_pitch = rng_range(rng, 50, 70);
        s->camera_fov = 60;
    } else if (!strcmp(c, "side")) {
        s->camera_yaw = rng_int(rng, 2) ? rng_range(rng, 55, 80) : rng_range(rng, -80, -55);
        s->camera_x = s->camera_yaw > 0 ? -9 : (float)s->lanes * s->lane_width + 9;
        s->camera_height = rng_range(rng, 3, 5);
        // The road's middle lies a little below the picture's.
        float away = (9 + 0.5f * (float)s->lanes * s->lane_width) / sinf(fabsf(s->camera_yaw) * PI_F / 180);
        s->camera_pitch = atanf(s->camera_height / away) * 180 / PI_F - rng_range(rng, 1, 5);
        s->roadside = 0;
        s->lanes_back = 0;
        s->median = 0.3f;
    } else if (!strcmp(c, "approach")) {
        s->lanes = 1;
        s->lanes_back = 3;
        s->camera_x = -s->median - 1.5f * s->lane_width;
    }
}

static void by_trouble(Scene *s, Rng *rng, const char *c)
{
    if (!strcmp(c, "shake"))
        s->shake = rng_range(rng, 0.8f, 3), s->shake_hz = rng_range(rng, 1.5f, 6);
    else if (!strcmp(c, "exposure")) {
        s->exposure_at = rng_range(rng, 0.3f, 0.7f) * s->seconds;
        s->exposure_step = rng_int(rng, 2) ? rng_range(rng, 0.6f, 0.8f) : rng_range(rng, 1.25f, 1.5f);
        s->exposure_drift = 0.1f;
    } else if (!strcmp(c, "tone"))
        s->tone_drift = rng_range(rng, 0.08f, 0.2f);
    else if (!strcmp(c, "clouds"))
        s->cloud_speed = rng_range(rng, 5, 15), s->sun = 0.75f;
    else if (!strcmp(c, "trees")) {
        s->roadside = 1;
        s->greenery = 1;
        s->sway = rng_range(rng, 0.1f, 0.4f);
        s->sun = 0.78f;
        s->sun_azimuth = rng_int(rng, 2) ? rng_range(rng, 70, 110) : rng_range(rng, 250, 290);
        s->sun_elevation = rng_range(rng, 28, 45);
    }
}

Status scene_random(Scene *s, const char *condition, uint64_t seed, float seconds, int width, int height, float grade, Error *error)
{
    size_t known = 0;
    while (conditions[known] && strcmp(conditions[known], condition))
        known++;
    if (!conditions[known]) {
        char list[256] = "";
        for (size_t i = 0; conditions[i]; i++)
            snprintf(list + strlen(list), sizeof list - strlen(list), " %s", conditions[i]);
        return error_set(error, STATUS_ARGUMENT, "condition %s is not known:%s", condition, list);
    }
    scene_default(s);
    s->seed = seed;
    s->seconds = seconds;
    s->width = width;
    s->height = height;
    snprintf(s->condition, sizeof s->condition, "%s", condition);
    Rng rng = rng_make(seed, 1000 + known);
    base(s, &rng);
    by_light(s, &rng, condition);
    by_view(s, &rng, condition);
    by_trouble(s, &rng, condition);
    bool spray = !strcmp(condition, "spray");
    if (spray)
        by_spray(s, &rng);
    if (!strcmp(condition, "standing")) {
        fill_standing(s, &rng, grade);
        return STATUS_OK;
    }
    bool dense = !strcmp(condition, "dense") || !strcmp(condition, "stopgo");
    float speed = dense ? 32 : spray ? rng_range(&rng, 65, 90) : rng_range(&rng, 35, 75);
    float freight = spray ? rng_range(&rng, 0.6f, 0.9f) : rng_range(&rng, 0.25f, 0.6f);
    float headway = dense ? 2.2f : rng_range(&rng, 3, 6);
    fill_traffic(s, &rng, headway, freight, speed);
    if (!strcmp(condition, "stopgo")) {
        for (int i = 0; i < s->vehicle_count; i++) {
            s->vehicles[i].speed = 25;
            s->vehicles[i].stop_at = 12 + 14 * (float)(i % 3);
            s->vehicles[i].stop_for = i % 3 ? 0 : 3;
        }
    }
    PlumeKind kind = !strcmp(condition, "vapour") ? PLUME_WHITE : !strcmp(condition, "dust") ? PLUME_DUST : PLUME_BLACK;
    give_smoke(s, &rng, 0.3f, kind, grade);
    return STATUS_OK;
}
