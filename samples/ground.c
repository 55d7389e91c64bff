#include "ground.h"

#include "noise.h"

#include <stdlib.h>

#define MAX_PATCHES 48
#define MAX_CRACKS 64
#define CRACK_POINTS 14

typedef struct Patch {
    float x0, x1, y0, y1, tone;
} Patch;

typedef struct Crack {
    float x[CRACK_POINTS], y[CRACK_POINTS], width, tone, y0, y1;
} Crack;

struct Ground {
    const Scene *scene;
    uint32_t seed;
    Patch patch[MAX_PATCHES];
    Crack crack[MAX_CRACKS];
    int patches, cracks;
    Color tint;
};

float scene_right_edge(const Scene *s)
{
    return (float)s->lanes * s->lane_width + s->shoulder;
}

float scene_left_edge(const Scene *s)
{
    return s->lanes_back ? -s->median - (float)s->lanes_back * s->lane_width - s->shoulder : -s->shoulder * 0.6f;
}

float scene_lane_center(const Scene *s, int lane)
{
    return lane >= 0 ? ((float)lane + 0.5f) * s->lane_width : -s->median + ((float)lane + 0.5f) * s->lane_width;
}

float scene_bend(const Scene *s, float y)
{
    return y > 0 ? 0.5f * s->curve * y * y : 0;
}

static void make_crack(Ground *g, Rng *rng, Crack *c)
{
    bool across = rng_int(rng, 3) > 0;
    float left = scene_left_edge(g->scene), right = scene_right_edge(g->scene);
    float x = rng_range(rng, left, right), y = rng_range(rng, 4, 90);
    float dx = across ? rng_range(rng, 0.25f, 0.6f) : rng_range(rng, -0.05f, 0.05f), dy = across ? rng_range(rng, -0.04f, 0.04f) : 0.6f;
    c->width = rng_range(rng, 0.006f, 0.03f);
    c->tone = rng_int(rng, 3) ? rng_range(rng, 0.5f, 0.75f) : rng_range(rng, 1.3f, 1.7f); // open or sealed dark; dusty light
    c->y0 = 1e9f;
    c->y1 = -1e9f;
    for (int i = 0; i < CRACK_POINTS; i++) {
        c->x[i] = clampf(x, left, right);
        c->y[i] = y;
        x += dx + 0.12f * rng_normal(rng);
        y += dy + 0.1f * rng_normal(rng);
        c->y0 = fminf(c->y0, c->y[i] - 0.2f);
        c->y1 = fmaxf(c->y1, c->y[i] + 0.2f);
    }
}

Ground *ground_create(const Scene *scene)
{
    Ground *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->scene = scene;
    g->seed = (uint32_t)hash64(scene->seed + 3);
    Rng rng = rng_make(scene->seed, 31);
    g->tint = color(1 + rng_range(&rng, -0.04f, 0.05f), 1, 1 + rng_range(&rng, -0.05f, 0.06f));
    g->patches = (int)(scene->wear * MAX_PATCHES * 0.6f);
    for (int i = 0; i < g->patches; i++) {
        float x = rng_range(&rng, scene_left_edge(scene), scene_right_edge(scene)), y = rng_range(&rng, 2, 110);
        float w = rng_range(&rng, 0.4f, 2.2f), h = rng_range(&rng, 0.5f, 7);
        g->patch[i] = (Patch){x, x + w, y, y + h, rng_int(&rng, 3) ? rng_range(&rng, 0.72f, 0.93f) : rng_range(&rng, 1.04f, 1.15f)};
    }
    g->cracks = (int)(scene->wear * MAX_CRACKS);
    for (int i = 0; i < g->cracks; i++)
        make_crack(g, &rng, &g->crack[i]);
    return g;
}

void ground_destroy(Ground **ground)
{
    free(*ground);
    *ground = NULL;
}

// Share of a window of width f around x that lies in a..b.
static float cover(float x, float f, float a, float b)
{
    float low = fmaxf(x - f / 2, a), high = fminf(x + f / 2, b);
    return clampf((high - low) / f, 0, 1);
}

static float dashes(float y, float f, float line, float gap, float offset)
{
    float period = line + gap, share = line / period;
    if (f > period)
        return share;
    float t = fmodf(y + offset + 100 * period, period);
    return clampf(cover(t, f, 0, line) + cover(t - period, f, 0, line) + cover(t + period, f, 0, line), 0, 1);
}

