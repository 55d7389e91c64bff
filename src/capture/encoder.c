#include "capture/encoder.h"

#include <libavutil/opt.h>

#define GOP 50

static void fit(const Encoder *encoder, const Picture *picture, int *width, int *height)
{
    int w = picture->width < encoder->max_width ? picture->width : encoder->max_width;
    *width = w & ~1;
    *height = (int)((int64_t)picture->height * w / picture->width) & ~1;
    *width = *width < 2 ? 2 : *width;
    *height = *height < 2 ? 2 : *height;
}

static int open_codec(AVCodecContext *c, const AVCodec *codec, const Picture *picture)
{
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = CLIP_SCALE;
    c->framerate = (AVRational){25, 1};
    c->gop_size = GOP;
    c->max_b_frames = 0;
    c->thread_count = 1; // more threads may divide the bits another way
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    c->color_range = picture->range == COLOR_RANGE_FULL ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c->colorspace = picture->space == COLOR_SPACE_BT709    ? AVCOL_SPC_BT709
                    : picture->space == COLOR_SPACE_BT2020 ? AVCOL_SPC_BT2020_NCL
                                                           : AVCOL_SPC_SMPTE170M;
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "crf", "23", 0);
    // Frames come at uneven times: the rate control must not take the clock's ticks for frames.
    av_dict_set(&options, "x264-params", "threads=1:lookahead-threads=1:force-cfr=1", 0);
    int result = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    return result;
}

static Status encoder_open(Encoder *encoder, const Picture *picture, Error *error)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return error_set(error, STATUS_UNSUPPORTED,
                         "cannot write %s: this libavcodec has no libx264", encoder->path);
    AVCodecContext *c = encoder->codec = avcodec_alloc_context3(codec);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    Status status = STATUS_OK;
    if (!c || !parameters)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        fit(encoder, picture, &c->width, &c->height);
        int result = open_codec(c, codec, picture);
        if (result >= 0)
            result = avcodec_parameters_from_context(parameters, c);
        if (result < 0)
            status = error_set(error, STATUS_UNSUPPORTED,
                               "cannot write %s: the H.264 encoder does not start for %dx%d: %s",
                               encoder->path, c->width, c->height, av_err2str(result));
    }
    if (status == STATUS_OK) {
        encoder->muxing = true;
        status = muxer_open(&encoder->muxer, encoder->path, parameters, 0, error);
    }
    avcodec_parameters_free(&parameters);
    encoder->done.start_us = picture->time_us;
    encoder->last = -1;
    encoder->step = 3600;
    return status;
}

static Status take_packets(Encoder *encoder, Error *error)
{
    AVPacket *packet = av_packet_alloc();
    Status status = packet ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    while (status == STATUS_OK && avcodec_receive_packet(encoder->codec, packet) >= 0) {
        packet->duration = encoder->step; // counts for the last one only
        status = muxer_write(&encoder->muxer, packet, error);
    }
    av_packet_free(&packet);
    return status;
}

// The picture in the encoder's size; a stream that changes its size is fitted to that of its start.
static bool scale(Encoder *encoder, const Picture *picture, AVFrame *frame)
{
    if (!encoder->scaler || encoder->scaled_width != picture->width ||
        encoder->scaled_height != picture->height) {
        sws_freeContext(encoder->scaler);
        encoder->scaler = sws_getContext(
            picture->width, picture->height, AV_PIX_FMT_YUV420P, frame->width, frame->height,
            AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_BITEXACT | SWS_ACCURATE_RND, NULL, NULL, NULL);
        encoder->scaled_width = picture->width;
        encoder->scaled_height = picture->height;
    }
    const uint8_t *const planes[4] = {picture->plane[0], picture->plane[1], picture->plane[2],
                                      NULL};
    const int strides[4] = {picture->stride[0], picture->stride[1], picture->stride[2], 0};
    return encoder->scaler && sws_scale(encoder->scaler, planes, strides, 0, picture->height,
                                        frame->data, frame->linesize) > 0;
}

Status encoder_put(Encoder *encoder, const Picture *picture, Error *error)
{
    Status status = encoder->codec ? STATUS_OK : encoder_open(encoder, picture, error);
    if (status != STATUS_OK)
        return status;
    AVCodecContext *c = encoder->codec;
    AVFrame *frame = av_frame_alloc();
    if (frame) {
        frame->format = c->pix_fmt;
        frame->width = c->width;
        frame->height = c->height;
        frame->color_range = c->color_range;
        frame->colorspace = c->colorspace;
    }
    if (!frame || av_frame_get_buffer(frame, 0) < 0 || !scale(encoder, picture, frame)) {
        av_frame_free(&frame);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    frame->pts = clip_ticks(picture->time_us - encoder->done.start_us);
    frame->pts = frame->pts > encoder->last ? frame->pts : encoder->last + 1;
    if (encoder->last >= 0)
        encoder->step = frame->pts - encoder->last;
    encoder->last = frame->pts;
    int result = avcodec_send_frame(c, frame);
    av_frame_free(&frame);
    if (result < 0)
        return error_set(error, STATUS_FORMAT, "cannot write %s: a picture cannot be encoded: %s",
                         encoder->path, av_err2str(result));
    encoder->done.end_us = picture->time_us;
    encoder->done.frames++;
    return take_packets(encoder, error);
}

Status encoder_close(Encoder *encoder, Status status, Error *error)
{
    if (status == STATUS_OK && !encoder->codec)
        status = error_set(error, STATUS_FORMAT, "cannot write %s: no picture could be decoded",
                           encoder->path);
    if (status == STATUS_OK && avcodec_send_frame(encoder->codec, NULL) >= 0)
        status = take_packets(encoder, error);
    if (encoder->muxing)
        status = muxer_close(&encoder->muxer, status, error);
    avcodec_free_context(&encoder->codec);
    sws_freeContext(encoder->scaler);
    encoder->scaler = NULL;
    return status;
}
