// What stands beside the road: kerbs, rails, hedges, trees, poles, buildings.
#ifndef HEIYAN_SAMPLES_ROADSIDE_H
#define HEIYAN_SAMPLES_ROADSIDE_H

#include "ground.h"
#include "light.h"
#include "mesh.h"

typedef struct Leaf {
    Vec3 point, normal;
    float size;
    Color color;
    float open; // share of the sky that reaches it
    bool sways;
} Leaf;

typedef struct Roadside {
    Mesh mesh;
    Leaf *leaves;
    size_t leaf_count, leaf_capacity;
    Vec3 street_lamps[32];
    int street_lamp_count;
} Roadside;

bool roadside_make(Roadside *roadside, const Scene *scene); // false: out of memory
void roadside_finish(Roadside *roadside);

// Shadows of the standing things on the ground: share of sun left, cells of SHADE_CELL metres from (SHADE_X0, SHADE_Y0).
#define SHADE_CELL 0.1f
#define SHADE_COLUMNS 800
#define SHADE_ROWS 1600
#define SHADE_X0 (-40.0f)
#define SHADE_Y0 (-10.0f)
float *roadside_shade(const Roadside *roadside, const Light *light); // NULL: out of memory; free() it
float shade_at(const float *shade, float x, float y);

#endif
