#include "capture/stamps.h"

#include <stdlib.h>
#include <string.h>

#define FORWARD_US INT64_C(10000000)
#define BACK_US INT64_C(2000000)

void stamps_init(Stamps *stamps, int delay)
{
    *stamps = (Stamps){.delay = delay < 0 ? 0 : delay > STAMPS_DEPTH ? STAMPS_DEPTH : delay};
}

static bool jumps(const Stamps *stamps, int64_t pts, int64_t frame_us)
{
    int64_t reach = STAMPS_DEPTH * frame_us;
    return pts - stamps->newest > (FORWARD_US > reach ? FORWARD_US : reach) ||
           stamps->newest - pts > (BACK_US > reach ? BACK_US : reach);
}

int64_t stamps_decode(Stamps *stamps, int64_t pts, int64_t frame_us)
{
    if (stamps->started && jumps(stamps, pts, frame_us)) {
        stamps->count = 0;
        stamps->started = false;
    }
    if (stamps->started && pts <= stamps->given && stamps->delay < STAMPS_DEPTH)
        stamps->delay++;
    int at = stamps->count;
    while (at > 0 && stamps->waiting[at - 1] > pts)
        at--;
    memmove(stamps->waiting + at + 1, stamps->waiting + at,
            (size_t)(stamps->count - at) * sizeof *stamps->waiting);
    stamps->waiting[at] = pts;
    stamps->count++;
    int64_t decode = stamps->waiting[0];
    if (stamps->count > stamps->delay) {
        stamps->count--;
        memmove(stamps->waiting, stamps->waiting + 1,
                (size_t)stamps->count * sizeof *stamps->waiting);
    } else {
        decode -= (stamps->delay + 1 - stamps->count) * frame_us;
    }
    stamps->newest = stamps->started && stamps->newest > pts ? stamps->newest : pts;
    stamps->given = decode;
    stamps->started = true;
    return decode;
}
