// The one sealer: gives staged packs their id, composite, chain link, checksums and signature, and
// puts them in place by one rename. Holds the lock on the evidence folder while open. Not for use
// by two threads at once.
//
// Order of writing, and what a crash can cost: (1) every file of the staged folder is brought to
// the disk, (2) the intent is noted in DIR/.heiyan/sealing.json, (3) the folder is renamed into
// place, (4) the signed head of the camera's chain is replaced, (5) the intent is removed. A crash
// before 3 leaves no pack; one between 3 and 5 is finished by the next sealer_open.
#ifndef HEIYAN_EVIDENCE_SEAL_H
#define HEIYAN_EVIDENCE_SEAL_H

#include "base/error.h"
#include "base/files.h"
#include "evidence/minisign.h"

#include <stdbool.h>

typedef struct Sealer Sealer;

// Makes the folder if needed, locks it (STATUS_IO with a clear sentence if another process holds
// it), makes or loads the installation's key, copies the public key to DIR/heiyan.pub, and finishes
// what a crash left behind.
Status sealer_open(Sealer **out, const char *evidence_folder, Error *error);
void sealer_close(Sealer **sealer);

// Where to stage packs: DIR/.heiyan/staging. Emptied by sealer_open.
const char *sealer_staging(const Sealer *sealer);
// Where staged packs may wait for their seal: DIR/.heiyan/ready. Kept by sealer_open: after a crash
// they can still be sealed.
const char *sealer_ready(const Sealer *sealer);

// The installation's key, for other signed lines of the folder.
const SecretKey *sealer_key(const Sealer *sealer);

typedef struct Sealed {
    char id[200];
    char folder[PATH_SIZE];
    bool existed; // a pack of the same event (camera, peak, vehicle box, footage) was there
                  // already; nothing was written
} Sealed;

// Seals one staged pack; the staged folder is gone afterwards, unless the disk did not take the
// pack (STATUS_FULL, STATUS_IO): then it may be sealed later. ordinal: 1, or the rank from left to
// right among packs of the same camera and millisecond. Call in (end, start, id) order.
Status sealer_seal(Sealer *sealer, const char *staged_folder, int ordinal, Sealed *out,
                   Error *error);

#endif
