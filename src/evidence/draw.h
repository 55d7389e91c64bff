// Pictures and Chinese text on cairo surfaces: what the drawings of a pack and the papers about it
// share.
#ifndef HEIYAN_EVIDENCE_DRAW_H
#define HEIYAN_EVIDENCE_DRAW_H

#include "base/error.h"
#include "capture/jpeg.h"

#include <cairo.h>

// A surface over BGRX rows, which it takes over (also on failure).
cairo_surface_t *draw_surface(unsigned char *rows, int width, int height);
// A pack's picture, JPEG or PNG; NULL when it is not there or damaged. The caller destroys it, or
// draw_fitted does.
cairo_surface_t *draw_load(const char *folder, const char *name);
// A picture as it goes onto paper, as a JPEG; NULL when out of memory. The same holds of its owner.
cairo_surface_t *draw_picture(Picture *picture);
// An image surface as JPEG of at most max_bytes (0 = no limit), brought to the disk.
Status draw_save_jpeg(const char *path, cairo_surface_t *surface, size_t max_bytes,
                      const JpegTags *tags, Error *error);

// A pack's picture made small, width pixels wide, as JPEG without tags. The caller frees *data.
// STATUS_MISSING when there is no such picture.
Status draw_thumbnail(const char *folder, const char *name, int width, unsigned char **data,
                      size_t *size, Error *error);

// Draws text with its top left corner at x, y; returns its width. size in units of the surface.
double draw_text(cairo_t *cr, double x, double y, double size, const char *text);
// The same, broken into lines of at most width; returns its height.
double draw_wrapped(cairo_t *cr, double x, double y, double width, double size, const char *text);
// White text on a plate of that red, green, blue and opacity; returns the plate's width.
double draw_chip(cairo_t *cr, double x, double y, double size, const char *text,
                 const double plate[4]);
// Text on a dark plate, readable over any picture.
void draw_label(cairo_t *cr, double x, double y, double size, const char *text);
// Draws a picture as large as fits into the cell, centred. The surface (NULL: nothing) is released.
void draw_fitted(cairo_t *cr, cairo_surface_t *picture, double x, double y, double w, double h);

#endif
