#include "road/background.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALM (LIGHT_UNIT / 20) // a cell this close to the road is the road
#define SAME (LIGHT_UNIT / 14) // a candidate this close to itself has stayed
#define SAME_CHROMA 4
#define RETURNS 3                   // what time seen counts against views seen
#define STAY_S 60.0                 // how long something has to stay to become road
#define ROWS_APART 4                // each view updates every fourth row
#define EDGE_FLOOR (LIGHT_UNIT / 8) // gradient of an object's edge from cell to next but one
#define EDGE_TIMES 4                // an object's edge against the usual gradient of the place
#define CHROMA_FLOOR 14             // |dU|+|dV| of an object
#define NOISE_LEVELS 1.1            // noise of one cell, in levels of luma

bool background_create(Background *road, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    size_t chroma = (size_t)grid->chroma_width * (size_t)grid->chroma_height + 1;
    road->light = calloc(cells, sizeof *road->light);
    road->limit = calloc(cells, sizeof *road->limit);
    road->candidate = calloc(cells, sizeof *road->candidate);
    road->steady = calloc(cells, 1);
    road->chroma_limit = calloc(chroma, 1);
    road->u = calloc(chroma, 1);
    road->v = calloc(chroma, 1);
    if (road->light && road->limit && road->candidate && road->steady && road->u && road->v &&
        road->chroma_limit)
        return true;
    background_destroy(road);
    return false;
}

void background_destroy(Background *road)
{
    free(road->light);
    free(road->limit);
    free(road->candidate);
    free(road->steady);
    free(road->chroma_limit);
    free(road->u);
    free(road->v);
    *road = (Background){0};
}

// One row of cells over the views: [view * width + x].
typedef int16_t Row[BACKGROUND_MAX_VIEWS * GRID_MAX_WIDTH];

static void exchange(int16_t *restrict low, int16_t *restrict high, int width)
{
    for (int x = 0; x < width; x++) {
        int16_t a = low[x], b = high[x];
        low[x] = a < b ? a : b;
        high[x] = a < b ? b : a;
    }
}

// Sorts the views of every cell: Batcher's merge exchange (Knuth 5.2.2 M), which takes the same
// steps whatever the values are, so that a row is sorted at once.
static void sort_views(int16_t *values, int count, int width)
{
    int top = 1;
    while (2 * top < count)
        top *= 2;
    for (int p = top; p > 0; p /= 2)
        for (int q = top, r = 0, d = p; d > 0; d = q - p, q /= 2, r = p)
            for (int i = 0; i + d < count; i++)
                if ((i & p) == r)
                    exchange(values + i * width, values + (i + d) * width, width);
}

// Half-sample mode: the densest half of the values, of that the densest half, and so on. They are
// sorted.
static int16_t half_sample_mode(const int16_t *values, int count)
{
    while (count > 3) {
        int half = (count + 1) / 2, best = 0, least = values[half - 1] - values[0];
        for (int i = 1; i + half <= count; i++) {
            int spread = values[i + half - 1] - values[i];
            best = spread < least ? i : best;
            least = spread < least ? spread : least;
        }
        values += best;
        count = half;
    }
    if (count == 3)
        return values[1] - values[0] <= values[2] - values[1]
                   ? (int16_t)((values[0] + values[1]) / 2)
                   : (int16_t)((values[1] + values[2]) / 2);
    return count == 2 ? (int16_t)((values[0] + values[1]) / 2) : values[0];
}

// Of values in time order the one that is seen over the longest time: what stands for long stands
// once, the empty ground is there before and after.
static int16_t value_that_returns(const int16_t *values, int count, int same)
{
    double best = -1, mean = values[0];
    for (int i = 0; i < count; i++) {
        int first = -1, last = 0, members = 0, sum = 0;
        for (int j = 0; j < count; j++) {
            if (abs(values[j] - values[i]) > same)
                continue;
            first = first < 0 ? j : first;
            last = j;
            members++;
            sum += values[j];
        }
        double worth = RETURNS * (last - first) + members;
        if (worth > best) {
            best = worth;
            mean = (double)sum / members;
        }
    }
    return (int16_t)mean;
}

