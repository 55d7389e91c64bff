#include "review/accounts.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/minisign.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "heiyan.accounts.1"
#define PASSWORD_LEAST 10
#define PASSWORD_SIZE 1024

struct Accounts {
    char folder[PATH_SIZE - 32], path[PATH_SIZE];
    pthread_mutex_t lock;
    json_t *list;     // as read last; under lock, as what follows
    struct stat seen; // the file it was read from
    Status status;    // of reading it
    Error error;
    pthread_mutex_t hashing; // one password at a time
};

// What an unknown name's password is compared with: takes as long as a real one. Of a random
// password nobody kept; a match would be refused all the same.
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$ZKpdiRBbxYqVDGZ0KxZtZQ$"
                             "Y05XPFy78swEVcknKigFUFTJaxADVbz+BRq1E3SMWEk";

Status accounts_open(Accounts **out, Error *error)
{
    *out = NULL;
    if (sodium_init() < 0)
        return error_set(error, STATUS_IO, "libsodium does not start");
    Accounts *accounts = calloc(1, sizeof *accounts);
    if (!accounts)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = state_folder(accounts->folder, sizeof accounts->folder, error);
    if (status != STATUS_OK) {
        free(accounts);
        return status;
    }
    snprintf(accounts->path, sizeof accounts->path, "%s/accounts.json", accounts->folder);
    pthread_mutex_init(&accounts->lock, NULL);
    pthread_mutex_init(&accounts->hashing, NULL);
    *out = accounts;
    return STATUS_OK;
}

void accounts_close(Accounts **accounts)
{
    if (!*accounts)
        return;
    json_decref((*accounts)->list);
    pthread_mutex_destroy(&(*accounts)->lock);
    pthread_mutex_destroy(&(*accounts)->hashing);
    free(*accounts);
    *accounts = NULL;
}

static bool entry_valid(const json_t *entry)
{
    const char *name, *role, *password, *mark, *made;
    json_t *sites, *site;
    size_t i;
    Role parsed;
    if (json_unpack((json_t *)(uintptr_t)entry, "{s:s,s:s,s:s,s:s,s:s,s:o}", "name", &name, "role",
                    &role, "password", &password, "mark", &mark, "made", &made, "sites",
                    &sites) != 0 ||
        !role_parse(role, &parsed) || strlen(name) >= ACCOUNT_NAME_SIZE ||
        strlen(mark) >= ACCOUNT_MARK_SIZE || !json_is_array(sites) ||
        json_array_size(sites) > ACCOUNT_SITES)
        return false;
    json_array_foreach(sites, i, site) if (!json_is_string(site)) return false;
    return true;
}

static Status read_list(Accounts *accounts, json_t **out, Error *error)
{
    char *text;
    size_t size, i;
    json_t *entry;
    *out = NULL;
    Status status = file_read(accounts->path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    sodium_memzero(text, size);
    free(text);
    json_t *list = json_incref(json_object_get(root, "accounts"));
    const char *schema = json_string_value(json_object_get(root, "schema"));
    bool good = json_is_array(list) && schema && strcmp(schema, SCHEMA) == 0;
    if (good)
        json_array_foreach(list, i, entry) good = good && entry_valid(entry);
    json_decref(root);
    if (!good) {
        json_decref(list);
        return error_set(error, STATUS_FORMAT,
                         "%s is damaged: mend it, or remove it and make the accounts anew",
                         accounts->path);
    }
    *out = list;
    return STATUS_OK;
}

// Reads the file when it is not the one that was read last.
static Status refresh_locked(Accounts *accounts, Error *error)
{
    struct stat now = {0};
    bool there = stat(accounts->path, &now) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR)
        return error_set_errno(error, "cannot read %s", accounts->path);
    const struct stat *seen = &accounts->seen;
    if (!accounts->list || now.st_ino != seen->st_ino || now.st_size != seen->st_size ||
        now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec) {
        json_decref(accounts->list);
        accounts->list = NULL;
        accounts->seen = now;
        accounts->status =
            there ? read_list(accounts, &accounts->list, &accounts->error) : STATUS_OK;
        if (!there)
            accounts->list = json_array();
    }
    return accounts->status == STATUS_OK
               ? STATUS_OK
               : error_set(error, accounts->status, "%s", accounts->error.text);
}

static json_t *entry_find(json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry) if (strcmp(json_string_value(json_object_get(entry, "name")),
                                                  name) == 0) return entry;
    return NULL;
}

