// Whether the road mirrors vehicles: what lies below a vehicle in the picture is compared with the
// vehicle upside down.
//
// A wet road shows the rear of a receding vehicle (the front of an approaching one) once more below
// it, upside down and weaker. Light against the empty road is taken along each row, less the row's
// mean: a soft shadow darkens a row evenly, and what is left is what the vehicle's lamps, windows
// and plate wrote into it. The mirror's row is looked for near the foot of the vehicle's box,
// because boxes often hold a part of the reflection. A view mirrors when the correlation of both
// halves is above 0.78 (a shadow cast towards the camera reaches 0.75) and the lower half shows 0.1
// to 0.8 of the upper one's differences. Vehicles that pass sideways tell nothing: their halves are
// alike without any mirror.
//
// The smoothed share of such views, at most 0.06 at the end of 12 dry real clips and 18 dry
// rendered scenes, 0.2 and more in 6 of 12 rendered wet ones (12 to 16 s each): a faint mirror is
// not told from a dry road.
#ifndef HEIYAN_ROAD_MIRROR_H
#define HEIYAN_ROAD_MIRROR_H

#include "road/track.h"
#include "road/wake.h"

typedef struct Mirror { // zero-initialise
    double share;       // of the views of the last vehicles that mirror; stays while none passes
    int skipped;        // views since it last looked
    struct {
        int track, views;
    } seen[MAX_TRACKS]; // how often a vehicle was looked at: none counts for more than a few views
} Mirror;

// Once for every view.
void mirror_push(Mirror *mirror, const WakeScene *scene, const Tracker *tracker);

#endif
