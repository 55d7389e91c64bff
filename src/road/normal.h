// Whether a camera still sees as it did: in focus, through a clean lens, and the same road.
//
// Plain functions of (previous state, picture). The camera's own normal is what its good pictures
// showed, followed slowly; what is far from it for a minute is said, and taken back when it fits
// again. What was wrong from the first picture on is not found.
#ifndef HEIYAN_ROAD_NORMAL_H
#define HEIYAN_ROAD_NORMAL_H

#include "road/dirt.h"
#include "road/health.h"

typedef struct Normal { // zero-initialise
    int looks;          // at pictures that made the normal
    int width, height;  // of those that made its sharpness
    int sharp_looks;
    double sharpness; // of edges: 0 soft
    Slopes view;
    Dirt dirt;
    int64_t next_us; // not looked before
    PictureHealth suspect, said;
    int64_t since_us; // of the suspicion
} Normal;

// For pictures that health_push finds good; looks at about one a second. HEALTH_GOOD,
// HEALTH_DEFOCUSED, HEALTH_DIRTY or HEALTH_TURNED: what holds now.
PictureHealth normal_push(Normal *normal, const Picture *picture);

#endif
