#include "road/vehicle.h"

#include "picture/kernels.h"
#include "road/shadow.h"

#include <math.h>
#include <stdlib.h>

// over the edge limit: this much brighter than the road is no smoke
#define BRIGHT (LIGHT_UNIT / 12)

struct Segmenter {
    Mask mask;
    Shadow shadow;
    uint8_t *coloured; // chroma_width*chroma_height
};

Segmenter *segmenter_create(const Grid *grid)
{
    Segmenter *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->coloured = calloc((size_t)grid->chroma_width * (size_t)grid->chroma_height + 1, 1);
    if (!mask_create(&s->mask, grid) || !shadow_create(&s->shadow, grid) || !s->coloured)
        segmenter_destroy(&s);
    return s;
}

void segmenter_destroy(Segmenter **segmenter)
{
    Segmenter *s = *segmenter;
    *segmenter = NULL;
    if (!s)
        return;
    mask_destroy(&s->mask);
    shadow_destroy(&s->shadow);
    free(s->coloured);
    free(s);
}

ROW_LOOP static void add_coloured(uint8_t *restrict mask, const uint8_t *restrict coloured,
                                  int width)
{
    for (int x = 0; x < width; x++) {
        mask[2 * x] |= coloured[x];
        mask[2 * x + 1] |= coloured[x];
    }
}

static void leave_out(uint8_t *restrict mask, const uint8_t *restrict ignored, int width)
{
    for (int x = 0; x < width; x++)
        mask[x] &= (uint8_t)~ignored[x];
}

ROW_LOOP static void draw_labels(uint8_t *restrict mask, const uint8_t *restrict label, int width)
{
    for (int x = 0; x < width; x++)
        mask[x] = label[x] ? 255 : 0;
}

static void draw_mask(Segmenter *s, const Grid *grid, const Background *road, const View *view,
                      const int16_t *depth, int depth_stride, const uint8_t *ignored)
{
    const Kernels *k = kernels_get();
    for (int y = 0; y < grid->height; y++) {
        uint8_t *mask = mask_row(&s->mask, y);
        const int16_t *d = depth + (ptrdiff_t)y * depth_stride;
        k->edge_mask(mask, d - depth_stride, d, d + depth_stride,
                     road->limit + (ptrdiff_t)y * grid->width, BRIGHT, grid->width);
        if (y / 2 < grid->chroma_height) {
            ptrdiff_t c = (ptrdiff_t)(y / 2) * grid->chroma_width;
            uint8_t *coloured = s->coloured + c;
            k->chroma_mask(coloured, view->u + c, road->u + c, view->v + c, road->v + c,
                           road->chroma_limit + c, grid->chroma_width);
            add_coloured(mask, coloured, grid->chroma_width);
        }
        if (ignored)
            leave_out(mask, ignored + (ptrdiff_t)y * grid->width, grid->width);
    }
}

void segmenter_run(Segmenter *s, const Grid *grid, const Background *road, const View *view,
                   const int16_t *depth, int depth_stride, const uint8_t *ignored, Blobs *out)
{
    int close = grid_rim(grid), open = (int)lround(2 * grid->scale);
    open = open < 1 ? 1 : open;
    draw_mask(s, grid, road, view, depth, depth_stride, ignored);
    mask_morph(&s->mask, true, close);
    mask_morph(&s->mask, false, close);
    // Outlines are filled before the opening: of a plain dark body only the edges stand out.
    mask_collect(&s->mask, out);
    for (int y = 0; y < grid->height; y++)
        draw_labels(mask_row(&s->mask, y), out->label + (ptrdiff_t)y * grid->width, grid->width);
    mask_morph(&s->mask, false, open);
    mask_morph(&s->mask, true, open);
    mask_collect(&s->mask, out);
    ShadowScene scene = {grid, road, depth, depth_stride, s->coloured};
    shadow_fill(&s->shadow, &scene, &s->mask, out);
    shadow_observe(&s->shadow, &scene, out);
    shadow_cut(&s->shadow, &scene, &s->mask, out);
}
