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
#include "road_health.h"

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

static double encode(double linear)
{
    linear = fmax(0, fmin(1, linear));
    return linear < 0.018 ? linear * 4.5 : 1.099 * pow(linear, 0.45) - 0.099;
}

#include "road_baseline.h"
#include "road_board.h"
#include "road_condition.h"

// ---- density, in the style of ASTM D7520: plumes of known transmittance over several backgrounds
// ----

typedef struct Ground {
    float light[WIDTH * HEIGHT]; // linear
} Ground;

static void draw_ground(Ground *ground, double base)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double texture = 1 + 0.05 * sin(x * 0.07 + y * 0.011) + 0.04 * normal();
            double light = base * texture * (0.9 + 0.2 * y / HEIGHT);
            if (abs(x - 200 - y / 6) < 6 || (abs(x - 430 - y / 5) < 5 && y / 30 % 2))
                light = fmin(0.75, light * 3.5); // lane lines
            ground->light[y * WIDTH + x] = (float)light;
        }
}

typedef struct Plume {
    double opacity, airlight, exposure, x, y, radius;
} Plume;

static Picture *draw_picture(const Ground *ground, const Plume *plume, double noise)
{
    Picture *picture = picture_new(WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < WIDTH; x++) {
            double light = ground->light[y * WIDTH + x], exposure = 1;
            if (plume) {
                double r = hypot(x - plume->x, y - plume->y) / plume->radius;
                double opacity = plume->opacity * (r < 1 ? 1 : exp(-4 * (r - 1) * (r - 1)));
                light = light * (1 - opacity) + plume->airlight * opacity;
                exposure = plume->exposure;
            }
            row[x] = (uint8_t)lround(16 + 219 * encode(light * exposure) + noise * normal());
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)(uintptr_t)picture->plane[i], 128,
               (size_t)picture->stride[i] * (HEIGHT / 2));
    return picture;
}

