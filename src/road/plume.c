#include "road/plume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RIM_SHARE 0.35 // of the peak: where the plume's outline is drawn
#define RIM_FLOOR 0.05 // in natural logarithms, above noise

// Mean of the 3x3 neighbourhood that is not hidden; hidden cells stay hidden.
static void smooth(const PlumeMap *map, float *out)
{
    int w = map->area.w, h = map->area.h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            float sum = 0;
            int count = 0;
            for (int j = y > 0 ? y - 1 : 0; j <= y + 1 && j < h; j++)
                for (int i = x > 0 ? x - 1 : 0; i <= x + 1 && i < w; i++)
                    if (map->depth[j * w + i] != PLUME_HIDDEN) {
                        sum += map->depth[j * w + i];
                        count++;
                    }
            bool hidden = map->depth[y * w + x] == PLUME_HIDDEN;
            out[y * w + x] = hidden || !count ? NAN : sum / (float)count / LIGHT_UNIT;
        }
}

// Marks the connected region above the rim that holds the densest cell behind or beside the
// vehicle. Returns its cell count; stack holds w*h ints.
static int flood(const float *depth, int w, int h, float rim, int seed, uint8_t *region, int *stack)
{
    int top = 0, count = 0;
    stack[top++] = seed;
    region[seed] = 1;
    while (top) {
        int at = stack[--top], x = at % w, y = at / w;
        count++;
        const int next[4] = {x > 0 ? at - 1 : -1, x + 1 < w ? at + 1 : -1, y > 0 ? at - w : -1,
                             y + 1 < h ? at + w : -1};
        for (int n = 0; n < 4; n++)
            if (next[n] >= 0 && !region[next[n]] && depth[next[n]] > rim) {
                region[next[n]] = 1;
                stack[top++] = next[n];
            }
    }
    return count;
}

static bool in_region(const uint8_t *region, int w, int h, int x, int y)
{
    return x >= 0 && y >= 0 && x < w && y < h && region[y * w + x];
}

// Walks around the region with the region on the right hand, along cell corners. Returns the corner
// count; straight stretches give one corner. NULL room counts only.
static size_t walk(const uint8_t *region, int w, int h, int seed, Point *room, size_t size)
{
    int x = seed % w, y = seed / w;
    while (in_region(region, w, h, x, y - 1))
        y--;
    static const int step[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    int start_x = x, start_y = y, direction = 0;
    size_t count = 0, guard = 4 * (size_t)w * (size_t)h + 8;
    do {
        // Cells ahead left and ahead right of the corner (x, y), looking along direction.
        static const int ahead[4][2][2] = {
            {{0, -1}, {0, 0}}, {{0, 0}, {-1, 0}}, {{-1, 0}, {-1, -1}}, {{-1, -1}, {0, -1}}};
        bool left = in_region(region, w, h, x + ahead[direction][0][0], y + ahead[direction][0][1]);
        bool right =
            in_region(region, w, h, x + ahead[direction][1][0], y + ahead[direction][1][1]);
        int turn = left ? 3 : right ? 0 : 1;
        if (turn || !count) {
            if (room && count < size)
                room[count] = (Point){x, y};
            count++;
        }
        direction = (direction + turn) % 4;
        x += step[direction][0];
        y += step[direction][1];
    } while ((x != start_x || y != start_y) && --guard);
    return count;
}

static bool draw_outline(const PlumeMap *map, const Grid *grid, const uint8_t *region, int seed,
                         Event *out)
{
    int w = map->area.w, h = map->area.h;
    size_t count = walk(region, w, h, seed, NULL, 0);
    Point *corners = calloc(count + 1, sizeof *corners);
    out->outline = calloc(count + 1, sizeof *out->outline);
    if (!corners || !out->outline) {
        free(corners);
        return false;
    }
    walk(region, w, h, seed, corners, count);
    // Midpoints of neighbouring corners round the stairs off; every other is enough.
    size_t step = count > 160 ? count / 80 : 1;
    for (size_t i = 0; i < count; i += step) {
        Point a = corners[i], b = corners[(i + 1) % count];
        out->outline[out->outline_count++] =
            (Point){(int)((2 * map->area.x + a.x + b.x) * grid->factor / 2),
                    (int)((2 * map->area.y + a.y + b.y) * grid->factor / 2)};
    }
    free(corners);
    return true;
}

static int densest_cell(const PlumeMap *map, const float *depth)
{
    int w = map->area.w, h = map->area.h, best = -1;
    for (int i = 0; i < w * h; i++)
        if (map->wake[i] == PLUME_NEAR && !isnan(depth[i]) && (best < 0 || depth[i] > depth[best]))
            best = i;
    return best;
}

static bool draw_density(const PlumeMap *map, const Grid *grid, const float *depth, double airlight,
                         Event *out)
{
    int w = map->area.w, h = map->area.h;
    uint8_t *cells = malloc((size_t)w * (size_t)h);
    if (!cells)
        return false;
    for (int i = 0; i < w * h; i++) {
        double opacity = (1 - exp(-depth[i])) / (1 - airlight);
        cells[i] =
            isnan(depth[i]) ? DENSITY_UNKNOWN : (uint8_t)lround(200 * fmax(0, fmin(1, opacity)));
    }
    out->density = (DensityMap){grid_pixels(grid, map->area), w, h, cells};
    return true;
}

bool plume_describe(const PlumeMap *map, const Grid *grid, double airlight, Event *out)
{
    int w = map->area.w, h = map->area.h;
    size_t cells = (size_t)w * (size_t)h;
    float *depth = malloc(cells * sizeof *depth);
    uint8_t *region = calloc(cells, 1);
    int *stack = malloc(cells * sizeof *stack);
    bool good = depth && region && stack;
    if (good) {
        smooth(map, depth);
        good = draw_density(map, grid, depth, airlight, out);
    }
    int seed = good ? densest_cell(map, depth) : -1;
    if (seed >= 0 && depth[seed] > RIM_FLOOR) {
        float rim = (float)fmax(RIM_FLOOR, RIM_SHARE * fmin(depth[seed], map->peak));
        flood(depth, w, h, rim, seed, region, stack);
        int left = w, top = h, right = 0, bottom = 0;
        for (int i = 0; i < w * h; i++)
            if (region[i]) {
                left = i % w < left ? i % w : left;
                right = i % w >= right ? i % w + 1 : right;
                top = i / w < top ? i / w : top;
                bottom = i / w + 1;
            }
        out->plume = grid_pixels(
            grid, (Box){map->area.x + left, map->area.y + top, right - left, bottom - top});
        good = draw_outline(map, grid, region, seed, out);
    } else if (good) {
        Box car = map->vehicle;
        out->plume = grid_pixels(grid, (Box){car.x, car.y + car.h, car.w, car.h / 2});
    }
    free(depth);
    free(region);
    free(stack);
    return good;
}
