#include "road/wake.h"

#include "picture/kernels.h"
#include "road/blobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATH_UNIT 32
#define MEMORY_S 6.0  // ground uncovered longer ago is no wake
#define QUIET_S 8.0   // ground not covered for this long is undisturbed
#define NEAREST 0.05f // widths behind: less is the vehicle's rim
#define FARTHEST 6.0f
#define TRAIL_END 1.2f // widths behind: where the trail is looked for, from WAKE_FREE
#define OWN_FROM 0.3f  // widths behind: where a vehicle's own smoke is
#define OWN_END 1.0f
#define PICTURED 2.5f     // widths behind: smoke farther off may be of what comes there now
#define CUT 0.6f          // what smoke counts in a picture whose rim cuts the vehicle
#define BESIDE 0.4f       // counts as this far behind, however long ago it was uncovered
#define BEHIND 0.1f       // widths below the vehicle, or what is seen lies beside it
#define SIDE 0.4          // widths to each side that a vehicle passes by
#define AGAIN_S 2.0       // a track that covers a cell again came to it but once
#define SMOKY_BEFORE 0.2f // depth of smoke that was there when the vehicle came
#define BESIDE_ROWS 4     // one in so many tells the light of undisturbed ground
#define FOLLOW_ROWS 2     // each view follows every other row
#define DENSER 2          // times: smoke of its own in another's
#define SMOKY 0.08        // depth from which colour is measured
#define WIDE 40           // cells: a vehicle so wide is measured on every other cell both ways

static bool covers_create(Covers *covers, size_t cells)
{
    *covers = (Covers){.track = calloc(cells, sizeof *covers->track),
                       .path = calloc(cells, sizeof *covers->path),
                       .before = calloc(cells, sizeof *covers->before),
                       .view = calloc(cells, sizeof *covers->view)};
    return covers->track && covers->path && covers->before && covers->view;
}

static void covers_destroy(Covers *covers)
{
    free(covers->track);
    free(covers->path);
    free(covers->before);
    free(covers->view);
}

bool wake_create(Wake *wake, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    bool good = covers_create(&wake->covers, cells);
    good &= covers_create(&wake->passes, cells);
    wake->near_blob = calloc(cells, 1);
    wake->free = calloc(cells, sizeof *wake->free);
    if (good && wake->near_blob && wake->free)
        return true;
    wake_destroy(wake);
    return false;
}

void wake_destroy(Wake *wake)
{
    covers_destroy(&wake->covers);
    covers_destroy(&wake->passes);
    free(wake->near_blob);
    free(wake->free);
    *wake = (Wake){0};
}

void passage_free(Passage *passage)
{
    free(passage->points);
    free(passage->samples);
    free(passage->plume.depth);
    free(passage->plume.wake);
    *passage = (Passage){0};
}

bool passage_add_point(Passage *passage, const Grid *grid, Box box, int64_t time_us)
{
    if (passage->point_count == passage->point_room) {
        size_t room = passage->point_room ? passage->point_room * 2 : 64;
        TrackPoint *grown = realloc(passage->points, room * sizeof *grown);
        if (!grown)
            return false;
        passage->points = grown;
        passage->point_room = room;
    }
    passage->points[passage->point_count++] = (TrackPoint){time_us, grid_pixels(grid, box), NAN};
    return true;
}

// A way in widths as covers hold it.
static uint16_t path_word(double path)
{
    return (uint16_t)(int64_t)(path * PATH_UNIT);
}

static Cover cover_at(const Covers *covers, ptrdiff_t cell)
{
    return (Cover){covers->track[cell], covers->path[cell], covers->before[cell],
                   covers->view[cell]};
}

// Covers cells of a row; a track that covered them after view `recent` has come to them but once.
ROW_LOOP static void cover_run(const Wake *wake, const Covers *covers, ptrdiff_t at, int width,
                               Cover cover, int32_t recent)
{
    uint16_t *restrict track = covers->track + at, *restrict path = covers->path + at;
    int16_t *restrict before = covers->before + at;
    int32_t *restrict view = covers->view + at;
    const int16_t *restrict free = wake->free + at;
    for (int x = 0; x < width; x++)
        before[x] = ((track[x] != cover.track) | (view[x] <= recent)) ? free[x] : before[x];
    for (int x = 0; x < width; x++) {
        track[x] = cover.track;
        path[x] = cover.path;
        view[x] = cover.view;
    }
}