static bool through_h264(const Ground *ground, const Plume *plumes, int count, double noise,
                         const char *crf, Picture **out)
{
    char path[64], options[64];
    snprintf(path, sizeof path, "/tmp/heiyan-test-%ld.mp4", (long)getpid());
    snprintf(options, sizeof options, "crf=%s:preset=veryfast:tune=zerolatency", crf);
    Video video;
    if (!video_open(&video, path, "libx264", WIDTH, HEIGHT, 25, 50, options))
        return false;
    bool good = true;
    for (int i = 0; i <= count && good; i++) {
        Picture *picture = draw_picture(ground, i ? &plumes[i - 1] : NULL, noise);
        good = video_put(&video, picture);
        picture_unref(&picture);
    }
    good = video_close(&video) && good;
    Source *source = NULL;
    Decoder *decoder = NULL;
    Error error;
    int seen = 0;
    good = good && source_open(&source, path, &(SourceOptions){0}, &error) == STATUS_OK &&
           decoder_create(&decoder, &error) == STATUS_OK;
    for (bool more = good; more;) {
        Packet *packet;
        more = source_read(source, false, &packet, &error) == STATUS_OK;
        decoder_send(decoder, packet, &error);
        packet_unref(&packet);
        for (Picture *picture; decoder_receive(decoder, &picture, &error) == STATUS_OK;)
            if (seen <= count)
                out[seen++] = picture;
            else
                picture_unref(&picture);
    }
    decoder_destroy(&decoder);
    source_close(&source);
    unlink(path);
    return good && seen == count + 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define VIDEOS 16
#define PLUMES 20

static void test_density_standard(void)
{
    static const double grounds[] = {0.30, 0.22, 0.16, 0.11, 0.08, 0.06, 0.20, 0.13};
    static const char *const qualities[] = {"20", "26"};
    static Ground ground;
    double sum = 0, worst = 0, halves[VIDEOS * PLUMES];
    int measured = 0, dense = 0, dense_measured = 0, covered = 0;
    seed = 7;
    for (int v = 0; v < VIDEOS; v++) {
        double base = grounds[v % 8];
        Plume plumes[PLUMES];
        Picture *pictures[PLUMES + 1] = {NULL};
        draw_ground(&ground, base);
        for (int i = 0; i < PLUMES; i++)
            plumes[i] = (Plume){.opacity = 0.05 + 0.9 * uniform(),
                                .airlight = base * (0.08 + 0.12 * uniform()),
                                .exposure = 0.85 + 0.3 * uniform(),
                                .x = 120 + 400 * uniform(),
                                .y = 90 + 180 * uniform(),
                                .radius = 25 + 35 * uniform()};
        CU_ASSERT_FATAL(through_h264(&ground, plumes, PLUMES, 1.5, qualities[v / 8], pictures));
        for (int i = 0; i < PLUMES; i++) {
            int half = (int)(plumes[i].radius * 0.6);
            Box region = {(int)plumes[i].x - half, (int)plumes[i].y - half, 2 * half, 2 * half};
            Opacity result;
            Error error;
            CU_ASSERT_EQUAL(opacity_measure(pictures[0], pictures[i + 1], region, &result, &error),
                            STATUS_OK);
            dense += plumes[i].opacity >= 0.4;
            if (!result.measurable)
                continue;
            dense_measured += plumes[i].opacity >= 0.4;
            double off = fabs(result.opacity - plumes[i].opacity);
            sum += off;
            worst = fmax(worst, off);
            covered += off <= result.uncertainty;
            halves[measured++] = 5 * result.uncertainty;
        }
        for (int i = 0; i <= PLUMES; i++)
            picture_unref(&pictures[i]);
    }
    qsort(halves, (size_t)measured, sizeof *halves, by_value);
    printf(
        "\n    density: %d plumes measured, mean error %.2f %%, worst %.2f %%, inside the stated "
        "uncertainty %.1f %%, median half-width %.2f grade, grade >= 2 measurable %d of %d\n    ",
        measured, 100 * sum / measured, 100 * worst, 100.0 * covered / measured,
        halves[measured / 2], dense_measured, dense);
    CU_ASSERT(measured >= 300);
    CU_ASSERT(sum / measured <= 0.05);
    CU_ASSERT(worst <= 0.15);
    CU_ASSERT(covered >= 0.95 * measured);
    CU_ASSERT(halves[measured / 2] <= 0.35);
    CU_ASSERT(dense_measured >= 0.8 * dense);
}

static void test_density_refusals(void)
{
    Error error;
    Opacity result;
    Picture *a = picture_new(64, 48), *b = picture_new(64, 40);
    CU_ASSERT_EQUAL(opacity_measure(a, b, (Box){0, 0, 8, 8}, &result, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){60, 0, 8, 8}, &result, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){0, 0, 0, 8}, &result, &error), STATUS_ARGUMENT);
    // A black road gives soot nothing to take away.
    for (int i = 0; i < 3; i++)
        memset((uint8_t *)(uintptr_t)a->plane[i], i ? 128 : 18,
               (size_t)a->stride[i] * (i ? 24 : 48));
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){8, 8, 16, 16}, &result, &error), STATUS_OK);
    CU_ASSERT_FALSE(result.measurable);
    CU_ASSERT_EQUAL(result.model, OPACITY_NONE);
    picture_unref(&a);
    picture_unref(&b);
}

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

// ---- the whole room: a drawn vehicle with and without smoke ----

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
            row[x] = (uint8_t)lround(16 + 219 * encode(light) + 1.2 * normal());
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)(uintptr_t)picture->plane[i], 128,
               (size_t)picture->stride[i] * HEIGHT / 2);
    if (n > 5) {
        Box body = {(int)(320 - size / 2), (int)(bottom - size * 1.2), (int)size,
                    (int)(size * 1.2)};
        fill_box(picture, body, 150, 110, 150);
        fill_box(picture, (Box){body.x, body.y + body.h * 3 / 4, body.w, body.h / 4}, 40, 128, 128);
    }
    return picture;
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

#include "road_judge.h"
#include "road_passers.h"
#include "road_still.h"
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
           {"an open passage is known", test_open_passage_is_known},
           {"smoke is an event", test_smoke_is_an_event},
           {"smoke beside the way", test_smoke_beside_the_way},
           {"a way has a direction", test_way_has_a_direction},
           {"gaps ask for more", test_gaps_ask_for_more},
           {"soft shadow asks for more", test_soft_shadow_asks_for_more},
           {"unsteady smoke asks for more", test_unsteady_smoke_asks_for_more},
           {"a strip is no vehicle", test_strip_is_no_vehicle},
           {"own smoke came with the vehicle", test_own_smoke_came_with_the_vehicle},
           {"clean is none", test_clean_is_none},
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
           {"conditions begin and end", test_conditions_begin_and_end},
           {"the edge of a cloud is told at once", test_edge_of_a_cloud_is_told_at_once},
           {"night is told", test_night_is_told}, {"a wet road is told", test_wet_road_is_told},
           {"kinds of plumes", test_kinds_of_plumes})
