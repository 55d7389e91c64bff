#include "noise.h"

#include <math.h>

static inline float lattice(int32_t x, int32_t y, int32_t z, uint32_t seed)
{
    uint32_t h = (uint32_t)x * 0x8da6b343u ^ (uint32_t)y * 0xd8163841u ^ (uint32_t)z * 0xcb1ab31fu ^ seed * 0x9e3779b1u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 12;
    h *= 0x297a2d39u;
    h ^= h >> 15;
    return (float)(int32_t)h * (1.0f / 2147483648.0f);
}

static inline float ease(float t)
{
    return t * t * (3 - 2 * t);
}

float noise1(float x, uint32_t seed)
{
    float fx = floorf(x);
    int32_t ix = (int32_t)fx;
    float a = lattice(ix, 0, 0, seed), b = lattice(ix + 1, 0, 0, seed);
    return a + (b - a) * ease(x - fx);
}

float noise2(float x, float y, uint32_t seed)
{
    float fx = floorf(x), fy = floorf(y);
    int32_t ix = (int32_t)fx, iy = (int32_t)fy;
    float tx = ease(x - fx), ty = ease(y - fy);
    float a = lattice(ix, iy, 0, seed), b = lattice(ix + 1, iy, 0, seed);
    float c = lattice(ix, iy + 1, 0, seed), d = lattice(ix + 1, iy + 1, 0, seed);
    a += (b - a) * tx;
    c += (d - c) * tx;
    return a + (c - a) * ty;
}

float noise3(float x, float y, float z, uint32_t seed)
{
    float fz = floorf(z);
    uint32_t layer = (uint32_t)(int32_t)fz;
    float a = noise2(x, y, seed + layer * 0x85ebca6bu), b = noise2(x, y, seed + (layer + 1) * 0x85ebca6bu);
    return a + (b - a) * ease(z - fz);
}

float fbm2(float x, float y, float size, float detail, int octaves, uint32_t seed)
{
    float sum = 0, weight = 1, scale = 1 / size;
    for (int i = 0; i < octaves; i++) {
        float fade = size > 2 * detail ? 1 : size > detail ? size / detail - 1 : 0;
        if (fade <= 0)
            break;
        sum += weight * fade * noise2(x * scale + 17.3f * (float)i, y * scale - 9.1f * (float)i, seed + (uint32_t)i);
        weight *= 0.6f;
        scale *= 2;
        size *= 0.5f;
    }
    return sum;
}
