// The facts of a capture as they stand in record.json (schema heiyan.record.1, see FORMAT.md).
#ifndef HEIYAN_EVIDENCE_RECORD_H
#define HEIYAN_EVIDENCE_RECORD_H

#include "base/error.h"
#include "capture/source.h"
#include "plate/plate.h"
#include "road/event.h"

#include <jansson.h>

// Where and with what: from the settings, one per camera. Strings are borrowed and may be NULL
// (unknown).
typedef struct RecordSite {
    const char *name, *device, *place, *direction, *region;
    double latitude, longitude; // degrees, NaN = unknown
    double heading;             // which way the camera looks, degrees from north; NaN = unknown
    const char *camera, *role, *lane;
    const char *violation_text, *violation_code; // for the burned-in bar
} RecordSite;

typedef struct RecordSource {
    const char *name; // base name or host, never credentials
    const char
        *clock_source; // "argument" "file-name" "container" "file-time" "unknown" "rtcp" "receipt"
    double clock_offset_s;  // NaN = unknown
    int64_t first_frame_us; // the source's first video frame, on the timeline: media_time_s counts
                            // from here
    const char *footage;    // SHA-256 of the footage's fingerprint, NULL for live streams
    SourceInfo info;
} RecordSource;

typedef struct RecordModel {
    const char *name, *sha256;
} RecordModel;

typedef struct RecordSoftware {
    const char *version, *settings_sha256;
    const RecordModel *models;
    size_t model_count;
} RecordSoftware;

// The record without id, files, previous (staging and sealing add them). The caller decrefs. NULL
// on out of memory.
json_t *record_build(const RecordSite *site, const RecordSource *source,
                     const RecordSoftware *software, const Event *event, const Plate *plate,
                     int64_t clip_start_us);
// What a record says of a plate; NULL plate: that none was found. The caller decrefs.
json_t *record_plate(const Plate *plate);
// The anti-forgery code (防伪码) of a record with its id and the hashes of its panoramas: first 16
// hex digits of SHA-256 over the id followed by those hashes in order.
void record_forgery_code(const json_t *record, char code[17]);
// As it is stored: stable key order, UTF-8, indented, newline at the end. The caller frees.
char *record_text(const json_t *record, size_t *size);
// Reads and checks a record of a pack (types of every field). STATUS_FORMAT names the field.
Status record_load(const char *path, json_t **out, Error *error);
Status record_check(const json_t *record, Error *error);
// The Chinese wording of a reason, e.g. "尾迹持续 3.1 秒".
void reason_text(const Reason *reason, char *text, size_t size);

#endif
