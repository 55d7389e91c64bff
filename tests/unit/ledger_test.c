#include "ledger/export.h"
#include "ledger/report.h"

#include "packs.h"
#include "suite.h"

#include <sys/stat.h>
#include <unistd.h>

#define DAY_US (86400 * SECOND_US)

static char root[64];
static int folders;

static const Person officer = {.name = "王", .role = ROLE_REVIEWER},
                    chief = {.name = "李", .role = ROLE_APPROVER},
                    guest = {.name = "赵", .role = ROLE_VIEWER};
static const Rules two_steps = {
    .two_step = true, .repeat_times = 2, .repeat_months = 6, .deadline_days = 10, .local = "晋E"};

static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...)
{
    char command[3 * PATH_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command);
}

// 40 captures of 4 cameras over 20 days, two plates among them.
static void fill(char folder[PATH_SIZE], char ids[40][200])
{
    int64_t start;
    clock_parse("2026-11-01T00:30:00+08:00", &start);
    snprintf(folder, PATH_SIZE, "%s/%d", root, folders++);
    light_folder(folder);
    for (int i = 0; i < 40; i++) {
        static const char *const cameras[] = {"cam01", "cam02", "cam03", "cam04"};
        LightPack pack = {.camera = cameras[i % 4],
                          .site = i % 2 ? "高平" : "晋城",
                          .plate = i % 4 == 0   ? NULL
                                   : i % 4 == 1 ? "晋E12345"
                                                : "豫A98765",
                          .colour = "yellow",
                          .lane = i % 3 ? "2" : NULL,
                          .peak_us = start + i * (DAY_US / 2 + 3600 * SECOND_US),
                          .grade = i % 5 == 4 ? -1 : i % 5,
                          .confidence = 0.3 + 0.02 * i,
                          .score = 0.2 + 0.01 * i};
        light_pack(folder, &pack, ids[i]);
    }
}

static Ledger *open_ledger(const char *folder, const Rules *rules)
{
    Ledger *ledger = NULL;
    Error error = {0};
    if (ledger_open(&ledger, folder, rules, &error) != STATUS_OK)
        printf("\n  %s\n", error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ledger);
    return ledger;
}

static Status decide(Ledger *ledger, const char *id, const Person *person, Action action,
                     int version)
{
    Error error;
    json_t *now;
    Decision decision = {.action = action, .version = version, .reason = "shadow", .text = "因为"};
    Status status = ledger_decide(ledger, id, &decision, person, &now, &error);
    json_decref(now);
    return status;
}

static char *state_of(Ledger *ledger, const char *id)
{
    static char state[32];
    json_t *now;
    *state = '\0';
    if (ledger_case(ledger, id, &chief, &now, NULL) == STATUS_OK)
        snprintf(state, sizeof state, "%s", json_string_value(json_object_get(now, "state")));
    json_decref(now);
    return state;
}

static void test_two_people_confirm(void)
{
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    const char *id = ids[1];
    CU_ASSERT_EQUAL(decide(ledger, id, &guest, ACTION_CONFIRM, 0), STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_CONFIRM, 0), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "reviewed");
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_CONFIRM, 1), STATUS_FORBIDDEN); // the same
    CU_ASSERT_EQUAL(decide(ledger, id, &officer, ACTION_CONFIRM, 1), STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(decide(ledger, id, &officer, ACTION_UNDO, 1), STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_UNDO, 1), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "pending");
    CU_ASSERT_EQUAL(decide(ledger, id, &officer, ACTION_CONFIRM, 1), STATUS_CONFLICT); // is at 2
    CU_ASSERT_EQUAL(decide(ledger, id, &officer, ACTION_CONFIRM, 2), STATUS_OK);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_RETURN, 3), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "returned");
    CU_ASSERT_EQUAL(decide(ledger, id, &officer, ACTION_CONFIRM, 4), STATUS_OK);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_CONFIRM, 5), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "confirmed");
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_STRIKE_OFF, 6), STATUS_CONFLICT);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_HAND_OVER, 6), STATUS_OK);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_PROCESS, 7), STATUS_OK);
    CU_ASSERT_EQUAL(decide(ledger, id, &chief, ACTION_STRIKE_OFF, 8), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "struck_off");
    json_t *now;
    CU_ASSERT_EQUAL_FATAL(ledger_case(ledger, id, &chief, &now, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(now, "verdicts")), 9);
    json_decref(now);
    ledger_close(&ledger);
}

