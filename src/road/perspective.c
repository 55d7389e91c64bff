#include "road/perspective.h"

#include <math.h>
#include <stdlib.h>

#define FEWEST_BOXES 8
#define BOTTOM 4.5 // cells: what reaches nearer to the picture's lower rim is cut by it
// Of a vehicle that drives across, the height says how large it is: so much of it is the geometric
// mean of width and height from behind.
#define ACROSS_TALL 1.2
// From steeply above, the height is the length: no vehicle is larger than so many widths.
#define FROM_ABOVE 1.1

// The horizon, in shares of the picture's height from its upper rim.
#define HORIZON_FIRST (-1.2)
#define HORIZON_LAST 0.5
#define HORIZON_STEP 0.02
#define HORIZON_USUAL (-0.15)
#define HORIZON_BELIEF 0.6 // logarithms: what lies one height of the picture off costs
#define LEAST_WAY 0.05     // between both halves of a way that tells of the horizon
#define MOST_OFF 0.3       // logarithm: what is off by more is no vehicle on this road
#define LEAST_BELOW 0.03   // the horizon

// Natural logarithms of metres: the camera's height, and the geometric means of width and height of
// vehicles from behind and above.
#define CAMERA 1.79 // 6 m
#define CAMERA_SPREAD 0.3
#define CAR 0.65 // 1.9 m, mirrors and a part of the roof with it
#define CAR_SPREAD 0.15
#define LORRY 1.05 // 2.85 m
#define LORRY_SPREAD 0.17
#define SMALLEST_CAR 0.2 // 1.2 m
#define NEITHER 0.3      // as likely everywhere as a car where it is one spread off
#define HEIGHTS 101      // of the camera, within:
#define HEIGHT_RANGE 1.0 // of CAMERA, to both sides

// What the picture's lower rim cuts stands nobody knows where, and is larger than it looks.
static bool stands_in_sight(const Grid *grid, Box box)
{
    return box.y + box.h < grid->picture_height - BOTTOM * grid->factor;
}

// Where the boxes' lower sides are, of those in sight or of all. Returns the count.
static size_t range_of(const Grid *grid, const Passage *passage, bool all, int *top, int *bottom)
{
    size_t count = 0;
    for (size_t i = 0; i < passage->point_count; i++) {
        Box box = passage->points[i].box;
        if (!all && !stands_in_sight(grid, box))
            continue;
        int y = box.y + box.h;
        *top = !count || y < *top ? y : *top;
        *bottom = !count || y > *bottom ? y : *bottom;
        count++;
    }
    return count;
}

// False when there is no view of it.
static bool look_at(const Grid *grid, const Passage *passage, bool *in_sight, PerspectiveLook *out)
{
    int top, bottom;
    size_t count = range_of(grid, passage, false, &top, &bottom);
    *in_sight = count >= FEWEST_BOXES;
    if (!*in_sight)
        count = range_of(grid, passage, true, &top, &bottom);
    if (!count)
        return false;
    Box a = passage->points[0].box, b = passage->points[passage->point_count - 1].box;
    bool across = abs(2 * b.x + b.w - 2 * a.x - a.w) > 2 * abs(b.y + b.h - a.y - a.h);
    double y[2] = {0}, size[2] = {0};
    int seen[2] = {0};
    for (size_t i = 0; i < passage->point_count; i++) {
        Box box = passage->points[i].box;
        if (*in_sight && !stands_in_sight(grid, box))
            continue;
        int half = 2 * (box.y + box.h) < top + bottom; // 0: the nearer one
        y[half] += box.y + box.h;
        double behind = fmin(sqrt((double)box.w * box.h), FROM_ABOVE * box.w);
        size[half] += log(fmax(1, across ? ACROSS_TALL * box.h : behind));
        seen[half]++;
    }
    for (int half = 0; half < 2; half++) {
        y[half] /= fmax(1, seen[half]) * grid->picture_height;
        size[half] = size[half] / fmax(1, seen[half]) - log(grid->picture_height);
    }
    int far = seen[1] > 0;
    *out = (PerspectiveLook){(float)y[0], (float)y[far], (float)size[0], (float)size[far]};
    return true;
}

