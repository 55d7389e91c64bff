#include "review/call.h"

#include "base/log.h"
#include "evidence/minisign.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOUNCED 128 // captures told one by one; of more the pages hear by looking again

static Status check_address(Review *review, const char *listen, Error *error)
{
    struct sockaddr_storage address;
    socklen_t size;
    size_t count;
    Status status = http_listen_parse(listen, &address, &size, &review->loopback, error);
    if (status == STATUS_OK)
        status = accounts_count(review->accounts, &count, error);
    if (status != STATUS_OK || review->loopback || count)
        return status;
    return error_set(error, STATUS_ARGUMENT,
                     "%s can be reached from other machines, and there is no account yet: make one "
                     "with heiyan account add --role admin NAME, or listen on 127.0.0.1",
                     listen);
}

// An empty folder for files of the moment, and where filters are kept.
static Status prepare_places(Review *review, const char *folder, Error *error)
{
    char state[PATH_SIZE - 32];
    Status status = path_join(review->outgoing, folder, ".heiyan/outgoing", error);
    if (status == STATUS_OK)
        status = folder_remove(review->outgoing, error); // what a crash left
    if (status == STATUS_OK)
        status = folder_make(review->outgoing, error);
    if (status == STATUS_OK)
        status = state_folder(state, sizeof state, error);
    if (status == STATUS_OK)
        status = folder_make(state, error);
    if (status == STATUS_OK)
        status = path_join(review->filters_path, state, "filters.json", error);
    return status;
}

Status review_start(Review **out, Ledger *ledger, const char *folder, const ReviewOptions *options,
                    Error *error)
{
    *out = NULL;
    Review *review = calloc(1, sizeof *review);
    if (!review)
        return error_set(error, STATUS_MEMORY, "out of memory");
    review->ledger = ledger;
    review->columns = options->columns;
    pthread_mutex_init(&review->filters_lock, NULL);
    Status status = accounts_open(&review->accounts, error);
    if (status == STATUS_OK)
        status = check_address(review, options->listen, error);
    if (status == STATUS_OK)
        status = prepare_places(review, folder, error);
    if (status == STATUS_OK && !(review->sessions = sessions_create()))
        status = error_set(error, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        unsigned char random[(SESSION_KEY_SIZE - 1) / 2];
        randombytes_buf(random, sizeof random);
        sodium_bin2hex(review->token, sizeof review->token, random, sizeof random);
        status = http_start(&review->http,
                            &(HttpOptions){.listen = options->listen,
                                           .certificate = options->certificate,
                                           .key = options->key,
                                           .handle = review_handle,
                                           .context = review},
                            error);
    }
    if (status != STATUS_OK)
        review_stop(&review);
    *out = review;
    return status;
}

void review_stop(Review **out)
{
    Review *review = *out;
    *out = NULL;
    if (!review)
        return;
    http_stop(&review->http);
    sessions_destroy(&review->sessions);
    accounts_close(&review->accounts);
    if (*review->outgoing)
        folder_remove(review->outgoing, NULL);
    pthread_mutex_destroy(&review->filters_lock);
    free(review);
}

const char *review_address(const Review *review)
{
    return http_address(review->http);
}

typedef struct News { // captures that the ledger took up
    char *ids[ANNOUNCED];
    size_t count;
} News;

static void note_news(void *context, const char *id)
{
    News *news = context;
    if (news->count < ANNOUNCED && (news->ids[news->count] = strdup(id)))
        news->count++;
}

static void publish_capture(Review *review, const char *id)
{
    const Person everybody = {.name = "", .role = ROLE_ADMIN};
    json_t *capture;
    if (ledger_case(review->ledger, id, &everybody, &capture, NULL) != STATUS_OK)
        return;
    json_t *data = json_pack("{s:s}", "id", id);
    char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
    const char *site = json_string_value(json_object_get(capture, "site"));
    if (text)
        http_publish(review->http, "capture", text, site ? site : "");
    free(text);
    json_decref(data);
    json_decref(capture);
}

Status review_tend(Review *review, Error *error)
{
    News news = {.count = 0};
    http_tend(review->http);
    Status status = ledger_refresh(review->ledger, note_news, &news, error);
    for (size_t i = 0; i < news.count; i++) {
        publish_capture(review, news.ids[i]);
        free(news.ids[i]);
    }
    return status;
}
