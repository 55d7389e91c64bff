#include "roadside.h"

#include "noise.h"

#include <stdlib.h>

typedef struct Site { // what the builders share
    Roadside *out;
    const Scene *scene;
    Rng rng;
    int kerb, dark_kerb, bark, steel, rail, concrete, panel, white_post, lamp;
    int facade[3];
} Site;

void roadside_finish(Roadside *r)
{
    mesh_finish(&r->mesh);
    free(r->leaves);
    *r = (Roadside){0};
}

static void leaf(Roadside *r, Vec3 point, Vec3 normal, float size, Color c, float open, bool sways)
{
    if (r->leaf_count == r->leaf_capacity) {
        size_t capacity = r->leaf_capacity ? r->leaf_capacity * 2 : 4096;
        Leaf *grown = realloc(r->leaves, capacity * sizeof *grown);
        if (!grown) {
            r->mesh.failed = true;
            return;
        }
        r->leaves = grown;
        r->leaf_capacity = capacity;
    }
    r->leaves[r->leaf_count++] = (Leaf){point, normal, size, c, open, sways};
}

static Vec3 sphere(Rng *rng)
{
    float z = rng_range(rng, -1, 1), a = rng_range(rng, 0, 2 * PI_F), r = sqrtf(1 - z * z);
    return vec(r * cosf(a), r * sinf(a), z);
}

static float thin_out(float y) // leaves grow with distance so that their number falls
{
    return clampf(fabsf(y) / 16, 0.7f, 6);
}

static Color leaf_color(Rng *rng, Color base)
{
    float t = rng_range(rng, 0.6f, 1.35f);
    return color(base.r * t * rng_range(rng, 0.85f, 1.25f), base.g * t, base.b * t * rng_range(rng, 0.7f, 1.2f));
}

// A ball of leaves: crowns of trees are several of them.
static void ball(Site *s, Vec3 center, Vec3 radius, Color base, float density, float size, bool sways)
{
    float coarse = thin_out(center.y), area = 4 * PI_F * powf(radius.x * radius.y * radius.z, 2.0f / 3);
    int count = (int)(density * area / (size * size * coarse * coarse) * 0.55f);
    for (int i = 0; i < count; i++) {
        Vec3 d = sphere(&s->rng);
        float shell = powf(rng_unit(&s->rng), 0.25f), lump = 1 + 0.16f * noise2(d.x * 3 + center.x, d.y * 3 + d.z * 2 + center.y, 7);
        Vec3 p = vec_add(center, vec(d.x * radius.x * shell * lump, d.y * radius.y * shell * lump, d.z * radius.z * shell * lump));
        if (p.z < 0.05f)
            continue;
        Vec3 n = vec_unit(vec_add(d, vec_scale(sphere(&s->rng), 0.8f)));
        float open = clampf((0.5f + 0.5f * d.z) * (shell - 0.45f) * 1.9f, 0.06f, 1);
        leaf(s->out, p, n, size * coarse * rng_range(&s->rng, 0.7f, 1.2f), leaf_color(&s->rng, base), open, sways);
    }
}

static void tree(Site *s, float x, float y, float height, float width)
{
    Color green = color_mix(color(0.05f, 0.11f, 0.03f), color(0.15f, 0.19f, 0.05f), rng_unit(&s->rng) * (1.3f - s->scene->greenery));
    float trunk = rng_range(&s->rng, 0.09f, 0.16f), fork = height * rng_range(&s->rng, 0.3f, 0.42f);
    Vec3 top = vec(x + rng_range(&s->rng, -0.3f, 0.3f), y + rng_range(&s->rng, -0.3f, 0.3f), fork);
    mesh_cylinder(&s->out->mesh, vec(x, y, 0), top, trunk * 1.2f, trunk * 0.8f, 8, s->bark, -1);
    for (int i = 0; i < 5; i++) {
        Vec3 end = vec_add(top, vec(rng_range(&s->rng, -0.4f, 0.4f) * width, rng_range(&s->rng, -0.4f, 0.4f) * width,
                                    rng_range(&s->rng, 0.3f, 0.6f) * (height - fork)));
        mesh_cylinder(&s->out->mesh, top, end, trunk * 0.5f, trunk * 0.2f, 5, s->bark, -1);
        Vec3 radius = vec(width * rng_range(&s->rng, 0.28f, 0.42f), width * rng_range(&s->rng, 0.28f, 0.42f), (height - fork) * rng_range(&s->rng, 0.2f, 0.32f));
        ball(s, end, radius, green, 0.55f, 0.06f, true);
    }
    ball(s, vec_add(top, vec(0, 0, (height - fork) * 0.55f)), vec(width * 0.42f, width * 0.42f, (height - fork) * 0.42f), green, 0.55f, 0.06f, true);
}