double background_per_level(const Background *road, int16_t light)
{
    double linear = exp((double)light / LIGHT_UNIT), seen = linear + road->veil;
    return light_per_level((int16_t)(LIGHT_UNIT * log(seen)), road->range) * seen / linear;
}

// What noise alone allows at this light.
static int limit_floor(const Background *road, size_t cell)
{
    double noise = NOISE_LEVELS * background_per_level(road, road->light[cell]);
    return (int)fmin(8000, fmax(EDGE_FLOOR, 3 * noise));
}

// Gradient of the depth of one view along a row, exposure cancelled out.
static void take_gradient(int16_t *out, const Background *road, const Grid *grid, const View *view,
                          int y)
{
    int width = grid->width;
    ptrdiff_t at = (ptrdiff_t)y * width, up = y > 0 ? -width : 0;
    ptrdiff_t down = y + 1 < grid->height ? width : 0;
    const int16_t *r = road->light + at, *v = view->light + at;
    for (int x = 0; x < width; x++) {
        int left = x > 0 ? x - 1 : x, right = x + 1 < width ? x + 1 : x;
        int across = (r[right] - v[right]) - (r[left] - v[left]);
        int along = (r[x + down] - v[x + down]) - (r[x + up] - v[x + up]);
        int steep = abs(across) + abs(along);
        out[x] = (int16_t)(steep < INT16_MAX ? steep : INT16_MAX);
    }
}

static void take_chroma_change(int16_t *out, const Background *road, const View *view, ptrdiff_t at,
                               int width)
{
    const uint8_t *u = view->u + at, *v = view->v + at, *ru = road->u + at, *rv = road->v + at;
    for (int x = 0; x < width; x++)
        out[x] = (int16_t)(abs(u[x] - ru[x]) + abs(v[x] - rv[x]));
}

// Which cells of a row something may stand on; NULL: none.
static const uint8_t *standing_row(const Grid *grid, const uint8_t *standing, int y)
{
    return standing ? standing + (ptrdiff_t)y * grid->width : NULL;
}

// The same at the chroma grid, in room.
static const uint8_t *standing_chroma(const Grid *grid, const uint8_t *standing, int y,
                                      uint8_t *room)
{
    for (int x = 0; standing && x < grid->chroma_width; x++)
        room[x] = standing[2 * (ptrdiff_t)y * grid->width + 2 * x];
    return standing ? room : NULL;
}

// What is usual in a cell whose views are sorted.
static int usual_of(const int16_t *values, int count, int width, const uint8_t *standing, int x)
{
    return values[(standing && standing[x] ? 3 * count / 8 : count / 2) * width + x];
}

// Limits from the median gradient and colour difference of each cell over the views: high where
// leaves sway, water glitters or lane lines shake, low on calm asphalt.
static void learn_limits(Background *road, const Grid *grid, const View *views, int count,
                         const uint8_t *standing)
{
    Row values;
    uint8_t room[GRID_MAX_WIDTH];
    int width = grid->width;
    for (int y = 0; y < grid->height; y++) {
        size_t at = (size_t)y * (size_t)width;
        const uint8_t *stands = standing_row(grid, standing, y);
        for (int n = 0; n < count; n++)
            take_gradient(values + n * width, road, grid, &views[n], y);
        sort_views(values, count, width);
        for (int x = 0; x < width; x++) {
            double usual = EDGE_TIMES * (double)usual_of(values, count, width, stands, x);
            road->limit[at + x] =
                (int16_t)fmin(12000, fmax(limit_floor(road, at + (size_t)x), usual));
        }
    }
    width = grid->chroma_width;
    for (int y = 0; y < grid->chroma_height; y++) {
        ptrdiff_t at = (ptrdiff_t)y * width;
        const uint8_t *stands = standing_chroma(grid, standing, y, room);
        for (int n = 0; n < count; n++)
            take_chroma_change(values + n * width, road, &views[n], at, width);
        sort_views(values, count, width);
        for (int x = 0; x < width; x++)
            road->chroma_limit[at + x] = (uint8_t)fmin(
                255, fmax(CHROMA_FLOOR, 3 * usual_of(values, count, width, stands, x)));
    }
}

