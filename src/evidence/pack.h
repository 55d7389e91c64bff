// Writes what was seen: pictures, clip, density map and the record of one event, into a staging
// folder.
//
// A staged pack holds everything that depends on the footage alone. What depends on the order of
// events (id, composite with its anti-forgery code, chain, signature) is added by evidence/seal.h,
// which also puts it in place.
#ifndef HEIYAN_EVIDENCE_PACK_H
#define HEIYAN_EVIDENCE_PACK_H

#include "capture/jpeg.h"
#include "capture/source.h"
#include "evidence/record.h"

typedef struct PackInput { // everything borrowed
    const Event *event;
    const RecordSite *site;
    const RecordSource *source;
    const RecordSoftware *software;
    Picture *panoramas[3]; // ascending times, none NULL
    size_t panorama_count, peak_index;
    const Plate *plate;     // NULL = none found
    Picture *plate_picture; // the frame it was found in
    Packet *const *packets; // clip, decode order, starting on a key frame
    size_t packet_count;
} PackInput;

// Of a picture as it is: a JPEG in folder, tagged with its time beside what tags say.
Status pack_write_jpeg(const char *folder, const char *name, Picture *picture, const JpegTags *tags,
                       Error *error);
// The picture's part around a plate; NULL when out of memory. The caller unrefs it.
Picture *pack_plate_crop(Picture *picture, const Plate *plate);

// folder is made; when it exists, it is emptied first. On failure the folder is removed.
Status pack_stage(const char *folder, const PackInput *input, Error *error);

#endif
