// Lorries and buses: chassis, cab and what stands on it.
#include "vehicle.h"

static Vec3 at(float x, float y, float z)
{
    return vec(x, y, z);
}

static void chassis(Model *model, const Palette *p, float length, float half, float deck)
{
    Mesh *m = &model->mesh;
    mesh_box(m, at(-0.45f, 0.1f, deck - 0.35f), at(-0.3f, length - 0.5f, deck), p->dark);
    mesh_box(m, at(0.3f, 0.1f, deck - 0.35f), at(0.45f, length - 0.5f, deck), p->dark);
    mesh_box(m, at(-half * 0.8f, length * 0.35f, 0.4f), at(half * 0.8f, length * 0.75f, deck - 0.05f), p->dark); // tanks, boxes
    mesh_box(m, at(-half * 0.35f, 0.9f, 0.35f), at(half * 0.35f, 3.0f, deck), p->dark);                          // axle
    // Rear under-run bar with tape, lamps on a carrier, mud flaps.
    mesh_box(m, at(-half * 0.95f, 0.02f, 0.42f), at(half * 0.95f, 0.14f, 0.56f), p->metal);
    mesh_quad(m, at(-half * 0.95f, 0.01f, 0.43f), at(half * 0.95f, 0.01f, 0.43f), at(half * 0.95f, 0.01f, 0.55f), at(-half * 0.95f, 0.01f, 0.55f),
              p->stripes);
    for (int side = -1; side <= 1; side += 2) {
        float x = (float)side * (half - 0.32f);
        mesh_box(m, at((float)side * 0.55f - 0.04f, 0.05f, 0.5f), at((float)side * 0.55f + 0.04f, 0.13f, deck), p->dark);
        mesh_box(m, at(x - 0.24f, 0.0f, deck - 0.24f), at(x + 0.24f, 0.1f, deck - 0.08f), p->red_lamp);
        mesh_box(m, at(x - 0.07f, -0.01f, deck - 0.22f), at(x + 0.07f, 0.08f, deck - 0.1f), p->amber_lamp);
        mesh_box(m, at(x - 0.3f, 0.55f, 0.18f), at(x + 0.3f, 0.58f, 0.8f), p->rubber);
    }
    model->tail_lamp = at(half - 0.32f, -0.02f, deck - 0.16f);
    model_solid(model, at(-half * 0.9f, 0.1f, 0.45f), at(half * 0.9f, length, deck));
}

static void axles(Model *model, const Palette *p, float length, float half, int rear_axles, float first)
{
    for (int side = -1; side <= 1; side += 2) {
        for (int i = 0; i < rear_axles; i++)
            model_wheel(model, p, (float)side * half * 0.98f, first + 1.3f * (float)i, 0.5f, 0.55f);
        model_wheel(model, p, (float)side * half * 0.97f, length - 1.35f, 0.5f, 0.28f);
    }
}

static void cab(Model *model, const Palette *p, float y0, float length, float half, float height)
{
    Mesh *m = &model->mesh;
    float w = half * 0.96f;
    const float lean = 0.12f;
    mesh_box_sides(m, at(-w, y0, 0.7f), at(w, length - lean, height), (int[6]){p->paint, p->paint, p->paint, p->paint, p->dark, p->paint});
    mesh_quad(m, at(-w * 0.7f, y0 - 0.01f, height * 0.62f), at(w * 0.7f, y0 - 0.01f, height * 0.62f), at(w * 0.7f, y0 - 0.01f, height * 0.86f),
              at(-w * 0.7f, y0 - 0.01f, height * 0.86f), p->glass);
    mesh_quad(m, at(w * 0.94f, length - lean + 0.01f, height * 0.55f), at(-w * 0.94f, length - lean + 0.01f, height * 0.55f),
              at(-w * 0.9f, length - lean + 0.01f, height * 0.92f), at(w * 0.9f, length - lean + 0.01f, height * 0.92f), p->glass);
    for (int side = -1; side <= 1; side += 2) {
        float x = (float)side * (w + 0.005f), s = (float)side;
        mesh_quad(m, at(x, y0 + 0.5f, height * 0.58f), at(x, length - 0.2f, height * 0.55f), at(x, length - 0.3f, height * 0.9f),
                  at(x, y0 + 0.5f, height * 0.9f), p->glass);
        mesh_bar(m, at(s * w, length - 0.15f, height * 0.85f), at(s * (w + 0.3f), length + 0.05f, height * 0.85f), 0.04f, p->dark);
        mesh_box(m, at(s * (w + 0.3f) - 0.1f, length - 0.02f, height * 0.6f), at(s * (w + 0.3f) + 0.1f, length + 0.06f, height * 0.86f), p->dark);
        mesh_box(m, at(s * w * 0.75f - 0.2f, length - lean, 0.75f), at(s * w * 0.75f + 0.2f, length - lean + 0.04f, 0.95f), p->head_lamp);
    }
    mesh_box(m, at(-w, length - lean - 0.05f, 0.45f), at(w, length - lean + 0.08f, 0.75f), p->dark);
    model->head_lamp = at(w * 0.75f, length, 0.85f);
    model_solid(model, at(-w, y0, 0.7f), at(w, length, height));
}

