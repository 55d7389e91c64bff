#include "road/judge.h"

#include "road/kind.h"
#include "road/opacity.h"
#include "road/plume.h"
#include "road/quantile.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_WIDTH 20.0 // in cells at VIEW_WIDTH, and never fewer cells, in FEW_SAMPLES views
#define MIN_WAY 0.08   // of the picture's width
#define SLANT 0.08     // of the way across: less along the road tells no direction, but the
#define SHRUNK 0.7     // share that is left of the height does
// of its width: what is lower is a strip of shadow or smoke; a lorry seen from the side may be
#define LOWEST 0.35
#define MIN_SAMPLES 10
#define FEW_SAMPLES 6 // will do where the smoke is FEW_SURER times as dense as it need be
#define FEW_SURER 1.6
// of the views from first to last in which the vehicle was seen: with less, several may have been
// taken for one; with less than SURE_SEEN it takes FEW_SURER times as dense smoke too
#define LEAST_SEEN 0.6
#define SURE_SEEN 0.8
// a wake so many times as deep next to the body as beyond fades as soft shadow does. One that fades
// less needs so much less of a score, but this much
#define STEEP 2.2
#define FLATTER_BY 0.02
#define FLATTER_LEAST 0.15
// the sky lights a shadow, so it is bluer than the road in the sun; soot takes more of the blue
// (absorption by the inverse of the wavelength, Bond and Bergstrom 2006). A steady wake that fades
// as smoke does and is less blue than the road, but no more than soot makes it, needs SOOTY_BY less
// of a score; one bluer by more than BLUISH needs more
#define SOOTY_FROM -0.12
#define SOOTY_TO -0.01
#define SOOTY_STEADY 1.0
#define SOOTY_BY 0.04
#define SOOTY_LEAST 0.13
#define BLUISH 0.1
#define BLUISH_TIMES 1.5
#define HAZE_ASKS 0.5     // of the threshold more, where all light were haze: it leaves more noise
#define TYPICAL_SAMPLES 4 // tell something of the camera
#define TRAIL_ALLOWS 0.05 // more depth in the peak than in the trail
// more depth in the peak than on the mean of the wake that came with the vehicle: a plume fills a
// share of it, another's fading smoke nothing
#define OWN_TIMES 2.5
#define OWN_ALLOWS 0.05
// of the wake's lower quartile: what is there in every view is soft shadow as likely as smoke, up
// to what this camera's vehicles have of it
#define RIGID_SHARE 0.6
// a vehicle's own smoke is there in view after view and soon behind it, other darkness comes and
// goes: with less in the lower quartile and the trail together, as shares of the peak, less of the
// score counts
#define STEADY_LEAST 1.0
#define FAINT 0.05 // depth that tells nothing of shares
// logit of the confidence: logistic regression over 342 captures, of which 229 smoked (composites
// on real roads, 2.5 times each, and rendered scenes)
#define SURE_BASE 0.8
#define SURE_SCORE 0.4 // a factor e over the threshold
#define SURE_STEADY 2.0
#define STEADY_USUAL 1.25
// of the depth near the pipe: what lies nearest to a vehicle that is few cells wide is hidden by
// its margin. None where it is NARROW_END cells wide, all where NARROW_FULL (composites on real
// roads)
#define NARROW_GAIN 0.2
#define NARROW_FULL 50.0
#define NARROW_END 80.0
#define SMOKY_DEPTH 0.15 // a view with this in its free wake counts as smoky
// of the depth near the pipe, so that the interval holds the truth of nine composites in ten: what
// the views do not tell, and more where the vehicle is not many pixels wide
#define MODEL_SPREAD 0.23
#define COARSE_SPREAD 0.36
#define COARSE_PIXELS 45.0
#define FINE_PIXELS 60.0
#define AIRLIGHT (AIRLIGHT_SOOT.share)
#define VEIL_ERROR 0.2 // of the light of haze
// natural logarithm of light: soot has nothing to take away from darker ground
#define DARKEST_ROAD -4.5

typedef struct Way {
    double dx, dy, width, height; // cells; on average
    size_t wide;                  // views in which it is MIN_WIDTH wide
} Way;

