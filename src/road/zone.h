// Smoke of vehicles that stand or manoeuvre: in a zone the plume is looked for against the empty
// ground or wall, where no vehicle has to uncover it first.
//
// Ground of the zone that is darker than when it is empty, where no object's edge stands out and
// that is joined to something that stands may be smoke, a shadow or a cloud's. Smoke churns: its
// depth keeps changing from moment to moment, where the shadow of what stands, or passes, does not.
#ifndef HEIYAN_ROAD_ZONE_H
#define HEIYAN_ROAD_ZONE_H

#include "road/road.h"
#include "road/track.h"

#define ZONE_THRESHOLD 0.2 // of a plume's depth, unless the options say otherwise

typedef struct Zones Zones;

// grid and list are borrowed. NULL when out of memory.
Zones *zones_create(const Grid *grid, const Lane *list, size_t count);
void zones_destroy(Zones **zones); // accepts NULL content

// Per cell 1 where a zone is, for background_learn; room holds the grid.
void zones_draw(const Zones *zones, uint8_t *room);

typedef struct Stand { // a vehicle that stands in or before a zone and smokes
    int zone;          // index
    int track;
    Box box;                              // of the vehicle, in cells
    int64_t start_us, peak_us, smoked_us; // of its smoke: first, densest and last seen
    int64_t seen_us;                      // something stood there
    int looks;                            // that showed smoke
    double persistence_s;
    double depth;   // natural logarithms: of the densest squares of the plume
    double now;     // the same at the last look, 0: no smoke
    double change;  // by how much that depth changes within a moment
    double light;   // of the empty zone under it
    PlumeMap plume; // at the peak; owned
    bool raised;    // nothing more comes of it
} Stand;

// Looks at one view. near_blob as in wake.h. False when out of memory.
bool zones_look(Zones *zones, const WakeScene *scene, const uint8_t *near_blob,
                const Tracker *tracker);
// The next stand whose smoke is over or has lasted long enough, its depth above the threshold; it
// is marked as raised. NULL when there is none. last: the footage ends here. Belongs to zones,
// valid until the next zones_look.
const Stand *zones_next(Zones *zones, double threshold, int64_t now_us, bool last);
// When the earliest smoke began of which something may still come; INT64_MAX: there is none.
int64_t zones_open_since(const Zones *zones);
// Marks with BACKGROUND_HELD where the empty zone must not be learned anew: something stands there.
void zones_hold(const Zones *zones, uint8_t *busy);

// For looking on: those that smoke or did, and whether the last look took a cell for smoke.
const Stand *zones_stands(const Zones *zones, size_t *count);
bool zones_smoky(const Zones *zones, int x, int y);

#endif
