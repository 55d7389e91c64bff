// Footage for the tests of capture/, made on the spot: every frame carries its number in light and dark blocks, so
// that a decoded picture says which one it is.
#ifndef HEIYAN_TESTS_CAPTURE_MEDIA_H
#define HEIYAN_TESTS_CAPTURE_MEDIA_H

#include "base/files.h"
#include "capture/decoder.h"
#include "capture/source.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// libx265 loses the strings of its own parameters; nothing of this project is on that way.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

#define BLOCK 16
#define BITS 8

typedef struct Media {
    const char *encoder, *format; // libav's names
    int width, height, frames, fps, gop, bframes;
    enum AVPixelFormat pixels; // AV_PIX_FMT_NONE (-1) or 0: 4:2:0
    bool interlaced;
    int rotation;              // clockwise degrees in the container
    double start_s;            // first stamp
    int64_t (*stamp_ms)(int);  // presentation of a frame; NULL: constant rate
    bool flat;                 // one grey (100) and chroma (110, 150) instead of the pattern
    const char *muxer_options; // "key=value:..."
} Media;

static char media_folder[64];

static inline const char *media_path(const char *name)
{
    static char paths[8][256];
    static int next;
    if (!media_folder[0]) {
        snprintf(media_folder, sizeof media_folder, "/tmp/heiyan-capture-XXXXXX");
        if (!mkdtemp(media_folder))
            abort();
    }
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", media_folder, name);
    return path;
}

static inline int media_luma(int x, int y, int number)
{
    if (y < BLOCK && x < BITS * BLOCK)
        return number >> (x / BLOCK) & 1 ? 200 : 40;
    return 60 + (x + 2 * number) % 64 + (y / 8 % 2) * 40;
}

// The number written into a picture.
static inline int media_number(const Picture *picture)
{
    int number = 0;
    for (int bit = 0; bit < BITS; bit++) {
        int value = picture->plane[0][(ptrdiff_t)(BLOCK / 2) * picture->stride[0] + bit * BLOCK +
                                      BLOCK / 2];
        number |= (value > 120) << bit;
    }
    return number;
}

// 8-bit planar YUV of any subsampling; other formats go over these in media_fill.
static inline void media_draw(AVFrame *frame, const Media *media, int number)
{
    const AVPixFmtDescriptor *about = av_pix_fmt_desc_get(frame->format);
    int deep = about->comp[0].depth - 8;
    for (int plane = 0; plane < about->nb_components; plane++) {
        int sx = plane ? about->log2_chroma_w : 0, sy = plane ? about->log2_chroma_h : 0;
        int width = AV_CEIL_RSHIFT(frame->width, sx), height = AV_CEIL_RSHIFT(frame->height, sy);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                // In interlaced footage the second field is half a frame later: a bar stands elsewhere.
                int value = plane == 1   ? (media->flat ? 110 : 100 + 40 * x / width)
                            : plane == 2 ? (media->flat ? 150 : 150 - 40 * y / height)
                            : media->flat ? 100
                            : media->interlaced
                                ? (x / 8 % 8 == (2 * number + (y & 1) * 4) % 8 ? 220 : 30)
                                : media_luma(x, y, number);
                uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
                if (deep)
                    ((uint16_t *)(void *)row)[x] = (uint16_t)(value << deep);
                else
                    row[x] = (uint8_t)value;
            }
    }
}

typedef struct Maker {
    const Media *media;
    AVFormatContext *output;
    AVCodecContext *codec;
    AVStream *stream;
} Maker;

static inline bool maker_open(Maker *maker, const char *path)
{
    const Media *m = maker->media;
    const AVCodec *encoder = avcodec_find_encoder_by_name(m->encoder);
    av_log_set_level(AV_LOG_QUIET);
    if (!encoder || avformat_alloc_output_context2(&maker->output, NULL, m->format, path) < 0)
        return false;
    AVCodecContext *c = maker->codec = avcodec_alloc_context3(encoder);
    c->width = m->width;
    c->height = m->height;
    c->pix_fmt = m->pixels > 0 ? m->pixels : AV_PIX_FMT_YUV420P;
    if (strcmp(m->encoder, "mjpeg") == 0 && m->pixels <= 0)
        c->pix_fmt = AV_PIX_FMT_YUVJ420P;
    // Encoders learn the rate from the time base; odd stamps go over a finer one.
    c->time_base = m->stamp_ms ? (AVRational){1, 1000} : (AVRational){1, m->fps};
    c->framerate = (AVRational){m->fps, 1};
    c->gop_size = m->gop ? m->gop : 12;
    c->max_b_frames = m->bframes;
    c->thread_count = 1;
    c->bit_rate = 4000000;
    if (m->interlaced)
        c->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    if (maker->output->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "ultrafast", 0);
    av_dict_set(&options, "x265-params", "log-level=none:pools=none:frame-threads=1", 0);
    if (m->bframes && strcmp(m->encoder, "libx264") == 0)
        av_dict_set(&options, "x264-params", "b-adapt=0:b-pyramid=normal", 0);
    int result = avcodec_open2(c, encoder, &options);
    av_dict_free(&options);
    maker->stream = avformat_new_stream(maker->output, NULL);
    if (result < 0 || !maker->stream)
        return false;
    avcodec_parameters_from_context(maker->stream->codecpar, c);
    maker->stream->time_base = c->time_base;
    maker->stream->avg_frame_rate = c->framerate;
    if (m->rotation) {
        uint8_t *matrix = av_stream_new_side_data(maker->stream, AV_PKT_DATA_DISPLAYMATRIX, 36);
        av_display_rotation_set((int32_t *)(void *)matrix, m->rotation);
    }
    if (avio_open(&maker->output->pb, path, AVIO_FLAG_WRITE) < 0)
        return false;
    av_dict_parse_string(&options, m->muxer_options ? m->muxer_options : "", "=", ":", 0);
    result = avformat_write_header(maker->output, &options);
    av_dict_free(&options);
    return result >= 0;
}

