#include "road/zone_tiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TILE 4            // cells at VIEW_WIDTH: what depth is averaged over
#define WINDOW_US 4000000 // looked at together
#define EVERY_US 500000   // a look at them
#define CHANGE 0.012f     // of the light that comes through, in most of a plume
#define CALM_TIMES 2.1f   // and so many times what clear ground does
#define CLOUD 0.5         // of the zone dark at once
#define LEAST_SMOKE 12    // tiles, and of the vehicle's width squared:
#define LEAST_SHARE 0.06
#define REACH 0.5           // widths: whose smoke it is
#define SLOW 0.2            // widths a second: still standing
#define SAME 0.4            // overlap of boxes: the same vehicle
#define LOOKS 3             // that must show smoke
#define LEFT_US 5000000     // nothing stands there any more
#define OVER_US 5000000     // without smoke
#define LONGEST_US 18000000 // then it is raised, whatever comes
#define HOLD_VIEWS 3750     // what stands longer, about 5 minutes, belongs to the zone

Zones *zones_create(const Grid *grid, const Lane *list, size_t count)
{
    Zones *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->grid = grid;
    z->list = list;
    z->count = count;
    z->size = (int)fmax(2, lround(TILE * grid->scale));
    z->columns = grid->width / z->size;
    z->rows = grid->height / z->size;
    z->tiles = z->columns * z->rows;
    size_t tiles = (size_t)z->tiles;
    z->zone = calloc(tiles, 1);
    z->depth = calloc(tiles * ROOM, sizeof *z->depth);
    z->hidden = calloc(tiles * ROOM, 1);
    z->seen = calloc(tiles, sizeof *z->seen);
    z->body = calloc(tiles, 1);
    z->covered = calloc(tiles, sizeof *z->covered);
    z->owner = calloc(tiles, 1);
    z->before = calloc(tiles, 1);
    z->stack = calloc(tiles, sizeof *z->stack);
    z->room = calloc(tiles, sizeof *z->room);
    if (!z->zone || !z->depth || !z->hidden || !z->seen || !z->body || !z->covered || !z->owner ||
        !z->before || !z->stack || !z->room)
        zones_destroy(&z);
    for (int t = 0; z && t < z->tiles; t++)
        for (size_t i = 0; i < count && !z->zone[t]; i++)
            if (lane_covers(&list[i], (t % z->columns + 0.5) * z->size / grid->width,
                            (t / z->columns + 0.5) * z->size / grid->height))
                z->zone[t] = (uint8_t)(i + 1);
    return z;
}

static void free_plume(Stand *stand)
{
    free(stand->plume.depth);
    free(stand->plume.wake);
    stand->plume = (PlumeMap){0};
}

void zones_destroy(Zones **zones)
{
    Zones *z = *zones;
    *zones = NULL;
    if (!z)
        return;
    for (size_t i = 0; i < z->stand_count; i++)
        free_plume(&z->stands[i]);
    free(z->zone);
    free(z->depth);
    free(z->hidden);
    free(z->seen);
    free(z->body);
    free(z->covered);
    free(z->owner);
    free(z->before);
    free(z->stack);
    free(z->room);
    free(z);
}

void zones_draw(const Zones *z, uint8_t *room)
{
    for (int y = 0; y < z->rows * z->size; y++)
        for (int x = 0; x < z->columns * z->size; x++)
            room[(ptrdiff_t)y * z->grid->width + x] =
                z->zone[y / z->size * z->columns + x / z->size] != 0;
}

static double tile_x(const Zones *z, int t) // its middle, in cells
{
    return (t % z->columns + 0.5) * z->size;
}

static double tile_y(const Zones *z, int t)
{
    return (t / z->columns + 0.5) * z->size;
}

// Median over the plume on the stack.
static float region_change(const Zones *z, int count)
{
    for (int i = 0; i < count; i++)
        z->room[i] = z->seen[z->stack[i]].change;
    return zone_quantile(z->room, count, 0.5);
}

