#include "capture/exif.h"
#include "capture/planes.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

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
    crop->key = picture->key;
    crop->damaged = picture->damaged;
    return crop;
}

// Copies a JPEG with the EXIF block put after its start marker. libturbojpeg's buffer is freed.
static Status finish(unsigned char *jpeg, unsigned long jpeg_size, const JpegTags *tags,
                     unsigned char **data, size_t *size, Error *error)
{
    unsigned exif_size = 0;
    unsigned char *exif = tags ? exif_block(tags, &exif_size) : NULL;
    size_t extra = exif_size ? exif_size + 4 : 0;
    *data = malloc(jpeg_size + extra);
    Status status = STATUS_OK;
    if (!*data || (tags && !exif)) {
        free(*data);
        *data = NULL;
        status = error_set(error, STATUS_MEMORY, "out of memory");
    } else {
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
    // TurboJPEG reads luma up to an even size: what lies there must not differ from run to run.
    Picture *even = !full || (full->width % 2 == 0 && full->height % 2 == 0) ? NULL
                                                                            : picture_even(full);
    const Picture *planes = even ? even : full;
    tjhandle turbo = tjInitCompress();
    unsigned char *jpeg = NULL;
    unsigned long jpeg_size = 0;
    Status status = STATUS_OK;
    if (!turbo || !full || (!even && (full->width % 2 || full->height % 2)))
        status = error_set(error, STATUS_MEMORY, "out of memory");
    else if (tjCompressFromYUVPlanes(turbo, (const unsigned char **)(uintptr_t)planes->plane,
                                     full->width, planes->stride, full->height, TJSAMP_420, &jpeg,
                                     &jpeg_size, quality, TJFLAG_ACCURATEDCT) != 0)
        status = error_set(error, STATUS_UNSUPPORTED, "a %dx%d picture cannot be a JPEG: %s",
                           full->width, full->height, tjGetErrorStr2(turbo));
    else
        status = finish(jpeg, jpeg_size, tags, data, size, error);
    if (turbo)
        tjDestroy(turbo);
    picture_unref(&even);
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
    for (;; quality = quality > 10 ? quality - 5 : quality - 1) {
        unsigned char *jpeg = NULL;
        unsigned long jpeg_size = 0;
        if (tjCompress2(turbo, rows, width, stride, height, TJPF_BGRX, &jpeg, &jpeg_size, TJSAMP_420,
                        quality, TJFLAG_ACCURATEDCT) != 0) {
            status = error_set(error, STATUS_UNSUPPORTED, "a %dx%d picture cannot be a JPEG: %s",
                               width, height, tjGetErrorStr2(turbo));
            break;
        }
        status = finish(jpeg, jpeg_size, tags, data, size, error);
        if (status != STATUS_OK || !max_bytes || *size <= max_bytes)
            break;
        free(*data);
        *data = NULL;
        if (quality <= 1) {
            status = error_set(error, STATUS_ARGUMENT,
                               "a %dx%d picture does not fit into %zu bytes as a JPEG", width,
                               height, max_bytes);
            break;
        }
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
