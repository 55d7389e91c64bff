#include "app/board.h"

#include "app/commands.h"
#include "app/naming.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/options.h"
#include "capture/stills.h"
#include "evidence/board_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Job {
    const BoardRequest *request;
    Settings settings;
    RecordSite site;
    char camera[CAMERA_SIZE], settings_sha256[SHA256_HEX_SIZE];
    BoardLayout layout;
    BoardReading readings[BOARD_MAX_PICTURES], mean;
    BoardCheck check;
    char output[PATH_SIZE];
} Job;

static Status parse_numbers(const char *text, double *out, int count, Error *error)
{
    const char *at = text;
    for (int i = 0; i < count; i++) {
        char *end;
        out[i] = strtod(at, &end);
        if (end == at || !(fabs(out[i]) < 1e6) || *end != (i + 1 < count ? ',' : '\0'))
            return error_set(error, STATUS_ARGUMENT, "%s: %d numbers parted by commas are needed",
                             text, count);
        at = end + 1;
    }
    return STATUS_OK;
}

static Status parse_corners(const BoardRequest *request, double out[4][2], Error *error)
{
    if (!request->corners == !request->region)
        return error_set(
            error, STATUS_ARGUMENT,
            "measure --board needs to know where the board is: --corners x,y,x,y,x,y,x,y "
            "(top left, top right, bottom right, bottom left) or --region x,y,w,h");
    if (request->corners)
        return parse_numbers(request->corners, &out[0][0], 8, error);
    double box[4];
    Status status = parse_numbers(request->region, box, 4, error);
    for (int i = 0; i < 4 && status == STATUS_OK; i++) {
        out[i][0] = box[0] + (i == 1 || i == 2 ? box[2] : 0);
        out[i][1] = box[1] + (i >= 2 ? box[3] : 0);
    }
    return status;
}

static Status parse_layout(Job *job, Error *error)
{
    const BoardRequest *request = job->request;
    BoardCheck *check = &job->check;
    char rest;
    job->layout = board_layout_default();
    job->layout.rim = request->rim / 100.0;
    if (request->rim && request->rim < 5)
        return error_set(error, STATUS_ARGUMENT, "--rim %d: 0, or 5 to 40 percent of a cell",
                         request->rim);
    check->width_mm = 900;
    check->height_mm = 600;
    if (request->size &&
        (sscanf(request->size, "%dx%d%c", &check->width_mm, &check->height_mm, &rest) != 2 ||
         check->width_mm < 1 || check->height_mm < 1))
        return error_set(error, STATUS_ARGUMENT, "--size %s: WIDTHxHEIGHT in mm is needed",
                         request->size);
    if (request->at &&
        (parse_numbers(request->at, &check->at_s, 1, error) != STATUS_OK || check->at_s < 0))
        return error_set(error, STATUS_ARGUMENT, "--at %s: seconds from the clip's begin",
                         request->at);
    return request->levels ? board_layout_parse(request->levels, &job->layout, error) : STATUS_OK;
}

static Status find_site(Job *job, Error *error)
{
    const BoardRequest *request = job->request;
    const char *id = request->camera;
    Status status = settings_load(&job->settings, request->settings, error);
    if (status != STATUS_OK)
        return status;
    if (id && request->settings && !settings_has_camera(&job->settings, id))
        return error_set(error, STATUS_ARGUMENT, "%s has no camera %s", request->settings, id);
    id = id ? id : naming_of_settings(&job->settings, request->pictures[0]);
    if (id)
        snprintf(job->camera, sizeof job->camera, "%s", id);
    else
        naming_camera(request->pictures[0], false, job->camera);
    const CameraSettings *camera = settings_camera(&job->settings, job->camera);
    job->site = settings_site(&job->settings, camera, job->camera);
    if (request->settings)
        settings_hash(&job->settings, camera, job->settings_sha256);
    return STATUS_OK;
}

// When the first picture was taken.
static Status find_time(Job *job, Error *error)
{
    const char *path = job->request->pictures[0], *told = job->request->time;
    BoardCheck *check = &job->check;
    struct stat info;
    check->made_us = clock_now_us();
    check->clock_source = told ? "argument" : "file-name";
    if (told && !clock_parse(told, &check->taken_us))
        return error_set(error, STATUS_ARGUMENT, "--time %s: 2026-11-23T08:15:00 is needed", told);
    if (told || naming_time(path, &check->taken_us))
        return STATUS_OK;
    if (stat(path, &info))
        return error_set_errno(error, "cannot read %s", path);
    check->clock_source = "file-time";
    check->taken_us = (int64_t)info.st_mtime * SECOND_US;
    return STATUS_OK;
}

