#include "plate/read.h"

#include "capture/vision.h"
#include "plate/grammar.h"
#include "plate/model.h"
#include "plate/sight.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 160
#define HEIGHT 32
#define STEPS 40
#define CLASSES (ALPHABET_SIZE + 1) // 0: between characters
#define TOP_SHARE 0.42              // of a two-row plate's height is its top row
#define TOP_STRIP 0.4               // of the strip it gets
#define MAX_SEGMENTS 12
#define READABLE 0.15  // less is nothing read at all
#define PLATE_LIKE 0.8  // a place that is a plate this surely is told, read or not
#define SEEN 0.3       // a step that is surely none of the characters below this is one

struct PlateReader {
    Net *net;
};

typedef struct Segment { // the steps that show one character
    float likely[ALPHABET_SIZE];
} Segment;

typedef struct Reading {
    int characters[8], length;
    double sure[8];
    int next[8][3];    // the likeliest others that may stand there
    double confidence; // all of them right
    const Segment *segments;
} Reading;

// ---- the network ----

Status plate_reader_create(PlateReader **out, const char *path, Error *error)
{
    PlateReader *reader = *out = calloc(1, sizeof *reader);
    if (!reader)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status;
    if (path) {
        status = net_load_file(&reader->net, path, error);
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
    free(reader);
}

const void *plate_reader_model(size_t *size)
{
    *size = (size_t)(plate_reader_net_end - plate_reader_net);
    return plate_reader_net;
}

// ---- what it sees ----

// Copies rows from..to (shares of the height) of the straightened plate to columns at.. of the
// strip.
static void lay(const Picture *flat, double from, double to, int at, int width, float *strip)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < width; x++) {
            double row = (from + (to - from) * (y + 0.5) / HEIGHT) * flat->height;
            double column = (x + 0.5) / width * flat->width;
            int px = (int)fmin(flat->width - 1, column), py = (int)fmin(flat->height - 1, row);
            ptrdiff_t chroma = (ptrdiff_t)(py / 2) * flat->stride[1] + px / 2;
            float rgb[3];
            plate_rgb(flat, flat->plane[0][(ptrdiff_t)py * flat->stride[0] + px],
                      flat->plane[1][chroma], flat->plane[2][chroma], rgb);
            for (int i = 0; i < 3; i++)
                strip[(i * HEIGHT + y) * WIDTH + at + x] = rgb[i];
        }
}

static void normalise(float *strip)
{
    double sum = 0, square = 0, count = 3 * WIDTH * HEIGHT;
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++) {
        sum += strip[i];
        square += (double)strip[i] * strip[i];
    }
    double mean = sum / count,
           spread = sqrt(fmax(1e-6, (square - count * mean * mean) / (count - 1)));
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
        strip[i] = (float)((strip[i] - mean) / spread);
}

static Status look(const Picture *picture, const Plate *plate, int rows, float *strip, Error *error)
{
    Picture *flat = plate_rectify(picture, plate, 2 * WIDTH, rows == 2 ? WIDTH : 2 * HEIGHT);
    if (!flat)
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (rows == 2) {
        int top = (int)lround(TOP_STRIP * WIDTH);
        lay(flat, 0, TOP_SHARE, 0, top, strip);
        lay(flat, TOP_SHARE - 0.02, 1, top, WIDTH - top, strip);
    } else {
        lay(flat, 0, 1, 0, WIDTH, strip);
    }
    picture_unref(&flat);
    normalise(strip);
    return STATUS_OK;
}

// ---- what it says ----

// Probabilities of every step from logits, classes x steps.
static void soften(const float *logits, float likely[STEPS][CLASSES])
{
    for (int t = 0; t < STEPS; t++) {
        float most = logits[t], sum = 0;
        for (int c = 1; c < CLASSES; c++)
            most = fmaxf(most, logits[c * STEPS + t]);
        for (int c = 0; c < CLASSES; c++)
            sum += likely[t][c] = expf(logits[c * STEPS + t] - most);
        for (int c = 0; c < CLASSES; c++)
            likely[t][c] /= sum;
    }
}

