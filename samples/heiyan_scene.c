// heiyan-scene: draws a road with vehicles and smoke of known density, and writes down what it drew.
#include "base/options.h"
#include "movie.h"
#include "render.h"
#include "sensor.h"
#include "truth.h"

#include "base/files.h"

#include <stdlib.h>
#include <string.h>

typedef struct Job {
    const char *output, *random, *maps, *truth, *smoke, *size, *codec;
    int seed, seconds, width, height, still, crf;
    bool clean, write_scene, keys, quiet;
} Job;

static void usage(const Option *options, size_t count)
{
    printf("usage: heiyan-scene [SCENE.txt] [key=value ...] -o OUT.mp4|OUT.png\n"
           "Draws a scene; OUT.json beside a clip holds the truth.\n\n");
    options_print(options, count);
    printf("\nKeys of a scene file (key = value, one a line), also accepted as key=value arguments:\n");
    scene_keys(stdout);
    printf("\nConditions of --random:");
    for (const char *const *name = scene_conditions(); *name; name++)
        printf(" %s", *name);
    printf("\n");
}

static TruthVehicle *describe(const Renderer *r, bool clean)
{
    const Scene *s = renderer_scene(r);
    TruthVehicle *fixed = calloc((size_t)s->vehicle_count + 1, sizeof *fixed);
    for (int i = 0; fixed && i < s->vehicle_count; i++) {
        const SceneVehicle *v = &s->vehicles[i];
        bool smokes = v->grade > 0 && v->plume != PLUME_NONE && !clean;
        TruthVehicle *f = &fixed[i];
        *f = (TruthVehicle){.id = i + 1, .class = vehicle_class_name(v->kind), .model = vehicle_kind_name(v->kind),
                            .direction = v->lane < 0 ? "approaching" : "receding", .kind = smokes ? plume_kind_name(v->plume) : "none",
                            .grade = smokes ? v->grade : 0, .speed_kmh = v->speed};
        f->plate = renderer_plate(r, i, &f->plate_color, &f->plate_two_rows);
    }
    return fixed;
}

static Status write_truth(const Job *job, const Renderer *r, const Truth *truth, Error *error)
{
    const Scene *s = renderer_scene(r);
    char path[PATH_SIZE];
    truth_path(path, job->output, job->truth);
    TruthVehicle *fixed = describe(r, job->clean);
    if (!fixed)
        return error_set(error, STATUS_MEMORY, "out of memory");
    const char *labels[] = {s->condition, NULL};
    Status status = truth_write(truth, path, path_base(job->output), s->condition, labels, s->width, s->height, s->fps, s->airlight, fixed, error);
    free(fixed);
    return status;
}

static Status write_maps(const Job *job, const Frame *frame, int number, Error *error)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%06d.png", job->maps, number);
    return movie_map(path, frame->transmittance, frame->width, frame->height, error);
}

static Status draw_still(const Job *job, Renderer *r, Sensor *sensor, Truth *truth, Error *error)
{
    const Frame *frame;
    Status status = renderer_frame(r, job->still, &frame, error);
    if (status != STATUS_OK)
        return status;
    Picture *picture = sensor_picture(sensor, frame, job->still);
    if (!picture)
        return error_set(error, STATUS_MEMORY, "out of memory");
    truth_frame(truth, job->still, frame->vehicles);
    status = movie_still(job->output, picture, error);
    picture_unref(&picture);
    return status;
}

static Status draw_clip(const Job *job, Renderer *r, Sensor *sensor, Truth *truth, Error *error)
{
    const Scene *s = renderer_scene(r);
    MovieSpec spec = {s->width, s->height, s->fps, s->codec, s->preset, s->crf, s->bitrate, s->gop, s->bframes,
                      s->full_range ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED};
    Movie *movie;
    int count = renderer_frames(r);
    Status status = movie_create(&movie, job->output, &spec, error);
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        const Frame *frame;
        status = renderer_frame(r, i, &frame, error);
        if (status != STATUS_OK)
            break;
        truth_frame(truth, i, frame->vehicles);
        if (job->maps)
            status = write_maps(job, frame, i, error);
        Picture *picture = sensor_picture(sensor, frame, i);
        if (!picture)
            status = error_set(error, STATUS_MEMORY, "out of memory");
        if (status == STATUS_OK)
            status = movie_put(movie, picture, error);
        picture_unref(&picture);
        if (!job->quiet && (i % 10 == 9 || i + 1 == count))
            fprintf(stderr, "\r%s: frame %d of %d", path_base(job->output), i + 1, count);
    }
    if (!job->quiet)
        fprintf(stderr, "\n");
    Error late;
    Status closed = movie_finish(&movie, status == STATUS_OK ? error : &late);
    return status == STATUS_OK ? closed : status;
}

