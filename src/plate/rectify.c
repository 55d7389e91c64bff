#include "picture/quad.h"
#include "plate/plate.h"

#include <math.h>
#include <string.h>

static double sample(const uint8_t *plane, int stride, int width, int height, double x, double y)
{
    x = x < 0 ? 0 : x > width - 1 ? width - 1 : x; // not fmax and fmin, which are calls
    y = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
    int left = (int)x, top = (int)y;
    int right = left + 1 < width ? left + 1 : left, bottom = top + 1 < height ? top + 1 : top;
    double fx = x - left, fy = y - top;
    const uint8_t *a = plane + (ptrdiff_t)top * stride, *b = plane + (ptrdiff_t)bottom * stride;
    return (a[left] * (1 - fx) + a[right] * fx) * (1 - fy) +
           (b[left] * (1 - fx) + b[right] * fx) * fy;
}

// Stretches luma so that the darkest and brightest 2 % reach the ends of the range.
static void stretch(Picture *picture)
{
    int histogram[256] = {0}, total = picture->width * picture->height;
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            histogram[picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x]]++;
    int low = 0, high = 255;
    for (int sum = histogram[0]; low < 254 && sum < total / 50; sum += histogram[++low])
        ;
    for (int sum = histogram[255]; high > 1 && sum < total / 50; sum += histogram[--high])
        ;
    bool full = picture->range == COLOR_RANGE_FULL;
    double black = full ? 0 : 16, white = full ? 255 : 235;
    double gain = fmin(3, (white - black) / fmax(1, high - low)); // no more: noise is no detail
    for (int y = 0; y < picture->height; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < picture->width; x++)
            row[x] = (uint8_t)fmax(black, fmin(white, black + (row[x] - low) * gain));
    }
}

void plate_set_corners(Plate *plate, double x, double y, double w, double h)
{
    for (int i = 0; i < 4; i++) {
        plate->corners[i][0] = x + (i == 1 || i == 2 ? w : 0);
        plate->corners[i][1] = y + (i >= 2 ? h : 0);
    }
}

Picture *plate_rectify(const Picture *picture, const Plate *plate, int width, int height)
{
    Picture *out = picture_new(width, height);
    if (!out)
        return NULL;
    out->time_us = picture->time_us;
    out->range = picture->range;
    out->space = picture->space;
    QuadMap map = quad_map(plate->corners);
    for (int i = 0; i < 3; i++) {
        int half = i ? 2 : 1, w = (width + half - 1) / half, h = (height + half - 1) / half;
        int from_w = (picture->width + half - 1) / half,
            from_h = (picture->height + half - 1) / half;
        uint8_t *to = (uint8_t *)(uintptr_t)out->plane[i];
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                double px, py;
                quad_at(&map, (x + 0.5) / w, (y + 0.5) / h, &px, &py);
                to[(ptrdiff_t)y * out->stride[i] + x] =
                    (uint8_t)(sample(picture->plane[i], picture->stride[i], from_w, from_h,
                                     px / half - 0.5, py / half - 0.5) +
                              0.5);
            }
    }
    stretch(out);
    return out;
}
