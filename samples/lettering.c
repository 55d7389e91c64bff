#include "lettering.h"

#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

void texture_free(Texture *texture)
{
    free(texture->pixels);
    *texture = (Texture){0};
}

static float linear_of(uint8_t code)
{
    return powf((float)code / 255.0f, 2.2f);
}

static uint8_t coded(float linear)
{
    return (uint8_t)lrintf(255 * powf(clampf(linear, 0, 1), 1 / 2.2f));
}

static PangoLayout *layout_of(cairo_t *cr, const char *text, const char *font)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *description = pango_font_description_from_string(font);
    pango_layout_set_font_description(layout, description);
    pango_layout_set_text(layout, text, -1);
    pango_font_description_free(description);
    return layout;
}

// Draws text so that its ink fills the rectangle.
static void fill_text(cairo_t *cr, const char *text, bool bold, double x, double y, double width, double height)
{
    PangoLayout *layout = layout_of(cr, text, bold ? "Noto Sans CJK SC Bold 60" : "Noto Sans CJK SC 60");
    PangoRectangle ink;
    pango_layout_get_pixel_extents(layout, &ink, NULL);
    if (ink.width > 0 && ink.height > 0) {
        cairo_save(cr);
        cairo_translate(cr, x, y);
        cairo_scale(cr, width / ink.width, height / ink.height);
        cairo_move_to(cr, -ink.x, -ink.y);
        pango_cairo_show_layout(cr, layout);
        cairo_restore(cr);
    }
    g_object_unref(layout);
}

static bool take(Texture *out, cairo_surface_t *surface, int width, int height)
{
    *out = (Texture){width, height, malloc((size_t)width * (size_t)height * 4 * sizeof(float))};
    if (!out->pixels)
        return false;
    cairo_surface_flush(surface);
    const uint8_t *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const uint8_t *p = data + y * stride + 4 * x;
            float *o = out->pixels + 4 * ((size_t)y * (size_t)width + (size_t)x);
            float a = (float)p[3] / 255.0f;
            for (int k = 0; k < 3; k++)
                o[k] = a > 0 ? linear_of((uint8_t)lrintf(fminf((float)p[2 - k] / a, 255))) : 0;
            o[3] = a;
        }
    return true;
}

static cairo_t *canvas(int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cairo_t *cr = cairo_create(surface);
    cairo_surface_destroy(surface);
    return cr;
}

static void ink(cairo_t *cr, Color c)
{
    cairo_set_source_rgb(cr, coded(c.r) / 255.0, coded(c.g) / 255.0, coded(c.b) / 255.0);
}

bool lettering_text(Texture *out, const char *text, Color c, int width, int height, bool bold)
{
    cairo_t *cr = canvas(width, height);
    ink(cr, c);
    fill_text(cr, text, bold, 2, 2, width - 4, height - 4);
    bool good = take(out, cairo_get_target(cr), width, height);
    cairo_destroy(cr);
    return good;
}

static void plate_ground(cairo_t *cr, const char *tint, int width, int height, Color *letters)
{
    *letters = color_scale(color(0.9f, 0.9f, 0.9f), 1);
    Color ground = color(0.005f, 0.05f, 0.38f);
    if (!strcmp(tint, "yellow"))
        ground = color(0.85f, 0.45f, 0.01f), *letters = color(0.01f, 0.01f, 0.01f);
    else if (!strcmp(tint, "green") || !strcmp(tint, "yellowgreen"))
        ground = color(0.25f, 0.7f, 0.35f), *letters = color(0.01f, 0.01f, 0.01f);
    else if (!strcmp(tint, "white"))
        ground = color(0.8f, 0.8f, 0.8f), *letters = color(0.01f, 0.01f, 0.01f);
    ink(cr, ground);
    cairo_rectangle(cr, 0, 0, width, height);
    cairo_fill(cr);
    ink(cr, *letters);
    cairo_set_line_width(cr, 3);
    cairo_rectangle(cr, 5, 5, width - 10, height - 10);
    cairo_stroke(cr);
}

