#include "review/fields.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; length && at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strcspn(at, "|") == length && memcmp(at, value, length) == 0)
            return true;
    return false;
}

static Status check_value(const json_t *value, const Field *field, Error *error)
{
    static const char *const kinds[] = {"a text", "a whole number", "true or false", "a list"};
    bool right = field->kind == FIELD_TEXT      ? json_is_string(value)
                 : field->kind == FIELD_INTEGER ? json_is_integer(value)
                 : field->kind == FIELD_FLAG    ? json_is_boolean(value)
                                                : json_is_array(value);
    if (!right)
        return error_set(error, STATUS_ARGUMENT, "'%s' must be %s", field->name,
                         kinds[field->kind]);
    if (field->kind == FIELD_INTEGER &&
        (json_integer_value(value) < 0 || json_integer_value(value) > INT_MAX))
        return error_set(error, STATUS_ARGUMENT, "'%s' is out of range", field->name);
    if (field->kind == FIELD_LIST && json_array_size(value) > field->most)
        return error_set(error, STATUS_ARGUMENT, "'%s' has more than %zu members", field->name,
                         field->most);
    if (field->kind != FIELD_TEXT)
        return STATUS_OK;
    if (characters(json_string_value(value)) > field->most)
        return error_set(error, STATUS_ARGUMENT, "'%s' is longer than %zu characters", field->name,
                         field->most);
    if (field->choices && !is_choice(field->choices, json_string_value(value)))
        return error_set(error, STATUS_ARGUMENT, "'%s' is none of %s", field->name, field->choices);
    return STATUS_OK;
}

Status fields_check(const json_t *object, const Field *fields, size_t count, Error *error)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return error_set(error, STATUS_ARGUMENT, "a JSON object is wanted here");
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(fields[i].name, name) != 0)
            i++;
        if (i == count)
            return error_set(error, STATUS_ARGUMENT, "unknown key '%.60s'", name);
        Status status = check_value(value, &fields[i], error);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++)
        if (fields[i].required && !json_object_get(object, fields[i].name))
            return error_set(error, STATUS_ARGUMENT, "'%s' is missing", fields[i].name);
    return STATUS_OK;
}
