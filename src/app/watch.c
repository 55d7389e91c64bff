#include "app/watch.h"

#include "app/journals.h"
#include "app/staging.h"
#include "base/clock.h"
#include "capture/decoder.h"
#include "capture/ring.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_SPAN_US (45 * SECOND_US)
#define RING_BYTES (40u << 20)
#define LIVE_VIEWS 31               // pictures that teach the empty road of a live stream
#define PATIENCE_US (3 * SECOND_US) // with a kept stream behind the looked-at one
#define RETRY_US (10 * SECOND_US)   // after the disk took no pack
#define FIND_US (SECOND_US / 5)     // between two looks for open events
#define NOTE_US (SECOND_US / 2)     // of an open event that a kill may cost

struct Watch {
    WatchOptions options;
    const CameraSettings *camera;
    char settings_hash[SHA256_HEX_SIZE];
    RecordSource source;
    int64_t shift_us;            // from the kept stream's time to the time of day
    int64_t align_us;            // from the looked-at stream's time to the kept one's
    int look_width, look_height; // of the newest picture
    bool apart;                  // the two are different streams
    Road *road;
    Ring *ring;
    Journals *journals; // NULL without WatchOptions.journals
    int64_t find_us;    // open events are looked for from then on
    int64_t note_us;    // their journals are brought up to date from then on
    Decoder *decoder;
    Event *pending; // finished passages that wait for the seconds after them
    size_t pending_count, pending_room;
    int64_t learn_apart_us, learn_next_us; // of a live stream's first pictures
    int learn_left;
    bool skipped;     // packets were kept without being looked at
    int64_t retry_us; // staging failed for want of a disk: not again before
    HealthWatch health;
    Normal normal;
    Picture *newest;
    WatchCounts counts;
};

void staged_free(Staged *staged)
{
    if (staged->folder[0])
        folder_remove(staged->folder, NULL);
    free(staged->points);
    *staged = (Staged){0};
}

Status watch_create(Watch **out, const WatchOptions *options, Error *error)
{
    Watch *watch = *out = calloc(1, sizeof *watch);
    if (!watch)
        return error_set(error, STATUS_MEMORY, "out of memory");
    watch->options = *options;
    watch->counts.last_us = watch->retry_us = watch->find_us = watch->note_us = INT64_MIN;
    watch->camera = settings_camera(options->settings, options->camera);
    settings_hash(options->settings, watch->camera, watch->settings_hash);
    RoadOptions road = settings_road(watch->camera);
    Status status = road_create(&watch->road, &road, error);
    if (status == STATUS_OK && options->debug_video)
        debug_video_watch(options->debug_video, watch->road);
    if (status == STATUS_OK)
        status = ring_create(&watch->ring, RING_SPAN_US, RING_BYTES, error);
    if (status == STATUS_OK && options->journals)
        status = journals_create(&watch->journals, options->journals, options->name, error);
    if (status == STATUS_OK)
        status = decoder_create(&watch->decoder, error);
    if (status != STATUS_OK)
        watch_destroy(out);
    return status;
}

void watch_destroy(Watch **out)
{
    Watch *watch = *out;
    *out = NULL;
    if (!watch)
        return;
    for (size_t i = 0; i < watch->pending_count; i++)
        event_free(&watch->pending[i]);
    free(watch->pending);
    picture_unref(&watch->newest);
    decoder_destroy(&watch->decoder);
    journals_destroy(&watch->journals);
    ring_destroy(&watch->ring);
    road_destroy(&watch->road);
    free(watch);
}

void watch_describe(Watch *watch, const RecordSource *source, int64_t shift_us)
{
    watch->source = *source;
    watch->shift_us = shift_us;
    road_set_clock(watch->road, watch->align_us + shift_us);
}

void watch_align(Watch *watch, int64_t ahead_us)
{
    watch->align_us = ahead_us;
    road_set_clock(watch->road, ahead_us + watch->shift_us);
    watch->apart = true;
}

const Baseline *watch_baseline(const Watch *watch)
{
    return road_baseline(watch->road);
}

void watch_set_baseline(Watch *watch, const Baseline *baseline)
{
    *road_baseline(watch->road) = *baseline;
}

Outlook watch_outlook(const Watch *watch)
{
    RoadOptions options = settings_road(watch->camera);
    int64_t shift_us = watch->align_us + watch->shift_us;
    return judge_outlook(&options, road_baseline(watch->road), watch->counts.last_us + shift_us);
}

// ---- the empty road ----

