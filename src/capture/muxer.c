#include "capture/muxer.h"

#include "base/files.h"

#include <libavutil/display.h>
#include <stdio.h>
#include <unistd.h>

// Fragments keep all but the last GOP playable after a crash; the empty index first makes the file
// start at 0 without an edit list, which negative offsets replace for B-frames.
#define FRAGMENTED "frag_keyframe+delay_moov+default_base_moof"

int64_t clip_ticks(int64_t us)
{
    return av_rescale_q(us, (AVRational){1, 1000000}, CLIP_SCALE);
}

static Status fail(const Muxer *muxer, int result, const char *what, Error *error)
{
    if (result == AVERROR(ENOMEM))
        return error_set(error, STATUS_MEMORY, "out of memory while writing %s", muxer->path);
    if (result == AVERROR(ENOSPC) || result == AVERROR(EDQUOT))
        return error_set(error, STATUS_FULL, "cannot write %s: no space left on the disk",
                         muxer->path);
    return error_set(error, STATUS_IO, "cannot write %s: %s (%s)", muxer->path, what,
                     av_err2str(result));
}

static int set_up(Muxer *muxer, const AVCodecParameters *parameters, int rotation)
{
    int result = avformat_alloc_output_context2(&muxer->output, NULL, "mp4", NULL);
    if (result < 0)
        return result;
    muxer->output->flags |= AVFMT_FLAG_BITEXACT;
    muxer->output->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED; // 0 stays the first picture
    muxer->stream = avformat_new_stream(muxer->output, NULL);
    if (!muxer->stream)
        return AVERROR(ENOMEM);
    result = avcodec_parameters_copy(muxer->stream->codecpar, parameters);
    muxer->stream->codecpar->codec_tag =
        parameters->codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
    muxer->stream->time_base = CLIP_SCALE;
    if (result >= 0 && rotation) {
        int32_t *matrix = (int32_t *)(void *)av_stream_new_side_data(
            muxer->stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof *matrix);
        if (!matrix)
            return AVERROR(ENOMEM);
        av_display_rotation_set(matrix, rotation); // clockwise, other than its getter
    }
    return result;
}

Status muxer_open(Muxer *muxer, const char *path, const AVCodecParameters *parameters, int rotation,
                  Error *error)
{
    *muxer = (Muxer){.path = path};
    int result = set_up(muxer, parameters, rotation);
    if (result < 0)
        return fail(muxer, result, "the clip cannot be set up", error);
    char url[PATH_SIZE + 8];
    snprintf(url, sizeof url, "file:%s", path); // a colon in a folder's name is no protocol
    result = avio_open(&muxer->output->pb, url, AVIO_FLAG_WRITE);
    if (result < 0)
        return fail(muxer, result, "the file cannot be made", error);
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", FRAGMENTED, 0);
    result = avformat_write_header(muxer->output, &options);
    av_dict_free(&options);
    return result < 0 ? fail(muxer, result, "its header cannot be written", error) : STATUS_OK;
}

Status muxer_write(Muxer *muxer, AVPacket *packet, Error *error)
{
    packet->stream_index = 0;
    packet->pos = -1;
    av_packet_rescale_ts(packet, CLIP_SCALE, muxer->stream->time_base);
    int result = av_interleaved_write_frame(muxer->output, packet);
    if (result >= 0 && muxer->output->pb->error < 0)
        result = muxer->output->pb->error;
    return result < 0 ? fail(muxer, result, "a frame cannot be written", error) : STATUS_OK;
}

Status muxer_flush(Muxer *muxer, Error *error)
{
    int result = av_write_frame(muxer->output, NULL);
    avio_flush(muxer->output->pb);
    if (result >= 0)
        result = muxer->output->pb->error;
    return result < 0 ? fail(muxer, result, "a fragment cannot be written", error) : STATUS_OK;
}

void muxer_leave(Muxer *muxer)
{
    if (muxer->output && muxer->output->pb)
        avio_closep(&muxer->output->pb);
    avformat_free_context(muxer->output);
    muxer->output = NULL;
}

Status muxer_close(Muxer *muxer, Status status, Error *error)
{
    AVFormatContext *output = muxer->output;
    bool made = output && output->pb;
    if (status == STATUS_OK) {
        int result = av_write_trailer(output);
        avio_flush(output->pb);
        if (result >= 0)
            result = output->pb->error;
        if (result < 0)
            status = fail(muxer, result, "it cannot be finished", error);
    }
    if (made) {
        int result = avio_closep(&output->pb);
        if (result < 0 && status == STATUS_OK)
            status = fail(muxer, result, "it cannot be finished", error);
    }
    avformat_free_context(output);
    muxer->output = NULL;
    if (status == STATUS_OK)
        status = file_sync(muxer->path, error);
    if (status != STATUS_OK && made)
        unlink(muxer->path);
    return status;
}
