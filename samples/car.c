// Cars, vans and pick-ups: lofted bodies.
#include "vehicle.h"

typedef struct Station {
    float y, half, bottom, sill, belt, roof_half, roof;
} Station;

#define POINTS 8

static void ring_of(const Station *s, Vec3 ring[POINTS])
{
    float belt_half = s->half * 0.985f;
    ring[0] = vec(-s->half * 0.85f, s->y, s->bottom);
    ring[1] = vec(s->half * 0.85f, s->y, s->bottom);
    ring[2] = vec(s->half, s->y, s->sill);
    ring[3] = vec(belt_half, s->y, s->belt);
    ring[4] = vec(s->roof_half, s->y, s->roof);
    ring[5] = vec(-s->roof_half, s->y, s->roof);
    ring[6] = vec(-belt_half, s->y, s->belt);
    ring[7] = vec(-s->half, s->y, s->sill);
}

enum { BODY = 0, REAR_GLASS = 1, SIDE_GLASS = 2, FRONT_GLASS = 4 };

static void body(Model *model, const Palette *p, const Station *station, const int *glass, int count)
{
    Vec3 ring[14 * POINTS];
    int material[14 * POINTS];
    for (int i = 0; i < count; i++) {
        ring_of(&station[i], ring + i * POINTS);
        for (int k = 0; k < POINTS; k++)
            material[i * POINTS + k] = k == 0 ? p->dark : p->paint;
        if (glass[i] & (REAR_GLASS | FRONT_GLASS))
            material[i * POINTS + 4] = p->glass;
        if (glass[i] & SIDE_GLASS)
            material[i * POINTS + 3] = material[i * POINTS + 5] = p->glass;
    }
    mesh_loft(&model->mesh, ring, count, POINTS, material);
}

static void lamps(Model *model, const Palette *p, float half, float inner, float z0, float z1, float front_y)
{
    for (int side = -1; side <= 1; side += 2) {
        float a = (float)side * inner, b = (float)side * half;
        mesh_box(&model->mesh, vec(fminf(a, b), -0.015f, z0), vec(fmaxf(a, b), 0.06f, z1), p->red_lamp);
        mesh_box(&model->mesh, vec(fminf(a, b), -0.02f, z0 + 0.02f), vec((a + b) / 2 + 0.05f, 0.05f, (z0 + z1) / 2), p->amber_lamp);
        mesh_box(&model->mesh, vec(fminf(a, b), front_y - 0.06f, 0.6f), vec(fmaxf(a, b), front_y + 0.02f, 0.76f), p->head_lamp);
    }
    model->tail_lamp = vec((half + inner) / 2, -0.02f, (z0 + z1) / 2);
    model->head_lamp = vec((half + inner) / 2, front_y, 0.68f);
}

static void trim(Model *model, const Palette *p, float half, float belt, float window_y, float length)
{
    // Bumper shadow line, lower apron, mirrors.
    mesh_box(&model->mesh, vec(-half * 0.8f, -0.03f, 0.24f), vec(half * 0.8f, 0.1f, 0.36f), p->dark);
    mesh_box(&model->mesh, vec(-half * 0.95f, -0.035f, 0.4f), vec(half * 0.95f, 0.08f, 0.52f), p->paint);
    for (int side = -1; side <= 1; side += 2) {
        float x = (float)side * (half + 0.09f);
        mesh_box(&model->mesh, vec(x - 0.09f, window_y, belt), vec(x + 0.09f, window_y + 0.08f, belt + 0.14f), p->paint);
        float wheel = 0.33f, rear = length * 0.2f, front = length * 0.79f;
        model_wheel(model, p, (float)side * half * 0.97f, rear, wheel, 0.2f);
        model_wheel(model, p, (float)side * half * 0.97f, front, wheel, 0.2f);
    }
}

static void sedan(Model *model, const Palette *p, float stretch)
{
    const Station s[] = {
        {0.03f, 0.1f, 0.55f, 0.6f, 0.65f, 0.05f, 0.7f}, {0.0f, 0.78f, 0.3f, 0.5f, 0.93f, 0.66f, 0.98f},
        {0.08f, 0.85f, 0.26f, 0.5f, 0.97f, 0.72f, 1.04f}, {0.5f, 0.9f, 0.24f, 0.5f, 0.98f, 0.72f, 1.06f},
        {1.15f, 0.9f, 0.22f, 0.5f, 0.97f, 0.56f, 1.41f}, {2.3f, 0.9f, 0.22f, 0.5f, 0.95f, 0.6f, 1.47f},
        {2.9f, 0.9f, 0.22f, 0.5f, 0.94f, 0.58f, 1.42f}, {3.6f, 0.89f, 0.22f, 0.5f, 0.9f, 0.72f, 0.98f},
        {4.4f, 0.84f, 0.24f, 0.5f, 0.76f, 0.66f, 0.8f}, {4.65f, 0.7f, 0.28f, 0.5f, 0.66f, 0.55f, 0.7f},
        {4.66f, 0.1f, 0.45f, 0.5f, 0.55f, 0.05f, 0.56f}};
    static const int glass[] = {0, 0, 0, REAR_GLASS, SIDE_GLASS, SIDE_GLASS, SIDE_GLASS | FRONT_GLASS, 0, 0, 0, 0};
    Station scaled[11];
    for (int i = 0; i < 11; i++) {
        scaled[i] = s[i];
        scaled[i].y *= stretch;
    }
    body(model, p, scaled, glass, 11);
    model->length = 4.66f * stretch;
    model->width = 1.8f;
    model->height = 1.47f;
    lamps(model, p, 0.82f, 0.46f, 0.72f, 0.87f, model->length - 0.12f);
    trim(model, p, 0.9f, 0.95f, 3.2f * stretch, model->length);
    model_put_plate(model, p, 0, -0.03f, 0.74f);
    model_solid(model, vec(-0.86f, 0, 0.25f), vec(0.86f, model->length, 0.9f));
    model_solid(model, vec(-0.62f, 0.9f, 0.9f), vec(0.62f, 3.2f, 1.45f));
}

