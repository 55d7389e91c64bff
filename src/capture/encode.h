// Private to capture/: H.264 made here, for what MP4 or browsers cannot show.
#ifndef HEIYAN_CAPTURE_ENCODE_H
#define HEIYAN_CAPTURE_ENCODE_H

#include "capture/source.h"

// What came out of it: presentation times of the first and last picture.
typedef struct Encoded {
    int64_t start_us, end_us;
    size_t frames;
} Encoded;

// Decodes packets and writes them as H.264 yuv420p, at most max_width wide, keeping their times. The same packets
// give the same bytes. On failure the file is removed.
Status encode_clip(const char *path, Packet *const *packets, size_t count, int max_width,
                   Encoded *encoded, Error *error);

#endif
