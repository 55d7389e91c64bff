#include "plate/decode.h"

#include <math.h>
#include <string.h>

#define NEVER 1e-3 // a character that no step says more likely than this stands nowhere

// ---- what the network says ----

static double value_at(const DecodeLayout *layout, const float *values, int steps, int t, int c)
{
    return layout->steps_first ? values[t * layout->classes + c] : values[c * steps + t];
}

static void soften(const DecodeLayout *layout, const float *values, int steps, int t, float *likely)
{
    double most = 0, sum = 0, share[DECODE_MEANINGS];
    for (int c = 0; c < layout->classes; c++) {
        share[c] = value_at(layout, values, steps, t, c);
        most = c ? fmax(most, share[c]) : share[c];
    }
    for (int c = 0; c < layout->classes; c++) {
        share[c] = layout->probabilities ? fmax(0, share[c]) : exp(share[c] - most);
        sum += share[c];
    }
    for (int c = 0; c < layout->classes && sum > 0; c++)
        likely[layout->meaning[c]] += (float)(share[c] / sum);
}

bool plate_decode_look(const DecodeLayout *layout, const float *values, size_t count,
                       DecodeLook *out)
{
    size_t steps = count / (size_t)layout->classes;
    int each = layout->positions ? 2 : 1; // after a character one step of none
    if (count % (size_t)layout->classes || steps < PLATE_LONGEST - 1 ||
        steps * (size_t)each > DECODE_STEPS)
        return false;
    memset(out, 0, sizeof *out);
    out->steps = (int)steps * each;
    for (int t = 0; t < (int)steps; t++) {
        soften(layout, values, (int)steps, t, out->likely[t * each]);
        if (each == 2)
            out->likely[2 * t + 1][0] = 1;
    }
    for (int c = 0; c < ALPHABET_SIZE; c++) {
        double most = 0;
        for (int t = 0; t < out->steps; t++)
            most = fmax(most, (double)out->likely[t][c + 1]);
        if (most > NEVER)
            out->said[out->said_count++] = c;
    }
    return true;
}

// ---- the likeliest path of steps through a form ----

typedef struct Path {
    double likely;
    int text[PLATE_LONGEST];
} Path;

// By how many characters have begun: the likeliest paths that stand between characters, and in the
// last of them, which is this one.
typedef struct Lattice {
    Path blank[PLATE_LONGEST + 1];
    Path inside[PLATE_LONGEST + 1][ALPHABET_SIZE];
} Lattice;

static const Path *likelier(const Path *a, const Path *b)
{
    return b->likely > a->likely ? b : a;
}

// The likeliest in the last of `begun` characters that is not `but` (-1: any).
static const Path *leading(const DecodeLook *look, const Lattice *from, int begun, int but)
{
    static const Path none;
    const Path *best = &none;
    for (int i = 0; i < look->said_count; i++)
        if (look->said[i] != but)
            best = likelier(best, &from->inside[begun][look->said[i]]);
    return best;
}

// The paths into the character at `begun` - 1 and those that stay in it.
static void enter(const DecodeLook *look, int t, const Lattice *from, int begun, int form,
                  Lattice *to)
{
    const Path *lead = begun > 1 ? leading(look, from, begun - 1, -1) : NULL;
    for (int i = 0; i < look->said_count; i++) {
        int c = look->said[i];
        if (!plate_may_stand(c, begun - 1, form))
            continue;
        const Path *before = &from->blank[begun - 1];
        if (lead) { // without a blank between them equal characters are one
            bool same = lead->text[begun - 2] == c;
            before = likelier(before, same ? leading(look, from, begun - 1, c) : lead);
        }
        Path *path = &to->inside[begun][c];
        *path = *likelier(&from->inside[begun][c], before);
        path->likely *= (double)look->likely[t][c + 1];
        path->text[begun - 1] = c;
    }
}

static void advance(const DecodeLook *look, int t, const Lattice *from, int form, Lattice *to)
{
    int length = plate_form_length(form);
    for (int begun = 0; begun <= length; begun++) {
        const Path *best = &from->blank[begun];
        if (begun)
            best = likelier(best, leading(look, from, begun, -1));
        to->blank[begun] = *best;
        to->blank[begun].likely *= (double)look->likely[t][0];
        if (begun)
            enter(look, t, from, begun, form, to);
    }
}

