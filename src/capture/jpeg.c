#include "capture/jpeg.h"

#include <libexif/exif-data.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#define ONE 65536 // fixed point

// Kr and Kb of each matrix: Y = Kr*R + (1-Kr-Kb)*G + Kb*B (ITU-R BT.601, BT.709, BT.2020).
static const double coefficients[3][2] = {
    [COLOR_SPACE_BT601] = {0.299, 0.114},
    [COLOR_SPACE_BT709] = {0.2126, 0.0722},
    [COLOR_SPACE_BT2020] = {0.2627, 0.0593},
};

// Full-range YCbCr (chroma centred on 0, -0.5..0.5) of one matrix to that of BT.601, by way of RGB, as a 3x3.
static void matrix_to_601(ColorSpace from, double out[3][3])
{
    double kr = coefficients[from][0], kb = coefficients[from][1], kg = 1 - kr - kb;
    const double rgb[3][3] = {{1, 0, 2 * (1 - kr)},
                              {1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg},
                              {1, 2 * (1 - kb), 0}};
    double r = 0.299, b = 0.114, g = 1 - r - b;
    const double yuv[3][3] = {{r, g, b},
                              {-r / (2 * (1 - b)), -g / (2 * (1 - b)), 0.5},
                              {0.5, -g / (2 * (1 - r)), -b / (2 * (1 - r))}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            out[i][j] = 0;
            for (int k = 0; k < 3; k++)
                out[i][j] += yuv[i][k] * rgb[k][j];
        }
}

