// OpenCV behind plain C: rectifying planes and running networks. No OpenCV type and no C++ exception gets out.
//
// OpenCV runs on one thread and without OpenCL, so that results do not depend on the machine's load.
// Any function may be called from any thread, a Net by one thread at a time.
#ifndef HEIYAN_CAPTURE_VISION_H
#define HEIYAN_CAPTURE_VISION_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A quadrilateral of an 8-bit plane, stretched over to (to_width x to_height, rows to_stride bytes apart).
// corners: x, y of the top left, top right, bottom right and bottom left corner in pixels of the plane, where 0, 0 is
// the middle of the first pixel; they may lie outside, the plane's border is repeated there. Bilinear.
// STATUS_ARGUMENT: three corners on one line, or a size below 1.
Status plane_rectify(const uint8_t *plane, int width, int height, int stride,
                     const float corners[8], uint8_t *to, int to_width, int to_height,
                     int to_stride, Error *error);

typedef struct Net Net;

// An ONNX network (opset 11, fixed shapes) from memory; name is for errors. The bytes are not kept.
// STATUS_FORMAT: not a network, or one with layers that OpenCV lacks. On failure *out is NULL.
Status net_load(Net **out, const void *bytes, size_t size, const char *name, Error *error);
Status net_load_file(Net **out, const char *path, Error *error);
void net_destroy(Net **net);

typedef struct NetOutput {
    const float *values; // belongs to the Net, valid until its next run
    size_t count;
    int shape[8], dimensions;
} NetOutput;

// Runs the network on batch x channels x height x width floats. STATUS_ARGUMENT: it cannot take this shape.
Status net_run(Net *net, const float *input, const int shape[4], NetOutput *output, Error *error);

#ifdef __cplusplus
}
#endif

#endif
