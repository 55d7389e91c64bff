#include "capture/encode.h"

#include "capture/decoder.h"
#include "capture/encoder.h"

static Status encode_decoded(Encoder *encoder, Decoder *decoder, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        status = encoder_put(encoder, picture, error);
        picture_unref(&picture);
        if (status != STATUS_OK)
            return status;
    }
}

Status encode_clip(const char *path, Packet *const *packets, size_t count, int max_width,
                   Encoded *encoded, Error *error)
{
    Encoder encoder = {.path = path, .max_width = max_width};
    Decoder *decoder;
    Status status = decoder_create(&decoder, error);
    for (size_t i = 0; i <= count && status == STATUS_OK; i++) {
        status = decoder_send(decoder, i < count ? packets[i] : NULL, error);
        if (status == STATUS_OK)
            status = encode_decoded(&encoder, decoder, error);
    }
    decoder_destroy(&decoder);
    status = encoder_close(&encoder, status, error);
    *encoded = encoder.done;
    return status;
}
