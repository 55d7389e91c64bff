#include "app/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "outlet/handoff.h"
#include "outlet/message.h"
#include "outlet/outbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_PAUSE_US SECOND_US       // after the first failure; twice as long after each
#define LAST_PAUSE_US (60 * SECOND_US) // but never longer
#define LOOK_US (600 * SECOND_US)      // how often an idle outlet looks for what grew too old
#define SAY_AGAIN_US (3600 * SECOND_US)
#define REFUSALS 3 // tries with a message that the receiver does not want
#define END_S 10

struct Sender {
    const OutletOptions *options;
    const OutletKind *kind;
    char evidence[PATH_SIZE];
    Outbox *outbox;
    Handoff *handoff;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    void *line;      // the thread's own, as the next five
    int failures;    // in a row
    uint64_t number; // the message they were with
    int refusals;    // of that message
    int64_t said_us; // when the failure was last logged
    char said[512];
    pthread_mutex_t lock; // of everything below
    pthread_cond_t wake;
    OutletFacts facts;
};

static void set_state(Sender *sender, const char *state, const char *reason)
{
    pthread_mutex_lock(&sender->lock);
    sender->facts.state = state;
    snprintf(sender->facts.reason, sizeof sender->facts.reason, "%s", reason);
    pthread_mutex_unlock(&sender->lock);
}

static void count(Sender *sender, uint64_t *figure, uint64_t more)
{
    pthread_mutex_lock(&sender->lock);
    *figure += more;
    pthread_mutex_unlock(&sender->lock);
}

static struct timespec after(int64_t us)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    us += now.tv_nsec / 1000;
    return (struct timespec){now.tv_sec + us / SECOND_US, us % SECOND_US * 1000};
}

// Until something waits, the time is up, or the end.
static void wait_for_work(Sender *sender)
{
    struct timespec until = after(LOOK_US);
    int result = 0;
    pthread_mutex_lock(&sender->lock);
    while (result == 0 && !outbox_count(sender->outbox) && !atomic_load(&sender->stop))
        result = pthread_cond_timedwait(&sender->wake, &sender->lock, &until);
    pthread_mutex_unlock(&sender->lock);
}

static void pause_for(Sender *sender, int64_t us)
{
    struct timespec until = after(us);
    int result = 0;
    pthread_mutex_lock(&sender->lock);
    while (result == 0 && !atomic_load(&sender->stop))
        result = pthread_cond_timedwait(&sender->wake, &sender->lock, &until);
    pthread_mutex_unlock(&sender->lock);
}

// Each a quarter more or less: a receiver that comes back is not met by all at once.
static int64_t pause_after(int failures)
{
    int64_t pause = failures > 6 ? LAST_PAUSE_US : FIRST_PAUSE_US << (failures - 1);
    unsigned any = 0;
    if (pause > LAST_PAUSE_US)
        pause = LAST_PAUSE_US;
    if (getrandom(&any, sizeof any, GRND_NONBLOCK) < 0)
        any = (unsigned)clock_monotonic_us();
    return pause * 3 / 4 + pause / 2 * (any % 1000) / 1000;
}

static const char *state_of(Status status)
{
    return status == STATUS_FORBIDDEN  ? "refused"
           : status == STATUS_ARGUMENT ? "misconfigured"
                                       : "retrying";
}

static void tell_failure(Sender *sender, const char *reason)
{
    int64_t now = clock_monotonic_us();
    if (strcmp(reason, sender->said) == 0 && now - sender->said_us < SAY_AGAIN_US)
        return;
    snprintf(sender->said, sizeof sender->said, "%s", reason);
    sender->said_us = now;
    log_warning("outlet %s: %s; %zu messages wait", sender->options->name, reason,
                outbox_count(sender->outbox));
}

// Of text that others wrote: what is not UTF-8 cannot stand in the status.
static void make_readable(char *text)
{
    json_t *valid = json_string(text);
    for (char *c = text; !valid && *c; c++)
        if (*c & 0x80)
            *c = '?';
    json_decref(valid);
}

static void failed(Sender *sender, Status status, Error *error)
{
    outlet_hide_secrets(sender->options, error->text);
    make_readable(error->text);
    sender->failures++;
    count(sender, &sender->facts.failed, 1);
    set_state(sender, state_of(status), error->text);
    tell_failure(sender, error->text);
    pause_for(sender, pause_after(sender->failures));
}

static void delivered(Sender *sender, uint64_t number)
{
    outbox_done(sender->outbox, number);
    count(sender, &sender->facts.sent, 1);
    if (sender->failures)
        log_info("outlet %s: delivers again, %zu messages wait", sender->options->name,
                 outbox_count(sender->outbox));
    sender->failures = 0;
    sender->said[0] = '\0';
}

static void give_up(Sender *sender, uint64_t number, const char *id, Error *error)
{
    outlet_hide_secrets(sender->options, error->text);
    log_error("outlet %s: the message %s is given up and put aside in refused/: %s",
              sender->options->name, id, error->text);
    outbox_refuse(sender->outbox, number);
    count(sender, &sender->facts.lost, 1);
}

static Status send_note(Sender *sender, const json_t *note, Error *error)
{
    OutletMessage message;
    Status status = message_make(&message, note, sender->evidence, sender->options, error);
    if (status != STATUS_OK) // the pack's: not for the receiver to answer
        return status == STATUS_FORMAT || status == STATUS_MISSING ? STATUS_END : status;
    if (!sender->line)
        status = sender->kind->open(&sender->line, sender->options, &sender->stop, error);
    if (status == STATUS_OK)
        status = sender->kind->send(sender->line, &message, error);
    else
        sender->kind->close(&sender->line);
    message_free(&message);
    return status;
}

