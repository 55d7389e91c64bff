#include "road/opacity.h"

#include "road/view.h"

#include <math.h>
#include <stdlib.h>

#define DARKEST 0.012 // linear light of the background: below, soot has nothing to take away
// of ln background over the region, for the contrast model to have something to hold on to
#define CONTRAST_SPREAD 0.25

typedef struct Fit {
    double n, x, y, xx, xy, yy; // x: background, y: frame, linear light
} Fit;

static void add(Fit *fit, double x, double y)
{
    fit->n++;
    fit->x += x;
    fit->y += y;
    fit->xx += x * x;
    fit->xy += x * y;
    fit->yy += y * y;
}

static double linear(const Picture *picture, int x, int y)
{
    int luma = picture->plane[0][(ptrdiff_t)y * picture->stride[0] + x];
    return exp((double)light_of(luma * 16, picture->range) / LIGHT_UNIT);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Exposure of frame against background: median ratio over the still pixels outside the region. 1
// when there are too few.
static double exposure(const Picture *background, const Picture *frame, Box region)
{
    size_t room = 4096, count = 0;
    double *ratios = malloc(room * sizeof *ratios);
    if (!ratios)
        return 1;
    double step = sqrt((double)frame->width * frame->height / (double)room) + 1;
    for (double y = 0; y < frame->height; y += step)
        for (double x = 0; x < frame->width && count < room; x += step) {
            int px = (int)x, py = (int)y;
            bool in = px >= region.x - region.w / 4 && px < region.x + region.w + region.w / 4 &&
                      py >= region.y - region.h / 4 && py < region.y + region.h + region.h / 4;
            double b = linear(background, px, py);
            if (!in && b > DARKEST)
                ratios[count++] = linear(frame, px, py) / b;
        }
    double gain = 1;
    if (count >= 64) {
        qsort(ratios, count, sizeof *ratios, by_size);
        gain = ratios[count / 2];
    }
    free(ratios);
    return gain > 0.05 ? gain : 1;
}

static double clamp(double value)
{
    return fmax(0, fmin(1, value));
}

Status opacity_measure(const Picture *background, const Picture *frame, Box region, Opacity *out,
                       Error *error)
{
    return opacity_measure_of(background, frame, region, AIRLIGHT_SOOT, out, error);
}

Status opacity_measure_of(const Picture *background, const Picture *frame, Box region,
                          Airlight airlight, Opacity *out, Error *error)
{
    *out = (Opacity){0};
    if (background->width != frame->width || background->height != frame->height)
        return error_set(
            error, STATUS_ARGUMENT,
            "the background is %dx%d, the frame %dx%d: both must be of one camera view",
            background->width, background->height, frame->width, frame->height);
    Box inside = box_clip(region, frame->width, frame->height);
    if (!inside.w || !inside.h || inside.w != region.w || inside.h != region.h)
        return error_set(error, STATUS_ARGUMENT,
                         "region %d,%d,%d,%d is empty or reaches outside the %dx%d picture",
                         region.x, region.y, region.w, region.h, frame->width, frame->height);
    double gain = exposure(background, frame, region), spread = 0;
    Fit fit = {0};
    double sum_ln = 0, sum_ln2 = 0;
    for (int y = region.y; y < region.y + region.h; y++)
        for (int x = region.x; x < region.x + region.w; x++) {
            double b = linear(background, x, y), p = linear(frame, x, y) / gain;
            add(&fit, b, p);
            sum_ln += log(b);
            sum_ln2 += log(b) * log(b);
        }
    out->pixels = (uint64_t)fit.n;
    double road = fit.x / fit.n, plume = fit.y / fit.n;
    spread = sqrt(fmax(0, sum_ln2 / fit.n - sum_ln * sum_ln / fit.n / fit.n));
    // Transmission model: O = (1 - N_p/N_b)/(1-K).
    double ratio = plume / road;
    double by_airlight = clamp((1 - ratio) / (1 - airlight.share));
    // One level of luma of error in exposure and background, and the airlight's own.
    double level =
        light_per_level((int16_t)(LIGHT_UNIT * log(road)), background->range) / LIGHT_UNIT;
    double noise = hypot(hypot(0.02, level) * fmin(1, ratio), by_airlight * airlight.error);
    *out = (Opacity){.opacity = by_airlight,
                     .uncertainty = fmin(0.5, 1.96 * noise),
                     .measurable = road > DARKEST,
                     .pixels = (uint64_t)fit.n,
                     .model = OPACITY_TRANSMISSION};
    // Contrast model: O = 1 - slope of N_p on N_b; airlight cancels out.
    double sxx = fit.xx - fit.x * fit.x / fit.n, sxy = fit.xy - fit.x * fit.y / fit.n;
    double syy = fit.yy - fit.y * fit.y / fit.n;
    if (out->measurable && spread > CONTRAST_SPREAD && sxx > 0 && fit.n >= 64) {
        double slope = sxy / sxx, fitted = sxy * sxy / fmax(1e-12, sxx * syy);
        double error_of_slope = sqrt(fmax(0, syy - slope * sxy) / fmax(1, fit.n / 16 - 2) / sxx);
        double half = 1.96 * hypot(error_of_slope, 0.02);
        if (fitted > 0.8 && half < out->uncertainty) {
            out->opacity = clamp(1 - slope);
            out->uncertainty = half;
            out->model = OPACITY_CONTRAST;
        }
    }
    if (!out->measurable)
        out->model = OPACITY_NONE;
    return STATUS_OK;
}
