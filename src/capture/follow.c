#include "capture/follow.h"

#include "capture/sets.h"

#include <libavcodec/avcodec.h>
#include <string.h>

static bool has_nals(const AVCodecParameters *parameters)
{
    return parameters->codec_id == AV_CODEC_ID_H264 || parameters->codec_id == AV_CODEC_ID_HEVC;
}

// Whether the parser sees another size than before, or the first one that is known at all.
static bool notice_size(Follower *follower, const AVCodecParserContext *parser)
{
    const AVCodecParameters *old = follower->format->parameters;
    if (!parser || parser->width <= 0 || !has_nals(old))
        return false;
    bool changed = follower->width
                       ? parser->width != follower->width || parser->height != follower->height
                       : old->width <= 0;
    follower->width = parser->width;
    follower->height = parser->height;
    return changed;
}

static void put_extradata(AVCodecParameters *parameters, uint8_t *data, size_t size)
{
    av_freep(&parameters->extradata);
    parameters->extradata = data;
    parameters->extradata_size = (int)size;
}

static Status put_sent(AVCodecParameters *parameters, const uint8_t *sent, size_t size,
                       Error *error)
{
    uint8_t *copy = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!copy)
        return error_set(error, STATUS_MEMORY, "out of memory");
    memcpy(copy, sent, size);
    put_extradata(parameters, copy, size);
    return STATUS_OK;
}

Status follow_format(Follower *follower, const AVCodecParserContext *parser, const AVPacket *packet,
                     Error *error)
{
    const AVCodecParameters *old = follower->format->parameters;
    size_t size = 0;
    const uint8_t *sent = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    bool other =
        sent && (size != (size_t)old->extradata_size || memcmp(sent, old->extradata, size) != 0);
    bool key = packet->flags & AV_PKT_FLAG_KEY, resized = key && notice_size(follower, parser);
    bool bare =
        key && !old->extradata_size && (has_nals(old) || old->codec_id == AV_CODEC_ID_MPEG4);
    if (!other && !resized && !bare)
        return STATUS_OK;
    Format *format = format_create(old, follower->format->rotation, follower->format->still);
    if (!format)
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (!other) {
        uint8_t *found = sets_extract(format->parameters, packet, &size);
        if (found)
            put_extradata(format->parameters, found, size);
    } else if (put_sent(format->parameters, sent, size, error) != STATUS_OK) {
        format_unref(&format);
        return STATUS_MEMORY;
    }
    if (resized) {
        format->parameters->width = follower->width;
        format->parameters->height = follower->height;
        if (old->format < 0)
            format->parameters->format = parser->format;
    }
    format_unref(&follower->format);
    follower->format = format;
    return STATUS_OK;
}
