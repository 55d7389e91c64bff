#include "app/staging.h"

#include "base/clock.h"
#include "capture/ring.h"
#include "evidence/pack.h"
#include "plate/find.h"
#include "plate/passage.h"
#include "plate/read.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_CLIP_US (60 * SECOND_US)
#define PLATE_PICTURES 1 // looked at beside the panoramas; each costs 3 MB at 1080p

typedef struct Wanted { // pictures of one event, times ascending
    int64_t times_us[3 + PLATE_PICTURES];
    Picture *pictures[3 + PLATE_PICTURES];
    size_t count;
} Wanted;

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Times at which the vehicle's rear is largest: plates are read there. Fully in the picture counts
// more. taken: times whose pictures are decoded anyway.
static size_t plate_times(const Event *event, const SourceInfo *info, const int64_t *taken,
                          size_t taken_count, int64_t *times_us)
{
    size_t count = 0;
    while (count < PLATE_PICTURES) {
        double best = 0;
        int64_t time_us = 0;
        for (size_t i = 0; i < event->point_count; i++) {
            const TrackPoint *point = &event->points[i];
            bool near = false;
            for (size_t n = 0; n < count; n++)
                near |= llabs(times_us[n] - point->time_us) < SECOND_US / 4;
            for (size_t n = 0; n < taken_count; n++)
                near |= llabs(taken[n] - point->time_us) < SECOND_US / 4;
            bool cut = point->box.y + point->box.h > info->height - 4 || point->box.x < 4 ||
                       point->box.x + point->box.w > info->width - 4;
            double size = (double)point->box.w * (cut ? 0.5 : 1);
            if (!near && size > best) {
                best = size;
                time_us = point->time_us;
            }
        }
        if (best <= 0)
            break;
        times_us[count++] = time_us;
    }
    return count;
}

// Plates are never on the roof.
static bool find_plate(const PlateModels *models, const Event *event, const Wanted *wanted,
                       Plate *plate, Picture **picture)
{
    PlateView views[3 + PLATE_PICTURES];
    size_t shown;
    for (size_t i = 0; i < wanted->count; i++) {
        views[i] = (PlateView){.picture = wanted->pictures[i]};
        if (!wanted->pictures[i])
            continue;
        Box rear = way_box_at(event->points, event->point_count, wanted->pictures[i]->time_us);
        views[i].where = (Box){rear.x, rear.y + rear.h / 4, rear.w, rear.h - rear.h / 4};
    }
    if (!plate_of_passage(models, views, wanted->count, plate, &shown))
        return false;
    *picture = wanted->pictures[shown];
    return true;
}

// Which of the wanted pictures are the panoramas.
typedef struct Panoramas {
    int64_t times_us[3];
    size_t count, peak_index;
} Panoramas;

static void add_panoramas(PackInput *input, const Panoramas *panoramas, const Wanted *wanted)
{
    for (size_t i = 0; i < panoramas->count; i++)
        for (size_t n = 0; n < wanted->count; n++)
            if (wanted->pictures[n] && wanted->times_us[n] == panoramas->times_us[i]) {
                if (i <= panoramas->peak_index)
                    input->peak_index = input->panorama_count;
                input->panoramas[input->panorama_count++] = wanted->pictures[n];
                break;
            }
}

