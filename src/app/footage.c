#include "app/footage.h"

#include "app/naming.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MIN_WIDTH 160
#define MIN_HEIGHT 120
#define JOIN_US SECOND_US // gap or overlap up to which two files are one stream

// ---- clocks ----

static void name_camera(Footage *footage, const FootageOptions *options)
{
    const char *known =
        options->camera ? options->camera : naming_of_settings(options->settings, footage->path);
    footage->camera_guessed = !known;
    if (known)
        snprintf(footage->camera, sizeof footage->camera, "%s", known);
    else
        naming_camera(footage->path, footage->stills, footage->camera);
}

static void tell_time(Footage *footage, const SourceInfo *info, const FootageOptions *options)
{
    struct stat file;
    const CameraSettings *camera = settings_camera(options->settings, footage->camera);
    if (naming_time(footage->stills ? footage->stills[0] : footage->path, &footage->start_us) ||
        naming_time(footage->path, &footage->start_us)) {
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
    static const char *const endings[] = {
        ".mp4",  ".mkv", ".avi", ".ts",  ".flv", ".mov", ".dav",  ".ps",  ".mpg",  ".mpeg", ".h264",
        ".h265", ".264", ".265", ".m4v", ".mts", ".wmv", ".webm", ".3gp", ".mjpg", ".mjpeg"};
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

// Whether the same bytes stand in the list already: given twice, or a copy under a name that says
// nothing else.
static bool is_twin(const FootageList *list, const Footage *footage)
{
    for (size_t i = 0; i < list->count; i++) {
        const Footage *other = list->items[i];
        if (other->size == footage->size && strcmp(other->fingerprint, footage->fingerprint) == 0 &&
            (strcmp(other->camera, footage->camera) == 0 || footage->camera_guessed))
            return true;
    }
    return false;
}

// Takes footage over: opens it once for its facts and lists it. Says on stderr what is wrong with
// it.
static void add_footage(Finder *finder, Footage *footage)
{
    FootageList *list = finder->list;
    Source *source = NULL;
    Error error;
    Status status = footage_open(footage, 0, &source, &error);
    const SourceInfo *info = status == STATUS_OK ? source_info(source) : NULL;
    if (info && (info->width < MIN_WIDTH || info->height < MIN_HEIGHT))
        status =
            error_set(&error, STATUS_UNSUPPORTED,
                      "%s: %dx%d pictures are too small to see smoke in; at least %dx%d is needed",
                      footage->path, info->width, info->height, MIN_WIDTH, MIN_HEIGHT);
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
    if (is_twin(list, footage)) {
        list->twins++;
        source_close(&source);
        footage_destroy(footage);
        return;
    }
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
        if (names.items[i][0] == '.' ||
            path_join(path, folder, names.items[i], NULL) != STATUS_OK || stat(path, &info) != 0)
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

// Whether a start time given once counts on from a to b: one camera, or files that nobody has
// assigned to cameras.
static bool follow_one_another(const Footage *a, const Footage *b)
{
    return strcmp(a->camera, b->camera) == 0 || (a->camera_guessed && b->camera_guessed);
}

// A start time given by the user holds for the first file; the others follow one another in the
// order given.
static Status apply_start(FootageList *list, const char *text, Error *error)
{
    int64_t start;
    if (!clock_parse(text, &start))
        return error_set(error, STATUS_ARGUMENT,
                         "--start-time %s is no time: write it as 2026-11-23T08:15:02 or with an "
                         "offset, 2026-11-23T08:15:02+08:00",
                         text);
    for (size_t i = 0; i < list->count; i++) {
        Footage *footage = list->items[i];
        int64_t duration = footage->end_us - footage->start_us, from = start;
        for (size_t j = 0; j < i; j++)
            if (follow_one_another(list->items[j], footage))
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

// How many pictures of one folder stand one after another from paths on: they are one sequence.
static size_t pictures_from(char **paths, size_t count)
{
    size_t folder = (size_t)(path_base(paths[0]) - paths[0]), n = 1;
    while (n < count && (size_t)(path_base(paths[n]) - paths[n]) == folder &&
           strncmp(paths[n], paths[0], folder) == 0 && source_probe(paths[n]) == SOURCE_PICTURE)
        n++;
    return n;
}

Status footage_find(FootageList *out, char **paths, size_t path_count,
                    const FootageOptions *options, Error *error)
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
            size_t count = pictures_from(paths + i, path_count - i);
            add_stills(&finder, paths[i], &paths[i], count);
            i += count - 1;
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
