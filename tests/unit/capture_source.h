// Cases of capture_test.c: files, streams and their time.
#ifndef HEIYAN_TESTS_CAPTURE_SOURCE_H
#define HEIYAN_TESTS_CAPTURE_SOURCE_H

#include "capture/timeline.h"
#include "capture_media.h"

#include <CUnit/CUnit.h>

#define START INT64_C(1700000000000000)
#define FRAMES 60

static const struct Case {
    const char *codec, *name;
    Media media;
} containers[] = {
#define VIDEO(encoder, format, b) {encoder, format, 192, 112, FRAMES, 25, 12, b, 0, 0, 0, 0, 0, 0, 0}
    {"h264", "a.mp4", VIDEO("libx264", "mp4", 2)},
    {"h264", "a.mkv", VIDEO("libx264", "matroska", 2)},
    {"h264", "a.avi", VIDEO("libx264", "avi", 2)},
    {"h264", "plain.avi", VIDEO("libx264", "avi", 0)},
    {"h264", "a.ts", VIDEO("libx264", "mpegts", 2)},
    {"h264", "a.flv", VIDEO("libx264", "flv", 2)},
    {"h264", "a.ps", VIDEO("libx264", "mpeg", 2)},
    {"h264", "vob.dav", VIDEO("libx264", "vob", 0)},
    {"h264", "a.h264", VIDEO("libx264", "h264", 2)},
    {"hevc", "b.mp4", VIDEO("libx265", "mp4", 3)},
    {"hevc", "b.mkv", VIDEO("libx265", "matroska", 3)},
    {"hevc", "b.ts", VIDEO("libx265", "mpegts", 3)},
    {"hevc", "b.ps", VIDEO("libx265", "mpeg", 0)},
    {"hevc", "b.h265", VIDEO("libx265", "hevc", 3)},
    {"mpeg4", "c.avi", VIDEO("mpeg4", "avi", 2)},
    {"mpeg4", "c.mp4", VIDEO("mpeg4", "mp4", 0)},
    {"mpeg4", "c.m4v", VIDEO("mpeg4", "m4v", 2)},
    {"mpeg2video", "d.ps", VIDEO("mpeg2video", "vob", 2)},
    {"mjpeg", "e.avi", VIDEO("mjpeg", "avi", 0)},
    {"mjpeg", "e.mp4", VIDEO("mjpeg", "mp4", 0)},
    {"mjpeg", "e.mjpeg", VIDEO("mjpeg", "mjpeg", 0)},
    {"msmpeg4v2", "f.avi", VIDEO("msmpeg4v2", "avi", 0)},
#undef VIDEO
};
#define CONTAINERS (sizeof containers / sizeof *containers)

static const Media usual = {.encoder = "libx264", .format = "mp4", .width = 192, .height = 112,
                            .frames = FRAMES, .fps = 25, .gop = 12, .bframes = 2};

static void make_containers(void)
{
    for (size_t i = 0; i < CONTAINERS; i++)
        CU_ASSERT_TRUE_FATAL(media_make(&containers[i].media, media_path(containers[i].name)));
}

static void complain(const char *what, const Reading *r)
{
    fprintf(stderr, "\n    %s: status %s, %d packets (%d keys), %d pictures, orderly %d, %.3f fps, "
            "%.3f s, damage %lu/%lu/%d %s\n", what, status_name(r->status), r->packets, r->keys,
            r->pictures, r->orderly, r->info.fps, (double)r->info.duration_us / 1e6,
            (unsigned long)r->damage.packets, (unsigned long)r->damage.stamps,
            r->damage.truncated, r->error.text);
}