// ---- whose smoke ----

// The vehicle next to where the smoke, the tiles on the stack, touches what stands; NULL: none.
static const Track *vehicle_at(const Zones *z, int count, const Tracker *tracker)
{
    double x = 0, y = 0, weight = 0, least = REACH;
    const Track *best = NULL;
    for (int i = 0; i < count; i++) {
        int t = z->stack[i];
        double depth = z->body[t] ? (double)z->seen[t].high : 0;
        x += depth * tile_x(z, t);
        y += depth * tile_y(z, t);
        weight += depth;
    }
    for (int n = 0; n < tracker->count && weight > 0; n++) {
        const Track *track = &tracker->tracks[n];
        Box b = track->box;
        if (track->hits < 6 || b.w < WAKE_MIN_WIDTH)
            continue;
        double dx = fmax(0, fmax(b.x - x / weight, x / weight - b.x - b.w));
        double dy = fmax(0, fmax(b.y - y / weight, y / weight - b.y - b.h));
        double away = hypot(dx, dy) / b.w, speed = hypot(track->vx, track->vy) / b.w;
        if (away < least && speed < SLOW) {
            least = away;
            best = track;
        }
    }
    return best;
}

// The stand whose smoke most of the tiles on the stack were before; NULL: nobody's.
static Stand *stand_before(Zones *z, int count)
{
    int tiles[MAX_STANDS + 1] = {0}, best = 0;
    for (int i = 0; i < count; i++) {
        int mark = z->before[z->stack[i]];
        if (mark && mark <= MAX_STANDS && ++tiles[mark] > tiles[best])
            best = mark;
    }
    return best && 4 * tiles[best] > count ? &z->stands[best - 1] : NULL;
}

static Stand *stand_for(Zones *z, int zone, int count, const Track *track)
{
    Stand *known = stand_before(z, count);
    for (size_t i = 0; i < z->stand_count && !known; i++) {
        Stand *s = &z->stands[i];
        if (s->zone == zone && (s->track == track->id || box_iou(s->box, track->box) > SAME))
            known = s;
    }
    if (known || z->stand_count == MAX_STANDS)
        return known;
    z->stands[z->stand_count] = (Stand){.zone = zone};
    return &z->stands[z->stand_count++];
}

static void drop_left(Zones *z, int64_t now_us)
{
    for (size_t i = z->stand_count; i--;) {
        Stand *s = &z->stands[i];
        int covered = 0, all = 0;
        for (int t = 0; t < z->tiles; t++) {
            double x = tile_x(z, t) - s->box.x, y = tile_y(z, t) - s->box.y;
            if (x < 0 || y < 0 || x > s->box.w || y > s->box.h)
                continue;
            covered += z->body[t] == BODY;
            all++;
        }
        if (3 * covered >= all)
            s->seen_us = now_us;
        s->now = 0;
        if (now_us - s->seen_us < LEFT_US || (s->start_us && !s->raised))
            continue;
        free_plume(s);
        memmove(s, s + 1, (--z->stand_count - i) * sizeof *s);
        for (int t = 0; t < z->tiles; t++) // their marks move with them
            z->owner[t] = (uint8_t)(z->owner[t] == i + 1 ? 0 : z->owner[t] - (z->owner[t] > i + 1));
    }
}

// ---- how dense ----

// The densest square of 2x2 tiles of a plume in one view, NaN: none was seen.
static float densest(const Zones *z, uint8_t mark, int view)
{
    float best = NAN;
    for (int t = 0; t + z->columns + 1 < z->tiles; t++) {
        const int square[4] = {t, t + 1, t + z->columns, t + z->columns + 1};
        float depth = 0;
        for (int n = 0; n < 4; n++)
            depth += z->owner[square[n]] == mark ? zone_depth(z, square[n], view) / 4 : NAN;
        if (!isnan(depth) && !(depth <= best))
            best = depth;
    }
    return best;
}

