// The empty road: light and chroma of every cell without traffic, learned from a few views and kept
// up to date on calm ground only; and how the camera's exposure and tone curve differ from it at
// this moment.
#ifndef HEIYAN_ROAD_BACKGROUND_H
#define HEIYAN_ROAD_BACKGROUND_H

#include "road/view.h"

typedef struct Background {
    int16_t *light; // the empty road, as View.light, without the veil
    uint8_t *u, *v; // as View.u, v
    int16_t *limit; // per cell: gradient of depth above which an edge is an object's, not noise or
                    // swaying leaves
    uint8_t *chroma_limit; // the same for |dU|+|dV|, at the chroma grid
    int16_t *candidate;    // light that may replace the road's when it stays
    uint8_t *steady;       // how long the candidate has stayed, in visits
    ColorRange range;
    double veil; // light that haze or a dirty lens adds everywhere: linear, 1 = white (veil.h)
    double haze; // its share of the road's light, median
} Background;

typedef struct Tone {    // light = background + gain + slope*background, apart from what is on the
                         // road
    int16_t gain, slope; // as in Kernels.depth: gain in LIGHT_UNIT, slope in 1/32768
} Tone;

#define BACKGROUND_MAX_VIEWS 31

bool background_create(Background *road, const Grid *grid); // false when out of memory
void background_destroy(Background *road);

// The most frequent light of each cell over the views (half-sample mode, Bickel 2002), exposures
// aligned first. count 1..BACKGROUND_MAX_VIEWS, in time order. Where standing is 1 (per cell; NULL:
// nowhere) something may stand for most of them: there it is the light that comes back.
void background_learn(Background *road, const Grid *grid, const View *views, int count,
                      ColorRange range, const uint8_t *standing);

// How far light of the road moves per level of luma, as light_per_level says, the veil off.
double background_per_level(const Background *road, int16_t light);

// How much a cell differs from the two beside it where the road does not, natural logarithms: the
// median over views and cells. Texture, exposure and clouds are no part of it.
double background_noise(const Background *road, const Grid *grid, const View *views, int count);

// What busy holds per cell: vehicles are near, or the road there must stay as it was learned.
#define BACKGROUND_BUSY 1
#define BACKGROUND_HELD 2

// Exposure of a view against the road, from the mode of their difference; cells that are
// BACKGROUND_BUSY are left out. busy may be NULL.
Tone background_tone(const Background *road, const Grid *grid, const View *view,
                     const uint8_t *busy);

// Follows slow change on calm ground, and takes over what has stayed for a minute (a parked car, a
// new line). depth: rows of depth_stride. turn: counts views; each visits every fourth row.
void background_update(Background *road, const Grid *grid, const int16_t *depth, int depth_stride,
                       const View *view, const uint8_t *busy, unsigned turn, double fps);

#endif
