// Development aid: reads YUV4MPEG2 on stdin, prints one JSON line per passage on stdout.
//
//     ffmpeg -v error -i clip.mp4 -pix_fmt yuv420p -f yuv4mpegpipe - | road-trace [--learn]
//
// --samples adds every wake sample. --views FOLDER writes each view as a PPM: depth (grey = road, dark = darker than the
// road), blobs in green, tracks' boxes in red.
#include "road/kind.h"
#include "road/trace.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool with_samples;

static void put(const char *name, double value)
{
    if (isnan(value))
        printf(",\"%s\":null", name);
    else
        printf(",\"%s\":%.4g", name, value);
}

static void trace(void *context, const Grid *grid, const Track *track, const Verdict *v)
{
    (void)context;
    const Passage *p = &track->passage;
    if (p->point_count < 4)
        return;
    printf("{\"id\":%d,\"hits\":%d,\"why\":\"%s\",\"judged\":%d,\"smoke\":%d,\"first\":%.3f,"
           "\"last\":%.3f,\"peak_s\":%.3f",
           track->id, track->hits, v->why, v->judged, v->smoke, (double)p->points[0].time_us / 1e6,
           (double)p->points[p->point_count - 1].time_us / 1e6, (double)p->plume.time_us / 1e6);
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
    put("scale", grid->scale);
    printf(",\"boxes\":[");
    for (size_t i = 0; i < p->point_count; i++)
        printf("%s[%.3f,%d,%d,%d,%d]", i ? "," : "", (double)p->points[i].time_us / 1e6,
               p->points[i].box.x, p->points[i].box.y, p->points[i].box.w, p->points[i].box.h);
    printf("]");
    if (with_samples) {
        printf(",\"samples\":[");
        for (size_t i = 0; i < p->sample_count; i++) {
            const WakeSample *s = &p->samples[i];
            printf("%s[%.3f,%d,%d,%d,%d", i ? "," : "", (double)s->time_us / 1e6, s->box.x, s->box.y,
                   s->box.w, s->box.h);
            const float values[] = {s->trail, s->peak, s->near_peak, s->beside,
                                    s->hue, s->rough, s->light, s->outdone ? 2 : s->alone};
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
}

static const char *views_folder;

static void trace_view(void *context, const RoadLook *look)
{
    (void)context;
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

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        with_samples |= strcmp(argv[i], "--samples") == 0;
        if (strcmp(argv[i], "--views") == 0 && i + 1 < argc)
            views_folder = argv[++i];
    }
    char line[512];
    int width = 0, height = 0, num = 25, den = 1;
    if (!fgets(line, sizeof line, stdin) || strncmp(line, "YUV4MPEG2", 9) != 0)
        return 2;
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (*word == 'W')
            width = atoi(word + 1);
        if (*word == 'H')
            height = atoi(word + 1);
        if (*word == 'F')
            sscanf(word + 1, "%d:%d", &num, &den);
    }
    Error error;
    Road *road;
    RoadOptions options = road_options_default();
    if (width < 16 || road_create(&road, &options, &error) != STATUS_OK)
        return 2;
    road_set_trace(road, trace, views_folder ? trace_view : NULL, NULL);
    for (int64_t n = 0; fgets(line, sizeof line, stdin); n++) {
        Picture *picture = picture_new(width, height);
        if (!picture)
            return 2;
        picture->time_us = n * 1000000 * den / num;
        for (int i = 0; i < 3; i++)
            for (int y = 0; y < (i ? (height + 1) / 2 : height); y++)
                if (fread((uint8_t *)(uintptr_t)picture->plane[i] + (ptrdiff_t)y * picture->stride[i], 1,
                          (size_t)(i ? (width + 1) / 2 : width), stdin) == 0)
                    return 2;
        if (road_push(road, picture, &error) != STATUS_OK)
            return 2;
        picture_unref(&picture);
    }
    road_finish(road, &error);
    for (Event event; road_next_event(road, &event);) {
        printf("{\"event\":%d,\"opacity\":%.3f,\"uncertainty\":%.3f,\"outline\":%zu,\"box\":[%d,%d,%d,%d],"
               "\"plume\":[%d,%d,%d,%d]}\n",
               event.track, event.opacity, event.uncertainty, event.outline_count, event.box.x,
               event.box.y, event.box.w, event.box.h, event.plume.x, event.plume.y, event.plume.w,
               event.plume.h);
        event_free(&event);
    }
    RoadCounts counts = road_counts(road);
    fprintf(stderr, "pictures %" PRIu64 " analysed %" PRIu64 " passages %" PRIu64 " events %" PRIu64
            " blind %.1f s\n", counts.pictures, counts.analysed, counts.passages, counts.events,
            counts.blind_s);
    road_destroy(&road);
    return 0;
}
