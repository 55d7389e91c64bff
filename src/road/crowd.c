#include "road/crowd.h"

#include "picture/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNLIKE (LIGHT_UNIT / 2) // two lights this far apart have nothing in common
#define REACH 0.22              // of the box's sides: how far off a guess may be
#define MARGIN 0.08             // of a box's sides: its rim in the blob
#define NEWCOMER 110            // cells at VIEW_WIDTH
#define NEWCOMER_SIDE 9
#define BODY_SPREAD 0.22 // of depth: a cast shadow is plainer

#define PLACE_BITS 16 // of a cell's place on the stack that are its column

enum { CORE = 1, EDGE }; // of what no box explains

bool crowd_create(Crowd *crowd, const Grid *grid)
{
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    *crowd = (Crowd){.grid = grid, .core = malloc(cells), .stack = malloc(cells * sizeof(int32_t))};
    if (crowd->core && crowd->stack)
        return true;
    crowd_destroy(crowd);
    return false;
}

void crowd_destroy(Crowd *crowd)
{
    free(crowd->core);
    free(crowd->stack);
    *crowd = (Crowd){0};
}

static int sample(const Crowd *crowd, int x, int y)
{
    const Grid *grid = crowd->grid;
    if (x < 0 || y < 0 || x >= grid->width || y >= grid->height)
        return INT16_MIN;
    return crowd->view->light[(ptrdiff_t)y * grid->width + x];
}

// Where in a side the n-th place of a look lies.
static int place(int side, int n)
{
    return (2 * n + 1) * side / (2 * LOOK_SIDE);
}

void look_take(Look *look, const Crowd *crowd, Box box)
{
    for (int j = 0; j < LOOK_SIDE; j++)
        for (int i = 0; i < LOOK_SIDE; i++)
            look->light[j * LOOK_SIDE + i] =
                (int16_t)sample(crowd, box.x + place(box.w, i), box.y + place(box.h, j));
    look->known = true;
}

// Sum of what two rows of a look are apart, INT16_MIN where one was not seen; counts what was.
// Words hold it all: light spans half their range.
ROW_LOOP static int apart(const int16_t *then, const int16_t *now, int *count)
{
    int16_t sum = 0, seen = 0;
    for (int i = 0; i < LOOK_SIDE; i++) {
        int16_t off = (int16_t)(now[i] - then[i]);
        off = (int16_t)(off < 0 ? -off : off);
        off = off < UNLIKE ? off : UNLIKE;
        int16_t unseen =
            (int16_t)((then[i] == INT16_MIN ? -1 : 0) | (now[i] == INT16_MIN ? -1 : 0));
        sum = (int16_t)(sum + (off & ~unseen));
        seen = (int16_t)(seen + 1 + unseen);
    }
    *count += seen;
    return sum;
}

// 0 the same .. 1 nothing in common, or beyond `limit` anyway.
static double unlikeness(const Look *look, const Crowd *crowd, Box box, double limit)
{
    const Grid *grid = crowd->grid;
    int sum = 0, count = 0, x[LOOK_SIDE];
    double most = limit * UNLIKE * LOOK_SIDE * LOOK_SIDE;
    for (int i = 0; i < LOOK_SIDE; i++)
        x[i] = box.x + place(box.w, i);
    bool within = x[0] >= 0 && x[LOOK_SIDE - 1] < grid->width;
    for (int j = 0; j < LOOK_SIDE && sum <= most; j++) {
        int16_t now[LOOK_SIDE];
        int y = box.y + place(box.h, j);
        if (y < 0 || y >= grid->height)
            continue;
        const int16_t *row = crowd->view->light + (ptrdiff_t)y * grid->width;
        for (int i = 0; i < LOOK_SIDE; i++)
            now[i] = within || (x[i] >= 0 && x[i] < grid->width) ? row[x[i]] : INT16_MIN;
        sum += apart(look->light + (ptrdiff_t)j * LOOK_SIDE, now, &count);
    }
    if (sum > most)
        return 1;
    return count > LOOK_SIDE * LOOK_SIDE / 4 ? (double)sum / count / UNLIKE : 1;
}

static Box sized(Box box, double scale)
{
    int w = (int)lround(box.w * scale), h = (int)lround(box.h * scale);
    return (Box){box.x + (box.w - w) / 2, box.y + box.h - h, w, h};
}

