// Private to capture/: puts a container's time stamps on one timeline that only goes forward.
#ifndef HEIYAN_CAPTURE_TIMELINE_H
#define HEIYAN_CAPTURE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define NO_STAMP INT64_MIN
#define RECENT_TIMES 32

typedef struct Timeline {
    int64_t offset_us;     // stamp + offset = time
    int64_t frame_us;      // usual distance of two frames: declared at first, then learnt
    int64_t learnt;        // the same in 1/128 microseconds
    int64_t delay_us;      // how far presentation usually lies behind decoding
    int64_t start_us;
    int64_t stamp_us;      // the last decode stamp as the container had it
    int64_t decode_us, time_us; // the last decode time and the latest presentation time given out
    int64_t recent[RECENT_TIMES];
    unsigned next_recent;
    bool started, resumed;
    bool stampless; // the container has no stamps by its nature
    uint64_t repairs;
} Timeline;

// The first frame is presented at start_us. delay_us: decode-to-presentation delay of the codec, 0 without B-frames.
void timeline_init(Timeline *timeline, int64_t start_us, int64_t frame_us, int64_t delay_us);

// Takes the stamps of the next frame in decode order, in microseconds, NO_STAMP where there is none. Decode times
// come out strictly increasing, presentation times unique and never before them. Stamps that jump forward by more
// than 10 s or back are taken as a clock that was set: the frame follows its predecessor by one frame.
void timeline_place(Timeline *timeline, int64_t pts, int64_t dts, int64_t *time_us,
                    int64_t *decode_us);

// The next frame comes from another place of the file: its stamps are taken as they are.
void timeline_resume(Timeline *timeline);

#endif
