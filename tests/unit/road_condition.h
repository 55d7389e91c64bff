// States in which seeing is hard, from drawn views of an empty road.
#include "road/condition.h"
#include "road/kind.h"
#include "road/still.h"

typedef struct Stage { // a grid with what the watch looks at; all owned
    Grid grid;
    Background road;
    View view;
    Wake wake;
    Tracker tracker;
    ConditionWatch watch;
    Still still;
    int16_t *depth;
    uint8_t *label;
    int64_t time_us;
} Stage;

typedef void StageDraw(Stage *stage, int number); // changes the view, which shows the empty road

static void stage_open(Stage *stage)
{
    *stage = (Stage){.grid = grid_for(1920, 1080)};
    const Grid *grid = &stage->grid;
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    CU_ASSERT_TRUE_FATAL(background_create(&stage->road, grid) && view_create(&stage->view, grid) &&
                         wake_create(&stage->wake, grid) && condition_create(&stage->watch, grid) &&
                         still_create(&stage->still, grid));
    stage->depth = calloc(cells, sizeof *stage->depth);
    stage->label = calloc(cells, 1);
    tracker_init(&stage->tracker);
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++) {
            double light = -1.5 + 0.15 * normal() + 0.8 * (abs(x - 100 - y) < 6 || abs(y - 90) < 5);
            stage->road.light[y * grid->width + x] = (int16_t)(light * LIGHT_UNIT);
            stage->road.limit[y * grid->width + x] = LIGHT_UNIT / 6;
        }
}

static void stage_close(Stage *stage)
{
    background_destroy(&stage->road);
    view_destroy(&stage->view);
    wake_destroy(&stage->wake);
    condition_destroy(&stage->watch);
    still_destroy(&stage->still);
    free(stage->depth);
    free(stage->label);
}

// Twelve views a second.
static void stage_show(Stage *stage, int seconds, double noise, StageDraw *draw)
{
    const Grid *grid = &stage->grid;
    int cells = grid->width * grid->height;
    WakeScene scene = {
        grid, &stage->road, &stage->view, stage->depth, grid->width, stage->label,
        NULL, 0,            12,           {0, 0, 0},    {0, 0, 0}};
    for (int i = 0; i < 12 * seconds; i++, stage->time_us += 83333) {
        for (int at = 0; at < cells; at++)
            stage->view.light[at] =
                (int16_t)(stage->road.light[at] + (uniform() - 0.5) * 2 * noise * LIGHT_UNIT);
        if (draw)
            draw(stage, i);
        for (int at = 0; at < cells; at++)
            stage->depth[at] = (int16_t)(stage->road.light[at] - stage->view.light[at]);
        stage->view.time_us = stage->time_us;
        still_find(&stage->still, grid, &stage->road, stage->depth, grid->width, NULL,
                   &scene.left);
        condition_push(&stage->watch, &scene, &stage->wake, &stage->tracker);
    }
}

static void draw_rain(Stage *stage, int number)
{
    const Grid *grid = &stage->grid;
    (void)number;
    for (int drop = 0; drop < 250; drop++) {
        int x = (int)(uniform() * grid->width), y = (int)(uniform() * (grid->height - 12));
        for (int row = 0; row < 12; row++)
            stage->view.light[(y + row) * grid->width + x] += LIGHT_UNIT / 6;
    }
}

static void draw_shake(Stage *stage, int number)
{
    const Grid *grid = &stage->grid;
    int by = number % 3 - 1;
    for (int y = 1; y < grid->height - 1; y++)
        for (int x = 1; x < grid->width - 1; x++)
            stage->view.light[y * grid->width + x] =
                stage->road.light[(y + by) * grid->width + x + by];
}

// The same where the tone of a third of the ground has changed too.
static void draw_restless(Stage *stage, int number)
{
    int cells = stage->grid.width * stage->grid.height;
    draw_shake(stage, number);
    for (int at = 0; at < cells / 3; at++)
        stage->view.light[at] -= LIGHT_UNIT / 8;
}

