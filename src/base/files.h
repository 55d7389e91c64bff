// Files and folders: durable writes, walks, hashes. Paths are UTF-8 (bytes, as Linux has them).
#ifndef HEIYAN_BASE_FILES_H
#define HEIYAN_BASE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_SIZE 4096
#define SHA256_HEX_SIZE 65

// Joins with one slash into out[PATH_SIZE]; STATUS_ARGUMENT if it does not fit.
Status path_join(char out[PATH_SIZE], const char *folder, const char *name, Error *error);
const char *path_base(const char *path); // the part after the last slash, inside path

Status folder_make(const char *path, Error *error);   // with parents; existing folders are fine
Status folder_sync(const char *path, Error *error);   // fsync of the folder itself
Status folder_remove(const char *path, Error *error); // the whole tree; a missing one is fine
bool file_exists(const char *path);

// Writes path whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.
Status file_write(const char *path, const void *data, size_t size, Error *error);
// The same, readable by the owner alone (0600).
Status file_write_private(const char *path, const void *data, size_t size, Error *error);
// Plain write + fsync, for files in a folder that is itself renamed into place.
Status file_write_plain(const char *path, const void *data, size_t size, Error *error);
// The whole file, with a NUL after it that size does not count. The caller frees *data.
Status file_read(const char *path, char **data, size_t *size, Error *error);
Status file_sync(const char *path, Error *error);

Status file_sha256(const char *path, char hex[SHA256_HEX_SIZE], Error *error);
void bytes_sha256(const void *data, size_t size, char hex[SHA256_HEX_SIZE]);
// Size and SHA-256 of the first and last MiB: recognises footage without reading it whole.
Status file_fingerprint(const char *path, uint64_t *size, char hex[SHA256_HEX_SIZE], Error *error);

// Names in a folder, bytewise order, without "." and "..". The caller frees with names_free.
typedef struct Names {
    char **items;
    size_t count;
} Names;
Status folder_list(const char *path, Names *out, Error *error);
void names_free(Names *names);

// The folder that holds the running program, without a trailing slash.
Status program_folder(char out[PATH_SIZE], Error *error);

#endif
