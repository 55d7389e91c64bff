// How many per second, over the last ten seconds. Not thread-safe.
#ifndef HEIYAN_APP_RATE_H
#define HEIYAN_APP_RATE_H

#include <stdint.h>

#define RATE_SECONDS 10

typedef struct Rate { // zero-initialise
    uint32_t counts[RATE_SECONDS + 1];
    int64_t second, first_second; // monotonic, of the newest count and of the first
} Rate;

void rate_add(Rate *rate, int64_t now_us, uint32_t count);
double rate_per_second(Rate *rate, int64_t now_us); // of full seconds

#endif
