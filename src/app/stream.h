// One live camera under watch: its readers, the queue, and a thread that looks at the pictures and
// stages events. None of it ever waits for another camera.
//
// Either one stream is decoded, analysed and kept, or, with an analysis stream in the settings,
// that one is decoded and analysed and the main stream is only kept, and decoded where an event is.
// A front or plate camera is only kept: it is decoded where its set's rear camera has an event.
#ifndef HEIYAN_APP_STREAM_H
#define HEIYAN_APP_STREAM_H

#include "app/reader.h"
#include "app/watch.h"
#include "road/passers.h"

typedef struct Stream Stream;

typedef struct StreamOptions { // borrowed until stream_free
    const Settings *settings;
    const CameraSettings *camera;
    const char *staging;      // folder to stage in
    const char *journals;     // as WatchOptions.journals
    const Identity *identity; // of the evidence folder
    // Called in the stream's thread; takes over *staged, on failure too.
    Status (*deliver)(void *context, Staged *staged, Error *error);
    void *context;
} StreamOptions;

// Where a camera's main or analysis stream is, as the settings say.
LiveOptions stream_source(const CameraSettings *camera, bool analysis);
bool stream_has_analysis(const CameraSettings *camera);

Status stream_start(Stream **out, const StreamOptions *options, Error *error);
// Asks it to end; an open event is staged with what there is. Returns at once.
void stream_stop(Stream *stream);
// Waits for its end and frees it.
void stream_free(Stream **stream);

#define STREAM_DAYS 7

typedef struct StreamFacts {
    char id[64];
    char place[128], direction[64]; // as the settings have them; may be empty
    StreamState state; // of the main stream, or of the analysis stream when that one fails
    char reason[560];  // empty when all is well; never holds credentials
    double fps, analysed_fps, bits_per_second;
    double delay_s;                // from a picture's arrival to its analysis
    uint64_t frames, drops, lost;  // since start
    uint64_t events, connects;     // packs staged; times it went live
    uint64_t passages;             // vehicles that drove through
    Outlook outlook;               // what can be found, by what its vehicles taught
    double false_budget;           // a day; NaN: the threshold is fixed in the settings
    BaselineDay days[STREAM_DAYS]; // newest first
    int64_t last_event_us;         // time of day of the newest event's peak; 0: none yet
    int64_t open_event_us;         // the same of one whose pack is still to come; 0: none is open
    int64_t last_frame_us;         // time of day of the newest picture; 0: none yet
    const char *clock;             // "rtcp", "receipt"; NULL before the first picture
    double clock_offset_s;         // NaN: unknown
    int width, height;             // 0 before the first picture
    char codec[32];
    ConditionState conditions[CONDITIONS]; // times of the day
    double blind_s;                        // no vehicle was judged, since start
    bool learning, behind;
    PictureHealth health; // of the picture as such
    size_t queued_bytes;
} StreamFacts;

typedef struct StreamRecent { // what a front or plate camera saw lately
    Packet **packets;         // owned: packets_free
    size_t count;
    Passers *passers;   // made as its settings say; owned
    int64_t shift_us;   // what to add to the packets' times to have the time of day by its clock
    int64_t receipt_us; // the same by when they arrived here
    bool reached;       // it goes up to the moment asked for
    char reason[560];   // of the stream's trouble; empty when there is none
} StreamRecent;

// Up to arrival_us, a time of arrival. STATUS_UNSUPPORTED: the camera is judged. Any thread; on
// failure nothing is left.
Status stream_recent(Stream *stream, int64_t arrival_us, StreamRecent *out, Error *error);
void stream_recent_free(StreamRecent *recent); // NULL content is fine

void stream_facts(Stream *stream, StreamFacts *out); // any thread

// A small JPEG of the newest looked-at picture, made at most once a second; any thread. The caller
// frees *data. STATUS_MISSING: there is no picture yet.
Status stream_thumbnail(Stream *stream, unsigned char **data, size_t *size, Error *error);

// JPEG of the newest event, as alarms_picture; any thread.
Status stream_event_picture(Stream *stream, unsigned char **data, size_t *size, Error *error);

// Keeps what the camera's vehicles taught, when there is something new, once a minute at most; any
// thread. At the stream's end it is kept by itself.
void stream_remember(Stream *stream);

// Keeps the newest looked-at picture as DIR/health/ID-condition.jpg; any thread.
Status stream_snapshot(Stream *stream, Error *error);

#endif