// Every frame there, in order, at its time.
static void every_container(void)
{
    for (size_t i = 0; i < CONTAINERS; i++) {
        const struct Case *c = &containers[i];
        const char *path = media_path(c->name);
        Reading *r = media_read(path, START, true);
        bool good = source_probe(path) == SOURCE_VIDEO && r->status == STATUS_END && r->orderly &&
                    r->packets == FRAMES && r->pictures == FRAMES &&
                    strcmp(r->info.codec, c->codec) == 0 && r->info.width == 192 &&
                    r->info.height == 112 && fabs(r->info.fps - 25) < 0.1 &&
                    llabs(r->info.duration_us - FRAMES * 40000) <= 130000 &&
                    !r->damage.truncated && !r->damage.packets && !r->info.stills;
        for (int f = 0; good && f < FRAMES; f++)
            good = r->number[f] == f && llabs(r->shown[f] - START - f * 40000) <= 1000;
        CU_ASSERT_TRUE(good);
        if (!good)
            complain(c->name, r);
        free(r);
    }
}

static void keys_alone_have_the_same_times(void)
{
    for (size_t i = 0; i < CONTAINERS; i++) {
        const char *path = media_path(containers[i].name);
        Reading *r = media_read(path, START, false);
        Source *source;
        CU_ASSERT_EQUAL_FATAL(source_open(&source, path, &(SourceOptions){START, 0}, NULL), STATUS_OK);
        int at = 0, keys = 0;
        Packet *packet;
        while (source_read(source, true, &packet, NULL) == STATUS_OK) {
            while (at < r->packets && !r->key[at])
                at++;
            CU_ASSERT_TRUE(at < r->packets && packet_time_us(packet) == r->time[at] &&
                           packet_decode_us(packet) == r->decode[at] && packet_key(packet));
            at++;
            keys++;
            packet_unref(&packet);
        }
        CU_ASSERT_EQUAL(keys, r->keys);
        CU_ASSERT_TRUE(keys >= 2);
        source_close(&source);
        free(r);
    }
}

// The packet after a seek is the last key frame at or before the time, and reading goes on from there as it does
// without a seek.
static void check_seek(const char *path)
{
    Reading *r = media_read(path, START, false);
    Source *source;
    CU_ASSERT_EQUAL_FATAL(source_open(&source, path, &(SourceOptions){START, 0}, NULL), STATUS_OK);
    for (int target = 0; target < r->packets; target += 7) {
        int want = 0;
        for (int i = 0; i < r->packets; i++)
            if (r->key[i] && r->time[i] <= r->time[target])
                want = i;
        CU_ASSERT_EQUAL(source_seek(source, r->time[target], NULL), STATUS_OK);
        bool same = true;
        for (int i = want; same && i < r->packets && i < want + 20; i++) {
            Packet *packet;
            same = source_read(source, false, &packet, NULL) == STATUS_OK;
            same = same && packet_time_us(packet) == r->time[i] &&
                   packet_decode_us(packet) == r->decode[i];
            packet_unref(&packet);
        }
        CU_ASSERT_TRUE(same);
        if (!same)
            fprintf(stderr, "\n    %s: seek to packet %d\n", path, target);
    }
    source_close(&source);
    free(r);
}

static void seeks_are_exact(void)
{
    for (size_t i = 0; i < CONTAINERS; i++)
        check_seek(media_path(containers[i].name));
}