// What each cell of a row is when it is empty. Sorts the values.
static void find_empty(int16_t *values, int count, int width, const uint8_t *standing, int same,
                       int16_t *out)
{
    int16_t cell[BACKGROUND_MAX_VIEWS];
    for (int x = 0; standing && x < width; x++) {
        for (int n = 0; n < count && standing[x]; n++)
            cell[n] = values[n * width + x];
        if (standing[x])
            out[x] = value_that_returns(cell, count, same);
    }
    sort_views(values, count, width);
    for (int x = 0; x < width; x++) {
        if (standing && standing[x])
            continue;
        for (int n = 0; n < count; n++)
            cell[n] = values[n * width + x];
        out[x] = half_sample_mode(cell, count);
    }
}

// The median light of the views as they are, good enough to tell their exposures by.
static void find_median(Background *road, const Grid *grid, const View *views, int count)
{
    Row values;
    int width = grid->width;
    size_t line = (size_t)width * sizeof *values;
    for (int y = 0; y < grid->height; y++) {
        ptrdiff_t at = (ptrdiff_t)y * width;
        for (int n = 0; n < count; n++)
            memcpy(values + n * width, views[n].light + at, line);
        sort_views(values, count, width);
        memcpy(road->light + at, values + count / 2 * width, line);
    }
}

static void learn_light(Background *road, const Grid *grid, const View *views, const Tone *tones,
                        int count, const uint8_t *standing)
{
    Row values;
    int width = grid->width;
    for (int y = 0; y < grid->height; y++) {
        ptrdiff_t at = (ptrdiff_t)y * width;
        for (int n = 0; n < count; n++)
            for (int x = 0; x < width; x++)
                values[n * width + x] = (int16_t)(views[n].light[at + x] - tones[n].gain);
        find_empty(values, count, width, standing_row(grid, standing, y), SAME, road->light + at);
    }
}

static void learn_chroma(Background *road, const Grid *grid, const View *views, int count,
                         const uint8_t *standing)
{
    Row values;
    int16_t found[GRID_MAX_WIDTH];
    uint8_t room[GRID_MAX_WIDTH];
    int width = grid->chroma_width;
    for (int y = 0; y < 2 * grid->chroma_height; y++) {
        bool v = y >= grid->chroma_height;
        int row = v ? y - grid->chroma_height : y;
        ptrdiff_t at = (ptrdiff_t)row * width;
        for (int n = 0; n < count; n++)
            for (int x = 0; x < width; x++)
                values[n * width + x] = (v ? views[n].v : views[n].u)[at + x];
        find_empty(values, count, width, standing_chroma(grid, standing, row, room), SAME_CHROMA,
                   found);
        for (int x = 0; x < width; x++)
            (v ? road->v : road->u)[at + x] = (uint8_t)found[x];
    }
}

void background_learn(Background *road, const Grid *grid, const View *views, int count,
                      ColorRange range, const uint8_t *standing)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    Tone tones[BACKGROUND_MAX_VIEWS];
    road->range = range;
    find_median(road, grid, views, count);
    for (int n = 0; n < count; n++)
        tones[n] = background_tone(road, grid, &views[n], NULL);
    learn_light(road, grid, views, tones, count, standing);
    learn_chroma(road, grid, views, count, standing);
    learn_limits(road, grid, views, count, standing);
    memcpy(road->candidate, road->light, cells * sizeof *road->light);
    memset(road->steady, 0, cells);
}

double background_noise(const Background *road, const Grid *grid, const View *views, int count)
{
    enum { MOST = 1024, UNIT = LIGHT_UNIT / 512 };
    uint32_t bins[MOST] = {0}, all = 0, below = 0;
    for (int n = 0; n < count; n++)
        for (int y = 0; y < grid->height; y += 4)
            for (int x = 1; x < grid->width - 1; x += 3, all++) {
                ptrdiff_t at = (ptrdiff_t)y * grid->width + x;
                const int16_t *v = views[n].light + at, *r = road->light + at;
                int off = abs(2 * (v[0] - r[0]) - (v[-1] - r[-1]) - (v[1] - r[1])) / (2 * UNIT);
                bins[off < MOST ? off : MOST - 1]++;
            }
    int i = 0;
    while (i < MOST - 1 && (below += bins[i]) * 2 < all)
        i++;
    return (double)i * UNIT / LIGHT_UNIT;
}

