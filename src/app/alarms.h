// The first pictures of a camera's open events: there while the vehicle may still be in view,
// seconds before its pack is. For those who watch; they are no evidence, and go with the program.
//
// alarms_note, alarms_sweep and alarms_end belong to the thread that finds events, the others to
// any.
#ifndef HEIYAN_APP_ALARMS_H
#define HEIYAN_APP_ALARMS_H

#include "capture/ring.h"
#include "evidence/record.h"
#include "road/event.h"

typedef struct Alarms Alarms;

Status alarms_create(Alarms **out, Error *error);
void alarms_destroy(Alarms **alarms); // NULL content is fine

// An event that is open; event is on the clock and in the pixels of the evidence, the ring's times
// are shift_us behind that clock. Of a new one, which its track tells, the picture of the densest
// smoke so far is made, the vehicle framed and the plume outlined.
void alarms_note(Alarms *alarms, const Event *event, const RecordSite *site, const Ring *ring,
                 int64_t shift_us);
// Drops those that were not noted since the last call: no smoke after all.
void alarms_sweep(Alarms *alarms);
// The event is dealt with: its picture is the last one's until the next ends.
void alarms_end(Alarms *alarms, const Event *event);

// The peak of the newest open event, on the clock of the evidence; 0: none is open.
int64_t alarms_open_us(Alarms *alarms);
// JPEG of the newest open event, else of the last one; the caller frees *data. STATUS_MISSING:
// there is none.
Status alarms_picture(Alarms *alarms, unsigned char **data, size_t *size, Error *error);

#endif
