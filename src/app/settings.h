// The site's settings: one YAML file, every field with a default that works.
#ifndef HEIYAN_APP_SETTINGS_H
#define HEIYAN_APP_SETTINGS_H

#include "base/error.h"
#include "base/files.h"
#include "base/list.h"
#include "evidence/record.h"
#include "ledger/export.h"
#include "outlet/outlet.h"
#include "plate/models.h"
#include "road/road.h"

typedef struct Area { // lane, mask or zone: a polygon in fractions of the picture
    const char *name;
    float (*corners)[2];
    size_t corner_count;
} Area;

typedef struct ColumnSettings { // of exported tables
    const char *field, *caption;
} ColumnSettings;

typedef struct CameraSettings {
    const char *id, *url, *analysis_url, *user, *password, *host, *path, *transport, *role, *set;
    const char *analysis_path; // as path, of the stream that is looked at
    int port;                  // 0: the transport's own
    const char *lane, *direction, *judge, *clock;
    const char *hours;                   // "06:00-20:00, ..." in the site's zone, NULL = always
    const char *place, *device, *region; // NULL: the site's
    double latitude, longitude;          // NaN: the site's
    double heading;                      // degrees; NaN: unknown
    double threshold, min_ringelmann, false_budget;
    double
        window[2]; // role front, plate: seconds from a rear event in which its vehicle passes here
    List lanes, masks, zones; // of Area
} CameraSettings;

typedef struct Settings {
    struct {
        const char *name, *device, *place, *direction, *region, *timezone;
        double latitude, longitude;
        const char *violation_text, *violation_code;
    } site;
    List cameras; // of CameraSettings
    List outlets; // of OutletOptions
    const char *evidence_path;
    const char *status_listen;
    const char *log; // of run: "text" or "json"; NULL: text
    struct {         // of the evidence folder, for live operation; 0 = none
        int media_days, record_days;
        double max_gib, min_free_gib;
    } limits;
    struct {
        bool two_step;
        int repeat_times, repeat_months, deadline_days;
        const char *local_prefix; // what a local plate begins with
        const char *listen, *certificate, *key;
        List columns; // of ColumnSettings
    } review;
    PlateModels plates;
    CameraSettings defaults; // for footage of no camera in the settings
    char **strings;          // everything above points into these
    size_t string_count;
} Settings;

// Defaults when path is NULL. STATUS_ARGUMENT with "file:line:column: what (hint)".
Status settings_load(Settings *out, const char *path, Error *error);
// The same, and runs the networks for plates that it names once: STATUS_FORMAT and the like name
// the file.
Status settings_load_checked(Settings *out, const char *path, Error *error);
void settings_free(Settings *settings);

// The camera of that id, or the defaults; never NULL.
const CameraSettings *settings_camera(const Settings *settings, const char *id);
bool settings_has_camera(const Settings *settings, const char *id);
bool settings_same_outlet(const OutletOptions *a, const OutletOptions *b);
// Whether the camera judges at that time.
bool settings_within_hours(const CameraSettings *camera, int64_t time_us);
// Name of the lane at a point (fractions of the picture), else the camera's own lane, which may be
// NULL.
const char *settings_lane(const CameraSettings *camera, double x, double y);
RoadOptions settings_road(const CameraSettings *camera);
#define MAX_COMPANIONS 4 // cameras of a set beside the rear one

typedef struct Companion { // a front or plate camera of a rear camera's set
    char camera[64], role[8];
    int64_t from_us, to_us; // when a vehicle passes there, from when it does at the rear camera
} Companion;

// A front or plate camera: it is never judged for smoke.
bool settings_is_companion(const CameraSettings *camera);
// The companions of a rear camera, the first MAX_COMPANIONS in the order of the settings.
size_t settings_companions(const Settings *settings, const CameraSettings *camera,
                           Companion out[MAX_COMPANIONS]);
// What stands in records: the camera's own values before the site's. camera: the id to show.
RecordSite settings_site(const Settings *settings, const CameraSettings *camera, const char *id);
// What review goes by; points into the settings.
Rules settings_rules(const Settings *settings);
// Columns of exported tables. *fields, which the caller frees, is what *out points into; NULL when
// the settings name none.
Status settings_columns(const Settings *settings, ExportTemplate *out, const char ***fields,
                        Error *error);
// Hash of everything that influences a camera's evidence.
void settings_hash(const Settings *settings, const CameraSettings *camera,
                   char hex[SHA256_HEX_SIZE]);

#endif
