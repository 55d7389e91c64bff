// The one who seals: staged events of all cameras come here and are sealed, one after the other in
// the order they come, by a thread of its own. It also keeps the evidence folder within its limits.
//
// A staged pack that arrived outlives a crash: the next start seals it. A disk that takes no pack
// is tried again and again; nothing is thrown away for it.
#ifndef HEIYAN_APP_SEALING_H
#define HEIYAN_APP_SEALING_H

#include "app/watch.h"

typedef struct Sealing Sealing;

// Opens and locks the folder as sealer_open does; nothing is sealed yet. json: print each record on
// standard output.
Status sealing_open(Sealing **out, const Settings *settings, const char *folder, bool json,
                    Error *error);

// Begins to seal. told, which may be NULL, is called in the sealing thread after every pack.
Status sealing_start(Sealing *sealing, void (*told)(void *context, const char *camera),
                     void *context, Error *error);

typedef struct SealingCounts {
    size_t events, failures; // packs sealed, and events lost, since start
    size_t waiting;          // left for the next start; of sealing_close alone
    bool fails_now;          // the disk takes no pack at this moment
} SealingCounts;

// Seals what has come, as far as the disk takes it, and ends.
SealingCounts sealing_close(Sealing **sealing);

const char *sealing_staging(const Sealing *sealing); // folder to stage in
// Moves *staged to where it outlives a crash, without queueing it: sealing_deliver must follow. On
// failure it is freed. Any thread.
Status sealing_keep(Sealing *sealing, Staged *staged, Error *error);
// Takes over *staged, on failure too; returns at once. context: the Sealing. Any thread.
Status sealing_deliver(void *context, Staged *staged, Error *error);
// From settings that were read again. Any thread, as the next one.
void sealing_set_limits(Sealing *sealing, const Settings *settings);
SealingCounts sealing_counts(Sealing *sealing);

#endif
