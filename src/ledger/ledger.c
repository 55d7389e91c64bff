#include "ledger/private.h"

#include "base/clock.h"
#include "base/log.h"
#include "plate/grammar.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static Status check_folder(const Ledger *ledger, Error *error)
{
    char path[PATH_SIZE];
    Status status = path_join(path, ledger->folder, "heiyan.pub", error);
    if (status == STATUS_OK && !file_exists(path))
        return error_set(error, STATUS_ARGUMENT,
                         "%s is no evidence folder: it has no heiyan.pub. Give the folder that "
                         "heiyan scan or run writes to",
                         ledger->folder);
    return status;
}

static Status take_lock(Ledger *ledger, Error *error)
{
    char path[PATH_SIZE];
    Status status = path_join(path, ledger->folder, ".heiyan", error);
    if (status == STATUS_OK)
        status = folder_make(path, error);
    if (status == STATUS_OK)
        status = path_join(path, ledger->folder, ".heiyan/review.lock", error);
    if (status != STATUS_OK)
        return status;
    ledger->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (ledger->lock_file < 0)
        return error_set_errno(error, "cannot open %s", path);
    if (flock(ledger->lock_file, LOCK_EX | LOCK_NB) == 0)
        return STATUS_OK;
    close(ledger->lock_file);
    ledger->lock_file = -1;
    return error_set(error, STATUS_IO,
                     "%s is being reviewed by another heiyan: use that one, or end it first",
                     ledger->folder);
}

// This installation's key, and those of installations that had the folder before.
static Status load_keys(Ledger *ledger, Error *error)
{
    SecretKey own;
    Names names;
    char path[PATH_SIZE];
    Status status = secret_key_load(&own, error);
    if (status == STATUS_OK)
        status = folder_list(ledger->folder, &names, error);
    if (status != STATUS_OK)
        return status;
    ledger->keys[ledger->key_count++] = own.public;
    for (size_t i = 0; i < names.count && ledger->key_count < KEYS_MAX; i++) {
        const char *name = names.items[i];
        size_t length = strlen(name);
        if (strncmp(name, "heiyan", 6) == 0 && length > 4 &&
            strcmp(name + length - 4, ".pub") == 0 &&
            path_join(path, ledger->folder, name, NULL) == STATUS_OK &&
            public_key_load(path, &ledger->keys[ledger->key_count], NULL) == STATUS_OK)
            ledger->key_count++;
    }
    names_free(&names);
    return STATUS_OK;
}

// What the index was made with.
static void take_known_rules(Ledger *ledger)
{
    char months[16];
    database_get(ledger, "local", ledger->local, sizeof ledger->local);
    database_get(ledger, "months", months, sizeof months);
    if (*months)
        ledger->rules.repeat_months = atoi(months);
}

static Status open_parts(Ledger *ledger, const Rules *rules, Error *error)
{
    size_t mended;
    bool fresh;
    Status status = audit_open(&ledger->audit, ledger->folder, &mended, error);
    if (status != STATUS_OK)
        return status;
    if (mended)
        log_warning("%s: a decision that was cut off is finished", ledger->folder);
    status = database_open(ledger, &fresh, error);
    if (status == STATUS_OK && !rules)
        take_known_rules(ledger);
    if (status == STATUS_OK)
        status = index_apply_rules(ledger, error);
    return status == STATUS_OK ? index_refresh(ledger, fresh, error) : status;
}

static Status make_ledger(Ledger **out, const char *folder, const Rules *rules, Error *error)
{
    Ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return error_set(error, STATUS_MEMORY, "out of memory");
    *out = ledger;
    snprintf(ledger->folder, sizeof ledger->folder, "%s", folder);
    ledger->rules = rules ? *rules : rules_default;
    snprintf(ledger->local, sizeof ledger->local, "%s", rules && rules->local ? rules->local : "");
    ledger->rules.local = ledger->local;
    ledger->lock_file = -1;
    ledger->words = json_array();
    ledger->word_numbers = json_object();
    pthread_mutex_init(&ledger->lock, NULL);
    Status status = check_folder(ledger, error);
    return status == STATUS_OK ? load_keys(ledger, error) : status;
}

