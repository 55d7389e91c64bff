// Finds what stands out sharply from the empty road in one view: vehicles, and the hard shadows
// they cast.
//
// Smoke is soft, dark and grey; what is sharp, bright or coloured against the road is an object.
#ifndef HEIYAN_ROAD_VEHICLE_H
#define HEIYAN_ROAD_VEHICLE_H

#include "road/background.h"
#include "road/blobs.h"

typedef struct Segmenter Segmenter; // scratch memory, and what it learned of shadows

Segmenter *segmenter_create(const Grid *grid); // NULL when out of memory
void segmenter_destroy(Segmenter **segmenter);

// grid must outlive the segmenter. depth points at row 0, column 0 of a plane with stride and at
// least one valid cell around it.
void segmenter_run(Segmenter *segmenter, const Grid *grid, const Background *road, const View *view,
                   const int16_t *depth, int depth_stride, const uint8_t *ignored, Blobs *out);

#endif