static void sign(Model *model, const Palette *p, float half, float z, float size, float y)
{
    float w = fminf(half * 0.85f, size * 3.2f);
    mesh_decal(&model->mesh, at(-w, y, z), at(w, y, z), at(w, y, z + size), at(-w, y, z + size), p->sign);
}

static void doors(Model *model, const Palette *p, float half, float deck, float top)
{
    Mesh *m = &model->mesh;
    mesh_box(m, at(-0.015f, -0.012f, deck), at(0.015f, 0.01f, top), p->dark);
    static const float rod[] = {0.14f, 0.42f};
    for (int side = -1; side <= 1; side += 2) {
        float s = (float)side;
        for (int i = 0; i < 2; i++) {
            float x = s * half * rod[i] * 1.6f;
            mesh_box(m, at(x - 0.017f, -0.05f, deck + 0.05f), at(x + 0.017f, -0.015f, top - 0.06f), p->metal);
            mesh_box(m, at(x - 0.02f, -0.06f, deck + 0.75f), at(x + 0.2f, -0.03f, deck + 0.8f), p->metal);
        }
        mesh_box(m, at(s * half - 0.06f, -0.03f, deck), at(s * half + 0.06f, 0.06f, top), p->metal);
        for (int i = 0; i < 4; i++) {
            float z = mixf(deck + 0.2f, top - 0.25f, (float)i / 3);
            mesh_box(m, at(s * (half - 0.22f) - 0.16f, -0.03f, z), at(s * (half - 0.22f) + 0.16f, 0, z + 0.05f), p->metal);
        }
        mesh_quad(m, at(s * (half - 0.01f) - 0.035f, -0.035f, deck + 0.1f), at(s * (half - 0.01f) + 0.035f, -0.035f, deck + 0.1f),
                  at(s * (half - 0.01f) + 0.035f, -0.035f, top - 0.1f), at(s * (half - 0.01f) - 0.035f, -0.035f, top - 0.1f), p->stripes);
    }
    mesh_box(m, at(-half, -0.03f, top - 0.08f), at(half, 0.05f, top), p->metal);
    mesh_box(m, at(-half, -0.03f, deck - 0.06f), at(half, 0.05f, deck + 0.03f), p->metal);
}

static void box_body(Model *model, const Palette *p, Rng *rng, float y1, float half, float deck, float top)
{
    mesh_box_sides(&model->mesh, at(-half, 0, deck), at(half, y1, top), (int[6]){p->body, p->body, p->body, p->body, p->dark, p->roof});
    doors(model, p, half, deck, top);
    sign(model, p, half, deck + (top - deck) * rng_range(rng, 0.35f, 0.62f), 0.3f, -0.066f);
    model_solid(model, at(-half, 0, deck), at(half, y1, top));
}

// An open bed with boards; returns nothing, the load goes in separately.
static void bed(Model *model, const Palette *p, float y1, float half, float deck, float top, bool posts)
{
    Mesh *m = &model->mesh;
    float thick = 0.05f;
    mesh_box(m, at(-half, 0, deck - 0.1f), at(half, y1, deck + 0.05f), p->dark);
    mesh_box(m, at(-half, 0, deck), at(-half + thick, y1, top), p->body);
    mesh_box(m, at(half - thick, 0, deck), at(half, y1, top), p->body);
    mesh_box(m, at(-half, 0, deck), at(half, thick, top), p->body);
    mesh_box(m, at(-half, y1 - thick, deck), at(half, y1, top + 0.2f), p->body);
    for (int i = 0; posts && i < 4; i++) {
        float x = mixf(-half + 0.06f, half - 0.06f, (float)i / 3);
        mesh_box(m, at(x - 0.05f, -0.05f, deck), at(x + 0.05f, 0, top), p->body);
    }
    for (int side = -1; posts && side <= 1; side += 2)
        for (float y = 0.3f; y < y1; y += 0.8f)
            mesh_box(m, at((float)side * half - 0.05f, y, deck), at((float)side * half + 0.05f, y + 0.09f, top), p->body);
    mesh_box(m, at(-half, -0.06f, deck - 0.02f), at(half, 0.02f, deck + 0.07f), p->metal);
    sign(model, p, half, mixf(deck, top, 0.3f), fminf(0.45f * (top - deck), 0.38f), -0.062f);
    mesh_quad(m, at(-half, -0.064f, top - 0.08f), at(half, -0.064f, top - 0.08f), at(half, -0.064f, top - 0.02f), at(-half, -0.064f, top - 0.02f),
              p->stripes);
    model_solid(model, at(-half, 0, deck), at(half, y1, top));
}

