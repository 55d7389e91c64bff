#include "painter.h"

#include "noise.h"
#include "plume.h"
#include "truth.h"

#include <stdlib.h>
#include <string.h>

#define CELL 2 // pixels of the grid of optical depths
#define MAX_PUFFS 1024
#define SPEED 13.0f // m/s taken for every vehicle: the way in metres is its way in time
#define SLACK 3.0   // seconds smoke is drawn before and after its vehicle is seen
#define LEVELS 4096

typedef struct Source {
    const Painter *painter;
    const Smoker *smoker;
    float width, side; // of the vehicle, metres; of the pipe from the middle
    PlumeSpec plume;
    float airlight[3]; // linear light, follows the road behind the vehicle
    bool lit;
} Source;

struct Painter {
    const Trails *trails;
    size_t count;
    float airlight;
    Source *sources;
    int columns, rows;
    float *depth, *own;
    Touched touched;
    Puff puffs[MAX_PUFFS];
    float linear[256];
    uint8_t encoded[LEVELS + 1]; // 0..255 of a share of full light
};

// The plume's own world: y metres along the way, x across, z up.
static bool pipe_at(void *context, float time, Vec3 *pipe, Vec3 *velocity)
{
    const Source *s = context;
    const Trail *trail = &s->painter->trails->items[s->smoker->trail];
    Step step;
    if (!trail_at(trail, time, SLACK, &step))
        return false;
    *pipe = vec(s->side, time * SPEED, 0.4f);
    *velocity = vec(0, SPEED, 0);
    return true;
}

static bool project(const Source *s, Vec3 p, float *x, float *y, float *scale)
{
    Step step;
    if (!trail_at(&s->painter->trails->items[s->smoker->trail], p.y / SPEED, SLACK, &step))
        return false;
    *scale = step.w / s->width;
    *x = step.x + p.x * *scale;
    *y = step.y - p.z * *scale;
    return true;
}

// Mean optical depth of a patch half a metre wide around a point of the picture.
static float depth_of_patch(const Source *s, const Puff *puffs, int count, float x, float y, float scale)
{
    float sum = 0;
    for (int i = 0; i < count; i++) {
        float px, py, size;
        if (!project(s, puffs[i].center, &px, &py, &size))
            continue;
        // The puff widened by the patch: a Gaussian seen through a Gaussian window of 0.15 m.
        float sigma2 = puffs[i].sigma * puffs[i].sigma * size * size + 0.15f * 0.15f * scale * scale;
        float far2 = (px - x) * (px - x) + (py - y) * (py - y);
        if (far2 < 9 * sigma2)
            sum += puffs[i].mass * size * size / (2 * PI_F * sigma2) * expf(-0.5f * far2 / sigma2);
    }
    return sum;
}

// The strength that makes the densest patch behind the vehicle reach the nominal grade in the denser quarter of its moments.
static float calibrate(Painter *painter, Source *s)
{
    const Trail *trail = &painter->trails->items[s->smoker->trail];
    float moments[24];
    PlumeSource source = {s, pipe_at};
    for (int i = 0; i < 24; i++) {
        const Step *step = &trail->steps[(size_t)i * (trail->count - 1) / 23];
        int count = plume_puffs(&s->plume, &source, (float)step->time, painter->puffs, MAX_PUFFS);
        float scale = step->w / s->width, best = 0;
        for (int k = 0; k < 21; k++) {
            Step before;
            float back = 0.06f * (float)(k / 3 + 1); // seconds: the way it came
            if (!trail_at(trail, step->time - back, SLACK, &before))
                continue;
            float x = before.x + (s->side + 0.3f * (float)(k % 3 - 1)) * scale, y = before.y - 0.3f * scale;
            bool inside = fabsf(x - step->x) < step->w / 2 && y < step->y && y > step->y - step->h;
            if (!inside)
                best = fmaxf(best, depth_of_patch(s, painter->puffs, count, x, y, scale));
        }
        moments[i] = best;
    }
    return plume_strength(moments, 24, s->smoker->grade);
}

