// The reader's alphabet, and which of its characters may stand where (GA
// 36-2018).
#ifndef HEIYAN_PLATE_GRAMMAR_H
#define HEIYAN_PLATE_GRAMMAR_H

#include <stdbool.h>

#define ALPHABET_SIZE 68

extern const char *const plate_alphabet[ALPHABET_SIZE]; // UTF-8, in the network's order

// May the character stand at the place (from 0) of a plate of `length` characters, 7 or 8?
bool plate_may_stand(int character, int place, int length);

// Is it a whole plate by that grammar: "晋E12345", "晋ED12345", "晋E1234挂"?
bool plate_is_legal(const char *text);

#endif
