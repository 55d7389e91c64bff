// The standing scene: drawn once, with its light split into sun and sky.
#include "render_private.h"
#include "roadside.h"

#include <stdlib.h>

#define BAND 32

void plates_finish(Plates *p)
{
    for (int c = 0; c < 3; c++) {
        free(p->direct[c]);
        free(p->ambient[c]);
        free(p->glow[c]);
    }
    free(p->albedo);
    free(p->gx);
    free(p->gy);
    free(p->depth);
    free(p->puddle);
    free(p->kind);
    *p = (Plates){0};
}

static bool allocate(Plates *p, size_t count, bool wet, bool lit)
{
    bool good = true;
    for (int c = 0; c < 3; c++) {
        good &= (p->direct[c] = calloc(count, sizeof(float))) != NULL;
        good &= (p->ambient[c] = calloc(count, sizeof(float))) != NULL;
        if (lit)
            good &= (p->glow[c] = calloc(count, sizeof(float))) != NULL;
    }
    good &= (p->albedo = calloc(count, sizeof(float))) != NULL;
    good &= (p->gx = calloc(count, sizeof(float))) != NULL;
    good &= (p->gy = calloc(count, sizeof(float))) != NULL;
    good &= (p->depth = calloc(count, sizeof(float))) != NULL;
    good &= (p->kind = calloc(count, 1)) != NULL;
    if (wet)
        good &= (p->puddle = calloc(count, sizeof(float))) != NULL;
    return good;
}

static void draw_leaves(Renderer *r, const Roadside *roadside)
{
    for (size_t i = 0; i < roadside->leaf_count; i++) {
        const Leaf *l = &roadside->leaves[i];
        Vec3 n = l->normal;
        Shade s = light_matt(&r->light, l->color, n);
        // Light also shines through a leaf.
        float back = fmaxf(-vec_dot(n, r->light.sun), 0);
        s.direct = color_add(s.direct, color_mul(color_scale(l->color, 0.45f * back), r->light.sun_color));
        s.direct = color_scale(s.direct, l->open > 0.35f ? 1 : l->open * l->open * 6);
        s.ambient = color_scale(s.ambient, l->open);
        raster_leaf(&r->tile, &r->camera, l->point, n, l->size, &s);
    }
}

Color plates_lamp_light(const Renderer *r, float x, float y)
{
    float sum = 0;
    for (int i = 0; i < r->lamp_count; i++) {
        Vec3 d = vec_sub(r->lamp[i], vec(x, y, 0));
        float r2 = vec_dot(d, d), cosine = d.z / sqrtf(r2);
        sum += 60 * cosine * cosine * cosine / r2;
    }
    return color_scale(color(1, 0.8f, 0.5f), sum * r->scene.lamps);
}

typedef struct Spot { // a ground or sky sample
    Shade shade;
    float x, y, depth, albedo, puddle;
    PixelKind kind;
} Spot;

static Spot spot_at(const Renderer *r, float px, float py, float size)
{
    Spot spot = {.kind = PIXEL_SKY, .depth = 1e6f, .x = 1e6f, .y = 1e6f};
    Vec3 p, q;
    float depth, other;
    Vec3 ray = vec_unit(camera_ray(&r->camera, px, py));
    if (!camera_ground(&r->camera, px, py, 0, &p, &depth) || depth > 900) {
        spot.shade.ambient = light_sky(&r->light, ray.z < 0 ? vec_unit(vec(ray.x, ray.y, 0)) : ray);
        return spot;
    }
    float fx = size * depth / r->camera.focal, fy = fx * 8;
    if (camera_ground(&r->camera, px, py - size, 0, &q, &other))
        fy = fminf(fabsf(q.y - p.y), 40);
    Color albedo = ground_albedo(r->ground, p.x, p.y, fx, fy);
    spot.shade = light_matt(&r->light, albedo, vec(0, 0, 1));
    spot.shade.direct = color_scale(spot.shade.direct, r->scene.sway > 0 ? 1 : shade_at(r->shade, p.x, p.y));
    if (r->plates.glow[0])
        spot.shade.glow = color_mul(albedo, plates_lamp_light(r, p.x, p.y));
    spot.kind = PIXEL_GROUND;
    spot.x = p.x;
    spot.y = p.y;
    spot.depth = depth;
    spot.albedo = albedo.g;
    if (r->plates.puddle) {
        float facing = -ray.z, fresnel = 0.02f + 0.98f * powf(1 - facing, 5);
        spot.puddle = ground_puddle(r->ground, p.x, p.y) * clampf(fresnel * 1.3f, 0, 0.55f);
        Color sky = light_sky(&r->light, vec_unit(vec(ray.x, ray.y, -ray.z)));
        spot.shade.ambient = color_mix(spot.shade.ambient, sky, spot.puddle);
        spot.shade.direct = color_scale(spot.shade.direct, 1 - spot.puddle);
    }
    return spot;
}

