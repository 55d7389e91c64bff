#include "ledger/filter.h"

#include "base/clock.h"
#include "ledger/workflow.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US (86400 * SECOND_US)

static const char *const parts[] = {"night", "morning", "noon", "afternoon", "evening", NULL};
static const char *const grades[] = {"none", "0", "1", "2", "3", "4", NULL};
static const char *const certainties[] = {"low", "middle", "high", NULL};
static const char *const colours[] = {"blue", "yellow", "green", "white", "black", "none", NULL};
static const char *const origins[] = {"local", "foreign", "unknown", NULL};
static const char *const classes[] = {"car", "van", "lorry", "bus", "motorcycle", "other", NULL};
static const char *const counts[] = {"0", "1", "2", "3", NULL};
static const char *const answers[] = {"no", "yes", NULL};

void filter_init(Filter *filter)
{
    *filter = (Filter){.from_us = INT64_MIN, .to_us = INT64_MAX, .limit = 50};
}

static void list_free(FilterList *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->values[i]);
    list->count = 0;
}

void filter_finish(Filter *filter)
{
    FilterList *lists[] = {&filter->state,  &filter->site,  &filter->camera,    &filter->lane,
                           &filter->part,   &filter->grade, &filter->certainty, &filter->colour,
                           &filter->origin, &filter->class, &filter->repeats,   &filter->exported};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_free(lists[i]);
    free(filter->text);
    free(filter->after);
    filter_init(filter);
}

static bool among(const char *const *words, const char *value)
{
    for (; *words; words++)
        if (strcmp(*words, value) == 0)
            return true;
    return false;
}

// words: the values there are, NULL = any text.
static Status set_list(FilterList *list, const char *name, const char *value,
                       const char *const *words, Error *error)
{
    list_free(list);
    while (*value) {
        size_t length = strcspn(value, ",");
        if (list->count == FILTER_VALUES)
            return error_set(error, STATUS_ARGUMENT, "%s: more than %d values", name,
                             FILTER_VALUES);
        char *item = strndup(value, length);
        if (!item)
            return error_set(error, STATUS_MEMORY, "out of memory");
        if (words && !among(words, item)) {
            error_set(error, STATUS_ARGUMENT, "%s: there is no value \"%.40s\"", name, item);
            free(item);
            return STATUS_ARGUMENT;
        }
        list->values[list->count++] = item;
        value += length + (value[length] == ',');
    }
    return STATUS_OK;
}

static Status set_text(char **out, const char *name, const char *value, Error *error)
{
    if (strlen(value) > 400)
        return error_set(error, STATUS_ARGUMENT, "%s is too long", name);
    free(*out);
    *out = *value ? strdup(value) : NULL;
    return *value && !*out ? error_set(error, STATUS_MEMORY, "out of memory") : STATUS_OK;
}

// A day given as the end is meant with its end.
static Status set_time(int64_t *out, const char *name, const char *value, bool end, Error *error)
{
    if (!*value) {
        *out = end ? INT64_MAX : INT64_MIN;
        return STATUS_OK;
    }
    char moment[32];
    bool day = strlen(value) == 10;
    if (day) {
        memcpy(moment, value, 10);
        strcpy(moment + 10, "T00:00");
        value = moment;
    }
    if (!clock_parse(value, out))
        return error_set(error, STATUS_ARGUMENT,
                         "%s: \"%.40s\" is no time (2026-11-23 or 2026-11-23T08:15:00+08:00)", name,
                         value);
    if (day && end)
        *out += DAY_US;
    return STATUS_OK;
}

Status filter_set(Filter *f, const char *name, const char *value, Error *error)
{
    const struct {
        const char *name;
        FilterList *list;
        const char *const *words;
    } lists[] = {
        {"site", &f->site, NULL},
        {"camera", &f->camera, NULL},
        {"lane", &f->lane, NULL},
        {"part", &f->part, parts},
        {"grade", &f->grade, grades},
        {"certainty", &f->certainty, certainties},
        {"colour", &f->colour, colours},
        {"origin", &f->origin, origins},
        {"class", &f->class, classes},
        {"repeats", &f->repeats, counts},
        {"exported", &f->exported, answers},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].name, name) == 0)
            return set_list(lists[i].list, name, value, lists[i].words, error);
    if (strcmp(name, "state") == 0) {
        Status status = set_list(&f->state, name, value, NULL, error);
        for (size_t i = 0; i < f->state.count && status == STATUS_OK; i++) {
            State state;
            if (!state_parse(f->state.values[i], &state))
                status = error_set(error, STATUS_ARGUMENT, "state: there is no value \"%.40s\"",
                                   f->state.values[i]);
        }
        return status;
    }
    if (strcmp(name, "from") == 0)
        return set_time(&f->from_us, name, value, false, error);
    if (strcmp(name, "to") == 0)
        return set_time(&f->to_us, name, value, true, error);
    if (strcmp(name, "text") == 0)
        return set_text(&f->text, name, value, error);
    if (strcmp(name, "after") == 0)
        return set_text(&f->after, name, value, error);
    if (strcmp(name, "order") == 0) {
        static const char *const orders[] = {"newest", "oldest", "confidence", NULL};
        for (int i = 0; orders[i]; i++)
            if (strcmp(orders[i], value) == 0) {
                f->order = (Order)i;
                return STATUS_OK;
            }
        return error_set(error, STATUS_ARGUMENT, "order: newest, oldest or confidence");
    }
    if (strcmp(name, "limit") == 0) {
        char *end;
        long limit = strtol(value, &end, 10);
        if (*end || end == value || limit < 1 || limit > 500)
            return error_set(error, STATUS_ARGUMENT, "limit: 1 to 500");
        f->limit = (int)limit;
        return STATUS_OK;
    }
    return error_set(error, STATUS_ARGUMENT, "there is no filter \"%.40s\"", name);
}
