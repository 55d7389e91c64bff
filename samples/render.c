#include "render.h"

#include "noise.h"
#include "render_private.h"

#include <stdlib.h>
#include <string.h>

static float *plane(size_t count)
{
    return calloc(count, sizeof(float));
}

static void set_light(Renderer *r)
{
    const Scene *s = &r->scene;
    Light *l = &r->light;
    float a = s->sun_azimuth * PI_F / 180, e = s->sun_elevation * PI_F / 180;
    l->sun = vec(sinf(a) * cosf(e), cosf(a) * cosf(e), sinf(e));
    float low = stepf(35, 3, s->sun_elevation); // a low sun is red, and weak
    Color tint = color_mix(color(1.06f, 1.0f, 0.92f), color(1.25f, 0.85f, 0.5f), low);
    // A flat white place gets 1 in all: sun share of it from the sun.
    l->sun_color = color_scale(tint, s->light * s->sun / fmaxf(l->sun.z, 0.22f));
    Color blue = color(0.86f, 1.0f, 1.22f), grey = color(0.97f, 1.0f, 1.05f);
    l->sky_color = color_scale(color_mix(grey, blue, s->sun), s->light * (1 - s->sun));
    l->zenith = color_mul(l->sky_color, color_mix(color(1.1f, 1.1f, 1.1f), color(0.6f, 0.85f, 1.25f), s->sun));
    l->horizon = color_scale(color_mix(l->sky_color, color_scale(color(1, 1, 1), s->light), 0.3f), 1.15f);
    l->ground = color(s->asphalt, s->asphalt, s->asphalt);
    l->haze = s->haze;
}

static void set_sources(Renderer *r)
{
    const Light *l = &r->light;
    Color lit = color_add(color_scale(l->sun_color, fmaxf(l->sun.z, 0)), l->sky_color);
    Color road = color_scale(lit, r->scene.asphalt * (1 - 0.45f * r->scene.wet));
    if (r->scene.lamps > 0)
        road = color_add(road, color_scale(color(1, 0.8f, 0.5f), 0.5f * r->scene.lamps * r->scene.asphalt));
    r->source[0] = color_scale(road, r->scene.airlight);
    r->source[1] = color_scale(lit, 0.75f);
    r->source[2] = color_mul(color(0.42f, 0.34f, 0.25f), lit);
    if (r->scene.lamps > 0)
        for (int i = 1; i < 3; i++)
            r->source[i] = color_add(r->source[i], color_scale(color(1, 0.8f, 0.5f), 0.1f * r->scene.lamps));
}

static void set_mirrored(Renderer *r)
{
    Color sky = light_sky(&r->light, vec_unit(vec(0, 1, 0.35f)));
    r->mirrored[0] = sky.r;
    r->mirrored[1] = sky.g;
    r->mirrored[2] = sky.b;
}

static void set_camera(Renderer *r)
{
    const Scene *s = &r->scene;
    r->margin = s->shake > 0 ? 4 + (int)ceilf(4 * s->shake * (float)s->width / 1280) : 0;
    r->width = s->width + 2 * r->margin;
    r->height = s->height + 2 * r->margin;
    r->camera = camera_make(vec(s->camera_x, 0, s->camera_height), s->camera_pitch, s->camera_yaw, s->camera_roll, s->camera_fov, s->width,
                            (float)r->width / 2, (float)r->height / 2);
    r->grid = r->width / 320 < 1 ? 1 : r->width / 320 > 8 ? 8 : r->width / 320;
    r->columns = (r->width + r->grid - 1) / r->grid;
    r->rows = (r->height + r->grid - 1) / r->grid;
}

static bool allocate(Renderer *r)
{
    size_t count = (size_t)r->width * (size_t)r->height, cells = (size_t)r->columns * (size_t)r->rows;
    size_t picture = (size_t)r->scene.width * (size_t)r->scene.height;
    bool good = true;
    for (int i = 0; i < 3; i++) {
        good &= (r->color[i] = plane(count)) != NULL;
        good &= (r->haze.depth[i] = plane(cells)) != NULL;
    }
    float **planes[] = {&r->sun, &r->sky, &r->clear, &r->veil};
    for (int i = 0; i < 4; i++)
        good &= (*planes[i] = plane(count)) != NULL;
    for (int i = 0; i < 5; i++)
        good &= (r->crop[i] = plane(picture)) != NULL;
    if (r->scene.wet > 0)
        good &= (r->body = calloc(count, 1)) != NULL;
    good &= (r->actors = calloc((size_t)r->scene.vehicle_count + 1, sizeof *r->actors)) != NULL;
    good &= (r->frame.vehicles = calloc((size_t)r->scene.vehicle_count + 1, sizeof *r->frame.vehicles)) != NULL;
    return good;
}

