// Noise of the empty road, and views that are smoothed for it. Part of road_test.c.
#include "road/sight.h"

#define NOISE_VIEWS 9

// Stripes of several cells, exposed otherwise in every view, with noise of such a deviation.
static void draw_noise(View *view, const Grid *grid, int n, double deviation)
{
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            view->light[(ptrdiff_t)y * grid->width + x] =
                (int16_t)(-4000 + 900 * (x / 7 % 2) + 60 * n + deviation * LIGHT_UNIT * normal());
    memset(view->u, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    memset(view->v, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
}

static void test_noise_is_smoothed(void)
{
    static const double deviations[] = {0.03, 0.15};
    Grid grid = grid_for(320, 240);
    View views[NOISE_VIEWS];
    seed = 4;
    for (int n = 0; n < NOISE_VIEWS; n++)
        CU_ASSERT_FATAL(view_create(&views[n], &grid));
    for (int i = 0; i < 2; i++) {
        Sight sight;
        CU_ASSERT_FATAL(sight_create(&sight, &grid));
        for (int n = 0; n < NOISE_VIEWS; n++)
            draw_noise(&views[n], &grid, n, deviations[i]);
        bool noisy = sight_learn(&sight, &grid, views, NOISE_VIEWS, COLOR_RANGE_LIMITED, NULL);
        CU_ASSERT_EQUAL(noisy, i == 1);
        // Half of the normal deviates lie within 0.674 deviations, and the road has some as well.
        double noise = background_noise(&sight.background, &grid, views, NOISE_VIEWS);
        CU_ASSERT_DOUBLE_EQUAL(noise, 0.9 * deviations[i], 0.1 * deviations[i]);
        for (int n = 0; n < NOISE_VIEWS; n++)
            view_smooth(&views[n], &grid);
        CU_ASSERT_FALSE(sight_learn(&sight, &grid, views, NOISE_VIEWS, COLOR_RANGE_LIMITED, NULL));
        CU_ASSERT_EQUAL(sight.noisy, i == 1); // which stays so
        CU_ASSERT_TRUE(background_noise(&sight.background, &grid, views, NOISE_VIEWS) < noise / 2);
        sight_destroy(&sight);
    }
    // An even view stays as it is, up to the rim; a single cell is spread over nine.
    size_t cells = (size_t)grid.width * (size_t)grid.height;
    for (size_t i = 0; i < cells; i++)
        views[0].light[i] = -5000;
    views[0].light[0] = -5900;
    view_smooth(&views[0], &grid);
    CU_ASSERT_EQUAL(views[0].light[0], -5400); // four of the nine repeat it
    CU_ASSERT_EQUAL(views[0].light[1], -5200);
    CU_ASSERT_EQUAL(views[0].light[grid.width + 1], -5100);
    CU_ASSERT_EQUAL(views[0].light[2], -5000);
    CU_ASSERT_EQUAL(views[0].light[cells - 1], -5000);
    for (int n = 0; n < NOISE_VIEWS; n++)
        view_destroy(&views[n]);
}
