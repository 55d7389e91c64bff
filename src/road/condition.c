#include "road/condition.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP 4 // cells between samples
#define CALM (LIGHT_UNIT / 16)
#define SHADED (3 * LIGHT_UNIT / 10) // depth
// smoke thins as soon as it is out: where so much of the ground in shade has become so much lighter
// since the last view, and by so many times the noise, it is no cloud's edge that comes
#define LIGHTER (LIGHT_UNIT / 96)
#define OVER_NOISE 3
#define THINNING 0.28
#define SMOOTH_US INT64_C(2000000) // time constant of figures
#define SURE_US INT64_C(3000000)   // that a figure speaks for a change before it is one
#define EDGE_US INT64_C(200000)    // the same of an edge of shade, which has soon passed
#define FIRST_US INT64_C(1000000)  // the same at the beginning, where nothing is known
#define GAP_US INT64_C(5000000)    // a longer one between views: all begins anew
// at night nearly black ground is common, the rest is dim, and the sensor's noise is seen; where
// all is dark the noise need not be seen, and less black ground will do
#define BLACK (-5 * LIGHT_UNIT)
#define DIM (-1.9)
#define NOISY 0.005
#define DARK (-2.75)
#define DARK_WEIGHT 4
// where a tenth of the picture is so light, a hard tone curve makes the rest dark
#define DAYLIGHT (-1.1)
#define LIT 0.9
// less of the ground is calm: a tone curve or a large vehicle moves what is measured, no shake does
#define STILL 0.8
#define STANDS 0.1 // widths a second
#define VEHICLES 3 // fewer are no traffic

typedef struct Rule {
    const char *name;
    double on, off; // of the figure
    bool blind;
    int64_t sure_us; // how long the figure speaks for a change before it is one
} Rule;

// Figures, in this order: share of black ground; streaks in a thousand places; square of cells from
// view to view; share of ground that is not calm, that is in shade; of the road that is hidden; of
// vehicles that stand; of views in which the road mirrors them; of the road's light that is veil.
// NAN where a view does not tell.
static const Rule rules[CONDITIONS] = {
    [CONDITION_NIGHT] = {"night", 0.05, 0.03, true, SURE_US},
    [CONDITION_RAIN] = {"rain", 0.6, 0.3, true, SURE_US},
    [CONDITION_SHAKE] = {"shake", 0.33, 0.16, true, SURE_US},
    [CONDITION_UNSETTLED] = {"unsettled", 0.58, 0.5, true, SURE_US},
    [CONDITION_CLOUD] = {"cloud_edge", 0.25, 0.12, true, EDGE_US},
    [CONDITION_CROWDED] = {"crowded", 0.8, 0.6, true, SURE_US},
    [CONDITION_STANDING] = {"standing", 0.6, 0.4, false, SURE_US},
    [CONDITION_WET_ROAD] = {"wet_road", 0.2, 0.1, true, SURE_US},
    [CONDITION_HAZE] = {"haze", 0.1, 0.05, false, SURE_US},
};

const char *condition_name(Condition condition)
{
    return rules[condition].name;
}

bool condition_blinds(Condition condition)
{
    return rules[condition].blind;
}

bool condition_create(ConditionWatch *watch, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    *watch = (ConditionWatch){.before = calloc(cells, sizeof *watch->before)};
    return watch->before;
}

void condition_destroy(ConditionWatch *watch)
{
    free(watch->before);
    *watch = (ConditionWatch){0};
}

// ---- figures ----

typedef struct Sums {                            // over samples
    int all, road, hidden, black, light[256];    // of the view
    int free, calm, streaks, blots, change[256]; // of undisturbed ground
    int shaded, lighter;                         // of it, and of that
    int beyond;                                  // depth less that is lighter
} Sums;

// The bin below which lies such a share.
static int bin_at(const int bins[256], int count, double share)
{
    int below = 0, i = 0;
    while (i < 255 && (below += bins[i]) <= share * count)
        i++;
    return i;
}

