// Private to capture/: work on whole planes between a decoded frame and a Picture.
#ifndef HEIYAN_CAPTURE_PLANES_H
#define HEIYAN_CAPTURE_PLANES_H

#include "picture/picture.h"

#include <libavutil/frame.h>

ColorRange color_range_of(int range, int pixel_format);
// Unspecified is BT.601, as swscale and players take it.
ColorSpace color_space_of(int space);

// Any pixel format to 8-bit 4:2:0, once: YUV keeps its range and matrix, RGB and grey become full-range BT.601.
typedef struct Converter {
    struct SwsContext *scaler;
    int width, height, format, range;
} Converter;
void converter_finish(Converter *converter); // fine on one that is all zero
// NULL when out of memory or when swscale does not know the format.
Picture *converter_run(Converter *converter, const AVFrame *frame);

// A copy with the lines of the second field made from the first: no combing. NULL when out of memory.
Picture *picture_deinterlace(const Picture *picture);
// Turned clockwise by 90, 180 or 270 degrees, NULL when out of memory.
Picture *picture_rotate(const Picture *picture, int degrees);
// A copy whose width and height are even, the last column and row repeated; NULL when out of memory.
Picture *picture_even(const Picture *picture);

#endif
