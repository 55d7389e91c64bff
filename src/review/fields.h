// What may stand in a JSON object from outside: one table beside each use.
#ifndef HEIYAN_REVIEW_FIELDS_H
#define HEIYAN_REVIEW_FIELDS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum FieldKind { FIELD_TEXT, FIELD_INTEGER, FIELD_FLAG, FIELD_LIST } FieldKind;

typedef struct Field {
    const char *name;
    FieldKind kind;
    bool required;
    size_t most;         // characters of a text, members of a list
    const char *choices; // "a|b|c", NULL = any text
} Field;

// Whether value is one of "a|b|c".
bool is_choice(const char *choices, const char *value);
// STATUS_ARGUMENT names the key that is unknown, missing, of the wrong type, too long or none of
// the choices. An integer is 0 to 2^31 - 1. Thread-safe.
Status fields_check(const json_t *object, const Field *fields, size_t count, Error *error);

#endif
