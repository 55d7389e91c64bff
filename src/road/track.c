#include "road/track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOST_AFTER_S 0.7   // without a blob
#define MERGED_AFTER_S 2.0 // sharing one
#define MIN_IOU 0.2
#define CLAIM 0.45      // of its expected cells
#define FILLS 0.58      // a blob, by intersection over union: no other is in it
#define OUTGROWN 1.6    // times
#define RIM 4           // cells at VIEW_WIDTH: so near the picture's rim a vehicle still comes in
#define UNLIKE 0.5      // is not the vehicle
#define ALIKE 3.0       // times as large at most: may be the same vehicle
#define PART_SHARE 0.03 // of the vehicle's box
#define CONFIRMED 4     // hits after which a track may claim shared blobs
#define GROWTH 1.5      // natural logarithms a second a vehicle's sides grow or shrink at most

enum { FREE = -1, NOBODYS = -2 }; // owners; the latter: its vehicle was not made out

typedef struct Search {      // of one view
    Box guess[MAX_TRACKS];   // where each track expects to be
    bool done[MAX_TRACKS];   // has its place, or is known to have none
    bool claims[MAX_TRACKS]; // a blob that may be another's alone
    int64_t time_us;
    double dt;
} Search;

void tracker_init(Tracker *tracker)
{
    memset(tracker, 0, sizeof *tracker);
    tracker->next_id = 1;
}

void tracker_destroy(Tracker *tracker)
{
    for (int i = 0; i < tracker->count; i++)
        passage_free(&tracker->tracks[i].passage);
    tracker->count = 0;
}

static Box box_at(double x, double y, double w, double h)
{
    return (Box){(int)lround(x - w / 2), (int)lround(y - h), (int)lround(w), (int)lround(h)};
}

static double overlap(Box a, Box b)
{
    int w = (int)fmin(a.x + a.w, b.x + b.w) - (int)fmax(a.x, b.x);
    int h = (int)fmin(a.y + a.h, b.y + b.h) - (int)fmax(a.y, b.y);
    return w > 0 && h > 0 ? (double)w * h : 0;
}

static double area_of(Box box)
{
    return (double)box.w * box.h;
}

static Box predicted(const Track *track, double dt)
{
    double scale = exp(track->grows * dt);
    return box_at(track->x + track->vx * dt, track->y + track->vy * dt, track->w * scale,
                  track->h * scale);
}

// How well a blob continues a track, 0 = not at all. A track too young to have a speed is given
// some way.
static double match(const Track *track, Box guess, const Blob *blob, double dt)
{
    double iou = box_iou(guess, blob->box);
    if (iou >= MIN_IOU || track->hits > 2)
        return iou >= MIN_IOU ? iou : 0;
    double dx = blob->box.x + blob->box.w / 2.0 - track->x;
    double dy = blob->box.y + blob->box.h - track->y;
    double ratio = area_of(blob->box) / fmax(1, area_of(guess));
    double reach = fmin(1.5, 15 * dt) * fmax(track->w, track->h);
    if (ratio < 0.5 || ratio > 2 || hypot(dx, dy) > reach)
        return 0;
    return MIN_IOU * (1 - hypot(dx, dy) / reach);
}

// What comes nearer grows, what goes away shrinks.
static void follow_growth(Track *track, Box box, double dt)
{
    if (track->hits > 1 && !track->missed) {
        double rate = log(area_of(box) / fmax(1, area_of(track->box))) / 2 / dt;
        track->grows += 0.3 * (fmax(-GROWTH, fmin(GROWTH, rate)) - track->grows);
    }
    double scale = exp(track->grows * dt);
    track->w = (track->w * scale + box.w) / 2;
    track->h = (track->h * scale + box.h) / 2;
}

static void move_to(Track *track, Box box, const Search *search)
{
    double x = box.x + box.w / 2.0, y = box.y + box.h;
    double blend = track->hits < 3 ? 0.7 : 0.35;
    double step = hypot(x - track->x, y - track->y);
    track->vx += blend * ((x - track->x) / search->dt - track->vx);
    track->vy += blend * ((y - track->y) / search->dt - track->vy);
    track->x = x;
    track->y = y;
    follow_growth(track, box, search->dt);
    track->path += step / fmax(track->w, 4);
    track->box = box;
    track->last_us = search->time_us;
    track->hits++;
    track->lost += track->missed;
    track->missed = 0;
    track->merged = track->divided = false;
    track->seen = true;
}

static void coast(Track *track, const Search *search, bool merged)
{
    double scale = exp(track->grows * search->dt);
    track->x += track->vx * search->dt;
    track->y += track->vy * search->dt;
    track->w *= scale;
    track->h *= scale;
    track->path += hypot(track->vx, track->vy) * search->dt / fmax(track->w, 4);
    track->box = box_at(track->x, track->y, track->w, track->h);
    track->missed++;
    track->merged = merged;
    track->seen = false;
}

