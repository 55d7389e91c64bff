// heiyan-composite: paints smoke of known density behind vehicles of a real clip, and writes down what it painted.
#include "base/files.h"
#include "base/options.h"
#include "movie.h"
#include "noise.h"
#include "painter.h"
#include "truth.h"

#include <stdlib.h>
#include <string.h>

typedef struct Job {
    const char *input, *output, *truth, *clean, *airlight_text, *grade_text, *share_text;
    float airlight, grade, share;
    int vehicle, seed, crf;
    bool list, both, quiet;
} Job;

typedef struct Writer {
    const Job *job;
    Painter *painter;
    Movie *movie, *clean;
    Truth *truth;
    RenderVehicle *vehicles;
    int number;
} Writer;

static Status put(void *context, Picture *picture, Error *error)
{
    Writer *w = context;
    Picture *painted = painter_paint(w->painter, picture, w->vehicles);
    if (!painted)
        return error_set(error, STATUS_MEMORY, "out of memory");
    truth_frame(w->truth, w->number++, w->vehicles);
    Status status = movie_put(w->movie, painted, error);
    if (status == STATUS_OK && w->clean)
        status = movie_put(w->clean, picture, error);
    picture_unref(&painted);
    if (!w->job->quiet && w->number % 25 == 0)
        fprintf(stderr, "\r%s: frame %d", path_base(w->job->output), w->number);
    return status;
}

static Status write_truth(const Job *job, const Trails *trails, const Smoker *smokers, size_t count, const Truth *truth, Error *error)
{
    char path[PATH_SIZE];
    truth_path(path, job->output, job->truth);
    TruthVehicle *fixed = calloc(trails->count + 1, sizeof *fixed);
    if (!fixed)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < trails->count; i++) {
        const Trail *trail = &trails->items[i];
        fixed[i] = (TruthVehicle){.id = trail->id, .class = "unknown", .model = "unknown",
                                  .direction = trail->receding ? "receding" : "approaching", .kind = "none"};
        for (size_t k = 0; k < count; k++)
            if (smokers[k].trail == i) {
                fixed[i].kind = "black";
                fixed[i].grade = smokers[k].grade;
            }
    }
    Status status = truth_write(truth, path, path_base(job->output), "composite", NULL, trails->width, trails->height, trails->fps,
                                job->airlight, fixed, error);
    free(fixed);
    return status;
}

static Status paint(const Job *job, const Trails *trails, const Smoker *smokers, size_t count, Error *error)
{
    MovieSpec spec = {trails->width & ~1, trails->height & ~1, trails->fps, "h264", "medium", job->crf, 0, 50, 2, COLOR_RANGE_LIMITED};
    Writer w = {.job = job, .painter = painter_create(trails, smokers, count, job->airlight), .truth = truth_create((int)trails->count)};
    w.vehicles = calloc(trails->count + 1, sizeof *w.vehicles);
    Status status = STATUS_OK;
    if (!w.painter || !w.truth || !w.vehicles)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK)
        status = movie_create(&w.movie, job->output, &spec, error);
    if (status == STATUS_OK && job->clean)
        status = movie_create(&w.clean, job->clean, &spec, error);
    if (status == STATUS_OK)
        status = clip_each(job->input, put, &w, error);
    if (!job->quiet)
        fprintf(stderr, "\n");
    Error late;
    Movie **open[2] = {&w.movie, &w.clean};
    for (int i = 0; i < 2; i++)
        if (*open[i]) {
            Status closed = movie_finish(open[i], status == STATUS_OK ? error : &late);
            status = status == STATUS_OK ? closed : status;
        }
    if (status == STATUS_OK)
        status = write_truth(job, trails, smokers, count, w.truth, error);
    painter_destroy(&w.painter);
    truth_destroy(&w.truth);
    free(w.vehicles);
    return status;
}

static size_t choose(const Job *job, const Trails *trails, Smoker *smokers)
{
    static const float grades[] = {0.5f, 1, 1.5f, 2, 3, 4};
    Rng rng = rng_make((uint64_t)job->seed, 1);
    size_t count = 0;
    for (size_t i = 0; i < trails->count; i++) {
        float chance = rng_unit(&rng), grade = grades[(int)(rng_unit(&rng) * 5.999f)];
        bool wanted = job->vehicle ? trails->items[i].id == job->vehicle : (trails->items[i].receding || job->both) && chance < job->share;
        if (wanted)
            smokers[count++] = (Smoker){i, job->grade >= 0 ? job->grade : grade, (uint64_t)job->seed * 1000 + (uint64_t)trails->items[i].id};
    }
    return count;
}

static void list(const Trails *trails)
{
    printf("vehicle  from s    to s  width px  direction\n");
    for (size_t i = 0; i < trails->count; i++) {
        const Trail *t = &trails->items[i];
        printf("%7d %7.2f %7.2f  %3.0f..%-3.0f  %s\n", t->id, t->steps[0].time, t->steps[t->count - 1].time, t->steps[0].w,
               t->steps[t->count - 1].w, t->receding ? "receding" : "approaching");
    }
}

