// Events copied, moved in time and scaled to another picture size.
#include "road/event.h"

static void test_event_of_another_size(void)
{
    TrackPoint points[2] = {{1000, {10, 20, 30, 41}, 0.5f}, {2000, {11, 21, 31, 40}, 0.5f}};
    Point outline[3] = {{1, 2}, {30, 2}, {30, 90}};
    uint8_t cells[6] = {1, 2, 3, 4, 5, 6};
    Event event = {.start_us = 1000,
                   .peak_us = 1500,
                   .end_us = 2000,
                   .points = points,
                   .point_count = 2,
                   .box = {10, 20, 30, 41},
                   .plume = {0, 50, 20, 21},
                   .outline = outline,
                   .outline_count = 3,
                   .density = {{0, 48, 6, 4}, 3, 2, cells},
                   .others = {{7, VEHICLE_CAR, {100, 100, 9, 9}}},
                   .other_count = 1};
    Event copy;
    Error error;
    CU_ASSERT_EQUAL_FATAL(event_copy(&copy, &event, &error), STATUS_OK);
    event_shift(&copy, 500);
    event_scale(&copy, 3, 2);
    CU_ASSERT_EQUAL(copy.start_us, 1500);
    CU_ASSERT_EQUAL(copy.peak_us, 2000);
    CU_ASSERT_EQUAL(copy.points[1].time_us, 2500);
    CU_ASSERT_EQUAL(copy.points[0].box.x, 30);
    CU_ASSERT_EQUAL(copy.points[0].box.h, 82);
    CU_ASSERT_EQUAL(copy.outline[2].y, 180);
    CU_ASSERT_EQUAL(copy.others[0].box.w, 27);
    CU_ASSERT_EQUAL(copy.density.area.w, 18);
    CU_ASSERT_EQUAL(copy.density.cells[5], 6);
    // The copy is its own.
    CU_ASSERT_EQUAL(event.points[1].time_us, 2000);
    CU_ASSERT_EQUAL(event.outline[2].y, 90);
    CU_ASSERT_EQUAL(event.box.w, 30);
    // Boxes that touch go on touching, whatever the factor.
    event_scale(&copy, 1.37, 0.71);
    CU_ASSERT_EQUAL(copy.box.x + copy.box.w, (int)lround((30 + 90) * 1.37));
    event_free(&copy);
}
