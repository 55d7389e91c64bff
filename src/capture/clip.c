#include "capture/clip.h"

#include "base/files.h"
#include "capture/decoder.h"
#include "capture/packet.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREVIEW_WIDTH 1280
#define FRAGMENTED "frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets"
#define MICROSECONDS (AVRational){1, 1000000}
#define CLIP_SCALE (AVRational){1, 90000}

static Status fail(Error *error, const char *path, int result, const char *what)
{
    if (result == AVERROR(ENOSPC))
        return error_set(error, STATUS_FULL, "cannot write %s: no space left on the disk", path);
    return error_set(error, STATUS_IO, "cannot write %s: %s (%s)", path, what, av_err2str(result));
}

typedef struct Muxer {
    AVFormatContext *output;
    AVStream *stream;
    const char *path;
} Muxer;

static Status muxer_open(Muxer *muxer, const char *path, const AVCodecParameters *parameters,
                         int rotation, const char *flags, Error *error)
{
    *muxer = (Muxer){.path = path};
    int result = avformat_alloc_output_context2(&muxer->output, NULL, "mp4", NULL);
    if (result >= 0) {
        muxer->output->flags |= AVFMT_FLAG_BITEXACT;
        muxer->stream = avformat_new_stream(muxer->output, NULL);
        result = muxer->stream ? avcodec_parameters_copy(muxer->stream->codecpar, parameters)
                               : AVERROR(ENOMEM);
    }
    if (result < 0)
        return fail(error, path, result, "the clip cannot be set up");
    muxer->stream->codecpar->codec_tag =
        parameters->codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
    muxer->stream->time_base = CLIP_SCALE;
    if (rotation) {
        int32_t *matrix = (int32_t *)(void *)av_stream_new_side_data(
            muxer->stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof *matrix);
        if (matrix) {
            static const int32_t turns[4][4] = {{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}};
            const int32_t *t = turns[rotation / 90 % 4];
            const int32_t all[9] = {t[0] * 65536, t[1] * 65536, 0, t[2] * 65536, t[3] * 65536, 0,
                                    0, 0, 1 << 30};
            memcpy(matrix, all, sizeof all);
        }
    }
    result = avio_open(&muxer->output->pb, path, AVIO_FLAG_WRITE);
    if (result < 0)
        return fail(error, path, result, "the file cannot be made");
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", flags, 0);
    result = avformat_write_header(muxer->output, &options);
    av_dict_free(&options);
    return result < 0 ? fail(error, path, result, "its header cannot be written") : STATUS_OK;
}

// Finishes the file and brings it to the disk; on failure, or when status is already one, removes it.
static Status muxer_close(Muxer *muxer, Status status, Error *error)
{
    if (status == STATUS_OK) {
        int result = av_write_trailer(muxer->output);
        if (result < 0)
            status = fail(error, muxer->path, result, "it cannot be finished");
    }
    if (muxer->output) {
        int result = muxer->output->pb ? avio_closep(&muxer->output->pb) : 0;
        if (result < 0 && status == STATUS_OK)
            status = fail(error, muxer->path, result, "it cannot be finished");
        avformat_free_context(muxer->output);
    }
    if (status == STATUS_OK)
        status = file_sync(muxer->path, error);
    if (status != STATUS_OK)
        unlink(muxer->path);
    return status;
}

static Status muxer_write(Muxer *muxer, AVPacket *packet, Error *error)
{
    packet->stream_index = 0;
    int result = av_interleaved_write_frame(muxer->output, packet);
    if (result >= 0 && muxer->output->pb->error < 0)
        result = muxer->output->pb->error;
    return result < 0 ? fail(error, muxer->path, result, "a frame cannot be written") : STATUS_OK;
}

// The part of packets that makes one clip: from the first key frame to the change of format.
static void trim_span(Packet *const **packets, size_t *count)
{
    while (*count && !packet_key((*packets)[0])) {
        (*packets)++;
        (*count)--;
    }
    for (size_t i = 1; i < *count; i++)
        if (!packet_same_format((*packets)[0], (*packets)[i]))
            *count = i;
}

