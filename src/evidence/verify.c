#include "evidence/verify.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/audit.h"
#include "evidence/chain.h"
#include "evidence/lines.h"
#include "evidence/record.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Link { // one pack in its camera's chain
    char camera[128], id[200], sums[SHA256_HEX_SIZE], previous[SHA256_HEX_SIZE];
    bool reached;
} Link;

typedef struct Check {
    const char *folder;
    PublicKey key;
    VerifyReport *report;
    void (*finding)(void *context, const char *where, const char *sentence);
    void *context;
    Link *links;
    size_t link_count, link_room;
    json_t *retired;  // pack id -> list of removed names
    json_t *expired;  // pack id -> its place in the chain
    json_t *anchored; // pack id -> [lines of verdicts.jsonl, hash of the last], by the audit
} Check;

static void __attribute__((format(printf, 3, 4)))
found(Check *check, const char *where, const char *format, ...)
{
    char sentence[640];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    check->report->problems++;
    if (check->finding)
        check->finding(check->context, where, sentence);
}

static Status choose_key(Check *check, const char *public_key, Error *error)
{
    char path[PATH_SIZE];
    if (public_key) {
        check->report->trust = "the key given";
        return public_key_load(public_key, &check->key, error);
    }
    if (public_key_own(&check->key, NULL) == STATUS_OK) {
        check->report->trust = "this installation's key";
        return STATUS_OK;
    }
    check->report->trust = "the folder's own key";
    Status status = path_join(path, check->folder, "heiyan.pub", error);
    return status == STATUS_OK ? public_key_load(path, &check->key, error) : status;
}

static void note_deletion(void *context, const json_t *line, const char *hash)
{
    (void)hash;
    Check *check = context;
    const char *pack = json_string_value(json_object_get(line, "pack"));
    json_t *files = json_object_get(line, "files");
    json_t *expired = json_object_get(line, "expired");
    if (pack && expired && check->expired)
        json_object_set(check->expired, pack, expired);
    else if (pack && !expired && json_is_array(files))
        json_object_set(check->retired, pack, files);
}

static void read_deletions(Check *check)
{
    char path[PATH_SIZE];
    Error why;
    if (path_join(path, check->folder, "deletions.jsonl", NULL) == STATUS_OK && file_exists(path) &&
        lines_check(path, "", &check->key, 1, note_deletion, check, &why) != STATUS_OK)
        found(check, "deletions.jsonl", "%s", why.text);
}

typedef struct Steps { // of the audit
    Check *check;
    ChainHead last;
} Steps;

static void note_step(void *context, const json_t *line, const char *hash)
{
    Steps *steps = context;
    steps->last.count++;
    memcpy(steps->last.last, hash, SHA256_HEX_SIZE);
    const char *pack = json_string_value(json_object_get(line, "pack"));
    char *verdict = json_dumps(json_object_get(line, "line"), JSON_COMPACT | JSON_SORT_KEYS);
    char of_line[SHA256_HEX_SIZE];
    if (pack && verdict) {
        bytes_sha256(verdict, strlen(verdict), of_line);
        json_object_set_new(steps->check->anchored, pack,
                            json_pack("[O?,s]", json_object_get(line, "count"), of_line));
    }
    free(verdict);
}

static void read_audit(Check *check)
{
    char path[PATH_SIZE];
    Error why;
    Steps steps = {.check = check};
    ChainHead head = {0};
    Status status = chain_load(check->folder, AUDIT_HEAD, &check->key, &head, &why);
    if (path_join(path, check->folder, "audit.jsonl", NULL) != STATUS_OK ||
        (status == STATUS_END && !file_exists(path)))
        return;
    if (status != STATUS_OK && status != STATUS_END)
        found(check, "chain/" AUDIT_HEAD ".json", "%s", why.text);
    if (!file_exists(path))
        found(check, "audit.jsonl", "it is missing");
    else if (lines_check(path, "", &check->key, 1, note_step, &steps, &why) != STATUS_OK)
        found(check, "audit.jsonl", "%s", why.text);
    // A crash may have left the head one step behind.
    else if (steps.last.count != head.count + 1 &&
             (steps.last.count != head.count || strcmp(steps.last.last, head.last) != 0))
        found(check, "audit.jsonl", "%lld steps were taken, it has %lld", (long long)head.count,
              (long long)steps.last.count);
}

