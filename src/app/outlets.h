// The outlets of a running site: every one has its outbox and a thread of its own (app/sender.h). A
// receiver that is down, slow or wrong holds up neither the sealing nor another outlet.
//
//     outlets_start               packs sealed since the last run are queued
//     outlets_sealed ...          after every sealed pack
//     outlets_health ...          about once a second
//     outlets_stop                what waits is sent by the next run
#ifndef HEIYAN_APP_OUTLETS_H
#define HEIYAN_APP_OUTLETS_H

#include "app/sender.h"
#include "app/settings.h"
#include "app/stream.h"

typedef struct Outlets Outlets;

// settings: borrowed until outlets_stop. Call after sealer_open, before anything is sealed. *out is
// NULL when the settings name no outlet; all functions below take that.
Status outlets_start(Outlets **out, const Settings *settings, const char *evidence, Error *error);
// Ends within a moment; a receiver that hangs is left hanging.
void outlets_stop(Outlets **outlets);

// A pack of the camera was sealed. For one thread.
void outlets_sealed(Outlets *outlets, const char *camera);
// Finds what changed of the cameras' health and queues it. For one thread.
void outlets_health(Outlets *outlets, const StreamFacts *cameras, size_t count);

// The caller frees; NULL when there are none, or out of memory.
OutletFacts *outlets_facts(Outlets *outlets, size_t *count);

#endif
