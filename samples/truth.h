// What a rendered or painted clip really shows, collected frame by frame and written as JSON. FORMAT: see samples/README.md.
#ifndef HEIYAN_SAMPLES_TRUTH_H
#define HEIYAN_SAMPLES_TRUTH_H

#include "base/error.h"
#include "base/files.h"
#include "plume.h"
#include "render.h"

typedef struct Truth Truth;

typedef struct TruthVehicle { // what does not change during the passage
    int id;
    const char *class, *model, *direction, *kind; // car van lorry bus; box tipper ...; receding approaching; black white dust none
    float grade, speed_kmh;
    const char *plate, *plate_color; // NULL: unknown
    bool plate_two_rows;
} TruthVehicle;

Truth *truth_create(int vehicles); // NULL: out of memory
void truth_destroy(Truth **truth);
// Fills the opacities of a vehicle, box already set, from its own optical depths on a grid of `cell` pixels that begins
// `margin` pixels outside the picture; clears what was touched.
void truth_measure(float *grid, int columns, int cell, float margin, Touched touched, int width, int height, RenderVehicle *v);
void truth_frame(Truth *truth, int number, const RenderVehicle *vehicles);
// Where the truth goes: beside the clip, CLIP.json, unless a path is wished for.
void truth_path(char out[PATH_SIZE], const char *clip, const char *wish);
// Grades of the passage (visible, trail, pipe) are 5 times the peak opacity, each moment taken as the median of five frames,
// over the frames in which the vehicle is at least a 24th of the picture wide.
// fixed[i] describes vehicle i; vehicles that never showed and never smoked are left out.
Status truth_write(const Truth *truth, const char *path, const char *clip, const char *condition, const char *const *labels, int width, int height,
                   double fps, double airlight, const TruthVehicle *fixed, Error *error);

#endif
