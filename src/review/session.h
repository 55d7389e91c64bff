// Who is logged in, and who guesses passwords. In memory only: a restart logs everybody out.
//
// Times are given by the caller (monotonic microseconds), so that tests need not wait. Thread-safe.
#ifndef HEIYAN_REVIEW_SESSION_H
#define HEIYAN_REVIEW_SESSION_H

#include "review/accounts.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSION_KEY_SIZE 65 // 256 random bits in hex
#define SESSION_IDLE_US (INT64_C(8) * 3600 * 1000000)

typedef struct Sessions Sessions;

typedef struct Session {
    char name[ACCOUNT_NAME_SIZE], mark[ACCOUNT_MARK_SIZE]; // of the account that logged in
    char token[SESSION_KEY_SIZE]; // that a changing request carries in a header
} Session;

Sessions *sessions_create(void); // NULL: out of memory
void sessions_destroy(Sessions **sessions);

// A new session for the account; key is for the browser alone: only its hash is kept. Beyond 1000
// sessions, or 20 of one account, the one that was idle longest ends.
void sessions_begin(Sessions *sessions, const Account *account, int64_t now_us,
                    char key[SESSION_KEY_SIZE], Session *out);
// False: none of that key, or idle for 8 hours. use: whether this counts as use.
bool sessions_find(Sessions *sessions, const char *key, bool use, int64_t now_us, Session *out);
void sessions_end(Sessions *sessions, const char *key);

// Before a password is looked at: seconds to wait (0: go on). The try counts as wrong from here on,
// for the name and for the address; sessions_right takes it back. From the fifth wrong one on each
// makes the next wait twice as long, up to 15 minutes; an hour without tries forgets.
int sessions_try(Sessions *sessions, const char *name, const char *address, int64_t now_us);
void sessions_right(Sessions *sessions, const char *name, const char *address);

// Whether two texts are the same, in a time that does not tell where they differ.
bool same_secret(const char *a, const char *b);

#endif
