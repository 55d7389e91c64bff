#include "plate/painted.h"

#include "plate/look.h"
#include "plate/sight.h"
#include "plate/sightings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGER 2    // a plate is 0.44 m wide, the number at least 1.2 m
#define DIFFERING 2 // characters misread of one number or the other
#define ABOVE 9     // plate widths that it is above the plate at most
#define CELLS 40    // of the sight, to a plate's width
#define WIDE 248    // of the sight: a vehicle's width, seen a little askew
#define HIGH 236    // six plate widths above the plate
#define EDGE 16     // cells at its sides that may be beside the vehicle
#define BANDS 2     // that may be lines of writing
#define TOLD 0.02   // of a line's strokes are beside its first and its last character
#define ENDS 3      // where each end may be
#define LOOKS (ENDS * ENDS)
#define CROSSED 0.05
#define SAME 1e-7    // a line that finds the plate's text less likely is another one
#define PLAINLY 1e-3 // a line that finds the plate's character so much less likely says another
#define MISREAD 0.02 // of characters read plainly are others
#define NARROWEST 12 // pixels of a plate above which a number is legible

static const double ends[ENDS] = {-0.04, 0.03, 0.1}; // shares of the line's length

bool painted_above(const Plate *large, const Plate *plate)
{
    double a[2], b[2], wide = sighting_width(large->corners),
                       narrow = sighting_width(plate->corners);
    sighting_middle(large->corners, a);
    sighting_middle(plate->corners, b);
    // Of two vehicles the nearer one is below, and its plate the larger one.
    return wide > LARGER * narrow && fabs(a[0] - b[0]) < wide / 2 &&
           b[1] > fmax(large->corners[2][1], large->corners[3][1]) && b[1] - a[1] < ABOVE * narrow;
}

bool painted_alike(const Plate *a, const Plate *b)
{
    int differing = 0;
    for (int i = 0; i < a->character_count && i < b->character_count; i++)
        differing += strcmp(a->characters[i].text, b->characters[i].text) != 0;
    return a->character_count == b->character_count && differing <= DIFFERING;
}

// ---- where it is ----

typedef struct Band { // in cells
    int top, height, left, right;
    double strength;
} Band;

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// How strong upright strokes are in every cell, less what goes through the whole column: the
// vehicle's edges, door rods. values: three planes; the first becomes the strokes.
static bool strokes(float *values)
{
    const size_t count = (size_t)WIDE * HIGH;
    float *light = values + count, *sorted = calloc(count, sizeof *sorted);
    if (!sorted)
        return false;
    memset(values, 0, count * sizeof *values);
    for (int x = 1; x + 1 < WIDE; x++) {
        for (int y = 0; y < HIGH; y++) {
            const float *at = light + (ptrdiff_t)y * WIDE + x;
            sorted[y] = values[y * WIDE + x] = fabsf(at[1] - at[-1]);
        }
        qsort(sorted, HIGH, sizeof *sorted, by_value);
        for (int y = 0; y < HIGH; y++)
            values[y * WIDE + x] = fmaxf(0, values[y * WIDE + x] - sorted[HIGH / 2]);
    }
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_value);
    float most = sorted[count * 97 / 100]; // a lamp is no number
    for (size_t i = 0; i < count; i++)
        values[i] = fminf(values[i], most);
    free(sorted);
    return true;
}

static double mean_of(const double *sums, int from, int to)
{
    from = from > 0 ? from : 0;
    to = to < HIGH ? to : HIGH;
    return to > from ? (sums[to] - sums[from]) / (to - from) : 0;
}

static float column_of(const float *strokes, int x, int from, int to)
{
    float sum = 0;
    from = from > 0 ? from : 0;
    to = to < HIGH ? to : HIGH;
    for (int y = from; y < to; y++)
        sum += strokes[y * WIDE + x];
    return to > from ? sum / (float)(to - from) : 0;
}

// The columns between which it has strokes that what is above and below has not.
static void find_ends(const float *strokes, Band *band)
{
    float sums[WIDE + 1] = {0};
    int top = band->top, bottom = band->top + band->height;
    for (int x = 0; x < WIDE; x++) {
        float above = column_of(strokes, x, top - band->height, top),
              below = column_of(strokes, x, bottom, bottom + band->height);
        float own = column_of(strokes, x, top, bottom) - fmaxf(above, below);
        sums[x + 1] = sums[x] + fmaxf(0, own);
    }
    band->left = 0;
    band->right = WIDE;
    while (band->left < WIDE && sums[band->left + 1] < TOLD * sums[WIDE])
        band->left++;
    while (band->right > band->left && sums[band->right - 1] > (1 - TOLD) * sums[WIDE])
        band->right--;
}

