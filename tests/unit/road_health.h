// The health of a camera's picture.
#include "road/health.h"

// A minute and more of pictures; noise: levels of luma, contrast: from left to right.
static PictureHealth watch_for(HealthWatch *watch, int64_t *time_us, int seconds, int level,
                               int contrast, int noise)
{
    PictureHealth health = HEALTH_GOOD;
    for (int s = 0; s < 2 * seconds; s++, *time_us += 500000) {
        Picture *picture = picture_new(320, 180);
        CU_ASSERT_PTR_NOT_NULL_FATAL(picture);
        picture->time_us = *time_us;
        picture->range = COLOR_RANGE_LIMITED;
        for (int y = 0; y < 180; y++)
            for (int x = 0; x < 320; x++)
                ((uint8_t *)(uintptr_t)picture->plane[0])[y * picture->stride[0] + x] =
                    (uint8_t)(level + x * contrast / 320 + (noise ? rand() % noise : 0));
        health = health_push(watch, picture);
        picture_unref(&picture);
    }
    return health;
}

static void test_health(void)
{
    HealthWatch watch = {0};
    int64_t time_us = 0;
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 30, 60, 100, 4), HEALTH_GOOD);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 15, 16, 0, 4), HEALTH_GOOD); // not yet
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 10, 16, 0, 4), HEALTH_BLACK);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 3, 60, 100, 4), HEALTH_BLACK); // a flash
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 8, 60, 100, 4), HEALTH_GOOD);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 30, 228, 0, 4), HEALTH_FLOODED);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 70, 90, 0, 4), HEALTH_COVERED);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 50, 60, 100, 0), HEALTH_COVERED); // not frozen yet
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 20, 60, 100, 0), HEALTH_FROZEN);
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 10, 60, 100, 4), HEALTH_GOOD);
    // A night with a few lamps is no black picture.
    CU_ASSERT_EQUAL(watch_for(&watch, &time_us, 40, 17, 60, 4), HEALTH_GOOD);
    CU_ASSERT_STRING_EQUAL(picture_health_name(HEALTH_FROZEN), "frozen");
}
