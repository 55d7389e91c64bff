#include "picture/picture.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

struct PictureOwner {
    atomic_int references;
    void (*release)(void *);
    void *owner;
};

Picture *picture_wrap(int width, int height, const uint8_t *const plane[3], const int stride[3],
                      void (*release)(void *), void *owner)
{
    Picture *picture = calloc(1, sizeof *picture);
    struct PictureOwner *shared = calloc(1, sizeof *shared);
    if (!picture || !shared) {
        free(picture);
        free(shared);
        return NULL;
    }
    picture->width = width;
    picture->height = height;
    for (int i = 0; i < 3; i++) {
        picture->plane[i] = plane[i];
        picture->stride[i] = stride[i];
    }
    atomic_init(&shared->references, 1);
    shared->release = release;
    shared->owner = owner;
    picture->owner = shared;
    return picture;
}

Picture *picture_new(int width, int height)
{
    int stride = (width + 31) & ~31, chroma_stride = ((width + 1) / 2 + 31) & ~31;
    int chroma_height = (height + 1) / 2;
    size_t luma = (size_t)stride * (size_t)height;
    size_t chroma = (size_t)chroma_stride * (size_t)chroma_height;
    uint8_t *bytes = aligned_alloc(32, luma + 2 * chroma);
    if (!bytes)
        return NULL;
    const uint8_t *const plane[3] = {bytes, bytes + luma, bytes + luma + chroma};
    Picture *picture = picture_wrap(width, height, plane,
                                    (int[3]){stride, chroma_stride, chroma_stride}, free, bytes);
    if (!picture)
        free(bytes);
    return picture;
}

Picture *picture_ref(Picture *picture)
{
    atomic_fetch_add(&picture->owner->references, 1);
    return picture;
}

void picture_unref(Picture **picture)
{
    Picture *old = *picture;
    *picture = NULL;
    if (!old || atomic_fetch_sub(&old->owner->references, 1) != 1)
        return;
    if (old->owner->release)
        old->owner->release(old->owner->owner);
    free(old->owner);
    free(old);
}

Box box_scale(Box box, double across, double down)
{
    int right = (int)lround((box.x + box.w) * across);
    int bottom = (int)lround((box.y + box.h) * down);
    int x = (int)lround(box.x * across), y = (int)lround(box.y * down);
    return (Box){x, y, right - x, bottom - y};
}

Box box_clip(Box box, int width, int height)
{
    int left = box.x > 0 ? box.x : 0, top = box.y > 0 ? box.y : 0;
    int right = box.x + box.w < width ? box.x + box.w : width;
    int bottom = box.y + box.h < height ? box.y + box.h : height;
    return (Box){left, top, right > left ? right - left : 0, bottom > top ? bottom - top : 0};
}

Box box_union(Box a, Box b)
{
    int x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
    int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (Box){x, y, right - x, bottom - y};
}

double box_iou(Box a, Box b)
{
    int left = a.x > b.x ? a.x : b.x, top = a.y > b.y ? a.y : b.y;
    int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    if (right <= left || bottom <= top)
        return 0;
    double both = (double)(right - left) * (bottom - top);
    return both / ((double)a.w * a.h + (double)b.w * b.h - both);
}