static void test_decision_needs_its_facts(void)
{
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &rules_default);
    static const Decision wrong[] = {
        {.action = ACTION_REJECT},
        {.action = ACTION_REJECT, .reason = "no reason"},
        {.action = ACTION_NOTE},
        {.action = ACTION_CORRECT},
        {.action = ACTION_CORRECT, .plate = "晋E1234"},
        {.action = ACTION_CORRECT, .plate = "晋EO1234"},
        {.action = ACTION_CORRECT, .plate_colour = "pink"},
        {.action = ACTION_CORRECT, .class = "tank"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *now;
        Error error;
        CU_ASSERT_EQUAL(ledger_decide(ledger, ids[0], &wrong[i], &officer, &now, &error),
                        STATUS_ARGUMENT);
        CU_ASSERT_PTR_NULL(now);
    }
    Decision right = {.action = ACTION_CORRECT, .plate = "晋E5678挂", .class = "bus"};
    json_t *now;
    CU_ASSERT_EQUAL_FATAL(ledger_decide(ledger, ids[0], &right, &officer, &now, NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(now, "plate")), "晋E5678挂");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(now, "class")), "bus");
    CU_ASSERT(json_is_true(json_object_get(now, "corrected")));
    CU_ASSERT(json_is_null( // the machine's value stays
        json_object_get(json_object_get(json_object_get(now, "record"), "plate"), "text")));
    json_decref(now);
    CU_ASSERT_EQUAL(ledger_decide(ledger, "../../etc", &right, &officer, &now, NULL),
                    STATUS_MISSING);
    ledger_close(&ledger);
}

static json_t *page(Ledger *ledger, const char *const *filters, const Person *person)
{
    Filter filter;
    json_t *out = NULL;
    Error error;
    filter_init(&filter);
    for (; filters && *filters; filters += 2)
        CU_ASSERT_EQUAL(filter_set(&filter, filters[0], filters[1], &error), STATUS_OK);
    CU_ASSERT_EQUAL(ledger_captures(ledger, &filter, person, &out, &error), STATUS_OK);
    filter_finish(&filter);
    return out;
}

static size_t count(Ledger *ledger, const char *const *filters)
{
    json_t *out = page(ledger, filters, &chief);
    size_t items = json_array_size(json_object_get(out, "items"));
    json_decref(out);
    return items;
}

static void test_filters(void)
{
    static const struct {
        const char *filters[5];
        size_t count;
    } cases[] = {
        {{NULL}, 40},
        {{"camera", "cam01", NULL}, 10},
        {{"camera", "cam01,cam02", NULL}, 20},
        {{"camera", "cam09", NULL}, 0},
        {{"site", "高平", NULL}, 20},
        {{"lane", "2", NULL}, 26},
        {{"grade", "none", NULL}, 8},
        {{"grade", "0,3", NULL}, 16},
        {{"origin", "local", NULL}, 10},
        {{"origin", "unknown", NULL}, 10},
        {{"colour", "none", NULL}, 10},
        {{"colour", "yellow", "camera", "cam02", NULL}, 10},
        {{"certainty", "low", NULL}, 10},
        {{"certainty", "high", NULL}, 15},
        {{"state", "pending", NULL}, 40},
        {{"state", "rejected", NULL}, 0},
        {{"from", "2026-11-01", "to", "2026-11-01", NULL}, 2},
        {{"from", "2026-11-05T00:00:00+08:00", NULL}, 32},
        {{"text", "e123", NULL}, 10},
        {{"text", "cam03_2026", NULL}, 10},
        {{"text", "' OR 1=1 --", NULL}, 0},
        {{"text", "%", NULL}, 0},
        {{"class", "lorry", NULL}, 40},
        {{"class", "car", NULL}, 0},
        {{"repeats", "0", NULL}, 40},
        {{"exported", "yes", NULL}, 0},
    };
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t got = count(ledger, cases[i].filters);
        if (got != cases[i].count)
            printf("\n  %s=%s gave %zu\n", cases[i].filters[0], cases[i].filters[1], got);
        CU_ASSERT_EQUAL(got, cases[i].count);
    }
    static const char *const wrong[][2] = {{"state", "x"},  {"grade", "9"},     {"colour", "'"},
                                           {"nothing", ""}, {"limit", "501"},   {"limit", "0"},
                                           {"order", "x"},  {"from", "gestern"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Filter filter;
        filter_init(&filter);
        CU_ASSERT_EQUAL(filter_set(&filter, wrong[i][0], wrong[i][1], NULL), STATUS_ARGUMENT);
        filter_finish(&filter);
    }
    static const char *const sites[] = {"高平"};
    Person local = {.name = "王", .role = ROLE_ADMIN, .sites = sites, .site_count = 1};
    json_t *own = page(ledger, NULL, &local), *other;
    CU_ASSERT_EQUAL(json_array_size(json_object_get(own, "items")), 20);
    json_decref(own);
    CU_ASSERT_EQUAL(ledger_case(ledger, ids[0], &local, &other, NULL), STATUS_MISSING);
    CU_ASSERT_EQUAL(decide(ledger, ids[0], &local, ACTION_CONFIRM, 0), STATUS_MISSING);
    ledger_close(&ledger);
}

