#include "capture/source.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "capture/packet.h"

#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/log.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_WIDTH 8192
#define MAX_HEIGHT 4352
#define JUMP_US (10 * SECOND_US) // a longer gap between packets of one file is a reset clock

struct Source {
    char path[PATH_SIZE];
    SourceInfo info;
    SourceOptions options;
    AVFormatContext *input;
    int stream;
    Format *format;
    // The timeline: stamp of the container + offset = time.
    int64_t offset_us;
    bool started;
    int64_t last_decode_us, last_time_us, frame_us;
    SourceDamage damage;
    bool ended;
    // Stills: no container, one file a packet.
    char **stills;
    size_t still_count, still_next;
};

static void log_line(void *context, int level, const char *format, va_list args)
{
    (void)context;
    if (level > AV_LOG_ERROR)
        return;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    log_debug("libav: %s", line);
}

static void quiet_libav_once(void)
{
    av_log_set_callback(log_line);
}

static void quiet_libav(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, quiet_libav_once);
}

// Pictures and text that libavformat would also "demux": not footage.
static bool is_picture_format(const char *name)
{
    return strstr(name, "_pipe") || strcmp(name, "image2") == 0 || strcmp(name, "gif") == 0 ||
           strcmp(name, "apng") == 0 || strcmp(name, "ico") == 0;
}

