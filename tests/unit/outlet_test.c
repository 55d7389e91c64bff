// Outlets without a receiver: what waits, in which order, how long; which packs are handed on; what
// they are called.
#include "evidence/chain.h"
#include "outlet/fields.h"
#include "outlet/handoff.h"
#include "outlet/message.h"
#include "outlet/outbox.h"
#include "packs.h"
#include "suite.h"

#include <time.h>
#include <unistd.h>
#include <utime.h>

static char root[128];

static const char *fresh(const char *name)
{
    static char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", root, name);
    folder_remove(path, NULL);
    return path;
}

static uint64_t put(Outbox *outbox, const char *id)
{
    uint64_t number = 0;
    json_t *note =
        json_pack("{s:s,s:s,s:s,s:{}}", "id", id, "kind", "health", "camera", "c", "body");
    CU_ASSERT_EQUAL(outbox_write(outbox, note, &number, NULL), STATUS_OK);
    json_decref(note);
    return number;
}

static void check_first(Outbox *outbox, const char *id)
{
    json_t *note = NULL;
    uint64_t number;
    Status status = outbox_first(outbox, &number, &note, NULL);
    CU_ASSERT_EQUAL(status, id ? STATUS_OK : STATUS_END);
    if (note)
        CU_ASSERT_STRING_EQUAL(note_id(note), id ? id : "none");
    json_decref(note);
}

static void waits_in_order(void)
{
    const OutboxLimits limits = {30, 64};
    const char *folder = fresh("order");
    Outbox *outbox;
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    uint64_t a = put(outbox, "a"), b = put(outbox, "b"), c = put(outbox, "c");
    check_first(outbox, NULL); // nothing is released yet
    outbox_release(outbox, b);
    check_first(outbox, "b");
    outbox_release(outbox, c);
    outbox_release(outbox, a);
    check_first(outbox, "a");
    outbox_done(outbox, a);
    outbox_close(&outbox);
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(outbox_count(outbox), 2);
    check_first(outbox, "b");
    outbox_refuse(outbox, b);
    check_first(outbox, "c");
    uint64_t d = put(outbox, "d");
    CU_ASSERT_TRUE(d > c);
    outbox_done(outbox, c);
    check_first(outbox, NULL);
    outbox_close(&outbox);
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    check_first(outbox, "d"); // written, not released: a crash between
    outbox_close(&outbox);
}

static void damaged_file(void)
{
    const OutboxLimits limits = {30, 64};
    char path[PATH_SIZE];
    const char *folder = fresh("damaged");
    Outbox *outbox;
    json_t *note;
    uint64_t number;
    folder_make(folder, NULL);
    path_join(path, folder, "00000000000000000007.json", NULL);
    file_write(path, "{\"id", 4, NULL);
    path_join(path, folder, "00000000000000000008.json.part", NULL);
    file_write(path, "{}", 2, NULL);
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(outbox_count(outbox), 1);
    CU_ASSERT_EQUAL(outbox_first(outbox, &number, &note, NULL), STATUS_FORMAT);
    CU_ASSERT_EQUAL(number, 7);
    outbox_refuse(outbox, number);
    CU_ASSERT_EQUAL(outbox_count(outbox), 0);
    number = put(outbox, "gone");
    outbox_release(outbox, number);
    outbox_release(outbox, put(outbox, "next"));
    snprintf(path, sizeof path, "%.2000s/%020d.json", folder, (int)number);
    CU_ASSERT_EQUAL(unlink(path), 0); // by a person
    check_first(outbox, "next");
    CU_ASSERT_EQUAL(outbox_count(outbox), 1);
    outbox_close(&outbox);
}

