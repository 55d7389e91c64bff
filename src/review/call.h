// Private to review: one request on its way through the desk, and how its answer is made.
#ifndef HEIYAN_REVIEW_CALL_H
#define HEIYAN_REVIEW_CALL_H

#include "review/fields.h"
#include "review/http.h"
#include "review/review.h"
#include "review/session.h"

#include <pthread.h>

#define COOKIE_SIZE 32 // of the cookie's name

struct Review {
    Ledger *ledger;     // borrowed
    Accounts *accounts; // NULL never
    Sessions *sessions;
    Http *http;
    const ExportTemplate *columns;
    bool loopback;                // listens on this machine alone
    char token[SESSION_KEY_SIZE]; // of everybody while there are no accounts
    char outgoing[PATH_SIZE];     // folder of files that are made for one answer
    char filters_path[PATH_SIZE];
    pthread_mutex_t filters_lock; // of the file there
};

typedef struct Call {
    Review *review;
    const HttpRequest *request;
    HttpResponse *response;
    bool open;     // no accounts: everybody is the local admin
    bool known;    // open, or logged in: person, account and session are set
    Person person; // points into account
    Account account;
    Session session;
    char key[SESSION_KEY_SIZE]; // of the session, from the cookie
    const char *parameters[2];  // of the route's pattern, in order
    bool chinese;
} Call;

typedef struct Route {
    const char *method, *pattern; // "/api/captures/{id}"
    Role least;
    bool open; // also without log-in
    void (*handle)(Call *call);
} Route;

extern const Route routes[];
extern const size_t route_count;

// The route for a path; parameters point into buffer (at least as large as the path). NULL: none;
// *allowed then says whether another method has one.
const Route *route_find(const char *method, const char *path, char *buffer,
                        const char *parameters[2], bool *allowed);
// An http_start handler; context: the Review.
void review_handle(void *context, const HttpRequest *request, HttpResponse *response);

// ---- guard.c: who asks, and whether a browser was tricked into asking ----

// The cookie's name. It holds the port, which browsers do not tell apart.
void cookie_name(const Review *review, char out[COOKIE_SIZE]);
// False: answered already.
bool guard_house(Call *call);    // Host and forwarded headers, while there are no accounts
bool guard_identify(Call *call); // fills open, known, person
bool guard_origin(Call *call, bool changes);
bool guard_token(Call *call);
// Whether the session still is what it was; for streams, which outlive their request.
bool guard_still_known(Review *review, const char *key, const char *mark);

// ---- answers ----

void answer_json(Call *call, json_t *json); // takes json over
// {"error":{"code","text"}} with more members (taken over, NULL = none). The one place that knows
// which Status is which number.
void answer_error(Call *call, const Error *error, json_t *more);
void answer_refusal(Call *call, int http, const char *code, const char *chinese,
                    const char *english);
// json as it is when status is good, else the error.
void answer_result(Call *call, Status status, json_t *json, const Error *error);
json_t *error_json(const Error *error); // {"code","text"}

// ---- reading ----

// The body as JSON. False: answered already. The caller decrefs.
bool call_body(Call *call, json_t **out);
bool call_fields(Call *call, const Field *fields, size_t count, json_t **out);
// Only these names may stand in the query: "week|site". False: answered already.
bool call_query(Call *call, const char *names);
const char *call_value(const Call *call, const char *name); // NULL when missing or empty
// The query as a filter, less the names in skip. On failure *filter is finished.
Status filter_from(const HttpQuery *query, Filter *filter, Error *error);

void route_page(Call *call);
void route_openapi(Call *call);
void route_session(Call *call);
void route_login(Call *call);
void route_logout(Call *call);
void route_filters_get(Call *call);
void route_filters_put(Call *call);
void route_stream(Call *call);
void route_summary(Call *call);
void route_captures(Call *call);
void route_facets(Call *call);
void route_case(Call *call);
void route_integrity(Call *call);
void route_file(Call *call);
void route_decide(Call *call);
void route_decide_many(Call *call);
void route_thumbnail(Call *call);
void route_sheet(Call *call);
void route_handover(Call *call);
void route_export(Call *call);
void route_week(Call *call);
void route_week_pdf(Call *call);
void route_week_xlsx(Call *call);
void route_public(Call *call);
void route_precision(Call *call);
void route_what_if(Call *call);
void route_devices(Call *call);

// Tells the pages of those who may see the site.
void publish_decision(Review *review, const json_t *capture);

#endif
