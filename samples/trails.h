// The vehicles of a real clip and the way each one took, found by heiyan's own tracking.
#ifndef HEIYAN_SAMPLES_TRAILS_H
#define HEIYAN_SAMPLES_TRAILS_H

#include "base/error.h"
#include "picture/picture.h"

#include <stddef.h>

typedef struct Step { // one picture of the way, smoothed
    double time;      // seconds from the first picture
    float x, y, w, h; // bottom centre of the vehicle's box, its size; pixels
} Step;

typedef struct Trail {
    int id;
    bool receding; // away from the camera, towards the top of the picture
    Step *steps;   // in time order, at least 8
    size_t count;
} Trail;

typedef struct Trails {
    Trail *items;
    size_t count;
    int width, height;
    double fps;
    int64_t start_us; // time of the first picture
} Trails;

Status trails_find(Trails *out, const char *clip, Error *error);
void trails_free(Trails *trails);
// Where the vehicle is at a moment, carried on straight before and after its way. False more than
// `slack` seconds outside of it.
bool trail_at(const Trail *trail, double time, double slack, Step *out);

// Every picture of a clip in order. take owns nothing; it may keep a reference.
Status clip_each(const char *clip, Status (*take)(void *context, Picture *picture, Error *error), void *context, Error *error);

#endif
