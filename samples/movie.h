// Writes pictures to a video file or one still. Deterministic: one thread, no dates.
#ifndef HEIYAN_SAMPLES_MOVIE_H
#define HEIYAN_SAMPLES_MOVIE_H

#include "base/error.h"
#include "picture/picture.h"

typedef struct Movie Movie;

typedef struct MovieSpec {
    int width, height;
    double fps;
    const char *codec;  // h264 h265 mpeg4 mjpeg
    const char *preset;
    int crf, bitrate, gop, bframes; // bitrate in kbit/s, 0: crf decides
    ColorRange range;
} MovieSpec;

// The container follows the file's extension. On failure nothing is left in *out.
Status movie_create(Movie **out, const char *path, const MovieSpec *spec, Error *error);
Status movie_put(Movie *movie, const Picture *picture, Error *error);
Status movie_finish(Movie **movie, Error *error); // writes what is pending and closes; frees in any case
// One PNG or JPEG, by the extension.
Status movie_still(const char *path, const Picture *picture, Error *error);
// A grey 8-bit PNG from a plane of 0..1 values.
Status movie_map(const char *path, const float *plane, int width, int height, Error *error);

#endif
