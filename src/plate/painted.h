// Private to plate/: the number of a lorry painted large on its tail. It is no plate, and a second
// witness of the plate below it.
#ifndef HEIYAN_PLATE_PAINTED_H
#define HEIYAN_PLATE_PAINTED_H

#include "plate/read.h"

// Is what was taken for a plate the painted number of the vehicle that bears the other one?
bool painted_above(const Plate *large, const Plate *plate);

#endif
