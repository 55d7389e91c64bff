// A4 pages through cairo, from top to bottom: papers about captures, weeks and checks.
#ifndef HEIYAN_EVIDENCE_PAPER_H
#define HEIYAN_EVIDENCE_PAPER_H

#include "base/error.h"

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

#define PAPER_WIDTH 595.28 // points
#define PAPER_HEIGHT 841.89
#define PAPER_MARGIN 40.0
#define PAPER_INNER (PAPER_WIDTH - 2 * PAPER_MARGIN)

typedef struct Paper {
    cairo_surface_t *surface;
    cairo_t *cr;
    double y; // where the next thing goes
    const char *path;
} Paper;

// The PDF carries no time of its making: the same facts give the same bytes.
Status paper_create(Paper *paper, const char *path, const char *title, Error *error);
// Writes the file; on failure it is removed. Also after a failed create.
Status paper_finish(Paper *paper, Error *error);

void paper_title(Paper *paper, const char *text);
void paper_heading(Paper *paper, const char *text);
// Starts a new page unless height points are left.
void paper_need(Paper *paper, double height);
// Label and value in a table of two columns at x, width points wide; returns its height.
double paper_fact(Paper *paper, double x, double y, double width, const char *label,
                  const char *value);
// A row of cells at the paper's y, with a line below; widths are shares of the inner width. head:
// bold look.
void paper_row(Paper *paper, const char *const *cells, const double *widths, size_t count,
               bool head);
// Bars side by side with their numbers above and captions below; second may be NULL: a darker part
// of each bar.
void paper_bars(Paper *paper, double x, double width, double height, const double *values,
                const double *second, const char *const *captions, size_t count);
void paper_grey(Paper *paper, double level); // of what is drawn next: 0 black .. 1 white

#endif
