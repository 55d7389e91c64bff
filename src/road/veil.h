// Light that haze or a dirty lens lays over the whole view: what is left in the darkest things that
// pass (dark channel prior, He, Sun and Tang 2009). Smoke takes none of it away, so that what is
// seen through it looks thinner than it is; it is taken off every view and the empty road.
#ifndef HEIYAN_ROAD_VEIL_H
#define HEIYAN_ROAD_VEIL_H

#include "road/background.h"

#define VEIL_LIGHTS 32768

typedef struct Veil {
    double darkest[2];           // that passed in this while and the one before; linear, 0: nothing
    int64_t since_us;            // this while
    int16_t lifted[VEIL_LIGHTS]; // light without the road's veil, by how far it is below white
} Veil;

// Takes the veil off a view that was just filled.
void veil_lift(const Veil *veil, const Background *road, const Grid *grid, View *view);
// Notes the darkest things of a view that was lifted, where it is darker than the empty road.
void veil_see(Veil *veil, const Background *road, const Grid *grid, const View *view);
// Settles on what was seen. True when the veil is another: the road has followed, and what has yet
// to be lifted wants the new one.
bool veil_settle(Veil *veil, Background *road, const Grid *grid);

#endif
