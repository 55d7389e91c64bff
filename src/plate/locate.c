#include "plate/plate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sums over rectangles: what a plate is recognised by.
enum { EDGES, BLUE, YELLOW, GREEN, LAYERS };
static const char *const colour_names[LAYERS] = {"", "blue", "yellow", "green"};

typedef struct Sums {
    int width, height;
    uint32_t *layer[LAYERS]; // (width+1)*(height+1) integral images
} Sums;

#define MIN_PLATE 18    // pixels wide: below this nothing can be told
#define MIN_EDGES 14.0  // mean horizontal gradient of characters
#define MIN_COLOUR 0.30 // share of cells in the plate's colour
#define MIN_SCORE 0.5
#define SMALLEST 30.0 // pixels wide: the smallest that is looked for

static bool sums_create(Sums *sums, int width, int height)
{
    size_t cells = (size_t)(width + 1) * (size_t)(height + 1);
    *sums = (Sums){width, height, {NULL}};
    uint32_t *memory = calloc(cells * LAYERS, sizeof *memory);
    for (int i = 0; memory && i < LAYERS; i++)
        sums->layer[i] = memory + cells * (size_t)i;
    return memory;
}

static int colour_of(int u, int v)
{
    u -= 128;
    v -= 128;
    if (u > 16 && v < 8)
        return BLUE;
    if (u < -20 && v > -10)
        return YELLOW;
    if (u < 4 && v < -9)
        return GREEN;
    return 0;
}

static void sums_fill(Sums *sums, const Picture *picture, Box area)
{
    int line = sums->width + 1;
    for (int y = 0; y < sums->height; y++) {
        const uint8_t *row = picture->plane[0] + (ptrdiff_t)(area.y + y) * picture->stride[0];
        const uint8_t *u = picture->plane[1] + (ptrdiff_t)((area.y + y) / 2) * picture->stride[1];
        const uint8_t *v = picture->plane[2] + (ptrdiff_t)((area.y + y) / 2) * picture->stride[2];
        uint32_t run[LAYERS] = {0};
        for (int x = 0; x < sums->width; x++) {
            int at = area.x + x;
            int left = at > 0 ? at - 1 : at, right = at + 1 < picture->width ? at + 1 : at;
            run[EDGES] += (uint32_t)abs(row[right] - row[left]);
            int colour = colour_of(u[at / 2], v[at / 2]);
            if (colour)
                run[colour]++;
            size_t cell = (size_t)(y + 1) * (size_t)line + (size_t)x + 1;
            for (int i = 0; i < LAYERS; i++)
                sums->layer[i][cell] = sums->layer[i][cell - (size_t)line] + run[i];
        }
    }
}

static double mean(const Sums *sums, int layer, Box box)
{
    box = box_clip(box, sums->width, sums->height);
    if (!box.w || !box.h)
        return 0;
    size_t line = (size_t)sums->width + 1;
    const uint32_t *s = sums->layer[layer];
    size_t top = (size_t)box.y * line, bottom = (size_t)(box.y + box.h) * line;
    size_t left = (size_t)box.x, right = (size_t)(box.x + box.w);
    uint32_t total = s[bottom + right] - s[bottom + left] - s[top + right] + s[top + left];
    return (double)total / ((double)box.w * box.h);
}

// How much a box looks like a plate: characters inside, calm around, one colour inside and another
// around.
static double score_of(const Sums *sums, Box box, int *colour)
{
    double edges = mean(sums, EDGES, box);
    if (edges < MIN_EDGES)
        return 0;
    double share = 0;
    for (int i = BLUE; i < LAYERS; i++)
        if (mean(sums, i, box) > share) {
            share = mean(sums, i, box);
            *colour = i;
        }
    if (share < MIN_COLOUR)
        return 0;
    Box wide = {box.x - box.h / 2, box.y - box.h / 2, box.w + box.h, box.h * 2};
    double inner = (double)box.w * box.h, outer = (double)wide.w * wide.h - inner;
    double edges_around = (mean(sums, EDGES, wide) * (inner + outer) - edges * inner) / outer;
    double share_around = (mean(sums, *colour, wide) * (inner + outer) - share * inner) / outer;
    double contrast = fmax(0, edges - edges_around) / 20;
    return fmin(1, contrast) + fmin(1, 1.5 * fmax(0, share - share_around));
}

// How much more of the colour a strip just inside a side has than one just outside it. side: left,
// top, right, bottom.
static double side_contrast(const Sums *sums, int colour, Box box, int side, int at, int thick)
{
    Box inside = box, outside = box;
    if (side % 2) {
        inside.h = outside.h = thick;
        inside.y = side == 1 ? at : at - thick;
        outside.y = side == 1 ? at - thick : at;
    } else {
        inside.w = outside.w = thick;
        inside.x = side == 0 ? at : at - thick;
        outside.x = side == 0 ? at - thick : at;
    }
    return mean(sums, colour, inside) - mean(sums, colour, outside);
}

