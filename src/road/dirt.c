#include "road/dirt.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define TILES (DIRT_ROWS * DIRT_COLUMNS)
#define CONTOURS 0.3F // mean square of slopes, levels: less cannot be missed
#define GONE 0.4F     // of the usual contours, against what the view has left of them
// of the least contours it ever had: what has left laid bare what was there before
#define FLAT 0.3F
#define SETTLE 30      // looks in which the least is learned
#define FORGET 3.5e-5F // of the least, for each look: eight hours
#define DARK 34        // mean luma of tiles that show nothing at night
#define BRIGHT 225     // or in the glare
#define ALIKE 0.8F     // correlation of a tile that looks as it did
#define NEAR 1.6F      // and how far its contours may be from what the view has left of them
#define PACE 0.05F     // of what is remembered, for each look: 20 s
#define STEADY 0.7F    // of the looks: the others have traffic in them
#define SPOT_TILES 6   // that touch; less is a sign that was taken away
#define TILES_LEAST 40 // with contours in the view
#define REST 0.75      // of the other tiles must look as they did

typedef struct Tile {
    float usual, now; // mean squares of slopes
    float gain;       // what is left of the usual ones
    float alike;      // correlation
    float light;
} Tile;

// Slopes of a tile about their mean: a spot's own soft rim is nearly one slope.
static Tile measure(const Slopes *normal, const Slopes *seen,
                    const float light[NORMAL_ROWS][NORMAL_COLUMNS], int column, int row)
{
    const int cells = DIRT_TILE * DIRT_TILE;
    float sums[4] = {0}, usual = 0, now = 0, both = 0, lit = 0;
    for (int i = 0; i < cells; i++) {
        int y = row * DIRT_TILE + i / DIRT_TILE, x = column * DIRT_TILE + i % DIRT_TILE;
        const float slopes[4] = {normal->across[y][x], normal->down[y][x], seen->across[y][x],
                                 seen->down[y][x]};
        for (int n = 0; n < 4; n++)
            sums[n] += slopes[n];
        usual += slopes[0] * slopes[0] + slopes[1] * slopes[1];
        now += slopes[2] * slopes[2] + slopes[3] * slopes[3];
        both += slopes[0] * slopes[2] + slopes[1] * slopes[3];
        lit += light[y][x];
    }
    usual = (usual - (sums[0] * sums[0] + sums[1] * sums[1]) / cells) / (2 * cells);
    now = (now - (sums[2] * sums[2] + sums[3] * sums[3]) / cells) / (2 * cells);
    both = (both - (sums[0] * sums[2] + sums[1] * sums[3]) / cells) / (2 * cells);
    return (Tile){usual, now, usual > 0 ? both / usual : 1,
                  usual > 0 && now > 0 ? both / sqrtf(usual * now) : 0, lit / cells};
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// One figure of all tiles with contours, the smallest first: the member at the offset in Tile.
static int sort_figures(const Tile *tiles, size_t offset, float out[TILES])
{
    int count = 0;
    for (int i = 0; i < TILES; i++)
        if (tiles[i].usual >= CONTOURS)
            out[count++] = *(const float *)((const char *)&tiles[i] + offset);
    qsort(out, (size_t)count, sizeof *out, by_size);
    return count;
}

// What the view has left of its usual contours: fog and dusk take from all of them. 0: too few.
static float gain_of_all(const Tile *tiles)
{
    float gains[TILES];
    int count = sort_figures(tiles, offsetof(Tile, gain), gains);
    if (count < TILES_LEAST)
        return 0;
    return fmaxf(gains[2 * count / 3], 0); // spots are in the lower part
}

// Median of the tiles' contours: they are compared with it, so that dusk changes nothing.
static float contours_of_all(const Tile *tiles)
{
    float now[TILES];
    int count = sort_figures(tiles, offsetof(Tile, now), now);
    return count ? fmaxf(now[count / 2], 0.01F) : 1;
}

static bool is_lost(const Tile *tile, float least, float all)
{
    return tile->light > DARK && tile->light < BRIGHT && tile->gain < GONE * all &&
           tile->now < FLAT * least && least >= CONTOURS / 2;
}

static bool is_kept(const Tile *tile, float all)
{
    return tile->alike > ALIKE && tile->gain > all / NEAR && tile->gain < all * NEAR;
}

// Counts the lost tiles that touch, from this one on, and marks them.
static int spread(const bool *lost, bool *taken, int at)
{
    int members[TILES], count = 0, next = 0;
    members[count++] = at;
    taken[at] = true;
    while (next < count) {
        int row = members[next] / DIRT_COLUMNS, column = members[next] % DIRT_COLUMNS;
        next++;
        for (int y = row - 1; y <= row + 1; y++)
            for (int x = column - 1; x <= column + 1; x++) {
                int tile = y * DIRT_COLUMNS + x;
                if (y < 0 || x < 0 || y >= DIRT_ROWS || x >= DIRT_COLUMNS || !lost[tile] ||
                    taken[tile])
                    continue;
                taken[tile] = true;
                members[count++] = tile;
            }
    }
    return count;
}

// Tiles that the largest spot covers.
static int largest_spot(const Dirt *dirt)
{
    bool lost[TILES], taken[TILES] = {false};
    const float *steady = &dirt->lost[0][0];
    int most = 0;
    for (int i = 0; i < TILES; i++)
        lost[i] = steady[i] > STEADY;
    for (int i = 0; i < TILES; i++) {
        int count = lost[i] && !taken[i] ? spread(lost, taken, i) : 0;
        most = count > most ? count : most;
    }
    return most;
}

// What a tile is like when nothing is before it. A gap in the traffic, that ends, shows it too.
static void note_least(Dirt *dirt, int i, float now, bool lost)
{
    float *least = &dirt->least[0][0] + i, *low = &dirt->low[0][0] + i;
    if (dirt->looks == 0)
        *least = now;
    *least *= 1 + FORGET;
    if (dirt->looks >= SETTLE && lost) {
        *low = *low > 0 && *low < now ? *low : now;
    } else if (dirt->looks < SETTLE || (&dirt->lost[0][0])[i] < 0.1F) {
        float seen = *low > 0 && *low < now ? *low : now;
        *least = seen < *least ? seen : *least;
        *low = 0;
    }
}

bool dirt_push(Dirt *dirt, const Slopes *normal, const Slopes *seen,
               const float light[NORMAL_ROWS][NORMAL_COLUMNS])
{
    Tile tiles[TILES];
    float *lost = &dirt->lost[0][0], *kept = &dirt->kept[0][0];
    for (int i = 0; i < TILES; i++)
        tiles[i] = measure(normal, seen, light, i % DIRT_COLUMNS, i / DIRT_COLUMNS);
    float all = gain_of_all(tiles), contours = contours_of_all(tiles);
    int with = 0, as_before = 0;
    if (all <= 0)
        return false;
    for (int i = 0; i < TILES; i++) {
        bool shows = tiles[i].usual >= CONTOURS && dirt->looks >= SETTLE;
        bool gone = shows && is_lost(&tiles[i], (&dirt->least[0][0])[i] * contours, all);
        lost[i] += PACE * ((float)gone - lost[i]);
        kept[i] += PACE * ((float)(shows && is_kept(&tiles[i], all)) - kept[i]);
        note_least(dirt, i, tiles[i].now / contours, gone);
    }
    dirt->looks += dirt->looks < SETTLE;
    for (int i = 0; i < TILES; i++) {
        bool own = tiles[i].usual >= CONTOURS &&
                   (&dirt->least[0][0])[i] * contours >= CONTOURS / 2; // not those of traffic
        bool rest = own && lost[i] < STEADY;
        with += rest;
        as_before += rest && kept[i] > 0.5F;
    }
    return largest_spot(dirt) >= SPOT_TILES && with >= TILES_LEAST / 2 && as_before >= REST * with;
}

bool dirt_hides(const Dirt *dirt, int column, int row)
{
    return dirt->lost[row / DIRT_TILE][column / DIRT_TILE] > STEADY;
}
