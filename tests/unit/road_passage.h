// The whole room: a drawn vehicle with and without smoke. Part of road_test.c.
static void fill_box(Picture *picture, Box box, int luma, int u, int v)
{
    box = box_clip(box, picture->width, picture->height);
    for (int i = 0; i < 3; i++) {
        int half = i ? 2 : 1, value = i == 0 ? luma : i == 1 ? u : v;
        for (int y = box.y / half; y < (box.y + box.h) / half; y++)
            memset((uint8_t *)(uintptr_t)picture->plane[i] + (ptrdiff_t)y * picture->stride[i] +
                       box.x / half,
                   value, (size_t)(box.w / half));
    }
}

static double grain = 1.2; // of the picture's luma, in levels
static bool grey;          // the lorry: of no colour

// A lorry that drives away: from the bottom towards the top, smaller and smaller, with a trail of
// smoke or none, so many widths to the side of its middle.
static Picture *draw_passage(const Ground *ground, int n, double depth, double side)
{
    double way = n / 60.0, bottom = HEIGHT * 0.98 - way * HEIGHT * 0.6,
           size = 110 * (1 - 0.6 * way);
    Picture *picture = picture_new(WIDTH, HEIGHT);
    picture->time_us = INT64_C(1000000000) + n * 80000;
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < WIDTH; x++) {
            double behind = (y - bottom) / size,
                   across = (x - 320 - side * size) / (size * (0.25 + 0.15 * behind));
            double d = behind > 0 && n > 5 ? depth * exp(-behind / 1.5 - across * across) *
                                                 (0.8 + 0.4 * sin(n * 0.9 + behind * 5))
                                           : 0;
            double light =
                ground->light[y * WIDTH + x] * (exp(-d) + 0.12 * (1 - exp(-d))); // K = 0.12
            row[x] = (uint8_t)lround(16 + 219 * encode(light) + grain * normal());
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)(uintptr_t)picture->plane[i], 128,
               (size_t)picture->stride[i] * HEIGHT / 2);
    if (n > 5) {
        Box body = {(int)(320 - size / 2), (int)(bottom - size * 1.2), (int)size,
                    (int)(size * 1.2)};
        fill_box(picture, body, grey ? 60 : 150, grey ? 128 : 110, grey ? 128 : 150);
        body.y += body.h * 3 / 4;
        body.h /= 4;
        fill_box(picture, body, grey ? 40 : 40, 128, 128);
    }
    return picture;
}

static double mist; // linear light that lies over the whole picture

static void veil_picture(Picture *picture)
{
    uint8_t *luma = (uint8_t *)(uintptr_t)picture->plane[0];
    uint8_t hazy[256];
    for (int i = 0; i < 256; i++)
        hazy[i] = (uint8_t)lround(16 + 219 * encode(decode(fmax(0, i - 16) / 219) + mist));
    for (ptrdiff_t at = 0; mist > 0 && at < HEIGHT * (ptrdiff_t)picture->stride[0]; at++)
        luma[at] = hazy[luma[at]];
}

// Pixels to each side that the camera shakes.
static int shakes;

static int shaken_across(int n)
{
    return (int)lround(shakes * sin(n * 1.9));
}

static void shake(Picture *picture, int n)
{
    uint8_t *luma = (uint8_t *)(uintptr_t)picture->plane[0];
    ptrdiff_t stride = picture->stride[0], first = (shakes + 1) * stride;
    int down = (int)lround(shakes * sin(n * 2.7));
    size_t bytes = (size_t)((HEIGHT - 2 * shakes - 2) * stride);
    if (shakes)
        memmove(luma + first, luma + first + down * stride + shaken_across(n), bytes);
}

static size_t run_road(double depth, double side, RoadDirection direction, Event *event)
{
    static Ground ground;
    Error error;
    Road *road;
    RoadOptions options = road_options_default();
    options.direction = direction;
    seed = 11;
    draw_ground(&ground, 0.2);
    CU_ASSERT_EQUAL_FATAL(road_create(&road, &options, &error), STATUS_OK);
    for (int n = 0; n < 75; n++) {
        Picture *picture = draw_passage(&ground, n, depth, side);
        shake(picture, n);
        veil_picture(picture);
        CU_ASSERT_EQUAL(road_push(road, picture, &error), STATUS_OK);
        picture_unref(&picture);
    }
    CU_ASSERT_EQUAL(road_finish(road, &error), STATUS_OK);
    size_t count = 0;
    for (Event next; road_next_event(road, &next); count++) {
        if (count == 0 && event)
            *event = next;
        else
            event_free(&next);
    }
    CU_ASSERT_EQUAL(road_open_since(road), INT64_MAX);
    road_destroy(&road);
    return count;
}

// In noise that hides the edges of a grey body it is found, and no smoke.
static void test_grey_in_noise(void)
{
    Event event = {0};
    grain = 18;
    grey = true;
    CU_ASSERT_EQUAL(run_road(0, 0, ROAD_DIRECTION_RECEDING, NULL), 0);
    CU_ASSERT_EQUAL(run_road(1.2, 0, ROAD_DIRECTION_RECEDING, &event), 1);
    grain = 1.2;
    grey = false;
    event_free(&event);
}