// Painted share of the surface at a place in one carriageway that reaches from left to right.
static float lines_of(const Scene *s, float x, float y, float fx, float fy, int lanes, float left)
{
    const float half = 0.075f;
    float right = left + (float)lanes * s->lane_width, sum = cover(x, fx, right - half, right + half);
    sum += cover(x, fx, left + 0.25f - half, left + 0.25f + half);
    for (int i = 1; i < lanes; i++) {
        float at = left + (float)i * s->lane_width;
        float c = cover(x, fx, at - half, at + half);
        if (c > 0)
            sum += c * dashes(y, fy, 6, 9, (float)(s->seed % 13));
    }
    return clampf(sum, 0, 1);
}

static float cracks_at(const Ground *g, float x, float y, float fx)
{
    float tone = 1;
    for (int i = 0; i < g->cracks; i++) {
        const Crack *c = &g->crack[i];
        if (y < c->y0 || y > c->y1)
            continue;
        float best = 1e9f;
        for (int k = 0; k + 1 < CRACK_POINTS; k++) {
            float dx = c->x[k + 1] - c->x[k], dy = c->y[k + 1] - c->y[k], l2 = dx * dx + dy * dy + 1e-6f;
            float t = clampf(((x - c->x[k]) * dx + (y - c->y[k]) * dy) / l2, 0, 1);
            float ex = x - c->x[k] - t * dx, ey = y - c->y[k] - t * dy;
            best = fminf(best, ex * ex + ey * ey);
        }
        float w = c->width * (0.6f + 0.5f * noise2(x * 5, y * 5, g->seed + 9)), soft = fmaxf(fx, 0.012f);
        float share = clampf((w + soft - sqrtf(best)) / (2 * soft), 0, 1) * fminf(1, 2 * w / soft);
        tone *= 1 + (c->tone - 1) * share;
    }
    return tone;
}

static float wheel_tracks(const Scene *s, float x)
{
    float lane = x / s->lane_width;
    if (x < 0)
        lane = (x + s->median) / s->lane_width;
    float in = (lane - floorf(lane) - 0.5f) * s->lane_width;
    float track = expf(-(fabsf(in) - 0.85f) * (fabsf(in) - 0.85f) / 0.09f);
    float oil = expf(-in * in / 0.12f);
    return 0.10f * track - 0.07f * oil;
}

static Color asphalt(const Ground *g, float x, float y, float fx, float fy)
{
    const Scene *s = g->scene;
    float f = fmaxf(fx, fy * 0.4f), t = 1;
    t += 0.09f * fbm2(x, y * 0.35f, 7, f, 3, g->seed);
    t += 0.06f * fbm2(x * 2, y * 0.08f, 0.9f, fx, 3, g->seed + 10); // streaks along the road
    t += 0.05f * fbm2(x, y, 0.8f, f, 3, g->seed + 20);
    t += 0.1f * fbm2(x, y, 0.03f, f, 2, g->seed + 30);              // stones
    t += 0.035f * fbm2(x, y, 0.16f, f, 2, g->seed + 33);
    float grain = clampf(0.02f / f, 0.2f, 1);
    t += 0.09f * grain * noise2(x / fmaxf(0.012f, fx * 0.8f), y / fmaxf(0.012f, fy * 0.8f), g->seed + 40);
    t *= 1 + (0.5f + 0.5f * s->wear) * wheel_tracks(s, x);
    float lump = noise2(x * 0.5f, y * 0.12f, g->seed + 60);
    t *= 1 + 0.05f * lump;
    for (int i = 0; i < g->patches; i++) {
        const Patch *p = &g->patch[i];
        if (x + fx < p->x0 || x - fx > p->x1 || y + fy < p->y0 || y - fy > p->y1)
            continue;
        float in = cover(x, fx, p->x0, p->x1) * cover(y, fy, p->y0, p->y1);
        float rim = in - cover(x, fx, p->x0 + 0.05f, p->x1 - 0.05f) * cover(y, fy, p->y0 + 0.06f, p->y1 - 0.06f);
        t *= 1 + (p->tone - 1) * in - 0.25f * rim;
    }
    t *= cracks_at(g, x, y, fmaxf(fx, fy * 0.3f));
    return color_scale(g->tint, s->asphalt * fmaxf(t, 0.2f));
}

static Color verge(const Ground *g, float x, float y, float f)
{
    float a = fbm2(x, y, 2.5f, f, 4, g->seed + 70), b = fbm2(x, y, 0.35f, f, 3, g->seed + 80);
    Color grass = color(0.075f, 0.11f, 0.035f), dry = color(0.2f, 0.17f, 0.08f), soil = color(0.24f, 0.19f, 0.13f);
    Color c = color_mix(grass, dry, clampf(0.35f + 0.6f * a, 0, 1));
    c = color_mix(c, soil, clampf(1.2f * b + 1.4f * a - 0.3f + 1.2f * (0.5f - g->scene->greenery), 0, 1));
    return color_scale(c, clampf(1 + 0.5f * b + 0.35f * fbm2(x, y, 0.06f, f, 2, g->seed + 90), 0.3f, 2));
}

