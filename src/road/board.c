#include "road/board.h"

#include "capture/vision.h"
#include "picture/quad.h"
#include "road/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INSET 0.15     // of a field's size on every side: its edge is blurred
#define LEAST_FIELD 12 // pixels of the picture
#define LEAST_CELL 40  // of the straightened board
#define MOST_CELL 640
#define BLOCKS 4     // per side: light is compared between them, noise is not
#define UNEVEN 0.10  // of ln light, from block to block of one surface: twice the allowed error
#define CLIPPED 0.01 // share of pixels at the end of the range that is too many
#define COARSE 0.025 // of light per step of luma: half of the allowed error

static const char *const fault_names[] = {"",     "outside", "too_small", "overexposed",
                                          "dark", "uneven",  "no_white"};

const char *board_fault_name(BoardFault fault)
{
    return fault_names[fault];
}

// ---- layout ----

BoardLayout board_layout_default(void)
{
    BoardLayout layout = {.columns = 3, .rows = 3, .rim = 0.2};
    for (int i = 0; i < 9; i++)
        layout.levels[i] = 0.25 * i;
    return layout;
}

Status board_layout_parse(const char *text, BoardLayout *out, Error *error)
{
    BoardLayout layout = {.rim = out->rim};
    int count = 0, in_row = 0;
    for (const char *at = text;;) {
        char *end;
        double level = strtod(at, &end);
        if (end == at || !(level >= 0 && level <= 5))
            return error_set(error, STATUS_ARGUMENT,
                             "levels %s: numbers from 0 to 5 are needed, parted by \",\" in a row "
                             "and by \"/\" between rows",
                             text);
        if (count == BOARD_MAX_FIELDS)
            return error_set(error, STATUS_ARGUMENT, "levels %s: more than %d fields", text,
                             BOARD_MAX_FIELDS);
        layout.levels[count++] = level;
        in_row++;
        if (*end == ',') {
            at = end + 1;
            continue;
        }
        layout.rows++;
        layout.columns = layout.columns ? layout.columns : in_row;
        if (in_row != layout.columns || (*end && *end != '/'))
            return error_set(error, STATUS_ARGUMENT, "levels %s: %s", text,
                             *end && *end != '/' ? "only \",\" and \"/\" part levels"
                                                 : "rows of different length");
        if (!*end)
            break;
        in_row = 0;
        at = end + 1;
    }
    *out = layout;
    return STATUS_OK;
}

// ---- the straightened board ----

typedef struct Flat { // the board as seen from straight ahead; luma alone has meaning
    Picture *picture;
    int cell_w, cell_h;
} Flat;

typedef struct Part { // a cell, or all of the board: where its field is, in pixels of it
    Box cell, field, inner;
} Part;

typedef struct Plane { // ln light = base + across*x + down*y
    double base, across, down;
} Plane;

static int luma_at(const Picture *picture, int x, int y)
{
    return picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x];
}

static double ln_light(const Picture *picture, int x, int y)
{
    return (double)light_of(luma_at(picture, x, y) * 16, picture->range) / LIGHT_UNIT;
}

static double edge(const double a[2], const double b[2])
{
    return hypot(b[0] - a[0], b[1] - a[1]);
}

static Status check_corners(const double q[4][2], Error *error)
{
    int right = 0;
    for (int i = 0; i < 4; i++) {
        const double *a = q[i], *b = q[(i + 1) % 4], *c = q[(i + 2) % 4];
        double turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
        if (!(fabs(turn) > 1))
            return error_set(error, STATUS_ARGUMENT,
                             "three of the board's corners lie on one line");
        right += turn > 0;
    }
    if (right == 0)
        return error_set(error, STATUS_ARGUMENT,
                         "the board's corners run against the clock: top left, top right, bottom "
                         "right, bottom left are needed, as the board is printed");
    if (right != 4)
        return error_set(
            error, STATUS_ARGUMENT,
            "the board's corners cross over: top left, top right, bottom right, bottom "
            "left are needed");
    return STATUS_OK;
}

static int cell_size(double pixels)
{
    return (int)fmax(LEAST_CELL, fmin(MOST_CELL, ceil(pixels)));
}

static Status flatten(const Picture *picture, const BoardLayout *layout, const double q[4][2],
                      Flat *out, Error *error)
{
    float corners[8];
    for (int i = 0; i < 8; i++)
        corners[i] = (float)(q[i / 2][i % 2] - 0.5); // vision counts from the middle of a pixel
    out->cell_w = cell_size(fmax(edge(q[0], q[1]), edge(q[3], q[2])) / layout->columns);
    out->cell_h = cell_size(fmax(edge(q[0], q[3]), edge(q[1], q[2])) / layout->rows);
    out->picture = picture_new(out->cell_w * layout->columns, out->cell_h * layout->rows);
    if (!out->picture)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Picture *flat = out->picture;
    flat->range = picture->range;
    flat->space = picture->space;
    Status status = plane_rectify(picture->plane[0], picture->width, picture->height,
                                  picture->stride[0], corners, (uint8_t *)(uintptr_t)flat->plane[0],
                                  flat->width, flat->height, flat->stride[0], error);
    if (status != STATUS_OK)
        picture_unref(&out->picture);
    return status;
}

