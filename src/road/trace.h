// A look inside for development and evaluation: every passage that ends, raised or not, and every
// view.
#ifndef HEIYAN_ROAD_TRACE_H
#define HEIYAN_ROAD_TRACE_H

#include "road/judge.h"
#include "road/zone.h"

typedef void RoadTrace(void *context, const Grid *grid, const Track *track, const Verdict *verdict);

typedef struct RoadLook { // one view and what was made of it; borrowed
    const WakeScene *scene;
    const Wake *wake;
    const Tracker *tracker;
    const Zones *zones; // NULL: there are none
    bool blind;         // too much of the undisturbed ground does not look like the empty road
} RoadLook;

typedef void RoadTraceView(void *context, const RoadLook *look);

// Either may be NULL.
void road_set_trace(Road *road, RoadTrace *trace, RoadTraceView *trace_view, void *context);

// What would be said of a passage if it ended now.
Verdict road_verdict(const Road *road, const Track *track);

#endif
