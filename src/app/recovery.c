#include "app/recovery.h"

#include "app/staging.h"
#include "base/log.h"
#include "evidence/journal.h"

#include <stdio.h>
#include <string.h>

static int64_t last_us(const OpenEvent *open)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < open->packet_count; i++)
        if (packet_time_us(open->packets[i]) > last)
            last = packet_time_us(open->packets[i]);
    return last;
}

// A passage that was not over ends with its data; one whose last seconds are missing says so.
static void close_event(OpenEvent *open)
{
    Event *event = &open->event;
    int64_t end_us = last_us(open);
    if (open->open && end_us > event->end_us)
        event->end_us = end_us;
    if (open->open || end_us < event->end_us + STAGING_LEAD_US)
        staging_interrupted(event, end_us);
}

static Status finish(const RecoveryOptions *options, const char *name, OpenEvent *open,
                     Error *error)
{
    char folder[PATH_SIZE];
    Staged staged;
    snprintf(folder, sizeof folder, "%.*s/open-%.200s", PATH_SIZE - 256, options->staging, name);
    close_event(open);
    StagingFacts facts = {&open->site, &open->source, open->settings_sha256, options->plates};
    Status status = staging_run(&open->event, open->packets, open->packet_count, &facts, folder,
                                &staged, error);
    return status == STATUS_OK ? options->deliver(options->context, &staged, error) : status;
}

static void recover(const RecoveryOptions *options, const char *journals, const char *name)
{
    char folder[PATH_SIZE];
    OpenEvent open;
    Error error;
    Status status = path_join(folder, journals, name, &error);
    if (status == STATUS_OK)
        status = journal_load(&open, folder, &error);
    bool whole = status != STATUS_END;
    if (status == STATUS_OK) {
        log_set_camera(open.site.camera);
        log_info("%s: an event was open when the program ended: finished from its journal",
                 open.site.camera);
        status = finish(options, name, &open, &error);
        log_set_camera(NULL);
        open_event_free(&open);
    }
    bool later = status == STATUS_FULL || status == STATUS_IO;
    if (!whole)
        log_warning("the program ended as a journal was begun or removed: dropped %s", name);
    else if (status != STATUS_OK)
        log_error("an event that was open when the program ended %s: %s: %s",
                  later ? "waits for the next start" : "is lost", name, error.text);
    if (!later && folder_remove(folder, &error) != STATUS_OK)
        log_warning("%s", error.text);
}

void recovery_run(const RecoveryOptions *options)
{
    Names names;
    Error error;
    char journals[PATH_SIZE];
    const char *own = path_base(options->journals);
    snprintf(journals, sizeof journals, "%.*s", (int)(own - options->journals - 1),
             options->journals);
    if (!file_exists(journals))
        return;
    if (folder_list(journals, &names, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return;
    }
    for (size_t i = 0; i < names.count; i++)
        if (strncmp(names.items[i], own, strlen(own)) != 0)
            recover(options, journals, names.items[i]);
    names_free(&names);
}
