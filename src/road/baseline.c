#include "road/baseline.h"

#include "base/clock.h"
#include "road/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THRESHOLD 0.17 // of the score, before the camera's own baseline is known
#define LEAST 0.8      // of the built-in threshold
#define COARSE 0.75    // of VIEW_WIDTH: the scores of coarser grids stand apart
#define MOST 1.5
#define BELIEF 4.0           // vehicles: what the built-in values count for
#define RIGID 0.12           // before the camera's own is known
#define HISTORY_BELIEF 400.0 // vehicles: what the built-in threshold counts for against a history
#define KIND_BELIEF 30.0     // vehicles: what all kinds count for against one of them
#define FORGET 0.9           // of the history is left after a day
#define CELL 0.01            // score
#define LOWEST -0.16         // score where the first cell begins
#define SPREAD_LEAST 0.02    // score
#define TAIL_VEHICLES 50.0   // that the tail is fitted to, within these shares of the history:
#define TAIL_MOST 0.2
#define TAIL_LEAST 0.01
#define SMALL 0.8 // of the width usual there
#define LARGE 1.3
#define WIDTH_STEP 0.005f // of a running median
#define SPAN_US (24 * 3600 * SECOND_US / BASELINE_SPANS)

const char *baseline_size_name(BaselineSize size)
{
    static const char *const names[] = {"small", "medium", "large"};
    return names[size];
}

void baseline_fit(Baseline *baseline, const Grid *grid)
{
    bool coarse = grid->scale < COARSE;
    if (coarse != baseline->coarse)
        *baseline = (Baseline){.coarse = coarse};
}

// ---- kinds ----

static int band_of(const Grid *grid, Box box)
{
    int band = (box.y + box.h) * BASELINE_BANDS / grid->picture_height;
    return band < 0 ? 0 : band < BASELINE_BANDS ? band : BASELINE_BANDS - 1;
}

static BaselineSize size_of(const Baseline *baseline, const Grid *grid, const Passage *passage)
{
    double seen = 0, usual = 0;
    for (size_t i = 0; i < passage->point_count; i++) {
        Box box = passage->points[i].box;
        double width = (double)baseline->widths[band_of(grid, box)];
        if (width > 0 && grid_whole(grid, box)) {
            seen += (double)box.w / grid->picture_width;
            usual += width;
        }
    }
    if (usual <= 0)
        return BASELINE_MEDIUM;
    return seen < SMALL * usual   ? BASELINE_SMALL
           : seen > LARGE * usual ? BASELINE_LARGE
                                  : BASELINE_MEDIUM;
}

int baseline_span(int64_t time_us)
{
    int span = (int)(time_us / SPAN_US % BASELINE_SPANS);
    return span < 0 ? span + BASELINE_SPANS : span;
}

BaselineKind baseline_kind(const Baseline *baseline, const Grid *grid, const Passage *passage,
                           int64_t time_us)
{
    return (BaselineKind){size_of(baseline, grid, passage), baseline_span(time_us)};
}

static void learn_widths(Baseline *baseline, const Grid *grid, const Passage *passage)
{
    for (size_t i = 0; i < passage->point_count; i++) {
        Box box = passage->points[i].box;
        if (!grid_whole(grid, box))
            continue;
        float *usual = &baseline->widths[band_of(grid, box)];
        float seen = (float)box.w / (float)grid->picture_width;
        *usual = *usual > 0 ? *usual * (1 + (seen > *usual ? WIDTH_STEP : -WIDTH_STEP)) : seen;
    }
}

// ---- days ----

static void forget(Baseline *baseline)
{
    for (int size = 0; size < BASELINE_SIZES; size++)
        for (int span = 0; span < BASELINE_SPANS; span++)
            for (int i = 0; i < BASELINE_CELLS; i++)
                baseline->history[size][span][i] *= (float)FORGET;
}

static BaselineDay *day_of(Baseline *baseline, int64_t time_us)
{
    ClockText now = clock_text(time_us);
    BaselineDay *days = baseline->days;
    for (int i = 0; i < BASELINE_DAYS; i++)
        if (strcmp(days[i].date, now.date) == 0)
            return &days[i];
    if (days[0].date[0])
        forget(baseline);
    memmove(days + 1, days, (BASELINE_DAYS - 1) * sizeof *days);
    days[0] = (BaselineDay){0};
    memcpy(days[0].date, now.date, sizeof days[0].date - 1);
    return &days[0];
}

