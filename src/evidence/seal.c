#include "evidence/seal.h"

#include "base/clock.h"
#include "evidence/chain.h"
#include "evidence/record.h"
#include "evidence/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct Sealer {
    char folder[PATH_SIZE], staging[PATH_SIZE], ready[PATH_SIZE];
    int lock;
    SecretKey key;
};

static Status take_lock(Sealer *sealer, Error *error)
{
    char path[PATH_SIZE];
    Status status = path_join(path, sealer->folder, ".heiyan/lock", error);
    if (status != STATUS_OK)
        return status;
    sealer->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (sealer->lock < 0)
        return error_set_errno(error, "cannot write in the evidence folder %s", sealer->folder);
    if (flock(sealer->lock, LOCK_EX | LOCK_NB) == 0)
        return STATUS_OK;
    if (errno == EWOULDBLOCK)
        return error_set(error, STATUS_IO,
                         "another heiyan is writing to %s: wait until it has finished, or give "
                         "another folder with -o",
                         sealer->folder);
    return error_set_errno(error, "cannot lock %s", path);
}

// A key below the evidence folder would be copied and handed over with it.
static Status check_key_place(const Sealer *sealer, Error *error)
{
    char state[PATH_SIZE - 32], inner[PATH_SIZE], outer[PATH_SIZE];
    Status status = state_folder(state, sizeof state, error);
    if (status == STATUS_OK)
        status = folder_make(state, error);
    if (status != STATUS_OK)
        return status;
    if (!realpath(state, inner) || !realpath(sealer->folder, outer))
        return error_set_errno(error, "cannot resolve %s", sealer->folder);
    size_t length = strlen(outer);
    if (strncmp(inner, outer, length) == 0 && (inner[length] == '/' || !inner[length]))
        return error_set(error, STATUS_ARGUMENT,
                         "the signing key would lie inside the evidence folder (%s): set "
                         "XDG_STATE_HOME to a place outside it",
                         inner);
    return STATUS_OK;
}

static Status publish_key(const Sealer *sealer, Error *error)
{
    char path[PATH_SIZE], old[PATH_SIZE], id[17];
    PublicKey present;
    Status status = path_join(path, sealer->folder, "heiyan.pub", error);
    if (status != STATUS_OK)
        return status;
    if (file_exists(path) && public_key_load(path, &present, error) == STATUS_OK) {
        if (memcmp(&present, &sealer->key.public, sizeof present) == 0)
            return STATUS_OK;
        // The folder was begun by another installation: its key stays beside ours, under its id.
        sodium_bin2hex(id, sizeof id, present.id, 8);
        snprintf(old, sizeof old, "%.*s/heiyan-%s.pub", PATH_SIZE - 64, sealer->folder, id);
        if (rename(path, old) != 0)
            return error_set_errno(error, "cannot keep the former key as %s", old);
    }
    return public_key_save(path, &sealer->key.public, error);
}

// Finishes a sealing that a crash cut off between the rename and the chain's new head.
static Status finish_intent(const Sealer *sealer, Error *error)
{
    ChainIntent intent;
    char path[PATH_SIZE];
    Status status = chain_intent_load(sealer->folder, &intent, error);
    if (status == STATUS_END)
        return STATUS_OK;
    if (status == STATUS_OK)
        status = path_join(path, sealer->folder, intent.place, error);
    if (status == STATUS_OK && file_exists(path))
        status = chain_save(sealer->folder, intent.camera, &intent.head, &sealer->key, error);
    bool damaged = status == STATUS_FORMAT; // says nothing of any pack
    return status == STATUS_OK || damaged ? chain_intent_remove(sealer->folder, error) : status;
}

Status sealer_open(Sealer **out, const char *evidence_folder, Error *error)
{
    *out = NULL;
    Sealer *sealer = calloc(1, sizeof *sealer);
    if (!sealer)
        return error_set(error, STATUS_MEMORY, "out of memory");
    sealer->lock = -1;
    snprintf(sealer->folder, sizeof sealer->folder, "%s", evidence_folder);
    Status status = path_join(sealer->staging, evidence_folder, ".heiyan/staging", error);
    if (status == STATUS_OK)
        status = path_join(sealer->ready, evidence_folder, ".heiyan/ready", error);
    char hidden[PATH_SIZE];
    if (status == STATUS_OK)
        status = path_join(hidden, evidence_folder, ".heiyan", error);
    if (status == STATUS_OK)
        status = folder_make(hidden, error);
    if (status == STATUS_OK)
        status = check_key_place(sealer, error);
    if (status == STATUS_OK)
        status = take_lock(sealer, error);
    if (status == STATUS_OK)
        status = secret_key_load(&sealer->key, error);
    if (status == STATUS_OK)
        status = publish_key(sealer, error);
    if (status == STATUS_OK)
        status = finish_intent(sealer, error);
    if (status == STATUS_OK)
        status = folder_remove(sealer->staging, error);
    if (status == STATUS_OK)
        status = folder_make(sealer->staging, error);
    if (status != STATUS_OK) {
        sealer_close(&sealer);
        return status;
    }
    *out = sealer;
    return STATUS_OK;
}

