// A line on the terminal that says how far a scan is: frames per second, times real time, events,
// time left.
#ifndef HEIYAN_APP_PROGRESS_H
#define HEIYAN_APP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ProgressFacts {
    size_t files, files_done;
    int64_t media_us, media_done_us; // in all, and analysed so far
    uint64_t pictures;
    size_t events;
} ProgressFacts;

// Starts drawing on stderr when it is a terminal and wanted. facts is called from a thread of the
// progress' own.
void progress_start(bool wanted, void (*facts)(void *context, ProgressFacts *out), void *context);
void progress_stop(void); // removes the line

#endif