static bool make_actor(Renderer *r, int index)
{
    Actor *actor = &r->actors[index];
    const SceneVehicle *v = &r->scene.vehicles[index];
    if (!model_make(&actor->model, v))
        return false;
    Pose pose = traffic_pose(&r->scene, v, actor->model.length, v->start + (v->lane < 0 ? -1 : 1) * 25 * 3.6f / v->speed);
    if (!shadow_make(&actor->shadow, &actor->model, &r->light, pose.heading))
        return false;
    actor->smokes = v->grade > 0 && v->plume != PLUME_NONE;
    actor->sprays = r->scene.spray > 0 && r->scene.wet > 0;
    actor->touched = (Touched){r->columns, r->rows, 0, 0};
    if (actor->sprays) // heavy wheels at speed throw up most
        actor->mist = (PlumeSpec){.kind = PLUME_SPRAY, .seed = v->seed + 7u, .wind = vec(r->scene.wind_x, r->scene.wind_y, 0), .body_width = actor->model.width,
                                  .strength = 0.035f * r->scene.spray * (v->kind >= KIND_BOX ? 1 : 0.4f) * powf(v->speed / 60, 2)};
    if ((actor->smokes || actor->sprays) && !(actor->puffs = malloc(MAX_PUFFS * sizeof *actor->puffs)))
        return false;
    if (!actor->smokes)
        return true;
    actor->own = plane((size_t)r->columns * (size_t)r->rows);
    actor->plume = (PlumeSpec){.kind = v->plume, .strength = 1, .seed = v->seed, .wind = vec(r->scene.wind_x, r->scene.wind_y, 0),
                               .body_width = actor->model.width};
    float back = v->lane < 0 ? 1 : -1;
    actor->plume.jet = actor->model.pipe_side ? vec(3 * back, 0, 0.3f) : vec(0, 4 * back, 0);
    if (actor->own)
        actor->plume.strength = plume_calibrate(r, index);
    return actor->own;
}

Status renderer_create(Renderer **out, const Scene *scene, bool with_smoke, Error *error)
{
    *out = NULL;
    if (scene->width < 64 || scene->height < 64 || scene->width > 8192 || scene->height > 8192 || (scene->width | scene->height) & 1)
        return error_set(error, STATUS_ARGUMENT, "picture of %dx%d: both sides must be even, 64 to 8192", scene->width, scene->height);
    Renderer *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(error, STATUS_MEMORY, "out of memory");
    r->scene = *scene;
    r->with_smoke = with_smoke;
    r->frame.width = scene->width;
    r->frame.height = scene->height;
    set_camera(r);
    set_light(r);
    set_sources(r);
    set_mirrored(r);
    Status status = STATUS_OK;
    if (!allocate(r) || !(r->ground = ground_create(&r->scene)))
        status = error_set(error, STATUS_MEMORY, "out of memory for a picture of %dx%d", scene->width, scene->height);
    if (status == STATUS_OK)
        status = plates_make(r, error);
    for (int i = 0; status == STATUS_OK && i < scene->vehicle_count; i++)
        if (!make_actor(r, i))
            status = error_set(error, STATUS_MEMORY, "out of memory for vehicle %d", i + 1);
    if (status != STATUS_OK) {
        renderer_destroy(&r);
        return status;
    }
    r->haze.touched = (Touched){r->columns, r->rows, 0, 0};
    *out = r;
    return STATUS_OK;
}

void renderer_destroy(Renderer **renderer)
{
    Renderer *r = *renderer;
    if (!r)
        return;
    for (int i = 0; r->actors && i < r->scene.vehicle_count; i++) {
        model_finish(&r->actors[i].model);
        shadow_finish(&r->actors[i].shadow);
        free(r->actors[i].own);
        free(r->actors[i].puffs);
    }
    for (int i = 0; i < 3; i++) {
        free(r->color[i]);
        free(r->haze.depth[i]);
    }
    for (int i = 0; i < 5; i++)
        free(r->crop[i]);
    float *planes[] = {r->sun, r->sky, r->clear, r->veil, r->shade};
    for (int i = 0; i < 5; i++)
        free(planes[i]);
    free(r->actors);
    free(r->body);
    free(r->frame.vehicles);
    plates_finish(&r->plates);
    ground_destroy(&r->ground);
    tile_finish(&r->tile);
    free(r);
    *renderer = NULL;
}

static void place_actors(Renderer *r, float time)
{
    for (int i = 0; i < r->scene.vehicle_count; i++) {
        Actor *actor = &r->actors[i];
        actor->pose = traffic_pose(&r->scene, &r->scene.vehicles[i], actor->model.length, time);
        float y = actor->pose.near_y;
        actor->shown = y > -25 && y < 260;
    }
}