static Way way_of(const Track *track, const Grid *grid)
{
    const Passage *p = &track->passage;
    if (p->point_count < 2)
        return (Way){0};
    Box a = p->points[0].box, b = p->points[p->point_count - 1].box;
    double f = grid->factor, width = 0, height = 0;
    size_t wide = 0;
    for (size_t i = 0; i < p->point_count; i++) {
        width += p->points[i].box.w / f;
        height += p->points[i].box.h / f;
        wide += p->points[i].box.w / f >= MIN_WIDTH * fmax(1, grid->scale);
    }
    return (Way){(b.x + b.w / 2.0 - a.x - a.w / 2.0) / f, (b.y + b.h - a.y - a.h) / f,
                 width / (double)p->point_count, height / (double)p->point_count, wide};
}

static size_t usable_samples(const Passage *passage)
{
    size_t samples = 0;
    for (size_t i = 0; i < passage->sample_count; i++)
        samples += wake_usable(&passage->samples[i]) && !isnan(passage->samples[i].peak);
    return samples;
}

// How much taller the vehicle is in its last quarter than in its first, as far as it is seen whole.
static double growth(const Passage *p, const Grid *grid)
{
    size_t first = p->point_count / 4, last = p->point_count - 1 - first;
    Box a = p->points[first].box, b = p->points[last].box;
    return first < last && grid_whole(grid, a) && grid_whole(grid, b) ? (double)b.h / a.h : 1;
}

static RoadDirection direction_of(const Passage *p, const Grid *grid, Way way)
{
    double slant = SLANT * fabs(way.dx), grown = growth(p, grid);
    if (-way.dy > slant || (way.dy < 0 && grown < SHRUNK))
        return ROAD_DIRECTION_RECEDING;
    if (way.dy > slant || (way.dy > 0 && grown > 1 / SHRUNK))
        return ROAD_DIRECTION_APPROACHING;
    return ROAD_DIRECTION_BOTH;
}

static double seen_share(const Track *track)
{
    return (double)track->hits / (track->hits + track->lost);
}

static const char *not_judged(const RoadOptions *options, const Grid *grid, const Track *track,
                              Way way, size_t samples)
{
    if (track->hits < 6 || samples < FEW_SAMPLES || seen_share(track) < LEAST_SEEN)
        return "too short";
    if (way.wide < FEW_SAMPLES)
        return "too small";
    if (way.height < LOWEST * way.width && fabs(way.dy) > fabs(way.dx))
        return "no vehicle";
    if (hypot(way.dx, way.dy) < MIN_WAY * grid->width)
        return "standing";
    RoadDirection asked = options->direction;
    if (asked == ROAD_DIRECTION_BOTH || asked == direction_of(&track->passage, grid, way))
        return NULL;
    return asked == ROAD_DIRECTION_RECEDING ? "not receding" : "not approaching";
}

// One figure of every usable view: the member at the offset in WakeSample, what light did to the
// place taken off, nothing where the smoke is another's.
static size_t gather(const Passage *p, size_t offset, bool relative, float *values)
{
    size_t count = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        const WakeSample *s = &p->samples[i];
        float value = *(const float *)((const char *)s + offset);
        if (!wake_usable(s) || isnan(value))
            continue;
        float beside = relative && s->beside > 0 ? s->beside : 0; // NaN counts as none
        values[count++] = relative && s->outdone ? fminf(0, value - beside) : value - beside;
    }
    return count;
}

static double mean_of(const float *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count ? sum / (double)count : NAN;
}

static double share_of(double part, double whole)
{
    return fmin(1, fmax(0, part / fmax(FAINT, whole)));
}

#define FIELD(name) offsetof(WakeSample, name)

