// Development aid: what the detector sees in a clip, one JSON line per passage on stdout.
//
//     road-trace [--samples] [--views FOLDER] CLIP
//
// The empty road is learned from the key frames first, as by scan. --samples adds every wake sample. --views FOLDER
// writes each view as a PPM: depth (grey = road, dark = darker than the road), blobs in green, tracks' boxes in red.
//
// Figures that only this tool has, natural logarithms of light, over the views of a passage: d1, mean depth of the
// ground uncovered 0.5 to 1 width behind (median); slope, upper decile of its gradient per cell (median); edge, median
// gradient along the vehicle's outline (median); noise, median change of calm cells from view to view (median).
#include "road/kind.h"
#include "road/perspective.h"
#include "road/trace.h"
#include "trails.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool with_samples;

// ---- figures of this tool's own ----

#define MOST_VIEWS 400
#define PATH_UNIT 32 // of Cover.path, per width

enum { D1, SLOPE, EDGE, NOISE, FIGURES };
static const char *const figure_names[FIGURES] = {"d1", "slope", "edge", "noise"};

typedef struct Own { // of one track
    int id, count[FIGURES];
    float values[FIGURES][MOST_VIEWS];
} Own;

static Own *owns[MAX_TRACKS];
static float *pool; // of one view, one figure
static int16_t *before;

static Own *own_of(int id)
{
    Own **slot = NULL;
    for (int i = 0; i < MAX_TRACKS; i++) {
        if (owns[i] && owns[i]->id == id)
            return owns[i];
        if (!owns[i])
            slot = &owns[i];
    }
    if (slot && (*slot = calloc(1, sizeof **slot)))
        (*slot)->id = id;
    return slot ? *slot : NULL;
}

static void forget(int id)
{
    for (int i = 0; i < MAX_TRACKS; i++)
        if (owns[i] && owns[i]->id == id) {
            free(owns[i]);
            owns[i] = NULL;
        }
}

