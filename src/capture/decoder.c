#include "capture/decoder.h"

#include "capture/packet.h"

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

struct Decoder {
    AVCodecContext *codec;
    Packet *opened; // a packet of the format the codec was opened for
    AVFrame *frame;
    struct SwsContext *scaler;
    int64_t last_us;
    bool any;
    DecoderCounts counts;
};

Status decoder_create(Decoder **out, Error *error)
{
    Decoder *decoder = *out = calloc(1, sizeof *decoder);
    if (decoder && (decoder->frame = av_frame_alloc()))
        return STATUS_OK;
    decoder_destroy(out);
    return error_set(error, STATUS_MEMORY, "out of memory");
}

void decoder_destroy(Decoder **out)
{
    Decoder *decoder = *out;
    *out = NULL;
    if (!decoder)
        return;
    avcodec_free_context(&decoder->codec);
    packet_unref(&decoder->opened);
    av_frame_free(&decoder->frame);
    sws_freeContext(decoder->scaler);
    free(decoder);
}

static Status open_codec(Decoder *decoder, const Packet *packet, Error *error)
{
    const AVCodecParameters *parameters = packet->format->parameters;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    avcodec_free_context(&decoder->codec);
    packet_unref(&decoder->opened);
    decoder->codec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!decoder->codec)
        return error_set(error, STATUS_UNSUPPORTED, "no decoder for %s",
                         avcodec_get_name(parameters->codec_id));
    avcodec_parameters_to_context(decoder->codec, parameters);
    decoder->codec->thread_count = 1;
    decoder->codec->pkt_timebase = AV_TIME_BASE_Q;
    int result = avcodec_open2(decoder->codec, codec, NULL);
    if (result < 0)
        return error_set(error, STATUS_UNSUPPORTED, "the %s decoder does not start: %s",
                         codec->name, av_err2str(result));
    decoder->opened = packet_ref((Packet *)(uintptr_t)packet);
    return STATUS_OK;
}

Status decoder_send(Decoder *decoder, const Packet *packet, Error *error)
{
    Status status = STATUS_OK;
    if (packet && (!decoder->opened || !packet_same_format(decoder->opened, packet)))
        status = open_codec(decoder, packet, error);
    if (status != STATUS_OK || !decoder->codec)
        return status;
    AVPacket *av = packet ? av_packet_clone(packet->av) : NULL;
    if (packet && !av)
        return error_set(error, STATUS_MEMORY, "out of memory");
    if (av) {
        av->pts = packet->time_us;
        av->dts = packet->decode_us;
    }
    int result = avcodec_send_packet(decoder->codec, av);
    av_packet_free(&av);
    if (result == AVERROR(ENOMEM))
        return error_set(error, STATUS_MEMORY, "out of memory while decoding");
    if (result < 0 && result != AVERROR_EOF && result != AVERROR(EAGAIN))
        decoder->counts.refused++;
    return STATUS_OK;
}

static void release_frame(void *owner)
{
    AVFrame *frame = owner;
    av_frame_free(&frame);
}

static bool is_plain(const AVFrame *frame)
{
    return (frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P) &&
           frame->linesize[0] > 0 && frame->linesize[1] > 0 && frame->linesize[2] > 0;
}

static Picture *wrap_frame(Decoder *decoder)
{
    AVFrame *kept = av_frame_alloc();
    if (!kept)
        return NULL;
    av_frame_move_ref(kept, decoder->frame);
    const uint8_t *const planes[3] = {kept->data[0], kept->data[1], kept->data[2]};
    Picture *picture = picture_wrap(kept->width, kept->height, planes, kept->linesize,
                                    release_frame, kept);
    if (!picture)
        av_frame_free(&kept);
    return picture;
}

// RGB, grey and the "J" formats leave swscale with limited range.
static bool comes_out_limited(int format)
{
    const AVPixFmtDescriptor *about = av_pix_fmt_desc_get(format);
    return about && ((about->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) ||
                     about->nb_components < 3 || strncmp(about->name, "yuvj", 4) == 0);
}

// Other pixel formats, once: 8-bit 4:2:0 of the same range and matrix.
static Picture *convert_frame(Decoder *decoder)
{
    const AVFrame *frame = decoder->frame;
    Picture *picture = picture_new(frame->width, frame->height);
    decoder->scaler = sws_getCachedContext(decoder->scaler, frame->width, frame->height,
                                           frame->format, frame->width, frame->height,
                                           AV_PIX_FMT_YUV420P,
                                           SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, NULL,
                                           NULL, NULL);
    if (!picture || !decoder->scaler) {
        picture_unref(&picture);
        return NULL;
    }
    uint8_t *planes[4] = {(uint8_t *)(uintptr_t)picture->plane[0],
                          (uint8_t *)(uintptr_t)picture->plane[1],
                          (uint8_t *)(uintptr_t)picture->plane[2], NULL};
    int strides[4] = {picture->stride[0], picture->stride[1], picture->stride[2], 0};
    sws_scale(decoder->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
              frame->height, planes, strides);
    return picture;
}

// Puts made in the place of *picture; false when it could not be made.
static bool replace(Picture **picture, Picture *made)
{
    picture_unref(picture);
    *picture = made;
    return made != NULL;
}

Status decoder_receive(Decoder *decoder, Picture **out, Error *error)
{
    *out = NULL;
    if (!decoder->codec)
        return STATUS_END;
    for (;;) {
        int result = avcodec_receive_frame(decoder->codec, decoder->frame);
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
            return STATUS_END;
        if (result == AVERROR(ENOMEM))
            return error_set(error, STATUS_MEMORY, "out of memory while decoding");
        if (result >= 0)
            break;
        decoder->counts.refused++;
    }
    AVFrame *frame = decoder->frame;
    int64_t time_us = frame->best_effort_timestamp;
    if (time_us == AV_NOPTS_VALUE || (decoder->any && time_us <= decoder->last_us))
        time_us = decoder->last_us + 1000;
    bool interlaced = frame->interlaced_frame, key = frame->key_frame;
    bool damaged = frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT);
    ColorRange range = color_range_of(frame->color_range, frame->format);
    ColorSpace space = color_space_of(frame->colorspace);
    bool plain = is_plain(frame);
    if (!plain && comes_out_limited(frame->format)) {
        range = COLOR_RANGE_LIMITED;
        space = space == COLOR_SPACE_BT2020 ? COLOR_SPACE_BT601 : space;
    }
    Picture *picture = plain ? wrap_frame(decoder) : convert_frame(decoder);
    av_frame_unref(decoder->frame);
    if (!picture)
        return error_set(error, STATUS_MEMORY, "out of memory for a decoded picture");
    picture->time_us = time_us;
    picture->range = range;
    picture->space = space;
    picture->key = key;
    picture->damaged = damaged;
    int rotation = decoder->opened->format->rotation;
    if ((interlaced && !replace(&picture, picture_deinterlace(picture))) ||
        (rotation && !replace(&picture, picture_rotate(picture, rotation))))
        return error_set(error, STATUS_MEMORY, "out of memory for a decoded picture");
    decoder->last_us = time_us;
    decoder->any = true;
    decoder->counts.pictures++;
    decoder->counts.damaged += damaged;
    *out = picture;
    return STATUS_OK;
}

void decoder_flush(Decoder *decoder)
{
    if (decoder->codec)
        avcodec_flush_buffers(decoder->codec);
    decoder->any = false;
}

DecoderCounts decoder_counts(const Decoder *decoder)
{
    return decoder->counts;
}
