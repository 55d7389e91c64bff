#include "plate/find.h"

#include "capture/vision.h"
#include "plate/model.h"
#include "plate/sight.h"
#include "plate/sightings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIKELY 0.35                      // least likelihood of a place that is told
#define FINER 3                          // from one size of sights to the next
#define OVERLAP_X(wide) ((wide)*11 / 32) // of sights side by side: the widest plate wanted there
#define OVERLAP_Y(high) ((high)*7 / 20)
#define MAGNIFIED 0.5      // pixels of the picture that one of the input is at least
#define LOOK_SHARE 0.59375 // of the input's width is a plate that is looked at closer
#define STEADY 0.1         // widths of the plate: corners that move by more are looked at once more
#define DARK 40.0          // mean of an input that is brightened, to as much as the network knows
#define USUAL 60.0
#define BRIGHTEST 4.0 // times

static const char *const colour_names[SIGHTING_COLOURS] = {"blue", "yellow", "green", "white",
                                                           "black"};

struct PlateFinder {
    const PlateFinderModel *model;
    Net *wide, *close; // the same network: each is prepared for one size
    float *input;
};

// ---- the network ----

static Status load(Net **out, const char *path, Error *error)
{
    if (path)
        return net_load_file(out, path, error);
    return net_load(out, plate_finder_net, (size_t)(plate_finder_net_end - plate_finder_net),
                    "plate finder", error);
}

Status plate_finder_create(PlateFinder **out, const PlateFinderModel *model, Error *error)
{
    PlateFinder *finder = *out = calloc(1, sizeof *finder);
    if (!finder)
        return error_set(error, STATUS_MEMORY, "out of memory");
    finder->model = model ? model : &plate_models_default.finder;
    const PlateNet *net = &finder->model->net;
    finder->input = calloc(3 * (size_t)net->width * (size_t)net->height, sizeof *finder->input);
    Status status = finder->input ? load(&finder->wide, net->file, error)
                                  : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK && finder->model->closer)
        status = load(&finder->close, net->file, error);
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
    free(finder->input);
    free(finder);
}

// What the network takes for a plate in the sight that is its input.
static Status run(PlateFinder *finder, Net *net, Sight sight, Sightings *seen, Error *error)
{
    const PlateFinderModel *model = finder->model;
    const char *file = model->net.file ? model->net.file : "plate finder";
    const int shape[4] = {1, plate_net_channels(&model->net), sight.height, sight.width};
    NetOutput said;
    seen->count = 0;
    plate_net_prepare(&model->net, finder->input, (size_t)sight.width * (size_t)sight.height);
    Status status = net_run(net, finder->input, shape, &said, error);
    if (status != STATUS_OK || sightings_take(model, said.values, said.count, sight, seen))
        return status;
    return error_set(error, STATUS_FORMAT,
                     "%s: gives %zu values for %d x %d pixels, which is no output of the kind "
                     "'%s': is it another model?",
                     file, said.count, sight.width, sight.height, model->output);
}

// Brightens what is too dark for the network: luma alone, as colour in the dark is noise.
static void brighten(float *planes, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < 3 * count; i++)
        sum += (double)planes[i];
    double mean = fmax(1, sum / (double)(3 * count));
    if (mean >= DARK)
        return;
    float gain = (float)fmin(BRIGHTEST, USUAL / mean) - 1;
    for (size_t i = 0; i < count; i++) {
        float more = gain * (planes[i] + 2 * planes[count + i] + planes[2 * count + i]) / 4;
        for (size_t n = 0; n < 3; n++)
            planes[n * count + i] = fminf(255, planes[n * count + i] + more);
    }
}

static Status look(PlateFinder *finder, Net *net, const Picture *picture, Sight sight,
                   Sightings *seen, Error *error)
{
    if (!sight_fill(picture, sight, finder->input))
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (!finder->model->net.file)
        brighten(finder->input, (size_t)sight.width * (size_t)sight.height);
    return run(finder, net, sight, seen, error);
}

