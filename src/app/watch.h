// One camera's stream under watch: packets in, staged events out. Recorded footage and live cameras
// share it.
//
// Used by one thread. What comes out depends on the packets, the settings and the facts of the
// stream alone.
//
//     watch_create
//     watch_learn_key ...   first pass over key frames, or watch_learn_live: the empty road
//     watch_push ...        every packet; finished events are staged and delivered on the way
//     watch_finish          passages still open become events
#ifndef HEIYAN_APP_WATCH_H
#define HEIYAN_APP_WATCH_H

#include "app/alarms.h"
#include "app/debug_video.h"
#include "app/identity.h"
#include "app/settings.h"
#include "capture/source.h"
#include "evidence/record.h"
#include "road/judge.h"
#include "road/normal.h"

typedef struct Watch Watch;

typedef struct Staged { // an event on its way to the sealer
    char folder[PATH_SIZE];
    char camera[64];
    int64_t start_us, peak_us, end_us;
    Box box;
    TrackPoint *points; // the vehicle's way, a point at least every STAGED_STEP_US; owned
    size_t point_count;
    // Of live cameras of a set: who else may have seen the vehicle, and what to add to the times
    // above to have those of arrival here, which all cameras share.
    Companion companions[MAX_COMPANIONS];
    size_t companion_count;
    int64_t to_arrival_us;
    bool kept; // where it outlives a crash
} Staged;

#define STAGED_STEP_US 400000

void staged_free(Staged *staged); // and its folder; NULL content is fine

typedef struct WatchOptions {
    const Settings *settings; // borrowed, as all of this
    const char *camera;       // id as in records
    const char *staging;      // folder to stage in
    const char *name;         // what staged folders begin with
    DebugVideo *debug_video;  // is shown all that is looked at; NULL: none
    const char *journals;     // what the paths of journals of open events begin with; NULL: none
    Alarms *alarms;           // is told of open events, beside the journals; NULL: none
    const Identity *identity; // nothing is staged unless it holds; NULL: always
    // Whether an event is this watch's to raise; NULL: all are.
    bool (*owns)(void *context, const Event *event);
    // Takes over *staged, on failure too.
    Status (*deliver)(void *context, Staged *staged, Error *error);
    void *context;
} WatchOptions;

Status watch_create(Watch **out, const WatchOptions *options, Error *error);
void watch_destroy(Watch **watch);

// What records say of the stream from now on; strings are borrowed. shift_us is added to every time
// that goes into evidence: a live stream's own timeline never steps, the clock it is read on may.
void watch_describe(Watch *watch, const RecordSource *source, int64_t shift_us);

// Kept and looked-at packets come from two streams of the camera: what to add to the times of the
// looked-at one to have the kept one's. Boxes are scaled to the size in watch_describe.
void watch_align(Watch *watch, int64_t ahead_us);

// What the camera's vehicles taught so far, and what it taught before: hand it over before the
// first packet.
const Baseline *watch_baseline(const Watch *watch);
void watch_set_baseline(Watch *watch, const Baseline *baseline);
// What can be found at this hour.
Outlook watch_outlook(const Watch *watch);

// First pass: one key frame of the footage to come, decoded by itself.
Status watch_learn_key(Watch *watch, const Packet *packet, Error *error);
// No first pass: the pictures of the first span_us teach the empty road, judging begins after them.
void watch_learn_live(Watch *watch, int64_t span_us);

typedef enum WatchUse { // sums of these
    WATCH_KEEP = 1,     // for clips and pictures of evidence
    WATCH_LOOK = 2,     // decoded and analysed
    WATCH_SKIP = 4,     // should have been looked at, but is not; looking goes on at a key frame
    WATCH_BOTH = WATCH_KEEP | WATCH_LOOK,
} WatchUse;

// The next packet. An error is the road's, the disk's or the memory's end; damaged data is none.
Status watch_push(Watch *watch, Packet *packet, WatchUse use, Error *error);
// The source ends here: what the decoder still holds is analysed. Another may follow.
Status watch_drain(Watch *watch, Error *error);
// Passages still open become events, and all events are delivered. interrupted: the stream was cut
// off, and the events say so. Packets may follow, from a key frame on, as of a new stream on the
// same road.
Status watch_finish(Watch *watch, bool interrupted, Error *error);

// Of a camera that is only kept, whose pictures are never judged. A key frame decoded by itself
// tells the picture's health:
Status watch_glance(Watch *watch, const Packet *packet, Error *error);
// The newest time that is kept, on the stream's own timeline; INT64_MIN: nothing is.
int64_t watch_kept_until(const Watch *watch);
// All that is kept up to to_us; free with packets_free.
Status watch_kept(const Watch *watch, int64_t to_us, Packet ***packets, size_t *count,
                  Error *error);

// Whether nothing is open that began before border_us and nothing waits for the seconds after it.
bool watch_idle(const Watch *watch, int64_t border_us);

typedef struct WatchCounts {
    uint64_t pictures, damaged; // decoded, and damaged among them
    uint64_t analysed, events;  // events: delivered
    uint64_t passages;          // vehicles that drove through
    int64_t last_us;            // newest picture; INT64_MIN before the first
    ColorRange range;           // of that picture
    ColorSpace space;
    bool learning;
    PictureHealth health;                  // of the picture as such
    ConditionState conditions[CONDITIONS]; // times on the clock of evidence
    double blind_s;
    int64_t last_event_us; // peak of the newest event on the clock of evidence; 0: none yet
} WatchCounts;
WatchCounts watch_counts(const Watch *watch);
// The newest looked-at picture, for the caller to unref; NULL before the first.
Picture *watch_newest(const Watch *watch);

#endif
