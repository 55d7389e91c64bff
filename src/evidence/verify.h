// Checks every hash, signature and chain link of an evidence folder.
#ifndef HEIYAN_EVIDENCE_VERIFY_H
#define HEIYAN_EVIDENCE_VERIFY_H

#include "evidence/minisign.h"

#include <stddef.h>

typedef struct VerifyReport {
    size_t packs, retired, damaged; // damaged: packs with at least one problem
    size_t expired;                 // packs that retention removed whole, and announced
    size_t problems;
    const char *trust; // "the key given" | "this installation's key" | "the folder's own key"
} VerifyReport;

// public_key: path of a minisign key, or NULL. finding is called for each problem with the pack or
// file it concerns and a sentence. STATUS_OK also when problems were found (they are counted); an
// error only when folder cannot be read at all.
Status verify_folder(const char *folder, const char *public_key,
                     void (*finding)(void *context, const char *where, const char *sentence),
                     void *context, VerifyReport *report, Error *error);

// What was sealed of one pack, place = "2026-11-23/ID": its signature by the key, its record and
// every file, and that missing media were retired. Returns the number of problems. Verdicts and
// chains need the whole folder.
size_t verify_pack(const char *folder, const char *place, const PublicKey *key,
                   void (*finding)(void *context, const char *where, const char *sentence),
                   void *context);

#endif
