#include "outlet/handoff.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "evidence/chain.h"
#include "evidence/record.h"
#include "outlet/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Handoff {
    char evidence[PATH_SIZE], path[PATH_SIZE]; // path: queued.json
    Outbox *outbox;
    json_t *cameras; // camera -> {"last": seal, "id": of the pack}
    json_t *waiting; // seals of packs that a crash left in the outbox unmarked, until handoff_all
};

static Status save(const Handoff *handoff, Error *error)
{
    json_t *root = json_pack("{s:s,s:O}", "schema", "heiyan.outbox.1", "cameras", handoff->cameras);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(root);
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = file_write(handoff->path, text, strlen(text), error);
    free(text);
    return status;
}

static void mark(Handoff *handoff, const char *camera, const char *seal, const char *id)
{
    json_object_set_new(handoff->cameras, camera, json_pack("{s:s,s:s?}", "last", seal, "id", id));
}

static const char *marked(const Handoff *handoff, const char *camera, const char *what)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(handoff->cameras, camera), what));
    return text ? text : "";
}

// The cameras that have a chain, from the names of its heads.
static Status list_cameras(const Handoff *handoff, Names *out, Error *error)
{
    char folder[PATH_SIZE];
    size_t kept = 0;
    *out = (Names){0};
    Status status = path_join(folder, handoff->evidence, "chain", error);
    if (status != STATUS_OK || !file_exists(folder))
        return status;
    status = folder_list(folder, out, error);
    for (size_t i = 0; i < out->count; i++) {
        char *name = out->items[i], *end = strrchr(name, '.');
        if (name[0] == '_' || !end || strcmp(end, ".json") != 0) {
            free(name);
            continue;
        }
        *end = '\0';
        out->items[kept++] = name;
    }
    out->count = kept;
    return status;
}

// A new outlet begins with the next pack.
static Status begin(Handoff *handoff, Error *error)
{
    Names cameras;
    Status status = list_cameras(handoff, &cameras, error);
    for (size_t i = 0; status == STATUS_OK && i < cameras.count; i++) {
        ChainHead head;
        status = chain_load(handoff->evidence, cameras.items[i], NULL, &head, error);
        if (status == STATUS_OK)
            mark(handoff, cameras.items[i], head.last, NULL);
        else if (status == STATUS_END)
            status = STATUS_OK;
    }
    names_free(&cameras);
    return status == STATUS_OK ? save(handoff, error) : status;
}

static Status load(Handoff *handoff, Error *error)
{
    char *data;
    size_t size;
    if (!file_exists(handoff->path))
        return begin(handoff, error);
    Status status = file_read(handoff->path, &data, &size, error);
    if (status != STATUS_OK)
        return status;
    json_t *root = json_loadb(data, size, 0, NULL);
    json_t *cameras = json_object_get(root, "cameras");
    free(data);
    if (json_is_object(cameras)) {
        json_object_update(handoff->cameras, cameras);
    } else {
        log_error("%s is damaged: packs sealed while the program stood still are not sent",
                  handoff->path);
        status = begin(handoff, error);
    }
    json_decref(root);
    return status;
}

static bool keep_seal(void *context, const json_t *note)
{
    const char *seal = note_seal(note);
    if (seal)
        json_object_set_new(context, seal, json_true());
    return true;
}

Status handoff_open(Handoff **out, const char *evidence, Outbox *outbox, Error *error)
{
    Handoff *handoff = *out = calloc(1, sizeof *handoff);
    if (!handoff)
        return error_set(error, STATUS_MEMORY, "out of memory");
    handoff->outbox = outbox;
    handoff->cameras = json_object();
    handoff->waiting = json_object();
    outbox_each(outbox, keep_seal, handoff->waiting);
    snprintf(handoff->evidence, sizeof handoff->evidence, "%s", evidence);
    Status status = path_join(handoff->path, outbox_folder(outbox), "queued.json", error);
    if (status == STATUS_OK)
        status = load(handoff, error);
    if (status != STATUS_OK)
        handoff_close(out);
    return status;
}

