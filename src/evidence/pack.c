#include "evidence/pack.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "capture/clip.h"
#include "evidence/stamp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUALITY 92

typedef struct Staging { // one pack being written
    const char *folder;
    const PackInput *input;
    json_t *files; // list for record.json, without hashes
    int64_t clip_start_us;
} Staging;

static void list_file(Staging *s, const char *name, const char *role, int64_t time_us)
{
    json_array_append_new(
        s->files,
        json_pack("{s:s,s:s,s:o,s:n}", "name", name, "role", role, "time",
                  time_us == INT64_MIN ? json_null() : json_string(clock_text(time_us).rfc3339),
                  "sha256"));
}

Status pack_write_jpeg(const char *folder, const char *name, Picture *picture, const JpegTags *tags,
                       Error *error)
{
    char path[PATH_SIZE];
    unsigned char *data;
    size_t size;
    ClockText when = clock_text(picture->time_us);
    JpegTags timed = *tags;
    timed.date_time = when.rfc3339;
    Status status = path_join(path, folder, name, error);
    if (status == STATUS_OK)
        status = jpeg_encode(picture, QUALITY, &timed, &data, &size, error);
    if (status == STATUS_OK) {
        status = file_write_plain(path, data, size, error);
        free(data);
    }
    return status;
}

Picture *pack_plate_crop(Picture *picture, const Plate *plate)
{
    Box box = plate->box;
    Picture *crop = picture_crop(
        picture, (Box){box.x - box.w / 3, box.y - box.h / 2, box.w + 2 * box.w / 3, 2 * box.h});
    if (crop)
        crop->time_us = picture->time_us;
    return crop;
}

static Status write_jpeg(Staging *s, const char *name, Picture *picture, Error *error)
{
    const RecordSite *site = s->input->site;
    JpegTags tags = {NULL, site->place, site->device, site->latitude, site->longitude};
    return pack_write_jpeg(s->folder, name, picture, &tags, error);
}

static Status stage_panoramas(Staging *s, Error *error)
{
    for (size_t i = 0; i < s->input->panorama_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "panorama-%zu.jpg", i + 1);
        Status status = write_jpeg(s, name, s->input->panoramas[i], error);
        if (status != STATUS_OK)
            return status;
        list_file(s, name, "panorama", s->input->panoramas[i]->time_us);
    }
    return STATUS_OK;
}

static Status stage_drawings(Staging *s, Error *error)
{
    const PackInput *in = s->input;
    Picture *peak = in->panoramas[in->peak_index];
    ClockText when = clock_text(peak->time_us);
    JpegTags tags = {when.rfc3339, in->site->place, in->site->device, in->site->latitude,
                     in->site->longitude};
    char path[PATH_SIZE];
    Status status = path_join(path, s->folder, "close-up.jpg", error);
    if (status == STATUS_OK)
        status = stamp_close_up(path, peak, in->event, &tags, error);
    if (status == STATUS_OK) {
        list_file(s, "close-up.jpg", "close-up", peak->time_us);
        status = path_join(path, s->folder, "density.png", error);
    }
    if (status == STATUS_OK)
        status = stamp_density(path, &in->event->density, error);
    if (status == STATUS_OK)
        list_file(s, "density.png", "density", peak->time_us);
    return status;
}

static Status stage_plate(Staging *s, Error *error)
{
    const PackInput *in = s->input;
    if (!in->plate || !in->plate_picture)
        return STATUS_OK;
    Picture *crop = pack_plate_crop(in->plate_picture, in->plate);
    int height = in->plate->rows == 2 ? 140 : 90;
    Picture *straight = plate_rectify(in->plate_picture, in->plate, 280, height);
    Status status = crop && straight ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        straight->time_us = in->plate_picture->time_us;
        status = write_jpeg(s, "plate.jpg", crop, error);
    }
    if (status == STATUS_OK) {
        list_file(s, "plate.jpg", "plate", crop->time_us);
        status = write_jpeg(s, "plate-rectified.jpg", straight, error);
    }
    if (status == STATUS_OK)
        list_file(s, "plate-rectified.jpg", "plate-rectified", crop->time_us);
    picture_unref(&crop);
    picture_unref(&straight);
    return status;
}

static Status stage_clip(Staging *s, Error *error)
{
    const PackInput *in = s->input;
    char path[PATH_SIZE];
    ClipInfo clip;
    if (!in->packet_count)
        return STATUS_OK;
    Status status = path_join(path, s->folder, "clip.mp4", error);
    if (status == STATUS_OK)
        status = clip_write(path, in->packets, in->packet_count, &clip, error);
    if (status != STATUS_OK)
        return status;
    s->clip_start_us = clip.start_us;
    list_file(s, "clip.mp4", clip.kind == CLIP_ORIGINAL ? "clip-original" : "clip-encoded",
              clip.start_us);
    if (!clip.needs_preview)
        return STATUS_OK;
    status = path_join(path, s->folder, "clip-preview.mp4", error);
    if (status == STATUS_OK)
        status = clip_write_preview(path, in->packets, in->packet_count, error);
    if (status == STATUS_OK)
        list_file(s, "clip-preview.mp4", "clip-preview", clip.start_us);
    return status;
}

static Status stage_record(Staging *s, Error *error)
{
    const PackInput *in = s->input;
    char path[PATH_SIZE];
    size_t size;
    json_t *record =
        record_build(in->site, in->source, in->software, in->event, in->plate, s->clip_start_us);
    if (!record)
        return error_set(error, STATUS_MEMORY, "out of memory for the record");
    json_object_set_new(record, "violation",
                        json_pack("{s:s?,s:s?}", "text", in->site->violation_text, "code",
                                  in->site->violation_code));
    json_object_set(record, "files", s->files);
    char *text = record_text(record, &size);
    json_decref(record);
    Status status = text ? path_join(path, s->folder, "record.json", error)
                         : error_set(error, STATUS_MEMORY, "out of memory for the record");
    if (status == STATUS_OK)
        status = file_write_plain(path, text, size, error);
    free(text);
    return status;
}

Status pack_stage(const char *folder, const PackInput *input, Error *error)
{
    Staging s = {folder, input, json_array(), INT64_MIN};
    Status status = folder_remove(folder, error);
    if (status == STATUS_OK)
        status = folder_make(folder, error);
    Status (*const steps[])(Staging *, Error *) = {stage_panoramas, stage_drawings, stage_plate,
                                                   stage_clip, stage_record};
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == STATUS_OK; i++)
        status = steps[i](&s, error);
    json_decref(s.files);
    Error ignored;
    if (status != STATUS_OK && folder_remove(folder, &ignored) != STATUS_OK)
        log_warning("%s", ignored.text);
    return status;
}
