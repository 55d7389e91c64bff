// Finds what stands out sharply from the empty road in one view: vehicles, with their hard shadows.
//
// Smoke is soft, dark and grey; what is sharp, bright or coloured against the road is an object.
#ifndef HEIYAN_ROAD_VEHICLE_H
#define HEIYAN_ROAD_VEHICLE_H

#include "picture/picture.h"
#include "road/background.h"

#define MAX_BLOBS 200

typedef struct Blob {
    Box box; // in cells
    int area;
} Blob;

typedef struct Blobs {
    Blob items[MAX_BLOBS];
    int count;
    uint8_t *label; // width*height: 0 ground, i+1 = inside items[i]
} Blobs;

typedef struct Segmenter Segmenter; // scratch memory

Segmenter *segmenter_create(const Grid *grid); // NULL when out of memory
void segmenter_destroy(Segmenter **segmenter);

// depth points at row 0, column 0 of a plane with stride and at least one valid cell around it.
void segmenter_run(Segmenter *segmenter, const Grid *grid, const Background *road, const View *view,
                   const int16_t *depth, int depth_stride, const uint8_t *ignored, Blobs *out);

#endif
