// Of the smoke behind a vehicle, how much came with it. Part of road_test.c.

// The mean depth found to be the vehicle's own, where the ground had so much before it came and has
// so much after.
static double own_depth(double before, double after)
{
    Grid grid = grid_for(640, 360);
    View view;
    Background road;
    Wake wake;
    CU_ASSERT_TRUE_FATAL(view_create(&view, &grid) && background_create(&road, &grid) &&
                         wake_create(&wake, &grid));
    int stride = grid.width + 2;
    int16_t *plane = calloc((size_t)stride * (size_t)(grid.height + 2), sizeof *plane);
    uint8_t *label = calloc((size_t)grid.width, (size_t)grid.height);
    CU_ASSERT_TRUE_FATAL(plane && label);
    WakeScene scene = {.grid = &grid,
                       .road = &road,
                       .view = &view,
                       .depth = plane + stride + 1,
                       .depth_stride = stride,
                       .label = label,
                       .fps = 12.5};
    Passage passage = {0};
    Box box = {grid.width / 2 - 20, 0, 40, 50};
    for (int n = 0; n < 60; n++) {
        bool there = n >= 30;
        double path = (n - 30) / 40.0 * 4;
        scene.number = n + 1;
        view.time_us = n * INT64_C(80000);
        memset(label, 0, (size_t)grid.width * (size_t)grid.height);
        box.y = grid.height - 60 - 4 * (n - 30);
        for (int i = 0; i < stride * (grid.height + 2); i++) {
            bool behind = there && i / stride - 1 >= box.y + box.h;
            plane[i] = (int16_t)lround((behind ? after : before) * LIGHT_UNIT);
        }
        for (int y = box.y; there && y < box.y + box.h; y++)
            memset(label + y * grid.width + box.x, 1, (size_t)box.w);
        wake_prepare(&wake, &scene);
        if (there) {
            wake_cover(&wake, &scene, 0, box, 1, path);
            CU_ASSERT_TRUE(passage_add_point(&passage, &grid, box, view.time_us));
            CU_ASSERT_TRUE(wake_measure(&wake, &scene, 1, box, path, &passage));
        }
        wake_follow(&wake, &scene);
    }
    CU_ASSERT_TRUE_FATAL(passage.sample_count > 5);
    double own = (double)passage.samples[passage.sample_count - 1].own;
    passage_free(&passage);
    wake_destroy(&wake);
    background_destroy(&road);
    view_destroy(&view);
    free(plane);
    free(label);
    return own;
}

static void test_own_smoke_came_with_the_vehicle(void)
{
    CU_ASSERT_DOUBLE_EQUAL(own_depth(0, 0.3), 0.3, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(own_depth(0.15, 0.15), 0, 0.01); // another's, which stays
    CU_ASSERT_DOUBLE_EQUAL(own_depth(0.15, 0.05), 0, 0.01); // or fades
    CU_ASSERT_DOUBLE_EQUAL(own_depth(0.3, 0.8), 0.5, 0.01); // and its own in it
    CU_ASSERT_DOUBLE_EQUAL(own_depth(0, -0.2), -0.2, 0.01); // lighter than the road
}
