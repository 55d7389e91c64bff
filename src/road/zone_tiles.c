#include "road/zone_tiles.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE 7                  // of clear tiles one in so many is measured
#define LAG_S 0.4                 // within which smoke changes
#define EDGE_SHARE 0.4            // more of them with an edge are an object
#define FREE_SHARE 0.6            // of a tile's cells must be ground
#define SEEN_SHARE 0.7            // of the window's views must show it
#define STANDS_SHARE 0.95         // of them are covered where something stands
#define DARK 0.10f                // depth of smoke in a quarter of the views
#define THIN 0.03f                // in half of them
#define STILL_TIMES 1.4f          // the same of each of its parts
#define RESTLESS (LIGHT_UNIT / 3) // gradient: swaying leaves and the like
#define NEXT 5                    // tiles from what stands: a plume begins there
#define LEAST_BODY 12             // tiles
#define NO_GROUND INT16_MIN       // restless, masked, or an object's edge

// ---- one view ----

static ptrdiff_t plane_of(const Zones *z, int64_t view)
{
    return (ptrdiff_t)(view % ROOM) * z->tiles;
}

static bool is_edge(const WakeScene *scene, int x, int y)
{
    const int16_t *d = scene->depth + (ptrdiff_t)y * scene->depth_stride + x;
    int edge = abs(d[1] - d[-1]) + abs(d[scene->depth_stride] - d[-scene->depth_stride]);
    int limit = scene->road->limit[(ptrdiff_t)y * scene->grid->width + x];
    return edge > limit + limit / 2 + abs(d[0]) / 4;
}

// Mean depth of a tile; whether a vehicle hides most of it.
static int16_t look_at_tile(const Zones *z, const WakeScene *scene, const uint8_t *near_blob, int t,
                            uint8_t *hidden)
{
    int left = t % z->columns * z->size, top = t / z->columns * z->size;
    int ground = 0, covered = 0, edges = 0, sum = 0, all = z->size * z->size;
    for (int y = top; y < top + z->size; y++)
        for (int x = left; x < left + z->size; x++) {
            ptrdiff_t at = (ptrdiff_t)y * z->grid->width + x;
            covered += near_blob[at];
            if ((scene->ignored && scene->ignored[at]) || scene->road->limit[at] > RESTLESS)
                continue;
            sum += scene->depth[(ptrdiff_t)y * scene->depth_stride + x];
            edges += is_edge(scene, x, y);
            ground++;
        }
    *hidden = 2 * covered >= all;
    bool soft = ground >= FREE_SHARE * all && edges <= EDGE_SHARE * ground;
    return z->zone[t] && soft ? (int16_t)(sum / ground) : NO_GROUND;
}

#define BINS 256
#define BIN (LIGHT_UNIT / 64) // from -1 to 3 natural logarithms

// What light does to a zone as a whole it does to its clearest quarter.
static void subtract_clear(const Zones *z, int16_t *depth, const uint8_t *hidden, size_t zone)
{
    int counts[BINS] = {0}, all = 0, bin = 0, below = 0;
    for (int t = 0; t < z->tiles; t++)
        if (z->zone[t] == zone + 1 && depth[t] != NO_GROUND && !hidden[t]) {
            int at = (depth[t] + LIGHT_UNIT) / BIN;
            counts[at < 0 ? 0 : at >= BINS ? BINS - 1 : at]++;
            all++;
        }
    while (bin < BINS - 1 && 4 * (below += counts[bin]) < all)
        bin++;
    int clear = bin * BIN + BIN / 2 - LIGHT_UNIT;
    for (int t = 0; t < z->tiles && clear > 0; t++)
        if (z->zone[t] == zone + 1 && depth[t] != NO_GROUND)
            depth[t] = (int16_t)(depth[t] - clear);
}

void zone_take_view(Zones *z, const WakeScene *scene, const uint8_t *near_blob)
{
    int16_t *depth = z->depth + plane_of(z, z->views);
    uint8_t *hidden = z->hidden + plane_of(z, z->views);
    for (int t = 0; t < z->tiles; t++) {
        depth[t] = look_at_tile(z, scene, near_blob, t, &hidden[t]);
        // Not to be found in a view or two does not make it a new one.
        if (!hidden[t])
            z->covered[t] /= 2;
        else if (z->covered[t] < UINT16_MAX)
            z->covered[t]++;
    }
    for (size_t i = 0; i < z->count; i++)
        subtract_clear(z, depth, hidden, i);
    z->times[z->views++ % ROOM] = scene->view->time_us;
}

// ---- the last seconds ----

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

float zone_quantile(float *values, int count, double q)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[(int)(q * (count - 1) + 0.5)];
}

// What passes before a tile hides it. view: of the window, 0 = newest.
float zone_depth(const Zones *z, int t, int view)
{
    ptrdiff_t at = plane_of(z, z->views - 1 - view) + t;
    bool hidden = z->depth[at] == NO_GROUND || z->hidden[at];
    return hidden ? NAN : (float)z->depth[at] / LIGHT_UNIT;
}