static Box shrink(Box box, double x, double y)
{
    int left = (int)lround(box.w * x), top = (int)lround(box.h * y);
    return (Box){box.x + left, box.y + top, box.w - 2 * left, box.h - 2 * top};
}

static Part part_of(const Flat *flat, const BoardLayout *layout, int index)
{
    Part part;
    part.cell = (Box){index % layout->columns * flat->cell_w,
                      index / layout->columns * flat->cell_h, flat->cell_w, flat->cell_h};
    part.field = shrink(part.cell, layout->rim, layout->rim);
    part.inner = shrink(part.field, INSET, INSET);
    return part;
}

static bool within(Box box, int x, int y)
{
    return x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h;
}

// ---- white ----

typedef struct Fit { // least squares of z over x, y
    double n, x, y, z, xx, xy, yy, xz, yz;
} Fit;

static void fit_add(Fit *f, double x, double y, double z)
{
    f->n++;
    f->x += x;
    f->y += y;
    f->z += z;
    f->xx += x * x;
    f->xy += x * y;
    f->yy += y * y;
    f->xz += x * z;
    f->yz += y * z;
}

// level: no slope, whatever the points say.
static Plane fit_plane(const Fit *f, bool level)
{
    double xx = f->xx - f->x * f->x / f->n, yy = f->yy - f->y * f->y / f->n;
    double xy = f->xy - f->x * f->y / f->n;
    double xz = f->xz - f->x * f->z / f->n, yz = f->yz - f->y * f->z / f->n;
    double det = xx * yy - xy * xy;
    Plane plane = {0};
    if (!level && det > 0.01 * xx * yy) {
        plane.across = (yy * xz - xy * yz) / det;
        plane.down = (xx * yz - xy * xz) / det;
    }
    plane.base = (f->z - plane.across * f->x - plane.down * f->y) / f->n;
    return plane;
}

static double plane_at(Plane plane, double x, double y)
{
    return plane.base + plane.across * x + plane.down * y;
}

// Whether a pixel of the cell shows its white rim, away from the field's blurred edge and from the
// board's own.
static bool on_rim(const Part *part, int x, int y)
{
    int far_x = (part->field.x - part->cell.x) / 4, far_y = (part->field.y - part->cell.y) / 4;
    Box outer = {part->cell.x + far_x, part->cell.y + far_y, part->cell.w - 2 * far_x,
                 part->cell.h - 2 * far_y};
    Box hole = {part->field.x - far_x, part->field.y - far_y, part->field.w + 2 * far_x,
                part->field.h + 2 * far_y};
    return within(outer, x, y) && !within(hole, x, y);
}

static int ceiling_of(const Picture *picture)
{
    return picture->range == COLOR_RANGE_FULL ? 253 : 234;
}

// The white plane of a cell from its rim; faults are those of the rim.
static BoardFault rim_plane(const Picture *flat, const Part *part, Plane *out)
{
    Fit fit = {0};
    double clipped = 0, sums[BLOCKS * BLOCKS] = {0};
    int counts[BLOCKS * BLOCKS] = {0};
    const Box cell = part->cell;
    for (int y = cell.y; y < cell.y + cell.h; y++)
        for (int x = cell.x; x < cell.x + cell.w; x++)
            if (on_rim(part, x, y)) {
                fit_add(&fit, x, y, ln_light(flat, x, y));
                clipped += luma_at(flat, x, y) >= ceiling_of(flat);
            }
    *out = fit_plane(&fit, false);
    if (clipped > CLIPPED * fit.n)
        return BOARD_OVEREXPOSED;
    for (int y = cell.y; y < cell.y + cell.h; y++)
        for (int x = cell.x; x < cell.x + cell.w; x++)
            if (on_rim(part, x, y)) {
                int block =
                    (y - cell.y) * BLOCKS / cell.h * BLOCKS + (x - cell.x) * BLOCKS / cell.w;
                sums[block] += ln_light(flat, x, y) - plane_at(*out, x, y);
                counts[block]++;
            }
    for (int i = 0; i < BLOCKS * BLOCKS; i++)
        if (counts[i] && fabs(sums[i] / counts[i]) > UNEVEN / 2)
            return BOARD_UNEVEN;
    return BOARD_GOOD;
}