static void bounded(void)
{
    const OutboxLimits limits = {2, 5 * 4096 / 1048576.0};
    char path[PATH_SIZE], name[32];
    const char *folder = fresh("bounded");
    Outbox *outbox;
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "n%d", i);
        outbox_release(outbox, put(outbox, name));
    }
    CU_ASSERT_EQUAL(outbox_trim(outbox), 3);
    check_first(outbox, "n3");
    CU_ASSERT_EQUAL(outbox_trim(outbox), 0);
    outbox_close(&outbox);
    time_t old = time(NULL) - 3 * 86400;
    path_join(path, folder, "00000000000000000004.json", NULL);
    CU_ASSERT_EQUAL(utime(path, &(struct utimbuf){old, old}), 0);
    CU_ASSERT_EQUAL_FATAL(outbox_open(&outbox, folder, &limits, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(outbox_trim(outbox), 1);
    check_first(outbox, "n4");
    outbox_close(&outbox);
}

// ---- packs ----

// Seals a light pack: chain, record and sums as the sealer leaves them, but for the signature.
static void seal(const char *folder, int second, bool recorded, ChainHead *head)
{
    char id[200], path[PATH_SIZE], sums[SHA256_HEX_SIZE + 80], hex[SHA256_HEX_SIZE];
    LightPack pack = {.camera = "cam1",
                      .plate = "晋EA1234",
                      .colour = "yellow",
                      .peak_us = (INT64_C(1795680000) + second) * SECOND_US,
                      .grade = 2};
    ClockText when = clock_text(pack.peak_us);
    snprintf(id, sizeof id, "cam1_%s", when.compact);
    json_t *record = light_record(&pack, id);
    json_object_set_new(record, "previous", head->count ? json_string(head->last) : json_null());
    json_object_set_new(json_object_get(record, "source"), "footage",
                        recorded ? json_string("f") : json_null());
    char *text = json_dumps(record, JSON_INDENT(1));
    snprintf(path, sizeof path, "%s/%s/%s", folder, when.date, id);
    folder_make(path, NULL);
    bytes_sha256(text, strlen(text), hex);
    int length = snprintf(sums, sizeof sums, "%s  record.json\n", hex);
    bytes_sha256(sums, (size_t)length, head->last);
    head->count++;
    snprintf(path, sizeof path, "%s/%s/%s/record.json", folder, when.date, id);
    file_write(path, text, strlen(text), NULL);
    snprintf(path, sizeof path, "%s/%s/%s/SHA256SUMS", folder, when.date, id);
    file_write(path, sums, (size_t)length, NULL);
    SecretKey key;
    CU_ASSERT_EQUAL(secret_key_load(&key, NULL), STATUS_OK);
    snprintf(path, sizeof path, "%s/chain", folder);
    folder_make(path, NULL);
    CU_ASSERT_EQUAL(chain_save(folder, "cam1", head, &key, NULL), STATUS_OK);
    free(text);
    json_decref(record);
}

typedef struct Office {
    char folder[PATH_SIZE], box[PATH_SIZE];
    Outbox *outbox;
    Handoff *handoff;
} Office;

static void open_office(Office *office, const char *folder)
{
    const OutboxLimits limits = {30, 64};
    snprintf(office->folder, sizeof office->folder, "%s", folder);
    path_join(office->box, office->folder, ".heiyan/outbox/a", NULL);
    CU_ASSERT_EQUAL_FATAL(outbox_open(&office->outbox, office->box, &limits, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(handoff_open(&office->handoff, office->folder, office->outbox, NULL),
                          STATUS_OK);
}

static void close_office(Office *office)
{
    handoff_close(&office->handoff);
    outbox_close(&office->outbox);
}

static size_t hand_all(Office *office)
{
    size_t count;
    CU_ASSERT_EQUAL(handoff_all(office->handoff, &count, NULL), STATUS_OK);
    return count;
}

static void every_pack_once(void)
{
    Office office;
    ChainHead head = {0};
    const char *folder = fresh("evidence");
    folder_make(folder, NULL);
    seal(folder, 0, false, &head);
    open_office(&office, folder);
    CU_ASSERT_EQUAL(hand_all(&office), 0); // it begins with the next
    seal(office.folder, 500, false, &head);
    seal(office.folder, 90000, false, &head); // the next day
    seal(office.folder, 400, false, &head);   // sealed late
    seal(office.folder, 600, true, &head);
    CU_ASSERT_EQUAL(hand_all(&office), 3);
    CU_ASSERT_EQUAL(hand_all(&office), 0);
    close_office(&office);
    open_office(&office, folder);
    CU_ASSERT_EQUAL(hand_all(&office), 0);
    CU_ASSERT_EQUAL(outbox_count(office.outbox), 3);
    check_first(office.outbox, "cam1_20261126T160820.000+0800:capture");
    close_office(&office);
}

// A crash after the message was written and before that was noted.
static void noted_too_late(void)
{
    Office office;
    ChainHead head = {0};
    char marks[PATH_SIZE], *before;
    size_t size;
    const char *folder = fresh("late");
    folder_make(folder, NULL);
    open_office(&office, folder);
    hand_all(&office);
    path_join(marks, office.box, "queued.json", NULL);
    CU_ASSERT_EQUAL_FATAL(file_read(marks, &before, &size, NULL), STATUS_OK);
    seal(office.folder, 1, false, &head);
    seal(office.folder, 2, false, &head);
    CU_ASSERT_EQUAL(hand_all(&office), 2);
    close_office(&office);
    file_write(marks, before, size, NULL);
    free(before);
    open_office(&office, folder);
    CU_ASSERT_EQUAL(hand_all(&office), 0);
    CU_ASSERT_EQUAL(outbox_count(office.outbox), 2);
    seal(office.folder, 3, false, &head);
    CU_ASSERT_EQUAL(hand_all(&office), 1);
    close_office(&office);
}

// The last pack handed on was taken away: the time must do.
static void broken_chain(void)
{
    Office office;
    ChainHead head = {0};
    char path[PATH_SIZE];
    const char *folder = fresh("broken");
    folder_make(folder, NULL);
    open_office(&office, folder);
    for (int i = 1; i <= 3; i++)
        seal(office.folder, i, false, &head);
    CU_ASSERT_EQUAL(hand_all(&office), 3);
    ClockText when = clock_text((INT64_C(1795680000) + 3) * SECOND_US);
    snprintf(path, sizeof path, "%.2000s/%s/cam1_%s", folder, when.date, when.compact);
    CU_ASSERT_EQUAL(folder_remove(path, NULL), STATUS_OK);
    seal(office.folder, 4, false, &head);
    seal(office.folder, 5, false, &head);
    CU_ASSERT_EQUAL(hand_all(&office), 2);
    CU_ASSERT_EQUAL(hand_all(&office), 0);
    close_office(&office);
}

// ---- names ----

static void template_names(void)
{
    LightPack pack = {.camera = "cam1",
                      .plate = "晋EA1234",
                      .colour = "yellow",
                      .grade = 2,
                      .peak_us = INT64_C(1795680000123000)};
    const OutletField rows[] = {{"hphm", NULL},           {"hpzl", "kind"}, {"gcsj", NULL},
                                {"smoke.box.1", "top"},   {"tp1", NULL},    {"tp2", NULL},
                                {"plate.nothing", "none"}};
    List fields = {(void *)(uintptr_t)rows, sizeof rows / sizeof *rows}, whole = {0};
    json_t *record = light_record(&pack, "cam1_x");
    json_object_set_new(record, "message_id", json_string("cam1_x:capture"));
    json_t *named = fields_apply(record, &fields), *all = fields_apply(record, &whole);
    char *text = json_dumps(named, JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(text, "{\"hphm\":\"晋EA1234\",\"kind\":\"01\","
                                 "\"gcsj\":\"2026-11-26 16:00:00.123\",\"top\":220,"
                                 "\"tp1\":\"panorama-1.jpg\",\"tp2\":null,\"none\":null,"
                                 "\"message_id\":\"cam1_x:capture\"}");
    CU_ASSERT_TRUE(json_equal(all, record));
    CU_ASSERT_TRUE(field_known("plate.text") && field_known("sbbh") && field_known("id"));
    CU_ASSERT_FALSE(field_known("plates.text") || field_known("") || field_known("sbbh.x"));
    free(text);
    json_decref(named);
    json_decref(all);
    json_decref(record);
}

static void nothing_secret(void)
{
    OutletHeader headers[] = {{"X-Token", "topsecret"}};
    OutletOptions options = {.password = "p@ss", .headers = {headers, 1}};
    char text[] = "user:p@ss@host said topsecret and p@ss";
    outlet_hide_secrets(&options, text);
    CU_ASSERT_STRING_EQUAL(text, "user:****@host said ********* and ****");
}

static int suite(void);

int main(void)
{
    snprintf(root, sizeof root, "/tmp/heiyan-outlet-%d", (int)getpid());
    char state[160];
    snprintf(state, sizeof state, "%s/state", root);
    setenv("HEIYAN_STATE", state, 1);
    clock_set_zone("Asia/Shanghai", NULL);
    folder_make(root, NULL);
    int result = suite();
    folder_remove(root, NULL);
    return result;
}

static int suite(void)
{
    static const SuiteCase cases[] = {
        {"waits in order", waits_in_order},
        {"a damaged file", damaged_file},
        {"bounded", bounded},
        {"every pack once", every_pack_once},
        {"noted too late", noted_too_late},
        {"a broken chain", broken_chain},
        {"names by template", template_names},
        {"nothing secret", nothing_secret},
    };
    return suite_run("outlet", cases, sizeof cases / sizeof *cases);
}