static inline bool maker_drain(Maker *maker)
{
    AVPacket *packet = av_packet_alloc();
    int result = 0;
    while (result >= 0 && avcodec_receive_packet(maker->codec, packet) >= 0) {
        av_packet_rescale_ts(packet, maker->codec->time_base, maker->stream->time_base);
        int64_t start = llround(maker->media->start_s / av_q2d(maker->stream->time_base));
        packet->pts += start;
        packet->dts += start;
        result = av_interleaved_write_frame(maker->output, packet);
    }
    av_packet_free(&packet);
    return result >= 0;
}

static inline bool media_make(const Media *media, const char *path)
{
    Maker maker = {.media = media};
    bool good = maker_open(&maker, path);
    for (int i = 0; good && i < media->frames; i++) {
        AVFrame *frame = av_frame_alloc();
        frame->format = maker.codec->pix_fmt;
        frame->width = media->width;
        frame->height = media->height;
        av_frame_get_buffer(frame, 0);
        media_draw(frame, media, i);
        frame->pts = media->stamp_ms ? media->stamp_ms(i) : i;
        frame->interlaced_frame = frame->top_field_first = media->interlaced;
        good = avcodec_send_frame(maker.codec, frame) >= 0 && maker_drain(&maker);
        av_frame_free(&frame);
    }
    if (good)
        good = avcodec_send_frame(maker.codec, NULL) >= 0 && maker_drain(&maker) &&
               av_write_trailer(maker.output) >= 0;
    if (maker.output && maker.output->pb)
        avio_closep(&maker.output->pb);
    avformat_free_context(maker.output);
    avcodec_free_context(&maker.codec);
    return good;
}

static inline void media_bytes(const char *path, const void *bytes, size_t size, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (!file || fwrite(bytes, 1, size, file) != size)
        abort();
    fclose(file);
}

// Appends part of a file to another.
static inline void media_append(const char *to, const char *from, size_t skip, size_t cut)
{
    char *data;
    size_t size;
    if (file_read(from, &data, &size, NULL) != STATUS_OK)
        abort();
    size = cut && cut < size ? cut : size;
    media_bytes(to, data + skip, size - skip, "ab");
    free(data);
}

#define READ_MAX 2000

// All there is in a file: packets' times, pictures' times and numbers.
typedef struct Reading {
    Status status;
    Error error;
    int packets, keys, pictures;
    int64_t time[READ_MAX], decode[READ_MAX];
    bool key[READ_MAX];
    int64_t shown[READ_MAX];
    int number[READ_MAX], width[READ_MAX];
    bool orderly; // the promises of source.h and decoder.h kept
    SourceInfo info;
    SourceDamage damage;
    DecoderCounts counts;
} Reading;

static inline void reading_pictures(Reading *r, Decoder *decoder)
{
    Picture *picture;
    while (decoder_receive(decoder, &picture, &r->error) == STATUS_OK) {
        if (r->pictures && picture->time_us <= r->shown[r->pictures - 1])
            r->orderly = false;
        if (r->pictures < READ_MAX) {
            r->shown[r->pictures] = picture->time_us;
            r->width[r->pictures] = picture->width;
            r->number[r->pictures++] = picture->width >= BITS * BLOCK ? media_number(picture) : -1;
        }
        picture_unref(&picture);
    }
}

static inline bool seen_time(const Reading *r, int64_t time_us)
{
    for (int i = 0; i < r->packets; i++)
        if (r->time[i] == time_us)
            return true;
    return false;
}

// The caller frees. Never NULL.
static inline Reading *media_read(const char *path, int64_t start_us, bool decode)
{
    Reading *r = calloc(1, sizeof *r);
    Source *source;
    Decoder *decoder = NULL;
    Packet *packet = NULL;
    r->orderly = true;
    r->status = source_open(&source, path, &(SourceOptions){.start_us = start_us}, &r->error);
    if (r->status != STATUS_OK)
        return r;
    r->info = *source_info(source);
    decoder_create(&decoder, NULL);
    while ((r->status = source_read(source, false, &packet, &r->error)) == STATUS_OK) {
        int64_t time_us = packet_time_us(packet), decode_us = packet_decode_us(packet);
        if ((r->packets && decode_us <= r->decode[r->packets - 1]) || time_us < decode_us ||
            seen_time(r, time_us))
            r->orderly = false;
        if (r->packets < READ_MAX) {
            r->key[r->packets] = packet_key(packet);
            r->keys += packet_key(packet);
            r->decode[r->packets] = decode_us;
            r->time[r->packets++] = time_us;
        }
        if (decode && decoder_send(decoder, packet, &r->error) == STATUS_OK)
            reading_pictures(r, decoder);
        packet_unref(&packet);
    }
    if (decode && decoder_send(decoder, NULL, NULL) == STATUS_OK)
        reading_pictures(r, decoder);
    r->counts = decoder_counts(decoder);
    r->damage = source_damage(source);
    decoder_destroy(&decoder);
    source_close(&source);
    return r;
}

#endif