static void heap(Model *model, const Palette *p, Rng *rng, float y1, float half, float low, float top)
{
    Vec3 grid[6][9];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 9; j++) {
            float u = (float)i / 5, v = (float)j / 8;
            float dome = sinf(PI_F * u) * sinf(PI_F * v);
            grid[i][j] = at(mixf(-half + 0.06f, half - 0.06f, u), mixf(0.07f, y1 - 0.06f, v),
                            low + (top - low) * sqrtf(fmaxf(dome, 0)) * rng_range(rng, 0.75f, 1));
        }
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 8; j++)
            mesh_quad(&model->mesh, grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1], p->cargo);
}

static void mixer_drum(Model *model, const Palette *p, float y1, float deck)
{
    Mesh *m = &model->mesh;
    Vec3 a = at(0, 0.75f, deck + 1.75f), b = at(0, 1.9f, deck + 1.45f), c = at(0, 3.6f, deck + 1.15f), d = at(0, y1, deck + 0.85f);
    mesh_cylinder(m, a, b, 0.62f, 1.1f, 20, p->paint, p->dark);
    mesh_cylinder(m, b, c, 1.1f, 1.18f, 20, p->paint, -1);
    mesh_cylinder(m, c, d, 1.18f, 0.6f, 20, p->paint, p->dark);
    // Hopper, its frame, chute, ladders.
    mesh_cylinder(m, at(0, 0.45f, deck + 1.55f), at(0, 0.45f, deck + 2.2f), 0.22f, 0.62f, 4, p->metal, -1);
    for (int side = -1; side <= 1; side += 2) {
        float s = (float)side;
        mesh_bar(m, at(s * 0.75f, 0.5f, deck), at(s * 0.6f, 0.5f, deck + 1.7f), 0.14f, p->metal);
        mesh_bar(m, at(s * 1.1f, 0.25f, 0.6f), at(s * 1.1f, 0.25f, deck + 1.6f), 0.05f, p->metal);
        mesh_bar(m, at(s * 0.85f, 0.25f, 0.6f), at(s * 0.85f, 0.25f, deck + 1.6f), 0.05f, p->metal);
        for (int i = 0; i < 6; i++)
            mesh_bar(m, at(s * 0.85f, 0.25f, 0.7f + 0.3f * (float)i), at(s * 1.1f, 0.25f, 0.7f + 0.3f * (float)i), 0.04f, p->metal);
    }
    mesh_box(m, at(-0.7f, 0.42f, deck + 0.9f), at(0.7f, 0.56f, deck + 1.25f), p->metal);
    mesh_cylinder(m, at(-0.15f, 0.35f, deck + 1.3f), at(0.4f, -0.1f, deck - 0.1f), 0.26f, 0.2f, 8, p->metal, -1);
    sign(model, p, 0.7f, deck + 0.95f, 0.25f, 0.41f);
    model_solid(model, at(-1.05f, 0.6f, deck), at(1.05f, y1, deck + 2.2f));
}

