// Private to plate/: the number of a lorry painted large on its tail. It is no plate, and a second
// witness of the plate below it.
#ifndef HEIYAN_PLATE_PAINTED_H
#define HEIYAN_PLATE_PAINTED_H

#include "plate/read.h"

// Does what was taken for a plate stand, and is it as large, as the painted number of the vehicle
// that bears the other one?
bool painted_above(const Plate *large, const Plate *plate);
// Are their texts the same but for two characters?
bool painted_alike(const Plate *a, const Plate *b);

#endif
