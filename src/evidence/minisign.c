#include "evidence/minisign.h"

#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_FILE "heiyan.key"
#define ENCODING sodium_base64_VARIANT_ORIGINAL

typedef struct SecretFile { // layout of minisign's secret key, decoded
    uint8_t algorithm[2], kdf[2], checksum_algorithm[2], salt[32], limits[16], id[8], key[64],
        checksum[32];
} SecretFile;

typedef struct PublicFile {
    uint8_t algorithm[2], id[8], key[32];
} PublicFile;

typedef struct SignatureFile {
    uint8_t algorithm[2], id[8], signature[64];
} SignatureFile;

Status state_folder(char *out, size_t size, Error *error)
{
    const char *own = getenv("HEIYAN_STATE"), *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int used;
    if (own && *own)
        used = snprintf(out, size, "%s", own);
    else if (xdg && *xdg)
        used = snprintf(out, size, "%s/heiyan", xdg);
    else if (home && *home)
        used = snprintf(out, size, "%s/.local/state/heiyan", home);
    else
        return error_set(error, STATUS_ARGUMENT,
                         "no place for the signing key: set HOME or XDG_STATE_HOME");
    if (used >= (int)size)
        return error_set(error, STATUS_ARGUMENT, "the path of the signing key is too long");
    return STATUS_OK;
}

static void key_checksum(const SecretFile *file, uint8_t out[32])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, file->algorithm, 2);
    crypto_generichash_update(&state, file->id, 8);
    crypto_generichash_update(&state, file->key, 64);
    crypto_generichash_final(&state, out, 32);
}

// The line after the first newline, decoded into exactly size bytes.
static bool decode_second_line(const char *text, void *out, size_t size)
{
    const char *line = strchr(text, '\n');
    if (!line)
        return false;
    line++;
    size_t length = strcspn(line, "\r\n"), got;
    return sodium_base642bin(out, size, line, length, NULL, &got, NULL, ENCODING) == 0 &&
           got == size;
}

static Status parse_secret(const char *path, const char *text, SecretKey *out, Error *error)
{
    SecretFile file;
    uint8_t checksum[32];
    if (!decode_second_line(text, &file, sizeof file) || memcmp(file.algorithm, "Ed", 2) != 0)
        return error_set(error, STATUS_FORMAT, "%s is not a minisign secret key", path);
    if (file.kdf[0] || file.kdf[1])
        return error_set(error, STATUS_UNSUPPORTED,
                         "%s is protected by a password: make it with minisign -G -W", path);
    key_checksum(&file, checksum);
    if (sodium_memcmp(checksum, file.checksum, 32) != 0)
        return error_set(error, STATUS_FORMAT, "%s is damaged (checksum)", path);
    memcpy(out->key, file.key, 64);
    memcpy(out->public.id, file.id, 8);
    memcpy(out->public.key, file.key + 32, 32);
    sodium_memzero(&file, sizeof file);
    return STATUS_OK;
}

static Status make_secret(const char *folder, const char *path, Error *error)
{
    SecretFile file = {.algorithm = {'E', 'd'}, .checksum_algorithm = {'B', '2'}};
    uint8_t public[32];
    crypto_sign_keypair(public, file.key);
    randombytes_buf(file.id, sizeof file.id);
    key_checksum(&file, file.checksum);
    char encoded[512], text[640], temporary[PATH_SIZE + 16];
    sodium_bin2base64(encoded, sizeof encoded, (const uint8_t *)&file, sizeof file, ENCODING);
    int length = snprintf(text, sizeof text,
                          "untrusted comment: heiyan secret key, keep it private\n%s\n", encoded);
    sodium_memzero(&file, sizeof file);
    sodium_memzero(encoded, sizeof encoded);
    Status status = folder_make(folder, error);
    if (status != STATUS_OK)
        return status;
    snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(error, "cannot make the signing key %s", temporary);
    if (write(fd, text, (size_t)length) != length || fsync(fd) != 0)
        status = error_set_errno(error, "cannot write the signing key %s", temporary);
    close(fd);
    // link() never replaces: of several processes at once the first one's key stays.
    if (status == STATUS_OK && link(temporary, path) != 0 && errno != EEXIST)
        status = error_set_errno(error, "cannot put the signing key %s in place", path);
    unlink(temporary);
    sodium_memzero(text, sizeof text);
    return status == STATUS_OK ? folder_sync(folder, error) : status;
}

static Status load_secret(SecretKey *out, bool make, Error *error)
{
    char folder[PATH_SIZE - 32], path[PATH_SIZE];
    if (sodium_init() < 0)
        return error_set(error, STATUS_IO, "libsodium does not start");
    Status status = state_folder(folder, sizeof folder, error);
    if (status != STATUS_OK)
        return status;
    snprintf(path, sizeof path, "%s/" KEY_FILE, folder);
    if (!file_exists(path)) {
        if (!make)
            return STATUS_END;
        status = make_secret(folder, path, error);
        if (status != STATUS_OK)
            return status;
    }
    char *text;
    size_t size;
    status = file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    status = parse_secret(path, text, out, error);
    sodium_memzero(text, size);
    free(text);
    return status;
}

