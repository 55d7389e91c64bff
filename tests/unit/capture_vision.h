// Cases of capture_test.c: OpenCV behind plain C.
#ifndef HEIYAN_TESTS_CAPTURE_VISION_H
#define HEIYAN_TESTS_CAPTURE_VISION_H

#include "capture/vision.h"
#include "capture_media.h"

#include <CUnit/CUnit.h>

// An ONNX file by hand, in protobuf's wire format.
typedef struct Onnx {
    uint8_t bytes[2000];
    size_t size;
} Onnx;

static void onnx_number(Onnx *o, int field, uint64_t value)
{
    o->bytes[o->size++] = (uint8_t)(field << 3);
    for (; value > 127; value >>= 7)
        o->bytes[o->size++] = (uint8_t)(value | 128);
    o->bytes[o->size++] = (uint8_t)value;
}

static void onnx_bytes(Onnx *o, int field, const void *bytes, size_t size)
{
    o->bytes[o->size++] = (uint8_t)(field << 3 | 2);
    o->bytes[o->size++] = (uint8_t)(size & 127) | 128; // two bytes of length, always
    o->bytes[o->size++] = (uint8_t)(size >> 7);
    memcpy(o->bytes + o->size, bytes, size);
    o->size += size;
}

static void onnx_text(Onnx *o, int field, const char *text)
{
    onnx_bytes(o, field, text, strlen(text));
}

static void onnx_part(Onnx *o, int field, const Onnx *part)
{
    onnx_bytes(o, field, part->bytes, part->size);
}

static void onnx_value(Onnx *graph, int field, const char *name, const int *shape, int dimensions)
{
    Onnx sizes = {0}, tensor = {0}, type = {0}, value = {0};
    for (int i = 0; i < dimensions; i++) {
        Onnx dimension = {0};
        onnx_number(&dimension, 1, (uint64_t)shape[i]);
        onnx_part(&sizes, 1, &dimension);
    }
    onnx_number(&tensor, 1, 1); // float
    onnx_part(&tensor, 2, &sizes);
    onnx_part(&type, 1, &tensor);
    onnx_text(&value, 1, name);
    onnx_part(&value, 2, &type);
    onnx_part(graph, field, &value);
}

static void onnx_weights(Onnx *graph, const char *name, const int *shape, int dimensions,
                         const float *values, size_t count)
{
    Onnx tensor = {0};
    for (int i = 0; i < dimensions; i++)
        onnx_number(&tensor, 1, (uint64_t)shape[i]);
    onnx_number(&tensor, 2, 1);
    onnx_text(&tensor, 8, name);
    onnx_bytes(&tensor, 9, values, count * sizeof *values);
    onnx_part(graph, 5, &tensor);
}

// y = relu(conv1x1(x)): 2 channels of 3x4 to 1.
static Onnx small_network(void)
{
    Onnx model = {0}, graph = {0}, node = {0}, relu = {0}, opset = {0};
    onnx_text(&node, 1, "x");
    onnx_text(&node, 1, "w");
    onnx_text(&node, 1, "b");
    onnx_text(&node, 2, "c");
    onnx_text(&node, 4, "Conv");
    Onnx kernel = {0}; // an attribute: name, ints, type
    onnx_text(&kernel, 1, "kernel_shape");
    onnx_number(&kernel, 8, 1);
    onnx_number(&kernel, 8, 1);
    onnx_number(&kernel, 20, 7);
    // Field 20 needs a key of two bytes.
    kernel.size -= 2;
    kernel.bytes[kernel.size++] = 0xa0;
    kernel.bytes[kernel.size++] = 0x01;
    kernel.bytes[kernel.size++] = 7;
    onnx_part(&node, 5, &kernel);
    onnx_text(&relu, 1, "c");
    onnx_text(&relu, 2, "y");
    onnx_text(&relu, 4, "Relu");
    onnx_part(&graph, 1, &node);
    onnx_part(&graph, 1, &relu);
    onnx_text(&graph, 2, "small");
    onnx_weights(&graph, "w", (int[]){1, 2, 1, 1}, 4, (float[]){2, -1}, 2);
    onnx_weights(&graph, "b", (int[]){1}, 1, (float[]){0.5f}, 1);
    onnx_value(&graph, 11, "x", (int[]){1, 2, 3, 4}, 4);
    onnx_value(&graph, 12, "y", (int[]){1, 1, 3, 4}, 4);
    onnx_number(&model, 1, 6);
    onnx_part(&model, 7, &graph);
    onnx_number(&opset, 2, 11);
    onnx_part(&model, 8, &opset);
    return model;
}

