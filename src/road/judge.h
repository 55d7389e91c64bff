// Decides whether a finished passage was one of black smoke, and words the finding as an event.
#ifndef HEIYAN_ROAD_JUDGE_H
#define HEIYAN_ROAD_JUDGE_H

#include "road/road.h"
#include "road/track.h"

typedef struct Verdict {
    bool judged;     // long enough, in the judged direction: counts as a passage
    bool smoke;      // an event is raised
    bool typical;    // judged or not, its score tells what this camera's vehicles look like
    const char *why; // static: what kept it from being judged or raised, or "smoke"
    double score;    // what the threshold is held against
    double threshold;
    double trail;         // mean optical depth 0.5 to 1 width behind
    double peak;          // upper quartile over views of the densest square
    double rigid;         // lower quartile of the same: there in every view
    double pipe;          // depth near the pipe, shadow taken off
    double pipe_spread;   // its standard error
    double persistence_s; // time with smoke in the wake
    int smoky_views;
    double hue, rough, light;
} Verdict;

// What clean vehicles of this camera score: the last typical ones that were not raised.
#define BASELINE_SIZE 64
typedef struct Baseline {
    float scores[BASELINE_SIZE], rigid[BASELINE_SIZE];
    int count, next;
} Baseline;

void baseline_add(Baseline *baseline, const Verdict *verdict);

Verdict judge_passage(const RoadOptions *options, const Baseline *baseline, const Grid *grid,
                      const Track *track);

// Words a passage of smoke as an event. False when out of memory.
bool judge_event(const Verdict *verdict, const Grid *grid, const Background *road,
                 const Track *track, const Tracker *others, Event *out);

#endif
