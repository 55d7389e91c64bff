// Cases of capture_test.c: what the pixels are, from decoder to JPEG.
#ifndef HEIYAN_TESTS_CAPTURE_PIXELS_H
#define HEIYAN_TESTS_CAPTURE_PIXELS_H

#include "capture/clip.h"
#include "capture/jpeg.h"
#include "capture/png.h"
#include "capture/ring.h"
#include "capture/stills.h"
#include "capture_clip.h"
#include "capture_media.h"

#include <CUnit/CUnit.h>
#include <libexif/exif-data.h>
#include <libswscale/swscale.h>

static uint8_t *pixel(const Picture *picture, int plane, int x, int y)
{
    return (uint8_t *)(uintptr_t)picture->plane[plane] + (ptrdiff_t)y * picture->stride[plane] + x;
}

// Largest distance of a plane from a value.
static int off(const Picture *picture, int plane, int value)
{
    int most = 0;
    for (int y = 0; y < (plane ? (picture->height + 1) / 2 : picture->height); y++)
        for (int x = 0; x < (plane ? (picture->width + 1) / 2 : picture->width); x++) {
            int apart = abs(*pixel(picture, plane, x, y) - value);
            most = apart > most ? apart : most;
        }
    return most;
}

static Picture *first_picture(const char *path)
{
    Picture *picture = NULL;
    Error error = {0};
    CU_ASSERT_EQUAL(still_read(path, &picture, &error), STATUS_OK);
    if (!picture)
        fprintf(stderr, "\n    %s\n", error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(picture);
    return picture;
}

// A flat field stays flat and keeps its value, whatever it was coded as.
static void pixel_formats_become_420(void)
{
    static const struct {
        const char *encoder, *format;
        enum AVPixelFormat pixels;
        ColorRange range;
        bool plain;
    } formats[] = {
        {"libx264", "mp4", AV_PIX_FMT_YUV420P, COLOR_RANGE_LIMITED, true},
        {"libx264", "mp4", AV_PIX_FMT_YUVJ420P, COLOR_RANGE_FULL, true},
        {"libx264", "mp4", AV_PIX_FMT_YUV422P, COLOR_RANGE_LIMITED, false},
        {"libx264", "mp4", AV_PIX_FMT_YUV444P, COLOR_RANGE_LIMITED, false},
        {"libx264", "mp4", AV_PIX_FMT_YUV420P10, COLOR_RANGE_LIMITED, false},
        {"libx264", "mp4", AV_PIX_FMT_YUV422P10, COLOR_RANGE_LIMITED, false},
        {"libx265", "mp4", AV_PIX_FMT_YUV420P10, COLOR_RANGE_LIMITED, false},
        {"libx265", "matroska", AV_PIX_FMT_YUV420P12, COLOR_RANGE_LIMITED, false},
        {"mjpeg", "avi", AV_PIX_FMT_YUVJ422P, COLOR_RANGE_FULL, false},
        {"mjpeg", "avi", AV_PIX_FMT_YUVJ444P, COLOR_RANGE_FULL, false},
        {"rawvideo", "avi", AV_PIX_FMT_GRAY8, COLOR_RANGE_FULL, false},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        Media flat = usual;
        flat.encoder = formats[i].encoder;
        flat.format = formats[i].format;
        flat.pixels = formats[i].pixels;
        flat.flat = true;
        flat.frames = 3;
        flat.bframes = 0;
        CU_ASSERT_TRUE(media_make(&flat, media_path("flat.dat")));
        Picture *picture = first_picture(media_path("flat.dat"));
        bool grey = formats[i].pixels == AV_PIX_FMT_GRAY8;
        bool good = off(picture, 0, 100) <= 1 && off(picture, 1, grey ? 128 : 110) <= 1 &&
                    off(picture, 2, grey ? 128 : 150) <= 1 && picture->range == formats[i].range &&
                    picture->width == 192 && picture->height == 112;
        CU_ASSERT_TRUE(good);
        if (!good)
            fprintf(stderr, "\n    %s %s: off by %d %d %d, range %d\n", formats[i].encoder,
                    av_get_pix_fmt_name(formats[i].pixels), off(picture, 0, 100),
                    off(picture, 1, 110), off(picture, 2, 150), picture->range);
        picture_unref(&picture);
        Source *source;
        CU_ASSERT_EQUAL_FATAL(source_open(&source, media_path("flat.dat"), &(SourceOptions){0}, NULL),
                              STATUS_OK);
        CU_ASSERT_EQUAL(source_info(source)->eight_bit_420, formats[i].plain);
        source_close(&source);
    }
}

// The number's blocks start in the top left corner: after a turn they start in another.
static void rotation_is_applied(void)
{
    for (int degrees = 90; degrees < 360; degrees += 90) {
        Media turned = usual;
        turned.rotation = degrees;
        turned.frames = 2;
        CU_ASSERT_TRUE(media_make(&turned, media_path("rotated.mp4")));
        Picture *straight = first_picture(media_path("a.mp4"));
        Picture *picture = first_picture(media_path("rotated.mp4"));
        bool side = degrees != 180;
        CU_ASSERT_EQUAL(picture->width, side ? 112 : 192);
        CU_ASSERT_EQUAL(picture->height, side ? 192 : 112);
        int worst = 0;
        for (int plane = 0; plane < 3; plane++) {
            int w = plane ? 96 : 192, h = plane ? 56 : 112;
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    int to_x = degrees == 90 ? h - 1 - y : degrees == 180 ? w - 1 - x : y;
                    int to_y = degrees == 90 ? x : degrees == 180 ? h - 1 - y : w - 1 - x;
                    int apart = abs(*pixel(straight, plane, x, y) -
                                    *pixel(picture, plane, to_x, to_y));
                    worst = apart > worst ? apart : worst;
                }
        }
        CU_ASSERT_TRUE(worst <= 12); // two encodings of the same picture
        picture_unref(&straight);
        picture_unref(&picture);
    }
}

