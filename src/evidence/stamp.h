// The pictures that carry drawing: close-up with the plume's outline, density map, and the
// composite with the burned-in bar.
#ifndef HEIYAN_EVIDENCE_STAMP_H
#define HEIYAN_EVIDENCE_STAMP_H

#include "base/error.h"
#include "capture/jpeg.h"
#include "picture/picture.h"
#include "road/event.h"

#include <jansson.h>

// close-up.jpg of the peak picture: vehicle and plume with a margin, plume outlined, vehicle
// framed.
Status stamp_close_up(const char *path, Picture *peak, const Event *event, const JpegTags *tags,
                      Error *error);
// The whole picture with the same marks, as a JPEG that the caller frees.
Status stamp_whole(Picture *picture, const Event *event, const JpegTags *tags, unsigned char **data,
                   size_t *size, Error *error);
// The size of the map in density.png, where it stands in the top left corner.
void stamp_density_size(const DensityMap *density, int *width, int *height);
// density.png: opacity of the plume in colours, with its scale.
Status stamp_density(const char *path, const DensityMap *density, Error *error);
// composite.jpg from the pictures in folder and the finished record (with its id). code: the
// anti-forgery code.
Status stamp_composite(const char *folder, const json_t *record, const char *code, Error *error);

#endif