void sealer_close(Sealer **out)
{
    Sealer *sealer = *out;
    *out = NULL;
    if (!sealer)
        return;
    if (sealer->lock >= 0)
        close(sealer->lock);
    sodium_memzero(&sealer->key, sizeof sealer->key);
    free(sealer);
}

const char *sealer_staging(const Sealer *sealer)
{
    return sealer->staging;
}

const char *sealer_ready(const Sealer *sealer)
{
    return sealer->ready;
}

const SecretKey *sealer_key(const Sealer *sealer)
{
    return &sealer->key;
}

static const char *text_at(const json_t *record, const char *group, const char *name)
{
    return json_string_value(json_object_get(json_object_get(record, group), name));
}

static bool same_event(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(json_object_get(a, "source"), "footage"),
                      json_object_get(json_object_get(b, "source"), "footage")) &&
           json_equal(json_object_get(json_object_get(a, "vehicle"), "box"),
                      json_object_get(json_object_get(b, "vehicle"), "box")) &&
           json_equal(json_object_get(json_object_get(a, "time"), "peak"),
                      json_object_get(json_object_get(b, "time"), "peak"));
}

// Picks the id and the final folder; out->existed when the same event is sealed there already.
static Status choose_place(const Sealer *sealer, const json_t *record, int ordinal, char place[256],
                           Sealed *out, Error *error)
{
    const char *camera = text_at(record, "camera", "id");
    int64_t peak_us;
    clock_parse(text_at(record, "time", "peak"), &peak_us);
    ClockText when = clock_text(peak_us);
    for (;; ordinal++) {
        char suffix[16] = "", path[PATH_SIZE];
        if (ordinal > 1)
            snprintf(suffix, sizeof suffix, "-%d", ordinal);
        snprintf(out->id, sizeof out->id, "%.120s_%s%s", camera, when.compact, suffix);
        snprintf(place, 256, "%s/%s", when.date, out->id);
        Status status = path_join(out->folder, sealer->folder, place, error);
        if (status != STATUS_OK || !file_exists(out->folder))
            return status;
        json_t *present;
        status = path_join(path, out->folder, "record.json", error);
        if (status != STATUS_OK)
            return status;
        if (record_load(path, &present, NULL) == STATUS_OK) {
            out->existed = same_event(present, record);
            json_decref(present);
            if (out->existed)
                return STATUS_OK;
        }
    }
}

static Status hash_file(const char *folder, json_t *file, Error *error)
{
    char path[PATH_SIZE], hex[SHA256_HEX_SIZE];
    Status status =
        path_join(path, folder, json_string_value(json_object_get(file, "name")), error);
    if (status == STATUS_OK)
        status = file_sha256(path, hex, error);
    if (status == STATUS_OK)
        json_object_set_new(file, "sha256", json_string(hex));
    return status;
}

static Status add_composite(const char *folder, json_t *record, Error *error)
{
    char code[17];
    json_t *files = json_object_get(record, "files");
    const char *name = json_string_value(
        json_object_get(json_array_get(files, json_array_size(files) - 1), "name"));
    if (name && strcmp(name, "composite.jpg") == 0) // from a sealing that a crash cut off
        json_array_remove(files, json_array_size(files) - 1);
    record_forgery_code(record, code);
    Status status = stamp_composite(folder, record, code, error);
    if (status != STATUS_OK)
        return status;
    json_t *file = json_pack("{s:s,s:s,s:s,s:n}", "name", "composite.jpg", "role", "composite",
                             "time", text_at(record, "time", "peak"), "sha256");
    json_array_append_new(files, file);
    return hash_file(folder, file, error);
}

