// Private to zone.c: what is seen of a zone, tile by tile, in one view and over the last seconds.
#ifndef HEIYAN_ROAD_ZONE_TILES_H
#define HEIYAN_ROAD_ZONE_TILES_H

#include "road/zone.h"

#define ROOM 64 // views kept
#define MAX_STANDS 16

enum {        // what a tile is beside its ground
    BODY = 1, // something stands there
    NEAR,     // next to that
    UNSORTED,
};

typedef struct Tile { // what the window shows of it; NaN: too little ground
    float low, high;  // depth: median, upper quartile
    float change;     // of the share of light that comes through
} Tile;

struct Zones {
    const Grid *grid;
    const Lane *list;
    size_t count;
    int size, columns, rows, tiles;
    uint8_t *zone;   // per tile: index + 1, 0 = in none
    int16_t *depth;  // ROOM planes of tiles, as a ring
    uint8_t *hidden; // the same: 1 where a vehicle covers the tile
    int64_t times[ROOM];
    int64_t views, looked_us;
    Tile *seen;
    uint8_t *body;     // per tile: BODY ...
    uint16_t *covered; // per tile: views in a row, about
    uint8_t *owner;    // per tile: index + 1 of the stand whose smoke it is
    uint8_t *before;   // the same at the look before
    int *stack;
    float *room; // as many as tiles
    Stand stands[MAX_STANDS];
    size_t stand_count;
};

// Takes a view into the ring.
void zone_take_view(Zones *zones, const WakeScene *scene, const uint8_t *near_blob);
// Looks for what stands, and fills seen, from the newest views. False when nothing stands.
bool zone_measure(Zones *zones, int views);
// Depth of a tile's ground, NaN: hidden. view: before the newest.
float zone_depth(const Zones *zones, int tile, int view);
float zone_quantile(float *values, int count, double q); // sorts them
// By how much clear ground of a zone seems to change.
float zone_calm(const Zones *zones, int zone);
// Share of a zone's ground that is dark: much of it at once is a cloud, not smoke.
double zone_dark_share(const Zones *zones, int zone, int views);
bool zone_is_smoke(const Tile *tile, float calm);
// Marks the smoke that is joined to a seed as owned. Returns its tiles; the stack holds them.
int zone_flood(Zones *zones, int seed, float calm, uint8_t mark);

#endif