// Clear ground is measured only in a sample, for zone_calm.
static Tile measure_tile(const Zones *z, int t, int views, int lag)
{
    float values[ROOM], changes[ROOM];
    int count = 0, changed = 0, dark = 0;
    for (int i = 0; i < views && t % SAMPLE; i++)
        dark += zone_depth(z, t, i) > THIN;
    if (t % SAMPLE && 3 * dark < views)
        return (Tile){NAN, NAN, NAN};
    for (int i = 0; i < views; i++) {
        float now = zone_depth(z, t, i);
        if (isnan(now))
            continue;
        values[count++] = now;
        if (i < lag || i + lag >= views)
            continue;
        float around = expf(-zone_depth(z, t, i - lag)) + expf(-zone_depth(z, t, i + lag));
        float change = fabsf(expf(-now) - around / 2);
        if (!isnan(change))
            changes[changed++] = change;
    }
    if (count < SEEN_SHARE * views || 3 * changed < views)
        return (Tile){NAN, NAN, NAN};
    // What passes changes a few moments, smoke most of them.
    return (Tile){zone_quantile(values, count, 0.5), zone_quantile(values, count, 0.75),
                  zone_quantile(changes, changed, 0.5)};
}

static void push(Zones *z, uint8_t *marks, uint8_t mark, int t, int *count)
{
    marks[t] = mark;
    z->stack[(*count)++] = t;
}

// Where something stands: covered in nearly all views, and not too small.
static bool find_bodies(Zones *z, int views)
{
    bool any = false;
    for (int t = 0; t < z->tiles; t++) {
        int covered = 0;
        for (int i = 0; i < views; i++)
            covered += z->hidden[plane_of(z, z->views - 1 - i) + t];
        z->body[t] = covered >= STANDS_SHARE * views ? UNSORTED : 0;
    }
    for (int seed = 0; seed < z->tiles; seed++) {
        int count = 0;
        if (z->body[seed] != UNSORTED)
            continue;
        push(z, z->body, BODY, seed, &count);
        for (int i = 0; i < count; i++) {
            int t = z->stack[i], x = t % z->columns, y = t / z->columns;
            const int next[4] = {x ? t - 1 : t, x + 1 < z->columns ? t + 1 : t,
                                 y ? t - z->columns : t, y + 1 < z->rows ? t + z->columns : t};
            for (int n = 0; n < 4; n++)
                if (z->body[next[n]] == UNSORTED)
                    push(z, z->body, BODY, next[n], &count);
        }
        for (int i = 0; i < count && count < LEAST_BODY; i++)
            z->body[z->stack[i]] = 0;
        any |= count >= LEAST_BODY;
    }
    for (int t = 0; t < z->tiles && any; t++)
        for (int n = 0; n < (2 * NEXT + 1) * (2 * NEXT + 1) && z->body[t] == BODY; n++) {
            int x = t % z->columns + n % (2 * NEXT + 1) - NEXT;
            int y = t / z->columns + n / (2 * NEXT + 1) - NEXT;
            if (x >= 0 && y >= 0 && x < z->columns && y < z->rows && !z->body[y * z->columns + x])
                z->body[y * z->columns + x] = NEAR;
        }
    return any;
}

float zone_calm(const Zones *z, int zone)
{
    int count = 0;
    for (int t = 0; t < z->tiles; t++)
        if (z->zone[t] == zone + 1 && fabsf(z->seen[t].low) < DARK / 2)
            z->room[count++] = z->seen[t].change;
    return count ? zone_quantile(z->room, count, 0.5) : 0;
}

double zone_dark_share(const Zones *z, int zone, int views)
{
    int ground = 0, dark = 0;
    for (int t = 0; t < z->tiles; t++) {
        float depth = z->zone[t] == zone + 1 ? zone_depth(z, t, views / 2) : NAN;
        ground += !isnan(depth);
        dark += depth > DARK / 2;
    }
    return ground ? (double)dark / ground : 1;
}

bool zone_is_smoke(const Tile *tile, float calm)
{
    return tile->high > DARK && tile->low > THIN && tile->change > STILL_TIMES * calm;
}

int zone_flood(Zones *z, int seed, float calm, uint8_t mark)
{
    int count = 0;
    push(z, z->owner, mark, seed, &count);
    for (int i = 0; i < count; i++)
        for (int n = 0; n < 9; n++) {
            int x = z->stack[i] % z->columns + n % 3 - 1, y = z->stack[i] / z->columns + n / 3 - 1;
            int t = y * z->columns + x;
            if (x >= 0 && y >= 0 && x < z->columns && y < z->rows && !z->owner[t] &&
                z->zone[t] == z->zone[seed] && zone_is_smoke(&z->seen[t], calm))
                push(z, z->owner, mark, t, &count);
        }
    return count;
}

bool zone_measure(Zones *z, int views)
{
    double span = (double)(z->times[(z->views - 1) % ROOM] - z->times[(z->views - views) % ROOM]);
    int lag = (int)fmax(1, lround(LAG_S * 1e6 * (views - 1) / fmax(1, span)));
    bool any = find_bodies(z, views);
    for (int t = 0; t < z->tiles && any; t++)
        if (z->zone[t])
            z->seen[t] = measure_tile(z, t, views, lag);
    return any;
}
