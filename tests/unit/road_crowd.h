// Vehicles that melt into one blob and part again.

typedef struct CrowdTest {
    Grid grid;
    View view;
    Crowd crowd;
    Blobs blobs;
    Tracker tracker;
    int16_t *depth;
} CrowdTest;

static void crowd_test_begin(CrowdTest *t)
{
    *t = (CrowdTest){.grid = grid_for(1920, 1080)};
    size_t cells = (size_t)t->grid.width * (size_t)t->grid.height;
    t->depth = calloc(cells, sizeof *t->depth);
    t->blobs.label = calloc(cells, 1);
    tracker_init(&t->tracker);
    CU_ASSERT_FATAL(view_create(&t->view, &t->grid) && crowd_create(&t->crowd, &t->grid));
    t->crowd.view = &t->view;
    t->crowd.depth = t->depth;
    t->crowd.depth_stride = t->grid.width;
}

static void crowd_test_end(CrowdTest *t)
{
    tracker_destroy(&t->tracker);
    crowd_destroy(&t->crowd);
    view_destroy(&t->view);
    free(t->depth);
    free(t->blobs.label);
}

static void clear_road(CrowdTest *t)
{
    size_t cells = (size_t)t->grid.width * (size_t)t->grid.height;
    for (size_t i = 0; i < cells; i++)
        t->view.light[i] = -2 * LIGHT_UNIT;
    memset(t->depth, 0, cells * sizeof *t->depth);
    memset(t->blobs.label, 0, cells);
    t->blobs.count = 0;
}

// A vehicle with a paint of its own, 0: plain and dark as a shadow is, in the blob `index`.
static void put_vehicle(CrowdTest *t, Box box, int paint, int index)
{
    box = box_clip(box, t->grid.width, t->grid.height);
    for (int y = 0; y < box.h; y++)
        for (int x = 0; x < box.w; x++) {
            ptrdiff_t at = (ptrdiff_t)(box.y + y) * t->grid.width + box.x + x;
            int light =
                paint ? (x / 9 + y / 7 * paint) % 3 * LIGHT_UNIT - 3 * LIGHT_UNIT : -3 * LIGHT_UNIT;
            t->view.light[at] = (int16_t)light;
            t->depth[at] = (int16_t)(-2 * LIGHT_UNIT - light);
            t->blobs.label[at] = (uint8_t)(index + 1);
        }
    if (index == t->blobs.count)
        t->blobs.items[t->blobs.count++] = (Blob){box, box, box.w * box.h};
    Blob *blob = &t->blobs.items[index];
    blob->box = blob->reach = box_union(blob->box, box);
}

static const Track *track_at(const Tracker *tracker, Box box)
{
    for (int i = 0; i < tracker->count; i++)
        if (tracker->tracks[i].seen && !track_ended(&tracker->tracks[i]) &&
            box_iou(tracker->tracks[i].box, box) > 0.7)
            return &tracker->tracks[i];
    return NULL;
}

static void test_crowd_parts_keep_identity(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    // The second overtakes so closely that they are one blob for two seconds.
    for (int n = 0; n < 70; n++) {
        Box slow = {200, 220 - n, 40, 36}, fast = {239, 250 - 2 * n, 40, 36};
        bool melted = n > 15 && n < 45;
        clear_road(&t);
        put_vehicle(&t, slow, 1, 0);
        put_vehicle(&t, fast, 2, melted ? 0 : 1);
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        if (n > 6) {
            const Track *one = track_at(&t.tracker, slow), *two = track_at(&t.tracker, fast);
            CU_ASSERT(one && one->id == 1 && one->divided == melted);
            CU_ASSERT(two && two->id == 2 && two->divided == melted);
        }
        tracker_sweep(&t.tracker);
    }
    crowd_test_end(&t);
}

