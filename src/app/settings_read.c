#include "app/settings_read.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define AT(type, member) offsetof(type, member)
#define CAMERA(member) offsetof(CameraSettings, member)
#define SITE(member) offsetof(Settings, site.member)

static const Key area_keys[] = {
    {"name", KEY_TEXT, AT(Area, name), 0, 0, NULL, NULL, 0},
    {"polygon", KEY_POLYGON, AT(Area, corners), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key zone_keys[] = {
    {"name", KEY_TEXT, AT(Area, name), 0, 0, NULL, NULL, 0},
    {"polygon", KEY_POLYGON, AT(Area, corners), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key threshold_keys[] = {
    {"score", KEY_NUMBER, CAMERA(threshold), 0.05, 5, NULL, NULL, 0},
    {"min_ringelmann", KEY_NUMBER, CAMERA(min_ringelmann), 0, 5, NULL, NULL, 0},
    {"false_budget", KEY_NUMBER, CAMERA(false_budget), 0.01, 1000, NULL, NULL, 0},
    {0},
};

static const Key camera_keys[] = {
    {"id", KEY_TEXT, CAMERA(id), 0, 0, NULL, NULL, 0},
    {"url", KEY_TEXT, CAMERA(url), 0, 0, NULL, NULL, 0},
    {"analysis_url", KEY_TEXT, CAMERA(analysis_url), 0, 0, NULL, NULL, 0},
    {"user", KEY_TEXT, CAMERA(user), 0, 0, NULL, NULL, 0},
    {"password", KEY_TEXT, CAMERA(password), 0, 0, NULL, NULL, 0},
    {"host", KEY_TEXT, CAMERA(host), 0, 0, NULL, NULL, 0},
    {"port", KEY_INTEGER, CAMERA(port), 1, 65535, NULL, NULL, 0},
    {"path", KEY_TEXT, CAMERA(path), 0, 0, NULL, NULL, 0},
    {"analysis_path", KEY_TEXT, CAMERA(analysis_path), 0, 0, NULL, NULL, 0},
    {"transport", KEY_TEXT, CAMERA(transport), 0, 0, "tcp|udp|tls", NULL, 0},
    {"role", KEY_TEXT, CAMERA(role), 0, 0, "rear|front|plate", NULL, 0},
    {"set", KEY_TEXT, CAMERA(set), 0, 0, NULL, NULL, 0},
    {"window", KEY_SPAN, CAMERA(window), -20, 20, NULL, NULL, 0},
    {"lane", KEY_TEXT, CAMERA(lane), 0, 0, NULL, NULL, 0},
    {"lanes", KEY_LIST, CAMERA(lanes), 0, 0, NULL, area_keys, sizeof(Area)},
    {"masks", KEY_LIST, CAMERA(masks), 0, 0, NULL, area_keys, sizeof(Area)},
    {"zones", KEY_LIST, CAMERA(zones), 0, ROAD_MAX_ZONES, NULL, zone_keys, sizeof(Area)},
    {"direction", KEY_TEXT, CAMERA(direction), 0, 0, NULL, NULL, 0},
    {"judge", KEY_TEXT, CAMERA(judge), 0, 0, "receding|approaching|both", NULL, 0},
    {"clock", KEY_TEXT, CAMERA(clock), 0, 0, "utc|local", NULL, 0},
    {"hours", KEY_HOURS, CAMERA(hours), 0, 0, NULL, NULL, 0},
    {"place", KEY_TEXT, CAMERA(place), 0, 0, NULL, NULL, 0},
    {"device", KEY_TEXT, CAMERA(device), 0, 0, NULL, NULL, 0},
    {"region", KEY_TEXT, CAMERA(region), 0, 0, NULL, NULL, 0},
    {"latitude", KEY_NUMBER, CAMERA(latitude), -90, 90, NULL, NULL, 0},
    {"longitude", KEY_NUMBER, CAMERA(longitude), -180, 180, NULL, NULL, 0},
    {"heading", KEY_NUMBER, CAMERA(heading), 0, 360, NULL, NULL, 0},
    {"thresholds", KEY_GROUP, 0, 0, 0, NULL, threshold_keys, 0},
    {0},
};

static const Key violation_keys[] = {
    {"text", KEY_TEXT, SITE(violation_text), 0, 0, NULL, NULL, 0},
    {"code", KEY_TEXT, SITE(violation_code), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key site_keys[] = {
    {"name", KEY_TEXT, SITE(name), 0, 0, NULL, NULL, 0},
    {"device", KEY_TEXT, SITE(device), 0, 0, NULL, NULL, 0},
    {"place", KEY_TEXT, SITE(place), 0, 0, NULL, NULL, 0},
    {"direction", KEY_TEXT, SITE(direction), 0, 0, NULL, NULL, 0},
    {"region", KEY_TEXT, SITE(region), 0, 0, NULL, NULL, 0},
    {"timezone", KEY_ZONE, SITE(timezone), 0, 0, NULL, NULL, 0},
    {"latitude", KEY_NUMBER, SITE(latitude), -90, 90, NULL, NULL, 0},
    {"longitude", KEY_NUMBER, SITE(longitude), -180, 180, NULL, NULL, 0},
    {"violation", KEY_GROUP, 0, 0, 0, NULL, violation_keys, 0},
    {0},
};

static const Key limit_keys[] = {
    {"media_days", KEY_INTEGER, AT(Settings, limits.media_days), 1, 36500, NULL, NULL, 0},
    {"record_days", KEY_INTEGER, AT(Settings, limits.record_days), 1, 36500, NULL, NULL, 0},
    {"max_gib", KEY_NUMBER, AT(Settings, limits.max_gib), 0.1, 1e6, NULL, NULL, 0},
    {"min_free_gib", KEY_NUMBER, AT(Settings, limits.min_free_gib), 0, 1e6, NULL, NULL, 0},
    {0},
};

static const Key evidence_keys[] = {
    {"path", KEY_TEXT, AT(Settings, evidence_path), 0, 0, NULL, NULL, 0},
    {"limits", KEY_GROUP, 0, 0, 0, NULL, limit_keys, 0},
    {0},
};

static const Key status_keys[] = {
    {"listen", KEY_TEXT, AT(Settings, status_listen), 0, 0, NULL, NULL, 0},
    {0},
};

#define REVIEW(member) offsetof(Settings, review.member)

static const Key repeat_keys[] = {
    {"times", KEY_INTEGER, REVIEW(repeat_times), 1, 100, NULL, NULL, 0},
    {"months", KEY_INTEGER, REVIEW(repeat_months), 1, 120, NULL, NULL, 0},
    {0},
};

static const Key tls_keys[] = {
    {"certificate", KEY_TEXT, REVIEW(certificate), 0, 0, NULL, NULL, 0},
    {"key", KEY_TEXT, REVIEW(key), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key column_keys[] = {
    {"field", KEY_TEXT, AT(ColumnSettings, field), 0, 0, NULL, NULL, 0},
    {"caption", KEY_TEXT, AT(ColumnSettings, caption), 0, 0, NULL, NULL, 0},
    {0},
};

static const Key review_keys[] = {
    {"two_step", KEY_FLAG, REVIEW(two_step), 0, 0, NULL, NULL, 0},
    {"repeat", KEY_GROUP, 0, 0, 0, NULL, repeat_keys, 0},
    {"deadline_days", KEY_INTEGER, REVIEW(deadline_days), 1, 365, NULL, NULL, 0},
    {"local_prefix", KEY_TEXT, REVIEW(local_prefix), 0, 0, NULL, NULL, 0},
    {"listen", KEY_TEXT, REVIEW(listen), 0, 0, NULL, NULL, 0},
    {"tls", KEY_GROUP, 0, 0, 0, NULL, tls_keys, 0},
    {"columns", KEY_LIST, REVIEW(columns), 0, 0, NULL, column_keys, sizeof(ColumnSettings)},
    {0},
};

static const Key root_keys[] = {
    {"site", KEY_GROUP, 0, 0, 0, NULL, site_keys, 0},
    {"timezone", KEY_ZONE, SITE(timezone), 0, 0, NULL, NULL, 0},
    {"cameras", KEY_LIST, AT(Settings, cameras), 0, 0, NULL, camera_keys, sizeof(CameraSettings)},
    {"evidence", KEY_GROUP, 0, 0, 0, NULL, evidence_keys, 0},
    {"status", KEY_GROUP, 0, 0, 0, NULL, status_keys, 0},
    {"log", KEY_TEXT, AT(Settings, log), 0, 0, "text|json", NULL, 0},
    {"review", KEY_GROUP, 0, 0, 0, NULL, review_keys, 0},
    {"plates", KEY_GROUP, 0, 0, 0, NULL, plate_keys, 0},
    {"outlets", KEY_LIST, AT(Settings, outlets), 0, 0, NULL, outlet_keys, sizeof(OutletOptions)},
    {0},
};

const CameraSettings camera_defaults = {
    .transport = "tcp",
    .role = "rear",
    .judge = "receding",
    .clock = "utc",
    .latitude = NAN,
    .longitude = NAN,
    .heading = NAN,
    .min_ringelmann = 0.5,
    .false_budget = 2,
    .window = {-2, 10},
};

typedef struct Reader {
    Settings *settings;
    const char *file;
    yaml_document_t *document;
    Error *error;
} Reader;

static Status refuse(const Reader *reader, yaml_mark_t mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static Status refuse(const Reader *reader, yaml_mark_t mark, const char *format, ...)
{
    char sentence[320];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return error_set(reader->error, STATUS_ARGUMENT, "%s:%zu:%zu: %s", reader->file, mark.line + 1,
                     mark.column + 1, sentence);
}

// Edits that turn a into b: small for a slip of the pen.
static size_t distance(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);
    if (n >= 63)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = corner + (a[i - 1] != b[j - 1]);
            best = row[j] + 1 < best ? row[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            corner = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

static Status refuse_key(const Reader *reader, yaml_mark_t mark, const char *name, const Key *keys)
{
    const Key *near = NULL;
    size_t best = 3;
    char all[280] = "";
    for (const Key *key = keys; key->name; key++) {
        size_t apart = distance(name, key->name), used = strlen(all);
        if (apart < best) {
            best = apart;
            near = key;
        }
        snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", key->name);
    }
    return near ? refuse(reader, mark, "unknown key '%s': did you mean '%s'?", name, near->name)
                : refuse(reader, mark, "unknown key '%s': known here are %s", name, all);
}

// A copy that lives as long as the settings, NULL when out of memory.
static const char *keep(Settings *settings, const char *text)
{
    char **grown = realloc(settings->strings, (settings->string_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    settings->strings = grown;
    char *copy = strdup(text);
    if (copy)
        settings->strings[settings->string_count++] = copy;
    return copy;
}

static bool among(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strcspn(at, "|") == length && memcmp(at, value, length) == 0)
            return true;
    return false;
}

static Status read_group(Reader *reader, yaml_node_t *node, const char *name, const Key *keys,
                         char *target);

static const char *scalar(yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool parse_number(const char *text, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return !errno && end != text && !*end && isfinite(*value);
}

static Status read_polygon(Reader *reader, yaml_node_t *node, Area *area)
{
    static const char hint[] = "a polygon is a list of at least 3 corners [x, y], each a fraction "
                               "of the picture from 0 to 1";
    if (node->type != YAML_SEQUENCE_NODE)
        return refuse(reader, node->start_mark, hint);
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count < 3)
        return refuse(reader, node->start_mark, hint);
    area->corners = calloc(count, sizeof *area->corners);
    if (!area->corners)
        return error_set(reader->error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        yaml_node_t *corner =
            yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);
        if (corner->type != YAML_SEQUENCE_NODE ||
            corner->data.sequence.items.top - corner->data.sequence.items.start != 2)
            return refuse(reader, corner->start_mark, hint);
        for (int n = 0; n < 2; n++) {
            yaml_node_t *part =
                yaml_document_get_node(reader->document, corner->data.sequence.items.start[n]);
            double value;
            if (!scalar(part) || !parse_number(scalar(part), &value) || value < 0 || value > 1)
                return refuse(reader, part->start_mark, hint);
            area->corners[i][n] = (float)value;
        }
    }
    area->corner_count = count;
    return STATUS_OK;
}

static Status read_span(Reader *reader, yaml_node_t *node, const Key *key, double *span)
{
    bool pair = node->type == YAML_SEQUENCE_NODE &&
                node->data.sequence.items.top - node->data.sequence.items.start == 2;
    for (int i = 0; i < 2 && pair; i++) {
        yaml_node_t *part =
            yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);
        pair = scalar(part) && parse_number(scalar(part), &span[i]) && span[i] >= key->min &&
               span[i] <= key->max;
    }
    if (pair && span[0] < span[1])
        return STATUS_OK;
    return refuse(reader, node->start_mark,
                  "'%s' must be two numbers from %g to %g, the smaller one first ([-2, 10])",
                  key->name, key->min, key->max);
}

static bool is_camera_id(const char *id)
{
    for (const char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            return false;
    return *id && strlen(id) <= 60;
}

// The camera just read must have an id of its own.
static Status check_camera(const Reader *reader, yaml_mark_t mark, const List *list, size_t index)
{
    const CameraSettings *cameras = list->items;
    const char *id = cameras[index].id;
    if (!id || !is_camera_id(id))
        return refuse(reader, mark,
                      "a camera needs an 'id' of letters, digits and '-' (at most 60)%s%.60s",
                      id ? ", not " : "", id ? id : "");
    for (size_t i = 0; i < index; i++)
        if (strcmp(id, cameras[i].id) == 0)
            return refuse(reader, mark, "two cameras have the id '%s'", id);
    return STATUS_OK;
}

static Status read_list(Reader *reader, yaml_node_t *node, const Key *key, List *list)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return refuse(reader, node->start_mark, "'%s' must be a list (lines that begin with '-')",
                      key->name);
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (key->max > 0 && (double)count > key->max)
        return refuse(reader, node->start_mark, "'%s' holds %zu, but at most %g are possible",
                      key->name, count, key->max);
    list->items = calloc(count + 1, key->size);
    if (!list->items)
        return error_set(reader->error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        char *member = (char *)list->items + i * key->size;
        if (key->keys == camera_keys)
            memcpy(member, &camera_defaults, sizeof camera_defaults);
        else if (key->keys == outlet_keys)
            memcpy(member, &outlet_defaults, sizeof outlet_defaults);
        list->count++;
        yaml_node_t *item =
            yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);
        Status status = read_group(reader, item, key->name, key->keys, member);
        if (status != STATUS_OK)
            return status;
        const char *fault = key->keys == outlet_keys ? settings_outlet_fault(list) : NULL;
        if (fault)
            return refuse(reader, item->start_mark, "%s", fault);
        if (key->keys == column_keys && !((ColumnSettings *)(void *)member)->field)
            return refuse(reader, item->start_mark, "'field' is missing");
        const Area *area = (const Area *)(const void *)member;
        if ((key->keys == area_keys || key->keys == zone_keys) && !area->corner_count)
            return refuse(reader, item->start_mark, "'polygon' is missing");
        if (key->keys == zone_keys &&
            (!area->name || !area->name[0] || strlen(area->name) >= ZONE_NAME_SIZE))
            return refuse(reader, item->start_mark,
                          "a zone needs a 'name' of at most %d bytes: records show it",
                          ZONE_NAME_SIZE - 1);
        if (key->keys == camera_keys &&
            (status = check_camera(reader, item->start_mark, list, i)) != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static Status read_words(Reader *reader, yaml_node_t *node, const Key *key, List *list)
{
    bool one = scalar(node);
    if (!one && node->type != YAML_SEQUENCE_NODE)
        return refuse(reader, node->start_mark, "'%s' must be a list of texts", key->name);
    size_t count =
        one ? 1 : (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    const char **words = list->items = calloc(count + 1, sizeof *words);
    if (!words)
        return error_set(reader->error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        yaml_node_t *item =
            one ? node
                : yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);
        if (!scalar(item))
            return refuse(reader, item->start_mark, "'%s' must be a list of texts", key->name);
        if (key->choices && !among(key->choices, scalar(item)))
            return refuse(reader, item->start_mark, "'%s: %s' is none of %s", key->name,
                          scalar(item), key->choices);
        if (!(words[i] = keep(reader->settings, scalar(item))))
            return error_set(reader->error, STATUS_MEMORY, "out of memory");
        list->count++;
    }
    return STATUS_OK;
}

// Keys of any name; what they hold may be secret and is never shown.
static Status read_pairs(Reader *reader, yaml_node_t *node, const Key *key, List *list)
{
    if (node->type != YAML_MAPPING_NODE)
        return refuse(reader, node->start_mark, "'%s' must hold names and texts (name: text)",
                      key->name);
    size_t count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    OutletHeader *pairs = list->items = calloc(count + 1, sizeof *pairs);
    if (!pairs)
        return error_set(reader->error, STATUS_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        yaml_node_t *name = yaml_document_get_node(reader->document, pair->key);
        yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
        if (!scalar(name) || !scalar(value))
            return refuse(reader, name->start_mark, "'%s' must hold names and texts (name: text)",
                          key->name);
        pairs[i].name = keep(reader->settings, scalar(name));
        pairs[i].value = keep(reader->settings, scalar(value));
        if (!pairs[i].name || !pairs[i].value)
            return error_set(reader->error, STATUS_MEMORY, "out of memory");
        list->count++;
    }
    return STATUS_OK;
}

// "06:00-20:00", several parted by commas; a part that ends before it begins crosses midnight.
static bool hours_valid(const char *text)
{
    for (;;) {
        int from_hour, from_minute, to_hour, to_minute, length = 0;
        if (sscanf(text, " %2d:%2d - %2d:%2d %n", &from_hour, &from_minute, &to_hour, &to_minute,
                   &length) != 4 ||
            !length || from_hour < 0 || from_hour > 24 || to_hour < 0 || to_hour > 24 ||
            from_minute < 0 || from_minute > 59 || to_minute < 0 || to_minute > 59 ||
            60 * from_hour + from_minute > 1440 || 60 * to_hour + to_minute > 1440)
            return false;
        text += length;
        if (!*text)
            return true;
        if (*text++ != ',')
            return false;
    }
}

// A record never goes before its media.
static Status check_limits(Reader *reader, const yaml_node_t *node)
{
    int media = reader->settings->limits.media_days, record = reader->settings->limits.record_days;
    return !record || media <= record
               ? STATUS_OK
               : refuse(reader, node->start_mark,
                        "'record_days: %d' is less than 'media_days: %d': a record stays at least "
                        "as long as its media",
                        record, media);
}

static Status read_value(Reader *reader, yaml_node_t *node, const Key *key, char *target)
{
    const char *text = scalar(node);
    double value = 0;
    Status status;
    switch (key->kind) {
    case KEY_GROUP:
        status = read_group(reader, node, key->name, key->keys, target);
        return status == STATUS_OK && key->keys == limit_keys ? check_limits(reader, node) : status;
    case KEY_LIST:
        return read_list(reader, node, key, (List *)(void *)(target + key->offset));
    case KEY_POLYGON:
        return read_polygon(reader, node, (Area *)(void *)target);
    case KEY_SPAN:
        return read_span(reader, node, key, (double *)(void *)(target + key->offset));
    case KEY_WORDS:
        return read_words(reader, node, key, (List *)(void *)(target + key->offset));
    case KEY_PAIRS:
        return read_pairs(reader, node, key, (List *)(void *)(target + key->offset));
    case KEY_HOURS:
        if (!text || !hours_valid(text))
            return refuse(reader, node->start_mark,
                          "'%s' must be times of day such as \"06:00-20:00\" or "
                          "\"06:00-09:00, 16:00-19:30\"",
                          key->name);
        *(const char **)(void *)(target + key->offset) = keep(reader->settings, text);
        return STATUS_OK;
    case KEY_ZONE:
        if (clock_set_zone(text ? text : "", reader->error) != STATUS_OK)
            return refuse(reader, node->start_mark,
                          "unknown time zone '%s': give an IANA name such as Asia/Shanghai",
                          text ? text : "");
        *(const char **)(void *)(target + key->offset) = keep(reader->settings, text);
        return STATUS_OK;
    case KEY_TEXT:
        if (!text)
            return refuse(reader, node->start_mark, "'%s' must be a text", key->name);
        if (key->choices && !among(key->choices, text))
            return refuse(reader, node->start_mark, "'%s: %s' is none of %s", key->name, text,
                          key->choices);
        *(const char **)(void *)(target + key->offset) = keep(reader->settings, text);
        return STATUS_OK;
    case KEY_FLAG:
        if (!text || !among("true|false|yes|no", text))
            return refuse(reader, node->start_mark, "'%s' must be true or false", key->name);
        *(bool *)(void *)(target + key->offset) = text[0] == 't' || text[0] == 'y';
        return STATUS_OK;
    case KEY_NUMBER:
    case KEY_INTEGER:
        if (!text || !parse_number(text, &value) ||
            (key->kind == KEY_INTEGER && value != floor(value)))
            return refuse(reader, node->start_mark, "'%s' must be a %snumber", key->name,
                          key->kind == KEY_INTEGER ? "whole " : "");
        if (value < key->min || value > key->max)
            return refuse(reader, node->start_mark, "'%s: %s' is outside %g to %g", key->name, text,
                          key->min, key->max);
        if (key->kind == KEY_INTEGER)
            *(int *)(void *)(target + key->offset) = (int)value;
        else
            *(double *)(void *)(target + key->offset) = value;
        return STATUS_OK;
    }
    return STATUS_OK;
}

// Where the value of that key stands, or the group.
static yaml_mark_t mark_of(const Reader *reader, const yaml_node_t *group, const char *name)
{
    for (const yaml_node_pair_t *pair = group->data.mapping.pairs.start;
         pair < group->data.mapping.pairs.top; pair++) {
        const char *key = scalar(yaml_document_get_node(reader->document, pair->key));
        if (key && strcmp(key, name) == 0)
            return yaml_document_get_node(reader->document, pair->value)->start_mark;
    }
    return group->start_mark;
}

static Status read_group(Reader *reader, yaml_node_t *node, const char *name, const Key *keys,
                         char *target)
{
    if (node->type != YAML_MAPPING_NODE)
        return refuse(reader, node->start_mark, "'%s' must hold keys and values (key: value)",
                      name);
    bool seen[64] = {false};
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key_node = yaml_document_get_node(reader->document, pair->key);
        const char *word = scalar(key_node);
        const Key *key = keys;
        while (key->name && (!word || strcmp(key->name, word) != 0))
            key++;
        if (!key->name)
            return refuse_key(reader, key_node->start_mark, word ? word : "?", keys);
        if (seen[key - keys])
            return refuse(reader, key_node->start_mark, "'%s' stands here twice", word);
        seen[key - keys] = true;
        Status status =
            read_value(reader, yaml_document_get_node(reader->document, pair->value), key, target);
        if (status != STATUS_OK)
            return status;
    }
    const char *field = NULL, *fault = settings_models_fault(keys, reader->settings, &field);
    return fault ? refuse(reader, mark_of(reader, node, field), "%s", fault) : STATUS_OK;
}

Status settings_read(Settings *settings, const char *path, Error *error)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(error, STATUS_ARGUMENT, "cannot open the settings %s: %s", path,
                         strerror(errno));
    yaml_parser_t parser;
    yaml_document_t document;
    Reader reader = {settings, path, &document, error};
    Status status = STATUS_OK;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &document)) {
        status = refuse(&reader, parser.problem_mark, "not YAML: %s",
                        parser.problem ? parser.problem : "cannot be read");
    } else {
        yaml_node_t *root = yaml_document_get_root_node(&document);
        if (root)
            status = read_group(&reader, root, "the settings", root_keys, (char *)settings);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    fclose(file);
    return status;
}
