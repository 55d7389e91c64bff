#include "review/http.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "review/http_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS 256
#define CONNECTIONS_OF_ONE 64 // officers behind one address, six connections each
#define HEADERS_SIZE (32 << 10)
#define URI_SIZE (8 << 10)
#define PATIENCE_S 15 // for a request to arrive, for a byte of it to come, for one to be taken

typedef struct Visitor Visitor;
struct Visitor { // a connection; under the server's lock
    Visitor *next, **place;
    int socket;
    int64_t waiting_since_us; // 0: an answer is under way
};

struct Http {
    struct MHD_Daemon *daemon;
    Channel *channel;
    HttpOptions options;
    char address[HTTP_ADDRESS_SIZE];
    bool secure;
    pthread_mutex_t lock;
    Visitor *visitors;
};

typedef struct Exchange { // one request and its answer
    Http *http;
    struct MHD_Connection *connection;
    char *uri; // as it was sent
    char *path, *body;
    size_t body_size, body_room;
    bool begun;
    int refused; // a status that was decided before the request was whole; 0 = none
} Exchange;

const char *http_address(const Http *http)
{
    return http->address;
}

// ---- requests ----

static enum MHD_Result refuse(Exchange *exchange, int status)
{
    static const struct {
        int status;
        const char *words;
    } all[] = {
        {400, "not a request this server understands\n"},
        {405, "no such method\n"},
        {413, "the body is too large\n"},
        {414, "the address is too long\n"},
        {500, "out of memory\n"},
    };
    HttpInside inside = {exchange->connection};
    HttpRequest request = {.inside = &inside};
    HttpResponse response = {.channel = exchange->http->channel, .request = &request};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].status == status)
            response_words(&response, status, all[i].words);
    if (status == 405)
        http_answer_header(&response, "Allow", "GET, HEAD, POST, PUT, DELETE");
    return response_send(&response);
}

static void set_waiting(Http *http, struct MHD_Connection *connection, bool waiting)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    Visitor *visitor = info ? info->socket_context : NULL;
    if (!visitor)
        return;
    pthread_mutex_lock(&http->lock);
    visitor->waiting_since_us = waiting ? clock_monotonic_us() : 0;
    pthread_mutex_unlock(&http->lock);
}

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    (void)value;
    size_t *hosts = context;
    *hosts += strcasecmp(name, "Host") == 0;
    return MHD_YES;
}

// Looks at what is known before the body. 0, or the status to refuse with.
static int check_head(Exchange *exchange, const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        known = known || strcmp(method, methods[i]) == 0;
    if (!known)
        return 405;
    if (!exchange->uri)
        return 500;
    if (strlen(exchange->uri) >= URI_SIZE)
        return 414;
    size_t length = strcspn(exchange->uri, "?"), hosts = 0;
    exchange->path = malloc(length + 1);
    if (!exchange->path)
        return 500;
    if (exchange->uri[0] != '/' || !http_decode(exchange->uri, length, true, exchange->path))
        return 400;
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, count_header, &hosts);
    if (hosts > 1)
        return 400;
    const char *body = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_LENGTH);
    return body && (strlen(body) > 7 || strtoul(body, NULL, 10) > HTTP_BODY_SIZE) ? 413 : 0;
}

static enum MHD_Result take_body(Exchange *exchange, const char *data, size_t *size)
{
    size_t wish = exchange->body_size + *size;
    if (wish > 4 * HTTP_BODY_SIZE)
        return MHD_NO; // whoever sends in chunks without end is not answered
    if (wish > HTTP_BODY_SIZE) {
        exchange->refused = 413;
    } else if (wish + 1 > exchange->body_room) {
        size_t room = wish + 1 < 4096 ? 4096 : 2 * wish;
        char *grown = realloc(exchange->body, room);
        if (!grown)
            return MHD_NO;
        exchange->body = grown;
        exchange->body_room = room;
    }
    if (!exchange->refused)
        memcpy(exchange->body + exchange->body_size, data, *size);
    exchange->body_size = wish;
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result handle(Exchange *exchange, const char *method)
{
    HttpInside inside = {exchange->connection};
    HttpRequest request = {.method = strcmp(method, "HEAD") == 0 ? "GET" : method,
                           .path = exchange->path,
                           .body = exchange->body ? exchange->body : "",
                           .body_size = exchange->body_size,
                           .secure = exchange->http->secure,
                           .inside = &inside};
    if (exchange->body)
        exchange->body[exchange->body_size] = '\0';
    const char *question = strchr(exchange->uri, '?');
    if (http_query_parse(question ? question + 1 : "", &request.query, NULL) != STATUS_OK)
        return refuse(exchange, 400);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    http_address_text(info ? info->client_addr : NULL, request.peer);
    // While the answer is made the connection is quiet through no fault of the browser's.
    MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0);
    HttpResponse response = {.channel = exchange->http->channel, .request = &request};
    exchange->http->options.handle(exchange->http->options.context, &request, &response);
    if (!response.lasts)
        MHD_set_connection_option(exchange->connection, MHD_CONNECTION_OPTION_TIMEOUT, PATIENCE_S);
    enum MHD_Result result = response_send(&response);
    http_query_finish(&request.query);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **kept)
{
    (void)url;
    (void)version;
    Http *http = context;
    Exchange *exchange = *kept;
    if (!exchange)
        return MHD_NO;
    if (!exchange->begun) {
        exchange->begun = true;
        set_waiting(http, connection, true); // for the body
        exchange->refused = check_head(exchange, method);
        return exchange->refused ? refuse(exchange, exchange->refused) : MHD_YES;
    }
    if (*size)
        return take_body(exchange, data, size);
    set_waiting(http, connection, false);
    return exchange->refused ? refuse(exchange, exchange->refused) : handle(exchange, method);
}

