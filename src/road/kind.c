#include "road/kind.h"

#include <math.h>

#define SEEN (LIGHT_UNIT / 12) // depth of a plume, either way
#define FAINT 0.15             // depth below which hue is noise
// Soot has 0.2 to 0.3, shadow and bodies -0.14 to -0.11.
#define YELLOW 0.9
#define YELLOWISH 0.6
#define BRIGHT 0.5
#define BRIGHTISH 0.3

KindFigures kind_figures(const PlumeMap *plume, double hue, double depth)
{
    int bright = 0, dark = 0;
    for (int i = 0; plume->depth && i < plume->area.w * plume->area.h; i++) {
        if (plume->wake[i] != PLUME_NEAR || plume->depth[i] == PLUME_HIDDEN)
            continue;
        bright += plume->depth[i] < -SEEN;
        dark += plume->depth[i] > SEEN;
    }
    return (KindFigures){bright + dark ? (double)bright / (bright + dark) : NAN,
                         depth > FAINT ? -hue / depth : NAN};
}

SmokeKind kind_of(KindFigures figures) // what is NaN speaks for soot
{
    if (figures.yellow > YELLOW)
        return SMOKE_DUST;
    if (figures.bright > BRIGHT)
        return figures.yellow > YELLOWISH ? SMOKE_DUST : SMOKE_WHITE;
    return figures.bright > BRIGHTISH || figures.yellow > YELLOWISH ? SMOKE_UNCLEAR : SMOKE_BLACK;
}
