// What the files of the renderer share.
#ifndef HEIYAN_SAMPLES_RENDER_PRIVATE_H
#define HEIYAN_SAMPLES_RENDER_PRIVATE_H

#include "camera.h"
#include "ground.h"
#include "light.h"
#include "plume.h"
#include "raster.h"
#include "render.h"
#include "shadow.h"
#include "traffic.h"
#include "vehicle.h"

typedef enum PixelKind { PIXEL_SKY, PIXEL_GROUND, PIXEL_OBJECT } PixelKind;

// The standing scene, one value per canvas pixel (the picture and a margin for shake around it).
typedef struct Plates {
    float *direct[3], *ambient[3]; // radiance from the sun and from the sky
    float *glow[3];                // from lamps; NULL by day
    float *albedo;                 // green, of ground pixels
    float *gx, *gy, *depth;
    float *puddle;                 // mirror-like share of ground pixels; NULL when dry
    uint8_t *kind;
} Plates;

#define PLUME_GROUPS 3 // black, white, dust

typedef struct Haze { // optical depths on a coarse grid
    float *depth[PLUME_GROUPS];
    Touched touched;
} Haze;

typedef struct Actor {
    Model model;
    Shadow shadow;
    PlumeSpec plume;
    Pose pose;
    bool shown, smokes;
    Puff *puffs;       // of this frame
    int puff_count, mist_first;
    PlumeSpec mist;    // spray behind the wheels on a wet road; not part of the truth
    bool sprays;
    float *own;        // its optical depths on the coarse grid, for the truth
    Touched touched;
} Actor;

struct Renderer {
    Scene scene;
    bool with_smoke;
    int width, height, margin; // of the canvas, margin included
    Camera camera;
    Light light;
    Ground *ground;
    Plates plates;
    Vec3 lamp[32];     // street lamps
    int lamp_count;
    float *shade;      // tree shadows on the ground, see roadside.h
    uint8_t *body;     // pixels of the vehicle being drawn; NULL on a dry road
    float mirrored[3]; // sky that a wet road mirrors, about
    float *color[3], *sun, *sky, *clear, *veil; // of the frame being drawn; clear = transmittance
    int grid, columns, rows; // coarse grid of the plumes: pixels per cell, cells
    Haze haze;
    Color source[PLUME_GROUPS]; // radiance of a thick plume
    Tile tile;
    Actor *actors;
    Frame frame;
    float *crop[5];    // the frame's planes
};

#define MAX_PUFFS 1200 // of a plume and its mist together

Status plates_make(Renderer *renderer, Error *error);        // render_static.c
void plates_finish(Plates *plates);
Color plates_lamp_light(const Renderer *renderer, float x, float y); // radiance of white matt ground under the street lamps
void frame_light(Renderer *renderer, float time);            // render_light.c: fills sun and sky, then color
float frame_sun_at(const Renderer *renderer, float x, float y, float time); // share of sun that clouds leave
void frame_vehicle(Renderer *renderer, int index, float time);  // render_vehicle.c
void haze_begin(Renderer *renderer, float time);                 // render_smoke.c: the puffs of the frame
void haze_add(Renderer *renderer, float near_y, float far_y);    // those with near_y <= y < far_y
void haze_apply(Renderer *renderer);
void haze_truth(Renderer *renderer);                          // fills the opacities of frame.vehicles
float plume_calibrate(const Renderer *renderer, int index);
bool actor_at(void *actor_scene, float time, Vec3 *pipe, Vec3 *velocity);

typedef struct ActorScene { // context of actor_at
    const Renderer *renderer;
    int index;
    bool wheels; // from under the wheels instead of the pipe
} ActorScene;

#endif
