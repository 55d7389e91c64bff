// Videos of pictures drawn here, as MP4 of H.264 that browsers play.
//
// The same pictures at the same times give the same bytes. A VideoWriter is used by one thread.
#ifndef HEIYAN_CAPTURE_VIDEO_H
#define HEIYAN_CAPTURE_VIDEO_H

#include "base/error.h"
#include "picture/picture.h"

typedef struct VideoWriter VideoWriter;

// path is borrowed until the end. The file is made with the first picture.
Status video_writer_create(VideoWriter **out, const char *path, Error *error);
// BGRX rows (cairo's RGB24); width and height even, the same each time; times ascend.
Status video_writer_put(VideoWriter *video, const unsigned char *rows, int width, int height,
                        int stride, int64_t time_us, Error *error);
// Finishes the file, fsync'd, and clears *video; NULL content is fine. On failure, of this or of a
// picture before, there is no file. STATUS_FORMAT: not one picture came.
Status video_writer_close(VideoWriter **video, Error *error);

// A copy in another size, made smooth; NULL when out of memory.
Picture *picture_resized(const Picture *picture, int width, int height);

#endif