static void check_access(Check *check)
{
    char path[PATH_SIZE];
    Error why;
    if (path_join(path, check->folder, "access.jsonl", NULL) == STATUS_OK && file_exists(path) &&
        lines_check(path, "", &check->key, 1, NULL, NULL, &why) != STATUS_OK)
        found(check, "access.jsonl", "%s", why.text);
}

// The lines of a pack's verdicts, each signed, as many as the audit has, and the same last one.
static void check_verdicts(Check *check, const char *id, const char *pack, const char *root)
{
    char path[PATH_SIZE];
    Error why;
    LinesTail tail;
    const json_t *anchor = json_object_get(check->anchored, id);
    if (path_join(path, pack, "verdicts.jsonl", &why) != STATUS_OK)
        return;
    if ((file_exists(path) &&
         lines_check(path, root, &check->key, 1, NULL, NULL, &why) != STATUS_OK) ||
        lines_tail(path, root, &tail, NULL, &why) != STATUS_OK) {
        found(check, id, "%s", why.text);
        return;
    }
    size_t count = (size_t)json_integer_value(json_array_get(anchor, 0));
    const char *last = anchor ? json_string_value(json_array_get(anchor, 1)) : root;
    if (tail.count != count)
        found(check, id, "verdicts.jsonl has %zu lines, audit.jsonl has %zu of them", tail.count,
              count);
    else if (strcmp(tail.last, last) != 0)
        found(check, id, "the last line of verdicts.jsonl is not that of audit.jsonl");
}

static bool was_retired(const Check *check, const char *id, const char *name)
{
    size_t i;
    json_t *file;
    json_array_foreach(json_object_get(check->retired, id), i,
                       file) if (json_is_string(file) &&
                                 strcmp(json_string_value(file), name) == 0) return true;
    return false;
}

static bool is_media(const char *name)
{
    return strcmp(name, "record.json") != 0;
}

// Checks the files named in SHA256SUMS. Returns how many were retired; names the pack's files in
// listed.
static size_t check_sums(Check *check, const char *id, const char *pack, char *sums, json_t *listed)
{
    size_t retired = 0;
    char path[PATH_SIZE], hex[SHA256_HEX_SIZE], *rest = sums, *line;
    while ((line = strsep(&rest, "\n"))) {
        if (!*line)
            continue;
        const char *name = strlen(line) > 66 && line[64] == ' ' ? line + 66 : NULL;
        if (!name || strchr(name, '/') || name[0] == '.') {
            found(check, id, "SHA256SUMS has a line that is none: %.80s", line);
            continue;
        }
        json_object_set_new(listed, name, json_true());
        struct stat info;
        if (path_join(path, pack, name, NULL) != STATUS_OK || lstat(path, &info) != 0) {
            if (is_media(name) && was_retired(check, id, name))
                retired++;
            else
                found(check, id, "%s is missing", name);
        } else if (!S_ISREG(info.st_mode)) {
            found(check, id, "%s is not a plain file", name);
        } else if (file_sha256(path, hex, NULL) != STATUS_OK) {
            found(check, id, "%s cannot be read", name);
        } else if (strncmp(hex, line, 64) != 0) {
            found(check, id, "%s was changed", name);
        }
    }
    return retired;
}

static void check_strangers(Check *check, const char *id, const char *pack, const json_t *listed)
{
    static const char *const known[] = {"SHA256SUMS", "SHA256SUMS.minisig", "verdicts.jsonl"};
    Names names;
    if (folder_list(pack, &names, NULL) != STATUS_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        bool expected = json_object_get(listed, names.items[i]);
        for (size_t n = 0; n < 3; n++)
            expected |= strcmp(names.items[i], known[n]) == 0;
        if (!expected)
            found(check, id, "%s does not belong to the pack", names.items[i]);
    }
    names_free(&names);
}

static void add_link(Check *check, const char *id, const char *camera, const char *sums,
                     const char *previous)
{
    if (check->link_count == check->link_room) {
        size_t room = check->link_room ? check->link_room * 2 : 64;
        Link *grown = realloc(check->links, room * sizeof *grown);
        if (!grown)
            return;
        check->links = grown;
        check->link_room = room;
    }
    Link *link = &check->links[check->link_count++];
    *link = (Link){0};
    snprintf(link->camera, sizeof link->camera, "%s", camera);
    snprintf(link->id, sizeof link->id, "%s", id);
    snprintf(link->sums, sizeof link->sums, "%s", sums);
    snprintf(link->previous, sizeof link->previous, "%s", previous ? previous : "");
}

