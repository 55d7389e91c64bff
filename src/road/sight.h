// Whether a camera still sees as it did: in focus, and the same road.
//
// Plain functions of (previous state, picture). The camera's own normal is what its good pictures
// showed, followed slowly; what is far from it for a minute is said, and taken back when it fits
// again. What was wrong from the first picture on is not found.
#ifndef HEIYAN_ROAD_SIGHT_H
#define HEIYAN_ROAD_SIGHT_H

#include "road/health.h"

#define SIGHT_COLUMNS 64
#define SIGHT_ROWS 36

typedef struct Sight { // zero-initialise
    int looks;         // at pictures that made the normal
    int width, height; // of those that made its sharpness
    int sharp_looks;
    double sharpness;                                                         // of edges: 0 soft
    float across[SIGHT_ROWS][SIGHT_COLUMNS], down[SIGHT_ROWS][SIGHT_COLUMNS]; // slopes of the view
    int64_t next_us;                                                          // not looked before
    PictureHealth suspect, said;
    int64_t since_us; // of the suspicion
} Sight;

// For pictures that health_push finds good; looks at about one a second. HEALTH_GOOD,
// HEALTH_DEFOCUSED or HEALTH_TURNED: what holds now.
PictureHealth sight_push(Sight *sight, const Picture *picture);

#endif
