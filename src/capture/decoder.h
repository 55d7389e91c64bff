// Turns packets into pictures: one thread per stream, any codec and pixel format libavcodec knows; what is not
// 8-bit YUV 4:2:0 is converted once, interlaced frames lose their combing, rotation is applied.
#ifndef HEIYAN_CAPTURE_DECODER_H
#define HEIYAN_CAPTURE_DECODER_H

#include "capture/source.h"

typedef struct Decoder Decoder;

// The codec parameters come from the first packet sent; a packet of another format reopens the codec by itself.
Status decoder_create(Decoder **out, Error *error);
void decoder_destroy(Decoder **decoder);

// Sends one packet (NULL: end of stream, drain). Damaged data is survived and counted, not an error; an error means that
// this stream cannot be decoded at all.
Status decoder_send(Decoder *decoder, const Packet *packet, Error *error);
// The next picture in presentation order; the caller unrefs it. STATUS_END: send more (or drained).
Status decoder_receive(Decoder *decoder, Picture **out, Error *error);
// Forgets what is inside (after a seek).
void decoder_flush(Decoder *decoder);

typedef struct DecoderCounts {
    uint64_t pictures, damaged, refused; // refused: packets the codec rejected
} DecoderCounts;
DecoderCounts decoder_counts(const Decoder *decoder);

#endif
