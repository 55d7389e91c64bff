// What is seen on ground that a vehicle has just uncovered: optical depth by distance behind it,
// colour, texture.
//
// For every cell the last cover is kept: which track, when, and how far it had come. A sharp shadow
// is covered with its vehicle and leaves with it; what still dims the road there is smoke or soft
// ambient shadow.
#ifndef HEIYAN_ROAD_WAKE_H
#define HEIYAN_ROAD_WAKE_H

#include "road/background.h"
#include "road/event.h"
#include "road/still.h"

#include <stddef.h>

#define WAKE_FREE 0.5f    // widths behind the vehicle: beyond its own soft shadow
#define WAKE_MIN_WIDTH 16 // of the vehicle in cells: below, its wake is not judged

// One view; depth in natural logarithms, NaN where too little ground was seen.
typedef struct WakeSample {
    int64_t time_us;
    Box box;         // the vehicle, in cells
    float near_peak; // densest square of 0.3 widths, wherever in the wake
    float peak;      // the same at least WAKE_FREE widths behind
    float trail;     // the same soon behind that
    float own;    // mean depth 0.3 to 1 width behind, on its way or beside it, where there is more;
                  // less what was there before
    float beside; // median depth of undisturbed ground around: what light did to the whole place
    float hue;    // mean of ln(blue/red) against the road, over cells with depth > 0.08
    float rough;  // spread of depth within the wake
    float light;  // mean light of the empty road under the wake (natural logarithm)
    bool outdone; // a vehicle next to it had a denser wake: what is seen here is that one's
} WakeSample;

// Was the vehicle wide enough to tell anything?
static inline bool wake_usable(const WakeSample *sample)
{
    return sample->box.w >= WAKE_MIN_WIDTH;
}

typedef struct PlumeMap { // depth around the vehicle at its densest view
    int64_t time_us;
    Box area;       // of the picture, cells
    Box vehicle;    // the same
    float worth;    // as the picture of record: peak, less where the vehicle is cut off
    float peak;     // densest square of the view not far behind the vehicle
    int16_t *depth; // area.w*area.h, LIGHT_UNIT; PLUME_HIDDEN inside vehicles; owned
    uint8_t *wake;  // 1 where the vehicle has just been, PLUME_NEAR not far behind it; owned
} PlumeMap;
#define PLUME_HIDDEN INT16_MIN
#define PLUME_NEAR 2

typedef struct Passage { // everything kept of one vehicle's way through the picture
    TrackPoint *points;  // full-resolution boxes
    size_t point_count, point_room;
    WakeSample *samples;
    size_t sample_count, sample_room;
    PlumeMap plume;
    int tallest; // box height so far, cells
} Passage;

void passage_free(Passage *passage);
// Where in the picture the vehicle is now, box in cells. False when out of memory.
bool passage_add_point(Passage *passage, const Grid *grid, Box box, int64_t time_us);

typedef struct Cover {
    uint16_t track; // low bits of the id, 0 = never or nobody's
    uint16_t path;  // 1/32 widths, wraps
    int16_t before; // depth of the free ground when the track came
    int32_t view;   // number of the view
} Cover;

// The same of all cells, as planes of width*height: most looks are for the track alone.
typedef struct Covers {
    uint16_t *track, *path;
    int16_t *before;
    int32_t *view;
} Covers;

typedef struct Wake {
    Covers covers;
    Covers passes;      // of ground beside a vehicle's way
    int16_t *free;      // depth of each cell while it was free, slowly followed
    uint8_t *near_blob; // label map grown by a margin: ground too close to an object to be trusted
} Wake;

bool wake_create(Wake *wake, const Grid *grid);
void wake_destroy(Wake *wake);

typedef struct WakeScene { // one view and what was found in it; borrowed
    const Grid *grid;
    const Background *road;
    const View *view;
    const int16_t *depth; // row 0, column 0 of a padded plane
    int depth_stride;
    const uint8_t *label;   // of vehicle.h's Blobs
    const uint8_t *ignored; // masks, or NULL
    int32_t number;         // of the view
    double fps;             // views per second
    Offset held, left;      // what the view was moved back by, and what it is off still
} WakeScene;

// Marks the cells that label gives to blob index as covered by the track now.
void wake_cover(Wake *wake, const WakeScene *scene, int blob, Box box, int track, double path);
// Marks the free ground to both sides of a vehicle's wheels as passed by the track now; box in
// cells.
void wake_pass(Wake *wake, const WakeScene *scene, Box box, int track, double path);
// Grows the label map into near_blob; once per view, before measuring.
void wake_prepare(Wake *wake, const WakeScene *scene);
// Follows the depth of free ground; once per view, after measuring.
void wake_follow(Wake *wake, const WakeScene *scene);
// Whose wake a cell belongs to: the low 16 bits of the track's id; 0: nobody's.
int wake_owner(const Wake *wake, const WakeScene *scene, ptrdiff_t cell);
// Measures behind one track that is seen and appends to its passage when enough ground was seen.
// False when out of memory.
bool wake_measure(const Wake *wake, const WakeScene *scene, int track, Box box, double path,
                  Passage *passage);

#endif
