#include "review/http_inside.h"

#include "base/files.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *http_header(const HttpRequest *request, const char *name)
{
    return MHD_lookup_connection_value(request->inside->connection, MHD_HEADER_KIND, name);
}

bool http_cookie(const HttpRequest *request, const char *name, char *out, size_t size)
{
    return http_cookie_parse(http_header(request, "Cookie"), name, out, size);
}

static void put_made(HttpResponse *response, int status, const char *type,
                     struct MHD_Response *made)
{
    if (response->made)
        MHD_destroy_response(response->made);
    response->made = made;
    response->status = status;
    response->type = type;
    response->ranged = response->lasts = false;
    response->range[0] = '\0';
}

void http_answer(HttpResponse *response, int status, const char *type, void *bytes, size_t size)
{
    struct MHD_Response *made = MHD_create_response_from_buffer(
        size, bytes ? bytes : "", bytes ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!made)
        free(bytes);
    put_made(response, status, type, made);
}

void http_answer_fixed(HttpResponse *response, int status, const char *type, const void *bytes,
                       size_t size)
{
    put_made(
        response, status, type,
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT));
}

void response_words(HttpResponse *response, int status, const char *words)
{
    http_answer_fixed(response, status, "text/plain; charset=utf-8", words, strlen(words));
}

// The range that was asked for, unless it was asked for another content than this.
static HttpRange wanted_range(const HttpResponse *response, uint64_t size, uint64_t *first,
                              uint64_t *count)
{
    const char *condition = http_header(response->request, "If-Range");
    size_t length = strlen(response->tag);
    if (condition &&
        !(condition[0] == '"' && length && strncmp(condition + 1, response->tag, length) == 0 &&
          strcmp(condition + 1 + length, "\"") == 0))
        return HTTP_RANGE_WHOLE;
    return http_range_parse(http_header(response->request, "Range"), size, first, count);
}

Status http_answer_file(HttpResponse *response, const char *path, const char *type, Error *error)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        int number = errno;
        if (fd >= 0)
            close(fd);
        if (fd >= 0 || number == ENOENT || number == ELOOP)
            return error_set(error, STATUS_MISSING, "there is no file %s", path_base(path));
        errno = number;
        return error_set_errno(error, "cannot open %s", path);
    }
    uint64_t size = (uint64_t)info.st_size, first = 0, count = size;
    HttpRange range = wanted_range(response, size, &first, &count);
    if (range == HTTP_RANGE_NONE) {
        close(fd);
        response_words(response, 416, "no such range\n");
        snprintf(response->range, sizeof response->range, "bytes */%llu", (unsigned long long)size);
        return STATUS_OK;
    }
    if (range == HTTP_RANGE_WHOLE)
        first = 0, count = size;
    struct MHD_Response *made = MHD_create_response_from_fd_at_offset64(count, fd, first);
    if (!made) {
        close(fd);
        return error_set(error, STATUS_MEMORY, "out of memory");
    }
    put_made(response, range == HTTP_RANGE_PART ? 206 : 200, type, made);
    response->ranged = true;
    if (range == HTTP_RANGE_PART)
        snprintf(response->range, sizeof response->range, "bytes %llu-%llu/%llu",
                 (unsigned long long)first, (unsigned long long)(first + count - 1),
                 (unsigned long long)size);
    return STATUS_OK;
}

void http_answer_stream(HttpResponse *response, const HttpListener *listener)
{
    put_made(response, 200, "text/event-stream", channel_follow(response->channel, listener));
    response->lasts = true; // a browser that went away does not take the next comment
}

void http_answer_header(HttpResponse *response, const char *name, const char *value)
{
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return;
    char *copy = strdup(value);
    if (!copy || response->header_count == OWN_HEADERS || strlen(name) >= 40) {
        log_warning("header %s is left out", name);
        free(copy);
        return;
    }
    snprintf(response->headers[response->header_count].name, 40, "%s", name);
    response->headers[response->header_count++].value = copy;
}

void http_answer_tag(HttpResponse *response, const char *tag)
{
    snprintf(response->tag, sizeof response->tag, "%s", tag);
}

// Whether If-None-Match names the tag; the header may list several.
static bool is_known(const HttpResponse *response)
{
    const char *known = http_header(response->request, "If-None-Match");
    char quoted[sizeof response->tag + 2];
    snprintf(quoted, sizeof quoted, "\"%s\"", response->tag);
    return response->tag[0] && known && strstr(known, quoted);
}

static void put_headers(const HttpResponse *response, struct MHD_Response *made)
{
    static const char *const fixed[][2] = {
        {"Content-Security-Policy",
         "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
         "media-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Frame-Options", "DENY"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        MHD_add_response_header(made, fixed[i][0], fixed[i][1]);
    if (response->tag[0] && response->status < 400) {
        char quoted[sizeof response->tag + 2];
        snprintf(quoted, sizeof quoted, "\"%s\"", response->tag);
        MHD_add_response_header(made, "ETag", quoted);
        MHD_add_response_header(made, "Cache-Control", "private, no-cache");
    } else {
        MHD_add_response_header(made, "Cache-Control", "no-store");
    }
    if (response->type)
        MHD_add_response_header(made, "Content-Type", response->type);
    if (response->ranged)
        MHD_add_response_header(made, "Accept-Ranges", "bytes");
    if (response->range[0])
        MHD_add_response_header(made, "Content-Range", response->range);
    for (size_t i = 0; i < response->header_count; i++)
        MHD_add_response_header(made, response->headers[i].name, response->headers[i].value);
}

enum MHD_Result response_send(HttpResponse *response)
{
    if (!response->made)
        response_words(response, 500, "internal error\n");
    if (response->status == 200 && response->made && is_known(response)) {
        put_made(response, 304, response->type,
                 MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT));
    }
    enum MHD_Result result = MHD_NO;
    if (response->made) {
        put_headers(response, response->made);
        result = MHD_queue_response(response->request->inside->connection,
                                    (unsigned)response->status, response->made);
        MHD_destroy_response(response->made);
    }
    for (size_t i = 0; i < response->header_count; i++)
        free(response->headers[i].value);
    return result;
}
