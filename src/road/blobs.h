// Connected parts of a mask, after the usual morphology.
#ifndef HEIYAN_ROAD_BLOBS_H
#define HEIYAN_ROAD_BLOBS_H

#include "picture/picture.h"
#include "road/view.h"

#define MAX_BLOBS 200

typedef struct Blob {
    Box box;   // of the body, in cells
    Box reach; // with the shadow it casts
    int area;  // cells within reach
} Blob;

typedef struct Blobs {
    Blob items[MAX_BLOBS];
    int count;
    uint8_t *label; // width*height: 0 ground, i+1 = items[i] or its shadow; owned
} Blobs;

// Adds cells of a row to it, from x on.
static inline void blob_take(Blob *blob, int x, int y, int cells)
{
    Box *reach = &blob->reach;
    int right = reach->x + reach->w, bottom = reach->y + reach->h, end = x + cells;
    reach->x = x < reach->x ? x : reach->x;
    reach->y = y < reach->y ? y : reach->y;
    reach->w = (end < right ? right : end) - reach->x;
    reach->h = (y < bottom ? bottom : y + 1) - reach->y;
    blob->area += cells;
}

// Cells between two boxes along each axis; negative where they overlap.
int gap_across(Box a, Box b);
int gap_along(Box a, Box b);
// Whether two parts may be of one vehicle: one above the other, or side by side and about as tall.
bool one_body(Box a, Box b);

#define MASK_PAD 32 // cells around the grid, for the morphology; always 0

typedef struct Mask { // 255 in, 0 out
    const Grid *grid; // borrowed
    int stride;
    uint8_t *cells, *scratch, *done; // padded planes; the last two are scratch
    int *parent, *run_start, *run_end, *run_row, *run_label, *run_next, max_runs; // scratch
    Blob *sizes;                                                                  // scratch
    int16_t *row_low, *row_high; // per blob scratch: extent of each row / column
} Mask;

bool mask_create(Mask *mask, const Grid *grid); // false when out of memory
void mask_destroy(Mask *mask);
uint8_t *mask_row(const Mask *mask, int y);

// Dilates (grow) or erodes by a square of the given radius, 1..MASK_PAD; outside the grid counts as
// ground.
void mask_morph(Mask *mask, bool grow, int radius);
// Finds the connected parts and fills them: every cell between a part's cells both along the row
// and along the column belongs to it. box and reach are the same.
void mask_collect(Mask *mask, Blobs *out);

#endif
