// Makes short videos for tests: pictures in, a file out, through libavcodec and libavformat.
#ifndef HEIYAN_TESTS_VIDEO_H
#define HEIYAN_TESTS_VIDEO_H

#include "picture/picture.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Video {
    AVFormatContext *output;
    AVCodecContext *codec;
    AVStream *stream;
    int64_t next;
} Video;

static inline bool video_drain(Video *video)
{
    AVPacket *packet = av_packet_alloc();
    bool good = packet;
    while (good && avcodec_receive_packet(video->codec, packet) >= 0) {
        av_packet_rescale_ts(packet, video->codec->time_base, video->stream->time_base);
        packet->stream_index = 0;
        good = av_interleaved_write_frame(video->output, packet) >= 0;
    }
    av_packet_free(&packet);
    return good;
}

// options: an AVDictionary string, "crf=26:preset=veryfast", or NULL.
static inline bool video_open(Video *video, const char *path, const char *encoder, int width,
                              int height, int fps, int gop, const char *options)
{
    av_log_set_level(AV_LOG_ERROR);
    *video = (Video){0};
    const AVCodec *codec = avcodec_find_encoder_by_name(encoder);
    AVDictionary *dictionary = NULL;
    if (!codec || avformat_alloc_output_context2(&video->output, NULL, NULL, path) < 0)
        return false;
    video->codec = avcodec_alloc_context3(codec);
    video->codec->width = width;
    video->codec->height = height;
    video->codec->pix_fmt =
        codec->id == AV_CODEC_ID_MJPEG ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    video->codec->time_base = (AVRational){1, fps};
    video->codec->framerate = (AVRational){fps, 1};
    video->codec->gop_size = gop;
    video->codec->thread_count = 1;
    if (video->output->oformat->flags & AVFMT_GLOBALHEADER)
        video->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (options)
        av_dict_parse_string(&dictionary, options, "=", ":", 0);
    bool good = avcodec_open2(video->codec, codec, &dictionary) >= 0;
    av_dict_free(&dictionary);
    video->stream = good ? avformat_new_stream(video->output, NULL) : NULL;
    if (!video->stream ||
        avcodec_parameters_from_context(video->stream->codecpar, video->codec) < 0)
        return false;
    video->stream->time_base = video->codec->time_base;
    video->stream->avg_frame_rate = video->codec->framerate;
    return avio_open(&video->output->pb, path, AVIO_FLAG_WRITE) >= 0 &&
           avformat_write_header(video->output, NULL) >= 0;
}

static inline bool video_put(Video *video, const Picture *picture)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = video->codec->pix_fmt;
    frame->width = picture->width;
    frame->height = picture->height;
    frame->pts = video->next++;
    for (int i = 0; i < 3; i++) {
        frame->data[i] = (uint8_t *)(uintptr_t)picture->plane[i];
        frame->linesize[i] = picture->stride[i];
    }
    bool good = avcodec_send_frame(video->codec, frame) >= 0 && video_drain(video);
    av_frame_free(&frame);
    return good;
}

static inline bool video_close(Video *video)
{
    bool good = avcodec_send_frame(video->codec, NULL) >= 0 && video_drain(video) &&
                av_write_trailer(video->output) >= 0;
    avio_closep(&video->output->pb);
    avcodec_free_context(&video->codec);
    avformat_free_context(video->output);
    return good;
}

#endif