void handoff_close(Handoff **out)
{
    Handoff *handoff = *out;
    *out = NULL;
    if (!handoff)
        return;
    json_decref(handoff->cameras);
    json_decref(handoff->waiting);
    free(handoff);
}

// ---- the way back along a chain ----

typedef struct Link {
    char seal[SHA256_HEX_SIZE];
    char place[256]; // "2026-11-23/ID"
} Link;

typedef struct Walk {
    const Handoff *handoff;
    const char *camera, *last;  // last: where to stop
    char need[SHA256_HEX_SIZE]; // seal of the next pack on the way back; empty: arrived
    Link *pool;                 // packs seen before their turn
    size_t pool_count, pool_room;
    Link *found; // newest first
    size_t found_count, found_room;
} Walk;

static Status append(Link **links, size_t *count, size_t *room, const Link *link, Error *error)
{
    if (*count == *room) {
        size_t wider = *room ? 2 * *room : 16;
        Link *grown = realloc(*links, wider * sizeof *grown);
        if (!grown)
            return error_set(error, STATUS_MEMORY, "out of memory");
        *links = grown;
        *room = wider;
    }
    (*links)[(*count)++] = *link;
    return STATUS_OK;
}

static Status load_record(const Handoff *handoff, const Link *link, json_t **record, Error *error)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    Status status = path_join(folder, handoff->evidence, link->place, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, "record.json", error);
    return status == STATUS_OK ? record_load(path, record, error) : status;
}

// One step back, from the pack that is needed to the one before it.
static Status step(Walk *walk, const Link *link, Error *error)
{
    json_t *record;
    Status status = append(&walk->found, &walk->found_count, &walk->found_room, link, error);
    if (status == STATUS_OK)
        status = load_record(walk->handoff, link, &record, error);
    if (status != STATUS_OK)
        return status;
    const char *previous = json_string_value(json_object_get(record, "previous"));
    snprintf(walk->need, sizeof walk->need, "%s", previous ? previous : "");
    json_decref(record);
    if (strcmp(walk->need, walk->last) == 0)
        walk->need[0] = '\0';
    return STATUS_OK;
}

static Status follow_pool(Walk *walk, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && *walk->need && i < walk->pool_count; i++)
        if (strcmp(walk->pool[i].seal, walk->need) == 0) {
            Link link = walk->pool[i];
            walk->pool[i] = walk->pool[--walk->pool_count];
            status = step(walk, &link, error);
            i = SIZE_MAX; // from the first again
        }
    return status;
}

static Status visit_pack(Walk *walk, const char *day, const char *name, Error *error)
{
    Link link;
    char folder[PATH_SIZE], path[PATH_SIZE];
    snprintf(link.place, sizeof link.place, "%.20s/%.220s", day, name);
    Status status = path_join(folder, walk->handoff->evidence, link.place, error);
    if (status == STATUS_OK)
        status = path_join(path, folder, "SHA256SUMS", error);
    if (status != STATUS_OK || file_sha256(path, link.seal, NULL) != STATUS_OK)
        return status; // a pack without sums is none
    if (strcmp(link.seal, walk->need) != 0)
        return append(&walk->pool, &walk->pool_count, &walk->pool_room, &link, error);
    status = step(walk, &link, error);
    return status == STATUS_OK ? follow_pool(walk, error) : status;
}

static Status visit_day(Walk *walk, const char *day, Error *error)
{
    Names packs;
    char folder[PATH_SIZE];
    size_t length = strlen(walk->camera);
    Status status = path_join(folder, walk->handoff->evidence, day, error);
    if (status == STATUS_OK)
        status = folder_list(folder, &packs, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = packs.count; status == STATUS_OK && *walk->need && i-- > 0;)
        if (strncmp(packs.items[i], walk->camera, length) == 0 && packs.items[i][length] == '_')
            status = visit_pack(walk, day, packs.items[i], error);
    names_free(&packs);
    return status;
}

