#include "capture/knock.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESOLVE_US (4 * SECOND_US)
#define ANSWER_US (5 * SECOND_US / 2) // for connecting and the first line together
#define TICK_MS 50

typedef struct Limit {
    int64_t until_us; // monotonic
    const atomic_bool *cancelled;
} Limit;

static bool stopped(const Limit *limit)
{
    return limit->cancelled && atomic_load(limit->cancelled);
}

static bool over(const Limit *limit)
{
    return stopped(limit) || clock_monotonic_us() >= limit->until_us;
}

// ---- names ----

typedef struct Query { // shared with the resolving thread; the last one frees it
    char host[256], port[8];
    atomic_int references;
    atomic_bool done;
    int result;
    struct addrinfo *found;
} Query;

static void query_unref(Query *query)
{
    if (atomic_fetch_sub(&query->references, 1) != 1)
        return;
    if (query->found)
        freeaddrinfo(query->found);
    free(query);
}

static int look_up(Query *query, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    return getaddrinfo(query->host, query->port, &hints, &query->found);
}

static void *resolve_thread(void *context)
{
    Query *query = context;
    query->result = look_up(query, AI_ADDRCONFIG);
    atomic_store(&query->done, true);
    query_unref(query);
    return NULL;
}

// Waits for the name; the caller unrefs *out.
static Status resolve(Query **out, const Address *address, const atomic_bool *cancelled,
                      LiveTrouble *trouble, Error *error)
{
    Query *query = *out = calloc(1, sizeof *query);
    if (!query)
        return error_set(error, STATUS_MEMORY, "out of memory");
    atomic_init(&query->references, 1);
    snprintf(query->host, sizeof query->host, "%s", address->host);
    snprintf(query->port, sizeof query->port, "%d", address->port);
    if (look_up(query, AI_NUMERICHOST) == 0)
        return STATUS_OK;
    Limit limit = {clock_monotonic_us() + RESOLVE_US, cancelled};
    pthread_t thread;
    atomic_fetch_add(&query->references, 1);
    if (pthread_create(&thread, NULL, resolve_thread, query) != 0) {
        atomic_fetch_sub(&query->references, 1);
        return error_set(error, STATUS_MEMORY, "no thread for name resolution");
    }
    pthread_detach(thread);
    while (!atomic_load(&query->done) && !over(&limit))
        usleep(10000);
    if (stopped(&limit))
        return error_set(error, STATUS_CANCELLED, "stopped");
    *trouble = LIVE_UNREACHABLE;
    if (!atomic_load(&query->done))
        return error_set(error, STATUS_IO, "no answer from the name server about %s",
                         address->host);
    if (query->result)
        return error_set(error, STATUS_IO, "the name %s is not known (%s)", address->host,
                         gai_strerror(query->result));
    return STATUS_OK;
}

// ---- one connection ----

static bool wait_for(int fd, short events, const Limit *limit)
{
    while (!over(limit)) {
        struct pollfd poller = {.fd = fd, .events = events};
        if (poll(&poller, 1, TICK_MS) > 0)
            return true;
    }
    return false;
}

// Descriptor of the connection, -1 with *reason = errno (ETIMEDOUT: no answer).
static int connect_to(const struct addrinfo *to, const Limit *limit, int *reason)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *reason = errno;
    if (fd < 0)
        return -1;
    socklen_t size = sizeof *reason;
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return fd;
    *reason = errno;
    if (*reason == EINPROGRESS) {
        *reason = ETIMEDOUT;
        if (wait_for(fd, POLLOUT, limit))
            getsockopt(fd, SOL_SOCKET, SO_ERROR, reason, &size);
        if (!*reason)
            return fd;
    }
    close(fd);
    return -1;
}

