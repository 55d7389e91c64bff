// Private to settings: the YAML file and the table of what may stand in it.
#ifndef HEIYAN_APP_SETTINGS_READ_H
#define HEIYAN_APP_SETTINGS_READ_H

#include "app/settings.h"

extern const CameraSettings camera_defaults;

// Reads the file into settings that hold the defaults. STATUS_ARGUMENT with "file:line:column: what
// (hint)"; what was read until then is the caller's to free.
Status settings_read(Settings *settings, const char *path, Error *error);

#endif
