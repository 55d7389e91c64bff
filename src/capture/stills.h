// Single pictures from disk, for `measure`, `plate` and tests.
#ifndef HEIYAN_CAPTURE_STILLS_H
#define HEIYAN_CAPTURE_STILLS_H

#include "base/error.h"
#include "picture/picture.h"

// Reads a JPEG, PNG or anything libavcodec decodes (first frame of a video). The caller unrefs *out.
Status still_read(const char *path, Picture **out, Error *error);
// Of a video, the first picture at least after_us behind its first one. STATUS_ARGUMENT when it ends
// before.
Status still_read_at(const char *path, int64_t after_us, Picture **out, Error *error);

#endif