static Status read_picture(Job *job, int i, Error *error)
{
    BoardCheck *check = &job->check;
    const char *path = job->request->pictures[i];
    BoardPicture *about = &check->pictures[i];
    Picture *picture = NULL;
    *about = (BoardPicture){.name = path_base(path)};
    Status status = file_sha256(path, about->sha256, error);
    if (status == STATUS_OK)
        status = still_read_at(path, (int64_t)(check->at_s * 1e6), &picture, error);
    if (status == STATUS_OK && i &&
        (picture->width != check->picture->width || picture->height != check->picture->height))
        status = error_set(error, STATUS_ARGUMENT, "%s is %dx%d, the first picture %dx%d", path,
                           picture->width, picture->height, check->picture->width,
                           check->picture->height);
    if (status == STATUS_OK) {
        about->width = picture->width;
        about->height = picture->height;
        status = board_read(picture, &job->layout, (const double(*)[2])check->corners,
                            &job->readings[i], error);
    }
    if (status == STATUS_OK && !i)
        check->picture = picture_ref(picture);
    picture_unref(&picture);
    return status;
}

// The record's path: as told, or the first picture's name; an older record is never lost by that.
static Status choose_output(Job *job, Error *error)
{
    const char *name = path_base(job->request->pictures[0]), *dot = strrchr(name, '.');
    if (job->request->output)
        snprintf(job->output, sizeof job->output, "%s", job->request->output);
    else
        snprintf(job->output, sizeof job->output, "%.*s-check.pdf",
                 dot && dot > name ? (int)(dot - name) : (int)strlen(name), name);
    if (!job->request->output && file_exists(job->output))
        return error_set(error, STATUS_ARGUMENT,
                         "%s exists: say by -o FILE.pdf where the record goes", job->output);
    return STATUS_OK;
}

static Status print_json(const Job *job, Error *error)
{
    json_t *object = board_check_json(&job->check);
    if (object)
        json_object_set_new(object, "record", json_string(job->output));
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (!line)
        return error_set(error, STATUS_ARGUMENT, "a name is not UTF-8");
    puts(line);
    free(line);
    return STATUS_OK;
}

static void print_plain(const Job *job)
{
    bool chinese = locale_is_chinese();
    const BoardReading *mean = &job->mean;
    for (int i = 0; i < mean->count; i++) {
        const BoardField *field = &mean->fields[i];
        if (field->fault)
            printf(chinese ? "%2d  标称 %.2f 级  无法测量：%s\n"
                           : "%2d  level %.2f  not measurable: %s\n",
                   i + 1, field->nominal, board_fault_words(field->fault, chinese));
        else
            printf(chinese ? "%2d  标称 %.2f 级  示值 %.2f 级  误差 %+.2f  %s\n"
                           : "%2d  level %.2f  measured %.2f  error %+.2f  %s\n",
                   i + 1, field->nominal, board_grade(field), board_error(field),
                   board_verdict_words(board_field_passes(field) ? BOARD_PASSES : BOARD_FAILS,
                                       chinese));
    }
    if (mean->turned)
        printf(chinese ? "四角顺序疑有误：顺移 %d 个角后各级均合格\n"
                       : "the corners seem to be out of order: begun %d corners later every level "
                         "passes\n",
               mean->turned);
    printf(chinese ? "结论：%s（允许 ±%.2f 级）；记录 %s\n"
                   : "result: %s (allowed ±%.2f grade); record %s\n",
           board_verdict_words(board_verdict(mean), chinese), BOARD_ALLOWED, job->output);
}

static Status run(Job *job, Error *error)
{
    const BoardRequest *request = job->request;
    BoardCheck *check = &job->check;
    Status status = parse_layout(job, error);
    if (status == STATUS_OK)
        status = parse_corners(request, check->corners, error);
    if (status == STATUS_OK)
        status = find_site(job, error);
    if (status == STATUS_OK)
        status = find_time(job, error);
    if (status == STATUS_OK)
        status = choose_output(job, error);
    for (int i = 0; i < request->picture_count && status == STATUS_OK; i++)
        status = read_picture(job, i, error);
    if (status != STATUS_OK)
        return status;
    job->mean = board_mean(job->readings, (size_t)request->picture_count);
    check->site = &job->site;
    check->layout = &job->layout;
    check->reading = &job->mean;
    check->picture_count = (size_t)request->picture_count;
    check->version = HEIYAN_VERSION;
    check->settings_sha256 = request->settings ? job->settings_sha256 : NULL;
    return board_sheet_write(check, locale_is_chinese(), job->output, error);
}

int board_check(const BoardRequest *request)
{
    Error error;
    if (request->picture_count < 1 || request->picture_count > BOARD_MAX_PICTURES) {
        log_error("measure --board needs 1 to %d pictures of the board", BOARD_MAX_PICTURES);
        return EXIT_USAGE;
    }
    Job *job = calloc(1, sizeof *job);
    if (!job) {
        log_error("out of memory");
        return EXIT_PART;
    }
    job->request = request;
    Status status = run(job, &error);
    if (status == STATUS_OK && request->json)
        status = print_json(job, &error);
    else if (status == STATUS_OK)
        print_plain(job);
    int result = status == STATUS_ARGUMENT ? EXIT_USAGE : EXIT_PART;
    if (status != STATUS_OK)
        log_error("%s", error.text);
    else if (board_verdict(&job->mean) == BOARD_PASSES)
        result = EXIT_GOOD;
    picture_unref(&job->check.picture);
    settings_free(&job->settings);
    free(job);
    return result;
}
