#include "app/traffic.h"

#include "base/clock.h"
#include "base/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 7
#define DAYS_LEAST 3
#define PASSAGES_LEAST 12 // an hour: half an hour without one is then no chance
#define LIVE_LEAST_S 3000 // of an hour that counts
#define DAY_US (86400 * SECOND_US)

static void hour_of(int64_t time_us, char out[16])
{
    snprintf(out, 16, "%.13s", clock_text(time_us).rfc3339); // 2026-11-26T08
}

// Takes one line of a day.
static void add_line(json_t *history, const json_t *line)
{
    const char *camera = json_string_value(json_object_get(line, "camera"));
    const char *from = json_string_value(json_object_get(line, "from"));
    const json_t *passages = json_object_get(line, "passages");
    if (!camera || !from || strlen(from) < 13 || !json_is_integer(passages))
        return;
    char hour[16];
    snprintf(hour, sizeof hour, "%.13s", from);
    json_t *hours = json_object_get(history, camera);
    if (!hours) {
        hours = json_object();
        json_object_set_new(history, camera, hours);
    }
    const json_t *sums = json_object_get(hours, hour);
    double live_s = json_number_value(json_array_get(sums, 0)) +
                    json_number_value(json_object_get(line, "live_s"));
    json_int_t count = json_integer_value(json_array_get(sums, 1)) + json_integer_value(passages);
    json_object_set_new(hours, hour, json_pack("[f,I]", live_s, count));
}

json_t *traffic_history(const char *folder, int64_t now_us)
{
    json_t *history = json_object();
    for (int day = 1; day <= DAYS && history; day++) {
        char path[PATH_SIZE + 32], *text;
        size_t size;
        snprintf(path, sizeof path, "%s/health/%s.jsonl", folder,
                 clock_text(now_us - day * DAY_US).date);
        if (!file_exists(path) || file_read(path, &text, &size, NULL) != STATUS_OK)
            continue;
        for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
            json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
            add_line(history, line);
            json_decref(line);
        }
        free(text);
    }
    return history;
}

// Whether the hour of that time always had traffic.
static bool always_busy(const json_t *hours, int64_t time_us)
{
    int known = 0;
    for (int day = 1; day <= DAYS; day++) {
        char hour[16];
        hour_of(time_us - day * DAY_US, hour);
        const json_t *sums = json_object_get(hours, hour);
        if (json_number_value(json_array_get(sums, 0)) < LIVE_LEAST_S)
            continue;
        known++;
        if (json_integer_value(json_array_get(sums, 1)) < PASSAGES_LEAST)
            return false;
    }
    return known >= DAYS_LEAST;
}

bool traffic_quiet(const json_t *history, const char *camera, int64_t since_us, int64_t now_us)
{
    const json_t *hours = json_object_get(history, camera);
    int64_t from_us = now_us - TRAFFIC_STILL_US;
    return since_us <= from_us && always_busy(hours, from_us) && always_busy(hours, now_us);
}
