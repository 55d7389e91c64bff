// Parameter sets that change on the way.
#include "capture/sets.h"

#define SPS_A 0x67, 0x42, 0xc0, 0x1e, 0xd9
#define SPS_B 0x67, 0x64, 0x00, 0x1f, 0xac
#define PPS 0x68, 0xce, 0x3c, 0x80
#define IDR 0x65, 0x88, 0x84, 0x21

static int sent_size; // of the packet after sets_keep

// Whether a key frame of these bytes comes out of sets_keep unchanged.
static bool stays(Sets *sets, const AVCodecParameters *parameters, const uint8_t *data, size_t size)
{
    AVPacket *packet = av_packet_alloc();
    CU_ASSERT_EQUAL_FATAL(av_new_packet(packet, (int)size), 0);
    memcpy(packet->data, data, size);
    CU_ASSERT_EQUAL(sets_keep(sets, parameters, packet, NULL), STATUS_OK);
    sent_size = packet->size;
    bool same = (size_t)packet->size == size && memcmp(packet->data, data, size) == 0;
    // What came before it, the frame itself is still there.
    CU_ASSERT_TRUE((size_t)packet->size >= size &&
                   memcmp(packet->data + packet->size - size, data, size) == 0);
    av_packet_free(&packet);
    return same;
}

static void other_sets_go_with_key_frames(void)
{
    static const uint8_t extradata[] = {0, 0, 0, 1, SPS_A, 0, 0, 0, 1, PPS};
    static const uint8_t with_a[] = {0, 0, 1, SPS_A, 0, 0, 1, PPS, 0, 0, 0, 1, IDR};
    static const uint8_t with_b[] = {0, 0, 0, 1, SPS_B, 0, 0, 0, 1, PPS, 0, 0, 1, IDR};
    static const uint8_t bare[] = {0, 0, 0, 1, IDR};
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = AV_CODEC_ID_H264;
    parameters->extradata = av_mallocz(sizeof extradata + AV_INPUT_BUFFER_PADDING_SIZE);
    parameters->extradata_size = sizeof extradata;
    memcpy(parameters->extradata, extradata, sizeof extradata);
    Sets sets = {0};
    CU_ASSERT_TRUE(stays(&sets, parameters, bare, sizeof bare));
    CU_ASSERT_TRUE(stays(&sets, parameters, with_a, sizeof with_a));
    CU_ASSERT_TRUE(stays(&sets, parameters, bare, sizeof bare)); // what the stream says holds
    CU_ASSERT_TRUE(stays(&sets, parameters, with_b, sizeof with_b));
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_FALSE(stays(&sets, parameters, bare, sizeof bare));
        CU_ASSERT_TRUE(sent_size >= (int)sizeof bare + 9 && sent_size <= (int)sizeof bare + 17);
    }
    CU_ASSERT_TRUE(stays(&sets, parameters, with_a, sizeof with_a)); // and back
    CU_ASSERT_TRUE(stays(&sets, parameters, bare, sizeof bare));
    parameters->codec_id = AV_CODEC_ID_MJPEG;
    CU_ASSERT_TRUE(stays(&sets, parameters, bare, sizeof bare));
    sets_finish(&sets);
    avcodec_parameters_free(&parameters);
}