Status ledger_open(Ledger **out, const char *folder, const Rules *rules, Error *error)
{
    *out = NULL;
    Status status = make_ledger(out, folder, rules, error);
    if (status == STATUS_OK)
        status = take_lock(*out, error);
    if (status == STATUS_OK)
        status = open_parts(*out, rules, error);
    if (status != STATUS_OK)
        ledger_close(out);
    return status;
}

Status ledger_open_to_look(Ledger **out, const char *folder, Error *error)
{
    *out = NULL;
    Status status = make_ledger(out, folder, NULL, error);
    if (status == STATUS_OK && take_lock(*out, NULL) == STATUS_OK)
        status = open_parts(*out, NULL, error);
    else if (status == STATUS_OK)
        status = database_open_to_look(*out, error);
    if (status == STATUS_OK)
        take_known_rules(*out);
    else
        ledger_close(out);
    return status;
}

void ledger_close(Ledger **out)
{
    Ledger *ledger = *out;
    *out = NULL;
    if (!ledger)
        return;
    database_close(ledger);
    audit_close(&ledger->audit);
    if (ledger->lock_file >= 0)
        close(ledger->lock_file);
    json_decref(ledger->words);
    json_decref(ledger->word_numbers);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
}

const Rules *ledger_rules(const Ledger *ledger)
{
    return &ledger->rules;
}

Status ledger_reindex(Ledger *ledger, Error *error)
{
    pthread_mutex_lock(&ledger->lock);
    Status status =
        database_run(ledger, "DELETE FROM capture; DELETE FROM day; DELETE FROM word", error);
    if (status == STATUS_OK)
        status = database_load_words(ledger, error);
    if (status == STATUS_OK)
        status = index_refresh(ledger, true, error);
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

// ---- deciding ----

static Status check_decision(const Decision *d, Error *error)
{
    if (d->text && strlen(d->text) > 2000)
        return error_set(error, STATUS_ARGUMENT, "说明太长（最多 500 字）");
    if (d->action == ACTION_REJECT && (!d->reason || !reject_reason_words(d->reason, true)))
        return error_set(error, STATUS_ARGUMENT, "否决须选择原因");
    if ((d->action == ACTION_RETURN || d->action == ACTION_NOTE) && (!d->text || !*d->text))
        return error_set(error, STATUS_ARGUMENT, "请填写说明");
    if (d->action != ACTION_CORRECT)
        return STATUS_OK;
    if (!d->plate && !d->plate_colour && !d->class)
        return error_set(error, STATUS_ARGUMENT, "没有要更正的内容");
    if (d->plate && !plate_is_legal(d->plate))
        return error_set(error, STATUS_ARGUMENT, "“%.40s”不符合号牌规则（GA 36）", d->plate);
    if (d->plate_colour && word_index(colour_words, d->plate_colour) < 0)
        return error_set(error, STATUS_ARGUMENT, "没有这种号牌颜色：%.20s", d->plate_colour);
    if (d->class && word_index(class_words, d->class) < 0)
        return error_set(error, STATUS_ARGUMENT, "没有这种车型：%.20s", d->class);
    return STATUS_OK;
}

static void set_text(json_t *facts, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(facts, name, json_string(text));
}

static json_t *facts_json(const char *id, const Decision *d, const Person *person, State from,
                          State to)
{
    json_t *facts = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "pack", id, "time",
                              clock_text(clock_now_us()).rfc3339, "who", person->name, "role",
                              role_name(person->role), "action", action_name(d->action), "from",
                              state_name(from), "to", state_name(to));
    if (facts && d->action == ACTION_REJECT)
        set_text(facts, "reason", d->reason);
    if (facts)
        set_text(facts, "text", d->text);
    if (facts && d->action == ACTION_CORRECT) {
        set_text(facts, "plate", d->plate);
        set_text(facts, "plate_colour", d->plate_colour);
        set_text(facts, "class", d->class);
    }
    return facts;
}