static void copy_account(const json_t *entry, Account *out)
{
    size_t i;
    json_t *site;
    *out = (Account){0};
    snprintf(out->name, sizeof out->name, "%s", json_string_value(json_object_get(entry, "name")));
    snprintf(out->mark, sizeof out->mark, "%s", json_string_value(json_object_get(entry, "mark")));
    role_parse(json_string_value(json_object_get(entry, "role")), &out->role);
    json_array_foreach(json_object_get(entry, "sites"), i, site) out->sites[out->site_count++] =
        strdup(json_string_value(site));
}

void account_finish(Account *account)
{
    for (size_t i = 0; i < account->site_count; i++)
        free(account->sites[i]);
    account->site_count = 0;
}

Status accounts_count(Accounts *accounts, size_t *count, Error *error)
{
    pthread_mutex_lock(&accounts->lock);
    Status status = refresh_locked(accounts, error);
    *count = status == STATUS_OK ? json_array_size(accounts->list) : 0;
    pthread_mutex_unlock(&accounts->lock);
    return status;
}

Status accounts_find(Accounts *accounts, const char *name, Account *out, Error *error)
{
    *out = (Account){0};
    pthread_mutex_lock(&accounts->lock);
    Status status = refresh_locked(accounts, error);
    const json_t *entry = status == STATUS_OK ? entry_find(accounts->list, name) : NULL;
    if (entry)
        copy_account(entry, out);
    else if (status == STATUS_OK)
        status = error_set(error, STATUS_MISSING, "there is no account '%.240s'", name);
    pthread_mutex_unlock(&accounts->lock);
    return status;
}

Status accounts_check(Accounts *accounts, const char *name, const char *password, Account *out,
                      Error *error)
{
    char hash[crypto_pwhash_STRBYTES];
    *out = (Account){0};
    pthread_mutex_lock(&accounts->lock);
    Status status = refresh_locked(accounts, error);
    const json_t *entry = status == STATUS_OK ? entry_find(accounts->list, name) : NULL;
    snprintf(hash, sizeof hash, "%s",
             entry ? json_string_value(json_object_get(entry, "password")) : nobody);
    if (entry)
        copy_account(entry, out);
    pthread_mutex_unlock(&accounts->lock);
    if (status != STATUS_OK)
        return status;
    size_t size = strlen(password);
    pthread_mutex_lock(&accounts->hashing);
    bool right = crypto_pwhash_str_verify(hash, password, size) == 0;
    pthread_mutex_unlock(&accounts->hashing);
    sodium_memzero(hash, sizeof hash);
    if (right && out->name[0])
        return STATUS_OK;
    account_finish(out);
    *out = (Account){0};
    return error_set(error, STATUS_FORBIDDEN, "wrong name or password");
}

// ---- changing ----

// Letters of a name beyond ASCII: Latin, the middle dot of transcribed names, Chinese.
static bool is_letter(uint32_t code)
{
    return code == 0xb7 || (code >= 0xc0 && code <= 0x24f && code != 0xd7 && code != 0xf7) ||
           (code >= 0x3400 && code <= 0x4dbf) || (code >= 0x4e00 && code <= 0x9fff) ||
           (code >= 0x20000 && code <= 0x3134f) || code == 0x3007;
}

