#include "road/view.h"

#include "picture/kernels.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS 4096
#define RIM 3         // cells at VIEW_WIDTH
#define TINY 1e-6     // of a pixel: what arithmetic leaves

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
            tables[range][i] = (int16_t)lround(LIGHT_UNIT * log(fmax(light, VIEW_DARKEST)));
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
    return LIGHT_UNIT * log(linear_of(encoded + step) / fmax(linear, VIEW_DARKEST));
}

Grid grid_for(int picture_width, int picture_height)
{
    double factor = (picture_width + VIEW_WIDTH / 2) / VIEW_WIDTH;
    factor = factor < 1 ? 1 : factor > 16 ? 16 : factor;
    if (factor == 1 && picture_width > VIEW_WIDTH)
        factor = (double)picture_width / VIEW_WIDTH;
    Grid grid = {.picture_width = picture_width,
                 .picture_height = picture_height,
                 .factor = factor,
                 .width = (int)(picture_width / factor + TINY),
                 .height = (int)(picture_height / factor + TINY)};
    grid.chroma_width = grid.width / 2;
    grid.chroma_height = grid.height / 2;
    grid.scale = (double)grid.width / VIEW_WIDTH;
    return grid;
}

Box grid_pixels(const Grid *grid, Box cells)
{
    return box_clip(box_scale(cells, grid->factor, grid->factor), grid->picture_width,
                    grid->picture_height);
}

Box grid_cells(const Grid *grid, Box pixels)
{
    return box_scale(pixels, 1 / grid->factor, 1 / grid->factor);
}

int grid_rim(const Grid *grid)
{
    int rim = (int)lround(RIM * grid->scale);
    return rim < 1 ? 1 : rim;
}

bool grid_whole(const Grid *grid, Box pixels)
{
    double rim = grid_rim(grid) * grid->factor;
    return pixels.x > rim && pixels.y > rim && pixels.x + pixels.w < grid->picture_width - rim &&
           pixels.y + pixels.h < grid->picture_height - rim;
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

ROW_LOOP static void round_means(uint8_t *restrict chroma, const uint16_t *restrict means,
                                 int width)
{
    for (int x = 0; x < width; x++)
        chroma[x] = (uint8_t)((means[x] + 8) >> 4);
}

// The first pixel that a cell of less than 1.5 of them lies on; the shares of it and the next two.
static int shares_of(int cell, double factor, int16_t share[3])
{
    double from = cell * factor, to = from + factor;
    int first = (int)(from + TINY), left = 128;
    for (int i = 0; i < 3; i++) {
        double start = fmax(from, first + i), end = fmin(to, first + i + 1);
        int part = (int)lround(128 * fmax(0, end - start) / factor);
        share[i] = (int16_t)(part < left && end < to - TINY ? part : left);
        left -= share[i];
    }
    return first;
}

static void find_quads(CellQuad *quads, const Grid *grid)
{
    for (int x = 0; x < grid->width; x++) {
        CellQuad *quad = &quads[x / 4];
        int16_t *share = quad->share + x % 4 * 4;
        int pixel = shares_of(x, grid->factor, share);
        quad->first = x % 4 ? quad->first : pixel;
        share[3] = 0;
        for (int i = 0; i < 8; i++)
            quad->pick[x % 4 * 8 + i] = (uint8_t)(2 * (pixel - quad->first) + i);
    }
}

// Means of one row of cells in 1/16 levels.
static void reduce_row(uint16_t *means, const Grid *grid, const CellQuad *quads,
                       const Picture *picture, int plane, int y)
{
    const Kernels *k = kernels_get();
    int f = (int)grid->factor, width = plane ? grid->chroma_width : grid->width;
    const uint8_t *pixels = picture->plane[plane];
    ptrdiff_t stride = picture->stride[plane];
    if (f == grid->factor) {
        uint16_t sums[16 * GRID_MAX_WIDTH];
        k->sum_rows(sums, pixels + (ptrdiff_t)y * f * stride, stride, f, width * f);
        k->fold_columns(means, sums, f, (uint32_t)(16 * 65536 / (f * f)), width);
        return;
    }
    int16_t share[3];
    uint16_t sums[2 * GRID_MAX_WIDTH];
    int first = shares_of(y, grid->factor, share), span = (int)ceil(width * grid->factor - TINY);
    k->weigh_rows(sums, pixels + first * stride, stride, share, span);
    memset(sums + span, 0, 8 * sizeof *sums); // read, of no share
    k->weigh_columns(means, sums, quads, width / 4);
}

void view_fill(View *view, const Grid *grid, const Picture *picture)
{
    const int16_t *table = table_for(picture->range);
    uint16_t means[GRID_MAX_WIDTH];
    CellQuad quads[VIEW_WIDTH / 4];
    if (grid->factor != floor(grid->factor))
        find_quads(quads, grid);
    for (int y = 0; y < grid->height; y++) {
        reduce_row(means, grid, quads, picture, 0, y);
        look_up(view->light + (ptrdiff_t)y * grid->width, means, table, grid->width);
    }
    for (int y = 0; y < grid->chroma_height; y++) {
        ptrdiff_t at = (ptrdiff_t)y * grid->chroma_width;
        reduce_row(means, grid, quads, picture, 1, y);
        round_means(view->u + at, means, grid->chroma_width);
        reduce_row(means, grid, quads, picture, 2, y);
        round_means(view->v + at, means, grid->chroma_width);
    }
    view->time_us = picture->time_us;
}

ROW_LOOP static void add_rows(int32_t *restrict sums, const int16_t *restrict above,
                              const int16_t *restrict here, const int16_t *restrict below,
                              int width)
{
    for (int x = 0; x < width; x++)
        sums[x] = above[x] + here[x] + below[x];
}

ROW_LOOP static void mean_of_nine(int16_t *restrict row, const int32_t *restrict sums, int width)
{
    for (int x = 0; x < width; x++)
        row[x] = (int16_t)((sums[x] + sums[x + 1] + sums[x + 2]) / 9);
}

void view_smooth(View *view, const Grid *grid)
{
    int width = grid->width;
    int16_t above[GRID_MAX_WIDTH], here[GRID_MAX_WIDTH];
    int32_t sums[GRID_MAX_WIDTH + 2];
    size_t line = (size_t)width * sizeof *view->light;
    memcpy(above, view->light, line);
    for (int y = 0; y < grid->height; y++) {
        int16_t *row = view->light + (ptrdiff_t)y * width;
        memcpy(here, row, line);
        add_rows(sums + 1, above, here, y + 1 < grid->height ? row + width : here, width);
        sums[0] = sums[1];
        sums[width + 1] = sums[width];
        mean_of_nine(row, sums, width);
        memcpy(above, here, line);
    }
}
