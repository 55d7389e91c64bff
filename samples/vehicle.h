// Solid models of vehicles. Local axes: x to the right, y forward, z up; the rear end at y = 0, the wheels on z = 0.
#ifndef HEIYAN_SAMPLES_VEHICLE_H
#define HEIYAN_SAMPLES_VEHICLE_H

#include "mesh.h"
#include "scene.h"

typedef struct Solid { // a coarse box of the body, for soft shadows
    Vec3 low, high;
} Solid;

typedef struct Model {
    Mesh mesh;
    float length, width, height;
    Solid solids[4];
    int solid_count;
    Vec3 pipe;          // end of the exhaust
    bool pipe_side;     // it blows sideways
    Vec3 plate[4];      // corners: left top, right top, right bottom, left bottom as read from behind
    Vec3 tail_lamp, head_lamp; // the right ones; mirrored at x = 0
    char plate_text[24], plate_color[16];
    bool plate_two_rows;
    Texture plate_texture, sign_texture;
} Model;

bool model_make(Model *model, const SceneVehicle *vehicle); // false: out of memory
void model_finish(Model *model);

// Parts shared by the builders.
typedef struct Palette {
    int paint, dark, rubber, metal, glass, red_lamp, amber_lamp, head_lamp, stripes, chrome, plate, sign, cargo, body, roof, chevron;
} Palette;
void model_lorry(Model *model, const SceneVehicle *vehicle, const Palette *palette, Rng *rng);
void model_car(Model *model, const SceneVehicle *vehicle, const Palette *palette, Rng *rng);
void model_wheel(Model *model, const Palette *palette, float x, float y, float radius, float width);
void model_put_plate(Model *model, const Palette *palette, float x, float y, float z);
void model_solid(Model *model, Vec3 low, Vec3 high);

#endif