static void bus(Model *model, const Palette *p, Rng *rng)
{
    Mesh *m = &model->mesh;
    float length = rng_range(rng, 8.5f, 12), half = 1.25f, top = rng_range(rng, 3.0f, 3.4f);
    mesh_box_sides(m, at(-half, 0, 0.35f), at(half, length, top), (int[6]){p->paint, p->paint, p->paint, p->paint, p->dark, p->paint});
    mesh_quad(m, at(-half * 0.85f, -0.01f, top * 0.55f), at(half * 0.85f, -0.01f, top * 0.55f), at(half * 0.82f, -0.01f, top * 0.88f),
              at(-half * 0.82f, -0.01f, top * 0.88f), p->glass);
    mesh_quad(m, at(half * 0.95f, length + 0.01f, top * 0.35f), at(-half * 0.95f, length + 0.01f, top * 0.35f),
              at(-half * 0.95f, length + 0.01f, top * 0.85f), at(half * 0.95f, length + 0.01f, top * 0.85f), p->glass);
    for (int side = -1; side <= 1; side += 2) {
        float x = (float)side * (half + 0.006f);
        mesh_quad(m, at(x, 0.4f, top * 0.5f), at(x, length - 0.4f, top * 0.5f), at(x, length - 0.4f, top * 0.83f), at(x, 0.4f, top * 0.83f), p->glass);
        float lx = (float)side * (half - 0.2f);
        mesh_box(m, at(lx - 0.13f, -0.02f, 0.8f), at(lx + 0.13f, 0.03f, 1.25f), p->red_lamp);
        mesh_box(m, at(lx - 0.1f, -0.03f, 1.02f), at(lx + 0.1f, 0.03f, 1.12f), p->amber_lamp);
        mesh_box(m, at(lx - 0.2f, length, 0.7f), at(lx + 0.2f, length + 0.03f, 0.9f), p->head_lamp);
        model_wheel(model, p, (float)side * half, 2.6f, 0.48f, 0.5f);
        model_wheel(model, p, (float)side * half, length - 2.4f, 0.48f, 0.28f);
    }
    mesh_box(m, at(-half * 0.6f, -0.012f, 0.7f), at(half * 0.6f, 0.01f, 1.35f), p->dark);
    for (int i = 0; i < 6; i++)
        mesh_box(m, at(-half * 0.58f, -0.03f, 0.78f + 0.09f * (float)i), at(half * 0.58f, 0, 0.8f + 0.09f * (float)i), p->metal);
    mesh_box(m, at(-half, -0.05f, 0.38f), at(half, 0.05f, 0.62f), p->dark);
    sign(model, p, half, 1.42f, 0.2f, -0.02f);
    model_put_plate(model, p, 0, -0.06f, 0.52f);
    model->length = length;
    model->width = 2 * half;
    model->height = top;
    model->tail_lamp = at(half - 0.2f, -0.03f, 1.05f);
    model->head_lamp = at(half - 0.2f, length, 0.8f);
    model_solid(model, at(-half, 0, 0.35f), at(half, length, top));
    model->pipe = at(-half + 0.35f, 0.0f, 0.35f);
}

void model_lorry(Model *model, const SceneVehicle *v, const Palette *p, Rng *rng)
{
    if (v->kind == KIND_BUS) {
        bus(model, p, rng);
        return;
    }
    bool light = v->kind == KIND_FLATBED && v->seed % 2; // a 4-metre light lorry
    float half = light ? 1.05f : v->kind == KIND_BOX ? rng_range(rng, 1.1f, 1.25f) : 1.25f;
    float length = v->kind == KIND_SEMI ? rng_range(rng, 14, 16.5f) : light ? 5.9f : v->kind == KIND_BOX ? rng_range(rng, 6, 9.5f) : rng_range(rng, 7.6f, 9.5f);
    float deck = light ? 0.85f : v->kind == KIND_SEMI ? 1.3f : 1.08f, cab_length = light ? 1.6f : 2.1f;
    float cab_height = light ? 2.1f : rng_range(rng, 2.5f, 3.0f), body = length - cab_length - 0.25f;
    chassis(model, p, length, half, deck);
    axles(model, p, length, half, light ? 1 : v->kind == KIND_SEMI ? 3 : 2, light ? 1.3f : 1.25f);
    cab(model, p, length - cab_length, length, half, cab_height);
    float top = deck;
    if (v->kind == KIND_BOX || v->kind == KIND_SEMI) {
        top = deck + (v->kind == KIND_SEMI ? 2.6f : rng_range(rng, 1.9f, 2.6f));
        box_body(model, p, rng, body, half, deck, top);
    } else if (v->kind == KIND_MIXER) {
        mixer_drum(model, p, body, deck);
        top = deck + 2.4f;
    } else {
        top = deck + (v->kind == KIND_TIPPER ? rng_range(rng, 1.0f, 1.6f) : light ? 0.45f : rng_range(rng, 0.6f, 1.0f));
        bed(model, p, body, half, deck, top, v->kind == KIND_TIPPER);
        heap(model, p, rng, body, half, deck + 0.1f, top + rng_range(rng, -0.2f, 0.5f));
    }
    model_put_plate(model, p, rng_int(rng, 3) ? 0 : -half * 0.4f, -0.012f, fminf(deck - 0.2f, 0.78f));
    model->length = length;
    model->width = 2 * half;
    model->height = fmaxf(top, cab_height);
    bool side = rng_int(rng, 3) == 0;
    model->pipe = side ? at(-half * 0.95f, body * 0.4f, 0.5f) : at((rng_int(rng, 2) ? 0.6f : -0.6f) * half, 0.15f, 0.42f);
    model->pipe_side = side;
}
