// Smooth value noise in -1..1, cheap enough to be asked for every pixel.
#ifndef HEIYAN_SAMPLES_NOISE_H
#define HEIYAN_SAMPLES_NOISE_H

#include <stdint.h>

float noise1(float x, uint32_t seed);
float noise2(float x, float y, uint32_t seed);
float noise3(float x, float y, float z, uint32_t seed);
// Octaves of noise2, the first of wavelength `size`, each half the last; those finer than `detail` are left out.
float fbm2(float x, float y, float size, float detail, int octaves, uint32_t seed);

#endif