// A key frame by itself; *out is NULL where it could not be decoded.
static Status decode_key(Watch *watch, const Packet *packet, Picture **out, Error *error)
{
    *out = NULL;
    Status status = decoder_send(watch->decoder, packet, error);
    if (status == STATUS_OK)
        status = decoder_send(watch->decoder, NULL, error);
    if (status == STATUS_OK)
        status = decoder_receive(watch->decoder, out, error);
    decoder_flush(watch->decoder);
    return status == STATUS_END ? STATUS_OK : status;
}

Status watch_learn_key(Watch *watch, const Packet *packet, Error *error)
{
    Picture *picture;
    Status status = decode_key(watch, packet, &picture, error);
    if (picture && status == STATUS_OK)
        status = road_learn(watch->road, picture, error);
    picture_unref(&picture);
    return status;
}

Status watch_glance(Watch *watch, const Packet *packet, Error *error)
{
    Picture *picture;
    Status status = decode_key(watch, packet, &picture, error);
    if (picture)
        watch->counts.health = health_push(&watch->health, picture);
    picture_unref(&picture);
    return status;
}

void watch_learn_live(Watch *watch, int64_t span_us)
{
    watch->learn_left = LIVE_VIEWS;
    watch->learn_apart_us = span_us / LIVE_VIEWS;
    watch->learn_next_us = INT64_MIN;
}

static Status learn_picture(Watch *watch, Picture *picture, Error *error)
{
    if (picture->time_us < watch->learn_next_us || picture->damaged)
        return STATUS_OK;
    watch->learn_next_us = picture->time_us + watch->learn_apart_us;
    watch->learn_left--;
    return road_learn(watch->road, picture, error);
}

// ---- events ----

// Whether what the road raises is this watch's.
static bool wants(const Watch *watch, const Event *event)
{
    const WatchOptions *options = &watch->options;
    return (!options->owns || options->owns(options->context, event)) &&
           settings_within_hours(watch->camera, event->peak_us + watch->align_us + watch->shift_us);
}

static Status take_events(Watch *watch, Error *error)
{
    for (;;) {
        if (watch->pending_count == watch->pending_room) {
            size_t room = watch->pending_room + 8;
            Event *grown = realloc(watch->pending, room * sizeof *grown);
            if (!grown)
                return error_set(error, STATUS_MEMORY, "out of memory");
            watch->pending = grown;
            watch->pending_room = room;
        }
        Event *event = &watch->pending[watch->pending_count];
        if (!road_next_event(watch->road, event))
            return STATUS_OK;
        if (wants(watch, event)) {
            watch->pending_count++;
            baseline_captured(road_baseline(watch->road),
                              event->peak_us + watch->align_us + watch->shift_us);
        } else {
            event_free(event);
        }
    }
}

static Status shift_packets(Packet **packets, size_t count, int64_t shift_us, Error *error)
{
    for (size_t i = 0; i < count; i++) {
        Packet *shifted = packet_shifted(packets[i], shift_us);
        if (!shifted)
            return error_set(error, STATUS_MEMORY, "out of memory");
        packet_unref(&packets[i]);
        packets[i] = shifted;
    }
    return STATUS_OK;
}

// The event on the clock and in the pixels of the evidence.
static Status show_event(const Watch *watch, const Event *event, Event *shown, Error *error)
{
    Status status = event_copy(shown, event, error);
    if (status != STATUS_OK)
        return status;
    event_shift(shown, watch->align_us + watch->shift_us);
    if (watch->apart && watch->look_width && watch->source.info.width)
        event_scale(shown, (double)watch->source.info.width / watch->look_width,
                    (double)watch->source.info.height / watch->look_height);
    return STATUS_OK;
}

static RecordSite site_of(const Watch *watch, const Event *shown)
{
    const WatchOptions *options = &watch->options;
    const SourceInfo *info = &watch->source.info;
    RecordSite site = settings_site(options->settings, watch->camera, options->camera);
    site.lane = settings_lane(watch->camera, (shown->box.x + shown->box.w / 2.0) / info->width,
                              (double)(shown->box.y + shown->box.h) / info->height);
    return site;
}

typedef enum NoteUse { // sums of these
    NOTE_ALARM = 1,    // for those who watch
    NOTE_JOURNAL = 2,  // for the next start
    NOTE_BOTH = NOTE_ALARM | NOTE_JOURNAL,
} NoteUse;

// Of a watch with journals.
static void note_event(Watch *watch, const Event *event, bool open, NoteUse use)
{
    Event shown;
    if (show_event(watch, event, &shown, NULL) != STATUS_OK)
        return;
    RecordSite site = site_of(watch, &shown);
    JournalFacts facts = {&shown,         open, &site, &watch->source, watch->settings_hash,
                          watch->shift_us};
    if (use & NOTE_JOURNAL)
        journals_note(watch->journals, &facts, watch->ring);
    if (watch->options.alarms && (use & NOTE_ALARM))
        alarms_note(watch->options.alarms, &shown, &site, watch->ring, watch->shift_us);
    event_free(&shown);
}

