#include "board.h"
#include "noise.h"
#include "picture/quad.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

#define SUB 3 // samples per pixel, each way
#define WHITE 0.86 // of the board's paper
#define GROUND 0.16

BoardScene board_scene_default(void)
{
    return (BoardScene){.width = 1920, .height = 1080, .corners = {{520, 250}, {1420, 290}, {1390, 880}, {545, 850}}, .exposure = 0.6,
                        .across = 0.15, .down = -0.1, .glare_radius = 0.1, .blur = 0.8, .noise = 1.2, .curve = 1, .range = COLOR_RANGE_FULL, .seed = 1};
}

// Where a point of the picture lies on the board: the map of a quadrilateral turned round.
static void onto_board(const QuadMap *m, double x, double y, double *u, double *v)
{
    double a = m->a - m->g * x, b = m->b - m->h * x, c = x - m->c;
    double d = m->d - m->g * y, e = m->e - m->h * y, f = y - m->f;
    double det = a * e - b * d;
    *u = (c * e - b * f) / det;
    *v = (a * f - c * d) / det;
}

static double reflectance(const BoardLayout *layout, double u, double v)
{
    double x = u * layout->columns, y = v * layout->rows;
    int column = (int)x, row = (int)y;
    double fx = x - column, fy = y - row, rim = layout->rim;
    if (fx < rim || fx > 1 - rim || fy < rim || fy > 1 - rim)
        return WHITE;
    return WHITE * (1 - layout->levels[row * layout->columns + column] / 5);
}

// Linear light of the ground around the board.
static double ground(const BoardScene *s, double x, double y)
{
    return s->exposure * GROUND / WHITE * (1 + 0.25 * noise2((float)x / 40, (float)y / 40, (uint32_t)s->seed));
}

// Linear light of one point of the board, negative beside it; exposure makes the middle of its white what it is said to be.
static double light(const BoardScene *s, const BoardLayout *layout, const QuadMap *map, double x, double y)
{
    double u, v;
    onto_board(map, x, y, &u, &v);
    if (u < 0 || v < 0 || u >= 1 || v >= 1)
        return -1;
    double lit = (1 + s->across * (u - 0.5)) * (1 + s->down * (v - 0.5)) * (u < 0.5 ? 1 - s->shadow : 1);
    if (s->glare == 0)
        return s->exposure * reflectance(layout, u, v) / WHITE * lit;
    double dx = (u - s->glare_x) / s->glare_radius, dy = (v - s->glare_y) / s->glare_radius;
    return s->exposure * (reflectance(layout, u, v) / WHITE * lit + s->glare * exp(-(dx * dx + dy * dy)));
}

static void blur_line(const float *from, float *to, int count, ptrdiff_t step, const double *kernel, int reach)
{
    for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int k = -reach; k <= reach; k++) {
            int at = i + k < 0 ? 0 : i + k >= count ? count - 1 : i + k;
            sum += kernel[k < 0 ? -k : k] * from[at * step];
        }
        to[i * step] = (float)sum;
    }
}

static void blur(const BoardScene *s, float *plane, float *work)
{
    double kernel[16], sum = 0;
    int reach = s->blur > 0 ? (int)fmin(15, ceil(3 * s->blur)) : 0;
    for (int k = 0; k <= reach; k++)
        sum += (k ? 2 : 1) * (kernel[k] = s->blur > 0 ? exp(-k * k / (2 * s->blur * s->blur)) : 1);
    for (int k = 0; k <= reach; k++)
        kernel[k] /= sum;
    for (int y = 0; y < s->height; y++)
        blur_line(plane + (ptrdiff_t)y * s->width, work + (ptrdiff_t)y * s->width, s->width, 1, kernel, reach);
    for (int x = 0; x < s->width; x++)
        blur_line(work + x, plane + x, s->height, s->width, kernel, reach);
}

static uint8_t code(const BoardScene *s, double linear, Rng *rng)
{
    linear = linear < 0 ? 0 : linear > 1 ? 1 : linear;
    double level = linear < 0.018 ? 4.5 * linear : 1.099 * pow(linear, 0.45) - 0.099;
    level = pow(level, s->curve);
    double luma = (s->range == COLOR_RANGE_FULL ? 255 * level : 16 + 219 * level) + s->noise * rng_normal(rng);
    return (uint8_t)clampf((float)luma + 0.5f, 0, 255);
}

Picture *board_draw(const BoardScene *s, const BoardLayout *layout)
{
    size_t count = (size_t)s->width * (size_t)s->height;
    float *plane = malloc(count * sizeof *plane), *work = malloc(count * sizeof *work);
    Picture *out = plane && work ? picture_new(s->width, s->height) : NULL;
    QuadMap map = quad_map(s->corners);
    Rng rng = rng_make(s->seed, 5);
    for (size_t i = 0; out && i < count; i++) {
        double sum = 0, x = (double)(i % (size_t)s->width), y = (double)(i / (size_t)s->width);
        int beside = 0;
        for (int k = 0; k < SUB * SUB; k++) {
            double one = light(s, layout, &map, x + (k % SUB + 0.5) / SUB, y + (k / SUB + 0.5) / SUB);
            beside += one < 0;
            sum += fmax(0, one);
        }
        if (beside)
            sum += beside * ground(s, x + 0.5, y + 0.5);
        plane[i] = (float)(sum / (SUB * SUB));
    }
    if (out) {
        blur(s, plane, work);
        out->range = s->range;
        out->space = COLOR_SPACE_BT601;
        for (int y = 0; y < s->height; y++)
            for (int x = 0; x < s->width; x++)
                ((uint8_t *)(uintptr_t)out->plane[0])[(ptrdiff_t)y * out->stride[0] + x] = code(s, plane[(ptrdiff_t)y * s->width + x], &rng);
        for (int i = 1; i < 3; i++)
            memset((uint8_t *)(uintptr_t)out->plane[i], 128, (size_t)out->stride[i] * (size_t)((s->height + 1) / 2));
    }
    free(plane);
    free(work);
    return out;
}
