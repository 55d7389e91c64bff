// What a vehicle takes from the light on the ground around it: the sun's shadow and the part of the sky it hides.
#ifndef HEIYAN_SAMPLES_SHADOW_H
#define HEIYAN_SAMPLES_SHADOW_H

#include "light.h"
#include "vehicle.h"

typedef struct Shadow {
    float x0, y0, cell;  // local metres of the first cell's centre, size of a cell
    int columns, rows;
    float *sun, *sky;    // share of light left, 0..1; owned
    float low_x, low_y, high_x, high_y; // local rectangle that is covered
} Shadow;

// heading as in raster.h. False: out of memory.
bool shadow_make(Shadow *shadow, const Model *model, const Light *light, float heading);
void shadow_finish(Shadow *shadow);
// Both shares at local x, y; 1 outside.
void shadow_at(const Shadow *shadow, float x, float y, float *sun, float *sky);

#endif