// Days and packs from the newest on: the way back is nearly always the order of the names.
static Status walk_back(Walk *walk, Error *error)
{
    Names days;
    Status status = folder_list(walk->handoff->evidence, &days, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = days.count; status == STATUS_OK && *walk->need && i-- > 0;)
        if (clock_is_date(days.items[i]))
            status = visit_day(walk, days.items[i], error);
    names_free(&days);
    return status;
}

// ---- queueing ----

static bool is_recorded(const json_t *record)
{
    return json_is_string(json_object_get(json_object_get(record, "source"), "footage"));
}

// Writes the message, then notes that, then lets it be taken.
static Status write_note(Handoff *handoff, const Walk *walk, const Link *link, const json_t *record,
                         Error *error)
{
    uint64_t number = 0;
    json_t *note = note_capture(record, link->place, link->seal);
    Status status = note ? outbox_write(handoff->outbox, note, &number, error)
                         : error_set(error, STATUS_MEMORY, "out of memory");
    json_decref(note);
    if (status != STATUS_OK)
        return status;
    mark(handoff, walk->camera, link->seal, path_base(link->place));
    // A mark that cannot be written may cost a repeat, with the same id, after a crash.
    status = save(handoff, error);
    outbox_release(handoff->outbox, number);
    return status;
}

static Status queue(Handoff *handoff, const Walk *walk, const Link *link, size_t *count,
                    Error *error)
{
    json_t *record;
    Status status = load_record(handoff, link, &record, error);
    if (status != STATUS_OK)
        return status;
    if (is_recorded(record) || json_object_get(handoff->waiting, link->seal)) {
        mark(handoff, walk->camera, link->seal, path_base(link->place));
    } else {
        status = write_note(handoff, walk, link, record, error);
        *count += status == STATUS_OK;
    }
    json_decref(record);
    return status;
}

// Where the last queued pack is no longer in the chain, the names' times must do.
static size_t newer_than_mark(const Walk *walk)
{
    const char *id = marked(walk->handoff, walk->camera, "id");
    size_t count = 0;
    while (count < walk->found_count && strcmp(path_base(walk->found[count].place), id) > 0)
        count++;
    return *id ? count : 0;
}

static Status queue_found(Handoff *handoff, const Walk *walk, size_t *count, Error *error)
{
    size_t wanted = walk->found_count;
    Status status = STATUS_OK;
    if (*walk->need) {
        wanted = newer_than_mark(walk);
        log_warning("%s: the chain does not lead back to the last pack that was handed on; going "
                    "by the time, %zu packs are",
                    walk->camera, wanted);
    }
    for (size_t i = wanted; status == STATUS_OK && i-- > 0;)
        status = queue(handoff, walk, &walk->found[i], count, error);
    return status == STATUS_OK ? save(handoff, error) : status; // of what was passed over
}

Status handoff_camera(Handoff *handoff, const char *camera, size_t *count, Error *error)
{
    ChainHead head;
    char last[SHA256_HEX_SIZE];
    *count = 0;
    Status status = chain_load(handoff->evidence, camera, NULL, &head, error);
    if (status == STATUS_END)
        return STATUS_OK;
    snprintf(last, sizeof last, "%s", marked(handoff, camera, "last"));
    if (status != STATUS_OK || strcmp(head.last, last) == 0)
        return status;
    Walk walk = {.handoff = handoff, .camera = camera, .last = last};
    memcpy(walk.need, head.last, sizeof walk.need);
    status = walk_back(&walk, error);
    if (status == STATUS_OK)
        status = queue_found(handoff, &walk, count, error);
    free(walk.pool);
    free(walk.found);
    return status;
}

Status handoff_all(Handoff *handoff, size_t *count, Error *error)
{
    Names cameras;
    *count = 0;
    Status status = list_cameras(handoff, &cameras, error);
    for (size_t i = 0; status == STATUS_OK && i < cameras.count; i++) {
        size_t some;
        status = handoff_camera(handoff, cameras.items[i], &some, error);
        *count += some;
    }
    if (status == STATUS_OK)
        json_object_clear(handoff->waiting);
    names_free(&cameras);
    return status;
}
