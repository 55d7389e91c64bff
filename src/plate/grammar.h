// Private to plate/: the reader's alphabet, and which of its characters may stand where (GA
// 36-2018).
#ifndef HEIYAN_PLATE_GRAMMAR_H
#define HEIYAN_PLATE_GRAMMAR_H

#include <stdbool.h>

#define ALPHABET_SIZE 68

extern const char *const plate_alphabet[ALPHABET_SIZE]; // UTF-8, in the network's order

// May the character stand at the place (from 0) of a plate of `length` characters, 7 or 8?
bool plate_may_stand(int character, int place, int length);

#endif
