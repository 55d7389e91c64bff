// Order statistics of a handful of floats.
#ifndef HEIYAN_ROAD_QUANTILE_H
#define HEIYAN_ROAD_QUANTILE_H

#include <stddef.h>

// Quantile q of values, between neighbours by their distance; sorts them. NaN when there are none.
double quantile(float *values, size_t count, double q);

#endif
