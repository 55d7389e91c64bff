#include "review/call.h"

#include "review/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Of several patterns that fit, the first counts.
const Route routes[] = {
    {"GET", "/", ROLE_VIEWER, true, route_page},
    {"GET", "/page/{name}", ROLE_VIEWER, true, route_page},
    {"GET", "/api/openapi.json", ROLE_VIEWER, true, route_openapi},
    {"GET", "/api/session", ROLE_VIEWER, true, route_session},
    {"POST", "/api/login", ROLE_VIEWER, true, route_login},
    {"POST", "/api/logout", ROLE_VIEWER, false, route_logout},
    {"GET", "/api/summary", ROLE_VIEWER, false, route_summary},
    {"GET", "/api/captures", ROLE_VIEWER, false, route_captures},
    {"GET", "/api/facets", ROLE_VIEWER, false, route_facets},
    {"GET", "/api/captures/{id}", ROLE_VIEWER, false, route_case},
    {"GET", "/api/captures/{id}/files/{name}", ROLE_VIEWER, false, route_file},
    {"GET", "/api/captures/{id}/thumbnail.jpg", ROLE_VIEWER, false, route_thumbnail},
    {"GET", "/api/captures/{id}/integrity", ROLE_VIEWER, false, route_integrity},
    {"GET", "/api/captures/{id}/sheet.pdf", ROLE_VIEWER, false, route_sheet},
    {"GET", "/api/captures/{id}/handover.zip", ROLE_APPROVER, false, route_handover},
    {"POST", "/api/captures/{id}/decisions", ROLE_REVIEWER, false, route_decide},
    {"POST", "/api/decisions", ROLE_REVIEWER, false, route_decide_many},
    {"GET", "/api/filters", ROLE_VIEWER, false, route_filters_get},
    {"PUT", "/api/filters", ROLE_VIEWER, false, route_filters_put},
    {"POST", "/api/exports", ROLE_APPROVER, false, route_export},
    {"GET", "/api/reports/week", ROLE_VIEWER, false, route_week},
    {"GET", "/api/reports/week.pdf", ROLE_VIEWER, false, route_week_pdf},
    {"GET", "/api/reports/week.xlsx", ROLE_VIEWER, false, route_week_xlsx},
    {"GET", "/api/reports/public", ROLE_VIEWER, false, route_public},
    {"GET", "/api/reports/precision", ROLE_VIEWER, false, route_precision},
    {"GET", "/api/reports/what-if", ROLE_VIEWER, false, route_what_if},
    {"GET", "/api/devices", ROLE_VIEWER, false, route_devices},
    {"GET", "/api/stream", ROLE_VIEWER, false, route_stream},
};
const size_t route_count = sizeof routes / sizeof *routes;

// Compares segment by segment; a parameter takes one segment that is not empty.
static bool matches(const char *pattern, const char *path, char *buffer, const char *parameters[2])
{
    size_t count = 0;
    for (;;) {
        size_t wanted = strcspn(pattern, "/"), given = strcspn(path, "/");
        if (*pattern == '{') {
            if (!given || count == 2)
                return false;
            parameters[count++] = buffer;
            memcpy(buffer, path, given);
            buffer[given] = '\0';
            buffer += given + 1;
        } else if (wanted != given || strncmp(pattern, path, given) != 0) {
            return false;
        }
        pattern += wanted;
        path += given;
        if (!*pattern || !*path)
            return !*pattern && !*path;
        pattern++;
        path++;
    }
}

const Route *route_find(const char *method, const char *path, char *buffer,
                        const char *parameters[2], bool *allowed)
{
    *allowed = false;
    for (size_t i = 0; i < route_count; i++) {
        parameters[0] = parameters[1] = NULL;
        if (!matches(routes[i].pattern, path, buffer, parameters))
            continue;
        *allowed = true;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
    }
    return NULL;
}

static bool wants_chinese(const HttpRequest *request)
{
    const char *language = http_header(request, "heiyan-language");
    if (!language)
        language = http_header(request, "Accept-Language");
    return !language || strncasecmp(language, "en", 2) != 0;
}

static bool allowed_in(Call *call, const Route *route)
{
    bool changes = strcmp(route->method, "GET") != 0;
    if (strncmp(route->pattern, "/api/", 5) == 0 && !guard_origin(call, changes))
        return false;
    if (!call->known && !route->open) {
        answer_refusal(call, 401, "login", "请登录", "log in first");
        return false;
    }
    // At the log-in there is no token yet: another site's page is told by its origin.
    if (changes && route->handle != route_login && !guard_token(call))
        return false;
    if (!route->open && call->person.role < route->least) {
        answer_refusal(call, 403, "forbidden", "您的角色无权进行此操作",
                       "your role does not allow this");
        return false;
    }
    return true;
}

void review_handle(void *context, const HttpRequest *request, HttpResponse *response)
{
    Call call = {.review = context,
                 .request = request,
                 .response = response,
                 .chinese = wants_chinese(request)};
    bool known_path;
    char *buffer = malloc(strlen(request->path) + 2);
    const Route *route =
        buffer ? route_find(request->method, request->path, buffer, call.parameters, &known_path)
               : NULL;
    if (buffer && guard_identify(&call) && guard_house(&call)) {
        if (route && allowed_in(&call, route))
            route->handle(&call);
        else if (!route && known_path)
            answer_refusal(&call, 405, "argument", "不支持此方法", "no such method here");
        else if (!route)
            answer_refusal(&call, 404, "missing", "没有此地址", "there is no such address");
    }
    account_finish(&call.account);
    free(buffer);
}

// ---- the page ----

static void answer_page_file(Call *call, const char *name)
{
    const PageFile *file = page_file(name);
    if (!file) {
        answer_refusal(call, 404, "missing", "没有此文件", "there is no such file");
        return;
    }
    http_answer_fixed(call->response, 200, file->type, file->data, file->size);
    http_answer_tag(call->response, file->tag);
}

void route_page(Call *call)
{
    answer_page_file(call, call->parameters[0] ? call->parameters[0] : "index.html");
}

void route_openapi(Call *call)
{
    answer_page_file(call, "openapi.json");
}
