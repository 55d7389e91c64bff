#include "road/raised.h"

#include <math.h>

#define FOUND_AGAIN_S 5.0 // after it was lost, a vehicle may come back as a new track

void raised_note(Raised *raised, const Track *track)
{
    int at = raised->next++ % MAX_RAISED;
    raised->items[at].track = track->id;
    raised->items[at].x = track->x;
    raised->items[at].y = track->y;
    raised->items[at].vx = track->vx;
    raised->items[at].vy = track->vy;
    raised->items[at].w = track->w;
    raised->items[at].first_us = track->first_us;
    raised->items[at].last_us = track->last_us;
}

bool raised_before(const Raised *raised, const Grid *grid, const Track *track)
{
    if (!track->passage.point_count)
        return false;
    Box first = track->passage.points[0].box;
    double f = grid->factor, x = (first.x + first.w / 2.0) / f, y = (first.y + first.h) / f;
    for (int i = 0; i < MAX_RAISED; i++) {
        int64_t last_us = raised->items[i].last_us;
        double gap = (double)(track->passage.points[0].time_us - last_us) / 1e6;
        if (last_us && raised->items[i].track == track->id)
            return true;
        if (!last_us || track->first_us <= raised->items[i].first_us || gap < -0.5 ||
            gap > FOUND_AGAIN_S)
            continue;
        // The way on may be anything between standing still and going on as before.
        double vx = raised->items[i].vx, vy = raised->items[i].vy, t = vx * vx + vy * vy;
        double dx = x - raised->items[i].x, dy = y - raised->items[i].y;
        t = t > 0 ? (dx * vx + dy * vy) / t : 0;
        t = fmax(0, fmin(fmax(gap, 0) + 0.3, t));
        double off = hypot(dx - vx * t, dy - vy * t), width = raised->items[i].w;
        if (off < fmax(width, first.w / f) && first.w / f < 1.6 * width)
            return true;
    }
    return false;
}
