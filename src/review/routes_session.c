// Logging in and out, one's own filters, the stream of events.
#include "review/call.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_json(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static void answer_session(Call *call)
{
    const Rules *rules = ledger_rules(call->review->ledger);
    answer_json(call,
                json_pack("{s:o,s:o,s:b,s:o,s:{s:b,s:i,s:i,s:i,s:o},s:s}", "name",
                          text_json(call->known ? call->person.name : NULL), "role",
                          text_json(call->known ? role_name(call->person.role) : NULL), "accounts",
                          !call->open, "token", text_json(call->known ? call->session.token : NULL),
                          "rules", "two_step", rules->two_step, "repeat_times", rules->repeat_times,
                          "repeat_months", rules->repeat_months, "deadline_days",
                          rules->deadline_days, "local", text_json(rules->local), "version",
                          HEIYAN_VERSION));
}

void route_session(Call *call)
{
    if (call_query(call, ""))
        answer_session(call);
}

static void answer_locked(Call *call, int wait_s)
{
    char chinese[96], english[96], seconds[16];
    snprintf(chinese, sizeof chinese, "密码错误次数过多，请 %d 秒后再试", wait_s);
    snprintf(english, sizeof english, "too many wrong passwords: try again in %d s", wait_s);
    snprintf(seconds, sizeof seconds, "%d", wait_s);
    http_answer_header(call->response, "Retry-After", seconds);
    answer_refusal(call, 429, "locked", chinese, english);
}

static void set_cookie(Call *call, const char *key)
{
    char name[COOKIE_SIZE], cookie[SESSION_KEY_SIZE + COOKIE_SIZE + 80];
    cookie_name(call->review, name);
    snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, key,
             call->request->secure ? "; Secure" : "", *key ? "" : "; Max-Age=0");
    http_answer_header(call->response, "Set-Cookie", cookie);
}

// A session of a key the browser never had; whatever it had before ends.
static void begin_session(Call *call)
{
    char key[SESSION_KEY_SIZE];
    sessions_end(call->review->sessions, call->key);
    sessions_begin(call->review->sessions, &call->account, clock_monotonic_us(), key,
                   &call->session);
    set_cookie(call, key);
    call->known = true;
    call->person = (Person){.name = call->account.name, .role = call->account.role};
    answer_session(call);
}

void route_login(Call *call)
{
    static const Field fields[] = {
        {"name", FIELD_TEXT, true, 60, NULL},
        {"password", FIELD_TEXT, true, 1000, NULL},
    };
    Error error;
    json_t *body;
    Review *review = call->review;
    if (call->open) {
        answer_refusal(call, 409, "conflict", "没有账户，无需登录",
                       "there are no accounts: nobody needs to log in");
        return;
    }
    if (!call_fields(call, fields, sizeof fields / sizeof *fields, &body))
        return;
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *password = json_string_value(json_object_get(body, "password"));
    int wait_s = sessions_try(review->sessions, name, call->request->peer, clock_monotonic_us());
    if (wait_s) {
        answer_locked(call, wait_s);
    } else {
        account_finish(&call->account);
        Status status = accounts_check(review->accounts, name, password, &call->account, &error);
        if (status == STATUS_OK) {
            sessions_right(review->sessions, name, call->request->peer);
            begin_session(call);
        } else if (status == STATUS_FORBIDDEN) {
            log_warning("log-in refused from %s", call->request->peer);
            answer_refusal(call, 403, "forbidden", "姓名或密码错误", "wrong name or password");
        } else {
            answer_error(call, &error, NULL);
        }
    }
    json_decref(body);
}

void route_logout(Call *call)
{
    if (!call->open) {
        sessions_end(call->review->sessions, call->key);
        set_cookie(call, "");
    }
    answer_json(call, json_object());
}

// ---- saved filters: {"NAME":[{"name","query"}]} in the installation's state folder ----

