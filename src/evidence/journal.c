#include "evidence/journal.h"

#include "base/files.h"
#include "capture/clip.h"
#include "capture/ring.h"
#include "evidence/event_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Journal {
    char clip_path[PATH_SIZE], facts_path[PATH_SIZE];
    GrowingClip *clip;
    int64_t first_us; // of its first packet
    char *noted;      // the facts that are on the disk
};

// ---- writing ----

Status journal_begin(Journal **out, const char *folder, Error *error)
{
    Journal *journal = *out = calloc(1, sizeof *journal);
    if (!journal)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = path_join(journal->clip_path, folder, "clip.mp4", error);
    if (status == STATUS_OK)
        status = path_join(journal->facts_path, folder, "event.json", error);
    if (status == STATUS_OK)
        status = folder_make(folder, error);
    if (status == STATUS_OK) {
        char above[PATH_SIZE];
        snprintf(above, sizeof above, "%.*s", (int)(path_base(folder) - folder - 1), folder);
        status = folder_sync(above, error);
    }
    if (status != STATUS_OK)
        journal_close(out);
    return status;
}

Status journal_add(Journal *journal, Packet *packet, Error *error)
{
    if (journal->clip)
        return clip_add(journal->clip, packet, error);
    journal->first_us = packet_time_us(packet);
    return clip_begin(&journal->clip, journal->clip_path, packet, error);
}

static json_t *site_json(const RecordSite *site)
{
    json_t *json = json_pack("{s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?}", "name",
                             site->name, "device", site->device, "place", site->place, "direction",
                             site->direction, "region", site->region, "camera", site->camera,
                             "role", site->role, "lane", site->lane, "violation_text",
                             site->violation_text, "violation_code", site->violation_code);
    if (!isnan(site->latitude))
        json_object_set_new(json, "latitude", json_real(site->latitude));
    if (!isnan(site->heading))
        json_object_set_new(json, "heading", json_real(site->heading));
    if (!isnan(site->longitude))
        json_object_set_new(json, "longitude", json_real(site->longitude));
    return json;
}

static json_t *source_json(const RecordSource *source)
{
    const SourceInfo *info = &source->info;
    json_t *json =
        json_pack("{s:s?,s:s,s:I,s:s,s:i,s:i,s:f,s:i,s:i}", "name", source->name, "clock_source",
                  source->clock_source, "first_frame_us", (json_int_t)source->first_frame_us,
                  "codec", info->codec, "width", info->width, "height", info->height, "fps",
                  info->fps, "range", (int)info->range, "space", (int)info->space);
    if (!isnan(source->clock_offset_s))
        json_object_set_new(json, "clock_offset_s", json_real(source->clock_offset_s));
    return json;
}

Status journal_note(Journal *journal, const JournalFacts *facts, Error *error)
{
    Status status = journal->clip ? clip_flush(journal->clip, error)
                                  : error_set(error, STATUS_FORMAT, "an event without packets");
    json_t *json = json_pack("{s:o,s:b,s:o,s:o,s:s,s:I}", "event", event_to_json(facts->event),
                             "open", facts->open, "site", site_json(facts->site), "source",
                             source_json(facts->source), "settings_sha256", facts->settings_sha256,
                             "clip_start_us", (json_int_t)(journal->first_us + facts->shift_us));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory for the facts of an event");
    bool known = journal->noted && strcmp(journal->noted, text) == 0;
    if (status == STATUS_OK && !known)
        status = file_write(journal->facts_path, text, strlen(text), error);
    free(journal->noted);
    journal->noted = text;
    return status;
}

void journal_close(Journal **out)
{
    Journal *journal = *out;
    *out = NULL;
    if (!journal)
        return;
    clip_end(&journal->clip);
    free(journal->noted);
    free(journal);
}

// ---- reading ----

