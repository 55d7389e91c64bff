#include "app/outlets.h"

#include "base/clock.h"
#include "base/log.h"
#include "outlet/message.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATCH_UP_US (60 * SECOND_US) // between tries to queue what a full disk did not take
#define SETTLED_US (5 * SECOND_US)   // a camera's health is told when it has lasted so long

// A camera that is away changes between stalled, waiting and connecting: all one to a receiver.
typedef enum Group { NONE, UP, DOWN, REFUSED, MISCONFIGURED } Group;

typedef struct Health { // of one camera
    char id[64];
    Group told, now;
    int64_t since_us; // of now, monotonic
    int64_t time_us;  // the same, time of day
    bool seen;
} Health;

typedef struct Edition { // settings that senders were opened with
    Settings settings;
    size_t users;
} Edition;

typedef struct Seat {
    const OutletOptions *options; // in the edition
    Edition *edition;
    Sender *sender; // NULL: it could not be opened
} Seat;

struct Outlets {
    Edition *now;             // of the thread that calls outlets_health, once open
    pthread_mutex_t feeding;  // of sender_feed, and of:
    char evidence[PATH_SIZE]; // empty: not open yet
    bool behind;              // something sealed could not be queued
    int64_t tried_us;
    pthread_mutex_t listing; // of the list; who changes it holds feeding as well
    Seat *seats;             // one for each outlet of the settings
    size_t count;
    bool library;   // is open
    bool hangs;     // a sender was left where nothing could end it
    Health *health; // of the thread that calls outlets_health
    size_t health_count;
};

// ---- from start to end ----

static bool is_named(const Settings *settings, const char *name)
{
    const OutletOptions *options = settings->outlets.items;
    for (size_t i = 0; i < settings->outlets.count; i++)
        if (strcmp(options[i].name, name) == 0)
            return true;
    return false;
}

static size_t count_waiting(const char *folder)
{
    Names files;
    size_t waiting = 0;
    if (folder_list(folder, &files, NULL) != STATUS_OK)
        return 0;
    for (size_t i = 0; i < files.count; i++)
        waiting += files.items[i][0] == '0';
    names_free(&files);
    return waiting;
}

// Outboxes that no outlet of the settings empties any more.
static void tell_forgotten(const Settings *settings, const char *evidence)
{
    char all[PATH_SIZE], folder[PATH_SIZE];
    Names names;
    if (path_join(all, evidence, ".heiyan/outbox", NULL) != STATUS_OK || !file_exists(all) ||
        folder_list(all, &names, NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        size_t waiting = 0;
        if (!is_named(settings, names.items[i]) &&
            path_join(folder, all, names.items[i], NULL) == STATUS_OK)
            waiting = count_waiting(folder);
        if (waiting)
            log_warning("%zu messages wait in %s, but the settings name no outlet '%s'", waiting,
                        folder, names.items[i]);
    }
    names_free(&names);
}

static Status feed(Outlets *outlets, const char *camera, Error *error)
{
    Status result = STATUS_OK;
    for (size_t i = 0; i < outlets->count; i++) {
        Sender *sender = outlets->seats[i].sender;
        Status status = sender ? sender_feed(sender, camera, error) : STATUS_OK;
        if (status != STATUS_OK)
            result = status;
    }
    return result;
}

static void feed_locked(Outlets *outlets, const char *camera)
{
    Error error;
    bool was_behind = outlets->behind;
    outlets->behind = feed(outlets, camera, &error) != STATUS_OK || (camera && was_behind);
    outlets->tried_us = clock_monotonic_us();
    if (outlets->behind && !was_behind)
        log_error("a pack cannot be queued for its outlets yet: %s", error.text);
}

static void release(Edition *edition)
{
    if (--edition->users)
        return;
    settings_free(&edition->settings);
    free(edition);
}

static Edition *take_over(Settings *settings)
{
    Edition *edition = calloc(1, sizeof *edition);
    if (!edition) {
        settings_free(settings);
        return NULL;
    }
    edition->settings = *settings;
    edition->users = 1;
    *settings = (Settings){0};
    return edition;
}

// Opens what has no sender yet, and starts it when it has been given what was sealed meanwhile.
static Status open_seats_locked(Outlets *outlets, Error *error)
{
    Status status = STATUS_OK, opened;
    Error why;
    if (outlets->count && !outlets->library) {
        status = outlets_library_open(error);
        outlets->library = status == STATUS_OK;
    }
    bool *fresh = calloc(outlets->count + 1, sizeof *fresh);
    if (!fresh)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < outlets->count && outlets->library; i++) {
        Seat *seat = &outlets->seats[i];
        if (seat->sender)
            continue;
        opened = sender_open(&seat->sender, seat->options, outlets->evidence, &why);
        fresh[i] = opened == STATUS_OK;
        if (opened != STATUS_OK)
            status = error_set(error, opened, "outlet %s: %s", seat->options->name, why.text);
    }
    feed_locked(outlets, NULL);
    for (size_t i = 0; i < outlets->count; i++)
        if (fresh[i] && (opened = sender_start(outlets->seats[i].sender, &why)) != STATUS_OK)
            status = error_set(error, opened, "%s", why.text);
    free(fresh);
    return status;
}

