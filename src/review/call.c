#include "review/call.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define JSON_TYPE "application/json"

static void send_json(Call *call, int http, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(json);
    if (text)
        http_answer(call->response, http, JSON_TYPE, text, strlen(text));
}

void answer_json(Call *call, json_t *json)
{
    send_json(call, 200, json);
}

static const struct {
    Status status;
    int http;
    const char *code;
} numbers[] = {
    {STATUS_ARGUMENT, 400, "argument"}, {STATUS_FORBIDDEN, 403, "forbidden"},
    {STATUS_MISSING, 404, "missing"},   {STATUS_CONFLICT, 409, "conflict"},
    {STATUS_FULL, 507, "full"},         {STATUS_IO, 500, "internal"}, // and what is not named here
};

static size_t number_of(Status status)
{
    size_t i = 0, last = sizeof numbers / sizeof *numbers - 1;
    while (i < last && numbers[i].status != status)
        i++;
    return i;
}

json_t *error_json(const Error *error)
{
    json_t *json =
        json_pack("{s:s,s:s}", "code", numbers[number_of(error->status)].code, "text", error->text);
    return json ? json : json_pack("{s:s,s:s}", "code", "internal", "text", "not UTF-8");
}

void answer_error(Call *call, const Error *error, json_t *more)
{
    size_t number = number_of(error->status);
    json_t *json = json_pack("{s:o}", "error", error_json(error));
    if (numbers[number].http >= 500)
        log_error("%s %s: %s", call->request->method, call->request->path, error->text);
    if (more)
        json_object_update(json, more);
    json_decref(more);
    send_json(call, numbers[number].http, json);
}

void answer_refusal(Call *call, int http, const char *code, const char *chinese,
                    const char *english)
{
    send_json(call, http,
              json_pack("{s:{s:s,s:s}}", "error", "code", code, "text",
                        call->chinese ? chinese : english));
}

void answer_result(Call *call, Status status, json_t *json, const Error *error)
{
    if (status == STATUS_OK)
        answer_json(call, json);
    else
        answer_error(call, error, json);
}

bool call_body(Call *call, json_t **out)
{
    Error error;
    json_error_t where;
    const char *type = http_header(call->request, "Content-Type");
    *out = NULL;
    if (!type || strncasecmp(type, JSON_TYPE, strlen(JSON_TYPE)) != 0 ||
        !strchr("; ", type[strlen(JSON_TYPE)])) {
        error_set(&error, STATUS_ARGUMENT, "the body must be " JSON_TYPE);
    } else {
        *out = json_loadb(call->request->body, call->request->body_size, JSON_REJECT_DUPLICATES,
                          &where);
        if (!*out)
            error_set(&error, STATUS_ARGUMENT, "the body is no JSON: %s (line %d, column %d)",
                      where.text, where.line, where.column);
    }
    if (!*out)
        answer_error(call, &error, NULL);
    return *out != NULL;
}

bool call_fields(Call *call, const Field *fields, size_t count, json_t **out)
{
    Error error;
    if (!call_body(call, out))
        return false;
    if (fields_check(*out, fields, count, &error) == STATUS_OK)
        return true;
    json_decref(*out);
    *out = NULL;
    answer_error(call, &error, NULL);
    return false;
}

bool call_query(Call *call, const char *names)
{
    Error error;
    const HttpQuery *query = &call->request->query;
    for (size_t i = 0; i < query->count; i++) {
        const char *name = query->pairs[i].name;
        if (is_choice(names, name))
            continue;
        error_set(&error, STATUS_ARGUMENT, "unknown parameter '%.60s'", name);
        answer_error(call, &error, NULL);
        return false;
    }
    return true;
}

const char *call_value(const Call *call, const char *name)
{
    const char *value = http_query_value(&call->request->query, name);
    return value && *value ? value : NULL;
}

Status filter_from(const HttpQuery *query, Filter *filter, Error *error)
{
    Status status = STATUS_OK;
    filter_init(filter);
    for (size_t i = 0; status == STATUS_OK && i < query->count; i++)
        status = filter_set(filter, query->pairs[i].name, query->pairs[i].value, error);
    if (status != STATUS_OK)
        filter_finish(filter);
    return status;
}
