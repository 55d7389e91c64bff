// Vehicles that pass before a camera that is not judged for smoke: who was there between two
// moments, and where in the picture.
//
//     passers_create
//     passers_learn ...     key frames from before: the empty road
//     passers_push  ...     every picture, in time order
//     passers_finish        then passers_list
#ifndef HEIYAN_ROAD_PASSERS_H
#define HEIYAN_ROAD_PASSERS_H

#include "road/road.h"

typedef struct Passers Passers;

typedef struct Passer {
    TrackPoint *points; // oldest first, at least one
    size_t point_count;
} Passer;

// Of options, lanes, masks and analysis_fps count; they are copied. Vehicles of either direction
// are found.
Status passers_create(Passers **out, const RoadOptions *options, Error *error);
void passers_destroy(Passers **passers);

Status passers_learn(Passers *passers, Picture *picture, Error *error);
Status passers_push(Passers *passers, Picture *picture, Error *error);
Status passers_finish(Passers *passers, Error *error);

// In the order of their first points; a vehicle lost from sight for a moment stands once. What
// hardly moves, or is but a few pictures long, is no passage. Belongs to *passers.
const Passer *passers_list(const Passers *passers, size_t *count);

#endif
