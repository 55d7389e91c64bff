#include "vehicle.h"

#include "lettering.h"

#include <string.h>

void model_solid(Model *model, Vec3 low, Vec3 high)
{
    if (model->solid_count < 4)
        model->solids[model->solid_count++] = (Solid){low, high};
}

void model_wheel(Model *model, const Palette *palette, float x, float y, float radius, float width)
{
    float out = x > 0 ? 1 : -1;
    Vec3 from = vec(x - out * width, y, radius), to = vec(x, y, radius);
    mesh_cylinder(&model->mesh, from, to, radius, radius, 14, palette->rubber, palette->rubber);
    mesh_cylinder(&model->mesh, vec(x - 0.02f * out, y, radius), vec(x + 0.015f * out, y, radius), radius * 0.55f, radius * 0.5f, 12,
                  palette->metal, palette->metal);
}

void model_put_plate(Model *model, const Palette *palette, float x, float y, float z)
{
    float w = model->plate_two_rows ? 0.22f : strchr(model->plate_color, 'g') ? 0.24f : 0.22f;
    float h = model->plate_two_rows ? 0.11f : 0.07f;
    model->plate[0] = vec(x - w, y, z + h);
    model->plate[1] = vec(x + w, y, z + h);
    model->plate[2] = vec(x + w, y, z - h);
    model->plate[3] = vec(x - w, y, z - h);
    mesh_box(&model->mesh, vec(x - w - 0.015f, y + 0.004f, z - h - 0.015f), vec(x + w + 0.015f, y + 0.03f, z + h + 0.015f), palette->dark);
    mesh_decal(&model->mesh, model->plate[3], model->plate[2], model->plate[1], model->plate[0], palette->plate);
}

static void choose_plate(Model *model, const SceneVehicle *v)
{
    bool heavy = v->kind >= KIND_BOX;
    const char *tint = v->plate_color[0] ? v->plate_color : heavy && (v->kind != KIND_BOX || v->seed % 3) ? "yellow" : "blue";
    if (v->kind == KIND_CAR && !v->plate_color[0] && v->seed % 5 == 0 && v->grade <= 0)
        tint = "green";
    snprintf(model->plate_color, sizeof model->plate_color, "%s", tint);
    model->plate_two_rows = v->plate_two_rows || (heavy && !strcmp(tint, "yellow") && v->kind != KIND_BUS);
    if (v->plate[0])
        snprintf(model->plate_text, sizeof model->plate_text, "%s", v->plate);
    else
        lettering_number(model->plate_text, tint, v->seed);
}

static Palette palette_make(Model *model, const SceneVehicle *v, Rng *rng)
{
    Mesh *mesh = &model->mesh;
    float dirt = v->dirt;
    Palette p;
    Color tan = color(0.30f, 0.22f, 0.13f), grey = color(0.28f, 0.28f, 0.27f);
    p.paint = mesh_material(mesh, (Material){.kind = MATERIAL_PAINT, .color = v->color, .dirt = dirt * 0.6f});
    p.dark = mesh_material(mesh, (Material){.color = color(0.02f, 0.02f, 0.02f), .dirt = dirt * 0.6f});
    p.rubber = mesh_material(mesh, (Material){.color = color(0.018f, 0.018f, 0.018f), .dirt = dirt * 0.5f});
    p.metal = mesh_material(mesh, (Material){.color = color(0.25f, 0.25f, 0.26f), .dirt = dirt});
    p.glass = mesh_material(mesh, (Material){.kind = MATERIAL_GLASS, .color = color(0.012f, 0.014f, 0.016f), .dirt = dirt * 0.2f});
    p.red_lamp = mesh_material(mesh, (Material){.kind = MATERIAL_LAMP, .color = color(0.32f, 0.012f, 0.012f), .second = color(1, 0.04f, 0.02f),
                                                .lamp = LAMP_TAIL, .glow = 1.2f, .dirt = dirt * 0.4f});
    p.amber_lamp = mesh_material(mesh, (Material){.kind = MATERIAL_LAMP, .color = color(0.45f, 0.16f, 0.01f), .second = color(1, 0.04f, 0.02f),
                                                  .lamp = LAMP_BRAKE, .glow = 3, .dirt = dirt * 0.4f});
    p.head_lamp = mesh_material(mesh, (Material){.kind = MATERIAL_LAMP, .color = color(0.6f, 0.6f, 0.6f), .second = color(1, 0.95f, 0.8f),
                                                 .lamp = LAMP_HEAD, .glow = 14});
    p.stripes = mesh_material(mesh, (Material){.kind = MATERIAL_STRIPES, .color = color(0.55f, 0.03f, 0.02f), .second = color(0.7f, 0.7f, 0.68f),
                                               .scale = 0.5f, .dirt = dirt * 0.5f});
    p.chrome = mesh_material(mesh, (Material){.kind = MATERIAL_PAINT, .color = color(0.5f, 0.5f, 0.5f)});
    p.plate = mesh_material(mesh, (Material){.kind = MATERIAL_TEXTURE, .texture = &model->plate_texture});
    p.body = mesh_material(mesh, (Material){.kind = v->kind == KIND_BOX || v->kind == KIND_SEMI ? MATERIAL_CORRUGATED : MATERIAL_PLAIN,
                                            .color = v->color, .scale = v->kind == KIND_SEMI ? 0.27f : 0.18f, .dirt = dirt});
    p.roof = mesh_material(mesh, (Material){.kind = MATERIAL_CORRUGATED, .color = color_mix(v->color, grey, 0.5f), .scale = 0.6f, .dirt = dirt * 0.5f});
    p.cargo = mesh_material(mesh, (Material){.kind = MATERIAL_ROUGH, .color = rng_int(rng, 2) ? tan : grey, .scale = 0.5f});
    p.chevron = mesh_material(mesh, (Material){.kind = MATERIAL_CHEVRON, .color = color(0.55f, 0.42f, 0.02f), .second = color(0.02f, 0.02f, 0.02f),
                                               .scale = 0.3f, .dirt = dirt * 0.5f});
    float light = 0.3f * v->color.r + 0.6f * v->color.g + 0.1f * v->color.b;
    p.sign = mesh_material(mesh, (Material){.kind = MATERIAL_TEXTURE, .texture = &model->sign_texture, .second = v->color, .dirt = dirt * 0.7f});
    Color paint = light > 0.3f ? color(0.02f, 0.05f, 0.15f) : color(0.65f, 0.65f, 0.62f);
    model->mesh.failed |= !lettering_text(&model->sign_texture, model->plate_text, paint, 320, 64, true);
    return p;
}

bool model_make(Model *model, const SceneVehicle *v)
{
    *model = (Model){0};
    Rng rng = rng_make(v->seed, 21);
    choose_plate(model, v);
    model->mesh.failed |= !lettering_plate(&model->plate_texture, model->plate_text, model->plate_color, model->plate_two_rows, v->seed);
    Palette palette = palette_make(model, v, &rng);
    if (v->kind <= KIND_PICKUP)
        model_car(model, v, &palette, &rng);
    else
        model_lorry(model, v, &palette, &rng);
    return !model->mesh.failed;
}

void model_finish(Model *model)
{
    mesh_finish(&model->mesh);
    texture_free(&model->plate_texture);
    texture_free(&model->sign_texture);
}