static void hedge(Site *s, float x0, float x1, float y0, float y1, float height, Color base)
{
    for (float y = y0; y < y1; y += 1) {
        float mid = scene_bend(s->scene, y), coarse = thin_out(y), size = 0.034f;
        int count = (int)(((x1 - x0) + 2 * height) / (size * size * coarse * coarse) * 0.5f);
        for (int i = 0; i < count; i++) {
            float t = rng_range(&s->rng, -height, x1 - x0 + height), py = y + rng_unit(&s->rng), deep = rng_unit(&s->rng) * 0.12f;
            float top = height * (1 + 0.14f * noise2(t * 1.1f, py * 1.3f, 19) + 0.06f * noise2(t * 5, py * 5, 23));
            Vec3 n, p;
            if (t < 0)
                p = vec(x0 + deep, py, top + t), n = vec(-1, 0, 0.3f);
            else if (t > x1 - x0)
                p = vec(x1 - deep, py, top - (t - (x1 - x0))), n = vec(1, 0, 0.3f);
            else
                p = vec(x0 + t, py, top - deep), n = vec(0, 0, 1);
            if (p.z < 0.04f)
                continue;
            n = vec_unit(vec_add(n, vec_scale(sphere(&s->rng), 0.9f)));
            float open = clampf((0.35f + 0.65f * p.z / height) * (1 - deep * 6), 0.05f, 1);
            p.x += mid;
            leaf(s->out, p, n, size * coarse * rng_range(&s->rng, 0.7f, 1.2f), leaf_color(&s->rng, base), open, false);
        }
    }
}

static void along(Site *s, float x0, float x1, float z0, float z1, float y0, float y1, float step, int material)
{
    for (float y = y0; y < y1; y += step) {
        float a = scene_bend(s->scene, y), b = scene_bend(s->scene, y + step);
        Vec3 p[8] = {vec(x0 + a, y, z0), vec(x1 + a, y, z0), vec(x0 + b, y + step - 0.01f, z0), vec(x1 + b, y + step - 0.01f, z0),
                     vec(x0 + a, y, z1), vec(x1 + a, y, z1), vec(x0 + b, y + step - 0.01f, z1), vec(x1 + b, y + step - 0.01f, z1)};
        mesh_quad(&s->out->mesh, p[0], p[1], p[5], p[4], material);
        mesh_quad(&s->out->mesh, p[4], p[5], p[7], p[6], material);
        mesh_quad(&s->out->mesh, p[2], p[0], p[4], p[6], material);
        mesh_quad(&s->out->mesh, p[1], p[3], p[7], p[5], material);
    }
}

static void guard_rail(Site *s, float x, float side)
{
    along(s, x - 0.04f, x + 0.04f, 0.5f, 0.82f, -4, 150, 4, s->rail);
    along(s, x - 0.07f, x + 0.07f, 0.56f, 0.62f, -4, 150, 4, s->rail);
    along(s, x - 0.07f, x + 0.07f, 0.71f, 0.77f, -4, 150, 4, s->rail);
    for (float y = -4; y < 150; y += 4) {
        float b = x + scene_bend(s->scene, y) + side * 0.1f;
        mesh_box(&s->out->mesh, vec(b - 0.06f, y, 0), vec(b + 0.06f, y + 0.12f, 0.85f), s->steel);
    }
}

static void fence(Site *s, float x)
{
    along(s, x - 0.02f, x + 0.02f, 0.95f, 1.0f, -4, 120, 3, s->white_post);
    along(s, x - 0.02f, x + 0.02f, 0.2f, 0.25f, -4, 120, 3, s->white_post);
    for (float y = -4; y < 120; y += y < 40 ? 0.15f : 0.5f) {
        float b = x + scene_bend(s->scene, y), w = fmodf(y + 100, 3) < 0.15f ? 0.05f : 0.012f;
        mesh_box(&s->out->mesh, vec(b - w, y - w, 0), vec(b + w, y + w, 1.05f), s->white_post);
    }
}

static void noise_barrier(Site *s, float x)
{
    along(s, x - 0.06f, x + 0.06f, 0.6f, 3.2f, -4, 160, 2, s->panel);
    along(s, x - 0.15f, x + 0.15f, 0, 0.65f, -4, 160, 4, s->concrete);
    for (float y = -4; y < 160; y += 2) {
        float b = x + scene_bend(s->scene, y);
        mesh_box(&s->out->mesh, vec(b - 0.09f, y - 0.07f, 0.5f), vec(b + 0.09f, y + 0.07f, 3.25f), s->steel);
    }
}

