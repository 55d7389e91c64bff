// Whose smoke it is, where vehicles drive next to each other.
#ifndef HEIYAN_ROAD_RIVALS_H
#define HEIYAN_ROAD_RIVALS_H

#include "road/track.h"

// Of two vehicles next to each other the one with the denser wake is the one that smokes: what is
// seen behind the other counts for nothing.
void rivals_settle(Tracker *tracker, int64_t time_us);

#endif
