// Private to plate/: the likeliest legal text in what the reader's network says.
#ifndef HEIYAN_PLATE_DECODE_H
#define HEIYAN_PLATE_DECODE_H

#include "plate/grammar.h"

#include <stdbool.h>
#include <stddef.h>

#define DECODE_STEPS 96                    // at most
#define DECODE_CLASSES (ALPHABET_SIZE + 1) // 0: between characters
#define DECODE_LOOKS 5                     // at most
#define DECODE_MEANINGS 161                // at most

// What a network's values are.
typedef struct DecodeLayout {
    int meaning[DECODE_MEANINGS]; // of each of its classes: a class of DECODE_CLASSES
    int classes;
    bool steps_first;   // steps x classes, else classes x steps
    bool positions;     // a step is a character, or none; else it is connectionist temporal
                        // classification (Graves et al. 2006)
    bool probabilities; // else logits
} DecodeLayout;

typedef struct DecodeLook { // one look at a plate
    float likely[DECODE_STEPS][DECODE_CLASSES];
    int steps;
    double weight;                       // private to plate_decode
    int said[ALPHABET_SIZE], said_count; // likewise
} DecodeLook;

// False: so many values cannot be of that layout.
bool plate_decode_look(const DecodeLayout *layout, const float *values, size_t count,
                       DecodeLook *out);

typedef struct Reading {
    int characters[PLATE_LONGEST], length;
    double sure[PLATE_LONGEST];      // that it is this character, the others given
    int next[PLATE_LONGEST][3];      // the likeliest others that may stand there
    double likely[PLATE_LONGEST][3]; // how likely they are
    double confidence;               // that all of them are right
} Reading;

// The likeliest legal text of 1 to DECODE_LOOKS looks at the same plate. How likely a text is, is
// the mean of what the looks say, each weighed by how sure it is of its own best text.
Reading plate_decode(DecodeLook *looks, size_t count);

// How likely a text, by the alphabet's numbers, is in one look, over all its paths.
double plate_decode_text(const DecodeLook *look, const int *text, int length);

#endif
