#include "app/journals.h"

#include "app/staging.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_US (90 * SECOND_US) // of a passage that does not end

typedef struct Entry { // one open event
    struct Entry *next;
    int track;
    char folder[PATH_SIZE];
    Journal *journal;          // NULL: given up
    int64_t first_us, last_us; // packets that belong to it, on the stream's own timeline
    bool noted;                // since the last sweep
} Entry;

struct Journals {
    const char *prefix, *name;
    unsigned number;
    Entry *first;
};

Status journals_create(Journals **out, const char *prefix, const char *name, Error *error)
{
    Journals *journals = *out = calloc(1, sizeof *journals);
    if (!journals)
        return error_set(error, STATUS_MEMORY, "out of memory");
    journals->prefix = prefix;
    journals->name = name;
    return STATUS_OK;
}

// Takes it out of the list.
static void take_out(Entry **at, bool lost)
{
    Entry *entry = *at;
    Error error;
    *at = entry->next;
    journal_close(&entry->journal);
    if (!lost && folder_remove(entry->folder, &error) != STATUS_OK)
        log_warning("%s", error.text);
    free(entry);
}

void journals_destroy(Journals **out)
{
    Journals *journals = *out;
    *out = NULL;
    while (journals && journals->first)
        take_out(&journals->first, true);
    free(journals);
}

static Entry **find(Journals *journals, const Event *event)
{
    Entry **at = &journals->first;
    while (*at && (*at)->track != event->track)
        at = &(*at)->next;
    return at;
}

static void give_up(const Journals *journals, Entry *entry, const Error *error)
{
    journal_close(&entry->journal);
    if (error->status == STATUS_FULL)
        folder_remove(entry->folder, NULL); // the pack needs the room
    log_warning("%s: an open event would not outlive a crash: %s", journals->name, error->text);
}

static Status begin(Entry *entry, const Ring *ring, int64_t from_us, Error *error)
{
    Packet **packets;
    size_t count;
    Status status = ring_copy(ring, from_us, INT64_MAX, &packets, &count, error);
    if (status == STATUS_OK)
        status = journal_begin(&entry->journal, entry->folder, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = journal_add(entry->journal, packets[i], error);
    if (count)
        entry->first_us = packet_time_us(packets[0]);
    packets_free(&packets, &count);
    return status;
}

static Entry *add_entry(Journals *journals, const JournalFacts *facts, const Ring *ring)
{
    int64_t from_us, to_us;
    Error error;
    Entry *entry = ring_last_us(ring) == INT64_MIN ? NULL : calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->track = facts->event->track;
    entry->next = journals->first;
    journals->first = entry;
    snprintf(entry->folder, sizeof entry->folder, "%.*s%.200s-%u", PATH_SIZE - 256,
             journals->prefix, journals->name, journals->number++);
    staging_span(facts->event, &from_us, &to_us);
    if (begin(entry, ring, from_us - facts->shift_us, &error) != STATUS_OK)
        give_up(journals, entry, &error);
    return entry;
}

void journals_note(Journals *journals, const JournalFacts *facts, const Ring *ring)
{
    int64_t from_us, to_us;
    Error error;
    Entry *entry = *find(journals, facts->event);
    if (entry && facts->open && ring_last_us(ring) > entry->first_us + LONGEST_US) {
        journals_end(journals, facts->event, false); // begins anew with what a clip would now have
        entry = NULL;
    }
    if (!entry)
        entry = add_entry(journals, facts, ring);
    if (!entry)
        return;
    staging_span(facts->event, &from_us, &to_us);
    entry->last_us = facts->open ? INT64_MAX : to_us - facts->shift_us;
    entry->noted = true;
    if (entry->journal && journal_note(entry->journal, facts, &error) != STATUS_OK)
        give_up(journals, entry, &error);
}

void journals_add(Journals *journals, Packet *packet)
{
    Error error;
    for (Entry *entry = journals->first; entry; entry = entry->next)
        if (entry->journal && packet_time_us(packet) <= entry->last_us &&
            journal_add(entry->journal, packet, &error) != STATUS_OK)
            give_up(journals, entry, &error);
}

void journals_sweep(Journals *journals)
{
    for (Entry **at = &journals->first; *at;) {
        if (!(*at)->noted) {
            take_out(at, false);
            continue;
        }
        (*at)->noted = false;
        at = &(*at)->next;
    }
}

void journals_end(Journals *journals, const Event *event, bool lost)
{
    Entry **at = find(journals, event);
    if (*at)
        take_out(at, lost);
}
