// Points, colours and chance: small inline helpers of the scene renderer.
//
// World: x to the right, y along the road away from the camera, z up, metres. Colours are linear light, BT.709 primaries.
#ifndef HEIYAN_SAMPLES_VEC_H
#define HEIYAN_SAMPLES_VEC_H

#include <math.h>
#include <stdint.h>

#define PI_F 3.14159265f

typedef struct Vec3 {
    float x, y, z;
} Vec3;

typedef struct Color {
    float r, g, b;
} Color;

static inline Vec3 vec(float x, float y, float z)
{
    return (Vec3){x, y, z};
}
static inline Vec3 vec_add(Vec3 a, Vec3 b)
{
    return vec(a.x + b.x, a.y + b.y, a.z + b.z);
}
static inline Vec3 vec_sub(Vec3 a, Vec3 b)
{
    return vec(a.x - b.x, a.y - b.y, a.z - b.z);
}
static inline Vec3 vec_scale(Vec3 a, float s)
{
    return vec(a.x * s, a.y * s, a.z * s);
}
static inline float vec_dot(Vec3 a, Vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline Vec3 vec_cross(Vec3 a, Vec3 b)
{
    return vec(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline Vec3 vec_unit(Vec3 a)
{
    float length = sqrtf(vec_dot(a, a));
    return length > 0 ? vec_scale(a, 1 / length) : vec(0, 0, 1);
}

static inline Color color(float r, float g, float b)
{
    return (Color){r, g, b};
}
static inline Color color_scale(Color c, float s)
{
    return color(c.r * s, c.g * s, c.b * s);
}
static inline Color color_add(Color a, Color b)
{
    return color(a.r + b.r, a.g + b.g, a.b + b.b);
}
static inline Color color_mul(Color a, Color b)
{
    return color(a.r * b.r, a.g * b.g, a.b * b.b);
}
static inline Color color_mix(Color a, Color b, float t)
{
    return color(a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t);
}

static inline float mixf(float a, float b, float t)
{
    return a + (b - a) * t;
}
static inline float clampf(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}
static inline float stepf(float low, float high, float x) // smooth, 0 below low, 1 above high
{
    float t = clampf((x - low) / (high - low), 0, 1);
    return t * t * (3 - 2 * t);
}

// Chance: the same seed gives the same numbers everywhere.
typedef struct Rng {
    uint64_t state;
} Rng;

static inline uint64_t hash64(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}
static inline Rng rng_make(uint64_t seed, uint64_t stream)
{
    return (Rng){hash64(seed * 0x100000001b3u ^ hash64(stream + 77))};
}
static inline uint32_t rng_next(Rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;
    uint64_t x = rng->state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(x >> 32);
}
static inline float rng_unit(Rng *rng) // [0, 1)
{
    return (float)(rng_next(rng) >> 8) * (1.0f / 16777216.0f);
}
static inline float rng_range(Rng *rng, float low, float high)
{
    return low + (high - low) * rng_unit(rng);
}
static inline int rng_int(Rng *rng, int count) // 0 .. count - 1
{
    return (int)(((uint64_t)rng_next(rng) * (uint64_t)count) >> 32);
}
static inline float rng_normal(Rng *rng)
{
    float a = rng_unit(rng) + 1e-7f, b = rng_unit(rng);
    return sqrtf(-2 * logf(a)) * cosf(2 * PI_F * b);
}

#endif
