// The officer's desk from within: texts of HTTP, accounts, sessions, guessing, bodies, routes.
#include "review/call.h"
#include "review/page.h"

#include "suite.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static void addresses(void)
{
    static const struct {
        const char *text;
        bool good, loopback;
    } cases[] = {
        {"127.0.0.1:8471", true, true},
        {"127.8.0.1:1", true, true},
        {"localhost:8471", true, true},
        {"[::1]:8471", true, true},
        {"0.0.0.0:80", true, false},
        {"[::]:80", true, false},
        {"[::ffff:127.0.0.1]:80", true, false}, // reachable as IPv4 or not: not taken on trust
        {"192.0.2.1:65535", true, false},
        {"192.0.2.1:65536", false, false},
        {"192.0.2.1:+80", false, false},
        {"192.0.2.1", false, false},
        {":8471", false, false},
        {"8471", false, false},
        {"::1:8471", false, false},
        {"[127.0.0.1]:8471", false, false},
        {"example.org:80", false, false},
        {"127.0.0.1:", false, false},
        {"", false, false},
        {"[]:1", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_storage address;
        socklen_t size;
        bool loopback = false;
        Error error;
        Status status = http_listen_parse(cases[i].text, &address, &size, &loopback, &error);
        if ((status == STATUS_OK) != cases[i].good || loopback != cases[i].loopback)
            printf("%s\n", cases[i].text);
        CU_ASSERT_EQUAL(status == STATUS_OK, cases[i].good);
        CU_ASSERT_EQUAL(loopback, cases[i].loopback);
    }
}

static void names_of_this_machine(void)
{
    static const struct {
        const char *address, *host;
        bool local;
    } cases[] = {
        {"http://127.0.0.1:8480", "127.0.0.1:8480", true},
        {"http://127.0.0.1:8480", "LocalHost:8480", true},
        {"http://127.0.0.1:8480", "[::1]:8480", true},
        {"http://127.0.0.2:8480", "127.0.0.2:8480", true},
        {"http://127.0.0.1:80", "localhost", true},
        {"https://127.0.0.1:443", "localhost", true},
        {"https://127.0.0.1:80", "localhost", false},
        {"http://127.0.0.1:8480", "localhost", false},
        {"http://127.0.0.1:8480", "localhost:8481", false},
        {"http://127.0.0.1:8480", "localhost.evil.example:8480", false},
        {"http://127.0.0.1:8480", "evil.example:8480", false},
        {"http://127.0.0.1:8480", "127.0.0.2:8480", false},
        {"http://127.0.0.1:8480", "", false},
        {"http://127.0.0.1:8480", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(http_is_local_host(cases[i].address, cases[i].host), cases[i].local);
}

static void decoding(void)
{
    static const struct {
        const char *text, *path; // NULL: refused
    } cases[] = {
        {"/a", "/a"},
        {"/%E9%BB%91%20b", "/黑 b"},
        {"/a+b", "/a+b"},
        {"/%252e%252e", "/%2e%2e"}, // once, not twice
        {"/..%2fx", NULL},
        {"/..%5Cx", NULL},
        {"/%00", NULL},
        {"/%0a", NULL},
        {"/%7f", NULL},
        {"/%", NULL},
        {"/%4", NULL},
        {"/%4g", NULL},
        {"/%c0%af", NULL},    // a slash in too many bytes
        {"/%ed%a0%80", NULL}, // half a pair
        {"/%f5%80%80%80", NULL},
        {"/\xff", NULL},
        {"/%e9%bb", NULL},
    };
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool good = http_decode(cases[i].text, strlen(cases[i].text), true, out);
        if (good != (cases[i].path != NULL))
            printf("%s\n", cases[i].text);
        CU_ASSERT_EQUAL(good, cases[i].path != NULL);
        if (good && cases[i].path)
            CU_ASSERT_STRING_EQUAL(out, cases[i].path);
    }
    CU_ASSERT_TRUE(http_decode("a+b%2Fc", 7, false, out));
    CU_ASSERT_STRING_EQUAL(out, "a b/c");
}

static void queries(void)
{
    HttpQuery query;
    Error error;
    CU_ASSERT_EQUAL(http_query_parse("state=pending,unsure&text=%E6%99%8BE&&x&y=", &query, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(query.count, 4);
    CU_ASSERT_STRING_EQUAL(http_query_value(&query, "state"), "pending,unsure");
    CU_ASSERT_STRING_EQUAL(http_query_value(&query, "text"), "晋E");
    CU_ASSERT_STRING_EQUAL(http_query_value(&query, "x"), "");
    CU_ASSERT_STRING_EQUAL(http_query_value(&query, "y"), "");
    CU_ASSERT_PTR_NULL(http_query_value(&query, "z"));
    http_query_finish(&query);
    CU_ASSERT_EQUAL(http_query_parse("", &query, &error), STATUS_OK);
    CU_ASSERT_EQUAL(query.count, 0);
    http_query_finish(&query);
    static const char *const wrong[] = {"a=1&a=2", "a=%00", "%zz=1", "a=%ff", "a=\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CU_ASSERT_EQUAL(http_query_parse(wrong[i], &query, &error), STATUS_ARGUMENT);
        CU_ASSERT_EQUAL(query.count, 0);
    }
    char many[65 * 4 + 1] = "";
    for (int i = 0; i < 65; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%c%c&", 'a' + i / 26,
                 'a' + i % 26);
    CU_ASSERT_EQUAL(http_query_parse(many, &query, &error), STATUS_ARGUMENT);
    many[64 * 3] = '\0';
    CU_ASSERT_EQUAL(http_query_parse(many, &query, &error), STATUS_OK);
    CU_ASSERT_EQUAL(query.count, 64);
    http_query_finish(&query);
}

static void cookies(void)
{
    char out[8];
    CU_ASSERT_TRUE(http_cookie_parse("a=1; heiyan=abc; b=2", "heiyan", out, sizeof out));
    CU_ASSERT_STRING_EQUAL(out, "abc");
    CU_ASSERT_TRUE(http_cookie_parse("heiyan=", "heiyan", out, sizeof out));
    CU_ASSERT_STRING_EQUAL(out, "");
    CU_ASSERT_FALSE(http_cookie_parse("xheiyan=abc", "heiyan", out, sizeof out));
    CU_ASSERT_FALSE(http_cookie_parse("heiyan=12345678", "heiyan", out, sizeof out));
    CU_ASSERT_FALSE(http_cookie_parse("heiyan", "heiyan", out, sizeof out));
    CU_ASSERT_FALSE(http_cookie_parse(NULL, "heiyan", out, sizeof out));
    CU_ASSERT_FALSE(http_cookie_parse(" ;;; ", "heiyan", out, sizeof out));
}

static void ranges(void)
{
    static const struct {
        const char *header;
        HttpRange range;
        uint64_t first, count;
    } cases[] = {
        {NULL, HTTP_RANGE_WHOLE, 0, 0},
        {"bytes=0-0", HTTP_RANGE_PART, 0, 1},
        {"bytes=10-", HTTP_RANGE_PART, 10, 90},
        {"bytes=10-999", HTTP_RANGE_PART, 10, 90},
        {"bytes=-5", HTTP_RANGE_PART, 95, 5},
        {"bytes=-500", HTTP_RANGE_PART, 0, 100},
        {"bytes=99-99", HTTP_RANGE_PART, 99, 1},
        {"bytes=100-", HTTP_RANGE_NONE, 0, 0},
        {"bytes=-0", HTTP_RANGE_NONE, 0, 0},
        {"bytes=5-4", HTTP_RANGE_NONE, 0, 0},
        {"bytes=", HTTP_RANGE_NONE, 0, 0},
        {"bytes=-", HTTP_RANGE_NONE, 0, 0},
        {"bytes=a-b", HTTP_RANGE_NONE, 0, 0},
        {"bytes=0x1-2", HTTP_RANGE_NONE, 0, 0},
        {"bytes=--5", HTTP_RANGE_NONE, 0, 0},
        {"bytes=18446744073709551616-", HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-18446744073709551615", HTTP_RANGE_NONE, 0, 0},
        {"bytes=0-1,3-4", HTTP_RANGE_WHOLE, 0, 0},
        {"lines=1-2", HTTP_RANGE_WHOLE, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t first = 0, count = 0;
        HttpRange range = http_range_parse(cases[i].header, 100, &first, &count);
        if (range != cases[i].range)
            printf("%s\n", cases[i].header);
        CU_ASSERT_EQUAL(range, cases[i].range);
        if (range == HTTP_RANGE_PART) {
            CU_ASSERT_EQUAL(first, cases[i].first);
            CU_ASSERT_EQUAL(count, cases[i].count);
        }
    }
    uint64_t first, count;
    CU_ASSERT_EQUAL(http_range_parse("bytes=-1", 0, &first, &count), HTTP_RANGE_NONE);
    CU_ASSERT_EQUAL(http_range_parse("bytes=0-", 0, &first, &count), HTTP_RANGE_NONE);
}

// ---- accounts ----

static char state[] = "/tmp/heiyan-review-XXXXXX";

static Accounts *open_accounts(void)
{
    Accounts *accounts = NULL;
    CU_ASSERT_EQUAL(accounts_open(&accounts, NULL), STATUS_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(accounts);
    return accounts;
}

static void accounts_are_kept(void)
{
    static const char *const sites[] = {"高平", "晋城"};
    char path[PATH_SIZE];
    struct stat info;
    size_t count = 9;
    Account found;
    Error error;
    Accounts *accounts = open_accounts(), *server = open_accounts();
    CU_ASSERT_EQUAL(accounts_count(server, &count, &error), STATUS_OK);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(
        accounts_add(accounts, "王审核", "correct horse", ROLE_APPROVER, sites, 2, &error),
        STATUS_OK);
    CU_ASSERT_EQUAL(accounts_add(accounts, "王审核", "another horse", ROLE_VIEWER, NULL, 0, &error),
                    STATUS_CONFLICT);
    path_join(path, state, "accounts.json", NULL);
    CU_ASSERT_EQUAL(stat(path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    char *text;
    size_t size;
    CU_ASSERT_EQUAL(file_read(path, &text, &size, NULL), STATUS_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "$argon2id$"));
    CU_ASSERT_PTR_NULL(strstr(text, "horse"));
    free(text);
    // Another process sees it at once.
    CU_ASSERT_EQUAL(accounts_check(server, "王审核", "correct horse", &found, &error), STATUS_OK);
    CU_ASSERT_EQUAL(found.role, ROLE_APPROVER);
    CU_ASSERT_EQUAL(found.site_count, 2);
    CU_ASSERT_STRING_EQUAL(found.sites[1], "晋城");
    char mark[ACCOUNT_MARK_SIZE];
    snprintf(mark, sizeof mark, "%s", found.mark);
    account_finish(&found);
    CU_ASSERT_EQUAL(accounts_check(server, "王审核", "correct hors", &found, &error),
                    STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(accounts_check(server, "nobody", "correct horse", &found, &error),
                    STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(accounts_check(server, "王审核", "", &found, &error), STATUS_FORBIDDEN);
    // Removed and made again, it is another account.
    CU_ASSERT_EQUAL(accounts_remove(accounts, "王审核", &error), STATUS_OK);
    CU_ASSERT_EQUAL(accounts_find(server, "王审核", &found, &error), STATUS_MISSING);
    CU_ASSERT_EQUAL(accounts_remove(accounts, "王审核", &error), STATUS_MISSING);
    CU_ASSERT_EQUAL(accounts_add(accounts, "王审核", "correct horse", ROLE_VIEWER, NULL, 0, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(accounts_find(server, "王审核", &found, &error), STATUS_OK);
    CU_ASSERT_STRING_NOT_EQUAL(found.mark, mark);
    account_finish(&found);
    // What nobody understands lets nobody in.
    CU_ASSERT_EQUAL(file_write(path, "{\"accounts\":[]}", 15, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(accounts_count(server, &count, &error), STATUS_FORMAT);
    CU_ASSERT_EQUAL(accounts_check(server, "王审核", "correct horse", &found, &error),
                    STATUS_FORMAT);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(accounts_count(server, &count, &error), STATUS_OK);
    CU_ASSERT_EQUAL(count, 0);
    accounts_close(&accounts);
    accounts_close(&server);
}

static void names_and_passwords(void)
{
    static const struct {
        const char *name, *password;
        Status status;
    } cases[] = {
        {"a", "0123456789", STATUS_OK},
        {"阿布都·热合曼", "0123456789", STATUS_OK},
        {"li.wei-2@desk_1", "密码密码密码密码密码", STATUS_OK}, // ten characters
        {"é", "0123456789", STATUS_OK},
        {"", "0123456789", STATUS_ARGUMENT},
        {"a b", "0123456789", STATUS_ARGUMENT},
        {"<b>", "0123456789", STATUS_ARGUMENT},
        {"a/b", "0123456789", STATUS_ARGUMENT},
        {"a\n", "0123456789", STATUS_ARGUMENT},
        {"a\xff", "0123456789", STATUS_ARGUMENT},
        {"\xe2\x80\xae"
         "a",
         "0123456789", STATUS_ARGUMENT}, // turns the direction of writing
        {"b", "012345678", STATUS_ARGUMENT},
        {"b", "密码密码密码密码密", STATUS_ARGUMENT},
        {"b", "", STATUS_ARGUMENT},
        {"b", "012345678\xff", STATUS_ARGUMENT},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff", "0123456789", STATUS_OK},
        {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg", "0123456789",
         STATUS_ARGUMENT},
    };
    Accounts *accounts = open_accounts();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error;
        Status status = accounts_add(accounts, cases[i].name, cases[i].password, ROLE_REVIEWER,
                                     NULL, 0, &error);
        if (status != cases[i].status)
            printf("'%s' '%s'\n", cases[i].name, cases[i].password);
        CU_ASSERT_EQUAL(status, cases[i].status);
    }
    json_t *list;
    CU_ASSERT_EQUAL(accounts_list(accounts, &list, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(json_array_size(list), 5);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(list, 0), "name")),
                           "a");
    CU_ASSERT_PTR_NULL(json_object_get(json_array_get(list, 0), "password"));
    json_decref(list);
    accounts_close(&accounts);
}

// ---- sessions ----

#define SECONDS(n) ((n)*INT64_C(1000000))

static void sessions_come_and_go(void)
{
    Sessions *sessions = sessions_create();
    CU_ASSERT_PTR_NOT_NULL_FATAL(sessions);
    Account account = {.name = "王", .mark = "1"};
    char first[SESSION_KEY_SIZE], second[SESSION_KEY_SIZE], last[SESSION_KEY_SIZE];
    Session session, other;
    sessions_begin(sessions, &account, 0, first, &session);
    sessions_begin(sessions, &account, 0, second, &other);
    CU_ASSERT_EQUAL(strlen(first), 64);
    CU_ASSERT_STRING_NOT_EQUAL(first, second);
    CU_ASSERT_STRING_NOT_EQUAL(session.token, other.token);
    CU_ASSERT_STRING_NOT_EQUAL(session.token, first);
    CU_ASSERT_TRUE(sessions_find(sessions, first, true, SECONDS(1), &session));
    CU_ASSERT_STRING_EQUAL(session.name, "王");
    CU_ASSERT_FALSE(sessions_find(sessions, "", true, 0, &session));
    CU_ASSERT_FALSE(sessions_find(sessions, "0", true, 0, &session));
    // Idle: looking does not keep it, use does.
    CU_ASSERT_TRUE(sessions_find(sessions, second, false, SESSION_IDLE_US - 1, &session));
    CU_ASSERT_TRUE(sessions_find(sessions, first, true, SESSION_IDLE_US - 1, &session));
    CU_ASSERT_FALSE(sessions_find(sessions, second, false, SESSION_IDLE_US, &session));
    CU_ASSERT_TRUE(sessions_find(sessions, first, false, 2 * SESSION_IDLE_US - 2, &session));
    CU_ASSERT_FALSE(sessions_find(sessions, first, true, 2 * SESSION_IDLE_US - 1, &session));
    // The twenty-first of one account takes the place of the one idle longest, and of no other's.
    Account lee = {.name = "李", .mark = "2"};
    sessions_begin(sessions, &lee, 0, last, &other);
    sessions_begin(sessions, &account, 1, first, &session);
    for (int i = 0; i < 20; i++)
        sessions_begin(sessions, &account, 2 + i, second, &session);
    CU_ASSERT_FALSE(sessions_find(sessions, first, false, 30, &session));
    CU_ASSERT_TRUE(sessions_find(sessions, second, false, 30, &session));
    CU_ASSERT_TRUE(sessions_find(sessions, last, false, 30, &session));
    sessions_end(sessions, last);
    CU_ASSERT_FALSE(sessions_find(sessions, last, false, 30, &session));
    sessions_destroy(&sessions);
}

static void guessing_takes_longer(void)
{
    Sessions *sessions = sessions_create();
    CU_ASSERT_PTR_NOT_NULL_FATAL(sessions);
    int64_t now = SECONDS(1000);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 0);
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.2", now), 5); // the name
    CU_ASSERT_EQUAL(sessions_try(sessions, "李", "192.0.2.1", now), 5); // the address
    CU_ASSERT_EQUAL(sessions_try(sessions, "李", "192.0.2.2", now), 0);
    now += SECONDS(5);
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 0);
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 10);
    for (int i = 0; i < 20; i++) {
        int wait = sessions_try(sessions, "王", "192.0.2.1", now);
        now += SECONDS(wait);
        CU_ASSERT_TRUE(wait > 0 && wait <= 900);
        CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 0);
    }
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 900);
    // Quiet for an hour.
    now += SECONDS(3600 + 900);
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 0);
    CU_ASSERT_EQUAL(sessions_try(sessions, "王", "192.0.2.1", now), 0);
    // Right ones are free: any number of them.
    for (int i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL(sessions_try(sessions, "赵", "192.0.2.9", now), 0);
        sessions_right(sessions, "赵", "192.0.2.9");
    }
    // But do not clear the guesses at other names from there.
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        CU_ASSERT_EQUAL(sessions_try(sessions, name, "192.0.2.9", now), 0);
        if (i < 4) {
            CU_ASSERT_EQUAL(sessions_try(sessions, "赵", "192.0.2.9", now), 0);
            sessions_right(sessions, "赵", "192.0.2.9");
        }
    }
    CU_ASSERT_TRUE(sessions_try(sessions, "赵", "192.0.2.9", now) > 0);
    // More names than there is room for do not make one forget the latest.
    for (int i = 0; i < 5000; i++) {
        char name[16], address[32];
        snprintf(name, sizeof name, "m%d", i);
        snprintf(address, sizeof address, "10.0.%d.%d", i / 256, i % 256);
        now += 1;
        CU_ASSERT_EQUAL(sessions_try(sessions, name, address, now), 0);
    }
    for (int i = 0; i < 5; i++)
        sessions_try(sessions, "z", "198.51.100.1", now);
    CU_ASSERT_EQUAL(sessions_try(sessions, "z", "198.51.100.2", now), 5);
    sessions_destroy(&sessions);
}

static void secrets(void)
{
    CU_ASSERT_TRUE(same_secret("abc", "abc"));
    CU_ASSERT_FALSE(same_secret("abc", "abd"));
    CU_ASSERT_FALSE(same_secret("abc", "ab"));
    CU_ASSERT_FALSE(same_secret("", "a"));
}

// ---- bodies ----

static void bodies(void)
{
    static const Field fields[] = {
        {"action", FIELD_TEXT, true, 20, "confirm|note"},
        {"version", FIELD_INTEGER, true, 0, NULL},
        {"text", FIELD_TEXT, false, 3, NULL},
        {"mark", FIELD_FLAG, false, 0, NULL},
        {"list", FIELD_LIST, false, 2, NULL},
    };
    static const struct {
        const char *text, *word; // NULL: good
    } cases[] = {
        {"{\"action\":\"note\",\"version\":0,\"text\":\"黑烟车\",\"mark\":true,\"list\":[1,2]}",
         NULL},
        {"{\"action\":\"note\",\"version\":0,\"text\":\"黑烟车!\"}", "'text'"},
        {"{\"action\":\"not\",\"version\":0}", "'action'"},
        {"{\"action\":\"\",\"version\":0}", "'action'"},
        {"{\"action\":\"confirm|note\",\"version\":0}", "'action'"},
        {"{\"action\":\"note\"}", "'version' is missing"},
        {"{\"action\":\"note\",\"version\":\"0\"}", "'version'"},
        {"{\"action\":\"note\",\"version\":0.5}", "'version'"},
        {"{\"action\":\"note\",\"version\":-1}", "'version'"},
        {"{\"action\":\"note\",\"version\":2147483648}", "'version'"},
        {"{\"action\":\"note\",\"version\":0,\"mark\":1}", "'mark'"},
        {"{\"action\":\"note\",\"version\":0,\"list\":[1,2,3]}", "'list'"},
        {"{\"action\":\"note\",\"version\":0,\"role\":\"admin\"}", "unknown key 'role'"},
        {"[]", "object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = {0};
        json_t *json = json_loads(cases[i].text, 0, NULL);
        Status status = fields_check(json, fields, sizeof fields / sizeof *fields, &error);
        CU_ASSERT_EQUAL(status, cases[i].word ? STATUS_ARGUMENT : STATUS_OK);
        if (cases[i].word && !strstr(error.text, cases[i].word))
            CU_FAIL(cases[i].word);
        json_decref(json);
    }
}

// ---- routes ----

// Every operation of the description is a route, and every route under /api/ is described.
static void routes_are_described(void)
{
    const PageFile *file = page_file("openapi.json");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    json_t *api = json_loadb((const char *)file->data, file->size, JSON_REJECT_DUPLICATES, NULL);
    const char *path, *method;
    json_t *operations, *operation;
    size_t described = 0, known = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(api);
    json_object_foreach(json_object_get(api, "paths"), path, operations)
        json_object_foreach(operations, method, operation)
    {
        bool found = false;
        for (size_t i = 0; i < route_count; i++)
            found = found || (strcmp(routes[i].pattern, path) == 0 &&
                              strcasecmp(routes[i].method, method) == 0);
        if (!found)
            printf("no route for %s %s\n", method, path);
        CU_ASSERT_TRUE(found);
        described++;
    }
    for (size_t i = 0; i < route_count; i++)
        known += strncmp(routes[i].pattern, "/api/", 5) == 0;
    CU_ASSERT_EQUAL(known, described);
    CU_ASSERT_TRUE(described > 20);
    json_decref(api);
}

static void routes_are_found(void)
{
    static const struct {
        const char *method, *path, *pattern, *first, *second; // pattern NULL: none
    } cases[] = {
        {"GET", "/", "/", NULL, NULL},
        {"GET", "/page/style.css", "/page/{name}", "style.css", NULL},
        {"GET", "/page/", NULL, NULL, NULL},
        {"GET", "/page/a/b", NULL, NULL, NULL},
        {"GET", "/api/captures", "/api/captures", NULL, NULL},
        {"GET", "/api/captures/", NULL, NULL, NULL},
        {"GET", "/api/captures/x", "/api/captures/{id}", "x", NULL},
        {"GET", "/api/captures/x/files/clip.mp4", "/api/captures/{id}/files/{name}", "x",
         "clip.mp4"},
        {"GET", "/api/captures/x/files/../record.json", NULL, NULL, NULL},
        {"GET", "/api/captures//files/clip.mp4", NULL, NULL, NULL},
        {"GET", "/api/captures/x/thumbnail.jpg", "/api/captures/{id}/thumbnail.jpg", "x", NULL},
        {"POST", "/api/captures/x", NULL, NULL, NULL},
        {"DELETE", "/", NULL, NULL, NULL},
        {"GET", "", NULL, NULL, NULL},
        {"GET", "//", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[128];
        const char *parameters[2];
        bool allowed;
        const Route *route =
            route_find(cases[i].method, cases[i].path, buffer, parameters, &allowed);
        if (!route != !cases[i].pattern)
            printf("%s\n", cases[i].path);
        CU_ASSERT_EQUAL(!route, !cases[i].pattern);
        if (!route || !cases[i].pattern)
            continue;
        CU_ASSERT_STRING_EQUAL(route->pattern, cases[i].pattern);
        CU_ASSERT_EQUAL(!parameters[0], !cases[i].first);
        CU_ASSERT_EQUAL(!parameters[1], !cases[i].second);
        if (parameters[0] && cases[i].first)
            CU_ASSERT_STRING_EQUAL(parameters[0], cases[i].first);
        if (parameters[1] && cases[i].second)
            CU_ASSERT_STRING_EQUAL(parameters[1], cases[i].second);
    }
    char buffer[16];
    const char *parameters[2];
    bool allowed;
    CU_ASSERT_PTR_NULL(route_find("PUT", "/api/login", buffer, parameters, &allowed));
    CU_ASSERT_TRUE(allowed);
    CU_ASSERT_PTR_NULL(route_find("GET", "/api/loginx", buffer, parameters, &allowed));
    CU_ASSERT_FALSE(allowed);
}

// Nothing that changes or leaves the house is open, and viewers only look.
static void routes_are_guarded(void)
{
    for (size_t i = 0; i < route_count; i++) {
        const Route *route = &routes[i];
        bool changes = strcmp(route->method, "GET") != 0;
        if (changes && route->handle != route_login)
            CU_ASSERT_FALSE(route->open);
        if (strstr(route->pattern, "decisions"))
            CU_ASSERT_TRUE(route->least >= ROLE_REVIEWER);
        if (strstr(route->pattern, "exports") || strstr(route->pattern, "handover"))
            CU_ASSERT_TRUE(route->least >= ROLE_APPROVER);
        if (strstr(route->pattern, "captures"))
            CU_ASSERT_FALSE(route->open);
    }
}

static void page_is_whole(void)
{
    const PageFile *index = page_file("index.html");
    CU_ASSERT_PTR_NOT_NULL_FATAL(index);
    CU_ASSERT_STRING_EQUAL(index->type, "text/html; charset=utf-8");
    CU_ASSERT_EQUAL(strlen(index->tag), 32);
    CU_ASSERT_PTR_NULL(page_file("../page.h"));
    CU_ASSERT_PTR_NULL(page_file(""));
}

int main(void)
{
    static const SuiteCase cases[] = {
        {"addresses", addresses},
        {"names of this machine", names_of_this_machine},
        {"decoding", decoding},
        {"queries", queries},
        {"cookies", cookies},
        {"ranges", ranges},
        {"accounts are kept", accounts_are_kept},
        {"names and passwords", names_and_passwords},
        {"sessions come and go", sessions_come_and_go},
        {"guessing takes longer", guessing_takes_longer},
        {"secrets", secrets},
        {"bodies", bodies},
        {"routes are described", routes_are_described},
        {"routes are found", routes_are_found},
        {"routes are guarded", routes_are_guarded},
        {"page is whole", page_is_whole},
    };
    if (!mkdtemp(state) || setenv("HEIYAN_STATE", state, 1) != 0)
        return 2;
    int result = suite_run("review", cases, sizeof cases / sizeof *cases);
    folder_remove(state, NULL);
    return result;
}
