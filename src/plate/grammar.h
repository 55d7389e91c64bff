// The reader's alphabet, and which of its characters may stand where (GA 36-2018). It has no O: the
// letter after the province that marks plates of authorities looks like the digit 0.
#ifndef HEIYAN_PLATE_GRAMMAR_H
#define HEIYAN_PLATE_GRAMMAR_H

#include <stdbool.h>

#define ALPHABET_SIZE 72
#define PLATE_FORMS 7
#define PLATE_LONGEST 8 // characters

extern const char *const plate_alphabet[ALPHABET_SIZE]; // UTF-8, in the network's order

// The number of a character, -1: no plate has it.
int plate_character(const char *text);

// How a character is written after another one (-1: first of all).
const char *plate_letter(int character, int before);

// Characters of a form of plate, 7 or 8.
int plate_form_length(int form);

// How much less usual a form is than the others, 0..1.
double plate_form_share(int form);

// May the character stand at the place (from 0) of a plate of that form?
bool plate_may_stand(int character, int place, int form);

// Is it a whole plate by that grammar: "晋E12345", "晋ED12345", "晋E1234挂", "224001使"?
bool plate_is_legal(const char *text);

#endif
