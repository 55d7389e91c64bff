#include "movie.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Movie {
    AVFormatContext *output;
    AVCodecContext *codec;
    AVStream *stream;
    AVPacket *packet;
    int64_t next;
    char path[512];
};

static const char *encoder_of(const char *codec)
{
    if (!strcmp(codec, "h264"))
        return "libx264";
    if (!strcmp(codec, "h265") || !strcmp(codec, "hevc"))
        return "libx265";
    return codec;
}

static void choose(AVDictionary **options, const MovieSpec *spec, const char *encoder)
{
    char text[64];
    if (!strcmp(encoder, "libx264") || !strcmp(encoder, "libx265")) {
        av_dict_set(options, "preset", spec->preset && *spec->preset ? spec->preset : "veryfast", 0);
        if (spec->bitrate <= 0)
            av_dict_set_int(options, "crf", spec->crf, 0);
    }
    if (!strcmp(encoder, "libx265")) {
        snprintf(text, sizeof text, "log-level=error:pools=none:frame-threads=1:bframes=%d", spec->bframes);
        av_dict_set(options, "x265-params", text, 0);
    }
}

static Status open_codec(Movie *m, const MovieSpec *spec, Error *error)
{
    const char *name = encoder_of(spec->codec);
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    if (!codec)
        return error_set(error, STATUS_UNSUPPORTED, "no encoder for %s in this FFmpeg: use h264, h265, mpeg4 or mjpeg", spec->codec);
    AVRational rate = av_d2q(spec->fps, 100000);
    m->codec = avcodec_alloc_context3(codec);
    if (!m->codec)
        return error_set(error, STATUS_MEMORY, "out of memory");
    AVCodecContext *c = m->codec;
    bool jpeg = codec->id == AV_CODEC_ID_MJPEG;
    c->width = spec->width;
    c->height = spec->height;
    c->pix_fmt = jpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    c->color_range = spec->range == COLOR_RANGE_FULL ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c->colorspace = AVCOL_SPC_BT709;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_BT709;
    c->time_base = av_inv_q(rate);
    c->framerate = rate;
    c->gop_size = spec->gop;
    c->max_b_frames = jpeg ? 0 : spec->bframes;
    c->thread_count = 1;
    c->bit_rate = (int64_t)spec->bitrate * 1000;
    if (jpeg) {
        c->flags |= AV_CODEC_FLAG_QSCALE;
        c->global_quality = 3 * FF_QP2LAMBDA;
    }
    c->flags |= AV_CODEC_FLAG_BITEXACT | (m->output->oformat->flags & AVFMT_GLOBALHEADER ? AV_CODEC_FLAG_GLOBAL_HEADER : 0);
    AVDictionary *options = NULL;
    choose(&options, spec, name);
    int rc = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    return rc < 0 ? error_set(error, STATUS_UNSUPPORTED, "the %s encoder refuses %dx%d at %.3f fps: %s", name, spec->width, spec->height, spec->fps,
                              av_err2str(rc))
                  : STATUS_OK;
}

static Status drain(Movie *m, Error *error)
{
    while (avcodec_receive_packet(m->codec, m->packet) >= 0) {
        if (m->packet->duration == 0)
            m->packet->duration = 1;
        av_packet_rescale_ts(m->packet, m->codec->time_base, m->stream->time_base);
        m->packet->stream_index = 0;
        int rc = av_interleaved_write_frame(m->output, m->packet);
        if (rc < 0)
            return error_set(error, rc == AVERROR(ENOSPC) ? STATUS_FULL : STATUS_IO, "%s: cannot write: %s", m->path, av_err2str(rc));
    }
    return STATUS_OK;
}

Status movie_create(Movie **out, const char *path, const MovieSpec *spec, Error *error)
{
    Movie *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        return error_set(error, STATUS_MEMORY, "out of memory");
    snprintf(m->path, sizeof m->path, "%s", path);
    av_log_set_level(AV_LOG_ERROR);
    Status status = STATUS_OK;
    if (avformat_alloc_output_context2(&m->output, NULL, NULL, path) < 0 || !m->output)
        status = error_set(error, STATUS_ARGUMENT, "%s: the extension names no video format: use .mp4, .mkv, .avi or .ts", path);
    if (status == STATUS_OK)
        status = open_codec(m, spec, error);
    if (status == STATUS_OK) {
        m->output->flags |= AVFMT_FLAG_BITEXACT;
        m->stream = avformat_new_stream(m->output, NULL);
        m->packet = av_packet_alloc();
        if (!m->stream || !m->packet || avcodec_parameters_from_context(m->stream->codecpar, m->codec) < 0)
            status = error_set(error, STATUS_MEMORY, "out of memory");
    }
    if (status == STATUS_OK) {
        m->stream->time_base = m->codec->time_base;
        m->stream->avg_frame_rate = m->codec->framerate;
        int rc = avio_open(&m->output->pb, path, AVIO_FLAG_WRITE);
        if (rc >= 0)
            rc = avformat_write_header(m->output, NULL);
        if (rc < 0)
            status = error_set(error, STATUS_IO, "%s: cannot write: %s", path, av_err2str(rc));
    }
    *out = m;
    if (status != STATUS_OK) {
        if (m->output && m->output->pb)
            avio_closep(&m->output->pb);
        avcodec_free_context(&m->codec);
        avformat_free_context(m->output);
        av_packet_free(&m->packet);
        free(m);
        *out = NULL;
    }
    return status;
}

