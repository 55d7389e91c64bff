// Cases of road_test.c: a vehicle that stands in a zone.
#ifndef HEIYAN_TESTS_ROAD_ZONE_H
#define HEIYAN_TESTS_ROAD_ZONE_H

#define ZONE_WIDTH 320
#define ZONE_HEIGHT 180
#define ZONE_VIEWS 240 // 12.5 a second

typedef enum Dark { DARK_NONE, DARK_SMOKE, DARK_SHADOW, DARK_CLOUD, DARK_FREE } Dark;

// Optical depth of what darkens the ground at a moment.
static double darkness(Dark dark, int n, double x, double y)
{
    double dx = (x - 198) / 20, dy = (y - 132) / 16;
    double far2 = dx * dx + dy * dy;
    bool stands = n >= 40 && n < 190 && far2 < 8;
    double plume = stands ? 0.8 * exp(-far2) : 0;
    switch (dark) {
    case DARK_SMOKE: // churns
    case DARK_FREE:  // the same, with nothing that stands beside it
        return stands ? plume * (1 + 0.35 * sin(n * 0.7 + 0.12 * x) * cos(n * 0.43 - 0.15 * y)) : 0;
    case DARK_SHADOW: // still
        return stands ? plume : 0;
    case DARK_CLOUD: // its edge drifts over the road
        return 0.6 / (1 + exp((x + 0.3 * y - 1.6 * n) / 6));
    default:
        return 0;
    }
}

// The encoded luma of light, with noise.
static uint8_t luma_of_ground(double light)
{
    static uint8_t table[2048];
    if (!table[2047])
        for (int i = 0; i < 2048; i++)
            table[i] = (uint8_t)lround(16 + 219 * encode((i + 0.5) / 2048 * 0.25));
    int at = (int)(light / 0.25 * 2048 + 3 * normal()); // noise
    return table[at < 0 ? 0 : at > 2047 ? 2047 : at];
}

// A lorry that drives in, stands for 12 seconds and drives on.
static Picture *draw_stand(int n, Dark dark)
{
    Picture *picture = picture_new(ZONE_WIDTH, ZONE_HEIGHT);
    picture->time_us = INT64_C(1000000000) + n * 80000;
    for (int y = 0; y < ZONE_HEIGHT; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < ZONE_WIDTH; x++) {
            double d = darkness(dark, n, x, y), light = (x + 2 * y) % 24 < 12 ? 0.2 : 0.204;
            light *= d > 0 ? exp(-d) + 0.12 * (1 - exp(-d)) : 1;
            row[x] = luma_of_ground(light);
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)(uintptr_t)picture->plane[i], 128,
               (size_t)picture->stride[i] * ZONE_HEIGHT / 2);
    double way = n < 20 ? -1 : n < 40 ? (n - 40) / 20.0 : n < 190 ? 0 : (n - 190) / 20.0;
    if (n >= 20 && n < 215 && dark != DARK_FREE) {
        Box body = {120, (int)(70 - 120 * way), 56, 66};
        fill_box(picture, body, 150, 110, 150);
        fill_box(picture, (Box){body.x, body.y + body.h * 3 / 4, body.w, body.h / 4}, 40, 128, 128);
    }
    return picture;
}

static size_t run_zone(Dark dark, const float (*corners)[2], Event *event)
{
    Error error;
    Road *road;
    RoadOptions options = road_options_default();
    const Lane zone = {"bay", corners, 4};
    options.zones = &zone;
    options.zone_count = 1;
    seed = 21;
    CU_ASSERT_EQUAL_FATAL(road_create(&road, &options, &error), STATUS_OK);
    for (int n = 0; n < ZONE_VIEWS; n += 8) {
        Picture *picture = draw_stand(n, dark);
        CU_ASSERT_EQUAL(road_learn(road, picture, &error), STATUS_OK);
        picture_unref(&picture);
    }
    for (int n = 0; n < ZONE_VIEWS; n++) {
        Picture *picture = draw_stand(n, dark);
        CU_ASSERT_EQUAL(road_push(road, picture, &error), STATUS_OK);
        picture_unref(&picture);
    }
    CU_ASSERT_EQUAL(road_finish(road, &error), STATUS_OK);
    size_t count = 0;
    for (Event next; road_next_event(road, &next);) {
        bool stood = next.zone[0];
        if (stood && !count++ && event)
            *event = next;
        else
            event_free(&next);
    }
    CU_ASSERT_EQUAL(road_open_since(road), INT64_MAX);
    road_destroy(&road);
    return count;
}

static const float whole[4][2] = {{0, 0.1f}, {1, 0.1f}, {1, 1}, {0, 1}};

static void test_smoke_in_a_zone(void)
{
    Event event = {0};
    CU_ASSERT_EQUAL_FATAL(run_zone(DARK_SMOKE, whole, &event), 1);
    double drawn = 1 - exp(-0.8);
    printf("opacity %.3f +- %.3f, drawn %.3f ", event.opacity, event.uncertainty, drawn);
    CU_ASSERT_STRING_EQUAL(event.zone, "bay");
    CU_ASSERT(event.measurable);
    CU_ASSERT(fabs(event.opacity - drawn) < 0.15);
    CU_ASSERT(box_iou(event.box, (Box){120, 70, 56, 66}) > 0.5);
    CU_ASSERT(event.plume.x < 198 && event.plume.x + event.plume.w > 198);
    CU_ASSERT(event.outline_count >= 4);
    CU_ASSERT(event.point_count >= 1);
    CU_ASSERT(event.start_us >= INT64_C(1000000000) + 30 * 80000);
    CU_ASSERT(event.peak_us >= event.start_us && event.peak_us <= event.end_us);
    int64_t times[3];
    size_t peak, count = event_panorama_times(&event, times, &peak);
    CU_ASSERT(count >= 2 && times[0] < times[1]);
    CU_ASSERT_EQUAL(times[peak], event.peak_us);
    event_free(&event);
}

static void test_no_smoke_in_a_zone(void)
{
    static const float elsewhere[4][2] = {{0, 0.5f}, {0.2f, 0.5f}, {0.2f, 1}, {0, 1}};
    CU_ASSERT_EQUAL(run_zone(DARK_NONE, whole, NULL), 0);
    CU_ASSERT_EQUAL(run_zone(DARK_SHADOW, whole, NULL), 0);
    CU_ASSERT_EQUAL(run_zone(DARK_CLOUD, whole, NULL), 0);
    CU_ASSERT_EQUAL(run_zone(DARK_FREE, whole, NULL), 0);
    CU_ASSERT_EQUAL(run_zone(DARK_SMOKE, elsewhere, NULL), 0);
}

#endif