static void weigh(const Track *track, double width, double rigid_allowed, float *values, Verdict *v)
{
    const Passage *p = &track->passage;
    size_t count = gather(p, FIELD(trail), true, values);
    v->trail = count ? mean_of(values, count) : 0;
    count = gather(p, FIELD(own), true, values);
    v->own = count ? mean_of(values, count) : 0;
    v->hue = mean_of(values, gather(p, FIELD(hue), false, values));
    v->rough = mean_of(values, gather(p, FIELD(rough), false, values));
    v->light = mean_of(values, gather(p, FIELD(light), false, values));
    count = gather(p, FIELD(peak), true, values);
    for (size_t i = 0; i < count; i++)
        v->smoky_views += values[i] > SMOKY_DEPTH;
    double span = (double)(track->last_us - track->first_us) / 1e6;
    v->persistence_s = count ? span * v->smoky_views / (double)count : 0;
    v->peak = count ? quantile(values, count, 0.75) : 0;
    v->rigid = count ? fmax(0, quantile(values, count, 0.25)) : 0;
    // The grade: the densest free wake, or nearer to the pipe what comes and goes over the shadow
    // that stays.
    double free_wake = count ? quantile(values, count, 0.95) : 0;
    double spread = count ? quantile(values, count, 0.9) - quantile(values, count, 0.6) : 0;
    double usual = count ? quantile(values, count, 0.5) : NAN;
    count = gather(p, FIELD(near_peak), true, values);
    v->steep = count ? quantile(values, count, 0.5) / fmax(0.01, usual) : NAN;
    double near =
        count ? quantile(values, count, 0.9) - RIGID_SHARE * quantile(values, count, 0.25) : 0;
    double narrow = fmax(0, fmin(1, (NARROW_END - width) / (NARROW_END - NARROW_FULL)));
    v->pipe = fmax(0, fmax(free_wake, near)) * (1 + NARROW_GAIN * narrow);
    v->pipe_spread = spread / 2;
    v->score = fmin(v->peak - fmin(RIGID_SHARE * v->rigid, rigid_allowed), v->trail + TRAIL_ALLOWS);
    v->score = fmin(v->score, OWN_TIMES * v->own + OWN_ALLOWS);
    v->steady = share_of(v->rigid, v->peak) + share_of(v->trail, v->peak);
    if (v->score > 0)
        v->score *= fmin(1, exp(v->steady - STEADY_LEAST));
}

static double model_spread(double pixels)
{
    double coarse = (FINE_PIXELS - pixels) / (FINE_PIXELS - COARSE_PIXELS);
    return MODEL_SPREAD + (COARSE_SPREAD - MODEL_SPREAD) * fmax(0, fmin(1, coarse));
}

static double opacity_of(double depth)
{
    return (1 - exp(-depth)) / (1 - AIRLIGHT);
}

// The grade that would be raised when it stays in the wake: what is there in every view is densest
// square and lower quartile in one.
static double sensitivity(const RoadOptions *options, const Baseline *baseline, double threshold)
{
    double depth = fmin(threshold / (1 - RIGID_SHARE), threshold + baseline_rigid(baseline));
    return fmax(options->min_ringelmann, 5 * fmin(1, opacity_of(depth)));
}

Outlook judge_outlook(const RoadOptions *options, const Baseline *baseline, int64_t time_us)
{
    BaselineKind kind = {BASELINE_MEDIUM, baseline_span(time_us)};
    BaselineStanding standing = baseline_stand(baseline, kind, options->false_budget, 0);
    double threshold = options->threshold > 0 ? options->threshold : standing.threshold;
    return (Outlook){standing.passages, threshold, sensitivity(options, baseline, threshold)};
}

// What this wake must score at this camera, by how it fades and by its colour.
static double threshold_of(const Verdict *v)
{
    double usual = v->standing.threshold, bluer = v->hue > BLUISH ? v->hue - BLUISH : 0;
    bool flat = v->steep < STEEP;
    bool sooty = v->hue > SOOTY_FROM && v->hue < SOOTY_TO && v->steady >= SOOTY_STEADY;
    double by = !flat ? 0 : sooty ? SOOTY_BY : FLATTER_BY;
    double least = sooty ? SOOTY_LEAST : FLATTER_LEAST;
    return fmax(fmin(usual, least), usual - by) + BLUISH_TIMES * bluer;
}