// The row after a decision. When that fails, the index alone is behind: the next open sees to it.
static void index_decision(Ledger *ledger, const Place *place)
{
    json_t *plates = json_object();
    Error why;
    Status status = index_pack(ledger, place->path, plates, &why);
    if (status == STATUS_OK)
        status = index_repeats(ledger, plates, &why);
    if (status != STATUS_OK)
        log_error("%s", why.text);
    json_decref(plates);
}

static Status decide(Ledger *ledger, const Place *place, const Decision *decision,
                     const Person *person, Error *error)
{
    json_t *lines;
    Verdicts v;
    State to;
    Status status = verdicts_load(ledger, place->path, place->sums, &lines, error);
    if (status != STATUS_OK)
        return status;
    verdicts_replay(lines, &v);
    bool any = decision->action == ACTION_EXPORT && decision->version < 0;
    if (!any && v.version != decision->version)
        status = error_set(error, STATUS_CONFLICT, "其他人已对此案作出处理，请查看后再决定");
    if (status == STATUS_OK)
        status = workflow_step(&ledger->rules, v.state, v.has_last ? &v.last : NULL, v.first_by,
                               decision->action, person->name, person->role, &to, error);
    if (status == STATUS_OK) {
        json_t *facts = facts_json(path_base(place->path), decision, person, v.state, to);
        status = facts ? audit_step(ledger->audit, place->path, place->sums, (size_t)v.version,
                                    facts, error)
                       : error_set(error, STATUS_MEMORY, "out of memory");
        json_decref(facts);
    }
    json_decref(lines);
    if (status == STATUS_OK)
        index_decision(ledger, place);
    return status;
}

// A conflict that comes from another's step, not from the state.
static bool overtaken(Ledger *ledger, const Place *place, int version)
{
    sqlite3_stmt *row;
    bool other = false;
    if (database_prepare(ledger, "SELECT version FROM capture WHERE number = ?", &row, NULL) !=
        STATUS_OK)
        return false;
    sqlite3_bind_int64(row, 1, place->number);
    if (sqlite3_step(row) == SQLITE_ROW)
        other = sqlite3_column_int(row, 0) != version;
    sqlite3_finalize(row);
    return other;
}

Status ledger_decide(Ledger *ledger, const char *id, const Decision *decision, const Person *person,
                     json_t **out, Error *error)
{
    Place place;
    *out = NULL;
    Status status = check_decision(decision, error);
    if (status == STATUS_OK && !ledger->audit)
        status = error_set(error, STATUS_IO,
                           "another heiyan reviews this folder: decide (and mark exports) there");
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&ledger->lock);
    status = find_place(ledger, id, person, &place, error);
    if (status == STATUS_OK) {
        status = decide(ledger, &place, decision, person, error);
        if (status == STATUS_OK)
            status = case_json(ledger, &place, person, out, error);
        else if (status == STATUS_CONFLICT && overtaken(ledger, &place, decision->version))
            case_json(ledger, &place, person, out, NULL);
    }
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

Status ledger_note_access(Ledger *ledger, const char *id, const Person *person, Error *error)
{
    json_t *facts = json_pack("{s:s,s:s,s:s}", "pack", id, "time",
                              clock_text(clock_now_us()).rfc3339, "who", person->name);
    if (!facts)
        return error_set(error, STATUS_MEMORY, "out of memory");
    pthread_mutex_lock(&ledger->lock);
    Status status = audit_note(ledger->audit, facts, error);
    pthread_mutex_unlock(&ledger->lock);
    json_decref(facts);
    return status;
}
