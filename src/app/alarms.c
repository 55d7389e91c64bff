#include "app/alarms.h"

#include "base/clock.h"
#include "base/log.h"
#include "evidence/stamp.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_US (SECOND_US / 10) // after the peak: the kept stream's pictures have other times

typedef struct Alarm { // of one event
    struct Alarm *next;
    int track;
    int64_t peak_us;
    bool noted;          // since the last sweep
    unsigned char *data; // JPEG; NULL: it could not be made
    size_t size;
} Alarm;

struct Alarms {
    pthread_mutex_t lock; // of the lists; only the finder changes them
    Alarm *open;          // newest first
    Alarm *last;          // NULL: none yet
};

Status alarms_create(Alarms **out, Error *error)
{
    Alarms *alarms = *out = calloc(1, sizeof *alarms);
    if (!alarms)
        return error_set(error, STATUS_MEMORY, "out of memory");
    pthread_mutex_init(&alarms->lock, NULL);
    return STATUS_OK;
}

static void free_alarm(Alarm *alarm)
{
    if (alarm)
        free(alarm->data);
    free(alarm);
}

static Alarm **find(Alarms *alarms, const Event *event)
{
    Alarm **at = &alarms->open;
    while (*at && (*at)->track != event->track)
        at = &(*at)->next;
    return at;
}

static Alarm *take_out_locked(Alarm **at)
{
    Alarm *alarm = *at;
    *at = alarm->next;
    return alarm;
}

void alarms_destroy(Alarms **out)
{
    Alarms *alarms = *out;
    *out = NULL;
    if (!alarms)
        return;
    while (alarms->open)
        free_alarm(take_out_locked(&alarms->open));
    free_alarm(alarms->last);
    pthread_mutex_destroy(&alarms->lock);
    free(alarms);
}

static Status make_picture(Alarm *alarm, const Event *event, const RecordSite *site,
                           const Ring *ring, int64_t shift_us, Error *error)
{
    Packet **packets;
    size_t count;
    Picture *picture = NULL;
    int64_t peak_us = event->peak_us - shift_us;
    Status status = ring_copy(ring, peak_us, peak_us + NEAR_US, &packets, &count, error);
    if (status == STATUS_OK)
        status = packets_decode(packets, count, &peak_us, 1, &picture, error);
    packets_free(&packets, &count);
    if (status == STATUS_OK && !picture)
        status = error_set(error, STATUS_FORMAT, "it cannot be decoded");
    ClockText when = clock_text(event->peak_us);
    JpegTags tags = {when.rfc3339, site->place, site->device, site->latitude, site->longitude};
    if (status == STATUS_OK)
        status = stamp_whole(picture, event, &tags, &alarm->data, &alarm->size, error);
    picture_unref(&picture);
    return status;
}

void alarms_note(Alarms *alarms, const Event *event, const RecordSite *site, const Ring *ring,
                 int64_t shift_us)
{
    Error error;
    Alarm *alarm = *find(alarms, event);
    if (!alarm) {
        alarm = calloc(1, sizeof *alarm);
        if (!alarm)
            return;
        alarm->track = event->track;
        alarm->peak_us = event->peak_us;
        if (make_picture(alarm, event, site, ring, shift_us, &error) != STATUS_OK)
            log_warning("%s: no first picture of an event: %s", site->camera, error.text);
        pthread_mutex_lock(&alarms->lock);
        alarm->next = alarms->open;
        alarms->open = alarm;
        pthread_mutex_unlock(&alarms->lock);
    }
    alarm->noted = true;
}

void alarms_sweep(Alarms *alarms)
{
    pthread_mutex_lock(&alarms->lock);
    for (Alarm **at = &alarms->open; *at;) {
        if (!(*at)->noted) {
            free_alarm(take_out_locked(at));
            continue;
        }
        (*at)->noted = false;
        at = &(*at)->next;
    }
    pthread_mutex_unlock(&alarms->lock);
}

void alarms_end(Alarms *alarms, const Event *event)
{
    pthread_mutex_lock(&alarms->lock);
    Alarm **at = find(alarms, event);
    if (*at) {
        free_alarm(alarms->last);
        alarms->last = take_out_locked(at);
    }
    pthread_mutex_unlock(&alarms->lock);
}

int64_t alarms_open_us(Alarms *alarms)
{
    pthread_mutex_lock(&alarms->lock);
    int64_t peak_us = alarms->open ? alarms->open->peak_us : 0;
    pthread_mutex_unlock(&alarms->lock);
    return peak_us;
}

Status alarms_picture(Alarms *alarms, unsigned char **data, size_t *size, Error *error)
{
    pthread_mutex_lock(&alarms->lock);
    const Alarm *alarm = alarms->open ? alarms->open : alarms->last;
    bool there = alarm && alarm->data;
    *data = there ? malloc(alarm->size) : NULL;
    if (*data)
        memcpy(*data, alarm->data, *size = alarm->size);
    pthread_mutex_unlock(&alarms->lock);
    if (*data)
        return STATUS_OK;
    return there ? error_set(error, STATUS_MEMORY, "out of memory")
                 : error_set(error, STATUS_MISSING, "there was no event yet");
}
