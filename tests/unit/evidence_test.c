#include "evidence/audit.h"
#include "evidence/chain.h"
#include "evidence/pack.h"
#include "evidence/retention.h"
#include "evidence/seal.h"
#include "evidence/verify.h"

#include "base/clock.h"
#include "capture/ring.h"
#include "suite.h"
#include "video.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START (INT64_C(1795911302) * SECOND_US) // 2026-11-29, in Asia/Shanghai below

static char root[64]; // temporary folder of the suite
static Packet **packets;
static size_t packet_count;
static SourceInfo info;

static Picture *draw(int shift)
{
    Picture *picture = picture_new(640, 360);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < (i ? 180 : 360); y++)
            memset((uint8_t *)(uintptr_t)picture->plane[i] + (ptrdiff_t)y * picture->stride[i],
                   i ? 128 : 70 + (y + 8 * shift) % 90, (size_t)(i ? 320 : 640));
    picture->time_us = START + shift * SECOND_US / 25;
    return picture;
}

static void make_clip(void)
{
    char path[128];
    Error error;
    Source *source;
    Video video;
    snprintf(path, sizeof path, "%s/source.mp4", root);
    CU_ASSERT_FATAL(video_open(&video, path, "libx264", 640, 360, 25, 10, "preset=ultrafast"));
    for (int i = 0; i < 50; i++) {
        Picture *picture = draw(i);
        CU_ASSERT_FATAL(video_put(&video, picture));
        picture_unref(&picture);
    }
    CU_ASSERT_FATAL(video_close(&video));
    CU_ASSERT_EQUAL_FATAL(source_open(&source, path, &(SourceOptions){.start_us = START}, &error),
                          STATUS_OK);
    info = *source_info(source);
    packets = calloc(64, sizeof(Packet *));
    while (packet_count < 64 &&
           source_read(source, false, &packets[packet_count], &error) == STATUS_OK)
        packet_count++;
    source_close(&source);
    CU_ASSERT_EQUAL_FATAL(packet_count, 50);
}

// Stages a made-up event whose peak lies number seconds after the start.
static Status stage(const char *folder, const char *camera, int number, Error *error)
{
    Picture *pictures[2] = {draw(10), draw(30)};
    TrackPoint points[2] = {{START, {200, 200, 120, 100}, 0.4f},
                            {START + SECOND_US, {260, 120, 80, 70}, 0.3f}};
    Point outline[4] = {{210, 300}, {300, 300}, {310, 340}, {205, 345}};
    uint8_t cells[16 * 9];
    for (size_t i = 0; i < sizeof cells; i++)
        cells[i] = i % 7 ? (uint8_t)i : DENSITY_UNKNOWN;
    Event event = {.start_us = START + number * SECOND_US,
                   .peak_us = START + number * SECOND_US + 345678,
                   .end_us = START + number * SECOND_US + SECOND_US,
                   .track = 7 + number,
                   .class = VEHICLE_LORRY,
                   .speed_kmh = NAN,
                   .points = points,
                   .point_count = 2,
                   .box = {200, 200, 120, 100},
                   .opacity = 0.43,
                   .opacity_max = 0.6,
                   .uncertainty = 0.06,
                   .measurable = true,
                   .model = OPACITY_TRANSMISSION,
                   .kind = SMOKE_BLACK,
                   .plume = {205, 300, 105, 45},
                   .outline = outline,
                   .outline_count = 4,
                   .duration_s = 1.2,
                   .confidence = 0.9,
                   .score = 0.5,
                   .density = {{160, 270, 160, 90}, 16, 9, cells},
                   .reasons = {{"trail_depth", 0.21}, {"hue", NAN}},
                   .reason_count = 2};
    Plate plate = {.box = {240, 270, 40, 13},
                   .corners = {{240, 270}, {280, 270}, {280, 283}, {240, 283}},
                   .colour = "blue",
                   .rows = 1,
                   .confidence = 0.8};
    RecordSite site = {.name = "高平",
                       .heading = NAN,
                       .place = "建设路与神农路口",
                       .direction = "由南向北",
                       .device = "140581-03",
                       .latitude = 35.798,
                       .longitude = 112.92,
                       .camera = camera,
                       .role = "rear",
                       .lane = "2"};
    RecordSource source = {.name = "a.mp4",
                           .clock_source = "file-name",
                           .clock_offset_s = NAN,
                           .first_frame_us = START,
                           .footage = "f00d",
                           .info = info};
    RecordSoftware software = {
        "0", "0000000000000000000000000000000000000000000000000000000000000000", NULL, 0};
    PackInput input = {.event = &event,
                       .site = &site,
                       .source = &source,
                       .software = &software,
                       .panoramas = {pictures[0], pictures[1]},
                       .panorama_count = 2,
                       .peak_index = 0,
                       .plate = &plate,
                       .plate_picture = pictures[0],
                       .packets = packets,
                       .packet_count = packet_count};
    Status status = pack_stage(folder, &input, error);
    picture_unref(&pictures[0]);
    picture_unref(&pictures[1]);
    return status;
}

