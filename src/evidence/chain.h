// Heads of the cameras' chains: DIR/chain/CAMERA.json says how many packs were sealed and which was
// the last, signed.
#ifndef HEIYAN_EVIDENCE_CHAIN_H
#define HEIYAN_EVIDENCE_CHAIN_H

#include "base/files.h"
#include "evidence/minisign.h"

#include <stdint.h>

typedef struct ChainHead {
    int64_t count;              // packs sealed for this camera
    char last[SHA256_HEX_SIZE]; // SHA-256 of the last one's SHA256SUMS
} ChainHead;

// STATUS_END when the camera has no head yet. key NULL: the signature is not checked.
Status chain_load(const char *evidence_folder, const char *camera, const PublicKey *key,
                  ChainHead *out, Error *error);
Status chain_save(const char *evidence_folder, const char *camera, const ChainHead *head,
                  const SecretKey *key, Error *error);

#endif