static void set_source(Painter *painter, Source *s, const Smoker *smoker)
{
    const Trail *trail = &painter->trails->items[smoker->trail];
    Rng rng = rng_make(smoker->seed, 77);
    const Step *middle = &trail->steps[trail->count / 2];
    *s = (Source){.painter = painter, .smoker = smoker, .width = middle->h > 1.1f * middle->w ? 2.5f : 1.85f};
    s->side = rng_range(&rng, -0.3f, 0.3f) * s->width;
    s->plume = (PlumeSpec){.kind = PLUME_BLACK,
                           .strength = 1,
                           .seed = smoker->seed,
                           .wind = vec(rng_range(&rng, -1.5f, 1.5f), rng_range(&rng, -1, 1), 0),
                           .body_width = s->width};
    s->plume.strength = calibrate(painter, s);
}

static float linear_of(float encoded)
{
    return encoded < 0.081f ? encoded / 4.5f : powf((encoded + 0.099f) / 1.099f, 1 / 0.45f);
}

static float encoded_of(float linear)
{
    return linear < 0.018f ? linear * 4.5f : 1.099f * powf(linear, 0.45f) - 0.099f;
}

Painter *painter_create(const Trails *trails, const Smoker *smokers, size_t count, float airlight)
{
    Painter *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->trails = trails;
    p->count = count;
    p->airlight = airlight;
    p->columns = trails->width / CELL + 1;
    p->rows = trails->height / CELL + 1;
    size_t cells = (size_t)p->columns * (size_t)p->rows;
    p->sources = calloc(count + 1, sizeof *p->sources);
    p->depth = calloc(cells, sizeof *p->depth);
    p->own = calloc(cells, sizeof *p->own);
    if (!p->sources || !p->depth || !p->own) {
        painter_destroy(&p);
        return NULL;
    }
    for (int i = 0; i < 256; i++)
        p->linear[i] = linear_of((float)i / 255);
    for (int i = 0; i <= LEVELS; i++)
        p->encoded[i] = (uint8_t)lrintf(255 * encoded_of((float)i / LEVELS));
    for (size_t i = 0; i < count; i++)
        set_source(p, &p->sources[i], &smokers[i]);
    return p;
}

void painter_destroy(Painter **painter)
{
    Painter *p = *painter;
    *painter = NULL;
    if (!p)
        return;
    free(p->sources);
    free(p->depth);
    free(p->own);
    free(p);
}

// ---- colour ----

typedef struct Matrix { // of full-range values about 0.5
    float red_v, green_u, green_v, blue_u;
    float gain, black, chroma_gain;
} Matrix;

static Matrix matrix_of(const Picture *picture)
{
    float kr = picture->space == COLOR_SPACE_BT601 ? 0.299f : picture->space == COLOR_SPACE_BT2020 ? 0.2627f : 0.2126f;
    float kb = picture->space == COLOR_SPACE_BT601 ? 0.114f : picture->space == COLOR_SPACE_BT2020 ? 0.0593f : 0.0722f;
    float kg = 1 - kr - kb;
    bool full = picture->range == COLOR_RANGE_FULL;
    return (Matrix){2 * (1 - kr),     -2 * (1 - kb) * kb / kg,     -2 * (1 - kr) * kr / kg, 2 * (1 - kb),
                    full ? 1 : 255.f / 219, full ? 0 : 16, full ? 1 : 255.f / 224};
}

static void to_rgb(const Matrix *m, float y, float u, float v, float rgb[3])
{
    y = (y - m->black) * m->gain;
    u = (u - 128) * m->chroma_gain;
    v = (v - 128) * m->chroma_gain;
    rgb[0] = y + m->red_v * v;
    rgb[1] = y + m->green_u * u + m->green_v * v;
    rgb[2] = y + m->blue_u * u;
}

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

// ---- one picture ----

static bool hidden(const Painter *p, const Source *s, const RenderVehicle *vehicles, float x, float y)
{
    const RenderVehicle *mine = &vehicles[s->smoker->trail];
    for (size_t i = 0; i < p->trails->count; i++) {
        const RenderVehicle *other = &vehicles[i];
        if (i == s->smoker->trail || !other->visible || (mine->visible && other->y + other->h < mine->y + mine->h))
            continue;
        float dx = (x - other->x - other->w / 2) / (0.44f * other->w), dy = (y - other->y - other->h / 2) / (0.46f * other->h);
        if (dx * dx * dx * dx + dy * dy * dy * dy < 1)
            return true;
    }
    return false;
}

