#include "capture/stills.h"

#include "capture/decoder.h"

// The next picture; STATUS_END after the last.
static Status next_picture(Source *source, Decoder *decoder, Picture **out, Error *error)
{
    Status status = decoder_receive(decoder, out, error);
    while (status == STATUS_END) {
        Packet *packet;
        status = source_read(source, false, &packet, error);
        bool end = status == STATUS_END;
        if (status != STATUS_OK && !end)
            break;
        status = decoder_send(decoder, packet, error);
        if (status == STATUS_OK)
            status = decoder_receive(decoder, out, error);
        packet_unref(&packet);
        if (end)
            break;
    }
    return status;
}

Status still_read_at(const char *path, int64_t after_us, Picture **out, Error *error)
{
    *out = NULL;
    Source *source;
    Decoder *decoder = NULL;
    Status status = source_open(&source, path, &(SourceOptions){0}, error);
    if (status == STATUS_OK)
        status = decoder_create(&decoder, error);
    int64_t first_us = INT64_MIN;
    while (status == STATUS_OK) {
        picture_unref(out);
        status = next_picture(source, decoder, out, error);
        if (status != STATUS_OK)
            break;
        first_us = first_us == INT64_MIN ? (*out)->time_us : first_us;
        if ((*out)->time_us - first_us >= after_us)
            break;
    }
    decoder_destroy(&decoder);
    source_close(&source);
    if (status == STATUS_END && first_us != INT64_MIN)
        return error_set(error, STATUS_ARGUMENT, "%s ends before %.3f s", path,
                         (double)after_us / 1e6);
    if (status == STATUS_END)
        return error_set(error, STATUS_FORMAT, "%s: no picture in it can be decoded", path);
    return status;
}

Status still_read(const char *path, Picture **out, Error *error)
{
    return still_read_at(path, 0, out, error);
}
