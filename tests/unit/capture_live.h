// Live cameras: addresses, stamps, clocks. What needs a camera is in tests/live.
#include "base/clock.h"
#include "capture/address.h"
#include "capture/stamps.h"
#include "capture/wall.h"

#include <math.h>

static Address address_of(const char *url)
{
    Address address;
    Error error;
    LiveOptions options = {.url = url};
    CU_ASSERT_EQUAL(address_make(&address, &options, &error), STATUS_OK);
    return address;
}

static void check_address(const char *url, const char *user, const char *password, const char *host,
                          int port, const char *path)
{
    Address address = address_of(url);
    CU_ASSERT_STRING_EQUAL(address.user, user);
    CU_ASSERT_STRING_EQUAL(address.password, password);
    CU_ASSERT_STRING_EQUAL(address.host, host);
    CU_ASSERT_EQUAL(address.port, port);
    CU_ASSERT_STRING_EQUAL(address.path, path);
}

static void addresses_take_any_password(void)
{
    check_address("rtsp://192.0.2.11/a/b?x=1&y=2", "", "", "192.0.2.11", 554, "/a/b?x=1&y=2");
    check_address("rtsp://admin:secret@host.example:8554", "admin", "secret", "host.example", 8554,
                  "/");
    check_address("rtsp://admin:p%40ss%231@192.0.2.11/a", "admin", "p@ss#1", "192.0.2.11", 554,
                  "/a");
    check_address("rtsp://admin:p@ss#1@192.0.2.11:99/a@b", "admin", "p@ss#1", "192.0.2.11", 99,
                  "/a@b");
    check_address("rtsp://admin:a/b:c?d@192.0.2.11:99/x", "admin", "a/b:c?d", "192.0.2.11", 99,
                  "/x");
    check_address("rtsp://admin:100%@192.0.2.11/x", "admin", "100%", "192.0.2.11", 554, "/x");
    check_address("rtsp://admin:a@h.example?x=1@2", "admin", "a@h.example?x=1", "2", 554, "/");
    check_address("rtsp://h.example?x=1", "", "", "h.example", 554,
                  "/?x=1"); // never without a slash
    check_address("rtsp://u:p@[fe80::1%eth0]/x", "u", "p", "fe80::1%eth0", 554, "/x");
    check_address("rtsps://u:p@[2001:db8::1]/x", "u", "p", "2001:db8::1", 322, "/x");
}

static void addresses_are_encoded_once(void)
{
    char url[1024];
    Address address = address_of("rtsp://admin:p@ss#1/%25@[2001:db8::1]:99/x y?a=b");
    CU_ASSERT_STRING_EQUAL(address.password, "p@ss#1/%");
    CU_ASSERT_TRUE(address_url(&address, NULL, url, sizeof url));
    CU_ASSERT_STRING_EQUAL(url, "rtsp://admin:p%40ss%231%2F%25@[2001:db8::1]:99/x%20y?a=b");
    CU_ASSERT_TRUE(address_bare_url(&address, url, sizeof url));
    CU_ASSERT_STRING_EQUAL(url, "rtsp://[2001:db8::1]:99/x%20y?a=b");
    CU_ASSERT_STRING_EQUAL(address.label, "[2001:db8::1]:99");
    CU_ASSERT_FALSE(address_url(&address, NULL, url, 20));
}

static void unusable_addresses_show_nothing(void)
{
    static const char *const urls[] = {
        "http://u:hunter2@h/x",       "rtsp:///x",
        "rtsp://u:hunter2@/x",        "rtsp://u:hunter2@h:0/x",
        "rtsp://u:hunter2@h:99999/x", "rtsp://u:hunter2@[2@1:\xff:]/x",
        "rtsp://u:hunter2@[h]/x",     "hunter2"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        Address address;
        Error error = {0};
        LiveOptions options = {.url = urls[i]};
        CU_ASSERT_EQUAL(address_make(&address, &options, &error), STATUS_ARGUMENT);
        CU_ASSERT_PTR_NULL(strstr(error.text, "hunter2"));
    }
}

// Frames of a pattern I B B P B B P ..., in decode order.
static int64_t reordered(int i)
{
    return i == 0 ? 0 : i % 3 == 1 ? (i + 2) : i - 1;
}

static void decode_stamps_are_found(void)
{
    for (int delay = 0; delay <= 2; delay++) {
        Stamps stamps;
        stamps_init(&stamps, delay);
        int64_t last = INT64_MIN;
        for (int i = 0; i < 300; i++) {
            int64_t pts = reordered(i) * 40000, dts = stamps_decode(&stamps, pts, 40000);
            CU_ASSERT_TRUE(dts <= pts);
            if (i > 8) {
                CU_ASSERT_TRUE(dts > last);
                CU_ASSERT_EQUAL(dts % 40000, 0);
                CU_ASSERT_TRUE(pts - dts <= 4 * 40000);
            }
            last = dts;
        }
    }
}

static void decode_stamps_survive_jumps(void)
{
    static const int64_t jumps[] = {100000000, -100000000, 0};
    Stamps stamps;
    stamps_init(&stamps, 2);
    int64_t base = 500000000;
    for (int n = 0; n < 3; n++, base += jumps[n % 2])
        for (int i = 0; i < 60; i++) {
            int64_t pts = base + reordered(i) * 40000, dts = stamps_decode(&stamps, pts, 40000);
            CU_ASSERT_TRUE(dts <= pts && pts - dts <= 4 * 40000);
        }
}

static void clocks_of_cameras_are_weighed(void)
{
    Wall wall = {0};
    const int64_t zero = INT64_C(1795392902000000);
    for (int i = 0; i < 50; i++)
        wall_receipt(&wall, i * 40000, zero + i * 40000 + i % 7 * 10000);
    CU_ASSERT_STRING_EQUAL(wall_clock(&wall).source, "receipt");
    CU_ASSERT_EQUAL(wall_clock(&wall).shift_us, zero);
    CU_ASSERT_TRUE(isnan(wall_clock(&wall).offset_s));
    wall_report(&wall, 2000000, zero + 2000000 + 1500000); // 1.5 s ahead
    CU_ASSERT_STRING_EQUAL(wall_clock(&wall).source, "rtcp");
    CU_ASSERT_DOUBLE_EQUAL(wall_clock(&wall).offset_s, 1.5, 1e-6);
    wall_report(&wall, 2040000, zero + INT64_C(48000000000)); // a glitch
    CU_ASSERT_DOUBLE_EQUAL(wall_clock(&wall).offset_s, 1.5, 1e-6);
    for (int i = 0; i < 30; i++) // its clock was set, beyond belief
        wall_report(&wall, 3000000 + i * 40000, zero + 3000000 + i * 40000 + 3600 * SECOND_US);
    CU_ASSERT_STRING_EQUAL(wall_clock(&wall).source, "receipt");
    CU_ASSERT_EQUAL(wall_clock(&wall).shift_us, zero);
    CU_ASSERT_DOUBLE_EQUAL(wall_clock(&wall).offset_s, 3600, 1e-6);
}
