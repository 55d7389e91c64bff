#include "review/session.h"

#include "base/files.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS 1000
#define SESSIONS_OF_ONE 20
#define GUESSERS 4096
#define FREE_TRIES 5
#define FIRST_WAIT_S 5
#define LONGEST_WAIT_S 900
#define FORGET_US (INT64_C(3600) * 1000000)

typedef struct Entry {
    char hash[SHA256_HEX_SIZE]; // of the key; "" = free
    Session session;
    int64_t used_us;
} Entry;

typedef struct Guesser { // a name or an address
    char hash[SHA256_HEX_SIZE];
    int wrong;
    int64_t last_us, until_us;
} Guesser;

struct Sessions {
    pthread_mutex_t lock; // of all below
    Entry entries[SESSIONS];
    Guesser guessers[GUESSERS];
};

bool same_secret(const char *a, const char *b)
{
    size_t length = strlen(a);
    return length == strlen(b) && sodium_memcmp(a, b, length) == 0;
}

Sessions *sessions_create(void)
{
    Sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions)
        pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

void sessions_destroy(Sessions **sessions)
{
    if (!*sessions)
        return;
    pthread_mutex_destroy(&(*sessions)->lock);
    sodium_memzero(*sessions, sizeof **sessions);
    free(*sessions);
    *sessions = NULL;
}

static void random_key(char out[SESSION_KEY_SIZE])
{
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(out, SESSION_KEY_SIZE, random, sizeof random);
}

// Where a new session goes: a free place, else that of the one idle longest, of this account if it
// has its number.
static Entry *place_locked(Sessions *sessions, const char *name)
{
    Entry *free_one = NULL, *oldest = NULL, *own = NULL;
    int count = 0;
    for (size_t i = 0; i < SESSIONS; i++) {
        Entry *entry = &sessions->entries[i];
        if (!*entry->hash) {
            free_one = free_one ? free_one : entry;
            continue;
        }
        if (!oldest || entry->used_us < oldest->used_us)
            oldest = entry;
        if (strcmp(entry->session.name, name) != 0)
            continue;
        count++;
        if (!own || entry->used_us < own->used_us)
            own = entry;
    }
    return count >= SESSIONS_OF_ONE ? own : free_one ? free_one : oldest;
}

void sessions_begin(Sessions *sessions, const Account *account, int64_t now_us,
                    char key[SESSION_KEY_SIZE], Session *out)
{
    random_key(key);
    *out = (Session){0};
    snprintf(out->name, sizeof out->name, "%s", account->name);
    snprintf(out->mark, sizeof out->mark, "%s", account->mark);
    random_key(out->token);
    pthread_mutex_lock(&sessions->lock);
    Entry *entry = place_locked(sessions, account->name);
    bytes_sha256(key, strlen(key), entry->hash);
    entry->session = *out;
    entry->used_us = now_us;
    pthread_mutex_unlock(&sessions->lock);
}

static Entry *find_locked(Sessions *sessions, const char *key)
{
    char hash[SHA256_HEX_SIZE];
    Entry *found = NULL;
    bytes_sha256(key, strlen(key), hash);
    for (size_t i = 0; i < SESSIONS; i++)
        if (*sessions->entries[i].hash && same_secret(sessions->entries[i].hash, hash))
            found = &sessions->entries[i];
    return found;
}

bool sessions_find(Sessions *sessions, const char *key, bool use, int64_t now_us, Session *out)
{
    pthread_mutex_lock(&sessions->lock);
    Entry *entry = find_locked(sessions, key);
    if (entry && now_us - entry->used_us >= SESSION_IDLE_US) {
        sodium_memzero(entry, sizeof *entry);
        entry = NULL;
    }
    if (entry) {
        entry->used_us = use ? now_us : entry->used_us;
        *out = entry->session;
    }
    pthread_mutex_unlock(&sessions->lock);
    return entry != NULL;
}

void sessions_end(Sessions *sessions, const char *key)
{
    pthread_mutex_lock(&sessions->lock);
    Entry *entry = find_locked(sessions, key);
    if (entry)
        sodium_memzero(entry, sizeof *entry);
    pthread_mutex_unlock(&sessions->lock);
}

// ---- guessing ----

// The guesser's record, a new one if need be. When all places are taken the one that was quiet
// longest goes.
static Guesser *guesser_locked(Sessions *sessions, char kind, const char *text, int64_t now_us)
{
    char named[ACCOUNT_NAME_SIZE + 2], hash[SHA256_HEX_SIZE];
    Guesser *oldest = &sessions->guessers[0];
    snprintf(named, sizeof named, "%c%s", kind, text);
    bytes_sha256(named, strlen(named), hash);
    for (size_t i = 0; i < GUESSERS; i++) {
        Guesser *guesser = &sessions->guessers[i];
        if (strcmp(guesser->hash, hash) == 0) {
            if (now_us - guesser->last_us >= FORGET_US)
                guesser->wrong = 0;
            return guesser;
        }
        if (guesser->last_us < oldest->last_us || !*guesser->hash)
            oldest = *oldest->hash ? guesser : oldest;
    }
    *oldest = (Guesser){.last_us = now_us};
    memcpy(oldest->hash, hash, sizeof hash);
    return oldest;
}

static void count_wrong(Guesser *guesser, int64_t now_us)
{
    guesser->last_us = now_us;
    guesser->wrong++;
    int over = guesser->wrong - FREE_TRIES;
    int64_t wait_s = over < 0 ? 0 : over > 7 ? LONGEST_WAIT_S : (int64_t)FIRST_WAIT_S << over;
    guesser->until_us =
        now_us + (wait_s < LONGEST_WAIT_S ? wait_s : LONGEST_WAIT_S) * INT64_C(1000000);
}

int sessions_try(Sessions *sessions, const char *name, const char *address, int64_t now_us)
{
    pthread_mutex_lock(&sessions->lock);
    Guesser *by_name = guesser_locked(sessions, 'n', name, now_us);
    by_name->last_us = now_us; // not the one to go
    Guesser *by_address = guesser_locked(sessions, 'a', address, now_us);
    int64_t until_us =
        by_name->until_us > by_address->until_us ? by_name->until_us : by_address->until_us;
    int64_t wait_us = until_us - now_us;
    if (wait_us <= 0) {
        count_wrong(by_name, now_us);
        count_wrong(by_address, now_us);
    }
    pthread_mutex_unlock(&sessions->lock);
    return wait_us > 0 ? (int)((wait_us + 999999) / 1000000) : 0;
}

void sessions_right(Sessions *sessions, const char *name, const char *address)
{
    pthread_mutex_lock(&sessions->lock);
    Guesser *by_name = guesser_locked(sessions, 'n', name, 0);
    by_name->wrong = 0;
    by_name->until_us = 0;
    Guesser *by_address = guesser_locked(sessions, 'a', address, 0);
    by_address->wrong -= by_address->wrong > 0;
    by_address->until_us = 0;
    pthread_mutex_unlock(&sessions->lock);
}
