// Who passes before a camera that is not judged for smoke.
#include "road/passers.h"

// Two vehicles, one after the other, before and after a pause.
static size_t run_passers(const RoadOptions *options)
{
    static Ground ground;
    Error error;
    Passers *passers;
    size_t count;
    seed = 11;
    draw_ground(&ground, 0.2);
    CU_ASSERT_EQUAL_FATAL(passers_create(&passers, options, &error), STATUS_OK);
    for (int n = 0; n < 160; n++) {
        int way = n < 80 ? n : n - 80;
        Picture *picture = draw_passage(&ground, way < 66 ? way : 0, 0, 0);
        picture->time_us = INT64_C(1000000000) + n * 80000;
        CU_ASSERT_EQUAL(passers_push(passers, picture, &error), STATUS_OK);
        picture_unref(&picture);
    }
    CU_ASSERT_EQUAL(passers_finish(passers, &error), STATUS_OK);
    const Passer *list = passers_list(passers, &count);
    for (size_t i = 0; i < count; i++) {
        const TrackPoint *first = &list[i].points[0], *last = first + list[i].point_count - 1;
        CU_ASSERT(list[i].point_count > 20);
        CU_ASSERT(first->time_us < last->time_us && first->box.w > last->box.w);
        CU_ASSERT(i == 0 || list[i].points[0].time_us > list[i - 1].points[0].time_us);
    }
    passers_destroy(&passers);
    return count;
}

static void test_passers(void)
{
    static const float beside[][2] = {{0, 0}, {0.2f, 0}, {0.2f, 1}, {0, 1}};
    static const float below[][2] = {{0.3f, 0}, {0.7f, 0}, {0.7f, 1}, {0.3f, 1}};
    const Lane lanes[] = {{"beside", beside, 4}, {"below", below, 4}};
    RoadOptions options = road_options_default();
    options.direction = ROAD_DIRECTION_APPROACHING; // does not count
    CU_ASSERT_EQUAL(run_passers(&options), 2);
    options.lanes = lanes;
    options.lane_count = 1;
    CU_ASSERT_EQUAL(run_passers(&options), 0);
    options.lane_count = 2;
    CU_ASSERT_EQUAL(run_passers(&options), 2);
}