void wake_cover(Wake *wake, const WakeScene *scene, int blob, Box box, int track, double path)
{
    Cover cover = {(uint16_t)track, path_word(path), 0, scene->number};
    int32_t recent = scene->number - (int32_t)(AGAIN_S * scene->fps);
    for (int y = box.y; y < box.y + box.h; y++) {
        ptrdiff_t row = (ptrdiff_t)y * scene->grid->width;
        for (int x = box.x, run; x < box.x + box.w; x += run + 1) {
            for (run = 0; x + run < box.x + box.w && scene->label[row + x + run] == blob + 1;)
                run++;
            if (run)
                cover_run(wake, &wake->covers, row + x, run, cover, recent);
        }
    }
}

void wake_pass(Wake *wake, const WakeScene *scene, Box box, int track, double path)
{
    Cover cover = {(uint16_t)track, path_word(path), 0, scene->number};
    int32_t recent = scene->number - (int32_t)(AGAIN_S * scene->fps);
    int reach = (int)(SIDE * box.w);
    Box strip = {box.x - reach, box.y + box.h - reach, box.w + 2 * reach, reach};
    strip = box_clip(strip, scene->grid->width, scene->grid->height);
    for (int y = strip.y; y < strip.y + strip.h; y++) {
        ptrdiff_t row = (ptrdiff_t)y * scene->grid->width;
        for (int x = strip.x; x < strip.x + strip.w; x++)
            if (!wake->near_blob[row + x] && (x < box.x || x >= box.x + box.w))
                cover_run(wake, &wake->passes, row + x, 1, cover, recent);
    }
}

void wake_prepare(Wake *wake, const WakeScene *scene)
{
    const Grid *grid = scene->grid;
    const Kernels *k = kernels_get();
    int margin = (int)fmax(1, lround(2 * grid->scale)), width = grid->width;
    uint8_t row[GRID_MAX_WIDTH + 2 * MASK_PAD] = {0};
    for (int y = 0; y < grid->height; y++) {
        int top = y < margin ? 0 : y - margin;
        int bottom = y + margin < grid->height ? y + margin : grid->height - 1;
        uint8_t *near = wake->near_blob + (ptrdiff_t)y * width;
        k->column_max(row + MASK_PAD, scene->label + (ptrdiff_t)top * width, width,
                      bottom - top + 1, width);
        k->row_max(near, row + MASK_PAD, margin, width);
        for (int x = 0; x < width; x++)
            near[x] = near[x] != 0;
    }
}

ROW_LOOP static void follow_row(int16_t *restrict free, const int16_t *restrict depth,
                                const uint8_t *restrict hidden, int width)
{
    for (int x = 0; x < width; x++) {
        int step = (depth[x] - free[x]) >> 1;
        free[x] = (int16_t)(free[x] + (hidden[x] ? 0 : step));
    }
}

void wake_follow(Wake *wake, const WakeScene *scene)
{
    const Grid *grid = scene->grid;
    for (int y = scene->number % FOLLOW_ROWS; y < grid->height; y += FOLLOW_ROWS) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width;
        follow_row(wake->free + at, scene->depth + (ptrdiff_t)y * scene->depth_stride,
                   wake->near_blob + at, grid->width);
    }
}

// By what ground belongs to a vehicle: it covered it, or has passed by since another did. NULL: it
// does not, or no more.
static const Covers *claim_of(const Wake *wake, ptrdiff_t cell, uint16_t id, int32_t oldest)
{
    const Covers *cover = &wake->covers, *pass = &wake->passes;
    if (cover->track[cell] == id && cover->view[cell] >= oldest)
        return cover;
    bool by = pass->track[cell] == id && pass->view[cell] >= oldest &&
              pass->view[cell] > cover->view[cell];
    return by ? pass : NULL;
}