// The white plane of a board without rims, from its fields of level 0.
static BoardFault white_fields_plane(const Flat *flat, const BoardLayout *layout, Plane *out)
{
    Fit fit = {0};
    double clipped = 0;
    int fields = 0;
    for (int i = 0; i < layout->columns * layout->rows; i++) {
        if (layout->levels[i] > 0)
            continue;
        Box inner = part_of(flat, layout, i).inner;
        fields++;
        for (int y = inner.y; y < inner.y + inner.h; y++)
            for (int x = inner.x; x < inner.x + inner.w; x++) {
                fit_add(&fit, x, y, ln_light(flat->picture, x, y));
                clipped += luma_at(flat->picture, x, y) >= ceiling_of(flat->picture);
            }
    }
    if (!fields)
        return BOARD_NO_WHITE;
    *out = fit_plane(&fit, fields < 3);
    return clipped > CLIPPED * fit.n ? BOARD_OVEREXPOSED : BOARD_GOOD;
}

// ---- fields ----

// Luma of a light, with the steps of 8 bits scattered so that their mean is right.
static uint8_t encode(double ln, ColorRange range, int x, int y)
{
    double light = exp(ln);
    double level = light < 0.018 ? 4.5 * light : 1.099 * pow(light, 0.45) - 0.099;
    double luma = range == COLOR_RANGE_FULL ? 255 * level : 16 + 219 * level;
    return (uint8_t)fmax(0, fmin(255, luma + ((x * 3 + y * 7) % 10 + 0.5) / 10));
}

// The field's own evenness against white: glare and shadows show from block to block.
static bool uneven(const Picture *flat, Box inner, Plane white)
{
    double least = INFINITY, most = -INFINITY;
    for (int block = 0; block < BLOCKS * BLOCKS; block++) {
        int x0 = inner.x + block % BLOCKS * inner.w / BLOCKS;
        int x1 = inner.x + (block % BLOCKS + 1) * inner.w / BLOCKS;
        int y0 = inner.y + block / BLOCKS * inner.h / BLOCKS;
        int y1 = inner.y + (block / BLOCKS + 1) * inner.h / BLOCKS;
        double sum = 0;
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++)
                sum += exp(ln_light(flat, x, y) - plane_at(white, x, y));
        double mean = sum / ((x1 - x0) * (y1 - y0));
        least = fmin(least, mean);
        most = fmax(most, mean);
    }
    return most - least > UNEVEN;
}

// The cell as a picture of its own, or as it would look were all of it white.
static Picture *cut(const Picture *flat, Box cell, const Plane *white)
{
    Picture *out = picture_new(cell.w, cell.h);
    if (!out)
        return NULL;
    out->range = flat->range;
    out->space = flat->space;
    for (int y = 0; y < cell.h; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)out->plane[0] + (ptrdiff_t)y * out->stride[0];
        for (int x = 0; x < cell.w; x++)
            row[x] = white ? encode(plane_at(*white, cell.x + x, cell.y + y), flat->range, x, y)
                           : (uint8_t)luma_at(flat, cell.x + x, cell.y + y);
    }
    return out;
}

static Status read_field(const Picture *flat, const Part *part, Plane white, BoardField *field,
                         Error *error)
{
    Box inner = part->inner;
    double middle = plane_at(white, inner.x + inner.w / 2.0, inner.y + inner.h / 2.0);
    double step =
        light_per_level((int16_t)fmax(-32767, middle * LIGHT_UNIT), flat->range) / LIGHT_UNIT;
    if (middle > 0)
        field->fault = BOARD_OVEREXPOSED;
    else if (step > COARSE)
        field->fault = BOARD_DARK;
    else if (uneven(flat, inner, white))
        field->fault = BOARD_UNEVEN;
    if (field->fault)
        return STATUS_OK;
    Picture *frame = cut(flat, part->cell, NULL), *empty = cut(flat, part->cell, &white);
    inner.x -= part->cell.x;
    inner.y -= part->cell.y;
    Status status = frame && empty ? opacity_measure_of(empty, frame, inner, AIRLIGHT_PRINT,
                                                        &field->reading, error)
                                   : error_set(error, STATUS_MEMORY, "out of memory");
    picture_unref(&frame);
    picture_unref(&empty);
    if (status == STATUS_OK && !field->reading.measurable)
        field->fault = BOARD_DARK;
    return status;
}