static void interlaced_frames_lose_their_combing(void)
{
    Media combed = usual;
    combed.encoder = "mpeg2video";
    combed.format = "mpegts";
    combed.interlaced = true;
    combed.bframes = 0;
    combed.frames = 5;
    CU_ASSERT_TRUE(media_make(&combed, media_path("combed.ts")));
    Picture *picture = first_picture(media_path("combed.ts"));
    int64_t lines = 0;
    for (int y = 1; y + 1 < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            lines += abs(2 * *pixel(picture, 0, x, y) - *pixel(picture, 0, x, y - 1) -
                         *pixel(picture, 0, x, y + 1));
    // The pattern is 190 high in a quarter of the columns: combed lines differ by dozens on average.
    CU_ASSERT_TRUE(lines / (picture->width * (picture->height - 2)) < 8);
    CU_ASSERT_EQUAL(picture->height, 112);
    picture_unref(&picture);
}

static Picture *wave_picture(int width, int height, unsigned seed)
{
    Picture *picture = picture_new(width, height);
    srand(seed);
    double a = rand() % 100 / 900.0 + 0.01, b = rand() % 100 / 900.0 + 0.01;
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? (height + 1) / 2 : height); y++)
            for (int x = 0; x < (plane ? (width + 1) / 2 : width); x++) {
                double v = plane ? 128 + 24 * sin(a * x + plane) * cos(b * y)
                                 : 120 + 55 * sin(2 * a * x) * cos(b * y) + rand() % 9;
                *pixel(picture, plane, x, y) = (uint8_t)lround(v);
            }
    return picture;
}

// Colours that RGB has, in blocks of 2x2 with noise in the luma only.
static Picture *noise_picture(int width, int height, unsigned seed)
{
    Picture *picture = picture_new(width, height);
    srand(seed);
    for (int y = 0; y < (height + 1) / 2; y++)
        for (int x = 0; x < (width + 1) / 2; x++) {
            *pixel(picture, 1, x, y) = (uint8_t)(118 + rand() % 21);
            *pixel(picture, 2, x, y) = (uint8_t)(118 + rand() % 21);
        }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *pixel(picture, 0, x, y) = (uint8_t)(55 + rand() % 145);
    return picture;
}

