#include "evidence/audit.h"

#include "base/files.h"
#include "evidence/chain.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPACT (JSON_COMPACT | JSON_SORT_KEYS)

struct Audit {
    char folder[PATH_SIZE], path[PATH_SIZE], access[PATH_SIZE];
    SecretKey key;
    LinesTail tail, access_tail;
    bool head_lags;
};

static Status save_head(const Audit *audit, Error *error)
{
    ChainHead head = {.count = (int64_t)audit->tail.count};
    memcpy(head.last, audit->tail.last, sizeof head.last);
    return chain_save(audit->folder, AUDIT_HEAD, &head, &audit->key, error);
}

static Status verdicts_path(const Audit *audit, const char *place, char path[PATH_SIZE],
                            Error *error)
{
    char pack[PATH_SIZE];
    Status status = path_join(pack, audit->folder, place, error);
    return status == STATUS_OK ? path_join(path, pack, "verdicts.jsonl", error) : status;
}

// The last line of the audit, or NULL.
static Status last_step(const Audit *audit, json_t **out, Error *error)
{
    char *text;
    size_t size;
    *out = NULL;
    if (!audit->tail.count)
        return STATUS_OK;
    Status status = file_read(audit->path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    text[size - 1] = '\0';
    const char *last = strrchr(text, '\n');
    *out = json_loads(last ? last + 1 : text, 0, NULL);
    free(text);
    return STATUS_OK;
}

// Appends the line that the audit has and the pack has not.
static Status finish_verdict(const Audit *audit, const json_t *step, size_t *mended, Error *error)
{
    char path[PATH_SIZE];
    LinesTail tail;
    bool torn;
    const char *place = json_string_value(json_object_get(step, "place"));
    const json_t *line = json_object_get(step, "line");
    const char *previous = json_string_value(json_object_get(line, "previous"));
    size_t count = (size_t)json_integer_value(json_object_get(step, "count"));
    if (!place || !previous)
        return STATUS_OK;
    Status status = path_join(path, audit->folder, place, error);
    if (status == STATUS_OK && !file_exists(path))
        return STATUS_OK; // retention removed the pack since
    if (status == STATUS_OK)
        status = verdicts_path(audit, place, path, error);
    if (status == STATUS_OK)
        status = lines_tail(path, previous, &tail, &torn, error);
    if (status == STATUS_OK && torn)
        status = lines_mend(path, error);
    if (status != STATUS_OK || tail.count + 1 != count || strcmp(tail.last, previous) != 0)
        return status; // it is there, or damaged in a way that verify tells
    char *text = json_dumps(line, COMPACT);
    status = text ? lines_write(path, text, true, &tail, error)
                  : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    *mended += status == STATUS_OK;
    return status;
}

static Status mend(Audit *audit, size_t *mended, Error *error)
{
    bool torn;
    json_t *step;
    ChainHead head = {0};
    Status status = lines_tail(audit->access, "", &audit->access_tail, &torn, error);
    if (status == STATUS_OK && torn)
        status = lines_mend(audit->access, error);
    if (status == STATUS_OK)
        status = lines_tail(audit->path, "", &audit->tail, &torn, error);
    if (status == STATUS_OK && torn)
        status = lines_mend(audit->path, error);
    if (status == STATUS_OK)
        status = last_step(audit, &step, error);
    if (status != STATUS_OK)
        return status;
    status = chain_load(audit->folder, AUDIT_HEAD, NULL, &head, error);
    if (status == STATUS_END)
        status = STATUS_OK;
    // One step ahead of its head: the crash came between. Anything else is for verify to tell.
    if (status == STATUS_OK && audit->tail.count == (size_t)head.count + 1)
        status = save_head(audit, error);
    if (status == STATUS_OK && step)
        status = finish_verdict(audit, step, mended, error);
    json_decref(step);
    return status;
}

Status audit_open(Audit **out, const char *folder, size_t *mended, Error *error)
{
    *out = NULL;
    *mended = 0;
    Audit *audit = calloc(1, sizeof *audit);
    if (!audit)
        return error_set(error, STATUS_MEMORY, "out of memory");
    snprintf(audit->folder, sizeof audit->folder, "%s", folder);
    Status status = path_join(audit->path, folder, "audit.jsonl", error);
    if (status == STATUS_OK)
        status = path_join(audit->access, folder, "access.jsonl", error);
    if (status == STATUS_OK)
        status = secret_key_load(&audit->key, error);
    if (status == STATUS_OK)
        status = mend(audit, mended, error);
    if (status == STATUS_OK)
        *out = audit;
    else
        audit_close(&audit);
    return status;
}

void audit_close(Audit **audit)
{
    if (*audit)
        sodium_memzero(&(*audit)->key, sizeof(*audit)->key);
    free(*audit);
    *audit = NULL;
}

// The audit's line: where the verdict's line belongs, and the line itself.
static Status write_step(Audit *audit, const char *place, const char *verdict, size_t count,
                         Error *error)
{
    json_t *line = json_loads(verdict, 0, NULL);
    json_t *step = json_pack("{s:O?,s:s,s:I,s:o?}", "pack", json_object_get(line, "pack"), "place",
                             place, "count", (json_int_t)count, "line", line);
    char *text = step ? lines_sign(step, &audit->tail, &audit->key) : NULL;
    json_decref(step);
    Status status = text ? lines_write(audit->path, text, true, &audit->tail, error)
                         : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    return status;
}

// Takes the last step back: the file is cut to the size it had.
static void take_back(Audit *audit, off_t size, const LinesTail *tail)
{
    if (truncate(audit->path, size) == 0)
        audit->tail = *tail;
}

Status audit_step(Audit *audit, const char *place, const char *root, size_t seen,
                  const json_t *facts, Error *error)
{
    char path[PATH_SIZE];
    LinesTail tail, before = audit->tail;
    struct stat info = {0};
    stat(audit->path, &info); // none yet: 0
    Status status = verdicts_path(audit, place, path, error);
    if (status == STATUS_OK)
        status = lines_tail(path, root, &tail, NULL, error);
    if (status == STATUS_OK && tail.count != seen)
        return error_set(error, STATUS_CONFLICT, "其他人已对此案作出处理，请查看后再决定");
    if (status == STATUS_OK && audit->head_lags)
        status = save_head(audit, error);
    if (status != STATUS_OK)
        return status;
    char *line = lines_sign(facts, &tail, &audit->key);
    if (!line)
        return error_set(error, STATUS_MEMORY, "out of memory");
    status = write_step(audit, place, line, tail.count + 1, error);
    if (status == STATUS_OK) {
        status = lines_write(path, line, true, &tail, error);
        if (status != STATUS_OK)
            take_back(audit, info.st_size, &before);
    }
    free(line);
    if (status == STATUS_OK)
        audit->head_lags = save_head(audit, NULL) != STATUS_OK; // decided all the same
    return status;
}

Status audit_note(Audit *audit, const json_t *facts, Error *error)
{
    char *line = lines_sign(facts, &audit->access_tail, &audit->key);
    Status status = line ? lines_write(audit->access, line, false, &audit->access_tail, error)
                         : error_set(error, STATUS_MEMORY, "out of memory");
    free(line);
    return status;
}