int wake_owner(const Wake *wake, const WakeScene *scene, ptrdiff_t cell)
{
    int32_t oldest = scene->number - (int32_t)(MEMORY_S * scene->fps);
    bool bare = !wake->near_blob[cell] && !(scene->ignored && scene->ignored[cell]);
    Cover cover = cover_at(&wake->covers, cell), pass = cover_at(&wake->passes, cell);
    return !bare ? 0 : cover.view > oldest ? cover.track : pass.view > oldest ? pass.track : 0;
}

static double ln_ratio(double luma, double u, double v)
{
    double blue = fmax(8, luma + 1.772 * (u - 128)), red = fmax(8, luma + 1.402 * (v - 128));
    return 2.2 * log(blue / red);
}

// Encoded luma (0..219) of a light, the inverse of view.c's table.
static double luma_of(double light)
{
    double linear = exp(light / LIGHT_UNIT);
    return 219 * (linear < 0.018 ? linear * 4.5 : 1.099 * pow(linear, 0.45) - 0.099);
}

typedef struct Sums {
    double all, square, cells, light;
    // depth that came with the vehicle, soon behind it: on its way and beside it
    double own[2], own_cells[2];
    double now_light, now_u, now_v, road_light, road_u, road_v, smoky; // over smoky cells
    int beside[64]; // histogram of depth from -0.32 to 0.32
} Sums;

static void add_colour(Sums *sums, const WakeScene *scene, int x, int y, ptrdiff_t at)
{
    const Grid *grid = scene->grid;
    if (x / 2 >= grid->chroma_width || y / 2 >= grid->chroma_height)
        return;
    ptrdiff_t c = (ptrdiff_t)(y / 2) * grid->chroma_width + x / 2;
    sums->now_light += scene->view->light[at];
    sums->now_u += scene->view->u[c];
    sums->now_v += scene->view->v[c];
    sums->road_light += scene->road->light[at];
    sums->road_u += scene->road->u[c];
    sums->road_v += scene->road->v[c];
    sums->smoky++;
}

static Box look_area(const Grid *grid, Box box, const Passage *passage, int64_t since_us)
{
    int left = box.x - box.w / 2, right = box.x + box.w + box.w / 2;
    int top = box.y - box.h / 2, bottom = box.y + box.h + box.w / 2;
    for (size_t i = passage->point_count; i-- && passage->points[i].time_us >= since_us;) {
        Box old = grid_cells(grid, passage->points[i].box);
        left = old.x < left ? old.x : left;
        top = old.y < top ? old.y : top;
        right = old.x + old.w > right ? old.x + old.w : right;
        bottom = old.y + old.h > bottom ? old.y + old.h : bottom;
    }
    return box_clip((Box){left, top, right - left, bottom - top}, grid->width, grid->height);
}

// Densest window of 2x2 tiles. Tiles are 0.15 widths; a window counts when most of it was seen.
typedef struct Tiles {
    int size, columns, rows;
    int step;                      // from each cell looked at to the next
    float *depth, *count, *behind; // rows*columns sums
    uint16_t at[GRID_MAX_WIDTH];   // which of a row each cell of the area lies in
} Tiles;

static float densest(const Tiles *tiles, float from, float to)
{
    float best = NAN, side = 2 * (float)tiles->size / (float)tiles->step;
    for (int j = 0; j + 1 < tiles->rows; j++)
        for (int i = 0; i + 1 < tiles->columns; i++) {
            int at[4] = {j * tiles->columns + i, 0, 0, 0};
            at[1] = at[0] + 1;
            at[2] = at[0] + tiles->columns;
            at[3] = at[2] + 1;
            float depth = 0, count = 0, distance = 0;
            for (int n = 0; n < 4; n++) {
                depth += tiles->depth[at[n]];
                count += tiles->count[at[n]];
                distance += tiles->behind[at[n]];
            }
            if (count < 0.75f * side * side || distance < from * count || distance >= to * count)
                continue;
            if (!(depth / count <= best))
                best = depth / count;
        }
    return best;
}