// A seat for every outlet of the settings; where one stands in them unchanged, the sender it has.
// The seats that are not needed any more are handed back.
static Status seat_all_locked(Outlets *outlets, Edition *edition, Seat **left, size_t *left_count,
                              Error *error)
{
    const OutletOptions *options = edition->settings.outlets.items;
    size_t count = edition->settings.outlets.count;
    Seat *seats = calloc(count + 1, sizeof *seats);
    if (!seats)
        return error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        seats[i] = (Seat){&options[i], edition, NULL};
        for (size_t n = 0; n < outlets->count; n++)
            if (outlets->seats[n].sender && !seats[i].sender &&
                settings_same_outlet(outlets->seats[n].options, &options[i])) {
                seats[i] = outlets->seats[n];
                outlets->seats[n] = (Seat){0};
            }
        seats[i].edition->users += seats[i].edition == edition;
    }
    *left = outlets->seats;
    *left_count = outlets->count;
    pthread_mutex_lock(&outlets->listing);
    outlets->seats = seats;
    outlets->count = count;
    pthread_mutex_unlock(&outlets->listing);
    return STATUS_OK;
}

// Ends the senders of a list and frees it.
static void dismiss(Outlets *outlets, Seat *seats, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (seats[i].sender)
            sender_stop(seats[i].sender);
    for (size_t i = 0; i < count; i++) {
        bool ended = sender_close(&seats[i].sender);
        outlets->hangs |= !ended;
        if (ended && seats[i].edition) // what hangs goes on using its options
            release(seats[i].edition);
    }
    free(seats);
}

