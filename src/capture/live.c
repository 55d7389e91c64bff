#include "capture/live.h"

#include "base/clock.h"
#include "capture/follow.h"
#include "capture/input.h"
#include "capture/knock.h"
#include "capture/sets.h"
#include "capture/stamps.h"
#include "capture/timeline.h"
#include "capture/wall.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_US (8 * SECOND_US) // for all of a log-in that has begun
#define CLOSE_US SECOND_US
#define FIRST_KEY_US (120 * SECOND_US) // smart codecs send one a minute
#define DEFAULT_FRAME_US 40000
#define HELD 8 // first packets, looked at before it is known in which order they are shown

struct Live {
    Address address;
    AVFormatContext *input;
    int stream;
    const atomic_bool *cancelled;
    int64_t limit_us; // monotonic: libavformat is interrupted then
    bool closing;
    int64_t open_us, stall_us, not_before_us;
    bool parsed; // frames come through a parser: one late, with the next one's side data
    int64_t told_us,
        previous_us; // the camera's time that came with the frame before; its decode time
    bool told;
    bool started;         // the first key frame was there
    AVPacket *held[HELD]; // from that key frame on
    int held_count, held_next;
    Follower follower;
    Sets sets;
    Stamps stamps;
    Timeline timeline;
    Wall wall;
    uint64_t lost, received;
};

static bool cancelled(const Live *live)
{
    return live->cancelled && atomic_load(live->cancelled);
}

static int interrupt(void *context)
{
    const Live *live = context;
    return (!live->closing && cancelled(live)) || clock_monotonic_us() >= live->limit_us;
}

// ---- opening ----

static Status fail_open(const Live *live, int result, LiveTrouble *trouble, Error *error)
{
    const char *label = live->address.label;
    if (cancelled(live))
        return error_set(error, STATUS_CANCELLED, "stopped");
    if (result == AVERROR(ENOMEM))
        return error_set(error, STATUS_MEMORY, "out of memory");
    *trouble = LIVE_SILENT;
    if (result == AVERROR_EXIT)
        return error_set(error, STATUS_IO, "%s: the log-in was not answered within %.0f s", label,
                         (double)live->open_us / 1e6);
    if (result == AVERROR_HTTP_SERVER_ERROR)
        return error_set(error, STATUS_IO, "%s: the camera reports a fault of its own (5xx)",
                         label);
    *trouble = LIVE_REFUSED;
    if (result == AVERROR_HTTP_UNAUTHORIZED)
        return error_set(error, STATUS_IO,
                         "%s: 401, user or password are wrong, or the camera has no room for one "
                         "more viewer",
                         label);
    if (result == AVERROR_HTTP_FORBIDDEN)
        return error_set(error, STATUS_IO, "%s: 403, this user may not look", label);
    *trouble = LIVE_MISCONFIGURED;
    if (result == AVERROR_HTTP_NOT_FOUND)
        return error_set(error, STATUS_IO, "%s: 404, the camera has no stream of that path", label);
    if (result == AVERROR_HTTP_OTHER_4XX || result == AVERROR_HTTP_BAD_REQUEST)
        return error_set(error, STATUS_IO,
                         "%s: the camera refuses the request (4xx): is the transport right?",
                         label);
    *trouble = LIVE_UNREACHABLE;
    return error_set(error, STATUS_IO, "%s: the log-in broke off: %s", label, av_err2str(result));
}

static Status open_input(Live *live, const char *url, LiveTransport transport, LiveTrouble *trouble,
                         Error *error)
{
    AVDictionary *options = NULL;
    live->input = avformat_alloc_context();
    if (!live->input)
        return error_set(error, STATUS_MEMORY, "out of memory");
    live->input->interrupt_callback = (AVIOInterruptCB){interrupt, live};
    // Stamps as they come: what is missing is filled in here.
    live->input->flags |= AVFMT_FLAG_NOFILLIN;
    av_dict_set(&options, "rtsp_transport", transport == LIVE_UDP ? "udp" : "tcp", 0);
    av_dict_set(&options, "allowed_media_types", "video", 0);
    av_dict_set(&options, "buffer_size", "1048576", 0);
    live->limit_us = clock_monotonic_us() + live->open_us;
    int result = avformat_open_input(&live->input, url, av_find_input_format("rtsp"), &options);
    av_dict_free(&options);
    return result < 0 ? fail_open(live, result, trouble, error) : STATUS_OK;
}

