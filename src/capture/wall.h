// Private to capture/: what time of day it is on a live stream's timeline, from the camera's sender
// reports and from when its pictures arrive.
#ifndef HEIYAN_CAPTURE_WALL_H
#define HEIYAN_CAPTURE_WALL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Wall {
    int64_t bucket_start_us;         // timeline
    int64_t least_us, last_least_us; // arrival - timeline: the least of this and the last bucket
    int64_t reported_us;             // camera's clock - timeline
    int64_t doubted_us;              // a report that differs, until it is confirmed
    int doubts;
    bool received, reported;
} Wall;

// A packet of that time arrived now (time of day).
void wall_receipt(Wall *wall, int64_t time_us, int64_t now_us);
// The camera says what time of day a packet's picture was taken. One that differs from those before
// counts when a second's worth agree.
void wall_report(Wall *wall, int64_t time_us, int64_t camera_us);

typedef struct WallClock {
    const char *source; // "rtcp" or "receipt"
    int64_t shift_us;   // to add to the timeline
    int64_t receipt_us; // the same by arrival alone
    double offset_s;    // camera's clock ahead of this machine's, NaN: unknown
} WallClock;

// A camera whose clock is more than a minute off has no idea of the time: then arrival counts.
WallClock wall_clock(const Wall *wall);

#endif
