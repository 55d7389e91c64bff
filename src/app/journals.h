// The journals of a watch: its open events are on the disk, should the program be killed.
//
// No event waits for its journal. One that the disk does not take is given up with a warning, and
// the event goes on without it. One thread.
#ifndef HEIYAN_APP_JOURNALS_H
#define HEIYAN_APP_JOURNALS_H

#include "capture/ring.h"
#include "evidence/journal.h"

typedef struct Journals Journals;

// Their folders' paths are prefix, name and a number; both are borrowed.
Status journals_create(Journals **out, const char *prefix, const char *name, Error *error);
// What was not ended stays on the disk, for the next start. NULL content is fine.
void journals_destroy(Journals **journals);

// The next packet of the stream that clips are made of.
void journals_add(Journals *journals, Packet *packet);
// What is known of an event now; it is told by its track. Its journal, if new, begins with what the
// ring has of the span of its clip.
void journals_note(Journals *journals, const JournalFacts *facts, const Ring *ring);
// Removes those whose event was not noted since the last call: no smoke after all.
void journals_sweep(Journals *journals);
// The event is dealt with; lost: not at all, its journal stays for the next start.
void journals_end(Journals *journals, const Event *event, bool lost);

#endif
