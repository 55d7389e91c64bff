// Looking at captures and deciding about them.
#include "review/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

void route_summary(Call *call)
{
    Error error;
    json_t *json;
    if (!call_query(call, ""))
        return;
    Status status = ledger_summary(call->review->ledger, &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

static void answer_filtered(Call *call,
                            Status (*ask)(Ledger *ledger, const Filter *filter,
                                          const Person *person, json_t **out, Error *error))
{
    Error error;
    Filter filter;
    json_t *json = NULL;
    Status status = filter_from(&call->request->query, &filter, &error);
    if (status == STATUS_OK) {
        status = ask(call->review->ledger, &filter, &call->person, &json, &error);
        filter_finish(&filter);
    }
    answer_result(call, status, json, &error);
}

void route_captures(Call *call)
{
    answer_filtered(call, ledger_captures);
}

void route_facets(Call *call)
{
    answer_filtered(call, ledger_facets);
}

void route_case(Call *call)
{
    Error error;
    json_t *json = NULL;
    if (!call_query(call, "preload"))
        return;
    const char *preload = call_value(call, "preload");
    bool ahead = preload && strcmp(preload, "1") == 0;
    Ledger *ledger = call->review->ledger;
    Status status = preload && !ahead && strcmp(preload, "0") != 0
                        ? error_set(&error, STATUS_ARGUMENT, "preload: 0 or 1")
                        : ledger_case(ledger, call->parameters[0], &call->person, &json, &error);
    if (status == STATUS_OK && !ahead) {
        status = ledger_note_access(ledger, call->parameters[0], &call->person, &error);
        if (status != STATUS_OK) // what cannot be logged is not shown
            json_decref(json);
    }
    answer_result(call, status, json, &error);
}

void route_integrity(Call *call)
{
    Error error;
    json_t *json;
    if (!call_query(call, ""))
        return;
    Status status =
        ledger_integrity(call->review->ledger, call->parameters[0], &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

static const char *content_type(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".jpg", "image/jpeg"}, {".png", "image/png"},         {".mp4", "video/mp4"},
        {".ts", "video/mp2t"},  {".json", "application/json"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(dot, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

void route_file(Call *call)
{
    Error error;
    char path[PATH_SIZE], tag[64];
    struct stat info;
    if (!call_query(call, ""))
        return;
    Status status = ledger_file(call->review->ledger, call->parameters[0], call->parameters[1],
                                &call->person, path, &error);
    if (status == STATUS_OK) {
        // What is sealed does not change: who it is and when it was put there say it all.
        if (stat(path, &info) == 0) {
            snprintf(tag, sizeof tag, "%llx-%llx-%llx", (unsigned long long)info.st_ino,
                     (unsigned long long)info.st_size,
                     (unsigned long long)info.st_mtim.tv_sec * 1000000000 +
                         (unsigned long long)info.st_mtim.tv_nsec);
            http_answer_tag(call->response, tag);
        }
        status = http_answer_file(call->response, path, content_type(call->parameters[1]), &error);
    }
    if (status != STATUS_OK)
        answer_error(call, &error, NULL);
}

// ---- deciding ----

#define ACTIONS "confirm|reject|unsure|return|hand_over|process|strike_off|undo|correct|note"
#define REASONS "shadow|vapour|dust|wet_road|dark_body|wrong_vehicle|no_plate|other"

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static Decision decision_of(const json_t *body)
{
    Decision decision = {
        .reason = text_of(body, "reason"),
        .text = text_of(body, "text"),
        .plate = text_of(body, "plate"),
        .plate_colour = text_of(body, "plate_colour"),
        .class = text_of(body, "class"),
        .version = (int)json_integer_value(json_object_get(body, "version")),
    };
    action_parse(text_of(body, "action"), &decision.action);
    return decision;
}

void route_decide(Call *call)
{
    static const Field fields[] = {
        {"action", FIELD_TEXT, true, 20, ACTIONS},
        {"version", FIELD_INTEGER, true, 0, NULL},
        {"reason", FIELD_TEXT, false, 20, REASONS},
        {"text", FIELD_TEXT, false, 500, NULL},
        {"plate", FIELD_TEXT, false, 20, NULL},
        {"plate_colour", FIELD_TEXT, false, 20, "blue|yellow|green|white|black"},
        {"class", FIELD_TEXT, false, 20, "car|van|lorry|bus|motorcycle|other"},
    };
    Error error;
    json_t *body, *now;
    if (!call_query(call, "") || !call_fields(call, fields, sizeof fields / sizeof *fields, &body))
        return;
    Decision decision = decision_of(body);
    Status status = ledger_decide(call->review->ledger, call->parameters[0], &decision,
                                  &call->person, &now, &error);
    if (status == STATUS_OK) {
        publish_decision(call->review, now);
        answer_json(call, now);
    } else {
        answer_error(call, &error, now ? json_pack("{s:o}", "case", now) : NULL);
    }
    json_decref(body);
}

// Decides one of a selection, into done or failed.
static void decide_one(Call *call, Decision *decision, const json_t *capture, json_t *done,
                       json_t *failed)
{
    static const Field fields[] = {
        {"id", FIELD_TEXT, true, 200, NULL},
        {"version", FIELD_INTEGER, true, 0, NULL},
    };
    Error error;
    json_t *now = NULL;
    json_t *id = json_object_get(capture, "id");
    Status status = fields_check(capture, fields, sizeof fields / sizeof *fields, &error);
    if (status == STATUS_OK) {
        decision->version = (int)json_integer_value(json_object_get(capture, "version"));
        status = ledger_decide(call->review->ledger, json_string_value(id), decision, &call->person,
                               &now, &error);
    }
    if (status == STATUS_OK) {
        publish_decision(call->review, now);
        json_array_append(done, id);
    } else {
        json_array_append_new(failed,
                              json_pack("{s:O?,s:o}", "id", id, "error", error_json(&error)));
    }
    json_decref(now);
}

void route_decide_many(Call *call)
{
    static const Field fields[] = {
        {"captures", FIELD_LIST, true, 500, NULL},
        {"action", FIELD_TEXT, true, 20, ACTIONS},
        {"reason", FIELD_TEXT, false, 20, REASONS},
        {"text", FIELD_TEXT, false, 500, NULL},
    };
    size_t i;
    json_t *body, *capture, *done = json_array(), *failed = json_array();
    if (call_query(call, "") && call_fields(call, fields, sizeof fields / sizeof *fields, &body)) {
        Decision decision = decision_of(body);
        json_array_foreach(json_object_get(body, "captures"), i, capture)
            decide_one(call, &decision, capture, done, failed);
        answer_json(call, json_pack("{s:O,s:O}", "done", done, "failed", failed));
        json_decref(body);
    }
    json_decref(done);
    json_decref(failed);
}