// Shows what is open to those who watch, and brings it to the disk, if that is the right one:
// finished passages that wait for the seconds after them, and those that would be raised if they
// ended now.
static void note_open(Watch *watch, NoteUse use)
{
    Event *open;
    size_t count;
    if (identity_check(watch->options.identity, NULL) != STATUS_OK)
        use = NOTE_ALARM;
    if (road_open_events(watch->road, &open, &count, NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < watch->pending_count; i++)
        note_event(watch, &watch->pending[i], false, use);
    for (size_t i = 0; i < count; i++)
        if (wants(watch, &open[i]))
            note_event(watch, &open[i], true, use);
    events_free(&open, &count);
    if (use & NOTE_JOURNAL)
        journals_sweep(watch->journals);
    if (watch->options.alarms)
        alarms_sweep(watch->options.alarms);
}

static Status stage_and_deliver(Watch *watch, const Event *shown, Packet *const *packets,
                                size_t packet_count, Error *error)
{
    const WatchOptions *options = &watch->options;
    char folder[PATH_SIZE];
    Staged staged;
    snprintf(folder, sizeof folder, "%.*s/%.200s-%llu", PATH_SIZE - 256, options->staging,
             options->name, (unsigned long long)watch->counts.events);
    RecordSite site = site_of(watch, shown);
    StagingFacts facts = {&site, &watch->source, watch->settings_hash, &options->settings->plates};
    Status status = staging_run(shown, packets, packet_count, &facts, folder, &staged, error);
    return status == STATUS_OK ? options->deliver(options->context, &staged, error) : status;
}

static Status finish_event(Watch *watch, const Event *event, Error *error)
{
    int64_t from, to;
    Packet **packets;
    size_t packet_count;
    Event shown;
    Status status = identity_check(watch->options.identity, error);
    if (status != STATUS_OK)
        return status;
    if (watch->journals)
        note_event(watch, event, false, NOTE_JOURNAL);
    staging_span(event, &from, &to);
    status = ring_copy(watch->ring, from + watch->align_us, to + watch->align_us, &packets,
                       &packet_count, error);
    if (status == STATUS_OK && watch->shift_us)
        status = shift_packets(packets, packet_count, watch->shift_us, error);
    if (status == STATUS_OK)
        status = show_event(watch, event, &shown, error);
    if (status == STATUS_OK) {
        status = stage_and_deliver(watch, &shown, packets, packet_count, error);
        event_free(&shown);
    }
    watch->counts.events += status == STATUS_OK;
    if (status == STATUS_OK)
        watch->counts.last_event_us = event->peak_us + watch->align_us + watch->shift_us;
    packets_free(&packets, &packet_count);
    return status;
}

// Whether the seconds after the passage are there. A kept stream that is a little behind the one
// looked at is waited for.
static bool complete(const Watch *watch, const Event *event)
{
    int64_t until_us = event->end_us + STAGING_LEAD_US, last_us = watch->counts.last_us;
    bool kept = !watch->apart || ring_last_us(watch->ring) >= until_us + watch->align_us ||
                last_us >= until_us + PATIENCE_US;
    return kept && last_us >= until_us && last_us >= watch->retry_us;
}

// Stages the events whose clip is complete, all of them at the end. An event that the disk does not
// take stays for a later try as long as there is one.
static Status finish_events(Watch *watch, bool all, Error *error)
{
    size_t kept = 0;
    Status status = STATUS_OK;
    for (size_t i = 0; i < watch->pending_count; i++) {
        Event *event = &watch->pending[i];
        if (status != STATUS_OK || !(all || complete(watch, event))) {
            watch->pending[kept++] = *event;
            continue;
        }
        status = finish_event(watch, event, error);
        bool refused = status == STATUS_FULL || status == STATUS_IO || status == STATUS_MISSING;
        if (refused && !all) {
            watch->retry_us = watch->counts.last_us + RETRY_US;
            watch->pending[kept++] = *event;
            continue;
        }
        if (watch->journals)
            journals_end(watch->journals, event, refused);
        if (watch->options.alarms)
            alarms_end(watch->options.alarms, event);
        event_free(event);
    }
    watch->pending_count = kept;
    return status;
}

// ---- packets ----

// The picture as such. One that may be black or covered teaches nothing of the view.
static void look_after(Watch *watch, const Picture *picture)
{
    PictureHealth health = health_push(&watch->health, picture);
    if (health == HEALTH_GOOD)
        health = watch->health.suspect == HEALTH_GOOD ? normal_push(&watch->normal, picture)
                                                      : watch->normal.said;
    watch->counts.health = health;
}

static Status receive(Watch *watch, Error *error)
{
    for (;;) {
        Picture *picture;
        Status status = decoder_receive(watch->decoder, &picture, error);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        watch->counts.last_us = picture->time_us;
        watch->counts.pictures++;
        watch->counts.damaged += picture->damaged;
        watch->look_width = picture->width;
        watch->look_height = picture->height;
        look_after(watch, picture);
        watch->counts.range = picture->range;
        watch->counts.space = picture->space;
        if (watch->options.debug_video)
            debug_video_picture(watch->options.debug_video, picture);
        status = watch->learn_left ? learn_picture(watch, picture, error)
                                   : road_push(watch->road, picture, error);
        picture_unref(&watch->newest);
        watch->newest = picture;
        if (status == STATUS_OK)
            status = take_events(watch, error);
        if (status == STATUS_OK && watch->pending_count)
            status = finish_events(watch, false, error);
        if (status != STATUS_OK)
            return status;
    }
}

// Lets go of packets that no clip can want any more: a road without open passages needs but a few
// seconds.
static void shorten_ring(Watch *watch)
{
    int64_t last_us = watch->counts.last_us, keep_us = road_open_since(watch->road);
    if (last_us == INT64_MIN)
        return; // not a picture yet
    keep_us = last_us < keep_us ? last_us : keep_us;
    for (size_t i = 0; i < watch->pending_count; i++)
        keep_us = watch->pending[i].start_us < keep_us ? watch->pending[i].start_us : keep_us;
    ring_drop_before(watch->ring, keep_us + watch->align_us - STAGING_LEAD_US);
}

static Status keep(Watch *watch, Packet *packet, Error *error)
{
    Status status = ring_push(watch->ring, packet, error);
    if (packet_key(packet))
        shorten_ring(watch);
    int64_t time_us = packet_time_us(packet);
    if (!watch->journals || status != STATUS_OK)
        return status;
    journals_add(watch->journals, packet);
    if (time_us >= watch->note_us) {
        watch->note_us = time_us + NOTE_US;
        watch->find_us = time_us + FIND_US;
        note_open(watch, NOTE_BOTH);
    } else if (time_us >= watch->find_us) {
        watch->find_us = time_us + FIND_US;
        note_open(watch, NOTE_ALARM);
    }
    return STATUS_OK;
}

Status watch_push(Watch *watch, Packet *packet, WatchUse use, Error *error)
{
    Status status = use & WATCH_KEEP ? keep(watch, packet, error) : STATUS_OK;
    watch->skipped |= (use & WATCH_SKIP) != 0;
    if (!(use & WATCH_LOOK) || status != STATUS_OK)
        return status;
    if (watch->skipped) {
        status = watch_drain(watch, error);
        watch->skipped = false;
    }
    if (status == STATUS_OK)
        status = decoder_send(watch->decoder, packet, error);
    return status == STATUS_OK ? receive(watch, error) : status;
}

Status watch_drain(Watch *watch, Error *error)
{
    Status status = decoder_send(watch->decoder, NULL, error);
    if (status == STATUS_OK)
        status = receive(watch, error);
    decoder_flush(watch->decoder);
    return status;
}

Status watch_finish(Watch *watch, bool interrupted, Error *error)
{
    Status status = road_finish(watch->road, error);
    if (status == STATUS_OK)
        status = take_events(watch, error);
    for (size_t i = 0; i < watch->pending_count && interrupted; i++)
        staging_interrupted(&watch->pending[i], watch->counts.last_us);
    if (status == STATUS_OK)
        status = finish_events(watch, true, error);
    ring_clear(watch->ring);
    return status;
}

int64_t watch_kept_until(const Watch *watch)
{
    return ring_last_us(watch->ring);
}

Status watch_kept(const Watch *watch, int64_t to_us, Packet ***packets, size_t *count, Error *error)
{
    return ring_copy(watch->ring, INT64_MIN, to_us, packets, count, error);
}

bool watch_idle(const Watch *watch, int64_t border_us)
{
    return !watch->pending_count && road_open_since(watch->road) >= border_us;
}

WatchCounts watch_counts(const Watch *watch)
{
    WatchCounts counts = watch->counts;
    counts.analysed = road_counts(watch->road).analysed;
    counts.passages = road_counts(watch->road).passages;
    counts.learning = watch->learn_left;
    counts.blind_s = road_counts(watch->road).blind_s;
    for (int i = 0; i < CONDITIONS; i++) {
        counts.conditions[i] = road_conditions(watch->road)->states[i];
        counts.conditions[i].since_us += watch->align_us + watch->shift_us;
    }
    return counts;
}

Picture *watch_newest(const Watch *watch)
{
    return watch->newest ? picture_ref(watch->newest) : NULL;
}