static int64_t smallest_decode(Packet *const *packets, size_t count)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (packets[i]->decode_us < first)
            first = packets[i]->decode_us;
    return first;
}

static int64_t to_scale(int64_t us)
{
    return av_rescale_q(us, MICROSECONDS, CLIP_SCALE);
}

static Status remux(const char *path, Packet *const *packets, size_t count, Error *error)
{
    const Format *format = packets[0]->format;
    Muxer muxer;
    Status status =
        muxer_open(&muxer, path, format->parameters, format->rotation, FRAGMENTED, error);
    int64_t zero = smallest_decode(packets, count), last = -1;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        AVPacket *av = av_packet_clone(packets[i]->av);
        if (!av) {
            status = error_set(error, STATUS_MEMORY, "out of memory");
            break;
        }
        av->dts = to_scale(packets[i]->decode_us - zero);
        av->dts = av->dts > last ? av->dts : last + 1;
        av->pts = to_scale(packets[i]->time_us - zero);
        av->pts = av->pts > av->dts ? av->pts : av->dts;
        last = av->dts;
        int64_t next = i + 1 < count ? to_scale(packets[i + 1]->decode_us - zero) : 0;
        av->duration = next > av->dts ? next - av->dts : 3600;
        av->time_base = CLIP_SCALE;
        av->pos = -1;
        status = muxer_write(&muxer, av, error);
        av_packet_free(&av);
    }
    return muxer_close(&muxer, status, error);
}

typedef struct Encoder {
    Muxer muxer;
    AVCodecContext *codec;
    struct SwsContext *scaler;
    int64_t zero_us, last;
    bool opened;
} Encoder;

static Status encoder_open(Encoder *encoder, const char *path, const Picture *picture,
                           int max_width, Error *error)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    encoder->codec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!encoder->codec)
        return error_set(error, STATUS_UNSUPPORTED,
                         "cannot write %s: this libavcodec has no libx264", path);
    AVCodecContext *c = encoder->codec;
    int width = picture->width < max_width ? picture->width : max_width;
    c->width = (width + 1) & ~1;
    c->height = (int)((int64_t)picture->height * width / picture->width + 1) & ~1;
    c->height = c->height < 2 ? 2 : c->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = CLIP_SCALE;
    c->framerate = (AVRational){25, 1};
    c->gop_size = 25;
    c->max_b_frames = 0;
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    c->color_range = picture->range == COLOR_RANGE_FULL ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c->colorspace = picture->space == COLOR_SPACE_BT709    ? AVCOL_SPC_BT709
                    : picture->space == COLOR_SPACE_BT2020 ? AVCOL_SPC_BT2020_NCL
                                                           : AVCOL_SPC_SMPTE170M;
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "crf", "23", 0);
    int result = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    Status status = STATUS_OK;
    if (result < 0 || !parameters || avcodec_parameters_from_context(parameters, c) < 0)
        status = fail(error, path, result, "the H.264 encoder does not start");
    else
        status = muxer_open(&encoder->muxer, path, parameters, 0, FRAGMENTED, error);
    avcodec_parameters_free(&parameters);
    encoder->opened = true;
    encoder->zero_us = picture->time_us;
    encoder->last = -1;
    return status;
}

static Status encoder_take(Encoder *encoder, Error *error)
{
    AVPacket *packet = av_packet_alloc();
    Status status = packet ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    while (status == STATUS_OK && avcodec_receive_packet(encoder->codec, packet) >= 0) {
        packet->time_base = CLIP_SCALE;
        av_packet_rescale_ts(packet, CLIP_SCALE, encoder->muxer.stream->time_base);
        status = muxer_write(&encoder->muxer, packet, error);
    }
    av_packet_free(&packet);
    return status;
}

