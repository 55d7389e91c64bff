// From an event to a staged pack: the pictures chosen and decoded, the plate read, everything
// written.
#ifndef HEIYAN_APP_STAGING_H
#define HEIYAN_APP_STAGING_H

#include "app/watch.h"

typedef struct StagingFacts { // all borrowed
    const RecordSite *site;
    const RecordSource *source;
    const char *settings_hash;
    const PlateModels *plates;
} StagingFacts;

// The span of an event's clip: seconds before and after the passage, bounded in all.
void staging_span(const Event *event, int64_t *from_us, int64_t *to_us);
#define STAGING_LEAD_US INT64_C(5000000)

// The event's data end early: it says where.
void staging_interrupted(Event *event, int64_t last_us);

// packets: of that span. Fills *out, which the caller frees; on failure nothing is left.
Status staging_run(const Event *event, Packet *const *packets, size_t packet_count,
                   const StagingFacts *facts, const char *folder, Staged *out, Error *error);

#endif
