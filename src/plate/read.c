#include "plate/look.h"
#include "plate/read.h"

#include "capture/vision.h"
#include "plate/decode.h"
#include "plate/model.h"
#include "plate/painted.h"
#include "plate/sight.h"
#include "plate/sightings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP_SHARE 0.42 // of a two-row plate's height is its top row
#define TOP_STRIP 0.4  // of the strip it gets
#define READABLE 0.15  // less is nothing read at all where a plate may be
#define LEGIBLE 0.02   // and where one is
#define PLATE_LIKE 0.8 // a place that is a plate this surely is told, read or not
#define PLAIN 0.5      // of two plates read as surely the larger one is meant
#define CERTAIN 0.97   // there is no need to look again
#define HOPELESS 1e-3  // nor where a place that may be none says less than this
#define POSSIBLE 0.02  // an alternative less likely than this is none

// How the corners are moved, in shares of the plate's height: all of them further out, the upper
// ones higher and the lower ones lower, the right ones higher and the left ones lower.
typedef struct Move {
    double out, tall, lean;
} Move;

// Where the corners may be instead of where they were found, and how a plate may lie in an upright
// crop: a look each, after the first one.
static const Move strayed[DECODE_LOOKS - 1] = {
    {0.1, 0, 0}, {-0.1, 0, 0}, {0, 0, 0.15}, {0, 0, -0.15}};
static const Move aslant[DECODE_LOOKS - 1] = {
    {0, -0.1, 0.15}, {0, -0.1, -0.15}, {0, -0.2, 0.25}, {0, -0.2, -0.25}};

struct PlateReader {
    Net *net;
    const PlateReaderModel *model;
    DecodeLayout layout;
    float *strip; // what the network sees, 3 x height x width
    DecodeLook looks[DECODE_LOOKS];
};

// ---- the network ----

static DecodeLayout layout_of(const PlateReaderModel *model)
{
    DecodeLayout layout = {.steps_first = strcmp(model->output, "steps-classes") == 0,
                           .positions = strcmp(model->decoding, "positions") == 0,
                           .probabilities = strcmp(model->net.values, "probabilities") == 0};
    bool last = strcmp(model->blank, "last") == 0;
    char letter[8];
    size_t size;
    layout.classes = last ? 0 : 1; // a blank means 0
    for (int i = 0; !model->alphabet && i < ALPHABET_SIZE; i++)
        layout.meaning[layout.classes++] = i + 1;
    for (const char *at = model->alphabet;
         at && (size = plate_next_letter(at, letter)) && layout.classes + 1 < DECODE_MEANINGS;
         at += size)
        layout.meaning[layout.classes++] = plate_character(letter) + 1; // "_" means 0, too
    layout.classes += last;
    return layout;
}

Status plate_reader_create(PlateReader **out, const PlateReaderModel *model, Error *error)
{
    PlateReader *reader = *out = calloc(1, sizeof *reader);
    if (!reader)
        return error_set(error, STATUS_MEMORY, "out of memory");
    reader->model = model ? model : &plate_models_default.reader;
    reader->layout = layout_of(reader->model);
    const PlateNet *net = &reader->model->net;
    reader->strip = calloc(3 * (size_t)net->width * (size_t)net->height, sizeof *reader->strip);
    Status status;
    if (!reader->strip) {
        status = error_set(error, STATUS_MEMORY, "out of memory");
    } else if (net->file) {
        status = net_load_file(&reader->net, net->file, error);
    } else {
        status = net_load(&reader->net, plate_reader_net,
                          (size_t)(plate_reader_net_end - plate_reader_net), "plate reader", error);
    }
    if (status != STATUS_OK)
        plate_reader_destroy(out);
    return status;
}

void plate_reader_destroy(PlateReader **out)
{
    PlateReader *reader = *out;
    *out = NULL;
    if (!reader)
        return;
    net_destroy(&reader->net);
    free(reader->strip);
    free(reader);
}

// Do its dimensions stand in the layout's order?
static bool in_order(const DecodeLayout *layout, const NetOutput *said)
{
    int first = 1, last = 1;
    for (int i = 0; i < said->dimensions; i++)
        if (said->shape[i] > 1) {
            first = first > 1 ? first : said->shape[i];
            last = said->shape[i];
        }
    return (layout->steps_first ? last : first) == layout->classes;
}