// Vehicles from the farthest to the nearest, the smoke between them in its place.
static void draw_actors(Renderer *r, float time)
{
    int order[SCENE_MAX_VEHICLES], count = 0;
    for (int i = 0; i < r->scene.vehicle_count; i++) {
        if (!r->actors[i].shown)
            continue;
        int k = count++;
        for (; k > 0 && r->actors[order[k - 1]].pose.near_y < r->actors[i].pose.near_y; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    float far = 1e9f;
    for (int k = 0; k < count; k++) {
        float near = r->actors[order[k]].pose.near_y;
        haze_add(r, near, far);
        haze_apply(r);
        frame_vehicle(r, order[k], time);
        far = near;
    }
    haze_add(r, -1e9f, far);
    haze_apply(r);
}

// Shake: the picture is cut out of the canvas at a fraction of a pixel.
static void crop(Renderer *r, float dx, float dy)
{
    const float *from[5] = {r->color[0], r->color[1], r->color[2], r->clear, r->veil};
    int ix = (int)floorf(dx), iy = (int)floorf(dy);
    float fx = dx - (float)ix, fy = dy - (float)iy;
    bool whole = fx == 0 && fy == 0;
    for (int k = 0; k < 5; k++)
        for (int y = 0; y < r->frame.height; y++) {
            const float *a = from[k] + (size_t)(y + r->margin + iy) * (size_t)r->width + r->margin + ix;
            float *o = r->crop[k] + (size_t)y * (size_t)r->frame.width;
            if (whole) {
                memcpy(o, a, sizeof(float) * (size_t)r->frame.width);
                continue;
            }
            const float *b = a + r->width;
            for (int x = 0; x < r->frame.width; x++)
                o[x] = (a[x] * (1 - fx) + a[x + 1] * fx) * (1 - fy) + (b[x] * (1 - fx) + b[x + 1] * fx) * fy;
        }
}

static void shaken(const Renderer *r, float time, float *dx, float *dy)
{
    float size = r->scene.shake * (float)r->scene.width / 1280, hz = r->scene.shake_hz, limit = (float)r->margin - 2;
    uint32_t seed = (uint32_t)r->scene.seed;
    *dx = *dy = 0;
    if (size <= 0)
        return;
    *dx = clampf(1.9f * size * (noise2(time * hz, 0, seed) + 0.5f * noise2(time * hz * 2.7f, 5, seed + 1)), -limit, limit);
    *dy = clampf(1.9f * size * (noise2(time * hz, 9, seed + 2) + 0.5f * noise2(time * hz * 2.7f, 7, seed + 3)), -limit, limit);
}

static void shift_truth(Renderer *r, float dx, float dy)
{
    for (int i = 0; i < r->scene.vehicle_count; i++) {
        RenderVehicle *v = &r->frame.vehicles[i];
        float x1 = clampf(v->x + v->w - dx, 0, (float)r->frame.width), y1 = clampf(v->y + v->h - dy, 0, (float)r->frame.height);
        v->x = clampf(v->x - dx, 0, (float)r->frame.width);
        v->y = clampf(v->y - dy, 0, (float)r->frame.height);
        v->w = x1 - v->x;
        v->h = y1 - v->y;
        for (int k = 0; k < 4; k++) {
            v->plate[2 * k] -= dx;
            v->plate[2 * k + 1] -= dy;
        }
    }
}

Status renderer_frame(Renderer *r, int number, const Frame **frame, Error *error)
{
    if (number < 0)
        return error_set(error, STATUS_ARGUMENT, "frame %d does not exist", number);
    float time = (float)number / r->scene.fps, dx, dy;
    size_t count = (size_t)r->width * (size_t)r->height;
    for (size_t i = 0; i < count; i++)
        r->clear[i] = 1;
    memset(r->veil, 0, count * sizeof *r->veil);
    memset(r->frame.vehicles, 0, (size_t)r->scene.vehicle_count * sizeof *r->frame.vehicles);
    place_actors(r, time);
    haze_begin(r, time);
    frame_light(r, time);
    draw_actors(r, time);
    haze_truth(r);
    shaken(r, time, &dx, &dy);
    crop(r, dx, dy);
    shift_truth(r, dx, dy);
    for (int c = 0; c < 3; c++)
        r->frame.color[c] = r->crop[c];
    r->frame.transmittance = r->crop[3];
    r->frame.airlight = r->crop[4];
    *frame = &r->frame;
    return STATUS_OK;
}

int renderer_frames(const Renderer *r)
{
    return (int)lrintf(r->scene.seconds * r->scene.fps);
}

const Scene *renderer_scene(const Renderer *r)
{
    return &r->scene;
}

const char *renderer_plate(const Renderer *r, int vehicle, const char **color, bool *two_rows)
{
    const Model *m = &r->actors[vehicle].model;
    *color = m->plate_color;
    *two_rows = m->plate_two_rows;
    return m->plate_text;
}

float renderer_airlight(const Renderer *r)
{
    return r->source[0].g;
}