static Status draw(const Job *job, const Scene *scene, Error *error)
{
    Renderer *renderer;
    Status status = renderer_create(&renderer, scene, !job->clean, error);
    if (status != STATUS_OK)
        return status;
    Sensor *sensor = sensor_create(renderer_scene(renderer));
    Truth *truth = truth_create(scene->vehicle_count);
    const char *dot = strrchr(job->output, '.');
    bool still = dot && (!strcmp(dot, ".png") || !strcmp(dot, ".jpg") || !strcmp(dot, ".jpeg"));
    if (!sensor || !truth)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK && job->maps)
        status = folder_make(job->maps, error);
    if (status == STATUS_OK)
        status = still ? draw_still(job, renderer, sensor, truth, error) : draw_clip(job, renderer, sensor, truth, error);
    if (status == STATUS_OK && (!still || job->truth))
        status = write_truth(job, renderer, truth, error);
    sensor_destroy(&sensor);
    truth_destroy(&truth);
    renderer_destroy(&renderer);
    return status;
}

static Status read_arguments(Job *job, Scene *scene, int argc, char **argv, Error *error)
{
    scene_default(scene);
    Status status = STATUS_OK;
    char rest;
    float grade = -1;
    if (job->size && sscanf(job->size, "%dx%d%c", &job->width, &job->height, &rest) != 2)
        return error_set(error, STATUS_ARGUMENT, "--size %s: WIDTHxHEIGHT is needed", job->size);
    if (job->smoke && (sscanf(job->smoke, "%f%c", &grade, &rest) != 1 || !(grade >= 0 && grade <= 5)))
        return error_set(error, STATUS_ARGUMENT, "--smoke %s: a grade from 0 to 5 is needed", job->smoke);
    if (job->random)
        status = scene_random(scene, job->random, (uint64_t)job->seed, (float)job->seconds, job->width, job->height, grade, error);
    if (status == STATUS_OK && job->codec)
        status = scene_set(scene, "codec", job->codec, error);
    if (job->crf >= 0)
        scene->crf = job->crf;
    for (int i = 0; status == STATUS_OK && i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) {
            status = scene_read(scene, argv[i], error);
            continue;
        }
        *equals = 0;
        status = scene_set(scene, argv[i], equals + 1, error);
    }
    if (status == STATUS_OK && job->size && !job->random) {
        scene->width = job->width;
        scene->height = job->height;
    }
    return status;
}

int main(int argc, char **argv)
{
    Job job = {.seconds = 12, .width = 1280, .height = 720, .seed = 1, .crf = -1};
    const Option options[] = {
        {"-o", OPTION_TEXT, &job.output, 0, 0, "FILE", "clip (.mp4 .mkv .avi .ts) or still (.png .jpg) to write", "输出文件"},
        {"--random", OPTION_TEXT, &job.random, 0, 0, "CONDITION", "a random scene instead of a scene file", "随机场景"},
        {"--seed", OPTION_INTEGER, &job.seed, 0, 2147483647, "N", "of the random scene", "随机种子"},
        {"--seconds", OPTION_INTEGER, &job.seconds, 1, 36000, "N", "length of the random scene", "时长"},
        {"--smoke", OPTION_TEXT, &job.smoke, 0, 0, "GRADE", "of every smoking vehicle of the random scene; 0: none smokes", "烟度"},
        {"--size", OPTION_TEXT, &job.size, 0, 0, "WxH", "of the picture (default 1280x720)", "画面尺寸"},
        {"--codec", OPTION_TEXT, &job.codec, 0, 0, "NAME", "h264 h265 mpeg4 mjpeg", "编码"},
        {"--crf", OPTION_INTEGER, &job.crf, 0, 51, "N", "quality of h264 and h265, smaller is better", "质量"},
        {"--still", OPTION_INTEGER, &job.still, 0, 1000000, "N", "which frame a still shows", "静帧编号"},
        {"--clean", OPTION_FLAG, &job.clean, 0, 0, NULL, "without any smoke", "不画烟"},
        {"--truth", OPTION_TEXT, &job.truth, 0, 0, "FILE", "truth file, instead of one beside the clip", "真值文件"},
        {"--truth-maps", OPTION_TEXT, &job.maps, 0, 0, "DIR", "transmittance of every frame as 8-bit PNG (255 = clear)", "透过率图文件夹"},
        {"--write-scene", OPTION_FLAG, &job.write_scene, 0, 0, NULL, "print the scene file and draw nothing", "只输出场景文件"},
        {"--quiet", OPTION_FLAG, &job.quiet, 0, 0, NULL, "no progress", "不显示进度"},
    };
    const size_t count = sizeof options / sizeof *options;
    Error error = {0};
    bool help;
    int rest;
    static Scene scene;
    if (options_parse(options, count, argc - 1, argv + 1, &rest, &help, &error) != STATUS_OK ||
        (!help && read_arguments(&job, &scene, rest, argv + 1, &error) != STATUS_OK)) {
        fprintf(stderr, "heiyan-scene: %s\n", error.text);
        return 2;
    }
    if (help) {
        usage(options, count);
        return 0;
    }
    if (job.write_scene) {
        scene_write(&scene, stdout);
        return 0;
    }
    if (!job.output) {
        fprintf(stderr, "heiyan-scene: -o FILE is missing: see --help\n");
        return 2;
    }
    if (draw(&job, &scene, &error) != STATUS_OK) {
        fprintf(stderr, "heiyan-scene: %s\n", error.text);
        return 1;
    }
    return 0;
}
