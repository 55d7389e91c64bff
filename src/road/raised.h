// Which vehicles were raised of late: one that is lost from sight and found again is raised once.
#ifndef HEIYAN_ROAD_RAISED_H
#define HEIYAN_ROAD_RAISED_H

#include "road/track.h"

#define MAX_RAISED 8

typedef struct Sighting { // where a vehicle was seen: bottom centre, width; cells
    double x, y, w;
    int64_t time_us;
} Sighting;

typedef struct Raised { // zero-initialise
    struct {
        int track; // 0: none
        Sighting first, last;
        double vx, vy;   // as in Track, when it went out of sight
    } items[MAX_RAISED]; // the last ones
    int next;
} Raised;

void raised_note(Raised *raised, const Grid *grid, const Track *track);
// Whether the track is one of them, or of the same vehicle further on or before.
bool raised_before(const Raised *raised, const Grid *grid, const Track *track);

#endif
