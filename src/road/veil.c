#include "road/veil.h"

#include <math.h>

#define ROWS_APART 2                // of a view that are looked at
#define CELLS_APART 7               // of the road that are
#define DARKER (LIGHT_UNIT / 4)     // than the empty road: something passes
#define THING 8                     // cells that are as dark as the darkest thing of a view
#define CLEAR 0.04                  // of the road's light: as dark as things are in clear air
#define LEAST 0.1                   // of it: less is no veil
#define MOST 0.7                    // of it: more cannot be told from things that are light
#define GROUND 0.02                 // of the empty road may be darker than the veil: burned-in text
#define OTHER 0.1                   // of the veil: a change that counts
#define WHILE_US INT64_C(300000000) // that a darkest thing counts for, once or twice
#define BINS 512                    // of light
#define BIN (LIGHT_UNIT / 32)
// linear light: below it, and below none, its logarithm goes on as a straight line, so that nothing
// is lost where the veil is taken to be too light, and noise stays noise
#define SOFT 0.008

static size_t cells_of(const Grid *grid)
{
    return (size_t)grid->width * (size_t)grid->height;
}

// Light as views hold it, of linear light that was seen through a veil.
static int16_t without(double veil, double seen)
{
    double left = seen - veil;
    double light = left > SOFT || veil == 0 ? log(left) : log(SOFT) + (left - SOFT) / SOFT;
    return (int16_t)lround(fmax(INT16_MIN, LIGHT_UNIT * light));
}

// Linear light as it was seen, of such a logarithm without the veil.
static double with(double veil, double light)
{
    double soft = light - log(SOFT);
    return veil + (soft > 0 || veil == 0 ? exp(light) : SOFT * (1 + soft));
}

// Light without one veil from light without another.
static void make_table(int16_t *table, double from, double to)
{
    for (int i = 0; i < VEIL_LIGHTS; i++)
        table[i] = without(to, fmax(VIEW_DARKEST, with(from, -(double)i / LIGHT_UNIT)));
}

static void look_up(const int16_t *table, int16_t *light, size_t cells)
{
    for (size_t i = 0; i < cells; i++) {
        int below = light[i] < 0 ? -light[i] : 0;
        light[i] = table[below < VEIL_LIGHTS ? below : VEIL_LIGHTS - 1];
    }
}

void veil_lift(const Veil *veil, const Background *road, const Grid *grid, View *view)
{
    if (road->veil > 0)
        look_up(veil->lifted, view->light, cells_of(grid));
}

static int bin_of(int16_t light)
{
    int bin = BINS - 1 + light / BIN;
    return bin < 0 ? 0 : bin < BINS ? bin : BINS - 1;
}

// Logarithm of light that so many are darker than.
static double light_above(const int *bins, int count)
{
    int i = 0;
    for (int below = bins[0]; below < count && i < BINS - 1; below += bins[i])
        i++;
    return (i - BINS + 1) * (double)BIN / LIGHT_UNIT;
}

void veil_see(Veil *veil, const Background *road, const Grid *grid, const View *view)
{
    int bins[BINS] = {0}, darker = 0;
    for (int y = 0; y < grid->height; y += ROWS_APART) {
        ptrdiff_t at = (ptrdiff_t)y * grid->width;
        for (int x = 0; x < grid->width; x++, at++)
            if (road->light[at] - view->light[at] > DARKER) {
                bins[bin_of(view->light[at])]++;
                darker++;
            }
    }
    if (view->time_us - veil->since_us > WHILE_US || view->time_us < veil->since_us) {
        veil->darkest[1] = veil->darkest[0];
        veil->darkest[0] = 0;
        veil->since_us = view->time_us;
    }
    if (darker < THING)
        return;
    double darkest = with(road->veil, light_above(bins, THING));
    if (!veil->darkest[0] || darkest < veil->darkest[0])
        veil->darkest[0] = darkest;
}

bool veil_settle(Veil *veil, Background *road, const Grid *grid)
{
    double now = veil->darkest[0], before = veil->darkest[1];
    double darkest = now > 0 && before > 0 ? fmin(now, before) : fmax(now, before);
    if (darkest <= 0)
        return false;
    int bins[BINS] = {0}, all = 0;
    for (size_t i = 0; i < cells_of(grid); i += CELLS_APART, all++)
        bins[bin_of(road->light[i])]++;
    double usual = with(road->veil, light_above(bins, (int)(0.5 * all)));
    darkest = fmin(darkest, with(road->veil, light_above(bins, (int)(GROUND * all))));
    road->haze = road->veil / usual;
    double clear = fmax(CLEAR * usual, 2 * VIEW_DARKEST); // below it black is black
    double found = fmin(darkest - clear, MOST * usual);
    found = found < LEAST * usual ? 0 : found;
    if (fabs(found - road->veil) <= OTHER * fmax(found, road->veil))
        return false;
    make_table(veil->lifted, road->veil, found);
    look_up(veil->lifted, road->light, cells_of(grid));
    look_up(veil->lifted, road->candidate, cells_of(grid));
    make_table(veil->lifted, 0, found);
    road->veil = found;
    road->haze = found / usual;
    return true;
}
