#include "capture/source.h"

#include "base/clock.h"
#include "base/files.h"
#include "capture/feed.h"
#include "capture/planes.h"

#include <libavutil/pixfmt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Source {
    char path[PATH_SIZE];
    SourceInfo info;
    int64_t start_us;
    Feed feed;
    bool truncated;
    // Packets read while looking for a key frame; handed out first.
    Packet **held;
    size_t held_count, held_next, held_room;
    // Stills: no container, one file a packet.
    char **stills;
    size_t still_count, still_next;
    uint64_t bad_stills;
};

SourceKind source_probe(const char *path)
{
    AVFormatContext *input = NULL;
    InputKind kind;
    Status status = input_open(&input, path, &kind, NULL);
    SourceKind found = SOURCE_NOT_FOOTAGE;
    if (kind == INPUT_PICTURE)
        found = SOURCE_PICTURE;
    else if (kind == INPUT_VIDEO && status != STATUS_OK)
        found = SOURCE_VIDEO; // known by its first bytes, damaged further on: source_open says how
    else if (kind == INPUT_VIDEO) {
        int video = input_video(input);
        // Headers that promise a picture size are enough; raw streams have to show one.
        bool known = video >= 0 && input->streams[video]->codecpar->width > 0;
        if (known || input_analyse(input) ||
            (input_video(input) >= 0 && strcmp(input->iformat->name, "mpegts") == 0))
            found = SOURCE_VIDEO;
    }
    input_close(&input);
    return found;
}

static void describe(Source *source)
{
    const Feed *feed = &source->feed;
    const AVCodecParameters *parameters = feed->follower.format->parameters;
    SourceInfo *info = &source->info;
    bool turned = feed->rotation == 90 || feed->rotation == 270;
    snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(parameters->codec_id));
    info->rotation = feed->rotation;
    info->width = turned ? parameters->height : parameters->width;
    info->height = turned ? parameters->width : parameters->height;
    info->range = color_range_of(parameters->color_range, parameters->format);
    info->space = color_space_of(parameters->color_space);
    info->eight_bit_420 = parameters->format == AV_PIX_FMT_YUV420P ||
                          parameters->format == AV_PIX_FMT_YUVJ420P;
    info->fps = feed->fps;
    info->duration_us = feed_duration_us(feed);
    info->stills = feed->kind != INPUT_VIDEO;
    const AVDictionaryEntry *entry =
        av_dict_get(feed->input->metadata, "creation_time", NULL, 0);
    int64_t time_us;
    // Recorders without a clock write the epoch of their format: 1904 or 1970.
    if (entry && clock_parse(entry->value, &time_us) && time_us > 946684800 * SECOND_US) {
        info->has_container_time = true;
        info->container_time_us = time_us;
    }
}

// Length of a file that does not tell it: reads all packets, decodes none.
static int64_t measure(const char *path)
{
    Feed feed;
    if (feed_open(&feed, path, 0, NULL) != STATUS_OK)
        return 0;
    Packet *packet;
    int64_t end = 0;
    while (feed_next(&feed, &packet, NULL) == STATUS_OK) {
        end = packet->time_us > end ? packet->time_us : end;
        packet_unref(&packet);
    }
    end += feed.timeline.frame_us;
    feed_close(&feed);
    return end;
}

Status source_open(Source **out, const char *path, const SourceOptions *options, Error *error)
{
    *out = NULL;
    if (strlen(path) >= PATH_SIZE)
        return error_set(error, STATUS_ARGUMENT, "the path of a video is longer than %d bytes",
                         PATH_SIZE);
    Source *source = calloc(1, sizeof *source);
    if (!source)
        return error_set(error, STATUS_MEMORY, "out of memory");
    snprintf(source->path, sizeof source->path, "%s", path);
    source->start_us = options ? options->start_us : 0;
    Status status = feed_open(&source->feed, source->path, source->start_us, error);
    if (status != STATUS_OK) {
        source_close(&source);
        return status;
    }
    describe(source);
    if (!source->info.duration_us)
        source->info.duration_us = measure(path);
    *out = source;
    return STATUS_OK;
}

Status source_open_stills(Source **out, const char *const *paths, size_t count,
                          const SourceOptions *options, Error *error)
{
    *out = NULL;
    if (!count)
        return error_set(error, STATUS_ARGUMENT, "no pictures given");
    Source *source = NULL;
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && !source; i++) // the first sound picture sets the size
        status = source_open(&source, paths[i], options, i ? NULL : error);
    if (!source)
        return status;
    source->stills = calloc(count, sizeof *source->stills);
    for (size_t i = 0; source->stills && i < count; i++)
        if ((source->stills[i] = strdup(paths[i])))
            source->still_count++;
    if (source->still_count != count) {
        source_close(&source);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    double fps = options && options->stills_fps > 0 ? options->stills_fps : 25;
    source->info.stills = true;
    source->info.fps = fps;
    source->info.duration_us = llround((double)count * 1e6 / fps);
    *out = source;
    return STATUS_OK;
}

