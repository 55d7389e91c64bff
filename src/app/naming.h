// What the name and folder of a recording say about its time and camera, for the patterns of common
// recorders:
//
//     cam03_20261123081502.mp4                    NVR_ch5_main_20261123080000_20261123081500.dav
//     (Hikvision) 2026-11-23/001/dav/08/08.15.02-08.20.02[M][0@0][0].dav (Dahua)
//     2026-11-23_08-15-02.mp4   20261123T081502.345+0800.mkv   20261123T001502Z.ts
//     00M00S_1795393302.mp4
#ifndef HEIYAN_APP_NAMING_H
#define HEIYAN_APP_NAMING_H

#include "app/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAMERA_SIZE 64 // of a camera's id, with the NUL

// The first time in the base name of path, in the zone unless it carries "Z" or an offset. A time
// of day alone counts when a folder above names the day. False when there is none.
bool naming_time(const char *path, int64_t *time_us);

// The camera's id when no settings name it: the stem reduced to [A-Za-z0-9-] without its times, so
// that one recorder's files share it; where nothing else is left, the nearest folder above that is
// not a date, a number or a recorder's "dav".
void naming_camera(const char *path, bool folder, char out[CAMERA_SIZE]);

// The settings' camera that a component of path names: "cam03", or "cam03" before a character that
// no id holds. The longest id wins. NULL when there is none.
const char *naming_of_settings(const Settings *settings, const char *path);

#endif
