// Messages to an HTTP endpoint: POST, the record as JSON, with the pictures as multipart/form-data
// where they are wanted. Delivered is what was answered with 2xx.
//
// Idempotency-Key holds the message's id. Redirects are followed three times, and never to another
// host or from https to http: headers may hold secrets.
#include "outlet/outlet.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define REDIRECTS 3
#define CONNECT_S 10

typedef struct Line {
    const OutletOptions *options;
    const atomic_bool *stop;
    CURL *curl; // keeps the connection between messages
} Line;

static size_t discard(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static int watch_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(((Line *)context)->stop);
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "%s: %s", name, value) < 0)
        return false;
    struct curl_slist *longer = curl_slist_append(*list, text);
    free(text);
    if (longer)
        *list = longer;
    return longer;
}

static struct curl_slist *make_headers(const OutletOptions *options, const OutletMessage *message)
{
    struct curl_slist *list = NULL;
    const OutletHeader *headers = options->headers.items;
    bool good = add_header(&list, "Idempotency-Key", message->id) &&
                add_header(&list, "X-Heiyan-Kind", message->kind) &&
                curl_slist_append(list, "Expect:"); // no second of waiting for 100 Continue
    if (good && !message->picture_count)
        good = add_header(&list, "Content-Type", "application/json");
    for (size_t i = 0; i < options->headers.count && good; i++)
        good = add_header(&list, headers[i].name, headers[i].value);
    if (good)
        return list;
    curl_slist_free_all(list);
    return NULL;
}

static curl_mime *make_parts(CURL *curl, const OutletMessage *message)
{
    curl_mime *mime = curl_mime_init(curl);
    curl_mimepart *part = mime ? curl_mime_addpart(mime) : NULL;
    bool good = part && curl_mime_name(part, "record") == CURLE_OK &&
                curl_mime_type(part, "application/json") == CURLE_OK &&
                curl_mime_data(part, message->body, message->size) == CURLE_OK;
    for (size_t i = 0; i < message->picture_count && good; i++) {
        const OutletPicture *picture = &message->pictures[i];
        part = curl_mime_addpart(mime);
        good = part && curl_mime_name(part, picture->name) == CURLE_OK &&
               curl_mime_type(part, "image/jpeg") == CURLE_OK &&
               curl_mime_filedata(part, picture->path) == CURLE_OK;
    }
    if (good)
        return mime;
    curl_mime_free(mime);
    return NULL;
}

static void set_tls(CURL *curl, const OutletOptions *options)
{
    struct stat info;
    if (options->ca) {
        bool folder = stat(options->ca, &info) == 0 && S_ISDIR(info.st_mode);
        curl_easy_setopt(curl, folder ? CURLOPT_CAPATH : CURLOPT_CAINFO, options->ca);
    }
    if (options->certificate)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, options->certificate);
    if (options->key)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, options->key);
}

static void set_up(Line *line, const char *url, struct curl_slist *headers, curl_mime *parts,
                   const OutletMessage *message)
{
    CURL *curl = line->curl;
    const OutletOptions *options = line->options;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "heiyan/" HEIYAN_VERSION);
    if (parts) {
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, parts);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message->body);
    }
    if (options->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, options->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, options->password ? options->password : "");
    }
    set_tls(curl, options);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     (long)(options->timeout_s < CONNECT_S ? options->timeout_s : CONNECT_S));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)options->timeout_s);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch_stop);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, line);
}

