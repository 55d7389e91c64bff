// Paints plumes of known transmittance behind the vehicles of real pictures.
//
// A plume is drawn along the way its vehicle took through the picture, the vehicle's own width as the yardstick:
// puffs as in plume.h, Beer-Lambert in linear light (BT.709 transfer), airlight a share of the road's light
// behind the vehicle. Where a vehicle nearer to the camera stands, nothing is painted.
#ifndef HEIYAN_SAMPLES_PAINTER_H
#define HEIYAN_SAMPLES_PAINTER_H

#include "render.h"
#include "trails.h"

typedef struct Smoker {
    size_t trail; // index
    float grade;  // nominal: of the densest half metre behind the pipe, 0..5
    uint64_t seed;
} Smoker;

typedef struct Painter Painter;

// Borrows trails and smokers; airlight relative to the road. NULL: out of memory.
Painter *painter_create(const Trails *trails, const Smoker *smokers, size_t count, float airlight);
void painter_destroy(Painter **painter);
// A copy of the picture with the smoke of its moment, NULL when out of memory; vehicles[trails->count] is filled in.
Picture *painter_paint(Painter *painter, const Picture *picture, RenderVehicle *vehicles);

#endif