static AVFrame *wrap(const Picture *picture, int format)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        return NULL;
    f->format = format;
    f->width = picture->width;
    f->height = picture->height;
    f->color_range = picture->range == COLOR_RANGE_FULL ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    f->colorspace = AVCOL_SPC_BT709;
    for (int i = 0; i < 3; i++) {
        f->data[i] = (uint8_t *)(uintptr_t)picture->plane[i];
        f->linesize[i] = picture->stride[i];
    }
    return f;
}

Status movie_put(Movie *m, const Picture *picture, Error *error)
{
    AVFrame *f = wrap(picture, m->codec->pix_fmt);
    if (!f)
        return error_set(error, STATUS_MEMORY, "out of memory");
    f->pts = m->next++;
    f->quality = m->codec->global_quality;
    int rc = avcodec_send_frame(m->codec, f);
    av_frame_free(&f);
    if (rc < 0)
        return error_set(error, STATUS_FORMAT, "%s: cannot encode: %s", m->path, av_err2str(rc));
    return drain(m, error);
}

Status movie_finish(Movie **movie, Error *error)
{
    Movie *m = *movie;
    if (!m)
        return STATUS_OK;
    avcodec_send_frame(m->codec, NULL);
    Status status = drain(m, error);
    int rc = av_write_trailer(m->output);
    int closed = avio_closep(&m->output->pb);
    rc = rc < 0 ? rc : closed;
    if (status == STATUS_OK && rc < 0)
        status = error_set(error, STATUS_IO, "%s: cannot write: %s", m->path, av_err2str(rc));
    avcodec_free_context(&m->codec);
    avformat_free_context(m->output);
    av_packet_free(&m->packet);
    free(m);
    *movie = NULL;
    return status;
}

// Encodes one frame with a still codec and writes the bytes.
static Status write_still(const char *path, AVFrame *frame, enum AVCodecID id, Error *error)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *packet = av_packet_alloc();
    Status status = error_set(error, STATUS_UNSUPPORTED, "%s: no encoder for this kind of picture", path);
    if (c && packet) {
        c->width = frame->width;
        c->height = frame->height;
        c->pix_fmt = frame->format;
        c->color_range = frame->color_range;
        c->time_base = (AVRational){1, 25};
        c->thread_count = 1;
        c->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
        c->global_quality = frame->quality = 2 * FF_QP2LAMBDA;
        if (avcodec_open2(c, codec, NULL) >= 0 && avcodec_send_frame(c, frame) >= 0 && avcodec_receive_packet(c, packet) >= 0) {
            FILE *file = fopen(path, "wb");
            bool good = file && fwrite(packet->data, 1, (size_t)packet->size, file) == (size_t)packet->size;
            good = file && fclose(file) == 0 && good;
            status = good ? STATUS_OK : error_set_errno(error, "%s: cannot write", path);
        }
    }
    av_packet_free(&packet);
    avcodec_free_context(&c);
    return status;
}

Status movie_still(const char *path, const Picture *picture, Error *error)
{
    const char *dot = strrchr(path, '.');
    bool png = dot && !strcmp(dot, ".png");
    AVFrame *in = wrap(picture, AV_PIX_FMT_YUV420P), *out = av_frame_alloc();
    Status status = error_set(error, STATUS_MEMORY, "out of memory");
    struct SwsContext *sws = NULL;
    if (in && out) {
        out->format = png ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_YUVJ420P;
        out->width = in->width;
        out->height = in->height;
        out->color_range = AVCOL_RANGE_JPEG;
        sws = sws_getContext(in->width, in->height, AV_PIX_FMT_YUV420P, in->width, in->height, out->format, SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
        // JPEG files are BT.601 by convention.
        if (sws && av_frame_get_buffer(out, 32) >= 0) {
            sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_ITU709), picture->range == COLOR_RANGE_FULL, sws_getCoefficients(SWS_CS_ITU601), 1, 0,
                                     1 << 16, 1 << 16);
            sws_scale(sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height, out->data, out->linesize);
            status = write_still(path, out, png ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG, error);
        }
    }
    sws_freeContext(sws);
    av_frame_free(&in);
    av_frame_free(&out);
    return status;
}

Status movie_map(const char *path, const float *plane, int width, int height, Error *error)
{
    AVFrame *f = av_frame_alloc();
    Status status = error_set(error, STATUS_MEMORY, "out of memory");
    if (f) {
        f->format = AV_PIX_FMT_GRAY8;
        f->width = width;
        f->height = height;
        f->color_range = AVCOL_RANGE_JPEG;
        if (av_frame_get_buffer(f, 32) >= 0) {
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) {
                    float v = plane[(size_t)y * (size_t)width + (size_t)x] * 255 + 0.5f;
                    f->data[0][(size_t)y * (size_t)f->linesize[0] + (size_t)x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
                }
            status = write_still(path, f, AV_CODEC_ID_PNG, error);
        }
    }
    av_frame_free(&f);
    return status;
}
