// One picture of the debug video: what the detector saw in a view, and what it makes of it.
#ifndef HEIYAN_APP_DEBUG_DRAW_H
#define HEIYAN_APP_DEBUG_DRAW_H

#include "app/settings.h"
#include "road/trace.h"

#include <cairo.h>

#define DEBUG_WIDTH 1280
#define DEBUG_HEIGHT 720
#define DEBUG_PICTURE_WIDTH 848 // the camera's picture fits into this
#define DEBUG_PICTURE_HEIGHT 480
#define DEBUG_PASSAGES 17
#define DEBUG_DOTS 4096
#define DEBUG_SPAN_US INT64_C(12000000) // of the chart

typedef struct DebugPassage { // a vehicle that has gone
    int id;
    Verdict verdict;
    size_t views, usable; // with ground to look at; of these, wide enough
    int64_t end_us;
    Box box; // the last one, in cells
} DebugPassage;

typedef struct DebugDot { // the densest square of one view's wake
    int64_t time_us;
    int id;
    float depth;
    bool counts; // is usable for the verdict
} DebugDot;

typedef struct DebugHistory {              // what came before the view
    DebugPassage passages[DEBUG_PASSAGES]; // newest first
    size_t passage_count;
    DebugDot dots[DEBUG_DOTS]; // the last of them, as a ring
    size_t dot_count;          // ever
    double threshold;          // the newest known; 0: none yet
} DebugHistory;

typedef struct DebugScene { // borrowed
    const char *title;
    const CameraSettings *camera;
    const Road *road;
    const RoadLook *look;
    const Picture *picture; // of the view, fitted into the space for it
    int64_t start_us;       // of the footage
    const DebugHistory *history;
} DebugScene;

// Draws all of it on a surface of DEBUG_WIDTH x DEBUG_HEIGHT. False when out of memory.
bool debug_draw(cairo_t *cr, const DebugScene *scene);
// The passages again, beside the last view of all: of what was still open when it ended.
void debug_draw_passages(cairo_t *cr, const DebugHistory *history);

#endif
