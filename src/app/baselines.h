// What each camera's vehicles taught, from one start of `run` to the next:
// DIR/.heiyan/baseline/CAMERA.json.
#ifndef HEIYAN_APP_BASELINES_H
#define HEIYAN_APP_BASELINES_H

#include "app/identity.h"
#include "road/baseline.h"

// Fills *out with what is kept of the camera; with nothing where nothing is kept, or where it is
// damaged or of another version, which a line in the log says.
void baselines_load(const Identity *identity, const char *camera, Baseline *out);
// Whole or not at all.
Status baselines_save(const Identity *identity, const char *camera, const Baseline *baseline,
                      Error *error);

// As it is stored; the caller frees it. NULL when out of memory.
char *baseline_text(const Baseline *baseline);
// STATUS_FORMAT: it is damaged, or of another version.
Status baseline_parse(Baseline *out, const char *text, size_t size, Error *error);

#endif
