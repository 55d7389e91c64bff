// The scene renderer keeps its promises: the truth says what the pixels show, the same scene gives the same bytes.
#include "base/files.h"
#include "movie.h"
#include "render.h"
#include "sensor.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void small_scene(Scene *scene)
{
    scene_default(scene);
    scene->seed = 11;
    scene->width = 320;
    scene->height = 180;
    scene->seconds = 6;
    scene->greenery = 0.2f;
    scene->camera_pitch = 15;
    CU_ASSERT_EQUAL(scene_set(scene, "vehicle", "class=box lane=1 start=0 speed=36 grade=3 seed=4", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(scene_set(scene, "vehicle", "class=car lane=0 start=0.5 speed=45 seed=5", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(scene_set(scene, "vehicle", "class=van lane=-1 start=4 speed=45 seed=6", NULL), STATUS_OK);
}

static const Frame *frame_of(Renderer *renderer, int number)
{
    const Frame *frame = NULL;
    CU_ASSERT_EQUAL_FATAL(renderer_frame(renderer, number, &frame, NULL), STATUS_OK);
    return frame;
}

// With smoke = without x transmittance + airlight, wherever no vehicle's edge shares the pixel; and the smoke is there.
static void test_transmittance_is_what_the_pixels_lost(void)
{
    static Scene scene;
    small_scene(&scene);
    Renderer *smoke, *clean;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&smoke, &scene, true, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(renderer_create(&clean, &scene, false, NULL), STATUS_OK);
    double darkest = 1, worst_red = 0;
    int smoky = 0, off = 0;
    for (int number = 40; number <= 100; number += 20) {
        const Frame *a = frame_of(smoke, number), *b = frame_of(clean, number);
        for (int i = 0; i < a->width * a->height; i++) {
            double t = a->transmittance[i];
            smoky += t < 0.99;
            off += fabs(a->color[1][i] - (b->color[1][i] * t + a->airlight[i])) > 1e-5;
            darkest = fmin(darkest, t);
            // Soot takes less of the red: T^0.92.
            double veil = a->color[0][i] - b->color[0][i] * pow(t, 0.92);
            if (veil < -1e-3 || veil > 0.05)
                worst_red = fmax(worst_red, fabs(veil));
            CU_ASSERT_EQUAL_FATAL(b->transmittance[i], 1.0f);
        }
    }
    CU_ASSERT_TRUE(smoky > 2000);
    CU_ASSERT_TRUE(off < smoky / 100);
    CU_ASSERT_TRUE(worst_red < 5e-3);
    CU_ASSERT_TRUE(darkest < 0.6);
    renderer_destroy(&smoke);
    renderer_destroy(&clean);
}

// What an 8-bit frame shows, turned back to linear light, still tells the transmittance within a few points.
static void test_opacity_survives_the_sensor(void)
{
    static Scene scene;
    small_scene(&scene);
    scene.noise = scene.vignette = scene.sharpen = scene.blur = 0;
    scene.place[0] = scene.when[0] = 0;
    Renderer *smoke, *clean;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&smoke, &scene, true, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(renderer_create(&clean, &scene, false, NULL), STATUS_OK);
    Sensor *sensor = sensor_create(&scene);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sensor);
    const Frame *a = frame_of(smoke, 60), *b = frame_of(clean, 60);
    Picture *with = sensor_picture(sensor, a, 60), *without = sensor_picture(sensor, b, 60);
    CU_ASSERT_TRUE_FATAL(with && without);
    double sum = 0;
    int count = 0;
    for (int y = 0; y < scene.height; y++)
        for (int x = 0; x < scene.width; x++) {
            size_t at = (size_t)y * (size_t)scene.width + (size_t)x;
            double code[2] = {with->plane[0][y * with->stride[0] + x], without->plane[0][y * without->stride[0] + x]}, light[2];
            for (int k = 0; k < 2; k++) {
                double v = (code[k] - 16) / 219;
                light[k] = v < 0.081 ? v / 4.5 : pow((v + 0.099) / 1.099, 1 / 0.45);
            }
            if (a->transmittance[at] > 0.8f || light[1] < 0.05)
                continue;
            double expected = a->transmittance[at] + a->airlight[at] / b->color[1][at];
            sum += fabs(light[0] / light[1] - expected);
            count++;
        }
    CU_ASSERT_TRUE(count > 100);
    CU_ASSERT_TRUE(sum / count < 0.03);
    picture_unref(&with);
    picture_unref(&without);
    sensor_destroy(&sensor);
    renderer_destroy(&smoke);
    renderer_destroy(&clean);
}

static void test_boxes_and_plates_lie_in_the_picture(void)
{
    static Scene scene;
    CU_ASSERT_EQUAL_FATAL(scene_random(&scene, "dense", 3, 6, 320, 180, -1, NULL), STATUS_OK);
    Renderer *renderer;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&renderer, &scene, true, NULL), STATUS_OK);
    int boxes = 0, plates = 0;
    for (int number = 0; number < 150; number += 30) {
        const Frame *f = frame_of(renderer, number);
        for (int i = 0; i < scene.vehicle_count; i++) {
            const RenderVehicle *v = &f->vehicles[i];
            if (!v->visible)
                continue;
            boxes++;
            CU_ASSERT_TRUE(v->x >= 0 && v->y >= 0 && v->w > 0 && v->h > 0);
            CU_ASSERT_TRUE(v->x + v->w <= 320.01f && v->y + v->h <= 180.01f);
            for (int k = 0; v->plate_visible && k < 4; k++) {
                plates++;
                CU_ASSERT_TRUE(v->plate[2 * k] >= v->x - 2 && v->plate[2 * k] <= v->x + v->w + 2);
                CU_ASSERT_TRUE(v->plate[2 * k + 1] >= v->y - 2 && v->plate[2 * k + 1] <= v->y + v->h + 2);
            }
        }
    }
    CU_ASSERT_TRUE(boxes > 10);
    CU_ASSERT_TRUE(plates > 10);
    renderer_destroy(&renderer);
}

// A box holds its vehicle: what the picture with the vehicle shows brighter than the one without lies inside.
static void test_boxes_hold_the_vehicle(void)
{
    static Scene scene;
    small_scene(&scene);
    scene.vehicle_count = 0;
    scene.sun = 0; // no shadows but the soft one, which only darkens
    CU_ASSERT_EQUAL(scene_set(&scene, "vehicle", "class=box lane=1 start=0 speed=36 color=ffffff dirt=0 seed=4", NULL), STATUS_OK);
    Renderer *with, *without;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&with, &scene, true, NULL), STATUS_OK);
    scene.vehicle_count = 0;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&without, &scene, true, NULL), STATUS_OK);
    const Frame *a = frame_of(with, 60), *b = frame_of(without, 60);
    float x0 = 1e9f, x1 = 0, y0 = 1e9f, y1 = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++)
            if (a->color[1][y * a->width + x] > b->color[1][y * a->width + x] + 0.2f) {
                x0 = fminf(x0, (float)x);
                x1 = fmaxf(x1, (float)x + 1);
                y0 = fminf(y0, (float)y);
                y1 = fmaxf(y1, (float)y + 1);
            }
    const RenderVehicle *v = &a->vehicles[0];
    CU_ASSERT_TRUE_FATAL(v->visible);
    CU_ASSERT_TRUE(x0 >= v->x - 1 && x1 <= v->x + v->w + 1 && y0 >= v->y - 1 && y1 <= v->y + v->h + 1);
    CU_ASSERT_TRUE((x1 - x0) * (y1 - y0) > 0.5f * v->w * v->h);
    renderer_destroy(&with);
    renderer_destroy(&without);
}

