// The journal of one open event: what the next start needs to finish it, should the program be
// killed.
//
//     FOLDER/clip.mp4      the camera's packets from before the event on; grows
//     FOLDER/event.json    what is known of the event; replaced whole
//
// A Journal is used by one thread.
#ifndef HEIYAN_EVIDENCE_JOURNAL_H
#define HEIYAN_EVIDENCE_JOURNAL_H

#include "evidence/record.h"

typedef struct Journal Journal;

typedef struct JournalFacts { // borrowed
    const Event *event;       // on the clock and in the pixels of the evidence
    bool open;                // its passage is not over
    const RecordSite *site;
    const RecordSource *source;
    const char *settings_sha256;
    int64_t shift_us; // from the packets' times to the clock of the evidence
} JournalFacts;

// Makes the folder, which must be new. On failure *out is NULL.
Status journal_begin(Journal **out, const char *folder, Error *error);
// The next packet in decode order, a key frame first, all of one format.
Status journal_add(Journal *journal, Packet *packet, Error *error);
// Brings what was added, then the facts, to the disk: from here on the event outlives a kill.
Status journal_note(Journal *journal, const JournalFacts *facts, Error *error);
void journal_close(Journal **journal); // the folder stays; NULL content is fine

typedef struct OpenEvent { // as a journal has it
    Event event;           // owned, as all of this
    bool open;
    RecordSite site;
    RecordSource source;
    const char *settings_sha256;
    Packet **packets; // on the clock of the evidence
    size_t packet_count;
    json_t *json; // holds the strings
} OpenEvent;

// STATUS_END: a kill came before the first facts, or while it was removed. STATUS_FORMAT,
// STATUS_UNSUPPORTED: damaged.
Status journal_load(OpenEvent *out, const char *folder, Error *error);
void open_event_free(OpenEvent *open); // NULL content is fine

#endif
