// The light of a scene and how surfaces answer it.
#ifndef HEIYAN_SAMPLES_LIGHT_H
#define HEIYAN_SAMPLES_LIGHT_H

#include "mesh.h"
#include "vec.h"

typedef struct Light {
    Vec3 sun;        // unit vector towards the sun (or moon)
    Color sun_color; // radiance of a white matt surface that faces the sun, from the sun alone
    Color sky_color; // radiance of a white matt surface that faces up, from the sky alone
    Color zenith, horizon; // radiance of the sky itself
    Color ground;    // albedo of the ground that throws light up
    float haze;      // 0 sharp shadows .. 1 soft ones
} Light;

// What one surface element sends to the camera. The three parts are dimmed apart: direct by shadows, ambient by occlusion.
typedef struct Shade {
    Color direct, ambient, glow;
} Shade;

// Radiance of the sky in a direction (unit vector); below the horizon the lit ground.
Color light_sky(const Light *light, Vec3 direction);
// u, v in metres on the surface (0..1 for textures), height above the ground; view points from the camera to the surface;
// lamps[LAMP_COUNT] are brightnesses 0..1 (NULL: all dark).
Shade light_shade(const Light *light, const Material *material, float u, float v, Vec3 point, Vec3 normal, Vec3 view,
                  const float *lamps);
// The same for a plain matt albedo.
Shade light_matt(const Light *light, Color albedo, Vec3 normal);

#endif
