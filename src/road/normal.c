#include "road/normal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define SAID_US (60 * SECOND)
#define GOOD_US (5 * SECOND)
#define GAP_US (5 * SECOND) // a longer one proves nothing of the time in between
#define LEARN_LOOKS 30      // before anything is judged
#define FOLLOW_LOOKS 600    // how slowly the normal follows
#define SLOWER 50           // where the view is hidden: in a day what came to stay is normal
#define EDGE_LEVELS 36      // less is noise
#define EDGES_LEAST 50      // fewer in a picture say nothing of its sharpness
#define SOFT 0.4            // of the normal sharpness
#define STRANGE 0.35        // similarity of the slopes; a view with traffic in it has 0.7 and more

typedef struct Look {
    double sharpness; // NaN: too few edges
    float light[NORMAL_ROWS][NORMAL_COLUMNS];
    Slopes view;
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
    int x0 = column * picture->width / NORMAL_COLUMNS;
    int x1 = (column + 1) * picture->width / NORMAL_COLUMNS;
    int y0 = row * picture->height / NORMAL_ROWS, y1 = (row + 1) * picture->height / NORMAL_ROWS;
    int sum = 0, count = 0;
    for (int y = y0; y < y1; y += 2)
        for (int x = x0; x < x1; x += 2, count++)
            sum += picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x];
    return count ? (float)sum / (float)count : 0;
}

static void look_at(const Picture *picture, Look *look)
{
    float(*light)[NORMAL_COLUMNS] = look->light;
    *look = (Look){.sharpness = sharpness_of(picture)};
    for (int y = 0; y < NORMAL_ROWS; y++)
        for (int x = 0; x < NORMAL_COLUMNS; x++) {
            light[y][x] = mean_of(picture, x, y);
            look->view.across[y][x] = x ? light[y][x] - light[y][x - 1] : 0;
            look->view.down[y][x] = y ? light[y][x] - light[y - 1][x] : 0;
        }
}

// 1: the same slopes, however strong; 0: nothing in common.
static double similarity(const Normal *normal, const Look *look)
{
    double both = 0, known = 0, seen = 0;
    for (int y = 0; y < NORMAL_ROWS; y++)
        for (int x = 0; x < NORMAL_COLUMNS; x++) {
            double a = (double)normal->view.across[y][x], b = (double)look->view.across[y][x];
            double c = (double)normal->view.down[y][x], d = (double)look->view.down[y][x];
            both += a * b + c * d;
            known += a * a + c * c;
            seen += b * b + d * d;
        }
    return known > 0 && seen > 0 ? both / sqrt(known * seen) : 1;
}

static PictureHealth judge(Normal *normal, const Picture *picture, const Look *look)
{
    if (normal->looks < LEARN_LOOKS)
        return HEALTH_GOOD;
    if (dirt_push(&normal->dirt, &normal->view, &look->view, look->light))
        return HEALTH_DIRTY;
    if (similarity(normal, look) < STRANGE)
        return HEALTH_TURNED;
    bool comparable = normal->sharp_looks >= LEARN_LOOKS && picture->width == normal->width &&
                      picture->height == normal->height;
    return comparable && look->sharpness < SOFT * normal->sharpness ? HEALTH_DEFOCUSED
                                                                    : HEALTH_GOOD;
}

static void follow_view(Normal *normal, const Look *look)
{
    for (int y = 0; y < NORMAL_ROWS; y++)
        for (int x = 0; x < NORMAL_COLUMNS; x++) {
            float pace = (float)normal->looks * (dirt_hides(&normal->dirt, x, y) ? SLOWER : 1);
            float *across = &normal->view.across[y][x], *down = &normal->view.down[y][x];
            *across += (look->view.across[y][x] - *across) / pace;
            *down += (look->view.down[y][x] - *down) / pace;
        }
}

static void follow_sharpness(Normal *normal, const Picture *picture, const Look *look)
{
    if (isnan(look->sharpness))
        return;
    if (picture->width != normal->width || picture->height != normal->height)
        normal->sharp_looks = 0;
    normal->width = picture->width;
    normal->height = picture->height;
    normal->sharp_looks += normal->sharp_looks < FOLLOW_LOOKS;
    if (normal->sharp_looks == 1)
        normal->sharpness = 0;
    normal->sharpness += (look->sharpness - normal->sharpness) / normal->sharp_looks;
}

PictureHealth normal_push(Normal *normal, const Picture *picture)
{
    Look look;
    int64_t now_us = picture->time_us;
    bool gap = now_us - normal->next_us > GAP_US || normal->next_us - now_us > GAP_US;
    if (!gap && now_us < normal->next_us)
        return normal->said;
    look_at(picture, &look);
    PictureHealth seen = judge(normal, picture, &look);
    if (gap || seen != normal->suspect) {
        normal->suspect = seen;
        normal->since_us = now_us;
    }
    if (now_us - normal->since_us >= (seen == HEALTH_GOOD ? GOOD_US : SAID_US))
        normal->said = seen;
    bool learns = (seen == HEALTH_GOOD || seen == HEALTH_DIRTY) && !picture->damaged;
    if (learns) {
        normal->looks += normal->looks < FOLLOW_LOOKS;
        follow_view(normal, &look);
    }
    if (learns && seen == HEALTH_GOOD)
        follow_sharpness(normal, picture, &look);
    normal->next_us = now_us + SECOND;
    return normal->said;
}
