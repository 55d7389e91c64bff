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
