#include "road/road.h"

#include "capture/decoder.h"
#include "road/background.h"
#include "road/opacity.h"
#include "road/sun.h"
#include "road/track.h"
#include "suite.h"
#include "video.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "road_crowd.h"
#include "road_event.h"

#define WIDTH 640
#define HEIGHT 360

static uint32_t seed;

static double uniform(void)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) / 16777216.0;
}

static double normal(void)
{
    return (uniform() + uniform() + uniform() + uniform() - 2) * 1.7320508;
}

// BT.709, to a thirtieth of a level: every pixel that is drawn asks.
static double encode(double linear)
{
    enum { STEPS = 16384 };
    static double table[STEPS + 1];
    for (int i = 0; table[STEPS] == 0 && i <= STEPS; i++) {
        double x = (double)i / STEPS;
        table[i] = x < 0.018 ? x * 4.5 : 1.099 * pow(x, 0.45) - 0.099;
    }
    return table[(int)(STEPS * fmax(0, fmin(1, linear)) + 0.5)];
}

static double decode(double encoded)
{
    return encoded < 0.081 ? encoded / 4.5 : pow((encoded + 0.099) / 1.099, 1 / 0.45);
}

#include "road_baseline.h"
#include "road_board.h"
#include "road_condition.h"
#include "road_density.h"
#include "road_health.h"
#include "road_perspective.h"

// ---- views ----

// What one cell of a view is, from the pixels it lies on.
static double mean_over(const uint8_t *plane, int stride, double factor, int x, int y)
{
    double sum = 0;
    for (int py = (int)(y * factor); py < (y + 1) * factor - 1e-9; py++)
        for (int px = (int)(x * factor); px < (x + 1) * factor - 1e-9; px++)
            sum += plane[py * stride + px] *
                   (fmin((x + 1) * factor, px + 1) - fmax(x * factor, px)) *
                   (fmin((y + 1) * factor, py + 1) - fmax(y * factor, py));
    return sum / (factor * factor);
}

static void test_view(void)
{
    static const int sizes[][3] = {{320, 240, 320},  {640, 360, 480}, {704, 576, 480},
                                   {719, 405, 480},  {720, 576, 360}, {1281, 719, 427},
                                   {1920, 1080, 480}};
    seed = 9;
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        Picture *picture = picture_new(sizes[n][0], sizes[n][1]);
        for (int i = 0; i < 3; i++)
            for (int at = 0; at < picture->stride[i] * (i ? (sizes[n][1] + 1) / 2 : sizes[n][1]);
                 at++)
                ((uint8_t *)(uintptr_t)picture->plane[i])[at] = (uint8_t)(90 + 80 * uniform());
        Grid grid = grid_for(sizes[n][0], sizes[n][1]);
        CU_ASSERT_EQUAL(grid.width, sizes[n][2]);
        CU_ASSERT_EQUAL(grid.height, (int)(sizes[n][1] / grid.factor + 1e-9));
        View view;
        CU_ASSERT_FATAL(view_create(&view, &grid));
        view_fill(&view, &grid, picture);
        int wrong = 0;
        for (int y = 0; y < grid.height; y++)
            for (int x = 0; x < grid.width; x++) {
                double mean = mean_over(picture->plane[0], picture->stride[0], grid.factor, x, y);
                int16_t light = view.light[y * grid.width + x];
                wrong += light < light_of((int)(16 * mean - 24), COLOR_RANGE_LIMITED) ||
                         light > light_of((int)(16 * mean + 24), COLOR_RANGE_LIMITED);
            }
        for (int y = 0; y < grid.chroma_height; y++)
            for (int x = 0; x < grid.chroma_width; x++)
                wrong += fabs(mean_over(picture->plane[2], picture->stride[2], grid.factor, x, y) -
                              view.v[y * grid.chroma_width + x]) > 1.2;
        CU_ASSERT_EQUAL(wrong, 0);
        // There and back again no cell is lost.
        Box cells = {grid.width / 3, grid.height / 2, grid.width / 7, 11}, same;
        same = grid_cells(&grid, grid_pixels(&grid, cells));
        CU_ASSERT(same.x == cells.x && same.y == cells.y && same.w == cells.w && same.h == cells.h);
        view_destroy(&view);
        picture_unref(&picture);
    }
}