static bool keep_plume(const Zones *z, const WakeScene *scene, const uint8_t *near_blob,
                       Stand *stand, uint8_t mark, float depth)
{
    Box area = stand->box;
    for (int t = 0; t < z->tiles; t++)
        if (z->owner[t] == mark)
            area = box_union(
                area, (Box){t % z->columns * z->size, t / z->columns * z->size, z->size, z->size});
    int rim = 2 * z->size, width = z->columns * z->size, height = z->rows * z->size;
    area = box_clip((Box){area.x - rim, area.y - rim, area.w + 2 * rim, area.h + 2 * rim}, width,
                    height);
    size_t cells = (size_t)area.w * (size_t)area.h;
    int16_t *map = malloc(cells * sizeof *map);
    uint8_t *plume = malloc(cells);
    if (!map || !plume) {
        free(map);
        free(plume);
        return false;
    }
    for (int y = 0; y < area.h; y++)
        for (int x = 0; x < area.w; x++) {
            int cx = area.x + x, cy = area.y + y, at = y * area.w + x;
            bool hidden = near_blob[(ptrdiff_t)cy * z->grid->width + cx];
            bool own = z->owner[cy / z->size * z->columns + cx / z->size] == mark;
            plume[at] = own ? PLUME_NEAR : 0;
            map[at] = hidden && !plume[at] ? PLUME_HIDDEN
                                           : scene->depth[(ptrdiff_t)cy * scene->depth_stride + cx];
        }
    free_plume(stand);
    stand->plume = (PlumeMap){scene->view->time_us, area, stand->box, depth, depth, map, plume};
    stand->peak_us = scene->view->time_us;
    return true;
}

static bool take_smoke(Zones *z, Stand *stand, uint8_t mark, const WakeScene *scene,
                       const uint8_t *near_blob, int views)
{
    float dense[ROOM], newest = densest(z, mark, 0);
    int count = 0, tiles = 0;
    double light = 0;
    for (int view = 0; view < views; view++) {
        dense[count] = densest(z, mark, view);
        count += !isnan(dense[count]);
    }
    for (int t = 0; t < z->tiles; t++)
        if (z->owner[t] == mark) {
            ptrdiff_t at = (ptrdiff_t)tile_y(z, t) * z->grid->width + (ptrdiff_t)tile_x(z, t);
            light += (double)scene->road->light[at] / LIGHT_UNIT;
            z->room[tiles++] = z->seen[t].change;
        }
    if (!count || stand->raised)
        return true;
    stand->smoked_us = scene->view->time_us;
    if (!stand->looks++)
        stand->start_us = z->times[(z->views - views) % ROOM];
    stand->persistence_s = (double)(stand->smoked_us - stand->start_us) / 1e6;
    stand->now = (double)zone_quantile(dense, count, 0.75);
    if (stand->now > stand->depth) {
        stand->depth = stand->now;
        stand->change = (double)zone_quantile(z->room, tiles, 0.5);
        stand->light = light / tiles;
    }
    bool better = !stand->plume.depth || newest > stand->plume.worth;
    return isnan(newest) || !better || keep_plume(z, scene, near_blob, stand, mark, newest);
}

