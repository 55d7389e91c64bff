#include "evidence/retention.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/lines.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef struct Kept { // a pack that still has media
    char place[256];  // day/ID
    uint64_t bytes;
    int64_t day_us; // midnight at the begin of its day
    bool done;      // its case is: the media may go
} Kept;

typedef struct Retention {
    const char *folder;
    const SecretKey *key;
    RetentionReport *report;
    Kept *packs; // oldest first
    size_t count, room;
} Retention;

static bool parse_day(const char *name, int64_t *time_us)
{
    int year, month, day, length = 0;
    return sscanf(name, "%4d-%2d-%2d%n", &year, &month, &day, &length) == 3 && length == 10 &&
           !name[10] && clock_from_fields(year, month, day, 0, 0, 0, time_us);
}

// Names in the pack's SHA256SUMS but the record's, as a JSON list; NULL when it cannot be read.
static json_t *media_names(const char *pack)
{
    char path[PATH_SIZE], *text;
    size_t size;
    if (path_join(path, pack, "SHA256SUMS", NULL) != STATUS_OK ||
        file_read(path, &text, &size, NULL) != STATUS_OK)
        return NULL;
    json_t *names = json_array();
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        const char *name = strlen(line) > 66 ? line + 66 : "";
        if (*name && strcmp(name, "record.json") != 0 && !strchr(name, '/'))
            json_array_append_new(names, json_string(name));
    }
    free(text);
    return names;
}

// The state that the last decision led to; "pending" without one.
static void case_state(const char *pack, char state[32])
{
    char path[PATH_SIZE], *text;
    size_t size;
    snprintf(state, 32, "pending");
    if (path_join(path, pack, "verdicts.jsonl", NULL) != STATUS_OK || !file_exists(path) ||
        file_read(path, &text, &size, NULL) != STATUS_OK)
        return;
    for (char *line = text, *end; *line; line = end) {
        size_t length = strcspn(line, "\n");
        end = line + length + (line[length] == '\n');
        json_t *step = json_loadb(line, length, 0, NULL);
        const char *to = json_string_value(json_object_get(step, "to"));
        if (to)
            snprintf(state, 32, "%s", to);
        json_decref(step);
    }
    free(text);
}

static Status note_pack(Retention *r, const char *day, const char *id, int64_t day_us, Error *error)
{
    char place[256], pack[PATH_SIZE], path[PATH_SIZE], state[32];
    uint64_t bytes = 0;
    const json_t *name;
    size_t i;
    if (snprintf(place, sizeof place, "%s/%s", day, id) >= (int)sizeof place ||
        path_join(pack, r->folder, place, NULL) != STATUS_OK)
        return STATUS_OK;
    json_t *names = media_names(pack);
    json_array_foreach(names, i, name)
    {
        struct stat info;
        if (path_join(path, pack, json_string_value(name), NULL) == STATUS_OK &&
            stat(path, &info) == 0)
            bytes += (uint64_t)info.st_size;
    }
    json_decref(names);
    if (!bytes)
        return STATUS_OK;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        Kept *grown = realloc(r->packs, room * sizeof *grown);
        if (!grown)
            return error_set(error, STATUS_MEMORY, "out of memory");
        r->packs = grown;
        r->room = room;
    }
    case_state(pack, state);
    Kept *kept = &r->packs[r->count++];
    *kept = (Kept){.bytes = bytes,
                   .day_us = day_us,
                   .done = strcmp(state, "rejected") == 0 || strcmp(state, "processed") == 0 ||
                           strcmp(state, "struck_off") == 0};
    memcpy(kept->place, place, sizeof place);
    r->report->left_bytes += bytes;
    return STATUS_OK;
}

static Status note_day(Retention *r, const char *day, int64_t day_us, Error *error)
{
    char path[PATH_SIZE];
    Names packs;
    Status status = path_join(path, r->folder, day, error);
    if (status == STATUS_OK)
        status = folder_list(path, &packs, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < packs.count && status == STATUS_OK; i++)
        status = note_pack(r, day, packs.items[i], day_us, error);
    names_free(&packs);
    return status;
}

static Status note_all(Retention *r, Error *error)
{
    Names days;
    int64_t day_us;
    Status status = folder_list(r->folder, &days, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < days.count && status == STATUS_OK; i++)
        if (parse_day(days.items[i], &day_us))
            status = note_day(r, days.items[i], day_us, error);
    names_free(&days);
    return status;
}

// Announces, then removes.
static Status retire(Retention *r, Kept *kept, Error *error)
{
    char path[PATH_SIZE], pack[PATH_SIZE];
    const json_t *name;
    size_t i;
    Status status = path_join(pack, r->folder, kept->place, error);
    if (status == STATUS_OK)
        status = path_join(path, r->folder, "deletions.jsonl", error);
    json_t *names = status == STATUS_OK ? media_names(pack) : NULL;
    // All of its names: after a crash the line must still cover what went before.
    json_t *line = json_pack("{s:s,s:s,s:O}", "pack", path_base(kept->place), "time",
                             clock_text(clock_now_us()).rfc3339, "files", names);
    if (status == STATUS_OK)
        status = line ? lines_append(path, "", line, r->key, error)
                      : error_set(error, STATUS_MEMORY, "out of memory");
    json_array_foreach(names, i, name)
    {
        if (status == STATUS_OK)
            status = path_join(path, pack, json_string_value(name), error);
        if (status == STATUS_OK && unlink(path) != 0 && errno != ENOENT)
            status = error_set_errno(error, "cannot remove %s", path);
    }
    json_decref(line);
    json_decref(names);
    if (status != STATUS_OK)
        return status;
    r->report->retired++;
    r->report->bytes += kept->bytes;
    r->report->left_bytes -= kept->bytes;
    kept->done = false;
    return STATUS_OK;
}

static bool is_over(const Retention *r, const RetentionLimits *limits)
{
    struct statvfs disk;
    if (limits->max_bytes && r->report->left_bytes > limits->max_bytes)
        return true;
    return limits->min_free_bytes && statvfs(r->folder, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < limits->min_free_bytes;
}

Status retention_run(const char *folder, const RetentionLimits *limits, const SecretKey *key,
                     int64_t now_us, RetentionReport *report, Error *error)
{
    *report = (RetentionReport){0};
    Retention r = {.folder = folder, .key = key, .report = report};
    int64_t oldest_us = now_us - (limits->media_days + INT64_C(1)) * 86400 * SECOND_US;
    Status status = note_all(&r, error);
    for (size_t i = 0; i < r.count && status == STATUS_OK; i++) {
        Kept *kept = &r.packs[i];
        bool old = limits->media_days && kept->day_us <= oldest_us;
        if (kept->done && (old || is_over(&r, limits)))
            status = retire(&r, kept, error);
    }
    report->over = status == STATUS_OK && is_over(&r, limits);
    free(r.packs);
    return status;
}