// Through swscale with every detail given.
static Picture *swscale_601(const Picture *picture)
{
    static const int matrices[] = {SWS_CS_ITU601, SWS_CS_ITU709, SWS_CS_BT2020};
    Picture *out = picture_new(picture->width, picture->height);
    struct SwsContext *scaler = sws_alloc_context();
    int full = picture->range == COLOR_RANGE_FULL;
    av_opt_set_int(scaler, "srcw", picture->width, 0);
    av_opt_set_int(scaler, "srch", picture->height, 0);
    av_opt_set_int(scaler, "dstw", picture->width, 0);
    av_opt_set_int(scaler, "dsth", picture->height, 0);
    av_opt_set_int(scaler, "src_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(scaler, "dst_format", AV_PIX_FMT_YUV420P, 0);
    av_opt_set_int(scaler, "src_range", full, 0);
    av_opt_set_int(scaler, "dst_range", 1, 0);
    av_opt_set_int(scaler, "sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT |
                       SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, 0);
    CU_ASSERT_TRUE_FATAL(sws_init_context(scaler, NULL, NULL) >= 0);
    sws_setColorspaceDetails(scaler, sws_getCoefficients(matrices[picture->space]), full,
                             sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
    const uint8_t *const from[4] = {picture->plane[0], picture->plane[1], picture->plane[2], NULL};
    uint8_t *to[4] = {pixel(out, 0, 0, 0), pixel(out, 1, 0, 0), pixel(out, 2, 0, 0), NULL};
    const int stride[4] = {picture->stride[0], picture->stride[1], picture->stride[2], 0};
    const int to_stride[4] = {out->stride[0], out->stride[1], out->stride[2], 0};
    sws_scale(scaler, from, stride, 0, picture->height, to, to_stride);
    sws_freeContext(scaler);
    return out;
}

// By the definition of the matrices, over RGB in floating point.
static Picture *exact_601(const Picture *picture)
{
    static const double k[3][2] = {{0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593}};
    double kr = k[picture->space][0], kb = k[picture->space][1], kg = 1 - kr - kb;
    bool full = picture->range == COLOR_RANGE_FULL;
    Picture *out = picture_new(picture->width, picture->height);
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            double luma = *pixel(picture, 0, x, y), b = *pixel(picture, 1, x / 2, y / 2) - 128.0;
            double r = *pixel(picture, 2, x / 2, y / 2) - 128.0;
            luma = full ? luma / 255 : (luma - 16) / 219;
            b /= full ? 255 : 224;
            r /= full ? 255 : 224;
            double red = luma + 2 * (1 - kr) * r, blue = luma + 2 * (1 - kb) * b;
            double green = (luma - kr * red - kb * blue) / kg;
            double to = 0.299 * red + 0.587 * green + 0.114 * blue;
            *pixel(out, 0, x, y) = (uint8_t)lround(fmin(255, fmax(0, 255 * to)));
            *pixel(out, 1, x / 2, y / 2) =
                (uint8_t)lround(fmin(255, fmax(0, 128 + 255 * (blue - to) / (2 * 0.886))));
            *pixel(out, 2, x / 2, y / 2) =
                (uint8_t)lround(fmin(255, fmax(0, 128 + 255 * (red - to) / (2 * 0.701))));
        }
    return out;
}

static int farthest(const Picture *a, const Picture *b)
{
    int worst = 0;
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? (a->height + 1) / 2 : a->height); y++)
            for (int x = 0; x < (plane ? (a->width + 1) / 2 : a->width); x++) {
                int apart = abs(*pixel(a, plane, x, y) - *pixel(b, plane, x, y));
                worst = apart > worst ? apart : worst;
            }
    return worst;
}

// Noise against the definition, of which one rounding is allowed; swscale filters chroma on its way over RGB and is
// asked where that changes nothing.
static void ranges_and_matrices_agree_with_swscale(void)
{
    for (int range = 0; range < 2; range++)
        for (int space = 0; space < 3; space++)
            for (unsigned seed = 0; seed < 8; seed++) {
                bool noise = seed & 1;
                Picture *picture = noise ? noise_picture(127, 83, seed) : wave_picture(322, 178, seed);
                picture->range = range;
                picture->space = space;
                picture->time_us = 7;
                Picture *ours = picture_to_jpeg_range(picture);
                Picture *theirs = noise ? exact_601(picture) : swscale_601(picture);
                CU_ASSERT_PTR_NOT_NULL_FATAL(ours);
                CU_ASSERT_TRUE((ours->range == COLOR_RANGE_FULL && ours->space == COLOR_SPACE_BT601 &&
                                ours->time_us == 7));
                CU_ASSERT_EQUAL(ours == picture, range == COLOR_RANGE_FULL && space == 0);
                int apart = farthest(ours, theirs);
                CU_ASSERT_TRUE(apart <= (noise ? 1 : 2));
                if (apart > (noise ? 1 : 2))
                    fprintf(stderr, "\n    range %d space %d seed %u: off by %d\n", range, space, seed, apart);
                picture_unref(&picture);
                picture_unref(&ours);
                picture_unref(&theirs);
            }
}

