// Private to settings: the YAML file and the table of what may stand in it.
#ifndef HEIYAN_APP_SETTINGS_READ_H
#define HEIYAN_APP_SETTINGS_READ_H

#include "app/settings.h"

#include <stddef.h>
#include <stdio.h>

typedef enum KeyKind {
    KEY_TEXT,
    KEY_NUMBER,
    KEY_INTEGER,
    KEY_FLAG,
    KEY_HOURS,
    KEY_ZONE,
    KEY_GROUP,
    KEY_LIST,
    KEY_POLYGON,
    KEY_SPAN,  // two numbers, the first the smaller
    KEY_WORDS, // list of texts, or one text
    KEY_PAIRS, // any keys, with texts
} KeyKind;

typedef struct Key Key;
struct Key { // one row: what may stand in the file, and where it goes
    const char *name;
    KeyKind kind;
    size_t offset;
    double min, max;
    const char *choices; // "a|b|c", NULL = any text
    const Key *keys;     // of groups and list members; ends with an empty row
    size_t size;         // of a list's member
};

extern const CameraSettings camera_defaults;
extern const Key outlet_keys[]; // settings_outlets.c

// The outlet just read, the last of the list: a sentence about what is wrong with it, NULL when it
// is good. An outlet without a name gets its kind's.
const char *settings_outlet_fault(const List *outlets);
void settings_outlets_free(List *outlets);

extern const Key plate_keys[]; // settings_models.c
// What is wrong with the group of these keys just read, a network for plates, and the key it is
// about; NULL when nothing is, or it is no such group.
const char *settings_models_fault(const Key *keys, const Settings *settings, const char **field);
// What tells networks of the site's own apart, for the settings' hash; nothing where it has none.
void settings_print_models(FILE *out, const Settings *settings);

// Reads the file into settings that hold the defaults. STATUS_ARGUMENT with "file:line:column: what
// (hint)"; what was read until then is the caller's to free.
Status settings_read(Settings *settings, const char *path, Error *error);

#endif
