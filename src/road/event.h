// One vehicle's passage that showed smoke: what road/ found, before anything is written down.
//
// All boxes and points are in pixels of the full-resolution frame, all times microseconds since the
// epoch.
#ifndef HEIYAN_ROAD_EVENT_H
#define HEIYAN_ROAD_EVENT_H

#include "base/error.h"
#include "picture/picture.h"

#include <stddef.h>
#include <stdint.h>

typedef enum VehicleClass {
    VEHICLE_CAR,
    VEHICLE_VAN,
    VEHICLE_LORRY,
    VEHICLE_BUS,
    VEHICLE_MOTORCYCLE,
    VEHICLE_OTHER,
} VehicleClass;

typedef enum SmokeKind { SMOKE_BLACK, SMOKE_WHITE, SMOKE_DUST, SMOKE_UNCLEAR } SmokeKind;
typedef enum OpacityModel { OPACITY_NONE, OPACITY_TRANSMISSION, OPACITY_CONTRAST } OpacityModel;

typedef struct Point {
    int x, y;
} Point;

typedef struct TrackPoint { // the vehicle in one analysed frame
    int64_t time_us;
    Box box;
    float depth; // mean optical depth just behind it, NaN where no uncovered ground was seen
} TrackPoint;

typedef struct Reason { // why the event was raised, in the order of weight
    const char
        *name; // static: "trail_depth", "persistence", "hue", "softness", ... see road/event.c
    double value;
} Reason;

typedef struct EventBaseline { // how the score stands among the camera's clean vehicles
    uint32_t passages;         // that its history holds
    double quantile;           // share of them below the score; NaN: too few are known
    double threshold;          // that the score was held against
    double sensitivity;        // grade that would still have been raised when it stays in the wake
    const char *size;          // static: "small", "medium", "large" among the camera's vehicles
} EventBaseline;

typedef struct OtherVehicle { // seen at the peak beside the accused
    int track;
    VehicleClass class;
    Box box;
} OtherVehicle;

// Opacity at the peak, on columns x rows cells of equal size that fill `area` (full-resolution
// pixels). 0..200 = opacity in half percents, 255 = not measured.
typedef struct DensityMap {
    Box area;
    int columns, rows;
    uint8_t *cells; // owned, rows*columns
} DensityMap;

#define DENSITY_UNKNOWN 255
#define ZONE_NAME_SIZE 64
#define EVENT_MAX_REASONS 12
#define EVENT_MAX_CONDITIONS 12
#define EVENT_MAX_OTHERS 16

typedef struct Event {
    int64_t start_us, peak_us, end_us; // passage of the vehicle; peak = densest smoke
    char zone[ZONE_NAME_SIZE];         // where it stood and smoked, "" = it passed
    int track;
    VehicleClass class;
    double speed_kmh;   // NaN = unknown
    TrackPoint *points; // owned, oldest first
    size_t point_count;
    Box box; // the vehicle at the peak, or where it was seen last before it

    double opacity;     // 0..1 near the pipe, median over the best frames
    double opacity_max; // densest frame
    double uncertainty; // half-width of the 95 % interval, in opacity
    bool measurable;    // false: density could not be measured, ringelmann is null
    OpacityModel model;
    SmokeKind kind;
    Box plume;
    Point *outline; // owned, closed polygon
    size_t outline_count;
    double duration_s; // how long smoke was seen
    double confidence; // 0..1 that this is black smoke, where every third capture is a false one
    double score;      // the detector's raw score
    EventBaseline baseline;
    DensityMap density;

    const char
        *conditions[EVENT_MAX_CONDITIONS]; // static names: "wet_road", "night", "too_dense" ...
    size_t condition_count;
    Reason reasons[EVENT_MAX_REASONS];
    size_t reason_count;
    OtherVehicle others[EVENT_MAX_OTHERS];
    size_t other_count;
} Event;

void event_free(Event *event); // frees what it owns and clears it; NULL content is fine

void events_free(Event **events, size_t *count); // a list of them

// A copy that owns its own; STATUS_MEMORY leaves nothing in *out.
Status event_copy(Event *out, const Event *event, Error *error);
void event_shift(Event *event, int64_t by_us); // all its times
// All its boxes, points and cells, for pictures of another size of the same view.
void event_scale(Event *event, double across, double down);

// The vehicle where it was seen nearest to that moment; point_count must not be 0.
Box way_box_at(const TrackPoint *points, size_t point_count, int64_t time_us);

// The times of the panoramic pictures, ascending: the peak and one or two more in which the vehicle
// is visibly displaced (at least half its own box, or as far as its passage allows). Returns the
// count, 2..3 (1 only for a passage of a single frame); *peak_index is the peak's.
size_t event_panorama_times(const Event *event, int64_t times_us[3], size_t *peak_index);

const char *vehicle_class_name(VehicleClass class); // "car" ...
const char *smoke_kind_name(SmokeKind kind);        // "black" ...
const char *opacity_model_name(OpacityModel model); // "none", "transmission", "contrast"

#endif