// What the network says of the strip.
static Status run(PlateReader *reader, DecodeLook *look, Error *error)
{
    const PlateNet *net = &reader->model->net;
    const int shape[4] = {1, plate_net_channels(net), net->height, net->width};
    const char *file = net->file ? net->file : "plate reader";
    NetOutput said;
    plate_net_prepare(net, reader->strip, (size_t)net->width * (size_t)net->height);
    Status status = net_run(reader->net, reader->strip, shape, &said, error);
    if (status != STATUS_OK || (in_order(&reader->layout, &said) &&
                                plate_decode_look(&reader->layout, said.values, said.count, look)))
        return status;
    return error_set(error, STATUS_FORMAT,
                     "%s: gives %zu values that are not '%s' of %d classes (the alphabet and the "
                     "blank): is it another model?",
                     file, said.count, reader->model->output, reader->layout.classes);
}

Status plate_reader_try(PlateReader *reader, Error *error)
{
    return run(reader, &reader->looks[0], error);
}

// ---- what it sees ----

static float mean_of(const uint8_t *plane, int stride, int left, int right, int top, int bottom)
{
    int sum = 0;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            sum += plane[(ptrdiff_t)y * stride + x];
    return (float)sum / (float)((right - left) * (bottom - top));
}

typedef struct Strip { // planes of red, green and blue, 0..255
    float *planes;
    int width, height;
} Strip;

// Copies rows from..to (shares of the height) of the straightened plate to columns at.. of the
// strip. Each pixel is the mean of what it covers.
static void lay(const Picture *flat, double from, double to, int at, int width, Strip strip)
{
    for (int y = 0; y < strip.height; y++)
        for (int x = 0; x < width; x++) {
            double step = (to - from) * flat->height / strip.height;
            int top = (int)(from * flat->height + y * step);
            int bottom =
                (int)fmax(top + 1, fmin(flat->height, from * flat->height + (y + 1) * step));
            int left = x * flat->width / width, right = (x + 1) * flat->width / width;
            float yuv[3], rgb[3];
            for (int i = 0; i < 3; i++) {
                int half = i ? 2 : 1;
                yuv[i] = mean_of(flat->plane[i], flat->stride[i], left / half,
                                 (right + half - 1) / half, top / half, (bottom + half - 1) / half);
            }
            plate_rgb(flat, yuv[0], yuv[1], yuv[2], rgb);
            for (int i = 0; i < 3; i++)
                strip.planes[(i * strip.height + y) * strip.width + at + x] = rgb[i];
        }
}

static Status see(const Picture *picture, const Plate *plate, bool line, Strip strip, Error *error)
{
    Picture *flat =
        plate_rectify(picture, plate, 2 * strip.width, line ? strip.width : 2 * strip.height);
    if (!flat)
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (line) {
        int top = (int)lround(TOP_STRIP * strip.width);
        lay(flat, 0, TOP_SHARE, 0, top, strip);
        lay(flat, TOP_SHARE - 0.02, 1, top, strip.width - top, strip);
    } else {
        lay(flat, 0, 1, 0, strip.width, strip);
    }
    picture_unref(&flat);
    return STATUS_OK;
}

// ---- what it says ----

void plate_spell(Plate *plate)
{
    size_t said = 0, shown = 0;
    for (int i = 0; i < plate->character_count; i++) {
        const PlateCharacter *c = &plate->characters[i];
        said += (size_t)snprintf(plate->text + said, sizeof plate->text - said, "%s", c->text);
        shown += (size_t)snprintf(plate->shown + shown, sizeof plate->shown - shown, "%s",
                                  c->confidence >= PLATE_SURE ? c->text : "?");
        plate->trailer = strcmp(c->text, "挂") == 0;
    }
}