Status plate_finder_try(PlateFinder *finder, Error *error)
{
    const PlateNet *net = &finder->model->net;
    Sight wide = {0, 0, 1, net->width, net->height};
    Sight close = {0, 0, 1, net->width / 2, net->height / 2};
    Sightings seen;
    Status status = run(finder, finder->wide, wide, &seen, error);
    if (status == STATUS_OK && finder->close)
        status = run(finder, finder->close, close, &seen, error);
    return status;
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

// The input for a part so long: less of it where the smallest plate wanted still is wide enough
// there. Only the network built in is known to take it.
static int side_of(const PlateFinderModel *model, int whole, double length, double finest)
{
    int less = whole * 3 / 4;
    bool enough = length >= less * MAGNIFIED && length <= less * finest;
    return !model->net.file && enough ? less : whole;
}

// All sights of one size, side by side.
static Status sweep(PlateFinder *finder, const Picture *picture, Box where, Sight size,
                    Sightings *all, Error *error)
{
    int wide = size.width, high = size.height;
    double step = size.step;
    int columns = sights_along(where.w, step, wide, OVERLAP_X(wide)),
        rows = sights_along(where.h, step, high, OVERLAP_Y(high));
    Status status = STATUS_OK;
    for (int i = 0; i < rows * columns && status == STATUS_OK; i++) {
        Sightings seen;
        Sight sight = {start_of(where.x, where.w, wide * step, i % columns, columns),
                       start_of(where.y, where.h, high * step, i / columns, rows), step, wide,
                       high};
        status = look(finder, finder->wide, picture, sight, &seen, error);
        for (size_t n = 0; n < seen.count; n++) {
            double middle[2];
            sighting_middle(seen.list[n].corners, middle);
            if (middle[0] >= where.x && middle[1] >= where.y && middle[0] < where.x + where.w &&
                middle[1] < where.y + where.h)
                sightings_add(all, &seen.list[n]);
        }
    }
    return status;
}

// Looks at the place from so near that the plate has the size the network knows best.
static Status look_closer(PlateFinder *finder, const Picture *picture, Sighting *s, Error *error)
{
    double middle[2];
    sighting_middle(s->corners, middle);
    int wide = finder->model->net.width / 2, high = finder->model->net.height / 2;
    double step = sighting_width(s->corners) / (LOOK_SHARE * wide);
    Sight sight = {middle[0] - wide * step / 2, middle[1] - high * step / 2, step, wide, high};
    Sightings seen;
    Status status = look(finder, finder->close, picture, sight, &seen, error);
    double before = s->likely;
    s->likely /= 4; // what is not seen again hardly is one
    for (size_t i = 0; i < seen.count; i++)
        if (sighting_same(seen.list[i].corners, s->corners)) {
            *s = seen.list[i];
            s->likely = sqrt(s->likely * before);
            break;
        }
    return status;
}

// Again where the corners did not stay: what was near the edge of the first look may be cut off.
static Status look_closely(PlateFinder *finder, const Picture *picture, Sighting *s, Error *error)
{
    Sighting before = *s;
    Status status = look_closer(finder, picture, s, error);
    double likely = s->likely;
    if (status == STATUS_OK && likely > LIKELY &&
        sighting_apart(s->corners, before.corners) > STEADY)
        status = look_closer(finder, picture, s, error);
    s->likely = likely;
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
    bool known = false;
    for (size_t i = 1; i < SIGHTING_COLOURS; i++) {
        known |= s->colour[i] != s->colour[0];
        if (s->colour[i] > s->colour[colour])
            colour = i;
    }
    if (known)
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
    const PlateFinderModel *model = finder->model;
    double finest = fmax(MAGNIFIED, smallest / model->smallest);
    Sight size = {.width = model->net.width, .height = model->net.height};
    if (area.w <= size.width * finest && area.h <= size.height * finest) {
        size.width = side_of(model, size.width, area.w, finest);
        size.height = side_of(model, size.height, area.h, finest);
    }
    size.step = fmax(MAGNIFIED, fmax((double)area.w / size.width, (double)area.h / size.height));
    status = sweep(finder, picture, area, size, &coarse, error);
    while (status == STATUS_OK && size.step > finest * 1.1) {
        size.step = fmax(finest, size.step / FINER);
        status = sweep(finder, picture, area, size, &coarse, error);
    }
    for (size_t i = 0; i < coarse.count && i < 2 * room && status == STATUS_OK; i++) {
        Sighting s = coarse.list[i];
        if (finder->close)
            status = look_closely(finder, picture, &s, error);
        if (s.likely > LIKELY)
            sightings_add(&fine, &s);
    }
    for (size_t i = 0; i < fine.count && *count < room && *count < PLATE_CANDIDATES; i++)
        out[(*count)++] = describe(picture, &fine.list[i]);
    return status;
}
