// One vehicle in one frame: drawn over what is farther away.
#include "render_private.h"

#include <string.h>

static void lamps_of(const Renderer *r, const Actor *actor, float lamps[LAMP_COUNT])
{
    lamps[LAMP_TAIL] = r->scene.headlights ? 0.7f : 0;
    lamps[LAMP_BRAKE] = actor->pose.braking ? 1 : r->scene.headlights ? 0.2f : 0;
    lamps[LAMP_HEAD] = r->scene.headlights ? 1 : 0;
}

static void take_pixel(Renderer *r, int x, int y, float sun, Color sky, int box[4])
{
    Shade s;
    float depth, cover = tile_pixel(&r->tile, x - r->tile.x, y - r->tile.y, &s, &depth);
    if (cover <= 0)
        return;
    size_t at = (size_t)y * (size_t)r->width + (size_t)x;
    if (r->plates.kind[at] == PIXEL_OBJECT && r->plates.depth[at] < depth)
        return; // behind a tree or a rail
    Color lit = color_add(color_add(color_scale(s.direct, sun), color_mul(s.ambient, sky)), s.glow);
    if (r->scene.fog > 0)
        lit = color_mix(color_scale(r->light.horizon, 0.9f), lit, expf(-r->scene.fog * depth));
    const float *value = &lit.r;
    for (int c = 0; c < 3; c++)
        r->color[c][at] = mixf(r->color[c][at], value[c], cover);
    r->clear[at] = mixf(r->clear[at], 1, cover);
    r->veil[at] = mixf(r->veil[at], 0, cover);
    if (cover < 0.4f)
        return;
    if (r->body)
        r->body[at] = 1;
    box[0] = x < box[0] ? x : box[0];
    box[1] = y < box[1] ? y : box[1];
    box[2] = x + 1 > box[2] ? x + 1 : box[2];
    box[3] = y + 1 > box[3] ? y + 1 : box[3];
}

static void note_box(const Renderer *r, const int box[4], RenderVehicle *v)
{
    float m = (float)r->margin;
    float x0 = clampf((float)box[0] - m, 0, (float)r->frame.width), x1 = clampf((float)box[2] - m, 0, (float)r->frame.width);
    float y0 = clampf((float)box[1] - m, 0, (float)r->frame.height), y1 = clampf((float)box[3] - m, 0, (float)r->frame.height);
    v->x = x0;
    v->y = y0;
    v->w = x1 - x0;
    v->h = y1 - y0;
    v->visible = v->w >= 6 && v->h >= 6;
}

static void note_plate(const Renderer *r, const Actor *actor, RenderVehicle *v)
{
    Vec3 eye = vec_sub(r->camera.position, actor->pose.rear);
    float c = cosf(actor->pose.heading), s = sinf(actor->pose.heading);
    v->plate_visible = s * eye.x + c * eye.y < 0; // the camera stands behind the vehicle
    for (int i = 0; i < 4; i++) {
        float x = 0, y = 0, depth;
        if (!camera_project(&r->camera, pose_point(&actor->pose, actor->model.plate[i]), &x, &y, &depth))
            v->plate_visible = false;
        v->plate[2 * i] = x - (float)r->margin;
        v->plate[2 * i + 1] = y - (float)r->margin;
        if (v->plate[2 * i] < 0 || v->plate[2 * i] >= (float)r->frame.width || v->plate[2 * i + 1] < 0 ||
            v->plate[2 * i + 1] >= (float)r->frame.height)
            v->plate_visible = false;
    }
}

// The halo that a bright lamp makes in the lens and on the sensor.
static void halo(Renderer *r, const Actor *actor, Vec3 local, Color tint, float power, float facing)
{
    float x, y, depth;
    Vec3 p = pose_point(&actor->pose, local), way = vec_unit(vec_sub(r->camera.position, p));
    float c = cosf(actor->pose.heading), s = sinf(actor->pose.heading);
    float along = (s * way.x + c * way.y) * facing;
    if (along <= 0 || !camera_project(&r->camera, p, &x, &y, &depth) || depth < 2)
        return;
    float scale = power * along * along, core = fmaxf(0.09f * r->camera.focal / depth, 0.8f), wide = core * 6;
    int reach = (int)(wide * 3), x0 = (int)x - reach, y0 = (int)y - reach;
    const float *value = &tint.r;
    for (int py = y0 < 0 ? 0 : y0; py <= y0 + 2 * reach && py < r->height; py++)
        for (int px = x0 < 0 ? 0 : x0; px <= x0 + 2 * reach && px < r->width; px++) {
            float dx = (float)px + 0.5f - x, dy = (float)py + 0.5f - y, d2 = dx * dx + dy * dy;
            float light = scale * (0.5f * expf(-0.5f * d2 / (core * core)) + 0.035f * expf(-0.5f * d2 / (wide * wide)));
            size_t at = (size_t)py * (size_t)r->width + (size_t)px;
            for (int k = 0; k < 3; k++)
                r->color[k][at] += light * value[k];
        }
}

