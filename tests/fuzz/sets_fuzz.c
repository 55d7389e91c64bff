// Key frames of anybody's making, after a stream description of anybody's making: parameter sets
// are found and put before frames without, and the frame itself is never changed.
#include "capture/sets.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void push(Sets *sets, const AVCodecParameters *parameters, const uint8_t *data, size_t size)
{
    AVPacket *packet = av_packet_alloc();
    if (av_new_packet(packet, (int)size) == 0) {
        memcpy(packet->data, data, size);
        Status status = sets_keep(sets, parameters, packet, NULL);
        assert(status == STATUS_OK && (size_t)packet->size >= size);
        assert(memcmp(packet->data + packet->size - size, data, size) == 0);
    }
    av_packet_free(&packet);
}

// The input: a byte for the codec, then parts, each after a byte with its length; the first one is
// the description.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Sets sets = {0};
    if (size < 2)
        return 0;
    av_log_set_level(AV_LOG_QUIET);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = data[0] & 1 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
    for (size_t at = 1, number = 0; at < size; number++) {
        size_t length = data[at++];
        length = length < size - at ? length : size - at;
        if (number) {
            push(&sets, parameters, data + at, length);
        } else {
            parameters->extradata = av_mallocz(length + AV_INPUT_BUFFER_PADDING_SIZE);
            memcpy(parameters->extradata, data + at, length);
            parameters->extradata_size = (int)length;
        }
        at += length;
    }
    sets_finish(&sets);
    avcodec_parameters_free(&parameters);
    return 0;
}
