#include "road/raised.h"

#include <math.h>

#define FOUND_AGAIN_S 5.0 // after it was lost, a vehicle may come back as a new track

static Sighting sighting_at(const Grid *grid, TrackPoint point)
{
    double f = grid->factor;
    return (Sighting){(point.box.x + point.box.w / 2.0) / f, (point.box.y + point.box.h) / f,
                      point.box.w / f, point.time_us};
}

void raised_note(Raised *raised, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    int at = raised->next++ % MAX_RAISED;
    raised->items[at].track = track->id;
    raised->items[at].first = sighting_at(grid, p->points[0]);
    raised->items[at].last = sighting_at(grid, p->points[p->point_count - 1]);
    raised->items[at].vx = track->vx;
    raised->items[at].vy = track->vy;
}

// Whether what comes into sight may be what was lost from it at that speed. The way on may be
// anything between standing still and going on as before.
static bool goes_on(Sighting lost, double vx, double vy, Sighting found)
{
    double gap = (double)(found.time_us - lost.time_us) / 1e6;
    if (gap < -0.5 || gap > FOUND_AGAIN_S)
        return false;
    double dx = found.x - lost.x, dy = found.y - lost.y, t = vx * vx + vy * vy;
    t = t > 0 ? (dx * vx + dy * vy) / t : 0;
    t = fmax(0, fmin(fmax(gap, 0) + 0.3, t));
    return hypot(dx - vx * t, dy - vy * t) < fmax(lost.w, found.w) && found.w < 1.6 * lost.w;
}

bool raised_before(const Raised *raised, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    if (!p->point_count)
        return false;
    Sighting first = sighting_at(grid, p->points[0]);
    Sighting last = sighting_at(grid, p->points[p->point_count - 1]);
    for (int i = 0; i < MAX_RAISED && raised->items[i].track; i++) {
        Sighting then = raised->items[i].first, gone = raised->items[i].last;
        if (raised->items[i].track == track->id)
            return true;
        if (first.time_us > then.time_us
                ? goes_on(gone, raised->items[i].vx, raised->items[i].vy, first)
                : goes_on(last, track->vx, track->vy, then))
            return true;
    }
    return false;
}
