#include "app/naming.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// ---- times ----

static bool take_digits(const char **at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *value = *value * 10 + **at - '0';
    }
    return true;
}

static void skip_one(const char **at, const char *any)
{
    if (**at && strchr(any, **at))
        (*at)++;
}

// Year, month and day at *at, with or without separators.
static bool take_day(const char **at, int *year, int *month, int *day)
{
    if (!take_digits(at, 4, year))
        return false;
    skip_one(at, "-_.");
    if (!take_digits(at, 2, month))
        return false;
    skip_one(at, "-_.");
    return take_digits(at, 2, day) && *year >= 1990 && *year <= 2100;
}

// Milliseconds after the seconds, as ".345" or "345"; 0 and *at unmoved when there are none.
static int take_milliseconds(const char **at)
{
    int ms;
    const char *from = *at + (**at == '.'), *end = from;
    if (!take_digits(&end, 3, &ms) || isdigit((unsigned char)*end))
        return 0;
    *at = end;
    return ms;
}

// "Z", "+0800" or "+08:00" after a time. False when there is none: the time is the zone's.
static bool take_offset(const char **at, int64_t *offset_us)
{
    const char *end = *at;
    int hours, minutes;
    if (*end == 'Z') {
        (*at)++;
        *offset_us = 0;
        return true;
    }
    if (*end != '+')
        return false;
    end++;
    if (!take_digits(&end, 2, &hours))
        return false;
    skip_one(&end, ":");
    if (!take_digits(&end, 2, &minutes) || isdigit((unsigned char)*end) || hours > 14 ||
        minutes > 59)
        return false;
    *at = end;
    *offset_us = (hours * 60 + minutes) * 60 * SECOND_US;
    return true;
}

// The same calendar fields read as UTC instead of in the zone.
static int64_t as_utc(int64_t local_us)
{
    char text[40];
    int64_t utc_us = local_us;
    snprintf(text, sizeof text, "%.19sZ", clock_text(local_us).rfc3339);
    clock_parse(text, &utc_us);
    return utc_us;
}

// 20261123081502, 20261123_081502, 2026-11-23 08-15-02, 2026-11-23T08:15:02.345+0800 and the like.
// The end, or NULL.
static const char *full_time(const char *text, int64_t *time_us)
{
    const char *at = text;
    int year, month, day, hour, minute, second;
    if (!take_day(&at, &year, &month, &day))
        return NULL;
    skip_one(&at, "-_. T@");
    if (!take_digits(&at, 2, &hour))
        return NULL;
    skip_one(&at, "-_.:hH");
    if (!take_digits(&at, 2, &minute))
        return NULL;
    skip_one(&at, "-_.:mM");
    if (!take_digits(&at, 2, &second))
        return NULL;
    int ms = take_milliseconds(&at);
    if (isdigit((unsigned char)*at) ||
        !clock_from_fields(year, month, day, hour, minute, second, time_us))
        return NULL;
    int64_t offset_us;
    if (take_offset(&at, &offset_us))
        *time_us = as_utc(*time_us) - offset_us;
    *time_us += ms * 1000;
    return at;
}

// 08.15.02 within a day known from a folder.
static const char *day_time(const char *text, int64_t day_us, int64_t *time_us)
{
    const char *at = text;
    int hour, minute, second;
    if (!take_digits(&at, 2, &hour) || *at++ != '.' || !take_digits(&at, 2, &minute) ||
        *at++ != '.' || !take_digits(&at, 2, &second) || isdigit((unsigned char)*at) || hour > 23 ||
        minute > 59 || second > 59)
        return NULL;
    *time_us = day_us + (hour * 3600 + minute * 60 + second) * SECOND_US;
    return at;
}

// Seconds or milliseconds since 1970, between 2001 and 2100.
static const char *epoch_time(const char *text, int64_t *time_us)
{
    size_t length = strspn(text, "0123456789");
    if (length != 10 && length != 13)
        return NULL;
    int64_t value = strtoll(text, NULL, 10);
    *time_us = length == 10 ? value * SECOND_US : value * 1000;
    bool likely = *time_us > 978307200 * SECOND_US && *time_us < 4102444800 * SECOND_US;
    return likely ? text + length : NULL;
}

