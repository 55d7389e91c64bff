// One pretended camera: an RTSP server of its own that plays reels for ever, /main and
// /sub, and that can be made to fail as cameras fail. Control functions belong to the thread that
// runs GLib's main loop.
#ifndef HEIYAN_SAMPLES_RTSP_CAMERA_H
#define HEIYAN_SAMPLES_RTSP_CAMERA_H

#include "reel.h"

typedef enum Fault {
    FAULT_NONE,
    FAULT_REFUSE,  // nothing listens on the port any more, connections are cut
    FAULT_HANG,    // connections are taken and never answered; running streams fall silent
    FAULT_DENY,    // 401 whatever the password
    FAULT_LOST,    // 404
    FAULT_STOP,    // the stream stops within a GOP, the server still answers
    FAULT_JUMP,    // RTP times jump: amount in seconds, once
    FAULT_SLOW,    // amount of 25 frames a second come, declared are 25
    FAULT_SILENT,  // no RTCP sender reports
    FAULT_GARBAGE, // connections are answered with random bytes
    FAULT_NOISE,   // bytes within the frames are wrong
    FAULT_NO_KEY,  // no key frames
    FAULT_RESIZE,  // plays the other reel: its size, its parameter sets
    FAULT_LOSS,    // amount percent of the RTP packets are lost
    FAULT_CUT,     // connections are cut, once
    FAULT_COUNT
} Fault;

const char *fault_name(Fault fault);
bool fault_parse(const char *name, Fault *fault);

typedef struct RtspCamera RtspCamera;

typedef struct RtspCameraOptions {
    const Reel *main, *sub, *other; // borrowed; sub and other may be NULL
    const char *user, *password;    // NULL user: open to all
    bool digest;                    // else Basic
    const char *address;            // of IPv4, where it listens
    int port;                       // 0: any
    bool
        sets_once; // parameter sets come with the first key frame and where they change, else never
} RtspCameraOptions;

// NULL and a sentence on stderr when address or port cannot be had. *port: where it listens.
RtspCamera *rtsp_camera_create(const RtspCameraOptions *options, int *port);
// Ends what went before and begins this.
void rtsp_camera_fail(RtspCamera *camera, Fault fault, int amount);
void rtsp_camera_tidy(RtspCamera *camera); // forgets sessions whose time is over
void rtsp_camera_destroy(RtspCamera **camera);

#endif
