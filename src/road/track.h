// Follows vehicles from view to view.
#ifndef HEIYAN_ROAD_TRACK_H
#define HEIYAN_ROAD_TRACK_H

#include "road/crowd.h"
#include "road/vehicle.h"
#include "road/wake.h"

#define MAX_TRACKS 64

typedef struct Track {
    int id;        // from 1, never reused
    int hits;      // views in which it was seen alone
    int missed;    // views in a row in which it was not
    int lost;      // such views before it was seen again, in all
    bool merged;   // shares its blob with another track in this view
    bool seen;     // has a blob, or its part of one, in this view
    bool divided;  // the latter
    double x, y;   // bottom centre of the box, cells
    double w, h;   // cells, smoothed
    double vx, vy; // cells per second
    double grows;  // its sides, by this natural logarithm a second
    double path;   // distance covered, in widths of the vehicle at each moment
    int64_t first_us, last_us;
    Box box;   // in cells, of this view
    Look look; // when it last stood alone
    Passage passage;
} Track;

typedef struct Tracker {
    Track tracks[MAX_TRACKS];
    int count;
    int next_id;
    int64_t last_us;
    int owner[MAX_BLOBS]; // per blob of the last view: index of its track, < 0 nobody's
} Tracker;

void tracker_init(Tracker *tracker);
void tracker_destroy(Tracker *tracker);

// Assigns the blobs of the view at time_us, after dividing those that hold several vehicles; crowd
// is of the same view. Tracks that ended are left at the end of the
// list with missed < 0; the caller takes their passages and calls tracker_sweep.
void tracker_step(Tracker *tracker, Blobs *blobs, Crowd *crowd, int64_t time_us);
void tracker_sweep(Tracker *tracker);

static inline bool track_ended(const Track *track)
{
    return track->missed < 0;
}

#endif