static void own_add(Own *own, int figure, double value)
{
    if (own && !isnan(value) && own->count[figure] < MOST_VIEWS)
        own->values[figure][own->count[figure]++] = (float)value;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double quantile_of(float *values, int count, double at)
{
    if (count < 4)
        return NAN;
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[(int)(at * (count - 1) + 0.5)];
}

static double gradient(const WakeScene *scene, int x, int y)
{
    ptrdiff_t stride = scene->depth_stride;
    const int16_t *d = scene->depth + (ptrdiff_t)y * stride + x;
    return hypot(d[1] - d[-1], d[stride] - d[-stride]) / 2 / LIGHT_UNIT;
}

static void look_behind(const RoadLook *look, const Track *track, Own *own)
{
    const WakeScene *scene = look->scene;
    const Grid *grid = scene->grid;
    Box b = track->box;
    Box area = box_clip((Box){b.x - b.w, b.y - b.w, 3 * b.w, b.h + 3 * b.w}, grid->width, grid->height);
    uint16_t now = (uint16_t)lround(track->path * PATH_UNIT);
    int count = 0;
    double sum = 0;
    for (int y = area.y; y < area.y + area.h; y++)
        for (int x = area.x; x < area.x + area.w; x++) {
            ptrdiff_t at = (ptrdiff_t)y * grid->width + x;
            double behind = (double)(uint16_t)(now - look->wake->covers.path[at]) / PATH_UNIT;
            if (look->wake->near_blob[at] || behind < 0.5 || behind >= 1 ||
                wake_owner(look->wake, scene, at) != (track->id & 0xffff))
                continue;
            sum += (double)scene->depth[(ptrdiff_t)y * scene->depth_stride + x] / LIGHT_UNIT;
            pool[count++] = (float)gradient(scene, x, y);
        }
    if (count < fmax(6, 0.02 * b.w * b.w))
        return;
    own_add(own, D1, sum / count);
    own_add(own, SLOPE, quantile_of(pool, count, 0.9));
}

static void look_at_edge(const RoadLook *look, const Track *track, int blob, Own *own)
{
    const Grid *grid = look->scene->grid;
    const uint8_t *label = look->scene->label;
    Box b = box_clip(track->box, grid->width - 1, grid->height - 1);
    int count = 0;
    for (int y = b.y > 0 ? b.y : 1; y < b.y + b.h; y++)
        for (int x = b.x > 0 ? b.x : 1; x < b.x + b.w; x++) {
            const uint8_t *l = label + (ptrdiff_t)y * grid->width + x;
            bool inside =
                l[0] == blob && l[1] == blob && l[-1] == blob && l[grid->width] == blob && l[-grid->width] == blob;
            if (l[0] == blob && !inside)
                pool[count++] = (float)gradient(look->scene, x, y);
        }
    own_add(own, EDGE, quantile_of(pool, count, 0.5));
}

static double calm_noise(const RoadLook *look)
{
    const WakeScene *scene = look->scene;
    const Grid *grid = scene->grid;
    int count = 0;
    bool first = !before;
    if (first && !(before = calloc((size_t)grid->width * (size_t)grid->height, sizeof *before)))
        return NAN;
    for (int y = 0; y < grid->height; y++) {
        const int16_t *depth = scene->depth + (ptrdiff_t)y * scene->depth_stride;
        int16_t *last = before + (ptrdiff_t)y * grid->width;
        for (int x = 0; x < grid->width; x += 4)
            if (y % 4 == 0 && !look->wake->near_blob[y * grid->width + x])
                pool[count++] = (float)abs(depth[x] - last[x]) / LIGHT_UNIT;
        memcpy(last, depth, (size_t)grid->width * sizeof *last);
    }
    return first ? NAN : quantile_of(pool, count, 0.5);
}

static void look_for_figures(const RoadLook *look)
{
    const Grid *grid = look->scene->grid;
    const Tracker *tracker = look->tracker;
    if (!pool && !(pool = malloc((size_t)grid->width * (size_t)grid->height * sizeof *pool)))
        return;
    double noise = calm_noise(look);
    for (int t = 0; t < tracker->count; t++) {
        const Track *track = &tracker->tracks[t];
        if (track_ended(track) || !track->seen || track->merged || track->hits < 4)
            continue;
        Own *own = own_of(track->id);
        look_behind(look, track, own);
        own_add(own, NOISE, noise);
        for (int blob = 0; blob < MAX_BLOBS; blob++)
            if (tracker->owner[blob] == t)
                look_at_edge(look, track, blob + 1, own);
    }
}

// ---- output ----

typedef struct Run {
    Road *road;
    int64_t first_us;
} Run;

static double seconds(const Run *run, int64_t time_us) // from the clip's first picture
{
    return (double)(time_us - run->first_us) / 1e6;
}

static void put(const char *name, double value)
{
    if (isnan(value))
        printf(",\"%s\":null", name);
    else
        printf(",\"%s\":%.4g", name, value);
}

static void trace(void *context, const Grid *grid, const Track *track, const Verdict *v)
{
    const Run *run = context;
    const Passage *p = &track->passage;
    if (p->point_count < 4) {
        forget(track->id);
        return;
    }
    printf("{\"id\":%d,\"hits\":%d,\"why\":\"%s\",\"judged\":%d,\"smoke\":%d,\"first\":%.3f,"
           "\"last\":%.3f,\"peak_s\":%.3f",
           track->id, track->hits, v->why, v->judged, v->smoke, seconds(run, p->points[0].time_us),
           seconds(run, p->points[p->point_count - 1].time_us), seconds(run, p->plume.time_us));
    put("score", v->score);
    put("peak", v->peak);
    put("trail", v->trail);
    put("pipe", v->pipe);
    put("spread", v->pipe_spread);
    put("hue", v->hue);
    KindFigures kind = kind_figures(&p->plume, v->hue, v->peak);
    put("bright", kind.bright);
    put("yellow", kind.yellow);
    put("rough", v->rough);
    put("light", v->light);
    put("n", (double)p->sample_count);
    Own *own = own_of(track->id);
    for (int i = 0; i < FIGURES; i++)
        put(figure_names[i], own ? quantile_of(own->values[i], own->count[i], 0.5) : NAN);
    put("scale", grid->scale);
    put("large", perspective_class(&road_baseline(run->road)->perspective, grid, p) == VEHICLE_LORRY);
    printf(",\"boxes\":[");
    for (size_t i = 0; i < p->point_count; i++)
        printf("%s[%.3f,%d,%d,%d,%d]", i ? "," : "", seconds(run, p->points[i].time_us), p->points[i].box.x,
               p->points[i].box.y, p->points[i].box.w, p->points[i].box.h);
    printf("]");
    if (with_samples) {
        printf(",\"samples\":[");
        for (size_t i = 0; i < p->sample_count; i++) {
            const WakeSample *s = &p->samples[i];
            printf("%s[%.3f,%d,%d,%d,%d", i ? "," : "", seconds(run, s->time_us), s->box.x, s->box.y, s->box.w,
                   s->box.h);
            const float values[] = {s->trail, s->peak,  s->near_peak, s->beside,
                                    s->hue,   s->rough, s->light,     s->outdone ? 2 : 1};
            for (size_t n = 0; n < sizeof values / sizeof *values; n++)
                if (isnan(values[n]))
                    printf(",null");
                else
                    printf(",%.4g", values[n]);
            printf("]");
        }
        printf("]");
    }
    printf("}\n");
    forget(track->id);
}

static const char *views_folder;

static void trace_view(void *context, const RoadLook *look)
{
    (void)context;
    look_for_figures(look);
    const WakeScene *scene = look->scene;
    const Tracker *tracker = look->tracker;
    const Grid *grid = scene->grid;
    char path[4096];
    snprintf(path, sizeof path, "%s/%05d.ppm", views_folder, scene->number);
    FILE *file = views_folder ? fopen(path, "wb") : NULL;
    if (!file)
        return;
    fprintf(file, "P6 %d %d 255\n", grid->width, grid->height);
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++) {
            int d = scene->depth[(ptrdiff_t)y * scene->depth_stride + x];
            int grey = 128 - d * 160 / LIGHT_UNIT;
            grey = grey < 0 ? 0 : grey > 255 ? 255 : grey;
            bool blob = scene->label[(ptrdiff_t)y * grid->width + x], rim = false;
            for (int t = 0; t < tracker->count; t++) {
                Box b = tracker->tracks[t].box;
                bool in = x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h;
                bool core = x > b.x && x < b.x + b.w - 1 && y > b.y && y < b.y + b.h - 1;
                rim |= in && !core && tracker->tracks[t].hits > 3;
            }
            fputc(rim ? 255 : grey, file);
            fputc(rim ? 0 : blob ? (grey + 255) / 2 : grey, file);
            fputc(rim ? 0 : grey, file);
        }
    fclose(file);
}