static void test_smoke_is_an_event(void)
{
    Event event = {0};
    CU_ASSERT_EQUAL_FATAL(run_road(1.0, 0, ROAD_DIRECTION_RECEDING, &event), 1);
    CU_ASSERT(event.measurable);
    printf("opacity %.3f +- %.3f, drawn %.3f ", event.opacity, event.uncertainty, 1 - exp(-1.0));
    CU_ASSERT(fabs(event.opacity - (1 - exp(-1.0))) < 0.2);
    CU_ASSERT(event.outline_count >= 4);
    CU_ASSERT(event.plume.y + event.plume.h > event.box.y + event.box.h);
    CU_ASSERT(event.peak_us >= event.start_us && event.peak_us <= event.end_us);
    CU_ASSERT(event.reason_count > 0);
    CU_ASSERT(event.confidence > 0.8 && event.confidence < 0.99); // smoke in all views, far beyond
    int64_t times[3];
    size_t peak, count = event_panorama_times(&event, times, &peak);
    CU_ASSERT(count >= 2 && times[0] < times[1]);
    CU_ASSERT_EQUAL(times[peak], event.peak_us);
    event_free(&event);
}

// From a pipe at the side the smoke stays on ground that the vehicle never covered.
static void test_smoke_beside_the_way(void)
{
    Event event = {0};
    CU_ASSERT_EQUAL_FATAL(run_road(1.0, -1.0, ROAD_DIRECTION_RECEDING, &event), 1);
    CU_ASSERT(event.plume.x + event.plume.w / 2 < event.box.x + event.box.w / 2);
    event_free(&event);
}

// A passage that is not over is known as what it would be, and looking changes nothing.
static void test_open_passage_is_known(void)
{
    static Ground ground;
    Road *road;
    RoadOptions options = road_options_default();
    Event *open, last = {0};
    size_t count, known = 0;
    seed = 11;
    draw_ground(&ground, 0.2);
    CU_ASSERT_EQUAL_FATAL(road_create(&road, &options, NULL), STATUS_OK);
    for (int n = -8; n < 60; n++) {
        Picture *picture = draw_passage(&ground, n < 0 ? 0 : n, 1.0, 0);
        CU_ASSERT_EQUAL((n < 0 ? road_learn : road_push)(road, picture, NULL), STATUS_OK);
        CU_ASSERT_EQUAL_FATAL(road_open_events(road, &open, &count, NULL), STATUS_OK);
        CU_ASSERT(count <= (n > 10));
        if (count) {
            CU_ASSERT(open->end_us == picture->time_us && open->peak_us <= open->end_us);
            CU_ASSERT(open->start_us > picture->time_us - n * INT64_C(80000));
            CU_ASSERT(open->point_count > 5 && open->outline_count >= 4);
            known++;
            event_free(&last);
            last = *open;
            *open = (Event){0};
        }
        events_free(&open, &count);
        picture_unref(&picture);
    }
    CU_ASSERT(known > 20);
    Event event;
    CU_ASSERT_EQUAL(road_finish(road, NULL), STATUS_OK);
    CU_ASSERT_TRUE_FATAL(road_next_event(road, &event));
    CU_ASSERT(event.track == last.track && event.start_us == last.start_us);
    CU_ASSERT(event.peak_us == last.peak_us && event.opacity == last.opacity);
    event_free(&event);
    event_free(&last);
    CU_ASSERT_FALSE(road_next_event(road, &event));
    road_destroy(&road);
}

// The vehicle's boxes are where the picture shows it.
static void test_smoke_before_a_shaking_camera(void)
{
    Event event = {0};
    shakes = 2;
    CU_ASSERT_EQUAL(run_road(1.0, 0, ROAD_DIRECTION_RECEDING, &event), 1);
    CU_ASSERT(fabs(event.opacity - (1 - exp(-1.0))) < 0.2);
    double moved = 0, shaken = 0;
    for (size_t i = 0; i < event.point_count; i++) {
        Box box = event.points[i].box;
        int across = shaken_across((int)((event.points[i].time_us - INT64_C(1000000000)) / 80000));
        moved += -across * (box.x + box.w / 2.0 - 320);
        shaken += across * across;
    }
    CU_ASSERT(moved > 0.6 * shaken && moved < 1.4 * shaken);
    event_free(&event);
    CU_ASSERT_EQUAL(run_road(0, 0, ROAD_DIRECTION_RECEDING, NULL), 0);
    shakes = 0;
}

static void test_clean_is_none(void)
{
    CU_ASSERT_EQUAL(run_road(0, 0, ROAD_DIRECTION_RECEDING, NULL), 0);
}

static void test_direction_is_judged(void)
{
    CU_ASSERT_EQUAL(run_road(1.0, 0, ROAD_DIRECTION_APPROACHING, NULL), 0);
}
