// What leaves the house: figures, tables, paper, zips.
#include "review/call.h"

#include "base/clock.h"
#include "ledger/report.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PDF "application/pdf"

// Peaks from and to of the query.
static Status period(const Call *call, int64_t *from_us, int64_t *to_us, Error *error)
{
    Filter filter;
    Status status = STATUS_OK;
    filter_init(&filter);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        static const char *const names[] = {"from", "to"};
        const char *value = call_value(call, names[i]);
        if (value)
            status = filter_set(&filter, names[i], value, error);
    }
    *from_us = filter.from_us;
    *to_us = filter.to_us;
    filter_finish(&filter);
    return status;
}

void route_public(Call *call)
{
    Error error;
    json_t *json = NULL;
    int64_t from_us, to_us;
    if (!call_query(call, "from|to"))
        return;
    Status status = period(call, &from_us, &to_us, &error);
    if (status == STATUS_OK)
        status = report_public(call->review->ledger, from_us, to_us, &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

void route_precision(Call *call)
{
    Error error;
    json_t *json = NULL;
    int64_t from_us, to_us;
    if (!call_query(call, "from|to"))
        return;
    Status status = period(call, &from_us, &to_us, &error);
    if (status == STATUS_OK)
        status =
            report_precision(call->review->ledger, from_us, to_us, &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

void route_what_if(Call *call)
{
    Error error;
    json_t *json = NULL;
    int64_t from_us, to_us;
    if (!call_query(call, "from|to|camera"))
        return;
    Status status = period(call, &from_us, &to_us, &error);
    if (status == STATUS_OK)
        status = report_what_if(call->review->ledger, from_us, to_us, call_value(call, "camera"),
                                &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

void route_week(Call *call)
{
    Error error;
    json_t *json;
    if (!call_query(call, "week|site"))
        return;
    Status status = report_week(call->review->ledger, call_value(call, "week"),
                                call_value(call, "site"), &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

void route_devices(Call *call)
{
    Error error;
    json_t *json;
    if (!call_query(call, ""))
        return;
    Status status = report_devices(call->review->ledger, &call->person, &json, &error);
    answer_result(call, status, json, &error);
}

// ---- files made for one answer ----

// A path nobody else has.
static Status outgoing_path(const Call *call, char path[PATH_SIZE], Error *error)
{
    char name[24];
    snprintf(name, sizeof name, "%08x%08x", randombytes_random(), randombytes_random());
    return path_join(path, call->review->outgoing, name, error);
}

// Sends the file made at path, under that name, and removes it; or answers why it could not be.
static void send_made(Call *call, Status status, const char *path, const char *type,
                      const char *name, Error *error)
{
    char disposition[160];
    if (status == STATUS_OK)
        status = http_answer_file(call->response, path, type, error);
    if (status == STATUS_OK) {
        snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", name);
        http_answer_header(call->response, "Content-Disposition", disposition);
    } else {
        answer_error(call, error, NULL);
    }
    unlink(path);
}

// The papers of a capture show it: who opens them is noted as with the case itself.
static Status note_access(const Call *call, Status status, Error *error)
{
    return status == STATUS_OK
               ? ledger_note_access(call->review->ledger, call->parameters[0], &call->person, error)
               : status;
}

// Names are written for the file systems of offices: ids have no other signs than these but '+'.
static void file_name(char out[120], const char *start, const char *ending)
{
    snprintf(out, 120, "%.100s%s", start, ending);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x21 || (unsigned char)*c > 0x7e || strchr("\"\\/:*?<>|", *c))
            *c = '-';
}

static bool language_chinese(const Call *call)
{
    const char *language = call_value(call, "language");
    return language ? strcmp(language, "en") != 0 : call->chinese;
}

static bool language_valid(Call *call)
{
    const char *language = call_value(call, "language");
    Error error;
    if (!language || strcmp(language, "zh") == 0 || strcmp(language, "en") == 0)
        return true;
    error_set(&error, STATUS_ARGUMENT, "language: zh or en");
    answer_error(call, &error, NULL);
    return false;
}

void route_thumbnail(Call *call)
{
    Error error;
    unsigned char *data;
    size_t size;
    if (!call_query(call, ""))
        return;
    Status status = export_thumbnail(call->review->ledger, call->parameters[0], &call->person,
                                     &data, &size, &error);
    if (status != STATUS_OK) {
        answer_error(call, &error, NULL);
        return;
    }
    char tag[SHA256_HEX_SIZE];
    bytes_sha256(data, size, tag);
    http_answer(call->response, 200, "image/jpeg", data, size);
    http_answer_tag(call->response, tag);
}

void route_sheet(Call *call)
{
    Error error;
    char path[PATH_SIZE], name[120];
    if (!call_query(call, "language") || !language_valid(call))
        return;
    Status status = outgoing_path(call, path, &error);
    if (status == STATUS_OK)
        status = export_sheet(call->review->ledger, call->parameters[0], &call->person,
                              language_chinese(call), path, &error);
    status = note_access(call, status, &error);
    file_name(name, call->parameters[0], ".pdf");
    send_made(call, status, path, PDF, name, &error);
}

void route_handover(Call *call)
{
    Error error;
    char path[PATH_SIZE], name[120];
    if (!call_query(call, ""))
        return;
    Status status = outgoing_path(call, path, &error);
    if (status == STATUS_OK)
        status =
            export_handover(call->review->ledger, call->parameters[0], &call->person, path, &error);
    file_name(name, call->parameters[0], ".zip");
    send_made(call, status, path, export_content_type(EXPORT_ZIP), name, &error);
}

static void send_week(Call *call, const char *ending, const char *type,
                      Status (*make)(Ledger *ledger, const char *week, const char *site,
                                     const Person *person, bool chinese, const char *path,
                                     Error *error))
{
    Error error;
    char path[PATH_SIZE], name[120];
    if (!call_query(call, "week|site|language") || !language_valid(call))
        return;
    const char *week = call_value(call, "week");
    Status status = outgoing_path(call, path, &error);
    if (status == STATUS_OK)
        status = make(call->review->ledger, week, call_value(call, "site"), &call->person,
                      language_chinese(call), path, &error);
    file_name(name, week ? week : "week", ending);
    send_made(call, status, path, type, name, &error);
}

void route_week_pdf(Call *call)
{
    send_week(call, ".pdf", PDF, export_week_pdf);
}

void route_week_xlsx(Call *call)
{
    send_week(call, ".xlsx", export_content_type(EXPORT_XLSX), export_week_xlsx);
}

void route_export(Call *call)
{
    static const Field fields[] = {
        {"format", FIELD_TEXT, true, 8, "xlsx|csv|zip"},
        {"query", FIELD_TEXT, false, 4000, NULL},
        {"mark", FIELD_FLAG, false, 0, NULL},
        {"language", FIELD_TEXT, false, 2, "zh|en"},
    };
    Error error;
    json_t *body;
    HttpQuery query = {0};
    Filter filter;
    size_t count;
    char path[PATH_SIZE], start[48], name[120];
    if (!call_query(call, "") || !call_fields(call, fields, sizeof fields / sizeof *fields, &body))
        return;
    const char *format = json_string_value(json_object_get(body, "format"));
    const char *wish = json_string_value(json_object_get(body, "query"));
    const char *language = json_string_value(json_object_get(body, "language"));
    ExportOptions options = {.chinese = language ? strcmp(language, "zh") == 0 : call->chinese,
                             .mark = !json_is_false(json_object_get(body, "mark")),
                             .columns = call->review->columns};
    export_format_parse(format, &options.format);
    filter_init(&filter);
    Status status = http_query_parse(wish ? wish : "", &query, &error);
    if (status == STATUS_OK)
        status = filter_from(&query, &filter, &error);
    if (status == STATUS_OK)
        status = outgoing_path(call, path, &error);
    else
        path[0] = '\0';
    if (status == STATUS_OK)
        status = export_captures(call->review->ledger, &filter, &call->person, &options, path,
                                 &count, &error);
    snprintf(start, sizeof start, "heiyan-%.15s", clock_text(clock_now_us()).compact);
    snprintf(name, sizeof name, "%s.%s", start, format);
    send_made(call, status, path, export_content_type(options.format), name, &error);
    filter_finish(&filter);
    http_query_finish(&query);
    json_decref(body);
}
