#include "base/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool locale_is_chinese(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strncmp(value, "zh", 2) == 0;
    }
    return false;
}

static Status take_value(const Option *option, const char *value, Error *error)
{
    if (!value)
        return error_set(error, STATUS_ARGUMENT, "%s needs a value: %s %s", option->name,
                         option->name, option->value);
    if (option->kind == OPTION_TEXT) {
        *(const char **)option->target = value;
        return STATUS_OK;
    }
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || *end || end == value || number < option->min || number > option->max)
        return error_set(error, STATUS_ARGUMENT, "%s %s: a whole number from %d to %d is needed",
                         option->name, value, option->min, option->max);
    *(int *)option->target = (int)number;
    return STATUS_OK;
}

static const Option *find(const Option *options, size_t count, const char *argument,
                          const char **inline_value)
{
    const char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    *inline_value = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, argument, length) == 0)
            return &options[i];
    return NULL;
}

Status options_parse(const Option *options, size_t option_count, int argc, char **argv, int *count,
                     bool *help, Error *error)
{
    bool ended = false;
    *count = 0;
    *help = false;
    for (int i = 0; i < argc; i++) {
        char *argument = argv[i];
        if (ended || argument[0] != '-' || !argument[1]) {
            argv[(*count)++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            ended = true;
            continue;
        }
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            *help = true;
            continue;
        }
        const char *value;
        const Option *option = find(options, option_count, argument, &value);
        if (!option)
            return error_set(error, STATUS_ARGUMENT, "unknown option %s: see --help", argument);
        if (option->kind == OPTION_FLAG) {
            if (value)
                return error_set(error, STATUS_ARGUMENT, "%s takes no value", option->name);
            *(bool *)option->target = true;
            continue;
        }
        Status status = take_value(option, value ? value : i + 1 < argc ? argv[++i] : NULL, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

void options_print(const Option *options, size_t option_count)
{
    bool chinese = locale_is_chinese();
    for (size_t i = 0; i < option_count; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        printf("  %-24s %s\n", left, chinese ? options[i].help_zh : options[i].help);
    }
}
