#include "shadow.h"

#include <stdlib.h>

#define CELL 0.07f
#define REACH 3.5f     // metres around the body where hidden sky still counts
#define LONGEST 16.0f  // metres of sun shadow that are kept
#define RAYS 96
#define COARSE 4       // sky cells are so many sun cells wide

void shadow_finish(Shadow *shadow)
{
    free(shadow->sun);
    free(shadow->sky);
    *shadow = (Shadow){0};
}

static void splash(Shadow *s, Vec3 a, Vec3 b, Vec3 c)
{
    float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (fabsf(area) < 1e-8f)
        return;
    float ax = (a.x - s->x0) / s->cell, ay = (a.y - s->y0) / s->cell, bx = (b.x - s->x0) / s->cell, by = (b.y - s->y0) / s->cell;
    float cx = (c.x - s->x0) / s->cell, cy = (c.y - s->y0) / s->cell, inverse = s->cell * s->cell / area;
    int x0 = (int)fmaxf(ceilf(fminf(ax, fminf(bx, cx))), 0), x1 = (int)fminf(floorf(fmaxf(ax, fmaxf(bx, cx))), (float)(s->columns - 1));
    int y0 = (int)fmaxf(ceilf(fminf(ay, fminf(by, cy))), 0), y1 = (int)fminf(floorf(fmaxf(ay, fmaxf(by, cy))), (float)(s->rows - 1));
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            float px = (float)x, py = (float)y;
            float wb = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) * inverse;
            float wc = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) * inverse;
            if (wb >= 0 && wc >= 0 && wb + wc <= 1)
                s->sun[y * s->columns + x] = 0;
        }
}

// Running mean along rows or columns, applied in place through a line buffer.
static void blur_lines(float *data, int lines, int length, int line_step, int step, int radius, float *buffer)
{
    for (int i = 0; i < lines; i++) {
        float *line = data + i * line_step, sum = 0;
        for (int k = -radius; k <= radius; k++)
            sum += line[(k < 0 ? 0 : k >= length ? length - 1 : k) * step];
        for (int k = 0; k < length; k++) {
            buffer[k] = sum / (float)(2 * radius + 1);
            int in = k + radius + 1, out = k - radius;
            sum += line[(in >= length ? length - 1 : in) * step] - line[(out < 0 ? 0 : out) * step];
        }
        for (int k = 0; k < length; k++)
            line[k * step] = buffer[k];
    }
}

static bool blur(Shadow *s, float radius)
{
    int r = (int)lrintf(radius / s->cell);
    float *buffer = malloc(sizeof(float) * (size_t)(s->columns > s->rows ? s->columns : s->rows));
    for (int pass = 0; buffer && r > 0 && pass < 2; pass++) {
        blur_lines(s->sun, s->rows, s->columns, s->columns, 1, r, buffer);
        blur_lines(s->sun, s->columns, s->rows, 1, s->columns, r, buffer);
    }
    free(buffer);
    return buffer;
}

static bool ray_hits(const Solid *b, Vec3 o, Vec3 d)
{
    float near = 0, far = 1e9f;
    const float low[3] = {b->low.x, b->low.y, b->low.z}, high[3] = {b->high.x, b->high.y, b->high.z};
    const float from[3] = {o.x, o.y, o.z}, way[3] = {d.x, d.y, d.z};
    for (int k = 0; k < 3; k++) {
        float inverse = 1 / (fabsf(way[k]) < 1e-6f ? 1e-6f : way[k]);
        float a = (low[k] - from[k]) * inverse, c = (high[k] - from[k]) * inverse;
        near = fmaxf(near, fminf(a, c));
        far = fminf(far, fmaxf(a, c));
    }
    return near < far;
}

static float sky_left(const Model *m, float x, float y, const Vec3 *ray, const float *weight)
{
    float left = 0, all = 0;
    for (int i = 0; i < RAYS; i++) {
        bool hit = false;
        for (int k = 0; k < m->solid_count && !hit; k++)
            hit = ray_hits(&m->solids[k], vec(x, y, 0), ray[i]);
        all += weight[i];
        left += hit ? 0 : weight[i];
    }
    // Light that bounces in below the body.
    return 0.05f + 0.95f * left / all;
}

