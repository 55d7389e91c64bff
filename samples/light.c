#include "light.h"

#include "noise.h"

Color light_sky(const Light *light, Vec3 d)
{
    if (d.z < 0) {
        Color lit = color_add(color_scale(light->sun_color, fmaxf(light->sun.z, 0)), light->sky_color);
        return color_mix(light->horizon, color_mul(light->ground, lit), stepf(0, 0.15f, -d.z));
    }
    float up = powf(d.z, 0.6f);
    Color c = color_mix(light->horizon, light->zenith, up);
    float near = fmaxf(vec_dot(d, light->sun), 0);
    return color_add(c, color_scale(light->sun_color, 0.35f * powf(near, 12)));
}

Shade light_matt(const Light *light, Color albedo, Vec3 n)
{
    Color lit = color_add(color_scale(light->sun_color, fmaxf(light->sun.z, 0)), light->sky_color);
    Color bounce = color_mul(light->ground, lit);
    float up = 0.5f + 0.5f * n.z;
    Color ambient = color_add(color_scale(light->sky_color, up), color_scale(bounce, 1 - up));
    return (Shade){
        .direct = color_mul(albedo, color_scale(light->sun_color, fmaxf(vec_dot(n, light->sun), 0))),
        .ambient = color_mul(albedo, ambient),
    };
}

static Color with_dirt(const Material *m, Color c, Vec3 p, float u, float v)
{
    if (m->dirt <= 0)
        return c;
    float low = 1 - stepf(0.2f, 2.4f, p.z);
    float patch = 0.5f + 0.5f * fbm2(u + p.z * 0.3f, v, 0.7f, 0.01f, 4, 91);
    float streak = 0.5f + 0.5f * noise2(u * 9, v * 0.8f, 17);
    float t = clampf(m->dirt * (0.25f + 0.9f * low) * (0.35f + 0.9f * patch * streak * 1.6f), 0, 0.92f);
    return color_mix(c, color(0.17f, 0.145f, 0.115f), t);
}

static Color pattern(const Material *m, float u, float v, Vec3 p, Vec3 *n, float *alpha)
{
    Color c = m->color;
    switch (m->kind) {
    case MATERIAL_CORRUGATED: {
        float wave = sinf(u * 2 * PI_F / m->scale);
        Vec3 side = vec_unit(vec_cross(vec(0, 0, 1), *n));
        if (fabsf(n->z) < 0.9f)
            *n = vec_unit(vec_add(*n, vec_scale(side, 0.45f * wave)));
        c = color_scale(c, 1 + 0.06f * cosf(u * 2 * PI_F / m->scale));
        break;
    }
    case MATERIAL_STRIPES:
        c = fmodf(u / m->scale + 100, 1) < 0.5f ? m->color : m->second;
        break;
    case MATERIAL_CHEVRON:
        c = fmodf((u + v) / m->scale + 100, 1) < 0.5f ? m->color : m->second;
        break;
    case MATERIAL_ROUGH: {
        float a = fbm2(u, v, m->scale, 0.01f, 3, 5), b = fbm2(u + 31, v - 17, m->scale, 0.01f, 3, 6);
        *n = vec_unit(vec_add(*n, vec(0.7f * a, 0.7f * b, 0)));
        c = color_scale(c, 1 + 0.3f * noise2(u * 3 / m->scale, v * 3 / m->scale, 8));
        break;
    }
    case MATERIAL_SLATS: {
        float t = fmodf(v / m->scale + 100, 1);
        c = color_scale(c, t < 0.12f ? 0.35f : 0.9f + 0.15f * t);
        break;
    }
    case MATERIAL_BARK:
        c = p.z < 1.15f + 0.05f * noise2(u * 8, 0, 3) ? color(0.62f, 0.61f, 0.57f) : m->color;
        c = color_scale(c, 1 + 0.25f * noise2(u * 14, v * 4, 12));
        break;
    case MATERIAL_FACADE: {
        float fu = fmodf(u / m->scale + 100, 1), fv = fmodf(v / 3.1f + 100, 1);
        bool window = fu > 0.22f && fu < 0.78f && fv > 0.3f && fv < 0.8f;
        float key = noise2(floorf(u / m->scale) * 3.7f, floorf(v / 3.1f) * 5.3f, 44);
        c = window ? color_scale(color(0.05f, 0.06f, 0.07f), 1 + key) : color_scale(c, 1 + 0.08f * noise2(u, v, 4));
        break;
    }
    case MATERIAL_TEXTURE: {
        const Texture *t = m->texture;
        if (!t || !t->pixels)
            break;
        float x = clampf(u, 0, 1) * (float)t->width - 0.5f, y = (1 - clampf(v, 0, 1)) * (float)t->height - 0.5f;
        int ix = (int)clampf(x, 0, (float)t->width - 1), iy = (int)clampf(y, 0, (float)t->height - 1);
        int jx = ix + 1 < t->width ? ix + 1 : ix, jy = iy + 1 < t->height ? iy + 1 : iy;
        float fx = clampf(x - (float)ix, 0, 1), fy = clampf(y - (float)iy, 0, 1), out[4];
        for (int k = 0; k < 4; k++) {
            float a = mixf(t->pixels[4 * (iy * t->width + ix) + k], t->pixels[4 * (iy * t->width + jx) + k], fx);
            float b = mixf(t->pixels[4 * (jy * t->width + ix) + k], t->pixels[4 * (jy * t->width + jx) + k], fx);
            out[k] = mixf(a, b, fy);
        }
        c = color(out[0], out[1], out[2]);
        *alpha = out[3];
        break;
    }
    default:
        break;
    }
    return c;
}