static bool through_parser(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
}

static Status choose_stream(Live *live, LiveTrouble *trouble, Error *error)
{
    const char *label = live->address.label;
    *trouble = LIVE_MISCONFIGURED;
    live->stream = -1;
    for (unsigned i = 0; i < live->input->nb_streams && live->stream < 0; i++)
        if (live->input->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
            live->stream = (int)i;
    if (live->stream < 0)
        return error_set(error, STATUS_IO, "%s: there is no video in what the camera offers",
                         label);
    const AVCodecParameters *parameters = live->input->streams[live->stream]->codecpar;
    if (!avcodec_find_decoder(parameters->codec_id))
        return error_set(error, STATUS_IO, "%s: there is no decoder for its video (%s)", label,
                         avcodec_get_name(parameters->codec_id));
    live->parsed = through_parser(parameters->codec_id);
    if (!live->parsed) {
        live->input->max_analyze_duration = 2 * SECOND_US;
        avformat_find_stream_info(live->input, NULL);
        if (parameters->width < 1)
            return error_set(error, STATUS_IO, "%s: no picture of its video (%s) can be read",
                             label, avcodec_get_name(parameters->codec_id));
    }
    live->follower.format = format_create(parameters, 0, false);
    return live->follower.format ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
}

Status live_open(Live **out, const LiveOptions *options, LiveTrouble *trouble, Error *error)
{
    *trouble = LIVE_MISCONFIGURED;
    Live *live = *out = calloc(1, sizeof *live);
    if (!live)
        return error_set(error, STATUS_MEMORY, "out of memory");
    input_quiet_libav();
    live->cancelled = options->cancelled;
    live->open_us = options->open_us ? options->open_us : OPEN_US;
    live->stall_us = options->stall_us;
    live->not_before_us = options->not_before_us;
    char url[4096];
    Knock door;
    Status status = address_make(&live->address, options, error);
    if (status == STATUS_OK)
        status = knock(&door, &live->address, options->cancelled, trouble, error);
    if (status == STATUS_OK && !address_url(&live->address, door.numeric, url, sizeof url))
        status =
            error_set(error, STATUS_ARGUMENT, "%s: its address is too long", live->address.label);
    if (status == STATUS_OK) {
        status = open_input(live, url, options->transport, trouble, error);
        if (*trouble == LIVE_REFUSED && status == STATUS_IO)
            knock_login(&door, &live->address, options->cancelled);
    }
    if (status == STATUS_IO && *trouble == LIVE_REFUSED && door.other_digest) {
        *trouble = LIVE_MISCONFIGURED;
        error_set(error, status,
                  "%s: the camera wants SHA-256 digests only: allow MD5 digest or "
                  "basic log-in in its settings",
                  live->address.label);
    }
    memset(url, 0, sizeof url);
    if (status == STATUS_OK)
        status = choose_stream(live, trouble, error);
    if (status != STATUS_OK) {
        live_close(out);
        return status;
    }
    *trouble = LIVE_FINE;
    return STATUS_OK;
}

void live_host(const LiveOptions *options, char *host, size_t size)
{
    Address address;
    bool good = address_make(&address, options, NULL) == STATUS_OK;
    snprintf(host, size, "%s", good ? address.host : "");
    memset(&address, 0, sizeof address);
}

void live_close(Live **out)
{
    Live *live = *out;
    *out = NULL;
    if (!live)
        return;
    live->closing = true;
    live->limit_us = clock_monotonic_us() + CLOSE_US;
    avformat_close_input(&live->input);
    for (int i = live->held_next; i < live->held_count; i++)
        av_packet_free(&live->held[i]);
    format_unref(&live->follower.format);
    sets_finish(&live->sets);
    memset(&live->address, 0, sizeof live->address);
    free(live);
}

// ---- packets ----

static Status fail_read(const Live *live, int result, LiveTrouble *trouble, Error *error)
{
    const char *label = live->address.label;
    if (cancelled(live))
        return error_set(error, STATUS_CANCELLED, "stopped");
    if (result == AVERROR(ENOMEM))
        return error_set(error, STATUS_MEMORY, "out of memory");
    *trouble =
        result == AVERROR_EXIT || result == AVERROR(ETIMEDOUT) ? LIVE_SILENT : LIVE_UNREACHABLE;
    if (*trouble == LIVE_SILENT)
        return error_set(error, STATUS_IO, "%s: no picture for %.0f s", label,
                         (double)live->stall_us / 1e6);
    if (result == AVERROR_EOF)
        return error_set(error, STATUS_IO, "%s: the camera ended the connection", label);
    return error_set(error, STATUS_IO, "%s: connection lost: %s", label, av_err2str(result));
}

static int64_t to_us(const Live *live, int64_t stamp)
{
    return stamp == AV_NOPTS_VALUE
               ? NO_STAMP
               : av_rescale_q(stamp, live->input->streams[live->stream]->time_base, AV_TIME_BASE_Q);
}

// The next packet of the video, its stamp in microseconds, NO_STAMP where there is none.
static Status fetch(Live *live, AVPacket **out, LiveTrouble *trouble, Error *error)
{
    AVPacket *packet = *out = av_packet_alloc();
    if (!packet)
        return error_set(error, STATUS_MEMORY, "out of memory");
    live->limit_us = clock_monotonic_us() + live->stall_us;
    for (;;) {
        int result = av_read_frame(live->input, packet);
        if (result == AVERROR(EAGAIN))
            continue;
        if (result < 0) {
            av_packet_free(out);
            return fail_read(live, result, trouble, error);
        }
        if (packet->stream_index == live->stream && packet->size) {
            packet->pts = to_us(live, packet->pts);
            return STATUS_OK;
        }
        av_packet_unref(packet);
    }
}

static void start(Live *live)
{
    AVRational rate = live->input->streams[live->stream]->avg_frame_rate;
    int64_t frame_us = DEFAULT_FRAME_US, now_us = clock_now_us();
    if (rate.num > 0 && rate.den > 0 && av_q2d(rate) >= 1 && av_q2d(rate) <= 240)
        frame_us = llround(1e6 / av_q2d(rate));
    timeline_init(&live->timeline, now_us > live->not_before_us ? now_us : live->not_before_us,
                  frame_us, 0);
    live->started = true;
}

// What the sender reports said of the packet's time of day, if anything.
static bool reported_time(const AVPacket *packet, int64_t *camera_us)
{
    size_t size;
    const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_PRFT, &size);
    AVProducerReferenceTime time;
    if (!data || size < sizeof time)
        return false;
    memcpy(&time, data, sizeof time);
    *camera_us = time.wallclock;
    return true;
}

