// The projective map of the unit square onto four corners: what a flat rectangle looks like to a
// camera (Heckbert 1989, "Fundamentals of Texture Mapping and Image Warping").
#ifndef HEIYAN_PICTURE_QUAD_H
#define HEIYAN_PICTURE_QUAD_H

typedef struct QuadMap { // x = (a u + b v + c)/(g u + h v + 1), y alike with d, e, f
    double a, b, c, d, e, f, g, h;
} QuadMap;

// corners: x, y of the images of (0,0), (1,0), (1,1), (0,1).
QuadMap quad_map(const double corners[4][2]);
void quad_at(const QuadMap *map, double u, double v, double *x, double *y);

#endif
