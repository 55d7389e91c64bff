#include "capture/wall.h"

#include <math.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define BUCKET_US (30 * SECOND)
#define STEADY_US (SECOND / 4) // reports this close together are one clock
#define DOUBTS 25
#define TRUSTED_US (60 * SECOND)

void wall_receipt(Wall *wall, int64_t time_us, int64_t now_us)
{
    int64_t late = now_us - time_us;
    if (!wall->received || time_us - wall->bucket_start_us >= BUCKET_US) {
        wall->last_least_us = wall->received ? wall->least_us : late;
        wall->least_us = late;
        wall->bucket_start_us = time_us;
        wall->received = true;
    }
    wall->least_us = late < wall->least_us ? late : wall->least_us;
}

void wall_report(Wall *wall, int64_t time_us, int64_t camera_us)
{
    int64_t shift = camera_us - time_us;
    if (wall->reported && llabs(shift - wall->reported_us) > STEADY_US) {
        bool same = wall->doubts && llabs(shift - wall->doubted_us) <= STEADY_US;
        wall->doubts = same ? wall->doubts + 1 : 1;
        wall->doubted_us = shift;
        if (wall->doubts < DOUBTS)
            return;
    }
    wall->reported_us = shift;
    wall->reported = true;
    wall->doubts = 0;
}

WallClock wall_clock(const Wall *wall)
{
    int64_t received = wall->least_us < wall->last_least_us ? wall->least_us : wall->last_least_us;
    int64_t ahead = wall->reported_us - received;
    bool trusted = wall->reported && llabs(ahead) <= TRUSTED_US;
    return (WallClock){trusted ? "rtcp" : "receipt", trusted ? wall->reported_us : received,
                       received, wall->reported ? (double)ahead / 1e6 : (double)NAN};
}