static Status seal_new(Sealer *sealer, const char *camera, int number, int ordinal, Sealed *sealed,
                       Error *error)
{
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%.3000s/t%d", sealer_staging(sealer), number);
    Status status = stage(folder, camera, number, error);
    return status == STATUS_OK ? sealer_seal(sealer, folder, ordinal, sealed, error) : status;
}

// An evidence folder with count packs of one camera; ids may be NULL.
static void make_evidence(const char *folder, int count, Sealed *sealed)
{
    Error error = {0};
    Sealer *sealer;
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    for (int i = 0; i < count; i++) {
        Sealed own;
        Status status = seal_new(sealer, "cam03", i, 1, sealed ? &sealed[i] : &own, &error);
        if (status != STATUS_OK)
            printf("%s ", error.text);
        CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
    }
    sealer_close(&sealer);
}

static char findings[4096];

static void note(void *context, const char *where, const char *sentence)
{
    (void)context;
    size_t used = strlen(findings);
    snprintf(findings + used, sizeof findings - used, "%s: %s\n", where, sentence);
}

static VerifyReport verify(const char *folder)
{
    VerifyReport report = {0};
    Error error;
    findings[0] = '\0';
    CU_ASSERT_EQUAL(verify_folder(folder, NULL, note, NULL, &report, &error), STATUS_OK);
    return report;
}

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

static void test_pack_is_whole(void)
{
    char folder[128], path[PATH_SIZE];
    Sealed sealed[2];
    json_t *record;
    Error error;
    snprintf(folder, sizeof folder, "%s/whole", root);
    make_evidence(folder, 2, sealed);
    CU_ASSERT_STRING_EQUAL(sealed[0].id, "cam03_20261129T081502.345+0800");
    VerifyReport report = verify(folder);
    CU_ASSERT_EQUAL(report.packs, 2);
    CU_ASSERT_EQUAL(report.problems, 0);
    CU_ASSERT_STRING_EQUAL(findings, "");
    snprintf(path, sizeof path, "%.3000s/record.json", sealed[0].folder);
    CU_ASSERT_EQUAL_FATAL(record_load(path, &record, &error), STATUS_OK);
    const json_t *smoke = json_object_get(record, "smoke");
    CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(smoke, "ringelmann")), 2.15, 1e-9);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(record, "files")), 8);
    CU_ASSERT(json_is_null(json_object_get(record, "previous")));
    json_decref(record);
    CU_ASSERT_EQUAL(shell("cd '%s' && sha256sum --quiet -c SHA256SUMS && minisign -q -Vm "
                          "SHA256SUMS -p %s/heiyan.pub",
                          sealed[0].folder, folder),
                    0);
    CU_ASSERT_EQUAL(
        shell("cd '%s' && test $(stat -c %%s composite.jpg) -le 1000000", sealed[0].folder), 0);
    CU_ASSERT_EQUAL(shell("test $(stat -c %%a $HEIYAN_STATE/heiyan.key) = 600"), 0);
}

static void test_same_bytes(void)
{
    char one[128], two[128];
    snprintf(one, sizeof one, "%s/one", root);
    snprintf(two, sizeof two, "%s/two", root);
    make_evidence(one, 2, NULL);
    make_evidence(two, 2, NULL);
    CU_ASSERT_EQUAL(shell("diff -r %s %s", one, two), 0);
}