// The rows that stand out most as a line of writing; strongest first.
static size_t find_bands(const float *strokes, int first_row, Band out[BANDS])
{
    static const int heights[] = {10, 13, 17, 22, 28};
    double sums[HIGH + 1] = {0};
    size_t count = 0;
    for (int y = 0; y < HIGH; y++) {
        sums[y + 1] = sums[y];
        for (int x = EDGE; x < WIDE - EDGE; x++)
            sums[y + 1] += (double)strokes[y * WIDE + x];
    }
    while (count < BANDS) {
        Band best = {.strength = 0};
        for (size_t i = 0; i < sizeof heights / sizeof *heights; i++)
            for (int height = heights[i], top = first_row; top + height <= HIGH; top++) {
                int around = height / 3;
                bool apart = true;
                for (size_t n = 0; n < count; n++)
                    apart &= top >= out[n].top + out[n].height || top + height <= out[n].top;
                double beside = fmax(mean_of(sums, top - around, top),
                                     mean_of(sums, top + height, top + height + around));
                double strength = (mean_of(sums, top, top + height) - beside) * sqrt(height);
                if (apart && strength > best.strength)
                    best = (Band){.top = top, .height = height, .strength = strength};
            }
        if (best.strength <= 0)
            break;
        find_ends(strokes, &best);
        out[count++] = best;
    }
    return count;
}

// ---- what it says ----

// The line of writing, seen with its ends in several places.
typedef struct Line {
    DecodeLook looks[LOOKS];
    size_t count;
} Line;

static double likelihood(const Line *line, const int *text, int length)
{
    double sum = 0;
    for (size_t i = 0; i < line->count; i++)
        sum += plate_decode_text(&line->looks[i], text, length);
    return sum / (double)line->count;
}

// What the plate may say at a place: its character, then the alternatives.
static int options(const PlateCharacter *c, int out[4])
{
    int count = 0;
    out[count++] = plate_character(c->text);
    for (int i = 0; i < c->alternative_count; i++)
        out[count++] = plate_character(c->alternatives[i]);
    return count;
}

static double before(const PlateCharacter *c, int option)
{
    return option ? (1 - c->confidence) / c->alternative_count : c->confidence;
}

// How likely each option of a place is to plate and line together; the sum of it.
static double weigh(const Line *line, const PlateCharacter *c, int place, int *text, int length,
                    double likely[4])
{
    int option[4], count = options(c, option), said = text[place];
    double most = 0, sum = 0;
    for (int i = 0; i < count; i++) {
        text[place] = option[i];
        most = fmax(most, likely[i] = likelihood(line, text, length));
    }
    text[place] = said;
    for (int i = 0; i < count; i++) // rods and ribs cross the line: it is never quite sure
        sum += likely[i] = before(c, i) * (likely[i] + most * CROSSED);
    return sum;
}

static void settle(PlateCharacter *c, const double likely[4], double sum)
{
    int best = 0;
    for (int i = 1; i <= c->alternative_count; i++)
        if (likely[i] > likely[best])
            best = i;
    if (best) {
        char said[sizeof c->text];
        memcpy(said, c->text, sizeof said);
        memcpy(c->text, c->alternatives[best - 1], sizeof c->text);
        memcpy(c->alternatives[best - 1], said, sizeof said);
    }
    c->confidence = likely[best] / sum;
}

static bool may_stand(int character, int place, int length)
{
    for (int form = 0; form < PLATE_FORMS; form++)
        if (plate_form_length(form) == length && plate_may_stand(character, place, form))
            return true;
    return false;
}

typedef struct Other { // another character at one place of a text
    int place, character;
    double likely; // the whole text
} Other;

// What the line says rather than the text, if one character is another. Of provinces it tells too
// little: ribs and rods go through their many strokes.
static Other likeliest_other(const Line *line, int *text, int length)
{
    Other best = {0};
    for (int place = 1; place < length; place++) {
        int said = text[place];
        for (int character = 0; character < ALPHABET_SIZE; character++) {
            if (character == said || !may_stand(character, place, length))
                continue;
            text[place] = character;
            double likely = likelihood(line, text, length);
            if (likely > best.likely)
                best = (Other){place, character, likely};
        }
        text[place] = said;
    }
    return best;
}

