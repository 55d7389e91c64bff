// The plume in the densest view: its region, outline and density map, from the depth around the
// vehicle.
#ifndef HEIYAN_ROAD_PLUME_H
#define HEIYAN_ROAD_PLUME_H

#include "road/wake.h"

#include <stdbool.h>

// Fills density, plume and outline of the event. airlight = K, the plume's own light relative to
// the road. False when out of memory.
bool plume_describe(const PlumeMap *map, const Grid *grid, double airlight, Event *out);

#endif