static void draw_cloud(Stage *stage, int number)
{
    int cells = stage->grid.width * stage->grid.height;
    for (int at = 0; at < cells * 3 / 4; at++)
        stage->view.light[at] += (int16_t)(number % 5 - 7) * LIGHT_UNIT / 30;
}

// The edge of a cloud's shadow: a third of the picture is as dark as it gets.
static void draw_edge(Stage *stage, int number)
{
    int cells = stage->grid.width * stage->grid.height;
    (void)number;
    for (int at = 0; at < cells / 3; at++)
        stage->view.light[at] -= LIGHT_UNIT / 2;
}

// What a vehicle leaves that drives up the picture in two seconds: half of the rows' width, thinning.
static void draw_smoke(Stage *stage, int number)
{
    const Grid *grid = &stage->grid;
    for (int y = 0; y < grid->height; y++) {
        double age = number / 12.0 - 2.0 * (grid->height - y) / grid->height; // seconds
        for (int x = 0; x < grid->width / 2 && age >= 0; x++)
            stage->view.light[y * grid->width + x] -= (int16_t)(1.2 * exp(-age / 2.5) * LIGHT_UNIT);
    }
}

// A vehicle that recedes; below it, share of its light against the road upside down. Every 5 s
// another one.
static double mirror_share;
static bool sideways, soft_shadow;

static void draw_vehicle(Stage *stage, int number)
{
    const Grid *grid = &stage->grid;
    int id = 1 + (int)(stage->time_us / (5 * SECOND_US)), w = 60, h = 50, x0 = 200 + id % 3 * 15;
    int y0 = 110 - (int)(stage->time_us % (5 * SECOND_US) / 250000);
    (void)number;
    stage->tracker.count = 1;
    stage->tracker.tracks[0] = (Track){.id = id,
                                       .hits = 10,
                                       .seen = true,
                                       .w = w,
                                       .h = h,
                                       .vx = sideways ? 40 : 1,
                                       .vy = sideways ? 2 : -15,
                                       .box = {x0, y0, w, h}};
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            // Windows, lamps, a plate; patches of its own for each vehicle.
            double light = 0.3 + (y < 18 && x > 8 && x < 52 ? -1 : 0) +
                           (y > 28 && y < 36 && (x < 10 || x > 50) ? 0.7 : 0) +
                           (y > 38 && x > 22 && x < 38 ? 0.6 : 0) +
                           0.4 * ((x / 15 * 7 + y / 12 * 3 + id) % 5 == 0);
            int16_t *above = &stage->view.light[(y0 + y) * grid->width + x0 + x];
            int16_t *below = &stage->view.light[(y0 + 2 * h - y) * grid->width + x0 + x];
            *above += (int16_t)(light * LIGHT_UNIT);
            *below += (int16_t)(mirror_share * light * LIGHT_UNIT);
            if (soft_shadow) // darkest below the middle, and just below the vehicle
                *below -= (int16_t)(0.4 * exp(-(h - y) / 12.0) * (1 - fabs(x - w / 2.0) / w) *
                                    LIGHT_UNIT);
        }
}

static void show_vehicles(Stage *stage, int seconds, double share, bool aside, bool shadow)
{
    mirror_share = share;
    sideways = aside;
    soft_shadow = shadow;
    stage_show(stage, seconds, 0.02, draw_vehicle);
}

static bool only(const Stage *stage, Condition condition)
{
    for (int i = 0; i < CONDITIONS; i++)
        if (stage->watch.states[i].on != (i == (int)condition))
            return false;
    return true;
}

