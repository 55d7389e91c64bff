// What live operation is made of, without a camera: the queue, rates, the status as text.
#include "app/alarms.h"
#include "app/baselines.h"
#include "app/queue.h"
#include "app/rate.h"
#include "app/status.h"
#include "app/traffic.h"
#include "video.h"

#include <jansson.h>

static void rates(void)
{
    Rate rate = {0};
    int64_t start = INT64_C(5000) * SECOND_US;
    CU_ASSERT_EQUAL(rate_per_second(&rate, start), 0);
    for (int i = 0; i < 25 * 30; i++)
        rate_add(&rate, start + i * 40000, 1);
    CU_ASSERT_DOUBLE_EQUAL(rate_per_second(&rate, start + 30 * SECOND_US), 25, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(rate_per_second(&rate, start + 35 * SECOND_US), 12.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(rate_per_second(&rate, start + 60 * SECOND_US), 0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(rate_per_second(&rate, start + 9000 * SECOND_US), 0, 1e-9);
}

// 50 frames, a key frame every tenth.
static Source *open_frames(void)
{
    char path[128];
    Video video;
    Source *source = NULL;
    snprintf(path, sizeof path, "%s/frames.mp4", folder);
    CU_ASSERT_TRUE_FATAL(video_open(&video, path, "libx264", 320, 240, 25, 10, "bf=0"));
    for (int i = 0; i < 50; i++) {
        Picture *picture = picture_new(320, 240);
        CU_ASSERT_TRUE(picture && video_put(&video, picture));
        picture_unref(&picture);
    }
    CU_ASSERT_TRUE_FATAL(video_close(&video));
    CU_ASSERT_EQUAL_FATAL(source_open(&source, path, NULL, NULL), STATUS_OK);
    return source;
}

static void queues_drop_the_oldest(void)
{
    Source *source = open_frames();
    Packet *packets[50], *packet;
    size_t bytes = 0, dropped = 0;
    Queue *queue;
    Queued item;
    for (int i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL_FATAL(source_read(source, false, &packets[i], NULL), STATUS_OK);
        bytes += packet_size(packets[i]);
    }
    // All of them fit, cuts and sub-streams are told apart, order is kept.
    CU_ASSERT_EQUAL_FATAL(queue_create(&queue, bytes, NULL), STATUS_OK);
    for (int i = 0; i < 50; i++)
        CU_ASSERT_EQUAL(queue_push(queue, packets[i], false), 0);
    CU_ASSERT_EQUAL(queue_push(queue, NULL, false), 0);
    CU_ASSERT_EQUAL(queue_bytes(queue), bytes);
    CU_ASSERT_TRUE(queue_take(queue, &item));
    CU_ASSERT_PTR_EQUAL(item.packet, packets[0]);
    CU_ASSERT_EQUAL(item.keys_behind, 4);
    CU_ASSERT_FALSE(item.torn || item.substream);
    packet_unref(&item.packet);
    // Twice as many do not: the oldest go, the first that is left of their stream says so.
    for (int i = 0; i < 50; i++)
        dropped += queue_push(queue, packets[i], true);
    CU_ASSERT_TRUE(dropped >= 45);
    CU_ASSERT_TRUE(queue_bytes(queue) <= bytes);
    queue_close(queue);
    int torn = 0, last = -1;
    while (queue_take(queue, &item)) {
        torn += item.torn;
        last = item.packet ? last + 1 : last;
        packet = item.packet;
        packet_unref(&packet);
    }
    CU_ASSERT_TRUE(torn >= 1 && torn <= 2);
    CU_ASSERT_EQUAL(queue_bytes(queue), 0);
    queue_destroy(&queue);
    for (int i = 0; i < 50; i++)
        packet_unref(&packets[i]);
    source_close(&source);
}

// An event of that track, as wide as the picture.
static Event open_event(int track, int64_t peak_us)
{
    return (Event){.track = track, .peak_us = peak_us, .box = {40, 40, 200, 100}};
}

static Ring *fill_ring(int64_t *last_us)
{
    Source *source = open_frames();
    Packet *packet;
    Ring *ring;
    CU_ASSERT_EQUAL_FATAL(ring_create(&ring, 10 * SECOND_US, 1 << 24, NULL), STATUS_OK);
    while (source_read(source, false, &packet, NULL) == STATUS_OK) {
        CU_ASSERT_EQUAL(ring_push(ring, packet, NULL), STATUS_OK);
        packet_unref(&packet);
    }
    *last_us = ring_last_us(ring);
    source_close(&source);
    return ring;
}

// 0: none.
static size_t picture_size(Alarms *alarms)
{
    unsigned char *data;
    size_t size;
    if (alarms_picture(alarms, &data, &size, NULL) != STATUS_OK)
        return 0;
    CU_ASSERT_TRUE(size > 2 && data[0] == 0xFF && data[1] == 0xD8);
    free(data);
    return size;
}

static void first_pictures(void)
{
    const int64_t shift_us = INT64_C(1795392902345000);
    int64_t last_us;
    Ring *ring = fill_ring(&last_us);
    RecordSite site = {.camera = "cam01", .latitude = NAN, .longitude = NAN};
    Event a = open_event(7, shift_us + last_us - SECOND_US), b = open_event(8, shift_us + last_us);
    Alarms *alarms;
    CU_ASSERT_EQUAL_FATAL(alarms_create(&alarms, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), 0);
    CU_ASSERT_EQUAL(picture_size(alarms), 0);
    // What was no smoke after all leaves nothing.
    alarms_note(alarms, &a, &site, ring, shift_us);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), a.peak_us);
    CU_ASSERT_TRUE(picture_size(alarms) > 0);
    alarms_sweep(alarms);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), a.peak_us);
    alarms_sweep(alarms);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), 0);
    CU_ASSERT_EQUAL(picture_size(alarms), 0);
    // Of two the newest shows; one that ended shows until the next opens.
    alarms_note(alarms, &a, &site, ring, shift_us);
    alarms_note(alarms, &b, &site, ring, shift_us);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), b.peak_us);
    alarms_end(alarms, &b);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), a.peak_us);
    alarms_end(alarms, &a);
    alarms_end(alarms, &a);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), 0);
    size_t size = picture_size(alarms);
    CU_ASSERT_TRUE(size > 0);
    // The seconds of its peak are gone: the event is told all the same.
    ring_clear(ring);
    alarms_note(alarms, &b, &site, ring, shift_us);
    CU_ASSERT_EQUAL(alarms_open_us(alarms), b.peak_us);
    CU_ASSERT_EQUAL(picture_size(alarms), 0);
    alarms_sweep(alarms);
    alarms_sweep(alarms);
    CU_ASSERT_EQUAL(picture_size(alarms), size);
    alarms_destroy(&alarms);
    ring_destroy(&ring);
}

