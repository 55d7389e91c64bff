#include "road/passers.h"

#include "road/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_POINTS 4
#define MIN_WAY 0.06   // of the picture's width, on the ground
#define MIN_WIDTH 0.03 // of the picture's width, at its largest
#define SHARED 0.6     // of the smaller box, where a vehicle is found again
#define LOST_US INT64_C(1500000)
#define JUMP_US INT64_C(300000)
#define TWICE_US INT64_C(200000) // two tracks of one vehicle may overlap so long

struct Passers {
    Road *road;
    Lane *lanes; // the road's own copies serve it alone
    size_t lane_count;
    Passer *list;
    size_t count, room;
    int width, height; // of the pictures
    bool full;         // out of memory
};

static bool moves(const Grid *grid, const Passage *passage)
{
    const TrackPoint *points = passage->points;
    size_t origin = 0; // a jump over a time out of sight is no way
    int widest = 0;
    double way = 0;
    for (size_t i = 0; i < passage->point_count; i++) {
        if (i && points[i].time_us - points[i - 1].time_us > JUMP_US)
            origin = i;
        Box a = points[origin].box, b = points[i].box;
        way = fmax(way, hypot(b.x + b.w / 2.0 - a.x - a.w / 2.0, b.y + b.h - a.y - a.h));
        widest = b.w > widest ? b.w : widest;
    }
    return way >= MIN_WAY * grid->picture_width && widest >= MIN_WIDTH * grid->picture_width;
}

static bool append(Passer *passer, const TrackPoint *points, size_t count)
{
    TrackPoint *grown = realloc(passer->points, (passer->point_count + count) * sizeof *grown);
    if (!grown)
        return false;
    memcpy(grown + passer->point_count, points, count * sizeof *grown);
    passer->points = grown;
    passer->point_count += count;
    return true;
}

// A track that ended, of a vehicle or of something else.
static void take(void *context, const Grid *grid, const Track *track, const Verdict *verdict)
{
    (void)verdict;
    Passers *passers = context;
    const Passage *passage = &track->passage;
    passers->width = grid->picture_width;
    passers->height = grid->picture_height;
    if (passage->point_count < MIN_POINTS || !moves(grid, passage) ||
        !lanes_hold(passers->lanes, passers->lane_count, grid, passage))
        return;
    if (passers->count == passers->room) {
        size_t room = passers->room + 16;
        Passer *grown = realloc(passers->list, room * sizeof *grown);
        if (!grown) {
            passers->full = true;
            return;
        }
        passers->list = grown;
        passers->room = room;
    }
    Passer *passer = &passers->list[passers->count];
    *passer = (Passer){0};
    if (append(passer, passage->points, passage->point_count))
        passers->count++;
    else
        passers->full = true;
}

Status passers_create(Passers **out, const RoadOptions *options, Error *error)
{
    Passers *passers = *out = calloc(1, sizeof *passers);
    if (!passers)
        return error_set(error, STATUS_MEMORY, "out of memory");
    RoadOptions road = *options;
    road.direction = ROAD_DIRECTION_BOTH;
    road.lane_count = 0;
    passers->lanes = lanes_copy(options->lanes, options->lane_count);
    passers->lane_count = options->lane_count;
    Status status = passers->lanes ? road_create(&passers->road, &road, error)
                                   : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK)
        road_set_trace(passers->road, take, NULL, passers);
    else
        passers_destroy(out);
    return status;
}

void passers_destroy(Passers **out)
{
    Passers *passers = *out;
    *out = NULL;
    if (!passers)
        return;
    road_destroy(&passers->road);
    lanes_free(passers->lanes, passers->lane_count);
    for (size_t i = 0; i < passers->count; i++)
        free(passers->list[i].points);
    free(passers->list);
    free(passers);
}

Status passers_learn(Passers *passers, Picture *picture, Error *error)
{
    return road_learn(passers->road, picture, error);
}

Status passers_push(Passers *passers, Picture *picture, Error *error)
{
    return road_push(passers->road, picture, error);
}

// Whether it went out of the picture: what comes then is another.
static bool left(const Passers *passers, const Passer *passer)
{
    const TrackPoint *end = &passer->points[passer->point_count - 1];
    const TrackPoint *before = &passer->points[passer->point_count / 2];
    int width = passers->width, height = passers->height, rim = width / 100 + 1;
    Box a = before->box, b = end->box;
    int dx = 2 * b.x + b.w - 2 * a.x - a.w, dy = 2 * b.y + b.h - 2 * a.y - a.h;
    return (dx < 0 && b.x < rim) || (dx > 0 && b.x + b.w > width - rim) || (dy < 0 && b.y < rim) ||
           (dy > 0 && b.y + b.h > height - rim);
}

// How much of the smaller one the two share, 0..1.
static double share(Box a, Box b)
{
    int w = (a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w) - (a.x > b.x ? a.x : b.x);
    int h = (a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h) - (a.y > b.y ? a.y : b.y);
    double least = fmin((double)a.w * a.h, (double)b.w * b.h);
    return w > 0 && h > 0 && least > 0 ? (double)w * h / least : 0;
}

// Whether later is the vehicle of earlier, found again where it was lost.
static bool goes_on(const Passers *passers, const Passer *earlier, const Passer *later)
{
    const TrackPoint *end = &earlier->points[earlier->point_count - 1];
    const TrackPoint *before = &earlier->points[earlier->point_count / 2], *begin = later->points;
    int64_t gap_us = begin->time_us - end->time_us;
    if (gap_us < -TWICE_US || gap_us > LOST_US || left(passers, earlier))
        return false;
    // The way on may be anything between standing still and going on as before.
    double span = fmax(1e-3, (double)(end->time_us - before->time_us) / 1e6);
    double most = fmax(0, (double)gap_us / 1e6) + 0.2;
    for (double t = 0; t <= most; t += 0.1) {
        double dx = (end->box.x - before->box.x) / span * t;
        double dy = (end->box.y - before->box.y) / span * t;
        Box guess = {end->box.x + (int)dx, end->box.y + (int)dy, end->box.w, end->box.h};
        if (share(guess, begin->box) > SHARED)
            return true;
    }
    return false;
}

static int by_begin(const void *a, const void *b)
{
    int64_t x = ((const Passer *)a)->points->time_us, y = ((const Passer *)b)->points->time_us;
    return (x > y) - (x < y);
}

Status passers_finish(Passers *passers, Error *error)
{
    Status status = road_finish(passers->road, error);
    if (passers->count)
        qsort(passers->list, passers->count, sizeof *passers->list, by_begin);
    for (size_t i = 0; i < passers->count; i++)
        for (size_t n = i + 1; n < passers->count;) {
            Passer *later = &passers->list[n];
            if (!goes_on(passers, &passers->list[i], later)) {
                n++;
                continue;
            }
            passers->full |= !append(&passers->list[i], later->points, later->point_count);
            free(later->points);
            memmove(later, later + 1, (--passers->count - n) * sizeof *later);
        }
    return status == STATUS_OK && passers->full
               ? error_set(error, STATUS_MEMORY, "out of memory for passages")
               : status;
}

const Passer *passers_list(const Passers *passers, size_t *count)
{
    *count = passers->count;
    return passers->list;
}
