// Solids made of triangles: vehicles and the things beside the road.
#ifndef HEIYAN_SAMPLES_MESH_H
#define HEIYAN_SAMPLES_MESH_H

#include "vec.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum MaterialKind {
    MATERIAL_PLAIN,      // matt, with dirt
    MATERIAL_PAINT,      // glossy lacquer
    MATERIAL_GLASS,
    MATERIAL_CORRUGATED, // pressed sheet, ribs along v, `scale` metres apart in u
    MATERIAL_STRIPES,    // red and white reflecting tape, `scale` metres per pair along u
    MATERIAL_CHEVRON,    // yellow and black slanting stripes
    MATERIAL_TEXTURE,    // picture over u, v in 0..1
    MATERIAL_LAMP,       // lens; glows by `glow`
    MATERIAL_ROUGH,      // rubble, soil, tarpaulin: lumpy normals, `scale` metres
    MATERIAL_SLATS,      // horizontal boards or louvres along u, `scale` metres apart in v
    MATERIAL_BARK,       // tree trunk, whitewashed below 1.2 m
    MATERIAL_FACADE,     // wall with windows
} MaterialKind;

typedef struct Texture { // RGBA, linear light 0..1, row 0 at v = 1
    int width, height;
    float *pixels; // 4 per pixel, owned by whoever made it
} Texture;

typedef struct Material {
    MaterialKind kind;
    Color color, second;
    float dirt, scale, glow;
    int lamp; // which switch lights it: Lamp below
    const Texture *texture;
} Material;

typedef enum Lamp { LAMP_NONE, LAMP_TAIL, LAMP_BRAKE, LAMP_HEAD, LAMP_LEFT, LAMP_RIGHT, LAMP_COUNT } Lamp;

typedef struct Vertex {
    Vec3 point, normal;
    float u, v;
} Vertex;

typedef struct Triangle {
    Vertex vertex[3];
    int material;
} Triangle;

typedef struct Mesh {
    Triangle *triangles;
    size_t count, capacity;
    Material *materials;
    int material_count;
    bool failed; // memory ran out: the mesh is incomplete
} Mesh;

void mesh_finish(Mesh *mesh);
int mesh_material(Mesh *mesh, Material material); // its index
void mesh_triangle(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, int material);
// Corners in order around, seen from outside counter-clockwise; u from a to b and v from a to d, in metres.
void mesh_quad(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, Vec3 d, int material);
// The same with u and v in 0..1, a at (0,0).
void mesh_decal(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, Vec3 d, int material);
void mesh_box(Mesh *mesh, Vec3 low, Vec3 high, int material);
// Faces of the box by side: 0 left 1 right 2 rear 3 front 4 bottom 5 top; a negative index leaves a side out.
void mesh_box_sides(Mesh *mesh, Vec3 low, Vec3 high, const int material[6]);
// A bar between two points with square section.
void mesh_bar(Mesh *mesh, Vec3 from, Vec3 to, float thick, int material);
// A cylinder along x from x0 to x1, or any axis between two points.
void mesh_cylinder(Mesh *mesh, Vec3 from, Vec3 to, float radius_from, float radius_to, int sides, int material, int cap);
// A closed ring of `points` corners per station; quads between station i and i+1 get material[i * points + k]; smooth normals.
void mesh_loft(Mesh *mesh, const Vec3 *ring, int stations, int points, const int *material);
void mesh_transform(const Mesh *mesh, Vec3 origin, float heading, Mesh *out); // copies of triangles appended to out, materials too

#endif
