#include "plate/find.h"

#include "capture/vision.h"
#include "plate/model.h"
#include "plate/sight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 256 // of what the network looks at at once
#define HEIGHT 160
#define CLOSE_WIDTH 128 // and when it looks closer
#define CLOSE_HEIGHT 80
#define STRIDE 8
#define REACH 32 // corners are told in this many pixels
#define SCORE 0  // channels
#define CORNERS 1
#define ROWS 9
#define COLOURS 10
#define COLOUR_COUNT 5
#define CHANNELS (COLOURS + COLOUR_COUNT)

#define LEAST 0.3        // likelihood of a place that is looked at closer
#define LIKELY 0.35      // and of one that is told after that
#define SMALLEST_SEEN 22 // pixels of the network's input: the width of a plate that it sees
#define FINER 3          // from one size of sights to the next
#define OVERLAP_X 88     // of sights side by side: the widest plate that is wanted there
#define OVERLAP_Y 56
#define LOOK_WIDTH 76 // of a plate that is looked at closer
#define MAX_SEEN 64

static const char *const colour_names[COLOUR_COUNT] = {"blue", "yellow", "green", "white", "black"};

struct PlateFinder {
    Net *wide, *close; // the same network: each is prepared for one size
    float input[3 * HEIGHT * WIDTH];
};

typedef struct Sighting {
    double likely, corners[4][2];     // in pixels of the picture
    float rows, colour[COLOUR_COUNT]; // as the network says them
} Sighting;

typedef struct Sightings { // surest first
    Sighting list[MAX_SEEN];
    size_t count;
} Sightings;

// ---- the network ----

static Status load(Net **out, const char *path, Error *error)
{
    if (path)
        return net_load_file(out, path, error);
    return net_load(out, plate_finder_net, (size_t)(plate_finder_net_end - plate_finder_net),
                    "plate finder", error);
}

Status plate_finder_create(PlateFinder **out, const char *path, Error *error)
{
    PlateFinder *finder = *out = calloc(1, sizeof *finder);
    if (!finder)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = load(&finder->wide, path, error);
    if (status == STATUS_OK)
        status = load(&finder->close, path, error);
    if (status != STATUS_OK)
        plate_finder_destroy(out);
    return status;
}

void plate_finder_destroy(PlateFinder **out)
{
    PlateFinder *finder = *out;
    *out = NULL;
    if (!finder)
        return;
    net_destroy(&finder->wide);
    net_destroy(&finder->close);
    free(finder);
}

const void *plate_finder_model(size_t *size)
{
    *size = (size_t)(plate_finder_net_end - plate_finder_net);
    return plate_finder_net;
}

// ---- what it says ----

static double cross(const double *a, const double *b, const double *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static double distance(const double *a, const double *b)
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

static double width_of(const double q[4][2])
{
    return (distance(q[0], q[1]) + distance(q[3], q[2])) / 2;
}

// Four corners, clockwise from the top left, that a plate may have.
static bool is_sane(const double q[4][2])
{
    for (int i = 0; i < 4; i++)
        if (!(cross(q[i], q[(i + 1) % 4], q[(i + 2) % 4]) > 0))
            return false;
    double w = width_of(q), h = (distance(q[0], q[3]) + distance(q[1], q[2])) / 2;
    return q[0][0] < q[1][0] && w > 1.1 * h && w < 8 * h;
}

// Is the point in the middle part (0.5: anywhere) of the plate, seen as a parallelogram?
static bool covers(const double q[4][2], double x, double y, double part)
{
    double ax = (q[1][0] - q[0][0] + q[2][0] - q[3][0]) / 2,
           ay = (q[1][1] - q[0][1] + q[2][1] - q[3][1]) / 2;
    double dx = (q[3][0] - q[0][0] + q[2][0] - q[1][0]) / 2,
           dy = (q[3][1] - q[0][1] + q[2][1] - q[1][1]) / 2;
    double px = x - (q[0][0] + q[1][0] + q[2][0] + q[3][0]) / 4;
    double py = y - (q[0][1] + q[1][1] + q[2][1] + q[3][1]) / 4, area = ax * dy - ay * dx;
    return fabs(px * dy - py * dx) < part * fabs(area) &&
           fabs(ax * py - ay * px) < part * fabs(area);
}

static void middle_of(const double q[4][2], double middle[2])
{
    for (int k = 0; k < 2; k++)
        middle[k] = (q[0][k] + q[1][k] + q[2][k] + q[3][k]) / 4;
}

static bool same_plate(const double a[4][2], const double b[4][2])
{
    double of_a[2], of_b[2];
    middle_of(a, of_a);
    middle_of(b, of_b);
    return covers(a, of_b[0], of_b[1], 0.5) || covers(b, of_a[0], of_a[1], 0.5);
}

// Adds it, unless a surer one is the same plate; less sure ones that are go.
static void add(Sightings *to, const Sighting *new)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < to->count; i++)
        if (to->list[i].likely >= new->likely && same_plate(to->list[i].corners, new->corners))
            return;
    for (size_t i = 0; i < to->count; i++)
        if (to->list[i].likely >= new->likely || !same_plate(to->list[i].corners, new->corners))
            to->list[kept++] = to->list[i];
    to->count = kept < MAX_SEEN ? kept : MAX_SEEN - 1;
    while (at < to->count && to->list[at].likely >= new->likely)
        at++;
    memmove(to->list + at + 1, to->list + at, (to->count - at) * sizeof *to->list);
    to->list[at] = *new;
    to->count++;
}