static void only_footage_is_footage(void)
{
    static const char text[] = "Not a video.\n\nA line, another line, numbers 1 2 3.\n";
    static const char subtitle[] = "1\n00:00:00,000 --> 00:00:02,000\nhello\n\n"
                                   "2\n00:00:03,000 --> 00:00:04,000\nagain\n";
    unsigned char noise[20000];
    srand(7);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(rand() >> 7);
    unsigned char wave[8044] = "RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"
                               "data\x40\x1f\0";
    const struct {
        const char *name;
        const void *bytes;
        size_t size;
    } files[] = {{"text.mp4", text, sizeof text - 1}, {"text.jpg", text, sizeof text - 1},
                 {"text.txt", text, sizeof text - 1}, {"subtitle.mkv", subtitle, sizeof subtitle - 1},
                 {"noise.ts", noise, sizeof noise},   {"sound.avi", wave, sizeof wave},
                 {"empty.mp4", "", 0}};
    Source *source;
    Error error;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = media_path(files[i].name);
        media_bytes(path, files[i].bytes, files[i].size, "wb");
        CU_ASSERT_EQUAL(source_probe(path), SOURCE_NOT_FOOTAGE);
        Status status = source_open(&source, path, &(SourceOptions){0}, &error);
        CU_ASSERT_TRUE(status == STATUS_FORMAT || status == STATUS_UNSUPPORTED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, files[i].name));
        CU_ASSERT_PTR_NULL(source);
    }
    CU_ASSERT_EQUAL(source_probe(media_folder), SOURCE_NOT_FOOTAGE);
    CU_ASSERT_EQUAL(source_open(&source, media_folder, &(SourceOptions){0}, &error), STATUS_FORMAT);
    CU_ASSERT_EQUAL(source_open(&source, "/nowhere/x.mp4", &(SourceOptions){0}, &error), STATUS_IO);
    // Known as MP4 but without its index: footage, and the error says what is wrong.
    const char *cut = media_path("no-index.mp4");
    media_bytes(cut, "", 0, "wb");
    media_append(cut, media_path("a.mp4"), 0, 6000);
    CU_ASSERT_EQUAL(source_probe(cut), SOURCE_VIDEO);
    CU_ASSERT_EQUAL(source_open(&source, cut, &(SourceOptions){0}, &error), STATUS_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cut off"));
}

static void recorders_put_junk_first(void)
{
    unsigned char junk[70000];
    srand(3);
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (unsigned char)(rand() >> 7);
    static const char *const names[] = {"a.ps", "b.ps", "a.ts", "vob.dav"};
    static const size_t sizes[] = {40, 5000, 70000};
    for (size_t n = 0; n < 4; n++)
        for (size_t s = 0; s < 3; s++) {
            const char *path = media_path("junk.dat");
            media_bytes(path, junk, sizes[s], "wb");
            media_append(path, media_path(names[n]), 0, 0);
            CU_ASSERT_EQUAL(source_probe(path), SOURCE_VIDEO);
            Reading *r = media_read(path, START, true);
            bool good = r->pictures == FRAMES && r->number[FRAMES - 1] == FRAMES - 1 && r->orderly;
            CU_ASSERT_TRUE(good);
            if (!good)
                complain(names[n], r);
            free(r);
        }
}

static void sizes_from_16_pixels_to_the_limit(void)
{
    Media small = usual, wide = usual, over = usual;
    small.width = small.height = 16;
    CU_ASSERT_TRUE(media_make(&small, media_path("small.mp4")));
    Reading *r = media_read(media_path("small.mp4"), START, true);
    CU_ASSERT_TRUE(r->pictures == FRAMES && r->info.width == 16 && r->info.height == 16);
    free(r);
    wide.frames = over.frames = 2;
    wide.width = 8192;
    over.width = 8194;
    wide.height = over.height = 64;
    CU_ASSERT_TRUE(media_make(&wide, media_path("wide.mp4")));
    CU_ASSERT_TRUE(media_make(&over, media_path("over.mp4")));
    r = media_read(media_path("wide.mp4"), START, true);
    CU_ASSERT_TRUE(r->pictures == 2 && r->width[0] == 8192);
    free(r);
    Source *source;
    Error error;
    CU_ASSERT_EQUAL(source_open(&source, media_path("over.mp4"), &(SourceOptions){0}, &error),
                    STATUS_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "8194x64"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "8192x4352"));
}

