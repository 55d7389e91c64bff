// What is wrong with a camera's picture itself, whatever the traffic: black, flooded by light,
// covered, frozen.
//
// Plain functions of (previous state, picture). What is wrong is said when it has lasted, and is
// taken back as soon as a while of good pictures has passed.
#ifndef HEIYAN_ROAD_HEALTH_H
#define HEIYAN_ROAD_HEALTH_H

#include "picture/picture.h"

typedef enum PictureHealth {
    HEALTH_GOOD,
    HEALTH_BLACK,   // nothing is lit
    HEALTH_FLOODED, // nearly everything is white
    HEALTH_COVERED, // one even tone: a cloth, a leaf, thick fog
    HEALTH_FROZEN,  // the same picture to the last bit, again and again
    // Found by road/normal.h:
    HEALTH_DEFOCUSED, // edges far softer than they were
    HEALTH_TURNED,    // another view than it was
    HEALTH_DIRTY,     // soft spots that hide parts of it
} PictureHealth;

const char *picture_health_name(PictureHealth health); // "good", "black" ...

#define HEALTH_POINTS 2048

typedef struct HealthWatch { // zero-initialise
    uint8_t before[HEALTH_POINTS];
    bool any;
    int64_t next_us;       // of the picture to look at
    PictureHealth suspect; // what the last pictures looked like
    int64_t since_us;      // since when
    PictureHealth said;
} HealthWatch;

// Looks at about one picture a second; the result is what holds now.
PictureHealth health_push(HealthWatch *watch, const Picture *picture);

#endif
