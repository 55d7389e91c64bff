// Whether something sits on the lens, or before a part of it: a spot of mud, a leaf, a drop.
//
// A spot is soft and has no contours of its own, those of the view behind it are gone, and it stays
// while everything around it is as it was. What stands in the picture has contours; clouds and
// lamps change the rest as well.
#ifndef HEIYAN_ROAD_DIRT_H
#define HEIYAN_ROAD_DIRT_H

#include <stdbool.h>

#define NORMAL_COLUMNS 64
#define NORMAL_ROWS 36
#define DIRT_TILE 2 // cells
#define DIRT_COLUMNS (NORMAL_COLUMNS / DIRT_TILE)
#define DIRT_ROWS (NORMAL_ROWS / DIRT_TILE)

typedef struct Slopes { // of luma, from cell to cell of the view
    float across[NORMAL_ROWS][NORMAL_COLUMNS], down[NORMAL_ROWS][NORMAL_COLUMNS];
} Slopes;

typedef struct Dirt { // zero-initialise
    int looks;
    // Of a tile's contours, against those of the whole view: the least it was seen with, while it
    // was as it should be, and the least since it seems to have lost them.
    float least[DIRT_ROWS][DIRT_COLUMNS], low[DIRT_ROWS][DIRT_COLUMNS];
    float lost[DIRT_ROWS][DIRT_COLUMNS]; // how steadily the tile has lost its contours, 0 to 1
    float kept[DIRT_ROWS][DIRT_COLUMNS]; // the same of tiles that look as they did
} Dirt;

// Looks at one view, about a second after the last: normal is how it was, light the luma of each
// cell. True while there are spots and the rest is as it was.
bool dirt_push(Dirt *dirt, const Slopes *normal, const Slopes *seen,
               const float light[NORMAL_ROWS][NORMAL_COLUMNS]);
// Whether the cell's tile has lost its contours: it must not become the normal.
bool dirt_hides(const Dirt *dirt, int column, int row);

#endif
