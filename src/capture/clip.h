// Writes evidence clips as MP4 that browsers play. Same packets, same bytes: no creation times, no
// encoder tags.
#ifndef HEIYAN_CAPTURE_CLIP_H
#define HEIYAN_CAPTURE_CLIP_H

#include "capture/source.h"

typedef enum ClipKind {
    CLIP_ORIGINAL, // the camera's packets, remuxed, starting on a key frame
    CLIP_ENCODED,  // H.264 made here: MP4 cannot carry the codec, or the source is stills
} ClipKind;

typedef struct ClipInfo {
    ClipKind kind;
    int64_t start_us, end_us; // presentation times of the first and last frame
    bool needs_preview;       // clip is not 8-bit 4:2:0 H.264: browsers need clip_write_preview's
    size_t frames;
} ClipInfo;

// packets: in decode order. What no player could show is left out: packets before the first key
// frame, and pictures that belong before it in presentation. Stops where the format changes. The
// first picture is at 0; rotation is kept. The file is fsync'd; on failure it is removed.
// STATUS_FULL: no space; STATUS_FORMAT: nothing to show in packets.
Status clip_write(const char *path, Packet *const *packets, size_t count, ClipInfo *info,
                  Error *error);
// The same span decoded and encoded as H.264 yuv420p, at most 1280 wide, one thread; rotation is
// applied. The file is fsync'd; on failure it is removed.
Status clip_write_preview(const char *path, Packet *const *packets, size_t count, Error *error);

// A clip that grows while its event is open, for whatever may end the program: what was added up to
// the last flush is on the disk and can be read from there, as of a file cut short.
typedef struct GrowingClip GrowingClip;

// first: a key frame. STATUS_UNSUPPORTED: MP4 cannot carry the stream. On failure *out is NULL; the
// file may be there.
Status clip_begin(GrowingClip **out, const char *path, Packet *first, Error *error);
// The next in decode order, of the same format.
Status clip_add(GrowingClip *clip, Packet *packet, Error *error);
Status clip_flush(GrowingClip *clip, Error *error);
void clip_end(GrowingClip **clip); // the file stays as it was flushed; NULL content is fine

#endif
