#include "app/roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Edition { // settings that streams were started with
    Settings settings;
    size_t users;
} Edition;

typedef struct Seat {
    Stream *stream;
    const CameraSettings *camera; // in the edition
    Edition *edition;
    char evidence[SHA256_HEX_SIZE]; // hash of what influences its evidence
} Seat;

struct Roster {
    RosterOptions options;
    pthread_mutex_t lock; // of the list, not of the streams
    Seat *seats;
    size_t count;
};

static bool is_live(const CameraSettings *camera)
{
    return camera->url || camera->host;
}

size_t roster_live_cameras(const Settings *settings)
{
    const CameraSettings *cameras = settings->cameras.items;
    size_t count = 0;
    for (size_t i = 0; i < settings->cameras.count; i++)
        count += is_live(&cameras[i]);
    return count;
}

Status roster_create(Roster **out, const RosterOptions *options, Error *error)
{
    Roster *roster = *out = calloc(1, sizeof *roster);
    if (!roster)
        return error_set(error, STATUS_MEMORY, "out of memory");
    roster->options = *options;
    pthread_mutex_init(&roster->lock, NULL);
    return STATUS_OK;
}

static void release(Edition *edition)
{
    if (--edition->users)
        return;
    settings_free(&edition->settings);
    free(edition);
}

// Ends the streams of a list and frees it.
static void dismiss(Seat *seats, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (seats[i].stream)
            stream_stop(seats[i].stream);
    for (size_t i = 0; i < count; i++)
        if (seats[i].stream) {
            stream_free(&seats[i].stream);
            release(seats[i].edition);
        }
    free(seats);
}

void roster_destroy(Roster **out)
{
    Roster *roster = *out;
    *out = NULL;
    if (!roster)
        return;
    dismiss(roster->seats, roster->count);
    pthread_mutex_destroy(&roster->lock);
    free(roster);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_source(const CameraSettings *a, const CameraSettings *b)
{
    return same_text(a->url, b->url) && same_text(a->analysis_url, b->analysis_url) &&
           same_text(a->host, b->host) && same_text(a->path, b->path) &&
           same_text(a->analysis_path, b->analysis_path) && same_text(a->user, b->user) &&
           same_text(a->password, b->password) && same_text(a->transport, b->transport) &&
           a->port == b->port;
}

// The running stream of a camera whose settings say the same; it leaves its old seat.
static bool find_running(Roster *roster, const CameraSettings *camera, const char *evidence,
                         Seat *out)
{
    for (size_t i = 0; i < roster->count; i++) {
        Seat *seat = &roster->seats[i];
        if (!seat->stream || strcmp(seat->camera->id, camera->id) != 0 ||
            strcmp(seat->evidence, evidence) != 0 || !same_source(seat->camera, camera))
            continue;
        *out = *seat;
        seat->stream = NULL;
        return true;
    }
    return false;
}

static Status start(Roster *roster, Edition *edition, const CameraSettings *camera, Seat *out,
                    Error *error)
{
    StreamOptions options = {.settings = &edition->settings,
                             .camera = camera,
                             .staging = roster->options.staging,
                             .journals = roster->options.journals,
                             .identity = roster->options.identity,
                             .deliver = roster->options.deliver,
                             .context = roster->options.context};
    Status status = stream_start(&out->stream, &options, error);
    if (status != STATUS_OK)
        return status;
    out->camera = camera;
    out->edition = edition;
    edition->users++;
    return STATUS_OK;
}

// Gives every live camera of the edition a seat, with its stream where that one goes on, and puts
// the list in the place of the old one, which is handed back.
static void seat_all_locked(Roster *roster, Edition *edition, Seat *seats, Seat **old,
                            size_t *old_count)
{
    const CameraSettings *cameras = edition->settings.cameras.items;
    size_t count = 0;
    for (size_t i = 0; i < edition->settings.cameras.count; i++) {
        Seat *seat = &seats[count];
        char evidence[SHA256_HEX_SIZE];
        if (!is_live(&cameras[i]))
            continue;
        count++;
        settings_hash(&edition->settings, &cameras[i], evidence);
        if (find_running(roster, &cameras[i], evidence, seat))
            continue;
        seat->camera = &cameras[i];
        memcpy(seat->evidence, evidence, sizeof evidence);
    }
    *old = roster->seats;
    *old_count = roster->count;
    roster->seats = seats;
    roster->count = count;
}

// A stream for every seat that has none. Only this thread changes seats.
static Status fill_seats(Roster *roster, Edition *edition, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < roster->count && status == STATUS_OK; i++) {
        Seat seat = roster->seats[i];
        if (seat.stream)
            continue;
        status = start(roster, edition, seat.camera, &seat, error);
        pthread_mutex_lock(&roster->lock);
        roster->seats[i] = seat;
        pthread_mutex_unlock(&roster->lock);
    }
    return status;
}