// Steps in a row that say the same character are one; the surest step speaks for it.
static int segments_of(float likely[STEPS][CLASSES], Segment *segments)
{
    int count = 0, before = 0;
    float surest = 0;
    for (int t = 0; t < STEPS; t++) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            if (likely[t][c] > likely[t][best])
                best = c;
        if (best && best != before && count < MAX_SEGMENTS) {
            count++;
            surest = 0;
        }
        if (best && count && likely[t][best] > surest) {
            surest = likely[t][best];
            for (int c = 1; c < CLASSES; c++)
                segments[count - 1].likely[c - 1] = likely[t][c];
        }
        before = best;
    }
    return count;
}

static int likeliest(const Segment *segment, int place, int length, const int *taken,
                     int taken_count)
{
    int best = -1;
    for (int c = 0; c < ALPHABET_SIZE; c++) {
        bool free = plate_may_stand(c, place, length);
        for (int i = 0; i < taken_count; i++)
            free &= taken[i] != c;
        if (free && (best < 0 || segment->likely[c] > segment->likely[best]))
            best = c;
    }
    return best;
}

// The likeliest legal text of segments [from, from + length).
static Reading legal(const Segment *segments, int from, int length)
{
    Reading r = {.length = length, .confidence = 1, .segments = segments + from};
    for (int i = 0; i < length; i++) {
        const Segment *s = &segments[from + i];
        int taken[4];
        for (int n = 0; n < 4; n++) {
            taken[n] = likeliest(s, i, length, taken, n);
            if (n)
                r.next[i][n - 1] = taken[n];
        }
        r.characters[i] = taken[0];
        r.sure[i] = s->likely[taken[0]];
        r.confidence *= r.sure[i];
    }
    return r;
}

// Of more segments than characters, the run that makes the surest plate.
static Reading best_reading(const Segment *segments, int count)
{
    Reading best = {0};
    for (int length = 7; length <= 8; length++)
        for (int from = 0; from + length <= count; from++) {
            Reading r = legal(segments, from, length);
            // What is left over speaks against it.
            r.confidence *= pow(SEEN, count - length);
            if (!best.length || r.confidence > best.confidence)
                best = r;
        }
    return best;
}

static void spell(Plate *plate)
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
    if (!reading->length)
        return;
    plate->rows = rows;
    for (int i = 0; i < reading->length; i++) {
        PlateCharacter *c = &plate->characters[plate->character_count++];
        const char *text = plate_alphabet[reading->characters[i]];
        *c = (PlateCharacter){.confidence = reading->sure[i]};
        snprintf(c->text, sizeof c->text, "%s", text);
        for (int n = 0; n < 3; n++)
            if (reading->segments[i].likely[reading->next[i][n]] > 0.02)
                snprintf(c->alternatives[c->alternative_count++], sizeof c->alternatives[0], "%s",
                         plate_alphabet[reading->next[i][n]]);
    }
    spell(plate);
}

static Status read_as(PlateReader *reader, const Picture *picture, const Plate *plate, int rows,
                      Segment *segments, Reading *out, Error *error)
{
    static _Thread_local float strip[3 * HEIGHT * WIDTH], likely[STEPS][CLASSES];
    NetOutput said;
    Status status = look(picture, plate, rows, strip, error);
    if (status == STATUS_OK)
        status = net_run(reader->net, strip, (const int[4]){1, 3, HEIGHT, WIDTH}, &said, error);
    if (status != STATUS_OK)
        return status;
    if (said.count != (size_t)CLASSES * STEPS)
        return error_set(
            error, STATUS_FORMAT,
            "the plate reader's network gives %zu values, not %d: is it another model?", said.count,
            CLASSES * STEPS);
    soften(said.values, likely);
    *out = best_reading(segments, segments_of(likely, segments));
    return STATUS_OK;
}

