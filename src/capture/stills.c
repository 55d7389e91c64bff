#include "capture/stills.h"

#include "capture/decoder.h"

Status still_read(const char *path, Picture **out, Error *error)
{
    *out = NULL;
    Source *source;
    Decoder *decoder = NULL;
    Status status = source_open(&source, path, &(SourceOptions){0}, error);
    if (status == STATUS_OK)
        status = decoder_create(&decoder, error);
    while (status == STATUS_OK && !*out) {
        Packet *packet;
        status = source_read(source, false, &packet, error);
        if (status == STATUS_OK || status == STATUS_END) {
            bool end = status == STATUS_END;
            status = decoder_send(decoder, packet, error);
            if (status == STATUS_OK)
                status = decoder_receive(decoder, out, error);
            status = status == STATUS_END && !end ? STATUS_OK : status;
            packet_unref(&packet);
        }
    }
    decoder_destroy(&decoder);
    source_close(&source);
    if (status == STATUS_END)
        return error_set(error, STATUS_FORMAT, "%s: no picture in it can be decoded", path);
    return status;
}