double look_find(const Look *look, const Crowd *crowd, Box guess, Box *found)
{
    static const double scales[] = {1, 0.95, 1.05};
    double best = 2;
    int step_x = (int)fmax(1, REACH * guess.w / 3), step_y = (int)fmax(1, REACH * guess.h / 3);
    for (int n = 0; n < 3; n++) {
        Box box = sized(guess, scales[n]);
        for (int j = -3; j <= 3; j++)
            for (int i = -3; i <= 3; i++) {
                Box at = {box.x + i * step_x, box.y + j * step_y, box.w, box.h};
                double off = unlikeness(look, crowd, at, best);
                if (off < best) {
                    best = off;
                    *found = at;
                }
            }
    }
    while (step_x > 1 || step_y > 1) {
        step_x = (step_x + 1) / 2;
        step_y = (step_y + 1) / 2;
        Box box = *found;
        for (int n = 0; n < 9; n++) {
            Box at = {box.x + (n % 3 - 1) * step_x, box.y + (n / 3 - 1) * step_y, box.w, box.h};
            double off = unlikeness(look, crowd, at, best);
            if (off < best) {
                best = off;
                *found = at;
            }
        }
    }
    return best;
}

// With a margin of so much of its sides.
static Box widened(Box box, double margin)
{
    int across = (int)lround(margin * box.w), along = (int)lround(margin * box.h);
    return (Box){box.x - across, box.y - along, box.w + 2 * across, box.h + 2 * along};
}

static int nearest(const Box *boxes, int count, int x, int y)
{
    int best = 0, least = INT32_MAX;
    for (int i = 0; i < count; i++) {
        Box b = boxes[i];
        int dx = x < b.x ? b.x - x : x >= b.x + b.w ? x - b.x - b.w + 1 : 0;
        int dy = y < b.y ? b.y - y : y >= b.y + b.h ? y - b.y - b.h + 1 : 0;
        if (dx + dy < least) {
            least = dx + dy;
            best = i;
        }
    }
    return best;
}

// Marks in core what of the blob no box explains.
static void mark_unexplained(const Crowd *crowd, const Blobs *blobs, int index, const Box *boxes,
                             int count)
{
    const Grid *grid = crowd->grid;
    Box area = blobs->items[index].reach, wide[CROWD_MAX];
    for (int i = 0; i < count; i++)
        wide[i] = box_clip(widened(boxes[i], MARGIN), grid->width, grid->height);
    for (int y = area.y; y < area.y + area.h; y++) {
        uint8_t *core = crowd->core + (ptrdiff_t)y * grid->width;
        const uint8_t *label = blobs->label + (ptrdiff_t)y * grid->width;
        for (int x = area.x; x < area.x + area.w; x++)
            core[x] = label[x] == index + 1 ? CORE : 0;
        for (int i = 0; i < count; i++)
            if (y >= wide[i].y && y < wide[i].y + wide[i].h && wide[i].w > 0)
                memset(core + wide[i].x, 0, (size_t)wide[i].w);
    }
}

// Marks the rim, so many cells wide, of what is marked. What lies beyond the picture's own rim is
// not known to be another's.
static void mark_rim(const Crowd *crowd, Box area, int rim)
{
    const Grid *grid = crowd->grid;
    uint8_t none[GRID_MAX_WIDTH] = {0}, all[GRID_MAX_WIDTH], row[3 * GRID_MAX_WIDTH];
    memset(all, CORE, sizeof all);
    for (int y = area.y; y < area.y + area.h; y++) {
        uint8_t *core = crowd->core + (ptrdiff_t)y * grid->width + area.x;
        ptrdiff_t far = (ptrdiff_t)rim * grid->width;
        const uint8_t *above = y < rim ? all : y - rim < area.y ? none : core - far;
        const uint8_t *below = y + rim >= grid->height      ? all
                               : y + rim >= area.y + area.h ? none
                                                            : core + far;
        for (int n = 0; n < rim; n++) {
            row[n] = area.x - rim + n < 0 ? CORE : 0;
            row[rim + area.w + n] = area.x + area.w + n >= grid->width ? CORE : 0;
        }
        memcpy(row + rim, core, (size_t)area.w);
        for (int x = 0; x < area.w; x++) {
            bool within =
                (row[x] != 0) & (row[x + 2 * rim] != 0) & (above[x] != 0) & (below[x] != 0);
            core[x] = !core[x] ? 0 : within ? CORE : EDGE;
        }
    }
}

typedef struct Part {
    Box box;
    int cells;
    double sum, square; // of depth
} Part;