// The beginning of a file is read as if nothing were missing.
static void truncated_files_are_read_as_far_as_they_go(void)
{
    Media first = usual;
    first.muxer_options = "movflags=faststart";
    CU_ASSERT_TRUE(media_make(&first, media_path("fast.mp4")));
    static const char *const names[] = {"fast.mp4", "a.mkv", "a.ts", "a.ps", "a.avi", "a.flv",
                                        "b.mkv", "a.h264", "e.avi"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = media_path("cut.dat");
        char *data;
        size_t size;
        file_read(media_path(names[i]), &data, &size, NULL);
        media_bytes(path, data, size / 2, "wb");
        free(data);
        Reading *r = media_read(path, START, true);
        bool good = r->status == STATUS_END && r->orderly && r->pictures > FRAMES / 5 &&
                    r->pictures < FRAMES && r->number[0] == 0 && r->number[8] == 8;
        // Only these declare their length.
        if (strcmp(names[i], "fast.mp4") == 0 || strstr(names[i], ".mkv"))
            good = good && r->damage.truncated;
        CU_ASSERT_TRUE(good);
        if (!good)
            complain(names[i], r);
        free(r);
    }
}

// Whatever is in the file: it ends, in order, and something is counted.
static void damaged_files_are_survived(void)
{
    uint64_t damage = 0, pictures = 0, flagged = 0;
    for (size_t i = 0; i < CONTAINERS; i++)
        for (unsigned seed = 1; seed <= 6; seed++) {
            char *data;
            size_t size;
            file_read(media_path(containers[i].name), &data, &size, NULL);
            srand(seed * 100 + (unsigned)i);
            for (unsigned hit = 0; hit < seed * 8; hit++) { // the first kilobyte too, now and then
                size_t at = (size_t)rand() % size;
                data[at < 1000 && seed % 3 ? at + 1000 : at] = (char)rand();
            }
            media_bytes(media_path("damaged.dat"), data, size, "wb");
            free(data);
            Reading *r = media_read(media_path("damaged.dat"), START, true);
            CU_ASSERT_TRUE(r->orderly);
            if (!r->orderly)
                complain(containers[i].name, r);
            pictures += (uint64_t)r->pictures;
            damage += r->damage.packets + r->counts.refused + r->counts.damaged;
            flagged += r->counts.damaged;
            free(r);
        }
    CU_ASSERT_TRUE(pictures > 4000);
    CU_ASSERT_TRUE(damage > 100);
    CU_ASSERT_TRUE(flagged > 50);
}

// --- the timeline alone ------------------------------------------------------------------------------------------

static void timeline_heals_stamps(void)
{
    enum { NONE = 0x7fffffff };
    static const struct {
        const char *name;
        int dts[8], want[8]; // milliseconds, 40 apart when sound; NONE: no stamp
        unsigned repairs;
    } cases[] = {
        {"sound", {0, 40, 80, 120, 160, 200, 240, 280}, {0, 40, 80, 120, 160, 200, 240, 280}, 0},
        {"uneven", {0, 33, 90, 500, 3000, 3001, 3040, 9000}, {0, 33, 90, 500, 3000, 3001, 3040, 9000}, 0},
        {"missing", {0, 40, NONE, 120, NONE, NONE, 240, 280}, {0, 40, 80, 120, 160, 200, 240, 280}, 3},
        {"twice", {0, 40, 40, 120, 160, 160, 240, 280}, {0, 40, 80, 120, 160, 200, 240, 280}, 2},
        {"clock set back", {5000, 5040, 5080, 1000, 1040, 1080, 1120, 1160},
         {0, 40, 80, 120, 160, 200, 240, 280}, 1},
        {"hours on", {0, 40, 7200000, 7200040, 7200080, 7200120, 7200160, 7200200},
         {0, 40, 80, 120, 160, 200, 240, 280}, 1},
        {"one stamp wild", {0, 40, 80, 999999, 160, 200, 240, 280},
         {0, 40, 80, 120, 160, 200, 240, 280}, 2},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        Timeline t;
        timeline_init(&t, START, 40000, 0);
        bool good = true;
        for (int i = 0; i < 8; i++) {
            int64_t stamp = cases[c].dts[i] == NONE ? NO_STAMP : cases[c].dts[i] * 1000LL;
            int64_t time, decode;
            timeline_place(&t, stamp, stamp, &time, &decode);
            good = good && time == decode && llabs(time - START - cases[c].want[i] * 1000LL) <= 2500;
            if (!good)
                fprintf(stderr, "\n    %s: frame %d at %.1f ms\n", cases[c].name, i,
                        (double)(time - START) / 1000);
        }
        CU_ASSERT_TRUE(good);
        CU_ASSERT_EQUAL(t.repairs, cases[c].repairs);
    }
}

