// Vehicles lost and found. Part of road_test.c.
#include "road/raised.h"

// A vehicle that is lost from sight and goes on as another track is raised once, whichever of the
// two ends first.
static void test_raised_once(void)
{
    Grid grid = grid_for(1920, 1080);
    TrackPoint way[3][2];
    Track tracks[3];
    static const int x[] = {800, 810, 1400}, y[] = {700, 440, 440}, begins_ms[] = {0, 2200, 2200};
    for (int i = 0; i < 3; i++) {
        int64_t at_us = begins_ms[i] * INT64_C(1000);
        way[i][0] = (TrackPoint){at_us, {x[i], y[i], 120, 120}, NAN};
        way[i][1] = (TrackPoint){at_us + 2000000, {x[i], y[i] - 240, 110, 110}, NAN};
        tracks[i] = (Track){.id = i + 1, .vx = 0, .vy = -30};
        tracks[i].passage.points = way[i];
        tracks[i].passage.point_count = 2;
    }
    for (int first = 0; first < 2; first++) {
        Raised raised = {0};
        CU_ASSERT_FALSE(raised_before(&raised, &grid, &tracks[first]));
        raised_note(&raised, &grid, &tracks[first]);
        CU_ASSERT_TRUE(raised_before(&raised, &grid, &tracks[first]));
        CU_ASSERT_TRUE(raised_before(&raised, &grid, &tracks[1 - first]));
        CU_ASSERT_FALSE(raised_before(&raised, &grid, &tracks[2]));
    }
}

// A part of it that came into sight as a track of its own before it was lost is no other vehicle;
// one that follows is.
static void test_part_is_raised_with_the_whole(void)
{
    Grid grid = grid_for(1920, 1080);
    TrackPoint way[] = {{0, {800, 700, 120, 120}, NAN},
                        {1500000, {800, 510, 120, 110}, NAN},
                        {2000000, {810, 460, 40, 110}, NAN}};
    Track whole = {.id = 1, .vx = 0, .vy = -30};
    whole.passage.points = way;
    whole.passage.point_count = 3;
    Raised raised = {0};
    raised_note(&raised, &grid, &whole);
    for (int follows = 0; follows < 2; follows++) {
        TrackPoint own[] = {{1700000, {815, 650 + 120 * follows, 30, 60}, NAN},
                            {2600000, {815, 500 + 120 * follows, 60, 60}, NAN}};
        Track part = {.id = 2, .vx = 0, .vy = -30};
        part.passage.points = own;
        part.passage.point_count = 2;
        CU_ASSERT_EQUAL(raised_before(&raised, &grid, &part), !follows);
    }
}
