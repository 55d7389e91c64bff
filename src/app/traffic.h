// Whether a road is empty at an hour at which it never is: a camera that sees nothing, or a closed
// road. From the passages that DIR/health/ holds of the last seven days.
//
// Plain functions.
#ifndef HEIYAN_APP_TRAFFIC_H
#define HEIYAN_APP_TRAFFIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TRAFFIC_STILL_US (INT64_C(1800) * 1000000) // without a vehicle, before it is asked for

// {camera: {"2026-11-26T08": [seconds live, passages]}} of the seven days before now_us. The caller
// owns it; NULL when out of memory.
json_t *traffic_history(const char *folder, int64_t now_us);

// No vehicle since since_us, for TRAFFIC_STILL_US or longer, while in the hours of that time there
// were 12 or more on every one of the days that are known, at least three of them.
bool traffic_quiet(const json_t *history, const char *camera, int64_t since_us, int64_t now_us);

#endif
