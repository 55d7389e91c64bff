#include "road/blobs.h"

#include "picture/kernels.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ABOVE 0.3  // of the narrower part's width in common: one above the other
#define BESIDE 0.6 // of the taller part's height: side by side

int gap_across(Box a, Box b)
{
    return (a.x > b.x ? a.x : b.x) - (a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w);
}

int gap_along(Box a, Box b)
{
    return (a.y > b.y ? a.y : b.y) - (a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h);
}

bool one_body(Box a, Box b)
{
    int narrower = a.w < b.w ? a.w : b.w, taller = a.h > b.h ? a.h : b.h;
    return -gap_across(a, b) >= ABOVE * narrower || -gap_along(a, b) >= BESIDE * taller;
}

bool mask_create(Mask *m, const Grid *grid)
{
    *m = (Mask){.grid = grid, .stride = grid->width + 2 * MASK_PAD};
    size_t plane = (size_t)m->stride * (size_t)(grid->height + 2 * MASK_PAD);
    m->max_runs = grid->height * (grid->width / 2 + 1);
    m->cells = calloc(plane, 1);
    m->scratch = calloc(plane, 1);
    m->done = calloc(plane, 1);
    m->parent = calloc((size_t)m->max_runs, 6 * sizeof *m->parent);
    m->sizes = calloc((size_t)m->max_runs, sizeof *m->sizes);
    m->row_low = calloc((size_t)(grid->width + grid->height), 2 * sizeof *m->row_low);
    if (!m->cells || !m->scratch || !m->done || !m->parent || !m->sizes || !m->row_low) {
        mask_destroy(m);
        return false;
    }
    m->run_start = m->parent + m->max_runs;
    m->run_end = m->run_start + m->max_runs;
    m->run_row = m->run_end + m->max_runs;
    m->run_label = m->run_row + m->max_runs;
    m->run_next = m->run_label + m->max_runs;
    m->row_high = m->row_low + grid->width + grid->height;
    return true;
}

