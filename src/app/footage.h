// Recorded footage on disk: what is there, of which camera, and when it was taken.
#ifndef HEIYAN_APP_FOOTAGE_H
#define HEIYAN_APP_FOOTAGE_H

#include "app/settings.h"
#include "capture/source.h"

typedef struct Footage { // one video file, or one folder of stills
    char *path;          // of the file or folder
    char **stills;       // paths, NULL for a video
    size_t still_count;
    char camera[64];
    bool camera_guessed;      // from the name alone: neither the user nor the settings said so
    const char *clock_source; // static, as in the record
    int64_t start_us, end_us;
    double fps;
    uint64_t size;
    char fingerprint[SHA256_HEX_SIZE];
    struct Footage *before, *after; // joins within 1 s, same camera
} Footage;

typedef struct FootageOptions {
    const char *camera;     // NULL = from the settings or the name
    const char *start_time; // NULL = found out
    const Settings *settings;
} FootageOptions;

typedef struct FootageList {
    Footage **items; // ordered by (start, camera, path)
    size_t count, room;
    size_t unusable; // files that should be footage and cannot be read; said on stderr
    size_t unknown;  // files that are no footage
    size_t twins;    // left out: the same bytes stand in the list already
} FootageList;

// Looks through files and folders. STATUS_ARGUMENT when start_time is none.
Status footage_find(FootageList *out, char **paths, size_t path_count,
                    const FootageOptions *options, Error *error);
void footage_free(FootageList *list);

// Opens it with its first picture at start_us.
Status footage_open(const Footage *footage, int64_t start_us, Source **out, Error *error);

#endif
