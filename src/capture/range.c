// Range and matrix of a picture's planes, without the way over RGB.
#include "capture/jpeg.h"

#include <math.h>
#include <stdlib.h>

#define ONE 65536 // fixed point

// Kr and Kb of each matrix: Y = Kr*R + (1-Kr-Kb)*G + Kb*B (ITU-R BT.601, BT.709, BT.2020).
static const double coefficients[3][2] = {
    [COLOR_SPACE_BT601] = {0.299, 0.114},
    [COLOR_SPACE_BT709] = {0.2126, 0.0722},
    [COLOR_SPACE_BT2020] = {0.2627, 0.0593},
};

// Full-range YCbCr (chroma centred on 0, -0.5..0.5) of one matrix to that of BT.601: once over RGB, as a 3x3.
static void matrix_to_601(ColorSpace from, double out[3][3])
{
    double kr = coefficients[from][0], kb = coefficients[from][1], kg = 1 - kr - kb;
    const double rgb[3][3] = {{1, 0, 2 * (1 - kr)},
                              {1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg},
                              {1, 2 * (1 - kb), 0}};
    double r = coefficients[COLOR_SPACE_BT601][0], b = coefficients[COLOR_SPACE_BT601][1];
    double g = 1 - r - b;
    const double yuv[3][3] = {{r, g, b},
                              {-r / (2 * (1 - b)), -g / (2 * (1 - b)), 0.5},
                              {0.5, -g / (2 * (1 - r)), -b / (2 * (1 - r))}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            out[i][j] = 0;
            for (int k = 0; k < 3; k++)
                out[i][j] += yuv[i][k] * rgb[k][j];
        }
}

static inline uint8_t to_byte(int32_t fixed)
{
    int32_t value = fixed >> 16;
    value = value < 0 ? 0 : value;
    return (uint8_t)(value > 255 ? 255 : value);
}

// to = from * gain + shift, rows of one plane.
static void scale_row(uint8_t *restrict to, const uint8_t *restrict from,
                      const int32_t *restrict shift, int32_t gain, int width)
{
    for (int x = 0; x < width; x++)
        to[x] = to_byte(gain * from[x] + shift[x]);
}

// to = a*u + b*v + bias for a row of chroma.
static void mix_row(uint8_t *restrict to, const uint8_t *restrict u, const uint8_t *restrict v,
                    int32_t a, int32_t b, int width)
{
    int32_t bias = 128 * ONE + ONE / 2 - 128 * (a + b);
    for (int x = 0; x < width; x++)
        to[x] = to_byte(a * u[x] + b * v[x] + bias);
}

// What the chroma of a row adds to the luma of each pixel, with the offset of black.
static void shift_row(int32_t *restrict shift, const uint8_t *restrict u, const uint8_t *restrict v,
                      int32_t a, int32_t b, int32_t bias, int width)
{
    bias -= 128 * (a + b);
    for (int x = 0; x < width; x++)
        shift[2 * x] = shift[2 * x + 1] = a * u[x] + b * v[x] + bias;
}

static int32_t fixed(double value)
{
    return (int32_t)lround(value * ONE);
}

static uint8_t *row_of(const Picture *picture, int plane, int y)
{
    return (uint8_t *)(uintptr_t)picture->plane[plane] + (ptrdiff_t)y * picture->stride[plane];
}

Picture *picture_to_jpeg_range(Picture *picture)
{
    bool limited = picture->range == COLOR_RANGE_LIMITED;
    if (!limited && picture->space == COLOR_SPACE_BT601)
        return picture_ref(picture);
    int columns = (picture->width + 1) / 2, rows = (picture->height + 1) / 2;
    Picture *out = picture_new(picture->width, picture->height);
    int32_t *shift = malloc(2 * (size_t)columns * sizeof *shift);
    if (!out || !shift) {
        picture_unref(&out);
        free(shift);
        return NULL;
    }
    out->time_us = picture->time_us;
    out->range = COLOR_RANGE_FULL;
    out->space = COLOR_SPACE_BT601;
    out->key = picture->key;
    out->damaged = picture->damaged;
    double m[3][3], luma = limited ? 255.0 / 219 : 1, chroma = limited ? 255.0 / 224 : 1;
    matrix_to_601(picture->space, m);
    int32_t gain = fixed(luma), bias = ONE / 2 - (limited ? 16 : 0) * gain;
    int32_t yu = fixed(m[0][1] * chroma), yv = fixed(m[0][2] * chroma);
    int32_t uu = fixed(m[1][1] * chroma), uv = fixed(m[1][2] * chroma);
    int32_t vu = fixed(m[2][1] * chroma), vv = fixed(m[2][2] * chroma);
    for (int y = 0; y < rows; y++) {
        const uint8_t *u = row_of(picture, 1, y), *v = row_of(picture, 2, y);
        mix_row(row_of(out, 1, y), u, v, uu, uv, columns);
        mix_row(row_of(out, 2, y), u, v, vu, vv, columns);
        shift_row(shift, u, v, yu, yv, bias, columns);
        for (int i = 2 * y; i < 2 * y + 2 && i < picture->height; i++)
            scale_row(row_of(out, 0, i), row_of(picture, 0, i), shift, gain, picture->width);
    }
    free(shift);
    return out;
}