Verdict judge_passage(const RoadOptions *options, const Baseline *baseline, BaselineKind kind,
                      const Grid *grid, double haze, const Track *track)
{
    Way way = way_of(track, grid);
    size_t samples = usable_samples(&track->passage);
    Verdict v = {.why = not_judged(options, grid, track, way, samples), .hue = NAN, .steep = NAN};
    v.judged = !v.why;
    v.typical = hypot(way.dx, way.dy) >= MIN_WAY * grid->width && samples >= TYPICAL_SAMPLES;
    if (track->passage.sample_count) {
        float *values = malloc(track->passage.sample_count * sizeof *values);
        if (!values)
            v.why = "out of memory";
        else
            weigh(track, way.width, baseline_rigid(baseline), values, &v);
        free(values);
    }
    v.pipe_spread = hypot(v.pipe_spread, model_spread(way.width * grid->factor));
    v.standing = baseline_stand(baseline, kind, options->false_budget, v.score);
    v.threshold = options->threshold > 0 ? options->threshold : threshold_of(&v);
    v.threshold *= seen_share(track) < SURE_SEEN ? FEW_SURER : 1;
    v.threshold *= 1 + HAZE_ASKS * haze;
    v.sensitivity = sensitivity(options, baseline, v.threshold);
    if (!v.why && samples < MIN_SAMPLES && v.score <= FEW_SURER * v.threshold) {
        v.why = "too short";
        v.judged = false;
    }
    if (!v.why && (v.score <= v.threshold || 5 * opacity_of(v.pipe) < options->min_ringelmann))
        v.why = "below the threshold";
    // What is not soot is no smoke, and its wake no clean one.
    v.kind = v.why ? SMOKE_UNCLEAR : kind_of(kind_figures(&track->passage.plume, v.hue, v.peak));
    if (!v.why && (v.kind == SMOKE_WHITE || v.kind == SMOKE_DUST)) {
        v.why = smoke_kind_name(v.kind);
        v.typical = false;
    }
    v.smoke = !v.why;
    if (v.smoke)
        v.why = "smoke";
    return v;
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

static void list_others(const Track *track, const Tracker *all, Event *out)
{
    for (int i = 0; i < all->count && out->other_count < EVENT_MAX_OTHERS; i++) {
        const Track *other = &all->tracks[i];
        if (other->id == track->id || !other->passage.point_count ||
            other->passage.points[0].time_us > out->peak_us)
            continue;
        out->others[out->other_count++] =
            (OtherVehicle){other->id, VEHICLE_OTHER, box_near(&other->passage, out->peak_us)};
    }
}

static void grade(const Verdict *v, const Background *road, Event *out)
{
    double transmitted = exp(-v->pipe);
    out->opacity = fmax(0, fmin(1, (1 - transmitted) / (1 - AIRLIGHT)));
    // Airlight is known to +-0.07, depth to its spread over the views and half a level of luma.
    double noise = background_per_level(road, (int16_t)(v->light * LIGHT_UNIT)) / LIGHT_UNIT / 4;
    double by_depth = transmitted * hypot(hypot(v->pipe_spread, noise), 0.03) / (1 - AIRLIGHT);
    double by_airlight = out->opacity * 0.07 / (1 - AIRLIGHT);
    double by_veil = out->opacity * VEIL_ERROR * road->veil / exp(v->light);
    out->uncertainty = fmin(0.5, 1.96 * hypot(hypot(by_depth, by_airlight), by_veil));
    out->measurable = v->light > DARKEST_ROAD;
    out->model = out->measurable ? OPACITY_TRANSMISSION : OPACITY_NONE;
}

// The vehicle's way, with the depth of its wake where that was measured.
static bool copy_way(const Passage *p, Event *out)
{
    out->points = malloc(p->point_count * sizeof *out->points);
    if (!out->points)
        return false;
    out->point_count = p->point_count;
    memcpy(out->points, p->points, p->point_count * sizeof *out->points);
    for (size_t i = 0, s = 0; i < p->point_count; i++) {
        while (s < p->sample_count && p->samples[s].time_us < p->points[i].time_us)
            s++;
        if (s < p->sample_count && p->samples[s].time_us == p->points[i].time_us)
            out->points[i].depth = p->samples[s].near_peak;
    }
    return true;
}

static double confidence_of(const Verdict *v)
{
    double beyond = log(v->score / v->threshold);
    double logit = SURE_BASE + SURE_SCORE * beyond + SURE_STEADY * (v->steady - STEADY_USUAL);
    return 1 / (1 + exp(-logit));
}

bool judge_event(const Verdict *v, const Grid *grid, const Background *road, const Track *track,
                 const Tracker *others, Event *out)
{
    const Passage *p = &track->passage;
    *out = (Event){.start_us = p->points[0].time_us,
                   .end_us = p->points[p->point_count - 1].time_us,
                   .peak_us = p->plume.time_us,
                   .track = track->id,
                   .class = VEHICLE_OTHER,
                   .speed_kmh = NAN,
                   .kind = v->kind,
                   .score = v->score,
                   .baseline = {v->standing.passages, v->standing.quantile, v->threshold,
                                v->sensitivity, baseline_size_name(v->standing.size)},
                   .duration_s = v->persistence_s};
    if (out->end_us < out->peak_us)
        out->end_us = out->peak_us;
    grade(v, road, out);
    out->opacity_max = fmax(out->opacity, fmin(1, opacity_of(fmax(p->plume.peak, v->pipe))));
    out->confidence = confidence_of(v);
    out->box = box_near(p, out->peak_us);
    list_others(track, others, out);
    add_reason(out, "trail_depth", v->trail);
    add_reason(out, "persistence", v->persistence_s);
    add_reason(out, "frames", v->smoky_views);
    add_reason(out, "hue", v->hue);
    add_reason(out, "beyond_baseline", v->score);
    if (copy_way(p, out) && plume_describe(&p->plume, grid, AIRLIGHT, out))
        return true;
    event_free(out);
    return false;
}

// Its way from where the event begins, at least one point.
static bool points_of(const Stand *stand, const Grid *grid, const Track *track, Event *out)
{
    const Passage *p = track ? &track->passage : NULL;
    size_t count = p ? p->point_count : 0;
    out->points = malloc((count + 1) * sizeof *out->points);
    if (!out->points)
        return false;
    for (size_t i = 0; i < count; i++)
        if (p->points[i].time_us >= out->start_us && p->points[i].time_us <= out->end_us)
            out->points[out->point_count++] = p->points[i];
    if (!out->point_count)
        out->points[out->point_count++] =
            (TrackPoint){stand->peak_us, grid_pixels(grid, stand->box), (float)stand->depth};
    return true;
}

// How long it had been there when its smoke was seen last.
static double stood_s(const Stand *stand, const Grid *grid, const Track *track)
{
    const Passage *p = &track->passage;
    Box box = grid_pixels(grid, stand->box);
    int64_t since_us = stand->start_us;
    for (size_t i = p->point_count; i--;)
        if (p->points[i].time_us < since_us) {
            if (box_iou(p->points[i].box, box) < 0.5)
                break;
            since_us = p->points[i].time_us;
        }
    return (double)(stand->smoked_us - since_us) / 1e6;
}

bool judge_stand(const RoadOptions *options, const Stand *stand, double threshold, const Grid *grid,
                 const Background *road, const Track *track, const Tracker *others, Event *out,
                 bool *raised)
{
    Verdict v = {.pipe = stand->depth, .pipe_spread = MODEL_SPREAD, .light = stand->light};
    const Lane *zone = &options->zones[stand->zone];
    *out = (Event){.start_us = stand->start_us,
                   .end_us = stand->smoked_us,
                   .peak_us = stand->peak_us,
                   .track = stand->track,
                   .class = VEHICLE_OTHER,
                   .speed_kmh = 0,
                   .kind = SMOKE_BLACK,
                   .score = stand->depth,
                   .duration_s = stand->persistence_s};
    snprintf(out->zone, sizeof out->zone, "%s", zone->name ? zone->name : "-");
    grade(&v, road, out);
    *raised = 5 * out->opacity >= options->min_ringelmann;
    if (!*raised)
        return true;
    double densest = (1 - exp(-fmax(stand->plume.peak, stand->depth))) / (1 - AIRLIGHT);
    out->opacity_max = fmax(out->opacity, fmin(1, densest));
    out->confidence = 1 / (1 + exp(-12 * (stand->depth - threshold) - 1));
    add_reason(out, "zone_depth", stand->depth);
    add_reason(out, "turbulence", stand->change);
    add_reason(out, "persistence", stand->persistence_s);
    if (track)
        add_reason(out, "standing", stood_s(stand, grid, track));
    bool good =
        points_of(stand, grid, track, out) && plume_describe(&stand->plume, grid, AIRLIGHT, out);
    if (!good) {
        event_free(out);
        return false;
    }
    out->box = out->points[0].box;
    for (size_t i = 0; i < out->point_count && out->points[i].time_us <= out->peak_us; i++)
        out->box = out->points[i].box;
    if (track)
        list_others(track, others, out);
    return true;
}