// Whole seconds from a recorder that sends 25 frames in each: spread, not bunched, and without drift.
static void timeline_spreads_coarse_stamps(void)
{
    Timeline t;
    timeline_init(&t, 0, 50000, 0); // declared 20
    int64_t time = 0, decode, before = -1, least = INT64_MAX, most = 0;
    for (int i = 0; i < 25 * 60; i++) {
        int64_t stamp = i / 25 * INT64_C(1000000);
        timeline_place(&t, stamp, stamp, &time, &decode);
        CU_ASSERT_TRUE_FATAL(time > before);
        if (i > 25 * 20) {
            least = time - before < least ? time - before : least;
            most = time - before > most ? time - before : most;
        }
        before = time;
    }
    CU_ASSERT_TRUE(llabs(time - 59960000) < 1000000);
    CU_ASSERT_TRUE(least >= 5000);
    CU_ASSERT_TRUE(most <= 500000);
}

static void timeline_survives_anything(void)
{
    srand(11);
    for (int run = 0; run < 200; run++) {
        Timeline t;
        timeline_init(&t, START, 40000, run % 3 * 40000);
        int64_t decode_before = INT64_MIN, clock = 0, times[400];
        bool good = true;
        for (int i = 0; i < 400; i++) {
            clock += rand() % 100 ? 40000 : (rand() % 2 ? 1 : -1) * (int64_t)rand() * (run % 7);
            int64_t dts = rand() % 9 ? clock : NO_STAMP;
            int64_t pts = rand() % 9 ? clock + rand() % 5 * 40000 - 40000 : NO_STAMP;
            int64_t decode;
            timeline_place(&t, pts, dts, &times[i], &decode);
            good = good && decode > decode_before && times[i] >= decode;
            for (int k = i > 16 ? i - 16 : 0; k < i; k++)
                good = good && times[k] != times[i];
            decode_before = decode;
        }
        CU_ASSERT_TRUE(good);
    }
}

// --- clocks in files -----------------------------------------------------------------------------------------------

static void join_streams(const char *name, double second_start)
{
    Media part = usual;
    part.format = "mpegts";
    part.start_s = 100;
    CU_ASSERT_TRUE(media_make(&part, media_path("part1.ts")));
    part.start_s = second_start;
    CU_ASSERT_TRUE(media_make(&part, media_path("part2.ts")));
    media_bytes(media_path(name), "", 0, "wb");
    media_append(media_path(name), media_path("part1.ts"), 0, 0);
    media_append(media_path(name), media_path("part2.ts"), 0, 0);
    Reading *r = media_read(media_path(name), START, true);
    bool good = r->orderly && r->pictures >= 2 * FRAMES - 3 && r->damage.stamps >= 1;
    int64_t end = r->pictures ? r->shown[r->pictures - 1] - START : 0;
    good = good && llabs(end - (2 * FRAMES - 1) * 40000) < 200000;
    for (int i = 1; good && i < r->pictures; i++)
        good = r->shown[i] - r->shown[i - 1] <= 200000;
    good = good && llabs(r->info.duration_us - 2 * FRAMES * 40000) < 300000;
    CU_ASSERT_TRUE(good);
    if (!good)
        complain(name, r);
    free(r);
    check_seek(media_path(name));
}

static void clocks_set_in_the_middle(void)
{
    join_streams("back.ts", 3);
    join_streams("hours.ts", 30000);
}

