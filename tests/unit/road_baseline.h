// A camera's history of clean vehicles and the threshold that follows from it.
#include "base/clock.h"
#include "road/baseline.h"

#include "picture/picture.h"

#define DAILY 6000 // vehicles

typedef struct Traffic { // scores are 0.03 and more, exponential beyond it
    double mean[BASELINE_SIZES];
    double budget;
    int captures; // of the last day
} Traffic;

static double exponential(double mean)
{
    return -mean * log(1 - uniform());
}

// A day of clean vehicles, evenly over 24 hours; what is above the threshold is captured, and so no
// part of the history.
static void drive_a_day(Baseline *baseline, Traffic *traffic, int day)
{
    traffic->captures = 0;
    for (int i = 0; i < DAILY; i++) {
        int64_t time_us = ((int64_t)day * 86400 + (int64_t)i * 86400 / DAILY) * SECOND_US;
        BaselineKind kind = {(BaselineSize)(uniform() * BASELINE_SIZES), baseline_span(time_us)};
        double score = 0.03 + exponential(traffic->mean[kind.size]);
        // The last day alone is judged one by one.
        BaselineStanding standing = {.threshold = 0.2};
        if (day > 2 || i % 100 == 0)
            standing = baseline_stand(baseline, kind, traffic->budget, score);
        baseline_watched(baseline, time_us, 86400.0 / DAILY);
        baseline_passed(baseline, time_us);
        if (score > standing.threshold) {
            traffic->captures++;
            baseline_captured(baseline, time_us);
        } else {
            baseline_learn(baseline, kind, score);
        }
    }
}

static void test_baseline_keeps_the_budget(void)
{
    static Baseline baseline;
    seed = 7;
    for (int harder = 0; harder < 2; harder++) {
        Traffic traffic = {{0.021, 0.021, 0.021}, harder ? 20 : 2, 0};
        baseline = (Baseline){0};
        for (int day = 0; day < 4; day++)
            drive_a_day(&baseline, &traffic, day);
        BaselineKind kind = {BASELINE_MEDIUM, 3};
        BaselineStanding standing = baseline_stand(&baseline, kind, traffic.budget, 0.1);
        // What this threshold lets through in the long run, were all of them clean.
        double expected = DAILY * exp(-(standing.threshold - 0.03) / 0.021);
        CU_ASSERT_TRUE(expected > 0.6 * traffic.budget && expected < 1.7 * traffic.budget);
        CU_ASSERT_TRUE(traffic.captures < 3 * traffic.budget + 4);
        CU_ASSERT_TRUE(standing.passages > 10000);
        CU_ASSERT_DOUBLE_EQUAL(standing.quantile, 1 - exp(-0.07 / 0.021), 0.01);
        double rare = baseline_stand(&baseline, kind, traffic.budget, 0.19).quantile;
        CU_ASSERT_DOUBLE_EQUAL(rare, 1 - exp(-0.16 / 0.021), 4e-4);
        CU_ASSERT_STRING_EQUAL(baseline.days[0].date, "1970-01-04");
        CU_ASSERT_EQUAL(baseline.days[1].passages, DAILY);
        CU_ASSERT_DOUBLE_EQUAL(baseline.days[1].watched_s, 86400, 1);
    }
}

// Those with denser wakes get another threshold, and none leaves the bounds.
static void test_baseline_knows_kinds(void)
{
    static Baseline baseline;
    seed = 8;
    Traffic traffic = {{0.012, 0.018, 0.024}, 2, 0};
    baseline = (Baseline){0};
    for (int day = 0; day < 3; day++)
        drive_a_day(&baseline, &traffic, day);
    double last = 0.13;
    for (int size = 0; size < BASELINE_SIZES; size++) {
        BaselineKind kind = {(BaselineSize)size, 5};
        double threshold = baseline_stand(&baseline, kind, 2, 0).threshold;
        CU_ASSERT_TRUE(threshold > last && threshold <= 0.3);
        last = threshold;
        CU_ASSERT_TRUE(baseline_stand(&baseline, kind, 1000, 0).threshold >= 0.13);
    }
    CU_ASSERT_TRUE(last > 0.2);
}

// Few vehicles: the built-in threshold, moved by what the last ones scored.
static void test_baseline_begins_with_the_built_in(void)
{
    static Baseline baseline;
    Grid fine = grid_for(1280, 720), coarse = grid_for(320, 240);
    Passage passage = {0};
    BaselineKind kind = {BASELINE_MEDIUM, 0};
    baseline = (Baseline){0};
    baseline_fit(&baseline, &fine);
    BaselineStanding standing = baseline_stand(&baseline, kind, 2, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(standing.threshold, 0.17, 1e-12);
    CU_ASSERT_TRUE(isnan(standing.quantile));
    CU_ASSERT_DOUBLE_EQUAL(baseline_rigid(&baseline), 0.12, 1e-12);
    for (int i = 0; i < BASELINE_ENOUGH - 1; i++) {
        baseline_add(&baseline, &fine, &passage, 0.02, 0.06);
        baseline_learn(&baseline, kind, 0.02);
    }
    standing = baseline_stand(&baseline, kind, 0.01, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(standing.threshold, (4 * 0.17 + 64 * 0.8 * 0.17) / 68, 1e-7);
    CU_ASSERT_EQUAL(standing.passages, BASELINE_ENOUGH - 1);
    CU_ASSERT_DOUBLE_EQUAL(baseline_rigid(&baseline), (4 * 0.12 + 64 * 0.06) / 68, 1e-7);
    baseline_fit(&baseline, &coarse); // another scale
    CU_ASSERT_EQUAL(baseline_stand(&baseline, kind, 2, 0).passages, 0);
}

// Sizes are told apart at every distance, once a few vehicles have been seen there.
static void test_baseline_tells_sizes(void)
{
    static Baseline baseline;
    Grid grid = grid_for(1280, 720);
    TrackPoint points[16];
    Passage passage = {.points = points, .point_count = 16};
    const double shares[] = {0.6, 1, 1, 1, 1.7};
    baseline = (Baseline){0};
    for (int round = 0; round < 300; round++) {
        double share = shares[round % 5];
        for (int i = 0; i < 16; i++) {
            int bottom = 719 - 40 * i, width = (int)(share * bottom * 0.3);
            points[i] = (TrackPoint){0, {600 - width / 2, bottom - width, width, width}, NAN};
        }
        if (round > 290) {
            BaselineSize size = baseline_kind(&baseline, &grid, &passage, 0).size;
            CU_ASSERT_EQUAL(size, share < 1   ? BASELINE_SMALL
                                  : share > 1 ? BASELINE_LARGE
                                              : BASELINE_MEDIUM);
        }
        baseline_add(&baseline, &grid, &passage, 0, 0);
    }
}
