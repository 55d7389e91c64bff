// Cases of capture_test.c: the ring, pictures picked from it, clips.
#ifndef HEIYAN_TESTS_CAPTURE_CLIP_H
#define HEIYAN_TESTS_CAPTURE_CLIP_H

#include "capture/clip.h"
#include "capture/jpeg.h"
#include "capture/packet.h"
#include "capture/ring.h"
#include "capture/video.h"
#include "capture_media.h"
#include "capture_source.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <sys/resource.h>

// The packets of a whole file. The caller frees with packets_free.
static Packet **all_packets(const char *path, size_t *count)
{
    Source *source;
    Packet **packets = calloc(READ_MAX, sizeof *packets);
    *count = 0;
    CU_ASSERT_EQUAL_FATAL(source_open(&source, path, &(SourceOptions){.start_us = START}, NULL),
                          STATUS_OK);
    while (*count < READ_MAX &&
           source_read(source, false, &packets[*count], NULL) == STATUS_OK)
        (*count)++;
    source_close(&source);
    return packets;
}

static void the_ring_keeps_whole_gops_within_its_limits(void)
{
    size_t count, copied;
    Packet **packets = all_packets(media_path("plain.avi"), &count), **copy;
    Ring *ring;
    CU_ASSERT_EQUAL_FATAL(ring_create(&ring, 1000000, 100 << 20, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(ring_first_us(ring), INT64_MAX);
    CU_ASSERT_EQUAL(ring_last_us(ring), INT64_MIN);
    CU_ASSERT_EQUAL(ring_copy(ring, START, START + 1, &copy, &copied, NULL), STATUS_OK);
    CU_ASSERT_TRUE(copied == 0 && copy == NULL);
    CU_ASSERT_EQUAL(ring_push(ring, packets[1], NULL), STATUS_OK); // no key frame yet: not kept
    CU_ASSERT_EQUAL(ring_first_us(ring), INT64_MAX);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(ring_push(ring, packets[i], NULL), STATUS_OK);
        int64_t span = ring_last_us(ring) - ring_first_us(ring);
        // A second and at most one GOP (12 frames of 40 ms) more.
        CU_ASSERT_TRUE(i < 25 ? ring_first_us(ring) == START : span >= 960000 && span <= 1960000);
    }
    CU_ASSERT_EQUAL(ring_last_us(ring), packet_time_us(packets[count - 1]));
    int64_t from = START + 50 * 40000, to = START + 55 * 40000;
    CU_ASSERT_EQUAL(ring_copy(ring, from, to, &copy, &copied, NULL), STATUS_OK);
    CU_ASSERT_TRUE(copied == 8 && copy[0] == packets[48] && copy[7] == packets[55]);
    packets_free(&copy, &copied);
    CU_ASSERT_TRUE(copy == NULL && copied == 0);
    ring_destroy(&ring);
    CU_ASSERT_PTR_NULL(ring);
    // By bytes: the newest GOP stays whatever it weighs.
    CU_ASSERT_EQUAL_FATAL(ring_create(&ring, 1000000000, 1, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        ring_push(ring, packets[i], NULL);
        CU_ASSERT_EQUAL(ring_first_us(ring), START + (int64_t)(i / 12 * 12) * 40000);
    }
    ring_destroy(&ring);
    // Dropped by time: the GOP that time falls into stays.
    CU_ASSERT_EQUAL_FATAL(ring_create(&ring, 1000000000, 100 << 20, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++)
        ring_push(ring, packets[i], NULL);
    ring_drop_before(ring, START + 30 * 40000);
    CU_ASSERT_EQUAL(ring_first_us(ring), START + 24 * 40000);
    ring_drop_before(ring, INT64_MAX);
    CU_ASSERT_EQUAL(ring_first_us(ring), START + 48 * 40000);
    ring_destroy(&ring);
    packets_free(&packets, &count);
}

static void pictures_are_picked_by_time(void)
{
    static const char *const names[] = {"a.mp4", "b.mp4", "a.ts", "c.avi", "e.avi", "d.ps"};
    static const int wanted[] = {0, 5, 11, 12, 13, 30, 47, 48, 59};
    enum { WANTED = sizeof wanted / sizeof *wanted };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t count;
        Packet **packets = all_packets(media_path(names[n]), &count);
        int64_t times[WANTED];
        Picture *pictures[WANTED];
        for (int i = 0; i < WANTED; i++)
            times[i] = START + wanted[i] * 40000 + 9000; // nearest, not equal
        CU_ASSERT_EQUAL(packets_decode(packets, count, times, WANTED, pictures, NULL), STATUS_OK);
        for (int i = 0; i < WANTED; i++) {
            CU_ASSERT_PTR_NOT_NULL_FATAL(pictures[i]);
            CU_ASSERT_EQUAL(media_number(pictures[i]), wanted[i]);
            CU_ASSERT_TRUE(llabs(pictures[i]->time_us - START - wanted[i] * 40000) <= 1000);
            picture_unref(&pictures[i]);
        }
        // From the middle on, as a ring that has dropped its beginning: before the first key frame there is nothing.
        size_t key = 0;
        for (size_t i = 0; i < count; i++)
            if (packet_key(packets[i]) && i < 40)
                key = i;
        int64_t early = START, late = packet_time_us(packets[key]) + 80000;
        CU_ASSERT_EQUAL(packets_decode(packets + key, count - key, (int64_t[]){early, late}, 2,
                                       pictures, NULL), STATUS_OK);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pictures[0]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pictures[1]);
        CU_ASSERT_EQUAL(pictures[1]->time_us, late);
        CU_ASSERT_TRUE(pictures[0]->time_us <= packet_time_us(packets[key]));
        picture_unref(&pictures[0]);
        picture_unref(&pictures[1]);
        packets_free(&packets, &count);
    }
}

// One frame of a Dahua recorder: header, extensions (codec, size), data, trailer.
static void dahua_frame(const char *path, const Packet *packet, int number)
{
    uint8_t head[40] = "DHAV";
    uint32_t size = 24 + 16 + (uint32_t)packet->av->size + 8;
    uint32_t date = 26u << 26 | 11u << 22 | 23u << 17 | 8u << 12 | 15u << 6 | (uint32_t)(number / 25);
    uint16_t stamp = (uint16_t)(number * 40);
    head[4] = packet->key ? 0xfd : 0xfc;
    memcpy(head + 8, &(uint32_t){(uint32_t)number}, 4);
    memcpy(head + 12, &size, 4);
    memcpy(head + 16, &date, 4);
    memcpy(head + 20, &stamp, 2);
    head[22] = 16;
    memcpy(head + 24, (const uint8_t[]){0x80, 0, 192 / 8, 112 / 8, 0x81, 0, 0x02, 25}, 8);
    memcpy(head + 32, (const uint8_t[]){0x88, 0, 0, 0, 0, 0, 0, 0}, 8);
    media_bytes(path, head, 40, "ab");
    media_bytes(path, packet->av->data, (size_t)packet->av->size, "ab");
    media_bytes(path, "dhav", 4, "ab");
    media_bytes(path, &size, 4, "ab");
}

static void dahua_files_are_footage(void)
{
    Media plain = usual;
    plain.format = "h264";
    plain.bframes = 0;
    CU_ASSERT_TRUE(media_make(&plain, media_path("plain.h264")));
    size_t count;
    Packet **packets = all_packets(media_path("plain.h264"), &count);
    CU_ASSERT_EQUAL(count, FRAMES);
    static const char *const names[] = {"clean.dav", "late.dav"};
    for (int k = 0; k < 2; k++) {
        const char *path = media_path(names[k]);
        media_bytes(path, "nothing that a recorder should write", k ? 36 : 0, "wb");
        for (size_t i = 0; i < count; i++)
            dahua_frame(path, packets[i], (int)i);
        CU_ASSERT_EQUAL(source_probe(path), SOURCE_VIDEO);
        Reading *r = media_read(path, START, true);
        bool good = r->orderly && r->pictures == FRAMES && r->info.width == 192 && !r->damage.stamps;
        for (int i = 0; good && i < FRAMES; i++)
            good = r->number[i] == i && llabs(r->shown[i] - START - i * 40000) < 1000;
        CU_ASSERT_TRUE(good);
        if (!good)
            complain(names[k], r);
        free(r);
    }
    packets_free(&packets, &count);
}

// Compares the frames of a clip with those of its source from the given frame on.
static bool shows(const char *clip, int from, int to)
{
    Reading *r = media_read(clip, 0, true);
    bool good = r->status == STATUS_END && r->orderly && r->pictures == to - from + 1 &&
                !r->damage.packets && !r->damage.stamps && !r->damage.truncated;
    for (int i = 0; good && i < r->pictures; i++)
        good = r->number[i] == from + i && llabs(r->shown[i] - i * 40000) <= 1000;
    if (!good)
        complain(clip, r);
    free(r);
    return good;
}

static bool holds(const char *path, const char *text)
{
    char *data;
    size_t size;
    if (file_read(path, &data, &size, NULL) != STATUS_OK)
        return false;
    bool found = memmem(data, size, text, strlen(text));
    free(data);
    return found;
}

// First stamp and tag as any player sees them.
static void look_at(const char *path, int64_t *start, uint32_t *tag, int *width)
{
    AVFormatContext *input = NULL;
    CU_ASSERT_EQUAL_FATAL(avformat_open_input(&input, path, NULL, NULL), 0);
    avformat_find_stream_info(input, NULL);
    CU_ASSERT_EQUAL(input->nb_streams, 1);
    *start = input->streams[0]->start_time;
    *tag = input->streams[0]->codecpar->codec_tag;
    *width = input->streams[0]->codecpar->width;
    avformat_close_input(&input);
}

static bool same_files(const char *a, const char *b)
{
    char x[SHA256_HEX_SIZE], y[SHA256_HEX_SIZE];
    return file_sha256(a, x, NULL) == STATUS_OK && file_sha256(b, y, NULL) == STATUS_OK &&
           strcmp(x, y) == 0;
}

// Out of every container: the right frames from 0 on, the same bytes twice, nothing that names a time or a tool.
static void clips_play_from_zero(void)
{
    for (size_t i = 0; i < CONTAINERS; i++) {
        const struct Case *c = &containers[i];
        size_t count;
        Packet **packets = all_packets(media_path(c->name), &count);
        size_t first = 1;
        while (!packet_key(packets[first]))
            first++;
        // The packet in front of the key frame is left out, unless it is one itself.
        size_t given = packet_key(packets[first - 1]) ? first : first - 1;
        int from = (int)((packet_time_us(packets[first]) - START + 20000) / 40000);
        const char *a = media_path("clip-1.mp4"), *b = media_path("clip-2.mp4");
        ClipInfo info;
        Error error = {0};
        CU_ASSERT_EQUAL(clip_write(a, packets + given, count - given, &info, &error), STATUS_OK);
        CU_ASSERT_EQUAL(clip_write(b, packets + given, count - given, &info, NULL), STATUS_OK);
        CU_ASSERT_TRUE(same_files(a, b));
        CU_ASSERT_FALSE(holds(a, "Lavf"));
        CU_ASSERT_EQUAL(info.frames, (size_t)(FRAMES - from));
        CU_ASSERT_TRUE(shows(a, from, FRAMES - 1));
        CU_ASSERT_TRUE(llabs(info.start_us - START - from * 40000) <= 1000);
        CU_ASSERT_TRUE(llabs(info.end_us - START - (FRAMES - 1) * 40000) <= 1000);
        bool carried = strcmp(c->codec, "msmpeg4v2") != 0;
        CU_ASSERT_EQUAL(info.kind, carried ? CLIP_ORIGINAL : CLIP_ENCODED);
        CU_ASSERT_EQUAL(info.needs_preview, carried && strcmp(c->codec, "h264") != 0);
        int64_t start;
        uint32_t tag;
        int width;
        look_at(a, &start, &tag, &width);
        CU_ASSERT_EQUAL(start, 0);
        if (strcmp(c->codec, "hevc") == 0)
            CU_ASSERT_EQUAL(tag, MKTAG('h', 'v', 'c', '1'));
        packets_free(&packets, &count);
    }
}

// Byte for byte the camera's packets.
static void clips_carry_the_same_packets(void)
{
    static const char *const names[] = {"a.mp4", "b.mp4", "a.mkv", "a.flv", "c.mp4", "e.mp4"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t count, again;
        Packet **packets = all_packets(media_path(names[n]), &count), **copies;
        ClipInfo info;
        const char *clip = media_path("same.mp4");
        CU_ASSERT_EQUAL(clip_write(clip, packets, count, &info, NULL), STATUS_OK);
        CU_ASSERT_EQUAL(info.frames, count);
        CU_ASSERT_EQUAL(info.start_us, START);
        CU_ASSERT_TRUE(llabs(info.end_us - START - (FRAMES - 1) * 40000) <= 1000);
        copies = all_packets(clip, &again);
        CU_ASSERT_EQUAL_FATAL(again, count);
        bool same = true;
        for (size_t i = 0; same && i < count; i++)
            same = packets[i]->av->size == copies[i]->av->size &&
                   memcmp(packets[i]->av->data, copies[i]->av->data,
                          (size_t)packets[i]->av->size) == 0 &&
                   packet_key(packets[i]) == packet_key(copies[i]) &&
                   llabs(packet_time_us(packets[i]) - packet_time_us(copies[i])) <= 1000;
        CU_ASSERT_TRUE(same);
        CU_ASSERT_TRUE(shows(clip, 0, FRAMES - 1));
        packets_free(&packets, &count);
        packets_free(&copies, &again);
    }
}

// How many whole packets the file gives back, the first ones of packets; -1: others. The last one
// may be cut off.
static int given_back(const char *path, Packet *const *packets)
{
    size_t count, same = 0;
    Packet **copies = all_packets(path, &count);
    while (same < count && packets[same]->av->size == copies[same]->av->size &&
           memcmp(packets[same]->av->data, copies[same]->av->data,
                  (size_t)packets[same]->av->size) == 0 &&
           llabs(packet_time_us(packets[same]) - packet_time_us(copies[same])) <= 1000)
        same++;
    int result = same + 1 < count ? -1 : (int)same;
    packets_free(&copies, &count);
    return result;
}

// What was flushed is there, whatever comes after; so it is when a kill cuts the next write off.
static void a_growing_clip_is_read_as_far_as_it_was_flushed(void)
{
    static const char *const names[] = {"a.mp4", "b.mp4", "c.mp4", "e.mp4"};
    const char *clip = media_path("growing.mp4");
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t count;
        Packet **packets = all_packets(media_path(names[n]), &count);
        GrowingClip *growing;
        CU_ASSERT_EQUAL_FATAL(clip_begin(&growing, clip, packets[0], NULL), STATUS_OK);
        for (size_t i = 1; i < 35; i++) {
            CU_ASSERT_EQUAL(clip_add(growing, packets[i], NULL), STATUS_OK);
            if (i == 4 || i == 24)
                CU_ASSERT_EQUAL(clip_flush(growing, NULL), STATUS_OK);
        }
        int got = given_back(clip, packets);
        CU_ASSERT_TRUE(got >= 25 && got <= 35);
        CU_ASSERT_EQUAL(clip_flush(growing, NULL), STATUS_OK);
        CU_ASSERT_EQUAL(given_back(clip, packets), 35);
        clip_end(&growing);
        CU_ASSERT_PTR_NULL(growing);
        CU_ASSERT_EQUAL(given_back(clip, packets), 35);
        char *data;
        size_t size;
        CU_ASSERT_EQUAL_FATAL(file_read(clip, &data, &size, NULL), STATUS_OK);
        CU_ASSERT_EQUAL(truncate(clip, (off_t)size - 100), 0);
        got = given_back(clip, packets);
        CU_ASSERT_TRUE(got >= 25 && got <= 35);
        free(data);
        packets_free(&packets, &count);
    }
    size_t count;
    Packet **packets = all_packets(media_path("d.ps"), &count);
    GrowingClip *growing;
    CU_ASSERT_EQUAL(clip_begin(&growing, "/nowhere/clip.mp4", packets[0], NULL), STATUS_IO);
    CU_ASSERT_PTR_NULL(growing);
    packets_free(&packets, &count);
}

