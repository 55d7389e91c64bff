#include "road/sight.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAD 16  // cells around the depth plane
#define HOLDS 3 // moves of a view at most, to hold it still
// natural logarithms: noise in which dark bodies are not told from smoke any more
#define NOISY 0.075

static ptrdiff_t pad_of(const Sight *sight)
{
    return (ptrdiff_t)PAD * sight->depth_stride + PAD;
}

bool sight_create(Sight *sight, const Grid *grid)
{
    *sight = (Sight){.depth_stride = grid->width + 2 * PAD};
    size_t rows = (size_t)(grid->height + 2 * PAD);
    int16_t *plane = calloc((size_t)sight->depth_stride * rows, sizeof *plane);
    if (plane)
        sight->depth = plane + pad_of(sight);
    if (plane && background_create(&sight->background, grid) && still_create(&sight->still, grid))
        return true;
    sight_destroy(sight);
    return false;
}

void sight_destroy(Sight *sight)
{
    background_destroy(&sight->background);
    still_destroy(&sight->still);
    if (sight->depth)
        free(sight->depth - pad_of(sight));
    *sight = (Sight){0};
}

bool sight_learn(Sight *sight, const Grid *grid, const View *views, int count, ColorRange range,
                 const uint8_t *standing)
{
    background_learn(&sight->background, grid, views, count, range, standing);
    if (sight->noisy || background_noise(&sight->background, grid, views, count) < NOISY)
        return false;
    sight->noisy = true;
    return true;
}

// Depth of the whole view; the rim repeats the outermost cells.
static void fill_depth(Sight *sight, const Grid *grid, const View *view, Tone tone)
{
    const Kernels *k = kernels_get();
    int16_t *first = sight->depth;
    for (int y = 0; y < grid->height; y++) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width;
        int16_t *row = first + (ptrdiff_t)y * sight->depth_stride;
        k->depth(row, sight->background.light + at, view->light + at, tone.gain, tone.slope,
                 grid->width);
        row[-1] = row[0];
        row[grid->width] = row[grid->width - 1];
    }
    size_t line = (size_t)(grid->width + 2) * sizeof *first;
    memcpy(first - sight->depth_stride - 1, first - 1, line);
    int16_t *last = first + (ptrdiff_t)(grid->height - 1) * sight->depth_stride;
    memcpy(last + sight->depth_stride - 1, last - 1, line);
}

static bool find_offset(Sight *sight, const Grid *grid, const uint8_t *busy)
{
    return still_find(&sight->still, grid, &sight->background, sight->depth, sight->depth_stride,
                      busy, &sight->left);
}

View *sight_look(Sight *sight, const Grid *grid, View *view, const uint8_t *busy)
{
    Tone tone = background_tone(&sight->background, grid, view, busy);
    Offset *left = &sight->left;
    View *held = view;
    sight->held = (Offset){0};
    fill_depth(sight, grid, view, tone);
    bool found = find_offset(sight, grid, busy);
    for (int n = 0; n < HOLDS && found && still_off(*left); n++) {
        sight->held.across += left->across;
        sight->held.down += left->down;
        held = still_move(&sight->still, grid, &sight->background, view, sight->held);
        fill_depth(sight, grid, held, tone);
        found = find_offset(sight, grid, busy);
    }
    return held;
}
