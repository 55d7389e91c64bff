// From pictures to events: the empty road, vehicles, wakes, smoke.
//
// Plain functions of (previous state, picture); knows no files and no network. One Road per stream,
// one thread.
//
//     road_create
//     road_learn  ...     first pass over key frames: the empty road (optional)
//     road_push   ...     every picture, in time order
//     road_next_event     after each push, until it gives nothing more
//     road_finish         passages still open become events; then road_next_event again
#ifndef HEIYAN_ROAD_ROAD_H
#define HEIYAN_ROAD_ROAD_H

#include "base/error.h"
#include "picture/picture.h"
#include "road/baseline.h"
#include "road/condition.h"
#include "road/event.h"
#include "road/lane.h"

typedef struct Road Road;

typedef enum RoadDirection { // which traffic is judged
    ROAD_DIRECTION_RECEDING, // default: rears are seen, exhausts and rear plates with them
    ROAD_DIRECTION_APPROACHING,
    ROAD_DIRECTION_BOTH,
} RoadDirection;

#define ROAD_MAX_ZONES 16

typedef struct RoadOptions { // zero-initialise, then road_options_default
    RoadDirection direction;
    double min_ringelmann; // captures below this grade are not raised; default 0.5
    double threshold;      // detector score; 0 = by the camera's own vehicles
    double false_budget;   // false captures a day that the threshold aims at; default 2
    double analysis_fps;   // default 12.5
    const Lane *lanes;     // vehicles outside every lane are not judged; none = the whole picture
    size_t lane_count;
    const Lane *masks; // areas never looked at (OSD text, trees)
    size_t mask_count;
    const Lane *zones; // where vehicles stand or manoeuvre: their smoke is looked for there
    size_t zone_count; // up to ROAD_MAX_ZONES
} RoadOptions;

RoadOptions road_options_default(void);

Status road_create(Road **out, const RoadOptions *options,
                   Error *error); // options are copied, lanes too
void road_destroy(Road **road);

// First pass: one key frame of the footage to come. After the last, road_push begins judging at its
// first picture.
Status road_learn(Road *road, Picture *picture, Error *error);

// The next picture; cheap for those that are not analysed (more than analysis_fps). A picture of
// another size than before starts the road afresh.
Status road_push(Road *road, Picture *picture, Error *error);
Status road_finish(Road *road, Error *error);

// Hands over the oldest finished event; the caller frees it with event_free. False when there is
// none.
bool road_next_event(Road *road, Event *out);

// What the passages still open would be raised as if they ended now; changes nothing. Free with
// events_free.
Status road_open_events(Road *road, Event **out, size_t *count, Error *error);

// The earliest time that a passage still open (or one that may still become an event) began;
// INT64_MAX if none. What the ring must keep begins here.
int64_t road_open_since(const Road *road);

// What to add to the times of pictures to have the time of day; 0 until it is said.
void road_set_clock(Road *road, int64_t shift_us);

// What the camera's vehicles taught so far. The caller may copy it, put another in its place and
// note captures in it.
Baseline *road_baseline(Road *road);

// What makes seeing hard at this moment; times as of pictures.
const ConditionWatch *road_conditions(const Road *road);

typedef struct RoadCounts {
    uint64_t pictures, analysed, passages, judged, events;
    double blind_s; // time in which a blind condition held: no vehicle was judged
} RoadCounts;
RoadCounts road_counts(const Road *road);

#endif