static void street_lamps(Site *s, float x, float side)
{
    for (float y = rng_range(&s->rng, 8, 24); y < 150 && s->out->street_lamp_count < 32; y += 32) {
        float b = x + scene_bend(s->scene, y);
        Mesh *m = &s->out->mesh;
        mesh_cylinder(m, vec(b, y, 0), vec(b, y, 8.5f), 0.12f, 0.07f, 8, s->white_post, -1);
        mesh_bar(m, vec(b, y, 8.4f), vec(b - side * 2.2f, y, 9), 0.09f, s->white_post);
        mesh_box(m, vec(b - side * 2.4f - 0.3f, y - 0.15f, 8.9f), vec(b - side * 2.4f + 0.3f, y + 0.15f, 9.05f), s->lamp);
        s->out->street_lamps[s->out->street_lamp_count++] = vec(b - side * 2.4f, y, 8.9f);
    }
}

static void buildings(Site *s, float x, float side)
{
    for (float y = 30; y < 260; y += rng_range(&s->rng, 22, 45)) {
        float b = x + side * rng_range(&s->rng, 0, 14) + scene_bend(s->scene, y), w = rng_range(&s->rng, 10, 20);
        float low = fminf(b, b + side * w), high = fmaxf(b, b + side * w);
        mesh_box(&s->out->mesh, vec(low, y, 0), vec(high, y + rng_range(&s->rng, 12, 20), rng_range(&s->rng, 6, 24)),
                 s->facade[rng_int(&s->rng, 3)]);
    }
}

static void green_strip(Site *s, float x, float side, float wide)
{
    const Scene *scene = s->scene;
    float density = scene->greenery, near = side > 0 ? x : x - wide, far = side > 0 ? x + wide : x;
    Color base = rng_int(&s->rng, 3) ? color(0.065f, 0.13f, 0.03f) : color(0.17f, 0.18f, 0.03f);
    if (rng_unit(&s->rng) < density)
        hedge(s, near + 0.5f, far - 0.4f, -3, 90, rng_range(&s->rng, 0.5f, 1.0f), base);
    for (float y = rng_range(&s->rng, -2, 3); y < 120; y += rng_range(&s->rng, 5, 8))
        if (rng_unit(&s->rng) < density)
            tree(s, (near + far) / 2 + scene_bend(scene, y) + rng_range(&s->rng, -0.3f, 0.3f), y, rng_range(&s->rng, 4.5f, 8.5f), rng_range(&s->rng, 2.4f, 4.2f));
    for (float y = rng_range(&s->rng, 2, 8); y < 60; y += rng_range(&s->rng, 3, 14))
        if (rng_unit(&s->rng) < density * 0.7f) {
            float r = rng_range(&s->rng, 0.5f, 1.0f);
            ball(s, vec((near + far) / 2 + scene_bend(scene, y) - side * 0.4f, y, r * 0.6f), vec(r, r, r * 0.8f), base, 1.2f, 0.032f, false);
        }
}

static void median_strip(Site *s)
{
    const Scene *scene = s->scene;
    if (!scene->lanes_back || scene->median < 0.5f)
        return;
    float right = 0, left = -scene->median;
    along(s, right - 0.16f, right, 0, 0.18f, -6, 170, 1.0f, s->kerb);
    along(s, left, left + 0.16f, 0, 0.18f, -6, 170, 1.0f, s->kerb);
    if (scene->roadside == 2 || scene->roadside == 3) {
        guard_rail(s, right - 0.5f, -1);
        guard_rail(s, left + 0.5f, 1);
    }
    if (scene->median > 1.5f)
        hedge(s, left + 0.8f, right - 0.8f, -4, 110, rng_range(&s->rng, 0.4f, 0.9f), color(0.05f, 0.1f, 0.025f));
    else
        fence(s, (left + right) / 2);
    for (float y = rng_range(&s->rng, 0, 6); scene->median > 2.5f && y < 110; y += rng_range(&s->rng, 6, 9))
        if (rng_unit(&s->rng) < scene->greenery)
            tree(s, (left + right) / 2 + scene_bend(scene, y), y, rng_range(&s->rng, 3.5f, 6), rng_range(&s->rng, 2, 2.8f));
}

