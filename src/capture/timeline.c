#include "capture/timeline.h"

#define JUMP_US INT64_C(10000000)
#define LEARN_US INT64_C(1000000) // steps up to this length say something about the frame rate
#define SLOW_US INT64_C(1000000)  // whole seconds are the coarsest stamps that recorders write
#define LEAST_US INT64_C(100)     // still apart on the 90 kHz clock of a clip

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void timeline_init(Timeline *t, int64_t start_us, int64_t frame_us, int64_t delay_us)
{
    *t = (Timeline){.start_us = start_us, .frame_us = frame_us, .learnt = frame_us * 128,
                    .delay_us = delay_us};
    for (unsigned i = 0; i < RECENT_TIMES; i++)
        t->recent[i] = NO_STAMP;
}

void timeline_resume(Timeline *t)
{
    t->resumed = true;
    for (unsigned i = 0; i < RECENT_TIMES; i++)
        t->recent[i] = NO_STAMP;
}

static int64_t jump_limit(const Timeline *t)
{
    return most(JUMP_US, 4 * t->frame_us); // a time-lapse camera is no broken clock
}

// Fills in what is missing. True if that was a repair: a container without decode stamps is none.
static bool complete(const Timeline *t, int64_t *pts, int64_t *dts)
{
    int64_t expected = t->started ? t->stamp_us + t->frame_us : 0;
    if (*pts == NO_STAMP && *dts == NO_STAMP) {
        *dts = expected;
        *pts = t->started ? most(*dts, t->time_us - t->offset_us + t->frame_us) : *dts;
        return !t->stampless;
    }
    if (*pts == NO_STAMP) {
        *pts = t->delay_us ? most(*dts, t->started ? t->time_us - t->offset_us + t->frame_us : *dts)
                           : *dts;
        return t->delay_us > 0;
    }
    if (*dts == NO_STAMP) {
        *dts = t->started ? expected : *pts - t->delay_us;
        if (*pts < *dts || *pts - *dts > jump_limit(t))
            *dts = *pts;
        return false;
    }
    int64_t apart = *pts - *dts;
    if (apart >= 0 && apart <= most(2000000, 40 * t->frame_us))
        return false;
    *pts = *dts + t->delay_us; // one of the two is damaged
    return true;
}

static void learn(Timeline *t, int64_t step)
{
    if (step < 0 || step > LEARN_US)
        return;
    t->learnt += step - t->learnt / 128;
    t->frame_us = most(t->learnt / 128, 1000);
}

static bool seen(const Timeline *t, int64_t time_us)
{
    for (unsigned i = 0; i < RECENT_TIMES; i++)
        if (t->recent[i] == time_us)
            return true;
    return false;
}

void timeline_place(Timeline *t, int64_t pts, int64_t dts, int64_t *time_us, int64_t *decode_us)
{
    bool repaired = complete(t, &pts, &dts);
    if (!t->started) {
        t->offset_us = t->start_us - pts;
        t->decode_us = dts + t->offset_us - 1;
        t->time_us = t->start_us;
        t->stamp_us = dts - t->frame_us;
    }
    if (t->resumed) {
        t->decode_us = dts + t->offset_us - 1;
        t->time_us = pts + t->offset_us;
        t->stamp_us = dts - t->frame_us;
        t->resumed = false;
    }
    int64_t step = dts - t->stamp_us;
    if (step > jump_limit(t) || step < -most(2 * t->frame_us, 2 * LEAST_US)) {
        t->offset_us = t->decode_us + t->frame_us - dts;
        repaired = true;
    } else if (t->started) {
        learn(t, step);
    }
    int64_t decode = dts + t->offset_us;
    if (decode <= t->decode_us) {
        // A stamp that is there twice stands for a whole frame; else the stamps are caught up with in small steps.
        bool far = t->decode_us - decode > SLOW_US;
        int64_t whole = far ? t->frame_us / 2 : t->frame_us;
        decode = t->decode_us + most(step == 0 ? whole : t->frame_us / 4, LEAST_US);
        if (decode - (dts + t->offset_us) > 3 * SLOW_US)
            t->offset_us = decode - dts;
        repaired = true;
    }
    int64_t time = most(pts + decode - dts, decode);
    while (seen(t, time)) {
        time += most(t->frame_us / 8, LEAST_US);
        repaired = true;
    }
    t->started = true;
    t->stamp_us = dts;
    t->decode_us = decode;
    t->time_us = most(t->time_us, time);
    t->recent[t->next_recent++ % RECENT_TIMES] = time;
    t->repairs += repaired;
    *time_us = time;
    *decode_us = decode;
}