// Finds the times in a name. rest: the name without them. False when there are none.
static bool split_name(const char *name, int64_t day_us, int64_t *time_us, char rest[PATH_SIZE])
{
    bool found = false, digit_before = false;
    size_t used = 0;
    for (const char *at = name; *at;) {
        int64_t time = 0;
        const char *end = NULL;
        if (!digit_before && isdigit((unsigned char)*at)) {
            end = full_time(at, &time);
            if (!end && day_us)
                end = day_time(at, day_us, &time);
            if (!end)
                end = epoch_time(at, &time);
        }
        if (!end) {
            digit_before = isdigit((unsigned char)*at);
            if (used + 1 < PATH_SIZE)
                rest[used++] = *at;
            at++;
            continue;
        }
        if (!found)
            *time_us = time;
        found = true;
        digit_before = false;
        at = end;
    }
    rest[used] = '\0';
    return found;
}

// Whether the component at text (to the next slash or the end) is a day; its midnight.
static bool is_day(const char *text, int64_t *day_us)
{
    int year, month, day;
    return take_day(&text, &year, &month, &day) && (*text == '/' || !*text) &&
           clock_from_fields(year, month, day, 0, 0, 0, day_us);
}

// The day that the nearest folder above names, 0 = none.
static int64_t day_of_folder(const char *path)
{
    int64_t day_us = 0, one;
    const char *slash;
    for (const char *at = path; (slash = strchr(at, '/')); at = slash + 1)
        if (is_day(at, &one))
            day_us = one;
    return day_us;
}

bool naming_time(const char *path, int64_t *time_us)
{
    char rest[PATH_SIZE];
    return split_name(path_base(path), day_of_folder(path), time_us, rest);
}

// ---- cameras ----

static void reduce(const char *name, char out[CAMERA_SIZE])
{
    size_t used = 0;
    for (const char *c = name; *c && used + 4 < CAMERA_SIZE; c++)
        if (isalnum((unsigned char)*c) || (*c == '-' && used && out[used - 1] != '-'))
            out[used++] = *c;
    while (used && out[used - 1] == '-')
        used--;
    out[used] = '\0';
}

// A name that says something, but not in letters an id may hold: told apart by its hash.
static void name_by_hash(const char *name, char out[CAMERA_SIZE])
{
    char hex[SHA256_HEX_SIZE];
    bytes_sha256(name, strlen(name), hex);
    snprintf(out, CAMERA_SIZE, "camera-%.8s", hex);
}

static bool has_letters(const char *name)
{
    for (; *name; name++)
        if (isalpha((unsigned char)*name) || (unsigned char)*name >= 0x80)
            return true;
    return false;
}

static bool is_recorder_folder(const char *name)
{
    int64_t day_us;
    return !has_letters(name) || is_day(name, &day_us) || strcasecmp(name, "dav") == 0 ||
           strcasecmp(name, "jpg") == 0;
}

static void camera_of_text(const char *text, char out[CAMERA_SIZE])
{
    reduce(text, out);
    if (!out[0] && has_letters(text))
        name_by_hash(text, out);
}

// Dahua writes its flags in brackets after the times: [M][0@0][0].
static void cut_flags(char *name)
{
    char *bracket = strchr(name, '[');
    if (bracket)
        *bracket = '\0';
}

void naming_camera(const char *path, bool folder, char out[CAMERA_SIZE])
{
    char stem[PATH_SIZE], rest[PATH_SIZE], above[PATH_SIZE];
    snprintf(stem, sizeof stem, "%s", path_base(path));
    char *dot = folder ? NULL : strrchr(stem, '.');
    if (dot && dot != stem)
        *dot = '\0';
    int64_t time_us, day_us = day_of_folder(path);
    bool timed = split_name(stem, day_us, &time_us, rest);
    if (timed)
        cut_flags(rest);
    if (!timed || has_letters(rest) || strpbrk(rest, "0123456789"))
        camera_of_text(rest, out);
    else
        out[0] = '\0';
    if (out[0])
        return;
    snprintf(above, sizeof above, "%s", path);
    for (char *slash; (slash = strrchr(above, '/'));) {
        *slash = '\0';
        const char *name = path_base(above);
        if (*name && !is_recorder_folder(name)) {
            camera_of_text(name, out);
            return;
        }
    }
    snprintf(out, CAMERA_SIZE, "camera");
}

const char *naming_of_settings(const Settings *settings, const char *path)
{
    const CameraSettings *cameras = settings->cameras.items;
    const char *best = NULL;
    for (size_t i = 0; i < settings->cameras.count; i++) {
        size_t length = strlen(cameras[i].id);
        const char *next;
        for (const char *at = path; at; at = (next = strchr(at, '/')) ? next + 1 : NULL)
            if (strncmp(at, cameras[i].id, length) == 0 && !isalnum((unsigned char)at[length]) &&
                at[length] != '-' && (!best || length > strlen(best)))
                best = cameras[i].id;
    }
    return best;
}