static void sides(Site *s)
{
    const Scene *scene = s->scene;
    float right = scene_right_edge(scene), left = scene_left_edge(scene);
    if (scene->roadside != 0 && scene->roadside != 4) {
        along(s, right + 0.35f, right + 0.5f, 0, 0.16f, -6, 170, 1.0f, s->kerb);
        along(s, left - 0.5f, left - 0.35f, 0, 0.16f, -6, 170, 1.0f, s->kerb);
    }
    if (scene->roadside == 1) {
        green_strip(s, right + 0.5f, 1, 2.4f);
        green_strip(s, left - 0.5f, -1, 3);
        street_lamps(s, right + 0.9f, 1);
        if (rng_int(&s->rng, 2))
            fence(s, right + 3.2f);
        buildings(s, right + 14, 1);
        buildings(s, left - 14, -1);
    } else if (scene->roadside == 2) {
        guard_rail(s, right + 0.8f, 1);
        guard_rail(s, left - 0.8f, -1);
        green_strip(s, right + 4, 1, 4);
        street_lamps(s, right + 1.3f, 1);
    } else if (scene->roadside == 3) {
        noise_barrier(s, right + 0.7f);
        green_strip(s, left - 1, -1, 3.5f);
        street_lamps(s, right + 1.2f, 1);
    } else if (scene->roadside == 4) {
        for (float y = 4; y < 140; y += 12) {
            float b = scene_bend(scene, y);
            mesh_box(&s->out->mesh, vec(right + 0.9f + b, y, 0), vec(right + 1.0f + b, y + 0.1f, 0.8f), s->white_post);
            mesh_box(&s->out->mesh, vec(left - 1.0f + b, y, 0), vec(left - 0.9f + b, y + 0.1f, 0.8f), s->white_post);
        }
        green_strip(s, right + 3, 1, 5);
        green_strip(s, left - 3, -1, 5);
    }
}

static void far_trees(Site *s)
{
    for (int i = 0; i < 90; i++) {
        float x = rng_range(&s->rng, -160, 160), y = rng_range(&s->rng, 170, 300);
        if (fabsf(x - scene_bend(s->scene, y)) < 14)
            continue;
        float h = rng_range(&s->rng, 5, 13);
        ball(s, vec(x, y, h * 0.5f), vec(h * 0.5f, h * 0.4f, h * 0.55f), color(0.05f, 0.08f, 0.035f), 0.6f, 0.14f, false);
    }
}

bool roadside_make(Roadside *r, const Scene *scene)
{
    *r = (Roadside){0};
    Site s = {.out = r, .scene = scene, .rng = rng_make(scene->seed, 61)};
    Mesh *m = &r->mesh;
    s.kerb = mesh_material(m, (Material){.color = color(0.33f, 0.32f, 0.3f), .dirt = 0.5f});
    s.bark = mesh_material(m, (Material){.kind = MATERIAL_BARK, .color = color(0.12f, 0.1f, 0.08f)});
    s.steel = mesh_material(m, (Material){.color = color(0.35f, 0.36f, 0.36f), .dirt = 0.3f});
    Color rails[] = {color(0.08f, 0.2f, 0.42f), color(0.45f, 0.46f, 0.47f), color(0.1f, 0.25f, 0.16f)};
    s.rail = mesh_material(m, (Material){.color = rails[rng_int(&s.rng, 3)], .dirt = 0.35f});
    s.concrete = mesh_material(m, (Material){.color = color(0.36f, 0.35f, 0.33f), .dirt = 0.5f});
    s.panel = mesh_material(m, (Material){.kind = MATERIAL_SLATS, .color = color(0.3f, 0.33f, 0.34f), .scale = 0.25f, .dirt = 0.3f});
    s.white_post = mesh_material(m, (Material){.color = color(0.55f, 0.55f, 0.54f), .dirt = 0.3f});
    s.lamp = mesh_material(m, (Material){.kind = MATERIAL_LAMP, .color = color(0.4f, 0.4f, 0.4f), .second = color(1, 0.82f, 0.55f), .lamp = LAMP_HEAD, .glow = 6});
    Color walls[] = {color(0.42f, 0.38f, 0.33f), color(0.3f, 0.3f, 0.32f), color(0.45f, 0.3f, 0.23f)};
    for (int i = 0; i < 3; i++)
        s.facade[i] = mesh_material(m, (Material){.kind = MATERIAL_FACADE, .color = walls[i], .scale = rng_range(&s.rng, 2.4f, 3.6f)});
    median_strip(&s);
    sides(&s);
    far_trees(&s);
    return !m->failed;
}