static const char *next_letter(const char *text, char out[8])
{
    size_t n = 1;
    while (text[n] && ((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    n = n > 7 ? 7 : n;
    memcpy(out, text, n);
    out[n] = 0;
    return text + n;
}

// One character of a plate in its place; a 1 stays narrow.
static void plate_letter(cairo_t *cr, const char *letter, double x, double y, double width, double height)
{
    bool narrow = !strcmp(letter, "1");
    fill_text(cr, letter, true, narrow ? x + 0.32 * width : x, y, narrow ? 0.36 * width : width, height);
}

bool lettering_plate(Texture *out, const char *text, const char *tint, bool two_rows, uint64_t seed)
{
    (void)seed;
    int width = 352, height = two_rows ? 176 : 112, count = 0;
    for (const char *p = text; *p; p++)
        count += ((unsigned char)*p & 0xc0) != 0x80;
    cairo_t *cr = canvas(width, height);
    Color letters;
    plate_ground(cr, tint, width, height, &letters);
    ink(cr, letters);
    char letter[8];
    const char *p = text;
    for (int i = 0; *p && i < 9; i++) {
        p = next_letter(p, letter);
        if (two_rows && i < 2)
            plate_letter(cr, letter, 88 + i * 104, 12, 72, 48);
        else if (two_rows)
            plate_letter(cr, letter, 14 + (i - 2) * 66, 72, 56, 92);
        else {
            double step = (width - 28.0 - (count > 7 ? 0 : 12)) / (count ? count : 1);
            plate_letter(cr, letter, 16 + i * step + (i > 1 && count <= 7 ? 12 : 0), 20, step - 7, height - 40);
        }
    }
    bool good = take(out, cairo_get_target(cr), width, height);
    cairo_destroy(cr);
    return good;
}

void lettering_number(char out[24], const char *tint, uint64_t seed)
{
    static const char *const province[] = {"晋", "晋", "晋", "冀", "豫", "陕", "鲁", "京", "津", "沪", "渝", "蒙", "辽", "吉", "黑", "苏", "浙",
                                           "皖", "闽", "赣", "鄂", "湘", "粤", "桂", "琼", "川", "贵", "云", "藏", "甘", "青", "宁", "新"};
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", city[] = "ABCDEFGHJKL";
    Rng rng = rng_make(seed, 5);
    int n = 0;
    n += snprintf(out, 24, "%s%c", province[rng_int(&rng, (int)(sizeof province / sizeof *province))], city[rng_int(&rng, 11)]);
    if (!strcmp(tint, "green")) { // small electric: D or F, then five digits, the first may be a letter
        n += snprintf(out + n, (size_t)(24 - n), "%c", rng_int(&rng, 3) ? 'D' : 'F');
        for (int i = 0; i < 5; i++)
            out[n++] = (char)('0' + rng_int(&rng, 10));
    } else {
        int first = rng_int(&rng, 5), second = rng_int(&rng, 5), many = rng_int(&rng, 3);
        for (int i = 0; i < 5; i++) {
            bool letter = (many > 0 && i == first) || (many > 1 && i == second);
            out[n++] = letter ? letters[rng_int(&rng, 24)] : (char)('0' + rng_int(&rng, 10));
        }
    }
    out[n] = 0;
}

uint8_t *lettering_mask(const char *text, int height, int *width, int *rows)
{
    char font[64];
    snprintf(font, sizeof font, "Noto Serif CJK SC Bold %dpx", height);
    cairo_t *probe = canvas(1, 1);
    PangoLayout *layout = layout_of(probe, text, font);
    pango_layout_get_pixel_size(layout, width, rows);
    g_object_unref(layout);
    cairo_destroy(probe);
    *width += 4;
    cairo_t *cr = canvas(*width, *rows);
    layout = layout_of(cr, text, font);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_move_to(cr, 2, 0);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
    cairo_surface_flush(cairo_get_target(cr));
    const uint8_t *data = cairo_image_surface_get_data(cairo_get_target(cr));
    int stride = cairo_image_surface_get_stride(cairo_get_target(cr));
    uint8_t *mask = malloc((size_t)*width * (size_t)*rows);
    for (int y = 0; mask && y < *rows; y++)
        for (int x = 0; x < *width; x++)
            mask[y * *width + x] = data[y * stride + 4 * x + 3];
    cairo_destroy(cr);
    return mask;
}
