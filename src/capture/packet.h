// Private to capture/: what a Packet is made of.
#ifndef HEIYAN_CAPTURE_PACKET_H
#define HEIYAN_CAPTURE_PACKET_H

#include "capture/source.h"

#include <libavcodec/avcodec.h>
#include <stdatomic.h>

typedef struct Format { // codec parameters shared by the packets of a stream
    atomic_int references;
    AVCodecParameters *parameters;
    int rotation;
    bool still; // a picture of its own, not part of a stream
} Format;

// NULL: out of memory.
Format *format_create(const AVCodecParameters *parameters, int rotation, bool still);
Format *format_ref(Format *format);
void format_unref(Format **format);

struct Packet {
    atomic_int references;
    AVPacket *av; // pts and dts are not used: the times below are
    Format *format;
    int64_t time_us, decode_us;
    bool key;
};

// Takes over *av (and sets it to NULL) and a reference of format. NULL when out of memory.
Packet *packet_create(AVPacket **av, Format *format, int64_t time_us, int64_t decode_us, bool key);

#endif