static double number_at(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text_at(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static bool read_site(RecordSite *site, const json_t *json)
{
    *site = (RecordSite){.name = text_at(json, "name"),
                         .device = text_at(json, "device"),
                         .place = text_at(json, "place"),
                         .direction = text_at(json, "direction"),
                         .region = text_at(json, "region"),
                         .latitude = number_at(json, "latitude"),
                         .longitude = number_at(json, "longitude"),
                         .heading = number_at(json, "heading"),
                         .camera = text_at(json, "camera"),
                         .role = text_at(json, "role"),
                         .lane = text_at(json, "lane"),
                         .violation_text = text_at(json, "violation_text"),
                         .violation_code = text_at(json, "violation_code")};
    return site->camera;
}

static bool read_source(RecordSource *source, json_t *json)
{
    SourceInfo *info = &source->info;
    json_int_t first_frame_us;
    const char *codec;
    int range, space;
    if (json_unpack(json, "{s:s,s:I,s:s,s:i,s:i,s:F,s:i,s:i}", "clock_source",
                    &source->clock_source, "first_frame_us", &first_frame_us, "codec", &codec,
                    "width", &info->width, "height", &info->height, "fps", &info->fps, "range",
                    &range, "space", &space) != 0 ||
        info->width < 1 || info->height < 1 || range < COLOR_RANGE_LIMITED ||
        range > COLOR_RANGE_FULL || space < COLOR_SPACE_BT601 || space > COLOR_SPACE_BT2020)
        return false;
    source->name = text_at(json, "name");
    source->clock_offset_s = number_at(json, "clock_offset_s");
    source->first_frame_us = first_frame_us;
    snprintf(info->codec, sizeof info->codec, "%s", codec);
    info->range = (ColorRange)range;
    info->space = (ColorSpace)space;
    return true;
}

static Status read_facts(OpenEvent *open, const char *path, int64_t *clip_start_us, Error *error)
{
    char *data;
    size_t size;
    json_t *event, *site, *source;
    json_int_t start_us;
    int is_open;
    Status status = file_read(path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    open->json = json_loadb(data, size, 0, NULL);
    free(data);
    bool good = json_unpack(open->json, "{s:o,s:b,s:o,s:o,s:s,s:I}", "event", &event, "open",
                            &is_open, "site", &site, "source", &source, "settings_sha256",
                            &open->settings_sha256, "clip_start_us", &start_us) == 0 &&
                read_site(&open->site, site) && read_source(&open->source, source);
    if (!good)
        return error_set(error, STATUS_FORMAT, "%s is damaged", path);
    open->open = is_open;
    *clip_start_us = start_us;
    return event_from_json(&open->event, event, error);
}

static Status read_packets(OpenEvent *open, const char *path, int64_t start_us, Error *error)
{
    Source *source;
    Packet *packet;
    Status status = source_open(&source, path, &(SourceOptions){.start_us = start_us}, error);
    while (status == STATUS_OK &&
           (status = source_read(source, false, &packet, error)) == STATUS_OK) {
        Packet **grown = realloc(open->packets, (open->packet_count + 1) * sizeof *grown);
        if (!grown) {
            packet_unref(&packet);
            status = error_set(error, STATUS_MEMORY, "out of memory");
            break;
        }
        open->packets = grown;
        open->packets[open->packet_count++] = packet;
    }
    if (status == STATUS_END && source_damage(source).truncated && open->packet_count)
        packet_unref(&open->packets[--open->packet_count]); // the kill cut it off
    source_close(&source);
    return status == STATUS_END ? STATUS_OK : status;
}

Status journal_load(OpenEvent *out, const char *folder, Error *error)
{
    char facts[PATH_SIZE], clip[PATH_SIZE];
    int64_t clip_start_us = 0;
    *out = (OpenEvent){0};
    Status status = path_join(facts, folder, "event.json", error);
    if (status == STATUS_OK)
        status = path_join(clip, folder, "clip.mp4", error);
    if (status == STATUS_OK && (!file_exists(facts) || !file_exists(clip)))
        return error_set(error, STATUS_END, "%s is not whole", folder);
    if (status == STATUS_OK)
        status = read_facts(out, facts, &clip_start_us, error);
    if (status == STATUS_OK)
        status = read_packets(out, clip, clip_start_us, error);
    if (status != STATUS_OK)
        open_event_free(out);
    return status;
}

void open_event_free(OpenEvent *open)
{
    event_free(&open->event);
    packets_free(&open->packets, &open->packet_count);
    json_decref(open->json);
    *open = (OpenEvent){0};
}
