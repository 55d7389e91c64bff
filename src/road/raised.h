// Which vehicles were raised of late: one that is lost from sight and found again is raised once.
#ifndef HEIYAN_ROAD_RAISED_H
#define HEIYAN_ROAD_RAISED_H

#include "road/track.h"

#define MAX_RAISED 8

typedef struct Raised { // zero-initialise
    struct {
        int track;
        double x, y, vx, vy, w; // as in Track, where it went out of sight
        int64_t first_us, last_us;
    } items[MAX_RAISED]; // the last ones
    int next;
} Raised;

void raised_note(Raised *raised, const Track *track);
// Whether the track is one of them, or of the same vehicle further on.
bool raised_before(const Raised *raised, const Grid *grid, const Track *track);

#endif
