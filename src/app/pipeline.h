// One unit of work: a file from its first packet to staged packs.
//
// The result depends on the file, its neighbours that join it and the settings alone, never on
// other work going on.
#ifndef HEIYAN_APP_PIPELINE_H
#define HEIYAN_APP_PIPELINE_H

#include "app/footage.h"
#include "app/watch.h"

#include <stdatomic.h>

typedef struct UnitResult {
    Staged *events;
    size_t event_count;
    uint64_t pictures, damaged; // decoded, and damaged among them
    bool truncated;
    bool undrawn; // the debug video could not be made as asked; said in the log
} UnitResult;

typedef struct UnitProgress { // read by the progress bar while the unit runs
    atomic_llong media_us;
    atomic_ullong pictures;
    atomic_bool *cancelled;
} UnitProgress;

// name: what staged folders in staging begin with. debug_folder: where a debug video is to be left,
// NULL: none is. On failure nothing staged is left;
// STATUS_CANCELLED when told to stop.
Status unit_run(const Footage *footage, const Settings *settings, const char *staging,
                const char *name, const char *debug_folder, UnitProgress *progress, UnitResult *out,
                Error *error);
void unit_result_free(UnitResult *result);

#endif
