// Which packs one outlet has been given: nothing sealed is passed over, nothing is queued twice.
//
// queued.json in the outbox's folder holds, for each camera, the last pack that was queued, by its
// place in the camera's chain. Whatever was sealed after it, while the program ran, was killed
// before it could tell, or ran without this outlet, is found by walking the chain back from its
// head. An outlet that is new to an evidence folder begins with the next pack. Packs of recorded
// footage (`scan`) are passed over.
#ifndef HEIYAN_OUTLET_HANDOFF_H
#define HEIYAN_OUTLET_HANDOFF_H

#include "outlet/outbox.h"

typedef struct Handoff Handoff;

// Borrows the outbox. Call while no pack is being sealed.
Status handoff_open(Handoff **out, const char *evidence, Outbox *outbox, Error *error);
void handoff_close(Handoff **handoff);

// Queues what was sealed for a camera since the last time; *count: how many. One thread at a time.
// On failure, what could not be queued is found the next time.
Status handoff_camera(Handoff *handoff, const char *camera, size_t *count, Error *error);
// The same for every camera of the evidence folder.
Status handoff_all(Handoff *handoff, size_t *count, Error *error);

#endif