static void check_record(Check *check, const char *id, const char *pack, const char *sums_hash)
{
    char path[PATH_SIZE];
    Error why;
    json_t *record;
    if (path_join(path, pack, "record.json", NULL) != STATUS_OK ||
        record_load(path, &record, &why) != STATUS_OK) {
        found(check, id, "%s", why.text);
        return;
    }
    const char *own = json_string_value(json_object_get(record, "id"));
    if (!own || strcmp(own, id) != 0)
        found(check, id, "the folder's name is not the id in its record (%s)", own ? own : "none");
    add_link(check, id, json_string_value(json_object_get(json_object_get(record, "camera"), "id")),
             sums_hash, json_string_value(json_object_get(record, "previous")));
    json_decref(record);
}

// What was sealed: signature, record, files. sums_hash: of SHA256SUMS; "" when that is not to be
// believed.
static void check_sealed(Check *check, const char *id, const char *pack,
                         char sums_hash[SHA256_HEX_SIZE])
{
    char path[PATH_SIZE], comment[600], *sums = NULL, *signature = NULL;
    size_t size, signature_size;
    Error why;
    json_t *listed = json_object();
    *sums_hash = '\0';
    if (path_join(path, pack, "SHA256SUMS", NULL) != STATUS_OK ||
        file_read(path, &sums, &size, NULL) != STATUS_OK) {
        found(check, id, "SHA256SUMS is missing or cannot be read");
    } else if (path_join(path, pack, "SHA256SUMS.minisig", NULL) != STATUS_OK ||
               file_read(path, &signature, &signature_size, NULL) != STATUS_OK) {
        found(check, id, "SHA256SUMS.minisig is missing or cannot be read");
    } else if (minisign_verify(&check->key, sums, size, signature, comment, sizeof comment, &why) !=
               STATUS_OK) {
        found(check, id, "SHA256SUMS: %s", why.text);
    } else if (strcmp(comment, id) != 0) {
        found(check, id, "the signature is that of pack %s", comment);
    } else {
        bytes_sha256(sums, size, sums_hash);
        check_record(check, id, pack, sums_hash);
        size_t retired = check_sums(check, id, pack, sums, listed);
        check_strangers(check, id, pack, listed);
        check->report->retired += retired > 0;
    }
    json_decref(listed);
    free(sums);
    free(signature);
}

static void check_pack(Check *check, const char *id, const char *pack)
{
    char sums_hash[SHA256_HEX_SIZE];
    size_t before = check->report->problems;
    check->report->packs++;
    check_sealed(check, id, pack, sums_hash);
    if (*sums_hash)
        check_verdicts(check, id, pack, sums_hash);
    check->report->damaged += check->report->problems > before;
}

size_t verify_pack(const char *folder, const char *place, const PublicKey *key,
                   void (*finding)(void *context, const char *where, const char *sentence),
                   void *context)
{
    char pack[PATH_SIZE], sums_hash[SHA256_HEX_SIZE];
    VerifyReport report = {0};
    Check check = {.folder = folder,
                   .key = *key,
                   .report = &report,
                   .finding = finding,
                   .context = context,
                   .retired = json_object()};
    read_deletions(&check);
    if (path_join(pack, folder, place, NULL) == STATUS_OK)
        check_sealed(&check, path_base(place), pack, sums_hash);
    json_decref(check.retired);
    free(check.links);
    return report.problems;
}