static void previews_are_small_h264(void)
{
    Media wide = usual;
    wide.encoder = "libx265";
    wide.width = 1600;
    wide.height = 900;
    wide.frames = 10;
    wide.rotation = 0;
    CU_ASSERT_TRUE(media_make(&wide, media_path("wide-b.mp4")));
    size_t count;
    Packet **packets = all_packets(media_path("wide-b.mp4"), &count);
    const char *a = media_path("preview-1.mp4"), *b = media_path("preview-2.mp4");
    CU_ASSERT_EQUAL(clip_write_preview(a, packets, count, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(clip_write_preview(b, packets, count, NULL), STATUS_OK);
    CU_ASSERT_TRUE(same_files(a, b));
    CU_ASSERT_FALSE(holds(a, "Lavf") || holds(a, "Lavc"));
    Reading *r = media_read(a, 0, true);
    CU_ASSERT_TRUE(r->pictures == 10 && strcmp(r->info.codec, "h264") == 0 && r->info.eight_bit_420);
    CU_ASSERT_TRUE(r->info.width == 1280 && r->info.height == 720);
    CU_ASSERT_TRUE(llabs(r->shown[9] - 9 * 40000) <= 1000);
    free(r);
    packets_free(&packets, &count);
}

static void clips_keep_the_rotation(void)
{
    Media turned = usual;
    turned.rotation = 90;
    CU_ASSERT_TRUE(media_make(&turned, media_path("turned.mp4")));
    size_t count;
    Packet **packets = all_packets(media_path("turned.mp4"), &count);
    ClipInfo info;
    const char *clip = media_path("turned-clip.mp4");
    CU_ASSERT_EQUAL(clip_write(clip, packets, count, &info, NULL), STATUS_OK);
    Source *source;
    CU_ASSERT_EQUAL_FATAL(source_open(&source, clip, &(SourceOptions){0}, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(source_info(source)->rotation, 90);
    CU_ASSERT_EQUAL(source_info(source)->width, 112);
    source_close(&source);
    packets_free(&packets, &count);
}

// Drawn pictures come back with their colours, at their times.
static void videos_are_made_of_drawings(void)
{
    enum { SIDE = 64, PICTURES = 8 };
    static const unsigned char colours[2][4] = {{40, 60, 220, 0}, {200, 90, 30, 0}}; // BGRX
    const char *names[] = {media_path("drawn-1.mp4"), media_path("drawn-2.mp4")};
    unsigned char *rows = malloc(4 * SIDE * SIDE);
    for (int n = 0; n < 2; n++) {
        VideoWriter *writer;
        CU_ASSERT_EQUAL_FATAL(video_writer_create(&writer, names[n], NULL), STATUS_OK);
        for (int i = 0; i < PICTURES; i++) {
            for (int at = 0; at < SIDE * SIDE; at++)
                memcpy(rows + 4 * at, colours[i >= PICTURES / 2], 4);
            CU_ASSERT_EQUAL(video_writer_put(writer, rows, SIDE, SIDE, 4 * SIDE,
                                             START + (int64_t)i * 80000, NULL),
                            STATUS_OK);
        }
        CU_ASSERT_EQUAL(video_writer_close(&writer, NULL), STATUS_OK);
        CU_ASSERT_PTR_NULL(writer);
    }
    CU_ASSERT_TRUE(same_files(names[0], names[1]));
    size_t count;
    Packet **packets = all_packets(names[0], &count);
    int64_t times[2] = {START, START + (PICTURES - 1) * 80000};
    Picture *pictures[2];
    CU_ASSERT_EQUAL(count, PICTURES);
    CU_ASSERT_EQUAL(packets_decode(packets, count, times, 2, pictures, NULL), STATUS_OK);
    for (int n = 0; n < 2; n++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(pictures[n]);
        CU_ASSERT_TRUE(llabs(pictures[n]->time_us - times[n]) <= 1000);
        unsigned char *back;
        CU_ASSERT_EQUAL_FATAL(picture_to_bgrx(pictures[n], &back, NULL), STATUS_OK);
        for (int i = 0; i < 3; i++)
            CU_ASSERT_TRUE(abs(back[4 * (SIDE * SIDE / 2) + i] - colours[n][i]) <= 6);
        free(back);
        Picture *half = picture_resized(pictures[n], SIDE / 2, SIDE / 4);
        CU_ASSERT_PTR_NOT_NULL_FATAL(half);
        CU_ASSERT_TRUE(half->width == SIDE / 2 && half->height == SIDE / 4 &&
                       half->time_us == pictures[n]->time_us);
        CU_ASSERT_TRUE(abs(half->plane[0][0] - pictures[n]->plane[0][0]) <= 2);
        picture_unref(&half);
        picture_unref(&pictures[n]);
    }
    packets_free(&packets, &count);
    // Where nothing can be written it says so, once and for all; without a picture there is none.
    VideoWriter *writer;
    Error error;
    CU_ASSERT_EQUAL_FATAL(video_writer_create(&writer, "/nowhere/drawn.mp4", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(video_writer_put(writer, rows, SIDE, SIDE, 4 * SIDE, START, &error), STATUS_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nowhere/drawn.mp4"));
    CU_ASSERT_EQUAL(video_writer_put(writer, rows, SIDE, SIDE, 4 * SIDE, START, &error), STATUS_IO);
    CU_ASSERT_EQUAL(video_writer_close(&writer, &error), STATUS_IO);
    CU_ASSERT_EQUAL_FATAL(video_writer_create(&writer, media_path("undrawn.mp4"), NULL), STATUS_OK);
    CU_ASSERT_EQUAL(video_writer_close(&writer, &error), STATUS_FORMAT);
    CU_ASSERT_FALSE(file_exists(media_path("undrawn.mp4")));
    free(rows);
}

static void clips_that_cannot_be_written_leave_nothing(void)
{
    size_t count;
    Packet **packets = all_packets(media_path("a.mp4"), &count);
    ClipInfo info;
    Error error;
    CU_ASSERT_EQUAL(clip_write("/nowhere/clip.mp4", packets, count, &info, &error), STATUS_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nowhere/clip.mp4"));
    CU_ASSERT_EQUAL(clip_write(media_path("none.mp4"), packets + 1, 3, &info, &error), STATUS_FORMAT);
    CU_ASSERT_FALSE(file_exists(media_path("none.mp4")));
    // The system stops the file half-way, as a full disk does.
    struct rlimit before, tight = {8192, 8192};
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    Status clip = clip_write(media_path("tight.mp4"), packets, count, &info, NULL);
    Status preview = clip_write_preview(media_path("tight2.mp4"), packets, count, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    CU_ASSERT_EQUAL(clip, STATUS_IO);
    CU_ASSERT_EQUAL(preview, STATUS_IO);
    CU_ASSERT_FALSE(file_exists(media_path("tight.mp4")));
    CU_ASSERT_FALSE(file_exists(media_path("tight2.mp4")));
    // A colon in a name is no protocol.
    CU_ASSERT_EQUAL(clip_write(media_path("08:15:02.mp4"), packets, count, &info, NULL), STATUS_OK);
    CU_ASSERT_TRUE(file_exists(media_path("08:15:02.mp4")));
    packets_free(&packets, &count);
}

#endif
