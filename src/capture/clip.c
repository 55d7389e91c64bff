#include "capture/clip.h"

#include "base/files.h"
#include "capture/encode.h"
#include "capture/muxer.h"
#include "capture/packet.h"

#include <stdio.h>
#include <stdlib.h>

#define PREVIEW_WIDTH 1280
#define ENCODED_WIDTH 8192
#define USUAL_STEP_US 40000

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

typedef struct Remux { // packets as they are, into one file
    Muxer muxer;
    int64_t zero_us; // presentation of the first picture
    int64_t last;    // decode stamp of the newest one, on the clip's clock
} Remux;

static Status remux_open(Remux *remux, const char *path, const Packet *first, Error *error)
{
    const Format *format = first->format;
    *remux = (Remux){.zero_us = first->time_us, .last = INT64_MIN};
    return muxer_open(&remux->muxer, path, format->parameters, format->rotation, error);
}

// Pictures shown before the first key frame are made from ones that the clip does not have.
static bool is_leading(const Remux *remux, const Packet *packet)
{
    return packet->time_us < remux->zero_us;
}

// step_us: to the next packet. The muxer needs it for the last frame of a fragment alone.
static Status remux_packet(Remux *remux, const Packet *packet, int64_t step_us, Error *error)
{
    AVPacket *av = av_packet_clone(packet->av);
    if (!av)
        return error_set(error, STATUS_MEMORY, "out of memory");
    int64_t dts = clip_ticks(packet->decode_us - remux->zero_us);
    av->dts = remux->last == INT64_MIN || dts > remux->last ? dts : remux->last + 1;
    av->pts = clip_ticks(packet->time_us - remux->zero_us);
    av->pts = av->pts > av->dts ? av->pts : av->dts;
    remux->last = av->dts;
    av->duration = clip_ticks(step_us);
    av_packet_free_side_data(av);
    Status status = muxer_write(&remux->muxer, av, error);
    av_packet_free(&av);
    return status;
}

static int64_t step_between(const Packet *a, const Packet *b)
{
    return b->decode_us - a->decode_us;
}

static Status remux(const char *path, Packet *const *packets, size_t count, ClipInfo *info,
                    Error *error)
{
    Remux remux;
    Status status = remux_open(&remux, path, packets[0], error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (is_leading(&remux, packets[i]))
            continue;
        int64_t step_us = i + 1 < count ? step_between(packets[i], packets[i + 1])
                          : i           ? step_between(packets[i - 1], packets[i])
                                        : USUAL_STEP_US;
        status = remux_packet(&remux, packets[i], step_us, error);
        info->end_us = packets[i]->time_us > info->end_us ? packets[i]->time_us : info->end_us;
        info->frames++;
    }
    return muxer_close(&remux.muxer, status, error);
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

Status clip_write(const char *path, Packet *const *packets, size_t count, ClipInfo *info,
                  Error *error)
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
    info->needs_preview =
        parameters->codec_id != AV_CODEC_ID_H264 ||
        (parameters->format != AV_PIX_FMT_YUV420P && parameters->format != AV_PIX_FMT_YUVJ420P);
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

struct GrowingClip {
    char path[PATH_SIZE];
    Remux remux;
    Packet *newest; // of those written
};

Status clip_begin(GrowingClip **out, const char *path, Packet *first, Error *error)
{
    GrowingClip *clip = *out = calloc(1, sizeof *clip);
    if (!clip)
        return error_set(error, STATUS_MEMORY, "out of memory");
    snprintf(clip->path, sizeof clip->path, "%s", path);
    Status status = mp4_carries(first->format)
                        ? remux_open(&clip->remux, clip->path, first, error)
                        : error_set(error, STATUS_UNSUPPORTED, "MP4 cannot carry this stream");
    if (status == STATUS_OK)
        status = clip_add(clip, first, error);
    if (status != STATUS_OK)
        clip_end(out);
    return status;
}

Status clip_add(GrowingClip *clip, Packet *packet, Error *error)
{
    if (is_leading(&clip->remux, packet))
        return STATUS_OK;
    int64_t step_us = clip->newest ? step_between(clip->newest, packet) : USUAL_STEP_US;
    Status status = remux_packet(&clip->remux, packet, step_us, error);
    packet_unref(&clip->newest);
    clip->newest = packet_ref(packet);
    return status;
}

Status clip_flush(GrowingClip *clip, Error *error)
{
    Status status = muxer_flush(&clip->remux.muxer, error);
    return status == STATUS_OK ? file_sync(clip->path, error) : status;
}

void clip_end(GrowingClip **out)
{
    GrowingClip *clip = *out;
    *out = NULL;
    if (!clip)
        return;
    muxer_leave(&clip->remux.muxer);
    packet_unref(&clip->newest);
    free(clip);
}
