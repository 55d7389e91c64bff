// A picture reduced for analysis: mean light on a coarse grid as a logarithm, chroma at half that
// grid.
//
// A cell is a whole number of pixels wide and high, so many that the grid is about 480 cells wide;
// between 481 and 719 pixels, where it would be one, it is the part of a pixel that makes it 480.
// The encoded luma is averaged over factor x factor pixels and then looked up: for a power-law
// transfer the mean of encoded values scales exactly with transmittance, so nothing is lost against
// averaging in linear light.
#ifndef HEIYAN_ROAD_VIEW_H
#define HEIYAN_ROAD_VIEW_H

#include "picture/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIGHT_UNIT 2048     // one natural logarithm
#define VIEW_WIDTH 480      // the grid is about this wide
#define GRID_MAX_WIDTH 1024 // and never wider: of pictures of 16 K
// below this linear light the sensor's black level and noise are all there is
#define VIEW_DARKEST 0.002

typedef struct Grid { // how a picture size maps to cells
    int picture_width, picture_height;
    double factor;     // picture pixels per cell, both ways; at least 1
    int width, height; // cells
    int chroma_width, chroma_height;
    double scale; // width / VIEW_WIDTH: lengths tuned at that width are multiplied by it
} Grid;

Grid grid_for(int picture_width, int picture_height);
// A box of cells in pixels of the picture, clipped to it; and back.
Box grid_pixels(const Grid *grid, Box cells);
Box grid_cells(const Grid *grid, Box pixels);
// Cells along the picture's rim where vehicles end that it cuts: their outlines are closed by as
// many, and nothing lies beyond it.
int grid_rim(const Grid *grid);
// Whether a box, in pixels, is clear of the rim.
bool grid_whole(const Grid *grid, Box pixels);

typedef struct View {
    int64_t time_us;
    int16_t *light; // width*height, LIGHT_UNIT * ln(linear light, 1 = white)
    uint8_t *u, *v; // chroma_width*chroma_height
} View;

bool view_create(View *view, const Grid *grid); // false when out of memory
void view_destroy(View *view);
void view_fill(View *view, const Grid *grid, const Picture *picture);
// Light becomes the mean of the nine cells around; the rim repeats its outermost cells.
void view_smooth(View *view, const Grid *grid);

// LIGHT_UNIT * ln(linear light) of an encoded luma in 1/16 levels (0..4095), BT.709 transfer.
int16_t light_of(int luma16, ColorRange range);
// How far light moves per level of luma there: what one level of noise means.
double light_per_level(int16_t light, ColorRange range);

#endif