// tail: with lamps and a plate behind.
static void tall(Model *model, const Palette *p, float length, float height, float half, float nose, bool tail)
{
    float belt = height * 0.58f, roof_half = half * 0.8f;
    const Station s[] = {
        {0.03f, 0.1f, 0.6f, 0.65f, 0.7f, 0.05f, 0.75f}, {0, half * 0.93f, 0.32f, 0.55f, belt, roof_half * 1.04f, belt + 0.06f},
        {0.05f, half * 0.96f, 0.3f, 0.55f, belt, roof_half * 1.02f, belt + 0.1f}, {0.32f, half, 0.28f, 0.55f, belt, roof_half, height * 0.97f},
        {0.6f, half, 0.28f, 0.55f, belt, roof_half, height}, {length - nose - 1.1f, half, 0.28f, 0.55f, belt, roof_half, height},
        {length - nose - 0.75f, half, 0.28f, 0.55f, belt, roof_half, height * 0.96f},
        {length - nose, half, 0.28f, 0.55f, belt * 0.95f, roof_half, belt}, {length - 0.2f, half * 0.95f, 0.3f, 0.55f, belt * 0.8f, roof_half * 0.9f, belt * 0.84f},
        {length, half * 0.8f, 0.32f, 0.5f, belt * 0.66f, roof_half * 0.7f, belt * 0.7f}, {length + 0.01f, 0.1f, 0.45f, 0.5f, 0.55f, 0.05f, 0.56f}};
    static const int glass[] = {0, 0, REAR_GLASS, 0, SIDE_GLASS, SIDE_GLASS, SIDE_GLASS | FRONT_GLASS, 0, 0, 0, 0};
    body(model, p, s, glass, 11);
    model->length = length;
    model->width = half * 2;
    model->height = height;
    if (tail) {
        lamps(model, p, half * 0.93f, half * 0.76f, belt * 0.72f, belt * 1.02f, length - 0.1f);
        model_put_plate(model, p, 0, -0.03f, belt * 0.78f);
    }
    trim(model, p, half, belt, length - nose - 0.5f, length);
    mesh_box(&model->mesh, vec(-half * 0.62f, 0.28f, height * 0.97f), vec(half * 0.62f, 0.4f, height * 0.985f), p->dark);
    model_solid(model, vec(-half, 0, 0.3f), vec(half, length, belt));
    model_solid(model, vec(-roof_half, 0.25f, belt), vec(roof_half, length - nose - 0.4f, height));
}

static void pickup(Model *model, const Palette *p)
{
    tall(model, p, 3.4f, 1.72f, 0.88f, 1.1f, false);
    // The cab stands in front of an open bed: push it forward, add the bed behind.
    for (size_t i = 0; i < model->mesh.count; i++)
        for (int k = 0; k < 3; k++)
            model->mesh.triangles[i].vertex[k].point.y += 1.9f;
    Mesh *m = &model->mesh;
    for (int side = -1; side <= 1; side += 2)
        mesh_box(m, vec((float)side * 0.86f - 0.03f, 0, 0.5f), vec((float)side * 0.86f + 0.03f, 2.0f, 1.0f), p->paint);
    mesh_box(m, vec(-0.86f, -0.02f, 0.5f), vec(0.86f, 0.04f, 1.0f), p->paint);
    mesh_box(m, vec(-0.84f, 0, 0.5f), vec(0.84f, 2.0f, 0.6f), p->dark);
    mesh_box(m, vec(-0.84f, -0.1f, 0.36f), vec(0.84f, 0, 0.46f), p->dark);
    for (int side = -1; side <= 1; side += 2) {
        mesh_box(m, vec((float)side * 0.7f - 0.12f, 5.22f, 0.6f), vec((float)side * 0.7f + 0.12f, 5.32f, 0.76f), p->head_lamp);
        mesh_box(m, vec((float)side * 0.78f - 0.07f, -0.04f, 0.62f), vec((float)side * 0.78f + 0.07f, 0, 0.9f), p->red_lamp);
        model_wheel(model, p, (float)side * 0.85f, 1.0f, 0.36f, 0.22f);
    }
    model->length = 5.3f;
    model->tail_lamp = vec(0.78f, -0.04f, 0.76f);
    model->head_lamp = vec(0.7f, 5.3f, 0.68f);
    model_put_plate(model, p, 0, -0.11f, 0.42f);
    model->solid_count = 0;
    model_solid(model, vec(-0.88f, 0, 0.35f), vec(0.88f, 5.3f, 0.95f));
    model_solid(model, vec(-0.75f, 2.2f, 0.95f), vec(0.75f, 4.0f, 1.7f));
}

void model_car(Model *model, const SceneVehicle *v, const Palette *p, Rng *rng)
{
    float r = rng_unit(rng);
    if (v->kind == KIND_CAR)
        sedan(model, p, mixf(0.93f, 1.05f, r));
    else if (v->kind == KIND_SUV)
        tall(model, p, mixf(4.3f, 4.8f, r), mixf(1.64f, 1.78f, r), 0.92f, 1.15f, true);
    else if (v->kind == KIND_VAN)
        tall(model, p, mixf(4.5f, 5.3f, r), mixf(1.85f, 2.2f, r), mixf(0.84f, 0.93f, r), 0.55f, true);
    else
        pickup(model, p);
    model->pipe = vec(v->seed & 1 ? 0.55f : -0.55f, -0.05f, 0.28f);
}