// The logarithm of light that such a share of the samples lies below.
static double light_at(const Sums *s, double share)
{
    return (bin_at(s->light, s->all, share) - 255) / 32.0;
}

// +1: brighter than its sides; -1: darker.
static int line_at(const int16_t *depth)
{
    const int wide = 2, least = LIGHT_UNIT / 24;
    int left = depth[-wide] - *depth, right = depth[wide] - *depth;
    return (left > least && right > least) - (left < -least && right < -least);
}

// As line_at, of a thin upright line that neither the empty road nor the last view has.
static int streak_at(const int16_t *depth, ptrdiff_t stride, const int16_t *before, ptrdiff_t width)
{
    int sign = line_at(depth);
    for (int row = 0; row < 3 && sign; row++)
        if (line_at(depth + row * stride) != sign || line_at(before + row * width) == sign)
            sign = 0;
    return sign;
}

static void add_free(Sums *s, const WakeScene *scene, const int16_t *before, ptrdiff_t at,
                     const int16_t *depth)
{
    int noise = scene->road->limit[at] / 3, bound = noise > CALM ? noise : CALM;
    int change = abs(*depth - before[at]) * 256 / LIGHT_UNIT;
    ptrdiff_t width = scene->grid->width;
    s->free++;
    s->calm += abs(*depth) < bound;
    s->change[change > 255 ? 255 : change]++;
    bool shaded = *depth > SHADED;
    s->shaded += shaded;
    s->lighter += shaded && before[at] - *depth > s->beyond;
    for (int row = 0; row < STEP; row += 2) {
        int line = streak_at(depth + row * scene->depth_stride, scene->depth_stride,
                             before + at + row * width, width);
        s->streaks += line > 0;
        s->blots += line < 0;
    }
}

// Each view tells of every other row of samples.
static void add_samples(Sums *s, const WakeScene *scene, const Wake *wake, const int16_t *before)
{
    const Grid *grid = scene->grid;
    for (int y = 1 + scene->number % 2 * STEP; y < grid->height - STEP; y += 2 * STEP)
        for (int x = 2; x < grid->width - 2; x += STEP) {
            ptrdiff_t at = (ptrdiff_t)y * grid->width + x;
            int level = 255 + scene->view->light[at] / (LIGHT_UNIT / 32);
            s->all++;
            s->light[level < 0 ? 0 : level > 255 ? 255 : level]++;
            s->black += scene->road->light[at] < BLACK;
            s->road += wake->covers.track[at] != 0;
            s->hidden += wake->covers.track[at] != 0 && wake->near_blob[at];
            if (!wake->near_blob[at] && !(scene->ignored && scene->ignored[at]))
                add_free(s, scene, before, at,
                         scene->depth + (ptrdiff_t)y * scene->depth_stride + x);
        }
}

// Shares of the vehicles that stand and of the road that they hide; none where there are few.
static void look_at_traffic(const Tracker *tracker, const Sums *s, double out[CONDITIONS])
{
    int all = 0, standing = 0;
    for (int t = 0; t < tracker->count; t++) {
        const Track *track = &tracker->tracks[t];
        if (track_ended(track) || track->hits < 6)
            continue;
        all++;
        standing += hypot(track->vx, track->vy) < STANDS * track->w;
    }
    bool some = all >= VEHICLES;
    out[CONDITION_STANDING] = some ? (double)standing / all : 0;
    out[CONDITION_CROWDED] = some && s->road ? (double)s->hidden / s->road : 0;
}

