// A look inside for development and evaluation: every passage that ends, raised or not, and every
// view.
#ifndef HEIYAN_ROAD_TRACE_H
#define HEIYAN_ROAD_TRACE_H

#include "road/judge.h"

typedef void RoadTrace(void *context, const Grid *grid, const Track *track, const Verdict *verdict);

typedef void RoadTraceView(void *context, const WakeScene *scene, const Tracker *tracker);

// Either may be NULL.
void road_set_trace(Road *road, RoadTrace *trace, RoadTraceView *trace_view, void *context);

#endif