static void halos(Renderer *r, const Actor *actor)
{
    float tail = actor->pose.braking ? 1.6f : r->scene.headlights ? 0.5f : 0, head = r->scene.headlights ? 9.0f : 0;
    for (int side = -1; side <= 1; side += 2) {
        Vec3 t = actor->model.tail_lamp, h = actor->model.head_lamp;
        t.x *= (float)side;
        h.x *= (float)side;
        if (tail > 0)
            halo(r, actor, t, color(1, 0.06f, 0.03f), tail * fmaxf(1 - 0.6f * r->scene.light, 0.2f), -1);
        if (head > 0)
            halo(r, actor, h, color(1, 0.94f, 0.8f), head, 1);
    }
}

// The wet road mirrors the end of the vehicle that is turned to the camera, taken as an upright plane, smeared by the rough surface.
static void mirror(Renderer *r, const Actor *actor, const int box[4])
{
    float plane = actor->pose.near_y, tall = actor->model.height;
    int x0 = box[0] - 6 < 0 ? 0 : box[0] - 6, x1 = box[2] + 6 > r->width ? r->width : box[2] + 6;
    int low = box[3] + (box[3] - box[1]) * 2;
    for (int y = box[1]; y < low && y < r->height; y++)
        for (int x = x0; x < x1; x++) {
            size_t at = (size_t)y * (size_t)r->width + (size_t)x;
            float share = r->plates.puddle[at];
            if (share <= 0 || r->plates.gy[at] >= plane)
                continue;
            Vec3 ray = camera_ray(&r->camera, (float)x + 0.5f, (float)y + 0.5f);
            float depth = (plane - r->camera.position.y) / fmaxf(ray.y, 1e-3f), sum[3] = {0}, weight = 0;
            Vec3 p = vec_add(r->camera.position, vec_scale(ray, depth));
            for (int k = -3; k <= 3; k++) {
                float u, v, far, z = -p.z * (1 + 0.22f * (float)k);
                if (z > tall || !camera_project(&r->camera, vec(p.x, plane, z), &u, &v, &far))
                    continue;
                int px = (int)u, py = (int)v;
                if (px < box[0] || px >= box[2] || py < box[1] || py >= box[3])
                    continue;
                size_t from = (size_t)py * (size_t)r->width + (size_t)px;
                if (r->body[from] == 0)
                    continue;
                for (int c = 0; c < 3; c++)
                    sum[c] += r->color[c][from];
                weight += 1;
            }
            if (weight <= 0)
                continue;
            float sky = share * weight / 7;
            for (int c = 0; c < 3; c++) // the sky that the still road mirrors gives way to the vehicle
                r->color[c][at] += sky * (sum[c] / weight - r->mirrored[c]);
        }
}

void frame_vehicle(Renderer *r, int index, float time)
{
    Actor *actor = &r->actors[index];
    RenderVehicle *v = &r->frame.vehicles[index];
    float fx0, fy0, fx1, fy1, lamps[LAMP_COUNT] = {0};
    if (!raster_bounds(&r->camera, &actor->model.mesh, actor->pose.rear, actor->pose.heading, &fx0, &fy0, &fx1, &fy1))
        return;
    int x0 = (int)clampf(floorf(fx0), 0, (float)r->width), x1 = (int)clampf(ceilf(fx1), 0, (float)r->width);
    int y0 = (int)clampf(floorf(fy0), 0, (float)r->height), y1 = (int)clampf(ceilf(fy1), 0, (float)r->height);
    if (actor->pose.near_y < 3) // partly behind the camera: the projected corners do not bound it
        x0 = 0, x1 = r->width, y1 = r->height;
    if (x0 >= x1 || y0 >= y1)
        return;
    int factor = (x1 - x0) * (y1 - y0) < 120000 ? 3 : 2;
    if (!tile_reset(&r->tile, x0, y0, x1 - x0, y1 - y0, factor))
        return;
    lamps_of(r, actor, lamps);
    raster_mesh(&r->tile, &r->camera, &actor->model.mesh, actor->pose.rear, actor->pose.heading, &r->light, lamps);
    Vec3 mid = pose_point(&actor->pose, vec(0, actor->model.length / 2, 0));
    float sun = frame_sun_at(r, mid.x, mid.y, time);
    // Street lamps light a body about as the sky does, from above.
    Color lamps_here = color_scale(plates_lamp_light(r, mid.x, mid.y), 0.5f), blue = r->light.sky_color;
    Color sky = color(1 + lamps_here.r / blue.r, 1 + lamps_here.g / blue.g, 1 + lamps_here.b / blue.b);
    int box[4] = {r->width, r->height, 0, 0};
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            take_pixel(r, x, y, sun, sky, box);
    if (box[0] < box[2])
        note_box(r, box, v);
    if (v->visible)
        note_plate(r, actor, v);
    halos(r, actor);
    if (r->body && box[0] < box[2]) {
        mirror(r, actor, box);
        for (int y = y0; y < y1; y++)
            memset(r->body + (size_t)y * (size_t)r->width + (size_t)x0, 0, (size_t)(x1 - x0));
    }
}
