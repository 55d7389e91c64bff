// The front end's own knowledge: names of recordings, settings, what was analysed before.
#include "app/done.h"
#include "app/naming.h"
#include "base/clock.h"

#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/heiyan-app-XXXXXX";

#include "app_live.h"

static void prepare(void)
{
    Error error;
    CU_ASSERT_EQUAL(clock_set_zone("Asia/Shanghai", &error), STATUS_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void tidy(void)
{
    CU_ASSERT_EQUAL(folder_remove(folder, NULL), STATUS_OK);
}

static void times_in_names(void)
{
    static const struct {
        const char *path, *time; // NULL: none in it
    } cases[] = {
        {"cam03_20261123081502.mp4", "2026-11-23T08:15:02.000+08:00"},
        {"NVR_ch5_main_20261123080000_20261123081500.dav", "2026-11-23T08:00:00.000+08:00"},
        {"2026-11-23_08-15-02.mp4", "2026-11-23T08:15:02.000+08:00"},
        {"x/2026-11-23 08.15.02 cam.mkv", "2026-11-23T08:15:02.000+08:00"},
        {"20261123T081502.345+0800.mkv", "2026-11-23T08:15:02.345+08:00"},
        {"20261123T001502Z.ts", "2026-11-23T08:15:02.000+08:00"},
        {"D20261123-081502.avi", "2026-11-23T08:15:02.000+08:00"},
        {"VID_20261123_081502345.mp4", "2026-11-23T08:15:02.345+08:00"},
        {"2026-11-23/001/dav/08/08.15.02-08.20.02[M][0@0][0].dav", "2026-11-23T08:15:02.000+08:00"},
        {"00M00S_1795392902.mp4", "2026-11-23T08:15:02.000+08:00"},
        {"rec-1795392902345.mp4", "2026-11-23T08:15:02.345+08:00"},
        {"08.15.02-08.20.02[M][0@0][0].dav", NULL}, // no day anywhere
        {"clip-20261123.mp4", NULL},
        {"cam01.mp4", NULL},
        {"20261323081502.mp4", NULL},      // month 13
        {"20261123081562.mp4", NULL},      // second 62
        {"0020261123081502.mp4", NULL},    // a longer number
        {"1080p_640x352_12345.mp4", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t time_us = 0;
        bool found = naming_time(cases[i].path, &time_us);
        if (found != (cases[i].time != NULL))
            printf("%s: %sfound\n", cases[i].path, found ? "" : "not ");
        CU_ASSERT_EQUAL(found, cases[i].time != NULL);
        if (found && cases[i].time)
            CU_ASSERT_STRING_EQUAL(clock_text(time_us).rfc3339, cases[i].time);
    }
}

static void cameras_in_names(void)
{
    static const struct {
        const char *path, *camera;
    } cases[] = {
        {"cam03_20261123081502.mp4", "cam03"},
        {"cam03_20261123082002.mp4", "cam03"},
        {"a/b/my video_2.mp4", "myvideo2"},
        {"NVR_ch5_main_20261123080000_20261123081500.dav", "NVRch5main"},
        {"20261123081502-cam-7.mp4", "cam-7"},
        {"north/2026-11-23_08-15-02.mp4", "north"},
        {"IPC-12/2026-11-23/001/dav/08/08.15.02-08.20.02[M][0@0][0].dav", "IPC-12"},
        {"/2026-11-23/001/dav/08/08.15.02-08.20.02[M][0@0][0].dav", "camera"},
        {"2026-11-23_08-15-02.mp4", "camera"},
        {"reckr_2-smoke.mp4", "reckr2-smoke"},
        {"---.mp4", "camera"},
        {"archive.tar.mp4", "archivetar"},
    };
    char camera[CAMERA_SIZE], other[CAMERA_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        naming_camera(cases[i].path, false, camera);
        CU_ASSERT_STRING_EQUAL(camera, cases[i].camera);
    }
    // Names without a letter that an id may hold stay apart.
    naming_camera("高平路口.mp4", false, camera);
    naming_camera("建设路.mp4", false, other);
    CU_ASSERT_STRING_NOT_EQUAL(camera, other);
    CU_ASSERT_EQUAL(strncmp(camera, "camera-", 7), 0);
    naming_camera("stills.d", true, camera);
    CU_ASSERT_STRING_EQUAL(camera, "stillsd");
    char longest[400];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    naming_camera(longest, false, camera);
    CU_ASSERT_TRUE(strlen(camera) < CAMERA_SIZE && strlen(camera) > 40);
}

static Status load(Settings *settings, const char *text, Error *error)
{
    char path[PATH_SIZE];
    CU_ASSERT_EQUAL(path_join(path, folder, "site.yaml", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(file_write(path, text, strlen(text), NULL), STATUS_OK);
    return settings_load(settings, path, error);
}

static void cameras_of_settings(void)
{
    Settings settings;
    Error error;
    CU_ASSERT_EQUAL_FATAL(load(&settings, "cameras: [{id: cam1}, {id: cam1-b}, {id: north}]\n", &error),
                          STATUS_OK);
    static const struct {
        const char *path, *id;
    } cases[] = {
        {"x/cam1_20261123081502.mp4", "cam1"}, {"x/cam1-b_20261123.mp4", "cam1-b"},
        {"north/20261123081502.mp4", "north"}, {"cam1.mp4", "cam1"},
        {"cam12.mp4", NULL},                   {"cam1-c.mp4", NULL},
        {"south/north.mp4", "north"},          {"other.mp4", NULL},
        {"north/cam1-b.mp4", "cam1-b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *id = naming_of_settings(&settings, cases[i].path);
        if (cases[i].id && id)
            CU_ASSERT_STRING_EQUAL(id, cases[i].id)
        else
            CU_ASSERT_EQUAL(id == NULL, cases[i].id == NULL);
    }
    settings_free(&settings);
}

static void settings_read(void)
{
    Settings settings;
    Error error;
    Status status = load(&settings,
        "site: {name: 高平, region: 140581, timezone: Asia/Urumqi, latitude: 35.8, longitude: 112.9,\n"
        "  device: S1, violation: {text: 黑烟, code: 7099}}\n"
        "cameras:\n"
        "  - id: a\n"
        "    device: D1\n"
        "    judge: both\n"
        "    thresholds: {score: 0.4, min_ringelmann: 1, false_budget: 0.5}\n"
        "    lanes:\n"
        "      - {name: 左, polygon: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}\n"
        "      - {name: 右, polygon: [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]}\n"
        "  - {id: b, lane: 慢车道, hours: '22:00-06:00, 12:00-12:30'}\n"
        "evidence: {path: /data/e, limits: {media_days: 30, min_free_gib: 2.5}}\n"
        "outlets: [{kind: http, url: \"http://192.0.2.9/captures\"}]\n", &error);
    CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
    const CameraSettings *a = settings_camera(&settings, "a"), *b = settings_camera(&settings, "b");
    CU_ASSERT_TRUE(settings_has_camera(&settings, "a") && !settings_has_camera(&settings, "c"));
    RecordSite site = settings_site(&settings, a, "a");
    CU_ASSERT_STRING_EQUAL(site.region, "140581"); // a text, whatever it looks like
    CU_ASSERT_STRING_EQUAL(site.device, "D1");
    CU_ASSERT_DOUBLE_EQUAL(site.latitude, 35.8, 1e-9);
    CU_ASSERT_STRING_EQUAL(settings_site(&settings, b, "b").device, "S1");
    RoadOptions options = settings_road(a);
    CU_ASSERT_EQUAL(options.direction, ROAD_DIRECTION_BOTH);
    CU_ASSERT_EQUAL(options.lane_count, 2);
    CU_ASSERT_DOUBLE_EQUAL(options.threshold, 0.4, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(options.false_budget, 0.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(settings_road(b).false_budget, 2, 1e-9);
    CU_ASSERT_STRING_EQUAL(settings_lane(a, 0.2, 0.9), "左");
    CU_ASSERT_STRING_EQUAL(settings_lane(a, 0.8, 0.9), "右");
    CU_ASSERT_PTR_NULL(settings_lane(a, 0.8, 1.5));
    CU_ASSERT_STRING_EQUAL(settings_lane(b, 0.8, 0.5), "慢车道");
    CU_ASSERT_EQUAL(settings.limits.media_days, 30);
    settings_free(&settings);
    CU_ASSERT_EQUAL(clock_set_zone("Asia/Shanghai", NULL), STATUS_OK);
}

static void hours(void)
{
    static const struct {
        const char *time;
        bool within;
    } cases[] = {{"2026-11-23T21:59", false}, {"2026-11-23T22:00", true}, {"2026-11-23T23:59", true},
                 {"2026-11-23T00:00", true},  {"2026-11-23T05:59", true}, {"2026-11-23T06:00", false},
                 {"2026-11-23T12:29", true},  {"2026-11-23T12:30", false}};
    CameraSettings camera = {.hours = "22:00-06:00, 12:00-12:30"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t time_us;
        CU_ASSERT_TRUE(clock_parse(cases[i].time, &time_us));
        CU_ASSERT_EQUAL(settings_within_hours(&camera, time_us), cases[i].within);
    }
    camera.hours = NULL;
    CU_ASSERT_TRUE(settings_within_hours(&camera, 0));
}

static void hash_of(const char *text, char hex[SHA256_HEX_SIZE])
{
    Settings settings;
    Error error;
    CU_ASSERT_EQUAL_FATAL(load(&settings, text, &error), STATUS_OK);
    settings_hash(&settings, settings_camera(&settings, "a"), hex);
    settings_free(&settings);
}

// What reaches the evidence changes the hash; addresses, passwords and other cameras do not.
static void hash_of_settings(void)
{
    static const char *const same[] = {
        "cameras: [{id: a, url: 'rtsp://x', password: p}]\n",
        "cameras: [{id: a}, {id: b, device: other}]\n",
        "cameras: [{id: a, transport: udp}]\nevidence: {path: elsewhere}\nstatus: {listen: '1:1'}\n",
    };
    static const char *const differ[] = {
        "site: {place: p}\ncameras: [{id: a}]\n",
        "site: {violation: {code: '1'}}\ncameras: [{id: a}]\n",
        "site: {timezone: Asia/Tokyo}\ncameras: [{id: a}]\n",
        "cameras: [{id: a, judge: both}]\n",
        "cameras: [{id: a, hours: '01:00-02:00'}]\n",
        "cameras: [{id: a, thresholds: {score: 0.3}}]\n",
        "cameras: [{id: a, thresholds: {false_budget: 3}}]\n",
        "cameras: [{id: a, latitude: 1}]\n",
        "cameras: [{id: a, heading: 90}]\n",
        "cameras: [{id: a, masks: [{polygon: [[0,0],[1,0],[1,1]]}]}]\n",
        "cameras: [{id: a, lanes: [{polygon: [[0,0],[1,0],[1,1]]}]}]\n",
    };
    char plain[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
    hash_of("cameras: [{id: a}]\n", plain);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        hash_of(same[i], hex);
        CU_ASSERT_STRING_EQUAL(hex, plain);
    }
    for (size_t i = 0; i < sizeof differ / sizeof *differ; i++) {
        hash_of(differ[i], hex);
        CU_ASSERT_STRING_NOT_EQUAL(hex, plain);
    }
    CU_ASSERT_EQUAL(clock_set_zone("Asia/Shanghai", NULL), STATUS_OK);
}

static void marks(void)
{
    Footage footage = {.path = "x/a.mp4", .camera = "a", .size = 7, .camera_guessed = true};
    memset(footage.fingerprint, 'f', SHA256_HEX_SIZE - 1);
    TrackPoint way[2] = {{1000000, {1, 2, 3, 4}, 0}, {1400000, {5, 6, 7, 8}, 0}}, *points;
    Staged staged[2] = {{.points = way, .point_count = 2}, {.points = way, .point_count = 2}};
    UnitResult result = {.events = staged, .event_count = 2};
    char ids[2][200] = {"a_20261123T081502.345+0800", ""}; // the second was another's passage
    size_t count;
    Error error;
    CU_ASSERT_EQUAL(done_state(folder, &footage, "h1"), DONE_NOT);
    CU_ASSERT_EQUAL(done_mark(folder, &footage, "h1", &result, ids, &error), STATUS_OK);
    CU_ASSERT_EQUAL(done_state(folder, &footage, "h1"), DONE_SAME);
    CU_ASSERT_EQUAL(done_state(folder, &footage, "h2"), DONE_CHANGED);
    CU_ASSERT_EQUAL(done_points(folder, &footage, &points, &count, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_EQUAL(points[1].time_us, 1400000);
    CU_ASSERT_EQUAL(points[1].box.h, 8);
    free(points);
    // The same bytes under another name are known; under a camera that somebody named they are another's.
    strcpy(footage.camera, "b");
    CU_ASSERT_EQUAL(done_state(folder, &footage, "h1"), DONE_SAME);
    footage.camera_guessed = false;
    CU_ASSERT_EQUAL(done_state(folder, &footage, "h1"), DONE_NOT);
    CU_ASSERT_EQUAL(done_points(folder, &footage, &points, &count, &error), STATUS_OK);
    CU_ASSERT_EQUAL(count, 0);
    free(points);
}

SUITE_MAIN("app", {"a folder to work in", prepare}, {"times in names", times_in_names},
           {"cameras in names", cameras_in_names}, {"cameras of the settings", cameras_of_settings},
           {"settings read", settings_read}, {"hours", hours}, {"hash of settings", hash_of_settings},
           {"marks of what is done", marks},
           {"rates", rates}, {"queues drop the oldest", queues_drop_the_oldest},
           {"first pictures", first_pictures},
           {"status is as agreed", status_is_as_agreed},
           {"history outlives a restart", history_outlives_a_restart}, {"quiet roads", quiet_roads},
           {"tidy up", tidy})
