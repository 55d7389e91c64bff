// The few pages of app/status.h, served. Read only; nothing of it is secret.
#include "app/status.h"

#include "review/http.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct StatusServer {
    StatusOptions options;
    Http *http;
    atomic_int followers; // of /status as a stream of events
};

// ---- followers ----

static bool wants(void *context, const char *scope)
{
    (void)context;
    (void)scope;
    return true;
}

static bool alive(void *context)
{
    (void)context;
    return true;
}

static void release(void *context)
{
    StatusServer *server = context;
    atomic_fetch_sub(&server->followers, 1);
}

static void follow(StatusServer *server, HttpResponse *response)
{
    HttpListener listener = {wants, alive, release, server};
    atomic_fetch_add(&server->followers, 1);
    http_answer_stream(response, &listener);
}

void status_tend(StatusServer *server)
{
    SiteFacts facts = {0};
    http_tend(server->http);
    if (!atomic_load(&server->followers) ||
        server->options.facts(server->options.context, &facts, NULL) != STATUS_OK)
        return;
    char *text = status_json(&facts);
    if (text)
        http_publish(server->http, "status", text, "");
    free(text);
    free((void *)(uintptr_t)facts.cameras);
}

// ---- pages ----

static void answer_text(HttpResponse *response, int code, const char *type, char *text)
{
    static const char sorry[] = "out of memory\n";
    if (text)
        http_answer(response, code, type, text, strlen(text));
    else
        http_answer_fixed(response, 500, "text/plain; charset=utf-8", sorry, sizeof sorry - 1);
}

static void answer_facts(const SiteFacts *facts, const char *path, HttpResponse *response)
{
    static const char nothing[] = "here are /status, /metrics and /healthz\n";
    bool healthy;
    if (strcmp(path, "/status") == 0) {
        answer_text(response, 200, "application/json", status_json(facts));
    } else if (strcmp(path, "/metrics") == 0) {
        answer_text(response, 200, "text/plain; version=0.0.4; charset=utf-8",
                    status_metrics(facts));
    } else if (strcmp(path, "/healthz") == 0) {
        char *text = status_health(facts, &healthy);
        answer_text(response, healthy ? 200 : 503, "text/plain; charset=utf-8", text);
    } else {
        http_answer_fixed(response, 404, "text/plain; charset=utf-8", nothing, sizeof nothing - 1);
    }
}

static void handle(void *context, const HttpRequest *request, HttpResponse *response)
{
    static const char reading[] = "only to be read\n";
    StatusServer *server = context;
    SiteFacts facts = {0};
    const char *accepted = http_header(request, "Accept");
    if (strcmp(request->method, "GET") != 0) {
        http_answer_fixed(response, 405, "text/plain; charset=utf-8", reading, sizeof reading - 1);
        http_answer_header(response, "Allow", "GET, HEAD");
    } else if (strcmp(request->path, "/status") == 0 && accepted &&
               strstr(accepted, "text/event-stream")) {
        follow(server, response);
    } else if (server->options.facts(server->options.context, &facts, NULL) == STATUS_OK) {
        answer_facts(&facts, request->path, response);
        free((void *)(uintptr_t)facts.cameras);
        free((void *)(uintptr_t)facts.outlets);
    }
}

Status status_start(StatusServer **out, const StatusOptions *options, Error *error)
{
    StatusServer *server = *out = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, STATUS_MEMORY, "out of memory");
    server->options = *options;
    HttpOptions http = {.listen = options->listen, .handle = handle, .context = server};
    Status status = http_start(&server->http, &http, error);
    if (status != STATUS_OK)
        status_stop(out);
    return status;
}

void status_stop(StatusServer **out)
{
    StatusServer *server = *out;
    *out = NULL;
    if (!server)
        return;
    http_stop(&server->http);
    free(server);
}

const char *status_address(const StatusServer *server)
{
    return http_address(server->http);
}
