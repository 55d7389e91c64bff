#include "capture/decoder.h"

#include "capture/packet.h"
#include "capture/planes.h"

#include <libavutil/frame.h>
#include <stdlib.h>

#define MAX_PIXELS (8192 * 4352)

struct Decoder {
    AVCodecContext *codec;
    Packet *opened; // a packet of the format the codec was opened for
    AVFrame *frame;
    Converter converter;
    // Pictures that came out when the codec had to be emptied before a packet could be sent.
    Picture **ready;
    size_t ready_count, ready_next, ready_room;
    int64_t last_us;
    bool any, drained;
    DecoderCounts counts;
};

Status decoder_create(Decoder **out, Error *error)
{
    Decoder *decoder = *out = calloc(1, sizeof *decoder);
    if (decoder && (decoder->frame = av_frame_alloc()))
        return STATUS_OK;
    decoder_destroy(out);
    return error_set(error, STATUS_MEMORY, "out of memory");
}

static void drop_ready(Decoder *decoder)
{
    for (size_t i = decoder->ready_next; i < decoder->ready_count; i++)
        picture_unref(&decoder->ready[i]);
    decoder->ready_next = decoder->ready_count = 0;
}

void decoder_destroy(Decoder **out)
{
    Decoder *decoder = *out;
    *out = NULL;
    if (!decoder)
        return;
    drop_ready(decoder);
    free(decoder->ready);
    avcodec_free_context(&decoder->codec);
    packet_unref(&decoder->opened);
    av_frame_free(&decoder->frame);
    converter_finish(&decoder->converter);
    free(decoder);
}

static Status open_codec(Decoder *decoder, const Packet *packet, Error *error)
{
    const AVCodecParameters *parameters = packet->format->parameters;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    avcodec_free_context(&decoder->codec);
    packet_unref(&decoder->opened);
    decoder->drained = false;
    if (!codec)
        return error_set(error, STATUS_UNSUPPORTED, "there is no decoder for %s",
                         avcodec_get_name(parameters->codec_id));
    decoder->codec = avcodec_alloc_context3(codec);
    if (!decoder->codec)
        return error_set(error, STATUS_MEMORY, "out of memory");
    int result = avcodec_parameters_to_context(decoder->codec, parameters);
    if (result >= 0) {
        decoder->codec->thread_count = 1;
        decoder->codec->pkt_timebase = AV_TIME_BASE_Q;
        decoder->codec->max_pixels = MAX_PIXELS;
        // Checksums are looked at and damage is marked; nothing is thrown away for it.
        decoder->codec->err_recognition = AV_EF_CRCCHECK;
        result = avcodec_open2(decoder->codec, codec, NULL);
    }
    if (result < 0) {
        avcodec_free_context(&decoder->codec);
        return error_set(error, result == AVERROR(ENOMEM) ? STATUS_MEMORY : STATUS_UNSUPPORTED,
                         "the %s decoder does not start: %s", codec->name, av_err2str(result));
    }
    decoder->opened = packet_ref((Packet *)(uintptr_t)packet);
    return STATUS_OK;
}

static void release_frame(void *owner)
{
    AVFrame *frame = owner;
    av_frame_free(&frame);
}

static bool is_plain(const AVFrame *frame)
{
    return (frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P) &&
           frame->linesize[0] > 0 && frame->linesize[1] > 0 && frame->linesize[2] > 0;
}

// The frame's own planes, without a copy.
static Picture *wrap_frame(AVFrame *frame)
{
    AVFrame *kept = av_frame_alloc();
    if (!kept)
        return NULL;
    av_frame_move_ref(kept, frame);
    const uint8_t *const planes[3] = {kept->data[0], kept->data[1], kept->data[2]};
    Picture *picture =
        picture_wrap(kept->width, kept->height, planes, kept->linesize, release_frame, kept);
    if (!picture) {
        av_frame_free(&kept);
        return NULL;
    }
    picture->range = color_range_of(kept->color_range, kept->format);
    picture->space = color_space_of(kept->colorspace);
    return picture;
}

// Puts made in the place of *picture; false when it could not be made.
static bool replace(Picture **picture, Picture *made)
{
    picture_unref(picture);
    *picture = made;
    return made != NULL;
}