static void test_pages_meet(void)
{
    static const char *const orders[] = {"newest", "oldest", "confidence"};
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    for (size_t o = 0; o < 3; o++) {
        json_t *seen = json_object();
        char after[64] = "";
        for (int pages = 0; pages < 10; pages++) {
            const char *filters[] = {"order", orders[o], "limit", "7", "after", after, NULL};
            json_t *out = page(ledger, filters, &chief), *item;
            size_t i;
            json_array_foreach(json_object_get(out, "items"), i, item)
                json_object_set(seen, json_string_value(json_object_get(item, "id")), item);
            const char *next = json_string_value(json_object_get(out, "next"));
            snprintf(after, sizeof after, "%s", next ? next : "");
            json_decref(out);
            if (!*after)
                break;
        }
        CU_ASSERT_EQUAL(json_object_size(seen), 40);
        json_decref(seen);
    }
    const char *wrong[] = {"after", "1; DROP TABLE capture", NULL};
    Filter filter;
    json_t *out;
    filter_init(&filter);
    CU_ASSERT_EQUAL(filter_set(&filter, wrong[0], wrong[1], NULL), STATUS_OK);
    CU_ASSERT_EQUAL(ledger_captures(ledger, &filter, &chief, &out, NULL), STATUS_ARGUMENT);
    filter_finish(&filter);
    ledger_close(&ledger);
}

// Each facet's count is what the list gives when that value is chosen.
static void test_facets_agree_with_lists(void)
{
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    for (int i = 0; i < 12; i++)
        decide(ledger, ids[i], &officer, i % 3 ? ACTION_CONFIRM : ACTION_REJECT, 0);
    Filter filter;
    json_t *facets, *values, *n;
    const char *name, *value;
    filter_init(&filter);
    filter_set(&filter, "camera", "cam01,cam02", NULL);
    filter_set(&filter, "certainty", "middle,low", NULL);
    CU_ASSERT_EQUAL_FATAL(ledger_facets(ledger, &filter, &chief, &facets, NULL), STATUS_OK);
    filter_finish(&filter);
    size_t compared = 0;
    json_object_foreach(facets, name, values)
    {
        if (!json_is_object(values))
            continue;
        json_object_foreach(values, value, n)
        {
            const char *filters[] = {"camera", "cam01,cam02", "certainty", "middle,low", name,
                                     value,    "limit",       "500",       NULL};
            CU_ASSERT_EQUAL((json_int_t)count(ledger, filters), json_integer_value(n));
            compared++;
        }
    }
    CU_ASSERT(compared > 20);
    json_decref(facets);
    ledger_close(&ledger);
}

static void test_repeats_are_counted(void)
{
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &rules_default);
    static const char *const twice[] = {"repeats", "2", "camera", "cam02", NULL};
    decide(ledger, ids[1], &officer, ACTION_CONFIRM, 0); // cam02 sees 晋E12345
    decide(ledger, ids[5], &officer, ACTION_CONFIRM, 0);
    CU_ASSERT_EQUAL(count(ledger, twice), 8);
    decide(ledger, ids[5], &officer, ACTION_UNDO, 1);
    CU_ASSERT_EQUAL(count(ledger, twice), 0);
    Decision other = {.action = ACTION_CORRECT, .plate = "晋E99999", .version = 1};
    json_t *now;
    CU_ASSERT_EQUAL(ledger_decide(ledger, ids[1], &other, &officer, &now, NULL), STATUS_OK);
    json_decref(now);
    static const char *const once[] = {"repeats", "1,2,3", NULL};
    CU_ASSERT_EQUAL(count(ledger, once), 0);
    ledger_close(&ledger);
}