// The next character of valid or invalid UTF-8; 0 at the end and for what is none.
static uint32_t next_character(const char **at)
{
    const unsigned char *c = (const unsigned char *)*at;
    int more = *c < 0x80             ? 0
               : (*c & 0xe0) == 0xc0 ? 1
               : (*c & 0xf0) == 0xe0 ? 2
               : (*c & 0xf8) == 0xf0 ? 3
                                     : -1;
    if (more < 0 || !*c)
        return 0;
    uint32_t code = more ? *c & (0x3fu >> more) : *c;
    for (int i = 1; i <= more; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    *at += more + 1;
    return code;
}

static bool name_valid(const char *name)
{
    static const char ascii[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
    int count = 0;
    while (*name) {
        uint32_t code = next_character(&name);
        if (++count > 60 || !code ||
            !(code < 0x80 ? strchr(ascii, (int)code) != NULL : is_letter(code)))
            return false;
    }
    return count > 0;
}

static Status check_password(const char *password, Error *error)
{
    int count = 0;
    if (strlen(password) >= PASSWORD_SIZE)
        return error_set(error, STATUS_ARGUMENT, "the password is too long");
    while (*password) {
        if (!next_character(&password))
            return error_set(error, STATUS_ARGUMENT, "the password is not UTF-8");
        count++;
    }
    return count >= PASSWORD_LEAST
               ? STATUS_OK
               : error_set(error, STATUS_ARGUMENT, "the password needs at least %d characters",
                           PASSWORD_LEAST);
}

// Waits until no other process changes accounts. The descriptor, -1 on failure.
static int take_file_lock(const Accounts *accounts, Error *error)
{
    char path[PATH_SIZE];
    if (folder_make(accounts->folder, error) != STATUS_OK)
        return -1;
    snprintf(path, sizeof path, "%s/accounts.lock", accounts->folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    error_set_errno(error, "cannot lock %s", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

// Writes the list as it is; on failure what is kept is read again.
static Status save_locked(Accounts *accounts, Error *error)
{
    json_t *root = json_pack("{s:s,s:O}", "schema", SCHEMA, "accounts", accounts->list);
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    Status status = text ? file_write_private(accounts->path, text, strlen(text), error)
                         : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    json_decref(root);
    json_decref(accounts->list);
    accounts->list = NULL;
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "name")),
                  json_string_value(json_object_get(*(json_t *const *)b, "name")));
}

static json_t *make_entry(const char *name, const char *hash, Role role, const char *const *sites,
                          size_t site_count)
{
    unsigned char random[(ACCOUNT_MARK_SIZE - 1) / 2];
    char mark[ACCOUNT_MARK_SIZE];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(mark, sizeof mark, random, sizeof random);
    json_t *list = json_array();
    for (size_t i = 0; i < site_count; i++)
        json_array_append_new(list, json_string(sites[i]));
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "name", name, "role", role_name(role), "password",
                     hash, "mark", mark, "made", clock_text(clock_now_us()).rfc3339, "sites", list);
}

Status accounts_add(Accounts *accounts, const char *name, const char *password, Role role,
                    const char *const *sites, size_t site_count, Error *error)
{
    char hash[crypto_pwhash_STRBYTES];
    if (!name_valid(name))
        return error_set(error, STATUS_ARGUMENT,
                         "a name is 1 to 60 letters, digits and . _ - @, not '%.200s'", name);
    if (site_count > ACCOUNT_SITES)
        return error_set(error, STATUS_ARGUMENT, "more than %d sites", ACCOUNT_SITES);
    Status status = check_password(password, error);
    if (status != STATUS_OK)
        return status;
    if (crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return error_set(error, STATUS_MEMORY, "out of memory for the password");
    int fd = take_file_lock(accounts, error);
    if (fd < 0)
        return STATUS_IO;
    pthread_mutex_lock(&accounts->lock);
    status = refresh_locked(accounts, error);
    if (status == STATUS_OK && entry_find(accounts->list, name))
        status =
            error_set(error, STATUS_CONFLICT,
                      "there is an account '%s' already: remove it first to make it anew", name);
    if (status == STATUS_OK) {
        json_t *entry = make_entry(name, hash, role, sites, site_count);
        status = entry && json_array_append_new(accounts->list, entry) == 0
                     ? save_locked(accounts, error)
                     : error_set(error, STATUS_ARGUMENT, "a site's name is not UTF-8");
    }
    pthread_mutex_unlock(&accounts->lock);
    close(fd);
    sodium_memzero(hash, sizeof hash);
    return status;
}

Status accounts_remove(Accounts *accounts, const char *name, Error *error)
{
    int fd = take_file_lock(accounts, error);
    if (fd < 0)
        return STATUS_IO;
    pthread_mutex_lock(&accounts->lock);
    Status status = refresh_locked(accounts, error);
    if (status == STATUS_OK) {
        size_t i = 0, count = json_array_size(accounts->list);
        const json_t *entry = entry_find(accounts->list, name);
        while (i < count && json_array_get(accounts->list, i) != entry)
            i++;
        if (!entry)
            status = error_set(error, STATUS_MISSING, "there is no account '%.240s'", name);
        else if (json_array_remove(accounts->list, i) == 0)
            status = save_locked(accounts, error);
    }
    pthread_mutex_unlock(&accounts->lock);
    close(fd);
    return status;
}

Status accounts_list(Accounts *accounts, json_t **out, Error *error)
{
    *out = NULL;
    pthread_mutex_lock(&accounts->lock);
    Status status = refresh_locked(accounts, error);
    size_t count = status == STATUS_OK ? json_array_size(accounts->list) : 0;
    json_t **sorted = calloc(count + 1, sizeof *sorted);
    json_t *list = json_array();
    if (status == STATUS_OK && (!sorted || !list))
        status = error_set(error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        sorted[i] = json_array_get(accounts->list, i);
    if (status == STATUS_OK && count)
        qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        json_t *entry = json_deep_copy(sorted[i]);
        json_object_del(entry, "password");
        json_object_del(entry, "mark");
        json_array_append_new(list, entry);
    }
    pthread_mutex_unlock(&accounts->lock);
    free(sorted);
    if (status == STATUS_OK)
        *out = list;
    else
        json_decref(list);
    return status;
}