static Sighting cell_of(const float *cells, size_t plane, int columns, size_t at, Sight sight)
{
    Sighting s = {.likely = 1 / (1 + exp(-cells[SCORE * plane + at])),
                  .rows = cells[ROWS * plane + at]};
    double x = ((double)(at % (size_t)columns) + 0.5) * STRIDE,
           y = ((double)(at / (size_t)columns) + 0.5) * STRIDE;
    for (size_t i = 0; i < 4; i++) {
        s.corners[i][0] =
            sight.x + sight.step * (x + REACH * cells[(CORNERS + 2 * i) * plane + at]);
        s.corners[i][1] =
            sight.y + sight.step * (y + REACH * cells[(CORNERS + 2 * i + 1) * plane + at]);
    }
    for (size_t i = 0; i < COLOUR_COUNT; i++)
        s.colour[i] = cells[(COLOURS + i) * plane + at];
    return s;
}

// The corners of all cells that mean the plate, weighed by how sure they are.
static void average(Sighting *s, const float *cells, size_t plane, int columns, Sight sight)
{
    double sum[4][2] = {{0}}, weight = 0;
    for (size_t at = 0; at < plane; at++) {
        Sighting other = cell_of(cells, plane, columns, at, sight);
        double middle[2];
        middle_of(other.corners, middle);
        if (other.likely <= s->likely / 2 || !covers(s->corners, middle[0], middle[1], 0.5))
            continue;
        for (int i = 0; i < 8; i++)
            sum[i / 2][i % 2] += other.likely * other.corners[i / 2][i % 2];
        weight += other.likely;
    }
    for (int i = 0; weight > 0 && i < 8; i++)
        s->corners[i / 2][i % 2] = sum[i / 2][i % 2] / weight;
}

// What the network takes for a plate in one sight.
static Status look(PlateFinder *finder, Net *net, const Picture *picture, Sight sight,
                   Sightings *seen, Error *error)
{
    NetOutput said;
    seen->count = 0;
    if (!sight_fill(picture, sight, finder->input))
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status =
        net_run(net, finder->input, (const int[4]){1, 3, sight.height, sight.width}, &said, error);
    if (status != STATUS_OK)
        return status;
    int columns = sight.width / STRIDE;
    size_t plane = (size_t)columns * (size_t)(sight.height / STRIDE);
    if (said.count != CHANNELS * plane)
        return error_set(
            error, STATUS_FORMAT,
            "the plate finder's network gives %zu values, not %zu: is it another model?",
            said.count, CHANNELS * plane);
    for (size_t at = 0; at < plane; at++) {
        Sighting s = cell_of(said.values, plane, columns, at, sight);
        if (s.likely > LEAST && is_sane(s.corners))
            add(seen, &s);
    }
    for (size_t i = 0; i < seen->count; i++)
        average(&seen->list[i], said.values, plane, columns, sight);
    return STATUS_OK;
}

// ---- over a part of the picture ----

static int sights_along(double length, double step, int size, int overlap)
{
    double rest = length / step - size;
    return rest <= 0 ? 1 : 1 + (int)ceil(rest / (size - overlap));
}

static double start_of(double from, double length, double covered, int i, int count)
{
    double rest = length - covered;
    return count == 1 ? from + rest / 2 : from + rest * i / (count - 1);
}