static void test_existed_and_ordinal(void)
{
    char folder[128];
    Sealer *sealer;
    Sealed first, again, other;
    Error error;
    snprintf(folder, sizeof folder, "%s/twice", root);
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    CU_ASSERT_EQUAL(seal_new(sealer, "cam03", 0, 1, &first, &error), STATUS_OK);
    CU_ASSERT_EQUAL(seal_new(sealer, "cam03", 0, 1, &again, &error), STATUS_OK);
    CU_ASSERT_FALSE(first.existed);
    CU_ASSERT(again.existed);
    CU_ASSERT_STRING_EQUAL(first.id, again.id);
    CU_ASSERT_EQUAL(seal_new(sealer, "cam03", 0, 2, &other, &error), STATUS_OK);
    CU_ASSERT(strstr(other.id, "+0800-2") != NULL);
    sealer_close(&sealer);
    CU_ASSERT_EQUAL(verify(folder).problems, 0);
}

// A kill between a pack's rename and its camera's head: no fault as long as the note of it stands,
// and finished by the next sealer.
static void test_head_one_step_behind(void)
{
    char folder[128];
    Sealer *sealer;
    Sealed sealed;
    Error error;
    snprintf(folder, sizeof folder, "%s/behind", root);
    for (int n = 0; n < 2; n++) { // of the first pack of a camera, and of a later one
        ChainIntent intent = {.camera = "cam03"};
        CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
        CU_ASSERT_EQUAL(shell("cp '%s'/chain/cam03.json '%s/head' 2>&-", folder, root) == 0, n);
        CU_ASSERT_EQUAL(seal_new(sealer, "cam03", n, 1, &sealed, &error), STATUS_OK);
        CU_ASSERT_EQUAL(chain_load(folder, "cam03", NULL, &intent.head, &error), STATUS_OK);
        sealer_close(&sealer);
        snprintf(intent.place, sizeof intent.place, "%s", sealed.folder + strlen(folder) + 1);
        CU_ASSERT_EQUAL(shell("cp '%s'/chain/cam03.json '%s/after'", folder, root), 0);
        CU_ASSERT_EQUAL(n ? shell("cp '%s/head' '%s'/chain/cam03.json", root, folder)
                          : shell("rm '%s'/chain/cam03.json", folder),
                        0);
        CU_ASSERT(verify(folder).problems > 0);
        intent.head.last[0] ^= 1;
        CU_ASSERT_EQUAL(chain_intent_save(folder, &intent, &error), STATUS_OK);
        CU_ASSERT(verify(folder).problems > 0);
        intent.head.last[0] ^= 1;
        CU_ASSERT_EQUAL(chain_intent_save(folder, &intent, &error), STATUS_OK);
        CU_ASSERT_EQUAL(verify(folder).problems, 0);
        CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
        sealer_close(&sealer);
        CU_ASSERT_EQUAL(chain_intent_load(folder, &intent, &error), STATUS_END);
        CU_ASSERT_EQUAL(verify(folder).problems, 0);
        CU_ASSERT_EQUAL(shell("cmp '%s'/chain/cam03.json '%s/after'", folder, root), 0);
    }
}

// Each kind of tampering, done by a shell command on a folder of three packs: what must be found.
static void test_tampering(void)
{
    static const struct {
        const char *command; // %1$s: the folder, %2$s: the middle pack, %3$s: the last pack
        const char *finding;
    } cases[] = {
        {"printf x >> '%2$s/panorama-1.jpg'", "panorama-1.jpg was changed"},
        {"sed -i 's/0.43/0.13/' '%2$s/record.json'", "record.json was changed"},
        {"rm '%2$s/clip.mp4'", "clip.mp4 is missing"},
        {"echo > '%2$s/extra.jpg'", "extra.jpg does not belong"},
        {"mv '%2$s/plate.jpg' %1$s/.p && ln -s %1$s/.p '%2$s/plate.jpg'", "not a plain file"},
        {"rm -r '%2$s'", "is missing or damaged"},
        {"rm -r '%3$s'", "sealed last is missing"},
        {"rm -r %1$s/2026-*", "sealed last is missing"},
        {"rm %1$s/chain/cam03.json", "head of the camera's chain is missing"},
        {"sed -i 's/\"count\": 3/\"count\": 2/' %1$s/chain/cam03.json", "was changed"},
        {"rm '%2$s/SHA256SUMS.minisig'", "SHA256SUMS.minisig"},
        {"mv '%2$s' '%2$s-9'", "signature is that of pack"},
        {"cd '%2$s' && yes '' | minisign -G -W -f -p %1$s/.evil.pub -s %1$s/.evil.key >/dev/null "
         "&& "
         "printf x >> panorama-1.jpg && sha256sum $(cut -c67- SHA256SUMS) > S && mv S SHA256SUMS "
         "&& "
         "minisign -S -H -s %1$s/.evil.key -m SHA256SUMS -t \"$(basename \"$PWD\")\" >/dev/null && "
         "cp %1$s/.evil.pub %1$s/heiyan.pub",
         "signed with another key"},
        {"echo '{}' > '%2$s/verdicts.jsonl'", "not a signed line"},
    };
    char master[128], folder[128];
    snprintf(master, sizeof master, "%s/master", root);
    snprintf(folder, sizeof folder, "%s/tampered", root);
    Sealed sealed[3];
    make_evidence(master, 3, sealed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[4 * PATH_SIZE], middle[PATH_SIZE], last[PATH_SIZE];
        CU_ASSERT_EQUAL_FATAL(shell("rm -rf %s && cp -r %s %s", folder, master, folder), 0);
        snprintf(middle, sizeof middle, "%s%.3000s", folder, sealed[1].folder + strlen(master));
        snprintf(last, sizeof last, "%s%.3000s", folder, sealed[2].folder + strlen(master));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, cases[i].command, folder, middle, last);
#pragma GCC diagnostic pop
        CU_ASSERT_EQUAL(shell("%s", command), 0);
        VerifyReport report = verify(folder);
        bool told = strstr(findings, cases[i].finding) != NULL;
        if (!told || !report.problems)
            printf("\n  [%s] gave [%s]\n", command, findings);
        CU_ASSERT(told && report.problems > 0);
    }
}

