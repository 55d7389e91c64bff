// One live camera from its address to staged events: connects, reads, notices trouble, comes back.
//
// A Stream has a thread that reads the camera and one that looks at the pictures, with a bounded
// queue in between; none of them ever waits for another camera. Its state machine:
//
//     connecting ──> live ──> stalled ──> live ...
//          └──────> waiting | refused | misconfigured ──> live ...
//
// A camera that is silent or cannot be reached is tried at least every 3 s; one that refuses, or
// that the settings do not fit, less and less often, at least every 30 s. It is never given up.
#ifndef HEIYAN_APP_STREAM_H
#define HEIYAN_APP_STREAM_H

#include "app/watch.h"

typedef struct Stream Stream;

typedef enum StreamState {
    STREAM_CONNECTING, // the first try
    STREAM_LIVE,
    STREAM_STALLED,       // it was live; no picture for some seconds, or the connection broke
    STREAM_WAITING,       // nobody there, or no answer: the next try comes soon
    STREAM_REFUSED,       // user or password, or no room for one more viewer
    STREAM_MISCONFIGURED, // the camera answers, but the settings do not fit it
} StreamState;

const char *stream_state_name(StreamState state); // "connecting" ...

typedef struct StreamOptions { // borrowed until stream_free
    const Settings *settings;
    const CameraSettings *camera;
    const char *staging; // folder to stage in
    // Called in the stream's thread; takes over *staged, on failure too.
    Status (*deliver)(void *context, Staged *staged, Error *error);
    void *context;
} StreamOptions;

Status stream_start(Stream **out, const StreamOptions *options, Error *error);
// Asks it to end; an open event is staged with what there is. Returns at once.
void stream_stop(Stream *stream);
// Waits for its end and frees it.
void stream_free(Stream **stream);

typedef struct StreamFacts {
    const char *id;
    StreamState state;
    char reason[512]; // empty when all is well; never holds credentials
    double fps, analysed_fps, bits_per_second;
    double delay_s;               // from a picture's arrival to its analysis
    uint64_t frames, drops, lost; // since start
    uint64_t events, connects;    // packs staged; times it went live
    int64_t last_frame_us;        // time of day of the newest picture; 0: none yet
    const char *clock;            // "rtcp", "receipt"; NULL before the first picture
    double clock_offset_s;        // NaN: unknown
    int width, height;            // 0 before the first picture
    char codec[32];
    bool learning, behind;
    size_t queued_bytes;
} StreamFacts;

void stream_facts(Stream *stream, StreamFacts *out); // any thread

#endif
