#include "capture/video.h"

#include "capture/encoder.h"
#include "capture/planes.h"

#include <stdlib.h>

struct VideoWriter {
    Encoder encoder;
    Converter converter;
    Status status; // the first failure
    Error error;
};

Status video_writer_create(VideoWriter **out, const char *path, Error *error)
{
    VideoWriter *video = *out = calloc(1, sizeof *video);
    if (!video)
        return error_set(error, STATUS_MEMORY, "out of memory");
    video->encoder = (Encoder){.path = path, .max_width = INT32_MAX};
    return STATUS_OK;
}

static Status put(VideoWriter *video, AVFrame *frame, int64_t time_us)
{
    Picture *picture = converter_run(&video->converter, frame);
    if (!picture)
        return error_set(&video->error, STATUS_MEMORY, "out of memory");
    picture->time_us = time_us;
    Status status = encoder_put(&video->encoder, picture, &video->error);
    picture_unref(&picture);
    return status;
}

Status video_writer_put(VideoWriter *video, const unsigned char *rows, int width, int height,
                        int stride, int64_t time_us, Error *error)
{
    AVFrame *frame = av_frame_alloc();
    if (frame && video->status == STATUS_OK) {
        frame->format = AV_PIX_FMT_BGR0;
        frame->width = width;
        frame->height = height;
        frame->data[0] = (uint8_t *)(uintptr_t)rows;
        frame->linesize[0] = stride;
        video->status = put(video, frame, time_us);
    } else if (!frame) {
        video->status = error_set(&video->error, STATUS_MEMORY, "out of memory");
    }
    av_frame_free(&frame);
    if (video->status != STATUS_OK && error)
        *error = video->error;
    return video->status;
}

Status video_writer_close(VideoWriter **out, Error *error)
{
    VideoWriter *video = *out;
    *out = NULL;
    if (!video)
        return STATUS_OK;
    Status status = encoder_close(&video->encoder, video->status, &video->error);
    if (status != STATUS_OK && error)
        *error = video->error;
    converter_finish(&video->converter);
    free(video);
    return status;
}

Picture *picture_resized(const Picture *picture, int width, int height)
{
    struct SwsContext *scaler =
        sws_getContext(picture->width, picture->height, AV_PIX_FMT_YUV420P, width, height,
                       AV_PIX_FMT_YUV420P, SWS_AREA | SWS_BITEXACT, NULL, NULL, NULL);
    Picture *out = scaler ? picture_new(width, height) : NULL;
    if (out) {
        const uint8_t *const from[4] = {picture->plane[0], picture->plane[1], picture->plane[2]};
        uint8_t *const to[4] = {(uint8_t *)(uintptr_t)out->plane[0],
                                (uint8_t *)(uintptr_t)out->plane[1],
                                (uint8_t *)(uintptr_t)out->plane[2]};
        const int from_strides[4] = {picture->stride[0], picture->stride[1], picture->stride[2]};
        const int strides[4] = {out->stride[0], out->stride[1], out->stride[2]};
        sws_scale(scaler, from, from_strides, 0, picture->height, to, strides);
        out->time_us = picture->time_us;
        out->range = picture->range;
        out->space = picture->space;
    }
    sws_freeContext(scaler);
    return out;
}