static void digest_of(const char *folder, bool anew, char hex[SHA256_HEX_SIZE])
{
    Ledger *ledger = open_ledger(folder, &two_steps);
    if (anew)
        CU_ASSERT_EQUAL(ledger_reindex(ledger, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(ledger_digest(ledger, hex, NULL), STATUS_OK);
    ledger_close(&ledger);
}

static void test_index_can_be_made_anew(void)
{
    char folder[PATH_SIZE], ids[40][200], kept[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
    static const char *const damages[] = {
        "true", "rm '%s/.heiyan/ledger.sqlite'", "echo rubbish > '%s/.heiyan/ledger.sqlite'",
        "rm '%s/.heiyan/ledger.sqlite'*",
        "head -c 20000 /dev/urandom | dd of='%s/.heiyan/ledger.sqlite' bs=1k seek=8 conv=notrunc"};
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_EQUAL(decide(ledger, ids[i], &officer, (Action)(i % 3), 0), STATUS_OK);
        if (i % 3 == 0)
            CU_ASSERT_EQUAL(decide(ledger, ids[i], &chief, ACTION_CONFIRM, 1), STATUS_OK);
    }
    CU_ASSERT_EQUAL(ledger_digest(ledger, kept, NULL), STATUS_OK);
    ledger_close(&ledger);
    digest_of(folder, true, other);
    CU_ASSERT_STRING_EQUAL(kept, other);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        char command[PATH_SIZE + 200];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, damages[i], folder);
#pragma GCC diagnostic pop
        CU_ASSERT_EQUAL(shell("%s", command), 0);
        digest_of(folder, false, other);
        CU_ASSERT_STRING_EQUAL(kept, other);
    }
}

static int told;

static void tell(void *context, const char *id)
{
    (void)context;
    told += *id != '\0';
}

static void test_folder_is_followed(void)
{
    char folder[PATH_SIZE], ids[40][200], id[200];
    int64_t late;
    clock_parse("2026-12-24T08:00:00+08:00", &late);
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    told = 0;
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(told, 0);
    LightPack pack = {.camera = "cam05", .peak_us = late, .grade = 2, .confidence = 0.5};
    light_pack(folder, &pack, id);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(told, 1);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "pending");
    pack.peak_us++; // the same second, a folder changed a moment ago
    pack.camera = "cam06";
    light_pack(folder, &pack, id);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(state_of(ledger, id), "pending");
    CU_ASSERT_EQUAL(shell("rm -r '%s'/2026-12-24/cam05*", folder), 0);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(count(ledger, NULL), 41);
    CU_ASSERT_EQUAL(shell("rm -r '%s'/2026-12-24", folder), 0);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(count(ledger, NULL), 40);
    // One that expired between two looks, and one whose line came before its folder went.
    CU_ASSERT_EQUAL(
        shell("rm -r '%s'/*/%s && printf '{\"pack\":\"%%s\",\"files\":[],\"expired\":{}}"
              "\\n' %s %s > '%s/deletions.jsonl'",
              folder, ids[0], ids[0], ids[1], folder),
        0);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(count(ledger, NULL), 39);
    CU_ASSERT_EQUAL(shell("rm -r '%s'/*/%s", folder, ids[1]), 0);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(count(ledger, NULL), 38);
    CU_ASSERT_EQUAL(shell("mkdir '%s'/2026-12-25 && mkdir '%s'/2026-12-25/broken", folder, folder),
                    0);
    CU_ASSERT_EQUAL(ledger_refresh(ledger, tell, NULL, NULL), STATUS_OK); // told of, left out
    CU_ASSERT_EQUAL(count(ledger, NULL), 38);
    ledger_close(&ledger);
}

#include "ledger_reports.h"

