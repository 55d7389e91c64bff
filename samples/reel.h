// A video file's coded frames in memory, as a camera sends them over and over: Annex B, in decode
// order.
#ifndef HEIYAN_SAMPLES_REEL_H
#define HEIYAN_SAMPLES_REEL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ReelFrame {
    uint8_t *data;
    size_t size;
    int64_t pts_us, dts_us; // the reel begins with a decode time of 0
    bool key;
} ReelFrame;

typedef struct Reel {
    ReelFrame *frames;
    size_t count;
    int64_t length_us; // from one showing to the next
    int64_t delay_us;  // from decoding to showing, at most
    bool hevc;         // else H.264
} Reel;

// On failure nothing is left in *out. STATUS_UNSUPPORTED: neither H.264 nor H.265.
Status reel_load(Reel *out, const char *path, Error *error);
void reel_free(Reel *reel);

#endif
