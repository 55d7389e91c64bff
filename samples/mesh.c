#include "mesh.h"

#include <stdlib.h>

void mesh_finish(Mesh *mesh)
{
    free(mesh->triangles);
    free(mesh->materials);
    *mesh = (Mesh){0};
}

int mesh_material(Mesh *mesh, Material material)
{
    Material *grown = realloc(mesh->materials, (size_t)(mesh->material_count + 1) * sizeof *grown);
    if (!grown) {
        mesh->failed = true;
        return 0;
    }
    mesh->materials = grown;
    grown[mesh->material_count] = material;
    return mesh->material_count++;
}

static Triangle *append(Mesh *mesh)
{
    if (mesh->count == mesh->capacity) {
        size_t capacity = mesh->capacity ? mesh->capacity * 2 : 256;
        Triangle *grown = realloc(mesh->triangles, capacity * sizeof *grown);
        if (!grown) {
            mesh->failed = true;
            return NULL;
        }
        mesh->triangles = grown;
        mesh->capacity = capacity;
    }
    return &mesh->triangles[mesh->count++];
}

static void put(Mesh *mesh, const Vertex vertex[3], int material)
{
    Triangle *triangle = append(mesh);
    if (triangle)
        *triangle = (Triangle){.vertex = {vertex[0], vertex[1], vertex[2]}, .material = material};
}

static Vec3 normal_of(Vec3 a, Vec3 b, Vec3 c)
{
    return vec_unit(vec_cross(vec_sub(b, a), vec_sub(c, a)));
}

void mesh_triangle(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, int material)
{
    Vec3 n = normal_of(a, b, c);
    put(mesh, (Vertex[3]){{a, n, 0, 0}, {b, n, 1, 0}, {c, n, 0, 1}}, material);
}

static void quad_uv(Mesh *mesh, const Vec3 p[4], float u, float v, int material)
{
    Vec3 n = vec_unit(vec_cross(vec_sub(p[2], p[0]), vec_sub(p[3], p[1])));
    Vertex a = {p[0], n, 0, 0}, b = {p[1], n, u, 0}, c = {p[2], n, u, v}, d = {p[3], n, 0, v};
    put(mesh, (Vertex[3]){a, b, c}, material);
    put(mesh, (Vertex[3]){a, c, d}, material);
}

static float distance(Vec3 a, Vec3 b)
{
    Vec3 d = vec_sub(a, b);
    return sqrtf(vec_dot(d, d));
}

void mesh_quad(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, Vec3 d, int material)
{
    quad_uv(mesh, (Vec3[4]){a, b, c, d}, distance(a, b), distance(a, d), material);
}

void mesh_decal(Mesh *mesh, Vec3 a, Vec3 b, Vec3 c, Vec3 d, int material)
{
    quad_uv(mesh, (Vec3[4]){a, b, c, d}, 1, 1, material);
}

void mesh_box_sides(Mesh *mesh, Vec3 l, Vec3 h, const int m[6])
{
    Vec3 p[8];
    for (int i = 0; i < 8; i++)
        p[i] = vec(i & 1 ? h.x : l.x, i & 2 ? h.y : l.y, i & 4 ? h.z : l.z);
    static const int side[6][4] = {{2, 0, 4, 6}, {1, 3, 7, 5}, {0, 1, 5, 4}, {3, 2, 6, 7}, {2, 3, 1, 0}, {4, 5, 7, 6}};
    for (int i = 0; i < 6; i++)
        if (m[i] >= 0)
            mesh_quad(mesh, p[side[i][0]], p[side[i][1]], p[side[i][2]], p[side[i][3]], m[i]);
}

void mesh_box(Mesh *mesh, Vec3 low, Vec3 high, int m)
{
    mesh_box_sides(mesh, low, high, (int[6]){m, m, m, m, m, m});
}

static void frame_of(Vec3 axis, Vec3 *side, Vec3 *up)
{
    Vec3 guess = fabsf(axis.z) < 0.9f ? vec(0, 0, 1) : vec(0, 1, 0);
    *side = vec_unit(vec_cross(axis, guess));
    *up = vec_cross(*side, axis);
}

void mesh_bar(Mesh *mesh, Vec3 from, Vec3 to, float thick, int material)
{
    Vec3 axis = vec_unit(vec_sub(to, from)), side, up;
    frame_of(axis, &side, &up);
    side = vec_scale(side, thick / 2);
    up = vec_scale(up, thick / 2);
    Vec3 corner[4] = {vec_sub(vec_scale(side, -1), up), vec_sub(side, up), vec_add(side, up), vec_sub(up, side)};
    for (int i = 0; i < 4; i++) {
        int j = (i + 1) & 3;
        mesh_quad(mesh, vec_add(from, corner[i]), vec_add(to, corner[i]), vec_add(to, corner[j]), vec_add(from, corner[j]), material);
    }
    mesh_quad(mesh, vec_add(from, corner[0]), vec_add(from, corner[1]), vec_add(from, corner[2]), vec_add(from, corner[3]), material);
    mesh_quad(mesh, vec_add(to, corner[3]), vec_add(to, corner[2]), vec_add(to, corner[1]), vec_add(to, corner[0]), material);
}

