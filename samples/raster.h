// Draws meshes with a depth buffer, several samples per pixel.
#ifndef HEIYAN_SAMPLES_RASTER_H
#define HEIYAN_SAMPLES_RASTER_H

#include "camera.h"
#include "light.h"
#include "mesh.h"

#define RASTER_ATTRIBUTES 8 // u v, local point, world normal

typedef struct RasterCorner {
    float x, y, near; // samples of the tile; 1 / depth
    float value[RASTER_ATTRIBUTES]; // divided by depth
} RasterCorner;

typedef struct RasterFace {
    RasterCorner corner[3];
    const Material *material;
} RasterFace;

typedef struct RasterSample {
    float near;    // 1 / depth; 0: nothing drawn
    uint32_t face; // twice the index of a face, or twice the index of a leaf's shade + 1
} RasterSample;

// A rectangle of the picture at factor x factor samples per pixel. Drawing finds what each sample sees; light is worked out
// when a pixel is asked for, once per face in it (textures: once per sample).
typedef struct Tile {
    int x, y, width, height, factor; // pixels
    RasterSample *samples;           // (width * factor) per row
    RasterFace *faces;
    Shade *shades;
    size_t capacity, face_count, face_capacity, shade_count, shade_capacity;
    const Camera *camera;
    const Light *light;
    float lamps[LAMP_COUNT];
    bool failed; // memory ran out: something is missing
} Tile;

bool tile_reset(Tile *tile, int x, int y, int width, int height, int factor); // false: out of memory
void tile_finish(Tile *tile);

// Where the mesh lands in the picture: the mesh stands at origin, its y axis turned `heading` radians clockwise from the world's.
// False when nothing is in front of the camera.
bool raster_bounds(const Camera *camera, const Mesh *mesh, Vec3 origin, float heading, float *x0, float *y0, float *x1, float *y1);
// One mesh per tile: camera, light and materials must live until the last tile_pixel. lamps[LAMP_COUNT] are copied.
void raster_mesh(Tile *tile, const Camera *camera, const Mesh *mesh, Vec3 origin, float heading, const Light *light,
                 const float *lamps);
// A leaf: a small ellipse of half-size `size` metres whose normal is given.
void raster_leaf(Tile *tile, const Camera *camera, Vec3 point, Vec3 normal, float size, const Shade *shade);

// Mean over a pixel's samples; coverage 0..1, depth of the nearest sample (0 when nothing covers the pixel).
float tile_pixel(const Tile *tile, int x, int y, Shade *mean, float *depth);

#endif