// Which confirmed tracks that have no place yet expect to be inside this blob.
static int claimants(const Tracker *tracker, const Grid *grid, const Search *search,
                     const Blobs *blobs, int blob, int *list)
{
    int count = 0;
    for (int t = 0; t < tracker->count; t++) {
        Box box = box_clip(search->guess[t], grid->width, grid->height);
        int in = 0, all = 0;
        if (search->done[t] || tracker->tracks[t].hits < CONFIRMED ||
            overlap(box, blobs->items[blob].box) <= 0)
            continue;
        for (int y = box.y; y < box.y + box.h; y += 2)
            for (int x = box.x; x < box.x + box.w; x += 2, all++)
                in += blobs->label[(ptrdiff_t)y * grid->width + x] == blob + 1;
        if (in > CLAIM * all)
            list[count++] = t;
    }
    return count;
}

static void end_track(Track *track)
{
    track->missed = -1;
}

static void start_track(Tracker *tracker, const Blob *blob, int blob_index, int64_t time_us)
{
    if (tracker->count == MAX_TRACKS)
        return;
    Track *track = &tracker->tracks[tracker->count];
    memset(track, 0, sizeof *track);
    track->id = tracker->next_id++;
    track->hits = 1;
    track->seen = true;
    track->box = blob->box;
    track->x = blob->box.x + blob->box.w / 2.0;
    track->y = blob->box.y + blob->box.h;
    track->w = blob->box.w;
    track->h = blob->box.h;
    track->first_us = track->last_us = time_us;
    tracker->owner[blob_index] = tracker->count++;
}

// One vehicle broken into several blobs: those that lie in its expected box come to it, but for
// those that cannot be of one body with it, and specks, such as burned-in lettering leaves where a
// vehicle has passed behind it.
static Box gather(Tracker *tracker, const Blobs *blobs, int t, Box box, Box guess)
{
    Box wide = {guess.x - guess.w / 8, guess.y - guess.h / 8, guess.w + guess.w / 4,
                guess.h + guess.h / 4};
    for (int b = 0; b < blobs->count; b++) {
        Box other = blobs->items[b].box;
        if (tracker->owner[b] == FREE && one_body(box, other) &&
            overlap(other, wide) > 0.7 * area_of(other) &&
            blobs->items[b].area > PART_SHARE * area_of(box)) {
            tracker->owner[b] = t;
            box = box_union(box, other);
        }
    }
    return box;
}

// Two tracks on one vehicle: the younger goes. A speck that stays, such as lettering, is no
// vehicle's double.
static void drop_doubles(Tracker *tracker)
{
    for (int a = 0; a < tracker->count; a++)
        for (int b = a + 1; b < tracker->count; b++) {
            Track *old = &tracker->tracks[a], *young = &tracker->tracks[b];
            if (track_ended(old) || track_ended(young))
                continue;
            double smaller = fmin(area_of(old->box), area_of(young->box));
            double larger = fmax(area_of(old->box), area_of(young->box));
            if (overlap(old->box, young->box) > 0.7 * smaller && larger < ALIKE * smaller &&
                (young->hits < 2 * CONFIRMED || old->hits < 2 * CONFIRMED))
                end_track(old->hits < young->hits ? old : young);
        }
}

static int rim_of(const Grid *grid)
{
    return (int)lround(RIM * grid->scale) + 1;
}

// Seen whole.
static bool inside(const Grid *grid, Box box)
{
    int rim = rim_of(grid);
    return box.x > rim && box.y > rim && box.x + box.w < grid->width - rim &&
           box.y + box.h < grid->height - rim;
}

// Whether a blob is too large for the one vehicle that expects to be in it. One that is still
// coming into the picture grows by itself.
static bool outgrown(const Grid *grid, Box guess, const Blob *blob)
{
    int rim = rim_of(grid);
    bool entering = guess.x <= rim || guess.x + guess.w >= grid->width - rim ||
                    guess.y + guess.h >= grid->height - rim;
    return !entering && area_of(blob->box) > OUTGROWN * area_of(guess) &&
           box_iou(guess, blob->box) < FILLS;
}

// Whether one of the vehicles that expect to be in a blob may be all that is in it.
static bool explained(const Search *search, const int *list, int count, const Blob *blob)
{
    for (int i = 0; i < count; i++)
        if (area_of(blob->box) <= OUTGROWN * area_of(search->guess[list[i]]))
            return true;
    return false;
}