// ---- the empty road ----

static void test_background_mode(void)
{
    Grid grid = grid_for(320, 240);
    Background road = {0};
    View views[9];
    CU_ASSERT_FATAL(background_create(&road, &grid));
    size_t cells = (size_t)grid.width * (size_t)grid.height;
    seed = 3;
    for (int n = 0; n < 9; n++) {
        CU_ASSERT_FATAL(view_create(&views[n], &grid));
        for (size_t i = 0; i < cells; i++) {
            bool vehicle =
                (i / 40 + (size_t)n) % 3 == 0; // a third of the time something stands here
            views[n].light[i] = (int16_t)(vehicle ? -6000 + (int)(uniform() * 4000)
                                                  : -3000 + (int)(20 * normal()) + n * 30);
        }
        memset(views[n].u, 120, (size_t)grid.chroma_width * (size_t)grid.chroma_height);
        memset(views[n].v, 130, (size_t)grid.chroma_width * (size_t)grid.chroma_height);
    }
    background_learn(&road, &grid, views, 9, COLOR_RANGE_LIMITED, NULL);
    double worst = 0, mean = 0;
    for (size_t i = 0; i < cells; i++)
        mean += road.light[i] / (double)cells;
    for (size_t i = 0; i < cells; i++)
        worst = fmax(worst, fabs(road.light[i] - mean));
    CU_ASSERT(worst < 150);
    CU_ASSERT_EQUAL(road.u[0], 120);
    // Exposure: the mode of the difference is found whatever a fifth of the picture does.
    for (size_t i = 0; i < cells; i++)
        views[0].light[i] = (int16_t)(i % 5 ? road.light[i] + 700 : road.light[i] - 2500);
    Tone tone = background_tone(&road, &grid, &views[0], NULL);
    CU_ASSERT(abs(tone.gain - 700) < 40);
    for (int n = 0; n < 9; n++)
        view_destroy(&views[n]);
    background_destroy(&road);
}

// ---- vehicles ----

#define LANES 2

// Two vehicles side by side in one picture, each with a cast shadow of the same depth that reaches
// the other's wheels.
static void draw_shadowed(int16_t *depth, int stride, uint8_t *u, const Grid *grid, int bottom,
                          double body, double shadow)
{
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++) {
            double d = 0.01 * normal();
            for (int lane = 0; lane < LANES; lane++) {
                int left = 100 + 80 * lane;
                if (y > bottom - 20 && y < bottom + 4 && x > left && x < left + 85)
                    d = shadow + 0.02 * normal();
            }
            for (int lane = 0; lane < LANES; lane++) {
                int left = 100 + 80 * lane;
                if (y > bottom - 50 && y <= bottom && x >= left && x < left + 45)
                    d = body + ((x + y) % 9 ? 0 : 0.5);
            }
            depth[y * stride + x] = (int16_t)(d * LIGHT_UNIT);
        }
    memset(u, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
}

