// Pictures of a Ringelmann board (road/board.h) as a camera would take them: true reflectances in linear light, seen from
// aslant, under light that slopes, through a lens, a tone curve and noise.
#ifndef HEIYAN_SAMPLES_BOARD_H
#define HEIYAN_SAMPLES_BOARD_H

#include "picture/picture.h"
#include "road/board.h"

typedef struct BoardScene {
    int width, height;    // pixels
    double corners[4][2]; // of the board, clockwise from its top left
    double exposure;      // linear light of the board's white in the middle
    double across, down;  // slope of the light: share by which it changes over the board
    double glare, glare_x, glare_y, glare_radius; // light added at a place of the board (0..1), shares of its size
    double shadow;        // left of the board's middle this share of the light is missing, with a hard edge
    double blur;          // lens, sigma in pixels
    double noise;         // sigma in 8-bit steps
    double curve;         // exponent laid over BT.709: 1 = none
    ColorRange range;
    uint64_t seed;
} BoardScene;

// 1920 x 1080, the board a little aslant in the middle of it, good light.
BoardScene board_scene_default(void);
// The caller unrefs; NULL: out of memory.
Picture *board_draw(const BoardScene *scene, const BoardLayout *layout);

#endif
