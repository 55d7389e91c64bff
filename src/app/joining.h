// The cameras of a set: an event of a rear camera waits here until its front and plate cameras have
// seen what came after it, is joined by what they saw, and goes on to the sealer.
//
// It waits in the sealer's folder, where it outlives a crash (it is then sealed as it is), until
// the cameras' windows are over and two seconds longer; then it goes on with what there is. A
// thread of its own; events without companions pass straight through.
#ifndef HEIYAN_APP_JOINING_H
#define HEIYAN_APP_JOINING_H

#include "app/roster.h"
#include "app/sealing.h"

typedef struct Joining Joining;

// sealing and plates are borrowed until joining_close.
Status joining_create(Joining **out, Sealing *sealing, const PlateModels *plates, Error *error);
// Where the companions are found: before the first event comes. The roster must outlive the call of
// joining_hurry.
Status joining_start(Joining *joining, Roster *roster, Error *error);

// Takes over *staged, on failure too; returns at once. context: the Joining. Any thread.
Status joining_deliver(void *context, Staged *staged, Error *error);

// The cameras end: from now on events go on without being looked after, and say so. When it
// returns, the roster is not touched any more.
void joining_hurry(Joining *joining);
// Hands on what waits, and ends.
void joining_close(Joining **joining);

#endif
