#include "plume.h"

#include "noise.h"

#include <stdlib.h>

const float plume_soot[3] = {0.92f, 1, 1.08f};

typedef struct Recipe {
    float life, start_sigma, slow, fast, fade, rise;
} Recipe;

static Recipe recipe_of(PlumeKind kind)
{
    switch (kind) {
    case PLUME_WHITE: return (Recipe){2.5f, 0.12f, 0.03f, 0.25f, 0.8f, 0.5f};
    case PLUME_DUST: return (Recipe){6, 0.35f, 0.1f, 0.5f, 3, 0.05f};
    case PLUME_SPRAY: return (Recipe){1.3f, 0.22f, 0.1f, 0.5f, 0.35f, -0.2f};
    default: return (Recipe){8, 0.28f, 0.015f, 0.3f, 30, 0.25f}; // mixed over the low pressure behind the body before it trails
    }
}

float plume_life(PlumeKind kind)
{
    return recipe_of(kind).life;
}

// How much smoke a puff carries: an engine under load gives it in bursts.
static float pulse(const PlumeSpec *spec, float time, Rng *rng)
{
    uint32_t seed = (uint32_t)spec->seed;
    float mass = 0.85f + 0.25f * noise1(time * 0.9f, seed) + 0.2f * rng_unit(rng);
    if (seed % 3 == 0) // a third of the vehicles puff
        mass *= 0.5f + 0.6f * stepf(-0.1f, 0.5f, noise1(time * 1.7f, seed + 1));
    return fmaxf(mass, 0.1f);
}

int plume_puffs(const PlumeSpec *spec, const PlumeSource *source, float time, Puff *puffs, int capacity)
{
    Recipe r = recipe_of(spec->kind);
    int count = 0;
    int64_t last = (int64_t)floorf(time * PLUME_RATE), first = last - (int64_t)(r.life * PLUME_RATE);
    for (int64_t i = first < 0 ? 0 : first; i <= last && count < capacity; i++) {
        Rng rng = rng_make(spec->seed, (uint64_t)i);
        float born = ((float)i + rng_unit(&rng)) / PLUME_RATE, age = time - born;
        Vec3 pipe, velocity;
        if (age <= 0 || age >= r.life || !source->at(source->context, born, &pipe, &velocity))
            continue;
        float diffusion = rng_unit(&rng) < 0.5f ? r.slow : r.fast * rng_range(&rng, 0.3f, 1);
        float speed = sqrtf(vec_dot(velocity, velocity));
        // The wake carries gas along at 0.3 of the vehicle's speed and lets go of it within half a second.
        float carried = 0.3f * 0.5f * (1 - expf(-age / 0.5f)), blown = age - 0.8f * (1 - expf(-age / 0.8f));
        Vec3 p = vec_add(pipe, vec_scale(velocity, carried));
        p = vec_add(p, vec_add(vec_scale(spec->wind, blown), vec_scale(spec->jet, 0.25f * (1 - expf(-age / 0.25f)))));
        float stir = (0.25f + 0.02f * speed) * sqrtf(age) * (0.5f + 0.4f * spec->body_width);
        uint32_t seed = (uint32_t)hash64(spec->seed);
        p.x += stir * noise2(born * 2.3f, age * 1.1f, seed) + 0.25f * stir * rng_normal(&rng);
        p.y += stir * noise2(born * 2.3f, age * 1.1f, seed + 1) + 0.3f * stir * rng_normal(&rng);
        p.z += 0.6f * stir * noise2(born * 2.9f, age * 1.3f, seed + 2) + r.rise * age + 0.15f * stir * rng_normal(&rng);
        float sigma = sqrtf(r.start_sigma * r.start_sigma + 2 * diffusion * age);
        p.z = fmaxf(p.z, 0.45f * sigma);
        float mass = spec->strength * pulse(spec, born, &rng) * expf(-age / r.fade);
        mass *= stepf(r.life, r.life * 0.75f, age);
        if (mass > 0)
            puffs[count++] = (Puff){p, sigma, mass};
    }
    return count;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

float plume_strength(float *moments, int count, float grade)
{
    qsort(moments, (size_t)count, sizeof *moments, compare_floats);
    float dense = moments[count * 3 / 4], wanted = -logf(1 - fminf(grade * 0.2f, 0.965f));
    return dense > 1e-6f ? wanted / dense : wanted;
}

void plume_splat(float *grid, int columns, int rows, Touched *box, float x, float y, float sigma, float peak)
{
    float reach = 2.7f * sigma;
    int x0 = (int)fmaxf(ceilf(x - reach), 0), x1 = (int)fminf(floorf(x + reach) + 1, (float)columns);
    int y0 = (int)fmaxf(ceilf(y - reach), 0), y1 = (int)fminf(floorf(y + reach) + 1, (float)rows);
    if (x0 >= x1 || y0 >= y1)
        return;
    float k = -0.5f / (sigma * sigma), across[2048];
    int width = x1 - x0 < 2048 ? x1 - x0 : 2048;
    for (int i = 0; i < width; i++)
        across[i] = expf(k * ((float)(x0 + i) - x) * ((float)(x0 + i) - x));
    for (int j = y0; j < y1; j++) {
        float *row = grid + (size_t)j * (size_t)columns + x0;
        float scale = peak * expf(k * ((float)j - y) * ((float)j - y));
        for (int i = 0; i < width; i++)
            row[i] += scale * across[i];
    }
    *box = (Touched){x0 < box->x0 ? x0 : box->x0, y0 < box->y0 ? y0 : box->y0, x1 > box->x1 ? x1 : box->x1, y1 > box->y1 ? y1 : box->y1};
}