// The oldest message, once. False: nothing waits.
static bool work(Sender *sender)
{
    json_t *note = NULL;
    uint64_t number;
    Error error;
    Status status = outbox_first(sender->outbox, &number, &note, &error);
    if (status == STATUS_END)
        return false;
    if (number != sender->number)
        sender->refusals = 0;
    sender->number = number;
    if (!sender->failures)
        set_state(sender, "sending", "");
    bool damaged = status == STATUS_FORMAT;
    if (status == STATUS_OK)
        status = send_note(sender, note, &error);
    if (status == STATUS_OK)
        delivered(sender, number);
    else if (status == STATUS_END || damaged ||
             (status == STATUS_FORMAT && ++sender->refusals == REFUSALS))
        give_up(sender, number, note ? note_id(note) : "?", &error);
    else if (status != STATUS_CANCELLED)
        failed(sender, status, &error);
    json_decref(note);
    return true;
}

static void trim(Sender *sender)
{
    size_t gone = outbox_trim(sender->outbox);
    if (!gone)
        return;
    log_error(
        "outlet %s: %zu messages are given up unsent: older than %d days, or more than %g MiB",
        sender->options->name, gone, sender->options->keep_days, sender->options->keep_mib);
    count(sender, &sender->facts.lost, gone);
}

static void *sender_thread(void *context)
{
    Sender *sender = context;
    while (!atomic_load(&sender->stop)) {
        trim(sender);
        if (work(sender))
            continue;
        if (sender->line)
            sender->kind->rest(sender->line);
        set_state(sender, "ready", "");
        wait_for_work(sender);
    }
    sender->kind->close(&sender->line);
    return NULL;
}

// ---- around it ----

static Status open_outbox(Sender *sender, Error *error)
{
    char all[PATH_SIZE], folder[PATH_SIZE];
    const OutboxLimits limits = {sender->options->keep_days, sender->options->keep_mib};
    Status status = path_join(all, sender->evidence, ".heiyan/outbox", error);
    if (status == STATUS_OK)
        status = path_join(folder, all, sender->options->name, error);
    if (status == STATUS_OK)
        status = outbox_open(&sender->outbox, folder, &limits, error);
    if (status == STATUS_OK)
        status = folder_sync(all, error);
    if (status == STATUS_OK && outlet_wants(sender->options, "capture"))
        status = handoff_open(&sender->handoff, sender->evidence, sender->outbox, error);
    return status;
}

Status sender_open(Sender **out, const OutletOptions *options, const char *evidence, Error *error)
{
    Sender *sender = *out = calloc(1, sizeof *sender);
    pthread_condattr_t monotonic;
    if (!sender)
        return error_set(error, STATUS_MEMORY, "out of memory");
    sender->options = options;
    sender->kind = outlet_kind(options->kind);
    sender->facts.state = "ready";
    snprintf(sender->evidence, sizeof sender->evidence, "%s", evidence);
    snprintf(sender->facts.name, sizeof sender->facts.name, "%s", options->name);
    snprintf(sender->facts.kind, sizeof sender->facts.kind, "%s", options->kind);
    pthread_mutex_init(&sender->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    Status status = open_outbox(sender, error);
    if (status != STATUS_OK)
        sender_close(out);
    return status;
}

Status sender_start(Sender *sender, Error *error)
{
    size_t waiting = outbox_count(sender->outbox);
    if (waiting)
        log_info("outlet %s: %zu messages wait", sender->options->name, waiting);
    if (pthread_create(&sender->thread, NULL, sender_thread, sender) != 0)
        return error_set(error, STATUS_MEMORY, "no thread for the outlet %s",
                         sender->options->name);
    sender->started = true;
    return STATUS_OK;
}

static void wake(Sender *sender)
{
    pthread_mutex_lock(&sender->lock);
    pthread_cond_signal(&sender->wake);
    pthread_mutex_unlock(&sender->lock);
}

void sender_stop(Sender *sender)
{
    atomic_store(&sender->stop, true);
    wake(sender);
}

bool sender_close(Sender **out)
{
    Sender *sender = *out;
    struct timespec until;
    *out = NULL;
    if (!sender)
        return true;
    sender_stop(sender);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_S;
    // The resolver of names cannot be interrupted: its memory goes with the program.
    if (sender->started && pthread_timedjoin_np(sender->thread, NULL, &until) != 0)
        return false;
    handoff_close(&sender->handoff);
    outbox_close(&sender->outbox);
    pthread_cond_destroy(&sender->wake);
    pthread_mutex_destroy(&sender->lock);
    free(sender);
    return true;
}

Status sender_feed(Sender *sender, const char *camera, Error *error)
{
    size_t fed = 0;
    if (!sender->handoff)
        return STATUS_OK;
    Status status = camera ? handoff_camera(sender->handoff, camera, &fed, error)
                           : handoff_all(sender->handoff, &fed, error);
    if (fed)
        wake(sender);
    return status;
}

Status sender_queue(Sender *sender, const json_t *note, Error *error)
{
    uint64_t number;
    Status status = outbox_write(sender->outbox, note, &number, error);
    if (status == STATUS_OK) {
        outbox_release(sender->outbox, number);
        wake(sender);
    } else {
        count(sender, &sender->facts.lost, 1);
    }
    return status;
}

void sender_facts(Sender *sender, OutletFacts *out)
{
    pthread_mutex_lock(&sender->lock);
    *out = sender->facts;
    pthread_mutex_unlock(&sender->lock);
    out->waiting = outbox_count(sender->outbox);
}
