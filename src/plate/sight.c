#include "plate/sight.h"

#include <math.h>
#include <stdlib.h>

// The stretch of a line that one pixel of the sight covers, in running sums (length + 1 values):
// from sum[low] + head of the next pixel to sum[high] + tail of the next; share: 1 / its length.
typedef struct Span {
    int low, high;
    float head, tail, share;
} Span;

// Each is `step` wide, at least one pixel, which interpolates between pixels.
static void divide(int length, double from, double step, int count, Span *out)
{
    double half = fmax(step, 1) / 2;
    for (int i = 0; i < count; i++) {
        double middle = from + (i + 0.5) * step;
        double a = fmax(0, fmin(length - 1, middle - half)),
               b = fmax(1, fmin(length, middle + half));
        int low = (int)a, high = (int)b < length ? (int)b : length - 1;
        out[i] = (Span){low, high, (float)(a - low), (float)(b - high), (float)(1 / (b - a))};
    }
}

// One plane, width x height pixels; out: sight.height x sight.width.
static bool shrink(const uint8_t *plane, int stride, int width, int height, Sight sight, float *out)
{
    double half = fmax(sight.step, 1) / 2 + 1;
    int top = (int)fmax(0, fmin(height - 1, floor(sight.y - half)));
    int bottom = (int)fmax(top + 1, fmin(height, ceil(sight.y + sight.height * sight.step + half)));
    int left = (int)fmax(0, fmin(width - 1, floor(sight.x - half)));
    int right = (int)fmax(left + 1, fmin(width, ceil(sight.x + sight.width * sight.step + half)));
    int rows = bottom - top, columns = right - left, line = sight.width;
    uint32_t *run = calloc((size_t)columns + 1, sizeof *run);
    float *sums = calloc((size_t)(rows + 1) * (size_t)line, sizeof *sums);
    Span *spans = calloc((size_t)(line + sight.height), sizeof *spans);
    bool good = run && sums && spans;
    if (good) {
        divide(columns, sight.x - left, sight.step, line, spans);
        divide(rows, sight.y - top, sight.step, sight.height, spans + line);
    }
    for (int y = 0; good && y < rows; y++) {
        const uint8_t *row = plane + (ptrdiff_t)(top + y) * stride + left;
        float *to = sums + (ptrdiff_t)(y + 1) * line;
        for (int x = 0; x < columns; x++)
            run[x + 1] = run[x] + row[x];
        for (int x = 0; x < line; x++) {
            const Span *s = &spans[x];
            float whole = (float)(run[s->high] - run[s->low]);
            float parts = s->tail * (float)row[s->high] - s->head * (float)row[s->low];
            to[x] = to[x - line] + (whole + parts) * s->share;
        }
    }
    for (int y = 0; good && y < sight.height; y++) {
        const Span *s = &spans[line + y];
        const float *a = sums + (ptrdiff_t)s->low * line, *b = sums + (ptrdiff_t)s->high * line;
        for (int x = 0; x < line; x++) {
            float begin = a[x] + s->head * (a[x + line] - a[x]);
            float end = b[x] + s->tail * (b[x + line] - b[x]);
            out[(ptrdiff_t)y * line + x] = (end - begin) * s->share;
        }
    }
    free(run);
    free(sums);
    free(spans);
    return good;
}

void plate_rgb(const Picture *picture, float luma, float u, float v, float rgb[3])
{
    u -= 128;
    v -= 128;
    if (picture->range != COLOR_RANGE_FULL) {
        luma = (luma - 16) * 255 / 219;
        u *= 255.0f / 224;
        v *= 255.0f / 224;
    }
    bool old = picture->space == COLOR_SPACE_BT601;
    rgb[0] = luma + (old ? 1.402f : 1.5748f) * v;
    rgb[1] = luma - (old ? 0.3441f : 0.1873f) * u - (old ? 0.7141f : 0.4681f) * v;
    rgb[2] = luma + (old ? 1.772f : 1.8556f) * u;
    for (int i = 0; i < 3; i++) // not fmaxf and fminf, which are calls: this is for every pixel
        rgb[i] = rgb[i] < 0 ? 0 : rgb[i] > 255 ? 255 : rgb[i];
}

bool sight_fill(const Picture *picture, Sight sight, float *to)
{
    size_t count = (size_t)sight.width * (size_t)sight.height;
    bool good = true;
    for (int i = 0; good && i < 3; i++) {
        Sight part = sight;
        int half = i ? 2 : 1;
        part.x /= half;
        part.y /= half;
        part.step /= half;
        good = shrink(picture->plane[i], picture->stride[i], (picture->width + half - 1) / half,
                      (picture->height + half - 1) / half, part, to + count * (size_t)i);
    }
    for (int y = 0; good && y < sight.height; y++) {
        double py = sight.y + (y + 0.5) * sight.step;
        for (int x = 0; x < sight.width; x++) {
            double px = sight.x + (x + 0.5) * sight.step;
            bool within = px >= 0 && py >= 0 && px <= picture->width && py <= picture->height;
            float *at = to + (ptrdiff_t)y * sight.width + x, rgb[3] = {128, 128, 128};
            if (within)
                plate_rgb(picture, at[0], at[count], at[2 * count], rgb);
            for (size_t i = 0; i < 3; i++)
                at[i * count] = rgb[i];
        }
    }
    return good;
}