static void stamps_of_33_bits_wrap(void)
{
    Media part = usual;
    part.format = "mpegts";
    part.start_s = 95443.7177 - 1.2;
    CU_ASSERT_TRUE(media_make(&part, media_path("wrap.ts")));
    Reading *r = media_read(media_path("wrap.ts"), START, true);
    bool good = r->orderly && r->pictures == FRAMES;
    for (int i = 0; good && i < FRAMES; i++)
        good = r->number[i] == i && llabs(r->shown[i] - START - i * 40000) < 1000;
    CU_ASSERT_TRUE(good);
    if (!good)
        complain("wrap.ts", r);
    free(r);
}

static int64_t uneven_ms(int frame)
{
    static const int steps[] = {33, 120, 40, 7, 700, 45};
    int64_t at = 0;
    for (int i = 0; i < frame; i++)
        at += steps[i % 6];
    return at;
}

static void uneven_rates_keep_their_times(void)
{
    static const char *const formats[] = {"matroska", "mp4", "flv"};
    for (size_t f = 0; f < 3; f++) {
        Media uneven = usual;
        uneven.format = formats[f];
        uneven.stamp_ms = uneven_ms;
        CU_ASSERT_TRUE(media_make(&uneven, media_path("uneven.dat")));
        Reading *r = media_read(media_path("uneven.dat"), START, true);
        bool good = r->orderly && r->pictures == FRAMES && !r->damage.stamps;
        for (int i = 0; good && i < FRAMES; i++)
            good = r->number[i] == i && llabs(r->shown[i] - START - uneven_ms(i) * 1000) <= 1000;
        CU_ASSERT_TRUE(good);
        if (!good)
            complain(formats[f], r);
        free(r);
    }
}

static void a_size_that_changes_is_another_format(void)
{
    Media part = usual;
    part.format = "mpegts";
    part.start_s = 1;
    CU_ASSERT_TRUE(media_make(&part, media_path("size1.ts")));
    part.width = 256;
    part.start_s = 1 + FRAMES / 25.0;
    CU_ASSERT_TRUE(media_make(&part, media_path("size2.ts")));
    const char *path = media_path("sizes.ts");
    media_bytes(path, "", 0, "wb");
    media_append(path, media_path("size1.ts"), 0, 0);
    media_append(path, media_path("size2.ts"), 0, 0);
    Reading *r = media_read(path, START, true);
    bool good = r->orderly && r->pictures >= 2 * FRAMES - 3;
    for (int i = 0; good && i < r->pictures; i++)
        good = r->width[i] == (i < FRAMES ? 192 : 256);
    CU_ASSERT_TRUE(good);
    if (!good)
        complain(path, r);
    free(r);
    Source *source;
    CU_ASSERT_EQUAL_FATAL(source_open(&source, path, &(SourceOptions){0}, NULL), STATUS_OK);
    Packet *first, *packet;
    CU_ASSERT_EQUAL_FATAL(source_read(source, false, &first, NULL), STATUS_OK);
    int same = 1;
    while (source_read(source, false, &packet, NULL) == STATUS_OK) {
        same += packet_same_format(first, packet);
        packet_unref(&packet);
    }
    CU_ASSERT_EQUAL(same, FRAMES);
    packet_unref(&first);
    source_close(&source);
}

static void shifted_packets_share_their_bytes(void)
{
    Source *source;
    Packet *packet;
    CU_ASSERT_EQUAL_FATAL(source_open(&source, media_path("a.mp4"), &(SourceOptions){START, 0}, NULL),
                          STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(source_read(source, false, &packet, NULL), STATUS_OK);
    Packet *later = packet_shifted(packet, 5000000);
    CU_ASSERT_EQUAL(packet_time_us(later), packet_time_us(packet) + 5000000);
    CU_ASSERT_EQUAL(packet_decode_us(later), packet_decode_us(packet) + 5000000);
    CU_ASSERT_EQUAL(packet_size(later), packet_size(packet));
    CU_ASSERT_TRUE(packet_key(later) && packet_same_format(later, packet));
    source_close(&source);
    packet_unref(&packet);
    packet_unref(&later);
}

#endif