static void test_conditions_begin_and_end(void)
{
    static const struct {
        StageDraw *draw;
        Condition condition;
    } cases[] = {{draw_rain, CONDITION_RAIN},
                 {draw_shake, CONDITION_SHAKE},
                 {draw_cloud, CONDITION_UNSETTLED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Stage stage;
        seed = 5;
        stage_open(&stage);
        stage_show(&stage, 10, 0.02, NULL);
        CU_ASSERT_TRUE(only(&stage, CONDITIONS)); // none
        CU_ASSERT_FALSE(condition_blind(&stage.watch));
        int64_t began_us = stage.time_us;
        stage_show(&stage, 2, 0.02, cases[i].draw);
        CU_ASSERT_FALSE(condition_blind(&stage.watch)); // not for a moment's sake
        stage_show(&stage, 8, 0.02, cases[i].draw);
        CU_ASSERT_TRUE(only(&stage, cases[i].condition));
        CU_ASSERT_TRUE(condition_blind(&stage.watch));
        int64_t ended_us = stage.time_us;
        stage_show(&stage, 12, 0.02, NULL);
        CU_ASSERT_TRUE(only(&stage, CONDITIONS));
        // It is told when it held.
        const char *name = condition_name(cases[i].condition);
        CU_ASSERT_PTR_NULL(condition_blinded(&stage.watch, 0, began_us - SECOND_US));
        CU_ASSERT_PTR_EQUAL(condition_blinded(&stage.watch, began_us + 3 * SECOND_US, ended_us),
                            name);
        CU_ASSERT_PTR_NULL(
            condition_blinded(&stage.watch, stage.time_us - SECOND_US, stage.time_us));
        stage_close(&stage);
    }
}

static void test_restless_ground_is_no_shake(void)
{
    Stage stage;
    seed = 5;
    stage_open(&stage);
    stage_show(&stage, 10, 0.02, NULL);
    stage_show(&stage, 10, 0.02, draw_restless);
    CU_ASSERT_FALSE(stage.watch.states[CONDITION_SHAKE].on);
    stage_close(&stage);
}

static void test_edge_of_a_cloud_is_told_at_once(void)
{
    static const double noise[] = {0.005, 0.02, 0.05};
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
        Stage stage;
        seed = 5;
        stage_open(&stage);
        stage_show(&stage, 10, noise[i], NULL);
        int64_t began_us = stage.time_us;
        stage_show(&stage, 4, noise[i], draw_edge);
        CU_ASSERT_TRUE(only(&stage, CONDITION_CLOUD));
        CU_ASSERT_TRUE(condition_blind(&stage.watch));
        CU_ASSERT_TRUE(stage.watch.states[CONDITION_CLOUD].since_us - began_us < 3 * SECOND_US);
        stage_show(&stage, 6, noise[i], NULL);
        CU_ASSERT_TRUE(only(&stage, CONDITIONS));
        CU_ASSERT_STRING_EQUAL(condition_blinded(&stage.watch, began_us, stage.time_us),
                               "cloud_edge");
        stage_close(&stage);
    }
}

// Dense smoke over half of the picture, as deep a shade as a cloud's, does not blind.
static void test_smoke_is_no_edge_of_a_cloud(void)
{
    Stage stage;
    seed = 5;
    stage_open(&stage);
    stage_show(&stage, 10, 0.005, NULL);
    int64_t began_us = stage.time_us;
    stage_show(&stage, 6, 0.005, draw_smoke);
    CU_ASSERT_PTR_NULL(condition_blinded(&stage.watch, began_us, stage.time_us));
    stage_close(&stage);
}

