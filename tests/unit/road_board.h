// The board of known levels: drawn as a camera sees it, read, and what cannot be read refused.
#include "board.h"

static BoardReading read_board(const BoardScene *scene, const BoardLayout *layout)
{
    BoardReading reading = {0};
    Error error;
    Picture *picture = board_draw(scene, layout);
    CU_ASSERT_PTR_NOT_NULL_FATAL(picture);
    CU_ASSERT_EQUAL(board_read(picture, layout, scene->corners, &reading, &error), STATUS_OK);
    picture_unref(&picture);
    return reading;
}

static double worst_error(const BoardReading *reading)
{
    double worst = 0;
    for (int i = 0; i < reading->count; i++)
        worst = fmax(worst, fabs(board_error(&reading->fields[i])));
    return worst;
}

static int faults(const BoardReading *reading, BoardFault fault)
{
    int count = 0;
    for (int i = 0; i < reading->count; i++)
        count += reading->fields[i].fault == fault;
    return count;
}

// Aslant, in sloping light, through lens, noise and both ranges, near and far, in good light and dim.
static void test_board_levels_are_read(void)
{
    BoardLayout layout = board_layout_default();
    double worst = 0;
    for (int i = 0; i < 24; i++) {
        BoardScene scene = board_scene_default();
        seed = (uint32_t)(900 + i);
        scene.seed = seed;
        scene.width = 960;
        scene.height = 540;
        double size = 0.25 + 0.25 * uniform();
        for (int c = 0; c < 4; c++)
            for (int k = 0; k < 2; k++)
                scene.corners[c][k] = scene.corners[c][k] * 2 * size / 2 + 40 + 20 * uniform();
        scene.exposure = 0.15 + 0.6 * uniform();
        scene.across = 0.6 * uniform() - 0.3;
        scene.down = 0.6 * uniform() - 0.3;
        scene.blur = uniform();
        scene.noise = 3 * uniform();
        scene.range = i % 2 ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED;
        BoardReading reading = read_board(&scene, &layout);
        CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_PASSES);
        CU_ASSERT_EQUAL(reading.turned, 0);
        for (int n = 0; n < reading.count; n++)
            CU_ASSERT_TRUE(fabs(board_error(&reading.fields[n])) <
                           5 * reading.fields[n].reading.uncertainty + 0.02);
        worst = fmax(worst, worst_error(&reading));
    }
    printf("worst %.3f grade ", worst);
    CU_ASSERT_TRUE(worst < 0.1);
}

// A board without white rims: white lies in the fields of level 0.
static void test_board_without_rims(void)
{
    BoardLayout layout = {.rim = 0};
    CU_ASSERT_EQUAL(board_layout_parse("0,0.5,1,0/1.5,2,2.5,3/0,4,5,0", &layout, NULL), STATUS_OK);
    CU_ASSERT_TRUE(layout.columns == 4 && layout.rows == 3 && layout.levels[10] == 5);
    BoardScene scene = board_scene_default();
    BoardReading reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_PASSES);
    CU_ASSERT_TRUE(worst_error(&reading) < 0.1);
    for (int i = 0; i < 12; i++) // no white at all
        layout.levels[i] = fmax(layout.levels[i], 0.5);
    reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_NO_WHITE), 12);
    CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_UNDECIDED);
}

// A camera that bends its tone curve errs, and the check finds it.
static void test_board_finds_a_bent_curve(void)
{
    BoardLayout layout = board_layout_default();
    BoardScene scene = board_scene_default();
    scene.curve = 1.25;
    BoardReading reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_FAILS);
    CU_ASSERT_TRUE(board_error(&reading.fields[8]) > BOARD_ALLOWED);
    CU_ASSERT_TRUE(board_field_passes(&reading.fields[0]));
    CU_ASSERT_EQUAL(reading.turned, 0);
}

