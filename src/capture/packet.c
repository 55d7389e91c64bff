#include "capture/packet.h"

#include <stdlib.h>
#include <string.h>

Format *format_create(const AVCodecParameters *parameters, int rotation, bool still)
{
    Format *format = calloc(1, sizeof *format);
    if (!format)
        return NULL;
    atomic_init(&format->references, 1);
    format->rotation = rotation;
    format->still = still;
    format->parameters = avcodec_parameters_alloc();
    if (format->parameters && avcodec_parameters_copy(format->parameters, parameters) >= 0)
        return format;
    format_unref(&format);
    return NULL;
}

Format *format_ref(Format *format)
{
    atomic_fetch_add(&format->references, 1);
    return format;
}

void format_unref(Format **format)
{
    Format *old = *format;
    *format = NULL;
    if (!old || atomic_fetch_sub(&old->references, 1) != 1)
        return;
    avcodec_parameters_free(&old->parameters);
    free(old);
}

Packet *packet_create(AVPacket **av, Format *format, int64_t time_us, int64_t decode_us, bool key)
{
    Packet *packet = calloc(1, sizeof *packet);
    if (!packet)
        return NULL;
    atomic_init(&packet->references, 1);
    packet->av = *av;
    *av = NULL;
    packet->format = format_ref(format);
    packet->time_us = time_us;
    packet->decode_us = decode_us;
    packet->key = key;
    return packet;
}

Packet *packet_ref(Packet *packet)
{
    atomic_fetch_add(&packet->references, 1);
    return packet;
}

void packet_unref(Packet **packet)
{
    Packet *old = *packet;
    *packet = NULL;
    if (!old || atomic_fetch_sub(&old->references, 1) != 1)
        return;
    av_packet_free(&old->av);
    format_unref(&old->format);
    free(old);
}

int64_t packet_time_us(const Packet *packet)
{
    return packet->time_us;
}

int64_t packet_decode_us(const Packet *packet)
{
    return packet->decode_us;
}

bool packet_key(const Packet *packet)
{
    return packet->key;
}

size_t packet_size(const Packet *packet)
{
    return (size_t)packet->av->size;
}

Packet *packet_shifted(Packet *packet, int64_t delta_us)
{
    AVPacket *copy = av_packet_clone(packet->av);
    Packet *shifted = copy ? packet_create(&copy, packet->format, packet->time_us + delta_us,
                                           packet->decode_us + delta_us, packet->key)
                           : NULL;
    av_packet_free(&copy);
    return shifted;
}

bool packet_same_format(const Packet *a, const Packet *b)
{
    const AVCodecParameters *p = a->format->parameters, *q = b->format->parameters;
    return p == q || (p->codec_id == q->codec_id && p->width == q->width &&
                      p->height == q->height && a->format->rotation == b->format->rotation &&
                      p->extradata_size == q->extradata_size &&
                      (!p->extradata_size ||
                       memcmp(p->extradata, q->extradata, (size_t)p->extradata_size) == 0));
}

ColorRange color_range_of(int range, int pixel_format)
{
    bool full = range == AVCOL_RANGE_JPEG || pixel_format == AV_PIX_FMT_YUVJ420P ||
                pixel_format == AV_PIX_FMT_YUVJ422P || pixel_format == AV_PIX_FMT_YUVJ444P;
    return full ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED;
}

// Unspecified is BT.601, as swscale and players take it.
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