void mesh_cylinder(Mesh *mesh, Vec3 from, Vec3 to, float r0, float r1, int sides, int material, int cap)
{
    Vec3 axis = vec_unit(vec_sub(to, from)), side, up;
    frame_of(axis, &side, &up);
    float length = distance(from, to);
    for (int i = 0; i < sides; i++) {
        float a0 = 2 * PI_F * (float)i / (float)sides, a1 = 2 * PI_F * (float)(i + 1) / (float)sides;
        Vec3 n0 = vec_add(vec_scale(side, cosf(a0)), vec_scale(up, sinf(a0)));
        Vec3 n1 = vec_add(vec_scale(side, cosf(a1)), vec_scale(up, sinf(a1)));
        Vertex a = {vec_add(from, vec_scale(n0, r0)), n0, a0 * r0, 0}, b = {vec_add(from, vec_scale(n1, r0)), n1, a1 * r0, 0};
        Vertex c = {vec_add(to, vec_scale(n1, r1)), n1, a1 * r1, length}, d = {vec_add(to, vec_scale(n0, r1)), n0, a0 * r1, length};
        put(mesh, (Vertex[3]){a, b, c}, material);
        put(mesh, (Vertex[3]){a, c, d}, material);
        if (cap >= 0) {
            mesh_triangle(mesh, from, b.point, a.point, cap);
            mesh_triangle(mesh, to, d.point, c.point, cap);
        }
    }
}

static Vec3 loft_normal(const Vec3 *ring, int stations, int points, int s, int k)
{
    Vec3 sum = vec(0, 0, 0);
    for (int ds = -1; ds <= 0; ds++)
        for (int dk = -1; dk <= 0; dk++) {
            int s0 = s + ds, k0 = (k + dk + points) % points, k1 = (k0 + 1) % points;
            if (s0 < 0 || s0 + 1 >= stations)
                continue;
            Vec3 a = ring[s0 * points + k0], b = ring[s0 * points + k1];
            Vec3 c = ring[(s0 + 1) * points + k1], d = ring[(s0 + 1) * points + k0];
            sum = vec_add(sum, vec_unit(vec_cross(vec_sub(c, a), vec_sub(d, b))));
        }
    return vec_unit(sum);
}

void mesh_loft(Mesh *mesh, const Vec3 *ring, int stations, int points, const int *material)
{
    for (int s = 0; s + 1 < stations; s++)
        for (int k = 0; k < points; k++) {
            int m = material[s * points + k], j = (k + 1) % points;
            if (m < 0)
                continue;
            const Vec3 p[4] = {ring[s * points + k], ring[s * points + j], ring[(s + 1) * points + j], ring[(s + 1) * points + k]};
            Vec3 flat = vec_unit(vec_cross(vec_sub(p[2], p[0]), vec_sub(p[3], p[1])));
            const int at[4][2] = {{s, k}, {s, j}, {s + 1, j}, {s + 1, k}};
            Vertex vertex[4];
            float u = distance(p[0], p[1]), v = distance(p[0], p[3]);
            for (int i = 0; i < 4; i++) {
                Vec3 smooth = loft_normal(ring, stations, points, at[i][0], at[i][1]);
                // A real crease stays one.
                Vec3 n = vec_dot(smooth, flat) > 0.75f ? smooth : flat;
                vertex[i] = (Vertex){p[i], n, i == 1 || i == 2 ? u : 0, i >= 2 ? v : 0};
            }
            put(mesh, (Vertex[3]){vertex[0], vertex[1], vertex[2]}, m);
            put(mesh, (Vertex[3]){vertex[0], vertex[2], vertex[3]}, m);
        }
}

void mesh_transform(const Mesh *mesh, Vec3 origin, float heading, Mesh *out)
{
    float c = cosf(heading), s = sinf(heading);
    int first = out->material_count;
    for (int i = 0; i < mesh->material_count; i++)
        mesh_material(out, mesh->materials[i]);
    for (size_t i = 0; i < mesh->count; i++) {
        Triangle *triangle = append(out);
        if (!triangle)
            return;
        *triangle = mesh->triangles[i];
        triangle->material += first;
        for (int k = 0; k < 3; k++) {
            Vertex *v = &triangle->vertex[k];
            Vec3 p = v->point, n = v->normal;
            v->point = vec_add(origin, vec(c * p.x + s * p.y, -s * p.x + c * p.y, p.z));
            v->normal = vec(c * n.x + s * n.y, -s * n.x + c * n.y, n.z);
        }
    }
}
