#include "app/newest.h"

#include "app/thumbnail.h"
#include "base/clock.h"
#include "base/files.h"
#include "capture/jpeg.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_QUALITY 85

struct Newest {
    pthread_mutex_t lock; // of the picture
    Picture *picture;
    pthread_mutex_t thumbnail_lock; // of everything below; taken before the other
    unsigned char *thumbnail;
    size_t thumbnail_size;
    int64_t thumbnail_us; // when it was made
};

Newest *newest_create(void)
{
    Newest *newest = calloc(1, sizeof *newest);
    if (!newest)
        return NULL;
    pthread_mutex_init(&newest->lock, NULL);
    pthread_mutex_init(&newest->thumbnail_lock, NULL);
    return newest;
}

void newest_destroy(Newest **out)
{
    Newest *newest = *out;
    *out = NULL;
    if (!newest)
        return;
    picture_unref(&newest->picture);
    free(newest->thumbnail);
    pthread_mutex_destroy(&newest->lock);
    pthread_mutex_destroy(&newest->thumbnail_lock);
    free(newest);
}

void newest_put(Newest *newest, Picture *picture)
{
    pthread_mutex_lock(&newest->lock);
    Picture *before = newest->picture;
    newest->picture = picture;
    pthread_mutex_unlock(&newest->lock);
    picture_unref(&before);
}

// A reference of its own.
static Status take(Newest *newest, Picture **out, Error *error)
{
    pthread_mutex_lock(&newest->lock);
    *out = newest->picture ? picture_ref(newest->picture) : NULL;
    pthread_mutex_unlock(&newest->lock);
    return *out ? STATUS_OK : error_set(error, STATUS_MISSING, "there is no picture yet");
}

static Status renew_thumbnail_locked(Newest *newest, Error *error)
{
    int64_t now_us = clock_monotonic_us();
    if (newest->thumbnail && now_us - newest->thumbnail_us < SECOND_US)
        return STATUS_OK;
    Picture *picture;
    unsigned char *data;
    size_t size;
    Status status = take(newest, &picture, error);
    if (status != STATUS_OK)
        return status;
    status = thumbnail_make(picture, &data, &size, error);
    picture_unref(&picture);
    if (status != STATUS_OK)
        return status;
    free(newest->thumbnail);
    newest->thumbnail = data;
    newest->thumbnail_size = size;
    newest->thumbnail_us = now_us;
    return STATUS_OK;
}

Status newest_thumbnail(Newest *newest, unsigned char **data, size_t *size, Error *error)
{
    pthread_mutex_lock(&newest->thumbnail_lock);
    Status status = renew_thumbnail_locked(newest, error);
    if (status == STATUS_OK) {
        *size = newest->thumbnail_size;
        *data = malloc(*size);
        if (*data)
            memcpy(*data, newest->thumbnail, *size);
        else
            status = error_set(error, STATUS_MEMORY, "out of memory");
    }
    pthread_mutex_unlock(&newest->thumbnail_lock);
    return status;
}

static Status write_snapshot(Picture *picture, const Identity *identity, const char *name,
                             Error *error)
{
    char folder[PATH_SIZE], path[PATH_SIZE], file[96];
    unsigned char *data = NULL;
    size_t size;
    snprintf(file, sizeof file, "%s-condition.jpg", name);
    Status status = identity_check(identity, error);
    if (status == STATUS_OK)
        status = path_join(folder, identity->folder, "health", error);
    if (status == STATUS_OK)
        status = folder_make(folder, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, file, error);
    if (status == STATUS_OK)
        status = jpeg_encode(picture, SNAPSHOT_QUALITY, NULL, &data, &size, error);
    if (status == STATUS_OK)
        status = file_write(path, data, size, error);
    free(data);
    return status;
}

Status newest_snapshot(Newest *newest, const Identity *identity, const char *name, Error *error)
{
    Picture *picture;
    Status status = take(newest, &picture, error);
    if (status != STATUS_OK)
        return status;
    status = write_snapshot(picture, identity, name, error);
    picture_unref(&picture);
    return status;
}