static void note(const Reading *reading, int rows, Plate *plate)
{
    plate->text[0] = plate->shown[0] = 0;
    plate->character_count = 0;
    plate->trailer = false;
    plate->confidence = reading->confidence;
    if (reading->confidence < LEGIBLE)
        return;
    plate->rows = rows;
    for (int i = 0; i < reading->length; i++) {
        PlateCharacter *c = &plate->characters[plate->character_count++];
        int before = i ? reading->characters[i - 1] : -1;
        const char *text = plate_letter(reading->characters[i], before);
        *c = (PlateCharacter){.confidence = reading->sure[i]};
        snprintf(c->text, sizeof c->text, "%s", text);
        for (int n = 0; n < 3; n++)
            if (reading->likely[i][n] > POSSIBLE)
                snprintf(c->alternatives[c->alternative_count++], sizeof c->alternatives[0], "%s",
                         plate_letter(reading->next[i][n], before));
    }
    plate_spell(plate);
}

static Plate moved(const Plate *plate, Move move)
{
    Plate result = *plate;
    const double(*q)[2] = plate->corners;
    double w = sighting_width(q);
    double h = (hypot(q[3][0] - q[0][0], q[3][1] - q[0][1]) +
                hypot(q[2][0] - q[1][0], q[2][1] - q[1][1])) /
               2;
    double shape = w > 0 ? h / w : 0;
    for (int i = 0; i < 4; i++) {
        bool right = i == 1 || i == 2, below = i >= 2;
        double u = right ? 1 + move.out * shape : -move.out * shape, tall = move.out + move.tall;
        double v = (below ? 1 + tall : -tall) + (right ? -move.lean : move.lean);
        for (int k = 0; k < 2; k++)
            result.corners[i][k] =
                (1 - v) * ((1 - u) * q[0][k] + u * q[1][k]) + v * ((1 - u) * q[3][k] + u * q[2][k]);
    }
    return result;
}

typedef struct Effort {
    const Move *moves; // DECODE_LOOKS - 1; NULL: one look at the corners as they are
    double hopeless;   // but one alone where it says less than this, or is certain
} Effort;

Status plate_look(PlateReader *reader, const Picture *picture, const Plate *place, DecodeLook *out,
                  Error *error)
{
    const PlateNet *net = &reader->model->net;
    Strip strip = {reader->strip, net->width, net->height};
    Status status = see(picture, place, false, strip, error);
    return status == STATUS_OK ? run(reader, out, error) : status;
}

// Reads it seen as one of `rows` rows.
static Status read_as(PlateReader *reader, const Picture *picture, const Plate *plate, int rows,
                      Effort effort, Reading *out, Error *error)
{
    const PlateReaderModel *model = reader->model;
    Strip strip = {reader->strip, model->net.width, model->net.height};
    bool line = rows == 2 && strcmp(model->two_rows, "line") == 0;
    size_t looks = effort.moves ? DECODE_LOOKS : 1;
    for (size_t i = 0; i < looks; i++) {
        Plate tried = i ? moved(plate, effort.moves[i - 1]) : *plate;
        Status status = see(picture, &tried, line, strip, error);
        if (status == STATUS_OK)
            status = run(reader, &reader->looks[i], error);
        if (status != STATUS_OK)
            return status;
        if (i && i + 1 < looks)
            continue;
        *out = plate_decode(reader->looks, i + 1);
        if (out->confidence > CERTAIN || out->confidence < effort.hopeless)
            return STATUS_OK;
    }
    return STATUS_OK;
}

static Status read_with(PlateReader *reader, const Picture *picture, Plate *plate, Effort effort,
                        Error *error)
{
    Reading best = {0};
    int rows = 1;
    for (int tried = 1; tried <= 2; tried++)
        if (!plate->rows || plate->rows == tried) {
            Reading reading;
            Status status = read_as(reader, picture, plate, tried, effort, &reading, error);
            if (status != STATUS_OK)
                return status;
            if (reading.confidence > best.confidence) {
                best = reading;
                rows = tried;
            }
        }
    note(&best, rows, plate);
    return STATUS_OK;
}

Status plate_read(PlateReader *reader, const Picture *picture, Plate *plate, Error *error)
{
    return read_with(reader, picture, plate, (Effort){0}, error);
}

Status plate_read_about(PlateReader *reader, const Picture *picture, Plate *plate, Error *error)
{
    return read_with(reader, picture, plate, (Effort){.moves = aslant}, error);
}

