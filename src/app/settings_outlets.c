// The outlets of the settings: what may stand there, and what is wrong with one.
#include "app/settings_read.h"

#include <stdlib.h>
#include <string.h>

#define OUTLET(member) offsetof(OutletOptions, member)

static const Key field_keys[] = {
    {"field", KEY_TEXT, offsetof(OutletField, field), 0, 0, NULL, NULL, 0},
    {"name", KEY_TEXT, offsetof(OutletField, name), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key tls_keys[] = {
    {"ca", KEY_TEXT, OUTLET(ca), 0, 0, NULL, NULL, 0},
    {"certificate", KEY_TEXT, OUTLET(certificate), 0, 0, NULL, NULL, 0},
    {"key", KEY_TEXT, OUTLET(key), 0, 0, NULL, NULL, 0},
    {0},
};

const Key outlet_keys[] = {
    {"kind", KEY_TEXT, OUTLET(kind), 0, 0, "mqtt|http|program", NULL, 0},
    {"name", KEY_TEXT, OUTLET(name), 0, 0, NULL, NULL, 0},
    {"events", KEY_WORDS, OUTLET(events), 0, 0, "capture|health", NULL, 0},
    {"fields", KEY_LIST, OUTLET(fields), 0, 0, NULL, field_keys, sizeof(OutletField)},
    {"keep_days", KEY_INTEGER, OUTLET(keep_days), 1, 3650, NULL, NULL, 0},
    {"keep_mib", KEY_NUMBER, OUTLET(keep_mib), 0.1, 1024, NULL, NULL, 0},
    {"timeout_s", KEY_INTEGER, OUTLET(timeout_s), 1, 600, NULL, NULL, 0},
    {"user", KEY_TEXT, OUTLET(user), 0, 0, NULL, NULL, 0},
    {"password", KEY_TEXT, OUTLET(password), 0, 0, NULL, NULL, 0},
    {"tls", KEY_GROUP, 0, 0, 0, NULL, tls_keys, 0},
    {"host", KEY_TEXT, OUTLET(host), 0, 0, NULL, NULL, 0},
    {"port", KEY_INTEGER, OUTLET(port), 1, 65535, NULL, NULL, 0},
    {"topic", KEY_TEXT, OUTLET(topic), 0, 0, NULL, NULL, 0},
    {"url", KEY_TEXT, OUTLET(url), 0, 0, NULL, NULL, 0},
    {"header", KEY_PAIRS, OUTLET(headers), 0, 0, NULL, NULL, 0},
    {"pictures", KEY_FLAG, OUTLET(pictures), 0, 0, NULL, NULL, 0},
    {"command", KEY_WORDS, OUTLET(command), 0, 0, NULL, NULL, 0},
    {0},
};

const char *settings_outlet_fault(const List *outlets)
{
    OutletOptions *all = outlets->items, *last = &all[outlets->count - 1];
    const OutletField *fields = last->fields.items;
    for (size_t i = 0; i < last->fields.count; i++)
        if (!fields[i].field)
            return "'field' is missing";
    if (!last->name)
        last->name = last->kind;
    const char *fault = outlet_fault(last);
    for (size_t i = 0; !fault && i + 1 < outlets->count; i++)
        if (strcmp(all[i].name, last->name) == 0)
            fault = "two outlets have the same 'name': it is the kind where none is given";
    return fault;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_words(const List *a, const List *b, size_t words_each)
{
    const char *const *x = a->items, *const *y = b->items;
    for (size_t i = 0; a->count == b->count && i < words_each * a->count; i++)
        if (!same_text(x[i], y[i]))
            return false;
    return a->count == b->count;
}

static bool same_rows(const Key *keys, const char *a, const char *b);

static bool same_list(const Key *key, const List *a, const List *b)
{
    const char *x = a->items, *y = b->items;
    for (size_t i = 0; a->count == b->count && i < a->count; i++)
        if (!same_rows(key->keys, x + i * key->size, y + i * key->size))
            return false;
    return a->count == b->count;
}

static bool same_value(const Key *key, const void *a, const void *b)
{
    switch (key->kind) {
    case KEY_GROUP:
        return same_rows(key->keys, a, b);
    case KEY_LIST:
        return same_list(key, a, b);
    case KEY_WORDS:
        return same_words(a, b, 1);
    case KEY_PAIRS:
        return same_words(a, b, 2);
    case KEY_NUMBER:
        return *(const double *)a == *(const double *)b;
    case KEY_INTEGER:
        return *(const int *)a == *(const int *)b;
    case KEY_FLAG:
        return *(const bool *)a == *(const bool *)b;
    default:
        return same_text(*(const char *const *)a, *(const char *const *)b);
    }
}

static bool same_rows(const Key *keys, const char *a, const char *b)
{
    for (const Key *key = keys; key->name; key++) {
        size_t offset = key->kind == KEY_GROUP ? 0 : key->offset;
        if (!same_value(key, a + offset, b + offset))
            return false;
    }
    return true;
}

bool settings_same_outlet(const OutletOptions *a, const OutletOptions *b)
{
    return same_rows(outlet_keys, (const char *)a, (const char *)b);
}

void settings_outlets_free(List *outlets)
{
    OutletOptions *all = outlets->items;
    for (size_t i = 0; i < outlets->count; i++) {
        free(all[i].events.items);
        free(all[i].fields.items);
        free(all[i].headers.items);
        free(all[i].command.items);
    }
    free(outlets->items);
    *outlets = (List){0};
}
