#include "road/blobs.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool mask_create(Mask *m, const Grid *grid)
{
    *m = (Mask){.grid = grid, .stride = grid->width + 2 * MASK_PAD};
    size_t plane = (size_t)m->stride * (size_t)(grid->height + 2 * MASK_PAD);
    m->max_runs = grid->height * (grid->width / 2 + 1);
    m->cells = calloc(plane, 1);
    m->across = calloc(plane, 1);
    m->done = calloc(plane, 1);
    m->parent = calloc((size_t)m->max_runs, 5 * sizeof *m->parent);
    m->row_low = calloc((size_t)(grid->width + grid->height), 2 * sizeof *m->row_low);
    if (!m->cells || !m->across || !m->done || !m->parent || !m->row_low) {
        mask_destroy(m);
        return false;
    }
    m->run_start = m->parent + m->max_runs;
    m->run_end = m->run_start + m->max_runs;
    m->run_row = m->run_end + m->max_runs;
    m->run_label = m->run_row + m->max_runs;
    m->row_high = m->row_low + grid->width + grid->height;
    return true;
}

void mask_destroy(Mask *m)
{
    free(m->cells);
    free(m->across);
    free(m->done);
    free(m->parent);
    free(m->row_low);
    *m = (Mask){0};
}

static uint8_t *row_of(const Mask *m, uint8_t *plane, int y)
{
    return plane + (ptrdiff_t)(y + MASK_PAD) * m->stride + MASK_PAD;
}

uint8_t *mask_row(const Mask *m, int y)
{
    return row_of(m, m->cells, y);
}

void mask_morph(Mask *m, bool grow, int radius)
{
    const Grid *grid = m->grid;
    const Kernels *k = kernels_get();
    for (int y = -radius; y < grid->height + radius; y++)
        (grow ? k->row_max : k->row_min)(row_of(m, m->across, y), row_of(m, m->cells, y), radius,
                                         grid->width);
    for (int y = 0; y < grid->height; y++) {
        uint8_t *out = row_of(m, m->done, y);
        memcpy(out, row_of(m, m->across, y - radius), (size_t)grid->width);
        for (int i = 1 - radius; i <= radius; i++)
            (grow ? k->merge_max : k->merge_min)(out, row_of(m, m->across, y + i), grid->width);
    }
    uint8_t *swap = m->cells;
    m->cells = m->done;
    m->done = swap;
}

static int root_of(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static int find_runs(Mask *m, const Grid *grid)
{
    int count = 0, above = 0, above_end = 0;
    for (int y = 0; y < grid->height; y++) {
        const uint8_t *mask = row_of(m, m->cells, y);
        int first = count;
        for (int x = 0; x < grid->width; x++) {
            const uint8_t *in = memchr(mask + x, 255, (size_t)(grid->width - x));
            if (!in)
                break;
            int start = x = (int)(in - mask);
            const uint8_t *out = memchr(in, 0, (size_t)(grid->width - x));
            x = out ? (int)(out - mask) : grid->width;
            m->run_start[count] = start;
            m->run_end[count] = x;
            m->run_row[count] = y;
            m->parent[count] = count;
            while (above < above_end && m->run_end[above] < start)
                above++;
            for (int i = above; i < above_end && m->run_start[i] <= x; i++) {
                int a = root_of(m->parent, i), b = root_of(m->parent, count);
                m->parent[a > b ? a : b] = a > b ? b : a;
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
static void fill_blob(Mask *m, const Grid *grid, Blobs *out, int index, int runs)
{
    Box box = out->items[index].box;
    int *low = m->row_low, *high = m->row_high, *left = low + grid->width,
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
        if (m->run_label[i] != index)
            continue;
        int y = m->run_row[i];
        left[y] = m->run_start[i] < left[y] ? m->run_start[i] : left[y];
        right[y] = m->run_end[i] > right[y] ? m->run_end[i] : right[y];
        for (int x = m->run_start[i]; x < m->run_end[i]; x++) {
            low[x] = y < low[x] ? y : low[x];
            high[x] = y;
        }
    }
    for (int y = box.y; y < box.y + box.h; y++)
        for (int x = left[y]; x < right[y]; x++)
            if (y >= low[x] && y <= high[x] && !out->label[(ptrdiff_t)y * grid->width + x])
                out->label[(ptrdiff_t)y * grid->width + x] = (uint8_t)(index + 1);
}

void mask_collect(Mask *m, Blobs *out)
{
    const Grid *grid = m->grid;
    memset(out->label, 0, (size_t)grid->width * (size_t)grid->height);
    out->count = 0;
    int runs = find_runs(m, grid), smallest = (int)(40 * grid->scale * grid->scale);
    // Sizes are gathered at each root run; run_label of a root is its blob, -1 when too small.
    static const Blob none = {{0, 0, 0, 0}, {0, 0, 0, 0}, 0};
    Blob *sizes = calloc((size_t)runs + 1, sizeof *sizes);
    if (!sizes)
        return;
    for (int i = 0; i < runs; i++) {
        Blob *blob = &sizes[root_of(m->parent, i)];
        Box box = {m->run_start[i], m->run_row[i], m->run_end[i] - m->run_start[i], 1};
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
        int root = root_of(m->parent, i);
        if (root == i) {
            m->run_label[i] = -1;
            if (sizes[i].area >= smallest && out->count < MAX_BLOBS) {
                m->run_label[i] = out->count;
                sizes[i].reach = sizes[i].box;
                out->items[out->count++] = sizes[i];
            }
        } else {
            m->run_label[i] = m->run_label[root];
        }
    }
    free(sizes);
    for (int i = 0; i < out->count; i++)
        fill_blob(m, grid, out, i, runs);
}
