#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

Status clock_set_zone(const char *name, Error *error)
{
    char path[512];
    if (!*name || strstr(name, "..") || name[0] == '/' ||
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >= (int)sizeof path ||
        access(path, R_OK) != 0)
        return error_set(error, STATUS_ARGUMENT,
                         "unknown time zone '%s': give an IANA name such as Asia/Shanghai "
                         "(package tzdata)",
                         name);
    setenv("TZ", name, 1);
    tzset();
    return STATUS_OK;
}

ClockText clock_text(int64_t time_us)
{
    ClockText text;
    int64_t seconds = time_us / SECOND_US, rest = time_us % SECOND_US;
    if (rest < 0) {
        rest += SECOND_US;
        seconds--;
    }
    int ms = (int)(rest / 1000);
    time_t when = (time_t)seconds;
    struct tm tm;
    localtime_r(&when, &tm);
    long offset = tm.tm_gmtoff / 60;
    char sign = offset < 0 ? '-' : '+';
    int minutes = (int)labs(offset);
    char day[16], hms[16], flat[32];
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
    strftime(hms, sizeof hms, "%H:%M:%S", &tm);
    strftime(flat, sizeof flat, "%Y%m%dT%H%M%S", &tm);
    memcpy(text.date, day, sizeof day);
    snprintf(text.rfc3339, sizeof text.rfc3339, "%sT%s.%03d%c%02d:%02d", day, hms, ms, sign,
             minutes / 60, minutes % 60);
    snprintf(text.compact, sizeof text.compact, "%s.%03d%c%02d%02d", flat, ms, sign, minutes / 60,
             minutes % 60);
    snprintf(text.spoken, sizeof text.spoken, "%s %s.%03d", day, hms, ms);
    return text;
}

bool clock_is_date(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof shape; i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
            return false;
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool fields_valid(int year, int month, int day, int hour, int minute, int second)
{
    return year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in(year, month) && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 &&
           second >= 0 && second <= 59;
}

bool clock_from_fields(int year, int month, int day, int hour, int minute, int second,
                       int64_t *time_us)
{
    if (!fields_valid(year, month, day, hour, minute, second))
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second,
                    .tm_isdst = -1};
    *time_us = (int64_t)mktime(&tm) * SECOND_US;
    return true;
}

// Reads exactly `digits` decimal digits at *at and moves past them.
static bool take_number(const char **at, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool take_char(const char **at, const char *any)
{
    if (!**at || !strchr(any, **at))
        return false;
    (*at)++;
    return true;
}

bool clock_parse(const char *text, int64_t *time_us)
{
    int year, month, day, hour, minute, second = 0;
    int64_t fraction = 0;
    const char *at = text;
    if (!take_number(&at, 4, &year) || !take_char(&at, "-") || !take_number(&at, 2, &month) ||
        !take_char(&at, "-") || !take_number(&at, 2, &day) || !take_char(&at, "Tt ") ||
        !take_number(&at, 2, &hour) || !take_char(&at, ":") || !take_number(&at, 2, &minute))
        return false;
    if (take_char(&at, ":")) {
        if (!take_number(&at, 2, &second))
            return false;
        if (take_char(&at, ".,")) {
            if (!isdigit((unsigned char)*at))
                return false;
            for (int64_t unit = SECOND_US / 10; isdigit((unsigned char)*at); at++, unit /= 10)
                fraction += (*at - '0') * unit;
        }
    }
    if (!fields_valid(year, month, day, hour, minute, second))
        return false;
    if (!*at) {
        if (!clock_from_fields(year, month, day, hour, minute, second, time_us))
            return false;
        *time_us += fraction;
        return true;
    }
    int64_t offset = 0;
    if (!take_char(&at, "Zz")) {
        int hours, minutes;
        bool west = *at == '-';
        if (!take_char(&at, "+-") || !take_number(&at, 2, &hours))
            return false;
        take_char(&at, ":");
        if (!take_number(&at, 2, &minutes) || hours > 23 || minutes > 59)
            return false;
        offset = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
    }
    if (*at)
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    *time_us = ((int64_t)timegm(&tm) - offset) * SECOND_US + fraction;
    return true;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
