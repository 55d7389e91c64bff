// A small JPEG of a picture, for the status page.
#ifndef HEIYAN_APP_THUMBNAIL_H
#define HEIYAN_APP_THUMBNAIL_H

#include "base/error.h"
#include "picture/picture.h"

#define THUMBNAIL_SIZE 320 // pixels, of the longer side at most

// The mean of whole pixels, so that nothing flickers. The caller frees *data. Thread-safe.
Status thumbnail_make(const Picture *picture, unsigned char **data, size_t *size, Error *error);

#endif