// Moves every side to where the plate's colour ends: the search goes in coarse steps.
static Box tighten(const Sums *sums, int colour, Box box)
{
    for (int round = 0; round < 2; round++)
        for (int side = 0; side < 4; side++) {
            bool upright = side % 2;
            int size = upright ? box.h : box.w, reach = upright ? box.h * 2 / 5 : box.w / 2;
            int from = (upright ? box.y : box.x) + (side >= 2 ? size : 0), best_at = from;
            int part = upright ? box.h / 8 : box.h / 3, thick = part > 1 ? part : 1;
            double best = -1;
            for (int at = from - reach; at <= from + reach; at++) {
                double contrast = side_contrast(sums, colour, box, side, at, thick) -
                                  0.1 * abs(at - from) / (reach + 1.0);
                if (contrast > best) {
                    best = contrast;
                    best_at = at;
                }
            }
            int moved = best_at - from;
            if (upright) {
                box.y += side == 1 ? moved : 0;
                box.h += side == 1 ? -moved : moved;
            } else {
                box.x += side == 0 ? moved : 0;
                box.w += side == 0 ? -moved : moved;
            }
        }
    return box;
}

typedef struct Candidate {
    Box box; // in the searched area
    double score;
    int colour;
} Candidate;

// Keeps the best boxes that do not overlap, best first.
static size_t keep(Candidate *list, size_t count, size_t room, Candidate new)
{
    for (size_t i = 0; i < count; i++)
        if (box_iou(list[i].box, new.box) > 0.2) {
            if (list[i].score >= new.score)
                return count;
            memmove(list + i, list + i + 1, (count - i - 1) * sizeof *list);
            count--;
            i--;
        }
    size_t at = count;
    for (; at && list[at - 1].score < new.score; at--)
        ;
    if (at == room)
        return count;
    size_t moved = (count < room ? count : room - 1) - at;
    memmove(list + at + 1, list + at, moved * sizeof *list);
    list[at] = new;
    return count < room ? count + 1 : room;
}

static size_t search(const Sums *sums, Candidate *list, size_t room)
{
    static const double aspects[] = {3.14, 2.0};
    size_t count = 0;
    for (double part = fmax(0.02, SMALLEST / sums->width); part < 0.5; part *= 1.18)
        for (int a = 0; a < 2; a++) {
            int w = (int)(part * sums->width), h = (int)(w / aspects[a]);
            if (w < MIN_PLATE || h < 6)
                continue;
            int step_x = w / 10 + 1, step_y = h / 6 + 1;
            for (int y = 0; y + h <= sums->height; y += step_y)
                for (int x = 0; x + w <= sums->width; x += step_x) {
                    Candidate new = {.box = {x, y, w, h}};
                    new.score = score_of(sums, new.box, &new.colour);
                    // Only yellow ones have two rows.
                    if (new.score > MIN_SCORE && (a == 0 || new.colour == YELLOW))
                        count = keep(list, count, room, new);
                }
        }
    return count;
}

static void describe(const Sums *sums, Candidate found, Box area, Plate *out)
{
    Box tight = box_clip(tighten(sums, found.colour, found.box), sums->width, sums->height);
    Box box = 2 * tight.w > found.box.w && 2 * tight.h > found.box.h ? tight : found.box;
    double aspect = (double)box.w / box.h;
    *out = (Plate){.box = {area.x + box.x, area.y + box.y, box.w, box.h},
                   .rows = 1,
                   .sharpness = mean(sums, EDGES, box),
                   .confidence = fmin(0.9, found.score / 2)};
    if (found.colour == YELLOW) // between the two shapes both layouts are tried
        out->rows = aspect < 2.2 ? 2 : aspect > 2.8 ? 1 : 0;
    memcpy(out->colour, colour_names[found.colour], strlen(colour_names[found.colour]) + 1);
    plate_set_corners(out, out->box.x, out->box.y, out->box.w, out->box.h);
}

size_t plate_locate(const Picture *picture, Box where, Plate *out, size_t room)
{
    Box area = box_clip(where, picture->width, picture->height);
    area.x &= ~1;
    area.y &= ~1;
    Sums sums;
    Candidate list[PLATE_CANDIDATES];
    if (area.w < 2 * MIN_PLATE || area.h < MIN_PLATE || !sums_create(&sums, area.w, area.h))
        return 0;
    sums_fill(&sums, picture, area);
    size_t count = search(&sums, list, room < PLATE_CANDIDATES ? room : PLATE_CANDIDATES);
    for (size_t i = 0; i < count; i++)
        describe(&sums, list[i], area, &out[i]);
    free(sums.layer[0]);
    return count;
}
