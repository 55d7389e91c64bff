// Smoke, vapour, dust and spray as puffs whose optical depths add up.
#ifndef HEIYAN_SAMPLES_PLUME_H
#define HEIYAN_SAMPLES_PLUME_H

#include "scene.h"

typedef struct Puff {
    Vec3 center;
    float sigma, mass; // metres; optical cross-section in square metres
} Puff;

#define PLUME_RATE 90.0f // puffs per second

typedef struct PlumeSource { // where the vehicle's pipe is at a moment
    void *context;
    // False while there is no vehicle. `side` tells which way a sideways pipe blows.
    bool (*at)(void *context, float time, Vec3 *pipe, Vec3 *velocity);
} PlumeSource;

typedef struct PlumeSpec {
    PlumeKind kind;
    float strength;    // mass of a mean puff
    uint64_t seed;
    Vec3 wind, jet;    // jet: speed of the gas as it leaves, m/s
    float body_width;  // of the vehicle: how wide the wake is
} PlumeSpec;

// The puffs alive at a moment, into puffs[capacity]; returns how many. Any moment can be asked for in any order.
int plume_puffs(const PlumeSpec *spec, const PlumeSource *source, float time, Puff *puffs, int capacity);
float plume_life(PlumeKind kind); // seconds
extern const float plume_soot[3];  // depth in red, green, blue: soot takes more of the blue

// The strength that makes moments seen at strength 1 (optical depths; sorts them) reach the grade in their denser quarter.
float plume_strength(float *moments, int count, float grade);

typedef struct Touched { // cells of a grid that hold something, half open
    int x0, y0, x1, y1;
} Touched;

// Adds one puff to a grid of optical depths; x, y, sigma in cells.
void plume_splat(float *grid, int columns, int rows, Touched *box, float x, float y, float sigma, float peak);

#endif