static uint8_t to_byte(int64_t fixed)
{
    int64_t value = (fixed + ONE / 2) >> 16;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

Picture *picture_to_jpeg_range(Picture *picture)
{
    bool limited = picture->range == COLOR_RANGE_LIMITED;
    if (!limited && picture->space == COLOR_SPACE_BT601)
        return picture_ref(picture);
    Picture *out = picture_new(picture->width, picture->height);
    if (!out)
        return NULL;
    out->time_us = picture->time_us;
    out->range = COLOR_RANGE_FULL;
    out->space = COLOR_SPACE_BT601;
    out->key = picture->key;
    out->damaged = picture->damaged;
    double m[3][3], luma = limited ? 255.0 / 219 : 1, chroma = limited ? 255.0 / 224 : 1;
    matrix_to_601(picture->space, m);
    int black = limited ? 16 : 0;
    int64_t yy = llround(m[0][0] * luma * ONE), yu = llround(m[0][1] * chroma * ONE);
    int64_t yv = llround(m[0][2] * chroma * ONE), uu = llround(m[1][1] * chroma * ONE);
    int64_t uv = llround(m[1][2] * chroma * ONE), vu = llround(m[2][1] * chroma * ONE);
    int64_t vv = llround(m[2][2] * chroma * ONE);
    for (int y = 0; y < picture->height; y++) {
        const uint8_t *row = picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        const uint8_t *u = picture->plane[1] + (ptrdiff_t)(y / 2) * picture->stride[1];
        const uint8_t *v = picture->plane[2] + (ptrdiff_t)(y / 2) * picture->stride[2];
        uint8_t *to = (uint8_t *)(uintptr_t)out->plane[0] + (ptrdiff_t)y * out->stride[0];
        for (int x = 0; x < picture->width; x++)
            to[x] = to_byte(yy * (row[x] - black) + yu * (u[x / 2] - 128) + yv * (v[x / 2] - 128));
    }
    for (int y = 0; y < (picture->height + 1) / 2; y++) {
        const uint8_t *u = picture->plane[1] + (ptrdiff_t)y * picture->stride[1];
        const uint8_t *v = picture->plane[2] + (ptrdiff_t)y * picture->stride[2];
        uint8_t *to_u = (uint8_t *)(uintptr_t)out->plane[1] + (ptrdiff_t)y * out->stride[1];
        uint8_t *to_v = (uint8_t *)(uintptr_t)out->plane[2] + (ptrdiff_t)y * out->stride[2];
        for (int x = 0; x < (picture->width + 1) / 2; x++) {
            int cu = u[x] - 128, cv = v[x] - 128;
            to_u[x] = to_byte(uu * cu + uv * cv + 128 * (int64_t)ONE);
            to_v[x] = to_byte(vu * cu + vv * cv + 128 * (int64_t)ONE);
        }
    }
    return out;
}

static void release_picture(void *owner)
{
    Picture *picture = owner;
    picture_unref(&picture);
}

Picture *picture_crop(Picture *picture, Box box)
{
    box = box_clip(box, picture->width, picture->height);
    int right = box.x + box.w, bottom = box.y + box.h;
    box.x &= ~1;
    box.y &= ~1;
    if (right <= box.x || bottom <= box.y)
        return NULL;
    const uint8_t *planes[3];
    for (int i = 0; i < 3; i++)
        planes[i] = picture->plane[i] + (ptrdiff_t)(i ? box.y / 2 : box.y) * picture->stride[i] +
                    (i ? box.x / 2 : box.x);
    Picture *crop = picture_wrap(right - box.x, bottom - box.y, planes, picture->stride,
                                 release_picture, picture_ref(picture));
    if (!crop) {
        picture_unref(&picture);
        return NULL;
    }
    crop->time_us = picture->time_us;
    crop->range = picture->range;
    crop->space = picture->space;
    return crop;
}

static void add_entry(ExifData *exif, ExifIfd ifd, ExifTag tag, ExifFormat format,
                      const void *bytes, unsigned size, unsigned components)
{
    ExifEntry *entry = exif_entry_new();
    ExifMem *memory = exif_mem_new_default();
    if (entry && memory && (entry->data = exif_mem_alloc(memory, size + 1))) {
        memcpy(entry->data, bytes, size);
        entry->size = size;
        entry->tag = tag;
        entry->format = format;
        entry->components = components;
        exif_content_add_entry(exif->ifd[ifd], entry);
    }
    exif_entry_unref(entry);
    exif_mem_unref(memory);
}

static void add_text(ExifData *exif, ExifIfd ifd, ExifTag tag, const char *text)
{
    unsigned size = (unsigned)strlen(text) + 1;
    add_entry(exif, ifd, tag, EXIF_FORMAT_ASCII, text, size, size);
}

static void add_angle(ExifData *exif, ExifTag reference, ExifTag tag, double degrees,
                      const char *letters)
{
    char letter[2] = {letters[degrees < 0], '\0'};
    unsigned char bytes[24];
    double rest = fabs(degrees);
    uint32_t d = (uint32_t)rest, m = (uint32_t)((rest - d) * 60);
    uint32_t s = (uint32_t)lround(((rest - d) * 60 - m) * 60 * 1000);
    const ExifRational parts[3] = {{d, 1}, {m, 1}, {s, 1000}};
    for (int i = 0; i < 3; i++)
        exif_set_rational(bytes + 8 * i, EXIF_BYTE_ORDER_INTEL, parts[i]);
    add_entry(exif, EXIF_IFD_GPS, reference, EXIF_FORMAT_ASCII, letter, 2, 2);
    add_entry(exif, EXIF_IFD_GPS, tag, EXIF_FORMAT_RATIONAL, bytes, sizeof bytes, 3);
}

// EXIF block for the tags, NULL when out of memory. The caller frees.
static unsigned char *make_exif(const JpegTags *tags, unsigned *size)
{
    ExifData *exif = exif_data_new();
    unsigned char *bytes = NULL;
    *size = 0;
    if (!exif)
        return NULL;
    exif_data_set_byte_order(exif, EXIF_BYTE_ORDER_INTEL);
    if (tags->date_time && strlen(tags->date_time) >= 29) { // 2026-11-23T08:15:02.345+08:00
        char date[20], fraction[4], zone[7];
        snprintf(date, sizeof date, "%.4s:%.2s:%.2s %.8s", tags->date_time, tags->date_time + 5,
                 tags->date_time + 8, tags->date_time + 11);
        snprintf(fraction, sizeof fraction, "%.3s", tags->date_time + 20);
        snprintf(zone, sizeof zone, "%.6s", tags->date_time + 23);
        add_text(exif, EXIF_IFD_0, EXIF_TAG_DATE_TIME, date);
        add_text(exif, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, date);
        add_text(exif, EXIF_IFD_EXIF, EXIF_TAG_SUB_SEC_TIME_ORIGINAL, fraction);
        add_text(exif, EXIF_IFD_EXIF, (ExifTag)0x9011, zone); // OffsetTimeOriginal, EXIF 2.31
    }
    if (tags->description)
        add_text(exif, EXIF_IFD_0, EXIF_TAG_IMAGE_DESCRIPTION, tags->description);
    if (tags->device)
        add_text(exif, EXIF_IFD_0, EXIF_TAG_MODEL, tags->device);
    if (!isnan(tags->latitude) && !isnan(tags->longitude)) {
        add_angle(exif, (ExifTag)EXIF_TAG_GPS_LATITUDE_REF, (ExifTag)EXIF_TAG_GPS_LATITUDE,
                  tags->latitude, "NS");
        add_angle(exif, (ExifTag)EXIF_TAG_GPS_LONGITUDE_REF, (ExifTag)EXIF_TAG_GPS_LONGITUDE,
                  tags->longitude, "EW");
    }
    exif_data_save_data(exif, &bytes, size);
    exif_data_unref(exif);
    return bytes;
}

// Copies a JPEG with the EXIF block put after its start marker. libturbojpeg's buffer is freed.
static Status finish(unsigned char *jpeg, unsigned long jpeg_size, const JpegTags *tags,
                     unsigned char **data, size_t *size, Error *error)
{
    unsigned exif_size = 0;
    unsigned char *exif = tags ? make_exif(tags, &exif_size) : NULL;
    if (exif_size > 65000)
        exif_size = 0;
    size_t extra = exif_size ? exif_size + 4 : 0;
    *data = malloc(jpeg_size + extra);
    Status status = *data ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    if (*data) {
        memcpy(*data, jpeg, 2);
        if (extra) {
            const unsigned char marker[4] = {0xff, 0xe1, (unsigned char)((exif_size + 2) >> 8),
                                             (unsigned char)(exif_size + 2)};
            memcpy(*data + 2, marker, 4);
            memcpy(*data + 6, exif, exif_size);
        }
        memcpy(*data + 2 + extra, jpeg + 2, jpeg_size - 2);
        *size = jpeg_size + extra;
    }
    free(exif);
    tjFree(jpeg);
    return status;
}

Status jpeg_encode(Picture *picture, int quality, const JpegTags *tags, unsigned char **data,
                   size_t *size, Error *error)
{
    *data = NULL;
    Picture *full = picture_to_jpeg_range(picture);
    tjhandle turbo = tjInitCompress();
    unsigned char *jpeg = NULL;
    unsigned long jpeg_size = 0;
    Status status = STATUS_OK;
    if (!full || !turbo)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    else if (tjCompressFromYUVPlanes(turbo, (const unsigned char **)(uintptr_t)full->plane,
                                     full->width, full->stride, full->height, TJSAMP_420, &jpeg,
                                     &jpeg_size, quality, TJFLAG_ACCURATEDCT) != 0)
        status = error_set(error, STATUS_UNSUPPORTED, "a %dx%d picture cannot be a JPEG: %s",
                           full->width, full->height, tjGetErrorStr2(turbo));
    else
        status = finish(jpeg, jpeg_size, tags, data, size, error);
    if (turbo)
        tjDestroy(turbo);
    picture_unref(&full);
    return status;
}

Status jpeg_encode_bgrx(const unsigned char *rows, int width, int height, int stride, int quality,
                        size_t max_bytes, const JpegTags *tags, unsigned char **data, size_t *size,
                        Error *error)
{
    *data = NULL;
    tjhandle turbo = tjInitCompress();
    if (!turbo)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = STATUS_OK;
    for (;; quality -= 5) {
        unsigned char *jpeg = NULL;
        unsigned long jpeg_size = 0;
        if (tjCompress2(turbo, rows, width, stride, height, TJPF_BGRX, &jpeg, &jpeg_size, TJSAMP_420,
                        quality, TJFLAG_ACCURATEDCT) != 0) {
            status = error_set(error, STATUS_UNSUPPORTED, "a %dx%d picture cannot be a JPEG: %s",
                               width, height, tjGetErrorStr2(turbo));
            break;
        }
        if (!max_bytes || jpeg_size + 2048 <= max_bytes || quality <= 10) {
            status = finish(jpeg, jpeg_size, tags, data, size, error);
            break;
        }
        tjFree(jpeg);
    }
    tjDestroy(turbo);
    return status;
}

Status jpeg_decode_bgrx(const unsigned char *data, size_t size, unsigned char **rows, int *width,
                        int *height, Error *error)
{
    *rows = NULL;
    int sampling, space;
    tjhandle turbo = tjInitDecompress();
    if (!turbo)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = STATUS_OK;
    if (tjDecompressHeader3(turbo, data, size, width, height, &sampling, &space) != 0)
        status = error_set(error, STATUS_FORMAT, "not a JPEG: %s", tjGetErrorStr2(turbo));
    else if (!(*rows = malloc((size_t)*width * (size_t)*height * 4)))
        status = error_set(error, STATUS_MEMORY, "out of memory");
    else if (tjDecompress2(turbo, data, size, *rows, *width, *width * 4, *height, TJPF_BGRX,
                           TJFLAG_ACCURATEDCT) != 0 &&
             tjGetErrorCode(turbo) == TJERR_FATAL)
        status = error_set(error, STATUS_FORMAT, "damaged JPEG: %s", tjGetErrorStr2(turbo));
    tjDestroy(turbo);
    if (status != STATUS_OK) {
        free(*rows);
        *rows = NULL;
    }
    return status;
}

Status picture_to_bgrx(const Picture *picture, unsigned char **rows, Error *error)
{
    Picture *full = picture_to_jpeg_range((Picture *)(uintptr_t)picture);
    tjhandle turbo = tjInitDecompress();
    *rows = full ? malloc((size_t)full->width * (size_t)full->height * 4) : NULL;
    Status status = STATUS_OK;
    if (!turbo || !*rows)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    else if (tjDecodeYUVPlanes(turbo, (const unsigned char **)(uintptr_t)full->plane, full->stride,
                               TJSAMP_420, *rows, full->width, full->width * 4, full->height,
                               TJPF_BGRX, 0) != 0)
        status = error_set(error, STATUS_UNSUPPORTED, "a picture cannot be drawn on: %s",
                           tjGetErrorStr2(turbo));
    if (turbo)
        tjDestroy(turbo);
    picture_unref(&full);
    if (status != STATUS_OK) {
        free(*rows);
        *rows = NULL;
    }
    return status;
}
