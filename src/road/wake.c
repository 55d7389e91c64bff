#include "road/wake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATH_UNIT 32
#define MEMORY_S 6.0 // ground uncovered longer ago is no wake
#define QUIET_S 8.0  // ground not covered for this long is undisturbed
#define SMOKY 0.08   // depth from which colour is measured

const float wake_edges[WAKE_BINS + 1] = {0.05f, 0.25f, 0.5f, 1.0f, 1.5f, 2.5f, 4.0f, 6.0f};

bool wake_create(Wake *wake, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    wake->covers = calloc(cells, sizeof *wake->covers);
    wake->near_blob = calloc(cells, 1);
    if (wake->covers && wake->near_blob)
        return true;
    wake_destroy(wake);
    return false;
}

void wake_destroy(Wake *wake)
{
    free(wake->covers);
    free(wake->near_blob);
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

void wake_cover(Wake *wake, const WakeScene *scene, int blob, Box box, int track, double path)
{
    Cover cover = {(uint16_t)track, (uint16_t)(int64_t)(path * PATH_UNIT), scene->number};
    for (int y = box.y; y < box.y + box.h; y++) {
        ptrdiff_t row = (ptrdiff_t)y * scene->grid->width;
        for (int x = box.x; x < box.x + box.w; x++)
            if (scene->label[row + x] == blob + 1)
                wake->covers[row + x] = cover;
    }
}

void wake_prepare(Wake *wake, const WakeScene *scene)
{
    const Grid *grid = scene->grid;
    int margin = (int)lround(2 * grid->scale);
    margin = margin < 1 ? 1 : margin;
    memset(wake->near_blob, 0, (size_t)grid->width * (size_t)grid->height);
    for (int y = 0; y < grid->height; y++) {
        const uint8_t *label = scene->label + (ptrdiff_t)y * grid->width;
        int top = y - margin < 0 ? 0 : y - margin;
        int bottom = y + margin >= grid->height ? grid->height - 1 : y + margin;
        for (int x = 0; x < grid->width; x++) {
            if (!label[x])
                continue;
            int start = x;
            while (x < grid->width && label[x])
                x++;
            int left = start - margin < 0 ? 0 : start - margin;
            int right = x + margin > grid->width ? grid->width : x + margin;
            for (int row = top; row <= bottom; row++)
                memset(wake->near_blob + (ptrdiff_t)row * grid->width + left, 1,
                       (size_t)(right - left));
        }
    }
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
    double depth[WAKE_BINS], count[WAKE_BINS];
    double all, square, cells, light;
    double now_light, now_u, now_v, road_light, road_u, road_v, smoky; // over smoky cells
    int beside[64], beside_count; // histogram of depth from -0.32 to 0.32
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
        Box old = passage->points[i].box;
        int f = grid->factor;
        left = old.x / f < left ? old.x / f : left;
        top = old.y / f < top ? old.y / f : top;
        right = (old.x + old.w) / f > right ? (old.x + old.w) / f : right;
        bottom = (old.y + old.h) / f > bottom ? (old.y + old.h) / f : bottom;
    }
    return box_clip((Box){left, top, right - left, bottom - top}, grid->width, grid->height);
}

// Densest window of 2x2 tiles. Tiles are 0.15 widths; a window counts when most of it was seen.
typedef struct Tiles {
    int size, columns, rows;
    float *depth, *count, *behind; // rows*columns sums
} Tiles;

static float densest(const Tiles *tiles, float from, float *behind)
{
    float best = NAN;
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
            if (count < 0.75f * 4 * (float)(tiles->size * tiles->size) || distance < from * count)
                continue;
            if (!(depth / count <= best)) {
                best = depth / count;
                *behind = distance / count;
            }
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
                       float worth, float peak, Passage *passage)
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
            const Cover *cover = &wake->covers[at + x];
            behind[y * area.w + x] = cover->track == (uint16_t)track && cover->view > oldest;
        }
    }
    free(plume->depth);
    free(plume->wake);
    *plume = (PlumeMap){scene->view->time_us, area, box, worth, peak, depth, behind};
    return true;
}

