#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1 << 20)

Status path_join(char out[PATH_SIZE], const char *folder, const char *name, Error *error)
{
    size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] == '/' ? "" : "/";
    if (snprintf(out, PATH_SIZE, "%s%s%s", folder, slash, name) >= PATH_SIZE)
        return error_set(error, STATUS_ARGUMENT, "path too long: %.200s...", folder);
    return STATUS_OK;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

Status folder_make(const char *path, Error *error)
{
    char part[PATH_SIZE];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, STATUS_ARGUMENT, "path too long: %.200s...", path);
    for (char *at = part + 1;; at++) {
        if (*at && *at != '/')
            continue;
        char kept = *at;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return error_set_errno(error, "cannot make folder %s", part);
        if (!kept)
            break;
        *at = kept;
    }
    struct stat info;
    if (stat(path, &info) != 0)
        return error_set_errno(error, "cannot make folder %s", path);
    if (!S_ISDIR(info.st_mode))
        return error_set(error, STATUS_IO, "cannot make folder %s: a file of that name is there",
                         path);
    return STATUS_OK;
}

static Status sync_path(const char *path, int flags, Error *error)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, "cannot open %s", path);
    Status status = fsync(fd) == 0 ? STATUS_OK : error_set_errno(error, "cannot sync %s", path);
    close(fd);
    return status;
}

Status folder_sync(const char *path, Error *error)
{
    return sync_path(path, O_RDONLY | O_DIRECTORY, error);
}

Status file_sync(const char *path, Error *error)
{
    return sync_path(path, O_RDONLY, error);
}

static Status remove_at(int parent, const char *name, const char *shown, Error *error)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return STATUS_OK;
    if (errno != EISDIR && errno != EPERM)
        return error_set_errno(error, "cannot remove %s", shown);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return error_set_errno(error, "cannot remove %s", shown);
    }
    Status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = remove_at(dirfd(dir), entry->d_name, shown, error);
    closedir(dir);
    if (status == STATUS_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0)
        status = error_set_errno(error, "cannot remove %s", shown);
    return status;
}

Status folder_remove(const char *path, Error *error)
{
    return remove_at(AT_FDCWD, path, path, error);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static Status write_new(const char *path, const void *data, size_t size, mode_t mode, Error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return error_set_errno(error, "cannot write %s", path);
    Status status = STATUS_OK;
    if (mode == 0600 && fchmod(fd, mode) != 0) // one that a crash left behind
        status = error_set_errno(error, "cannot write %s", path);
    for (const char *at = data; size && status == STATUS_OK;) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            status = error_set_errno(error, "cannot write %s", path);
            break;
        }
        at += written;
        size -= (size_t)written;
    }
    if (status == STATUS_OK && fsync(fd) != 0)
        status = error_set_errno(error, "cannot sync %s", path);
    if (close(fd) != 0 && status == STATUS_OK)
        status = error_set_errno(error, "cannot write %s", path);
    if (status != STATUS_OK)
        unlink(path);
    return status;
}

Status file_write_plain(const char *path, const void *data, size_t size, Error *error)
{
    return write_new(path, data, size, 0666, error);
}

static Status write_whole(const char *path, const void *data, size_t size, mode_t mode,
                          Error *error)
{
    char temporary[PATH_SIZE], folder[PATH_SIZE];
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary)
        return error_set(error, STATUS_ARGUMENT, "path too long: %.200s...", path);
    Status status = write_new(temporary, data, size, mode, error);
    if (status != STATUS_OK)
        return status;
    if (rename(temporary, path) != 0) {
        status = error_set_errno(error, "cannot put %s in place", path);
        unlink(temporary);
        return status;
    }
    const char *base = path_base(path);
    if (base == path)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", (int)(base - path), path);
    return folder_sync(folder, error);
}

Status file_write(const char *path, const void *data, size_t size, Error *error)
{
    return write_whole(path, data, size, 0666, error);
}

Status file_write_private(const char *path, const void *data, size_t size, Error *error)
{
    return write_whole(path, data, size, 0600, error);
}

