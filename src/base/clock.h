// Wall-clock times as text and numbers. A time is an int64_t of microseconds since the Unix epoch.
#ifndef HEIYAN_BASE_CLOCK_H
#define HEIYAN_BASE_CLOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND_US INT64_C(1000000)

// Sets the zone for every function below (an IANA name such as "Asia/Shanghai"). Call once, before
// threads start. STATUS_ARGUMENT if the system's zone data does not know the name.
Status clock_set_zone(const char *name, Error *error);

typedef struct ClockText {
    char rfc3339[64]; // 2026-11-23T08:15:02.345+08:00
    char compact[64]; // 20261123T081502.345+0800, as in a pack's id
    char date[16];    // 2026-11-23
    char spoken[48];  // 2026-11-23 08:15:02.345, as burned into pictures
} ClockText;

// Milliseconds are cut, not rounded. Years 1970..9999.
ClockText clock_text(int64_t time_us);

// RFC 3339, or without an offset (taken in the zone), "T" or one space between, fraction and
// seconds optional: "2026-11-23T08:15:02.345+08:00", "2026-11-23 08:15". False if it is none of
// these.
bool clock_parse(const char *text, int64_t *time_us);

// Is it of the shape of a date, "2026-11-23", and nothing more? So the days of an evidence folder
// are called.
bool clock_is_date(const char *text);

// From calendar fields in the zone (month 1..12). False if out of range.
bool clock_from_fields(int year, int month, int day, int hour, int minute, int second,
                       int64_t *time_us);

int64_t clock_now_us(void);       // wall clock
int64_t clock_monotonic_us(void); // never steps back

#endif
