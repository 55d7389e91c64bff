// Private to plate/: the likeliest legal text in what the reader's network says.
#ifndef HEIYAN_PLATE_DECODE_H
#define HEIYAN_PLATE_DECODE_H

#include "plate/grammar.h"

#include <stdbool.h>
#include <stddef.h>

#define DECODE_STEPS 40
#define DECODE_CLASSES (ALPHABET_SIZE + 1) // 0: between characters

typedef struct Reading {
    int characters[PLATE_LONGEST], length;
    double sure[PLATE_LONGEST];      // that it is this character, the others given
    int next[PLATE_LONGEST][3];      // the likeliest others that may stand there
    double likely[PLATE_LONGEST][3]; // how likely they are
    double confidence;               // that all of them are right
} Reading;

#define DECODE_LOOKS 8

// looks: what the network says of each of 1 to DECODE_LOOKS looks at the same plate, each logits of
// classes x steps of connectionist temporal classification (Graves et al. 2006). How likely a text
// is, is the mean of what the looks say.
Reading plate_decode(const float *const *looks, size_t count);

#endif
