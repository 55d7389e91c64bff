// PNG in memory: density maps and plates, where a JPEG would blur.
#ifndef HEIYAN_CAPTURE_PNG_H
#define HEIYAN_CAPTURE_PNG_H

#include "base/error.h"

#include <stddef.h>

typedef enum PngFormat {
    PNG_GRAY, // 8 bits a pixel
    PNG_BGRX, // 32 bits a pixel (cairo's RGB24), written without the fourth
} PngFormat;

// rows: height rows, stride bytes apart. The same pixels give the same bytes. The caller frees *data with free().
Status png_encode(const unsigned char *rows, int width, int height, int stride, PngFormat format,
                  unsigned char **data, size_t *size, Error *error);

#endif