static void add_plume(Painter *p, Source *s, float time, const RenderVehicle *vehicles, RenderVehicle *mine)
{
    Touched touched = {p->columns, p->rows, 0, 0};
    int count = plume_puffs(&s->plume, &(PlumeSource){s, pipe_at}, time, p->puffs, MAX_PUFFS);
    for (int i = 0; i < count; i++) {
        float x, y, scale;
        if (!project(s, p->puffs[i].center, &x, &y, &scale))
            continue;
        float sigma = fmaxf(p->puffs[i].sigma * scale / CELL, 0.6f);
        float peak = p->puffs[i].mass * scale * scale / (CELL * CELL) / (2 * PI_F * sigma * sigma);
        plume_splat(p->own, p->columns, p->rows, &touched, (x + 0.5f) / CELL - 0.5f, (y + 0.5f) / CELL - 0.5f, sigma, peak);
    }
    for (int j = touched.y0; j < touched.y1; j++)
        for (int i = touched.x0; i < touched.x1; i++) {
            float *own = &p->own[(size_t)j * (size_t)p->columns + (size_t)i];
            if (*own > 0 && hidden(p, s, vehicles, ((float)i + 0.5f) * CELL, ((float)j + 0.5f) * CELL))
                *own = 0;
            p->depth[(size_t)j * (size_t)p->columns + (size_t)i] += *own;
        }
    truth_measure(p->own, p->columns, CELL, 0, touched, p->trails->width, p->trails->height, mine);
    Touched *all = &p->touched;
    *all = (Touched){touched.x0 < all->x0 ? touched.x0 : all->x0, touched.y0 < all->y0 ? touched.y0 : all->y0,
                     touched.x1 > all->x1 ? touched.x1 : all->x1, touched.y1 > all->y1 ? touched.y1 : all->y1};
}

// The road's light in a band behind the vehicle, followed slowly.
static void follow_light(const Painter *p, Source *s, const Picture *picture, const Matrix *m, const RenderVehicle *mine)
{
    int x0 = (int)clamp(mine->x, 0, (float)picture->width), x1 = (int)clamp(mine->x + mine->w, 0, (float)picture->width);
    int y0 = (int)clamp(mine->y + mine->h + 0.1f * mine->w, 0, (float)picture->height);
    int y1 = (int)clamp(mine->y + mine->h + 0.6f * mine->w, 0, (float)picture->height);
    float sum[3] = {0}, count = 0;
    for (int y = y0; y < y1; y += 2)
        for (int x = x0; x < x1; x += 2) {
            float rgb[3];
            ptrdiff_t c = (ptrdiff_t)(y / 2) * picture->stride[1] + x / 2;
            to_rgb(m, picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x], picture->plane[1][c], picture->plane[2][c], rgb);
            for (int k = 0; k < 3; k++)
                sum[k] += p->linear[(int)clamp(rgb[k], 0, 255)];
            count++;
        }
    for (int k = 0; k < 3 && count > 20; k++) {
        float now = p->airlight * sum[k] / count;
        s->airlight[k] = s->lit ? s->airlight[k] + 0.1f * (now - s->airlight[k]) : now;
    }
    s->lit |= count > 20;
}

static float depth_at(const Painter *p, int x, int y)
{
    float u = ((float)x + 0.5f) / CELL - 0.5f, v = ((float)y + 0.5f) / CELL - 0.5f;
    int i = (int)clamp(floorf(u), 0, (float)p->columns - 2), j = (int)clamp(floorf(v), 0, (float)p->rows - 2);
    float fx = clamp(u - (float)i, 0, 1), fy = clamp(v - (float)j, 0, 1);
    const float *a = p->depth + (size_t)j * (size_t)p->columns + (size_t)i, *b = a + p->columns;
    return (a[0] * (1 - fx) + a[1] * fx) * (1 - fy) + (b[0] * (1 - fx) + b[1] * fx) * fy;
}