static void test_night_is_told(void)
{
    Stage stage;
    stage_open(&stage);
    int cells = stage.grid.width * stage.grid.height;
    for (int at = 0; at < cells; at++)
        stage.road.light[at] -= (int16_t)(at % stage.grid.width < 48 ? 5 * LIGHT_UNIT : LIGHT_UNIT);
    stage_show(&stage, 3, 0.03, NULL);
    CU_ASSERT_TRUE(only(&stage, CONDITION_NIGHT));
    stage_close(&stage);
    stage_open(&stage); // a dim day with deep shade, without a sensor's noise
    for (int at = 0; at < cells; at++)
        stage.road.light[at] -= (int16_t)(at % stage.grid.width < 12 ? 5 * LIGHT_UNIT : LIGHT_UNIT);
    stage_show(&stage, 3, 0.03, NULL);
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    stage_close(&stage);
    stage_open(&stage); // a hard tone curve: deep shade, a dim rest, a bright sky
    for (int at = 0; at < cells; at++)
        stage.road.light[at] -= (int16_t)(at < cells / 8                ? -LIGHT_UNIT
                                          : at % stage.grid.width < 48 ? 5 * LIGHT_UNIT
                                                                       : LIGHT_UNIT);
    stage_show(&stage, 3, 0.03, NULL);
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    stage_close(&stage);
    stage_open(&stage); // so dark that the camera smooths its noise away
    for (int at = 0; at < cells; at++)
        stage.road.light[at] -=
            (int16_t)(at % stage.grid.width < 12 ? 5 * LIGHT_UNIT : 2 * LIGHT_UNIT);
    stage_show(&stage, 3, 0.002, NULL);
    CU_ASSERT_TRUE(only(&stage, CONDITION_NIGHT));
    stage_close(&stage);
}

static void test_wet_road_is_told(void)
{
    Stage stage;
    seed = 5;
    stage_open(&stage);
    show_vehicles(&stage, 30, 0, false, true); // dry, with soft shadows
    CU_ASSERT_TRUE(stage.watch.mirror.share < 0.02);
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    show_vehicles(&stage, 5, 0.4, false, false); // one vehicle is no wet road
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    show_vehicles(&stage, 30, 0.4, false, true);
    CU_ASSERT_TRUE(only(&stage, CONDITION_WET_ROAD));
    CU_ASSERT_TRUE(condition_blind(&stage.watch));
    stage.tracker.count = 0;
    stage_show(&stage, 20, 0.02, NULL); // nobody passes: it stays
    CU_ASSERT_TRUE(only(&stage, CONDITION_WET_ROAD));
    show_vehicles(&stage, 60, 0, false, true); // it dried
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    stage_close(&stage);
    stage_open(&stage);
    show_vehicles(&stage, 30, 0.4, true, false); // from the side nothing is told
    CU_ASSERT_EQUAL(stage.watch.mirror.share, 0);
    CU_ASSERT_TRUE(only(&stage, CONDITIONS));
    stage_close(&stage);
}

static SmokeKind kind_with(double bright, double hue)
{
    int16_t depth[200];
    uint8_t wake[200];
    for (int i = 0; i < 200; i++) {
        depth[i] = (int16_t)((i < 100 * bright ? -0.3 : 0.3) * LIGHT_UNIT);
        wake[i] = PLUME_NEAR;
        if (i >= 100) { // far behind it is bright, and not of this plume
            depth[i] = -LIGHT_UNIT / 2;
            wake[i] = 1;
        }
    }
    PlumeMap plume = {.area = {0, 0, 10, 20}, .depth = depth, .wake = wake};
    return kind_of(kind_figures(&plume, hue, 0.4));
}

static void test_kinds_of_plumes(void)
{
    CU_ASSERT_EQUAL(kind_with(0, -0.1), SMOKE_BLACK); // as soot
    CU_ASSERT_EQUAL(kind_with(0.1, NAN), SMOKE_BLACK);
    CU_ASSERT_EQUAL(kind_with(0.4, -0.1), SMOKE_UNCLEAR);
    CU_ASSERT_EQUAL(kind_with(0.1, -0.3), SMOKE_UNCLEAR);
    CU_ASSERT_EQUAL(kind_with(0.8, 0.02), SMOKE_WHITE);
    CU_ASSERT_EQUAL(kind_with(0.8, -0.3), SMOKE_DUST);
    CU_ASSERT_EQUAL(kind_with(0, -0.5), SMOKE_DUST);
    CU_ASSERT_EQUAL(kind_of(kind_figures(&(PlumeMap){0}, NAN, 0.4)), SMOKE_BLACK);
}
