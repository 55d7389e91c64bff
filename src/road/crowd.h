// Vehicles that share one blob, told apart by what each looked like when it stood alone.
#ifndef HEIYAN_ROAD_CROWD_H
#define HEIYAN_ROAD_CROWD_H

#include "road/blobs.h"

#define LOOK_SIDE 24

// A vehicle's light at LOOK_SIDE * LOOK_SIDE places spread over its box.
typedef struct Look {
    int16_t light[LOOK_SIDE * LOOK_SIDE];
    bool known;
} Look;

#define CROWD_MAX 16 // vehicles in one blob

typedef struct Crowd { // one view, and scratch; all but the scratch is borrowed
    const Grid *grid;
    const View *view;
    const int16_t *depth; // row 0, column 0 of a padded plane
    int depth_stride;
    uint8_t *core;  // width*height
    int32_t *stack; // width*height
} Crowd;

bool crowd_create(Crowd *crowd, const Grid *grid); // false when out of memory
void crowd_destroy(Crowd *crowd);

void look_take(Look *look, const Crowd *crowd, Box box);
// Where the vehicle is, near the place and size guessed: into *found. Returns how unlike it is,
// 0 the same .. 1 nothing in common.
double look_find(const Look *look, const Crowd *crowd, Box guess, Box *found);

// Divides blob `index` among the boxes of 1..CROWD_MAX vehicles that were found in it, nearest to
// the camera first: the blob becomes the first one's, the others' are appended to *blobs; so is a
// newcomer, the largest part that no box explains and that looks like a body. index_of[i] is the
// blob of box i, or -1 when nothing of it is to be seen.
void crowd_divide(Crowd *crowd, Blobs *blobs, int index, const Box *boxes, int count,
                  int *index_of);

#endif
