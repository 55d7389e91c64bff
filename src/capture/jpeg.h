// JPEG and EXIF through TurboJPEG and libexif, straight from and to YUV planes.
#ifndef HEIYAN_CAPTURE_JPEG_H
#define HEIYAN_CAPTURE_JPEG_H

#include "base/error.h"
#include "picture/picture.h"

#include <stddef.h>

typedef struct JpegTags { // written as EXIF; NULL, empty or NaN fields are left out
    const char *date_time;     // RFC 3339 with milliseconds and offset, as clock_text gives it
    const char *description;   // place, UTF-8
    const char *device;        // written as Model
    double latitude, longitude; // degrees, NaN = unknown
} JpegTags;

// Full-range BT.601 4:2:0 planes of any range and matrix: within 2 levels of swscale for colours that RGB has,
// integer arithmetic on the planes (no RGB trip). Returns a new picture (a ref when nothing is to do); NULL when out
// of memory.
Picture *picture_to_jpeg_range(Picture *picture);
// The part of a picture inside box (clipped, even corner); planes are shared, not copied. NULL when nothing of the box
// lies inside, or out of memory.
Picture *picture_crop(Picture *picture, Box box);

// Encodes, converting range and matrix first. quality 1..100. The caller frees *data with free().
Status jpeg_encode(Picture *picture, int quality, const JpegTags *tags, unsigned char **data,
                   size_t *size, Error *error);
// 32-bit BGRX rows (cairo's RGB24), quality lowered step by step until it fits max_bytes, EXIF
// included (0 = no limit); STATUS_ARGUMENT when it cannot.
Status jpeg_encode_bgrx(const unsigned char *rows, int width, int height, int stride, int quality,
                        size_t max_bytes, const JpegTags *tags, unsigned char **data, size_t *size,
                        Error *error);
// Decodes to 32-bit BGRX rows, stride = 4*width; the caller frees *rows.
Status jpeg_decode_bgrx(const unsigned char *data, size_t size, unsigned char **rows, int *width,
                        int *height, Error *error);
// A picture's pixels as BGRX, for drawing on; the caller frees *rows. stride = 4*width.
Status picture_to_bgrx(const Picture *picture, unsigned char **rows, Error *error);

#endif
