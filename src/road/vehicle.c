#include "road/vehicle.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// over the edge limit: this much brighter than the road is no smoke
#define BRIGHT (LIGHT_UNIT / 12)
#define PAD 32 // mask cells around the grid, for the morphology

struct Segmenter {
    int stride;                    // of the masks
    uint8_t *mask, *across, *done; // padded planes
    int *parent, *run_start, *run_end, *run_row, *run_label;
    int *row_low, *row_high; // per blob scratch: extent of each row / column
    int max_runs;
};

Segmenter *segmenter_create(const Grid *grid)
{
    Segmenter *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->stride = grid->width + 2 * PAD;
    size_t plane = (size_t)s->stride * (size_t)(grid->height + 2 * PAD);
    s->max_runs = grid->height * (grid->width / 2 + 1);
    s->mask = calloc(plane, 1);
    s->across = calloc(plane, 1);
    s->done = calloc(plane, 1);
    s->parent = calloc((size_t)s->max_runs, 5 * sizeof *s->parent);
    s->row_low = calloc((size_t)(grid->width + grid->height), 2 * sizeof *s->row_low);
    if (!s->mask || !s->across || !s->done || !s->parent || !s->row_low) {
        segmenter_destroy(&s);
        return NULL;
    }
    s->run_start = s->parent + s->max_runs;
    s->run_end = s->run_start + s->max_runs;
    s->run_row = s->run_end + s->max_runs;
    s->run_label = s->run_row + s->max_runs;
    s->row_high = s->row_low + grid->width + grid->height;
    return s;
}

void segmenter_destroy(Segmenter **segmenter)
{
    Segmenter *s = *segmenter;
    *segmenter = NULL;
    if (!s)
        return;
    free(s->mask);
    free(s->across);
    free(s->done);
    free(s->parent);
    free(s->row_low);
    free(s);
}

static uint8_t *row_of(const Segmenter *s, uint8_t *plane, int y)
{
    return plane + (ptrdiff_t)(y + PAD) * s->stride + PAD;
}

static void draw_mask(Segmenter *s, const Grid *grid, const Background *road, const View *view,
                      const int16_t *depth, int depth_stride, const uint8_t *ignored)
{
    const Kernels *k = kernels_get();
    uint8_t coloured[512]; // a grid is at most 719 wide
    for (int y = 0; y < grid->height; y++) {
        uint8_t *mask = row_of(s, s->mask, y);
        const int16_t *d = depth + (ptrdiff_t)y * depth_stride;
        k->edge_mask(mask, d - depth_stride, d, d + depth_stride,
                     road->limit + (ptrdiff_t)y * grid->width, BRIGHT, grid->width);
        if (y / 2 < grid->chroma_height) {
            ptrdiff_t c = (ptrdiff_t)(y / 2) * grid->chroma_width;
            k->chroma_mask(coloured, view->u + c, road->u + c, view->v + c, road->v + c,
                           road->chroma_limit + c, grid->chroma_width);
            for (int x = 0; x < grid->chroma_width; x++)
                if (coloured[x])
                    mask[2 * x] = mask[2 * x + 1] = 255;
        }
        if (ignored)
            for (int x = 0; x < grid->width; x++)
                mask[x] &= (uint8_t)~ignored[(ptrdiff_t)y * grid->width + x];
    }
}

// Dilates (grow) or erodes the mask by a square of the given radius; outside the grid counts as
// ground.
static void morph(Segmenter *s, const Grid *grid, bool grow, int radius)
{
    const Kernels *k = kernels_get();
    for (int y = -radius; y < grid->height + radius; y++)
        (grow ? k->row_max : k->row_min)(row_of(s, s->across, y), row_of(s, s->mask, y), radius,
                                         grid->width);
    for (int y = 0; y < grid->height; y++) {
        uint8_t *out = row_of(s, s->done, y);
        memcpy(out, row_of(s, s->across, y - radius), (size_t)grid->width);
        for (int i = 1 - radius; i <= radius; i++)
            (grow ? k->merge_max : k->merge_min)(out, row_of(s, s->across, y + i), grid->width);
    }
    uint8_t *swap = s->mask;
    s->mask = s->done;
    s->done = swap;
}

