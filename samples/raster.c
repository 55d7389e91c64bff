#include "raster.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_PLANE 0.4f
#define ATTRIBUTES 9 // u v, point, normal, and 1 for perspective: kept apart in `near`

typedef struct Corner {
    float x, y, near;
    float value[ATTRIBUTES]; // divided by depth after projection
} Corner;

bool tile_reset(Tile *tile, int x, int y, int width, int height, int factor)
{
    size_t need = (size_t)width * (size_t)height * (size_t)(factor * factor);
    if (need > tile->capacity) {
        free(tile->samples);
        tile->samples = malloc(need * sizeof *tile->samples);
        tile->capacity = tile->samples ? need : 0;
        if (!tile->samples)
            return false;
    }
    tile->x = x;
    tile->y = y;
    tile->width = width;
    tile->height = height;
    tile->factor = factor;
    memset(tile->samples, 0, need * sizeof *tile->samples);
    return true;
}

void tile_finish(Tile *tile)
{
    free(tile->samples);
    *tile = (Tile){0};
}

static Vec3 placed(Vec3 p, Vec3 origin, float c, float s)
{
    return vec_add(origin, vec(c * p.x + s * p.y, -s * p.x + c * p.y, p.z));
}

bool raster_bounds(const Camera *camera, const Mesh *mesh, Vec3 origin, float heading, float *x0, float *y0, float *x1, float *y1)
{
    float c = cosf(heading), s = sinf(heading);
    bool any = false;
    for (size_t i = 0; i < mesh->count; i++)
        for (int k = 0; k < 3; k++) {
            float x, y, depth;
            if (!camera_project(camera, placed(mesh->triangles[i].vertex[k].point, origin, c, s), &x, &y, &depth))
                continue;
            if (depth < NEAR_PLANE)
                continue;
            if (!any) {
                *x0 = *x1 = x;
                *y0 = *y1 = y;
                any = true;
            }
            *x0 = fminf(*x0, x);
            *x1 = fmaxf(*x1, x);
            *y0 = fminf(*y0, y);
            *y1 = fmaxf(*y1, y);
        }
    return any;
}

typedef struct Brush {
    Tile *tile;
    const Camera *camera;
    const Light *light;
    const float *lamps;
    const Material *material;
} Brush;

static void fill(const Brush *brush, const Corner *a, const Corner *b, const Corner *c)
{
    Tile *tile = brush->tile;
    int columns = tile->width * tile->factor, rows = tile->height * tile->factor;
    float area = (b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x);
    if (fabsf(area) < 1e-9f)
        return;
    float inverse = 1 / area;
    int x0 = (int)fmaxf(floorf(fminf(a->x, fminf(b->x, c->x)) - 0.5f), 0);
    int x1 = (int)fminf(ceilf(fmaxf(a->x, fmaxf(b->x, c->x)) + 0.5f), (float)columns);
    int y0 = (int)fmaxf(floorf(fminf(a->y, fminf(b->y, c->y)) - 0.5f), 0);
    int y1 = (int)fminf(ceilf(fmaxf(a->y, fmaxf(b->y, c->y)) + 0.5f), (float)rows);
    for (int y = y0; y < y1; y++) {
        float py = (float)y + 0.5f;
        RasterSample *row = tile->samples + (size_t)y * (size_t)columns;
        for (int x = x0; x < x1; x++) {
            float px = (float)x + 0.5f;
            float wb = ((px - a->x) * (c->y - a->y) - (py - a->y) * (c->x - a->x)) * inverse;
            float wc = ((b->x - a->x) * (py - a->y) - (b->y - a->y) * (px - a->x)) * inverse;
            float wa = 1 - wb - wc;
            if (wa < 0 || wb < 0 || wc < 0)
                continue;
            float near = wa * a->near + wb * b->near + wc * c->near;
            if (near <= row[x].near)
                continue;
            float value[ATTRIBUTES], depth = 1 / near;
            for (int k = 0; k < ATTRIBUTES - 1; k++)
                value[k] = (wa * a->value[k] + wb * b->value[k] + wc * c->value[k]) * depth;
            Vec3 point = vec(value[2], value[3], value[4]);
            Vec3 view = vec_unit(camera_ray(brush->camera, (float)tile->x + px / (float)tile->factor,
                                            (float)tile->y + py / (float)tile->factor));
            Vec3 normal = vec_unit(vec(value[5], value[6], value[7]));
            row[x].shade = light_shade(brush->light, brush->material, value[0], value[1], point, normal, view, brush->lamps);
            row[x].near = near;
        }
    }
}

static Corner between(const Corner *in, const float depth[2], const Corner *out)
{
    // Corners hold camera-space x, y and undivided values here; near holds the depth.
    float t = (NEAR_PLANE - depth[0]) / (depth[1] - depth[0]);
    Corner c = {.x = mixf(in->x, out->x, t), .y = mixf(in->y, out->y, t), .near = NEAR_PLANE};
    for (int k = 0; k < ATTRIBUTES; k++)
        c.value[k] = mixf(in->value[k], out->value[k], t);
    return c;
}