Status plate_read(PlateReader *reader, const Picture *picture, Plate *plate, Error *error)
{
    Segment segments[2][MAX_SEGMENTS];
    Reading readings[2] = {0};
    for (int rows = 1; rows <= 2; rows++)
        if (!plate->rows || plate->rows == rows) {
            Status status = read_as(reader, picture, plate, rows, segments[rows - 1],
                                    &readings[rows - 1], error);
            if (status != STATUS_OK)
                return status;
        }
    int rows = readings[1].confidence > readings[0].confidence ? 2 : 1;
    note(&readings[rows - 1], rows, plate);
    return STATUS_OK;
}

// Puts the corners further out, by shares of the plate's height: left, top, right, bottom.
static Plate widened(const Plate *plate, const double outwards[4])
{
    Plate out = *plate;
    const double(*q)[2] = plate->corners;
    double w = (hypot(q[1][0] - q[0][0], q[1][1] - q[0][1]) +
                hypot(q[2][0] - q[3][0], q[2][1] - q[3][1])) /
               2;
    double h = (hypot(q[3][0] - q[0][0], q[3][1] - q[0][1]) +
                hypot(q[2][0] - q[1][0], q[2][1] - q[1][1])) /
               2;
    double shape = w > 0 ? h / w : 0;
    for (int i = 0; i < 4; i++) {
        double u = i == 1 || i == 2 ? 1 + outwards[2] * shape : -outwards[0] * shape;
        double v = i >= 2 ? 1 + outwards[3] : -outwards[1];
        for (int k = 0; k < 2; k++)
            out.corners[i][k] =
                (1 - v) * ((1 - u) * q[0][k] + u * q[1][k]) + v * ((1 - u) * q[3][k] + u * q[2][k]);
    }
    return out;
}

// The finder's corners may be off by a frame or a part of a character: reads with the sides moved
// too, and keeps what reads best.
static Status read_moved(PlateReader *reader, const Picture *picture, Plate *plate, Error *error)
{
    static const double moves[][4] = {
        // left, top, right, bottom
        {0, 0, 0, 0},   {0.1, 0.1, 0.1, 0.1}, {0.3, 0, 0, 0},          {0, 0, 0.3, 0},
        {0, 0.2, 0, 0}, {0, 0, 0, 0.2},       {-0.1, -0.1, -0.1, -0.1}};
    Plate best = *plate;
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof moves / sizeof *moves && status == STATUS_OK; i++) {
        Plate tried = widened(plate, moves[i]);
        status = plate_read(reader, picture, &tried, error);
        if (status == STATUS_OK && (!i || tried.confidence > best.confidence))
            best = tried;
        if (best.confidence > 0.97)
            break;
    }
    *plate = best;
    return status;
}

static double worth(const Plate *plate)
{
    return plate->confidence * sqrt(plate->box.w);
}

static int by_worth(const void *a, const void *b)
{
    double x = worth(a), y = worth(b);
    return (x < y) - (x > y);
}

Status plate_find(PlateFinder *finder, PlateReader *reader, const Picture *picture, Box where,
                  double smallest, Plate *out, size_t room, size_t *count, Error *error)
{
    Plate candidates[PLATE_CANDIDATES];
    size_t seen = 0;
    *count = 0;
    Status status = plate_locate(finder, picture, where, smallest, candidates,
                                 room < PLATE_CANDIDATES ? room : PLATE_CANDIDATES, &seen, error);
    if (status != STATUS_OK || !seen)
        return status;
    Plate likeliest = candidates[0];
    for (size_t i = 0; i < seen; i++) {
        status = read_moved(reader, picture, &candidates[i], error);
        if (status != STATUS_OK)
            return status;
        if (candidates[i].character_count && candidates[i].confidence > READABLE)
            out[(*count)++] = candidates[i];
    }
    qsort(out, *count, sizeof *out, by_worth);
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
    spell(&out);
    return out;
}