// By how much what shrank so does not fit a horizon, as a logarithm.
static double off_by(const PerspectiveLook *look, double horizon)
{
    double near = (double)look->near_y - horizon, far = (double)look->far_y - horizon;
    if (far < LEAST_BELOW)
        return 1;
    return fmin(MOST_OFF, fabs((double)(look->near_size - look->far_size) - log(near / far)));
}

static double find_horizon(const Perspective *p)
{
    double best = HORIZON_USUAL, least = INFINITY;
    for (double horizon = HORIZON_FIRST; horizon < HORIZON_LAST; horizon += HORIZON_STEP) {
        double cost = HORIZON_BELIEF * fabs(horizon - HORIZON_USUAL);
        for (int i = 0; i < p->count && cost < least; i++)
            if (p->looks[i].near_y - p->looks[i].far_y >= (float)LEAST_WAY)
                cost += off_by(&p->looks[i], horizon);
        if (cost < least) {
            least = cost;
            best = horizon;
        }
    }
    return best;
}

// How large it is, in heights of the camera; natural logarithm.
static double size_of(const PerspectiveLook *look, double horizon)
{
    double near = fmax(LEAST_BELOW, (double)look->near_y - horizon);
    double far = fmax(LEAST_BELOW, (double)look->far_y - horizon);
    return ((double)(look->near_size + look->far_size) - log(near * far)) / 2;
}

static double bell(double value, double middle, double spread)
{
    double off = (value - middle) / spread;
    return exp(-off * off / 2) / spread;
}

// One of the heights that the camera may have.
static double camera_at(int h)
{
    return CAMERA + HEIGHT_RANGE * (2.0 * h / (HEIGHTS - 1) - 1);
}

static void add(Perspective *p, PerspectiveLook look)
{
    p->looks[p->next] = look;
    p->next = (p->next + 1) % PERSPECTIVE_RECENT;
    p->count += p->count < PERSPECTIVE_RECENT;
}

void perspective_learn(Perspective *perspective, const Grid *grid, const Passage *passage)
{
    PerspectiveLook look;
    bool in_sight;
    if (look_at(grid, passage, &in_sight, &look) && in_sight)
        add(perspective, look);
}

VehicleClass perspective_class(const Perspective *perspective, const Grid *grid,
                               const Passage *passage)
{
    PerspectiveLook look;
    bool in_sight;
    if (!look_at(grid, passage, &in_sight, &look))
        return VEHICLE_OTHER;
    Perspective known = *perspective;
    add(&known, look);
    double sizes[PERSPECTIVE_RECENT], likely[HEIGHTS], most = 0;
    double horizon = find_horizon(&known), own = size_of(&look, horizon);
    for (int i = 0; i < known.count; i++)
        sizes[i] = size_of(&known.looks[i], horizon);
    for (int h = 0; h < HEIGHTS; h++) {
        double camera = camera_at(h), off = (camera - CAMERA) / CAMERA_SPREAD;
        likely[h] = -off * off / 2;
        for (int i = 0; i < known.count; i++)
            likely[h] += log(bell(sizes[i] + camera, CAR, CAR_SPREAD) +
                             bell(sizes[i] + camera, LORRY, LORRY_SPREAD) + NEITHER);
        most = h && most > likely[h] ? most : likely[h];
    }
    // Over all heights that the camera may have, by how likely they are.
    double car = 0, lorry = 0, size = 0, weight = 0;
    for (int h = 0; h < HEIGHTS; h++) {
        double camera = camera_at(h), here = exp(likely[h] - most);
        car += here * bell(own + camera, CAR, CAR_SPREAD);
        lorry += here * bell(own + camera, LORRY, LORRY_SPREAD);
        size += here * (own + camera);
        weight += here;
    }
    if (size < SMALLEST_CAR * weight)
        return VEHICLE_OTHER;
    return lorry > car || size > LORRY * weight ? VEHICLE_LORRY : VEHICLE_CAR;
}
