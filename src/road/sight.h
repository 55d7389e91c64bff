// How a view looks against the empty road: how much darker every cell is, the view held still where
// the camera shakes, and smoothed where it is noisy.
#ifndef HEIYAN_ROAD_SIGHT_H
#define HEIYAN_ROAD_SIGHT_H

#include "road/background.h"
#include "road/still.h"

typedef struct Sight {
    Background background;
    Still still;
    Offset held, left; // what the last view was moved back by, and what it is off still
    int16_t *depth;    // row 0, column 0 of a padded plane: natural logarithms, in LIGHT_UNIT
    int depth_stride;
    bool noisy; // views are smoothed before they are looked at
} Sight;

bool sight_create(Sight *sight, const Grid *grid); // false when out of memory
void sight_destroy(Sight *sight);

// Learns the empty road as background_learn does. True when the views turn out to be noisy: they,
// and all that come, want view_smooth, and the road to be learned anew from them.
bool sight_learn(Sight *sight, const Grid *grid, const View *views, int count, ColorRange range,
                 const uint8_t *standing);

// Fills depth; returns the view that it is of: this one, or this one moved back. Cells that were
// busy in the last view tell nothing; NULL: unknown.
View *sight_look(Sight *sight, const Grid *grid, View *view, const uint8_t *busy);

#endif
