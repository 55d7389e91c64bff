#include "ledger/zip.h"

#include "base/files.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct Zip {
    struct archive *archive;
};

static Status fail(const Zip *zip, const char *what, Error *error)
{
    return error_set(error, archive_errno(zip->archive) == ENOSPC ? STATUS_FULL : STATUS_IO,
                     "cannot write %s into the ZIP: %s", what, archive_error_string(zip->archive));
}

Status zip_create(Zip **out, const char *path, Error *error)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return error_set(error, STATUS_MEMORY, "out of memory");
    (*out)->archive = archive_write_new();
    archive_write_set_format_zip((*out)->archive);
    archive_write_set_options((*out)->archive, "hdrcharset=UTF-8");
    if (archive_write_open_filename((*out)->archive, path) == ARCHIVE_OK)
        return STATUS_OK;
    Status status = fail(*out, path, error);
    zip_close(out, NULL);
    return status;
}

static bool is_packed(const char *name) // would not shrink
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".jpg") == 0 || strcmp(dot, ".mp4") == 0 ||
                   strcmp(dot, ".png") == 0 || strcmp(dot, ".pdf") == 0);
}

static Status copy_bytes(Zip *zip, FILE *file, const char *name, Error *error)
{
    char buffer[1 << 16];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        if (archive_write_data(zip->archive, buffer, got) < 0)
            return fail(zip, name, error);
    return ferror(file) ? error_set_errno(error, "cannot read %s", name) : STATUS_OK;
}

Status zip_file(Zip *zip, const char *path, const char *name, Error *error)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) {
        Status status = error_set_errno(error, "cannot read %s", path);
        if (file)
            fclose(file);
        return status;
    }
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, name);
    archive_entry_set_size(entry, info.st_size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, info.st_mtime, 0);
    if (is_packed(name))
        archive_write_zip_set_compression_store(zip->archive);
    else
        archive_write_zip_set_compression_deflate(zip->archive);
    Status status = archive_write_header(zip->archive, entry) == ARCHIVE_OK
                        ? copy_bytes(zip, file, name, error)
                        : fail(zip, name, error);
    archive_entry_free(entry);
    fclose(file);
    return status;
}

Status zip_folder(Zip *zip, const char *folder, const char *place, Error *error)
{
    Names names;
    Status status = folder_list(folder, &names, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        char path[PATH_SIZE], name[600];
        struct stat info;
        snprintf(name, sizeof name, "%.300s/%.255s", place, names.items[i]);
        status = path_join(path, folder, names.items[i], error);
        if (status == STATUS_OK && lstat(path, &info) == 0 && S_ISREG(info.st_mode))
            status = zip_file(zip, path, name, error);
    }
    names_free(&names);
    return status;
}

Status zip_close(Zip **out, Error *error)
{
    Zip *zip = *out;
    Status status = STATUS_OK;
    *out = NULL;
    if (!zip)
        return STATUS_OK;
    if (archive_write_close(zip->archive) != ARCHIVE_OK)
        status = fail(zip, "its directory", error);
    archive_write_free(zip->archive);
    free(zip);
    return status;
}
