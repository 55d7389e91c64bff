// The reader's alphabet, and which of its characters may stand where (GA 36-2018).
#ifndef HEIYAN_PLATE_GRAMMAR_H
#define HEIYAN_PLATE_GRAMMAR_H

#include <stdbool.h>

#define ALPHABET_SIZE 72
#define PLATE_FORMS 6
#define PLATE_LONGEST 8 // characters

extern const char *const plate_alphabet[ALPHABET_SIZE]; // UTF-8, in the network's order

// The number of a character, -1: no plate has it.
int plate_character(const char *text);

// Characters of a form of plate, 7 or 8.
int plate_form_length(int form);

// May the character stand at the place (from 0) of a plate of that form?
bool plate_may_stand(int character, int place, int form);

// Is it a whole plate by that grammar: "晋E12345", "晋ED12345", "晋E1234挂", "224001使"?
bool plate_is_legal(const char *text);

#endif
