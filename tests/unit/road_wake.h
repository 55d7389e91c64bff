// What is measured behind a vehicle. Part of road_test.c.

typedef struct Drive {
    double before, after; // depth of the ground until the vehicle comes, and behind it
    double deeper;        // of the latter, from view to view
    int across;           // cells from view to view, from the middle on
} Drive;

// Where the picture's rim cuts what is there, as vehicles are found.
static Box seen_of(const Grid *grid, Box box)
{
    int rim = grid_rim(grid);
    return box_clip((Box){box.x, box.y,
                          box.x + box.w > grid->width - rim ? grid->width - rim - box.x : box.w,
                          box.h},
                    grid->width, grid->height);
}

static void drive(Drive by, Passage *passage)
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
    *passage = (Passage){0};
    for (int n = 0; n < 60; n++) {
        bool there = n >= 30;
        double path = (n - 30) / 40.0 * 4;
        scene.number = n + 1;
        view.time_us = n * INT64_C(80000);
        memset(label, 0, (size_t)grid.width * (size_t)grid.height);
        Box box = {grid.width / 2 - 20 + by.across * (n - 30), grid.height - 60 - 4 * (n - 30), 40,
                   50};
        box = seen_of(&grid, box);
        there = there && box.w > 4;
        for (int i = 0; i < stride * (grid.height + 2); i++) {
            bool behind = there && i / stride - 1 >= box.y + box.h;
            plane[i] = (int16_t)lround((behind ? by.after + by.deeper * (n - 30) : by.before) *
                                       LIGHT_UNIT);
        }
        for (int y = box.y; there && y < box.y + box.h; y++)
            memset(label + y * grid.width + box.x, 1, (size_t)box.w);
        wake_prepare(&wake, &scene);
        if (there) {
            wake_cover(&wake, &scene, 0, box, 1, path);
            CU_ASSERT_TRUE(passage_add_point(passage, &grid, box, view.time_us));
            CU_ASSERT_TRUE(wake_measure(&wake, &scene, 1, box, path, passage));
        }
        wake_follow(&wake, &scene);
    }
    CU_ASSERT_TRUE_FATAL(passage->sample_count > 5);
    wake_destroy(&wake);
    background_destroy(&road);
    view_destroy(&view);
    free(plane);
    free(label);
}

// The mean depth found to be the vehicle's own.
static double own_depth(double before, double after)
{
    Passage passage;
    drive((Drive){.before = before, .after = after}, &passage);
    double own = (double)passage.samples[passage.sample_count - 1].own;
    passage_free(&passage);
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

// The smoke is densest when the vehicle has all but left through the side, and somewhat thinner
// while it is seen whole: that is the picture of record.
static void test_record_shows_the_vehicle(void)
{
    Passage passage;
    Grid grid = grid_for(640, 360);
    drive((Drive){.after = 0.1, .deeper = 0.05, .across = 8}, &passage);
    CU_ASSERT_TRUE(passage.points[passage.point_count - 1].box.w < 40); // it did leave
    CU_ASSERT_EQUAL(passage.plume.vehicle.w, 40);
    CU_ASSERT_TRUE(grid_whole(&grid, grid_pixels(&grid, passage.plume.vehicle)));
    passage_free(&passage);
}
