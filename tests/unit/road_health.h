// The health of a camera's picture.
#include "road/normal.h"

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
                    (uint8_t)(level + x * contrast / 320 + (int)(uniform() * noise));
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

#define STREET_WIDTH 640
#define STREET_HEIGHT 360
typedef uint8_t StreetRow[STREET_WIDTH];

// A street: verges, a dashed line, a fence of posts, houses. blur: how often neighbours are mixed;
// right: how far the camera is turned; contrast in percent; bus: share of the width it fills.
static void paint_street(StreetRow *rows, int blur, int right, int contrast, int bus)
{
    for (int y = 0; y < STREET_HEIGHT; y++)
        for (int x = 0; x < STREET_WIDTH; x++) {
            int at = x + right + y / 5, light = y < 120 ? 180 : 90;
            if (y < 120 && at / 70 % 3 == 0 && y > 40 + at / 70 * 7 % 50)
                light = 60 + at / 70 * 37 % 90; // houses
            if (y > 100 && y < 140 && at % 24 < 3)
                light = 40; // posts
            if (y >= 140 && abs(at - 320 - (y - 140) / 3) < 6 && y / 20 % 2)
                light = 220; // the line
            if (y >= 140 && at < 260 - (y - 140))
                light = 130 - at / 16 % 5 * 12; // the verge
            if (x < bus * STREET_WIDTH / 100)
                light = 60 + y / 30 % 2 * 100;
            rows[y][x] = (uint8_t)(110 + (light - 110) * contrast / 100);
        }
    for (int pass = 0; pass < blur; pass++)
        for (int y = 0; y < STREET_HEIGHT; y++)
            for (int x = 1, left = rows[y][0]; x + 1 < STREET_WIDTH; x++) {
                int here = rows[y][x];
                rows[y][x] = (uint8_t)((left + 2 * here + rows[y][x + 1] + 2) / 4);
                left = here;
            }
}

// A picture of it, with noise; it is painted anew only where it changes.
static Picture *draw_street(int64_t time_us, int blur, int right, int contrast, int bus)
{
    static StreetRow rows[STREET_HEIGHT];
    static int painted[4] = {-1};
    int wanted[4] = {blur, right, contrast, bus};
    if (memcmp(painted, wanted, sizeof wanted) != 0)
        paint_street(rows, blur, right, contrast, bus);
    memcpy(painted, wanted, sizeof wanted);
    Picture *picture = picture_new(STREET_WIDTH, STREET_HEIGHT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(picture);
    picture->time_us = time_us;
    for (int y = 0; y < STREET_HEIGHT; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < STREET_WIDTH; x++)
            row[x] = (uint8_t)(rows[y][x] + (int)(uniform() * 4));
    }
    return picture;
}

static PictureHealth see_for(Normal *normal, int64_t *time_us, int seconds, int blur, int right,
                             int contrast, int bus)
{
    PictureHealth health = HEALTH_GOOD;
    for (int s = 0; s < seconds; s++, *time_us += 1000000) {
        Picture *picture = draw_street(*time_us, blur, right, contrast, bus);
        health = normal_push(normal, picture);
        picture_unref(&picture);
    }
    return health;
}

// Something soft on the lens, of that radius; opacity in percent. 0: none.
static void put_spot(Picture *picture, int x0, int y0, int radius, int opacity)
{
    Box spot = {x0 - radius, y0 - radius, 2 * radius + 1, 2 * radius + 1};
    spot = box_clip(spot, picture->width, picture->height);
    for (int y = spot.y; y < spot.y + spot.h; y++)
        for (int x = spot.x; x < spot.x + spot.w; x++) {
            uint8_t *luma = (uint8_t *)(uintptr_t)picture->plane[0] + y * picture->stride[0] + x;
            double away = hypot(x - x0, y - y0) / (radius + 1e-9);
            double share = away < 0.6 ? 1 : away < 1 ? (1 - away) / 0.4 : 0;
            *luma = (uint8_t)(*luma + share * opacity / 100 * (100 - *luma));
        }
}

static PictureHealth look_through(Normal *normal, int64_t *time_us, int seconds, int radius,
                                  int opacity, int contrast)
{
    PictureHealth health = HEALTH_GOOD;
    for (int s = 0; s < seconds; s++, *time_us += 1000000) {
        Picture *picture = draw_street(*time_us, 0, 0, contrast, s % 10 < 2 ? 8 : 0); // traffic
        put_spot(picture, 330, 110, radius, opacity);
        health = normal_push(normal, picture);
        picture_unref(&picture);
    }
    return health;
}

