// Density from pictures: how much light a plume takes, with its uncertainty, or an honest "not
// measurable".
//
// Formulas (N = scene radiance in linear light): through a plume N_p = T*N_b + (1-T)*N_s, opacity O
// = 1-T, N_s the plume's airlight. Transmission model: O = (1 - N_p/N_b) / (1-K), K = N_s/N_b.
// Contrast model: O = 1 - slope of N_p on N_b (two backgrounds through the same plume; airlight
// cancels) - du, K. et al., "Measuring smoke opacity with a digital camera" (DOCM); EPA Method 9,
// ASTM D7520.
#ifndef HEIYAN_ROAD_OPACITY_H
#define HEIYAN_ROAD_OPACITY_H

#include "base/error.h"
#include "picture/picture.h"
#include "road/event.h"

typedef struct Opacity {
    double opacity;     // 0..1
    double uncertainty; // half-width of the 95 % interval
    bool measurable;
    OpacityModel model;
    uint64_t pixels; // used
} Opacity;

// Density inside region of frame against the same view without plume. Exposure is normalised on the
// still pixels outside region. STATUS_ARGUMENT when sizes differ or region is empty or outside.
Status opacity_measure(const Picture *background, const Picture *frame, Box region, Opacity *out,
                       Error *error);

typedef struct Airlight {
    double share; // K, of the background's light
    double error; // its standard deviation
} Airlight;
#define AIRLIGHT_SOOT ((Airlight){0.12, 0.05}) // measured 0.08 to 0.2; as opacity_measure has it
#define AIRLIGHT_PRINT ((Airlight){0, 0})      // a printed field is its reflectance, nothing more

// The same for something of other airlight.
Status opacity_measure_of(const Picture *background, const Picture *frame, Box region,
                          Airlight airlight, Opacity *out, Error *error);

#endif