Status outlets_create(Outlets **out, Settings *settings, Error *error)
{
    Outlets *outlets = *out = calloc(1, sizeof *outlets);
    Edition *edition = take_over(settings);
    if (!outlets || !edition) {
        if (edition)
            release(edition);
        free(outlets);
        *out = NULL;
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    outlets->now = edition;
    pthread_mutex_init(&outlets->feeding, NULL);
    pthread_mutex_init(&outlets->listing, NULL);
    return STATUS_OK;
}

Status outlets_open(Outlets *outlets, const char *evidence, Error *error)
{
    Seat *none = NULL;
    size_t count;
    pthread_mutex_lock(&outlets->feeding);
    snprintf(outlets->evidence, sizeof outlets->evidence, "%s", evidence);
    tell_forgotten(&outlets->now->settings, evidence);
    Status status = seat_all_locked(outlets, outlets->now, &none, &count, error);
    if (status == STATUS_OK)
        status = open_seats_locked(outlets, error);
    pthread_mutex_unlock(&outlets->feeding);
    free(none);
    return status;
}

void outlets_apply(Outlets *outlets, Settings *settings)
{
    Error error;
    Seat *left = NULL;
    size_t count = 0;
    Status status = STATUS_OK;
    Edition *edition = take_over(settings);
    if (!edition) {
        log_error("outlets: out of memory: they go on as they were");
        return;
    }
    pthread_mutex_lock(&outlets->feeding);
    bool open = outlets->evidence[0];
    if (open)
        status = seat_all_locked(outlets, edition, &left, &count, &error);
    if (status == STATUS_OK) {
        release(outlets->now);
        outlets->now = edition;
    } else {
        release(edition);
    }
    pthread_mutex_unlock(&outlets->feeding);
    dismiss(outlets, left, count); // before another sender of the same outbox begins
    if (open && status == STATUS_OK) {
        pthread_mutex_lock(&outlets->feeding);
        status = open_seats_locked(outlets, &error);
        pthread_mutex_unlock(&outlets->feeding);
        tell_forgotten(&outlets->now->settings, outlets->evidence);
    }
    if (status != STATUS_OK)
        log_error("%s", error.text);
}

void outlets_stop(Outlets **out)
{
    Outlets *outlets = *out;
    *out = NULL;
    if (!outlets)
        return;
    dismiss(outlets, outlets->seats, outlets->count);
    if (outlets->library && !outlets->hangs) // what hangs goes on using the libraries
        outlets_library_close();
    release(outlets->now);
    pthread_mutex_destroy(&outlets->feeding);
    pthread_mutex_destroy(&outlets->listing);
    free(outlets->health);
    free(outlets);
}

void outlets_sealed(Outlets *outlets, const char *camera)
{
    pthread_mutex_lock(&outlets->feeding);
    feed_locked(outlets, camera);
    pthread_mutex_unlock(&outlets->feeding);
}

// ---- health ----

static Group group_of(StreamState state)
{
    switch (state) {
    case STREAM_LIVE:
        return UP;
    case STREAM_STALLED:
    case STREAM_WAITING:
        return DOWN;
    case STREAM_REFUSED:
        return REFUSED;
    case STREAM_MISCONFIGURED:
        return MISCONFIGURED;
    case STREAM_CONNECTING:
        break;
    }
    return NONE;
}

// NULL: out of memory.
static Health *find_health(Outlets *outlets, const char *id)
{
    for (size_t i = 0; i < outlets->health_count; i++)
        if (strcmp(outlets->health[i].id, id) == 0)
            return &outlets->health[i];
    Health *grown = realloc(outlets->health, (outlets->health_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    outlets->health = grown;
    Health *health = &grown[outlets->health_count++];
    *health = (Health){0};
    snprintf(health->id, sizeof health->id, "%s", id);
    return health;
}

static void queue_health(Outlets *outlets, const HealthChange *change)
{
    Error error;
    json_t *note = note_health(change);
    for (size_t i = 0; note && i < outlets->count; i++) {
        const Seat *seat = &outlets->seats[i];
        if (seat->sender && outlet_wants(seat->options, "health") &&
            sender_queue(seat->sender, note, &error) != STATUS_OK)
            log_error("outlet %s: a change of health is lost: %s", seat->options->name, error.text);
    }
    json_decref(note);
}

static void look_at(Outlets *outlets, const StreamFacts *camera)
{
    Group group = group_of(camera->state);
    int64_t now = clock_monotonic_us();
    Health *health = find_health(outlets, camera->id);
    if (!health)
        return;
    health->seen = true;
    if (group == NONE)
        return;
    if (group != health->now) {
        health->now = group;
        health->since_us = now;
        health->time_us = clock_now_us();
    }
    if (group == health->told || now - health->since_us < SETTLED_US)
        return;
    health->told = group;
    const CameraSettings *settings = settings_camera(&outlets->now->settings, camera->id);
    RecordSite site = settings_site(&outlets->now->settings, settings, camera->id);
    HealthChange change = {camera->id, &site, stream_state_name(camera->state), camera->reason,
                           health->time_us};
    queue_health(outlets, &change);
}

// Cameras that are no longer there are forgotten.
static void forget_unseen(Outlets *outlets)
{
    size_t kept = 0;
    for (size_t i = 0; i < outlets->health_count; i++)
        if (outlets->health[i].seen) {
            outlets->health[kept] = outlets->health[i];
            outlets->health[kept++].seen = false;
        }
    outlets->health_count = kept;
}

void outlets_health(Outlets *outlets, const StreamFacts *cameras, size_t count)
{
    for (size_t i = 0; i < count; i++)
        look_at(outlets, &cameras[i]);
    forget_unseen(outlets);
    pthread_mutex_lock(&outlets->feeding);
    if (outlets->behind && clock_monotonic_us() - outlets->tried_us > CATCH_UP_US)
        feed_locked(outlets, NULL);
    pthread_mutex_unlock(&outlets->feeding);
}

OutletFacts *outlets_facts(Outlets *outlets, size_t *count)
{
    *count = 0;
    pthread_mutex_lock(&outlets->listing);
    OutletFacts *facts = calloc(outlets->count + 1, sizeof *facts);
    for (size_t i = 0; facts && i < outlets->count; i++)
        if (outlets->seats[i].sender)
            sender_facts(outlets->seats[i].sender, &facts[(*count)++]);
    pthread_mutex_unlock(&outlets->listing);
    return facts;
}
