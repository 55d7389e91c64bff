// Messages to an MQTT broker, quality of service 1: a message is delivered when the broker has
// acknowledged it. Version 3.1.1, which every broker knows.
#include "outlet/outlet.h"

#include "base/clock.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define SLICE_MS 100
#define KEEPALIVE_S 60
#define TOPIC_SIZE 1024

typedef struct Line {
    const OutletOptions *options;
    const atomic_bool *stop;
    struct mosquitto *client; // NULL: not connected
    int answer;               // of the broker to CONNECT, -1: none yet
    int acknowledged;         // message id of the last PUBACK
} Line;

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)client;
    ((Line *)context)->answer = code;
}

static void on_publish(struct mosquitto *client, void *context, int id)
{
    (void)client;
    ((Line *)context)->acknowledged = id;
}

static void hang_up(void *context)
{
    Line *line = context;
    if (!line->client)
        return;
    mosquitto_disconnect(line->client);
    mosquitto_destroy(line->client);
    line->client = NULL;
}

static Status fail(Line *line, Status status, const char *what, const char *why, Error *error)
{
    hang_up(line);
    return error_set(error, status, "%s %s: %s", what, line->options->host, why);
}

static const char *reason(int code)
{
    return code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code);
}

static Status secure(Line *line, Error *error)
{
    const OutletOptions *options = line->options;
    struct stat info;
    if (!options->ca && !options->certificate)
        return STATUS_OK;
    const char *ca = options->ca ? options->ca : "/etc/ssl/certs";
    bool folder = stat(ca, &info) == 0 && S_ISDIR(info.st_mode);
    int code = mosquitto_tls_set(line->client, folder ? NULL : ca, folder ? ca : NULL,
                                 options->certificate, options->key, NULL);
    if (code != MOSQ_ERR_SUCCESS)
        return fail(line, STATUS_ARGUMENT, "TLS to", reason(code), error);
    return STATUS_OK;
}

static Status dial(Line *line, Error *error)
{
    const OutletOptions *options = line->options;
    char id[32];
    unsigned long long any = 0;
    if (getrandom(&any, sizeof any, 0) < 0)
        any = (unsigned long long)clock_now_us();
    snprintf(id, sizeof id, "heiyan-%016llx", any); // at most 23 characters
    line->client = mosquitto_new(id, true, line);
    if (!line->client)
        return error_set(error, STATUS_MEMORY, "out of memory");
    line->answer = -1;
    mosquitto_connect_callback_set(line->client, on_connect);
    mosquitto_publish_callback_set(line->client, on_publish);
    if (options->user)
        mosquitto_username_pw_set(line->client, options->user, options->password);
    Status status = secure(line, error);
    if (status != STATUS_OK)
        return status;
    int port = options->port ? options->port : options->ca || options->certificate ? 8883 : 1883;
    int code = mosquitto_connect_async(line->client, options->host, port, KEEPALIVE_S);
    return code == MOSQ_ERR_SUCCESS ? STATUS_OK
                                    : fail(line, STATUS_IO, "cannot reach", reason(code), error);
}

// Lets the connection work for a moment.
static Status turn(Line *line, int64_t until_us, Error *error)
{
    if (atomic_load(line->stop)) {
        hang_up(line);
        return error_set(error, STATUS_CANCELLED, "stopped");
    }
    int code = mosquitto_loop(line->client, SLICE_MS, 1);
    if (code != MOSQ_ERR_SUCCESS && line->answer <= 0)
        return fail(line, STATUS_IO, "no connection with", reason(code), error);
    if (clock_monotonic_us() > until_us)
        return fail(line, STATUS_IO, "no answer from", "time is up", error);
    return STATUS_OK;
}

static Status connected(Line *line, int64_t until_us, Error *error)
{
    Status status = line->client ? STATUS_OK : dial(line, error);
    while (status == STATUS_OK && line->answer < 0)
        status = turn(line, until_us, error);
    if (status != STATUS_OK || line->answer == 0)
        return status;
    // 4 and 5: wrong user or password, not authorised.
    return fail(line, line->answer >= 4 ? STATUS_FORBIDDEN : STATUS_IO, "refused by",
                mosquitto_connack_string(line->answer), error);
}

static void add(char topic[TOPIC_SIZE], size_t *used, const char *text, size_t length)
{
    if (length >= TOPIC_SIZE - *used)
        length = TOPIC_SIZE - 1 - *used;
    memcpy(topic + *used, text, length);
    *used += length;
    topic[*used] = '\0';
}

// {kind} and {camera} stand for the message's.
static void fill_topic(char topic[TOPIC_SIZE], const char *form, const OutletMessage *message)
{
    size_t used = 0;
    topic[0] = '\0';
    for (const char *at = form; *at;) {
        if (strncmp(at, "{kind}", 6) == 0) {
            add(topic, &used, message->kind, strlen(message->kind));
            at += 6;
        } else if (strncmp(at, "{camera}", 8) == 0) {
            add(topic, &used, message->camera, strlen(message->camera));
            at += 8;
        } else {
            add(topic, &used, at++, 1);
        }
    }
}

static Status send_message(void *context, const OutletMessage *message, Error *error)
{
    Line *line = context;
    char topic[TOPIC_SIZE];
    int id = 0;
    int64_t until_us = clock_monotonic_us() + line->options->timeout_s * SECOND_US;
    fill_topic(topic, line->options->topic, message);
    Status status = connected(line, until_us, error);
    if (status != STATUS_OK)
        return status;
    line->acknowledged = 0;
    int code =
        mosquitto_publish(line->client, &id, topic, (int)message->size, message->body, 1, false);
    if (code == MOSQ_ERR_PAYLOAD_SIZE || code == MOSQ_ERR_OVERSIZE_PACKET ||
        code == MOSQ_ERR_INVAL || code == MOSQ_ERR_MALFORMED_UTF8)
        return fail(line, STATUS_FORMAT, "cannot be sent to", reason(code), error);
    if (code != MOSQ_ERR_SUCCESS)
        return fail(line, STATUS_IO, "cannot send to", reason(code), error);
    while (status == STATUS_OK && line->acknowledged != id)
        status = turn(line, until_us, error);
    return status;
}

static Status open_line(void **out, const OutletOptions *options, const atomic_bool *stop,
                        Error *error)
{
    Line *line = *out = calloc(1, sizeof *line);
    if (!line)
        return error_set(error, STATUS_MEMORY, "out of memory");
    line->options = options;
    line->stop = stop;
    return STATUS_OK;
}

static void close_line(void **out)
{
    Line *line = *out;
    *out = NULL;
    if (!line)
        return;
    hang_up(line);
    free(line);
}

const OutletKind outlet_mqtt = {"mqtt", open_line, send_message, hang_up, close_line};
