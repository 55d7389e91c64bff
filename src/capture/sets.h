// Private to capture/: parameter sets of H.264 and H.265 within the packets.
//
// A camera that sends its parameter sets once sends other ones once too, with the key frame where
// they change. What is decoded, or kept, from a later key frame on needs them there as well.
#ifndef HEIYAN_CAPTURE_SETS_H
#define HEIYAN_CAPTURE_SETS_H

#include "base/error.h"

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <stdbool.h>

// The parameter sets of an Annex B packet, padded as extradata is; av_free them. NULL: it has none.
uint8_t *sets_extract(const AVCodecParameters *parameters, const AVPacket *packet, size_t *size);

typedef struct Sets { // zero-initialise
    uint8_t *data;    // those in force
    size_t size;
    bool others; // than those of the stream's parameters
} Sets;

// Call for each key frame of a stream of Annex B packets (RTP, TS), in order: puts sets before one
// that comes without, where the stream's parameters hold others than are in force.
Status sets_keep(Sets *sets, const AVCodecParameters *parameters, AVPacket *packet, Error *error);
void sets_finish(Sets *sets);

#endif