static void test_dirt(void)
{
    static Normal normal;
    int64_t t = 0;
    CU_ASSERT_EQUAL(look_through(&normal, &t, 100, 0, 0, 100), HEALTH_GOOD);
    CU_ASSERT_EQUAL(look_through(&normal, &t, 200, 100, 40, 100), HEALTH_GOOD); // seen through
    normal = (Normal){0};
    CU_ASSERT_EQUAL(look_through(&normal, &t, 100, 0, 0, 100), HEALTH_GOOD);
    CU_ASSERT_EQUAL(look_through(&normal, &t, 200, 15, 95, 100), HEALTH_GOOD); // a fly
    normal = (Normal){0};
    CU_ASSERT_EQUAL(look_through(&normal, &t, 120, 0, 0, 100), HEALTH_GOOD);
    CU_ASSERT_EQUAL(look_through(&normal, &t, 70, 100, 95, 100), HEALTH_GOOD); // not yet
    CU_ASSERT_EQUAL(look_through(&normal, &t, 40, 100, 95, 100), HEALTH_DIRTY);
    for (int contrast = 100; contrast >= 60; contrast -= 2) // stays, whatever the light does
        CU_ASSERT_EQUAL(look_through(&normal, &t, 60, 100, 95, contrast), HEALTH_DIRTY);
    CU_ASSERT_EQUAL(look_through(&normal, &t, 20, 0, 0, 60), HEALTH_GOOD);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 200, 0, 0, 60, 30), HEALTH_GOOD); // a bus has contours
    CU_ASSERT_EQUAL(see_for(&normal, &t, 65, 0, 300, 60, 0), HEALTH_TURNED);
    CU_ASSERT_STRING_EQUAL(picture_health_name(HEALTH_DIRTY), "dirty");
}

static void test_normal(void)
{
    static Normal normal; // of its own for each case
    int64_t t = 0;
    CU_ASSERT_EQUAL(see_for(&normal, &t, 70, 0, 0, 100, 0), HEALTH_GOOD);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 70, 1, 0, 100, 0), HEALTH_GOOD);  // a little soft
    CU_ASSERT_EQUAL(see_for(&normal, &t, 70, 0, 0, 40, 0), HEALTH_GOOD);   // fog
    CU_ASSERT_EQUAL(see_for(&normal, &t, 70, 0, 0, 100, 30), HEALTH_GOOD); // a bus that waits
    CU_ASSERT_EQUAL(see_for(&normal, &t, 70, 0, 4, 100, 0), HEALTH_GOOD);  // wind
    CU_ASSERT_EQUAL(see_for(&normal, &t, 50, 24, 0, 100, 0), HEALTH_GOOD); // not yet
    CU_ASSERT_EQUAL(see_for(&normal, &t, 20, 24, 0, 100, 0), HEALTH_DEFOCUSED);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 900, 24, 0, 100, 0), HEALTH_DEFOCUSED); // never the normal
    CU_ASSERT_EQUAL(see_for(&normal, &t, 4, 0, 0, 100, 0), HEALTH_DEFOCUSED);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 4, 0, 0, 100, 0), HEALTH_GOOD);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 65, 0, 300, 100, 0), HEALTH_TURNED);
    t += 3600 * INT64_C(1000000); // away for an hour, and still turned
    CU_ASSERT_EQUAL(see_for(&normal, &t, 65, 0, 300, 100, 0), HEALTH_TURNED);
    CU_ASSERT_EQUAL(see_for(&normal, &t, 8, 0, 0, 100, 0), HEALTH_GOOD);
    // Evening comes slowly.
    for (int contrast = 100; contrast >= 10; contrast -= 2)
        CU_ASSERT_EQUAL(see_for(&normal, &t, 20, 0, 0, contrast, 0), HEALTH_GOOD);
    normal = (Normal){0};
    CU_ASSERT_EQUAL(see_for(&normal, &t, 100, 24, 0, 100, 0), HEALTH_GOOD); // its normal
    CU_ASSERT_STRING_EQUAL(picture_health_name(HEALTH_DEFOCUSED), "defocused");
    CU_ASSERT_STRING_EQUAL(picture_health_name(HEALTH_TURNED), "turned");
}
