#include "road/rivals.h"

#include <math.h>
#include <stddef.h>

#define SMOKE_SEEN 0.08f // depth in the wake
#define DENSER 2.0f      // times: beyond doubt
#define NEXT 1.2         // widths

static WakeSample *last_sample(Track *track, int64_t time_us)
{
    const Passage *p = &track->passage;
    WakeSample *last = p->sample_count ? &p->samples[p->sample_count - 1] : NULL;
    return last && last->time_us == time_us ? last : NULL;
}

void rivals_settle(Tracker *tracker, int64_t time_us)
{
    for (int a = 0; a < tracker->count; a++)
        for (int b = 0; b < tracker->count; b++) {
            WakeSample *mine = last_sample(&tracker->tracks[a], time_us);
            const WakeSample *other = last_sample(&tracker->tracks[b], time_us);
            if (a == b || !mine || !other || mine->peak < SMOKE_SEEN ||
                !(other->peak > DENSER * mine->peak))
                continue;
            double reach = NEXT * fmax(mine->box.w, other->box.w);
            double dx = mine->box.x + mine->box.w / 2.0 - other->box.x - other->box.w / 2.0;
            double dy = mine->box.y + mine->box.h - other->box.y - other->box.h;
            if (fabs(dx) < reach && fabs(dy) < reach)
                mine->outdone = true;
        }
}
