#include "app/identity.h"

#include "base/log.h"
#include "evidence/minisign.h"

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Memory { // what the installation knows of a path
    char path[PATH_SIZE];
    char mount[PATH_SIZE];  // the mount point above it
    char id[IDENTITY_SIZE]; // empty: nothing
} Memory;

static bool valid(const char *id)
{
    return id && strlen(id) == IDENTITY_SIZE - 1 &&
           strspn(id, "0123456789abcdef") == IDENTITY_SIZE - 1;
}

// Empty when there is none.
static void read_id(const char *folder, char id[IDENTITY_SIZE])
{
    char path[PATH_SIZE], *text;
    size_t size;
    id[0] = '\0';
    if (path_join(path, folder, ".heiyan/identity", NULL) != STATUS_OK ||
        file_read(path, &text, &size, NULL) != STATUS_OK)
        return;
    text[strcspn(text, "\n")] = '\0';
    if (valid(text))
        memcpy(id, text, IDENTITY_SIZE);
    free(text);
}

// The folder's path from the root, links followed as far as it exists: its end may be gone.
static Status full_path(const char *folder, char out[PATH_SIZE], Error *error)
{
    char text[PATH_SIZE], real[PATH_SIZE], here[PATH_SIZE];
    Status status = STATUS_OK;
    if (folder[0] == '/')
        snprintf(text, sizeof text, "%s", folder);
    else if (!getcwd(here, sizeof here))
        return error_set_errno(error, "cannot tell the working folder");
    else
        status = path_join(text, here, folder, error);
    if (status != STATUS_OK)
        return status;
    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--)
        text[n - 1] = '\0';
    for (size_t cut = strlen(text);; cut--) {
        if (text[cut] && text[cut] != '/')
            continue;
        char rest = text[cut];
        text[cut] = '\0';
        bool exists = realpath(cut ? text : "/", real);
        text[cut] = rest;
        if (exists || !cut)
            return rest ? path_join(out, real, text + cut + 1, error)
                        : path_join(out, real, "", error);
    }
}

// The mount point that the path, or what there is of it, lies under.
static void find_mount(const char *path, char out[PATH_SIZE])
{
    struct statx info;
    snprintf(out, PATH_SIZE, "%s", path);
    for (char *slash; (slash = strrchr(out, '/')) && slash != out; *slash = '\0')
        if (statx(AT_FDCWD, out, 0, STATX_TYPE, &info) == 0 &&
            (info.stx_attributes & STATX_ATTR_MOUNT_ROOT))
            return;
    snprintf(out, PATH_SIZE, "/");
}

static Status memory_path(const Memory *memory, char out[PATH_SIZE], Error *error)
{
    char state[PATH_SIZE - 128], hex[SHA256_HEX_SIZE];
    Status status = state_folder(state, sizeof state, error);
    if (status != STATUS_OK)
        return status;
    bytes_sha256(memory->path, strlen(memory->path), hex);
    snprintf(out, PATH_SIZE, "%s/folders/%.32s.json", state, hex);
    return STATUS_OK;
}

static void memory_read(Memory *memory, const char *place)
{
    json_t *json = json_load_file(place, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "identity"));
    if (valid(id))
        memcpy(memory->id, id, IDENTITY_SIZE);
    const char *mount = json_string_value(json_object_get(json, "mount"));
    snprintf(memory->mount, sizeof memory->mount, "%s", mount ? mount : "/");
    json_decref(json);
}

static Status memory_write(const Memory *memory, const char *place, Error *error)
{
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(path_base(place) - place - 1), place);
    Status status = folder_make(folder, error);
    json_t *json = json_pack("{s:s,s:s,s:s}", "path", memory->path, "identity", memory->id, "mount",
                             memory->mount);
    char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    if (status == STATUS_OK)
        status = text ? file_write(place, text, strlen(text), error)
                      : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    json_decref(json);
    return status;
}

static Status make_id(const char *folder, char id[IDENTITY_SIZE], Error *error)
{
    char hidden[PATH_SIZE], path[PATH_SIZE], line[IDENTITY_SIZE + 1];
    unsigned char bytes[(IDENTITY_SIZE - 1) / 2];
    if (sodium_init() < 0)
        return error_set(error, STATUS_IO, "no random numbers");
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(id, IDENTITY_SIZE, bytes, sizeof bytes);
    snprintf(line, sizeof line, "%s\n", id);
    Status status = path_join(hidden, folder, ".heiyan", error);
    if (status == STATUS_OK)
        status = folder_make(hidden, error);
    if (status == STATUS_OK)
        status = path_join(path, hidden, "identity", error);
    return status == STATUS_OK ? file_write(path, line, strlen(line), error) : status;
}

static Status settle(Identity *identity, const Memory *memory, const char *place, Error *error)
{
    char id[IDENTITY_SIZE];
    Memory now = *memory;
    find_mount(now.path, now.mount);
    read_id(identity->folder, id);
    if (!id[0] && memory->id[0] && strlen(now.mount) < strlen(memory->mount))
        return error_set(error, STATUS_MISSING,
                         "the evidence folder %s is not the one it was: its disk is not mounted. "
                         "Mount it; or, when it is to be begun anew, remove %s",
                         identity->folder, place);
    if (memory->id[0] && strcmp(id, memory->id) != 0)
        log_warning("the evidence folder %s is not the one it was: %s", identity->folder,
                    id[0] ? "another disk is in its place" : "it begins anew");
    if (!id[0]) {
        Status status = make_id(identity->folder, id, error);
        if (status != STATUS_OK)
            return status;
    }
    memcpy(now.id, id, sizeof now.id);
    Status status = STATUS_OK;
    if (strcmp(id, memory->id) != 0 || strcmp(now.mount, memory->mount) != 0)
        status = memory_write(&now, place, error);
    if (status == STATUS_OK) {
        memcpy(identity->id, id, sizeof id);
        atomic_store(&identity->taken, true);
    }
    return status;
}

Status identity_take(Identity *identity, Error *error)
{
    Memory memory = {0};
    char place[PATH_SIZE];
    Status status = full_path(identity->folder, memory.path, error);
    if (status == STATUS_OK)
        status = memory_path(&memory, place, error);
    if (status != STATUS_OK)
        return status;
    memory_read(&memory, place);
    return settle(identity, &memory, place, error);
}

bool identity_holds(const Identity *identity)
{
    char id[IDENTITY_SIZE];
    if (!atomic_load(&identity->taken))
        return false;
    read_id(identity->folder, id);
    return id[0] && strcmp(id, identity->id) == 0;
}

Status identity_check(const Identity *identity, Error *error)
{
    if (!identity || identity_holds(identity))
        return STATUS_OK;
    return error_set(error, STATUS_MISSING,
                     "the evidence folder %s is not the one it was: is its disk mounted?",
                     identity->folder);
}
