#include "outlet/outbox.h"

#include "base/files.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
#define DIGITS 20
#define NAME_SIZE 32
#define REFUSED_MAX 1000 // files kept for a person to look at

typedef struct Entry {
    uint64_t number;
    int64_t bytes, written_s; // written_s: wall clock
} Entry;

struct Outbox {
    char folder[PATH_SIZE];
    OutboxLimits limits;
    pthread_mutex_t lock; // of everything below
    Entry *entries;       // ascending numbers
    size_t count, room;
    int64_t bytes;
    uint64_t next;
};

static void name_of(uint64_t number, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%020" PRIu64 ".json", number);
}

static bool number_of(const char *name, uint64_t *number)
{
    if (strspn(name, "0123456789") != DIGITS || strcmp(name + DIGITS, ".json") != 0)
        return false;
    errno = 0;
    *number = strtoull(name, NULL, 10);
    return !errno && *number < UINT64_MAX;
}

static Status path_of(const Outbox *outbox, uint64_t number, char path[PATH_SIZE], Error *error)
{
    char name[NAME_SIZE];
    name_of(number, name);
    return path_join(path, outbox->folder, name, error);
}

static Status add_locked(Outbox *outbox, Entry entry, Error *error)
{
    if (outbox->count == outbox->room) {
        size_t room = outbox->room ? 2 * outbox->room : 64;
        Entry *grown = realloc(outbox->entries, room * sizeof *grown);
        if (!grown)
            return error_set(error, STATUS_MEMORY, "out of memory");
        outbox->entries = grown;
        outbox->room = room;
    }
    size_t at = outbox->count++;
    for (; at && outbox->entries[at - 1].number > entry.number; at--)
        outbox->entries[at] = outbox->entries[at - 1];
    outbox->entries[at] = entry;
    outbox->bytes += entry.bytes;
    return STATUS_OK;
}

// False: it is not there any more.
static bool remove_locked(Outbox *outbox, uint64_t number)
{
    for (size_t i = 0; i < outbox->count; i++) {
        if (outbox->entries[i].number != number)
            continue;
        outbox->bytes -= outbox->entries[i].bytes;
        outbox->count--;
        memmove(&outbox->entries[i], &outbox->entries[i + 1],
                (outbox->count - i) * sizeof *outbox->entries);
        return true;
    }
    return false;
}

static Status entry_of(const Outbox *outbox, uint64_t number, Entry *out, Error *error)
{
    char path[PATH_SIZE];
    struct stat info;
    Status status = path_of(outbox, number, path, error);
    if (status != STATUS_OK)
        return status;
    if (stat(path, &info) != 0)
        return error_set_errno(error, "cannot read %s", path);
    *out = (Entry){number, (info.st_size + BLOCK - 1) / BLOCK * BLOCK, info.st_mtime};
    return STATUS_OK;
}

static Status find_waiting(Outbox *outbox, Error *error)
{
    Names names;
    Status status = folder_list(outbox->folder, &names, error);
    for (size_t i = 0; status == STATUS_OK && i < names.count; i++) {
        Entry entry;
        uint64_t number;
        if (!number_of(names.items[i], &number))
            continue;
        status = entry_of(outbox, number, &entry, error);
        if (status == STATUS_OK)
            status = add_locked(outbox, entry, error);
        if (number >= outbox->next)
            outbox->next = number + 1;
    }
    names_free(&names);
    return status;
}

Status outbox_open(Outbox **out, const char *folder, const OutboxLimits *limits, Error *error)
{
    Outbox *outbox = *out = calloc(1, sizeof *outbox);
    if (!outbox)
        return error_set(error, STATUS_MEMORY, "out of memory");
    pthread_mutex_init(&outbox->lock, NULL);
    outbox->limits = *limits;
    outbox->next = 1;
    snprintf(outbox->folder, sizeof outbox->folder, "%s", folder);
    Status status = folder_make(folder, error);
    if (status == STATUS_OK)
        status = find_waiting(outbox, error);
    if (status != STATUS_OK)
        outbox_close(out);
    return status;
}

void outbox_close(Outbox **out)
{
    Outbox *outbox = *out;
    *out = NULL;
    if (!outbox)
        return;
    pthread_mutex_destroy(&outbox->lock);
    free(outbox->entries);
    free(outbox);
}

const char *outbox_folder(const Outbox *outbox)
{
    return outbox->folder;
}