static bool is_text_format(const char *name)
{
    static const char *const names[] = {"tty", "bin", "xbin", "adf", "idf", "ass", "srt", "webvtt",
                                        "microdvd", "concat", "hls", "dash", "sdp", "rtsp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int video_stream(const AVFormatContext *input)
{
    for (unsigned i = 0; i < input->nb_streams; i++) {
        const AVStream *stream = input->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
            !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
            return (int)i;
    }
    return -1;
}

static Status open_input(AVFormatContext **out, const char *path, Error *error)
{
    quiet_libav();
    struct stat info;
    if (stat(path, &info) != 0)
        return error_set_errno(error, "cannot open %s", path);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set_errno(error, "cannot open %s", path);
    fclose(file);
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return error_set(error, STATUS_FORMAT,
                         "%s is empty (0 bytes): copy it from the recorder again", path);
    char url[PATH_SIZE + 8];
    snprintf(url, sizeof url, "file:%s", path);
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    int result = avformat_open_input(out, url, NULL, &options);
    av_dict_free(&options);
    if (result < 0)
        return error_set(error, STATUS_FORMAT,
                         "%s is not a video that can be read (%s): damaged, cut off before its "
                         "index, or another kind of file", path, av_err2str(result));
    return STATUS_OK;
}

SourceKind source_probe(const char *path)
{
    AVFormatContext *input = NULL;
    if (open_input(&input, path, NULL) != STATUS_OK)
        return SOURCE_NOT_FOOTAGE;
    SourceKind kind = SOURCE_NOT_FOOTAGE;
    const char *name = input->iformat->name;
    if (is_picture_format(name)) {
        if (strstr(name, "jpeg") || strstr(name, "png_pipe") || strcmp(name, "image2") == 0)
            kind = SOURCE_PICTURE;
    } else if (!is_text_format(name)) {
        if (video_stream(input) < 0)
            avformat_find_stream_info(input, NULL);
        if (video_stream(input) >= 0)
            kind = SOURCE_VIDEO;
    }
    avformat_close_input(&input);
    return kind;
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

static bool is_eight_bit_420(int pixel_format)
{
    return pixel_format == AV_PIX_FMT_YUV420P || pixel_format == AV_PIX_FMT_YUVJ420P;
}

static void describe(Source *source, const AVCodecParameters *parameters, int rotation)
{
    SourceInfo *info = &source->info;
    bool turned = rotation == 90 || rotation == 270;
    snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(parameters->codec_id));
    info->rotation = rotation;
    info->width = turned ? parameters->height : parameters->width;
    info->height = turned ? parameters->width : parameters->height;
    info->range = color_range_of(parameters->color_range, parameters->format);
    info->space = color_space_of(parameters->color_space);
    info->eight_bit_420 = is_eight_bit_420(parameters->format);
}

static Status check_stream(const Source *source, const AVCodecParameters *parameters, Error *error)
{
    if (!avcodec_find_decoder(parameters->codec_id))
        return error_set(error, STATUS_UNSUPPORTED, "%s: no decoder for its video codec (%s)",
                         source->path, avcodec_get_name(parameters->codec_id));
    if (parameters->width < 1 || parameters->height < 1)
        return error_set(error, STATUS_FORMAT,
                         "%s: the picture size cannot be found; the file is damaged", source->path);
    if (parameters->width > MAX_WIDTH || parameters->height > MAX_HEIGHT)
        return error_set(error, STATUS_UNSUPPORTED,
                         "%s: %dx%d pictures are larger than %dx%d, the most this program takes",
                         source->path, parameters->width, parameters->height, MAX_WIDTH, MAX_HEIGHT);
    return STATUS_OK;
}

static void read_container_time(Source *source)
{
    const AVDictionaryEntry *entry = av_dict_get(source->input->metadata, "creation_time", NULL, 0);
    int64_t time_us;
    // Recorders without a clock write the epoch of their format: 1904, 1970 or nothing.
    if (entry && clock_parse(entry->value, &time_us) && time_us > 946684800 * SECOND_US) {
        source->info.has_container_time = true;
        source->info.container_time_us = time_us;
    }
}

Status source_open(Source **out, const char *path, const SourceOptions *options, Error *error)
{
    *out = NULL;
    Source *source = calloc(1, sizeof *source);
    if (!source)
        return error_set(error, STATUS_MEMORY, "out of memory");
    source->options = *options;
    snprintf(source->path, sizeof source->path, "%s", path);
    Status status = open_input(&source->input, path, error);
    if (status != STATUS_OK)
        goto fail;
    avformat_find_stream_info(source->input, NULL);
    source->stream = video_stream(source->input);
    if (source->stream < 0 || is_text_format(source->input->iformat->name)) {
        status = error_set(error, STATUS_UNSUPPORTED, "%s has no video in it", path);
        goto fail;
    }
    AVStream *stream = source->input->streams[source->stream];
    status = check_stream(source, stream->codecpar, error);
    if (status != STATUS_OK)
        goto fail;
    for (unsigned i = 0; i < source->input->nb_streams; i++)
        if ((int)i != source->stream)
            source->input->streams[i]->discard = AVDISCARD_ALL;
    describe(source, stream->codecpar, rotation_of(stream));
    AVRational rate = stream->avg_frame_rate.num ? stream->avg_frame_rate : stream->r_frame_rate;
    source->info.fps = rate.num && rate.den ? av_q2d(rate) : 25;
    source->frame_us = (int64_t)llround(1e6 / fmin(1000, fmax(0.1, source->info.fps)));
    source->info.duration_us =
        stream->duration > 0 && stream->duration != AV_NOPTS_VALUE
            ? av_rescale_q(stream->duration, stream->time_base, AV_TIME_BASE_Q)
            : source->input->duration > 0 ? source->input->duration : 0;
    read_container_time(source);
    source->format = format_create(stream->codecpar, source->info.rotation);
    if (!source->format) {
        status = error_set(error, STATUS_MEMORY, "out of memory");
        goto fail;
    }
    *out = source;
    return STATUS_OK;
fail:
    source_close(&source);
    return status;
}

Status source_open_stills(Source **out, const char *const *paths, size_t count,
                          const SourceOptions *options, Error *error)
{
    *out = NULL;
    if (!count)
        return error_set(error, STATUS_ARGUMENT, "no pictures given");
    Source *source = NULL;
    Status status = source_open(&source, paths[0], options, error);
    if (status != STATUS_OK)
        return status;
    avformat_close_input(&source->input);
    source->stills = calloc(count, sizeof *source->stills);
    for (size_t i = 0; source->stills && i < count; i++)
        if ((source->stills[i] = strdup(paths[i])))
            source->still_count++;
    if (source->still_count != count) {
        source_close(&source);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    double fps = options->stills_fps > 0 ? options->stills_fps : 25;
    source->info.stills = true;
    source->info.fps = fps;
    source->frame_us = (int64_t)llround(1e6 / fps);
    source->info.duration_us = (int64_t)count * source->frame_us;
    *out = source;
    return STATUS_OK;
}

void source_close(Source **out)
{
    Source *source = *out;
    *out = NULL;
    if (!source)
        return;
    avformat_close_input(&source->input);
    format_unref(&source->format);
    for (size_t i = 0; i < source->still_count; i++)
        free(source->stills[i]);
    free(source->stills);
    free(source);
}

const SourceInfo *source_info(const Source *source)
{
    return &source->info;
}

SourceDamage source_damage(const Source *source)
{
    return source->damage;
}

// Puts the container's stamps on the timeline: starting at options.start_us, strictly increasing in decode
// order, without the jumps of clocks that reset, wrap or stand still.
static void place(Source *source, int64_t pts, int64_t dts, int64_t *time_us, int64_t *decode_us)
{
    if (dts == AV_NOPTS_VALUE)
        dts = pts;
    if (dts == AV_NOPTS_VALUE) { // no stamps at all: count frames
        dts = source->started ? source->last_decode_us - source->offset_us + source->frame_us : 0;
        source->damage.stamps++;
    }
    if (pts == AV_NOPTS_VALUE)
        pts = dts;
    if (!source->started) {
        source->offset_us = source->options.start_us - pts;
        source->started = true;
        source->last_decode_us = dts + source->offset_us - source->frame_us;
    }
    int64_t step = dts + source->offset_us - source->last_decode_us;
    if (step > JUMP_US || step < -SECOND_US) {
        source->offset_us += source->frame_us - step;
        source->damage.stamps++;
    } else if (step <= 0) {
        dts += 1 - step;
        source->damage.stamps++;
    }
    *decode_us = dts + source->offset_us;
    *time_us = pts + source->offset_us;
    if (*time_us < *decode_us)
        *time_us = *decode_us;
    source->last_decode_us = *decode_us;
    if (*time_us > source->last_time_us)
        source->last_time_us = *time_us;
}

static Status read_still(Source *source, Packet **out, Error *error)
{
    while (source->still_next < source->still_count) {
        size_t index = source->still_next++;
        int64_t time_us = source->options.start_us + (int64_t)index * source->frame_us;
        AVFormatContext *input = NULL;
        AVPacket *av = av_packet_alloc();
        Format *format = NULL;
        bool good = av && open_input(&input, source->stills[index], NULL) == STATUS_OK &&
                    avformat_find_stream_info(input, NULL) >= 0 && video_stream(input) == 0 &&
                    av_read_frame(input, av) >= 0;
        const AVCodecParameters *p = good ? input->streams[0]->codecpar : NULL;
        if (good && p->width == source->format->parameters->width &&
            p->height == source->format->parameters->height)
            format = format_create(p, 0);
        avformat_close_input(&input);
        if (!format) { // another size, or damaged: the sequence goes on without it
            av_packet_free(&av);
            source->damage.packets++;
            continue;
        }
        *out = packet_create(&av, format, time_us, time_us, true);
        format_unref(&format);
        av_packet_free(&av);
        return *out ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    }
    return STATUS_END;
}

Status source_read(Source *source, bool key_only, Packet **out, Error *error)
{
    *out = NULL;
    if (source->stills)
        return read_still(source, out, error);
    AVStream *stream = source->input->streams[source->stream];
    stream->discard = key_only ? AVDISCARD_NONKEY : AVDISCARD_DEFAULT;
    AVPacket *av = av_packet_alloc();
    while (av && !source->ended) {
        int result = av_read_frame(source->input, av);
        if (result < 0) {
            source->ended = true;
            int64_t end = source->last_time_us + source->frame_us - source->options.start_us;
            int64_t missing = source->info.duration_us - end;
            source->damage.truncated =
                result != AVERROR_EOF || (source->started && source->info.duration_us &&
                                          missing > 2 * SECOND_US && !key_only);
            break;
        }
        bool key = av->flags & AV_PKT_FLAG_KEY;
        if (av->stream_index != source->stream || !av->size || (key_only && !key)) {
            av_packet_unref(av);
            continue;
        }
        if (av->flags & AV_PKT_FLAG_CORRUPT)
            source->damage.packets++;
        int64_t stamps[2] = {av->pts, av->dts}, time_us, decode_us;
        for (int i = 0; i < 2; i++)
            if (stamps[i] != AV_NOPTS_VALUE)
                stamps[i] = av_rescale_q(stamps[i], stream->time_base, AV_TIME_BASE_Q);
        if (key_only && stamps[0] != AV_NOPTS_VALUE) { // a preview: the stamps as they are
            time_us = decode_us = source->options.start_us + stamps[0];
        } else {
            place(source, stamps[0], stamps[1], &time_us, &decode_us);
        }
        *out = packet_create(&av, source->format, time_us, decode_us, key);
        break;
    }
    bool failed = !*out && !source->ended;
    av_packet_free(&av);
    return *out ? STATUS_OK : failed ? error_set(error, STATUS_MEMORY, "out of memory") : STATUS_END;
}

Status source_seek(Source *source, int64_t time_us, Error *error)
{
    if (source->stills) {
        int64_t index = (time_us - source->options.start_us) / source->frame_us;
        source->still_next = index < 0 ? 0
                             : (size_t)index > source->still_count ? source->still_count
                                                                   : (size_t)index;
        return STATUS_OK;
    }
    AVStream *stream = source->input->streams[source->stream];
    int64_t first = stream->start_time != AV_NOPTS_VALUE
                        ? av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q)
                        : 0;
    int64_t stamp = time_us - source->options.start_us + first;
    int64_t target = av_rescale_q(stamp > first ? stamp : first, AV_TIME_BASE_Q, stream->time_base);
    int result = av_seek_frame(source->input, source->stream, target, AVSEEK_FLAG_BACKWARD);
    if (result < 0)
        result = av_seek_frame(source->input, source->stream, target, AVSEEK_FLAG_ANY);
    if (result < 0)
        return error_set(error, STATUS_FORMAT, "%s: cannot move to %.1f s: %s", source->path,
                         (double)(stamp - first) / 1e6, av_err2str(result));
    // From here on stamps are taken as the container has them, counted from its first.
    source->started = true;
    source->ended = false;
    source->offset_us = source->options.start_us - first;
    source->last_decode_us = time_us - JUMP_US + SECOND_US;
    return STATUS_OK;
}