// The line plainly says another character than the plate's reader, so many times as likely: one of
// the two is misread. The line's becomes the first alternative.
static void contradict(PlateCharacter *c, const char *other, double times)
{
    const int room = sizeof c->alternatives / sizeof *c->alternatives;
    double plate_right = c->confidence * (1 / times + CROSSED);
    double line_right = MISREAD * (1 + CROSSED);
    c->confidence *= plate_right / (plate_right + line_right);
    int at = 0;
    while (at < c->alternative_count && strcmp(c->alternatives[at], other) != 0)
        at++;
    c->alternative_count += at == c->alternative_count && at < room;
    at = at < room ? at : room - 1;
    memmove(c->alternatives[1], c->alternatives[0], (size_t)at * sizeof *c->alternatives);
    snprintf(c->alternatives[0], sizeof *c->alternatives, "%s", other);
}

// Decides what is in doubt by the line, if it is the same number; false: it is not.
static bool join(const Line *line, Plate *plate)
{
    int text[PLATE_LONGEST], length = plate->character_count;
    double likely[4];
    for (int i = 0; i < length; i++)
        text[i] = plate_character(plate->characters[i].text);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < length; i++) {
            int option[4], count = options(&plate->characters[i], option), best = 0;
            weigh(line, &plate->characters[i], i, text, length, likely);
            for (int n = 1; n < count; n++)
                if (likely[n] > likely[best])
                    best = n;
            text[i] = option[best];
        }
    double own = likelihood(line, text, length);
    Other other = likeliest_other(line, text, length);
    if (fmax(own, other.likely) <= SAME)
        return false;
    plate->painted = own >= PLAINLY * other.likely;
    if (!plate->painted)
        text[other.place] = other.character;
    plate->confidence = 1;
    for (int i = 0; i < length; i++) {
        PlateCharacter *c = &plate->characters[i];
        if (!plate->painted && i == other.place) {
            contradict(c, plate_letter(other.character, text[i - 1]),
                       other.likely / fmax(own, SAME * PLAINLY));
        } else {
            double sum = weigh(line, c, i, text, length, likely);
            if (sum > 0)
                settle(c, likely, sum);
        }
        plate->confidence *= c->confidence;
    }
    plate_spell(plate);
    return true;
}

static Status look_at(PlateReader *reader, const Picture *picture, Sight sight, const Band *band,
                      Line *line, Error *error)
{
    double x = sight.x + sight.step * band->left, y = sight.y + sight.step * band->top;
    double w = sight.step * (band->right - band->left), h = sight.step * band->height;
    Status status = STATUS_OK;
    line->count = LOOKS;
    for (size_t i = 0; i < LOOKS && status == STATUS_OK; i++) {
        double left = ends[i % ENDS], right = ends[i / ENDS];
        Plate tried = {.rows = 1};
        plate_set_corners(&tried, x + left * w, y - 0.1 * h, (1 - left - right) * w, 1.2 * h);
        status = plate_look(reader, picture, &tried, &line->looks[i], error);
    }
    return status;
}

Status plate_ask_painted(PlateReader *reader, const Picture *picture, Plate *plate, Error *error)
{
    double wide = sighting_width(plate->corners), middle[2];
    plate->painted = false;
    if (!plate->character_count || wide < NARROWEST)
        return STATUS_OK;
    sighting_middle(plate->corners, middle);
    double step = wide / CELLS, top = fmin(plate->corners[0][1], plate->corners[1][1]);
    Sight sight = {middle[0] - WIDE * step / 2, top - (HIGH + 4) * step, step, WIDE, HIGH};
    float *values = calloc(3 * (size_t)WIDE * HIGH, sizeof *values);
    Line *line = calloc(1, sizeof *line);
    Status status = STATUS_OK;
    if (values && line && sight_fill(picture, sight, values) && strokes(values)) {
        Band bands[BANDS];
        int first_row = (int)fmin(HIGH, fmax(0, ceil(-sight.y / step)));
        size_t count = find_bands(values, first_row, bands);
        bool same = false;
        for (size_t i = 0; i < count && status == STATUS_OK && !same; i++) {
            status = look_at(reader, picture, sight, &bands[i], line, error);
            same = status == STATUS_OK && join(line, plate);
        }
    } else {
        status = error_set(error, STATUS_MEMORY, "out of memory");
    }
    free(values);
    free(line);
    return status;
}