static bool grow_samples(Passage *passage)
{
    if (passage->sample_count < passage->sample_room)
        return true;
    size_t room = passage->sample_room ? passage->sample_room * 2 : 64;
    WakeSample *grown = realloc(passage->samples, room * sizeof *grown);
    if (!grown)
        return false;
    passage->samples = grown;
    passage->sample_room = room;
    return true;
}

// Keeps the surroundings of the densest view so far.
static bool keep_plume(const Wake *wake, const WakeScene *scene, Box box, int track, Box area,
                       uint16_t now, float worth, float peak, Passage *passage)
{
    PlumeMap *plume = &passage->plume;
    size_t cells = (size_t)area.w * (size_t)area.h;
    int16_t *depth = malloc(cells * sizeof *depth);
    uint8_t *behind = malloc(cells);
    int32_t oldest = scene->number - (int32_t)(MEMORY_S * scene->fps);
    if (!depth || !behind) {
        free(depth);
        free(behind);
        return false;
    }
    for (int y = 0; y < area.h; y++) {
        ptrdiff_t at = (ptrdiff_t)(area.y + y) * scene->grid->width + area.x;
        const int16_t *row = scene->depth + (ptrdiff_t)(area.y + y) * scene->depth_stride + area.x;
        for (int x = 0; x < area.w; x++) {
            depth[y * area.w + x] = wake->near_blob[at + x] ? PLUME_HIDDEN : row[x];
            const Covers *claim = claim_of(wake, at + x, (uint16_t)track, oldest);
            bool near = claim && (uint16_t)(now - claim->path[at + x]) < PICTURED * PATH_UNIT;
            behind[y * area.w + x] = near ? PLUME_NEAR : claim != NULL;
        }
    }
    free(plume->depth);
    free(plume->wake);
    *plume = (PlumeMap){.time_us = scene->view->time_us,
                        .area = still_seen(scene->held, area),
                        .vehicle = still_seen(scene->held, box),
                        .worth = worth,
                        .peak = peak,
                        .depth = depth,
                        .wake = behind};
    return true;
}

// Which way lies behind the vehicle in the picture, by the way it has come; 0, 0 when that is not
// known yet. In widths per cell.
typedef struct Back {
    float x, y, from_x, from_y;
} Back;

static Back back_of(const Grid *grid, Box box, const Passage *passage)
{
    Back back = {0, 0, (float)box.x + (float)box.w / 2, (float)(box.y + box.h)};
    if (!passage->point_count)
        return back;
    Box first = passage->points[0].box;
    float x = ((float)first.x + (float)first.w / 2) / (float)grid->factor - back.from_x;
    float y = (float)(first.y + first.h) / (float)grid->factor - back.from_y;
    float way = hypotf(x, y);
    if (way > 3) {
        back.x = x / way / (float)box.w;
        back.y = y / way / (float)box.w;
    }
    return back;
}

// How far behind the vehicle a cell lies, in widths: by the way the vehicle has gone since it was
// there; what is not below it in the picture lies beside it.
static float distance_behind(const Cover *cover, uint16_t now, Back back, int x, int y)
{
    float behind = (float)(uint16_t)(now - cover->path) / PATH_UNIT;
    float off = ((float)x - back.from_x) * back.x + ((float)y - back.from_y) * back.y;
    bool beside = off < BEHIND && behind > BESIDE && (back.x != 0 || back.y != 0);
    return beside ? BESIDE : behind;
}

static void add_to_tile(Tiles *tiles, int x, int first, float depth, float behind)
{
    int tile = first + tiles->at[x];
    tiles->depth[tile] += depth;
    tiles->count[tile]++;
    tiles->behind[tile] += behind;
}

// What was there when the vehicle came is not its own; more than that was, less has blown away.
static void add_own(Sums *sums, bool beside, float depth, float before, float behind)
{
    if (behind < OWN_FROM || behind >= OWN_END)
        return;
    sums->own[beside] += before > 0 ? fminf(depth, fmaxf(0, depth - before)) : depth;
    sums->own_cells[beside]++;
}

