// What is said of a passage, from its boxes and depths alone. Part of road_test.c.
#include "road/judge.h"

// Nothing lies in the wake in one view of so many; 0: there is smoke in all.
static int clear_views;
// ln(blue/red) of the wake against the road.
static float hue = NAN;
// Share of the road's light that is haze.
static double veiled;

// The verdict on a vehicle whose way leads from one box to another, of 24 views with such a depth
// in its wake, another next to the body, and others in between in which it was lost, when those
// that recede are judged.
static Verdict verdict_on(Box from, Box to, float depth, float near, int lost)
{
    enum { VIEWS = 24 };
    static TrackPoint points[VIEWS];
    static WakeSample samples[VIEWS];
    Grid grid = grid_for(640, 360);
    RoadOptions options = road_options_default();
    Baseline baseline = {0};
    for (int i = 0; i < VIEWS; i++) {
        int a = VIEWS - 1 - i, n = VIEWS - 1;
        Box box = {(from.x * a + to.x * i) / n, (from.y * a + to.y * i) / n,
                   (from.w * a + to.w * i) / n, (from.h * a + to.h * i) / n};
        points[i] = (TrackPoint){i * INT64_C(80000), box, NAN};
        float seen = clear_views && i % clear_views == 0 ? 0 : depth;
        samples[i] = (WakeSample){.time_us = points[i].time_us,
                                  .box = box,
                                  .near_peak = near,
                                  .peak = seen,
                                  .trail = seen,
                                  .own = depth,
                                  .hue = hue};
    }
    Track track = {.hits = VIEWS, .lost = lost, .last_us = points[VIEWS - 1].time_us};
    track.passage.points = points;
    track.passage.point_count = VIEWS;
    track.passage.samples = samples;
    track.passage.sample_count = VIEWS;
    return judge_passage(&options, &baseline, (BaselineKind){BASELINE_MEDIUM, 0}, &grid, veiled,
                         &track);
}

static const char *said_of(Box from, Box to, float depth, float near, int lost)
{
    return verdict_on(from, to, depth, near, lost).why;
}

static const char *said_of_way(Box from, Box to)
{
    return said_of(from, to, 0, 0, 0);
}

static void test_few_pixels_are_less_sure(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 60, 60};
    Box far = {300, 230, 40, 40}, farther = {320, 100, 30, 30};
    double fine = verdict_on(low, high, 0.3f, 0.3f, 0).pipe_spread;
    double coarse = verdict_on(far, farther, 0.3f, 0.3f, 0).pipe_spread;
    CU_ASSERT_DOUBLE_EQUAL(coarse / fine, 0.36 / 0.23, 0.01);
}

static void test_haze_asks_for_more(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.3f, 0.3f, 0), "smoke");
    veiled = 0.6;
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.3f, 0.3f, 0), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.5f, 0.5f, 0), "smoke");
    veiled = 0;
}

static void test_gaps_ask_for_more(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.35f, 0.35f, 0), "smoke");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.35f, 0.35f, 5), "smoke");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.35f, 0.35f, 7), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.6f, 0.6f, 7), "smoke");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.6f, 0.6f, 17), "too short");
}

static void test_soft_shadow_asks_for_more(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.28f, 0.4f, 0), "smoke");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.28f, 0.8f, 0), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.25f, 0.4f, 0), "below the threshold");
}

static void test_soot_is_less_blue_than_shadow(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    const char *below = "below the threshold";
    hue = -0.03f;
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.26f, 0.3f, 0), "smoke");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.24f, 0.3f, 0), below);
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.28f, 0.8f, 0), below); // a soft shadow all the same
    hue = -0.2f; // the light of a red body
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.26f, 0.3f, 0), below);
    hue = 0.05f;
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.26f, 0.3f, 0), below);
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.28f, 0.3f, 0), "smoke");
    hue = 0.2f; // the light of the sky
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.4f, 0.4f, 0), below);
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.5f, 0.5f, 0), "smoke");
    hue = NAN;
}

static void test_unsteady_smoke_asks_for_more(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    clear_views = 4;
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.28f, 0.4f, 0), "smoke");
    clear_views = 2; // the lower quartile is clear, and half of the trail
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.3f, 0.3f, 0), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.5f, 0.5f, 0), "smoke");
    clear_views = 0;
}

static void test_strip_is_no_vehicle(void)
{
    Box low = {300, 330, 90, 20}, high = {320, 100, 40, 8};
    CU_ASSERT_STRING_EQUAL(said_of(low, high, 0.6f, 0.6f, 0), "no vehicle");
    Box left = {10, 250, 200, 60}, right = {430, 190, 150, 40}; // a lorry from the side
    CU_ASSERT_STRING_EQUAL(said_of(left, right, 0.6f, 0.6f, 0), "smoke");
}

static void test_way_has_a_direction(void)
{
    Box low = {300, 230, 90, 90}, high = {320, 100, 40, 40};
    Box left = {10, 120, 150, 120}, right = {580, 160, 50, 50}, beyond = {460, 130, 150, 108};
    CU_ASSERT_STRING_EQUAL(said_of_way(low, high), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of_way(high, low), "not receding");
    // Across the picture: smaller and smaller is away, as large as before is neither.
    CU_ASSERT_STRING_EQUAL(said_of_way(left, right), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of_way(right, left), "not receding");
    CU_ASSERT_STRING_EQUAL(said_of_way(left, beyond), "not receding");
    // A road that hardly slants tells where up is, one that slants less does not.
    Box near = {60, 150, 100, 80}, far = {460, 114, 100, 80}, level = {460, 128, 100, 80};
    CU_ASSERT_STRING_EQUAL(said_of_way(near, far), "below the threshold");
    CU_ASSERT_STRING_EQUAL(said_of_way(near, level), "not receding");
    // What the rim cuts is smaller for that alone.
    CU_ASSERT_STRING_EQUAL(said_of_way((Box){440, 120, 197, 120}, (Box){600, 196, 37, 40}),
                           "not receding");
}