// Side data runs one frame ahead of frames that come through a parser.
static void keep_clock(Live *live, const AVPacket *packet, int64_t time_us)
{
    int64_t camera_us = 0;
    bool told = reported_time(packet, &camera_us);
    int64_t late_us = live->parsed ? live->timeline.frame_us : 0;
    wall_receipt(&live->wall, time_us, clock_now_us() - late_us);
    if (live->parsed ? live->told : told)
        wall_report(&live->wall, time_us, live->parsed ? live->told_us : camera_us);
    live->told = told;
    live->told_us = camera_us;
}

static void count_lost(Live *live, int64_t decode_us)
{
    double frame = (double)live->timeline.frame_us;
    double gap = (double)(decode_us - live->previous_us);
    if (live->previous_us && gap > 1.6 * frame)
        live->lost += (uint64_t)llround(gap / frame) - 1;
    live->previous_us = decode_us;
}

static Status place(Live *live, AVPacket **packet, Packet **out, Error *error)
{
    AVPacket *av = *packet;
    int64_t time_us, decode_us, pts = av->pts;
    int64_t dts =
        pts == NO_STAMP ? NO_STAMP : stamps_decode(&live->stamps, pts, live->timeline.frame_us);
    timeline_place(&live->timeline, pts, dts, &time_us, &decode_us);
    keep_clock(live, av, time_us);
    count_lost(live, decode_us);
    live->received += (uint64_t)av->size;
    av_packet_free_side_data(av);
    bool key = !live->parsed || (av->flags & AV_PKT_FLAG_KEY);
    *out = packet_create(packet, live->follower.format, time_us, decode_us, key);
    return *out ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
}