static Color paving(const Ground *g, float x, float y, float f)
{
    float u = fmodf(x + 100, 0.4f), v = fmodf(y + 100, 0.4f);
    float joint = f > 0.25f ? 0 : (u < 0.02f || v < 0.02f) ? 1 : 0;
    float t = 1 + 0.12f * noise2(floorf(x / 0.4f) * 3.1f, floorf(y / 0.4f) * 7.7f, g->seed + 95) * clampf(0.3f / f, 0, 1);
    t += 0.1f * fbm2(x, y, 1.5f, f, 3, g->seed + 96);
    return color_scale(color(0.27f, 0.2f, 0.17f), t * (1 - 0.3f * joint));
}

static Color road(const Ground *g, float x, float y, float fx, float fy)
{
    const Scene *s = g->scene;
    Color c = asphalt(g, x, y, fx, fy);
    float back = -s->median - (float)s->lanes_back * s->lane_width, white = 0, yellow = 0;
    if (x > -s->median / 2 || !s->lanes_back)
        white = lines_of(s, x, y, fx, fy, s->lanes, 0);
    else
        white = lines_of(s, x, y, fx, fy, s->lanes_back, back) * (s->median < 0.5f && x > -s->median - 0.6f ? 0 : 1);
    if (s->lanes_back && s->median < 0.5f) {
        white *= x > 0.6f || x < -s->median - 0.6f ? 1 : 0;
        float mid = -s->median / 2;
        yellow = cover(x, fx, mid - 0.22f, mid - 0.07f) + cover(x, fx, mid + 0.07f, mid + 0.22f);
    }
    float worn = clampf(0.5f + 0.9f * fbm2(x, y, 0.4f, fmaxf(fx, fy * 0.3f), 4, g->seed + 50) + 0.5f * noise2(x, y * 0.2f, g->seed + 51), 0, 1);
    float paint = 0.93f - s->wear * (0.25f + 0.75f * stepf(0.35f, 0.8f, worn));
    c = color_mix(c, color_scale(color(0.50f, 0.50f, 0.48f), 1 - 0.25f * s->wear), clampf(white, 0, 1) * paint);
    c = color_mix(c, color_scale(color(0.46f, 0.31f, 0.06f), 1 - 0.2f * s->wear), clampf(yellow, 0, 1) * paint);
    // Dust that traffic sweeps to the edges.
    float edge = fminf(scene_right_edge(s) - x, x - scene_left_edge(s));
    if (s->median >= 0.5f && s->lanes_back)
        edge = fminf(edge, fabsf(x + s->median / 2) - s->median / 2);
    float dust = stepf(1.0f, 0, edge) * clampf(0.5f + 0.6f * fbm2(x * 2, y * 0.4f, 1.2f, fy, 3, g->seed + 55), 0, 1);
    return color_mix(c, color(0.23f, 0.2f, 0.16f), 0.55f * dust);
}

Color ground_albedo(const Ground *g, float wx, float y, float fx, float fy)
{
    const Scene *s = g->scene;
    float x = wx - scene_bend(s, y), right = scene_right_edge(s), left = scene_left_edge(s);
    bool median = s->lanes_back && s->median >= 0.5f && x < 0 && x > -s->median;
    Color c;
    if (x > right || x < left || median) {
        float out = median ? 0 : fmaxf(x - right, left - x);
        float f = fmaxf(fx, fy * 0.5f);
        if (out < 0.35f && !median)
            c = color_scale(color(0.33f, 0.32f, 0.3f), 1 + 0.15f * fbm2(x, y, 1, f, 4, g->seed + 77)); // gutter slabs
        else if (s->roadside == 1 && out > 2.5f && out < 5.5f)
            c = paving(g, x, y, f);
        else
            c = verge(g, x, y, f);
    } else {
        c = road(g, x, y, fx, fy);
    }
    if (s->wet > 0) { // water fills the pores: darker
        float puddle = ground_puddle(g, wx, y);
        c = color_scale(c, 1 - s->wet * (0.35f + 0.2f * puddle));
    }
    return c;
}

float ground_puddle(const Ground *g, float wx, float y)
{
    float x = wx - scene_bend(g->scene, y);
    bool median = g->scene->lanes_back && g->scene->median >= 0.5f && x < 0 && x > -g->scene->median;
    if (median || x > scene_right_edge(g->scene) + 0.35f || x < scene_left_edge(g->scene) - 0.35f)
        return 0;
    float n = 0.5f + 0.8f * fbm2(x, y * 0.3f, 3, 0.05f, 3, g->seed + 99);
    return g->scene->wet * clampf(0.35f + 0.75f * n - 0.3f * wheel_tracks(g->scene, x), 0, 1);
}
