#include "capture/feed.h"

#include "base/clock.h"

#include <libavutil/display.h>
#include <math.h>
#include <string.h>

#define MAX_WIDTH 8192
#define MAX_HEIGHT 4352
#define MAX_ERRORS 1000 // in a row, then the rest of the file is given up

static AVStream *stream_of(const Feed *feed)
{
    return feed->input->streams[feed->stream];
}

static int64_t to_us(const Feed *feed, int64_t stamp)
{
    return stamp == AV_NOPTS_VALUE
               ? NO_STAMP
               : av_rescale_q(stamp, stream_of(feed)->time_base, AV_TIME_BASE_Q);
}

static int rotation_of(const AVStream *stream)
{
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    if (!matrix)
        return 0;
    double clockwise = -av_display_rotation_get((const int32_t *)(const void *)matrix);
    int quarter = isnan(clockwise) ? 0 : (int)lround(clockwise / 90) % 4;
    return (quarter + 4) % 4 * 90;
}

static Status check_stream(const Feed *feed, Error *error)
{
    const AVCodecParameters *parameters = stream_of(feed)->codecpar;
    if (!avcodec_find_decoder(parameters->codec_id))
        return error_set(error, STATUS_UNSUPPORTED, "%s: there is no decoder for its video (%s)",
                         feed->path, avcodec_get_name(parameters->codec_id));
    if (parameters->width < 1 || parameters->height < 1)
        return error_set(error, STATUS_FORMAT,
                         "%s: no complete picture is in it, its size cannot be found; copy it from "
                         "the recorder again", feed->path);
    if (parameters->width > MAX_WIDTH || parameters->height > MAX_HEIGHT)
        return error_set(error, STATUS_UNSUPPORTED,
                         "%s: its pictures are %dx%d, the most this program takes is %dx%d",
                         feed->path, parameters->width, parameters->height, MAX_WIDTH, MAX_HEIGHT);
    return STATUS_OK;
}

static Status find_stream(Feed *feed, Error *error)
{
    Status status = input_open(&feed->input, feed->path, &feed->kind, error);
    if (status != STATUS_OK)
        return status;
    bool known = input_analyse(feed->input);
    if (!known && input_video(feed->input) >= 0) {
        // Recorders cut anywhere, and with smart codecs the first key frame may be a minute away.
        input_close(&feed->input);
        status = input_open(&feed->input, feed->path, &feed->kind, error);
        if (status != STATUS_OK)
            return status;
        feed->input->probesize = 100 << 20;
        feed->input->max_analyze_duration = 120 * SECOND_US;
        input_analyse(feed->input);
    }
    feed->stream = input_video(feed->input);
    if (feed->stream < 0)
        return error_set(error, STATUS_UNSUPPORTED, "%s has no video in it, only %s", feed->path,
                         feed->input->nb_streams ? "sound or data" : "an empty container");
    return check_stream(feed, error);
}

