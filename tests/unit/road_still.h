// A shaking camera's views laid over the empty road. Part of road_test.c.
#include "road/still.h"

typedef struct StillTest {
    Grid grid;
    Background road;
    View view;
    Still still;
    int16_t *depth;
} StillTest;

// A road with soft edges in all directions, or with none; the view lies off it by so many cells.
static void still_test_begin(StillTest *t, double edges, double across, double down)
{
    *t = (StillTest){.grid = grid_for(1920, 1080)};
    const Grid *grid = &t->grid;
    CU_ASSERT_FATAL(background_create(&t->road, grid) && view_create(&t->view, grid) &&
                    still_create(&t->still, grid));
    t->depth = calloc((size_t)grid->width * (size_t)grid->height, sizeof *t->depth);
    memset(t->road.u, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    memset(t->road.v, 128, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    memset(t->view.u, 120, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    memset(t->view.v, 120, (size_t)grid->chroma_width * (size_t)grid->chroma_height);
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            for (int off = 0; off < 2; off++) {
                double at_x = x + off * across, at_y = y + off * down;
                double light = -2 + edges * (sin(at_x / 9) + sin(at_y / 8) + 0.3 * sin(at_x / 30));
                int16_t *plane = off ? t->view.light : t->road.light;
                plane[y * grid->width + x] = (int16_t)lround(light * LIGHT_UNIT);
            }
}

static void still_test_end(StillTest *t)
{
    background_destroy(&t->road);
    view_destroy(&t->view);
    still_destroy(&t->still);
    free(t->depth);
}

static bool offset_of(StillTest *t, const View *view, Offset *out)
{
    int cells = t->grid.width * t->grid.height;
    for (int at = 0; at < cells; at++)
        t->depth[at] = (int16_t)(t->road.light[at] - view->light[at]);
    return still_find(&t->still, &t->grid, &t->road, t->depth, t->grid.width, NULL, out);
}

static void test_shaking_view_is_held(void)
{
    static const double offsets[][2] = {{0.6, -0.4}, {-1.7, 0.9}, {0.2, 1.4}, {0, 0}};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        StillTest t;
        Offset all = {0}, left;
        still_test_begin(&t, 0.25, offsets[i][0], offsets[i][1]);
        const View *view = &t.view;
        CU_ASSERT_TRUE_FATAL(offset_of(&t, view, &left));
        CU_ASSERT_EQUAL(still_off(left), i < 3);
        for (int n = 0; n < 3 && still_off(left); n++) {
            all.across += left.across;
            all.down += left.down;
            view = still_move(&t.still, &t.grid, &t.road, &t.view, all);
            CU_ASSERT_TRUE(offset_of(&t, view, &left));
        }
        CU_ASSERT_FALSE(still_off(left));
        CU_ASSERT_DOUBLE_EQUAL(all.across, offsets[i][0], 0.15);
        CU_ASSERT_DOUBLE_EQUAL(all.down, offsets[i][1], 0.15);
        int far = 0, cells = t.grid.width * t.grid.height;
        for (int at = 0; at < cells; at++)
            far += abs(t.depth[at]) > LIGHT_UNIT / 100;
        CU_ASSERT(far < cells / 100);
        if (i < 3) { // the rim shows the road, the rest the view's own colour
            bool corner = i != 1; // to which side the view lies off
            CU_ASSERT_EQUAL(view->u[corner ? 0 : t.grid.chroma_width - 1], 128);
            CU_ASSERT_EQUAL(view->u[t.grid.chroma_height / 2 * t.grid.chroma_width + 100], 120);
        }
        still_test_end(&t);
    }
}

// Where there is nothing to hold on to, or what differs is something else than an offset.
static void test_view_is_left_alone(void)
{
    StillTest t;
    Offset offset;
    still_test_begin(&t, 0, 1, 1);
    CU_ASSERT_FALSE(offset_of(&t, &t.view, &offset));
    still_test_end(&t);
    still_test_begin(&t, 0.25, 0, 0);
    seed = 3;
    for (int y = 0; y < t.grid.height; y += 20) // patches of shade
        for (int x = 0; x < t.grid.width; x += 20) {
            int16_t shade = (int16_t)(uniform() * LIGHT_UNIT / 4);
            for (int n = 0; n < 400 && y + n / 20 < t.grid.height && x + n % 20 < t.grid.width; n++)
                t.view.light[(y + n / 20) * t.grid.width + x + n % 20] -= shade;
        }
    CU_ASSERT_TRUE(offset_of(&t, &t.view, &offset));
    CU_ASSERT_FALSE(still_off(offset));
    still_test_end(&t);
}
