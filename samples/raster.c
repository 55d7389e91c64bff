#include "raster.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_PLANE 0.4f
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
    tile->face_count = tile->shade_count = 0;
    tile->failed = false;
    memset(tile->samples, 0, need * sizeof *tile->samples);
    return true;
}

void tile_finish(Tile *tile)
{
    free(tile->samples);
    free(tile->faces);
    free(tile->shades);
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

// The next free entry of a growing array; NULL when memory runs out.
static void *extend(void **items, size_t *count, size_t *capacity, size_t size)
{
    if (*count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 1024;
        void *grown = realloc(*items, wanted * size);
        if (!grown)
            return NULL;
        *items = grown;
        *capacity = wanted;
    }
    return (char *)*items + size * (*count)++;
}

static void fill(Tile *tile, const RasterCorner *a, const RasterCorner *b, const RasterCorner *c, const Material *material)
{
    int columns = tile->width * tile->factor, rows = tile->height * tile->factor;
    float area = (b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x);
    if (fabsf(area) < 1e-9f)
        return;
    int x0 = (int)fmaxf(floorf(fminf(a->x, fminf(b->x, c->x)) - 0.5f), 0);
    int x1 = (int)fminf(ceilf(fmaxf(a->x, fmaxf(b->x, c->x)) + 0.5f), (float)columns);
    int y0 = (int)fmaxf(floorf(fminf(a->y, fminf(b->y, c->y)) - 0.5f), 0);
    int y1 = (int)fminf(ceilf(fmaxf(a->y, fmaxf(b->y, c->y)) + 0.5f), (float)rows);
    if (x0 >= x1 || y0 >= y1)
        return;
    RasterFace *face = extend((void **)&tile->faces, &tile->face_count, &tile->face_capacity, sizeof *face);
    if (!face) {
        tile->failed = true;
        return;
    }
    *face = (RasterFace){{*a, *b, *c}, material};
    uint32_t index = (uint32_t)(tile->face_count - 1) * 2;
    float inverse = 1 / area, bx = (c->y - a->y) * inverse, by = -(c->x - a->x) * inverse, cx = -(b->y - a->y) * inverse, cy = (b->x - a->x) * inverse;
    float near_x = bx * (b->near - a->near) + cx * (c->near - a->near);
    for (int y = y0; y < y1; y++) {
        float px = (float)x0 + 0.5f - a->x, py = (float)y + 0.5f - a->y;
        float wb = px * bx + py * by, wc = px * cx + py * cy, near = a->near + wb * (b->near - a->near) + wc * (c->near - a->near);
        RasterSample *row = tile->samples + (size_t)y * (size_t)columns;
        for (int x = x0; x < x1; x++, wb += bx, wc += cx, near += near_x)
            if (wb >= 0 && wc >= 0 && wb + wc <= 1 && near > row[x].near)
                row[x] = (RasterSample){near, index};
    }
}

static Shade shade_face(const Tile *tile, const RasterFace *face, float px, float py)
{
    const RasterCorner *a = &face->corner[0], *b = &face->corner[1], *c = &face->corner[2];
    float inverse = 1 / ((b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x));
    float wb = clampf(((px - a->x) * (c->y - a->y) - (py - a->y) * (c->x - a->x)) * inverse, 0, 1);
    float wc = clampf(((b->x - a->x) * (py - a->y) - (b->y - a->y) * (px - a->x)) * inverse, 0, 1 - wb), wa = 1 - wb - wc;
    float depth = 1 / (wa * a->near + wb * b->near + wc * c->near), value[RASTER_ATTRIBUTES];
    for (int k = 0; k < RASTER_ATTRIBUTES; k++)
        value[k] = (wa * a->value[k] + wb * b->value[k] + wc * c->value[k]) * depth;
    Vec3 view = vec_unit(camera_ray(tile->camera, (float)tile->x + px / (float)tile->factor, (float)tile->y + py / (float)tile->factor));
    return light_shade(tile->light, face->material, value[0], value[1], vec(value[2], value[3], value[4]),
                       vec_unit(vec(value[5], value[6], value[7])), view, tile->lamps);
}

static RasterCorner between(const RasterCorner *in, const float depth[2], const RasterCorner *out)
{
    // RasterCorners hold camera-space x, y and undivided values here; near holds the depth.
    float t = (NEAR_PLANE - depth[0]) / (depth[1] - depth[0]);
    RasterCorner c = {.x = mixf(in->x, out->x, t), .y = mixf(in->y, out->y, t), .near = NEAR_PLANE};
    for (int k = 0; k < RASTER_ATTRIBUTES; k++)
        c.value[k] = mixf(in->value[k], out->value[k], t);
    return c;
}

static int clip_near(const RasterCorner in[3], RasterCorner out[4])
{
    int count = 0;
    for (int i = 0; i < 3; i++) {
        const RasterCorner *a = &in[i], *b = &in[(i + 1) % 3];
        bool a_in = a->near >= NEAR_PLANE, b_in = b->near >= NEAR_PLANE;
        if (a_in)
            out[count++] = *a;
        if (a_in != b_in)
            out[count++] = between(a, (float[2]){a->near, b->near}, b);
    }
    return count;
}

static void divide(const Tile *tile, const Camera *camera, RasterCorner *c)
{
    float near = 1 / c->near;
    c->x = (camera->center_x + camera->focal * c->x * near - (float)tile->x) * (float)tile->factor;
    c->y = (camera->center_y - camera->focal * c->y * near - (float)tile->y) * (float)tile->factor;
    for (int k = 0; k < RASTER_ATTRIBUTES; k++)
        c->value[k] *= near;
    c->near = near;
}

void raster_mesh(Tile *tile, const Camera *camera, const Mesh *mesh, Vec3 origin, float heading, const Light *light,
                 const float *lamps)
{
    float c = cosf(heading), s = sinf(heading);
    tile->camera = camera;
    tile->light = light;
    for (int k = 0; k < LAMP_COUNT; k++)
        tile->lamps[k] = lamps ? lamps[k] : 0;
    for (size_t i = 0; i < mesh->count; i++) {
        const Triangle *triangle = &mesh->triangles[i];
        RasterCorner corner[3], clipped[4];
        for (int k = 0; k < 3; k++) {
            const Vertex *v = &triangle->vertex[k];
            Vec3 d = vec_sub(placed(v->point, origin, c, s), camera->position);
            Vec3 n = placed(v->normal, vec(0, 0, 0), c, s);
            corner[k] = (RasterCorner){vec_dot(d, camera->right), vec_dot(d, camera->up), vec_dot(d, camera->forward),
                                 {v->u, v->v, v->point.x, v->point.y, v->point.z, n.x, n.y, n.z}};
        }
        int count = clip_near(corner, clipped);
        if (count < 3)
            continue;
        for (int k = 0; k < count; k++)
            divide(tile, camera, &clipped[k]);
        for (int k = 2; k < count; k++)
            fill(tile, &clipped[0], &clipped[k - 1], &clipped[k], &mesh->materials[triangle->material]);
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
    Shade *kept = extend((void **)&tile->shades, &tile->shade_count, &tile->shade_capacity, sizeof *kept);
    if (!kept) {
        tile->failed = true;
        return;
    }
    *kept = *shade;
    uint32_t index = (uint32_t)(tile->shade_count - 1) * 2 + 1;
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
                *s = (RasterSample){near, index};
        }
}

float tile_pixel(const Tile *tile, int x, int y, Shade *mean, float *depth)
{
    int f = tile->factor, columns = tile->width * f, covered = 0;
    uint32_t last = UINT32_MAX;
    float nearest = 0;
    Shade sum = {0}, shade = {0};
    for (int j = 0; j < f; j++)
        for (int i = 0; i < f; i++) {
            const RasterSample *s = &tile->samples[(size_t)(y * f + j) * (size_t)columns + (size_t)(x * f + i)];
            if (s->near <= 0)
                continue;
            covered++;
            nearest = fmaxf(nearest, s->near);
            if (s->face & 1)
                shade = tile->shades[s->face / 2];
            else if (s->face != last || tile->faces[s->face / 2].material->kind == MATERIAL_TEXTURE)
                shade = shade_face(tile, &tile->faces[s->face / 2], (float)(x * f + i) + 0.5f, (float)(y * f + j) + 0.5f);
            last = s->face;
            sum.direct = color_add(sum.direct, shade.direct);
            sum.ambient = color_add(sum.ambient, shade.ambient);
            sum.glow = color_add(sum.glow, shade.glow);
        }
    if (!covered)
        return 0;
    float scale = 1 / (float)covered;
    *mean = (Shade){color_scale(sum.direct, scale), color_scale(sum.ambient, scale), color_scale(sum.glow, scale)};
    *depth = 1 / nearest;
    return (float)covered / (float)(f * f);
}
