#include "road/shadow.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN (LIGHT_UNIT / 20)
#define SHALLOW (LIGHT_UNIT / 3) // less is soft ambient shadow, or smoke
#define SPREAD 3                 // bins to each side of the depth in common
#define LOOK 4                   // cells per column
#define PLAIN 3
#define ENOUGH 30.0f            // blobs
#define MANY 600.0f             // blobs; older ones count for less
#define LEAST 0.01f             // of all columns agree
#define SHARE 0.25f             // of the deep ones
#define FAINTEST 0.6            // of the common depth is shadow, towards its rim
#define DEEPER (LIGHT_UNIT / 2) // is shadow, under the body where less sky is seen
#define REACH 64                // cells: what is farther from a shadow's middle is no rim of it
#define FAR (UINT8_MAX - REACH) // farther still
#define PROMINENCE 2.1f         // times the valley

// Shares and gaps by which a blob is taken apart.
#define LARGE 600        // cells at VIEW_WIDTH: smaller dark ground is left as it is
#define CLOSED_IN 0.75   // of the outline
#define PENUMBRA 0.15    // of the smaller side of a blob is a shadow's soft rim at most
#define LEAST_SOLID 0.15 // of a body is brighter, darker or more coloured than a shadow
#define LEAST_BODY 0.15  // of a blob is body, or it is dark all over
#define LEAST_PART 0.1   // of the largest body in a blob is a body too
#define JOIN_ACROSS 0.1  // of the width is a gap within one vehicle
#define JOIN_ALONG 0.3

bool shadow_create(Shadow *shadow, const Grid *grid)
{
    *shadow = (Shadow){0};
    shadow->parts.label = calloc((size_t)grid->width * (size_t)grid->height, 1);
    return shadow->parts.label;
}

void shadow_destroy(Shadow *shadow)
{
    free(shadow->parts.label);
    *shadow = (Shadow){0};
}

static bool road_hued(const ShadowScene *scene, int x, int y)
{
    const Grid *grid = scene->grid;
    if (x / 2 >= grid->chroma_width || y / 2 >= grid->chroma_height)
        return true;
    return !scene->coloured[(ptrdiff_t)(y / 2) * grid->chroma_width + x / 2];
}

// Noise of encoded luma weighs more the darker it gets: by exp(0.45 depth), BT.709, here as a line.
static bool flat(const ShadowScene *scene, int x, int y)
{
    const int16_t *d = scene->depth + (ptrdiff_t)y * scene->depth_stride + x;
    int limit = scene->road->limit[(ptrdiff_t)y * scene->grid->width + x] / 2;
    int across = abs(d[1] - d[-1]), along = abs(d[scene->depth_stride] - d[-scene->depth_stride]);
    int steep = across > along ? across : along;
    return steep < limit || (*d > 0 && steep < limit + (int)(0.7 / LIGHT_UNIT * limit * *d));
}

// For each dark part, how much of its outline is free ground and which blob it touches most.
typedef struct Outline {
    int free, closed, touched[MAX_BLOBS + 1];
} Outline;