// Blobs of the last of several views.
static void segment_shadowed(double body, double shadow, Blobs *blobs)
{
    Grid grid = grid_for(480, 270);
    Background road = {0};
    View view;
    int stride = grid.width + 2;
    size_t cells = (size_t)grid.width * (size_t)grid.height;
    size_t chroma = (size_t)grid.chroma_width * (size_t)grid.chroma_height;
    int16_t *plane = calloc((size_t)stride * (size_t)(grid.height + 2), sizeof *plane);
    Segmenter *segmenter = segmenter_create(&grid);
    CU_ASSERT_FATAL(plane && segmenter && view_create(&view, &grid) &&
                    background_create(&road, &grid));
    blobs->label = malloc(cells);
    for (size_t i = 0; i < cells; i++)
        road.limit[i] = LIGHT_UNIT / 5;
    memset(road.u, 128, chroma);
    memset(road.v, 128, chroma);
    memset(road.chroma_limit, 12, chroma);
    memset(view.v, 128, chroma);
    seed = 5;
    for (int n = 0; n < 40; n++) {
        draw_shadowed(plane + stride + 1, stride, view.u, &grid, 200 - 2 * n, body, shadow);
        segmenter_run(segmenter, &grid, &road, &view, plane + stride + 1, stride, NULL, blobs);
    }
    segmenter_destroy(&segmenter);
    background_destroy(&road);
    view_destroy(&view);
    free(plane);
}

static void test_shadow_is_no_body(void)
{
    static Blobs blobs;
    segment_shadowed(-0.8, 1.1, &blobs);
    CU_ASSERT_EQUAL_FATAL(blobs.count, LANES);
    for (int i = 0; i < LANES; i++) {
        Box body = {100 + 80 * i, 73, 45, 50};
        CU_ASSERT(box_iou(blobs.items[i].box, body) > 0.8);
        CU_ASSERT(blobs.items[i].reach.w > 60);
    }
    free(blobs.label);
}

// What is as dark as the shadows all over cannot be told from one: better with it than halved.
static void test_dark_vehicle_stays_whole(void)
{
    static Blobs blobs;
    segment_shadowed(1.1, 1.1, &blobs);
    CU_ASSERT_EQUAL_FATAL(blobs.count, 1);
    CU_ASSERT(blobs.items[0].box.w > 150);
    free(blobs.label);
}

#include "road_passage.h"

#include "road_judge.h"
#include "road_passers.h"
#include "road_raised.h"
#include "road_sight.h"
#include "road_still.h"
#include "road_veil.h"
#include "road_wake.h"
#include "road_zone.h"

// Against NOAA's equations: Beijing at the June solstice's noon, Jincheng on a winter morning,
// Quito at an equinox.
static void test_sun(void)
{
    Sun sun = sun_at(INT64_C(1782014400000000), 39.9042, 116.4074); // 2026-06-21 04:00 UTC
    CU_ASSERT_DOUBLE_EQUAL(sun.elevation, 73.2, 0.3);
    CU_ASSERT_DOUBLE_EQUAL(sun.azimuth, 167.5, 1.0);
    sun = sun_at(INT64_C(1767225600000000), 35.798, 112.852); // 2026-01-01 00:00 UTC, 8:00 there
    CU_ASSERT_DOUBLE_EQUAL(sun.azimuth, 121.5, 0.3);
    CU_ASSERT_DOUBLE_EQUAL(sun.elevation, 3.0, 0.3);
    sun = sun_at(INT64_C(1774027200000000), -0.1807, -78.4678); // 2026-03-20 17:20 UTC
    CU_ASSERT(sun.elevation > 85);
    CU_ASSERT(sun_at(INT64_C(1767265200000000), 35.798, 112.852).elevation < 0); // evening
    CU_ASSERT(isnan(sun_at(0, NAN, 112.852).elevation));
    CU_ASSERT_TRUE(sun_in_front((Sun){350, 12}, 20) && sun_in_front((Sun){90, 12}, 90));
    CU_ASSERT_FALSE(sun_in_front((Sun){350, 12}, 90) || sun_in_front((Sun){90, 50}, 90));
    CU_ASSERT_FALSE(sun_in_front((Sun){90, -3}, 90) || sun_in_front((Sun){90, 12}, NAN));
}

