#include "road/view.h"

#include "picture/kernels.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define LEVELS 4096
#define DARKEST 0.002 // below this linear light the sensor's black level and noise are all there is

static int16_t tables[2][LEVELS];

static double linear_of(double encoded)
{
    return encoded < 0.081 ? encoded / 4.5 : pow((encoded + 0.099) / 1.099, 1 / 0.45);
}

static void make_tables(void)
{
    for (int range = 0; range < 2; range++) {
        double black = range == COLOR_RANGE_FULL ? 0 : 16;
        double white = range == COLOR_RANGE_FULL ? 255 : 235;
        for (int i = 0; i < LEVELS; i++) {
            double light = linear_of((i / 16.0 - black) / (white - black));
            tables[range][i] = (int16_t)lround(LIGHT_UNIT * log(fmax(light, DARKEST)));
        }
    }
}

static const int16_t *table_for(ColorRange range)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_tables);
    return tables[range == COLOR_RANGE_FULL];
}

int16_t light_of(int luma16, ColorRange range)
{
    return table_for(range)[luma16 < 0 ? 0 : luma16 >= LEVELS ? LEVELS - 1 : luma16];
}

double light_per_level(int16_t light, ColorRange range)
{
    double linear = exp((double)light / LIGHT_UNIT);
    double encoded = linear < 0.018 ? linear * 4.5 : 1.099 * pow(linear, 0.45) - 0.099;
    double step = 1.0 / (range == COLOR_RANGE_FULL ? 255 : 219);
    return LIGHT_UNIT * log(linear_of(encoded + step) / fmax(linear, DARKEST));
}

Grid grid_for(int picture_width, int picture_height)
{
    int factor = (picture_width + VIEW_WIDTH / 2) / VIEW_WIDTH;
    factor = factor < 1 ? 1 : factor > 16 ? 16 : factor;
    Grid grid = {.picture_width = picture_width,
                 .picture_height = picture_height,
                 .factor = factor,
                 .width = picture_width / factor,
                 .height = picture_height / factor};
    grid.chroma_width = grid.width / 2;
    grid.chroma_height = grid.height / 2;
    grid.scale = (double)grid.width / VIEW_WIDTH;
    return grid;
}

bool view_create(View *view, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    size_t chroma = (size_t)grid->chroma_width * (size_t)grid->chroma_height;
    view->light = malloc(cells * sizeof *view->light);
    view->u = malloc(chroma + 1);
    view->v = malloc(chroma + 1);
    if (view->light && view->u && view->v)
        return true;
    view_destroy(view);
    return false;
}

void view_destroy(View *view)
{
    free(view->light);
    free(view->u);
    free(view->v);
    *view = (View){0};
}

static void look_up(int16_t *restrict light, const uint16_t *restrict means, const int16_t *table,
                    int width)
{
    int x = 0;
    for (; x + 4 <= width; x += 4) { // by fours: the loop itself costs as much as a cell
        light[x] = table[means[x]];
        light[x + 1] = table[means[x + 1]];
        light[x + 2] = table[means[x + 2]];
        light[x + 3] = table[means[x + 3]];
    }
    for (; x < width; x++)
        light[x] = table[means[x]];
}

static void round_means(uint8_t *restrict chroma, const uint16_t *restrict means, int width)
{
    for (int x = 0; x < width; x++)
        chroma[x] = (uint8_t)((means[x] + 8) >> 4);
}

void view_fill(View *view, const Grid *grid, const Picture *picture)
{
    const Kernels *k = kernels_get();
    const int16_t *table = table_for(picture->range);
    int f = grid->factor, span = grid->width * f;
    uint16_t sums[16 * GRID_MAX_WIDTH], means[GRID_MAX_WIDTH];
    uint32_t scale = (uint32_t)(16 * 65536 / (f * f));
    for (int y = 0; y < grid->height; y++) {
        k->sum_rows(sums, picture->plane[0] + (ptrdiff_t)y * f * picture->stride[0],
                    picture->stride[0], f, span);
        k->fold_columns(means, sums, f, scale, grid->width);
        look_up(view->light + (ptrdiff_t)y * grid->width, means, table, grid->width);
    }
    for (int plane = 1; plane < 3; plane++) {
        uint8_t *out = plane == 1 ? view->u : view->v;
        for (int y = 0; y < grid->chroma_height; y++, out += grid->chroma_width) {
            k->sum_rows(sums, picture->plane[plane] + (ptrdiff_t)y * f * picture->stride[plane],
                        picture->stride[plane], f, grid->chroma_width * f);
            k->fold_columns(means, sums, f, scale, grid->chroma_width);
            round_means(out, means, grid->chroma_width);
        }
    }
    view->time_us = picture->time_us;
}
