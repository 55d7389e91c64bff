// Draws a scene frame by frame in linear light and says what is in it.
#ifndef HEIYAN_SAMPLES_RENDER_H
#define HEIYAN_SAMPLES_RENDER_H

#include "base/error.h"
#include "scene.h"

#include <stddef.h>

typedef struct RenderVehicle { // one vehicle in one frame; pixels of the finished picture
    bool visible;              // box is valid
    float x, y, w, h;          // what shows of it within the frame
    float opacity;             // peak of its plume in the frame, 0..1
    float visible_opacity;     // peak outside its box
    float trail_opacity;       // peak more than half a box width away from its box
    float pipe_opacity;        // peak within half a box width of its box, outside it
    bool plate_visible;
    float plate[8];            // corners, left top first, clockwise
} RenderVehicle;

typedef struct Frame {
    int width, height;
    float *color[3];       // linear light r, g, b; rows of `width`
    float *transmittance;  // through all plumes in front of what the pixel shows, green; 1 = clear
    float *airlight;       // green radiance of the plume there (0 where clear)
    RenderVehicle *vehicles; // as many as the scene has
} Frame;

typedef struct Renderer Renderer;

// with_smoke false draws the same scene without any plume. The scene is copied.
Status renderer_create(Renderer **out, const Scene *scene, bool with_smoke, Error *error);
void renderer_destroy(Renderer **renderer);
// Frames may be asked for in any order; *frame is valid until the next call.
Status renderer_frame(Renderer *renderer, int number, const Frame **frame, Error *error);
int renderer_frames(const Renderer *renderer);
const Scene *renderer_scene(const Renderer *renderer);
const char *renderer_plate(const Renderer *renderer, int vehicle, const char **color, bool *two_rows);
float renderer_airlight(const Renderer *renderer); // radiance of black smoke, green

#endif
