#include "outlet/outlet.h"

#include "outlet/fields.h"

#include <ctype.h>
#include <curl/curl.h>
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>

const OutletOptions outlet_defaults = {
    .keep_days = 90,
    .keep_mib = 64,
    .timeout_s = 30,
    .pictures = true,
};

static const OutletKind *const kinds[] = {&outlet_mqtt, &outlet_http, &outlet_program};

const OutletKind *outlet_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            return false;
    return *name && strlen(name) <= 60;
}

static const char *url_fault(const char *url)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    if (!scheme)
        return "'url' must begin with http:// or https://";
    if (!url[scheme + strcspn(url + scheme, "/?#")] && !url[scheme])
        return "'url' names no host";
    if (memchr(url + scheme, '@', strcspn(url + scheme, "/?#")))
        return "'url' must not hold a user and a password: give 'user' and 'password'";
    return NULL;
}

static const char *header_fault(const List *headers)
{
    const OutletHeader *header = headers->items;
    for (size_t i = 0; i < headers->count; i++) {
        if (!header[i].name[0] || strpbrk(header[i].name, ": \t\r\n"))
            return "a header's name has no ':' and no blank in it";
        if (strpbrk(header[i].value, "\r\n"))
            return "a header's value is one line";
    }
    return NULL;
}

static const char *kind_fault(const OutletOptions *options)
{
    if (strcmp(options->kind, "mqtt") == 0) {
        if (!options->host || !*options->host)
            return "an outlet of kind mqtt needs a 'host'";
        if (!options->topic || !*options->topic)
            return "an outlet of kind mqtt needs a 'topic'";
        if (strpbrk(options->topic, "#+"))
            return "a 'topic' to publish to has no '#' and no '+'";
        return NULL;
    }
    if (strcmp(options->kind, "http") == 0) {
        if (!options->url)
            return "an outlet of kind http needs a 'url'";
        const char *fault = url_fault(options->url);
        return fault ? fault : header_fault(&options->headers);
    }
    return options->command.count ? NULL : "an outlet of kind program needs a 'command': [PROGRAM]";
}

const char *outlet_fault(const OutletOptions *options)
{
    if (!options->kind || !outlet_kind(options->kind))
        return "an outlet needs a 'kind': mqtt, http or program";
    if (!options->name || !is_name(options->name))
        return "an outlet needs a 'name' of letters, digits and '-' (at most 60)";
    const OutletField *fields = options->fields.items;
    for (size_t i = 0; i < options->fields.count; i++)
        if (!field_known(fields[i].field))
            return "no such field: give a path of the record such as plate.text, or an alias such "
                   "as hphm";
    return kind_fault(options);
}

bool outlet_wants(const OutletOptions *options, const char *kind)
{
    const char *const *events = options->events.items;
    for (size_t i = 0; i < options->events.count; i++)
        if (strcmp(events[i], kind) == 0)
            return true;
    return !options->events.count;
}

static void hide(char *text, const char *secret)
{
    size_t length = secret ? strlen(secret) : 0;
    if (length < 3) // nothing that a text gives away by holding it
        return;
    for (char *at = text; (at = strstr(at, secret)); at += length)
        memset(at, '*', length);
}

void outlet_hide_secrets(const OutletOptions *options, char *text)
{
    const OutletHeader *headers = options->headers.items;
    hide(text, options->password);
    for (size_t i = 0; i < options->headers.count; i++)
        hide(text, headers[i].value);
}

Status outlets_library_open(Error *error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, STATUS_MEMORY, "libcurl cannot start");
    if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS) {
        curl_global_cleanup();
        return error_set(error, STATUS_MEMORY, "libmosquitto cannot start");
    }
    return STATUS_OK;
}

void outlets_library_close(void)
{
    mosquitto_lib_cleanup();
    curl_global_cleanup();
}
