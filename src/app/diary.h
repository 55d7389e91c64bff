// How long each camera was watched and how long it was live, day by day:
// DIR/health/2026-11-23.jsonl, a line per camera every ten minutes, at midnight and at the end.
// Feeds the up-time shown in review and on the status page.
//
// Used by one thread, but for diary_facts.
#ifndef HEIYAN_APP_DIARY_H
#define HEIYAN_APP_DIARY_H

#include "app/identity.h"
#include "app/stream.h"

typedef struct Diary Diary;

// NULL when out of memory. identity: of the evidence folder; borrowed.
Diary *diary_create(const Identity *identity);
// Writes what is not written yet.
void diary_close(Diary **diary);

// Call about once a second with all cameras. A disk that takes no line costs the line and is said
// once; where the folder is not there, the line waits for it.
void diary_note(Diary *diary, const StreamFacts *cameras, size_t count);

typedef struct DiaryFacts { // of a camera
    double uptime;          // share of the watched time of the last seven days; NaN: unknown
    bool quiet;             // no traffic at an hour that always has it (app/traffic.h)
} DiaryFacts;
DiaryFacts diary_facts(Diary *diary, const char *camera); // any thread

#endif
