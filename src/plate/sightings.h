// Private to plate/: places that a finder's network takes for plates in one sight, whatever the
// layout of what it gives.
#ifndef HEIYAN_PLATE_SIGHTINGS_H
#define HEIYAN_PLATE_SIGHTINGS_H

#include "plate/models.h"
#include "plate/sight.h"

#define SIGHTING_COLOURS 5 // blue, yellow, green, white, black
#define SIGHTINGS 64

typedef struct Sighting {
    double likely, corners[4][2];   // in pixels of the picture, clockwise from the top left
    float rows;                     // above 1: two; below -1: one
    float colour[SIGHTING_COLOURS]; // logits; all equal: not known
} Sighting;

typedef struct Sightings { // surest first
    Sighting list[SIGHTINGS];
    size_t count;
} Sightings;

double sighting_width(const double corners[4][2]);
void sighting_middle(const double corners[4][2], double middle[2]);
// How far the corners of two are apart, at most, in widths of the first.
double sighting_apart(const double a[4][2], const double b[4][2]);
bool sighting_same(const double a[4][2], const double b[4][2]);

// Adds it, unless a surer one is the same plate; less sure ones that are go.
void sightings_add(Sightings *to, const Sighting *new);

// What the network says of a sight. False: so many values cannot be of the model's layout.
bool sightings_take(const PlateFinderModel *model, const float *values, size_t count, Sight sight,
                    Sightings *out);

#endif