static Path best_path(const DecodeLook *look, int form)
{
    static _Thread_local Lattice lattices[2];
    memset(lattices, 0, sizeof lattices);
    lattices[0].blank[0].likely = 1;
    for (int t = 0; t < look->steps; t++)
        advance(look, t, &lattices[t % 2], form, &lattices[(t + 1) % 2]);
    const Lattice *last = &lattices[look->steps % 2];
    int length = plate_form_length(form);
    return *likelier(&last->blank[length], leading(look, last, length, -1));
}

// ---- how likely a text is over all its paths, in all looks ----

double plate_decode_text(const DecodeLook *look, const int *text, int length)
{
    double at[2 * PLATE_LONGEST + 1] = {1}; // even: before a character, odd: in one
    int states = 2 * length + 1;
    for (int t = 0; t < look->steps; t++)
        for (int s = states - 1; s >= 0; s--) {
            double reached = at[s] + (s ? at[s - 1] : 0);
            if (s % 2 && s > 1 && text[s / 2] != text[s / 2 - 1])
                reached += at[s - 2];
            at[s] = reached * (double)look->likely[t][s % 2 ? text[s / 2] + 1 : 0];
        }
    return at[states - 1] + at[states - 2];
}

static double likelihood(const DecodeLook *looks, size_t count, const int *text, int length)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += looks[i].weight * plate_decode_text(&looks[i], text, length);
    return sum;
}

static bool is_said(const DecodeLook *looks, size_t count, int character)
{
    for (size_t i = 0; i < count; i++)
        for (int n = 0; n < looks[i].said_count; n++)
            if (looks[i].said[n] == character)
                return true;
    return false;
}

// How sure the character at a place is, and what else may stand there.
static void doubt(const DecodeLook *looks, size_t count, int place, int form, Reading *reading)
{
    int text[PLATE_LONGEST], said = reading->characters[place];
    double likely[ALPHABET_SIZE] = {0}, sum = 0;
    memcpy(text, reading->characters, sizeof text);
    for (int c = 0; c < ALPHABET_SIZE; c++)
        if (plate_may_stand(c, place, form) && is_said(looks, count, c)) {
            text[place] = c;
            sum += likely[c] = likelihood(looks, count, text, reading->length);
        }
    if (sum <= 0)
        return;
    reading->sure[place] = likely[said] / sum;
    likely[said] = 0;
    for (int n = 0; n < 3; n++) {
        int best = 0;
        for (int c = 1; c < ALPHABET_SIZE; c++)
            if (likely[c] > likely[best])
                best = c;
        reading->next[place][n] = best;
        reading->likely[place][n] = likely[best] / sum;
        likely[best] = 0;
    }
}

// How likely it is by how usual its form is.
static double by_form(double likely, int form)
{
    double share = plate_form_share(form);
    return likely * share / fmax(1e-9, likely * share + fmax(0, 1 - likely));
}

typedef struct Proposal {
    Path path;
    double likely; // in the look that proposes it
} Proposal;

// The best text of each form in each look. Looks that are sure of theirs weigh more.
static void propose(DecodeLook *looks, size_t count, Proposal out[][PLATE_FORMS])
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        looks[i].weight = 0;
        for (int form = 0; form < PLATE_FORMS; form++) {
            Proposal *one = &out[i][form];
            one->path = best_path(&looks[i], form);
            double likely = plate_decode_text(&looks[i], one->path.text, plate_form_length(form));
            one->likely = by_form(likely, form);
            looks[i].weight = fmax(looks[i].weight, one->path.likely > 0 ? one->likely : 0);
        }
        sum += looks[i].weight;
    }
    for (size_t i = 0; i < count; i++)
        looks[i].weight = sum > 0 ? looks[i].weight / sum : 0;
}

Reading plate_decode(DecodeLook *looks, size_t count)
{
    Proposal proposed[DECODE_LOOKS][PLATE_FORMS];
    Reading reading = {0};
    int chosen = 0;
    propose(looks, count, proposed);
    for (size_t i = 0; i < count; i++)
        for (int form = 0; form < PLATE_FORMS; form++) {
            const Path *path = &proposed[i][form].path;
            int length = plate_form_length(form);
            double likely = by_form(likelihood(looks, count, path->text, length), form);
            if (path->likely > 0 && likely > reading.confidence) {
                reading.confidence = likely;
                reading.length = length;
                memcpy(reading.characters, path->text, sizeof path->text);
                chosen = form;
            }
        }
    for (int place = 0; place < reading.length; place++)
        doubt(looks, count, place, chosen, &reading);
    if (plate_form_share(chosen) < 1)
        reading.sure[1] = fmin(reading.sure[1], reading.confidence);
    return reading;
}