static void jpegs_keep_the_picture(void)
{
    static const int sizes[][2] = {{322, 178}, {33, 31}, {1, 1}, {64, 17}, {31, 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int w = sizes[i][0], h = sizes[i][1];
        unsigned char *data[2];
        size_t size[2];
        Picture *picture = wave_picture(w, h, 3);
        picture->range = COLOR_RANGE_FULL;
        for (int k = 0; k < 2; k++) {
            // Other bytes beyond the edge must not change the file.
            for (int y = 0; y < h; y++)
                for (int x = w; x < picture->stride[0]; x++)
                    *pixel(picture, 0, x, y) = (uint8_t)(k * 255);
            CU_ASSERT_EQUAL_FATAL(jpeg_encode(picture, 95, NULL, &data[k], &size[k], NULL), STATUS_OK);
        }
        CU_ASSERT_TRUE(size[0] == size[1] && memcmp(data[0], data[1], size[0]) == 0);
        media_bytes(media_path("round.jpg"), data[0], size[0], "wb");
        Picture *back = first_picture(media_path("round.jpg"));
        CU_ASSERT_TRUE(back->width == w && back->height == h && back->range == COLOR_RANGE_FULL);
        int64_t error = 0;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                error += abs(*pixel(picture, 0, x, y) - *pixel(back, 0, x, y));
        CU_ASSERT_TRUE(error <= 2 * w * h);
        unsigned char *rows, *drawn;
        int width, height;
        CU_ASSERT_EQUAL(jpeg_decode_bgrx(data[0], size[0], &rows, &width, &height, NULL), STATUS_OK);
        CU_ASSERT_TRUE(width == w && height == h);
        CU_ASSERT_EQUAL(picture_to_bgrx(back, &drawn, NULL), STATUS_OK);
        int64_t apart = 0;
        for (int b = 0; b < w * h * 4; b++)
            apart += b % 4 == 3 ? 0 : abs(rows[b] - drawn[b]);
        CU_ASSERT_TRUE(apart <= 3 * 3 * w * h);
        free(rows);
        free(drawn);
        free(data[0]);
        free(data[1]);
        picture_unref(&back);
        picture_unref(&picture);
    }
    unsigned char *rows;
    int width, height;
    CU_ASSERT_EQUAL(jpeg_decode_bgrx((const unsigned char *)"no JPEG", 7, &rows, &width, &height, NULL),
                    STATUS_FORMAT);
    CU_ASSERT_PTR_NULL(rows);
}

static const char *exif_text(const ExifData *exif, ExifIfd ifd, int tag, char *text, unsigned size)
{
    ExifEntry *entry = exif_content_get_entry(exif->ifd[ifd], (ExifTag)tag);
    return entry ? exif_entry_get_value(entry, text, size) : "";
}

static double exif_degrees(const ExifData *exif, int tag)
{
    ExifEntry *entry = exif_content_get_entry(exif->ifd[EXIF_IFD_GPS], (ExifTag)tag);
    double degrees = 0, unit = 1;
    for (int i = 0; entry && i < 3; i++, unit *= 60) {
        ExifRational part = exif_get_rational(entry->data + 8 * i, EXIF_BYTE_ORDER_INTEL);
        CU_ASSERT_TRUE(!i || part.numerator < 60 * part.denominator);
        degrees += (double)part.numerator / part.denominator / unit;
    }
    return degrees;
}

static void jpegs_carry_time_and_place(void)
{
    Picture *picture = wave_picture(64, 48, 1);
    const JpegTags tags = {"2026-11-23T08:15:02.345+08:00", "建设路与神农路口", "410581-07",
                           -35.79999999, 112.9200278};
    unsigned char *data, *again;
    size_t size, more;
    CU_ASSERT_EQUAL_FATAL(jpeg_encode(picture, 90, &tags, &data, &size, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(jpeg_encode(picture, 90, &tags, &again, &more, NULL), STATUS_OK);
    CU_ASSERT_TRUE(size == more && memcmp(data, again, size) == 0);
    ExifData *exif = exif_data_new_from_data(data, (unsigned)size);
    char text[256];
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, text, 256),
                           "2026:11:23 08:15:02");
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_EXIF, EXIF_TAG_SUB_SEC_TIME_ORIGINAL, text, 256), "345");
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_EXIF, 0x9011, text, 256), "+08:00");
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_0, EXIF_TAG_IMAGE_DESCRIPTION, text, 256),
                           "建设路与神农路口");
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_0, EXIF_TAG_MODEL, text, 256), "410581-07");
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE_REF, text, 256), "S");
    CU_ASSERT_DOUBLE_EQUAL(exif_degrees(exif, EXIF_TAG_GPS_LATITUDE), 35.79999999, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(exif_degrees(exif, EXIF_TAG_GPS_LONGITUDE), 112.9200278, 1e-6);
    exif_data_unref(exif);
    free(data);
    free(again);
    const JpegTags none = {NULL, NULL, NULL, NAN, NAN};
    CU_ASSERT_EQUAL_FATAL(jpeg_encode(picture, 90, &none, &data, &size, NULL), STATUS_OK);
    exif = exif_data_new_from_data(data, (unsigned)size);
    CU_ASSERT_STRING_EQUAL(exif_text(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE, text, 256), "");
    exif_data_unref(exif);
    free(data);
    picture_unref(&picture);
}