void mask_destroy(Mask *m)
{
    free(m->cells);
    free(m->scratch);
    free(m->done);
    free(m->parent);
    free(m->sizes);
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
    uint8_t row[GRID_MAX_WIDTH + 2 * MASK_PAD]; // from radius cells before the grid on
    for (int y = 0; y < grid->height; y++) {
        const uint8_t *above = row_of(m, m->cells, y - radius) - radius;
        uint8_t *done = row_of(m, m->done, y);
        (grow ? k->column_max : k->column_min)(row, above, m->stride, 2 * radius + 1,
                                               grid->width + 2 * radius);
        (grow ? k->row_max : k->row_min)(done, row + radius, radius, grid->width);
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

// 64 cells as bits, the first one lowest. Reads into the pad.
static uint64_t bits_of(const uint8_t *mask)
{
    uint64_t eights[8], any = 0, bits = 0;
    memcpy(eights, mask, sizeof eights);
    for (int i = 0; i < 8; i++)
        any |= eights[i];
    for (int i = 0; i < 8 && any; i++)
        bits |= ((le64toh(eights[i]) & 0x0101010101010101) * 0x0102040810204080 >> 56) << 8 * i;
    return bits;
}

// Where a row turns in and out of the mask, by turns; width where it ends in. Returns the count.
static int find_turns(const uint8_t *mask, int width, int16_t *turns)
{
    uint64_t before = 0;
    int count = 0;
    for (int x = 0; x < width; x += 64) {
        uint64_t bits = bits_of(mask + x), turning = bits ^ (bits << 1 | before);
        before = bits >> 63;
        for (; turning; turning &= turning - 1)
            turns[count++] = (int16_t)(x + __builtin_ctzll(turning));
    }
    turns[count] = (int16_t)width;
    return count + count % 2;
}

static int find_runs(Mask *m, const Grid *grid)
{
    int count = 0, above = 0, above_end = 0;
    int16_t turns[GRID_MAX_WIDTH + 2];
    for (int y = 0; y < grid->height; y++) {
        int first = count, turn_count = find_turns(row_of(m, m->cells, y), grid->width, turns);
        for (int t = 0; t < turn_count; t += 2) {
            int start = turns[t], end = turns[t + 1];
            m->run_start[count] = start;
            m->run_end[count] = end;
            m->run_row[count] = y;
            m->parent[count] = count;
            while (above < above_end && m->run_end[above] < start)
                above++;
            for (int i = above; i < above_end && m->run_start[i] <= end; i++) {
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

// Gives a row of a blob its label, where it lies between the blob's cells along the columns too.
ROW_LOOP static void fill_row(uint8_t *restrict label, const int16_t *restrict low,
                              const int16_t *restrict high, int16_t y, uint8_t mark, int width)
{
    for (int x = 0; x < width; x++) {
        uint8_t own = label[x], given = ((low[x] <= y) & (high[x] >= y)) ? mark : 0;
        label[x] = own ? own : given;
    }
}

// Fills a blob, whose runs hang together from the first on: every cell between its mask cells both
// along the row and along the column belongs to it.
static void fill_blob(Mask *m, const Grid *grid, Blobs *out, int index, int first)
{
    Box box = out->items[index].box;
    int16_t *low = m->row_low, *high = m->row_high, *left = low + grid->width,
            *right = high + grid->width;
    for (int x = box.x; x < box.x + box.w; x++) {
        low[x] = (int16_t)grid->height;
        high[x] = -1;
    }
    for (int y = box.y; y < box.y + box.h; y++) {
        left[y] = (int16_t)grid->width;
        right[y] = -1;
    }
    for (int i = first; i >= 0; i = m->run_next[i]) {
        int16_t y = (int16_t)m->run_row[i];
        left[y] = (int16_t)(m->run_start[i] < left[y] ? m->run_start[i] : left[y]);
        right[y] = (int16_t)(m->run_end[i] > right[y] ? m->run_end[i] : right[y]);
        for (int x = m->run_start[i]; x < m->run_end[i]; x++) {
            low[x] = y < low[x] ? y : low[x];
            high[x] = y;
        }
    }
    for (int y = box.y; y < box.y + box.h; y++)
        if (left[y] < right[y])
            fill_row(out->label + (ptrdiff_t)y * grid->width + left[y], low + left[y],
                     high + left[y], (int16_t)y, (uint8_t)(index + 1), right[y] - left[y]);
}

// Gathers the size of each part at its root, which is its first run.
static void measure_parts(Mask *m, int runs)
{
    for (int i = 0; i < runs; i++) {
        int root = m->run_label[i] = root_of(m->parent, i);
        Blob *part = &m->sizes[root];
        int start = m->run_start[i], end = m->run_end[i], y = m->run_row[i];
        if (root == i) {
            *part = (Blob){.box = {start, y, end - start, 1}, .area = end - start};
            continue;
        }
        int left = start < part->box.x ? start : part->box.x;
        int right = part->box.x + part->box.w;
        part->box.w = (end > right ? end : right) - left;
        part->box.x = left;
        part->box.h = y + 1 - part->box.y;
        part->area += end - start;
    }
}

void mask_collect(Mask *m, Blobs *out)
{
    const Grid *grid = m->grid;
    memset(out->label, 0, (size_t)grid->width * (size_t)grid->height);
    out->count = 0;
    int runs = find_runs(m, grid), smallest = (int)(40 * grid->scale * grid->scale);
    int first[MAX_BLOBS], last[MAX_BLOBS];
    measure_parts(m, runs);
    // run_label, so far the run's root, becomes its blob; -1 when that is too small.
    for (int i = 0; i < runs; i++) {
        int root = m->run_label[i], index = root == i ? -1 : m->run_label[root];
        if (root == i && m->sizes[i].area >= smallest && out->count < MAX_BLOBS) {
            index = out->count++;
            out->items[index] = m->sizes[i];
            out->items[index].reach = m->sizes[i].box;
            first[index] = i;
        } else if (index >= 0) {
            m->run_next[last[index]] = i;
        }
        m->run_label[i] = index;
        m->run_next[i] = -1;
        if (index >= 0)
            last[index] = i;
    }
    for (int i = 0; i < out->count; i++)
        fill_blob(m, grid, out, i, first[i]);
}
