// The road's surface and what lies flat beside it, as a function of the place.
#ifndef HEIYAN_SAMPLES_GROUND_H
#define HEIYAN_SAMPLES_GROUND_H

#include "scene.h"

typedef struct Ground Ground;

// NULL: out of memory. The scene must outlive it.
Ground *ground_create(const Scene *scene);
void ground_destroy(Ground **ground);
// Albedo at x, y (metres, world), averaged over a footprint of fx by fy metres.
Color ground_albedo(const Ground *ground, float x, float y, float fx, float fy);
// How mirror-like the place is when wet, 0..1.
float ground_puddle(const Ground *ground, float x, float y);

// The cross-section of the road, metres from the left edge of the receding carriageway.
float scene_right_edge(const Scene *scene);  // kerb on the right
float scene_left_edge(const Scene *scene);   // kerb on the far left
float scene_lane_center(const Scene *scene, int lane); // lane numbers as in SceneVehicle
float scene_bend(const Scene *scene, float y);         // how far the road has bent to the right at y

#endif