#define TONES 8  // bands of road brightness
#define BINS 512 // of differences from -2 to 2 ln
#define BIN (4 * LIGHT_UNIT / BINS)
#define NOWHERE (TONES * BINS)

typedef struct Mode {
    double at, weight; // difference in LIGHT_UNIT; counts near it
} Mode;

// The mode of a histogram of differences, smoothed over 7 bins, refined by the mean around it.
static Mode mode_of(const uint32_t *bins)
{
    uint32_t best_sum = 0;
    int best = BINS / 2;
    for (int i = 3; i < BINS - 3; i++) {
        uint32_t sum = 0;
        for (int j = -3; j <= 3; j++)
            sum += bins[i + j];
        if (sum > best_sum) {
            best_sum = sum;
            best = i;
        }
    }
    double moment = 0, weight = 0;
    for (int i = best - 3; i <= best + 3; i++) {
        weight += bins[i];
        moment += bins[i] * (double)(i - BINS / 2);
    }
    return (Mode){weight > 0 ? (moment / weight + 0.5) * BIN : 0, weight};
}

static int16_t mask_of(bool is)
{
    return is ? -1 : 0;
}

// Where each cell of a row counts: by its band and its difference; NOWHERE: it does not.
ROW_LOOP static void find_bins(uint16_t *restrict bins, const int16_t *restrict light,
                               const int16_t *restrict road, const uint8_t *restrict busy,
                               int width)
{
    for (int x = 0; x < width; x++) {
        int16_t off = (int16_t)(light[x] - road[x] + 2 * LIGHT_UNIT);
        int16_t bright = (int16_t)(road[x] + 6 * LIGHT_UNIT), band = 0;
        for (int n = 1; n < TONES; n++)
            band = (int16_t)(band + (bright > n * (6 * LIGHT_UNIT / TONES)));
        int16_t bin = (int16_t)(band * BINS + (off > 0 ? off / BIN : 0));
        int16_t out = mask_of(off <= -BIN) | mask_of(off >= BINS * BIN) |
                      mask_of((busy[x] & BACKGROUND_BUSY) != 0);
        bins[x] = (uint16_t)((bin & ~out) | (NOWHERE & out));
    }
}

Tone background_tone(const Background *road, const Grid *grid, const View *view,
                     const uint8_t *busy)
{
    static const uint8_t nothing[GRID_MAX_WIDTH];
    uint32_t counts[NOWHERE + 1] = {0}, all[BINS] = {0};
    uint16_t bins[GRID_MAX_WIDTH];
    for (int y = 0; y < grid->height; y += 2) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width;
        find_bins(bins, view->light + at, road->light + at, busy ? busy + at : nothing,
                  grid->width);
        for (int x = y / 2 % 2; x < grid->width; x += 2)
            counts[bins[x]]++;
    }
    for (int band = 0; band < TONES; band++)
        for (int i = 0; i < BINS; i++)
            all[i] += counts[band * BINS + i];
    Mode mean = mode_of(all);
    // A straight line through the bands' modes: exposure and contrast of the tone curve.
    double sw = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int band = 0; band < TONES; band++) {
        Mode mode = mode_of(counts + band * BINS);
        if (mode.weight < mean.weight / 50 || fabs(mode.at - mean.at) > 0.3 * LIGHT_UNIT)
            continue;
        double x = (band + 0.5) * 6 * LIGHT_UNIT / TONES - 6 * LIGHT_UNIT, w = mode.weight;
        sw += w;
        sx += w * x;
        sy += w * mode.at;
        sxx += w * x * x;
        sxy += w * x * mode.at;
    }
    double spread = sw * sxx - sx * sx;
    double slope = sw > 0 && spread > sw * sw * LIGHT_UNIT * LIGHT_UNIT / 16.0
                       ? (sw * sxy - sx * sy) / spread
                       : 0;
    slope = fabs(slope) < 0.01 ? 0 : fmax(-0.4, fmin(0.4, slope));
    double gain = sw > 0 && slope != 0 ? (sy - slope * sx) / sw : mean.at;
    return (Tone){(int16_t)lround(gain), (int16_t)lround(slope * 32768)};
}

