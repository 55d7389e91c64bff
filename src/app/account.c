// heiyan account: who may log in to review.
#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"
#include "review/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_ROOM 1100

// One line of standard input without its end; on a terminal asked for and not shown. False: none.
static bool read_line(const char *prompt, char *out, size_t size)
{
    struct termios before, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        fprintf(stderr, "%s", prompt);
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool got = fgets(out, (int)size, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (got)
        out[strcspn(out, "\r\n")] = '\0';
    return got;
}

static Status read_password(char out[PASSWORD_ROOM], Error *error)
{
    bool chinese = locale_is_chinese();
    char again[PASSWORD_ROOM];
    if (!read_line(chinese ? "密码：" : "password: ", out, PASSWORD_ROOM))
        return error_set(error, STATUS_ARGUMENT,
                         "no password: give it as one line on standard input");
    if (!isatty(STDIN_FILENO))
        return STATUS_OK;
    bool same = read_line(chinese ? "再次输入：" : "again: ", again, sizeof again) &&
                strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    return same ? STATUS_OK
                : error_set(error, STATUS_ARGUMENT, "the two passwords are not the same");
}

// sites: names parted by commas, NULL = all.
static Status add(Accounts *accounts, const char *name, const char *role_text, const char *sites,
                  Error *error)
{
    Role role = ROLE_REVIEWER;
    char password[PASSWORD_ROOM] = "", *list = sites ? strdup(sites) : NULL, *kept = NULL;
    const char *names[ACCOUNT_SITES + 1];
    size_t count = 0;
    for (char *site = list ? strtok_r(list, ",", &kept) : NULL; site && count <= ACCOUNT_SITES;
         site = strtok_r(NULL, ",", &kept))
        names[count++] = site;
    Status status = STATUS_OK;
    if (role_text && !role_parse(role_text, &role))
        status = error_set(error, STATUS_ARGUMENT,
                           "'%s' is no role: viewer, reviewer, approver or admin", role_text);
    else if (sites && !count)
        status = error_set(error, STATUS_ARGUMENT, "--sites names no site");
    if (status == STATUS_OK)
        status = read_password(password, error);
    if (status == STATUS_OK)
        status = accounts_add(accounts, name, password, role, names, count, error);
    explicit_bzero(password, sizeof password);
    free(list);
    return status;
}

static Status print_list(Accounts *accounts, Error *error)
{
    size_t i, n;
    json_t *list, *entry, *site;
    Status status = accounts_list(accounts, &list, error);
    if (status != STATUS_OK)
        return status;
    json_array_foreach(list, i, entry)
    {
        printf("%s\t%s", json_string_value(json_object_get(entry, "name")),
               json_string_value(json_object_get(entry, "role")));
        json_array_foreach(json_object_get(entry, "sites"), n, site)
            printf("%s%s", n ? "," : "\t", json_string_value(site));
        putchar('\n');
    }
    json_decref(list);
    return STATUS_OK;
}

static Status run(const char *verb, const char *name, const char *role, const char *sites,
                  Error *error)
{
    Accounts *accounts;
    Status status = accounts_open(&accounts, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(verb, "add") == 0)
        status = add(accounts, name, role, sites, error);
    else if (strcmp(verb, "remove") == 0)
        status = accounts_remove(accounts, name, error);
    else
        status = print_list(accounts, error);
    accounts_close(&accounts);
    return status;
}

int command_account(int argc, char **argv)
{
    const char *role = NULL, *sites = NULL;
    const Option options[] = {
        {"--role", OPTION_TEXT, &role, 0, 0, "R",
         "of add: viewer, reviewer (default), approver or admin",
         "用于 add：viewer、reviewer（缺省）、approver 或 admin"},
        {"--sites", OPTION_TEXT, &sites, 0, 0, "A,B", "of add: names of the sites it may see",
         "用于 add：可查看的站点名称"},
    };
    int count;
    bool help;
    Error error;
    if (options_parse(options, 2, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan account add|remove NAME\nheiyan account list\n\n");
        options_print(options, 2);
        return EXIT_GOOD;
    }
    bool list = count == 1 && strcmp(argv[0], "list") == 0;
    bool adds = count == 2 && strcmp(argv[0], "add") == 0;
    if (!list && !adds && !(count == 2 && strcmp(argv[0], "remove") == 0)) {
        log_error("account takes add NAME, remove NAME or list");
        return EXIT_USAGE;
    }
    if ((role || sites) && !adds) {
        log_error("--role and --sites are for add");
        return EXIT_USAGE;
    }
    Status status = run(argv[0], argv[1], role, sites, &error);
    if (status == STATUS_OK)
        return EXIT_GOOD;
    log_error("%s", error.text);
    return status == STATUS_ARGUMENT || status == STATUS_CONFLICT || status == STATUS_MISSING
               ? EXIT_USAGE
               : EXIT_PART;
}