static void test_crowd_newcomer(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    // The second is never seen apart from the first, whose shadow, on its other side, is no
    // vehicle.
    const Track *newcomer = NULL;
    for (int n = 0; n < 40; n++) {
        Box first = {200, 200 - n, 40, 36}, second = {239, 240 - 2 * n, 40, 36};
        Box shadow = {170, 205 - n, 31, 30};
        clear_road(&t);
        put_vehicle(&t, first, 1, 0);
        if (n > 10) {
            put_vehicle(&t, second, 2, 0);
            put_vehicle(&t, shadow, 0, 0);
        }
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        newcomer = track_at(&t.tracker, second);
        CU_ASSERT_PTR_NULL(n > 10 ? track_at(&t.tracker, shadow) : NULL);
        tracker_sweep(&t.tracker);
    }
    CU_ASSERT(newcomer && newcomer->id != 1 && newcomer->hits > 15);
    crowd_test_end(&t);
}

static void test_crowd_lettering(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    // Lettering burned into the picture stays; it does not keep what passes behind it from being
    // followed.
    Box lettering = {215, 200, 9, 5};
    for (int n = 0; n < 60; n++) {
        Box vehicle = {200, 240 - 3 * n, 60, 50};
        bool over = vehicle.y < 205 && vehicle.y > 150;
        clear_road(&t);
        put_vehicle(&t, lettering, 3, 0);
        if (n >= 10 && vehicle.y > 2)
            put_vehicle(&t, vehicle, 1, over ? 0 : 1);
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        const Track *track = track_at(&t.tracker, vehicle);
        if (n > 14 && vehicle.y > 2)
            CU_ASSERT(track && track->hits > n - 13);
        tracker_sweep(&t.tracker);
    }
    crowd_test_end(&t);
}

// A large vehicle comes in from below; what is found of it ends two cells above the picture's rim.
static void test_crowd_coming_in(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    for (int n = 0; n < 40; n++) {
        int top = t.grid.height - 10 - 8 * n, bottom = t.grid.height - 2;
        int height = bottom - top < 130 ? bottom - top : 130;
        int width = 40 + 15 * n < 100 ? 40 + 15 * n : 100; // its bonnet first
        Box vehicle = {230 - width / 2, top, width, height};
        if (top < 2)
            break;
        clear_road(&t);
        put_vehicle(&t, vehicle, 1, 0);
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        const Track *track = track_at(&t.tracker, vehicle);
        CU_ASSERT(track && track->id == 1 && t.tracker.count == 1);
        tracker_sweep(&t.tracker);
    }
    crowd_test_end(&t);
}

// The near one of two vehicles in one blob comes to hide the far one, and looks like neither, dark
// all over. It is all that is in the blob.
static void test_crowd_one_hides_the_other(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    for (int n = 0; n < 45; n++) {
        Box far = {205, 160 - 3 * n, 30, 26}, near = {190, 200 - 3 * n, 60, 50};
        bool melted = n > 15, hidden = n > 22;
        if (hidden)
            near = (Box){190, 166 - 3 * n, 60, 74};
        clear_road(&t);
        put_vehicle(&t, near, hidden ? 0 : 2, 0);
        if (!hidden)
            put_vehicle(&t, far, 1, melted ? 0 : 1);
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        const Track *first = &t.tracker.tracks[0];
        if (n > 6 && (n < 15 || n > 24))
            CU_ASSERT(first->id == 1 && first->seen && box_iou(first->box, near) > 0.45);
        tracker_sweep(&t.tracker);
    }
    crowd_test_end(&t);
}

// Two vehicles that came as one blob part: neither holds what is the other's.
static void test_crowd_neighbours_part(void)
{
    CrowdTest t;
    crowd_test_begin(&t);
    for (int n = 0; n < 40; n++) {
        Box left = {200, 200 - n, 40, 36}, right = {258, 228 - n, 40, 36};
        clear_road(&t);
        put_vehicle(&t, left, 1, 0);
        if (n < 12)
            put_vehicle(&t, (Box){left.x, left.y, 98, 64}, 1, 0);
        else
            put_vehicle(&t, right, 2, 1);
        tracker_step(&t.tracker, &t.blobs, &t.crowd, 1000000 + n * 80000);
        if (n > 24) {
            const Track *one = track_at(&t.tracker, left), *two = track_at(&t.tracker, right);
            CU_ASSERT(one && two && one != two);
        }
        tracker_sweep(&t.tracker);
    }
    crowd_test_end(&t);
}