// The largest first, and nearest to the middle of the part looked at, unless it is hardly read.
static double worth(const Plate *plate, Box where)
{
    const double(*q)[2] = plate->corners;
    double area = fabs((q[2][0] - q[0][0]) * (q[3][1] - q[1][1]) -
                       (q[3][0] - q[1][0]) * (q[2][1] - q[0][1])) /
                  2;
    double off = plate->box.x + plate->box.w / 2.0 - where.x - where.w / 2.0;
    return area * (1 - fabs(off) / where.w) * fmin(1, plate->confidence / PLAIN);
}

static void rank(Plate *read, size_t count, Box where)
{
    for (size_t i = 1; i < count; i++)
        for (size_t n = i; n && worth(&read[n], where) > worth(&read[n - 1], where); n--) {
            Plate better = read[n];
            read[n] = read[n - 1];
            read[n - 1] = better;
        }
}

static bool is_narrower(const Plate *plate, double largest)
{
    return largest <= 0 || sighting_width(plate->corners) <= largest;
}

// Takes out the numbers painted on tails. What is read plainly and as another plate is none of
// them. Returns how many are left.
static size_t leave_plates(Plate *read, size_t count)
{
    bool painted[PLATE_CANDIDATES] = {false};
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0; n < count; n++)
            painted[i] |= painted_above(&read[i], &read[n]) &&
                          (read[i].confidence < PLAIN || painted_alike(&read[i], &read[n]));
    for (size_t i = 0; i < count; i++)
        if (!painted[i])
            read[left++] = read[i];
    return left;
}

Status plate_find(PlateFinder *finder, PlateReader *reader, const Picture *picture, Box where,
                  PlateWidths widths, Plate *out, size_t room, size_t *count, Error *error)
{
    Plate candidates[PLATE_CANDIDATES], likeliest = {.likeness = 0};
    size_t seen = 0;
    *count = 0;
    Status status = plate_locate(finder, picture, where, widths.smallest, candidates,
                                 room < PLATE_CANDIDATES ? room : PLATE_CANDIDATES, &seen, error);
    for (size_t i = 0; i < seen && status == STATUS_OK; i++) {
        Plate *one = &candidates[i];
        bool sure = one->likeness > PLATE_LIKE;
        if (!is_narrower(one, widths.largest))
            continue;
        if (one->likeness > likeliest.likeness)
            likeliest = *one;
        Effort effort = {strayed, sure ? 0 : HOPELESS};
        status = read_with(reader, picture, one, effort, error);
        if (one->character_count && one->confidence > (sure ? LEGIBLE : READABLE))
            out[(*count)++] = *one;
    }
    if (status != STATUS_OK)
        return status;
    *count = leave_plates(out, *count);
    rank(out, *count, where);
    if (!*count && likeliest.likeness > PLATE_LIKE)
        out[(*count)++] = likeliest;
    return STATUS_OK;
}

// ---- over several frames ----

Plate plate_fuse(const Plate *readings, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        const Plate *a = &readings[i], *b = &readings[best];
        bool read = a->character_count, other = b->character_count;
        if (read != other ? read : read ? a->confidence > b->confidence : a->likeness > b->likeness)
            best = i;
    }
    Plate out = readings[best];
    if (!out.character_count)
        return out;
    out.confidence = 1;
    for (int place = 0; place < out.character_count; place++) {
        PlateCharacter *c = &out.characters[place];
        double most = 0, all = 0;
        for (size_t i = 0; i < count; i++) { // each of the readings proposes
            if (readings[i].character_count != out.character_count)
                continue;
            const PlateCharacter *proposed = &readings[i].characters[place];
            double votes = 0;
            for (size_t n = 0; n < count; n++)
                if (readings[n].character_count == out.character_count &&
                    strcmp(readings[n].characters[place].text, proposed->text) == 0)
                    votes += readings[n].characters[place].confidence;
            all += proposed->confidence;
            if (votes > most) {
                most = votes;
                *c = *proposed;
            }
        }
        for (size_t n = 0; n < count;
             n++) // as sure as the surest that says so, less what was said against it
            if (readings[n].character_count == out.character_count &&
                strcmp(readings[n].characters[place].text, c->text) == 0)
                c->confidence = fmax(c->confidence, readings[n].characters[place].confidence);
        c->confidence *= all > 0 ? most / all : 1;
        out.confidence *= c->confidence;
    }
    plate_spell(&out);
    return out;
}