void baseline_watched(Baseline *baseline, int64_t time_us, double seconds)
{
    day_of(baseline, time_us)->watched_s += seconds;
}

void baseline_blind(Baseline *baseline, int64_t time_us, double seconds)
{
    day_of(baseline, time_us)->blind_s += seconds;
}

void baseline_passed(Baseline *baseline, int64_t time_us)
{
    day_of(baseline, time_us)->passages++;
}

void baseline_captured(Baseline *baseline, int64_t time_us)
{
    day_of(baseline, time_us)->captures++;
}

static double passages_a_day(const Baseline *baseline)
{
    double watched_s = 0, passages = 0;
    for (int i = 0; i < BASELINE_DAYS; i++) {
        watched_s += baseline->days[i].watched_s;
        passages += baseline->days[i].passages;
    }
    return watched_s > 0 ? passages / watched_s * 86400 : 0;
}

// ---- learning ----

void baseline_add(Baseline *baseline, const Grid *grid, const Passage *passage, double score,
                  double rigid)
{
    baseline->scores[baseline->next] = (float)score;
    baseline->rigid[baseline->next] = (float)rigid;
    baseline->next = (baseline->next + 1) % BASELINE_RECENT;
    if (baseline->recent < BASELINE_RECENT)
        baseline->recent++;
    learn_widths(baseline, grid, passage);
}

void baseline_learn(Baseline *baseline, BaselineKind kind, double score)
{
    int cell = (int)floor((score - LOWEST) / CELL);
    cell = cell < 0 ? 0 : cell < BASELINE_CELLS ? cell : BASELINE_CELLS - 1;
    baseline->history[kind.size][kind.span][cell]++;
}

// ---- the built-in threshold and the last vehicles ----

// What most of this camera's clean vehicles stay below.
static double usual(const Baseline *baseline, const float *of)
{
    float values[BASELINE_RECENT];
    memcpy(values, of, sizeof values);
    return baseline->recent ? quantile(values, (size_t)baseline->recent, 0.8) : 0;
}

// The built-in value counts for as much as BELIEF vehicles, so that the first of a road are judged
// by it.
static double believed(const Baseline *baseline, double built_in, double seen)
{
    return (BELIEF * built_in + baseline->recent * seen) / (BELIEF + baseline->recent);
}

double baseline_rigid(const Baseline *baseline)
{
    return believed(baseline, RIGID, usual(baseline, baseline->rigid));
}

static double bounded(double threshold)
{
    return fmax(LEAST * THRESHOLD, fmin(MOST * THRESHOLD, threshold));
}

static double early_threshold(const Baseline *baseline)
{
    double seen = usual(baseline, baseline->scores) + 0.35 * THRESHOLD;
    return believed(baseline, THRESHOLD, bounded(seen));
}

// ---- the history ----

typedef struct Shape { // of a histogram of scores
    double weight, middle, spread;
} Shape;

typedef struct Grain {
    double place; // of a score, in spreads of its kind from its middle
    double weight;
} Grain;

typedef struct Pool { // all kinds on one scale
    Grain grains[BASELINE_SIZES * BASELINE_SPANS * BASELINE_CELLS];
    size_t count;
    double weight;
    Shape kind;                 // of the kind that is asked for
    double knee, beyond, decay; // from the knee on, of which so much lies beyond, it is exponential
} Pool;

static double score_of(int cell)
{
    return LOWEST + (cell + 0.5) * CELL;
}

static double weigh_cells(const float cells[BASELINE_CELLS])
{
    double weight = 0;
    for (int i = 0; i < BASELINE_CELLS; i++)
        weight += (double)cells[i];
    return weight;
}

static double cell_quantile(const float cells[BASELINE_CELLS], double weight, double q)
{
    double before = 0;
    for (int i = 0; i < BASELINE_CELLS; i++) {
        double here = (double)cells[i];
        if (here > 0 && before + here >= q * weight)
            return score_of(i) + CELL * ((q * weight - before) / here - 0.5);
        before += here;
    }
    return score_of(BASELINE_CELLS - 1);
}

static Shape shape_of(const float cells[BASELINE_CELLS])
{
    Shape shape = {.weight = weigh_cells(cells)};
    if (shape.weight > 0) {
        shape.middle = cell_quantile(cells, shape.weight, 0.5);
        shape.spread = cell_quantile(cells, shape.weight, 0.85) - shape.middle;
    }
    return shape;
}

