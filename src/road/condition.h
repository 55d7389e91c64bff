// What makes seeing hard: night, rain, a shaking camera, light that changes, traffic too dense,
// vehicles that stand, a wet road, haze.
//
// Cheap figures of every view, and states made of them. A state begins when its figure has been
// beyond one bound for a while, and ends when it has been below a lower one. While one of the blind
// states lasts nothing can be told of smoke: no vehicle is judged.
#ifndef HEIYAN_ROAD_CONDITION_H
#define HEIYAN_ROAD_CONDITION_H

#include "road/mirror.h"
#include "road/track.h"
#include "road/wake.h"

typedef enum Condition {
    CONDITION_NIGHT,
    CONDITION_RAIN,
    CONDITION_SHAKE,
    CONDITION_UNSETTLED, // light changes faster than one exposure and one tone curve can say
    CONDITION_CLOUD,     // the edge of a cloud's shadow crosses the picture
    CONDITION_CROWDED,   // vehicles hide the road
    CONDITION_STANDING,  // most vehicles stand: a queue, or parked ones
    CONDITION_WET_ROAD,  // it mirrors the vehicles
    CONDITION_HAZE,      // or a dirty lens: light lies over everything
    CONDITIONS,
} Condition;

const char *condition_name(Condition condition); // "night" ...; as in records
bool condition_blinds(Condition condition);

typedef struct ConditionState {
    double figure;             // smoothed
    bool beyond;               // the figure speaks against what holds
    int64_t turned_us;         // since when
    bool on;                   // holds now
    int64_t since_us, last_us; // of this time, or of the last; 0: never yet
} ConditionState;

typedef struct ConditionWatch {
    ConditionState states[CONDITIONS];
    int views;
    int64_t first_us, last_us;
    Offset left;  // of the last view
    double noise; // of it: median change of undisturbed ground, natural logarithms of light
    Mirror mirror;
    int16_t *before; // depth of the last view
} ConditionWatch;

bool condition_create(ConditionWatch *watch, const Grid *grid); // false when out of memory
void condition_destroy(ConditionWatch *watch);

// Once for every view. wake: prepared for this scene.
void condition_push(ConditionWatch *watch, const WakeScene *scene, const Wake *wake,
                    const Tracker *tracker);

bool condition_blind(const ConditionWatch *watch); // now
// Whether it held at some moment between the two.
bool condition_held(const ConditionWatch *watch, Condition condition, int64_t from_us,
                    int64_t to_us);
// The name of a blind state that held between the two; NULL: none did.
const char *condition_blinded(const ConditionWatch *watch, int64_t from_us, int64_t to_us);

#endif
