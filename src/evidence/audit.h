// DIR/audit.jsonl: every step that people take on packs, in one chain for the whole folder. It
// anchors the packs' verdicts.jsonl: a line rewritten, dropped or added there does not fit here,
// and a line dropped here does not fit the signed head DIR/chain/_audit.json.
//
// A step is written in this order: (1) audit.jsonl, with the signed line itself, (2) the pack's
// verdicts.jsonl, (3) the head; each is brought to the disk. When 2 fails, 1 is taken back; what a
// crash leaves between them audit_open finishes. A head may lag one step behind until then. Used by
// one thread at a time; one process per folder (the caller holds a lock).
#ifndef HEIYAN_EVIDENCE_AUDIT_H
#define HEIYAN_EVIDENCE_AUDIT_H

#include "evidence/lines.h"

#define AUDIT_HEAD "_audit" // as a camera's chain; no camera can be called so

typedef struct Audit Audit;

// folder: an evidence folder. *mended counts steps that were finished now.
Status audit_open(Audit **out, const char *folder, size_t *mended, Error *error);
void audit_close(Audit **audit);

// Writes facts (borrowed; with "pack" = the id) as the next line of the pack's verdicts. pack: its
// folder; place: the same from the evidence folder on ("2026-11-23/ID"); root: SHA-256 of its
// SHA256SUMS; seen: how many lines the person has seen. STATUS_CONFLICT when there are others. On
// failure nothing was decided.
Status audit_step(Audit *audit, const char *place, const char *root, size_t seen,
                  const json_t *facts, Error *error);
// Notes facts in DIR/access.jsonl: chained and signed as well, brought to the disk by the system.
Status audit_note(Audit *audit, const json_t *facts, Error *error);

#endif
