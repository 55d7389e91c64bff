// From linear light to what a camera hands out: exposure, lens, noise, tone curve, text, 8-bit YUV 4:2:0 in BT.709.
#ifndef HEIYAN_SAMPLES_SENSOR_H
#define HEIYAN_SAMPLES_SENSOR_H

#include "picture/picture.h"
#include "render.h"

typedef struct Sensor Sensor;

Sensor *sensor_create(const Scene *scene); // NULL: out of memory. The scene must outlive it.
void sensor_destroy(Sensor **sensor);
// The picture of one frame; NULL when out of memory. The caller unrefs it.
Picture *sensor_picture(Sensor *sensor, const Frame *frame, int number);
float sensor_gain(const Scene *scene, float time); // exposure of a moment

#endif
