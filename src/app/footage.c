#include "app/footage.h"

#include "base/clock.h"
#include "base/log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define JOIN_US SECOND_US // gap or overlap up to which two files are one stream
#define DAY_US (86400 * SECOND_US)

// ---- times in names ----

// Reads n digits at text, skipping at most one separator before each group when loose.
static bool digits(const char **at, int n, int *value)
{
    *value = 0;
    for (int i = 0; i < n; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *value = *value * 10 + **at - '0';
    }
    return true;
}

static void skip_any(const char **at, const char *set)
{
    if (**at && strchr(set, **at))
        (*at)++;
}

// 20261123081502, 20261123_081502, 2026-11-23 08-15-02, 2026-11-23T08:15:02 and the like, with a fraction of three
// digits or none.
static const char *full_time(const char *text, int64_t *time_us)
{
    const char *at = text;
    int year, month, day, hour, minute, second, ms = 0;
    if (!digits(&at, 4, &year))
        return NULL;
    skip_any(&at, "-_.");
    if (!digits(&at, 2, &month))
        return NULL;
    skip_any(&at, "-_.");
    if (!digits(&at, 2, &day))
        return NULL;
    skip_any(&at, "-_. T@");
    if (!digits(&at, 2, &hour))
        return NULL;
    skip_any(&at, "-_.:hH");
    if (!digits(&at, 2, &minute))
        return NULL;
    skip_any(&at, "-_.:mM");
    if (!digits(&at, 2, &second))
        return NULL;
    const char *fraction = at + 1;
    if (*at == '.' && digits(&fraction, 3, &ms) && !isdigit((unsigned char)*fraction))
        at = fraction;
    else if (digits(&(const char *){at}, 3, &ms) && !isdigit((unsigned char)at[3]))
        at += 3;
    else
        ms = 0;
    if (isdigit((unsigned char)*at) || year < 1990 || year > 2100 ||
        !clock_from_fields(year, month, day, hour, minute, second, time_us))
        return NULL;
    *time_us += ms * 1000;
    return at;
}

// 08.15.02 within a day known from the folder (Dahua: 08.15.02-08.20.02[M][0@0][0].dav).
static const char *day_time(const char *text, int64_t day_us, int64_t *time_us)
{
    const char *at = text;
    int hour, minute, second;
    if (!digits(&at, 2, &hour) || *at++ != '.' || !digits(&at, 2, &minute) || *at++ != '.' ||
        !digits(&at, 2, &second) || isdigit((unsigned char)*at) || hour > 23 || minute > 59 ||
        second > 59)
        return NULL;
    *time_us = day_us + (hour * 3600 + minute * 60 + second) * SECOND_US;
    return at;
}

// Seconds or milliseconds since 1970, between 2001 and 2100.
static const char *epoch_time(const char *text, int64_t *time_us)
{
    size_t length = strspn(text, "0123456789");
    if (length != 10 && length != 13)
        return NULL;
    int64_t value = strtoll(text, NULL, 10);
    *time_us = length == 10 ? value * SECOND_US : value * 1000;
    return *time_us > 978307200 * SECOND_US && *time_us < 4102444800 * SECOND_US ? text + length
                                                                                : NULL;
}

bool footage_name_time(const char *name, int64_t day_us, int64_t *time_us, char *rest, size_t size)
{
    bool found = false;
    size_t used = 0;
    bool digit_before = false;
    for (const char *at = name; *at;) {
        int64_t time = 0;
        const char *end = NULL;
        if (!digit_before && isdigit((unsigned char)*at)) {
            end = full_time(at, &time);
            if (!end && day_us)
                end = day_time(at, day_us, &time);
            if (!end)
                end = epoch_time(at, &time);
        }
        if (end) {
            if (!found)
                *time_us = time;
            found = true;
            at = end;
            digit_before = false;
            continue;
        }
        digit_before = isdigit((unsigned char)*at);
        if (used + 1 < size)
            rest[used++] = *at;
        at++;
    }
    rest[used] = '\0';
    return found;
}

