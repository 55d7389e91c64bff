#include "evidence/lines.h"

#include "base/files.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPACT (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(12))

// Hash of the last line of text, or root when there is none.
static void last_hash(const char *text, const char *root, char hex[SHA256_HEX_SIZE])
{
    snprintf(hex, SHA256_HEX_SIZE, "%s", root);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        bytes_sha256(line, length, hex);
        line += length + (line[length] == '\n');
    }
}

Status lines_append(const char *path, const char *root, const json_t *facts, const SecretKey *key,
                    Error *error)
{
    char *old = NULL;
    size_t old_size = 0;
    Status status = STATUS_OK;
    if (file_exists(path))
        status = file_read(path, &old, &old_size, error);
    if (status != STATUS_OK)
        return status;
    char previous[SHA256_HEX_SIZE], id[17], encoded[128];
    last_hash(old ? old : "", root, previous);
    free(old);
    sodium_bin2hex(id, sizeof id, key->public.id, 8);
    json_t *line = json_copy((json_t *)(uintptr_t)facts);
    json_object_set_new(line, "previous", json_string(previous));
    json_object_set_new(line, "key", json_string(id));
    char *body = json_dumps(line, COMPACT);
    uint8_t signature[64];
    char *whole = NULL;
    if (body) {
        crypto_sign_detached(signature, NULL, (const uint8_t *)body, strlen(body), key->key);
        sodium_bin2base64(encoded, sizeof encoded, signature, sizeof signature,
                          sodium_base64_VARIANT_ORIGINAL);
        json_object_set_new(line, "signature", json_string(encoded));
        whole = json_dumps(line, COMPACT);
    }
    json_decref(line);
    free(body);
    if (!whole)
        return error_set(error, STATUS_MEMORY, "out of memory");
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    size_t length = strlen(whole);
    whole[length] = '\n'; // in the place of the terminator
    if (fd < 0 || write(fd, whole, length + 1) != (ssize_t)(length + 1) || fsync(fd) != 0)
        status = error_set_errno(error, "cannot append to %s", path);
    if (fd >= 0)
        close(fd);
    free(whole);
    return status;
}

static Status check_line(const char *text, size_t length, const char *previous,
                         const PublicKey *key, json_t **out, Error *error)
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
        if (!body || crypto_sign_verify_detached(signature, (const uint8_t *)body, strlen(body),
                                                 key->key) != 0)
            status = error_set(error, STATUS_FORMAT, "its signature does not fit");
        free(body);
    }
    if (status == STATUS_OK)
        *out = line;
    else
        json_decref(line);
    return status;
}

Status lines_check(const char *path, const char *root, const PublicKey *key,
                   void (*each)(void *context, const json_t *line), void *context, Error *error)
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
        status = check_line(at, length, previous, key, &line, &why);
        if (status != STATUS_OK)
            error_set(error, status, "line %zu of %s: %s", number, path_base(path), why.text);
        else if (each)
            each(context, line);
        json_decref(line);
        bytes_sha256(at, length, previous);
        at += length + (at[length] == '\n');
    }
    free(text);
    return status;
}