typedef struct Audited { // a folder with one pack and three steps taken on it
    char folder[128], place[256], sums[SHA256_HEX_SIZE];
} Audited;

static Status take_step(const Audited *audited, const char *action, size_t seen)
{
    Audit *audit;
    Error error;
    size_t mended;
    CU_ASSERT_EQUAL_FATAL(audit_open(&audit, audited->folder, &mended, &error), STATUS_OK);
    json_t *facts = json_pack("{s:s,s:s,s:s}", "who", "王", "action", action, "pack",
                              path_base(audited->place));
    Status status = audit_step(audit, audited->place, audited->sums, seen, facts, &error);
    json_decref(facts);
    audit_close(&audit);
    return status;
}

static Audited audited(const char *name)
{
    Audited made;
    Sealed sealed;
    char path[PATH_SIZE];
    snprintf(made.folder, sizeof made.folder, "%s/%s", root, name);
    make_evidence(made.folder, 1, &sealed);
    snprintf(made.place, sizeof made.place, "%.250s", sealed.folder + strlen(made.folder) + 1);
    snprintf(path, sizeof path, "%.3000s/SHA256SUMS", sealed.folder);
    CU_ASSERT_EQUAL_FATAL(file_sha256(path, made.sums, NULL), STATUS_OK);
    static const char *const actions[] = {"note", "confirm", "undo"};
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(take_step(&made, actions[i], i), STATUS_OK);
    return made;
}

static void test_steps_are_found_when_changed(void)
{
    static const struct {
        const char *command, *finding; // %1$s: evidence folder, %2$s: verdicts.jsonl
    } cases[] = {
        {"sed -i '2s/confirm/reject/' '%2$s'", "line 2"},
        {"sed -i 2d '%2$s'", "line 2"},
        {"sed -i '2{p}' '%2$s'", "line 3"},
        {"sed -i 3d '%2$s'", "has 2 lines, audit.jsonl has 3"},
        {"rm '%2$s'", "has 0 lines, audit.jsonl has 3"},
        {"sed -i 3d %1$s/audit.jsonl && sed -i 3d '%2$s'", "3 steps were taken, it has 2"},
        {"sed -i '2s/confirm/reject/' %1$s/audit.jsonl", "line 2 of audit.jsonl"},
        {"rm %1$s/audit.jsonl", "audit.jsonl: it is missing"},
        {"rm %1$s/audit.jsonl %1$s/chain/_audit.json", "audit.jsonl has 0 of them"},
        {"sed -i 's/\"count\": 3/\"count\": 2/' %1$s/chain/_audit.json", "was changed"},
    };
    Audited kept = audited("steps");
    CU_ASSERT_EQUAL(verify(kept.folder).problems, 0);
    CU_ASSERT_EQUAL(take_step(&kept, "note", 2), STATUS_CONFLICT);
    CU_ASSERT_EQUAL(verify(kept.folder).problems, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[2 * PATH_SIZE], folder[160], path[PATH_SIZE];
        snprintf(folder, sizeof folder, "%s-changed", kept.folder);
        snprintf(path, sizeof path, "%s/%s/verdicts.jsonl", folder, kept.place);
        CU_ASSERT_EQUAL_FATAL(shell("rm -rf %s && cp -r %s %s", folder, kept.folder, folder), 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, cases[i].command, folder, path);
#pragma GCC diagnostic pop
        CU_ASSERT_EQUAL(shell("%s", command), 0);
        CU_ASSERT(verify(folder).problems > 0);
        if (!strstr(findings, cases[i].finding))
            printf("\n  [%s] gave [%s]\n", command, findings);
        CU_ASSERT(strstr(findings, cases[i].finding) != NULL);
    }
}

