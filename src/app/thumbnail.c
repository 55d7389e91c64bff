#include "app/thumbnail.h"

#include "capture/jpeg.h"

#define QUALITY 78

static uint8_t mean(const uint8_t *from, int stride, int factor)
{
    unsigned sum = 0, count = (unsigned)(factor * factor);
    for (int y = 0; y < factor; y++, from += stride)
        for (int x = 0; x < factor; x++)
            sum += from[x];
    return (uint8_t)((sum + count / 2) / count);
}

// Both sizes of a picture made here are even: every block lies inside.
static void shrink(const Picture *picture, int plane, int factor, const Picture *small)
{
    int width = plane ? small->width / 2 : small->width;
    int height = plane ? small->height / 2 : small->height, stride = picture->stride[plane];
    for (int y = 0; y < height; y++) {
        const uint8_t *from = picture->plane[plane] + (ptrdiff_t)y * factor * stride;
        uint8_t *to =
            (uint8_t *)(uintptr_t)small->plane[plane] + (ptrdiff_t)y * small->stride[plane];
        for (int x = 0; x < width; x++)
            to[x] = mean(from + (ptrdiff_t)x * factor, stride, factor);
    }
}

Status thumbnail_make(const Picture *picture, unsigned char **data, size_t *size, Error *error)
{
    int longer = picture->width > picture->height ? picture->width : picture->height;
    int factor = (longer + THUMBNAIL_SIZE - 1) / THUMBNAIL_SIZE;
    int width = picture->width / factor & ~1, height = picture->height / factor & ~1;
    if (width < 2 || height < 2)
        return error_set(error, STATUS_UNSUPPORTED, "a picture of %dx%d has no thumbnail",
                         picture->width, picture->height);
    Picture *small = picture_new(width, height);
    if (!small)
        return error_set(error, STATUS_MEMORY, "out of memory");
    small->range = picture->range;
    small->space = picture->space;
    for (int plane = 0; plane < 3; plane++)
        shrink(picture, plane, factor, small);
    Status status = jpeg_encode(small, QUALITY, NULL, data, size, error);
    picture_unref(&small);
    return status;
}