// One kind, as far as there are enough of it.
static Shape lean(Shape kind, Shape all)
{
    double share = kind.weight / (kind.weight + KIND_BELIEF);
    double spread = share * kind.spread + (1 - share) * all.spread;
    return (Shape){kind.weight, share * kind.middle + (1 - share) * all.middle,
                   fmax(SPREAD_LEAST, spread)};
}

static int by_place(const void *a, const void *b)
{
    const Grain *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

// The mean of an exponential of which only what lies below the cut was seen, with this mean
// (maximum likelihood).
static double uncut(double mean, double cut)
{
    double low = mean, high = 5 * mean;
    for (int i = 0; i < 40; i++) {
        double decay = (low + high) / 2;
        (decay - cut / expm1(cut / decay) < mean ? (low = decay) : (high = decay));
    }
    return (low + high) / 2;
}

// The upper end of the pool: what was raised is not in it, so that it is cut there.
static void fit_tail(Pool *pool)
{
    double share = fmax(TAIL_LEAST, fmin(TAIL_MOST, TAIL_VEHICLES / pool->weight));
    double beyond = 0, excess = 0;
    size_t i = pool->count;
    while (i && beyond < share * pool->weight)
        beyond += pool->grains[--i].weight;
    pool->knee = pool->grains[i].place;
    beyond -= pool->grains[i].weight;
    for (size_t n = i + 1; n < pool->count; n++)
        excess += pool->grains[n].weight * (pool->grains[n].place - pool->knee);
    double cut = pool->grains[pool->count - 1].place - pool->knee;
    pool->beyond = beyond / pool->weight;
    pool->decay = excess > 0 ? uncut(excess / beyond, cut) : 0;
}

static void gather(const Baseline *baseline, BaselineKind asked, Pool *pool)
{
    float all[BASELINE_CELLS] = {0};
    for (int size = 0; size < BASELINE_SIZES; size++)
        for (int span = 0; span < BASELINE_SPANS; span++)
            for (int i = 0; i < BASELINE_CELLS; i++)
                all[i] += baseline->history[size][span][i];
    Shape whole = shape_of(all);
    pool->count = 0;
    pool->weight = whole.weight;
    for (int size = 0; size < BASELINE_SIZES; size++)
        for (int span = 0; span < BASELINE_SPANS; span++) {
            const float *cells = baseline->history[size][span];
            Shape shape = lean(shape_of(cells), whole);
            if (size == (int)asked.size && span == asked.span)
                pool->kind = shape;
            for (int i = 0; i < BASELINE_CELLS; i++)
                if (cells[i] > 0)
                    pool->grains[pool->count++] =
                        (Grain){(score_of(i) - shape.middle) / shape.spread, (double)cells[i]};
        }
    qsort(pool->grains, pool->count, sizeof *pool->grains, by_place);
}

static double share_below(const Pool *pool, double place)
{
    double below = 0;
    if (place > pool->knee)
        return 1 - pool->beyond * (pool->decay > 0 ? exp(-(place - pool->knee) / pool->decay) : 0);
    for (size_t i = 0; i < pool->count && pool->grains[i].place < place; i++)
        below += pool->grains[i].weight;
    return below / pool->weight;
}

// What so small a share of the clean vehicles scores more than.
static double exceeded_by(const Pool *pool, double share)
{
    double place = pool->knee, beyond = 0;
    if (share < pool->beyond)
        place += pool->decay * log(pool->beyond / share);
    for (size_t i = pool->count; i && share >= pool->beyond && beyond <= share * pool->weight;) {
        place = pool->grains[--i].place;
        beyond += pool->grains[i].weight;
    }
    return pool->kind.middle + pool->kind.spread * place;
}

BaselineStanding baseline_stand(const Baseline *baseline, BaselineKind kind, double false_budget,
                                double score)
{
    BaselineStanding standing = {early_threshold(baseline), NAN, 0, kind.size};
    Pool pool;
    gather(baseline, kind, &pool);
    standing.passages = (uint32_t)lround(pool.weight);
    if (pool.weight < BASELINE_ENOUGH)
        return standing;
    fit_tail(&pool);
    standing.quantile = share_below(&pool, (score - pool.kind.middle) / pool.kind.spread);
    double daily = fmax(passages_a_day(baseline), BASELINE_ENOUGH);
    double own = bounded(exceeded_by(&pool, fmin(0.5, false_budget / daily)));
    double known = pool.weight - BASELINE_ENOUGH;
    standing.threshold =
        (HISTORY_BELIEF * standing.threshold + known * own) / (HISTORY_BELIEF + known);
    return standing;
}