// record.json, SHA256SUMS and its signature. sums_hash: of SHA256SUMS.
static Status write_sums(const Sealer *sealer, const char *folder, const json_t *record,
                         const char *id, char sums_hash[SHA256_HEX_SIZE], Error *error)
{
    char path[PATH_SIZE], sums[8192], hex[SHA256_HEX_SIZE], signature[MINISIGN_TEXT_SIZE];
    size_t size, used = 0, i;
    char *text = record_text(record, &size);
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory for the record");
    bytes_sha256(text, size, hex);
    Status status = path_join(path, folder, "record.json", error);
    if (status == STATUS_OK)
        status = file_write(path, text, size, error); // never half: a kill here is sealed later
    free(text);
    json_t *file;
    json_array_foreach(json_object_get(record, "files"), i, file) used +=
        (size_t)snprintf(sums + used, sizeof sums - used, "%s  %s\n",
                         json_string_value(json_object_get(file, "sha256")),
                         json_string_value(json_object_get(file, "name")));
    used += (size_t)snprintf(sums + used, sizeof sums - used, "%s  record.json\n", hex);
    bytes_sha256(sums, used, sums_hash);
    minisign_sign(&sealer->key, sums, used, id, signature);
    if (status == STATUS_OK)
        status = path_join(path, folder, "SHA256SUMS", error);
    if (status == STATUS_OK)
        status = file_write_plain(path, sums, used, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, "SHA256SUMS.minisig", error);
    if (status == STATUS_OK)
        status = file_write_plain(path, signature, strlen(signature), error);
    return status == STATUS_OK ? folder_sync(folder, error) : status;
}

static Status put_in_place(const Sealer *sealer, const char *staged, const char *camera,
                           const char *place, const ChainHead *head, const Sealed *out,
                           Error *error)
{
    char day[PATH_SIZE];
    snprintf(day, sizeof day, "%s", out->folder);
    *strrchr(day, '/') = '\0';
    ChainIntent intent = {.head = *head};
    snprintf(intent.camera, sizeof intent.camera, "%s", camera);
    snprintf(intent.place, sizeof intent.place, "%s", place);
    Status status = folder_make(day, error);
    if (status == STATUS_OK)
        status = chain_intent_save(sealer->folder, &intent, error);
    if (status == STATUS_OK && rename(staged, out->folder) != 0)
        status = error_set_errno(error, "cannot put the pack %s in place", out->folder);
    if (status == STATUS_OK)
        status = folder_sync(day, error);
    if (status == STATUS_OK)
        status = folder_sync(sealer->folder, error);
    if (status == STATUS_OK)
        status = chain_save(sealer->folder, camera, head, &sealer->key, error);
    return status == STATUS_OK ? chain_intent_remove(sealer->folder, error) : status;
}

// What a crash left in the staged folder beside what the record lists.
static void sweep(const char *staged, const json_t *files)
{
    Names names;
    char path[PATH_SIZE];
    if (folder_list(staged, &names, NULL) != STATUS_OK)
        return;
    for (size_t n = 0; n < names.count; n++) {
        bool listed = strcmp(names.items[n], "record.json") == 0;
        const json_t *file;
        size_t i;
        json_array_foreach(files, i, file)
        {
            const char *name = json_string_value(json_object_get(file, "name"));
            listed |= name && strcmp(name, names.items[n]) == 0;
        }
        if (!listed && path_join(path, staged, names.items[n], NULL) == STATUS_OK)
            unlink(path);
    }
    names_free(&names);
}

static Status complete(Sealer *sealer, const char *staged, json_t *record, const char *place,
                       Sealed *out, Error *error)
{
    const char *camera = text_at(record, "camera", "id");
    ChainHead head = {0};
    json_t *files = json_object_get(record, "files"), *file;
    size_t i;
    Status status = chain_load(sealer->folder, camera, &sealer->key.public, &head, error);
    if (status != STATUS_OK && status != STATUS_END)
        return status;
    json_object_set_new(record, "id", json_string(out->id));
    json_object_set_new(record, "previous", head.count ? json_string(head.last) : json_null());
    status = STATUS_OK;
    sweep(staged, files);
    json_array_foreach(files, i, file) if (status == STATUS_OK) status =
        hash_file(staged, file, error);
    if (status == STATUS_OK)
        status = add_composite(staged, record, error);
    if (status == STATUS_OK)
        status = write_sums(sealer, staged, record, out->id, head.last, error);
    head.count++;
    return status == STATUS_OK ? put_in_place(sealer, staged, camera, place, &head, out, error)
                               : status;
}

Status sealer_seal(Sealer *sealer, const char *staged_folder, int ordinal, Sealed *out,
                   Error *error)
{
    *out = (Sealed){0};
    char path[PATH_SIZE], place[256];
    json_t *record = NULL;
    Status status = path_join(path, staged_folder, "record.json", error);
    if (status == STATUS_OK)
        status = record_load(path, &record, error);
    if (status == STATUS_OK)
        status = choose_place(sealer, record, ordinal, place, out, error);
    if (status == STATUS_OK && !out->existed)
        status = complete(sealer, staged_folder, record, place, out, error);
    json_decref(record);
    bool later = status == STATUS_FULL || status == STATUS_IO;
    if (out->existed || (status != STATUS_OK && !later))
        folder_remove(staged_folder, NULL);
    return status;
}
