// Which footage has been analysed already: DIR/.heiyan/footage/FINGERPRINT-CAMERA.json, written
// once all its packs are sealed.
#ifndef HEIYAN_APP_DONE_H
#define HEIYAN_APP_DONE_H

#include "app/footage.h"
#include "app/pipeline.h"

typedef enum DoneState {
    DONE_NOT,     // to be analysed
    DONE_SAME,    // analysed by this version with these settings
    DONE_CHANGED, // analysed by another version or with other settings
} DoneState;

// Footage is known by its bytes; by its camera too where the user or the settings name one.
DoneState done_state(const char *evidence_folder, const Footage *footage,
                     const char *settings_hash);
// ids: of the sealed packs, one per event of the result.
Status done_mark(const char *evidence_folder, const Footage *footage, const char *settings_hash,
                 const UnitResult *result, char (*ids)[200], Error *error);
// The ways of the vehicles of packs sealed from footage analysed earlier, one after another. The
// caller frees; *count 0 when there are none.
Status done_points(const char *evidence_folder, const Footage *footage, TrackPoint **points,
                   size_t *count, Error *error);

#endif
