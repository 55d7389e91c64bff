// What vehicles are, by their size in metres as the traffic shows it.
#include "road/perspective.h"

typedef struct Site { // a camera that looks along a level road, its axis level too
    double height, focal; // metres; pixels
    int horizon;          // row
} Site;

// A vehicle of such a size in metres that leaves, from 8 m to 48 m away, beside the picture's middle.
static void drive_away(const Site *site, double width, double height, TrackPoint points[20])
{
    for (int i = 0; i < 20; i++) {
        double away = 8 + 2 * i, scale = site->focal / away;
        int bottom = site->horizon + (int)(site->height * scale), w = (int)(width * scale),
            h = (int)(height * scale);
        points[i] = (TrackPoint){0, {640 - w / 2, bottom - h, w, h}, NAN};
    }
}

static VehicleClass class_of(const Perspective *perspective, const Site *site, double width,
                             double height)
{
    TrackPoint points[20];
    Passage passage = {.points = points, .point_count = 20};
    Grid grid = grid_for(1280, 720);
    drive_away(site, width, height, points);
    return perspective_class(perspective, &grid, &passage);
}

static void learn(Perspective *perspective, const Site *site, double width, double height)
{
    TrackPoint points[20];
    Passage passage = {.points = points, .point_count = 20};
    Grid grid = grid_for(1280, 720);
    drive_away(site, width, height, points);
    perspective_learn(perspective, &grid, &passage);
}

// Whatever the camera's height, lens and tilt, once some of both have passed; at six metres from the
// first vehicle on.
static void test_perspective_tells_lorries(void)
{
    static const Site sites[] = {
        {6, 900, 20}, {4.6, 700, 60}, {9, 600, -30}, {7.5, 1000, -120}, {5.5, 500, 150}};
    for (size_t s = 0; s < sizeof sites / sizeof *sites; s++) {
        Perspective seen = {0};
        for (int i = 0; i < 6; i++) {
            learn(&seen, &sites[s], 1.85 + 0.02 * i, 1.75);
            learn(&seen, &sites[s], 2.55, 2.9 + 0.05 * i);
        }
        CU_ASSERT_EQUAL(seen.count, 12);
        CU_ASSERT_EQUAL(class_of(&seen, &sites[s], 1.8, 1.7), VEHICLE_CAR);
        CU_ASSERT_EQUAL(class_of(&seen, &sites[s], 2.0, 1.9), VEHICLE_CAR);
        CU_ASSERT_EQUAL(class_of(&seen, &sites[s], 2.5, 2.8), VEHICLE_LORRY);
        CU_ASSERT_EQUAL(class_of(&seen, &sites[s], 2.6, 3.8), VEHICLE_LORRY);
        CU_ASSERT_EQUAL(class_of(&seen, &sites[s], 0.5, 1.3), VEHICLE_OTHER);
    }
    Perspective none = {0};
    CU_ASSERT_EQUAL(class_of(&none, &sites[0], 1.85, 1.75), VEHICLE_CAR);
    CU_ASSERT_EQUAL(class_of(&none, &sites[0], 2.55, 3.2), VEHICLE_LORRY);
}

// The traffic tells the camera's height: what would be a car for a camera of six metres is a lorry
// here, and the other way round.
static void test_perspective_is_learned(void)
{
    const Site low = {4.2, 800, 40}, high = {8.6, 800, 40};
    Perspective at_low = {0}, at_high = {0}, none = {0};
    for (int i = 0; i < 10; i++) {
        learn(&at_low, &low, 1.9, 1.9);
        learn(&at_low, &low, 2.55, 3.2);
        learn(&at_high, &high, 1.9, 1.9);
        learn(&at_high, &high, 2.55, 3.2);
    }
    CU_ASSERT_EQUAL(class_of(&none, &low, 1.9, 1.9), VEHICLE_LORRY);
    CU_ASSERT_EQUAL(class_of(&at_low, &low, 1.9, 1.9), VEHICLE_CAR);
    CU_ASSERT_EQUAL(class_of(&none, &high, 2.55, 3.2), VEHICLE_CAR);
    CU_ASSERT_EQUAL(class_of(&at_high, &high, 2.55, 3.2), VEHICLE_LORRY);
}

// From steeply above a car looks longer than wide, and is no lorry for that.
static void test_perspective_from_above(void)
{
    const Site site = {6, 900, 20};
    Perspective none = {0};
    CU_ASSERT_EQUAL(class_of(&none, &site, 1.75, 3.6), VEHICLE_CAR);
}

// A car that drives across is long, and no lorry for that; what the lower rim cuts teaches nothing.
static void test_perspective_across_and_cut(void)
{
    const Site site = {6, 900, 20};
    TrackPoint points[20];
    Passage passage = {.points = points, .point_count = 20};
    Grid grid = grid_for(1280, 720);
    Perspective seen = {0};
    for (int i = 0; i < 20; i++) { // 20 m away
        double scale = site.focal / 20;
        int w = (int)(4.6 * scale), h = (int)(1.5 * scale);
        points[i] = (TrackPoint){0, {100 + 40 * i, 20 + (int)(6 * scale) - h, w, h}, NAN};
    }
    CU_ASSERT_EQUAL(perspective_class(&seen, &grid, &passage), VEHICLE_CAR);
    for (int i = 0; i < 20; i++)
        points[i] = (TrackPoint){0, {100, 630 - 10 * i, 90, 80 + 10 * i}, NAN};
    perspective_learn(&seen, &grid, &passage);
    CU_ASSERT_EQUAL(seen.count, 0);
    CU_ASSERT_EQUAL(perspective_class(&seen, &grid, &(Passage){0}), VEHICLE_OTHER);
}
