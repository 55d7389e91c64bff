#include "road/sun.h"

#include <math.h>

#define FRONT 45 // degrees to either side
#define HIGH 40  // degrees: above it the sun is out of any road camera's way

#define DEGREE 0.017453292519943295
#define J2000_US INT64_C(946728000000000) // 2000-01-01 12:00 UTC since the Unix epoch

static double wrapped(double degrees)
{
    degrees = fmod(degrees, 360);
    return degrees < 0 ? degrees + 360 : degrees;
}

Sun sun_at(int64_t time_us, double latitude, double longitude)
{
    double days = (double)(time_us - J2000_US) / 86400e6;
    double mean = wrapped(280.460 + 0.9856474 * days);
    double anomaly = wrapped(357.528 + 0.9856003 * days) * DEGREE;
    double ecliptic = (mean + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) * DEGREE;
    double tilt = (23.439 - 4e-7 * days) * DEGREE;
    double right_ascension = atan2(cos(tilt) * sin(ecliptic), cos(ecliptic)) / DEGREE;
    double declination = asin(sin(tilt) * sin(ecliptic));
    double sidereal = 280.46062 + 360.98564737 * days;
    double hour = (wrapped(sidereal + longitude - right_ascension + 180) - 180) * DEGREE;
    double up = latitude * DEGREE;
    double elevation = asin(sin(up) * sin(declination) + cos(up) * cos(declination) * cos(hour));
    double azimuth = atan2(-cos(declination) * sin(hour),
                           sin(declination) * cos(up) - cos(declination) * sin(up) * cos(hour));
    return (Sun){wrapped(azimuth / DEGREE), elevation / DEGREE};
}

bool sun_in_front(Sun sun, double heading)
{
    double off = fabs(remainder(sun.azimuth - heading, 360));
    return off < FRONT && sun.elevation > 0 && sun.elevation < HIGH;
}
