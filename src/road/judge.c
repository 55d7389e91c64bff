#include "road/judge.h"

#include "road/plume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_WIDTH 18.0      // of the vehicle in cells at VIEW_WIDTH
#define MIN_WAY 0.08        // of the picture's width or height
#define MIN_SAMPLES 4
#define THRESHOLD 0.25
#define SMOKY_DEPTH 0.10    // a view with this in its wake counts as smoky
#define SOFT_SHADOW 0.05    // depth of the soft shadow under a clean vehicle's rear, near the pipe
#define AIRLIGHT 0.12       // of soot relative to the road (measured 0.08 to 0.2)

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Quantile q of values; sorts them. NaN when there are none.
static double quantile(float *values, size_t count, double q)
{
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, by_value);
    double at = q * (double)(count - 1);
    size_t low = (size_t)at;
    double high = low + 1 < count ? values[low + 1] : values[low];
    return values[low] + (at - (double)low) * (high - values[low]);
}

typedef struct Way {
    double dx, dy, width; // cells
} Way;

static Way way_of(const Track *track, const Grid *grid)
{
    const Passage *p = &track->passage;
    if (p->point_count < 2)
        return (Way){0, 0, 0};
    Box a = p->points[0].box, b = p->points[p->point_count - 1].box;
    double f = grid->factor, width = 0;
    for (size_t i = 0; i < p->point_count; i++)
        width += p->points[i].box.w / f;
    return (Way){(b.x + b.w / 2.0 - a.x - a.w / 2.0) / f, (b.y + b.h - a.y - a.h) / f,
                 width / (double)p->point_count};
}

static const char *not_judged(const RoadOptions *options, const Grid *grid, const Track *track,
                              Way way)
{
    if (track->hits < 6 || track->passage.sample_count < MIN_SAMPLES)
        return "too short";
    if (way.width < MIN_WIDTH * grid->scale)
        return "too small";
    if (hypot(way.dx, way.dy) < MIN_WAY * grid->width)
        return "standing";
    bool receding = way.dy < -0.1 * fabs(way.dx), approaching = way.dy > 0.1 * fabs(way.dx);
    if (options->direction == ROAD_DIRECTION_RECEDING && !receding)
        return "not receding";
    if (options->direction == ROAD_DIRECTION_APPROACHING && !approaching)
        return "not approaching";
    return NULL;
}

Verdict judge_passage(const RoadOptions *options, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    Verdict v = {.hue = NAN};
    v.why = not_judged(options, grid, track, way_of(track, grid));
    if (p->sample_count) {
        float *values = malloc(p->sample_count * sizeof *values);
        if (!values) {
            v.why = "out of memory";
            return v;
        }
        size_t count = 0;
        double hue = 0, hues = 0, seen = 0;
        for (size_t i = 0; i < p->sample_count; i++)
            if (!isnan(p->samples[i].depth[2])) {
                v.trail += p->samples[i].depth[2];
                seen++;
            }
        v.trail = seen ? v.trail / seen : 0;
        for (size_t i = 0; i < p->sample_count; i++) {
            const WakeSample *s = &p->samples[i];
            values[count++] = s->peak;
            v.rough += s->rough / (double)p->sample_count;
            v.light += s->light / (double)p->sample_count;
            v.smoky_views += s->peak > SMOKY_DEPTH;
            if (!isnan(s->hue)) {
                hue += s->hue;
                hues++;
            }
        }
        v.hue = hues ? hue / hues : NAN;
        v.peak = quantile(values, count, 0.75);
        count = 0;
        for (size_t i = 0; i < p->sample_count; i++)
            if (!isnan(p->samples[i].depth[0]))
                values[count++] = p->samples[i].depth[0];
        double near_pipe = quantile(values, count, 0.75);
        double spread = quantile(values, count, 0.9) - quantile(values, count, 0.5);
        v.pipe = fmax(v.peak, isnan(near_pipe) ? 0 : near_pipe - SOFT_SHADOW);
        v.pipe_spread = isnan(spread) ? 0.1 : fabs(spread);
        free(values);
        double span = (double)(track->last_us - track->first_us) / 1e6;
        v.persistence_s = span * v.smoky_views / (double)(p->sample_count ? p->sample_count : 1);
    }
    v.score = fmin(v.peak, 3 * v.trail + 0.05);
    v.judged = !v.why;
    double threshold = options->threshold > 0 ? options->threshold : THRESHOLD;
    if (v.judged && v.score <= threshold)
        v.why = "below the threshold";
    v.smoke = !v.why;
    if (v.smoke)
        v.why = "smoke";
    return v;
}

