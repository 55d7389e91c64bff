// What waits to be sent to one outlet: a folder with one small file per message, in order.
//
// A message is on the disk before anybody can take it, and stays there until it is done: it
// survives a kill, a restart, and weeks without network. Bounded by age and bytes; what goes over
// is given up, the oldest first, and counted. Safe for several threads.
//
// Order of writing: (1) the message's file, whole, (2) what the writer notes elsewhere, (3)
// outbox_release: from here on it can be taken. A crash between 1 and 3 leaves a message that
// outbox_open finds.
#ifndef HEIYAN_OUTLET_OUTBOX_H
#define HEIYAN_OUTLET_OUTBOX_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Outbox Outbox;

typedef struct OutboxLimits {
    int days;
    double mib; // a message counts as the 4 KiB it takes on the disk, or more
} OutboxLimits;

// Makes the folder if needed.
Status outbox_open(Outbox **out, const char *folder, const OutboxLimits *limits, Error *error);
void outbox_close(Outbox **outbox);
const char *outbox_folder(const Outbox *outbox);

// Writes a message to the disk; *number is its place in the order.
Status outbox_write(Outbox *outbox, const json_t *message, uint64_t *number, Error *error);
void outbox_release(Outbox *outbox, uint64_t number);

// The oldest one; the caller decrefs. STATUS_END: nothing waits. STATUS_FORMAT: its file is
// damaged; *number tells which.
Status outbox_first(Outbox *outbox, uint64_t *number, json_t **message, Error *error);
// It was delivered.
void outbox_done(Outbox *outbox, uint64_t number);
// It can never be delivered: it goes to refused/ in the folder, where a person may look at it.
void outbox_refuse(Outbox *outbox, uint64_t number);
// Gives up what goes over the limits; returns how many.
size_t outbox_trim(Outbox *outbox);

size_t outbox_count(Outbox *outbox);
// Every message that waits, oldest first; damaged ones are passed over. False from visit ends it.
void outbox_each(Outbox *outbox, bool (*visit)(void *context, const json_t *message),
                 void *context);

#endif