static void test_board_not_measurable(void)
{
    BoardLayout layout = board_layout_default();
    BoardScene scene = board_scene_default();
    scene.exposure = 1.1;
    BoardReading reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_OVEREXPOSED), 9);
    scene = board_scene_default();
    scene.exposure = 0.04;
    reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_DARK), 9);
    scene = board_scene_default();
    scene.glare = 0.3; // on the middle field alone
    scene.glare_x = scene.glare_y = 0.5;
    scene.glare_radius = 0.07;
    reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_UNEVEN), 1);
    CU_ASSERT_EQUAL(reading.fields[4].fault, BOARD_UNEVEN);
    CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_UNDECIDED);
    scene = board_scene_default();
    scene.shadow = 0.4; // its edge runs through the middle column
    reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_UNEVEN), 3);
    scene = board_scene_default();
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 2; k++)
            scene.corners[i][k] *= 0.05;
    reading = read_board(&scene, &layout);
    CU_ASSERT_EQUAL(faults(&reading, BOARD_SMALL), 9);
    scene = board_scene_default();
    for (int i = 0; i < 4; i++)
        scene.corners[i][0] += 800;
    reading = read_board(&scene, &layout);
    CU_ASSERT_TRUE(faults(&reading, BOARD_OUTSIDE) >= 3);
}

static void test_board_corners_out_of_order(void)
{
    BoardLayout layout = board_layout_default();
    BoardScene scene = board_scene_default();
    BoardReading reading;
    Error error;
    Picture *picture = board_draw(&scene, &layout);
    static const int orders[][4] = {{3, 2, 1, 0}, {0, 2, 1, 3}, {1, 0, 2, 3}};
    for (int i = 0; i < 3; i++) { // mirrored, crossed over
        double corners[4][2];
        for (int k = 0; k < 4; k++)
            memcpy(corners[k], scene.corners[orders[i][k]], sizeof corners[k]);
        CU_ASSERT_EQUAL(board_read(picture, &layout, corners, &reading, &error), STATUS_ARGUMENT);
    }
    double none[4][2] = {{5, 5}, {5, 5}, {5, 5}, {5, 5}}, line[4][2] = {{0, 0}, {9, 0}, {20, 0}, {3, 9}};
    CU_ASSERT_EQUAL(board_read(picture, &layout, none, &reading, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(board_read(picture, &layout, line, &reading, &error), STATUS_ARGUMENT);
    for (int turn = 1; turn < 4; turn++) { // begun at another corner
        double corners[4][2];
        for (int k = 0; k < 4; k++)
            memcpy(corners[k], scene.corners[(k + turn) % 4], sizeof corners[k]);
        CU_ASSERT_EQUAL(board_read(picture, &layout, corners, &reading, &error), STATUS_OK);
        CU_ASSERT_EQUAL(board_verdict(&reading), BOARD_FAILS);
        CU_ASSERT_EQUAL(reading.turned, 4 - turn);
    }
    picture_unref(&picture);
}

static void test_board_pictures_are_averaged(void)
{
    BoardLayout layout = board_layout_default();
    BoardScene scene = board_scene_default();
    BoardReading readings[3];
    scene.noise = 4;
    for (int i = 0; i < 3; i++) {
        scene.seed = (uint64_t)i + 5;
        scene.exposure = 0.5 + 0.1 * i;
        readings[i] = read_board(&scene, &layout);
    }
    BoardReading mean = board_mean(readings, 3);
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += board_grade(&readings[i].fields[8]) / 3;
    CU_ASSERT_DOUBLE_EQUAL(board_grade(&mean.fields[8]), sum, 1e-9);
    CU_ASSERT_TRUE(mean.fields[8].spread > 0 && mean.fields[8].spread < 0.1);
    CU_ASSERT_EQUAL(board_verdict(&mean), BOARD_PASSES);
    readings[1].fields[2].fault = BOARD_UNEVEN; // in one of them
    mean = board_mean(readings, 3);
    CU_ASSERT_EQUAL(mean.fields[2].fault, BOARD_UNEVEN);
    CU_ASSERT_EQUAL(board_verdict(&mean), BOARD_UNDECIDED);
}

static void test_board_layouts(void)
{
    BoardLayout layout = board_layout_default();
    Error error;
    static const char *const bad[] = {"", "1,2/3", "1;2", "6", "-1", "a", "1,,2", "1/", "1,2,"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(board_layout_parse(bad[i], &layout, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(layout.columns * layout.rows, 9); // as it was
    CU_ASSERT_EQUAL(board_layout_parse("0,1,2", &layout, &error), STATUS_OK);
    CU_ASSERT_TRUE(layout.columns == 3 && layout.rows == 1 && layout.rim == 0.2);
    char many[200] = "0";
    for (int i = 0; i < BOARD_MAX_FIELDS; i++)
        strcat(many, ",0");
    CU_ASSERT_EQUAL(board_layout_parse(many, &layout, &error), STATUS_ARGUMENT);
}
