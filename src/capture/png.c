#include "capture/png.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

static AVFrame *make_frame(const unsigned char *rows, int width, int height, int stride,
                           PngFormat format)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = format == PNG_GRAY ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < height; y++) {
        const unsigned char *from = rows + (ptrdiff_t)y * stride;
        uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        if (format == PNG_GRAY)
            memcpy(to, from, (size_t)width);
        for (int x = 0; format == PNG_BGRX && x < width; x++) {
            to[3 * x] = from[4 * x + 2];
            to[3 * x + 1] = from[4 * x + 1];
            to[3 * x + 2] = from[4 * x];
        }
    }
    return frame;
}

static int encode(AVCodecContext *codec, const AVFrame *frame, AVPacket *packet)
{
    codec->width = frame->width;
    codec->height = frame->height;
    codec->pix_fmt = frame->format;
    codec->time_base = (AVRational){1, 1};
    codec->thread_count = 1;
    codec->flags |= AV_CODEC_FLAG_BITEXACT;
    int result = avcodec_open2(codec, NULL, NULL);
    if (result >= 0)
        result = avcodec_send_frame(codec, frame);
    return result < 0 ? result : avcodec_receive_packet(codec, packet);
}

Status png_encode(const unsigned char *rows, int width, int height, int stride, PngFormat format,
                  unsigned char **data, size_t *size, Error *error)
{
    *data = NULL;
    *size = 0;
    if (width < 1 || height < 1)
        return error_set(error, STATUS_ARGUMENT, "a %dx%d picture cannot be a PNG", width, height);
    AVFrame *frame = make_frame(rows, width, height, stride, format);
    AVPacket *packet = av_packet_alloc();
    const AVCodec *encoder = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *codec = encoder ? avcodec_alloc_context3(encoder) : NULL;
    int result = frame && packet && codec ? encode(codec, frame, packet) : AVERROR(ENOMEM);
    if (result >= 0) {
        *data = malloc((size_t)packet->size);
        result = *data ? 0 : AVERROR(ENOMEM);
    }
    if (*data) {
        memcpy(*data, packet->data, (size_t)packet->size);
        *size = (size_t)packet->size;
    }
    avcodec_free_context(&codec);
    av_packet_free(&packet);
    av_frame_free(&frame);
    if (!encoder)
        return error_set(error, STATUS_UNSUPPORTED, "this libavcodec has no PNG encoder");
    if (result < 0)
        return error_set(error, result == AVERROR(ENOMEM) ? STATUS_MEMORY : STATUS_UNSUPPORTED,
                         "a %dx%d picture cannot be a PNG: %s", width, height, av_err2str(result));
    return STATUS_OK;
}
