#include "road/quantile.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double quantile(float *values, size_t count, double q)
{
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, by_value);
    double at = q * (double)(count - 1);
    size_t low = (size_t)at;
    double high = low + 1 < count ? values[low + 1] : values[low];
    return values[low] + (at - (double)low) * (high - values[low]);
}