static Status read_filters(const Review *review, json_t **out, Error *error)
{
    char *text;
    size_t size;
    *out = NULL;
    if (!file_exists(review->filters_path)) {
        *out = json_object();
        return STATUS_OK;
    }
    Status status = file_read(review->filters_path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    *out = json_loadb(text, size, 0, NULL);
    free(text);
    if (json_is_object(*out))
        return STATUS_OK;
    json_decref(*out);
    *out = NULL;
    return error_set(error, STATUS_FORMAT, "%s is damaged: remove it", review->filters_path);
}

void route_filters_get(Call *call)
{
    Error error;
    json_t *all, *own = NULL;
    if (!call_query(call, ""))
        return;
    pthread_mutex_lock(&call->review->filters_lock);
    Status status = read_filters(call->review, &all, &error);
    pthread_mutex_unlock(&call->review->filters_lock);
    if (status == STATUS_OK) {
        own = json_incref(json_object_get(all, call->person.name));
        own = own ? own : json_array();
        json_decref(all);
    }
    answer_result(call, status, own, &error);
}

static Status check_filters(const json_t *list, Error *error)
{
    static const Field fields[] = {
        {"name", FIELD_TEXT, true, 60, NULL},
        {"query", FIELD_TEXT, true, 500, NULL},
    };
    size_t i;
    json_t *filter;
    Status status = json_is_array(list) && json_array_size(list) <= 50
                        ? STATUS_OK
                        : error_set(error, STATUS_ARGUMENT, "a list of at most 50 filters");
    json_array_foreach(list, i, filter) if (status == STATUS_OK) status =
        fields_check(filter, fields, sizeof fields / sizeof *fields, error);
    return status;
}

static Status save_filters(const Review *review, const char *name, json_t *list, Error *error)
{
    json_t *all;
    Status status = read_filters(review, &all, error);
    if (status != STATUS_OK)
        return status;
    json_object_set(all, name, list);
    char *text = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
    status = text ? file_write_private(review->filters_path, text, strlen(text), error)
                  : error_set(error, STATUS_MEMORY, "out of memory");
    free(text);
    json_decref(all);
    return status;
}

void route_filters_put(Call *call)
{
    Error error;
    json_t *list;
    if (!call_body(call, &list))
        return;
    Status status = check_filters(list, &error);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&call->review->filters_lock);
        status = save_filters(call->review, call->person.name, list, &error);
        pthread_mutex_unlock(&call->review->filters_lock);
    }
    if (status != STATUS_OK) {
        json_decref(list);
        list = NULL;
    }
    answer_result(call, status, list, &error);
}

// ---- the stream ----

typedef struct Watcher { // who follows the stream
    Review *review;
    char key[SESSION_KEY_SIZE];
    Account account; // with its sites; no mark = while there are no accounts
} Watcher;

static bool watcher_wants(void *context, const char *scope)
{
    const Account *account = &((Watcher *)context)->account;
    for (size_t i = 0; i < account->site_count; i++)
        if (strcmp(account->sites[i], scope) == 0)
            return true;
    return !account->site_count;
}

static bool watcher_alive(void *context)
{
    const Watcher *watcher = context;
    return guard_still_known(watcher->review, watcher->key, watcher->account.mark);
}

static void watcher_release(void *context)
{
    account_finish(&((Watcher *)context)->account);
    free(context);
}

void route_stream(Call *call)
{
    Watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher)
        return;
    watcher->review = call->review;
    memcpy(watcher->key, call->key, sizeof watcher->key);
    watcher->account = call->account; // the call's copy is handed over
    call->account.site_count = 0;
    http_answer_stream(call->response, &(HttpListener){.wants = watcher_wants,
                                                       .alive = watcher_alive,
                                                       .release = watcher_release,
                                                       .context = watcher});
}

void publish_decision(Review *review, const json_t *capture)
{
    json_t *data = json_pack("{s:O,s:O,s:O}", "id", json_object_get(capture, "id"), "state",
                             json_object_get(capture, "state"), "version",
                             json_object_get(capture, "version"));
    char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
    const char *site = json_string_value(json_object_get(capture, "site"));
    if (text)
        http_publish(review->http, "decision", text, site ? site : "");
    free(text);
    json_decref(data);
}