// Two by two pixels share their chroma.
static void darken_block(const Painter *p, const float airlight[3], const Matrix *m, Picture *out, int x, int y)
{
    uint8_t *u = (uint8_t *)(uintptr_t)out->plane[1] + (ptrdiff_t)(y / 2) * out->stride[1] + x / 2;
    uint8_t *v = (uint8_t *)(uintptr_t)out->plane[2] + (ptrdiff_t)(y / 2) * out->stride[2] + x / 2;
    float change_u = 0, change_v = 0;
    int pixels = 0;
    for (int k = 0; k < 4; k++) {
        int px = x + k % 2, py = y + k / 2;
        if (px >= out->width || py >= out->height)
            continue;
        pixels++;
        float depth = depth_at(p, px, py);
        if (depth < 5e-4f)
            continue;
        uint8_t *luma = (uint8_t *)(uintptr_t)out->plane[0] + (ptrdiff_t)py * out->stride[0] + px;
        float before[3], after[3];
        to_rgb(m, *luma, *u, *v, before);
        for (int c = 0; c < 3; c++) {
            float t = expf(-depth * plume_soot[c]), at = clamp(before[c], 0, 255);
            int low = (int)at;
            float light = p->linear[low] + (at - (float)low) * (p->linear[low < 255 ? low + 1 : 255] - p->linear[low]);
            // What is out of gamut keeps its excess.
            after[c] = before[c] - at + 255 * encoded_of(light * t + airlight[c] * (1 - t));
        }
        float kr = 1 - m->red_v / 2, kb = 1 - m->blue_u / 2, kg = 1 - kr - kb;
        float y0 = kr * before[0] + kg * before[1] + kb * before[2], y1 = kr * after[0] + kg * after[1] + kb * after[2];
        *luma = (uint8_t)lrintf(clamp((float)*luma + (y1 - y0) / m->gain, 0, 255));
        change_u += ((after[2] - y1) - (before[2] - y0)) / m->blue_u / m->chroma_gain;
        change_v += ((after[0] - y1) - (before[0] - y0)) / m->red_v / m->chroma_gain;
    }
    *u = (uint8_t)lrintf(clamp((float)*u + change_u / (float)pixels, 0, 255));
    *v = (uint8_t)lrintf(clamp((float)*v + change_v / (float)pixels, 0, 255));
}

static Picture *copy_of(const Picture *picture)
{
    Picture *out = picture_new(picture->width, picture->height);
    if (!out)
        return NULL;
    out->time_us = picture->time_us;
    out->range = picture->range;
    out->space = picture->space;
    for (int i = 0; i < 3; i++) {
        int width = i ? (picture->width + 1) / 2 : picture->width, height = i ? (picture->height + 1) / 2 : picture->height;
        for (int y = 0; y < height; y++)
            memcpy((uint8_t *)(uintptr_t)out->plane[i] + (ptrdiff_t)y * out->stride[i],
                   picture->plane[i] + (ptrdiff_t)y * picture->stride[i], (size_t)width);
    }
    return out;
}

static void place_vehicles(const Painter *p, double time, RenderVehicle *vehicles)
{
    memset(vehicles, 0, p->trails->count * sizeof *vehicles);
    for (size_t i = 0; i < p->trails->count; i++) {
        Step step;
        RenderVehicle *v = &vehicles[i];
        v->visible = trail_at(&p->trails->items[i], time, 0.02, &step);
        if (v->visible) {
            v->x = step.x - step.w / 2;
            v->y = step.y - step.h;
            v->w = step.w;
            v->h = step.h;
        }
    }
}

Picture *painter_paint(Painter *p, const Picture *picture, RenderVehicle *vehicles)
{
    Picture *out = copy_of(picture);
    if (!out)
        return NULL;
    double time = (double)(picture->time_us - p->trails->start_us) / 1e6;
    Matrix m = matrix_of(picture);
    float airlight[3] = {0}, lit = 0;
    place_vehicles(p, time, vehicles);
    p->touched = (Touched){p->columns, p->rows, 0, 0};
    for (size_t i = 0; i < p->count; i++) {
        Source *s = &p->sources[i];
        RenderVehicle *mine = &vehicles[s->smoker->trail];
        add_plume(p, s, (float)time, vehicles, mine);
        if (mine->visible)
            follow_light(p, s, picture, &m, mine);
        for (int k = 0; k < 3 && s->lit && mine->opacity > 0.002f; k++)
            airlight[k] += s->airlight[k];
        lit += s->lit && mine->opacity > 0.002f;
    }
    for (int k = 0; k < 3 && lit > 0; k++)
        airlight[k] /= lit;
    Touched *t = &p->touched;
    for (int y = t->y0 * CELL & ~1; y < t->y1 * CELL + CELL && y < out->height; y += 2)
        for (int x = t->x0 * CELL & ~1; x < t->x1 * CELL + CELL && x < out->width; x += 2)
            darken_block(p, airlight, &m, out, x, y);
    for (int j = t->y0; j < t->y1; j++)
        memset(p->depth + (size_t)j * (size_t)p->columns + t->x0, 0, sizeof(float) * (size_t)(t->x1 > t->x0 ? t->x1 - t->x0 : 0));
    return out;
}