// The day in the name of one of the folders above: 2026-11-23 or 20261123.
static int64_t day_of_folder(const char *path)
{
    int64_t day_us = 0;
    for (const char *at = path; (at = strchr(at, '/')); at++) {
        const char *from = at;
        while (from > path && from[-1] != '/')
            from--;
        int year, month, day;
        if (!digits(&from, 4, &year))
            continue;
        skip_any(&from, "-_.");
        if (!digits(&from, 2, &month))
            continue;
        skip_any(&from, "-_.");
        int64_t time;
        if (digits(&from, 2, &day) && !isdigit((unsigned char)*from) && year > 1990 &&
            clock_from_fields(year, month, day, 0, 0, 0, &time))
            day_us = time;
    }
    return day_us;
}

// ---- cameras ----

static void reduce(const char *name, char out[64])
{
    size_t used = 0;
    for (const char *c = name; *c && used + 4 < 64; c++)
        if (isalnum((unsigned char)*c) || (*c == '-' && used && out[used - 1] != '-'))
            out[used++] = *c;
    while (used && out[used - 1] == '-')
        used--;
    out[used] = '\0';
}

// The camera of the settings whose id is a folder above the file, or begins the file's name.
static const char *camera_of_settings(const Settings *settings, const char *path)
{
    const CameraSettings *cameras = settings->cameras.items;
    const char *best = NULL;
    for (size_t i = 0; i < settings->cameras.count; i++) {
        size_t length = strlen(cameras[i].id);
        for (const char *at = path; at && *at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
            if (strncmp(at, cameras[i].id, length) == 0 && !isalnum((unsigned char)at[length]) &&
                at[length] != '-' && (!best || length > strlen(best)))
                best = cameras[i].id;
    }
    return best;
}

static void name_camera(Footage *footage, const FootageOptions *options)
{
    char stem[PATH_SIZE], rest[PATH_SIZE];
    const char *known = options->camera ? options->camera
                                        : camera_of_settings(options->settings, footage->path);
    if (known) {
        snprintf(footage->camera, sizeof footage->camera, "%s", known);
        return;
    }
    snprintf(stem, sizeof stem, "%s", path_base(footage->path));
    char *dot = footage->stills ? NULL : strrchr(stem, '.');
    if (dot && dot != stem)
        *dot = '\0';
    int64_t time;
    footage_name_time(stem, 0, &time, rest, sizeof rest);
    reduce(rest, footage->camera);
    if (!footage->camera[0])
        reduce(stem, footage->camera);
    if (!footage->camera[0])
        snprintf(footage->camera, sizeof footage->camera, "camera");
}

// ---- clocks ----

static void tell_time(Footage *footage, const SourceInfo *info, const FootageOptions *options)
{
    char rest[PATH_SIZE];
    struct stat file;
    const CameraSettings *camera = settings_camera(options->settings, footage->camera);
    if (footage_name_time(path_base(footage->path), day_of_folder(footage->path), &footage->start_us,
                          rest, sizeof rest)) {
        footage->clock_source = "file-name";
    } else if (info->has_container_time) {
        footage->start_us = info->container_time_us;
        footage->clock_source = "container";
        if (strcmp(camera->clock, "local") == 0) {
            // The recorder wrote its wall clock where UTC belongs.
            int64_t local;
            ClockText text = clock_text(footage->start_us);
            char naive[32];
            snprintf(naive, sizeof naive, "%.19s", text.rfc3339);
            if (clock_parse(naive, &local)) {
                char zulu[40];
                snprintf(zulu, sizeof zulu, "%sZ", naive);
                int64_t shifted = local;
                clock_parse(zulu, &shifted);
                footage->start_us -= shifted - local;
            }
        }
    } else if (stat(footage->stills ? footage->stills[0] : footage->path, &file) == 0 &&
               file.st_mtime > 0) {
        int64_t end = (int64_t)file.st_mtim.tv_sec * SECOND_US + file.st_mtim.tv_nsec / 1000;
        footage->start_us = footage->stills ? end : end - info->duration_us;
        footage->clock_source = "file-time";
    } else {
        footage->clock_source = "unknown";
    }
    footage->end_us = footage->start_us + info->duration_us;
}

// ---- discovery ----

typedef struct Finder {
    FootageList *list;
    const FootageOptions *options;
    dev_t devices[64]; // folders above, against loops of links
    ino_t inodes[64];
    int depth;
} Finder;

static bool named_like_video(const char *path)
{
    static const char *const endings[] = {".mp4", ".mkv", ".avi", ".ts", ".flv", ".mov", ".dav",
                                          ".ps", ".mpg", ".mpeg", ".h264", ".h265", ".264", ".265",
                                          ".m4v", ".mts", ".wmv", ".webm", ".3gp", ".mjpg", ".mjpeg"};
    const char *dot = strrchr(path_base(path), '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static void footage_destroy(Footage *footage)
{
    if (!footage)
        return;
    for (size_t i = 0; i < footage->still_count; i++)
        free(footage->stills[i]);
    free(footage->stills);
    free(footage->path);
    free(footage);
}

static Status print_of(Footage *footage, Error *error)
{
    if (!footage->stills)
        return file_fingerprint(footage->path, &footage->size, footage->fingerprint, error);
    char text[2 * SHA256_HEX_SIZE + 64], first[SHA256_HEX_SIZE], last[SHA256_HEX_SIZE];
    uint64_t size = 0, part;
    struct stat info;
    for (size_t i = 0; i < footage->still_count; i++)
        size += stat(footage->stills[i], &info) == 0 ? (uint64_t)info.st_size : 0;
    Status status = file_fingerprint(footage->stills[0], &part, first, error);
    if (status == STATUS_OK)
        status = file_fingerprint(footage->stills[footage->still_count - 1], &part, last, error);
    snprintf(text, sizeof text, "%s %s %zu %llu", first, last, footage->still_count,
             (unsigned long long)size);
    bytes_sha256(text, strlen(text), footage->fingerprint);
    footage->size = size;
    return status;
}

// Takes footage over: opens it once for its facts and lists it. Says on stderr what is wrong with it.
static void add_footage(Finder *finder, Footage *footage)
{
    FootageList *list = finder->list;
    Source *source = NULL;
    Error error;
    Status status = footage_open(footage, 0, &source, &error);
    if (status == STATUS_OK)
        status = print_of(footage, &error);
    if (status == STATUS_OK && list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        Footage **grown = realloc(list->items, room * sizeof(Footage *));
        if (grown) {
            list->items = grown;
            list->room = room;
        } else {
            status = error_set(&error, STATUS_MEMORY, "out of memory");
        }
    }
    if (status != STATUS_OK) {
        log_error("%s", error.text);
        list->unusable++;
        source_close(&source);
        footage_destroy(footage);
        return;
    }
    name_camera(footage, finder->options);
    footage->fps = source_info(source)->fps;
    tell_time(footage, source_info(source), finder->options);
    source_close(&source);
    list->items[list->count++] = footage;
}

static void add_file(Finder *finder, const char *path)
{
    Footage *footage = calloc(1, sizeof *footage);
    if (footage && (footage->path = strdup(path)))
        add_footage(finder, footage);
    else
        free(footage);
}

static bool is_evidence_folder(const char *path)
{
    char inside[PATH_SIZE];
    return (path_join(inside, path, ".heiyan", NULL) == STATUS_OK && file_exists(inside)) ||
           (path_join(inside, path, "heiyan.pub", NULL) == STATUS_OK && file_exists(inside));
}

static void add_stills(Finder *finder, const char *folder, char **paths, size_t count)
{
    Footage *footage = calloc(1, sizeof *footage);
    if (!footage)
        return;
    footage->path = strdup(folder);
    footage->stills = calloc(count, sizeof *footage->stills);
    for (size_t i = 0; footage->stills && i < count; i++)
        if ((footage->stills[footage->still_count] = strdup(paths[i])))
            footage->still_count++;
    size_t length = footage->path ? strlen(footage->path) : 0;
    while (length > 1 && footage->path[length - 1] == '/')
        footage->path[--length] = '\0';
    if (!footage->path || footage->still_count != count)
        footage_destroy(footage);
    else
        add_footage(finder, footage);
}

static void walk(Finder *finder, const char *folder);

// One entry of a folder: 'v' video, 'p' picture (both left to the caller), 0 dealt with.
static char look_at(Finder *finder, const char *path, const struct stat *info)
{
    if (S_ISDIR(info->st_mode)) {
        walk(finder, path);
        return 0;
    }
    if (!S_ISREG(info->st_mode))
        return 0;
    SourceKind kind = source_probe(path);
    if (kind == SOURCE_VIDEO || (kind == SOURCE_NOT_FOOTAGE && named_like_video(path)))
        return 'v';
    if (kind == SOURCE_PICTURE)
        return 'p';
    finder->list->unknown++;
    return 0;
}

static void walk(Finder *finder, const char *folder)
{
    struct stat own, info;
    if (stat(folder, &own) != 0 || finder->depth == 64)
        return;
    for (int i = 0; i < finder->depth; i++)
        if (finder->devices[i] == own.st_dev && finder->inodes[i] == own.st_ino)
            return;
    if (is_evidence_folder(folder))
        return;
    Names names;
    Error error;
    if (folder_list(folder, &names, &error) != STATUS_OK) {
        log_error("%s", error.text);
        finder->list->unusable++;
        return;
    }
    finder->devices[finder->depth] = own.st_dev;
    finder->inodes[finder->depth++] = own.st_ino;
    char **pictures = calloc(names.count + 1, sizeof *pictures), path[PATH_SIZE];
    size_t picture_count = 0, videos = 0;
    for (size_t i = 0; pictures && i < names.count; i++) {
        if (names.items[i][0] == '.' || path_join(path, folder, names.items[i], NULL) != STATUS_OK ||
            stat(path, &info) != 0)
            continue;
        char kind = look_at(finder, path, &info);
        if (kind == 'v') {
            add_file(finder, path);
            videos++;
        } else if (kind == 'p' && (pictures[picture_count] = strdup(path))) {
            picture_count++;
        }
    }
    if (picture_count && !videos)
        add_stills(finder, folder, pictures, picture_count);
    else
        finder->list->unknown += picture_count;
    for (size_t i = 0; i < picture_count; i++)
        free(pictures[i]);
    free(pictures);
    names_free(&names);
    finder->depth--;
}

static int by_time(const void *a, const void *b)
{
    const Footage *x = *(Footage *const *)a, *y = *(Footage *const *)b;
    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    int order = strcmp(x->camera, y->camera);
    return order ? order : strcmp(x->path, y->path);
}

// A start time given by the user holds for the first file; the others of its camera follow one another.
static Status apply_start(FootageList *list, const char *text, Error *error)
{
    int64_t start;
    if (!clock_parse(text, &start))
        return error_set(error, STATUS_ARGUMENT,
                         "--start-time %s is no time: write it as 2026-11-23T08:15:02 or with an "
                         "offset, 2026-11-23T08:15:02+08:00", text);
    for (size_t i = 0; i < list->count; i++) {
        Footage *footage = list->items[i];
        int64_t duration = footage->end_us - footage->start_us, from = start;
        for (size_t j = 0; j < i; j++)
            if (strcmp(list->items[j]->camera, footage->camera) == 0)
                from = list->items[j]->end_us;
        footage->start_us = from;
        footage->end_us = from + duration;
        footage->clock_source = "argument";
    }
    return STATUS_OK;
}

static void join(FootageList *list)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t j = i + 1; j < list->count; j++) {
            Footage *a = list->items[i], *b = list->items[j];
            if (strcmp(a->camera, b->camera) != 0)
                continue;
            if (llabs(b->start_us - a->end_us) <= JOIN_US && !a->stills && !b->stills) {
                a->after = b;
                b->before = a;
            }
            break;
        }
}

Status footage_find(FootageList *out, char **paths, size_t path_count, const FootageOptions *options,
                    Error *error)
{
    *out = (FootageList){0};
    Finder finder = {.list = out, .options = options};
    for (size_t i = 0; i < path_count; i++) {
        struct stat info;
        if (stat(paths[i], &info) != 0) {
            Error why;
            error_set_errno(&why, "cannot open %s", paths[i]);
            log_error("%s", why.text);
            out->unusable++;
        } else if (S_ISDIR(info.st_mode)) {
            walk(&finder, paths[i]);
        } else if (source_probe(paths[i]) == SOURCE_PICTURE) {
            add_stills(&finder, paths[i], &paths[i], 1);
        } else {
            add_file(&finder, paths[i]);
        }
    }
    Status status = options->start_time ? apply_start(out, options->start_time, error) : STATUS_OK;
    if (out->count)
        qsort(out->items, out->count, sizeof(Footage *), by_time);
    join(out);
    return status;
}

void footage_free(FootageList *list)
{
    for (size_t i = 0; i < list->count; i++)
        footage_destroy(list->items[i]);
    free(list->items);
    *list = (FootageList){0};
}

Status footage_open(const Footage *footage, int64_t start_us, Source **out, Error *error)
{
    SourceOptions options = {.start_us = start_us};
    return footage->stills ? source_open_stills(out, (const char *const *)footage->stills,
                                                footage->still_count, &options, error)
                           : source_open(out, footage->path, &options, error);
}