static void drawn_jpegs_fit_their_limit(void)
{
    enum { W = 640, H = 480 };
    unsigned char *rows = malloc(W * H * 4), *data;
    size_t size;
    srand(5);
    for (int i = 0; i < W * H * 4; i++)
        rows[i] = (unsigned char)(rand() >> 7);
    const JpegTags tags = {"2026-11-23T08:15:02.345+08:00", "place", "device", 35, 112};
    CU_ASSERT_EQUAL(jpeg_encode_bgrx(rows, W, H, W * 4, 95, 0, &tags, &data, &size, NULL), STATUS_OK);
    CU_ASSERT_TRUE(size > 150000);
    free(data);
    CU_ASSERT_EQUAL(jpeg_encode_bgrx(rows, W, H, W * 4, 95, 150000, &tags, &data, &size, NULL), STATUS_OK);
    CU_ASSERT_TRUE(size <= 150000 && size > 90000);
    free(data);
    Error error;
    CU_ASSERT_EQUAL(jpeg_encode_bgrx(rows, W, H, W * 4, 95, 500, &tags, &data, &size, &error),
                    STATUS_ARGUMENT);
    CU_ASSERT_PTR_NULL(data);
    free(rows);
}

static void crops_share_the_planes(void)
{
    Picture *picture = wave_picture(64, 48, 1);
    picture->time_us = 42;
    picture->damaged = true;
    Picture *crop = picture_crop(picture, (Box){11, 21, 20, 100});
    CU_ASSERT_PTR_NOT_NULL_FATAL(crop);
    CU_ASSERT_TRUE(crop->width == 21 && crop->height == 28 && crop->time_us == 42 && crop->damaged);
    CU_ASSERT_PTR_EQUAL(crop->plane[0], pixel(picture, 0, 10, 20));
    CU_ASSERT_PTR_EQUAL(crop->plane[2], pixel(picture, 2, 5, 10));
    CU_ASSERT_PTR_NULL(picture_crop(picture, (Box){64, 0, 10, 10}));
    picture_unref(&picture); // the crop keeps it
    CU_ASSERT_EQUAL(*pixel(crop, 0, 20, 27), *pixel(crop, 0, 20, 27));
    picture_unref(&crop);
}

static void save_jpeg(const char *name, int width, int number)
{
    Picture *picture = picture_new(width, 112);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? 56 : 112); y++)
            for (int x = 0; x < (plane ? (width + 1) / 2 : width); x++)
                *pixel(picture, plane, x, y) = (uint8_t)(plane ? 128 : media_luma(x, y, number));
    picture->range = COLOR_RANGE_FULL;
    unsigned char *data;
    size_t size;
    CU_ASSERT_EQUAL_FATAL(jpeg_encode(picture, 92, NULL, &data, &size, NULL), STATUS_OK);
    media_bytes(media_path(name), data, size, "wb");
    free(data);
    picture_unref(&picture);
}

