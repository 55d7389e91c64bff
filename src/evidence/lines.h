// Signed, chained lines: verdicts.jsonl of a pack and deletions.jsonl of an evidence folder.
//
// Each line is a JSON object with "previous" = SHA-256 of the line before (without its newline),
// for the first line a root given by the caller, and "signature" = base64 Ed25519 over the line as
// it is without its signature (compact, keys sorted), and "key" = the signer's key id in hex.
#ifndef HEIYAN_EVIDENCE_LINES_H
#define HEIYAN_EVIDENCE_LINES_H

#include "evidence/minisign.h"

#include <jansson.h>

// Appends facts (borrowed) as one line and brings it to the disk. root: what the first line's
// "previous" is.
Status lines_append(const char *path, const char *root, const json_t *facts, const SecretKey *key,
                    Error *error);
// Checks every line. each (may be NULL) is called with a line's facts. STATUS_FORMAT names the
// line.
Status lines_check(const char *path, const char *root, const PublicKey *key,
                   void (*each)(void *context, const json_t *line), void *context, Error *error);

#endif