static void test_grade_is_met_behind_the_pipe(void)
{
    static Scene scene;
    for (int grade = 1; grade <= 4; grade++) {
        small_scene(&scene);
        scene.vehicles[0].grade = (float)grade;
        Renderer *renderer;
        CU_ASSERT_EQUAL_FATAL(renderer_create(&renderer, &scene, true, NULL), STATUS_OK);
        double sum = 0;
        int count = 0;
        for (int number = 30; number <= 130; number += 10) {
            const RenderVehicle *v = &frame_of(renderer, number)->vehicles[0];
            sum += 5 * v->visible_opacity;
            count++;
        }
        CU_ASSERT_DOUBLE_EQUAL(sum / count, grade, 0.25 + 0.3 * grade);
        renderer_destroy(&renderer);
    }
}

static bool legal_plate(const char *text)
{
    size_t n = strlen(text);
    if (n < 3 + 1 + 5 || n > 3 + 1 + 6 || (unsigned char)text[0] < 0xe4 || text[3] < 'A' || text[3] > 'Z' || strpbrk(text + 3, "IO"))
        return false;
    for (size_t i = 4; i < n; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z')))
            return false;
    return true;
}

static void test_plates_are_legal(void)
{
    static Scene scene;
    int green = 0, yellow = 0, count = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        CU_ASSERT_EQUAL_FATAL(scene_random(&scene, "dense", seed, 20, 64, 64, -1, NULL), STATUS_OK);
        Renderer *renderer;
        CU_ASSERT_EQUAL_FATAL(renderer_create(&renderer, &scene, false, NULL), STATUS_OK);
        for (int i = 0; i < scene.vehicle_count; i++) {
            const char *color;
            bool two;
            const char *text = renderer_plate(renderer, i, &color, &two);
            CU_ASSERT_TRUE(legal_plate(text));
            CU_ASSERT_EQUAL(strlen(text), !strcmp(color, "green") ? 10 : 9);
            CU_ASSERT_TRUE(!two || !strcmp(color, "yellow"));
            green += !strcmp(color, "green");
            yellow += !strcmp(color, "yellow");
            count++;
        }
        renderer_destroy(&renderer);
    }
    CU_ASSERT_TRUE(green > 0 && yellow > 0 && count > 30);
}

