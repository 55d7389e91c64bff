#include "trails.h"

#include "capture/decoder.h"
#include "capture/source.h"
#include "road/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_STEPS 8
#define LEAST_SHARE 24.0 // of the picture's width is a vehicle wide on average
#define SMOOTH 0.25      // seconds
#define LEAST_WAY 1.5    // widths from the first place to the last: less is a tree in the wind
#define STRAIGHT 0.7     // of the way gone lies between the two

typedef struct Finder {
    Trails *trails;
    Road *road;
    bool failed;
} Finder;

static Status drain(Decoder *decoder, Status (*take)(void *, Picture *, Error *), void *context, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        status = take(context, picture, error);
        picture_unref(&picture);
        if (status != STATUS_OK)
            return status;
    }
}

Status clip_each(const char *clip, Status (*take)(void *context, Picture *picture, Error *error), void *context, Error *error)
{
    Source *source = NULL;
    Decoder *decoder = NULL;
    Status status = source_open(&source, clip, &(SourceOptions){0}, error);
    if (status == STATUS_OK)
        status = decoder_create(&decoder, error);
    for (bool more = true; status == STATUS_OK && more;) {
        Packet *packet = NULL;
        status = source_read(source, false, &packet, error);
        more = status != STATUS_END;
        if (status == STATUS_OK || !more)
            status = decoder_send(decoder, packet, error); // NULL drains
        packet_unref(&packet);
        if (status == STATUS_OK)
            status = drain(decoder, take, context, error);
    }
    decoder_destroy(&decoder);
    source_close(&source);
    return status;
}

static void smooth(const TrackPoint *points, size_t count, int64_t start_us, Step *out)
{
    for (size_t i = 0; i < count; i++) {
        double sum = 0, x = 0, y = 0, w = 0, h = 0;
        for (size_t k = 0; k < count; k++) {
            // Weighed alike to both sides, so that the ends of the way are not drawn inwards.
            double apart = (double)(points[k].time_us - points[i].time_us) / 1e6;
            double end = fmin((double)(points[i].time_us - points[0].time_us), (double)(points[count - 1].time_us - points[i].time_us)) / 1e6;
            if (fabs(apart) > fmin(end, 3 * SMOOTH) + 1e-6)
                continue;
            double weight = exp(-0.5 * apart * apart / (SMOOTH * SMOOTH));
            Box b = points[k].box;
            sum += weight;
            x += weight * (b.x + b.w / 2.0);
            y += weight * (b.y + b.h);
            w += weight * b.w;
            h += weight * b.h;
        }
        out[i] = (Step){(double)(points[i].time_us - start_us) / 1e6, (float)(x / sum), (float)(y / sum), (float)(w / sum), (float)(h / sum)};
    }
}

static void keep_trail(void *context, const Grid *grid, const Track *track, const Verdict *verdict)
{
    (void)verdict;
    Finder *finder = context;
    const Passage *p = &track->passage;
    if (p->point_count < LEAST_STEPS)
        return;
    double width = 0;
    for (size_t i = 0; i < p->point_count; i++)
        width += p->points[i].box.w / (double)p->point_count;
    if (width < grid->picture_width / LEAST_SHARE)
        return;
    Trails *trails = finder->trails;
    Trail *grown = realloc(trails->items, (trails->count + 1) * sizeof *grown);
    Step *steps = malloc(p->point_count * sizeof *steps);
    if (grown)
        trails->items = grown;
    if (!grown || !steps) {
        free(steps);
        finder->failed = true;
        return;
    }
    smooth(p->points, p->point_count, trails->start_us, steps);
    double dx = steps[p->point_count - 1].x - steps[0].x, dy = steps[p->point_count - 1].y - steps[0].y;
    double gone = 0;
    for (size_t i = 1; i < p->point_count; i++)
        gone += hypot(steps[i].x - steps[i - 1].x, steps[i].y - steps[i - 1].y);
    if (hypot(dx, dy) < fmax(LEAST_WAY * width, STRAIGHT * gone)) {
        free(steps);
        return;
    }
    trails->items[trails->count++] = (Trail){track->id, -dy > 0.1 * fabs(dx), steps, p->point_count};
}

static Status look(void *context, Picture *picture, Error *error)
{
    Finder *finder = context;
    Trails *trails = finder->trails;
    if (!trails->width) {
        trails->width = picture->width;
        trails->height = picture->height;
        trails->start_us = picture->time_us;
    }
    Status status = road_push(finder->road, picture, error);
    for (Event event; status == STATUS_OK && road_next_event(finder->road, &event);)
        event_free(&event);
    return status;
}

static Status learn(void *context, Picture *picture, Error *error)
{
    Finder *finder = context;
    return picture->key ? road_learn(finder->road, picture, error) : STATUS_OK;
}

static int by_id(const void *a, const void *b)
{
    const Trail *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

Status trails_find(Trails *out, const char *clip, Error *error)
{
    *out = (Trails){0};
    Finder finder = {.trails = out};
    RoadOptions options = road_options_default();
    options.analysis_fps = 25;
    Source *source;
    Status status = source_open(&source, clip, &(SourceOptions){0}, error);
    if (status == STATUS_OK)
        out->fps = source_info(source)->fps;
    source_close(&source);
    if (status == STATUS_OK)
        status = road_create(&finder.road, &options, error);
    if (status != STATUS_OK)
        return status;
    road_set_trace(finder.road, keep_trail, NULL, &finder);
    status = clip_each(clip, learn, &finder, error);
    if (status == STATUS_OK)
        status = clip_each(clip, look, &finder, error);
    if (status == STATUS_OK)
        status = road_finish(finder.road, error);
    road_destroy(&finder.road);
    if (status == STATUS_OK && finder.failed)
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_id);
    if (status != STATUS_OK)
        trails_free(out);
    return status;
}

void trails_free(Trails *trails)
{
    for (size_t i = 0; i < trails->count; i++)
        free(trails->items[i].steps);
    free(trails->items);
    *trails = (Trails){0};
}

static Step between(Step a, Step b, double time)
{
    float t = (float)((time - a.time) / (b.time - a.time));
    float w = a.w + t * (b.w - a.w), h = a.h + t * (b.h - a.h), least = 0.3f * (a.w < b.w ? a.w : b.w);
    return (Step){time, a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), w > least ? w : least, h > least ? h : least};
}

bool trail_at(const Trail *trail, double time, double slack, Step *out)
{
    const Step *s = trail->steps;
    size_t last = trail->count - 1, reach = last < 6 ? last : 6;
    if (time < s[0].time - slack || time > s[last].time + slack)
        return false;
    if (time <= s[0].time)
        *out = between(s[0], s[reach], time);
    else if (time >= s[last].time)
        *out = between(s[last - reach], s[last], time);
    else {
        size_t i = 1;
        while (s[i].time < time)
            i++;
        *out = between(s[i - 1], s[i], time);
    }
    return true;
}