// Finds each claimant of a crowded blob by its look, and gives it its part of the blob. One that
// was never seen whole has no look yet: what the others leave may be its.
static void divide(Tracker *tracker, Blobs *blobs, Crowd *crowd, int blob, Search *search)
{
    int list[MAX_TRACKS], found[CROWD_MAX], part[CROWD_MAX], count = 0, made_out = 0;
    bool known[CROWD_MAX];
    Box boxes[CROWD_MAX];
    int claim = claimants(tracker, crowd->grid, search, blobs, blob, list);
    if (!claim ||
        (claim == 1 && !outgrown(crowd->grid, search->guess[list[0]], &blobs->items[blob])))
        return;
    for (int i = 0; i < claim && count < CROWD_MAX; i++) {
        const Track *track = &tracker->tracks[list[i]];
        Box guess = search->guess[list[i]], box = guess;
        if (!track->look.known)
            continue;
        bool seen = look_find(&track->look, crowd, guess, &box) <= UNLIKE;
        box = seen ? box : guess;
        made_out += seen;
        int at = count++; // nearest first: the lowest
        for (; at > 0 && boxes[at - 1].y + boxes[at - 1].h < box.y + box.h; at--) {
            boxes[at] = boxes[at - 1];
            found[at] = found[at - 1];
            known[at] = known[at - 1];
        }
        boxes[at] = box;
        found[at] = list[i];
        known[at] = seen;
    }
    if (!count || (!made_out && explained(search, list, claim, &blobs->items[blob]))) {
        for (int i = 0; i < claim; i++)
            search->claims[list[i]] = true;
        return;
    }
    int before = blobs->count;
    crowd_divide(crowd, blobs, blob, boxes, count, part);
    for (int b = before; b < blobs->count; b++)
        tracker->owner[b] = FREE;
    for (int i = 0; i < count; i++) {
        Track *track = &tracker->tracks[found[i]];
        search->done[found[i]] = true;
        if (part[i] >= 0)
            tracker->owner[part[i]] = known[i] ? found[i] : NOBODYS;
        if (part[i] < 0 || !known[i]) {
            coast(track, search, true);
            continue;
        }
        move_to(track, boxes[i], search);
        track->divided = true;
    }
}

// Gives tracks the blobs that are still nobody's, best pair first.
static void match_blobs(Tracker *tracker, const Blobs *blobs, Search *search)
{
    for (;;) {
        double best = 0;
        int track = -1, blob = -1;
        for (int t = 0; t < tracker->count; t++)
            for (int b = 0; !search->done[t] && b < blobs->count; b++) {
                if (tracker->owner[b] != FREE)
                    continue;
                double score =
                    match(&tracker->tracks[t], search->guess[t], &blobs->items[b], search->dt);
                if (score > best) {
                    best = score;
                    track = t;
                    blob = b;
                }
            }
        if (track < 0)
            return;
        search->done[track] = true;
        tracker->owner[blob] = track;
        Box box = gather(tracker, blobs, track, blobs->items[blob].box, search->guess[track]);
        move_to(&tracker->tracks[track], box, search);
    }
}

void tracker_step(Tracker *tracker, Blobs *blobs, Crowd *crowd, int64_t time_us)
{
    const Grid *grid = crowd->grid;
    double dt = fmin(2, fmax(0.001, (double)(time_us - tracker->last_us) / 1e6));
    Search search = {.time_us = time_us, .dt = dt};
    tracker->last_us = time_us;
    for (int t = 0; t < tracker->count; t++)
        search.guess[t] = predicted(&tracker->tracks[t], dt);
    for (int b = 0; b < blobs->count; b++)
        tracker->owner[b] = FREE;
    for (int b = 0, whole = blobs->count; b < whole; b++)
        divide(tracker, blobs, crowd, b, &search);
    match_blobs(tracker, blobs, &search);
    for (int t = 0; t < tracker->count; t++) {
        Track *track = &tracker->tracks[t];
        if (!search.done[t])
            coast(track, &search, search.claims[t]);
        else if (track->seen && !track->divided && inside(grid, track->box))
            look_take(&track->look, crowd, track->box);
        double gone = (double)(time_us - track->last_us) / 1e6;
        bool outside = overlap(track->box, (Box){0, 0, grid->width, grid->height}) <= 0;
        if (gone > (track->merged ? MERGED_AFTER_S : LOST_AFTER_S) || outside)
            end_track(track);
    }
    for (int b = 0; b < blobs->count; b++)
        if (tracker->owner[b] == FREE)
            start_track(tracker, &blobs->items[b], b, time_us);
    drop_doubles(tracker);
}

void tracker_sweep(Tracker *tracker)
{
    int kept = 0;
    for (int t = 0; t < tracker->count; t++) {
        if (track_ended(&tracker->tracks[t]))
            passage_free(&tracker->tracks[t].passage);
        else
            tracker->tracks[kept++] = tracker->tracks[t];
    }
    tracker->count = kept;
}