static void status_is_as_agreed(void)
{
    static const char *const keys[] = {"id",           "state",   "reason",    "fps",
                                       "analysed_fps", "delay_s", "frames",    "drops",
                                       "lost",         "events",  "last_frame"};
    StreamFacts cameras[2] = {{.id = "cam01",
                               .state = STREAM_LIVE,
                               .fps = 25,
                               .frames = 100,
                               .last_frame_us = INT64_C(1795392902345000),
                               .open_event_us = INT64_C(1795392901345000),
                               .clock = "rtcp",
                               .clock_offset_s = NAN,
                               .codec = "h264",
                               .width = 1920,
                               .outlook = {3204, 0.18, 1.5},
                               .false_budget = 2,
                               .conditions[CONDITION_RAIN] = {.on = true, .since_us = INT64_C(1795392902345000)},
                               .days = {{"2026-11-23", 43200, 60, 1500, 3},
                                        {"2026-11-22", 86400, 0, 3000, 6}}},
                              {.id = "cam02", .state = STREAM_REFUSED, .reason = "401 \"no\""}};
    SiteFacts facts = {.cameras = cameras, .camera_count = 2, .evidence = folder, .events = 3};
    char *text = status_json(&facts);
    json_t *root = json_loads(text, 0, NULL), *list = json_object_get(root, "cameras");
    CU_ASSERT_EQUAL_FATAL(json_array_size(list), 2);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CU_ASSERT_PTR_NOT_NULL(json_object_get(json_array_get(list, 0), keys[i]));
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(json_array_get(list, 0), "last_frame")),
        "2026-11-23T08:15:02.345+08:00");
    CU_ASSERT_TRUE(json_is_null(json_object_get(json_array_get(list, 1), "last_frame")));
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(json_array_get(list, 0), "open_event")),
        "2026-11-23T08:15:01.345+08:00");
    CU_ASSERT_TRUE(json_is_null(json_object_get(json_array_get(list, 1), "open_event")));
    json_t *baseline = json_object_get(json_array_get(list, 0), "baseline");
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(baseline, "passages")), 3204);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(baseline, "days")), 2);
    json_t *rain = json_array_get(json_object_get(json_array_get(list, 0), "conditions"), 0);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(rain, "name")), "rain");
    CU_ASSERT_TRUE(json_is_true(json_object_get(rain, "blind")));
    baseline = json_object_get(json_array_get(list, 1), "baseline");
    CU_ASSERT_TRUE(json_is_null(json_object_get(baseline, "sensitivity")));
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(list, 1), "state")),
                           "refused");
    CU_ASSERT_TRUE(json_is_object(json_object_get(root, "disk")));
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(root, "version")), HEIYAN_VERSION);
    json_decref(root);
    free(text);
    text = status_metrics(&facts);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nheiyan_camera_live{camera=\"cam01\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "heiyan_camera_state{camera=\"cam02\",state=\"refused\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nheiyan_packs_total 3\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "heiyan_camera_captures_per_day{camera=\"cam01\"} 6\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "nan"));
    free(text);
    bool healthy;
    text = status_health(&facts, &healthy);
    CU_ASSERT_STRING_EQUAL(text, "ok: 1 of 2 cameras live\n");
    CU_ASSERT_TRUE(healthy);
    free(text);
    facts.sealing_fails = true;
    text = status_health(&facts, &healthy);
    CU_ASSERT_FALSE(healthy);
    free(text);
}

// ---- what vehicles taught ----

static void fill_baseline(Baseline *baseline)
{
    const Grid grid = grid_for(1280, 720);
    TrackPoint point = {0, {500, 300, 90, 70}, NAN}, way[12];
    Passage passage = {.points = &point, .point_count = 1},
            leaving = {.points = way, .point_count = 12};
    *baseline = (Baseline){0};
    for (int n = 0; n < PERSPECTIVE_RECENT + 7; n++) {
        for (int i = 0; i < 12; i++)
            way[i] = (TrackPoint){0, {500, 300 - 20 * i, 250 - n - 8 * i, 120 - 7 * i}, NAN};
        perspective_learn(&baseline->perspective, &grid, &leaving);
    }
    for (int i = 0; i < 300; i++) {
        int64_t time_us = (INT64_C(1795392902) + i * 600) * SECOND_US;
        BaselineKind kind = {(BaselineSize)(i % 3), baseline_span(time_us)};
        baseline_watched(baseline, time_us, 600);
        baseline_passed(baseline, time_us);
        baseline_add(baseline, &grid, &passage, 0.001 * i, 0.0007 * i);
        baseline_learn(baseline, kind, 0.0003 * i);
    }
    baseline_captured(baseline, INT64_C(1795392902) * SECOND_US);
}

static void history_outlives_a_restart(void)
{
    static Baseline before, after;
    static Identity identity;
    char path[PATH_SIZE];
    Error error;
    const BaselineKind kind = {BASELINE_LARGE, 2};
    snprintf(identity.folder, sizeof identity.folder, "%s", folder);
    fill_baseline(&before);
    baselines_load(&identity, "cam01", &after); // nothing is kept yet
    CU_ASSERT_EQUAL(after.recent, 0);
    CU_ASSERT_EQUAL_FATAL(baselines_save(&identity, "cam01", &before, &error), STATUS_OK);
    baselines_load(&identity, "cam01", &after);
    CU_ASSERT_EQUAL(memcmp(after.history, before.history, sizeof after.history), 0);
    CU_ASSERT_EQUAL(memcmp(after.days, before.days, sizeof after.days), 0);
    BaselineStanding a = baseline_stand(&before, kind, 2, 0.1),
                     b = baseline_stand(&after, kind, 2, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(a.threshold, b.threshold, 0);
    CU_ASSERT_DOUBLE_EQUAL(a.quantile, b.quantile, 0);
    CU_ASSERT_EQUAL(after.perspective.count, PERSPECTIVE_RECENT);
    for (int i = 0; i < PERSPECTIVE_RECENT; i++) // the ring from its oldest on
        CU_ASSERT_EQUAL(memcmp(&after.perspective.looks[i],
                               &before.perspective.looks[(i + 7) % PERSPECTIVE_RECENT],
                               sizeof *after.perspective.looks),
                        0);
    // It goes on as if nothing had happened: the oldest of the last ones goes first.
    const Grid grid = grid_for(1280, 720);
    for (Baseline *baseline = &before; baseline; baseline = baseline == &before ? &after : NULL)
        baseline_add(baseline, &grid, &(Passage){0}, 0.5, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(baseline_rigid(&before), baseline_rigid(&after), 0);

    // Damage at any place is refused whole.
    char *text = baseline_text(&before);
    size_t size = strlen(text);
    for (size_t cut = 0; cut < size; cut += 97)
        CU_ASSERT_EQUAL(baseline_parse(&after, text, cut, &error), STATUS_FORMAT);
    CU_ASSERT_EQUAL(baseline_parse(&after, text, size, &error), STATUS_OK);
    strstr(text, "\"edition\":1")[10] = '9';
    CU_ASSERT_EQUAL(baseline_parse(&after, text, size, &error), STATUS_FORMAT);
    CU_ASSERT_STRING_EQUAL(error.text, "is of another version");
    CU_ASSERT_EQUAL(after.recent, 0);
    snprintf(path, sizeof path, "%s/.heiyan/baseline/cam01.json", folder);
    CU_ASSERT_EQUAL(file_write(path, text, size, &error), STATUS_OK);
    baselines_load(&identity, "cam01", &after);
    CU_ASSERT_EQUAL(after.recent, 0);
    free(text);
}

// ---- an hour that always has traffic ----

// Six lines of an hour, as run writes them.
static void write_hour(const char *where, int64_t hour_us, int passages, double live_s)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/health/%s.jsonl", where, clock_text(hour_us).date);
    FILE *out = fopen(path, "ae");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (int i = 0; i < 6; i++)
        fprintf(out,
                "{\"camera\":\"cam01\",\"from\":\"%s\",\"live_s\":%.0f,\"passages\":%d}\n",
                clock_text(hour_us + i * 600 * SECOND_US).rfc3339, live_s, passages / 6);
    fclose(out);
}

static bool quiet_at(const char *where, int64_t now_us, int minutes)
{
    json_t *history = traffic_history(where, now_us);
    bool quiet = traffic_quiet(history, "cam01", now_us - minutes * 60 * SECOND_US, now_us);
    CU_ASSERT_FALSE(traffic_quiet(history, "cam02", 0, now_us)); // nothing is known of it
    json_decref(history);
    return quiet;
}

static void quiet_roads(void)
{
    char where[] = "/tmp/heiyan-traffic-XXXXXX", health[PATH_SIZE];
    const int64_t hour = 3600 * SECOND_US, day = 24 * hour;
    int64_t eight;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(where));
    CU_ASSERT_TRUE_FATAL(clock_parse("2026-11-23T08:00:00+08:00", &eight));
    snprintf(health, sizeof health, "%s/health", where);
    CU_ASSERT_EQUAL_FATAL(folder_make(health, NULL), STATUS_OK);
    CU_ASSERT_FALSE(quiet_at(where, eight + hour / 2, 600)); // the first day
    for (int d = 1; d <= 3; d++) {
        CU_ASSERT_FALSE(quiet_at(where, eight + hour / 2, 600)); // too few days
        for (int h = 0; h < 3; h++)
            write_hour(where, eight - d * day + h * hour, 60, 600);
    }
    CU_ASSERT_TRUE(quiet_at(where, eight + hour / 2, 31));
    CU_ASSERT_TRUE(quiet_at(where, eight + hour + 60 * SECOND_US, 31));
    CU_ASSERT_FALSE(quiet_at(where, eight + hour / 2, 29));
    CU_ASSERT_FALSE(quiet_at(where, eight + hour / 4, 600)); // seven o'clock is not known
    CU_ASSERT_FALSE(quiet_at(where, eight + 12 * hour, 600));
    write_hour(where, eight - 4 * day, 0, 100); // hardly watched: says nothing
    CU_ASSERT_TRUE(quiet_at(where, eight + hour / 2, 31));
    write_hour(where, eight - 5 * day, 6, 600); // a Sunday without traffic
    CU_ASSERT_FALSE(quiet_at(where, eight + hour / 2, 31));
    CU_ASSERT_TRUE(quiet_at(where, eight + 2 * hour - 60 * SECOND_US, 31));
    CU_ASSERT_EQUAL(folder_remove(where, NULL), STATUS_OK);
}