static Status run(const Job *job, Error *error)
{
    Trails trails;
    Status status = trails_find(&trails, job->input, error);
    if (status != STATUS_OK)
        return status;
    Smoker *smokers = calloc(trails.count + 1, sizeof *smokers);
    size_t count = smokers ? choose(job, &trails, smokers) : 0;
    if (!smokers)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    else if (job->list)
        list(&trails);
    else if (!count)
        status = error_set(error, STATUS_ARGUMENT, "%s: no vehicle chosen of %zu found; --list shows them", job->input, trails.count);
    else
        status = paint(job, &trails, smokers, count, error);
    free(smokers);
    trails_free(&trails);
    return status;
}

static Status read_number(const char *name, const char *text, float low, float high, float *out, Error *error)
{
    char rest;
    if (text && (sscanf(text, "%f%c", out, &rest) != 1 || !(*out >= low && *out <= high)))
        return error_set(error, STATUS_ARGUMENT, "%s %s: a number from %g to %g is needed", name, text, low, high);
    return STATUS_OK;
}

static Status read_arguments(Job *job, int count, char **rest, Error *error)
{
    Status status = read_number("--grade", job->grade_text, 0, 5, &job->grade, error);
    if (status == STATUS_OK)
        status = read_number("--share", job->share_text, 0, 1, &job->share, error);
    if (status == STATUS_OK)
        status = read_number("--airlight", job->airlight_text, 0, 1, &job->airlight, error);
    if (status == STATUS_OK && count != 1)
        status = error_set(error, STATUS_ARGUMENT, "one clip is needed: see --help");
    if (status == STATUS_OK && !job->output && !job->list)
        status = error_set(error, STATUS_ARGUMENT, "-o FILE or --list is missing: see --help");
    job->input = count == 1 ? rest[0] : NULL;
    return status;
}

int main(int argc, char **argv)
{
    Job job = {.seed = 1, .crf = 20, .grade = -1, .share = 0.4f, .airlight = 0.12f};
    const Option options[] = {
        {"-o", OPTION_TEXT, &job.output, 0, 0, "FILE", "clip to write (.mp4 .mkv .avi .ts)", "输出文件"},
        {"--list", OPTION_FLAG, &job.list, 0, 0, NULL, "print the vehicles found and paint nothing", "只列出车辆"},
        {"--vehicle", OPTION_INTEGER, &job.vehicle, 0, 2147483647, "ID", "only this one smokes", "只让此车冒烟"},
        {"--grade", OPTION_TEXT, &job.grade_text, 0, 0, "G", "nominal grade of all (default: drawn from 0.5 to 4)", "烟度"},
        {"--share", OPTION_TEXT, &job.share_text, 0, 0, "S", "of the receding vehicles smoke (default 0.4)", "冒烟比例"},
        {"--both", OPTION_FLAG, &job.both, 0, 0, NULL, "approaching vehicles too", "包括驶来的车"},
        {"--airlight", OPTION_TEXT, &job.airlight_text, 0, 0, "K", "light of the smoke itself, relative to the road (default 0.12)", "烟自身亮度"},
        {"--seed", OPTION_INTEGER, &job.seed, 0, 2147483647, "N", "of the choice and the plumes", "随机种子"},
        {"--crf", OPTION_INTEGER, &job.crf, 0, 51, "N", "H.264 quality, smaller is better", "质量"},
        {"--clean", OPTION_TEXT, &job.clean, 0, 0, "FILE", "the same clip without smoke, encoded alike", "无烟对照"},
        {"--truth", OPTION_TEXT, &job.truth, 0, 0, "FILE", "truth file, instead of one beside the clip", "真值文件"},
        {"--quiet", OPTION_FLAG, &job.quiet, 0, 0, NULL, "no progress", "不显示进度"},
    };
    const size_t count = sizeof options / sizeof *options;
    Error error = {0};
    bool help;
    int rest;
    Status status = options_parse(options, count, argc - 1, argv + 1, &rest, &help, &error);
    if (status == STATUS_OK && help) {
        printf("usage: heiyan-composite CLIP -o OUT.mp4\nPaints smoke of known density behind vehicles of a real clip; OUT.json beside "
               "it holds the truth.\n\n");
        options_print(options, count);
        return 0;
    }
    if (status == STATUS_OK)
        status = read_arguments(&job, rest, argv + 1, &error);
    if (status != STATUS_OK) {
        fprintf(stderr, "heiyan-composite: %s\n", error.text);
        return 2;
    }
    if (run(&job, &error) != STATUS_OK) {
        fprintf(stderr, "heiyan-composite: %s\n", error.text);
        return 1;
    }
    return 0;
}
