#include "road/sight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define SAID_US (60 * SECOND)
#define GOOD_US (5 * SECOND)
#define GAP_US (5 * SECOND) // a longer one proves nothing of the time in between
#define LEARN_LOOKS 30      // before anything is judged
#define FOLLOW_LOOKS 600    // how slowly the normal follows
#define EDGE_LEVELS 36      // less is noise
#define EDGES_LEAST 50      // fewer in a picture say nothing of its sharpness
#define SOFT 0.4            // of the normal sharpness
#define STRANGE 0.35        // similarity of the slopes; a view with traffic in it has 0.7 and more

typedef struct Look {
    double sharpness; // NaN: too few edges
    float across[SIGHT_ROWS][SIGHT_COLUMNS], down[SIGHT_ROWS][SIGHT_COLUMNS];
} Look;

// How much of an edge's height lies between neighbours: the mean over all edges. Of what is said
// about contrast by fog or night nothing is left in it.
static double sharpness_of(const Picture *picture)
{
    double fine = 0, coarse = 0;
    int edges = 0;
    for (int y = 2; y < picture->height; y += 4) {
        const uint8_t *row = picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 6; x < picture->width - 6; x += 2) {
            int wide = abs(2 * row[x] - row[x - 6] - row[x + 6]);
            if (wide < EDGE_LEVELS)
                continue;
            edges++;
            coarse += wide;
            fine += abs(2 * row[x] - row[x - 1] - row[x + 1]);
        }
    }
    return edges < EDGES_LEAST ? NAN : fine / coarse;
}

static float mean_of(const Picture *picture, int column, int row)
{
    int x0 = column * picture->width / SIGHT_COLUMNS;
    int x1 = (column + 1) * picture->width / SIGHT_COLUMNS;
    int y0 = row * picture->height / SIGHT_ROWS, y1 = (row + 1) * picture->height / SIGHT_ROWS;
    int sum = 0, count = 0;
    for (int y = y0; y < y1; y += 2)
        for (int x = x0; x < x1; x += 2, count++)
            sum += picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x];
    return count ? (float)sum / (float)count : 0;
}

static void look_at(const Picture *picture, Look *look)
{
    float light[SIGHT_ROWS][SIGHT_COLUMNS];
    *look = (Look){.sharpness = sharpness_of(picture)};
    for (int y = 0; y < SIGHT_ROWS; y++)
        for (int x = 0; x < SIGHT_COLUMNS; x++) {
            light[y][x] = mean_of(picture, x, y);
            look->across[y][x] = x ? light[y][x] - light[y][x - 1] : 0;
            look->down[y][x] = y ? light[y][x] - light[y - 1][x] : 0;
        }
}

// 1: the same slopes, however strong; 0: nothing in common.
static double similarity(const Sight *sight, const Look *look)
{
    double both = 0, known = 0, seen = 0;
    for (int y = 0; y < SIGHT_ROWS; y++)
        for (int x = 0; x < SIGHT_COLUMNS; x++) {
            double a = (double)sight->across[y][x], b = (double)look->across[y][x];
            double c = (double)sight->down[y][x], d = (double)look->down[y][x];
            both += a * b + c * d;
            known += a * a + c * c;
            seen += b * b + d * d;
        }
    return known > 0 && seen > 0 ? both / sqrt(known * seen) : 1;
}

static PictureHealth judge(const Sight *sight, const Picture *picture, const Look *look)
{
    if (sight->looks < LEARN_LOOKS)
        return HEALTH_GOOD;
    if (similarity(sight, look) < STRANGE)
        return HEALTH_TURNED;
    bool comparable = sight->sharp_looks >= LEARN_LOOKS && picture->width == sight->width &&
                      picture->height == sight->height;
    return comparable && look->sharpness < SOFT * sight->sharpness ? HEALTH_DEFOCUSED : HEALTH_GOOD;
}

static void follow(Sight *sight, const Picture *picture, const Look *look)
{
    sight->looks += sight->looks < FOLLOW_LOOKS;
    for (int y = 0; y < SIGHT_ROWS; y++)
        for (int x = 0; x < SIGHT_COLUMNS; x++) {
            float *across = &sight->across[y][x], *down = &sight->down[y][x];
            *across += (look->across[y][x] - *across) / (float)sight->looks;
            *down += (look->down[y][x] - *down) / (float)sight->looks;
        }
    if (isnan(look->sharpness))
        return;
    if (picture->width != sight->width || picture->height != sight->height)
        sight->sharp_looks = 0;
    sight->width = picture->width;
    sight->height = picture->height;
    sight->sharp_looks += sight->sharp_looks < FOLLOW_LOOKS;
    if (sight->sharp_looks == 1)
        sight->sharpness = 0;
    sight->sharpness += (look->sharpness - sight->sharpness) / sight->sharp_looks;
}

PictureHealth sight_push(Sight *sight, const Picture *picture)
{
    Look look;
    int64_t now_us = picture->time_us;
    bool gap = now_us - sight->next_us > GAP_US || sight->next_us - now_us > GAP_US;
    if (!gap && now_us < sight->next_us)
        return sight->said;
    look_at(picture, &look);
    PictureHealth seen = judge(sight, picture, &look);
    if (gap || seen != sight->suspect) {
        sight->suspect = seen;
        sight->since_us = now_us;
    }
    if (now_us - sight->since_us >= (seen == HEALTH_GOOD ? GOOD_US : SAID_US))
        sight->said = seen;
    if (seen == HEALTH_GOOD && !picture->damaged)
        follow(sight, picture, &look);
    sight->next_us = now_us + SECOND;
    return sight->said;
}