Status file_read(const char *path, char **data, size_t *size, Error *error)
{
    *data = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, "cannot open %s", path);
    size_t room = 4096, used = 0;
    char *bytes = malloc(room + 1);
    Status status = bytes ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    while (status == STATUS_OK) {
        ssize_t got = read(fd, bytes + used, room - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = error_set_errno(error, "cannot read %s", path);
        if (got <= 0)
            break;
        used += (size_t)got;
        if (used < room)
            continue;
        room *= 2;
        char *grown = realloc(bytes, room + 1);
        if (grown)
            bytes = grown;
        else
            status = error_set(error, STATUS_MEMORY, "out of memory while reading %s", path);
    }
    close(fd);
    if (status != STATUS_OK) {
        free(bytes);
        return status;
    }
    bytes[used] = '\0';
    *data = bytes;
    *size = used;
    return STATUS_OK;
}

static void hex_of(const unsigned char hash[crypto_hash_sha256_BYTES], char hex[SHA256_HEX_SIZE])
{
    sodium_bin2hex(hex, SHA256_HEX_SIZE, hash, crypto_hash_sha256_BYTES);
}

// Hashes up to `limit` bytes from `offset` on.
static Status hash_range(FILE *file, const char *path, int64_t offset, uint64_t limit,
                         crypto_hash_sha256_state *state, Error *error)
{
    unsigned char block[65536];
    if (fseeko(file, offset, SEEK_SET) != 0)
        return error_set_errno(error, "cannot read %s", path);
    while (limit) {
        size_t wish = limit < sizeof block ? (size_t)limit : sizeof block;
        size_t got = fread(block, 1, wish, file);
        crypto_hash_sha256_update(state, block, got);
        limit -= got;
        if (got < wish)
            break;
    }
    return ferror(file) ? error_set_errno(error, "cannot read %s", path) : STATUS_OK;
}

Status file_sha256(const char *path, char hex[SHA256_HEX_SIZE], Error *error)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set_errno(error, "cannot open %s", path);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    Status status = hash_range(file, path, 0, UINT64_MAX, &state, error);
    fclose(file);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, hash);
    hex_of(hash, hex);
    return status;
}

void bytes_sha256(const void *data, size_t size, char hex[SHA256_HEX_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, data, size);
    hex_of(hash, hex);
}

Status file_fingerprint(const char *path, uint64_t *size, char hex[SHA256_HEX_SIZE], Error *error)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set_errno(error, "cannot open %s", path);
    Status status = STATUS_OK;
    struct stat info;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    if (fstat(fileno(file), &info) != 0) {
        status = error_set_errno(error, "cannot read %s", path);
    } else {
        *size = (uint64_t)info.st_size;
        status = hash_range(file, path, 0, MIB, &state, error);
        if (status == STATUS_OK && info.st_size > MIB)
            status = hash_range(file, path, info.st_size - MIB, MIB, &state, error);
    }
    fclose(file);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, hash);
    hex_of(hash, hex);
    return status;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

Status folder_list(const char *path, Names *out, Error *error)
{
    *out = (Names){0};
    DIR *dir = opendir(path);
    if (!dir)
        return error_set_errno(error, "cannot read folder %s", path);
    Status status = STATUS_OK;
    size_t room = 0;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)); errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (out->count == room) {
            room = room ? room * 2 : 64;
            char **grown = realloc(out->items, room * sizeof *grown);
            if (!grown) {
                status = error_set(error, STATUS_MEMORY, "out of memory while reading %s", path);
                break;
            }
            out->items = grown;
        }
        if (!(out->items[out->count] = strdup(entry->d_name))) {
            status = error_set(error, STATUS_MEMORY, "out of memory while reading %s", path);
            break;
        }
        out->count++;
    }
    if (status == STATUS_OK && errno)
        status = error_set_errno(error, "cannot read folder %s", path);
    closedir(dir);
    if (status != STATUS_OK)
        names_free(out);
    else if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_bytes);
    return status;
}

void names_free(Names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (Names){0};
}

Status program_folder(char out[PATH_SIZE], Error *error)
{
    ssize_t length = readlink("/proc/self/exe", out, PATH_SIZE - 1);
    if (length <= 0)
        return error_set_errno(error, "cannot find the program's own folder");
    out[length] = '\0';
    char *slash = strrchr(out, '/');
    if (slash && slash != out)
        *slash = '\0';
    return STATUS_OK;
}
