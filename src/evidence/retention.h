// Keeps an evidence folder within its limits by removing the media of packs that are done with:
// rejected, processed or struck off. What is pending, in review, confirmed or handed over stays,
// and so do every record, its checksums, its signature and what people decided, for record_days.
// After that the whole pack goes: its folder, and its place in the chain stays in the line that
// announced it.
//
// For each pack a signed line in DIR/deletions.jsonl comes first, then the files go: a crash in
// between leaves a pack that is still whole. A record that does not verify never goes. Oldest
// first. Not for use by two at once; call under the lock of the folder's sealer.
#ifndef HEIYAN_EVIDENCE_RETENTION_H
#define HEIYAN_EVIDENCE_RETENTION_H

#include "evidence/minisign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct RetentionLimits { // 0: no limit
    int media_days;              // whole days since the day of the event
    int record_days;             // the same, of packs whose media went: of what is left of them
    uint64_t max_bytes;          // of all media together
    uint64_t min_free_bytes;     // on the disk of the folder
} RetentionLimits;

typedef struct RetentionReport {
    size_t retired;      // packs whose media went now
    size_t expired;      // packs that went whole
    size_t unproven;     // packs that would have, but do not verify
    uint64_t bytes;      // that went
    uint64_t left_bytes; // of media that are left
    bool over;           // still over a limit: all that is left is needed
} RetentionReport;

Status retention_run(const char *folder, const RetentionLimits *limits, const SecretKey *key,
                     int64_t now_us, RetentionReport *report, Error *error);

#endif
