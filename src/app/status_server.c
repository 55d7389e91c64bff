// The few pages of app/status.h, served. Read only. No log-in: the address is a loopback one.
#include "app/status.h"

#include "app/status_page.h"
#include "base/clock.h"
#include "review/http.h"
#include "review/http_text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct StatusServer {
    StatusOptions options;
    bool loopback; // listens on this machine alone
    Http *http;
    atomic_int followers; // of /status as a stream of events
    int64_t told_us;      // when they were told, monotonic; status_tend's, as the next
    uint64_t told_open;   // digest of the open events they were told of
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

// Whether there is something to tell: a second went by, or an event opened or ended.
static bool is_due(StatusServer *server, const SiteFacts *facts)
{
    int64_t now_us = clock_monotonic_us();
    uint64_t open = 0;
    for (size_t i = 0; i < facts->camera_count; i++)
        open = open * 31 + (uint64_t)facts->cameras[i].open_event_us;
    if (now_us - server->told_us < SECOND_US && open == server->told_open)
        return false;
    server->told_us = now_us;
    server->told_open = open;
    return true;
}

void status_tend(StatusServer *server)
{
    SiteFacts facts = {0};
    http_tend(server->http);
    if (!atomic_load(&server->followers) ||
        server->options.facts(server->options.context, &facts, NULL) != STATUS_OK)
        return;
    char *text = is_due(server, &facts) ? status_json(&facts) : NULL;
    if (text)
        http_publish(server->http, "status", text, "");
    free(text);
    site_facts_free(&facts);
}

// ---- pages ----

static void answer_missing(HttpResponse *response)
{
    static const char nothing[] = "here are /, /status, /metrics and /healthz\n";
    http_answer_fixed(response, 404, "text/plain; charset=utf-8", nothing, sizeof nothing - 1);
}

// The page's own files, and those of the desk that it shares.
static void answer_page(const char *name, HttpResponse *response)
{
    static const char *const shared[] = {"style.css", "mark.svg", "theme.js", "dom.js", "state.js"};
    const PageFile *file = status_page_file(name);
    for (size_t i = 0; i < sizeof shared / sizeof *shared && !file; i++)
        file = strcmp(name, shared[i]) == 0 ? page_file(name) : NULL;
    if (!file) {
        answer_missing(response);
        return;
    }
    http_answer_fixed(response, 200, file->type, file->data, file->size);
    http_answer_tag(response, file->tag);
}

typedef Status (*FetchPicture)(void *context, const char *id, unsigned char **data, size_t *size,
                               Error *error);

// name: CAMERA.jpg
static void answer_picture(StatusServer *server, FetchPicture fetch, const char *name,
                           HttpResponse *response)
{
    unsigned char *data;
    char id[64];
    size_t size, length = strlen(name);
    if (length < 5 || length - 4 >= sizeof id || strcmp(name + length - 4, ".jpg") != 0) {
        answer_missing(response);
        return;
    }
    snprintf(id, sizeof id, "%.*s", (int)(length - 4), name);
    if (fetch(server->options.context, id, &data, &size, NULL) == STATUS_OK)
        http_answer(response, 200, "image/jpeg", data, size);
    else
        answer_missing(response);
}

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
        answer_missing(response);
    }
}

// A page from elsewhere that has a name point here (DNS rebinding) is told nothing.
static bool knows_us(const StatusServer *server, const HttpRequest *request)
{
    return !server->loopback ||
           http_is_local_host(http_address(server->http), http_header(request, "Host"));
}

static void handle(void *context, const HttpRequest *request, HttpResponse *response)
{
    static const char reading[] = "only to be read\n", local[] = "this is 127.0.0.1 or localhost\n";
    StatusServer *server = context;
    SiteFacts facts = {0};
    const char *accepted = http_header(request, "Accept");
    if (!knows_us(server, request)) {
        http_answer_fixed(response, 403, "text/plain; charset=utf-8", local, sizeof local - 1);
    } else if (strcmp(request->method, "GET") != 0) {
        http_answer_fixed(response, 405, "text/plain; charset=utf-8", reading, sizeof reading - 1);
        http_answer_header(response, "Allow", "GET, HEAD");
    } else if (strcmp(request->path, "/status") == 0 && accepted &&
               strstr(accepted, "text/event-stream")) {
        follow(server, response);
    } else if (strcmp(request->path, "/") == 0) {
        answer_page("status.html", response);
    } else if (strncmp(request->path, "/page/", 6) == 0) {
        answer_page(request->path + 6, response);
    } else if (strncmp(request->path, "/thumbnail/", 11) == 0) {
        answer_picture(server, server->options.thumbnail, request->path + 11, response);
    } else if (strncmp(request->path, "/event/", 7) == 0) {
        answer_picture(server, server->options.event_picture, request->path + 7, response);
    } else if (server->options.facts(server->options.context, &facts, NULL) == STATUS_OK) {
        answer_facts(&facts, request->path, response);
        site_facts_free(&facts);
    }
}

Status status_start(StatusServer **out, const StatusOptions *options, Error *error)
{
    StatusServer *server = *out = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, STATUS_MEMORY, "out of memory");
    server->options = *options;
    HttpOptions http = {.listen = options->listen, .handle = handle, .context = server};
    struct sockaddr_storage address;
    socklen_t size;
    Status status = http_listen_parse(options->listen, &address, &size, &server->loopback, error);
    if (status == STATUS_OK)
        status = http_start(&server->http, &http, error);
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
