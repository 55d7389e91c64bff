// What a plume is made of, as far as a camera can tell: soot darkens the road and makes it a little
// redder; vapour and spray are brighter than it; dust is brighter, or darkens it with much yellow.
#ifndef HEIYAN_ROAD_KIND_H
#define HEIYAN_ROAD_KIND_H

#include "road/event.h"
#include "road/wake.h"

typedef struct KindFigures {
    double bright; // share of the plume near the vehicle that is brighter than the empty road; NaN:
                   // no plume
    double yellow; // ln(red/blue) per depth; NaN: too faint to tell
} KindFigures;

// plume: at its densest view. hue, depth: of the passage's wakes, as WakeSample.hue and their
// densest square.
KindFigures kind_figures(const PlumeMap *plume, double hue, double depth);
SmokeKind kind_of(KindFigures figures);

#endif