static Status learn(void *context, Picture *picture, Error *error)
{
    Run *run = context;
    if (run->first_us == INT64_MIN)
        run->first_us = picture->time_us;
    return picture->key ? road_learn(run->road, picture, error) : STATUS_OK;
}

static void print_events(Road *road)
{
    for (Event event; road_next_event(road, &event);) {
        printf("{\"event\":%d,\"opacity\":%.3f,\"uncertainty\":%.3f,\"outline\":%zu,\"box\":[%d,%d,%d,%d],"
               "\"plume\":[%d,%d,%d,%d]}\n",
               event.track, event.opacity, event.uncertainty, event.outline_count, event.box.x, event.box.y,
               event.box.w, event.box.h, event.plume.x, event.plume.y, event.plume.w, event.plume.h);
        event_free(&event);
    }
}

static Status watch(void *context, Picture *picture, Error *error)
{
    Run *run = context;
    Status status = road_push(run->road, picture, error);
    print_events(run->road);
    return status;
}

int main(int argc, char **argv)
{
    const char *clip = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--samples") == 0)
            with_samples = true;
        else if (strcmp(argv[i], "--views") == 0 && i + 1 < argc)
            views_folder = argv[++i];
        else
            clip = argv[i];
    }
    if (!clip) {
        fprintf(stderr, "usage: road-trace [--samples] [--views FOLDER] CLIP\n");
        return 2;
    }
    Error error;
    Run run = {.first_us = INT64_MIN};
    RoadOptions options = road_options_default();
    Status status = road_create(&run.road, &options, &error);
    if (status == STATUS_OK)
        road_set_trace(run.road, trace, trace_view, &run);
    if (status == STATUS_OK)
        status = clip_each(clip, learn, &run, &error);
    if (status == STATUS_OK)
        status = clip_each(clip, watch, &run, &error);
    if (status == STATUS_OK)
        status = road_finish(run.road, &error);
    if (status != STATUS_OK) {
        fprintf(stderr, "road-trace: %s\n", error.text);
        return 1;
    }
    print_events(run.road);
    RoadCounts counts = road_counts(run.road);
    fprintf(stderr, "pictures %" PRIu64 " analysed %" PRIu64 " passages %" PRIu64 " events %" PRIu64 " blind %.1f s\n",
            counts.pictures, counts.analysed, counts.passages, counts.events, counts.blind_s);
    const ConditionWatch *conditions = road_conditions(run.road);
    for (int i = 0; i < CONDITIONS; i++)
        fprintf(stderr, "%s %.3f%s ", condition_name((Condition)i), conditions->states[i].figure,
                conditions->states[i].last_us ? " held" : "");
    fprintf(stderr, "\n");
    road_destroy(&run.road);
    free(pool);
    free(before);
    return 0;
}
