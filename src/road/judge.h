// Decides whether a finished passage was one of black smoke, and words the finding as an event.
#ifndef HEIYAN_ROAD_JUDGE_H
#define HEIYAN_ROAD_JUDGE_H

#include "road/baseline.h"
#include "road/road.h"
#include "road/track.h"
#include "road/zone.h"

typedef struct Verdict {
    bool judged;     // long enough, in the judged direction: counts as a passage
    bool smoke;      // an event is raised
    bool typical;    // judged or not, its score tells what this camera's vehicles look like
    const char *why; // static: what kept it from being judged or raised, or "smoke"
    double score;    // what the threshold is held against
    double threshold;
    BaselineStanding standing;
    double sensitivity; // as EventBaseline.sensitivity
    double trail;       // mean optical depth 0.5 to 1 width behind
    double own;         // mean depth of the wake that was not there before the vehicle
    double peak;        // upper quartile over views of the densest square
    double rigid;       // lower quartile of the same: there in every view
    double steady;      // lower quartile and trail as shares of the peak, added
    double steep; // depth next to the body, wherever in the wake, in times that of the free wake
    double pipe;  // depth near the pipe, shadow taken off
    double pipe_spread;   // its standard error
    double persistence_s; // time with smoke in the wake
    int smoky_views;
    double hue, rough, light;
    SmokeKind kind; // of what is raised, or would be if it were black
} Verdict;

typedef struct Outlook { // what a camera can find at some hour
    uint32_t passages;   // that its history holds
    double threshold;    // for a vehicle of medium size
    double sensitivity;  // as EventBaseline.sensitivity
} Outlook;
Outlook judge_outlook(const RoadOptions *options, const Baseline *baseline, int64_t time_us);

// haze: share of the road's light that is veil.
Verdict judge_passage(const RoadOptions *options, const Baseline *baseline, BaselineKind kind,
                      const Grid *grid, double haze, const Track *track);

// Words a passage of smoke as an event. False when out of memory.
bool judge_event(const Verdict *verdict, const Grid *grid, const Background *road,
                 const Track *track, const Tracker *others, Event *out);

// The same of a vehicle that stood and smoked: *raised tells whether it is dense enough to be an
// event, and *out holds one then. track: NULL when it is lost from sight.
bool judge_stand(const RoadOptions *options, const Stand *stand, double threshold, const Grid *grid,
                 const Background *road, const Track *track, const Tracker *others, Event *out,
                 bool *raised);

#endif
