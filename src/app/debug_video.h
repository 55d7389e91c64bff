// scan --debug-video: the footage again with what the detector saw drawn in: bodies, tracks, ground
// just uncovered and its depth, per-view figures, the threshold, the verdict of every passage.
//
// It looks on and changes nothing. Used by the thread of the watch it belongs to.
#ifndef HEIYAN_APP_DEBUG_VIDEO_H
#define HEIYAN_APP_DEBUG_VIDEO_H

#include "app/settings.h"

typedef struct DebugVideo DebugVideo;

// path of the MP4; strings and camera are borrowed. Views before start_us are not drawn.
Status debug_video_create(DebugVideo **out, const char *path, const char *title,
                          const CameraSettings *camera, int64_t start_us, Error *error);
// Looks on at what the road makes of its pictures from now on; every picture is shown to the video
// before it is pushed to the road.
void debug_video_watch(DebugVideo *video, Road *road);
void debug_video_picture(DebugVideo *video, const Picture *picture);
// Finishes the file after the road is finished, and clears *video; NULL content is fine. Says what
// went wrong at any time before, too; then the file is missing or ends early.
Status debug_video_close(DebugVideo **video, Error *error);

#endif
