// Signed, chained lines: verdicts.jsonl of a pack; deletions.jsonl, audit.jsonl and access.jsonl of
// an evidence folder.
//
// Each line is a JSON object with "previous" = SHA-256 of the line before (without its newline),
// for the first line a root given by the caller, and "signature" = base64 Ed25519 over the line as
// it is without its signature (compact, keys sorted), and "key" = the signer's key id in hex.
#ifndef HEIYAN_EVIDENCE_LINES_H
#define HEIYAN_EVIDENCE_LINES_H

#include "base/files.h"
#include "evidence/minisign.h"

#include <jansson.h>

// Where a file of lines ends.
typedef struct LinesTail {
    size_t count;
    char last[SHA256_HEX_SIZE]; // hash of the last line; the root when there is none
} LinesTail;

// Counts the lines. A last line without newline was cut off by a crash before anybody was told of
// it: it is not counted, and *torn (may be NULL) says so. A missing file has no lines.
Status lines_tail(const char *path, const char *root, LinesTail *out, bool *torn, Error *error);
// Cuts such a torn line off.
Status lines_mend(const char *path, Error *error);

// The line that facts (borrowed) would be after the tail, without newline; the caller frees it.
// NULL when out of memory.
char *lines_sign(const json_t *facts, const LinesTail *tail, const SecretKey *key);
// Appends a line (without newline), brings it to the disk if durable, and moves the tail on. On
// failure (a full disk) the file is as it was.
Status lines_write(const char *path, const char *line, bool durable, LinesTail *tail, Error *error);

// All three: tail, sign, write.
Status lines_append(const char *path, const char *root, const json_t *facts, const SecretKey *key,
                    Error *error);
// Checks every line; it may be signed with any of the keys. each (may be NULL) is called with a
// line's facts and its hash. STATUS_FORMAT names the line.
Status lines_check(const char *path, const char *root, const PublicKey *keys, size_t key_count,
                   void (*each)(void *context, const json_t *line, const char *hash), void *context,
                   Error *error);

#endif
