#include "evidence/lines.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define COMPACT (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(12))

Status lines_tail(const char *path, const char *root, LinesTail *out, bool *torn, Error *error)
{
    char *text = NULL;
    size_t size;
    *out = (LinesTail){0};
    snprintf(out->last, sizeof out->last, "%s", root);
    if (torn)
        *torn = false;
    if (!file_exists(path))
        return STATUS_OK;
    Status status = file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    const char *last = NULL, *line = text;
    for (char *end; (end = strchr(line, '\n')); line = end + 1) {
        last = line;
        out->count++;
    }
    if (last)
        bytes_sha256(last, strcspn(last, "\n"), out->last);
    if (torn)
        *torn = *line;
    free(text);
    return STATUS_OK;
}

Status lines_mend(const char *path, Error *error)
{
    char *text;
    size_t size;
    Status status = file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    while (size && text[size - 1] != '\n')
        size--;
    free(text);
    if (truncate(path, (off_t)size) != 0)
        return error_set_errno(error, "cannot cut the torn last line off %s", path);
    return file_sync(path, error);
}

char *lines_sign(const json_t *facts, const LinesTail *tail, const SecretKey *key)
{
    char id[17], encoded[128], *whole = NULL;
    uint8_t signature[64];
    sodium_bin2hex(id, sizeof id, key->public.id, 8);
    json_t *line = json_copy((json_t *)(uintptr_t)facts);
    json_object_set_new(line, "previous", json_string(tail->last));
    json_object_set_new(line, "key", json_string(id));
    char *body = json_dumps(line, COMPACT);
    if (body) {
        crypto_sign_detached(signature, NULL, (const uint8_t *)body, strlen(body), key->key);
        sodium_bin2base64(encoded, sizeof encoded, signature, sizeof signature,
                          sodium_base64_VARIANT_ORIGINAL);
        json_object_set_new(line, "signature", json_string(encoded));
        whole = json_dumps(line, COMPACT);
    }
    json_decref(line);
    free(body);
    return whole;
}

Status lines_write(const char *path, const char *line, bool durable, LinesTail *tail, Error *error)
{
    size_t length = strlen(line);
    struct iovec parts[] = {{(void *)(uintptr_t)line, length}, {(void *)(uintptr_t) "\n", 1}};
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    off_t before = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    Status status = STATUS_OK;
    if (before < 0 || writev(fd, parts, 2) != (ssize_t)(length + 1) ||
        (durable && fsync(fd) != 0)) {
        status = error_set_errno(error, "cannot append to %s", path);
        if (before >= 0 && ftruncate(fd, before) != 0) // the next open mends it
            status = STATUS_IO;
    }
    if (fd >= 0)
        close(fd);
    if (status == STATUS_OK) {
        tail->count++;
        bytes_sha256(line, length, tail->last);
    }
    return status;
}

Status lines_append(const char *path, const char *root, const json_t *facts, const SecretKey *key,
                    Error *error)
{
    LinesTail tail;
    Status status = lines_tail(path, root, &tail, NULL, error);
    if (status != STATUS_OK)
        return status;
    char *line = lines_sign(facts, &tail, key);
    status = line ? lines_write(path, line, true, &tail, error)
                  : error_set(error, STATUS_MEMORY, "out of memory");
    free(line);
    return status;
}

// The key that the line names; the first where it names none of them.
static const PublicKey *key_of(const json_t *line, const PublicKey *keys, size_t key_count)
{
    char id[17];
    const char *named = json_string_value(json_object_get(line, "key"));
    for (size_t i = 0; i < key_count && named; i++)
        if (strcmp(sodium_bin2hex(id, sizeof id, keys[i].id, 8), named) == 0)
            return &keys[i];
    return key_count ? &keys[0] : NULL;
}

static Status check_line(const char *text, size_t length, const char *previous,
                         const PublicKey *keys, size_t key_count, json_t **out, Error *error)
{
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    const char *encoded = json_string_value(json_object_get(line, "signature"));
    const char *link = json_string_value(json_object_get(line, "previous"));
    uint8_t signature[64];
    size_t got = 0;
    Status status = STATUS_OK;
    if (!encoded || !link ||
        sodium_base642bin(signature, sizeof signature, encoded, strlen(encoded), NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        got != sizeof signature)
        status = error_set(error, STATUS_FORMAT, "it is not a signed line");
    else if (strcmp(link, previous) != 0)
        status = error_set(error, STATUS_FORMAT, "a line before it was changed, added or removed");
    if (status == STATUS_OK) {
        json_object_del(line, "signature");
        char *body = json_dumps(line, COMPACT);
        const PublicKey *key = key_of(line, keys, key_count);
        if (!body || !key ||
            crypto_sign_verify_detached(signature, (const uint8_t *)body, strlen(body), key->key) !=
                0)
            status = error_set(error, STATUS_FORMAT, "its signature does not fit");
        free(body);
    }
    if (status == STATUS_OK)
        *out = line;
    else
        json_decref(line);
    return status;
}

Status lines_check(const char *path, const char *root, const PublicKey *keys, size_t key_count,
                   void (*each)(void *context, const json_t *line, const char *hash), void *context,
                   Error *error)
{
    char *text, previous[SHA256_HEX_SIZE];
    size_t size, number = 1;
    Status status = file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    snprintf(previous, sizeof previous, "%s", root);
    for (const char *at = text; *at && status == STATUS_OK; number++) {
        size_t length = strcspn(at, "\n");
        json_t *line = NULL;
        Error why;
        status = check_line(at, length, previous, keys, key_count, &line, &why);
        if (status != STATUS_OK)
            error_set(error, status, "line %zu of %s: %s", number, path_base(path), why.text);
        bytes_sha256(at, length, previous);
        if (status == STATUS_OK && each)
            each(context, line, previous);
        json_decref(line);
        at += length + (at[length] == '\n');
    }
    free(text);
    return status;
}