static void check_day(Check *check, const char *day)
{
    Names packs;
    char folder[PATH_SIZE], pack[PATH_SIZE];
    Error why;
    if (path_join(folder, check->folder, day, &why) != STATUS_OK ||
        folder_list(folder, &packs, &why) != STATUS_OK) {
        found(check, day, "%s", why.text);
        return;
    }
    for (size_t i = 0; i < packs.count; i++) {
        struct stat info;
        if (path_join(pack, folder, packs.items[i], NULL) != STATUS_OK || lstat(pack, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            check_pack(check, packs.items[i], pack);
        else
            found(check, day, "%s is not a pack", packs.items[i]);
    }
    names_free(&packs);
}

static Link *find_link(const Check *check, const char *camera, const char *sums)
{
    for (size_t i = 0; i < check->link_count; i++)
        if (strcmp(check->links[i].sums, sums) == 0 && strcmp(check->links[i].camera, camera) == 0)
            return &check->links[i];
    return NULL;
}

// Packs that went whole keep their place in the chain. One that is announced and still there, after
// a crash, stands for itself.
static void add_expired(Check *check)
{
    const char *id;
    json_t *place;
    json_object_foreach(check->expired, id, place)
    {
        const char *camera = json_string_value(json_object_get(place, "camera"));
        const char *sums = json_string_value(json_object_get(place, "sums"));
        if (!camera || !sums || find_link(check, camera, sums))
            continue;
        add_link(check, id, camera, sums, json_string_value(json_object_get(place, "previous")));
        check->report->expired++;
    }
}

// A pack is in place before the head names it. What a crash cut off there, and the next start of
// the sealer finishes, is no fault: the pack is signed, and follows the head.
static Status load_head(const Check *check, const char *camera, ChainHead *head, Error *why)
{
    ChainIntent intent;
    *head = (ChainHead){0};
    Status status = chain_load(check->folder, camera, &check->key, head, why);
    if ((status != STATUS_OK && status != STATUS_END) ||
        chain_intent_load(check->folder, &intent, NULL) != STATUS_OK ||
        strcmp(intent.camera, camera) != 0)
        return status;
    const Link *next = find_link(check, camera, intent.head.last);
    if (!next || strcmp(next->previous, head->last) != 0)
        return status;
    head->count++;
    memcpy(head->last, next->sums, sizeof head->last);
    return STATUS_OK;
}

// Walks a camera's chain from its signed head to its first pack.
static void check_chain(Check *check, const char *camera)
{
    ChainHead head;
    Error why;
    char where[256];
    snprintf(where, sizeof where, "chain/%.200s.json", camera);
    Status status = load_head(check, camera, &head, &why);
    if (status != STATUS_OK) {
        found(check, where, "%s",
              status == STATUS_END ? "the head of the camera's chain is missing" : why.text);
        return;
    }
    int64_t count = 0;
    const Link *after = NULL;
    char wanted[SHA256_HEX_SIZE];
    memcpy(wanted, head.last, sizeof wanted);
    while (*wanted) {
        Link *link = find_link(check, camera, wanted);
        if (!link) {
            found(check, where, "the pack %s%s is missing or damaged",
                  after ? "before " : "sealed last", after ? after->id : "");
            return;
        }
        if (link->reached)
            break;
        link->reached = true;
        after = link;
        count++;
        memcpy(wanted, link->previous, sizeof wanted);
    }
    if (count != head.count)
        found(check, where, "%lld packs were sealed, %lld are linked", (long long)head.count,
              (long long)count);
}

static void check_chains(Check *check)
{
    char folder[PATH_SIZE];
    Names heads = {0};
    json_t *seen = json_object();
    if (path_join(folder, check->folder, "chain", NULL) == STATUS_OK && file_exists(folder) &&
        folder_list(folder, &heads, NULL) == STATUS_OK)
        for (size_t i = 0; i < heads.count; i++) {
            size_t length = strlen(heads.items[i]);
            if (length <= 5 || strcmp(heads.items[i] + length - 5, ".json") != 0)
                continue;
            heads.items[i][length - 5] = '\0';
            if (strcmp(heads.items[i], AUDIT_HEAD) == 0)
                continue;
            json_object_set_new(seen, heads.items[i], json_true());
            check_chain(check, heads.items[i]);
        }
    for (size_t i = 0; i < check->link_count; i++) {
        const Link *link = &check->links[i];
        if (!json_object_get(seen, link->camera)) {
            json_object_set_new(seen, link->camera, json_true());
            check_chain(check, link->camera);
        }
    }
    for (size_t i = 0; i < check->link_count; i++)
        if (!check->links[i].reached)
            found(check, check->links[i].id, "not linked in its camera's chain");
    names_free(&heads);
    json_decref(seen);
}

Status verify_folder(const char *folder, const char *public_key,
                     void (*finding)(void *context, const char *where, const char *sentence),
                     void *context, VerifyReport *report, Error *error)
{
    *report = (VerifyReport){0};
    Check check = {.folder = folder, .report = report, .finding = finding, .context = context};
    Names days;
    Status status = folder_list(folder, &days, error);
    if (status != STATUS_OK)
        return status;
    status = choose_key(&check, public_key, error);
    if (status == STATUS_OK) {
        check.retired = json_object();
        check.anchored = json_object();
        check.expired = json_object();
        read_deletions(&check);
        read_audit(&check);
        check_access(&check);
        for (size_t i = 0; i < days.count; i++)
            if (clock_is_date(days.items[i]))
                check_day(&check, days.items[i]);
        add_expired(&check);
        check_chains(&check);
        json_decref(check.expired);
        json_decref(check.retired);
        json_decref(check.anchored);
    }
    names_free(&days);
    free(check.links);
    return status;
}