static void look_around(Outline *outline, const Grid *grid, const Blobs *parts, const Blobs *blobs,
                        int x, int y)
{
    static const int step[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    int part = parts->label[(ptrdiff_t)y * grid->width + x];
    for (int i = 0; i < 4; i++) {
        int to_x = x + step[i][0], to_y = y + step[i][1];
        if (to_x < 0 || to_y < 0 || to_x >= grid->width || to_y >= grid->height) {
            outline->closed++;
            continue;
        }
        ptrdiff_t to = (ptrdiff_t)to_y * grid->width + to_x;
        if (parts->label[to] == part)
            continue;
        outline->free += !blobs->label[to];
        outline->closed += blobs->label[to] > 0;
        outline->touched[blobs->label[to]]++;
    }
}

// Draws the dark cells of a row that belong to no blob; returns their count.
ROW_LOOP static int draw_dark(uint8_t *restrict cells, const uint8_t *restrict label,
                              const int16_t *restrict depth, int width)
{
    int dark = 0;
    for (int x = 0; x < width; x++) {
        int16_t is = depth[x] > SHALLOW ? 255 : 0;
        cells[x] = (uint8_t)(label[x] ? 0 : is);
    }
    for (int x = 0; x < width; x++)
        dark += cells[x] & 1;
    return dark;
}

void shadow_fill(Shadow *shadow, const ShadowScene *scene, Mask *mask, Blobs *blobs)
{
    const Grid *grid = scene->grid;
    Blobs *parts = &shadow->parts;
    int dark = 0, large = (int)(LARGE * grid->scale * grid->scale);
    for (int y = 0; y < grid->height; y++)
        dark += draw_dark(mask_row(mask, y), blobs->label + (ptrdiff_t)y * grid->width,
                          scene->depth + (ptrdiff_t)y * scene->depth_stride, grid->width);
    if (dark < large)
        return;
    mask_collect(mask, parts);
    Outline *outlines = calloc((size_t)parts->count, sizeof *outlines);
    if (!outlines)
        return;
    for (int i = 0; i < parts->count; i++) {
        Box box = parts->items[i].box;
        if (parts->items[i].area < large)
            continue;
        for (int y = box.y; y < box.y + box.h; y++)
            for (int x = box.x; x < box.x + box.w; x++)
                if (parts->label[(ptrdiff_t)y * grid->width + x] == i + 1)
                    look_around(&outlines[i], grid, parts, blobs, x, y);
    }
    int blob[MAX_BLOBS] = {0}; // of each part, from 1; 0: none
    for (int i = 0; i < parts->count; i++) {
        if (parts->items[i].area < large ||
            outlines[i].closed < CLOSED_IN * (outlines[i].closed + outlines[i].free))
            continue;
        for (int b = 1; b <= blobs->count; b++)
            if (outlines[i].touched[b] > (blob[i] ? outlines[i].touched[blob[i]] : 0))
                blob[i] = b;
        if (blob[i]) {
            Blob *grown = &blobs->items[blob[i] - 1];
            grown->reach = box_union(grown->reach, parts->items[i].box);
            grown->area += parts->items[i].area;
        }
    }
    for (int i = 0; i < parts->count; i++) {
        Box box = parts->items[i].box;
        for (int y = box.y; blob[i] && y < box.y + box.h; y++)
            for (ptrdiff_t at = (ptrdiff_t)y * grid->width + box.x, n = 0; n < box.w; n++, at++)
                if (!blobs->label[at] && parts->label[at] == i + 1)
                    blobs->label[at] = (uint8_t)blob[i];
    }
    free(outlines);
}

// Flat all around, as a shadow's middle is and a bumper is not.
static bool plain(const ShadowScene *scene, const uint8_t *label, int index, int x, int y)
{
    const Grid *grid = scene->grid;
    static const int way[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    if (x < PLAIN || y < PLAIN || x >= grid->width - PLAIN || y >= grid->height - PLAIN)
        return false;
    const int16_t *d = scene->depth + (ptrdiff_t)y * scene->depth_stride + x;
    label += (ptrdiff_t)y * grid->width + x;
    for (int n = 0; n < 4; n++) {
        ptrdiff_t row = PLAIN * way[n][1], column = PLAIN * way[n][0];
        if (label[row * grid->width + column] != index + 1 ||
            abs(d[row * scene->depth_stride + column] - *d) > LIGHT_UNIT / 6)
            return false;
    }
    bool flat_all_around = flat(scene, x, y);
    for (int n = 0; n < 4 && flat_all_around; n++)
        flat_all_around = flat(scene, x + PLAIN * way[n][0], y + PLAIN * way[n][1]);
    return flat_all_around;
}

static void look_at_blob(Shadow *shadow, const ShadowScene *scene, const uint8_t *label, int index,
                         Box box)
{
    float weight = 1 / (float)(box.w * LOOK);
    for (int x = box.x; x < box.x + box.w; x++) {
        int seen = 0;
        for (int y = box.y + box.h - 1; y >= box.y && seen < LOOK; y--) {
            if (!plain(scene, label, index, x, y))
                continue;
            int depth = scene->depth[(ptrdiff_t)y * scene->depth_stride + x];
            if (depth >= SHALLOW && depth / BIN < SHADOW_BINS && road_hued(scene, x, y))
                shadow->counts[depth / BIN] += weight;
            seen++;
        }
    }
    shadow->total += 1;
}

// The depth in common: a peak well above the valley on its shallow side, where soft shadows fade
// out, and holding a good share of all that is deeper.
static void find_depth(Shadow *shadow)
{
    float window[SHADOW_BINS] = {0}, all = 0, valley = 0, best = 0;
    int at = 0;
    for (int i = SPREAD; i < SHADOW_BINS - SPREAD; i++)
        for (int j = i - SPREAD; j <= i + SPREAD; j++)
            window[i] += shadow->counts[j];
    for (int i = SHALLOW / BIN; i < SHADOW_BINS; i++)
        all += shadow->counts[i];
    shadow->depth = 0;
    for (int i = SHALLOW / BIN + SPREAD; i < SHADOW_BINS - SPREAD; i++) {
        valley = !valley || window[i] < valley ? window[i] : valley;
        if (window[i] > best && window[i] >= PROMINENCE * valley) {
            best = window[i];
            at = i;
        }
    }
    if (shadow->total < ENOUGH || best < LEAST * shadow->total || best < SHARE * all)
        return;
    float moment = 0;
    for (int j = at - SPREAD; j <= at + SPREAD; j++)
        moment += shadow->counts[j] * ((float)j + 0.5f);
    shadow->depth = (int)(moment / best * BIN);
}

void shadow_observe(Shadow *shadow, const ShadowScene *scene, const Blobs *blobs)
{
    int smallest = (int)(300 * scene->grid->scale * scene->grid->scale);
    for (int i = 0; i < blobs->count; i++)
        if (blobs->items[i].area >= smallest)
            look_at_blob(shadow, scene, blobs->label, i, blobs->items[i].box);
    find_depth(shadow);
    if (shadow->total < MANY)
        return;
    shadow->total /= 2;
    for (int i = 0; i < SHADOW_BINS; i++)
        shadow->counts[i] /= 2;
}

// In the middle of a cast shadow: about as deep, flat, of the road's own hue.
static bool middle(const Shadow *shadow, const ShadowScene *scene, int x, int y)
{
    int depth = scene->depth[(ptrdiff_t)y * scene->depth_stride + x];
    return depth > FAINTEST * shadow->depth && depth < shadow->depth + DEEPER &&
           flat(scene, x, y) && road_hued(scene, x, y);
}

// Not deeper than a shadow, of the road's own hue.
static bool penumbra(const Shadow *shadow, const ShadowScene *scene, int x, int y)
{
    int depth = scene->depth[(ptrdiff_t)y * scene->depth_stride + x];
    return depth > 0 && depth < shadow->depth + DEEPER && road_hued(scene, x, y);
}

ROW_LOOP static void keep_row(uint8_t *restrict cells, const uint8_t *restrict label, int width)
{
    for (int x = 0; x < width; x++)
        cells[x] = label[x] ? cells[x] : 0;
}

ROW_LOOP static void come_nearer(uint8_t *restrict to, const uint8_t *restrict from, int by,
                                 int width)
{
    for (int x = 0; x < width; x++) {
        uint8_t far = (uint8_t)(from[x] + by);
        to[x] = far < to[x] ? far : to[x];
    }
}

// Cells' distance to the nearest cell of 0, by rows and columns, as long as it is below REACH:
// along the columns step by step, along the rows by steps of 1, 2, 4 and so on.
static void spread_distance(uint8_t *plane, ptrdiff_t stride, Box box)
{
    uint8_t padded[GRID_MAX_WIDTH + 2 * REACH], *row = padded + REACH;
    memset(padded, FAR, sizeof padded);
    plane += box.y * stride + box.x;
    for (int y = 1; y < box.h; y++)
        come_nearer(plane + y * stride, plane + (y - 1) * stride, 1, box.w);
    for (int y = box.h - 1; y > 0; y--)
        come_nearer(plane + (y - 1) * stride, plane + y * stride, 1, box.w);
    for (int y = 0; y < box.h; y++, plane += stride)
        for (int by = 1; by < REACH; by *= 2) {
            memcpy(row, plane, (size_t)box.w);
            come_nearer(plane, row - by, by, box.w);
            come_nearer(plane, row + by, by, box.w);
        }
}

// Cells by their distance to the middle of a shadow, within their blob: a plane as the mask's.
static const uint8_t *measure_distance(const Shadow *shadow, const ShadowScene *scene, Mask *mask,
                                       const Blobs *all)
{
    const Grid *grid = scene->grid;
    uint8_t *plane = mask->scratch;
    memset(plane, FAR, (size_t)mask->stride * (size_t)(grid->height + 2 * MASK_PAD));
    plane += (ptrdiff_t)MASK_PAD * mask->stride + MASK_PAD;
    for (int i = 0; i < all->count; i++) {
        Box area = all->items[i].reach;
        for (int y = area.y; y < area.y + area.h; y++)
            for (int x = area.x; x < area.x + area.w; x++)
                if (all->label[(ptrdiff_t)y * grid->width + x] == i + 1 &&
                    middle(shadow, scene, x, y))
                    plane[(ptrdiff_t)y * mask->stride + x] = 0;
    }
    for (int i = 0; i < all->count; i++)
        spread_distance(plane, mask->stride, all->items[i].box);
    return plane;
}

// Finds what is left of the blobs without the cells that look like a cast shadow.
static void find_cores(Shadow *shadow, const ShadowScene *scene, Mask *mask, const Blobs *all)
{
    const Grid *grid = scene->grid;
    int close = grid_rim(grid);
    const uint8_t *distance = measure_distance(shadow, scene, mask, all);
    for (int y = 0; y < grid->height; y++)
        memset(mask_row(mask, y), 0, (size_t)grid->width);
    for (int i = 0; i < all->count; i++) {
        Box box = all->items[i].box, area = all->items[i].reach;
        int rim = (int)fmax(2, PENUMBRA * (box.w < box.h ? box.w : box.h));
        for (int y = area.y; y < area.y + area.h; y++) {
            const uint8_t *label = all->label + (ptrdiff_t)y * grid->width;
            const uint8_t *far = distance + (ptrdiff_t)y * mask->stride;
            uint8_t *cells = mask_row(mask, y);
            for (int x = area.x; x < area.x + area.w; x++)
                if (label[x] == i + 1)
                    cells[x] = far[x] <= rim && penumbra(shadow, scene, x, y) ? 0 : 255;
        }
    }
    mask_morph(mask, false, 1);
    mask_morph(mask, true, 1 + close);
    mask_morph(mask, false, close);
    for (int y = 0; y < grid->height; y++)
        keep_row(mask_row(mask, y), all->label + (ptrdiff_t)y * grid->width, grid->width);
    mask_collect(mask, &shadow->parts);
}

// Joins the cores of one blob that are parts of one vehicle.
static void join_cores(Blobs *cores, int *parent)
{
    for (bool again = true; again;) {
        again = false;
        for (int a = 0; a < cores->count; a++)
            for (int b = a + 1; b < cores->count; b++) {
                Blob *one = &cores->items[a], *two = &cores->items[b];
                int wide = one->box.w > two->box.w ? one->box.w : two->box.w;
                if (parent[a] < 0 || parent[a] != parent[b] || !one_body(one->box, two->box) ||
                    gap_across(one->box, two->box) > wide * JOIN_ACROSS ||
                    gap_along(one->box, two->box) > wide * JOIN_ALONG)
                    continue;
                one->box = box_union(one->box, two->box);
                one->area += two->area;
                parent[b] = -1;
                again = true;
            }
    }
}

// Which blob each core lies in; -1 for what has nothing in it that could not be penumbra.
static void find_parents(const Shadow *shadow, const ShadowScene *scene, const Blobs *all,
                         int *parent)
{
    const Grid *grid = scene->grid;
    int cells[MAX_BLOBS] = {0}, solid[MAX_BLOBS] = {0};
    for (int core = 0; core < shadow->parts.count; core++) {
        Box box = shadow->parts.items[core].box;
        for (int y = box.y; y < box.y + box.h; y++)
            for (int x = box.x; x < box.x + box.w; x++) {
                ptrdiff_t at = (ptrdiff_t)y * grid->width + x;
                if (shadow->parts.label[at] != core + 1 || !all->label[at])
                    continue;
                parent[core] = all->label[at] - 1;
                cells[core]++;
                solid[core] += !penumbra(shadow, scene, x, y);
            }
    }
    for (int i = 0; i < shadow->parts.count; i++)
        if (solid[i] <= LEAST_SOLID * cells[i])
            parent[i] = -1;
}

// The bodies in each blob: items and their count are the new blobs, first[i] and bodies[i] those of
// the old blob i.
static int choose_bodies(const Blobs *all, const Blobs *cores, const int *parent, Blob *items,
                         int *first, int *bodies)
{
    int largest[MAX_BLOBS] = {0}, sum[MAX_BLOBS] = {0}, count = 0;
    for (int i = 0; i < cores->count; i++)
        if (parent[i] >= 0) {
            int area = cores->items[i].area, *most = &largest[parent[i]];
            sum[parent[i]] += area;
            *most = area > *most ? area : *most;
        }
    for (int i = 0; i < all->count; i++) {
        first[i] = count;
        bool worth = sum[i] >= LEAST_BODY * all->items[i].area;
        for (int c = 0; c < cores->count && worth && count < MAX_BLOBS; c++)
            if (parent[c] == i && cores->items[c].area >= LEAST_PART * largest[i])
                items[count++] = (Blob){cores->items[c].box, cores->items[c].box, 0};
        if (count == first[i] && count < MAX_BLOBS)
            items[count++] = (Blob){all->items[i].box, all->items[i].box, 0};
        bodies[i] = count - first[i];
    }
    return count;
}

static int nearest_body(const Blob *items, int first, int bodies, Box cell)
{
    int best = -1, least = 0;
    if (bodies == 1)
        return first;
    for (int i = first; i < first + bodies; i++) {
        int across = gap_across(cell, items[i].box), along = gap_along(cell, items[i].box);
        int far = (across > 0 ? across : 0) + (along > 0 ? along : 0);
        if (best < 0 || far < least) {
            best = i;
            least = far;
        }
    }
    return best;
}

// The first cell from x on that belongs to a blob; width when there is none.
static int next_labelled(const uint8_t *label, int x, int width)
{
    for (uint64_t eight = 0; !eight && x + 8 <= width; x += eight ? 0 : 8)
        memcpy(&eight, label + x, sizeof eight);
    while (x < width && !label[x])
        x++;
    return x;
}

void shadow_cut(Shadow *shadow, const ShadowScene *scene, Mask *mask, Blobs *blobs)
{
    if (!shadow->depth)
        return;
    const Grid *grid = scene->grid;
    Blob items[MAX_BLOBS];
    int parent[MAX_BLOBS], first[MAX_BLOBS], bodies[MAX_BLOBS];
    find_cores(shadow, scene, mask, blobs);
    find_parents(shadow, scene, blobs, parent);
    join_cores(&shadow->parts, parent);
    int count = choose_bodies(blobs, &shadow->parts, parent, items, first, bodies);
    for (int y = 0; y < grid->height; y++) {
        uint8_t *label = blobs->label + (ptrdiff_t)y * grid->width;
        for (int x = next_labelled(label, 0, grid->width), run; x < grid->width;
             x = next_labelled(label, x + run, grid->width)) {
            int blob = label[x] - 1;
            for (run = 1; bodies[blob] == 1 && x + run < grid->width && label[x + run] == blob + 1;)
                run++;
            int body = nearest_body(items, first[blob], bodies[blob], (Box){x, y, 1, 1});
            memset(label + x, body + 1, (size_t)run);
            if (body >= 0)
                blob_take(&items[body], x, y, run);
        }
    }
    memcpy(blobs->items, items, (size_t)count * sizeof *items);
    blobs->count = count;
}
