// Finds plates: a network (models/plate-finder.md) looks at parts of the picture, and closer at
// what it takes for a plate.
#ifndef HEIYAN_PLATE_FIND_H
#define HEIYAN_PLATE_FIND_H

#include "base/error.h"
#include "plate/models.h"
#include "plate/plate.h"

#define PLATE_CANDIDATES 12

typedef struct PlateFinder PlateFinder; // used by one thread at a time

// model: borrowed as long as the finder is; NULL: the network built into the program.
// STATUS_FORMAT: it is no network. On failure *out is NULL.
Status plate_finder_create(PlateFinder **out, const PlateFinderModel *model, Error *error);
void plate_finder_destroy(PlateFinder **finder);
// Runs it once in each of its sizes. STATUS_FORMAT, STATUS_ARGUMENT: it is not as the model says.
Status plate_finder_try(PlateFinder *finder, Error *error);

// The plates whose middle lies in a part of the picture (full-resolution pixels), likeliest first,
// into out[room], at most PLATE_CANDIDATES: box, corners, colour, rows, sharpness, likeness. They
// do not overlap. smallest: width in pixels of the smallest plate that is looked for; the smaller
// beside the part's width, the longer it takes.
Status plate_locate(PlateFinder *finder, const Picture *picture, Box where, double smallest,
                    Plate *out, size_t room, size_t *count, Error *error);

#endif
