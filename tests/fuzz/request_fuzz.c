// What a request brings, taken apart: address, query, cookie, range, body, route. The input is
// lines: "PATH?QUERY", cookie, range, listen address, body.
#include "review/call.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whatever was decoded holds nothing that could end a text or a line.
static void check_text(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            abort();
    if (!http_utf8_valid(text))
        abort();
}

static void take_path(const char *uri)
{
    size_t length = strcspn(uri, "?");
    char *path = malloc(length + 1), *buffer = malloc(length + 2);
    const char *parameters[2];
    bool allowed;
    if (path && buffer && http_decode(uri, length, true, path)) {
        check_text(path);
        const Route *route = route_find("GET", path, buffer, parameters, &allowed);
        for (int i = 0; route && i < 2; i++)
            if (parameters[i] && (!*parameters[i] || strchr(parameters[i], '/')))
                abort();
    }
    free(path);
    free(buffer);
    HttpQuery query;
    if (http_query_parse(uri[length] ? uri + length + 1 : "", &query, NULL) != STATUS_OK)
        return;
    Filter filter;
    for (size_t i = 0; i < query.count; i++) {
        check_text(query.pairs[i].name);
        check_text(query.pairs[i].value);
    }
    if (filter_from(&query, &filter, NULL) == STATUS_OK)
        filter_finish(&filter);
    http_query_finish(&query);
}

static void take_range(const char *range)
{
    static const uint64_t sizes[] = {0, 1, 1000, UINT64_C(1) << 40};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t first = 0, count = 0;
        if (http_range_parse(range, sizes[i], &first, &count) == HTTP_RANGE_PART &&
            (!count || first >= sizes[i] || count > sizes[i] - first))
            abort();
    }
}

static void take_body(const char *body)
{
    static const Field fields[] = {
        {"action", FIELD_TEXT, true, 20, "confirm|reject"},
        {"version", FIELD_INTEGER, true, 0, NULL},
        {"mark", FIELD_FLAG, false, 0, NULL},
        {"captures", FIELD_LIST, false, 5, NULL},
    };
    json_t *json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    Error error;
    if (json && fields_check(json, fields, sizeof fields / sizeof *fields, &error) == STATUS_OK &&
        !json_object_get(json, "action"))
        abort();
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size), *rest = text, cookie[65];
    char *parts[4] = {"", "", "", ""};
    struct sockaddr_storage address;
    socklen_t length;
    bool loopback;
    for (int i = 0; i < 4 && rest; i++)
        parts[i] = strsep(&rest, "\n");
    take_path(parts[0]);
    if (http_cookie_parse(parts[1], "heiyan-8471", cookie, sizeof cookie) && strlen(cookie) > 64)
        abort();
    take_range(parts[2]);
    http_listen_parse(parts[3], &address, &length, &loopback, NULL);
    take_body(rest ? rest : "");
    free(text);
    return 0;
}