// The next packet of our stream as the container has it.
static Status fetch(Feed *feed, AVPacket **out, Error *error)
{
    AVPacket *packet = *out = av_packet_alloc();
    if (!packet)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (int errors = 0; !feed->ended;) {
        int result = av_read_frame(feed->input, packet);
        if (result == AVERROR(ENOMEM)) {
            av_packet_free(out);
            return error_set(error, STATUS_MEMORY, "out of memory");
        }
        if (result < 0) {
            bool at_end = result == AVERROR_EOF || avio_feof(feed->input->pb);
            bool give_up = at_end || ++errors > MAX_ERRORS || feed->input->pb->error < 0;
            feed->broken |= give_up && result != AVERROR_EOF;
            feed->ended = give_up;
            feed->bad_packets += !at_end;
            continue;
        }
        if (packet->stream_index != feed->stream || !packet->size) {
            av_packet_unref(packet);
            continue;
        }
        feed->broken = packet->flags & AV_PKT_FLAG_CORRUPT && avio_feof(feed->input->pb);
        feed->bad_packets += (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
        return STATUS_OK;
    }
    av_packet_free(out);
    return STATUS_END;
}

// Reads a little ahead to see whether presentation stamps are there.
static Status look_ahead(Feed *feed, Error *error)
{
    Status status = STATUS_OK;
    bool missing = false, undecoded = false;
    while (feed->ahead_count < AHEAD && status == STATUS_OK) {
        status = fetch(feed, &feed->ahead[feed->ahead_count], error);
        if (status == STATUS_OK) {
            const AVPacket *packet = feed->ahead[feed->ahead_count++];
            missing |= packet->pts == AV_NOPTS_VALUE;
            undecoded |= packet->dts == AV_NOPTS_VALUE;
        }
    }
    if (status != STATUS_OK && status != STATUS_END)
        return status;
    const AVCodecParameters *parameters = stream_of(feed)->codecpar;
    // A program stream may stamp one frame of several at any time later.
    missing |= !undecoded && strcmp(feed->input->iformat->name, "mpeg") == 0;
    if (missing && parameters->video_delay > 0)
        feed->order = order_create(parameters, parameters->video_delay);
    return STATUS_OK;
}

static bool plausible(double fps)
{
    return fps > 0.01 && fps < 1000;
}

// From the stamps of the packets read ahead; 0 when they tell nothing.
static double measured_fps(const Feed *feed)
{
    int first = 0, last = feed->ahead_count - 1;
    int64_t from = last > 0 ? feed->ahead[first]->dts : AV_NOPTS_VALUE;
    while (first < last && (from = feed->ahead[first]->dts) == AV_NOPTS_VALUE)
        first++; // Matroska has no decode stamps for the first frames
    int64_t to = last > 0 ? feed->ahead[last]->dts : AV_NOPTS_VALUE;
    if (last - first < 8 || from == AV_NOPTS_VALUE || to == AV_NOPTS_VALUE || to <= from)
        return 0;
    double fps = (last - first) / ((double)(to - from) * av_q2d(stream_of(feed)->time_base));
    return plausible(fps) ? fps : 0;
}

// Declared rates are often wrong: AVI counts empty frames, cameras say 25 and send 21.
static double find_fps(const Feed *feed)
{
    const AVStream *stream = stream_of(feed);
    if (stream->nb_frames > 1 && stream->duration > 0 && stream->duration != AV_NOPTS_VALUE &&
        strncmp(feed->input->iformat->name, "mov", 3) == 0) {
        double counted = (double)stream->nb_frames /
                         ((double)stream->duration * av_q2d(stream->time_base));
        if (plausible(counted))
            return counted;
    }
    AVRational rate = stream->avg_frame_rate.num ? stream->avg_frame_rate : stream->r_frame_rate;
    double declared = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    double measured = feed->kind == INPUT_VIDEO ? measured_fps(feed) : 0;
    if (!plausible(declared))
        return measured > 0 ? measured : 25;
    return measured > 0 && fabs(measured / declared - 1) > 0.1 ? measured : declared;
}

Status feed_open(Feed *feed, const char *path, int64_t start_us, Error *error)
{
    *feed = (Feed){.path = path, .first_stamp = NO_STAMP, .last_stamp = NO_STAMP};
    Status status = find_stream(feed, error);
    if (status != STATUS_OK) {
        feed_close(feed);
        return status;
    }
    for (unsigned i = 0; i < feed->input->nb_streams; i++)
        feed->input->streams[i]->discard =
            (int)i == feed->stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    const AVCodecParameters *parameters = stream_of(feed)->codecpar;
    feed->rotation = rotation_of(stream_of(feed));
    status = look_ahead(feed, error);
    if (status != STATUS_OK) {
        feed_close(feed);
        return status;
    }
    feed->fps = find_fps(feed);
    int64_t frame_us = llround(1e6 / feed->fps);
    timeline_init(&feed->timeline, start_us, frame_us, parameters->video_delay * frame_us);
    feed->timeline.stampless = feed->input->iformat->flags & AVFMT_NOTIMESTAMPS;
    feed->follower.format = format_create(parameters, feed->rotation, feed->kind != INPUT_VIDEO);
    if (feed->follower.format)
        return STATUS_OK;
    feed_close(feed);
    return error_set(error, STATUS_MEMORY, "out of memory");
}

static void forget_ahead(Feed *feed)
{
    for (int i = feed->ahead_next; i < feed->ahead_count; i++)
        av_packet_free(&feed->ahead[i]);
    feed->ahead_count = feed->ahead_next = 0;
}

void feed_close(Feed *feed)
{
    forget_ahead(feed);
    order_destroy(&feed->order);
    format_unref(&feed->follower.format);
    input_close(&feed->input);
}

int64_t feed_duration_us(const Feed *feed)
{
    const AVFormatContext *input = feed->input;
    const AVStream *stream = stream_of(feed);
    if (input->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
        return 0;
    int64_t duration = stream->duration > 0 && stream->duration != AV_NOPTS_VALUE
                           ? to_us(feed, stream->duration)
                           : input->duration;
    if (duration <= 0 || duration == AV_NOPTS_VALUE)
        return 0;
    // First and last stamp of a stream without index: when the clock was set in between, the rate shows it.
    double rate = (double)avio_size(input->pb) * 8 * 1e6 / (double)duration;
    bool sane = rate > 16e3 && rate < 400e6;
    return input->duration_estimation_method == AVFMT_DURATION_FROM_STREAM || sane ? duration : 0;
}

bool feed_truncated(const Feed *feed)
{
    int64_t declared = feed_duration_us(feed);
    if (!feed->ended || feed->broken ||
        feed->input->duration_estimation_method != AVFMT_DURATION_FROM_STREAM || !declared ||
        feed->last_stamp == NO_STAMP)
        return feed->broken;
    int64_t read = feed->last_stamp - feed->first_stamp + feed->timeline.frame_us;
    return declared - read > SECOND_US + 2 * feed->timeline.frame_us;
}

static Status next_stored(Feed *feed, AVPacket **out, Error *error)
{
    if (feed->ahead_next < feed->ahead_count) {
        *out = feed->ahead[feed->ahead_next++];
        return STATUS_OK;
    }
    return fetch(feed, out, error);
}

// From here on stamps are in microseconds.
static Status next_stamped(Feed *feed, AVPacket **out, Error *error)
{
    for (;;) {
        if (feed->order && (*out = order_pop(feed->order)))
            return STATUS_OK;
        if (feed->finished)
            return STATUS_END;
        Status status = next_stored(feed, out, error);
        if (status == STATUS_END && feed->order) {
            order_finish(feed->order, feed->timeline.frame_us);
            feed->finished = true;
            continue;
        }
        if (status != STATUS_OK)
            return status;
        AVPacket *packet = *out;
        packet->pts = to_us(feed, packet->pts);
        packet->dts = to_us(feed, packet->dts);
        if (!feed->order)
            return STATUS_OK;
        if (packet->dts == NO_STAMP)
            packet->dts = feed->counted_us;
        feed->counted_us = packet->dts + feed->timeline.frame_us;
        if (!order_push(feed->order, out)) {
            av_packet_free(out);
            return error_set(error, STATUS_FORMAT, "%s: its frames are in no order", feed->path);
        }
    }
}

Status feed_next(Feed *feed, Packet **out, Error *error)
{
    *out = NULL;
    AVPacket *packet = NULL;
    Status status = next_stamped(feed, &packet, error);
    if (status == STATUS_OK)
        status = follow_format(&feed->follower, av_stream_get_parser(stream_of(feed)), packet, error);
    if (status != STATUS_OK) {
        av_packet_free(&packet);
        return status;
    }
    int64_t time_us, decode_us;
    Timeline *timeline = &feed->timeline;
    if (!timeline->started && (packet->flags & AV_PKT_FLAG_DISCARD) && packet->pts < 0)
        timeline->start_us += packet->pts; // only decoded, never shown: the first picture is at 0
    timeline_place(timeline, packet->pts, packet->dts, &time_us, &decode_us);
    int64_t stamp = packet->pts != NO_STAMP ? packet->pts : packet->dts;
    if (stamp != NO_STAMP) {
        feed->first_stamp = feed->first_stamp == NO_STAMP ? stamp : feed->first_stamp;
        feed->last_stamp = stamp > feed->last_stamp ? stamp : feed->last_stamp;
    }
    bool key = feed->follower.format->still || (packet->flags & AV_PKT_FLAG_KEY);
    *out = packet_create(&packet, feed->follower.format, time_us, decode_us, key);
    av_packet_free(&packet);
    return *out ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
}

bool feed_can_jump(const Feed *feed)
{
    const char *name = feed->input->iformat->name;
    AVStream *stream = stream_of(feed);
    int count = avformat_index_get_entries_count(stream);
    bool indexed = strncmp(name, "mov", 3) == 0 || strcmp(name, "avi") == 0;
    if (!indexed || feed->order || count < 2) // rebuilt stamps depend on what came before
        return false;
    int64_t before = 0;
    for (int i = 0; i < count; i++) {
        int64_t stamp = to_us(feed, avformat_index_get_entry(stream, i)->timestamp);
        if (i && (stamp <= before || stamp - before > 10 * SECOND_US))
            return false;
        before = stamp;
    }
    int64_t first = to_us(feed, avformat_index_get_entry(stream, 0)->timestamp);
    // A fragmented file's index grows while it is read.
    return before - first + 2 * SECOND_US > feed_duration_us(feed);
}

Status feed_jump(Feed *feed, int64_t time_us, Error *error)
{
    int64_t stamp = time_us - feed->timeline.offset_us;
    if (stamp < feed->first_stamp)
        stamp = feed->first_stamp;
    int result = av_seek_frame(
        feed->input, feed->stream,
        av_rescale_q_rnd(stamp, AV_TIME_BASE_Q, stream_of(feed)->time_base, AV_ROUND_DOWN),
        AVSEEK_FLAG_BACKWARD);
    if (result < 0)
        return error_set(error, STATUS_FORMAT, "%s: cannot go to %.3f s: %s", feed->path,
                         (double)(stamp - feed->first_stamp) / 1e6, av_err2str(result));
    forget_ahead(feed);
    if (feed->order)
        order_reset(feed->order);
    feed->ended = feed->finished = feed->broken = false;
    timeline_resume(&feed->timeline);
    return STATUS_OK;
}
