#include "reel.h"

#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

typedef struct Loader {
    AVFormatContext *input;
    AVBSFContext *filter;
    const AVStream *stream;
    Reel *reel;
    size_t room;
} Loader;

static Status open_file(Loader *loader, const char *path, Error *error)
{
    if (avformat_open_input(&loader->input, path, NULL, NULL) < 0 ||
        avformat_find_stream_info(loader->input, NULL) < 0)
        return error_set(error, STATUS_FORMAT, "cannot read %s", path);
    int video = av_find_best_stream(loader->input, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (video < 0)
        return error_set(error, STATUS_FORMAT, "%s has no video", path);
    loader->stream = loader->input->streams[video];
    const AVCodecParameters *parameters = loader->stream->codecpar;
    loader->reel->hevc = parameters->codec_id == AV_CODEC_ID_HEVC;
    if (!loader->reel->hevc && parameters->codec_id != AV_CODEC_ID_H264)
        return error_set(error, STATUS_UNSUPPORTED, "%s is neither H.264 nor H.265", path);
    // Other containers carry Annex B already: the filter lets it pass.
    const AVBitStreamFilter *filter =
        av_bsf_get_by_name(loader->reel->hevc ? "hevc_mp4toannexb" : "h264_mp4toannexb");
    if (!filter || av_bsf_alloc(filter, &loader->filter) < 0 ||
        avcodec_parameters_copy(loader->filter->par_in, parameters) < 0 ||
        av_bsf_init(loader->filter) < 0)
        return error_set(error, STATUS_FORMAT, "%s cannot be taken apart", path);
    return STATUS_OK;
}

static Status keep(Loader *loader, const AVPacket *packet, Error *error)
{
    Reel *reel = loader->reel;
    if (reel->count == loader->room) {
        size_t room = loader->room ? 2 * loader->room : 256;
        ReelFrame *grown = realloc(reel->frames, room * sizeof *grown);
        if (!grown)
            return error_set(error, STATUS_MEMORY, "out of memory");
        reel->frames = grown;
        loader->room = room;
    }
    ReelFrame *frame = &reel->frames[reel->count];
    AVRational base = loader->stream->time_base;
    *frame = (ReelFrame){.data = malloc((size_t)packet->size),
                         .size = (size_t)packet->size,
                         .pts_us = av_rescale_q(packet->pts, base, AV_TIME_BASE_Q),
                         .dts_us = av_rescale_q(packet->dts, base, AV_TIME_BASE_Q),
                         .key = packet->flags & AV_PKT_FLAG_KEY};
    if (!frame->data)
        return error_set(error, STATUS_MEMORY, "out of memory");
    memcpy(frame->data, packet->data, frame->size);
    reel->count++;
    return STATUS_OK;
}

static Status load_frames(Loader *loader, const char *path, Error *error)
{
    AVPacket *packet = av_packet_alloc();
    Status status = packet ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    while (status == STATUS_OK && av_read_frame(loader->input, packet) >= 0) {
        if (packet->stream_index == loader->stream->index &&
            av_bsf_send_packet(loader->filter, packet) >= 0 &&
            av_bsf_receive_packet(loader->filter, packet) >= 0)
            status = keep(loader, packet, error);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (status == STATUS_OK && loader->reel->count < 2)
        status = error_set(error, STATUS_FORMAT, "%s holds no stream of pictures", path);
    return status;
}

Status reel_load(Reel *out, const char *path, Error *error)
{
    *out = (Reel){0};
    Loader loader = {.reel = out};
    Status status = open_file(&loader, path, error);
    if (status == STATUS_OK)
        status = load_frames(&loader, path, error);
    av_bsf_free(&loader.filter);
    avformat_close_input(&loader.input);
    if (status != STATUS_OK) {
        reel_free(out);
        return status;
    }
    int64_t first = out->frames[0].dts_us, last = out->frames[out->count - 1].dts_us;
    for (size_t i = 0; i < out->count; i++) {
        out->frames[i].pts_us -= first;
        out->frames[i].dts_us -= first;
        int64_t delay = out->frames[i].pts_us - out->frames[i].dts_us;
        out->delay_us = delay > out->delay_us ? delay : out->delay_us;
    }
    out->length_us = (last - first) * (int64_t)out->count / (int64_t)(out->count - 1);
    return STATUS_OK;
}

void reel_free(Reel *reel)
{
    for (size_t i = 0; i < reel->count; i++)
        free(reel->frames[i].data);
    free(reel->frames);
    *reel = (Reel){0};
}
