// Text and plates as textures, through pango and cairo.
#ifndef HEIYAN_SAMPLES_LETTERING_H
#define HEIYAN_SAMPLES_LETTERING_H

#include "mesh.h"

#include <stdint.h>

// Text filling width x height pixels, stretched; false when memory runs out. texture_free releases it.
bool lettering_text(Texture *out, const char *text, Color ink, int width, int height, bool bold);
// A plate, 440 x 140 mm (220 with two rows); tint: blue, yellow, green, yellowgreen, white.
bool lettering_plate(Texture *out, const char *text, const char *tint, bool two_rows, uint64_t seed);
void texture_free(Texture *texture);
// A random legal number of the colour, written to out[24].
void lettering_number(char out[24], const char *tint, uint64_t seed);

// Text for the picture itself: coverage 0..255 of `height` pixel high letters; *width is set. NULL: out of memory; free() it.
uint8_t *lettering_mask(const char *text, int height, int *width, int *rows);

#endif