// The frame in decoder->frame as a picture.
static Status make_picture(Decoder *decoder, Picture **out, Error *error)
{
    AVFrame *frame = decoder->frame;
    // Packets carry a presentation time each; only frames made up by the codec have none.
    int64_t time_us = frame->pts != AV_NOPTS_VALUE ? frame->pts : frame->best_effort_timestamp;
    if (time_us == AV_NOPTS_VALUE || (decoder->any && time_us <= decoder->last_us))
        time_us = decoder->last_us + 1000;
    bool interlaced = frame->interlaced_frame, key = frame->key_frame;
    bool damaged = frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT);
    int rotation = decoder->opened->format->rotation;
    Picture *picture = is_plain(frame) ? wrap_frame(frame)
                                       : converter_run(&decoder->converter, frame);
    av_frame_unref(frame);
    if (picture) {
        picture->time_us = time_us;
        picture->key = key;
        picture->damaged = damaged;
        if (interlaced)
            replace(&picture, picture_deinterlace(picture));
        if (picture && rotation)
            replace(&picture, picture_rotate(picture, rotation));
    }
    if (!picture)
        return error_set(error, STATUS_MEMORY, "out of memory for a decoded picture");
    decoder->last_us = time_us;
    decoder->any = true;
    decoder->counts.pictures++;
    decoder->counts.damaged += damaged;
    *out = picture;
    return STATUS_OK;
}

static Status receive(Decoder *decoder, Picture **out, Error *error)
{
    if (!decoder->codec)
        return STATUS_END;
    for (;;) {
        int result = avcodec_receive_frame(decoder->codec, decoder->frame);
        if (result >= 0)
            return make_picture(decoder, out, error);
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
            return STATUS_END;
        if (result == AVERROR(ENOMEM))
            return error_set(error, STATUS_MEMORY, "out of memory while decoding");
        decoder->counts.refused++;
    }
}

// Keeps what the codec still holds for decoder_receive.
static Status empty_codec(Decoder *decoder, Error *error)
{
    for (;;) {
        Picture *picture = NULL;
        Status status = receive(decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        if (decoder->ready_next == decoder->ready_count)
            decoder->ready_next = decoder->ready_count = 0;
        if (decoder->ready_count == decoder->ready_room) {
            size_t room = decoder->ready_room ? 2 * decoder->ready_room : 16;
            Picture **grown = realloc(decoder->ready, room * sizeof *grown);
            if (!grown) {
                picture_unref(&picture);
                return error_set(error, STATUS_MEMORY, "out of memory");
            }
            decoder->ready = grown;
            decoder->ready_room = room;
        }
        decoder->ready[decoder->ready_count++] = picture;
    }
}

// Makes the codec fit for the packet: the right one, open, not at its end.
static Status prepare(Decoder *decoder, const Packet *packet, Error *error)
{
    Status status = STATUS_OK;
    if (!decoder->opened)
        return open_codec(decoder, packet, error);
    if (!packet_same_format(decoder->opened, packet)) {
        if (!decoder->drained)
            avcodec_send_packet(decoder->codec, NULL);
        status = empty_codec(decoder, error);
        return status == STATUS_OK ? open_codec(decoder, packet, error) : status;
    }
    if (decoder->drained) {
        status = empty_codec(decoder, error);
        avcodec_flush_buffers(decoder->codec);
        decoder->drained = false;
    }
    return status;
}

Status decoder_send(Decoder *decoder, const Packet *packet, Error *error)
{
    if (!packet) {
        if (decoder->codec && !decoder->drained)
            avcodec_send_packet(decoder->codec, NULL);
        decoder->drained = true;
        return STATUS_OK;
    }
    Status status = prepare(decoder, packet, error);
    if (status != STATUS_OK)
        return status;
    AVPacket *av = av_packet_clone(packet->av);
    if (!av)
        return error_set(error, STATUS_MEMORY, "out of memory");
    av->pts = packet->time_us;
    av->dts = packet->decode_us;
    int result = avcodec_send_packet(decoder->codec, av);
    if (result == AVERROR(EAGAIN)) { // the caller left pictures in it
        status = empty_codec(decoder, error);
        result = status == STATUS_OK ? avcodec_send_packet(decoder->codec, av) : 0;
    }
    av_packet_free(&av);
    if (result == AVERROR(ENOMEM))
        return error_set(error, STATUS_MEMORY, "out of memory while decoding");
    decoder->counts.refused += result < 0 && result != AVERROR_EOF;
    return status;
}

Status decoder_receive(Decoder *decoder, Picture **out, Error *error)
{
    *out = NULL;
    if (decoder->ready_next < decoder->ready_count) {
        *out = decoder->ready[decoder->ready_next++];
        return STATUS_OK;
    }
    return receive(decoder, out, error);
}

void decoder_flush(Decoder *decoder)
{
    drop_ready(decoder);
    if (decoder->codec)
        avcodec_flush_buffers(decoder->codec);
    decoder->any = decoder->drained = false;
}

DecoderCounts decoder_counts(const Decoder *decoder)
{
    return decoder->counts;
}