static void stills_are_a_sequence(void)
{
    char names[6][256];
    const char *paths[6];
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "still-%d.jpg", i);
        save_jpeg(name, i == 3 ? 160 : 192, i); // one of another size
        snprintf(names[i], sizeof names[i], "%s", media_path(name));
        paths[i] = names[i];
    }
    media_bytes(paths[4], "broken", 6, "wb");
    CU_ASSERT_EQUAL(source_probe(paths[0]), SOURCE_PICTURE);
    Source *source;
    CU_ASSERT_EQUAL_FATAL(source_open_stills(&source, paths, 6, &(SourceOptions){START, 10}, NULL),
                          STATUS_OK);
    const SourceInfo *info = source_info(source);
    CU_ASSERT_TRUE(info->stills && info->width == 192 && info->height == 112);
    CU_ASSERT_DOUBLE_EQUAL(info->fps, 10, 1e-9);
    CU_ASSERT_EQUAL(info->duration_us, 600000);
    static const int there[] = {0, 1, 2, 5};
    size_t count = 0;
    Packet *packets[6];
    while (source_read(source, false, &packets[count], NULL) == STATUS_OK) {
        CU_ASSERT_TRUE(packet_key(packets[count]));
        CU_ASSERT_EQUAL(packet_time_us(packets[count]), START + there[count] * 100000);
        count++;
    }
    CU_ASSERT_EQUAL(count, 4);
    CU_ASSERT_EQUAL(source_damage(source).packets, 2);
    CU_ASSERT_EQUAL(source_seek(source, START + 200000, NULL), STATUS_OK);
    Packet *packet;
    CU_ASSERT_EQUAL(source_read(source, true, &packet, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(packet_time_us(packet), START + 200000);
    packet_unref(&packet);
    source_close(&source);
    // Their clip is encoded here, however MP4 would carry JPEG.
    ClipInfo info2;
    CU_ASSERT_EQUAL(clip_write(media_path("stills.mp4"), packets, count, &info2, NULL), STATUS_OK);
    CU_ASSERT_TRUE(info2.kind == CLIP_ENCODED && info2.frames == 4 && !info2.needs_preview);
    Reading *r = media_read(media_path("stills.mp4"), START, true);
    CU_ASSERT_TRUE(r->pictures == 4 && r->number[3] == 5 && r->shown[3] == START + 500000);
    free(r);
    for (size_t i = 0; i < count; i++)
        packet_unref(&packets[i]);
}

static void png_is_exact(void)
{
    enum { W = 35, H = 21 };
    unsigned char gray[W * H], colour[W * H * 4], *data, *again;
    size_t size, more;
    srand(9);
    for (int i = 0; i < W * H; i++) {
        gray[i] = (unsigned char)(rand() >> 7);
        memset(colour + 4 * i, gray[i], 4);
    }
    CU_ASSERT_EQUAL_FATAL(png_encode(gray, W, H, W, PNG_GRAY, &data, &size, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(png_encode(gray, W, H, W, PNG_GRAY, &again, &more, NULL), STATUS_OK);
    CU_ASSERT_TRUE(size == more && memcmp(data, again, size) == 0);
    media_bytes(media_path("gray.png"), data, size, "wb");
    free(data);
    free(again);
    CU_ASSERT_EQUAL_FATAL(png_encode(colour, W, H, W * 4, PNG_BGRX, &data, &size, NULL), STATUS_OK);
    media_bytes(media_path("colour.png"), data, size, "wb");
    free(data);
    CU_ASSERT_EQUAL(source_probe(media_path("gray.png")), SOURCE_PICTURE);
    static const char *const names[] = {"gray.png", "colour.png"};
    for (int k = 0; k < 2; k++) {
        Picture *picture = first_picture(media_path(names[k]));
        CU_ASSERT_TRUE(picture->width == W && picture->height == H &&
                       picture->range == COLOR_RANGE_FULL);
        int worst = 0;
        for (int i = 0; i < W * H; i++) {
            int apart = abs(*pixel(picture, 0, i % W, i / W) - gray[i]);
            worst = apart > worst ? apart : worst;
        }
        CU_ASSERT_TRUE(worst <= 1);
        picture_unref(&picture);
    }
    CU_ASSERT_EQUAL(png_encode(gray, 0, 5, 0, PNG_GRAY, &data, &size, NULL), STATUS_ARGUMENT);
}

#endif
