#include "evidence/chain.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Status head_path(char out[PATH_SIZE], const char *folder, const char *camera, Error *error)
{
    if (snprintf(out, PATH_SIZE, "%s/chain/%s.json", folder, camera) >= PATH_SIZE)
        return error_set(error, STATUS_ARGUMENT, "path too long: %.200s...", folder);
    return STATUS_OK;
}

// What is signed: three lines.
static size_t signed_text(const char *camera, const ChainHead *head, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s\n%" PRId64 "\n%s\n", camera, head->count, head->last);
}

Status chain_load(const char *folder, const char *camera, const PublicKey *key, ChainHead *out,
                  Error *error)
{
    char path[PATH_SIZE], text[512], *data;
    size_t size;
    Status status = head_path(path, folder, camera, error);
    if (status != STATUS_OK)
        return status;
    if (!file_exists(path))
        return STATUS_END;
    status = file_read(path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    free(data);
    const char *name = json_string_value(json_object_get(json, "camera"));
    const char *last = json_string_value(json_object_get(json, "last"));
    const char *signature = json_string_value(json_object_get(json, "signature"));
    if (!name || !last || !signature || strcmp(name, camera) != 0 || strlen(last) != 64) {
        status = error_set(error, STATUS_FORMAT, "%s is not the head of this camera's chain", path);
    } else {
        out->count = json_integer_value(json_object_get(json, "count"));
        memcpy(out->last, last, SHA256_HEX_SIZE);
        size_t length = signed_text(camera, out, text, sizeof text);
        Error why;
        if (key && minisign_verify(key, text, length, signature, NULL, 0, &why) != STATUS_OK)
            status =
                error_set(error, STATUS_FORMAT, "the head of the chain was changed: %s", why.text);
    }
    json_decref(json);
    return status;
}

Status chain_save(const char *folder, const char *camera, const ChainHead *head,
                  const SecretKey *key, Error *error)
{
    char path[PATH_SIZE], text[512], signature[MINISIGN_TEXT_SIZE];
    size_t length = signed_text(camera, head, text, sizeof text);
    minisign_sign(key, text, length, camera, signature);
    json_t *json = json_pack("{s:s,s:I,s:s,s:s}", "camera", camera, "count",
                             (json_int_t)head->count, "last", head->last, "signature", signature);
    char *dump = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
    json_decref(json);
    if (!dump)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = path_join(path, folder, "chain", error);
    if (status == STATUS_OK)
        status = folder_make(path, error);
    if (status == STATUS_OK)
        status = head_path(path, folder, camera, error);
    if (status == STATUS_OK)
        status = file_write(path, dump, strlen(dump), error);
    free(dump);
    return status;
}

static Status intent_path(char out[PATH_SIZE], const char *folder, Error *error)
{
    return path_join(out, folder, ".heiyan/sealing.json", error);
}

Status chain_intent_load(const char *folder, ChainIntent *out, Error *error)
{
    char path[PATH_SIZE], *data;
    size_t size;
    *out = (ChainIntent){0};
    Status status = intent_path(path, folder, error);
    if (status == STATUS_OK && !file_exists(path))
        return STATUS_END;
    if (status == STATUS_OK)
        status = file_read(path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    json_t *json = json_loadb(data, size, 0, NULL);
    free(data);
    const char *camera, *place, *last;
    json_int_t count;
    if (json_unpack(json, "{s:s,s:s,s:s,s:I}", "camera", &camera, "place", &place, "last", &last,
                    "count", &count) == 0 &&
        strlen(last) + 1 == sizeof out->head.last) {
        snprintf(out->camera, sizeof out->camera, "%s", camera);
        snprintf(out->place, sizeof out->place, "%s", place);
        memcpy(out->head.last, last, sizeof out->head.last);
        out->head.count = count;
    } else {
        status = error_set(error, STATUS_FORMAT, "%s is damaged", path);
    }
    json_decref(json);
    return status;
}

Status chain_intent_save(const char *folder, const ChainIntent *intent, Error *error)
{
    char path[PATH_SIZE];
    json_t *json = json_pack("{s:s,s:s,s:s,s:I}", "camera", intent->camera, "place", intent->place,
                             "last", intent->head.last, "count", (json_int_t)intent->head.count);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    Status status =
        text ? intent_path(path, folder, error) : error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK)
        status = file_write(path, text, strlen(text), error);
    free(text);
    return status;
}

Status chain_intent_remove(const char *folder, Error *error)
{
    char path[PATH_SIZE];
    Status status = intent_path(path, folder, error);
    if (status == STATUS_OK && unlink(path) != 0 && errno != ENOENT)
        status = error_set_errno(error, "cannot remove %s", path);
    return status;
}
