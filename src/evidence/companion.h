// Joins what the front and plate cameras of a set saw to a staged pack of its rear camera.
//
// A vehicle joins only when it is the one candidate there is, and its plate does not contradict the
// rear's; whatever happens is said in the record's `companions`.
#ifndef HEIYAN_EVIDENCE_COMPANION_H
#define HEIYAN_EVIDENCE_COMPANION_H

#include "base/error.h"
#include "picture/picture.h"
#include "plate/plate.h"

#include <jansson.h>

typedef struct CompanionSeen { // by one camera; everything borrowed
    const char *camera, *role;
    const char *reason;      // static: why nothing was looked at, NULL = it was
    int64_t from_us, to_us;  // the window, by that camera's clock; INT64_MIN: unknown
    const int64_t *times_us; // when each candidate was largest in the picture
    size_t candidates;
    Picture *panorama;      // of the one candidate; NULL = none
    const Plate *plate;     // in pixels of that camera; NULL = none found
    Picture *plate_picture; // the frame it was found in
} CompanionSeen;

// Adds pictures and the record's members to a staged folder, before it is sealed. Its record stays
// whole at every moment; on failure it says what it said before. Returns in *joined how many
// cameras' pictures joined.
Status companion_add(const char *folder, const CompanionSeen *seen, size_t count, size_t *joined,
                     Error *error);

#endif
