// One RTSP source of a camera from its address to packets in a queue: connects, reads, notices
// trouble, comes back, for ever, in a thread of its own.
//
//     connecting ──> live ──> stalled ──> live ...
//          └──────> waiting | refused | misconfigured ──> live ...
//
// A camera that is silent or cannot be reached is tried at least every 3 s; one that refuses, or
// that the settings do not fit, less and less often, at least every 30 s. It is never given up.
#ifndef HEIYAN_APP_READER_H
#define HEIYAN_APP_READER_H

#include "app/queue.h"
#include "capture/live.h"

typedef struct Reader Reader;

typedef enum StreamState {
    STREAM_CONNECTING, // the first try
    STREAM_LIVE,
    STREAM_STALLED,       // it was live; no picture for some seconds, or the connection broke
    STREAM_WAITING,       // nobody there, or no answer: the next try comes soon
    STREAM_REFUSED,       // user or password, or no room for one more viewer
    STREAM_MISCONFIGURED, // the camera answers, but the settings do not fit it
} StreamState;

const char *stream_state_name(StreamState state); // "connecting" ...

typedef struct ReaderOptions { // all borrowed until reader_free
    const char *name, *camera; // in log lines
    LiveOptions source;        // where; the reader fills in times and limits
    Queue *queue;
    bool substream; // as its packets are marked in the queue
} ReaderOptions;

Status reader_start(Reader **out, const ReaderOptions *options, Error *error);
void reader_stop(Reader *reader);  // asks it to end; returns at once
void reader_join(Reader *reader);  // waits for its end; its facts stay
void reader_free(Reader **reader); // ends it first where it has not ended

typedef struct ReaderFacts {
    StreamState state;
    char reason[512]; // empty when all is well; never holds credentials
    double fps, bits_per_second;
    uint64_t frames, lost, drops; // since start; drops: thrown away by the queue
    uint64_t connects;            // times it went live
    int64_t last_frame_us;        // time of day of the newest picture; 0: none yet
    LiveFacts live;               // of the newest picture; info.width 0: none yet
} ReaderFacts;

void reader_facts(Reader *reader, ReaderFacts *out); // any thread

#endif