// The first that is heard of a request. Its address is taken as sent: decoding is ours.
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    Exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->http = context;
    exchange->connection = connection;
    exchange->uri = strdup(uri);
    return exchange;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **kept,
                         enum MHD_RequestTerminationCode code)
{
    (void)code;
    Exchange *exchange = *kept;
    if (!exchange)
        return;
    set_waiting(context, connection, true); // for the next request
    free(exchange->uri);
    free(exchange->path);
    free(exchange->body);
    free(exchange);
    *kept = NULL;
}

static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

// ---- connections ----

static void on_connection(void *context, struct MHD_Connection *connection, void **kept,
                          enum MHD_ConnectionNotificationCode code)
{
    Http *http = context;
    Visitor *visitor = *kept;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        visitor = info ? calloc(1, sizeof *visitor) : NULL;
        *kept = visitor;
        if (!visitor)
            return;
        visitor->socket = info->connect_fd;
        pthread_mutex_lock(&http->lock);
        visitor->waiting_since_us = clock_monotonic_us();
        visitor->next = http->visitors;
        visitor->place = &http->visitors;
        if (visitor->next)
            visitor->next->place = &visitor->next;
        http->visitors = visitor;
        pthread_mutex_unlock(&http->lock);
    } else if (visitor) {
        pthread_mutex_lock(&http->lock);
        *visitor->place = visitor->next;
        if (visitor->next)
            visitor->next->place = visitor->place;
        pthread_mutex_unlock(&http->lock);
        free(visitor);
        *kept = NULL;
    }
}

void http_tend(Http *http)
{
    int64_t latest = clock_monotonic_us() - PATIENCE_S * SECOND_US;
    pthread_mutex_lock(&http->lock);
    for (Visitor *visitor = http->visitors; visitor; visitor = visitor->next)
        if (visitor->waiting_since_us && visitor->waiting_since_us < latest)
            shutdown(visitor->socket, SHUT_RDWR); // its own thread closes it
    pthread_mutex_unlock(&http->lock);
}

void http_publish(Http *http, const char *name, const char *data, const char *scope)
{
    channel_publish(http->channel, name, data, scope);
}

// ---- the server ----

static Status open_socket(Http *http, int *out, Error *error)
{
    struct sockaddr_storage address;
    socklen_t size;
    bool loopback;
    int on = 1, quiet_ms = 2 * PATIENCE_S * 1000;
    Status status = http_listen_parse(http->options.listen, &address, &size, &loopback, error);
    if (status != STATUS_OK)
        return status;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(error, "cannot listen on %s", http->options.listen);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Connections inherit it: one whose other end is gone does not stay.
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &quiet_ms, sizeof quiet_ms);
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        status = error_set_errno(error, "cannot listen on %s", http->options.listen);
        close(fd);
        return status;
    }
    char host[HTTP_ADDRESS_SIZE];
    http_address_text((struct sockaddr *)&address, host);
    bool six = address.ss_family == AF_INET6;
    snprintf(http->address, sizeof http->address, "%s://%s%.64s%s:%u",
             http->secure ? "https" : "http", six ? "[" : "", host, six ? "]" : "",
             ntohs(six ? ((struct sockaddr_in6 *)&address)->sin6_port
                       : ((struct sockaddr_in *)&address)->sin_port));
    *out = fd;
    return STATUS_OK;
}

static void log_library(void *context, const char *format, va_list args)
{
    (void)context;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    log_debug("http: %s", line);
}

static Status start_daemon(Http *http, int fd, char *certificate, char *key, Error *error)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     (http->secure ? MHD_USE_TLS : 0u) |
                     (strchr(http->options.listen, '[') ? MHD_USE_IPv6 : 0u);
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADERS_SIZE, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_ARRAY, http->secure ? tls : tls + 3, MHD_OPTION_END);
    if (http->daemon)
        return STATUS_OK;
    return http->secure ? error_set(error, STATUS_ARGUMENT,
                                    "cannot use the certificate %s with the key %s: both must be "
                                    "PEM files that belong together",
                                    http->options.certificate, http->options.key)
                        : error_set(error, STATUS_IO, "the web server does not start");
}

Status http_start(Http **out, const HttpOptions *options, Error *error)
{
    char *certificate = NULL, *key = NULL;
    size_t certificate_size, key_size = 0;
    int fd = -1;
    Status status = STATUS_OK;
    *out = NULL;
    if (!options->certificate != !options->key)
        return error_set(error, STATUS_ARGUMENT, "TLS needs a certificate and its key");
    Http *http = calloc(1, sizeof *http);
    Channel *channel = channel_create();
    if (!http || !channel) {
        free(http);
        channel_destroy(&channel);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    http->options = *options;
    http->channel = channel;
    http->secure = options->certificate != NULL;
    pthread_mutex_init(&http->lock, NULL);
    if (http->secure && (file_read(options->certificate, &certificate, &certificate_size, error) ||
                         file_read(options->key, &key, &key_size, error)))
        status = STATUS_ARGUMENT;
    if (status == STATUS_OK)
        status = open_socket(http, &fd, error);
    *out = http;
    if (status == STATUS_OK && (status = start_daemon(http, fd, certificate, key, error)) != 0)
        close(fd);
    free(certificate);
    if (key)
        explicit_bzero(key, key_size);
    free(key);
    if (status != STATUS_OK)
        http_stop(out);
    return status;
}

void http_stop(Http **http)
{
    if (!*http)
        return;
    channel_close((*http)->channel);
    if ((*http)->daemon)
        MHD_stop_daemon((*http)->daemon);
    channel_destroy(&(*http)->channel);
    pthread_mutex_destroy(&(*http)->lock);
    free(*http);
    *http = NULL;
}