static void drop_held(Source *source)
{
    for (size_t i = source->held_next; i < source->held_count; i++)
        packet_unref(&source->held[i]);
    source->held_next = source->held_count = 0;
}

void source_close(Source **out)
{
    Source *source = *out;
    *out = NULL;
    if (!source)
        return;
    drop_held(source);
    free(source->held);
    feed_close(&source->feed);
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
    return (SourceDamage){
        .packets = source->feed.bad_packets + source->bad_stills,
        .stamps = source->feed.timeline.repairs,
        .truncated = source->truncated,
    };
}

static int64_t still_time(const Source *source, size_t index)
{
    return source->start_us + llround((double)index * 1e6 / source->info.fps);
}

static Status read_still(Source *source, Packet **out, Error *error)
{
    const AVCodecParameters *first = source->feed.follower.format->parameters;
    while (source->still_next < source->still_count) {
        size_t index = source->still_next++;
        Feed feed;
        Status status = feed_open(&feed, source->stills[index], still_time(source, index), error);
        if (status == STATUS_OK) {
            const AVCodecParameters *parameters = feed.follower.format->parameters;
            if (parameters->width == first->width && parameters->height == first->height &&
                feed.kind != INPUT_VIDEO)
                status = feed_next(&feed, out, error);
            feed_close(&feed);
        }
        if (*out || status == STATUS_MEMORY)
            return status;
        source->bad_stills++; // another size, or damaged: the sequence goes on without it
    }
    return STATUS_END;
}

static Status read_packet(Source *source, Packet **out, Error *error)
{
    *out = NULL;
    if (source->held_next < source->held_count) {
        *out = source->held[source->held_next++];
        return STATUS_OK;
    }
    Status status = feed_next(&source->feed, out, error);
    if (status == STATUS_END)
        source->truncated = feed_truncated(&source->feed);
    return status;
}

Status source_read(Source *source, bool key_only, Packet **out, Error *error)
{
    *out = NULL;
    if (source->stills)
        return read_still(source, out, error);
    // Every packet goes over the timeline, so that key frames have the same times in both ways of reading.
    for (;;) {
        Status status = read_packet(source, out, error);
        if (status != STATUS_OK || !key_only || packet_key(*out))
            return status;
        packet_unref(out);
    }
}

static Status hold(Source *source, Packet *packet, Error *error)
{
    if (source->held_count == source->held_room) {
        size_t room = source->held_room ? 2 * source->held_room : 64;
        Packet **grown = realloc(source->held, room * sizeof *grown);
        if (!grown) {
            packet_unref(&packet);
            return error_set(error, STATUS_MEMORY, "out of memory");
        }
        source->held = grown;
        source->held_room = room;
    }
    source->held[source->held_count++] = packet;
    return STATUS_OK;
}

// Reads from the start again, keeping the GOP that time_us falls into. Slow next to an index, but the times are those
// of reading straight through whatever happened to the clock in between.
static Status seek_by_reading(Source *source, int64_t time_us, Error *error)
{
    feed_close(&source->feed);
    Status status = feed_open(&source->feed, source->path, source->start_us, error);
    for (bool past = false; status == STATUS_OK && !past;) {
        Packet *packet;
        status = feed_next(&source->feed, &packet, error);
        if (status != STATUS_OK)
            break;
        past = packet->time_us > time_us;
        if (packet->key && !past)
            drop_held(source);
        status = hold(source, packet, error);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static Status seek_by_index(Source *source, int64_t time_us, Error *error)
{
    // An index counts decode stamps, so the key frame found may be presented a little too late.
    int64_t step = 2 * source->feed.timeline.frame_us;
    for (int64_t back = 0; back <= 64 * SECOND_US; back = back ? 2 * back : step) {
        Packet *packet;
        Status status = feed_jump(&source->feed, time_us - back, error);
        if (status == STATUS_OK)
            status = feed_next(&source->feed, &packet, error);
        if (status == STATUS_MEMORY)
            return status;
        if (status != STATUS_OK) // nothing there, or no key frame that early
            break;
        if (packet->key && (packet->time_us <= time_us || time_us - back <= source->start_us))
            return hold(source, packet, error);
        packet_unref(&packet);
    }
    return seek_by_reading(source, time_us, error);
}

Status source_seek(Source *source, int64_t time_us, Error *error)
{
    if (source->stills) {
        double index = floor((double)(time_us - source->start_us) * source->info.fps / 1e6 + 1e-6);
        source->still_next = index < 0                             ? 0
                             : index > (double)source->still_count ? source->still_count
                                                                   : (size_t)index;
        return STATUS_OK;
    }
    drop_held(source);
    source->truncated = false;
    if (!source->feed.timeline.started) { // the first frame's stamp is needed to know where time_us is
        Packet *packet;
        Status status = feed_next(&source->feed, &packet, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        packet_unref(&packet);
    }
    return feed_can_jump(&source->feed) && !source->feed.timeline.repairs
               ? seek_by_index(source, time_us, error)
               : seek_by_reading(source, time_us, error);
}