static void shade_disc(float *shade, Vec3 p, float radius, const Light *light)
{
    float up = fmaxf(light->sun.z, 0.08f), x = p.x - light->sun.x / up * p.z, y = p.y - light->sun.y / up * p.z;
    int x0 = (int)ceilf((x - radius - SHADE_X0) / SHADE_CELL), x1 = (int)floorf((x + radius - SHADE_X0) / SHADE_CELL);
    int y0 = (int)ceilf((y - radius - SHADE_Y0) / SHADE_CELL), y1 = (int)floorf((y + radius - SHADE_Y0) / SHADE_CELL);
    for (int j = y0 < 0 ? 0 : y0; j <= y1 && j < SHADE_ROWS; j++)
        for (int i = x0 < 0 ? 0 : x0; i <= x1 && i < SHADE_COLUMNS; i++)
            shade[j * SHADE_COLUMNS + i] *= 0.45f;
}

static void shade_triangle(float *shade, const Triangle *t, const Light *light)
{
    // Walked by samples: the things are thin and the cells small.
    float up = fmaxf(light->sun.z, 0.08f);
    Vec3 a = t->vertex[0].point, b = t->vertex[1].point, c = t->vertex[2].point;
    float ab = sqrtf(vec_dot(vec_sub(b, a), vec_sub(b, a))), ac = sqrtf(vec_dot(vec_sub(c, a), vec_sub(c, a)));
    if (a.y > 150)
        return;
    float reach = 1 + fmaxf(fabsf(light->sun.x), fabsf(light->sun.y)) / up * 0.5f;
    int n = (int)clampf(ab * reach / 0.06f, 1, 600), m = (int)clampf(ac * reach / 0.06f, 1, 600);
    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= m; j++) {
            float u = (float)i / (float)n, v = (float)j / (float)m;
            if (u + v > 1)
                break;
            Vec3 p = vec_add(a, vec_add(vec_scale(vec_sub(b, a), u), vec_scale(vec_sub(c, a), v)));
            int x = (int)floorf((p.x - light->sun.x / up * p.z - SHADE_X0) / SHADE_CELL + 0.5f);
            int y = (int)floorf((p.y - light->sun.y / up * p.z - SHADE_Y0) / SHADE_CELL + 0.5f);
            if (x >= 0 && y >= 0 && x < SHADE_COLUMNS && y < SHADE_ROWS)
                shade[y * SHADE_COLUMNS + x] = 0;
        }
}

static void soften(float *shade, int radius)
{
    float line[SHADE_COLUMNS > SHADE_ROWS ? SHADE_COLUMNS : SHADE_ROWS];
    for (int pass = 0; pass < 2; pass++)
        for (int axis = 0; axis < 2; axis++) {
            int lines = axis ? SHADE_COLUMNS : SHADE_ROWS, length = axis ? SHADE_ROWS : SHADE_COLUMNS;
            int step = axis ? SHADE_COLUMNS : 1, skip = axis ? 1 : SHADE_COLUMNS;
            for (int i = 0; i < lines; i++) {
                float *p = shade + i * skip;
                for (int k = 0; k < length; k++) {
                    float sum = 0;
                    for (int d = -radius; d <= radius; d++)
                        sum += p[(k + d < 0 ? 0 : k + d >= length ? length - 1 : k + d) * step];
                    line[k] = sum / (float)(2 * radius + 1);
                }
                for (int k = 0; k < length; k++)
                    p[k * step] = line[k];
            }
        }
}

float *roadside_shade(const Roadside *r, const Light *light)
{
    size_t cells = (size_t)SHADE_COLUMNS * SHADE_ROWS;
    float *shade = malloc(cells * sizeof *shade);
    if (!shade)
        return NULL;
    for (size_t i = 0; i < cells; i++)
        shade[i] = 1;
    if (light->sun_color.g <= 0.01f * light->sky_color.g)
        return shade;
    for (size_t i = 0; i < r->leaf_count; i++)
        shade_disc(shade, r->leaves[i].point, r->leaves[i].size * 1.2f, light);
    for (size_t i = 0; i < r->mesh.count; i++)
        shade_triangle(shade, &r->mesh.triangles[i], light);
    soften(shade, 1 + (int)(light->haze * 4));
    return shade;
}

float shade_at(const float *shade, float x, float y)
{
    float u = (x - SHADE_X0) / SHADE_CELL, v = (y - SHADE_Y0) / SHADE_CELL;
    if (!(u >= 0 && v >= 0 && u < SHADE_COLUMNS - 1 && v < SHADE_ROWS - 1))
        return 1;
    int i = (int)u, j = (int)v;
    float fx = u - (float)i, fy = v - (float)j;
    const float *p = shade + j * SHADE_COLUMNS + i;
    return mixf(mixf(p[0], p[1], fx), mixf(p[SHADE_COLUMNS], p[SHADE_COLUMNS + 1], fx), fy);
}