// What a crash can leave: the audit ahead of the pack, ahead of its head, a torn line.
static void test_cut_off_step_is_finished(void)
{
    static const char *const crashes[] = {
        "sed -i 3d '%2$s'", // %1$s: evidence folder, %2$s: verdicts.jsonl
        "sed -i 3d '%2$s' && printf '{\"half' >> '%2$s'",
        "printf '{\"half' >> %1$s/audit.jsonl",
        "cp %1$s/.head %1$s/chain/_audit.json",
    };
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        char name[16], command[2 * PATH_SIZE], path[PATH_SIZE];
        Audit *audit;
        Error error;
        size_t mended;
        snprintf(name, sizeof name, "cut%zu", i);
        Audited kept = audited(name);
        snprintf(path, sizeof path, "%s/%s/verdicts.jsonl", kept.folder, kept.place);
        CU_ASSERT_EQUAL(shell("cp %s/chain/_audit.json %s/.head", kept.folder, kept.folder), 0);
        if (i == 3)
            CU_ASSERT_EQUAL(take_step(&kept, "note", 3), STATUS_OK);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, crashes[i], kept.folder, path);
#pragma GCC diagnostic pop
        CU_ASSERT_EQUAL(shell("%s", command), 0);
        CU_ASSERT_EQUAL_FATAL(audit_open(&audit, kept.folder, &mended, &error), STATUS_OK);
        CU_ASSERT_EQUAL(mended, i < 2);
        audit_close(&audit);
        VerifyReport report = verify(kept.folder);
        CU_ASSERT_EQUAL(report.problems, 0);
        CU_ASSERT_EQUAL(take_step(&kept, "note", i == 3 ? 4 : 3), STATUS_OK);
        CU_ASSERT_EQUAL(verify(kept.folder).problems, 0);
    }
}

static void test_retired(void)
{
    char folder[128], path[PATH_SIZE];
    Sealed sealed;
    SecretKey key;
    Error error;
    snprintf(folder, sizeof folder, "%s/retired", root);
    make_evidence(folder, 1, &sealed);
    snprintf(path, sizeof path, "%s/deletions.jsonl", folder);
    CU_ASSERT_EQUAL(shell("rm '%s/clip.mp4' '%s/panorama-1.jpg'", sealed.folder, sealed.folder), 0);
    CU_ASSERT_EQUAL(verify(folder).problems, 2);
    CU_ASSERT_EQUAL_FATAL(secret_key_load(&key, &error), STATUS_OK);
    json_t *line =
        json_pack("{s:s,s:[s,s]}", "pack", sealed.id, "files", "clip.mp4", "panorama-1.jpg");
    CU_ASSERT_EQUAL(lines_append(path, "", line, &key, &error), STATUS_OK);
    json_decref(line);
    VerifyReport report = verify(folder);
    CU_ASSERT_EQUAL(report.problems, 0);
    CU_ASSERT_EQUAL(report.retired, 1);
}

#include "evidence_retention.h"

static void test_refusals(void)
{
    char folder[128], state[128];
    Sealer *sealer, *second;
    Error error;
    snprintf(folder, sizeof folder, "%s/locked", root);
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    CU_ASSERT_EQUAL(sealer_open(&second, folder, &error), STATUS_IO);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT(strstr(error.text, "another heiyan") != NULL);
    sealer_close(&sealer);
    snprintf(folder, sizeof folder, "%s/source.mp4", root);
    CU_ASSERT_NOT_EQUAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    // The key must not lie inside the evidence.
    snprintf(state, sizeof state, "%s", getenv("HEIYAN_STATE"));
    snprintf(folder, sizeof folder, "%s/inside/key", root);
    setenv("HEIYAN_STATE", folder, 1);
    snprintf(folder, sizeof folder, "%s/inside", root);
    CU_ASSERT_EQUAL(sealer_open(&sealer, folder, &error), STATUS_ARGUMENT);
    setenv("HEIYAN_STATE", state, 1);
}

