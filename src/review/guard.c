#include "review/call.h"

#include "base/clock.h"
#include "review/http_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// While nobody logs in, only a browser on this machine that asked for this machine is served: a
// page from elsewhere that has a name point here (DNS rebinding) and a proxy that lets the world in
// are not.
bool guard_house(Call *call)
{
    static const char *const forwarded[] = {
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Real-IP",
        "Via",
    };
    if (!call->open)
        return true;
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
        if (http_header(call->request, forwarded[i])) {
            answer_refusal(call, 403, "forbidden",
                           "没有账户时不经代理开放：请先用 heiyan account add 建立账户",
                           "not served through a proxy while there are no accounts: make one with "
                           "heiyan account add");
            return false;
        }
    if (http_is_local_host(http_address(call->review->http), http_header(call->request, "Host")))
        return true;
    answer_refusal(call, 403, "forbidden", "没有账户时只能以 127.0.0.1 或 localhost 访问",
                   "while there are no accounts it is served as 127.0.0.1 or localhost alone");
    return false;
}

void cookie_name(const Review *review, char out[COOKIE_SIZE])
{
    snprintf(out, COOKIE_SIZE, "heiyan-%.8s", strrchr(http_address(review->http), ':') + 1);
}

bool guard_identify(Call *call)
{
    Error error;
    size_t count;
    char cookie[COOKIE_SIZE];
    Review *review = call->review;
    Status status = accounts_count(review->accounts, &count, &error);
    if (status == STATUS_OK && !count) {
        call->open = call->known = review->loopback;
        call->person = (Person){.name = "local", .role = ROLE_ADMIN};
        snprintf(call->session.token, sizeof call->session.token, "%s", review->token);
        return true;
    }
    cookie_name(review, cookie);
    if (status == STATUS_OK && http_cookie(call->request, cookie, call->key, sizeof call->key) &&
        sessions_find(review->sessions, call->key, true, clock_monotonic_us(), &call->session)) {
        status = accounts_find(review->accounts, call->session.name, &call->account, &error);
        if (status == STATUS_OK && strcmp(call->account.mark, call->session.mark) == 0) {
            call->known = true;
            call->person = (Person){.name = call->account.name,
                                    .role = call->account.role,
                                    .sites = (const char *const *)call->account.sites,
                                    .site_count = call->account.site_count};
        } else if (status == STATUS_OK || status == STATUS_MISSING) {
            sessions_end(review->sessions, call->key); // the account went
            status = STATUS_OK;
        }
    }
    if (status != STATUS_OK)
        answer_error(call, &error, NULL);
    return status == STATUS_OK;
}

bool guard_still_known(Review *review, const char *key, const char *mark)
{
    size_t count;
    Session session;
    Account account;
    if (accounts_count(review->accounts, &count, NULL) != STATUS_OK)
        return false;
    if (!count || !*mark) // as long as there are no accounts, and none of before
        return !count && !*mark && review->loopback;
    if (!sessions_find(review->sessions, key, false, clock_monotonic_us(), &session) ||
        accounts_find(review->accounts, session.name, &account, NULL) != STATUS_OK)
        return false;
    bool same = strcmp(account.mark, mark) == 0;
    account_finish(&account);
    return same;
}

// "https://desk.example:8471" is ours when what follows "//" is the Host the browser asked for. The
// scheme is not compared: before us may stand a proxy that speaks TLS.
static bool is_own_origin(const Call *call, const char *origin)
{
    const char *host = http_header(call->request, "Host"), *slashes = strstr(origin, "://");
    return host && slashes && strcasecmp(slashes + 3, host) == 0;
}

bool guard_origin(Call *call, bool changes)
{
    const char *site = http_header(call->request, "Sec-Fetch-Site");
    const char *origin = http_header(call->request, "Origin");
    bool foreign =
        site && (strcmp(site, "cross-site") == 0 || (changes && strcmp(site, "same-origin") != 0));
    if (!foreign && !(changes && origin && !is_own_origin(call, origin)))
        return true;
    answer_refusal(call, 403, "forbidden", "请求来自其他网站，已拒绝",
                   "the request comes from another site");
    return false;
}

bool guard_token(Call *call)
{
    const char *token = http_header(call->request, "X-Heiyan-Token");
    if (token && same_secret(token, call->session.token))
        return true;
    answer_refusal(call, 403, "forbidden", "缺少或错误的 X-Heiyan-Token，请刷新页面",
                   "X-Heiyan-Token is missing or wrong: load the page again");
    return false;
}
