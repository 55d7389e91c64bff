// The one who seals: staged events of all cameras come here and are sealed, one after the other in
// the order they come, by a thread of its own. It also keeps the evidence folder within its limits.
//
// A staged pack that arrived outlives a crash: the next start seals it, and finishes the events
// that were open (app/recovery.h). A disk that takes no pack is tried again and again; nothing is
// thrown away for it. While the folder is not the one it was nothing is written at all
// (app/identity.h), at the start too; it is taken up again when it is back.
#ifndef HEIYAN_APP_SEALING_H
#define HEIYAN_APP_SEALING_H

#include "app/identity.h"
#include "app/watch.h"
#include "evidence/retention.h"

typedef struct Sealing Sealing;

typedef struct SealingOptions { // borrowed until sealing_close
    const Settings *settings;   // until sealing_open returns
    const PlateModels *plates;  // of what a kill left open
    Identity *identity;         // with its folder; taken here
    bool json;                  // print each record on standard output
    // Called once, as soon as the folder is open and before anything is sealed: by sealing_start,
    // which hands on its failure, or in the sealing thread where the folder came later, which logs
    // it.
    Status (*opened)(void *context, Error *error);
    // Called in the sealing thread after every pack.
    void (*told)(void *context, const char *camera);
    void *context;
} SealingOptions;

// Opens and locks the folder as sealer_open does; nothing is sealed yet.
Status sealing_open(Sealing **out, const SealingOptions *options, Error *error);
// Begins to seal.
Status sealing_start(Sealing *sealing, Error *error);

typedef struct SealingCounts {
    size_t events, failures; // packs sealed, and events lost, since start
    size_t waiting;          // left for the next start; of sealing_close alone
    bool fails_now;          // the disk takes no pack at this moment
    char reason[512];        // why
} SealingCounts;

// Seals what has come, as far as the disk takes it, and ends.
SealingCounts sealing_close(Sealing **sealing);

const char *sealing_staging(const Sealing *sealing);  // folder to stage in
const char *sealing_journals(const Sealing *sealing); // as WatchOptions.journals
// Moves *staged to where it outlives a crash, without queueing it: sealing_deliver must follow. On
// failure it is freed. Any thread.
Status sealing_keep(Sealing *sealing, Staged *staged, Error *error);
// Takes over *staged, on failure too; returns at once. context: the Sealing. Any thread.
Status sealing_deliver(void *context, Staged *staged, Error *error);
// From settings that were read again. Any thread, as the next one.
void sealing_set_limits(Sealing *sealing, const Settings *settings);
RetentionLimits sealing_limits(Sealing *sealing);
SealingCounts sealing_counts(Sealing *sealing);

#endif
