#include "capture/clip.h"

#include "capture/encode.h"
#include "capture/muxer.h"
#include "capture/packet.h"

#define PREVIEW_WIDTH 1280
#define ENCODED_WIDTH 8192

// The part of packets that makes one clip: from the first key frame to the change of format.
static void trim_span(Packet *const **packets, size_t *count)
{
    while (*count && !packet_key((*packets)[0])) {
        (*packets)++;
        (*count)--;
    }
    for (size_t i = 1; i < *count; i++)
        if (!packet_same_format((*packets)[0], (*packets)[i]))
            *count = i;
}

// Pictures shown before the first key frame are made from ones that the clip does not have.
static bool is_leading(Packet *const *packets, size_t i)
{
    return packets[i]->time_us < packets[0]->time_us;
}

static Status remux(const char *path, Packet *const *packets, size_t count, ClipInfo *info,
                    Error *error)
{
    const Format *format = packets[0]->format;
    int64_t zero = packets[0]->time_us, last = INT64_MIN;
    Muxer muxer;
    Status status = muxer_open(&muxer, path, format->parameters, format->rotation, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (is_leading(packets, i))
            continue;
        AVPacket *av = av_packet_clone(packets[i]->av);
        if (!av) {
            status = error_set(error, STATUS_MEMORY, "out of memory");
            break;
        }
        int64_t dts = clip_ticks(packets[i]->decode_us - zero);
        av->dts = last == INT64_MIN || dts > last ? dts : last + 1;
        av->pts = clip_ticks(packets[i]->time_us - zero);
        av->pts = av->pts > av->dts ? av->pts : av->dts;
        last = av->dts;
        // The muxer needs it for the last frame of a fragment alone.
        int64_t step = i + 1 < count  ? packets[i + 1]->decode_us - packets[i]->decode_us
                       : i ? packets[i]->decode_us - packets[i - 1]->decode_us
                                      : 40000;
        av->duration = clip_ticks(step);
        av_packet_free_side_data(av);
        status = muxer_write(&muxer, av, error);
        av_packet_free(&av);
        info->end_us = packets[i]->time_us > info->end_us ? packets[i]->time_us : info->end_us;
        info->frames++;
    }
    return muxer_close(&muxer, status, error);
}

static bool mp4_carries(const Format *format)
{
    const AVOutputFormat *mp4 = av_guess_format("mp4", NULL, NULL);
    return !format->still && mp4 &&
           avformat_query_codec(mp4, format->parameters->codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

static Status encode(const char *path, Packet *const *packets, size_t count, int max_width,
                     ClipInfo *info, Error *error)
{
    Encoded encoded;
    Status status = encode_clip(path, packets, count, max_width, &encoded, error);
    info->start_us = encoded.start_us;
    info->end_us = encoded.end_us;
    info->frames = encoded.frames;
    return status;
}

Status clip_write(const char *path, Packet *const *packets, size_t count, ClipInfo *info, Error *error)
{
    *info = (ClipInfo){0};
    trim_span(&packets, &count);
    if (!count)
        return error_set(error, STATUS_FORMAT, "cannot write %s: no key frame in its span", path);
    const Format *format = packets[0]->format;
    if (!mp4_carries(format)) {
        info->kind = CLIP_ENCODED;
        return encode(path, packets, count, ENCODED_WIDTH, info, error);
    }
    const AVCodecParameters *parameters = format->parameters;
    info->kind = CLIP_ORIGINAL;
    info->start_us = info->end_us = packets[0]->time_us;
    info->needs_preview = parameters->codec_id != AV_CODEC_ID_H264 ||
                          (parameters->format != AV_PIX_FMT_YUV420P &&
                           parameters->format != AV_PIX_FMT_YUVJ420P);
    return remux(path, packets, count, info, error);
}

Status clip_write_preview(const char *path, Packet *const *packets, size_t count, Error *error)
{
    ClipInfo info;
    trim_span(&packets, &count);
    if (!count)
        return error_set(error, STATUS_FORMAT, "cannot write %s: no key frame in its span", path);
    return encode(path, packets, count, PREVIEW_WIDTH, &info, error);
}
