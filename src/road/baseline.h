// What the ordinary vehicles of a camera look like to the detector, and the threshold that follows:
// it keeps false captures within the number a day that the officers accept.
//
// The first vehicles of a camera are judged by the built-in threshold, moved by what the last ones
// scored. With BASELINE_ENOUGH of them the camera's own history begins to count beside it. With N
// vehicles judged a day and b false captures accepted, the threshold is the quantile 1 - b/N of
// that history, never far from the built-in one. Vehicles are compared with those of like size at
// like hours: the hour stands for the sun, as the history forgets within weeks.
//
// Plain data and functions of it: Baseline may be copied, kept and handed to another Road.
#ifndef HEIYAN_ROAD_BASELINE_H
#define HEIYAN_ROAD_BASELINE_H

#include "road/perspective.h"
#include "road/view.h"
#include "road/wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of what a score means: a history of another edition is worth nothing.
#define BASELINE_EDITION 1

#define BASELINE_RECENT 64
#define BASELINE_SIZES 3
#define BASELINE_SPANS 8  // of the day, three hours each, from midnight UTC
#define BASELINE_CELLS 96 // of a score's histogram
#define BASELINE_BANDS 16 // of the picture, from top to bottom
#define BASELINE_DAYS 14
#define BASELINE_ENOUGH 200 // passages, before the history counts

typedef enum BaselineSize { // of the vehicle, among those of the camera
    BASELINE_SMALL,
    BASELINE_MEDIUM,
    BASELINE_LARGE,
} BaselineSize;

typedef struct BaselineKind { // whose wakes are alike
    BaselineSize size;
    int span;
} BaselineKind;

typedef struct BaselineDay {
    char date[12];               // in the site's zone, "2026-11-23"; empty: no day
    double watched_s, blind_s;   // the second within the first
    uint32_t passages, captures; // judged; raised among them
} BaselineDay;

typedef struct Baseline {                                  // zero-initialise
    bool coarse;                                           // of a grid much coarser than VIEW_WIDTH
    float scores[BASELINE_RECENT], rigid[BASELINE_RECENT]; // of the last typical clean vehicles
    int recent, next;
    // How many judged clean vehicles had which score; a day takes a tenth of it away.
    float history[BASELINE_SIZES][BASELINE_SPANS][BASELINE_CELLS];
    float widths[BASELINE_BANDS];    // median width of vehicles there, as share of the picture's
    Perspective perspective;         // of all vehicles
    BaselineDay days[BASELINE_DAYS]; // newest first
} Baseline;

// Before anything of a picture of this grid is asked or learned. Scores of a coarse grid and of
// others do not compare: a change begins anew.
void baseline_fit(Baseline *baseline, const Grid *grid);

// Times are of the day, not of a stream's own clock.
int baseline_span(int64_t time_us); // of the day, from 0
BaselineKind baseline_kind(const Baseline *baseline, const Grid *grid, const Passage *passage,
                           int64_t time_us);

void baseline_watched(Baseline *baseline, int64_t time_us, double seconds);
void baseline_blind(Baseline *baseline, int64_t time_us, double seconds);
void baseline_passed(Baseline *baseline, int64_t time_us); // a judged vehicle, raised or not
void baseline_captured(Baseline *baseline, int64_t time_us);

// What a clean vehicle looked like, judged or not; the passage tells how wide it was where.
void baseline_add(Baseline *baseline, const Grid *grid, const Passage *passage, double score,
                  double rigid);
// The score of a clean judged vehicle: this makes the history.
void baseline_learn(Baseline *baseline, BaselineKind kind, double score);

typedef struct BaselineStanding { // of a score among the camera's clean vehicles
    double threshold;
    double quantile;   // share of the history that lies below it; NaN: there is not enough of it
    uint32_t passages; // that the history holds
    BaselineSize size;
} BaselineStanding;

// false_budget: false captures a day that are accepted.
BaselineStanding baseline_stand(const Baseline *baseline, BaselineKind kind, double false_budget,
                                double score);

// Depth that stays in the wakes of this camera's clean vehicles.
double baseline_rigid(const Baseline *baseline);

const char *baseline_size_name(BaselineSize size); // "small", "medium", "large"

#endif
