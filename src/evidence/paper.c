#include "evidence/paper.h"

#include "evidence/draw.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT 9.0

Status paper_create(Paper *paper, const char *path, const char *title, Error *error)
{
    *paper = (Paper){.path = path, .y = PAPER_MARGIN};
    paper->surface = cairo_pdf_surface_create(path, PAPER_WIDTH, PAPER_HEIGHT);
    paper->cr = cairo_create(paper->surface);
    cairo_pdf_surface_set_metadata(paper->surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(paper->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2000-01-01T00:00:00Z");
    paper_grey(paper, 0.1);
    return cairo_status(paper->cr) == CAIRO_STATUS_SUCCESS
               ? STATUS_OK
               : error_set(error, STATUS_IO, "cannot write %s: %s", path,
                           cairo_status_to_string(cairo_status(paper->cr)));
}

Status paper_finish(Paper *paper, Error *error)
{
    cairo_status_t drawn = cairo_status(paper->cr);
    cairo_destroy(paper->cr);
    cairo_surface_finish(paper->surface);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_status(paper->surface);
    cairo_surface_destroy(paper->surface);
    if (drawn == CAIRO_STATUS_SUCCESS)
        return STATUS_OK;
    unlink(paper->path);
    return error_set(error, STATUS_IO, "cannot write %s: %s", paper->path,
                     cairo_status_to_string(drawn));
}

void paper_grey(Paper *paper, double level)
{
    cairo_set_source_rgb(paper->cr, level, level, level);
}

static void rule(Paper *paper, double y, double width)
{
    cairo_save(paper->cr);
    paper_grey(paper, 0.75);
    cairo_set_line_width(paper->cr, width);
    cairo_move_to(paper->cr, PAPER_MARGIN, y);
    cairo_line_to(paper->cr, PAPER_WIDTH - PAPER_MARGIN, y);
    cairo_stroke(paper->cr);
    cairo_restore(paper->cr);
}

void paper_title(Paper *paper, const char *text)
{
    draw_text(paper->cr, PAPER_MARGIN, paper->y, 18, text);
    paper->y += 30;
    rule(paper, paper->y - 3, 1.2);
}

void paper_heading(Paper *paper, const char *text)
{
    paper_need(paper, 60);
    paper->y += 8;
    draw_text(paper->cr, PAPER_MARGIN, paper->y, 11.5, text);
    paper->y += 20;
}

void paper_need(Paper *paper, double height)
{
    if (paper->y + height <= PAPER_HEIGHT - PAPER_MARGIN)
        return;
    cairo_show_page(paper->cr);
    paper->y = PAPER_MARGIN;
}

double paper_fact(Paper *paper, double x, double y, double width, const char *label,
                  const char *value)
{
    paper_grey(paper, 0.45);
    draw_text(paper->cr, x, y, TEXT, label);
    paper_grey(paper, 0.1);
    double height = draw_wrapped(paper->cr, x + 64, y, width - 64, TEXT, value);
    return (height > TEXT ? height : TEXT) + 3;
}

void paper_row(Paper *paper, const char *const *cells, const double *widths, size_t count,
               bool head)
{
    double x = PAPER_MARGIN, tallest = TEXT;
    paper_need(paper, 30);
    paper_grey(paper, head ? 0.4 : 0.1);
    for (size_t i = 0; i < count; i++) {
        double width = widths[i] * PAPER_INNER;
        double height = draw_wrapped(paper->cr, x, paper->y, width - 4, TEXT, cells[i]);
        tallest = height > tallest ? height : tallest;
        x += width;
    }
    paper->y += tallest + 3;
    rule(paper, paper->y - 1, head ? 0.8 : 0.3);
    paper_grey(paper, 0.1);
}

void paper_bars(Paper *paper, double x, double width, double height, const double *values,
                const double *second, const char *const *captions, size_t count)
{
    double most = 1, step = width / (double)count, base = paper->y + height - 14;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, values[i]);
    for (size_t i = 0; i < count; i++) {
        double tall = (height - 30) * values[i] / most, left = x + step * (double)i;
        char text[32];
        cairo_set_source_rgb(paper->cr, 0.62, 0.70, 0.78);
        cairo_rectangle(paper->cr, left + step * 0.15, base - tall, step * 0.7, tall);
        cairo_fill(paper->cr);
        if (second) {
            double part = (height - 30) * second[i] / most;
            cairo_set_source_rgb(paper->cr, 0.20, 0.32, 0.45);
            cairo_rectangle(paper->cr, left + step * 0.15, base - part, step * 0.7, part);
            cairo_fill(paper->cr);
        }
        paper_grey(paper, 0.25);
        snprintf(text, sizeof text, "%.0f", values[i]);
        if (values[i] > 0)
            draw_text(paper->cr, left + step * 0.15, base - tall - 11, 7, text);
        draw_wrapped(paper->cr, left + step * 0.1, base + 2, step * 0.95, 7, captions[i]);
    }
    paper_grey(paper, 0.1);
}
