// The outlets of a running site: every one has its outbox and a thread of its own (app/sender.h). A
// receiver that is down, slow or wrong holds up neither the sealing nor another outlet.
//
//     outlets_create
//     outlets_open         the evidence folder is there: packs sealed meanwhile are queued
//     outlets_sealed ...   after every sealed pack
//     outlets_health ...   about once a second
//     outlets_apply        the settings were read again
//     outlets_stop         what waits is sent by the next run
#ifndef HEIYAN_APP_OUTLETS_H
#define HEIYAN_APP_OUTLETS_H

#include "app/sender.h"
#include "app/settings.h"
#include "app/stream.h"

typedef struct Outlets Outlets;

// Takes over the settings, also on failure.
Status outlets_create(Outlets **out, Settings *settings, Error *error);
// Call after sealer_open, before anything is sealed, once. On failure those that could be opened
// work.
Status outlets_open(Outlets *outlets, const char *evidence, Error *error);
// Ends within a moment; a receiver that hangs is left hanging.
void outlets_stop(Outlets **outlets);

// Other settings, taken over. Outlets that stand in them unchanged go on; the others end, and their
// messages wait for an outlet of the same name. One that cannot be opened is told of in the log.
// From the thread of outlets_health; may take as long as a receiver that hangs.
void outlets_apply(Outlets *outlets, Settings *settings);

// A pack of the camera was sealed. For one thread.
void outlets_sealed(Outlets *outlets, const char *camera);
// Finds what changed of the cameras' health and queues it. For one thread.
void outlets_health(Outlets *outlets, const StreamFacts *cameras, size_t count);

// The caller frees; NULL when there are none, or out of memory.
OutletFacts *outlets_facts(Outlets *outlets, size_t *count);

#endif