static VehicleClass class_of(const Grid *grid, const Track *track)
{
    Way way = way_of(track, grid);
    double tall = track->h / fmax(1, track->w), share = way.width / grid->width;
    if (share < 0.02)
        return VEHICLE_OTHER;
    return tall > 1.25 && share > 0.06 ? VEHICLE_LORRY : VEHICLE_CAR;
}

static void add_reason(Event *event, const char *name, double value)
{
    if (!isnan(value) && event->reason_count < EVENT_MAX_REASONS)
        event->reasons[event->reason_count++] = (Reason){name, value};
}

static Box box_near(const Passage *passage, int64_t time_us)
{
    Box box = passage->points[0].box;
    for (size_t i = 0; i < passage->point_count && passage->points[i].time_us <= time_us; i++)
        box = passage->points[i].box;
    return box;
}

static void list_others(const Track *track, const Tracker *all, const Grid *grid, Event *out)
{
    for (int i = 0; i < all->count && out->other_count < EVENT_MAX_OTHERS; i++) {
        const Track *other = &all->tracks[i];
        if (other->id == track->id || !other->passage.point_count ||
            other->passage.points[0].time_us > out->peak_us)
            continue;
        out->others[out->other_count++] = (OtherVehicle){
            other->id, class_of(grid, other), box_near(&other->passage, out->peak_us)};
    }
}

static void grade(const Verdict *v, const Background *road, Event *out)
{
    double transmitted = exp(-v->pipe), peak = exp(-(double)out->score);
    (void)peak;
    out->opacity = fmax(0, fmin(1, (1 - transmitted) / (1 - AIRLIGHT)));
    // Airlight is known to +-0.07, depth to its spread over the views and half a level of luma.
    double noise = light_per_level((int16_t)(v->light * LIGHT_UNIT), road->range) / LIGHT_UNIT / 4;
    double by_depth = transmitted * hypot(hypot(v->pipe_spread, noise), 0.03) / (1 - AIRLIGHT);
    double by_airlight = out->opacity * 0.07 / (1 - AIRLIGHT);
    out->uncertainty = fmin(0.5, 1.96 * hypot(by_depth, by_airlight));
    out->measurable = v->light > -4.5; // darker roads leave soot nothing to take away
    out->model = out->measurable ? OPACITY_TRANSMISSION : OPACITY_NONE;
}

bool judge_event(const Verdict *v, const Grid *grid, const Background *road, Track *track,
                 const Tracker *others, Event *out)
{
    Passage *p = &track->passage;
    *out = (Event){.start_us = p->points[0].time_us,
                   .end_us = p->points[p->point_count - 1].time_us,
                   .peak_us = p->plume.time_us,
                   .track = track->id,
                   .class = class_of(grid, track),
                   .speed_kmh = NAN,
                   .kind = SMOKE_BLACK,
                   .score = v->score,
                   .duration_s = v->persistence_s};
    if (out->end_us < out->peak_us)
        out->end_us = out->peak_us;
    grade(v, road, out);
    double densest = (1 - exp(-fmax(p->plume.peak, v->pipe))) / (1 - AIRLIGHT);
    out->opacity_max = fmax(out->opacity, fmin(1, densest));
    out->confidence = 1 / (1 + exp(-(v->score - THRESHOLD) * 12 - 1));
    out->box = box_near(p, out->peak_us);
    for (size_t i = 0, s = 0; i < p->point_count; i++) {
        while (s < p->sample_count && p->samples[s].time_us < p->points[i].time_us)
            s++;
        if (s < p->sample_count && p->samples[s].time_us == p->points[i].time_us)
            p->points[i].depth = p->samples[s].peak;
    }
    list_others(track, others, grid, out);
    add_reason(out, "trail_depth", v->trail);
    add_reason(out, "persistence", v->persistence_s);
    add_reason(out, "frames", v->smoky_views);
    add_reason(out, "hue", v->hue);
    add_reason(out, "beyond_baseline", v->score);
    if (!plume_describe(&p->plume, grid, AIRLIGHT, out)) {
        event_free(out);
        return false;
    }
    out->points = p->points;
    out->point_count = p->point_count;
    p->points = NULL;
    p->point_count = p->point_room = 0;
    return true;
}