// One request. *code: the answer's.
static Status post(Line *line, const char *url, const OutletMessage *message, long *code,
                   Error *error)
{
    curl_easy_reset(line->curl); // connections stay
    struct curl_slist *headers = make_headers(line->options, message);
    curl_mime *parts = headers && message->picture_count ? make_parts(line->curl, message) : NULL;
    CURLcode result = CURLE_OUT_OF_MEMORY;
    if (headers && (parts || !message->picture_count)) {
        set_up(line, url, headers, parts, message);
        result = curl_easy_perform(line->curl);
    }
    curl_easy_getinfo(line->curl, CURLINFO_RESPONSE_CODE, code);
    curl_mime_free(parts);
    curl_slist_free_all(headers);
    switch (result) {
    case CURLE_OK:
        return STATUS_OK;
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(error, STATUS_CANCELLED, "stopped");
    case CURLE_OUT_OF_MEMORY:
        return error_set(error, STATUS_MEMORY, "out of memory");
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return error_set(error, STATUS_ARGUMENT, "cannot send: %s", curl_easy_strerror(result));
    default: // curl's sentences name no URL
        return error_set(error, STATUS_IO, "not delivered: %s", curl_easy_strerror(result));
    }
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = NULL, *y = NULL;
    bool same = curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(x, y) == 0;
    curl_free(x);
    curl_free(y);
    return same;
}

// Whether what is meant for one address may be sent to the other.
static bool may_follow(const char *from, const char *to)
{
    CURLU *a = curl_url(), *b = curl_url();
    bool may = a && b && curl_url_set(a, CURLUPART_URL, from, 0) == CURLUE_OK &&
               curl_url_set(b, CURLUPART_URL, to, 0) == CURLUE_OK &&
               same_part(a, b, CURLUPART_HOST);
    if (may && !same_part(a, b, CURLUPART_SCHEME))
        may = strncmp(from, "http:", 5) == 0 && strncmp(to, "https:", 6) == 0;
    else if (may)
        may = same_part(a, b, CURLUPART_PORT);
    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return may;
}

static Status judge(long code, Error *error)
{
    if (code >= 200 && code < 300)
        return STATUS_OK;
    Status status = code == 401 || code == 403 || code == 407                  ? STATUS_FORBIDDEN
                    : code == 400 || code == 413 || code == 415 || code == 422 ? STATUS_FORMAT
                                                                               : STATUS_IO;
    return error_set(error, status, "the receiver answered %ld", code);
}

static Status send_message(void *context, const OutletMessage *message, Error *error)
{
    Line *line = context;
    char *url = strdup(line->options->url), *next = NULL;
    long code = 0;
    Status status = url ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
    for (int follows = 0; status == STATUS_OK; follows++) {
        status = post(line, url, message, &code, error);
        if (status != STATUS_OK || code < 300 || code >= 400)
            break;
        next = NULL;
        curl_easy_getinfo(line->curl, CURLINFO_REDIRECT_URL, &next);
        if (!next || follows == REDIRECTS || !may_follow(url, next)) {
            status = error_set(error, STATUS_IO, "the receiver answered %ld: %s", code,
                               follows == REDIRECTS ? "redirected too often"
                                                    : "redirected to another host, or to none");
            break;
        }
        free(url);
        url = strdup(next);
        if (!url)
            status = error_set(error, STATUS_MEMORY, "out of memory");
    }
    free(url);
    return status == STATUS_OK ? judge(code, error) : status;
}

static Status open_line(void **out, const OutletOptions *options, const atomic_bool *stop,
                        Error *error)
{
    Line *line = *out = calloc(1, sizeof *line);
    if (!line)
        return error_set(error, STATUS_MEMORY, "out of memory");
    line->options = options;
    line->stop = stop;
    line->curl = curl_easy_init();
    return line->curl ? STATUS_OK : error_set(error, STATUS_MEMORY, "out of memory");
}

static void hang_up(void *context)
{
    Line *line = context;
    CURL *fresh = curl_easy_init();
    if (!fresh)
        return;
    curl_easy_cleanup(line->curl);
    line->curl = fresh;
}

static void close_line(void **out)
{
    Line *line = *out;
    *out = NULL;
    if (!line)
        return;
    curl_easy_cleanup(line->curl);
    free(line);
}

const OutletKind outlet_http = {"http", open_line, send_message, hang_up, close_line};
