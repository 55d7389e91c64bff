// Polygons in the picture: lanes and masks.
#ifndef HEIYAN_ROAD_LANE_H
#define HEIYAN_ROAD_LANE_H

#include "road/wake.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Lane { // polygon in fractions of the picture
    const char *name;
    const float (*corners)[2];
    size_t corner_count;
} Lane;

bool lane_covers(const Lane *lane, double x, double y); // x, y in fractions too
// Whether a vehicle kept to them for half of its way or more; with no lanes all do.
bool lanes_hold(const Lane *lanes, size_t count, const Grid *grid, const Passage *passage);

// Copies that own what they point to; NULL when out of memory.
Lane *lanes_copy(const Lane *lanes, size_t count);
void lanes_free(Lane *lanes, size_t count); // of lanes_copy; NULL is fine

#endif