static void draw_clip(const char *path, const char *condition)
{
    static Scene scene;
    CU_ASSERT_EQUAL_FATAL(scene_random(&scene, condition, 9, 1, 192, 108, 3, NULL), STATUS_OK);
    Renderer *renderer;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&renderer, &scene, true, NULL), STATUS_OK);
    Sensor *sensor = sensor_create(renderer_scene(renderer));
    Movie *movie = NULL;
    MovieSpec spec = {192, 108, 25, "h264", "veryfast", 24, 0, 25, 2, COLOR_RANGE_LIMITED};
    CU_ASSERT_EQUAL_FATAL(movie_create(&movie, path, &spec, NULL), STATUS_OK);
    for (int i = 0; i < 12; i++) {
        Picture *picture = sensor_picture(sensor, frame_of(renderer, i), i);
        CU_ASSERT_EQUAL(movie_put(movie, picture, NULL), STATUS_OK);
        picture_unref(&picture);
    }
    CU_ASSERT_EQUAL(movie_finish(&movie, NULL), STATUS_OK);
    sensor_destroy(&sensor);
    renderer_destroy(&renderer);
}

static void test_same_scene_same_bytes(void)
{
    char folder[] = "/tmp/heiyan-samples-XXXXXX", a[64], b[64], hash[2][SHA256_HEX_SIZE];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    const char *const names[] = {"rain", "night", "trees"};
    for (int i = 0; i < 3; i++) {
        snprintf(a, sizeof a, "%s/a%d.mp4", folder, i);
        snprintf(b, sizeof b, "%s/b%d.mp4", folder, i);
        draw_clip(a, names[i]);
        draw_clip(b, names[i]);
        CU_ASSERT_EQUAL(file_sha256(a, hash[0], NULL), STATUS_OK);
        CU_ASSERT_EQUAL(file_sha256(b, hash[1], NULL), STATUS_OK);
        CU_ASSERT_STRING_EQUAL(hash[0], hash[1]);
    }
    folder_remove(folder, NULL);
}

static void test_scene_files(void)
{
    static Scene scene, again;
    char path[] = "/tmp/heiyan-scene-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(scene_random(&scene, "stopgo", 5, 8, 640, 360, -1, NULL), STATUS_OK);
    FILE *file = fdopen(fd, "w");
    scene_write(&scene, file);
    fclose(file);
    scene_default(&again);
    CU_ASSERT_EQUAL(scene_read(&again, path, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(again.vehicle_count, scene.vehicle_count);
    CU_ASSERT_EQUAL(again.camera_fov, scene.camera_fov);
    CU_ASSERT_EQUAL(again.vehicles[1].start, scene.vehicles[1].start);
    CU_ASSERT_STRING_EQUAL(again.place, scene.place);
    static const char *const bad[] = {"fps = fast\n", "fps = 0\n", "colour = red\n", "vehicle = class=boat\n", "vehicle = lane=9\n", "just words\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error error = {0};
        CU_ASSERT_EQUAL(file_write(path, bad[i], strlen(bad[i]), NULL), STATUS_OK);
        scene_default(&again);
        CU_ASSERT_EQUAL(scene_read(&again, path, &error), STATUS_ARGUMENT);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, ":1:"));
    }
    CU_ASSERT_EQUAL(scene_random(&again, "hail", 1, 5, 320, 180, -1, NULL), STATUS_ARGUMENT);
    again.width = 63;
    Renderer *renderer;
    CU_ASSERT_EQUAL(renderer_create(&renderer, &again, true, NULL), STATUS_ARGUMENT);
    unlink(path);
}

SUITE_MAIN("samples", {"transmittance is what the pixels lost", test_transmittance_is_what_the_pixels_lost},
           {"opacity survives the sensor", test_opacity_survives_the_sensor},
           {"boxes and plates lie in the picture", test_boxes_and_plates_lie_in_the_picture},
           {"boxes hold the vehicle", test_boxes_hold_the_vehicle}, {"grade is met behind the pipe", test_grade_is_met_behind_the_pipe},
           {"plates are legal", test_plates_are_legal}, {"same scene, same bytes", test_same_scene_same_bytes}, {"scene files", test_scene_files})
