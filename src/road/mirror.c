#include "road/mirror.h"

#include <math.h>

#define EVERY 3        // views between looks
#define VIEWS 3        // of a vehicle that count: one alone is no wet road
#define MEMORY 15      // views over which the share is smoothed
#define LEAST_WIDTH 24 // cells
#define DEEP 0.35      // widths above and below the mirror's row that are compared
#define HIGH 0.75      // of the box's height: where the mirror's row may lie
#define LOW 1.1
#define MOVES 0.2      // widths a second
#define STRUCTURE 0.08 // natural logarithms: less of it in a vehicle tells nothing
#define ALIKE 0.78     // a shadow cast towards the camera reaches 0.75
#define SAMPLES 32     // across and down, at most

typedef struct Likeness {
    double correlation, share; // of the upper half's differences
} Likeness;

// Of the rows above and below row, in columns from..to; -1 where the vehicle is too plain.
static Likeness likeness(const WakeScene *scene, int from, int to, int row, int deep)
{
    int step = (int)fmax(1, (to - from) / (double)SAMPLES), count = 0;
    double aa = 0, ab = 0, bb = 0;
    for (int k = 2; k <= deep; k += step) {
        const int16_t *above = scene->depth + (ptrdiff_t)(row - k) * scene->depth_stride;
        const int16_t *below = scene->depth + (ptrdiff_t)(row + k) * scene->depth_stride;
        double a = 0, b = 0, saa = 0, sab = 0, sbb = 0, n = 0;
        for (int x = from; x < to; x += step, n++) {
            double p = (double)above[x] / LIGHT_UNIT, q = (double)below[x] / LIGHT_UNIT;
            a += p;
            b += q;
            saa += p * p;
            sab += p * q;
            sbb += q * q;
        }
        aa += saa - a * a / n;
        ab += sab - a * b / n;
        bb += sbb - b * b / n;
        count += (int)n;
    }
    if (!count || aa < STRUCTURE * STRUCTURE * count || bb <= 0)
        return (Likeness){-1, 0};
    return (Likeness){ab / sqrt(aa * bb), ab / aa};
}

// 1: the vehicle is mirrored below itself; 0: it is not; -1: it does not tell.
static int mirrors(const WakeScene *scene, const Track *track)
{
    const Grid *grid = scene->grid;
    Box b = track->box;
    if (track_ended(track) || !track->seen || track->merged || track->hits < 6 ||
        b.w < LEAST_WIDTH || b.x < 2 || b.y < 2 || b.x + b.w > grid->width - 2 ||
        hypot(track->vx, track->vy) < MOVES * b.w || fabs(track->vy) < 0.5 * fabs(track->vx))
        return -1;
    int deep = (int)(DEEP * b.w), aside = (int)(0.05 * b.w);
    int last = (int)fmin(b.y + LOW * b.h, grid->height - deep - 1);
    Likeness best = {-1, 0};
    for (int row = (int)fmax(deep, b.y + HIGH * b.h); row < last; row += 2) {
        Likeness one = likeness(scene, b.x + aside, b.x + b.w - aside, row, deep);
        if (one.correlation > best.correlation)
            best = one;
    }
    if (best.correlation <= -1)
        return -1;
    return best.correlation > ALIKE && best.share > 0.1 && best.share < 0.8;
}

void mirror_push(Mirror *mirror, const WakeScene *scene, const Tracker *tracker)
{
    if (++mirror->skipped < EVERY)
        return;
    mirror->skipped = 0;
    for (int t = 0; t < tracker->count; t++) {
        const Track *track = &tracker->tracks[t];
        int slot = track->id % MAX_TRACKS;
        if (mirror->seen[slot].track == track->id && mirror->seen[slot].views >= VIEWS)
            continue;
        int told = mirrors(scene, track);
        if (told < 0)
            continue;
        if (mirror->seen[slot].track != track->id)
            mirror->seen[slot].views = 0;
        mirror->seen[slot].track = track->id;
        mirror->seen[slot].views++;
        mirror->share += (told - mirror->share) / MEMORY;
    }
}