static float own_of(const Sums *sums, double enough)
{
    float own = NAN;
    for (int beside = 0; beside < 2; beside++)
        if (sums->own_cells[beside] >= enough)
            own = fmaxf(own, (float)(sums->own[beside] / sums->own_cells[beside]));
    return own;
}

// Ground that the vehicle passed by tells only of what has come since then.
static void take_pass(const Cover *pass, uint16_t now, Back back, Box area, int x, int y, int first,
                      float depth, Sums *sums, Tiles *tiles)
{
    float behind = distance_behind(pass, now, back, area.x + x, y);
    float before = fmaxf(0, (float)pass->before / LIGHT_UNIT);
    add_own(sums, true, depth, before, behind);
    if (behind >= WAKE_FREE && behind < FARTHEST)
        add_to_tile(tiles, x, first, depth - before, behind);
}

enum { OTHERS, OWN, HIDDEN }; // ground, to a vehicle

// The depth of a row of ground where nobody has been of late.
ROW_LOOP static void count_beside(Sums *sums, const uint8_t *ground, const int16_t *depth,
                                  const int32_t *covered, int32_t quiet, int width)
{
    for (int x = 0; x < width; x++) {
        int bin = (depth[x] * 100 + 32 * LIGHT_UNIT) / LIGHT_UNIT;
        if (ground[x] == OTHERS && covered[x] < quiet && bin >= 0 && bin < 64)
            sums->beside[bin]++;
    }
}

// What a row of ground is to the track id, which may have covered or passed it.
ROW_LOOP static void sort_ground(uint8_t *restrict ground, const Wake *wake, const WakeScene *scene,
                                 ptrdiff_t at, uint16_t id, int width)
{
    const uint16_t *cover = wake->covers.track + at, *pass = wake->passes.track + at;
    const uint8_t *near = wake->near_blob + at;
    for (int x = 0; x < width; x++) {
        uint8_t own = ((cover[x] == id) | (pass[x] == id)) ? OWN : OTHERS;
        ground[x] = near[x] ? HIDDEN : own;
    }
    for (int x = 0; x < width && scene->ignored; x++)
        ground[x] = scene->ignored[at + x] ? HIDDEN : ground[x];
}

static void take_cells(const Wake *wake, const WakeScene *scene, int track, Box area, double path,
                       Back back, Sums *sums, Tiles *tiles)
{
    const Grid *grid = scene->grid;
    int32_t oldest = scene->number - (int32_t)(MEMORY_S * scene->fps);
    int32_t quiet = scene->number - (int32_t)(QUIET_S * scene->fps);
    quiet = quiet < 1 ? 1 : quiet; // never covered is long ago
    uint16_t now = path_word(path), id = (uint16_t)track;
    uint8_t ground[GRID_MAX_WIDTH];
    int step = tiles->step;
    for (int y = area.y; y < area.y + area.h; y += step) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width + area.x;
        const int16_t *row = scene->depth + (ptrdiff_t)y * scene->depth_stride + area.x;
        const int32_t *covered = wake->covers.view + at;
        int first = (y - area.y) / tiles->size * tiles->columns; // tile of the row
        sort_ground(ground, wake, scene, at, id, area.w);
        if ((y - area.y) % BESIDE_ROWS == 0)
            count_beside(sums, ground, row, covered, quiet, area.w);
        for (int x = 0; x < area.w; x += step, at += step) {
            if (ground[x] != OWN)
                continue;
            float depth = (float)row[x] / LIGHT_UNIT;
            const Covers *claim = claim_of(wake, at, id, oldest);
            const Cover came = cover_at(claim ? claim : &wake->covers, at), *cover = &came;
            if (claim == &wake->passes) {
                take_pass(cover, now, back, area, x, y, first, depth, sums, tiles);
                continue;
            }
            if (!claim)
                continue;
            float before = (float)cover->before / LIGHT_UNIT;
            float behind = distance_behind(cover, now, back, area.x + x, y);
            add_own(sums, false, depth, before, behind);
            if (before > SMOKY_BEFORE && depth < DENSER * before)
                continue;
            if (behind < NEAREST || behind >= FARTHEST)
                continue;
            add_to_tile(tiles, x, first, depth, behind);
            sums->all += depth;
            sums->square += (double)depth * depth;
            sums->cells++;
            sums->light += (double)scene->road->light[at] / LIGHT_UNIT;
            if (depth > SMOKY)
                add_colour(sums, scene, area.x + x, y, at);
        }
    }
}

