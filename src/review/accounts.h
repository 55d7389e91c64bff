// Who may log in to review. accounts.json (0600) in the installation's state folder, outside every
// evidence folder; passwords as argon2id. There is no default account.
//
// Every function looks first whether the file has changed, so that what `heiyan account` does
// counts at once. A file that cannot be read or understood fails every function: nobody gets in.
// Thread-safe; several processes may change accounts at once.
#ifndef HEIYAN_REVIEW_ACCOUNTS_H
#define HEIYAN_REVIEW_ACCOUNTS_H

#include "base/error.h"
#include "ledger/workflow.h"

#include <jansson.h>

#define ACCOUNT_NAME_SIZE 241 // 60 characters of UTF-8
#define ACCOUNT_SITES 32
#define ACCOUNT_MARK_SIZE 33

typedef struct Accounts Accounts;

typedef struct Account { // a copy; free with account_finish
    char name[ACCOUNT_NAME_SIZE];
    char mark[ACCOUNT_MARK_SIZE]; // an account removed and made again has another
    Role role;
    char *sites[ACCOUNT_SITES]; // names of the sites it may see
    size_t site_count;          // 0 = all
} Account;

Status accounts_open(Accounts **out, Error *error);
void accounts_close(Accounts **accounts);

Status accounts_count(Accounts *accounts, size_t *count, Error *error);
// STATUS_MISSING: none of that name.
Status accounts_find(Accounts *accounts, const char *name, Account *out, Error *error);
// STATUS_FORBIDDEN for a wrong password and for an unknown name alike, after the same time. One
// check at a time: each takes 64 MiB for a moment.
Status accounts_check(Accounts *accounts, const char *name, const char *password, Account *out,
                      Error *error);
void account_finish(Account *account);

// STATUS_ARGUMENT: a name that is not 1 to 60 letters, digits and . _ - @, or a password of fewer
// than 10 characters; STATUS_CONFLICT: there is one of that name.
Status accounts_add(Accounts *accounts, const char *name, const char *password, Role role,
                    const char *const *sites, size_t site_count, Error *error);
Status accounts_remove(Accounts *accounts, const char *name, Error *error); // STATUS_MISSING
// [{"name","role","sites":[...],"made"}], by name. The caller decrefs.
Status accounts_list(Accounts *accounts, json_t **out, Error *error);

#endif
