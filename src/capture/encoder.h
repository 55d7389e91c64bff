// Private to capture/: pictures into an MP4 of H.264 yuv420p. The same pictures give the same
// bytes.
#ifndef HEIYAN_CAPTURE_ENCODER_H
#define HEIYAN_CAPTURE_ENCODER_H

#include "capture/encode.h"
#include "capture/muxer.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

typedef struct Encoder { // zero but for path and max_width
    const char *path;    // borrowed
    int max_width;
    Muxer muxer;
    AVCodecContext *codec; // opened with the first picture
    bool muxing;
    struct SwsContext *scaler;
    int scaled_width, scaled_height; // of the pictures the scaler was made for
    int64_t last, step;              // ticks of the last picture and from the one before to it
    Encoded done;
} Encoder;

// The next picture, at its time; the first one's size, range and matrix are the video's.
Status encoder_put(Encoder *encoder, const Picture *picture, Error *error);
// Finishes the file and frees what the encoder holds. When that fails, or status is already a
// failure, removes it. Returns the first failure. STATUS_FORMAT: not one picture came.
Status encoder_close(Encoder *encoder, Status status, Error *error);

#endif
