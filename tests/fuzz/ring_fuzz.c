// The ring under packets of any order, size and time, and any wish: it begins with a key frame,
// keeps to its limits, hands out whole spans in order, and loses no reference.
#include "capture/packet.h"
#include "capture/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 600
#define SPAN_US 400000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t held; // bytes of packets that are somewhere

static void let_go(void *opaque, uint8_t *data)
{
    held -= (size_t)(uintptr_t)opaque;
    free(data);
}

static Packet *make(Format *format, int64_t time_us, int64_t decode_us, size_t bytes, bool key)
{
    AVPacket *av = av_packet_alloc();
    uint8_t *memory = calloc(1, bytes + AV_INPUT_BUFFER_PADDING_SIZE);
    av->buf = av_buffer_create(memory, bytes + AV_INPUT_BUFFER_PADDING_SIZE, let_go,
                               (void *)(uintptr_t)bytes, 0);
    av->data = memory;
    av->size = (int)bytes;
    held += bytes;
    return packet_create(&av, format, time_us, decode_us, key);
}

static void check_copy(const Ring *ring, int64_t from_us, int64_t to_us)
{
    Packet **packets;
    size_t count, bytes = 0, gops = 0, newest = 0;
    assert(ring_copy(ring, from_us, to_us, &packets, &count, NULL) == STATUS_OK);
    assert(!count || packet_key(packets[0]));
    for (size_t i = 0; i < count; i++) {
        bytes += packet_size(packets[i]);
        gops += packet_key(packets[i]);
        newest = packet_key(packets[i]) ? i : newest;
        assert(!i || packets[i]->decode_us > packets[i - 1]->decode_us);
        assert(i < newest || packets[i]->time_us <= to_us || i + 1 < count);
    }
    if (count) {
        assert(packets[count - 1]->time_us <= to_us);
        assert(packets[0]->time_us <= from_us || packets[0]->time_us == ring_first_us(ring));
    }
    packets_free(&packets, &count);
}

// All of it, after a key frame: bytes over the limit only where the newest GOP alone has them.
static void check_limits(const Ring *ring)
{
    Packet **packets;
    size_t count, bytes = 0, gops = 0;
    assert(ring_copy(ring, INT64_MIN, INT64_MAX, &packets, &count, NULL) == STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        bytes += packet_size(packets[i]);
        gops += packet_key(packets[i]);
    }
    assert(bytes == held && (bytes <= MOST_BYTES || gops == 1));
    packets_free(&packets, &count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Ring *ring;
    int64_t decode_us = 0;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    Format *format = format_create(parameters, 0, false);
    held = 0;
    assert(ring_create(&ring, SPAN_US, MOST_BYTES, NULL) == STATUS_OK);
    for (size_t i = 0; i + 2 < size; i += 3) {
        int64_t time_us = decode_us + (int8_t)data[i + 2] * INT64_C(10000);
        if (data[i] < 200) { // the times of B-frames and of broken clocks
            bool key = data[i] % 5 == 0;
            decode_us += 1 + data[i + 1] * INT64_C(1000);
            Packet *packet = make(format, time_us, decode_us, data[i + 1], key);
            assert(ring_push(ring, packet, NULL) == STATUS_OK);
            packet_unref(&packet);
            if (key)
                check_limits(ring);
        } else if (data[i] < 250) {
            check_copy(ring, time_us - data[i + 1] * INT64_C(5000), time_us);
        } else if (data[i] < 254) {
            ring_drop_before(ring, time_us);
        } else {
            ring_clear(ring);
            assert(held == 0 && ring_first_us(ring) == INT64_MAX);
        }
    }
    ring_destroy(&ring);
    assert(held == 0);
    format_unref(&format);
    avcodec_parameters_free(&parameters);
    return 0;
}
