// The light on the standing scene in one frame: clouds, tree shadows, vehicle shadows, headlights.
#include "noise.h"
#include "render_private.h"
#include "roadside.h"

float frame_sun_at(const Renderer *r, float x, float y, float time)
{
    const Scene *s = &r->scene;
    if (s->cloud_speed <= 0)
        return 1;
    // A cloud edge drifts over the road; its border is as soft as the sun is wide up there.
    float along = (x * 0.5f + y * 0.87f - s->cloud_speed * (time - 0.4f * s->seconds)) / 60;
    float edge = sinf(along) + 0.35f * noise2(x * 0.03f - 0.02f * s->cloud_speed * time, y * 0.03f, (uint32_t)s->seed);
    return 0.18f + 0.82f * stepf(-0.25f, 0.3f, edge);
}

static void start_light(Renderer *r, float time)
{
    const Plates *p = &r->plates;
    size_t count = (size_t)r->width * (size_t)r->height;
    bool clouds = r->scene.cloud_speed > 0, trees = r->scene.sway > 0;
    for (size_t i = 0; i < count; i++)
        r->sun[i] = r->sky[i] = 1;
    if (!clouds && !trees)
        return;
    for (size_t i = 0; i < count; i++) {
        if (p->kind[i] == PIXEL_SKY)
            continue;
        float x = p->gx[i], y = p->gy[i];
        if (trees && p->kind[i] == PIXEL_GROUND && y < 150) {
            float a = r->scene.sway * (noise2(time * 0.7f + x * 0.15f, y * 0.15f, 3) + 0.4f * noise2(time * 2.3f, (x + y) * 0.4f, 4));
            float b = r->scene.sway * (noise2(time * 0.6f + 9 + y * 0.15f, x * 0.15f, 5) + 0.4f * noise2(time * 2.1f, (x - y) * 0.4f, 6));
            r->sun[i] = shade_at(r->shade, x + a, y + b);
        }
        if (clouds)
            r->sun[i] *= frame_sun_at(r, x, y, time);
    }
}

// Canvas rectangle that holds a world rectangle on the ground; false when none of it is in front of the camera.
static bool ground_window(const Renderer *r, const Vec3 corner[4], int out[4])
{
    float x0 = 1e9f, x1 = -1e9f, y0 = 1e9f, y1 = -1e9f;
    bool behind = false, any = false;
    for (int i = 0; i < 4; i++) {
        float x, y, depth;
        if (!camera_project(&r->camera, corner[i], &x, &y, &depth) || depth < 1) {
            behind = true;
            continue;
        }
        any = true;
        x0 = fminf(x0, x);
        x1 = fmaxf(x1, x);
        y0 = fminf(y0, y);
        y1 = fmaxf(y1, y);
    }
    if (behind)
        x0 = 0, x1 = (float)r->width, y1 = (float)r->height;
    out[0] = (int)clampf(floorf(x0) - 1, 0, (float)r->width);
    out[1] = (int)clampf(floorf(y0) - 1, 0, (float)r->height);
    out[2] = (int)clampf(ceilf(x1) + 1, 0, (float)r->width);
    out[3] = (int)clampf(ceilf(y1) + 1, 0, (float)r->height);
    return any && out[0] < out[2] && out[1] < out[3];
}

static void cast_shadow(Renderer *r, const Actor *actor)
{
    const Shadow *s = &actor->shadow;
    const Pose *pose = &actor->pose;
    Vec3 corner[4] = {pose_point(pose, vec(s->low_x, s->low_y, 0)), pose_point(pose, vec(s->high_x, s->low_y, 0)),
                      pose_point(pose, vec(s->high_x, s->high_y, 0)), pose_point(pose, vec(s->low_x, s->high_y, 0))};
    int w[4];
    if (!ground_window(r, corner, w))
        return;
    float c = cosf(pose->heading), n = sinf(pose->heading);
    for (int y = w[1]; y < w[3]; y++)
        for (int x = w[0]; x < w[2]; x++) {
            size_t at = (size_t)y * (size_t)r->width + (size_t)x;
            if (r->plates.kind[at] == PIXEL_SKY)
                continue;
            float dx = r->plates.gx[at] - pose->rear.x, dy = r->plates.gy[at] - pose->rear.y, sun, sky;
            shadow_at(s, c * dx - n * dy, n * dx + c * dy, &sun, &sky);
            if (r->plates.kind[at] == PIXEL_OBJECT) // upright things catch part of it
                sun = 0.5f + 0.5f * sun, sky = 0.7f + 0.3f * sky;
            r->sun[at] *= sun;
            r->sky[at] *= sky;
        }
}

// Light of both head lamps on the ground at local x, y ahead of the lamps: a cut-off pattern.
static float beam(float x, float y)
{
    if (y <= 0.3f)
        return 0;
    float spread = 0.35f + 0.17f * y, side = x / spread;
    float reach = stepf(0.5f, 4, y) * stepf(45, 12, y);
    return expf(-0.5f * side * side) * reach * 28 / (6 + y * y * 0.22f);
}

static void shine(Renderer *r, const Actor *actor)
{
    const Pose *pose = &actor->pose;
    float y0 = actor->model.length;
    Vec3 corner[4] = {pose_point(pose, vec(-9, y0, 0)), pose_point(pose, vec(9, y0, 0)), pose_point(pose, vec(9, y0 + 45, 0)),
                      pose_point(pose, vec(-9, y0 + 45, 0))};
    int w[4];
    if (!ground_window(r, corner, w))
        return;
    float c = cosf(pose->heading), n = sinf(pose->heading);
    const Color tint = color(1, 0.93f, 0.78f);
    for (int y = w[1]; y < w[3]; y++)
        for (int x = w[0]; x < w[2]; x++) {
            size_t at = (size_t)y * (size_t)r->width + (size_t)x;
            float albedo = r->plates.albedo[at];
            if (albedo <= 0)
                continue;
            float dx = r->plates.gx[at] - pose->rear.x, dy = r->plates.gy[at] - pose->rear.y;
            float light = 0.55f * albedo * beam(c * dx - n * dy, n * dx + c * dy - y0);
            r->color[0][at] += light * tint.r;
            r->color[1][at] += light * tint.g;
            r->color[2][at] += light * tint.b;
        }
}

void frame_light(Renderer *r, float time)
{
    start_light(r, time);
    for (int i = 0; i < r->scene.vehicle_count; i++)
        if (r->actors[i].shown)
            cast_shadow(r, &r->actors[i]);
    size_t count = (size_t)r->width * (size_t)r->height;
    for (int c = 0; c < 3; c++) {
        const float *direct = r->plates.direct[c], *ambient = r->plates.ambient[c], *glow = r->plates.glow[c];
        const float *sun = r->sun, *sky = r->sky;
        float *out = r->color[c];
        for (size_t i = 0; i < count; i++)
            out[i] = direct[i] * sun[i] + ambient[i] * sky[i];
        for (size_t i = 0; glow && i < count; i++)
            out[i] += glow[i] * sky[i];
    }
    for (int i = 0; r->scene.headlights && i < r->scene.vehicle_count; i++)
        if (r->actors[i].shown)
            shine(r, &r->actors[i]);
}
