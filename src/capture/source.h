// Recorded footage: opens a file, or a folder of stills as a sequence, and hands out its packets on one sane timeline.
//
// A Source is used by one thread. Times are microseconds since the Unix epoch: SourceOptions.start_us
// plus the media time counted from the first video frame. Packets come with strictly increasing decode
// times; presentation times never repeat; gaps, resets, wraps and missing stamps are repaired and counted.
#ifndef HEIYAN_CAPTURE_SOURCE_H
#define HEIYAN_CAPTURE_SOURCE_H

#include "base/error.h"
#include "picture/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Source Source;
typedef struct Packet Packet; // reference-counted coded frame; knows its codec parameters

typedef struct SourceInfo {
    char codec[32];        // "h264", "hevc", "mpeg4", "mjpeg", "png" ...
    int width, height;     // as displayed: after rotation
    int rotation;          // clockwise degrees to apply for display: 0, 90, 180, 270
    double fps;            // average
    int64_t duration_us;   // from container or measured by its packets; 0 if unknown
    ColorRange range;
    ColorSpace space;
    bool eight_bit_420;    // coded as 8-bit 4:2:0
    bool stills;           // made of single pictures
    bool has_container_time;
    int64_t container_time_us; // creation time in the container, since the epoch; UTC as the standard asks
} SourceInfo;

typedef struct SourceOptions {
    int64_t start_us;   // time of the first video frame
    double stills_fps;  // for stills without times of their own; 0 = 25
} SourceOptions;

// Is this file footage? Decided by content, not by name: probes the container and looks for a video stream.
typedef enum SourceKind {
    SOURCE_NOT_FOOTAGE, // text, sound, subtitles, archives, animations, empty files, folders, pipes,
                        // and what cannot be read at all: source_open says why
    SOURCE_VIDEO,       // also when damaged beyond its first bytes: source_open then says how
    SOURCE_PICTURE,     // a single JPEG or PNG still
} SourceKind;
SourceKind source_probe(const char *path);

// Opens one video file. On failure *out is NULL. Errors name the file and say what to do:
// STATUS_IO cannot be read; STATUS_FORMAT empty or not a video; STATUS_UNSUPPORTED no video stream, no decoder,
// or larger than 8192x4352.
Status source_open(Source **out, const char *path, const SourceOptions *options, Error *error);
// Opens pictures (JPEG, PNG) as a sequence in the order given; all must have the size of the first
// (others are skipped and counted as damaged).
Status source_open_stills(Source **out, const char *const *paths, size_t count,
                          const SourceOptions *options, Error *error);
void source_close(Source **source);

const SourceInfo *source_info(const Source *source); // valid until close

// The next video packet; the caller unrefs it. STATUS_END at the end. A truncated file ends there, with
// source_damage raised. key_only skips everything but key frames cheaply.
Status source_read(Source *source, bool key_only, Packet **out, Error *error);
// Moves to the key frame at or before time_us (on the timeline), as well as the container allows.
Status source_seek(Source *source, int64_t time_us, Error *error);
// What had to be repaired so far: damaged or missing packets, repaired time stamps, end before the declared end.
typedef struct SourceDamage {
    uint64_t packets, stamps;
    bool truncated;
} SourceDamage;
SourceDamage source_damage(const Source *source);

Packet *packet_ref(Packet *packet);
void packet_unref(Packet **packet);
int64_t packet_time_us(const Packet *packet);   // presentation
int64_t packet_decode_us(const Packet *packet); // decode order, never after presentation
bool packet_key(const Packet *packet);
size_t packet_size(const Packet *packet);
// A copy of the packet shifted by delta_us on the timeline (shares the bytes); NULL when out of memory.
Packet *packet_shifted(Packet *packet, int64_t delta_us);
// True if b can be appended to a clip that began with a: same codec, size, extradata.
bool packet_same_format(const Packet *a, const Packet *b);

#endif
