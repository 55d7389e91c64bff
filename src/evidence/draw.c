#include "evidence/draw.h"

#include "base/files.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#define QUALITY 90
#define FONT "Noto Sans CJK SC"

static cairo_user_data_key_t rows_key;

cairo_surface_t *draw_surface(unsigned char *rows, int width, int height)
{
    cairo_surface_t *surface =
        cairo_image_surface_create_for_data(rows, CAIRO_FORMAT_RGB24, width, height, width * 4);
    if (cairo_surface_set_user_data(surface, &rows_key, rows, free) != CAIRO_STATUS_SUCCESS)
        free(rows);
    return surface;
}

// A surface of a JPEG, which it takes over; NULL when it is damaged.
static cairo_surface_t *jpeg_surface(unsigned char *data, size_t size)
{
    unsigned char *rows;
    int width, height;
    Status status = jpeg_decode_bgrx(data, size, &rows, &width, &height, NULL);
    cairo_surface_t *surface = status == STATUS_OK ? draw_surface(rows, width, height) : NULL;
    // On paper (PDF) the JPEG itself is put, not its pixels.
    if (!surface || cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, data, size, free,
                                                data) != CAIRO_STATUS_SUCCESS)
        free(data);
    return surface;
}

cairo_surface_t *draw_load(const char *folder, const char *name)
{
    char path[PATH_SIZE], *data;
    size_t size;
    if (path_join(path, folder, name, NULL) != STATUS_OK || !file_exists(path))
        return NULL;
    if (strstr(name, ".png"))
        return cairo_image_surface_create_from_png(path);
    if (file_read(path, &data, &size, NULL) != STATUS_OK)
        return NULL;
    return jpeg_surface((unsigned char *)data, size);
}

cairo_surface_t *draw_picture(Picture *picture)
{
    unsigned char *data;
    size_t size;
    return jpeg_encode(picture, QUALITY, NULL, &data, &size, NULL) == STATUS_OK
               ? jpeg_surface(data, size)
               : NULL;
}

Status draw_save_jpeg(const char *path, cairo_surface_t *surface, size_t max_bytes,
                      const JpegTags *tags, Error *error)
{
    unsigned char *data;
    size_t size;
    cairo_surface_flush(surface);
    Status status = jpeg_encode_bgrx(
        cairo_image_surface_get_data(surface), cairo_image_surface_get_width(surface),
        cairo_image_surface_get_height(surface), cairo_image_surface_get_stride(surface), QUALITY,
        max_bytes, tags, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    status = file_write_plain(path, data, size, error);
    free(data);
    return status;
}

static PangoLayout *make_layout(cairo_t *cr, double size, const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_font_description_free(font);
    return layout;
}

double draw_text(cairo_t *cr, double x, double y, double size, const char *text)
{
    PangoLayout *layout = make_layout(cr, size, text);
    int width, height;
    pango_layout_get_pixel_size(layout, &width, &height);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
    return width;
}

double draw_wrapped(cairo_t *cr, double x, double y, double width, double size, const char *text)
{
    PangoLayout *layout = make_layout(cr, size, text);
    int height;
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_get_pixel_size(layout, NULL, &height);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
    return height;
}

double draw_chip(cairo_t *cr, double x, double y, double size, const char *text,
                 const double plate[4])
{
    cairo_push_group(cr);
    cairo_set_source_rgb(cr, 1, 1, 1);
    double width = draw_text(cr, x + size * 0.4, y + size * 0.1, size, text) + size * 0.8;
    cairo_pattern_t *words = cairo_pop_group(cr);
    cairo_set_source_rgba(cr, plate[0], plate[1], plate[2], plate[3]);
    cairo_rectangle(cr, x, y, width, size * 1.6);
    cairo_fill(cr);
    cairo_set_source(cr, words);
    cairo_paint(cr);
    cairo_pattern_destroy(words);
    return width;
}

void draw_label(cairo_t *cr, double x, double y, double size, const char *text)
{
    draw_chip(cr, x, y, size, text, (const double[4]){0, 0, 0, 0.6});
}

void draw_fitted(cairo_t *cr, cairo_surface_t *picture, double x, double y, double w, double h)
{
    if (!picture)
        return;
    double width = cairo_image_surface_get_width(picture);
    double height = cairo_image_surface_get_height(picture);
    double zoom = fmin(w / width, h / height);
    cairo_save(cr);
    cairo_rectangle(cr, x, y, w, h);
    cairo_clip(cr);
    cairo_translate(cr, x + (w - width * zoom) / 2, y + (h - height * zoom) / 2);
    cairo_scale(cr, zoom, zoom);
    cairo_set_source_surface(cr, picture, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
    cairo_paint(cr);
    cairo_restore(cr);
    cairo_surface_destroy(picture);
}

Status draw_thumbnail(const char *folder, const char *name, int width, unsigned char **data,
                      size_t *size, Error *error)
{
    cairo_surface_t *whole = draw_load(folder, name);
    if (!whole || cairo_image_surface_get_width(whole) < 1) {
        if (whole)
            cairo_surface_destroy(whole);
        return error_set(error, STATUS_MISSING, "%s has no usable %s", folder, name);
    }
    int height =
        width * cairo_image_surface_get_height(whole) / cairo_image_surface_get_width(whole);
    height = height < 1 ? 1 : height;
    cairo_surface_t *small = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cr = cairo_create(small);
    draw_fitted(cr, whole, 0, 0, width, height);
    cairo_surface_flush(small);
    Status status = cairo_status(cr) != CAIRO_STATUS_SUCCESS
                        ? error_set(error, STATUS_MEMORY, "cannot draw a thumbnail of %s", folder)
                        : jpeg_encode_bgrx(cairo_image_surface_get_data(small), width, height,
                                           cairo_image_surface_get_stride(small), 80, 0, NULL, data,
                                           size, error);
    cairo_destroy(cr);
    cairo_surface_destroy(small);
    return status;
}
