#include "road/still.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4    // cells
#define STEEP 0.02 // natural logarithms per cell: an edge of the road
#define UNLIKE 0.4 // depth: something else is there
#define LEAST 0.15 // cells: less does not tell
#define SHARE 0.15 // of the difference, or it is something else than an offset
#define WEIGHT 256 // of a cell, in whole numbers

bool still_create(Still *still, const Grid *grid)
{
    size_t blocks = (size_t)grid->width * (size_t)grid->height / (BLOCK * BLOCK) + 1;
    *still = (Still){.depth = calloc(blocks, sizeof *still->depth),
                     .light = calloc(blocks, sizeof *still->light)};
    if (still->depth && still->light && view_create(&still->moved, grid))
        return true;
    still_destroy(still);
    return false;
}

void still_destroy(Still *still)
{
    free(still->depth);
    free(still->light);
    view_destroy(&still->moved);
    *still = (Still){0};
}

ROW_LOOP static void add_row(int32_t *restrict sums, const int16_t *restrict row, int width)
{
    for (int x = 0; x < width; x++)
        sums[x] += row[x];
}

// Sums over one row of blocks, each BLOCK rows of a plane high.
static void sum_row_of_blocks(int32_t *out, const int16_t *plane, ptrdiff_t stride, int columns)
{
    int32_t sums[GRID_MAX_WIDTH] = {0};
    for (int y = 0; y < BLOCK; y++)
        add_row(sums, plane + y * stride, columns * BLOCK);
    for (int bx = 0; bx < columns; bx++) {
        const int32_t *sum = sums + (ptrdiff_t)bx * BLOCK;
        out[bx] = sum[0] + sum[1] + sum[2] + sum[3];
    }
}

// Blocks are so large that grass cancels out.
bool still_find(Still *still, const Grid *grid, const Background *road, const int16_t *depth,
                int depth_stride, const uint8_t *hidden, Offset *out)
{
    int columns = grid->width / BLOCK, rows = grid->height / BLOCK;
    const double unit = (double)LIGHT_UNIT * BLOCK * BLOCK;
    const int32_t *light = still->light;
    double xx = 0, xy = 0, yy = 0, xd = 0, yd = 0, dd = 0;
    for (int by = 0; by < rows; by++) {
        ptrdiff_t y = (ptrdiff_t)by * BLOCK, at = (ptrdiff_t)by * columns;
        sum_row_of_blocks(still->depth + at, depth + y * depth_stride, depth_stride, columns);
        sum_row_of_blocks(still->light + at, road->light + y * grid->width, grid->width, columns);
    }
    for (int by = 1; by < rows - 1; by++)
        for (int bx = 1; bx < columns - 1; bx++) {
            int at = by * columns + bx;
            if (hidden && hidden[(ptrdiff_t)by * BLOCK * grid->width + bx * BLOCK])
                continue;
            double x = (light[at + 1] - light[at - 1]) / (2 * unit * BLOCK);
            double y = (light[at + columns] - light[at - columns]) / (2 * unit * BLOCK);
            double d = still->depth[at] / unit;
            if (x * x + y * y < STEEP * STEEP || fabs(d) > UNLIKE)
                continue;
            xx += x * x;
            xy += x * y;
            yy += y * y;
            xd += x * d;
            yd += y * d;
            dd += d * d;
        }
    double det = xx * yy - xy * xy;
    if (det <= 0.01 * (xx + yy) * (xx + yy))
        return false;
    out->across = -(yy * xd - xy * yd) / det;
    out->down = -(xx * yd - xy * xd) / det;
    out->share = dd > 0 ? -(out->across * xd + out->down * yd) / dd : 0;
    return true;
}

bool still_off(Offset offset)
{
    return offset.share > SHARE && hypot(offset.across, offset.down) > LEAST;
}

Box still_seen(Offset offset, Box box)
{
    return (Box){box.x - (int)lround(offset.across), box.y - (int)lround(offset.down), box.w,
                 box.h};
}

typedef struct Step { // along one axis: whole cells, and the weight of the one after
    int cells, weight;
} Step;

static Step step_of(double offset)
{
    double whole = floor(-offset);
    return (Step){(int)whole, (int)lround((-offset - whole) * WEIGHT)};
}

// What a row of words or bytes shows between two rows, each between two cells.
#define BETWEEN(above, below, x, across, down)                                                     \
    ((((above)[x] * (WEIGHT - (across)) + (above)[(x) + 1] * (across)) * (WEIGHT - (down)) +       \
      ((below)[x] * (WEIGHT - (across)) + (below)[(x) + 1] * (across)) * (down) +                  \
      WEIGHT * WEIGHT / 2) >>                                                                      \
     16)

ROW_LOOP static void move_light(int16_t *restrict to, const int16_t *restrict above,
                                const int16_t *restrict below, int across, int down, int width)
{
    for (int x = 0; x < width; x++)
        to[x] = (int16_t)BETWEEN(above, below, x, across, down);
}

ROW_LOOP static void move_chroma(uint8_t *restrict to, const uint8_t *restrict above,
                                 const uint8_t *restrict below, int across, int down, int width)
{
    for (int x = 0; x < width; x++)
        to[x] = (uint8_t)BETWEEN(above, below, x, across, down);
}

// The cells of a side of so many that lie, moved, within the picture: from *first to before *end.
static void within(Step step, int side, int *first, int *end)
{
    *first = step.cells < 0 ? -step.cells : 0;
    *end = side - 1 - (step.cells > 0 ? step.cells : 0);
    *first = *first < side ? *first : side;
    *end = *end > *first ? *end : *first;
}

View *still_move(Still *still, const Grid *grid, const Background *road, const View *view,
                 Offset offset)
{
    View *out = &still->moved;
    Step across = step_of(offset.across), down = step_of(offset.down);
    int width = grid->width, left, right, top, bottom;
    out->time_us = view->time_us;
    memcpy(out->light, road->light, (size_t)width * (size_t)grid->height * sizeof *out->light);
    within(across, width, &left, &right);
    within(down, grid->height, &top, &bottom);
    for (int y = top; y < bottom; y++) {
        const int16_t *row =
            view->light + (ptrdiff_t)(y + down.cells) * width + left + across.cells;
        move_light(out->light + (ptrdiff_t)y * width + left, row, row + width, across.weight,
                   down.weight, right - left);
    }
    width = grid->chroma_width;
    across = step_of(offset.across / 2);
    down = step_of(offset.down / 2);
    size_t chroma = (size_t)width * (size_t)grid->chroma_height;
    memcpy(out->u, road->u, chroma);
    memcpy(out->v, road->v, chroma);
    within(across, width, &left, &right);
    within(down, grid->chroma_height, &top, &bottom);
    for (int y = top; y < bottom; y++) {
        ptrdiff_t to = (ptrdiff_t)y * width + left;
        ptrdiff_t from = (ptrdiff_t)(y + down.cells) * width + left + across.cells;
        move_chroma(out->u + to, view->u + from, view->u + from + width, across.weight, down.weight,
                    right - left);
        move_chroma(out->v + to, view->v + from, view->v + from + width, across.weight, down.weight,
                    right - left);
    }
    return out;
}
