// What is said to a receiver: notes as they wait in an outbox, and messages made of them at the
// moment they are sent, so that a template changed meanwhile counts for what waits too.
//
// A note of a capture names its pack; the facts stay where they were sealed. A note of a health
// change holds its facts.
#ifndef HEIYAN_OUTLET_MESSAGE_H
#define HEIYAN_OUTLET_MESSAGE_H

#include "evidence/record.h"
#include "outlet/outlet.h"

#include <jansson.h>

typedef struct HealthChange {
    const char *camera;     // id
    const RecordSite *site; // borrowed, as all of this
    const char *state, *reason;
    int64_t time_us; // since when
} HealthChange;

// Notes; NULL: out of memory. The caller decrefs. place: "2026-11-23/ID"; seal: SHA-256 of the
// pack's SHA256SUMS.
json_t *note_capture(const json_t *record, const char *place, const char *seal);
json_t *note_health(const HealthChange *change);
// The pack a note is about, by its seal; NULL for others.
const char *note_seal(const json_t *note);
const char *note_id(const json_t *note); // "?" in one that is damaged

// evidence: the folder. STATUS_FORMAT: the note is damaged; STATUS_MISSING: its pack is gone.
Status message_make(OutletMessage *out, const json_t *note, const char *evidence,
                    const OutletOptions *options, Error *error);
void message_free(OutletMessage *message);

#endif