static float gloss_of(MaterialKind kind)
{
    switch (kind) {
    case MATERIAL_PAINT: return 0.05f;
    case MATERIAL_GLASS: return 0.09f;
    case MATERIAL_LAMP: return 0.06f;
    case MATERIAL_CORRUGATED: return 0.02f;
    default: return 0;
    }
}

Shade light_shade(const Light *light, const Material *m, float u, float v, Vec3 point, Vec3 n, Vec3 view, const float *lamps)
{
    if (vec_dot(n, view) > 0)
        n = vec_scale(n, -1);
    Vec3 smooth = n;
    float alpha = 1;
    Color albedo = pattern(m, u, v, point, &n, &alpha);
    if (m->kind == MATERIAL_TEXTURE)
        albedo = color_mix(m->second, albedo, alpha);
    albedo = with_dirt(m, albedo, point, u, v);
    Shade s = light_matt(light, albedo, n);
    // The dark under a vehicle, and the light that the road behind it throws up.
    float low = mixf(0.45f, 1, stepf(0.1f, 0.9f, point.z));
    s.ambient = color_scale(s.ambient, n.z < -0.5f ? 0.35f : n.z < 0.5f ? low : 1);
    float gloss = gloss_of(m->kind);
    if (gloss > 0) {
        Vec3 unit = vec_unit(view);
        float facing = clampf(-vec_dot(unit, smooth), 0, 1);
        float fresnel = gloss + (1 - gloss) * powf(1 - facing, 5);
        Vec3 mirror = vec_sub(unit, vec_scale(smooth, 2 * vec_dot(unit, smooth)));
        fresnel *= 1 - 0.8f * clampf(m->dirt, 0, 1);
        s.ambient = color_add(color_scale(s.ambient, 1 - fresnel), color_scale(light_sky(light, vec_unit(mirror)), fresnel));
        float spark = powf(fmaxf(vec_dot(mirror, light->sun), 0), m->kind == MATERIAL_CORRUGATED ? 12 : 180);
        s.direct = color_add(s.direct, color_scale(light->sun_color, spark * (m->kind == MATERIAL_CORRUGATED ? 0.3f : 6) * (1 - m->dirt)));
    }
    if (m->lamp && lamps && m->glow > 0)
        s.glow = color_scale(m->second, m->glow * lamps[m->lamp]);
    return s;
}
