#include "capture/planes.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <string.h>

ColorRange color_range_of(int range, int pixel_format)
{
    bool full = range == AVCOL_RANGE_JPEG || pixel_format == AV_PIX_FMT_YUVJ420P ||
                pixel_format == AV_PIX_FMT_YUVJ422P || pixel_format == AV_PIX_FMT_YUVJ444P;
    return full ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED;
}

ColorSpace color_space_of(int space)
{
    return space == AVCOL_SPC_BT709                                        ? COLOR_SPACE_BT709
           : space == AVCOL_SPC_BT2020_NCL || space == AVCOL_SPC_BT2020_CL ? COLOR_SPACE_BT2020
                                                                           : COLOR_SPACE_BT601;
}

static Picture *like(const Picture *picture, int width, int height)
{
    Picture *copy = picture_new(width, height);
    if (!copy)
        return NULL;
    copy->time_us = picture->time_us;
    copy->range = picture->range;
    copy->space = picture->space;
    copy->key = picture->key;
    copy->damaged = picture->damaged;
    return copy;
}

static uint8_t *writable(Picture *picture, int plane)
{
    return (uint8_t *)(uintptr_t)picture->plane[plane];
}

void converter_finish(Converter *converter)
{
    sws_freeContext(converter->scaler);
    converter->scaler = NULL;
}

static bool is_yuv(const AVPixFmtDescriptor *about)
{
    return about && about->nb_components >= 3 &&
           !(about->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

// Matrix as swscale names it.
static int swscale_space(ColorSpace space)
{
    return space == COLOR_SPACE_BT709    ? SWS_CS_ITU709
           : space == COLOR_SPACE_BT2020 ? SWS_CS_BT2020
                                         : SWS_CS_ITU601;
}

static bool converter_open(Converter *converter, const AVFrame *frame, bool yuv, int full)
{
    if (converter->scaler && converter->width == frame->width &&
        converter->height == frame->height && converter->format == frame->format &&
        converter->range == full)
        return true;
    converter_finish(converter);
    struct SwsContext *scaler = converter->scaler = sws_alloc_context();
    if (!scaler)
        return false;
    av_opt_set_int(scaler, "srcw", frame->width, 0);
    av_opt_set_int(scaler, "srch", frame->height, 0);
    av_opt_set_int(scaler, "src_format", frame->format, 0);
    av_opt_set_int(scaler, "dstw", frame->width, 0);
    av_opt_set_int(scaler, "dsth", frame->height, 0);
    av_opt_set_int(scaler, "dst_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(scaler, "sws_flags", SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, 0);
    av_opt_set(scaler, "sws_dither", "none", 0); // noise would be measured as smoke
    av_opt_set_int(scaler, "src_range", full, 0);
    av_opt_set_int(scaler, "dst_range", full, 0);
    const int *matrix = sws_getCoefficients(
        yuv ? swscale_space(color_space_of(frame->colorspace)) : SWS_CS_ITU601);
    if (sws_init_context(scaler, NULL, NULL) < 0)
        return false;
    // Same range and matrix on both sides; for RGB and grey the source side is full.
    sws_setColorspaceDetails(scaler, matrix, full, matrix, full, 0, 1 << 16, 1 << 16);
    converter->width = frame->width;
    converter->height = frame->height;
    converter->format = frame->format;
    converter->range = full;
    return true;
}

Picture *converter_run(Converter *converter, const AVFrame *frame)
{
    bool yuv = is_yuv(av_pix_fmt_desc_get(frame->format));
    int full = !yuv || color_range_of(frame->color_range, frame->format) == COLOR_RANGE_FULL;
    if (!converter_open(converter, frame, yuv, full)) {
        converter_finish(converter);
        return NULL;
    }
    Picture *picture = picture_new(frame->width, frame->height);
    if (!picture)
        return NULL;
    uint8_t *planes[4] = {writable(picture, 0), writable(picture, 1), writable(picture, 2), NULL};
    int strides[4] = {picture->stride[0], picture->stride[1], picture->stride[2], 0};
    sws_scale(converter->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
              frame->height, planes, strides);
    picture->range = full ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED;
    picture->space = yuv ? color_space_of(frame->colorspace) : COLOR_SPACE_BT601;
    return picture;
}

Picture *picture_even(const Picture *picture)
{
    int width = (picture->width + 1) & ~1, height = (picture->height + 1) & ~1;
    Picture *out = like(picture, width, height);
    for (int plane = 0; out && plane < 3; plane++) {
        int columns = plane ? width / 2 : picture->width, rows = plane ? height / 2 : height;
        for (int y = 0; y < rows; y++) {
            int from = plane || y < picture->height ? y : picture->height - 1;
            uint8_t *to = writable(out, plane) + (ptrdiff_t)y * out->stride[plane];
            memcpy(to, picture->plane[plane] + (ptrdiff_t)from * picture->stride[plane],
                   (size_t)columns);
            if (!plane && columns < width)
                to[columns] = to[columns - 1];
        }
    }
    return out;
}

Picture *picture_deinterlace(const Picture *picture)
{
    Picture *out = like(picture, picture->width, picture->height);
    for (int plane = 0; out && plane < 3; plane++) {
        int width = plane ? (picture->width + 1) / 2 : picture->width;
        int height = plane ? (picture->height + 1) / 2 : picture->height;
        for (int y = 0; y < height; y++) {
            const uint8_t *from = picture->plane[plane] + (ptrdiff_t)y * picture->stride[plane];
            uint8_t *to = writable(out, plane) + (ptrdiff_t)y * out->stride[plane];
            if (y % 2 == 0 || y + 1 >= height) {
                memcpy(to, from, (size_t)width);
                continue;
            }
            const uint8_t *above = from - picture->stride[plane];
            const uint8_t *below = from + picture->stride[plane];
            for (int x = 0; x < width; x++)
                to[x] = (uint8_t)((above[x] + below[x] + 1) / 2);
        }
    }
    return out;
}

Picture *picture_rotate(const Picture *picture, int degrees)
{
    bool turned = degrees == 90 || degrees == 270;
    Picture *out = like(picture, turned ? picture->height : picture->width,
                        turned ? picture->width : picture->height);
    for (int plane = 0; out && plane < 3; plane++) {
        int width = plane ? (picture->width + 1) / 2 : picture->width;
        int height = plane ? (picture->height + 1) / 2 : picture->height;
        uint8_t *to = writable(out, plane);
        for (int y = 0; y < height; y++) {
            const uint8_t *from = picture->plane[plane] + (ptrdiff_t)y * picture->stride[plane];
            for (int x = 0; x < width; x++) {
                int column = degrees == 90 ? height - 1 - y : degrees == 270 ? y : width - 1 - x;
                int row = degrees == 90 ? x : degrees == 270 ? width - 1 - x : height - 1 - y;
                to[(ptrdiff_t)row * out->stride[plane] + column] = from[x];
            }
        }
    }
    return out;
}
