// The index of an evidence folder and the only writer of what people decide about its packs.
//
// Truth stands in the folders: record.json as sealed, verdicts.jsonl as signed by each step. The
// database DIR/.heiyan/ledger.sqlite only makes them quick to find; it is made anew from the
// folders when it is missing, damaged or of another version, and ledger_reindex does so on demand.
//
// A decision is on the disk before it is acknowledged: (1) the signed line, whole, in
// DIR/audit.jsonl, (2) the same line in the pack's verdicts.jsonl, (3) the index. A crash between 1
// and 2 is finished by the next ledger_open, one before 3 by its comparison of the folders with the
// index.
//
// Every function may be called by any thread. Strings are UTF-8. What json_t ** hands out the
// caller decrefs; on failure it is NULL. Fields are described in review/page/openapi.json.
#ifndef HEIYAN_LEDGER_LEDGER_H
#define HEIYAN_LEDGER_LEDGER_H

#include "base/files.h"
#include "ledger/filter.h"
#include "ledger/workflow.h"

#include <jansson.h>

typedef struct Ledger Ledger;

typedef struct Person { // who asks
    const char *name;
    Role role;
    const char *const *sites; // names of the sites whose captures the person may see
    size_t site_count;        // 0 = all
} Person;

// folder: an evidence folder (STATUS_ARGUMENT otherwise). Takes a lock of its own, beside the
// sealer's: STATUS_IO when another review of the folder runs. Makes or repairs the index; what had
// to be repaired is logged. *rules is copied (local included); NULL: as the index has them.
Status ledger_open(Ledger **out, const char *folder, const Rules *rules, Error *error);
// The same for looking only: also while another review runs, and then what that one has indexed.
// Decisions may be refused with STATUS_IO.
Status ledger_open_to_look(Ledger **out, const char *folder, Error *error);
void ledger_close(Ledger **ledger);
const Rules *ledger_rules(const Ledger *ledger);

// Takes up packs that appeared or were retired since; changed (may be NULL) is told each one's id.
Status ledger_refresh(Ledger *ledger, void (*changed)(void *context, const char *id), void *context,
                      Error *error);
// Throws the index away and makes it anew from the folders.
Status ledger_reindex(Ledger *ledger, Error *error);
// A digest of all that the index holds: equal for an index kept and one made anew.
Status ledger_digest(Ledger *ledger, char hex[SHA256_HEX_SIZE], Error *error);

// ---- looking ----

// {"items":[...],"next":cursor or null}
Status ledger_captures(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                       Error *error);
// Counts beside each filter, each with all the other filters applied.
Status ledger_facets(Ledger *ledger, const Filter *filter, const Person *person, json_t **out,
                     Error *error);
// {"todo","today","week","overdue"}
Status ledger_summary(Ledger *ledger, const Person *person, json_t **out, Error *error);
// Everything of one capture. STATUS_MISSING: no such capture, or none the person may see.
Status ledger_case(Ledger *ledger, const char *id, const Person *person, json_t **out,
                   Error *error);
// Whether the pack is as it was sealed, checked now: every hash and the signature.
// {"intact":true or false,"problems":[sentence,...]}
Status ledger_integrity(Ledger *ledger, const char *id, const Person *person, json_t **out,
                        Error *error);
// Path of one of a pack's files. name must be one that its record lists; STATUS_MISSING otherwise,
// and when the file was retired.
Status ledger_file(Ledger *ledger, const char *id, const char *name, const Person *person,
                   char path[PATH_SIZE], Error *error);

// ---- deciding ----

typedef struct Decision {
    Action action;
    const char *reason;       // of ACTION_REJECT: a reject_reason
    const char *text;         // note, or the reason in words; NULL = none
    const char *plate;        // of ACTION_CORRECT: NULL = as it is; checked by the grammar of GA 36
    const char *plate_colour; // "blue" "yellow" "green" "white" "black" or NULL
    const char *class;        // vehicle class of the record's enum or NULL
    int version;              // lines of verdicts.jsonl the person has seen; -1 of
                              // ACTION_EXPORT: any
} Decision;

// *out: the case as it is afterwards, as ledger_case. STATUS_CONFLICT: somebody decided meanwhile
// (*out is the case as it is now), or the state does not allow it (*out NULL); STATUS_FORBIDDEN,
// STATUS_MISSING, STATUS_ARGUMENT as they say. A full disk refuses the decision and changes
// nothing.
Status ledger_decide(Ledger *ledger, const char *id, const Decision *decision, const Person *person,
                     json_t **out, Error *error);
// Notes in DIR/access.jsonl that the person opened the case.
Status ledger_note_access(Ledger *ledger, const char *id, const Person *person, Error *error);

#endif
