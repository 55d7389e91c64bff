// Private to capture/: one video stream into a fragmented MP4, the same bytes each time.
#ifndef HEIYAN_CAPTURE_MUXER_H
#define HEIYAN_CAPTURE_MUXER_H

#include "base/error.h"

#include <libavformat/avformat.h>
#include <stdint.h>

#define CLIP_SCALE                                                                                 \
    (AVRational)                                                                                   \
    {                                                                                              \
        1, 90000                                                                                   \
    }

typedef struct Muxer {
    AVFormatContext *output;
    AVStream *stream;
    const char *path; // belongs to the caller
} Muxer;

int64_t clip_ticks(int64_t us); // microseconds on the clip's clock

// rotation: clockwise degrees, told to the player. The caller always calls muxer_close after this,
// whatever it returns.
Status muxer_open(Muxer *muxer, const char *path, const AVCodecParameters *parameters, int rotation,
                  Error *error);
// Takes a packet whose stamps are in CLIP_SCALE, the first presented at 0.
Status muxer_write(Muxer *muxer, AVPacket *packet, Error *error);
// Ends the fragment: what was written so far is handed to the system.
Status muxer_flush(Muxer *muxer, Error *error);
// Closes the file as it is, instead of muxer_close; one that was never opened is fine.
void muxer_leave(Muxer *muxer);
// Finishes the file and brings it to the disk. When that fails, or status is already a failure,
// removes it. Returns the first failure.
Status muxer_close(Muxer *muxer, Status status, Error *error);

#endif
