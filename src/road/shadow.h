// Tells the shadow a vehicle casts from the vehicle.
//
// Where a vehicle hides the sun the road keeps the light of the sky: every cast shadow of the hour
// dims the road by one factor. The depth that most vehicles have in common at their lower rim is
// that factor; under an overcast sky there is none in common and nothing is called shadow.
#ifndef HEIYAN_ROAD_SHADOW_H
#define HEIYAN_ROAD_SHADOW_H

#include "road/background.h"
#include "road/blobs.h"

#define SHADOW_BINS 64 // of a twentieth of a natural logarithm

typedef struct Shadow {
    float counts[SHADOW_BINS]; // columns of blobs by the depth of their lowest flat cells
    float total;               // columns looked at; a blob of one view counts as one in all
    int depth;                 // of a cast shadow, LIGHT_UNIT; 0 while there is none
    Blobs parts;               // scratch
} Shadow;

typedef struct ShadowScene { // one view; borrowed
    const Grid *grid;
    const Background *road;
    const int16_t *depth; // row 0, column 0 of a padded plane
    int depth_stride;
    const uint8_t *coloured; // chroma_width*chroma_height: 255 where the hue is not the road's
} ShadowScene;

bool shadow_create(Shadow *shadow, const Grid *grid); // false when out of memory
void shadow_destroy(Shadow *shadow);
// Adds to the blobs the dark ground that they and the picture's rim close in: of a large shadow
// only the rim stands out. Smoke is open to its soft side. Draws over the mask.
void shadow_fill(Shadow *shadow, const ShadowScene *scene, Mask *mask, Blobs *blobs);
// Learns from the blobs of a view.
void shadow_observe(Shadow *shadow, const ShadowScene *scene, const Blobs *blobs);
// Divides blobs into the bodies in them, each with the shadow nearest to it. One without a body
// worth the name, or as dark as a shadow all over, stays whole. Draws over the mask.
void shadow_cut(Shadow *shadow, const ShadowScene *scene, Mask *mask, Blobs *blobs);

#endif
