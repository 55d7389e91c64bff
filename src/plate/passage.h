// The plate of one vehicle over several pictures of its passage.
#ifndef HEIYAN_PLATE_PASSAGE_H
#define HEIYAN_PLATE_PASSAGE_H

#include "plate/models.h"
#include "plate/plate.h"

#include <stddef.h>

typedef struct PlateView {
    const Picture *picture; // NULL: there is none, the view is passed over
    Box where;              // the vehicle in it, or the part that may bear its plate; as wide as it
} PlateView;

#define PLATE_VIEWS 8

// Looks at up to PLATE_VIEWS. The reading of *out is that of all views, its place (box, corners,
// colour) that of the view where it shows best, *shown. False: no plate was found, or the log says
// why none can be: a reader that fails costs the reading, not the event.
bool plate_of_passage(const PlateModels *models, const PlateView *views, size_t count, Plate *out,
                      size_t *shown);

#endif