// The first packets may come without stamps: they are shown before all that follow.
static void date_back(Live *live)
{
    int64_t first = INT64_MAX;
    int unknown = 0;
    for (int i = 0; i < live->held_count; i++) {
        int64_t pts = live->held[i]->pts;
        unknown += pts == NO_STAMP;
        first = pts != NO_STAMP && pts < first ? pts : first;
    }
    for (int i = 0; i < live->held_count && first != INT64_MAX; i++)
        if (live->held[i]->pts == NO_STAMP)
            live->held[i]->pts = first - unknown-- * live->timeline.frame_us;
}

// How many frames come before one that is shown earlier, at most.
static int reorder_depth(const Live *live)
{
    int depth = 0;
    for (int i = 0; i < live->held_count; i++) {
        int later = 0;
        for (int n = 0; n < i; n++)
            later += live->held[n]->pts > live->held[i]->pts;
        depth = later > depth ? later : depth;
    }
    return depth;
}

// Takes over *packet. False as long as more must come before one can be handed out.
static bool hold(Live *live, AVPacket **packet)
{
    live->held[live->held_count++] = *packet;
    *packet = NULL;
    if (live->held_count < HELD)
        return false;
    date_back(live);
    stamps_init(&live->stamps, reorder_depth(live));
    live->timeline.delay_us = live->stamps.delay * live->timeline.frame_us;
    return true;
}

// The next packet from the first key frame on, or nothing yet.
static Status advance(Live *live, AVPacket **out, LiveTrouble *trouble, Error *error)
{
    AVPacket *packet;
    *out = NULL;
    if (live->held_next && live->held_next < live->held_count) {
        *out = live->held[live->held_next++];
        return STATUS_OK;
    }
    Status status = fetch(live, &packet, trouble, error);
    if (status == STATUS_OK)
        status =
            follow_format(&live->follower, av_stream_get_parser(live->input->streams[live->stream]),
                          packet, error);
    bool key = status == STATUS_OK && (!live->parsed || (packet->flags & AV_PKT_FLAG_KEY));
    if (key)
        status = sets_keep(&live->sets, live->follower.format->parameters, packet, error);
    if (status != STATUS_OK) {
        av_packet_free(&packet);
        return status;
    }
    if (!live->started && key && live->follower.format->parameters->width > 0)
        start(live);
    if (!live->started) {
        av_packet_free(&packet);
    } else if (live->held_next) { // the first ones are gone
        *out = packet;
    } else if (hold(live, &packet)) {
        *out = live->held[live->held_next++];
    }
    return STATUS_OK;
}

Status live_read(Live *live, Packet **out, LiveTrouble *trouble, Error *error)
{
    *out = NULL;
    int64_t patience_us = clock_monotonic_us() + FIRST_KEY_US;
    for (;;) {
        AVPacket *packet;
        Status status = advance(live, &packet, trouble, error);
        if (status != STATUS_OK)
            return status;
        if (packet) {
            status = place(live, &packet, out, error);
            av_packet_free(&packet);
            return status;
        }
        if (clock_monotonic_us() > patience_us) {
            *trouble = LIVE_SILENT;
            return error_set(error, STATUS_IO, "%s: it sends, but no key frame for %d s",
                             live->address.label, (int)(FIRST_KEY_US / SECOND_US));
        }
    }
}

LiveFacts live_facts(const Live *live)
{
    LiveFacts facts = {.lost = live->lost, .received = live->received};
    const AVCodecParameters *parameters = live->follower.format->parameters;
    SourceInfo *info = &facts.info;
    WallClock clock = wall_clock(&live->wall);
    snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(parameters->codec_id));
    info->width = parameters->width;
    info->height = parameters->height;
    info->fps = live->started ? 1e6 / (double)live->timeline.frame_us : 0;
    info->eight_bit_420 =
        parameters->format == AV_PIX_FMT_YUV420P || parameters->format == AV_PIX_FMT_YUVJ420P;
    facts.start_us = live->timeline.start_us;
    facts.clock = clock.source;
    facts.shift_us = clock.shift_us;
    facts.receipt_us = clock.receipt_us;
    facts.clock_offset_s = clock.offset_s;
    return facts;
}
