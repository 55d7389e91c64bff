#include "ledger/private.h"

#include "base/clock.h"

#include <string.h>

static const char *text_of(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

// Puts steps that changed the state on a stack; undo takes one off.
static json_t *stack_steps(const json_t *lines)
{
    json_t *stack = json_array(), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        const char *action = text_of(line, "action"), *from = text_of(line, "from"),
                   *to = text_of(line, "to");
        if (!action || !from || !to)
            continue;
        if (strcmp(action, "undo") == 0 && json_array_size(stack))
            json_array_remove(stack, json_array_size(stack) - 1);
        else if (strcmp(from, to) != 0)
            json_array_append(stack, line);
    }
    return stack;
}

static void read_step(Verdicts *out, const json_t *line)
{
    State from = STATE_PENDING, to = STATE_PENDING;
    const char *who = text_of(line, "who");
    state_parse(text_of(line, "from"), &from);
    state_parse(text_of(line, "to"), &to);
    out->state = to;
    out->has_last = who != NULL;
    out->last = (Step){.from = from, .to = to, .who = who};
    out->reason = to == STATE_REJECTED ? text_of(line, "reason") : NULL;
    bool decided = to == STATE_REVIEWED || to == STATE_CONFIRMED || to == STATE_REJECTED;
    if (decided && from == STATE_REVIEWED) {
        out->second_by = who;
    } else if (decided) {
        out->first_by = who;
        out->second_by = NULL;
        if (out->first_us == INT64_MIN)
            clock_parse(text_of(line, "time") ? text_of(line, "time") : "", &out->first_us);
    }
}

static void read_marks(Verdicts *out, const json_t *line)
{
    const char *action = text_of(line, "action");
    if (action && strcmp(action, "export") == 0)
        out->exported = true;
    if (action && strcmp(action, "note") == 0)
        out->note = text_of(line, "text");
    if (!action || strcmp(action, "correct") != 0)
        return;
    if (text_of(line, "plate"))
        out->plate = text_of(line, "plate");
    if (text_of(line, "plate_colour"))
        out->colour = text_of(line, "plate_colour");
    if (text_of(line, "class"))
        out->class = text_of(line, "class");
}

void verdicts_replay(const json_t *lines, Verdicts *out)
{
    *out = (Verdicts){.version = (int)json_array_size(lines), .first_us = INT64_MIN};
    json_t *stack = stack_steps(lines), *line;
    size_t i;
    json_array_foreach(stack, i, line) read_step(out, line);
    json_array_foreach(lines, i, line) read_marks(out, line);
    json_decref(stack);
}

static void collect(void *context, const json_t *line, const char *hash)
{
    (void)hash;
    json_array_append(context, (json_t *)(uintptr_t)line);
}

Status verdicts_load(Ledger *ledger, const char *place, const char *root, json_t **out,
                     Error *error)
{
    char pack[PATH_SIZE], path[PATH_SIZE];
    *out = json_array();
    Status status = path_join(pack, ledger->folder, place, error);
    if (status == STATUS_OK)
        status = path_join(path, pack, "verdicts.jsonl", error);
    if (status == STATUS_OK && file_exists(path))
        status = lines_check(path, root, ledger->keys, ledger->key_count, collect, *out, error);
    if (status != STATUS_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}