static void put_pixel(Renderer *r, int x, int y)
{
    Shade object = {0};
    float depth = 0, cover = tile_pixel(&r->tile, x, y - r->tile.y, &object, &depth);
    Spot spot = {.kind = PIXEL_OBJECT, .depth = depth};
    Shade shade = object;
    Vec3 p;
    float far;
    if (cover < 1) {
        const int n = 2;
        Shade sum = {0};
        for (int k = 0; k < n * n; k++) {
            float px = (float)x + ((float)(k % n) + 0.5f) / (float)n, py = (float)y + ((float)(k / n) + 0.5f) / (float)n;
            spot = spot_at(r, px, py, 1.0f / (float)n * 1.4f);
            sum.direct = color_add(sum.direct, color_scale(spot.shade.direct, 0.25f));
            sum.ambient = color_add(sum.ambient, color_scale(spot.shade.ambient, 0.25f));
            sum.glow = color_add(sum.glow, color_scale(spot.shade.glow, 0.25f));
        }
        shade.direct = color_mix(sum.direct, object.direct, cover);
        shade.ambient = color_mix(sum.ambient, object.ambient, cover);
        shade.glow = color_mix(sum.glow, object.glow, cover);
    }
    if (cover >= 0.5f) {
        spot.kind = PIXEL_OBJECT;
        spot.depth = depth;
        spot.puddle = 0;
        if (camera_ground(&r->camera, (float)x + 0.5f, (float)y + 0.5f, 0, &p, &far)) {
            Vec3 at = vec_add(r->camera.position, vec_scale(camera_ray(&r->camera, (float)x + 0.5f, (float)y + 0.5f), depth));
            spot.x = at.x;
            spot.y = at.y;
        }
        if (r->plates.glow[0]) { // upright things in the light of the lamps
            Color share = color(object.ambient.r / r->light.sky_color.r, object.ambient.g / r->light.sky_color.g, object.ambient.b / r->light.sky_color.b);
            shade.glow = color_add(shade.glow, color_scale(color_mul(share, plates_lamp_light(r, spot.x, spot.y)), 0.5f));
        }
    }
    if (r->scene.fog > 0) {
        float left = expf(-r->scene.fog * fminf(spot.depth, 2000));
        shade.direct = color_scale(shade.direct, left);
        shade.ambient = color_mix(color_scale(r->light.horizon, 0.9f), shade.ambient, left);
    }
    Plates *t = &r->plates;
    size_t at = (size_t)y * (size_t)r->width + (size_t)x;
    const float *d = &shade.direct.r, *a = &shade.ambient.r, *g = &shade.glow.r;
    for (int c = 0; c < 3; c++) {
        t->direct[c][at] = d[c];
        t->ambient[c][at] = a[c];
        if (t->glow[0])
            t->glow[c][at] = g[c];
    }
    t->albedo[at] = spot.kind == PIXEL_GROUND ? spot.albedo : 0;
    t->gx[at] = spot.x;
    t->gy[at] = spot.y;
    t->depth[at] = spot.depth;
    t->kind[at] = (uint8_t)spot.kind;
    if (t->puddle)
        t->puddle[at] = spot.kind == PIXEL_GROUND ? spot.puddle : 0;
}

Status plates_make(Renderer *r, Error *error)
{
    Roadside roadside;
    size_t count = (size_t)r->width * (size_t)r->height;
    float lamps[LAMP_COUNT] = {[LAMP_HEAD] = r->scene.lamps};
    bool good = roadside_make(&roadside, &r->scene) && allocate(&r->plates, count, r->scene.wet > 0, r->scene.lamps > 0);
    good = good && (r->shade = roadside_shade(&roadside, &r->light));
    for (int i = 0; good && i < roadside.street_lamp_count; i++)
        r->lamp[r->lamp_count++] = roadside.street_lamps[i];
    for (int y = 0; good && y < r->height; y += BAND) {
        int rows = r->height - y < BAND ? r->height - y : BAND;
        good = tile_reset(&r->tile, 0, y, r->width, rows, 2);
        if (!good)
            break;
        raster_mesh(&r->tile, &r->camera, &roadside.mesh, vec(0, 0, 0), 0, &r->light, lamps);
        draw_leaves(r, &roadside);
        for (int j = 0; j < rows; j++)
            for (int x = 0; x < r->width; x++)
                put_pixel(r, x, y + j);
    }
    roadside_finish(&roadside);
    return good ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory while drawing the road");
}