static void networks_run(void)
{
    Onnx model = small_network();
    Net *net;
    Error error = {0};
    CU_ASSERT_EQUAL(net_load(&net, model.bytes, model.size, "small", &error), STATUS_OK);
    if (!net)
        fprintf(stderr, "\n    %s\n", error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(net);
    float input[24];
    for (int i = 0; i < 24; i++)
        input[i] = (float)(i % 7) - 2;
    NetOutput output;
    for (int run = 0; run < 2; run++) {
        CU_ASSERT_EQUAL(net_run(net, input, (int[]){1, 2, 3, 4}, &output, &error), STATUS_OK);
        CU_ASSERT_TRUE_FATAL(output.count == 12 && output.dimensions == 4 && output.shape[3] == 4);
        for (int i = 0; i < 12; i++)
            CU_ASSERT_DOUBLE_EQUAL(output.values[i], fmax(0, 2 * input[i] - input[12 + i] + 0.5), 1e-5);
    }
    CU_ASSERT_EQUAL(net_run(net, input, (int[]){1, 0, 3, 4}, &output, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(net_run(net, input, (int[]){1, 3, 2, 4}, &output, &error), STATUS_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "small"));
    net_destroy(&net);
    CU_ASSERT_PTR_NULL(net);
    net_destroy(&net);
    media_bytes(media_path("net.onnx"), model.bytes, model.size, "wb");
    CU_ASSERT_EQUAL(net_load_file(&net, media_path("net.onnx"), NULL), STATUS_OK);
    net_destroy(&net);
    // No exception gets out of damaged files.
    CU_ASSERT_EQUAL(net_load(&net, "no network", 10, "text", &error), STATUS_FORMAT);
    CU_ASSERT_PTR_NULL(net);
    CU_ASSERT_EQUAL(net_load(&net, "", 0, "nothing", &error), STATUS_FORMAT);
    CU_ASSERT_EQUAL(net_load(&net, model.bytes, model.size / 2, "half", &error), STATUS_FORMAT);
    CU_ASSERT_EQUAL(net_load_file(&net, "/nowhere.onnx", &error), STATUS_IO);
}

static void planes_are_rectified(void)
{
    enum { W = 60, H = 40, TO_W = 30, TO_H = 20, STRIDE = 64 };
    uint8_t plane[STRIDE * H], to[STRIDE * TO_H];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            plane[y * STRIDE + x] = (uint8_t)(3 * x + y);
    memset(to, 77, sizeof to);
    // A rectangle in place: its own pixels.
    const float straight[8] = {10, 5, 10 + TO_W - 1, 5, 10 + TO_W - 1, 5 + TO_H - 1, 10, 5 + TO_H - 1};
    CU_ASSERT_EQUAL(plane_rectify(plane, W, H, STRIDE, straight, to, TO_W, TO_H, STRIDE, NULL), STATUS_OK);
    bool same = true;
    for (int y = 0; y < TO_H; y++)
        for (int x = 0; x < STRIDE; x++)
            same = same && to[y * STRIDE + x] ==
                               (x < TO_W ? plane[(y + 5) * STRIDE + x + 10] : 77);
    CU_ASSERT_TRUE(same);
    // A slanted one: corners come out as the corners, the top edge as the line between them.
    const float slanted[8] = {10, 5, 50, 10, 48, 32, 8, 27};
    CU_ASSERT_EQUAL(plane_rectify(plane, W, H, STRIDE, slanted, to, TO_W, TO_H, STRIDE, NULL), STATUS_OK);
    for (int i = 0; i < 4; i++) {
        int x = i == 1 || i == 2 ? TO_W - 1 : 0, y = i >= 2 ? TO_H - 1 : 0;
        double want = 3 * (double)slanted[2 * i] + (double)slanted[2 * i + 1];
        CU_ASSERT_DOUBLE_EQUAL(to[y * STRIDE + x], want, 2);
    }
    // Corners outside are fine, corners on a line are not.
    const float outside[8] = {-20, -20, 90, -10, 90, 70, -20, 60};
    CU_ASSERT_EQUAL(plane_rectify(plane, W, H, STRIDE, outside, to, TO_W, TO_H, STRIDE, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(to[0], plane[0]);
    const float line[8] = {0, 0, 10, 10, 20, 20, 0, 30};
    Error error;
    CU_ASSERT_EQUAL(plane_rectify(plane, W, H, STRIDE, line, to, TO_W, TO_H, STRIDE, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(plane_rectify(plane, W, H, STRIDE, straight, to, 0, TO_H, STRIDE, &error), STATUS_ARGUMENT);
}

#endif
