// A live camera over RTSP: hands out its video packets on one timeline that only goes forward.
//
// A Live is used by one thread; every call returns within its limit, and at once when *cancelled
// becomes true, whatever the camera does. Packets begin with a key frame, decode times increase
// strictly, presentation times never repeat. The timeline starts at the moment of the first packet
// and goes on by the camera's own stamps; live_clock tells what time it really was.
#ifndef HEIYAN_CAPTURE_LIVE_H
#define HEIYAN_CAPTURE_LIVE_H

#include "capture/source.h"

#include <stdatomic.h>

typedef struct Live Live;

typedef enum LiveTransport { LIVE_TCP, LIVE_UDP, LIVE_TLS } LiveTransport;

typedef struct LiveOptions {     // all borrowed, for the time of live_open
    const char *url;             // or the parts of it; parts given beside a URL win
    const char *host, *path;     // path with its query
    const char *user, *password; // as they are: any character, nothing encoded
    int port;                    // 0: 554, or 322 with TLS
    LiveTransport transport;
    int64_t not_before_us;        // the timeline starts here at the earliest
    int64_t open_us;              // live_open gives up after so long in a log-in; 0: 8 s
    int64_t stall_us;             // live_read gives up after so long without a packet
    const atomic_bool *cancelled; // borrowed until live_close
} LiveOptions;

typedef enum LiveTrouble { // why there is no picture; each wants another answer
    LIVE_FINE,
    LIVE_UNREACHABLE,   // no such name, no way to it, nothing listens, connection lost
    LIVE_SILENT,        // it listens, but does not answer, or sends nothing
    LIVE_REFUSED,       // it answers: not with this user and password (401, 403), or no room
    LIVE_MISCONFIGURED, // it answers: not this path, not this transport, not RTSP, no video
} LiveTrouble;

// On failure *out is NULL, *trouble says of which kind it is and error how to mend it; neither
// holds user, password or path. STATUS_CANCELLED when told to stop; STATUS_ARGUMENT: unusable
// options; STATUS_IO: every trouble; STATUS_MEMORY.
Status live_open(Live **out, const LiveOptions *options, LiveTrouble *trouble, Error *error);
// The host alone, as evidence names the source; empty when the options are unusable.
void live_host(const LiveOptions *options, char *host, size_t size);
// Says good-bye to the camera, for at most a second.
void live_close(Live **live);

// The next packet; the caller unrefs it. STATUS_IO: the stream is over, *trouble says why.
Status live_read(Live *live, Packet **out, LiveTrouble *trouble, Error *error);

typedef struct LiveFacts {
    SourceInfo info;       // fps as measured so far; range and space are in the pictures
    uint64_t lost;         // pictures that never arrived, by the gaps in the stamps
    uint64_t received;     // bytes of video
    int64_t start_us;      // of the first packet, on the timeline
    const char *clock;     // "rtcp" or "receipt"
    int64_t shift_us;      // what to add to the timeline to have the time of day
    int64_t receipt_us;    // the same by when packets arrive, whatever the camera says
    double clock_offset_s; // camera's clock ahead of this machine's; NaN: it has not told
} LiveFacts;
LiveFacts live_facts(const Live *live);

#endif
