// Haze: light that lies over everything is found in what passes, and taken off. Part of
// road_test.c.
#include "road/veil.h"

#define VEIL_VIEWS 9
#define HAZE 0.08 // linear
#define THIN (HAZE / 2)

static int16_t hazy(double linear, double haze)
{
    return (int16_t)lround(LIGHT_UNIT * log(linear + haze));
}

// A road of two lights; a vehicle with a dark underside of such a light, below 0: none; and smoke.
static void draw_hazy(View *view, const Grid *grid, int n, double underside, double haze)
{
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++) {
            double light = x % 10 < 5 ? 0.2 : 0.28;
            bool under = y >= 60 + 10 * n && y < 66 + 10 * n && x >= 50 && x < 90;
            if (under && underside >= 0)
                light = underside;
            if (y < 40 && x < 40) // always
                light *= 0.5;
            view->light[(ptrdiff_t)y * grid->width + x] = hazy(light, haze);
        }
    memset(view->u, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    memset(view->v, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    view->time_us = n * INT64_C(1000000);
}

// What veil_settle says of a road that was learned from such views.
static bool learn_hazy(Veil *veil, Background *road, View *views, const Grid *grid,
                       double underside, double haze)
{
    *veil = (Veil){0};
    road->veil = road->haze = 0;
    for (int n = 0; n < VEIL_VIEWS; n++)
        draw_hazy(&views[n], grid, n, underside, haze);
    background_learn(road, grid, views, VEIL_VIEWS, COLOR_RANGE_LIMITED, NULL);
    for (int n = 0; n < VEIL_VIEWS; n++)
        veil_see(veil, road, grid, &views[n]);
    return veil_settle(veil, road, grid);
}

// Whether it is another after one more view, so many seconds later than the first; the road has
// slowly followed what haze makes of it.
static bool pass_hazy(Veil *veil, Background *road, View *view, const Grid *grid, double underside,
                      double haze, int seconds)
{
    size_t bytes = (size_t)grid->width * (size_t)grid->height * sizeof *road->light;
    draw_hazy(view, grid, 3, -1, haze);
    veil_lift(veil, road, grid, view);
    memcpy(road->light, view->light, bytes);
    draw_hazy(view, grid, 3, underside, haze);
    view->time_us = seconds * INT64_C(1000000);
    veil_lift(veil, road, grid, view);
    veil_see(veil, road, grid, view);
    return veil_settle(veil, road, grid);
}

static void test_veil_is_lifted(void)
{
    Grid grid = grid_for(320, 240);
    Background road = {0};
    View views[VEIL_VIEWS];
    static Veil veil;
    CU_ASSERT_FATAL(background_create(&road, &grid));
    for (int n = 0; n < VEIL_VIEWS; n++)
        CU_ASSERT_FATAL(view_create(&views[n], &grid));
    ptrdiff_t at = 100 * grid.width + 200, other = at + 5;
    // Where nothing passes nothing is told, nor in clear air.
    CU_ASSERT_FALSE(learn_hazy(&veil, &road, views, &grid, -1, HAZE));
    CU_ASSERT_FALSE(learn_hazy(&veil, &road, views, &grid, 0.01, 0));
    int16_t clear = road.light[at];
    double level = background_per_level(&road, clear);
    CU_ASSERT_EQUAL(road.veil, 0);
    CU_ASSERT_EQUAL(road.haze, 0);
    int16_t light = views[0].light[at];
    veil_lift(&veil, &road, &grid, &views[0]);
    CU_ASSERT_EQUAL(views[0].light[at], light);
    // In haze both lights of the road become again what they are, and so does half of one.
    CU_ASSERT_TRUE(learn_hazy(&veil, &road, views, &grid, 0.01, HAZE));
    CU_ASSERT_DOUBLE_EQUAL(road.veil, HAZE, 0.1 * HAZE);
    CU_ASSERT_DOUBLE_EQUAL(road.haze, HAZE / (0.2 + HAZE), 0.03);
    CU_ASSERT_DOUBLE_EQUAL(road.light[at], clear, 0.03 * LIGHT_UNIT);
    CU_ASSERT_DOUBLE_EQUAL(road.light[other] - road.light[at], log(1.4) * LIGHT_UNIT, 60);
    views[0].light[at] = hazy(0.1, HAZE);
    veil_lift(&veil, &road, &grid, &views[0]);
    CU_ASSERT_DOUBLE_EQUAL(road.light[at] - views[0].light[at], log(2) * LIGHT_UNIT, 80);
    // The sensor's levels are as wide as they were, of what is less light than it seems.
    CU_ASSERT(background_per_level(&road, clear) > 1.1 * level);
    CU_ASSERT_FALSE(veil_settle(&veil, &road, &grid)); // as it was
    // Haze that thins is known at once, haze that comes when none of the last while is in the way.
    bool thinner = false;
    for (int n = 0; n < 5; n++)
        thinner |= pass_hazy(&veil, &road, &views[0], &grid, 0.01, THIN, 10 + n);
    CU_ASSERT_TRUE(thinner);
    CU_ASSERT_DOUBLE_EQUAL(road.veil, THIN, 0.2 * THIN);
    CU_ASSERT_FALSE(pass_hazy(&veil, &road, &views[0], &grid, 0.01, HAZE, 20));
    CU_ASSERT_FALSE(pass_hazy(&veil, &road, &views[0], &grid, 0.01, HAZE, 320));
    CU_ASSERT_TRUE(pass_hazy(&veil, &road, &views[0], &grid, 0.01, HAZE, 640));
    CU_ASSERT_DOUBLE_EQUAL(road.veil, HAZE, 0.15 * HAZE);
    for (int n = 0; n < 5; n++)
        pass_hazy(&veil, &road, &views[0], &grid, 0.01, 0, 650 + n);
    CU_ASSERT_EQUAL(road.veil, 0);
    CU_ASSERT_DOUBLE_EQUAL(road.light[at], clear, 0.1 * LIGHT_UNIT);
    for (int n = 0; n < VEIL_VIEWS; n++)
        view_destroy(&views[n]);
    background_destroy(&road);
}

static bool names_haze(const Event *event)
{
    for (size_t i = 0; i < event->condition_count; i++)
        if (strcmp(event->conditions[i], "haze") == 0)
            return true;
    return false;
}

// Smoke is as dense in haze as without, less surely so, and the record says why.
static void test_smoke_in_haze(void)
{
    Event clear = {0}, event = {0};
    CU_ASSERT_EQUAL_FATAL(run_road(1.0, 0, ROAD_DIRECTION_RECEDING, &clear), 1);
    mist = HAZE;
    CU_ASSERT_EQUAL(run_road(0, 0, ROAD_DIRECTION_RECEDING, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(run_road(1.0, 0, ROAD_DIRECTION_RECEDING, &event), 1);
    mist = 0;
    printf("opacity %.3f, in haze %.3f ", clear.opacity, event.opacity);
    CU_ASSERT_DOUBLE_EQUAL(event.opacity, clear.opacity, 0.08);
    CU_ASSERT(event.uncertainty > clear.uncertainty);
    CU_ASSERT_TRUE(names_haze(&event));
    CU_ASSERT_FALSE(names_haze(&clear));
    event_free(&clear);
    event_free(&event);
}