// Where the field lies in the picture, and whether that is enough of it.
static void place(const Picture *picture, const BoardLayout *layout, const QuadMap *map, int index,
                  BoardField *field)
{
    double shrink = layout->rim + INSET * (1 - 2 * layout->rim);
    for (int i = 0; i < 4; i++) {
        double u = index % layout->columns + (i == 1 || i == 2 ? 1 - shrink : shrink);
        double v = index / layout->columns + (i >= 2 ? 1 - shrink : shrink);
        double *at = field->corners[i];
        quad_at(map, u / layout->columns, v / layout->rows, &at[0], &at[1]);
        if (at[0] < 0 || at[1] < 0 || at[0] > picture->width || at[1] > picture->height)
            field->fault = BOARD_OUTSIDE;
    }
    const double(*c)[2] = (const double(*)[2])field->corners;
    double across = fmin(edge(c[0], c[1]), edge(c[3], c[2]));
    double down = fmin(edge(c[0], c[3]), edge(c[1], c[2]));
    if (!field->fault && fmin(across, down) < LEAST_FIELD * (1 - 2 * INSET))
        field->fault = BOARD_SMALL;
}

static Status read_once(const Picture *picture, const BoardLayout *layout, const double q[4][2],
                        BoardReading *out, Error *error)
{
    Flat flat = {0};
    *out = (BoardReading){.count = layout->columns * layout->rows};
    Status status = flatten(picture, layout, q, &flat, error);
    if (status != STATUS_OK)
        return status;
    QuadMap map = quad_map(q);
    Plane white = {0};
    BoardFault common = layout->rim > 0 ? BOARD_GOOD : white_fields_plane(&flat, layout, &white);
    for (int i = 0; i < out->count && status == STATUS_OK; i++) {
        BoardField *field = &out->fields[i];
        Part part = part_of(&flat, layout, i);
        field->nominal = layout->levels[i];
        place(picture, layout, &map, i, field);
        if (!field->fault)
            field->fault = layout->rim > 0 ? rim_plane(flat.picture, &part, &white) : common;
        if (!field->fault)
            status = read_field(flat.picture, &part, white, field, error);
    }
    picture_unref(&flat.picture);
    return status;
}

Status board_read(const Picture *picture, const BoardLayout *layout, const double corners[4][2],
                  BoardReading *out, Error *error)
{
    Status status = check_corners(corners, error);
    if (status == STATUS_OK)
        status = read_once(picture, layout, corners, out, error);
    // A board that fails may have been told the wrong way up.
    for (int turn = 1; turn < 4 && status == STATUS_OK && !out->turned; turn++) {
        double turned[4][2];
        BoardReading other;
        if (board_verdict(out) != BOARD_FAILS)
            break;
        for (int i = 0; i < 4; i++)
            memcpy(turned[i], corners[(i + turn) % 4], sizeof turned[i]);
        status = read_once(picture, layout, turned, &other, error);
        if (status == STATUS_OK && board_verdict(&other) == BOARD_PASSES)
            out->turned = turn;
    }
    return status;
}

BoardReading board_mean(const BoardReading *readings, size_t count)
{
    BoardReading mean = readings[0];
    for (int i = 0; i < mean.count; i++) {
        BoardField *field = &mean.fields[i];
        double sum = 0, square = 0, least = INFINITY, most = -INFINITY;
        uint64_t pixels = 0;
        for (size_t n = 0; n < count; n++) {
            const BoardField *one = &readings[n].fields[i];
            if (one->fault && !field->fault)
                field->fault = one->fault;
            sum += one->reading.opacity;
            square += one->reading.uncertainty * one->reading.uncertainty;
            least = fmin(least, one->reading.opacity);
            most = fmax(most, one->reading.opacity);
            pixels += one->reading.pixels;
        }
        field->reading.opacity = sum / (double)count;
        field->spread = 5 * (most - least) / 2;
        // What errs is mostly common to all pictures: it does not shrink with their number.
        field->reading.uncertainty = hypot(sqrt(square / (double)count), (most - least) / 2);
        field->reading.pixels = pixels;
    }
    for (size_t n = 1; n < count && !mean.turned; n++)
        mean.turned = readings[n].turned;
    return mean;
}

double board_grade(const BoardField *field)
{
    return 5 * field->reading.opacity;
}

double board_error(const BoardField *field)
{
    return board_grade(field) - field->nominal;
}

bool board_field_passes(const BoardField *field)
{
    // As the record shows it: to the second decimal.
    return !field->fault && fabs(board_error(field)) < BOARD_ALLOWED + 0.005;
}

BoardVerdict board_verdict(const BoardReading *reading)
{
    BoardVerdict verdict = BOARD_PASSES;
    for (int i = 0; i < reading->count; i++)
        if (reading->fields[i].fault)
            verdict = BOARD_UNDECIDED;
    for (int i = 0; i < reading->count; i++)
        if (!reading->fields[i].fault && !board_field_passes(&reading->fields[i]))
            verdict = BOARD_FAILS;
    return verdict;
}
