// Private to plate/: a part of a picture at another size, as a network takes it.
#ifndef HEIYAN_PLATE_SIGHT_H
#define HEIYAN_PLATE_SIGHT_H

#include "picture/picture.h"

#include <stdbool.h>

typedef struct Sight {
    double x, y;       // of the picture, where the sight begins: its top left corner
    double step;       // pixels of the picture that one of the sight covers
    int width, height; // of the sight
} Sight;

// Red, green and blue, 0..255, of a luma and chroma as the picture stores them.
void plate_rgb(const Picture *picture, float luma, float u, float v, float rgb[3]);

// Fills to[3][height][width] with red, green and blue, 0..255; 128 outside the picture. Each pixel
// is the mean of what it covers. False: out of memory.
bool sight_fill(const Picture *picture, Sight sight, float *to);

#endif