// The connected part that a cell lies in; takes its cells out of core.
static Part flood(const Crowd *crowd, int x, int y)
{
    const Grid *grid = crowd->grid;
    int left = x, right = x, top = y, bottom = y, cells = 0, waiting = 0;
    int64_t sum = 0, square = 0;
    crowd->stack[waiting++] = y << PLACE_BITS | x;
    crowd->core[(ptrdiff_t)y * grid->width + x] = 0;
    while (waiting) {
        int at = crowd->stack[--waiting], cx = at & ((1 << PLACE_BITS) - 1), cy = at >> PLACE_BITS;
        int depth = crowd->depth[(ptrdiff_t)cy * crowd->depth_stride + cx];
        left = cx < left ? cx : left;
        right = cx > right ? cx : right;
        top = cy < top ? cy : top;
        bottom = cy > bottom ? cy : bottom;
        cells++;
        sum += depth;
        square += (int64_t)depth * depth;
        static const int way[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
        for (int n = 0; n < 4; n++) {
            int to_x = cx + way[n][0], to_y = cy + way[n][1];
            if (to_x < 0 || to_y < 0 || to_x >= grid->width || to_y >= grid->height)
                continue;
            uint8_t *core = &crowd->core[(ptrdiff_t)to_y * grid->width + to_x];
            if (*core != CORE)
                continue;
            *core = 0;
            crowd->stack[waiting++] = to_y << PLACE_BITS | to_x;
        }
    }
    return (Part){{left, top, right + 1 - left, bottom + 1 - top},
                  cells,
                  (double)sum / LIGHT_UNIT,
                  (double)square / LIGHT_UNIT / LIGHT_UNIT};
}

// The largest unexplained part that may be a vehicle; an empty box when there is none.
static Box find_newcomer(const Crowd *crowd, const Blobs *blobs, int index, const Box *boxes,
                         int count)
{
    const Grid *grid = crowd->grid;
    Box area = blobs->items[index].reach, best = {0, 0, 0, 0};
    int most = (int)(NEWCOMER * grid->scale * grid->scale);
    int side = (int)fmax(4, NEWCOMER_SIDE * grid->scale),
        rim = (int)fmax(1, lround(2 * grid->scale));
    mark_unexplained(crowd, blobs, index, boxes, count);
    mark_rim(crowd, area, rim);
    for (int y = area.y; y < area.y + area.h; y++) {
        uint8_t *row = crowd->core + (ptrdiff_t)y * grid->width + area.x, *core;
        while ((core = memchr(row, CORE, (size_t)area.w))) {
            Part part = flood(crowd, area.x + (int)(core - row), y);
            double mean = part.sum / part.cells;
            double spread = sqrt(fmax(0, part.square / part.cells - mean * mean));
            if (part.cells <= most || part.box.w < side || part.box.h < side ||
                spread < BODY_SPREAD)
                continue;
            most = part.cells;
            best = (Box){part.box.x - rim, part.box.y - rim, part.box.w + 2 * rim,
                         part.box.h + 2 * rim};
        }
    }
    return box_clip(best, grid->width, grid->height);
}

// Which of the boxes, all within the picture, covers each cell of a row, the first of several;
// count: none does.
static void draw_boxes(uint8_t *row, const Box *boxes, int count, int y, int width)
{
    memset(row, count, (size_t)width);
    for (int i = count; i--;)
        if (y >= boxes[i].y && y < boxes[i].y + boxes[i].h && boxes[i].w > 0)
            memset(row + boxes[i].x, i, (size_t)boxes[i].w);
}

void crowd_divide(Crowd *crowd, Blobs *blobs, int index, const Box *boxes, int count, int *index_of)
{
    const Grid *grid = crowd->grid;
    Box all[CROWD_MAX + 1], seen[CROWD_MAX + 1], area = blobs->items[index].reach;
    int of[CROWD_MAX + 1], total = count;
    memcpy(all, boxes, (size_t)count * sizeof *boxes);
    Box newcomer = find_newcomer(crowd, blobs, index, boxes, count);
    if (newcomer.w > 0)
        all[total++] = newcomer;
    for (int i = 0; i < total; i++) {
        seen[i] = box_clip(all[i], grid->width, grid->height);
        of[i] = i == 0 ? index : blobs->count < MAX_BLOBS ? blobs->count++ : index;
        blobs->items[of[i]] = (Blob){seen[i], seen[i], 0};
    }
    for (int y = area.y; y < area.y + area.h; y++) {
        uint8_t box_of[GRID_MAX_WIDTH], *label = blobs->label + (ptrdiff_t)y * grid->width;
        draw_boxes(box_of, seen, total, y, grid->width);
        for (int x = area.x; x < area.x + area.w; x++) {
            if (label[x] != index + 1)
                continue;
            int i = box_of[x] < total ? box_of[x] : nearest(all, total, x, y);
            label[x] = (uint8_t)(of[i] + 1);
            blob_take(&blobs->items[of[i]], x, y, 1);
        }
    }
    for (int i = 0; i < count; i++)
        index_of[i] = blobs->items[of[i]].area ? of[i] : -1;
}
