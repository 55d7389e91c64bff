// A pinhole camera on a pole.
#ifndef HEIYAN_SAMPLES_CAMERA_H
#define HEIYAN_SAMPLES_CAMERA_H

#include "vec.h"

#include <stdbool.h>

typedef struct Camera {
    Vec3 position, right, up, forward;
    float focal;        // pixels
    float center_x, center_y; // pixels
} Camera;

// pitch: degrees below the horizon; yaw: degrees to the right of the road's direction; roll: degrees clockwise; fov: horizontal
// field of view in degrees over `width` pixels.
Camera camera_make(Vec3 position, float pitch, float yaw, float roll, float fov, int width, float center_x, float center_y);
// False when the point is behind the camera; depth is along the optical axis.
bool camera_project(const Camera *camera, Vec3 point, float *x, float *y, float *depth);
Vec3 camera_ray(const Camera *camera, float x, float y); // not normalised: depth grows by 1 per unit
// Where the ray through a pixel meets the ground z = height; false above the horizon.
bool camera_ground(const Camera *camera, float x, float y, float height, Vec3 *point, float *depth);

#endif