static void seal_for_ever(const char *folder)
{
    Sealer *sealer;
    Error error;
    Sealed sealed;
    if (sealer_open(&sealer, folder, &error) != STATUS_OK)
        _exit(1);
    for (int i = 0; i < 60; i++)
        if (seal_new(sealer, "cam03", i, 1, &sealed, &error) != STATUS_OK)
            _exit(2);
    _exit(0);
}

static void test_killed(void)
{
    char folder[128];
    Sealer *sealer;
    Error error;
    snprintf(folder, sizeof folder, "%s/killed", root);
    unsigned seed = 5, packs = 0;
    // A few more, each twice as long, where the machine is so slow that none was sealed.
    for (int round = 0; round < 25 || (round < 31 && !packs); round++) {
        pid_t child = fork();
        if (child == 0)
            seal_for_ever(folder);
        seed = seed * 1103515245 + 12345;
        usleep(round < 25 ? 20000 + seed / 65536 % 1000 * 250 : 900000U << (round - 25));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
        sealer_close(&sealer);
        VerifyReport report = verify(folder);
        if (report.problems)
            printf("\n  round %d: %s\n", round, findings);
        CU_ASSERT_EQUAL_FATAL(report.problems, 0);
        packs = (unsigned)report.packs;
    }
    CU_ASSERT(packs > 0);
}

static void test_full_disk(void)
{
    char folder[128];
    Sealer *sealer;
    Error error;
    Sealed sealed;
    Status status = STATUS_OK;
    snprintf(folder, sizeof folder, "%s/full", root);
    if (geteuid() != 0 || shell("mkdir -p %s && mount -t tmpfs -o size=3m tmpfs %s 2>/dev/null",
                                folder, folder) != 0) {
        printf("skipped: needs root ");
        return;
    }
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    int done = 0;
    while (done < 60 && (status = seal_new(sealer, "cam03", done, 1, &sealed, &error)) == STATUS_OK)
        done++;
    CU_ASSERT_EQUAL(status, STATUS_FULL);
    CU_ASSERT(done > 0);
    sealer_close(&sealer);
    VerifyReport report = verify(folder);
    CU_ASSERT_EQUAL(report.problems, 0);
    CU_ASSERT_EQUAL(report.packs, (size_t)done);
    CU_ASSERT_EQUAL(shell("umount %s", folder), 0);
}

#include "evidence_companion.h"
#include "evidence_journal.h"

int main(void)
{
    char state[128];
    snprintf(root, sizeof root, "/tmp/heiyan-evidence-%ld", (long)getpid());
    snprintf(state, sizeof state, "%s/state", root);
    setenv("HEIYAN_STATE", state, 1);
    Error error;
    if (folder_make(root, &error) != STATUS_OK ||
        clock_set_zone("Asia/Shanghai", &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    const SuiteCase cases[] = {
        {"clip", make_clip},
        {"a pack is whole", test_pack_is_whole},
        {"same bytes", test_same_bytes},
        {"existed and ordinal", test_existed_and_ordinal},
        {"a head one step behind", test_head_one_step_behind},
        {"tampering", test_tampering},
        {"steps are found when changed", test_steps_are_found_when_changed},
        {"a step cut off is finished", test_cut_off_step_is_finished},
        {"retired", test_retired},
        {"retention", test_retention},
        {"records expire", test_records_expire},
        {"what does not verify never expires", test_unproven_never_expires},
        {"expiry outlives a crash", test_expiry_outlives_crash},
        {"refusals", test_refusals},
        {"companions join", test_companions_join},
        {"companions' plates", test_companion_plates},
        {"a journal is read back", test_journal_is_read_back},
        {"a damaged journal is refused", test_damaged_journal_is_refused},
        {"killed", test_killed},
        {"full disk", test_full_disk},
    };
    int result = suite_run("evidence", cases, sizeof cases / sizeof *cases);
    packets_free(&packets, &packet_count);
    folder_remove(root, NULL);
    return result;
}
