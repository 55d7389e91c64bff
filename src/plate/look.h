// Private to plate/: what the reader's network says of one place.
#ifndef HEIYAN_PLATE_LOOK_H
#define HEIYAN_PLATE_LOOK_H

#include "plate/decode.h"
#include "plate/read.h"

// Of the place as one row of characters.
Status plate_look(PlateReader *reader, const Picture *picture, const Plate *place, DecodeLook *out,
                  Error *error);

#endif
