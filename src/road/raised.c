#include "road/raised.h"

#include <math.h>
#include <stdlib.h>

#define WIDEST_US 1000000
#define FOUND_AGAIN_S 5.0 // after it was lost, a vehicle may come back as a new track

// Where its way begins or ends, as wide as it was within a second of that: what the picture's rim
// cuts or another track has taken a part of is wider than it looks.
static Sighting sighting_at(const Grid *grid, const Passage *p, bool end)
{
    TrackPoint at = p->points[end ? p->point_count - 1 : 0];
    double f = grid->factor, w = 0;
    for (size_t i = 0; i < p->point_count; i++)
        if (llabs(p->points[i].time_us - at.time_us) <= WIDEST_US)
            w = fmax(w, p->points[i].box.w);
    return (Sighting){(at.box.x + at.box.w / 2.0) / f, (at.box.y + at.box.h) / f, w / f,
                      at.time_us};
}

void raised_note(Raised *raised, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    int at = raised->next++ % MAX_RAISED;
    raised->items[at].track = track->id;
    raised->items[at].first = sighting_at(grid, p, false);
    raised->items[at].last = sighting_at(grid, p, true);
    raised->items[at].vx = track->vx;
    raised->items[at].vy = track->vy;
}

// Whether what comes into sight may be what was lost from it at that speed. The way on may be
// anything between standing still and going on as before; of a part that came into sight while the
// rest was still seen, the way back too.
static bool goes_on(Sighting lost, double vx, double vy, Sighting found)
{
    double gap = (double)(found.time_us - lost.time_us) / 1e6;
    if (gap < -0.5 || gap > FOUND_AGAIN_S)
        return false;
    double dx = found.x - lost.x, dy = found.y - lost.y, t = vx * vx + vy * vy;
    t = t > 0 ? (dx * vx + dy * vy) / t : 0;
    t = fmax(fmin(gap, 0), fmin(fmax(gap, 0) + 0.3, t));
    return hypot(dx - vx * t, dy - vy * t) < fmax(lost.w, found.w) && found.w < 1.6 * lost.w;
}

bool raised_before(const Raised *raised, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    if (!p->point_count)
        return false;
    Sighting first = sighting_at(grid, p, false), last = sighting_at(grid, p, true);
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