static void take_cells(const Wake *wake, const WakeScene *scene, int track, Box area, double path,
                       Sums *sums, Tiles *tiles)
{
    const Grid *grid = scene->grid;
    int32_t oldest = scene->number - (int32_t)(MEMORY_S * scene->fps);
    int32_t quiet = scene->number - (int32_t)(QUIET_S * scene->fps);
    uint16_t now = (uint16_t)(int64_t)(path * PATH_UNIT), id = (uint16_t)track;
    for (int y = area.y; y < area.y + area.h; y++) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width + area.x;
        const int16_t *row = scene->depth + (ptrdiff_t)y * scene->depth_stride + area.x;
        for (int x = 0; x < area.w; x++, at++) {
            const Cover *cover = &wake->covers[at];
            if (wake->near_blob[at] || (scene->ignored && scene->ignored[at]))
                continue;
            float depth = (float)row[x] / LIGHT_UNIT;
            if (cover->view < quiet || !cover->view) {
                int bin = (int)((depth + 0.32f) * 100);
                if (bin >= 0 && bin < 64) {
                    sums->beside[bin]++;
                    sums->beside_count++;
                }
                continue;
            }
            if (cover->track != id || cover->view < oldest)
                continue;
            float behind = (float)(uint16_t)(now - cover->path) / PATH_UNIT;
            if (behind < wake_edges[0] || behind >= wake_edges[WAKE_BINS])
                continue;
            int bin = 0;
            while (behind >= wake_edges[bin + 1])
                bin++;
            sums->depth[bin] += depth;
            sums->count[bin]++;
            sums->all += depth;
            sums->square += (double)depth * depth;
            sums->cells++;
            sums->light += (double)scene->road->light[at] / LIGHT_UNIT;
            if (depth > SMOKY)
                add_colour(sums, scene, area.x + x, y, at);
            int tile = (y - area.y) / tiles->size * tiles->columns + x / tiles->size;
            tiles->depth[tile] += depth;
            tiles->count[tile]++;
            tiles->behind[tile] += behind;
        }
    }
}

static float median_beside(const Sums *sums)
{
    int seen = 0;
    for (int bin = 0; bin < 64 && sums->beside_count > 30; bin++) {
        seen += sums->beside[bin];
        if (2 * seen >= sums->beside_count)
            return (float)(bin + 0.5) / 100 - 0.32f;
    }
    return NAN;
}

bool wake_measure(const Wake *wake, const WakeScene *scene, int track, Box box, double path,
                  bool alone, Passage *passage)
{
    int64_t since = scene->view->time_us - (int64_t)(MEMORY_S * 1e6);
    Box area = look_area(scene->grid, box, passage, since);
    Tiles tiles = {.size = (int)fmax(2, lround(0.15 * box.w))};
    tiles.columns = area.w / tiles.size + 1;
    tiles.rows = area.h / tiles.size + 1;
    size_t count = (size_t)tiles.columns * (size_t)tiles.rows;
    tiles.depth = calloc(count, 3 * sizeof *tiles.depth);
    if (!tiles.depth)
        return false;
    tiles.count = tiles.depth + count;
    tiles.behind = tiles.count + count;
    Sums sums = {0};
    take_cells(wake, scene, track, area, path, &sums, &tiles);
    WakeSample sample = {.time_us = scene->view->time_us,
                         .box = box,
                         .alone = alone,
                         .beside = median_beside(&sums),
                         .hue = NAN,
                         .peak_behind = NAN};
    double enough = fmax(6, 0.02 * box.w * box.w);
    for (int i = 0; i < WAKE_BINS; i++)
        sample.depth[i] = sums.count[i] >= enough ? (float)(sums.depth[i] / sums.count[i]) : NAN;
    float nearest;
    sample.near_peak = densest(&tiles, 0, &nearest);
    sample.peak = densest(&tiles, WAKE_FREE, &sample.peak_behind);
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
    // The picture of record shows as much of the vehicle as can be had, apart from others.
    passage->tallest = box.h > passage->tallest ? box.h : passage->tallest;
    float shown = fminf(1, 1.25f * (float)box.h / (float)passage->tallest);
    float worth = alone && box.w >= WAKE_MIN_WIDTH ? sample.near_peak * shown : 0.001f;
    if (!passage->plume.depth || worth > 1.05f * passage->plume.worth)
        return keep_plume(wake, scene, box, track, area, worth, sample.near_peak, passage);
    return true;
}