static float median_beside(const Sums *sums)
{
    int seen = 0, count = 0;
    for (int bin = 0; bin < 64; bin++)
        count += sums->beside[bin];
    for (int bin = 0; bin < 64 && count > 8; bin++) {
        seen += sums->beside[bin];
        if (2 * seen >= count)
            return (float)(bin + 0.5) / 100 - 0.32f;
    }
    return NAN;
}

bool wake_measure(const Wake *wake, const WakeScene *scene, int track, Box box, double path,
                  Passage *passage)
{
    int64_t since = scene->view->time_us - (int64_t)(MEMORY_S * 1e6);
    Box area = look_area(scene->grid, box, passage, since);
    Tiles tiles = {.size = (int)fmax(2, lround(0.15 * box.w)), .step = box.w < WIDE ? 1 : 2};
    tiles.columns = area.w / tiles.size + 1;
    tiles.rows = area.h / tiles.size + 1;
    size_t count = (size_t)tiles.columns * (size_t)tiles.rows;
    tiles.depth = calloc(count, 3 * sizeof *tiles.depth);
    if (!tiles.depth)
        return false;
    tiles.count = tiles.depth + count;
    tiles.behind = tiles.count + count;
    for (int x = 0; x < area.w; x++)
        tiles.at[x] = (uint16_t)(x / tiles.size);
    Sums sums = {0};
    take_cells(wake, scene, track, area, path, back_of(scene->grid, box, passage), &sums, &tiles);
    WakeSample sample = {
        .time_us = scene->view->time_us, .box = box, .beside = median_beside(&sums), .hue = NAN};
    double enough = fmax(6, 0.02 * box.w * box.w / (tiles.step * tiles.step));
    sample.own = own_of(&sums, enough);
    sample.near_peak = densest(&tiles, 0, INFINITY);
    sample.peak = densest(&tiles, WAKE_FREE, INFINITY);
    sample.trail = densest(&tiles, WAKE_FREE, TRAIL_END);
    float pictured = densest(&tiles, 0, PICTURED);
    free(tiles.depth);
    if (sums.cells < enough || isnan(sample.near_peak))
        return true;
    double mean = sums.all / sums.cells;
    sample.rough = (float)sqrt(fmax(0, sums.square / sums.cells - mean * mean));
    sample.light = (float)(sums.light / sums.cells);
    if (sums.smoky >= enough) {
        double n = sums.smoky;
        sample.hue =
            (float)(ln_ratio(luma_of(sums.now_light / n), sums.now_u / n, sums.now_v / n) -
                    ln_ratio(luma_of(sums.road_light / n), sums.road_u / n, sums.road_v / n));
    }
    if (!grow_samples(passage))
        return false;
    passage->samples[passage->sample_count++] = sample;
    // The picture of record shows as much of the vehicle as can be had.
    passage->tallest = box.h > passage->tallest ? box.h : passage->tallest;
    float shown = fminf(1, 1.25f * (float)box.h / (float)passage->tallest);
    shown *= grid_whole(scene->grid, grid_pixels(scene->grid, box)) ? 1 : CUT;
    bool good = wake_usable(&sample) && !isnan(pictured);
    float worth = good ? pictured * shown : 0.001f;
    if (passage->plume.depth && worth <= 1.05f * passage->plume.worth)
        return true;
    uint16_t now = path_word(path);
    return keep_plume(wake, scene, box, track, area, now, worth, good ? pictured : 0, passage);
}
