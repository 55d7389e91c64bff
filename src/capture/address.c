#include "capture/address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

// Copies length bytes, %XX decoded; false when they do not fit.
static bool decode(char *to, size_t size, const char *from, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = from[i];
        if (c == '%' && i + 2 < length && hex(from[i + 1]) >= 0 && hex(from[i + 2]) >= 0) {
            c = (char)(16 * hex(from[i + 1]) + hex(from[i + 2]));
            i += 2;
        }
        if (used + 1 >= size || !c)
            return false;
        to[used++] = c;
    }
    to[used] = '\0';
    return true;
}

static bool copy(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

// Whether the text up to its first slash or question mark is host[:port].
static bool is_place(const char *text)
{
    size_t length = strcspn(text, "/?");
    if (text[0] == '[') { // IPv6, perhaps with a zone
        const char *close = memchr(text, ']', length);
        size_t inner = 1;
        while (isalnum((unsigned char)text[inner]) || (text[inner] && strchr(":.%-_", text[inner])))
            inner++;
        return close && text + inner == close && memchr(text, ':', inner);
    }
    size_t name = 0;
    while (name < length && (isalnum((unsigned char)text[name]) || strchr("-._", text[name])))
        name++;
    if (!name || name == length)
        return name;
    size_t digits = strspn(text + name + 1, "0123456789");
    return text[name] == ':' && digits && name + 1 + digits == length;
}

// Where user and password end: the last '@' before the path, or, where a password holds slashes,
// the first one that leaves a host and port behind it. NULL: there are none.
static const char *end_of_user(const char *rest)
{
    const char *best = NULL, *slash = strchr(rest, '/');
    for (const char *at = strchr(rest, '@'); at && (!slash || at < slash); at = strchr(at + 1, '@'))
        best = is_place(at + 1) ? at : best;
    if (best || is_place(rest))
        return best;
    for (const char *at = strchr(rest, '@'); at; at = strchr(at + 1, '@'))
        if (is_place(at + 1))
            return at;
    return NULL;
}

static bool split_place(Address *address, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length), *end = text + length;
    if (length && text[0] == '[') {
        const char *close = memchr(text, ']', length);
        if (!close ||
            !copy(address->host, sizeof address->host, text + 1, (size_t)(close - text - 1)))
            return false;
        colon = close + 1 < end ? close + 1 : NULL;
    } else if (!copy(address->host, sizeof address->host, text,
                     (size_t)((colon ? colon : end) - text))) {
        return false;
    }
    if (!colon)
        return true;
    char *after;
    long port = strtol(colon + 1, &after, 10);
    address->port = (int)port;
    return *colon == ':' && after == end && port > 0 && port < 65536;
}

static bool split_url(Address *address, const char *url)
{
    const char *rest = strstr(url, "://");
    if (!rest)
        return false;
    address->tls = strncasecmp(url, "rtsps:", 6) == 0;
    if (!address->tls && strncasecmp(url, "rtsp:", 5) != 0)
        return false;
    rest += 3;
    const char *at = end_of_user(rest);
    if (at) {
        const char *colon = memchr(rest, ':', (size_t)(at - rest));
        const char *end = colon ? colon : at;
        if (!decode(address->user, sizeof address->user, rest, (size_t)(end - rest)))
            return false;
        if (colon && !decode(address->password, sizeof address->password, colon + 1,
                             (size_t)(at - colon - 1)))
            return false;
        rest = at + 1;
    }
    size_t length = strcspn(rest, "/?");
    int path = snprintf(address->path, sizeof address->path, "%s%s", rest[length] == '?' ? "/" : "",
                        rest + length);
    return is_place(rest) && split_place(address, rest, length) && path < (int)sizeof address->path;
}

Status address_make(Address *out, const LiveOptions *options, Error *error)
{
    *out = (Address){0};
    if (options->url && !split_url(out, options->url))
        return error_set(
            error, STATUS_ARGUMENT,
            "its 'url' is not rtsp://host[:port]/path: give host, port, path, user and "
            "password as separate keys");
    bool fits = true;
    if (options->host)
        fits = copy(out->host, sizeof out->host, options->host, strlen(options->host));
    if (options->user)
        fits &= copy(out->user, sizeof out->user, options->user, strlen(options->user));
    if (options->password)
        fits &=
            copy(out->password, sizeof out->password, options->password, strlen(options->password));
    if (options->path) {
        int length = snprintf(out->path, sizeof out->path, "%s%s",
                              options->path[0] == '/' ? "" : "/", options->path);
        fits &= length < (int)sizeof out->path;
    }
    if (!fits)
        return error_set(error, STATUS_ARGUMENT,
                         "its host, user or password is longer than 255 bytes, or its path than "
                         "1023");
    if (!out->host[0])
        return error_set(error, STATUS_ARGUMENT, "it has neither 'url' nor 'host'");
    out->tls |= options->transport == LIVE_TLS;
    if (options->port)
        out->port = options->port;
    if (!out->port)
        out->port = out->tls ? 322 : 554;
    if (!out->path[0])
        snprintf(out->path, sizeof out->path, "/");
    snprintf(out->label, sizeof out->label, strchr(out->host, ':') ? "[%s]:%d" : "%s:%d", out->host,
             out->port);
    return STATUS_OK;
}

typedef struct Text {
    char *to;
    size_t size, used;
} Text;

static void put(Text *text, char c)
{
    if (text->used < text->size)
        text->to[text->used] = c;
    text->used++;
}

static void put_all(Text *text, const char *from)
{
    for (; *from; from++)
        put(text, *from);
}

// Percent-encodes everything but letters, digits and what kept lists.
static void put_encoded(Text *text, const char *from, const char *kept)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *from; from++) {
        unsigned char c = (unsigned char)*from;
        if ((c < 128 && isalnum(c)) || strchr(kept, c)) {
            put(text, (char)c);
            continue;
        }
        put(text, '%');
        put(text, digits[c >> 4]);
        put(text, digits[c & 15]);
    }
}

static bool write_url(const Address *address, bool user, const char *host, char *url, size_t size)
{
    Text text = {url, size, 0};
    char port[16];
    put_all(&text, address->tls ? "rtsps://" : "rtsp://");
    if (user && address->user[0]) {
        put_encoded(&text, address->user, "-._~");
        put(&text, ':');
        put_encoded(&text, address->password, "-._~");
        put(&text, '@');
    }
    bool brackets = strchr(host, ':');
    put_all(&text, brackets ? "[" : "");
    put_all(&text, host);
    put_all(&text, brackets ? "]" : "");
    snprintf(port, sizeof port, ":%d", address->port);
    put_all(&text, port);
    put_encoded(&text, address->path, "-._~/?&=%:@!$'()*+,;[]#");
    put(&text, '\0');
    return text.used <= size;
}

bool address_url(const Address *address, const char *numeric, char *url, size_t size)
{
    return write_url(address, true, numeric ? numeric : address->host, url, size);
}

bool address_bare_url(const Address *address, char *url, size_t size)
{
    return write_url(address, false, address->host, url, size);
}