static int root_of(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static int find_runs(Segmenter *s, const Grid *grid)
{
    int count = 0, above = 0, above_end = 0;
    for (int y = 0; y < grid->height; y++) {
        const uint8_t *mask = row_of(s, s->mask, y);
        int first = count;
        for (int x = 0; x < grid->width; x++) {
            if (!mask[x])
                continue;
            int start = x;
            while (x < grid->width && mask[x])
                x++;
            s->run_start[count] = start;
            s->run_end[count] = x;
            s->run_row[count] = y;
            s->parent[count] = count;
            while (above < above_end && s->run_end[above] < start)
                above++;
            for (int i = above; i < above_end && s->run_start[i] <= x; i++) {
                int a = root_of(s->parent, i), b = root_of(s->parent, count);
                s->parent[a > b ? a : b] = a > b ? b : a;
            }
            count++;
        }
        above = first;
        above_end = count;
    }
    return count;
}

// Fills a blob: every cell between its mask cells both along the row and along the column belongs
// to it.
static void fill_blob(Segmenter *s, const Grid *grid, Blobs *out, int index, int runs)
{
    Box box = out->items[index].box;
    int *low = s->row_low, *high = s->row_high, *left = low + grid->width,
        *right = high + grid->width;
    for (int x = box.x; x < box.x + box.w; x++) {
        low[x] = grid->height;
        high[x] = -1;
    }
    for (int y = box.y; y < box.y + box.h; y++) {
        left[y] = grid->width;
        right[y] = -1;
    }
    for (int i = 0; i < runs; i++) {
        if (s->run_label[i] != index)
            continue;
        int y = s->run_row[i];
        left[y] = s->run_start[i] < left[y] ? s->run_start[i] : left[y];
        right[y] = s->run_end[i] > right[y] ? s->run_end[i] : right[y];
        for (int x = s->run_start[i]; x < s->run_end[i]; x++) {
            low[x] = y < low[x] ? y : low[x];
            high[x] = y;
        }
    }
    for (int y = box.y; y < box.y + box.h; y++)
        for (int x = left[y]; x < right[y]; x++)
            if (y >= low[x] && y <= high[x] && !out->label[(ptrdiff_t)y * grid->width + x])
                out->label[(ptrdiff_t)y * grid->width + x] = (uint8_t)(index + 1);
}

// Finds the connected parts of the mask and fills them.
static void collect(Segmenter *s, const Grid *grid, Blobs *out)
{
    memset(out->label, 0, (size_t)grid->width * (size_t)grid->height);
    out->count = 0;
    int runs = find_runs(s, grid), smallest = (int)(40 * grid->scale * grid->scale);
    // Sizes are gathered at each root run; run_label of a root is its blob, -1 when too small.
    static const Blob none = {{0, 0, 0, 0}, 0};
    Blob *sizes = calloc((size_t)runs + 1, sizeof *sizes);
    if (!sizes)
        return;
    for (int i = 0; i < runs; i++) {
        Blob *blob = &sizes[root_of(s->parent, i)];
        Box box = {s->run_start[i], s->run_row[i], s->run_end[i] - s->run_start[i], 1};
        if (memcmp(blob, &none, sizeof none) == 0) {
            blob->box = box;
        } else {
            int right = fmax(blob->box.x + blob->box.w, box.x + box.w);
            blob->box.x = box.x < blob->box.x ? box.x : blob->box.x;
            blob->box.w = right - blob->box.x;
            blob->box.h = box.y + 1 - blob->box.y;
        }
        blob->area += box.w;
    }
    for (int i = 0; i < runs; i++) {
        int root = root_of(s->parent, i);
        if (root == i) {
            s->run_label[i] = -1;
            if (sizes[i].area >= smallest && out->count < MAX_BLOBS) {
                s->run_label[i] = out->count;
                out->items[out->count++] = sizes[i];
            }
        } else {
            s->run_label[i] = s->run_label[root];
        }
    }
    free(sizes);
    for (int i = 0; i < out->count; i++)
        fill_blob(s, grid, out, i, runs);
}

void segmenter_run(Segmenter *s, const Grid *grid, const Background *road, const View *view,
                   const int16_t *depth, int depth_stride, const uint8_t *ignored, Blobs *out)
{
    int close = (int)lround(3 * grid->scale), open = (int)lround(2 * grid->scale);
    close = close < 1 ? 1 : close;
    open = open < 1 ? 1 : open;
    draw_mask(s, grid, road, view, depth, depth_stride, ignored);
    morph(s, grid, true, close);
    morph(s, grid, false, close);
    // Outlines are filled before the opening: of a plain dark body only the edges stand out.
    collect(s, grid, out);
    for (int y = 0; y < grid->height; y++) {
        const uint8_t *label = out->label + (ptrdiff_t)y * grid->width;
        uint8_t *mask = row_of(s, s->mask, y);
        for (int x = 0; x < grid->width; x++)
            mask[x] = label[x] ? 255 : 0;
    }
    morph(s, grid, false, open);
    morph(s, grid, true, open);
    collect(s, grid, out);
}
