// Private to capture/: the EXIF block of a picture.
#ifndef HEIYAN_CAPTURE_EXIF_H
#define HEIYAN_CAPTURE_EXIF_H

#include "capture/jpeg.h"

// "Exif\0\0" and the tags, NULL when out of memory; always less than a JPEG marker holds.
// The caller frees.
unsigned char *exif_block(const JpegTags *tags, unsigned *size);

#endif
