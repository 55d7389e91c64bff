#include "review/http_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned long value = 0;
    if (!*text || strlen(text) > 5)
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        value = value * 10 + (unsigned long)(*text - '0');
    }
    *port = htons((uint16_t)value);
    return value <= 65535;
}

Status http_listen_parse(const char *text, struct sockaddr_storage *address, socklen_t *size,
                         bool *loopback, Error *error)
{
    static const char hint[] = "'%.80s' is no address to listen on: give ADDR:PORT, such as "
                               "127.0.0.1:8471 or [::1]:8471";
    char host[64];
    const char *colon = strrchr(text, ':');
    uint16_t port;
    if (!colon || colon == text || (size_t)(colon - text) >= sizeof host ||
        !parse_port(colon + 1, &port))
        return error_set(error, STATUS_ARGUMENT, hint, text);
    bool bracketed = text[0] == '[' && colon[-1] == ']';
    size_t length = (size_t)(colon - text) - (bracketed ? 2 : 0);
    memcpy(host, text + bracketed, length);
    host[length] = '\0';
    memset(address, 0, sizeof *address);
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    if (bracketed && inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        *size = sizeof *six;
        *loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
        return STATUS_OK;
    }
    if (!bracketed && inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                                &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        *size = sizeof *four;
        *loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
        return STATUS_OK;
    }
    return error_set(error, STATUS_ARGUMENT, hint, text);
}

void http_address_text(const struct sockaddr *address, char out[HTTP_ADDRESS_SIZE])
{
    out[0] = '\0';
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)address;
        inet_ntop(AF_INET, &four->sin_addr, out, HTTP_ADDRESS_SIZE);
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
            inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, out, HTTP_ADDRESS_SIZE);
        else
            inet_ntop(AF_INET6, &six->sin6_addr, out, HTTP_ADDRESS_SIZE);
    }
}

bool http_is_local_host(const char *address, const char *host)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    const char *port = strrchr(address, ':');
    bool usual = strcmp(port, strncmp(address, "https", 5) == 0 ? ":443" : ":80") == 0;
    for (size_t i = 0; host && i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(host, names[i], length) == 0 &&
            (strcmp(host + length, port) == 0 || (usual && !host[length])))
            return true;
    }
    return host && strcmp(host, strstr(address, "://") + 3) == 0;
}

bool http_utf8_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        int more = *at < 0x80             ? 0
                   : (*at & 0xe0) == 0xc0 ? 1
                   : (*at & 0xf0) == 0xe0 ? 2
                   : (*at & 0xf8) == 0xf0 ? 3
                                          : -1;
        if (more < 0)
            return false;
        uint32_t code = more ? *at & (0x3fu >> more) : *at;
        for (int i = 1; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (at[i] & 0x3f);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
        at += more + 1;
    }
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool http_decode(const char *text, size_t size, bool is_path, char *out)
{
    char *to = out;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '%') {
            int high = i + 2 < size ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (unsigned char)(high << 4 | low);
            if (is_path && (c == '/' || c == '\\'))
                return false;
            i += 2;
        } else if (c == '+' && !is_path) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        *to++ = (char)c;
    }
    *to = '\0';
    return http_utf8_valid(out);
}

// Takes "name=value" of that length into the query, decoded at *to.
static bool take_pair(HttpQuery *query, const char *text, size_t length, char **to)
{
    const char *equals = memchr(text, '=', length);
    size_t name = equals ? (size_t)(equals - text) : length, value = name + (equals != NULL);
    HttpPair pair = {.name = *to};
    if (query->count == HTTP_PAIRS || !http_decode(text, name, false, *to) ||
        http_query_value(query, pair.name))
        return false;
    *to += strlen(*to) + 1;
    pair.value = *to;
    if (!http_decode(text + value, length - value, false, *to))
        return false;
    *to += strlen(*to) + 1;
    query->pairs[query->count++] = pair;
    return true;
}

Status http_query_parse(const char *text, HttpQuery *out, Error *error)
{
    out->count = 0;
    // A pair is decoded into no more bytes than it has, and two zeros.
    char *to = out->text = malloc(strlen(text) + 2 * HTTP_PAIRS + 2);
    if (!to)
        return error_set(error, STATUS_MEMORY, "out of memory");
    while (*text) {
        size_t length = strcspn(text, "&");
        if (length && !take_pair(out, text, length, &to)) {
            http_query_finish(out);
            return error_set(error, STATUS_ARGUMENT,
                             "the query of the address is damaged, too long, or names something "
                             "twice");
        }
        text += length + (text[length] == '&');
    }
    return STATUS_OK;
}

void http_query_finish(HttpQuery *query)
{
    free(query->text);
    query->text = NULL;
    query->count = 0;
}

const char *http_query_value(const HttpQuery *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->pairs[i].name, name) == 0)
            return query->pairs[i].value;
    return NULL;
}

bool http_cookie_parse(const char *header, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    while (header && *header) {
        header += strspn(header, " \t;");
        size_t part = strcspn(header, ";");
        if (part > length && strncmp(header, name, length) == 0 && header[length] == '=') {
            size_t value = part - length - 1;
            if (value >= size)
                return false;
            memcpy(out, header + length + 1, value);
            out[value] = '\0';
            return true;
        }
        header += part;
    }
    return false;
}

// Digits only, and no more than fit. False for none.
static bool parse_offset(const char **at, uint64_t *value)
{
    const char *start = *at;
    *value = 0;
    for (; isdigit((unsigned char)**at); (*at)++)
        *value = *value * 10 + (uint64_t)(**at - '0');
    return *at != start && *at - start <= 18;
}

HttpRange http_range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *count)
{
    uint64_t last;
    if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ','))
        return HTTP_RANGE_WHOLE;
    const char *at = header + 6;
    if (*at == '-') { // the last bytes
        at++;
        if (!parse_offset(&at, count) || *at || !*count || !size)
            return HTTP_RANGE_NONE;
        *count = *count < size ? *count : size;
        *first = size - *count;
        return HTTP_RANGE_PART;
    }
    if (!parse_offset(&at, first) || *at++ != '-' || *first >= size)
        return HTTP_RANGE_NONE;
    if (!*at)
        last = size - 1;
    else if (!parse_offset(&at, &last) || *at || last < *first)
        return HTTP_RANGE_NONE;
    *count = (last < size ? last : size - 1) - *first + 1;
    return HTTP_RANGE_PART;
}