static int clip_near(const Corner in[3], Corner out[4])
{
    int count = 0;
    for (int i = 0; i < 3; i++) {
        const Corner *a = &in[i], *b = &in[(i + 1) % 3];
        bool a_in = a->near >= NEAR_PLANE, b_in = b->near >= NEAR_PLANE;
        if (a_in)
            out[count++] = *a;
        if (a_in != b_in)
            out[count++] = between(a, (float[2]){a->near, b->near}, b);
    }
    return count;
}

static void divide(const Tile *tile, const Camera *camera, Corner *c)
{
    float near = 1 / c->near;
    c->x = (camera->center_x + camera->focal * c->x * near - (float)tile->x) * (float)tile->factor;
    c->y = (camera->center_y - camera->focal * c->y * near - (float)tile->y) * (float)tile->factor;
    for (int k = 0; k < ATTRIBUTES; k++)
        c->value[k] *= near;
    c->near = near;
}

void raster_mesh(Tile *tile, const Camera *camera, const Mesh *mesh, Vec3 origin, float heading, const Light *light,
                 const float *lamps)
{
    float c = cosf(heading), s = sinf(heading);
    Brush brush = {tile, camera, light, lamps, NULL};
    for (size_t i = 0; i < mesh->count; i++) {
        const Triangle *triangle = &mesh->triangles[i];
        Corner corner[3], clipped[4];
        for (int k = 0; k < 3; k++) {
            const Vertex *v = &triangle->vertex[k];
            Vec3 d = vec_sub(placed(v->point, origin, c, s), camera->position);
            Vec3 n = placed(v->normal, vec(0, 0, 0), c, s);
            corner[k] = (Corner){vec_dot(d, camera->right), vec_dot(d, camera->up), vec_dot(d, camera->forward),
                                 {v->u, v->v, v->point.x, v->point.y, v->point.z, n.x, n.y, n.z, 0}};
        }
        int count = clip_near(corner, clipped);
        if (count < 3)
            continue;
        for (int k = 0; k < count; k++)
            divide(tile, camera, &clipped[k]);
        brush.material = &mesh->materials[triangle->material];
        for (int k = 2; k < count; k++)
            fill(&brush, &clipped[0], &clipped[k - 1], &clipped[k]);
    }
}

void raster_leaf(Tile *tile, const Camera *camera, Vec3 point, Vec3 normal, float size, const Shade *shade)
{
    float x, y, depth;
    if (!camera_project(camera, point, &x, &y, &depth) || depth < NEAR_PLANE)
        return;
    float factor = (float)tile->factor, radius = size * camera->focal / depth * factor;
    int columns = tile->width * tile->factor, rows = tile->height * tile->factor;
    x = (x - (float)tile->x) * factor;
    y = (y - (float)tile->y) * factor;
    if (x + radius < 0 || y + radius < 0 || x - radius > (float)columns || y - radius > (float)rows)
        return;
    // The disc seen aslant: its short axis lies along the normal's direction in the picture.
    float nx = vec_dot(normal, camera->right), ny = -vec_dot(normal, camera->up);
    float along = sqrtf(nx * nx + ny * ny), facing = fmaxf(fabsf(vec_dot(normal, camera->forward)), 0.3f);
    nx = along > 0 ? nx / along : 1;
    ny = along > 0 ? ny / along : 0;
    float near = 1 / depth, r2 = fmaxf(radius * radius, 0.3f), squeeze = 1 / (facing * facing);
    int reach = (int)ceilf(radius);
    int cx = (int)floorf(x), cy = (int)floorf(y);
    for (int py = cy - reach < 0 ? 0 : cy - reach; py <= cy + reach && py < rows; py++)
        for (int px = cx - reach < 0 ? 0 : cx - reach; px <= cx + reach && px < columns; px++) {
            float dx = (float)px + 0.5f - x, dy = (float)py + 0.5f - y;
            float a = dx * nx + dy * ny, b = dy * nx - dx * ny;
            // Leaves are longer than wide.
            if (a * a * squeeze + b * b * 2.0f > r2)
                continue;
            RasterSample *s = &tile->samples[(size_t)py * (size_t)columns + (size_t)px];
            if (near > s->near)
                *s = (RasterSample){near, *shade};
        }
}

float tile_pixel(const Tile *tile, int x, int y, Shade *mean, float *depth)
{
    int f = tile->factor, columns = tile->width * f, covered = 0;
    float nearest = 0;
    Shade sum = {0};
    for (int j = 0; j < f; j++)
        for (int i = 0; i < f; i++) {
            const RasterSample *s = &tile->samples[(size_t)(y * f + j) * (size_t)columns + (size_t)(x * f + i)];
            if (s->near <= 0)
                continue;
            covered++;
            nearest = fmaxf(nearest, s->near);
            sum.direct = color_add(sum.direct, s->shade.direct);
            sum.ambient = color_add(sum.ambient, s->shade.ambient);
            sum.glow = color_add(sum.glow, s->shade.glow);
        }
    if (!covered)
        return 0;
    float scale = 1 / (float)covered;
    *mean = (Shade){color_scale(sum.direct, scale), color_scale(sum.ambient, scale), color_scale(sum.glow, scale)};
    *depth = 1 / nearest;
    return (float)covered / (float)(f * f);
}
