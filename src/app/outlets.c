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

struct Outlets {
    const Settings *settings;
    char evidence[PATH_SIZE];
    Sender **senders; // one for each outlet of the settings
    size_t count;
    pthread_mutex_t feeding; // of sender_feed, and of:
    bool behind;             // something sealed could not be queued
    int64_t tried_us;
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
        Status status = sender_feed(outlets->senders[i], camera, error);
        if (status != STATUS_OK)
            result = status;
    }
    return result;
}

static void feed_safely(Outlets *outlets, const char *camera)
{
    Error error;
    pthread_mutex_lock(&outlets->feeding);
    bool was_behind = outlets->behind;
    outlets->behind = feed(outlets, camera, &error) != STATUS_OK || (camera && was_behind);
    outlets->tried_us = clock_monotonic_us();
    if (outlets->behind && !was_behind)
        log_error("a pack cannot be queued for its outlets yet: %s", error.text);
    pthread_mutex_unlock(&outlets->feeding);
}

static Status open_senders(Outlets *outlets, Error *error)
{
    const OutletOptions *options = outlets->settings->outlets.items;
    size_t count = outlets->settings->outlets.count;
    Status status = STATUS_OK;
    outlets->senders = calloc(count, sizeof *outlets->senders);
    if (!outlets->senders)
        return error_set(error, STATUS_MEMORY, "out of memory");
    while (status == STATUS_OK && outlets->count < count) {
        size_t i = outlets->count++;
        status = sender_open(&outlets->senders[i], &options[i], outlets->evidence, error);
    }
    if (status != STATUS_OK)
        return status;
    feed_safely(outlets, NULL);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = sender_start(outlets->senders[i], error);
    return status;
}

Status outlets_start(Outlets **out, const Settings *settings, const char *evidence, Error *error)
{
    *out = NULL;
    tell_forgotten(settings, evidence);
    if (!settings->outlets.count)
        return STATUS_OK;
    Status status = outlets_library_open(error);
    if (status != STATUS_OK)
        return status;
    Outlets *outlets = *out = calloc(1, sizeof *outlets);
    if (!outlets) {
        outlets_library_close();
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    outlets->settings = settings;
    snprintf(outlets->evidence, sizeof outlets->evidence, "%s", evidence);
    pthread_mutex_init(&outlets->feeding, NULL);
    status = open_senders(outlets, error);
    if (status != STATUS_OK)
        outlets_stop(out);
    return status;
}

void outlets_stop(Outlets **out)
{
    Outlets *outlets = *out;
    bool ended = true;
    *out = NULL;
    if (!outlets)
        return;
    for (size_t i = 0; i < outlets->count; i++)
        if (outlets->senders[i])
            sender_stop(outlets->senders[i]);
    for (size_t i = 0; i < outlets->count; i++)
        ended = sender_close(&outlets->senders[i]) && ended;
    if (ended) // what hangs goes on using the libraries
        outlets_library_close();
    pthread_mutex_destroy(&outlets->feeding);
    free(outlets->health);
    free(outlets->senders);
    free(outlets);
}

void outlets_sealed(Outlets *outlets, const char *camera)
{
    if (outlets)
        feed_safely(outlets, camera);
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
    const OutletOptions *options = outlets->settings->outlets.items;
    Error error;
    json_t *note = note_health(change);
    for (size_t i = 0; note && i < outlets->count; i++)
        if (outlet_wants(&options[i], "health") &&
            sender_queue(outlets->senders[i], note, &error) != STATUS_OK)
            log_error("outlet %s: a change of health is lost: %s", options[i].name, error.text);
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
    const CameraSettings *settings = settings_camera(outlets->settings, camera->id);
    RecordSite site = settings_site(outlets->settings, settings, camera->id);
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
    if (!outlets)
        return;
    for (size_t i = 0; i < count; i++)
        look_at(outlets, &cameras[i]);
    forget_unseen(outlets);
    pthread_mutex_lock(&outlets->feeding);
    bool again = outlets->behind && clock_monotonic_us() - outlets->tried_us > CATCH_UP_US;
    pthread_mutex_unlock(&outlets->feeding);
    if (again)
        feed_safely(outlets, NULL);
}

OutletFacts *outlets_facts(Outlets *outlets, size_t *count)
{
    *count = 0;
    OutletFacts *facts = outlets ? calloc(outlets->count, sizeof *facts) : NULL;
    for (size_t i = 0; facts && i < outlets->count; i++)
        sender_facts(outlets->senders[i], &facts[(*count)++]);
    return facts;
}