Status roster_apply(Roster *roster, Settings *settings, Error *error)
{
    Edition *edition = calloc(1, sizeof *edition);
    Seat *seats = calloc(settings->cameras.count + 1, sizeof *seats), *old;
    size_t old_count;
    if (!edition || !seats) {
        free(edition);
        free(seats);
        settings_free(settings);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    edition->settings = *settings;
    edition->users = 1; // this function
    *settings = (Settings){0};
    pthread_mutex_lock(&roster->lock);
    seat_all_locked(roster, edition, seats, &old, &old_count);
    pthread_mutex_unlock(&roster->lock);
    dismiss(old, old_count); // before another stream of the same camera begins
    Status status = fill_seats(roster, edition, error);
    release(edition);
    return status;
}

Status roster_recent(Roster *roster, const char *camera, int64_t arrival_us, StreamRecent *out,
                     Error *error)
{
    *out = (StreamRecent){0};
    Status status = error_set(error, STATUS_END, "%s is not watched", camera);
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++)
        if (roster->seats[i].stream && strcmp(roster->seats[i].camera->id, camera) == 0)
            status = stream_recent(roster->seats[i].stream, arrival_us, out, error);
    pthread_mutex_unlock(&roster->lock);
    return status;
}

StreamFacts *roster_facts(Roster *roster, size_t *count)
{
    *count = 0;
    pthread_mutex_lock(&roster->lock);
    StreamFacts *facts = calloc(roster->count + 1, sizeof *facts);
    for (size_t i = 0; facts && i < roster->count; i++)
        if (roster->seats[i].stream)
            stream_facts(roster->seats[i].stream, &facts[(*count)++]);
    pthread_mutex_unlock(&roster->lock);
    return facts;
}

typedef Status (*StreamPicture)(Stream *stream, unsigned char **data, size_t *size, Error *error);

static Status picture_of(Roster *roster, const char *id, StreamPicture picture,
                         unsigned char **data, size_t *size, Error *error)
{
    Status status = error_set(error, STATUS_MISSING, "there is no camera %s", id);
    pthread_mutex_lock(&roster->lock); // keeps the stream alive
    for (size_t i = 0; i < roster->count; i++)
        if (roster->seats[i].stream && strcmp(roster->seats[i].camera->id, id) == 0)
            status = picture(roster->seats[i].stream, data, size, error);
    pthread_mutex_unlock(&roster->lock);
    return status;
}

Status roster_thumbnail(Roster *roster, const char *id, unsigned char **data, size_t *size,
                        Error *error)
{
    return picture_of(roster, id, stream_thumbnail, data, size, error);
}

Status roster_event_picture(Roster *roster, const char *id, unsigned char **data, size_t *size,
                            Error *error)
{
    return picture_of(roster, id, stream_event_picture, data, size, error);
}

void roster_remember(Roster *roster)
{
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++)
        if (roster->seats[i].stream)
            stream_remember(roster->seats[i].stream);
    pthread_mutex_unlock(&roster->lock);
}

Status roster_snapshot(Roster *roster, const char *id, Error *error)
{
    Status status = error_set(error, STATUS_MISSING, "there is no camera %s", id);
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++)
        if (roster->seats[i].stream && strcmp(roster->seats[i].camera->id, id) == 0)
            status = stream_snapshot(roster->seats[i].stream, error);
    pthread_mutex_unlock(&roster->lock);
    return status;
}
