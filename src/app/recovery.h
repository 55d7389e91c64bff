// Finishes the events that were open when the program was killed, from their journals.
#ifndef HEIYAN_APP_RECOVERY_H
#define HEIYAN_APP_RECOVERY_H

#include "app/watch.h"

typedef struct RecoveryOptions { // borrowed
    const char *journals;        // what the paths of this run's begin with: those beside them
    const char *staging;         // folder to stage in
    // Takes over *staged, on failure too.
    Status (*deliver)(void *context, Staged *staged, Error *error);
    void *context;
    const PlateModels *plates;
} RecoveryOptions;

// Stages and delivers each, and removes its journal. What cannot be finished is said in the log;
// where the disk is to blame, the journal stays for the next start.
void recovery_run(const RecoveryOptions *options);

#endif
