// One outlet at work: its outbox, and the thread that sends what waits there, in order, until the
// receiver has it. After a failure it pauses 1, 2, 4 ... 60 s, each a quarter more or less.
#ifndef HEIYAN_APP_SENDER_H
#define HEIYAN_APP_SENDER_H

#include "outlet/outlet.h"

#include <jansson.h>
#include <stdint.h>

typedef struct Sender Sender;

typedef struct OutletFacts {
    char name[64], kind[16];
    const char *state;           // "ready" "sending" "retrying" "refused" "misconfigured"
    char reason[512];            // empty when all is well; never holds a secret
    size_t waiting;              // messages in the outbox
    uint64_t sent, failed, lost; // since start; failed: tries; lost: given up, or never queued
} OutletFacts;

// Opens the outbox below the evidence folder. options: borrowed. Call while nothing is sealed.
Status sender_open(Sender **out, const OutletOptions *options, const char *evidence, Error *error);
Status sender_start(Sender *sender, Error *error);
void sender_stop(Sender *sender); // asks it to end; returns at once
// Waits for its end and frees it. False: it hangs where nothing can end it, and was left there.
bool sender_close(Sender **sender);

// Queues packs sealed since the last time, of one camera or of all (NULL). One thread at a time.
Status sender_feed(Sender *sender, const char *camera, Error *error);
// Queues a note of outlet/message.h. On failure it is lost, and counted.
Status sender_queue(Sender *sender, const json_t *note, Error *error);

void sender_facts(Sender *sender, OutletFacts *out); // any thread

#endif