static Status encoder_put(Encoder *encoder, const Picture *picture, Error *error)
{
    AVCodecContext *c = encoder->codec;
    AVFrame *frame = av_frame_alloc();
    if (frame) {
        frame->format = c->pix_fmt;
        frame->width = c->width;
        frame->height = c->height;
    }
    encoder->scaler = sws_getCachedContext(
        encoder->scaler, picture->width, picture->height, AV_PIX_FMT_YUV420P, c->width, c->height,
        AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_BITEXACT | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!frame || !encoder->scaler || av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    const uint8_t *const planes[4] = {picture->plane[0], picture->plane[1], picture->plane[2], NULL};
    const int strides[4] = {picture->stride[0], picture->stride[1], picture->stride[2], 0};
    sws_scale(encoder->scaler, planes, strides, 0, picture->height, frame->data, frame->linesize);
    frame->pts = to_scale(picture->time_us - encoder->zero_us);
    frame->pts = frame->pts > encoder->last ? frame->pts : encoder->last + 1;
    encoder->last = frame->pts;
    int result = avcodec_send_frame(c, frame);
    av_frame_free(&frame);
    return result < 0 ? fail(error, encoder->muxer.path, result, "a frame cannot be encoded")
                      : encoder_take(encoder, error);
}

static Status encode_ready(Encoder *encoder, Decoder *decoder, const char *path, int max_width,
                           Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        if (!encoder->opened)
            status = encoder_open(encoder, path, picture, max_width, error);
        if (status == STATUS_OK)
            status = encoder_put(encoder, picture, error);
        picture_unref(&picture);
        if (status != STATUS_OK)
            return status;
    }
}

static Status encode(const char *path, Packet *const *packets, size_t count, int max_width,
                     Error *error)
{
    Encoder encoder = {0};
    Decoder *decoder;
    Status status = decoder_create(&decoder, error);
    for (size_t i = 0; i <= count && status == STATUS_OK; i++) {
        status = decoder_send(decoder, i < count ? packets[i] : NULL, error);
        if (status == STATUS_OK)
            status = encode_ready(&encoder, decoder, path, max_width, error);
    }
    decoder_destroy(&decoder);
    if (status == STATUS_OK && !encoder.opened)
        status = error_set(error, STATUS_FORMAT, "cannot write %s: no picture could be decoded", path);
    if (status == STATUS_OK && avcodec_send_frame(encoder.codec, NULL) >= 0)
        status = encoder_take(&encoder, error);
    if (encoder.muxer.output || encoder.opened)
        status = muxer_close(&encoder.muxer, status, error);
    avcodec_free_context(&encoder.codec);
    sws_freeContext(encoder.scaler);
    return status;
}

static bool mp4_carries(const AVCodecParameters *parameters)
{
    const AVOutputFormat *mp4 = av_guess_format("mp4", NULL, NULL);
    return mp4 && avformat_query_codec(mp4, parameters->codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

Status clip_write(const char *path, Packet *const *packets, size_t count, ClipInfo *info, Error *error)
{
    trim_span(&packets, &count);
    if (!count)
        return error_set(error, STATUS_FORMAT, "cannot write %s: no key frame in its span", path);
    const AVCodecParameters *parameters = packets[0]->format->parameters;
    bool stills = parameters->codec_id == AV_CODEC_ID_PNG ||
                  (parameters->codec_id == AV_CODEC_ID_MJPEG && !packets[0]->av->duration);
    bool carries = mp4_carries(parameters) && !stills;
    *info = (ClipInfo){.kind = carries ? CLIP_ORIGINAL : CLIP_ENCODED,
                       .start_us = INT64_MAX, .end_us = INT64_MIN, .frames = count};
    for (size_t i = 0; i < count; i++) {
        int64_t time_us = packets[i]->time_us;
        info->start_us = time_us < info->start_us ? time_us : info->start_us;
        info->end_us = time_us > info->end_us ? time_us : info->end_us;
    }
    bool browser = parameters->codec_id == AV_CODEC_ID_H264 &&
                   (parameters->format == AV_PIX_FMT_YUV420P ||
                    parameters->format == AV_PIX_FMT_YUVJ420P);
    info->needs_preview = carries && !browser;
    return carries ? remux(path, packets, count, error)
                   : encode(path, packets, count, 8192, error);
}

Status clip_write_preview(const char *path, Packet *const *packets, size_t count, Error *error)
{
    trim_span(&packets, &count);
    return encode(path, packets, count, PREVIEW_WIDTH, error);
}