static void figures_of(ConditionWatch *watch, const WakeScene *scene, const Wake *wake,
                       const Tracker *tracker, double out[CONDITIONS])
{
    int noisy = OVER_NOISE * (int)(watch->noise * LIGHT_UNIT);
    Sums s = {.beyond = noisy > LIGHTER ? noisy : LIGHTER};
    add_samples(&s, scene, wake, watch->before);
    Offset now = scene->left, last = watch->views ? watch->left : now;
    double step = hypot(now.across - last.across, now.down - last.down);
    watch->left = now;
    double light = light_at(&s, 0.5);
    double noise = watch->noise = bin_at(s.change, s.free, 0.5) / 256.0;
    double free = s.free ? s.free : 1;
    int night = light < DARK ? DARK_WEIGHT : light < DIM && noise > NOISY;
    night = light_at(&s, LIT) > DAYLIGHT ? 0 : night;
    out[CONDITION_NIGHT] = (double)night * s.black / s.all;
    out[CONDITION_RAIN] = watch->views ? (s.streaks - s.blots) * 1000.0 * 2 / STEP / free : 0;
    bool told = s.calm > STILL * free;
    out[CONDITION_SHAKE] = told ? fmin(1, step * step) : NAN; // one jump is no shake
    out[CONDITION_UNSETTLED] = 1 - s.calm / free;
    bool smoke = !watch->states[CONDITION_CLOUD].on && s.lighter > THINNING * s.shaded;
    out[CONDITION_CLOUD] = smoke ? 0 : s.shaded / free;
    look_at_traffic(tracker, &s, out);
    mirror_push(&watch->mirror, scene, tracker);
    out[CONDITION_WET_ROAD] = watch->mirror.share;
    out[CONDITION_HAZE] = scene->road->haze;
}

// ---- states ----

static void follow(ConditionState *state, const Rule *rule, int64_t now_us, int64_t sure_us)
{
    bool beyond = state->on ? state->figure < rule->off : state->figure > rule->on;
    if (!beyond || !state->beyond)
        state->turned_us = now_us;
    state->beyond = beyond;
    if (beyond && now_us - state->turned_us >= sure_us) {
        if (!state->on)
            state->since_us = state->turned_us;
        state->on = !state->on;
        state->beyond = false;
    }
    if (state->on)
        state->last_us = now_us;
}

void condition_push(ConditionWatch *watch, const WakeScene *scene, const Wake *wake,
                    const Tracker *tracker)
{
    double figures[CONDITIONS];
    const Grid *grid = scene->grid;
    int64_t now_us = scene->view->time_us, gap_us = now_us - watch->last_us;
    if (gap_us < 0 || gap_us > GAP_US) {
        memset(watch->states, 0, sizeof watch->states);
        watch->mirror = (Mirror){0};
        watch->views = 0;
    }
    figures_of(watch, scene, wake, tracker, figures);
    if (!watch->views++)
        watch->first_us = now_us;
    watch->last_us = now_us;
    double share = fmax(1.0 / watch->views, (double)gap_us / SMOOTH_US);
    bool early = now_us - watch->first_us < SURE_US;
    for (int i = 0; i < CONDITIONS; i++) {
        ConditionState *state = &watch->states[i];
        if (!isnan(figures[i]))
            state->figure += fmin(1, share) * (figures[i] - state->figure);
        bool sooner = early && rules[i].sure_us > FIRST_US;
        follow(state, &rules[i], now_us, sooner ? FIRST_US : rules[i].sure_us);
    }
    for (int y = 0; y < grid->height; y++)
        memcpy(watch->before + (ptrdiff_t)y * grid->width,
               scene->depth + (ptrdiff_t)y * scene->depth_stride,
               (size_t)grid->width * sizeof *watch->before);
}

bool condition_blind(const ConditionWatch *watch)
{
    for (int i = 0; i < CONDITIONS; i++)
        if (watch->states[i].on && rules[i].blind)
            return true;
    return false;
}

bool condition_held(const ConditionWatch *watch, Condition condition, int64_t from_us,
                    int64_t to_us)
{
    const ConditionState *state = &watch->states[condition];
    return state->last_us && state->since_us <= to_us && state->last_us >= from_us;
}

const char *condition_blinded(const ConditionWatch *watch, int64_t from_us, int64_t to_us)
{
    for (int i = 0; i < CONDITIONS; i++)
        if (rules[i].blind && condition_held(watch, (Condition)i, from_us, to_us))
            return rules[i].name;
    return NULL;
}
