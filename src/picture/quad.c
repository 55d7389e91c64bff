#include "picture/quad.h"

#include <math.h>

QuadMap quad_map(const double q[4][2])
{
    double dx1 = q[1][0] - q[2][0], dx2 = q[3][0] - q[2][0];
    double dy1 = q[1][1] - q[2][1], dy2 = q[3][1] - q[2][1];
    double sx = q[0][0] - q[1][0] + q[2][0] - q[3][0], sy = q[0][1] - q[1][1] + q[2][1] - q[3][1];
    double det = dx1 * dy2 - dx2 * dy1;
    QuadMap m = {.c = q[0][0], .f = q[0][1]};
    if (fabs(det) > 1e-9) {
        m.g = (sx * dy2 - dx2 * sy) / det;
        m.h = (dx1 * sy - sx * dy1) / det;
    }
    m.a = q[1][0] - q[0][0] + m.g * q[1][0];
    m.b = q[3][0] - q[0][0] + m.h * q[3][0];
    m.d = q[1][1] - q[0][1] + m.g * q[1][1];
    m.e = q[3][1] - q[0][1] + m.h * q[3][1];
    return m;
}

void quad_at(const QuadMap *m, double u, double v, double *x, double *y)
{
    double d = m->g * u + m->h * v + 1;
    *x = (m->a * u + m->b * v + m->c) / d;
    *y = (m->d * u + m->e * v + m->f) / d;
}
