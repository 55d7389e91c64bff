#include "plate/sightings.h"

#include <math.h>
#include <string.h>

#define LEAST 0.3 // likelihood of a place that is looked at closer

static double cross(const double *a, const double *b, const double *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static double distance(const double *a, const double *b)
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

double sighting_width(const double q[4][2])
{
    return (distance(q[0], q[1]) + distance(q[3], q[2])) / 2;
}

// Four corners, clockwise from the top left, that a plate may have.
static bool is_sane(const double q[4][2])
{
    for (int i = 0; i < 4; i++)
        if (!(cross(q[i], q[(i + 1) % 4], q[(i + 2) % 4]) > 0))
            return false;
    double w = sighting_width(q), h = (distance(q[0], q[3]) + distance(q[1], q[2])) / 2;
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

void sighting_middle(const double q[4][2], double middle[2])
{
    for (int k = 0; k < 2; k++)
        middle[k] = (q[0][k] + q[1][k] + q[2][k] + q[3][k]) / 4;
}

bool sighting_same(const double a[4][2], const double b[4][2])
{
    double of_a[2], of_b[2];
    sighting_middle(a, of_a);
    sighting_middle(b, of_b);
    return covers(a, of_b[0], of_b[1], 0.5) || covers(b, of_a[0], of_a[1], 0.5);
}

double sighting_apart(const double a[4][2], const double b[4][2])
{
    double most = 0;
    for (int i = 0; i < 4; i++)
        most = fmax(most, distance(a[i], b[i]));
    return most / fmax(1, sighting_width(a));
}

void sightings_add(Sightings *to, const Sighting *new)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < to->count; i++)
        if (to->list[i].likely >= new->likely && sighting_same(to->list[i].corners, new->corners))
            return;
    for (size_t i = 0; i < to->count; i++)
        if (to->list[i].likely >= new->likely || !sighting_same(to->list[i].corners, new->corners))
            to->list[kept++] = to->list[i];
    to->count = kept < SIGHTINGS ? kept : SIGHTINGS - 1;
    while (at < to->count && to->list[at].likely >= new->likely)
        at++;
    memmove(to->list + at + 1, to->list + at, (to->count - at) * sizeof *to->list);
    to->list[at] = *new;
    to->count++;
}

// ---- cells, each with what it says of a plate that it is in the middle of ----

#define SCORE 0 // channels
#define CORNERS 1
#define ROWS 9
#define COLOURS 10
#define CHANNELS (COLOURS + SIGHTING_COLOURS)

typedef struct Cells {
    const float *values;
    size_t plane; // cells
    int columns, stride, reach;
    bool probabilities;
    Sight sight;
} Cells;

static double likelihood_of(double value, bool probability)
{
    return probability ? value : 1 / (1 + exp(-value));
}

static Sighting cell_of(const Cells *cells, size_t at)
{
    const float *values = cells->values;
    size_t plane = cells->plane;
    Sighting s = {.likely = likelihood_of(values[SCORE * plane + at], cells->probabilities),
                  .rows = values[ROWS * plane + at]};
    double x = ((double)(at % (size_t)cells->columns) + 0.5) * cells->stride,
           y = ((double)(at / (size_t)cells->columns) + 0.5) * cells->stride;
    for (size_t i = 0; i < 4; i++) {
        double dx = values[(CORNERS + 2 * i) * plane + at],
               dy = values[(CORNERS + 2 * i + 1) * plane + at];
        s.corners[i][0] = cells->sight.x + cells->sight.step * (x + cells->reach * dx);
        s.corners[i][1] = cells->sight.y + cells->sight.step * (y + cells->reach * dy);
    }
    if (cells->probabilities)
        s.rows = (float)log(fmax(1e-6, (double)s.rows) / fmax(1e-6, 1 - (double)s.rows));
    for (size_t i = 0; i < SIGHTING_COLOURS; i++)
        s.colour[i] = values[(COLOURS + i) * plane + at];
    return s;
}

// The corners of all cells that mean the plate, weighed by how sure they are.
static void average(Sighting *s, const Cells *cells)
{
    double sum[4][2] = {{0}}, weight = 0;
    for (size_t at = 0; at < cells->plane; at++) {
        Sighting other = cell_of(cells, at);
        double middle[2];
        sighting_middle(other.corners, middle);
        if (other.likely <= s->likely / 2 || !covers(s->corners, middle[0], middle[1], 0.5))
            continue;
        for (int i = 0; i < 8; i++)
            sum[i / 2][i % 2] += other.likely * other.corners[i / 2][i % 2];
        weight += other.likely;
    }
    for (int i = 0; weight > 0 && i < 8; i++)
        s->corners[i / 2][i % 2] = sum[i / 2][i % 2] / weight;
}

static bool from_cells(const PlateFinderModel *model, const float *values, size_t count,
                       Sight sight, Sightings *out)
{
    Cells cells = {.values = values,
                   .columns = sight.width / model->stride,
                   .stride = model->stride,
                   .reach = model->reach,
                   .probabilities = strcmp(model->net.values, "probabilities") == 0,
                   .sight = sight};
    cells.plane = (size_t)cells.columns * (size_t)(sight.height / model->stride);
    if (count != CHANNELS * cells.plane)
        return false;
    for (size_t at = 0; at < cells.plane; at++) {
        Sighting s = cell_of(&cells, at);
        if (s.likely > LEAST && is_sane(s.corners))
            sightings_add(out, &s);
    }
    for (size_t i = 0; i < out->count; i++)
        average(&out->list[i], &cells);
    return true;
}

// ---- a list, a line for each place ----

static double column_of(const PlateFinderModel *model, const float *line, const char *name,
                        double otherwise)
{
    const char *const *columns = model->columns.items;
    for (size_t i = 0; i < model->columns.count; i++)
        if (strcmp(columns[i], name) == 0)
            return line[i];
    return otherwise;
}

static Sighting line_of(const PlateFinderModel *model, const float *line, Sight sight)
{
    bool probable = strcmp(model->net.values, "probabilities") == 0;
    double x = column_of(model, line, "x", 0), y = column_of(model, line, "y", 0);
    double w = column_of(model, line, "w", 0), h = column_of(model, line, "h", 0);
    double one = column_of(model, line, "one", 0), two = column_of(model, line, "two", one);
    Sighting s = {.likely = likelihood_of(column_of(model, line, "score", 0), probable)};
    for (int i = 0; i < 4; i++) {
        const char across[] = {'x', (char)('1' + i), '\0'}, down[] = {'y', (char)('1' + i), '\0'};
        double left = x + w * (i == 1 || i == 2 ? 0.5 : -0.5), top = y + h * (i >= 2 ? 0.5 : -0.5);
        s.corners[i][0] = sight.x + sight.step * column_of(model, line, across, left);
        s.corners[i][1] = sight.y + sight.step * column_of(model, line, down, top);
    }
    s.rows = (float)(probable ? 4 * (two - one) : two - one);
    return s;
}

static bool from_list(const PlateFinderModel *model, const float *values, size_t count, Sight sight,
                      Sightings *out)
{
    if (count % model->columns.count)
        return false;
    for (size_t at = 0; at < count; at += model->columns.count) {
        Sighting s = line_of(model, values + at, sight);
        if (s.likely > LEAST && is_sane(s.corners))
            sightings_add(out, &s);
    }
    return true;
}

bool sightings_take(const PlateFinderModel *model, const float *values, size_t count, Sight sight,
                    Sightings *out)
{
    out->count = 0;
    return strcmp(model->output, "list") == 0 ? from_list(model, values, count, sight, out)
                                              : from_cells(model, values, count, sight, out);
}
