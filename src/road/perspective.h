// How large vehicles are in metres, from how those that pass look: the perspective of the road.
//
// On a level road, what is m metres large at the height y of the picture looks m (y - horizon) / h
// large there, h being the height of the camera above the road (pinhole camera; Hoiem, Efros and
// Hebert, "Putting Objects in Perspective", 2008). How vehicles shrink as they drive away tells the
// horizon; that they are either about as large as a car or as a lorry, and cameras some six metres
// high, tells h. The first vehicles of a camera are judged by its usual height alone.
//
// Plain data and functions of it: Perspective may be copied and kept.
#ifndef HEIYAN_ROAD_PERSPECTIVE_H
#define HEIYAN_ROAD_PERSPECTIVE_H

#include "road/event.h"
#include "road/view.h"
#include "road/wake.h"

#define PERSPECTIVE_RECENT 64

// A vehicle on the nearer and on the farther half of its way, where the picture's lower rim does
// not cut it, in shares of the picture's height.
typedef struct PerspectiveLook {
    float near_y, far_y;       // lower side of its box
    float near_size, far_size; // geometric mean of width and height, as a rule; natural logarithm
} PerspectiveLook;

typedef struct Perspective {                   // zero-initialise
    PerspectiveLook looks[PERSPECTIVE_RECENT]; // of the last vehicles
    int count, next;
} Perspective;

// A passage of a vehicle, unless the picture's lower rim cuts it in nearly all views.
void perspective_learn(Perspective *perspective, const Grid *grid, const Passage *passage);

// VEHICLE_LORRY: as large as a lorry or bus; VEHICLE_CAR: as a car or van; VEHICLE_OTHER: neither.
VehicleClass perspective_class(const Perspective *perspective, const Grid *grid,
                               const Passage *passage);

#endif