Status outbox_write(Outbox *outbox, const json_t *message, uint64_t *number, Error *error)
{
    char path[PATH_SIZE];
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(12));
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory");
    pthread_mutex_lock(&outbox->lock);
    *number = outbox->next++;
    pthread_mutex_unlock(&outbox->lock);
    Status status = path_of(outbox, *number, path, error);
    if (status == STATUS_OK)
        status = file_write(path, text, strlen(text), error);
    free(text);
    return status;
}

void outbox_release(Outbox *outbox, uint64_t number)
{
    Entry entry;
    if (entry_of(outbox, number, &entry, NULL) != STATUS_OK)
        return;
    pthread_mutex_lock(&outbox->lock);
    add_locked(outbox, entry, NULL); // out of memory: the next start finds it
    pthread_mutex_unlock(&outbox->lock);
}

static Status load(const Outbox *outbox, uint64_t number, json_t **message, Error *error)
{
    char path[PATH_SIZE], *data;
    size_t size;
    Status status = path_of(outbox, number, path, error);
    if (status == STATUS_OK)
        status = file_read(path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    *message = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    free(data);
    return *message ? STATUS_OK : error_set(error, STATUS_FORMAT, "%s is damaged", path);
}

void outbox_done(Outbox *outbox, uint64_t number)
{
    char path[PATH_SIZE];
    if (path_of(outbox, number, path, NULL) == STATUS_OK)
        unlink(path);
    pthread_mutex_lock(&outbox->lock);
    remove_locked(outbox, number);
    pthread_mutex_unlock(&outbox->lock);
}

Status outbox_first(Outbox *outbox, uint64_t *number, json_t **message, Error *error)
{
    *message = NULL;
    for (;;) {
        char path[PATH_SIZE];
        pthread_mutex_lock(&outbox->lock);
        bool any = outbox->count;
        *number = any ? outbox->entries[0].number : 0;
        pthread_mutex_unlock(&outbox->lock);
        if (!any)
            return STATUS_END;
        Status status = path_of(outbox, *number, path, error);
        if (status != STATUS_OK || file_exists(path))
            return status == STATUS_OK ? load(outbox, *number, message, error) : status;
        outbox_done(outbox, *number); // somebody took the file away
    }
}

void outbox_refuse(Outbox *outbox, uint64_t number)
{
    char from[PATH_SIZE], to[PATH_SIZE], refused[PATH_SIZE], name[NAME_SIZE];
    Names names = {0};
    name_of(number, name);
    bool kept = path_of(outbox, number, from, NULL) == STATUS_OK &&
                path_join(refused, outbox->folder, "refused", NULL) == STATUS_OK &&
                path_join(to, refused, name, NULL) == STATUS_OK && file_exists(from) &&
                folder_make(refused, NULL) == STATUS_OK &&
                folder_list(refused, &names, NULL) == STATUS_OK && names.count < REFUSED_MAX &&
                rename(from, to) == 0;
    names_free(&names);
    if (!kept)
        unlink(from);
    pthread_mutex_lock(&outbox->lock);
    remove_locked(outbox, number);
    pthread_mutex_unlock(&outbox->lock);
}

static bool over_limits_locked(const Outbox *outbox)
{
    const OutboxLimits *limits = &outbox->limits;
    return outbox->count &&
           (((double)outbox->bytes > limits->mib * 1048576) ||
            time(NULL) - outbox->entries[0].written_s > (int64_t)limits->days * 86400);
}

size_t outbox_trim(Outbox *outbox)
{
    size_t given_up = 0;
    char path[PATH_SIZE];
    pthread_mutex_lock(&outbox->lock);
    for (; over_limits_locked(outbox); given_up++) {
        uint64_t number = outbox->entries[0].number;
        if (path_of(outbox, number, path, NULL) == STATUS_OK)
            unlink(path);
        remove_locked(outbox, number);
    }
    pthread_mutex_unlock(&outbox->lock);
    return given_up;
}

size_t outbox_count(Outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    size_t count = outbox->count;
    pthread_mutex_unlock(&outbox->lock);
    return count;
}

void outbox_each(Outbox *outbox, bool (*visit)(void *context, const json_t *message), void *context)
{
    bool more = true;
    pthread_mutex_lock(&outbox->lock);
    for (size_t i = 0; i < outbox->count && more; i++) {
        json_t *message;
        if (load(outbox, outbox->entries[i].number, &message, NULL) != STATUS_OK)
            continue;
        more = visit(context, message);
        json_decref(message);
    }
    pthread_mutex_unlock(&outbox->lock);
}
