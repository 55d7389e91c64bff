#include "road/health.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define BLACK_LEVEL 12  // above the range's black, for nearly every point
#define WHITE_LEVEL 12  // below the range's white
#define NEARLY 0.97     // of the points
#define EVEN_LEVELS 4.0 // standard deviation of luma over a covered picture
#define GOOD_US (5 * SECOND)
#define LOST_US (60 * SECOND) // a gap after which everything begins anew

typedef struct Rule {
    const char *name;
    int64_t after_us; // that long before it is said
} Rule;

static const Rule rules[] = {
    [HEALTH_GOOD] = {"good", GOOD_US},
    [HEALTH_BLACK] = {"black", 20 * SECOND},
    [HEALTH_FLOODED] = {"flooded", 20 * SECOND},
    [HEALTH_COVERED] = {"covered", 60 * SECOND},
    [HEALTH_FROZEN] = {"frozen", 60 * SECOND},
    [HEALTH_DEFOCUSED] = {"defocused", 0},
    [HEALTH_TURNED] = {"turned", 0},
    [HEALTH_DIRTY] = {"dirty", 0},
};

const char *picture_health_name(PictureHealth health)
{
    return rules[health].name;
}

// Luma at points spread evenly over the picture.
static void sample(const Picture *picture, uint8_t points[HEALTH_POINTS])
{
    const int columns = 64, rows = HEALTH_POINTS / columns;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++) {
            ptrdiff_t row = (2 * y + 1) * picture->height / (2 * rows);
            ptrdiff_t column = (2 * x + 1) * picture->width / (2 * columns);
            points[y * columns + x] = picture->plane[0][row * picture->stride[0] + column];
        }
}

static PictureHealth judge(const Picture *picture, const uint8_t points[HEALTH_POINTS], bool same)
{
    bool full = picture->range == COLOR_RANGE_FULL;
    int black = (full ? 0 : 16) + BLACK_LEVEL, white = (full ? 255 : 235) - WHITE_LEVEL;
    int dark = 0, bright = 0;
    double sum = 0, squares = 0;
    for (int i = 0; i < HEALTH_POINTS; i++) {
        dark += points[i] < black;
        bright += points[i] > white;
        sum += points[i];
        squares += points[i] * points[i];
    }
    double mean = sum / HEALTH_POINTS, spread = sqrt(squares / HEALTH_POINTS - mean * mean);
    if (dark > NEARLY * HEALTH_POINTS)
        return HEALTH_BLACK;
    if (bright > NEARLY * HEALTH_POINTS)
        return HEALTH_FLOODED;
    if (spread < EVEN_LEVELS)
        return HEALTH_COVERED;
    return same ? HEALTH_FROZEN : HEALTH_GOOD;
}

PictureHealth health_push(HealthWatch *watch, const Picture *picture)
{
    uint8_t points[HEALTH_POINTS];
    int64_t now_us = picture->time_us;
    if (watch->any && (now_us - watch->next_us > LOST_US || watch->next_us - now_us > LOST_US))
        *watch = (HealthWatch){0};
    if (watch->any && now_us < watch->next_us)
        return watch->said;
    sample(picture, points);
    bool same = watch->any && memcmp(points, watch->before, sizeof points) == 0;
    PictureHealth seen = judge(picture, points, same);
    if (!watch->any || seen != watch->suspect) {
        watch->suspect = seen;
        watch->since_us = now_us;
    }
    if (now_us - watch->since_us >= rules[seen].after_us)
        watch->said = seen;
    memcpy(watch->before, points, sizeof points);
    watch->any = true;
    watch->next_us = now_us + SECOND;
    return watch->said;
}