// Finds the plumes of the window and gives each to its stand. False when out of memory.
static bool find_smoke(Zones *z, int zone, const WakeScene *scene, const uint8_t *near_blob,
                       const Tracker *tracker, int views)
{
    float calm = zone_calm(z, zone);
    if (zone_dark_share(z, zone, views) > CLOUD)
        return true;
    for (int seed = 0; seed < z->tiles; seed++) {
        if (z->zone[seed] != zone + 1 || z->owner[seed] || !z->body[seed] ||
            !zone_is_smoke(&z->seen[seed], calm))
            continue;
        uint8_t mark = MAX_STANDS + 1; // until its stand is known
        int count = zone_flood(z, seed, calm, mark);
        bool churns = region_change(z, count) > fmaxf(CHANGE, CALM_TIMES * calm);
        const Track *track = vehicle_at(z, count, tracker);
        double width = track ? track->box.w / (double)z->size : 0;
        Stand *stand = NULL;
        if (churns && count >= fmax(LEAST_SMOKE, LEAST_SHARE * width * width))
            stand = track ? stand_for(z, zone, count, track) : stand_before(z, count);
        mark = stand ? (uint8_t)(stand - z->stands + 1) : MAX_STANDS + 2; // the latter: nobody's
        for (int i = 0; i < count; i++)
            z->owner[z->stack[i]] = mark;
        if (!stand)
            continue;
        if (track) {
            stand->track = track->id;
            stand->box = track->box;
        }
        stand->seen_us = scene->view->time_us;
        if (!take_smoke(z, stand, mark, scene, near_blob, views))
            return false;
    }
    return true;
}

static int window_views(const Zones *z, int64_t now_us)
{
    int count = 0;
    while (count < ROOM && count < z->views &&
           now_us - z->times[(z->views - 1 - count) % ROOM] < WINDOW_US)
        count++;
    return count;
}

bool zones_look(Zones *z, const WakeScene *scene, const uint8_t *near_blob, const Tracker *tracker)
{
    int64_t now_us = scene->view->time_us;
    zone_take_view(z, scene, near_blob);
    int views = window_views(z, now_us);
    int64_t span_us = now_us - z->times[(z->views - views) % ROOM];
    if (now_us - z->looked_us < EVERY_US || span_us < WINDOW_US / 2)
        return true;
    z->looked_us = now_us;
    bool any = zone_measure(z, views);
    drop_left(z, now_us);
    memcpy(z->before, z->owner, (size_t)z->tiles);
    memset(z->owner, 0, (size_t)z->tiles);
    for (size_t i = 0; i < z->count && any; i++)
        if (!find_smoke(z, (int)i, scene, near_blob, tracker, views))
            return false;
    return true;
}

// ---- what comes of it ----

const Stand *zones_next(Zones *z, double threshold, int64_t now_us, bool last)
{
    for (size_t i = 0; i < z->stand_count; i++) {
        Stand *s = &z->stands[i];
        bool over = last || now_us - s->smoked_us > OVER_US || now_us - s->start_us > LONGEST_US;
        if (!s->start_us || s->raised || !over)
            continue;
        if (s->looks >= LOOKS && s->depth > threshold && s->plume.depth) {
            s->raised = true;
            return s;
        }
        free_plume(s); // too little; a later puff begins anew
        s->start_us = s->looks = 0;
        s->depth = 0;
    }
    return NULL;
}

int64_t zones_open_since(const Zones *z)
{
    int64_t since = INT64_MAX;
    for (size_t i = 0; i < z->stand_count; i++) {
        const Stand *s = &z->stands[i];
        if (!s->raised && s->start_us && s->start_us < since)
            since = s->start_us;
    }
    return since;
}

void zones_hold(const Zones *z, uint8_t *busy)
{
    for (int t = 0; t < z->tiles; t++) {
        if (!z->zone[t] || !z->body[t] || z->covered[t] > HOLD_VIEWS)
            continue;
        int left = t % z->columns * z->size, top = t / z->columns * z->size;
        for (int y = top; y < top + z->size; y++)
            for (int x = left; x < left + z->size; x++)
                busy[(ptrdiff_t)y * z->grid->width + x] |= BACKGROUND_HELD;
    }
}

const Stand *zones_stands(const Zones *z, size_t *count)
{
    *count = z->stand_count;
    return z->stands;
}

bool zones_smoky(const Zones *z, int x, int y)
{
    int tx = x / z->size, ty = y / z->size;
    int owner = tx < z->columns && ty < z->rows ? z->owner[ty * z->columns + tx] : 0;
    return owner && owner <= MAX_STANDS;
}