static void fill_sky(Shadow *s, const Model *m)
{
    Vec3 ray[RAYS];
    float weight[RAYS];
    for (int i = 0; i < RAYS; i++) { // cosine-weighted directions, overcast sky brighter towards the zenith
        float u = ((float)i + 0.5f) / RAYS, angle = 2.39996323f * (float)i, radius = sqrtf(u);
        ray[i] = vec(radius * cosf(angle), radius * sinf(angle), sqrtf(fmaxf(1 - u, 1e-4f)));
        weight[i] = (1 + 2 * ray[i].z) / 3;
    }
    int columns = s->columns / COARSE + 2, rows = s->rows / COARSE + 2;
    float *coarse = malloc(sizeof(float) * (size_t)(columns * rows));
    for (int j = 0; coarse && j < rows; j++)
        for (int i = 0; i < columns; i++) {
            float x = s->x0 + s->cell * (float)(i * COARSE), y = s->y0 + s->cell * (float)(j * COARSE);
            float dx = fmaxf(fabsf(x) - m->width / 2, 0), dy = fmaxf(fmaxf(-y, y - m->length), 0), d = sqrtf(dx * dx + dy * dy);
            coarse[j * columns + i] = d < REACH ? mixf(sky_left(m, x, y, ray, weight), 1, stepf(REACH * 0.7f, REACH, d)) : 1;
        }
    for (int y = 0; y < s->rows; y++)
        for (int x = 0; x < s->columns; x++) {
            int i = x / COARSE, j = y / COARSE;
            float fx = (float)(x % COARSE) / COARSE, fy = (float)(y % COARSE) / COARSE;
            const float *c = coarse + j * columns + i;
            s->sky[y * s->columns + x] = coarse ? mixf(mixf(c[0], c[1], fx), mixf(c[columns], c[columns + 1], fx), fy) : 1;
        }
    free(coarse);
}

bool shadow_make(Shadow *s, const Model *m, const Light *light, float heading)
{
    // The sun in local axes, and how far a point at height 1 throws its shadow.
    float c = cosf(heading), n = sinf(heading), up = fmaxf(light->sun.z, 0.05f);
    float sx = -(c * light->sun.x - n * light->sun.y) / up, sy = -(n * light->sun.x + c * light->sun.y) / up;
    float longest = sqrtf(sx * sx + sy * sy) * m->height, scale = longest > LONGEST ? LONGEST / longest : 1;
    bool sunny = light->sun_color.g > 0.01f * light->sky_color.g;
    if (!sunny)
        sx = sy = 0;
    float ex = sx * scale * m->height, ey = sy * scale * m->height;
    s->low_x = -m->width / 2 - fmaxf(REACH, -ex + 1);
    s->high_x = m->width / 2 + fmaxf(REACH, ex + 1);
    s->low_y = -fmaxf(REACH, -ey + 1);
    s->high_y = m->length + fmaxf(REACH, ey + 1);
    s->cell = CELL;
    s->x0 = s->low_x;
    s->y0 = s->low_y;
    s->columns = (int)((s->high_x - s->low_x) / CELL) + 1;
    s->rows = (int)((s->high_y - s->low_y) / CELL) + 1;
    size_t cells = (size_t)s->columns * (size_t)s->rows;
    s->sun = malloc(cells * sizeof *s->sun);
    s->sky = malloc(cells * sizeof *s->sky);
    if (!s->sun || !s->sky)
        return false;
    for (size_t i = 0; i < cells; i++)
        s->sun[i] = 1;
    for (size_t i = 0; sunny && i < m->mesh.count; i++) {
        Vec3 p[3];
        for (int k = 0; k < 3; k++) {
            Vec3 v = m->mesh.triangles[i].vertex[k].point;
            p[k] = vec(v.x + sx * v.z, v.y + sy * v.z, 0);
        }
        splash(s, p[0], p[1], p[2]);
    }
    fill_sky(s, m);
    return blur(s, 0.02f + 0.5f * light->haze);
}

void shadow_at(const Shadow *s, float x, float y, float *sun, float *sky)
{
    float u = (x - s->x0) / s->cell, v = (y - s->y0) / s->cell;
    int i = (int)u, j = (int)v;
    *sun = *sky = 1;
    if (u < 0 || v < 0 || i + 1 >= s->columns || j + 1 >= s->rows)
        return;
    float fx = u - (float)i, fy = v - (float)j;
    const float *a = s->sun + j * s->columns + i, *b = s->sky + j * s->columns + i;
    *sun = mixf(mixf(a[0], a[1], fx), mixf(a[s->columns], a[s->columns + 1], fx), fy);
    *sky = mixf(mixf(b[0], b[1], fx), mixf(b[s->columns], b[s->columns + 1], fx), fy);
}