// All sights of one size, side by side.
static Status sweep(PlateFinder *finder, const Picture *picture, Box where, double step,
                    Sightings *all, Error *error)
{
    int columns = sights_along(where.w, step, WIDTH, OVERLAP_X),
        rows = sights_along(where.h, step, HEIGHT, OVERLAP_Y);
    Status status = STATUS_OK;
    for (int i = 0; i < rows * columns && status == STATUS_OK; i++) {
        Sightings seen;
        Sight sight = {start_of(where.x, where.w, WIDTH * step, i % columns, columns),
                       start_of(where.y, where.h, HEIGHT * step, i / columns, rows), step, WIDTH,
                       HEIGHT};
        status = look(finder, finder->wide, picture, sight, &seen, error);
        for (size_t n = 0; n < seen.count; n++) {
            double middle[2];
            middle_of(seen.list[n].corners, middle);
            if (middle[0] >= where.x && middle[1] >= where.y && middle[0] < where.x + where.w &&
                middle[1] < where.y + where.h)
                add(all, &seen.list[n]);
        }
    }
    return status;
}

// Looks at the place from so near that the plate has the size the network knows best.
static Status look_closer(PlateFinder *finder, const Picture *picture, Sighting *s, Error *error)
{
    double middle[2];
    middle_of(s->corners, middle);
    double step = width_of(s->corners) / LOOK_WIDTH;
    Sight sight = {middle[0] - CLOSE_WIDTH * step / 2, middle[1] - CLOSE_HEIGHT * step / 2, step,
                   CLOSE_WIDTH, CLOSE_HEIGHT};
    Sightings seen;
    Status status = look(finder, finder->close, picture, sight, &seen, error);
    double before = s->likely;
    s->likely /= 4; // what is not seen again hardly is one
    for (size_t i = 0; i < seen.count; i++)
        if (same_plate(seen.list[i].corners, s->corners)) {
            *s = seen.list[i];
            s->likely = sqrt(s->likely * before);
            break;
        }
    return status;
}

static double sharpness_of(const Picture *picture, Box box)
{
    double sum = 0;
    box = box_clip(box, picture->width, picture->height);
    for (int y = box.y; y < box.y + box.h; y++) {
        const uint8_t *row = picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = box.x + 1; x + 1 < box.x + box.w; x++)
            sum += abs(row[x + 1] - row[x - 1]);
    }
    return box.w && box.h ? sum / ((double)box.w * box.h) : 0;
}

static Plate describe(const Picture *picture, const Sighting *s)
{
    const double(*q)[2] = s->corners;
    double left = fmin(q[0][0], q[3][0]), right = fmax(q[1][0], q[2][0]);
    double top = fmin(q[0][1], q[1][1]), bottom = fmax(q[2][1], q[3][1]);
    Plate plate = {.box = {(int)floor(left), (int)floor(top), (int)ceil(right - left),
                           (int)ceil(bottom - top)},
                   .rows = s->rows > 1    ? 2
                           : s->rows < -1 ? 1
                                          : 0,
                   .likeness = s->likely};
    plate.sharpness = sharpness_of(picture, plate.box);
    memcpy(plate.corners, s->corners, sizeof plate.corners);
    size_t colour = 0;
    for (size_t i = 1; i < COLOUR_COUNT; i++)
        if (s->colour[i] > s->colour[colour])
            colour = i;
    memcpy(plate.colour, colour_names[colour], strlen(colour_names[colour]) + 1);
    return plate;
}

Status plate_locate(PlateFinder *finder, const Picture *picture, Box where, double smallest,
                    Plate *out, size_t room, size_t *count, Error *error)
{
    Box area = box_clip(where, picture->width, picture->height);
    Sightings coarse = {.count = 0}, fine = {.count = 0};
    *count = 0;
    if (area.w < 8 || area.h < 4)
        return STATUS_OK;
    Status status = STATUS_OK;
    double step = fmax(0.5, fmax((double)area.w / WIDTH, (double)area.h / HEIGHT));
    double finest = fmax(0.5, smallest / SMALLEST_SEEN);
    status = sweep(finder, picture, area, step, &coarse, error);
    while (status == STATUS_OK && step > finest * 1.1) {
        step = fmax(finest, step / FINER);
        status = sweep(finder, picture, area, step, &coarse, error);
    }
    for (size_t i = 0; i < coarse.count && i < 2 * room && status == STATUS_OK; i++) {
        Sighting s = coarse.list[i];
        status = look_closer(finder, picture, &s, error);
        if (s.likely > LIKELY)
            add(&fine, &s);
    }
    for (size_t i = 0; i < fine.count && *count < room && *count < PLATE_CANDIDATES; i++)
        out[(*count)++] = describe(picture, &fine.list[i]);
    return status;
}
