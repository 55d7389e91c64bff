// Command-line options from one table: the parser and --help read the same rows.
#ifndef HEIYAN_BASE_OPTIONS_H
#define HEIYAN_BASE_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum OptionKind { OPTION_FLAG, OPTION_TEXT, OPTION_INTEGER } OptionKind;

typedef struct Option {
    const char *name; // "--jobs" or "-o"
    OptionKind kind;
    void *target;      // bool *, const char **, int *
    int min, max;      // of OPTION_INTEGER
    const char *value; // what --help calls the value: "DIR"
    const char *help, *help_zh;
} Option;

// Sorts argv into targets and the arguments that are no options (moved to the front of argv, *count
// of them).
// "--" ends options; "-" is an argument. STATUS_ARGUMENT names the option. *help is set by --help
// and -h.
Status options_parse(const Option *options, size_t option_count, int argc, char **argv, int *count,
                     bool *help, Error *error);
// Prints the table, in Chinese where the locale asks for it.
void options_print(const Option *options, size_t option_count);
bool locale_is_chinese(void);

#endif
