// Holds the picture of a shaking camera still: how far a view lies off the empty road, and the view
// moved back over it.
#ifndef HEIYAN_ROAD_STILL_H
#define HEIYAN_ROAD_STILL_H

#include "road/background.h"

typedef struct Offset {  // the view shows at (x, y) what the empty road has at (x + across, y +
                         // down)
    double across, down; // cells
    double share;        // of what differs at the road's own edges, that this explains; 0..1
} Offset;

typedef struct Still {      // scratch
    int32_t *depth, *light; // sums over blocks: of the view, of the empty road
    View moved;
} Still;

bool still_create(Still *still, const Grid *grid); // false when out of memory
void still_destroy(Still *still);

// By least squares over blocks of cells on the road's own edges (Lucas and Kanade 1981), to about 2
// cells. depth: of the view against the road, rows of depth_stride. hidden: per cell, where
// vehicles were of late; NULL: unknown. False where there are too few edges to tell.
bool still_find(Still *still, const Grid *grid, const Background *road, const int16_t *depth,
                int depth_stride, const uint8_t *hidden, Offset *out);
// Whether it pays to move the view back.
bool still_off(Offset offset);
// Where in the picture lies what is there once the view is moved back by so much.
Box still_seen(Offset offset, Box box);
// The view moved back; at the rim it shows the empty road. Valid until the next call.
View *still_move(Still *still, const Grid *grid, const Background *road, const View *view,
                 Offset offset);

#endif
