// Where the sun stands: low behind the camera or in front of it, shadows and glare follow.
//
// Low-precision formulas of the Astronomical Almanac (error below 0.02 degrees from 1950 to 2050),
// without refraction.
#ifndef HEIYAN_ROAD_SUN_H
#define HEIYAN_ROAD_SUN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Sun {
    double azimuth;   // degrees, clockwise from north, 0..360
    double elevation; // degrees above the horizon, negative below
} Sun;

// latitude north and longitude east in degrees; NaN in either gives NaN.
Sun sun_at(int64_t time_us, double latitude, double longitude);

// Whether it shines towards a camera that looks that way (degrees, clockwise from north). False
// where one of them is NaN.
bool sun_in_front(Sun sun, double heading);

#endif
