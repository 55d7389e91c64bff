#include "evidence/retention.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/lines.h"
#include "evidence/record.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef struct Kept { // a pack that has something to give
    char place[256];  // day/ID
    uint64_t bytes;   // of its media; 0: they went
    int64_t day_us;   // midnight at the begin of its day
    bool done;        // its case is: the media may go
} Kept;

typedef struct Retention {
    const char *folder;
    const SecretKey *key;
    int64_t media_us, record_us; // what is of that time or older is too old
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
    bool whole = names != NULL;
    json_decref(names);
    if (!whole || (!bytes && day_us > r->record_us))
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

// What will go is said first.
static Status announce(const Retention *r, const Kept *kept, json_t *files, json_t *expired,
                       Error *error)
{
    char path[PATH_SIZE];
    Status status = path_join(path, r->folder, "deletions.jsonl", error);
    json_t *line =
        json_pack("{s:s,s:s,s:O?,s:O*}", "pack", path_base(kept->place), "time",
                  clock_text(clock_now_us()).rfc3339, "files", files, "expired", expired);
    if (status == STATUS_OK)
        status = line && files ? lines_append(path, "", line, r->key, error)
                               : error_set(error, STATUS_MEMORY, "out of memory");
    json_decref(line);
    return status;
}

// Removes the media.
static Status retire(Retention *r, Kept *kept, Error *error)
{
    char path[PATH_SIZE], pack[PATH_SIZE];
    const json_t *name;
    size_t i;
    Status status = path_join(pack, r->folder, kept->place, error);
    json_t *names = status == STATUS_OK ? media_names(pack) : NULL;
    // All of its names: after a crash the line must still cover what went before.
    if (status == STATUS_OK)
        status = announce(r, kept, names, NULL, error);
    json_array_foreach(names, i, name)
    {
        if (status == STATUS_OK)
            status = path_join(path, pack, json_string_value(name), error);
        if (status == STATUS_OK && unlink(path) != 0 && errno != ENOENT)
            status = error_set_errno(error, "cannot remove %s", path);
    }
    json_decref(names);
    if (status != STATUS_OK)
        return status;
    r->report->retired++;
    r->report->bytes += kept->bytes;
    r->report->left_bytes -= kept->bytes;
    kept->bytes = 0;
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

// ---- whole packs ----

// True when the record is the one that the sums, signed by our key, name.
static bool is_proven(const Retention *r, const char *pack, const char *sums, size_t size)
{
    char path[PATH_SIZE], hex[SHA256_HEX_SIZE], comment[600], line[SHA256_HEX_SIZE + 16];
    char *signature = NULL;
    size_t length;
    Error why;
    bool proven = path_join(path, pack, "SHA256SUMS.minisig", NULL) == STATUS_OK &&
                  file_read(path, &signature, &length, NULL) == STATUS_OK &&
                  minisign_verify(&r->key->public, sums, size, signature, comment, sizeof comment,
                                  &why) == STATUS_OK &&
                  strcmp(comment, path_base(pack)) == 0 &&
                  path_join(path, pack, "record.json", NULL) == STATUS_OK &&
                  file_sha256(path, hex, NULL) == STATUS_OK;
    free(signature);
    return proven && snprintf(line, sizeof line, "%s  record.json\n", hex) > 0 &&
           strstr(sums, line);
}

// Its place in its camera's chain; NULL when it cannot be believed.
static json_t *chain_place(const Retention *r, const char *pack)
{
    char path[PATH_SIZE], hex[SHA256_HEX_SIZE], *sums;
    size_t size;
    Error why;
    json_t *record, *place = NULL;
    if (path_join(path, pack, "SHA256SUMS", NULL) != STATUS_OK ||
        file_read(path, &sums, &size, NULL) != STATUS_OK)
        return NULL;
    bytes_sha256(sums, size, hex);
    if (is_proven(r, pack, sums, size) && path_join(path, pack, "record.json", NULL) == STATUS_OK &&
        record_load(path, &record, &why) == STATUS_OK) {
        const json_t *camera = json_object_get(record, "camera");
        place = json_pack("{s:O?,s:s,s:O?}", "camera", json_object_get(camera, "id"), "sums", hex,
                          "previous", json_object_get(record, "previous"));
        json_decref(record);
    }
    free(sums);
    return place;
}

static json_t *all_names(const char *pack)
{
    Names names;
    if (folder_list(pack, &names, NULL) != STATUS_OK)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < names.count; i++)
        json_array_append_new(list, json_string(names.items[i]));
    names_free(&names);
    return list;
}

// Out of sight at once, so that nobody meets half a pack; then file by file.
static Status remove_pack(const Retention *r, const char *pack, Error *error)
{
    char attic[PATH_SIZE], path[PATH_SIZE], day[PATH_SIZE];
    Status status = path_join(attic, r->folder, ".heiyan/expired", error);
    if (status == STATUS_OK)
        status = folder_make(attic, error);
    if (status == STATUS_OK)
        status = path_join(path, attic, path_base(pack), error);
    if (status == STATUS_OK && rename(pack, path) != 0)
        status = error_set_errno(error, "cannot remove %s", pack);
    if (status == STATUS_OK)
        status = folder_remove(attic, error);
    snprintf(day, sizeof day, "%.*s", (int)(path_base(pack) - pack - 1), pack);
    if (status == STATUS_OK)
        rmdir(day); // when that was its last
    return status;
}

static Status expire(Retention *r, const Kept *kept, Error *error)
{
    char pack[PATH_SIZE];
    Status status = path_join(pack, r->folder, kept->place, error);
    if (status != STATUS_OK)
        return status;
    json_t *place = chain_place(r, pack);
    if (!place) {
        r->report->unproven++;
        return STATUS_OK;
    }
    json_t *names = all_names(pack);
    status = announce(r, kept, names, place, error);
    json_decref(names);
    json_decref(place);
    if (status == STATUS_OK)
        status = remove_pack(r, pack, error);
    r->report->expired += status == STATUS_OK;
    return status;
}

// What a crash left of a pack that was being removed.
static Status clear_attic(const Retention *r, Error *error)
{
    char attic[PATH_SIZE];
    Status status = path_join(attic, r->folder, ".heiyan/expired", error);
    return status == STATUS_OK ? folder_remove(attic, error) : status;
}

static int64_t too_old(int64_t now_us, int days)
{
    return days ? now_us - (days + INT64_C(1)) * 86400 * SECOND_US : INT64_MIN;
}

Status retention_run(const char *folder, const RetentionLimits *limits, const SecretKey *key,
                     int64_t now_us, RetentionReport *report, Error *error)
{
    *report = (RetentionReport){0};
    Retention r = {.folder = folder,
                   .key = key,
                   .media_us = too_old(now_us, limits->media_days),
                   .record_us = too_old(now_us, limits->record_days),
                   .report = report};
    Status status = clear_attic(&r, error);
    if (status == STATUS_OK)
        status = note_all(&r, error);
    for (size_t i = 0; i < r.count && status == STATUS_OK; i++) {
        Kept *kept = &r.packs[i];
        if (kept->done && kept->bytes && (kept->day_us <= r.media_us || is_over(&r, limits)))
            status = retire(&r, kept, error);
        if (status == STATUS_OK && kept->done && !kept->bytes && kept->day_us <= r.record_us)
            status = expire(&r, kept, error);
    }
    report->over = status == STATUS_OK && is_over(&r, limits);
    free(r.packs);
    return status;
}