Status secret_key_load(SecretKey *out, Error *error)
{
    return load_secret(out, true, error);
}

Status public_key_own(PublicKey *out, Error *error)
{
    SecretKey secret;
    Status status = load_secret(&secret, false, error);
    if (status == STATUS_OK)
        *out = secret.public;
    sodium_memzero(&secret, sizeof secret);
    return status;
}

Status public_key_load(const char *path, PublicKey *out, Error *error)
{
    char *text;
    size_t size;
    Status status = file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    PublicFile file;
    if (!decode_second_line(text, &file, sizeof file) || memcmp(file.algorithm, "Ed", 2) != 0)
        status = error_set(error, STATUS_FORMAT, "%s is not a minisign public key", path);
    memcpy(out->id, file.id, 8);
    memcpy(out->key, file.key, 32);
    free(text);
    return status;
}

Status public_key_save(const char *path, const PublicKey *key, Error *error)
{
    PublicFile file = {.algorithm = {'E', 'd'}};
    memcpy(file.id, key->id, 8);
    memcpy(file.key, key->key, 32);
    char encoded[64], text[160];
    uint64_t id = 0;
    for (int i = 7; i >= 0; i--)
        id = id << 8 | key->id[i];
    sodium_bin2base64(encoded, sizeof encoded, (const uint8_t *)&file, sizeof file, ENCODING);
    int length = snprintf(text, sizeof text, "untrusted comment: minisign public key %016llX\n%s\n",
                          (unsigned long long)id, encoded);
    return file_write(path, text, (size_t)length, error);
}

void minisign_sign(const SecretKey *key, const void *data, size_t size, const char *trusted_comment,
                   char out[MINISIGN_TEXT_SIZE])
{
    SignatureFile file = {.algorithm = {'E', 'D'}};
    uint8_t hash[64], global[64], message[64 + 512];
    size_t comment = strlen(trusted_comment);
    comment = comment > 512 ? 512 : comment;
    memcpy(file.id, key->public.id, 8);
    crypto_generichash(hash, sizeof hash, data, size, NULL, 0);
    crypto_sign_detached(file.signature, NULL, hash, sizeof hash, key->key);
    memcpy(message, file.signature, 64);
    memcpy(message + 64, trusted_comment, comment);
    crypto_sign_detached(global, NULL, message, 64 + comment, key->key);
    char first[128], second[128];
    sodium_bin2base64(first, sizeof first, (const uint8_t *)&file, sizeof file, ENCODING);
    sodium_bin2base64(second, sizeof second, global, sizeof global, ENCODING);
    snprintf(out, MINISIGN_TEXT_SIZE,
             "untrusted comment: signature from heiyan\n%s\ntrusted comment: %.*s\n%s\n", first,
             (int)comment, trusted_comment, second);
}

Status minisign_verify(const PublicKey *key, const void *data, size_t size, const char *signature,
                       char *trusted_comment, size_t comment_size, Error *error)
{
    static const char prefix[] = "\ntrusted comment: ";
    SignatureFile file;
    uint8_t hash[64], global[64], message[64 + 512];
    size_t got;
    const char *comment = strstr(signature, prefix);
    if (!comment || !decode_second_line(signature, &file, sizeof file) ||
        memcmp(file.algorithm, "ED", 2) != 0)
        return error_set(error, STATUS_FORMAT, "not a minisign signature");
    if (memcmp(file.id, key->id, 8) != 0)
        return error_set(error, STATUS_FORMAT, "signed with another key");
    comment += sizeof prefix - 1;
    size_t length = strcspn(comment, "\r\n");
    crypto_generichash(hash, sizeof hash, data, size, NULL, 0);
    if (crypto_sign_verify_detached(file.signature, hash, sizeof hash, key->key) != 0)
        return error_set(error, STATUS_FORMAT, "the signature does not fit what it signs");
    const char *last = comment + length + (comment[length] == '\r') + 1;
    if (length > 512 || !comment[length] ||
        sodium_base642bin(global, sizeof global, last, strcspn(last, "\r\n"), NULL, &got, NULL,
                          ENCODING) != 0 ||
        got != sizeof global)
        return error_set(error, STATUS_FORMAT, "the signature's second half is damaged");
    memcpy(message, file.signature, 64);
    memcpy(message + 64, comment, length);
    if (crypto_sign_verify_detached(global, message, 64 + length, key->key) != 0)
        return error_set(error, STATUS_FORMAT, "the trusted comment was changed");
    if (trusted_comment)
        snprintf(trusted_comment, comment_size, "%.*s", (int)length, comment);
    return STATUS_OK;
}
