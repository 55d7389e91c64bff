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

// The next head, noted in DIR/.heiyan/sealing.json before a pack is put in place, until the head is
// saved: what a crash leaves half done.
typedef struct ChainIntent {
    char camera[128], place[256]; // place: the pack's folder below DIR
    ChainHead head;
} ChainIntent;

// STATUS_END: nothing is half done.
Status chain_intent_load(const char *evidence_folder, ChainIntent *out, Error *error);
Status chain_intent_save(const char *evidence_folder, const ChainIntent *intent, Error *error);
Status chain_intent_remove(const char *evidence_folder, Error *error);

#endif