static Status stage(const Event *event, const Panoramas *panoramas, const Wanted *wanted,
                    Packet *const *packets, size_t packet_count, const StagingFacts *facts,
                    const char *folder, Error *error)
{
    char finder_hash[SHA256_HEX_SIZE], reader_hash[SHA256_HEX_SIZE];
    Status status = plate_finder_hash(&facts->plates->finder, finder_hash, error);
    if (status == STATUS_OK)
        status = plate_reader_hash(&facts->plates->reader, reader_hash, error);
    if (status != STATUS_OK)
        return status;
    const RecordModel models[] = {{"plate-finder", finder_hash}, {"plate-reader", reader_hash}};
    RecordSoftware software = {HEIYAN_VERSION, facts->settings_hash, models, 2};
    PackInput input = {.event = event,
                       .site = facts->site,
                       .source = facts->source,
                       .software = &software,
                       .packets = packets,
                       .packet_count = packet_count};
    add_panoramas(&input, panoramas, wanted);
    if (!input.panorama_count)
        return error_set(error, STATUS_FORMAT, "%s: no picture of the event at %s could be decoded",
                         facts->source->name, clock_text(event->peak_us).rfc3339);
    Plate plate;
    if (find_plate(facts->plates, event, wanted, &plate, &input.plate_picture))
        input.plate = &plate;
    return pack_stage(folder, &input, error);
}

// Keeps the vehicle's way, thinned: what tells one passage seen from two files from two passages.
static Status keep_points(const Event *event, Staged *staged, Error *error)
{
    staged->points = malloc((event->point_count + 1) * sizeof *staged->points);
    if (!staged->points)
        return error_set(error, STATUS_MEMORY, "out of memory");
    int64_t next_us = INT64_MIN;
    for (size_t i = 0; i < event->point_count; i++)
        if (event->points[i].time_us >= next_us || i + 1 == event->point_count) {
            staged->points[staged->point_count++] = event->points[i];
            next_us = event->points[i].time_us + STAGED_STEP_US;
        }
    return STATUS_OK;
}

void staging_span(const Event *event, int64_t *from_us, int64_t *to_us)
{
    int64_t from = event->start_us - STAGING_LEAD_US, to = event->end_us + STAGING_LEAD_US;
    if (to - from > LONGEST_CLIP_US) {
        from = event->peak_us - LONGEST_CLIP_US / 2 > from ? event->peak_us - LONGEST_CLIP_US / 2
                                                           : from;
        to = from + LONGEST_CLIP_US < to ? from + LONGEST_CLIP_US : to;
    }
    *from_us = from;
    *to_us = to;
}

void staging_interrupted(Event *event, int64_t last_us)
{
    for (size_t i = 0; i < event->reason_count; i++)
        if (strcmp(event->reasons[i].name, "interrupted") == 0)
            return;
    if (event->reason_count < EVENT_MAX_REASONS)
        event->reasons[event->reason_count++] =
            (Reason){"interrupted", (double)(last_us - event->start_us) / 1e6};
}

Status staging_run(const Event *event, Packet *const *packets, size_t packet_count,
                   const StagingFacts *facts, const char *folder, Staged *out, Error *error)
{
    Panoramas panoramas;
    panoramas.count = event_panorama_times(event, panoramas.times_us, &panoramas.peak_index);
    Wanted wanted = {.count = panoramas.count};
    memcpy(wanted.times_us, panoramas.times_us, panoramas.count * sizeof *panoramas.times_us);
    wanted.count += plate_times(event, &facts->source->info, panoramas.times_us, panoramas.count,
                                wanted.times_us + wanted.count);
    qsort(wanted.times_us, wanted.count, sizeof *wanted.times_us, by_time);
    malloc_trim(0); // the second decoder needs what the last event left lying about
    Status status = packets_decode(packets, packet_count, wanted.times_us, wanted.count,
                                   wanted.pictures, error);
    *out = (Staged){.start_us = event->start_us,
                    .peak_us = event->peak_us,
                    .end_us = event->end_us,
                    .box = event->box};
    snprintf(out->folder, sizeof out->folder, "%s", folder);
    snprintf(out->camera, sizeof out->camera, "%s", facts->site->camera);
    if (status == STATUS_OK)
        status = keep_points(event, out, error);
    if (status == STATUS_OK)
        status = stage(event, &panoramas, &wanted, packets, packet_count, facts, folder, error);
    for (size_t i = 0; i < wanted.count; i++)
        picture_unref(&wanted.pictures[i]);
    if (status != STATUS_OK)
        staged_free(out);
    return status;
}