static int16_t apart(int16_t a, int16_t b)
{
    int16_t off = (int16_t)(a - b), size = (int16_t)(off < 0 ? -off : off);
    return size < INT16_MAX / 2 ? size : INT16_MAX / 2;
}

// The limit follows the median gradient: as many steps up as down when half of the views lie below.
ROW_LOOP static void follow_limits(int16_t *restrict limit, const int16_t *restrict d,
                                   ptrdiff_t stride, const uint8_t *restrict busy, int width)
{
    for (int x = 0; x < width; x++) {
        int16_t edge = (int16_t)(apart(d[x + 1], d[x - 1]) + apart(d[x + stride], d[x - stride]));
        int16_t now = limit[x], step = (int16_t)((now >> 7) + 1);
        int16_t steep = mask_of(edge > now / EDGE_TIMES);
        int16_t up = step & mask_of(now < 12000), down = step & mask_of(now > EDGE_FLOOR);
        int16_t change = (int16_t)((up & steep) - (down & ~steep));
        limit[x] = (int16_t)(now + (change & ~mask_of((busy[x] & BACKGROUND_HELD) != 0)));
    }
}

// Follows the light where it is the road's, and counts how long anything else has stayed. Whether
// something has stayed for so many visits. Masks and words throughout, or the compiler makes no
// vectors of it.
ROW_LOOP static bool follow_light(int16_t *restrict light, int16_t *restrict candidate,
                                  uint8_t *restrict steady, const int16_t *restrict d,
                                  const uint8_t *restrict busy, int16_t stay, int width)
{
    int16_t any = 0;
    for (int x = 0; x < width; x++) {
        int16_t depth = d[x], lit = light[x], was = candidate[x], near = busy[x];
        int16_t visits = steady[x], now = (int16_t)(lit - depth); // at the road's exposure
        int16_t away = (int16_t)(now - was), deep = (int16_t)(depth < 0 ? -depth : depth);
        int16_t calm = mask_of(near == 0) & mask_of(deep < CALM);
        int16_t held = mask_of((near & BACKGROUND_HELD) != 0);
        int16_t moved = mask_of(away > SAME) | mask_of(away < -SAME);
        int16_t step = (int16_t)((depth < -2 ? 2 : 0) - (depth > 2 ? 2 : 0));
        int16_t taken = moved & ~calm & ~held, next = (int16_t)((visits + 1) & ~calm & ~moved);
        light[x] = (int16_t)(lit + (step & calm));
        candidate[x] = (now & taken) | (was & ~taken);
        steady[x] = (uint8_t)((visits & held) | (next & ~held));
        any |= mask_of(next >= stay) & ~held;
    }
    return any;
}

void background_update(Background *road, const Grid *grid, const int16_t *depth, int depth_stride,
                       const View *view, const uint8_t *busy, unsigned turn, double fps)
{
    int16_t stay = (int16_t)fmax(1, fmin(250, STAY_S * fps / ROWS_APART));
    for (int y = (int)(turn % ROWS_APART); y < grid->height; y += ROWS_APART) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width;
        const int16_t *d = depth + (ptrdiff_t)y * depth_stride;
        follow_limits(road->limit + at, d, depth_stride, busy + at, grid->width);
        bool any = follow_light(road->light + at, road->candidate + at, road->steady + at, d,
                                busy + at, stay, grid->width);
        for (int x = 0; x < grid->width && any; x++, at++) {
            if (road->steady[at] < stay || busy[at] & BACKGROUND_HELD)
                continue;
            road->light[at] = road->candidate[at];
            road->steady[at] = 0;
            ptrdiff_t c = (ptrdiff_t)(y / 2) * grid->chroma_width + x / 2;
            if (y / 2 < grid->chroma_height && x / 2 < grid->chroma_width) {
                road->u[c] = view->u[c];
                road->v[c] = view->v[c];
            }
        }
    }
}
