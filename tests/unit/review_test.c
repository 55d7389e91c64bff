// The officer's desk without its furniture: texts of HTTP.
#include "review/http.h"

#include "suite.h"

#include <netinet/in.h>
#include <string.h>

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

SUITE_MAIN("review", {"addresses", addresses}, {"decoding", decoding}, {"queries", queries},
           {"cookies", cookies}, {"ranges", ranges}, )