// Sends a request and reads until the end of the header, or of what fits. Bytes got, 0 for none.
static size_t ask(int fd, const Address *address, const char *method, char *answer, size_t size,
                  const Limit *limit)
{
    char url[2048], request[2304];
    if (!address_bare_url(address, url, sizeof url))
        return 0;
    int length =
        snprintf(request, sizeof request, "%s %s RTSP/1.0\r\nCSeq: 1\r\n\r\n", method, url);
    if (length >= (int)sizeof request || send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        return 0;
    size_t used = 0;
    answer[0] = '\0';
    while (used + 1 < size && !strstr(answer, "\r\n\r\n") && wait_for(fd, POLLIN, limit)) {
        ssize_t got = recv(fd, answer + used, size - 1 - used, 0);
        if (got <= 0)
            break;
        used += (size_t)got;
        answer[used] = '\0';
    }
    return used;
}

static Status judge(const char *answer, size_t size, const Address *address, const Limit *limit,
                    LiveTrouble *trouble, Error *error)
{
    if (size >= 5 && memcmp(answer, "RTSP/", 5) == 0)
        return STATUS_OK;
    *trouble = LIVE_SILENT;
    if (stopped(limit))
        return error_set(error, STATUS_CANCELLED, "stopped");
    if (!size)
        return error_set(error, STATUS_IO, "%s takes the connection but does not answer",
                         address->label);
    if (size >= 5 && memcmp(answer, "HTTP/", 5) == 0) {
        *trouble = LIVE_MISCONFIGURED;
        return error_set(error, STATUS_IO, "%s is a web server, not RTSP: is the port right?",
                         address->label);
    }
    return error_set(error, STATUS_IO, "%s answers, but not in RTSP", address->label);
}

static Status explain(const Address *address, int reason, const Limit *limit, LiveTrouble *trouble,
                      Error *error)
{
    if (stopped(limit))
        return error_set(error, STATUS_CANCELLED, "stopped");
    *trouble = LIVE_UNREACHABLE;
    if (reason == ECONNREFUSED)
        return error_set(error, STATUS_IO, "%s: nothing listens there (connection refused)",
                         address->label);
    if (reason == ETIMEDOUT)
        return error_set(error, STATUS_IO, "%s: no answer to the connection", address->label);
    return error_set(error, STATUS_IO, "%s: %s", address->label, strerror(reason));
}

static Status try_one(Knock *out, const struct addrinfo *to, const Address *address,
                      const Limit *limit, LiveTrouble *trouble, Error *error)
{
    char answer[1024];
    int reason, fd = connect_to(to, limit, &reason);
    if (fd < 0)
        return explain(address, reason, limit, trouble, error);
    getnameinfo(to->ai_addr, to->ai_addrlen, out->numeric, sizeof out->numeric, NULL, 0,
                NI_NUMERICHOST);
    Status status = STATUS_OK;
    if (!address->tls) {
        size_t size = ask(fd, address, "OPTIONS", answer, sizeof answer, limit);
        status = judge(answer, size, address, limit, trouble, error);
    }
    close(fd);
    return status;
}

Status knock(Knock *out, const Address *address, const atomic_bool *cancelled, LiveTrouble *trouble,
             Error *error)
{
    *out = (Knock){0};
    Query *query;
    Status status = resolve(&query, address, cancelled, trouble, error);
    if (status == STATUS_OK) {
        Limit limit = {clock_monotonic_us() + ANSWER_US, cancelled};
        status = STATUS_IO;
        for (struct addrinfo *to = query->found; to && status == STATUS_IO && !over(&limit);
             to = to->ai_next)
            status = try_one(out, to, address, &limit, trouble, error);
    }
    if (query)
        query_unref(query);
    return status;
}

bool knock_other_digest(const char *answer)
{
    bool known = false, any = false;
    for (const char *line = answer; (line = strcasestr(line, "WWW-Authenticate:")); line++) {
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\r\n"), line);
        any = true;
        known |=
            strcasestr(text, "Basic") || (strcasestr(text, "Digest") && !strcasestr(text, "SHA-"));
    }
    return any && !known;
}

void knock_login(Knock *out, const Address *address, const atomic_bool *cancelled)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *to = NULL;
    char port[8], answer[4096];
    Limit limit = {clock_monotonic_us() + ANSWER_US, cancelled};
    snprintf(port, sizeof port, "%d", address->port);
    if (address->tls || getaddrinfo(out->numeric, port, &hints, &to) != 0)
        return;
    int reason, fd = connect_to(to, &limit, &reason);
    freeaddrinfo(to);
    if (fd < 0)
        return;
    out->other_digest =
        ask(fd, address, "DESCRIBE", answer, sizeof answer, &limit) && knock_other_digest(answer);
    close(fd);
}
