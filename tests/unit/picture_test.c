// Pictures: sizes, counting of references, boxes.
#include "picture/picture.h"

#include "suite.h"

#include <pthread.h>
#include <string.h>

static void planes(void)
{
    static const int sizes[][2] = {{1, 1}, {2, 2}, {3, 5}, {31, 33}, {640, 360}, {1921, 1081}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int width = sizes[i][0], height = sizes[i][1];
        Picture *picture = picture_new(width, height);
        CU_ASSERT_PTR_NOT_NULL_FATAL(picture);
        CU_ASSERT_EQUAL(picture->width, width);
        CU_ASSERT_EQUAL(picture->height, height);
        for (int p = 0; p < 3; p++) {
            int w = p ? (width + 1) / 2 : width, h = p ? (height + 1) / 2 : height;
            CU_ASSERT_TRUE(picture->stride[p] >= w);
            CU_ASSERT_EQUAL(picture->stride[p] % 32, 0);
            CU_ASSERT_EQUAL((uintptr_t)picture->plane[p] % 32, 0);
            for (int y = 0; y < h; y++) // every byte may be written (the sanitizers watch)
                memset((uint8_t *)picture->plane[p] + (ptrdiff_t)y * picture->stride[p], p + 1, (size_t)w);
        }
        CU_ASSERT_EQUAL(picture->plane[0][(ptrdiff_t)(height - 1) * picture->stride[0] + width - 1], 1);
        CU_ASSERT_EQUAL(picture->plane[2][0], 3);
        picture_unref(&picture);
        CU_ASSERT_PTR_NULL(picture);
    }
}

static void count_release(void *owner)
{
    ++*(int *)owner;
}

static void references(void)
{
    static const uint8_t bytes[64];
    const uint8_t *const plane[3] = {bytes, bytes, bytes};
    int released = 0;
    Picture *first = picture_wrap(8, 8, plane, (int[3]){8, 4, 4}, count_release, &released);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    Picture *second = picture_ref(first);
    CU_ASSERT_PTR_EQUAL(first, second);
    picture_unref(&first);
    CU_ASSERT_EQUAL(released, 0);
    picture_unref(&second);
    CU_ASSERT_EQUAL(released, 1);
    picture_unref(&second); // NULL content is fine
    CU_ASSERT_EQUAL(released, 1);
}

static void *take_and_drop(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        Picture *picture = picture_ref(argument);
        picture_unref(&picture);
    }
    return NULL;
}

static void references_from_threads(void)
{
    static const uint8_t bytes[64];
    const uint8_t *const plane[3] = {bytes, bytes, bytes};
    int released = 0;
    Picture *picture = picture_wrap(8, 8, plane, (int[3]){8, 4, 4}, count_release, &released);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(pthread_create(&threads[i], NULL, take_and_drop, picture), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(released, 0);
    picture_unref(&picture);
    CU_ASSERT_EQUAL(released, 1);
}

static void check_clip(Box in, Box out)
{
    Box got = box_clip(in, 100, 50);
    CU_ASSERT_EQUAL(got.x, out.x);
    CU_ASSERT_EQUAL(got.y, out.y);
    CU_ASSERT_EQUAL(got.w, out.w);
    CU_ASSERT_EQUAL(got.h, out.h);
}

static void boxes(void)
{
    check_clip((Box){10, 10, 20, 20}, (Box){10, 10, 20, 20});
    check_clip((Box){-5, -5, 20, 20}, (Box){0, 0, 15, 15});
    check_clip((Box){90, 40, 20, 20}, (Box){90, 40, 10, 10});
    CU_ASSERT_EQUAL(box_clip((Box){200, 10, 5, 5}, 100, 50).w, 0);
    CU_ASSERT_EQUAL(box_clip((Box){10, -20, 5, 5}, 100, 50).h, 0);
    CU_ASSERT_DOUBLE_EQUAL(box_iou((Box){0, 0, 10, 10}, (Box){0, 0, 10, 10}), 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(box_iou((Box){0, 0, 10, 10}, (Box){5, 0, 10, 10}), 1.0 / 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(box_iou((Box){0, 0, 10, 10}, (Box){10, 0, 10, 10}), 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(box_iou((Box){0, 0, 0, 0}, (Box){0, 0, 0, 0}), 0, 1e-12);
}

SUITE_MAIN("picture", {"planes", planes}, {"references", references},
           {"references from threads", references_from_threads}, {"boxes", boxes})