SUITE_MAIN("road", {"sun", test_sun}, {"density standard", test_density_standard},
           {"levels of a board are read", test_board_levels_are_read},
           {"a board without rims", test_board_without_rims},
           {"a board finds a bent curve", test_board_finds_a_bent_curve},
           {"a board that cannot be measured", test_board_not_measurable},
           {"corners of a board out of order", test_board_corners_out_of_order},
           {"pictures of a board are averaged", test_board_pictures_are_averaged},
           {"layouts of boards", test_board_layouts}, {"density refusals", test_density_refusals},
           {"view", test_view}, {"background mode", test_background_mode},
           {"shadow is no body", test_shadow_is_no_body},
           {"dark vehicle stays whole", test_dark_vehicle_stays_whole},
           {"vehicles that melt into one blob keep their identity", test_crowd_parts_keep_identity},
           {"a vehicle that was never seen apart is found, a shadow is not", test_crowd_newcomer},
           {"burned-in lettering hides no vehicle", test_crowd_lettering},
           {"a vehicle that hides another keeps its blob", test_crowd_one_hides_the_other},
           {"neighbours that part are two", test_crowd_neighbours_part},
           {"a shaking view is held", test_shaking_view_is_held},
           {"a view is left alone", test_view_is_left_alone},
           {"smoke before a shaking camera", test_smoke_before_a_shaking_camera},
           {"a vehicle lost and found is raised once", test_raised_once},
           {"a part is raised with the whole", test_part_is_raised_with_the_whole},
           {"an open passage is known", test_open_passage_is_known},
           {"smoke is an event", test_smoke_is_an_event},
           {"a grey vehicle in noise", test_grey_in_noise},
           {"noise is measured and smoothed", test_noise_is_smoothed},
           {"smoke beside the way", test_smoke_beside_the_way},
           {"a way has a direction", test_way_has_a_direction},
           {"gaps ask for more", test_gaps_ask_for_more},
           {"soft shadow asks for more", test_soft_shadow_asks_for_more},
           {"soot is less blue than shadow", test_soot_is_less_blue_than_shadow},
           {"unsteady smoke asks for more", test_unsteady_smoke_asks_for_more},
           {"a strip is no vehicle", test_strip_is_no_vehicle},
           {"own smoke came with the vehicle", test_own_smoke_came_with_the_vehicle},
           {"the picture of record shows the vehicle", test_record_shows_the_vehicle},
           {"clean is none", test_clean_is_none},
           {"haze is found and taken off", test_veil_is_lifted},
           {"smoke in haze", test_smoke_in_haze}, {"haze asks for more", test_haze_asks_for_more},
           {"few pixels are less sure", test_few_pixels_are_less_sure},
           {"a vehicle that comes in stays whole", test_crowd_coming_in},
           {"direction is judged", test_direction_is_judged},
           {"smoke in a zone", test_smoke_in_a_zone},
           {"no smoke in a zone", test_no_smoke_in_a_zone}, {"health of pictures", test_health},
           {"passers", test_passers}, {"a camera's own normal", test_normal},
           {"dirt on the lens", test_dirt}, {"event of another size", test_event_of_another_size},
           {"baseline keeps the budget", test_baseline_keeps_the_budget},
           {"baseline knows kinds", test_baseline_knows_kinds},
           {"baseline begins with the built-in", test_baseline_begins_with_the_built_in},
           {"baseline tells sizes", test_baseline_tells_sizes},
           {"perspective tells lorries", test_perspective_tells_lorries},
           {"perspective is learned", test_perspective_is_learned},
           {"perspective from above", test_perspective_from_above},
           {"perspective across and cut", test_perspective_across_and_cut},
           {"conditions begin and end", test_conditions_begin_and_end},
           {"restless ground is no shake", test_restless_ground_is_no_shake},
           {"the edge of a cloud is told at once", test_edge_of_a_cloud_is_told_at_once},
           {"smoke is no edge of a cloud", test_smoke_is_no_edge_of_a_cloud},
           {"night is told", test_night_is_told}, {"a wet road is told", test_wet_road_is_told},
           {"kinds of plumes", test_kinds_of_plumes})