static void test_looking_beside_a_review(void)
{
    char folder[PATH_SIZE], ids[40][200];
    Ledger *looking = NULL;
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    CU_ASSERT_EQUAL_FATAL(ledger_open_to_look(&looking, folder, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(count(looking, NULL), 40);
    CU_ASSERT_EQUAL(decide(looking, ids[0], &officer, ACTION_CONFIRM, 0), STATUS_IO);
    CU_ASSERT_EQUAL(decide(ledger, ids[0], &officer, ACTION_CONFIRM, 0), STATUS_OK);
    ledger_close(&looking);
    ledger_close(&ledger);
}

static void test_only_listed_files(void)
{
    static const char *const others[] = {
        "../record.json", "verdicts.jsonl",           "/etc/passwd", "", ".",
        "panorama-2.jpg", "record.json/../SHA256SUMS"};
    char folder[PATH_SIZE], ids[40][200], path[PATH_SIZE];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    CU_ASSERT_EQUAL(ledger_file(ledger, ids[0], "panorama-1.jpg", &guest, path, NULL), STATUS_OK);
    CU_ASSERT(file_exists(path));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CU_ASSERT_EQUAL(ledger_file(ledger, ids[0], others[i], &guest, path, NULL), STATUS_MISSING);
    ledger_close(&ledger);
}

static void test_forged_verdict_is_not_believed(void)
{
    char folder[PATH_SIZE], ids[40][200];
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    CU_ASSERT_EQUAL(decide(ledger, ids[3], &officer, ACTION_CONFIRM, 0), STATUS_OK);
    ledger_close(&ledger);
    CU_ASSERT_EQUAL(shell("sed -i 's/confirm/reject/' '%s'/*/'%s'/verdicts.jsonl", folder, ids[3]),
                    0);
    ledger = open_ledger(folder, &two_steps);
    static const char *const pending[] = {"state", "pending", NULL};
    CU_ASSERT_EQUAL(count(ledger, pending), 40);
    CU_ASSERT_EQUAL(decide(ledger, ids[3], &officer, ACTION_CONFIRM, 0), STATUS_FORMAT);
    json_t *now;
    CU_ASSERT_EQUAL_FATAL(ledger_case(ledger, ids[3], &officer, &now, NULL), STATUS_OK); // seen
    CU_ASSERT(json_is_string(json_object_get(now, "damage")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(now, "actions")), 0);
    json_decref(now);
    ledger_close(&ledger);
}

static void test_one_review_at_a_time(void)
{
    char folder[PATH_SIZE], ids[40][200];
    Error error;
    Ledger *second;
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &two_steps);
    CU_ASSERT_EQUAL(ledger_open(&second, folder, &two_steps, &error), STATUS_IO);
    CU_ASSERT(strstr(error.text, "another heiyan") != NULL);
    ledger_close(&ledger);
    CU_ASSERT_EQUAL(ledger_open(&second, root, &two_steps, &error), STATUS_ARGUMENT);
}

int main(void)
{
    static const SuiteCase cases[] = {
        {"two people confirm", test_two_people_confirm},
        {"a decision needs its facts", test_decision_needs_its_facts},
        {"filters", test_filters},
        {"pages meet", test_pages_meet},
        {"facets agree with lists", test_facets_agree_with_lists},
        {"repeats are counted", test_repeats_are_counted},
        {"index can be made anew", test_index_can_be_made_anew},
        {"folder is followed", test_folder_is_followed},
        {"week", test_week},
        {"learning from decisions", test_learning_from_decisions},
        {"exports", test_exports},
        {"looking beside a review", test_looking_beside_a_review},
        {"only listed files", test_only_listed_files},
        {"a forged verdict is not believed", test_forged_verdict_is_not_believed},
        {"one review at a time", test_one_review_at_a_time},
    };
    snprintf(root, sizeof root, "/tmp/heiyan-ledger-XXXXXX");
    if (!mkdtemp(root) || clock_set_zone("Asia/Shanghai", NULL) != STATUS_OK)
        return 2;
    setenv("HEIYAN_STATE", root, 1);
    snprintf(root + strlen(root), sizeof root - strlen(root), "/f");
    folder_make(root, NULL);
    int failed = suite_run("ledger", cases, sizeof cases / sizeof *cases);
    root[strlen(root) - 2] = '\0';
    folder_remove(root, NULL);
    return failed;
}
