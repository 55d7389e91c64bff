// What a front or plate camera saw between two moments: which vehicles passed and, if it was one,
// its picture and its plate.
#ifndef HEIYAN_APP_SEEING_H
#define HEIYAN_APP_SEEING_H

#include "app/stream.h"
#include "plate/plate.h"

#include <stdatomic.h>

#define SEEN_TIMES 16
#define SEEING_TAIL_US INT64_C(1000000) // wanted after the window: is a vehicle still coming?

typedef struct Seen {
    size_t candidates;            // vehicles that passed, were largest, in between
    int64_t times_us[SEEN_TIMES]; // when each was largest; of the first ones
    size_t pictures;              // decoded of that time
    bool gaps;                    // they do not cover it: there may have been others
    Picture *panorama;            // of the one candidate, NULL otherwise; owned
    bool has_plate;
    Plate plate;
    Picture *plate_picture; // owned
} Seen;

void seen_free(Seen *seen); // NULL content is fine

// from_us, to_us and the times found are on the packets' timeline plus recent->shift_us. Uses up
// recent->passers. STATUS_CANCELLED when *stop turns true.
Status seeing_run(StreamRecent *recent, const PlateModels *plates, int64_t from_us, int64_t to_us,
                  const atomic_bool *stop, Seen *out, Error *error);

#endif
