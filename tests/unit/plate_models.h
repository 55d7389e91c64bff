// Networks of a site's own: what they give, in whatever layout, means the same.
#ifndef HEIYAN_TESTS_PLATE_MODELS_H
#define HEIYAN_TESTS_PLATE_MODELS_H

#include "plate/sightings.h"

// The same text by classes in another order with one that no plate has, blank last, steps first,
// as probabilities; and by a network that has one step for each character.
static void test_reader_layouts(void)
{
    static float logits[DECODE_CLASSES * STEPS], turned[(DECODE_CLASSES + 1) * STEPS];
    static float places[8 * DECODE_CLASSES];
    static DecodeLook look;
    DecodeLayout layout = {
        .classes = DECODE_CLASSES + 1, .steps_first = true, .probabilities = true};
    char text[64];
    const int last = DECODE_CLASSES;
    spell_out("京A12345K", logits);
    for (int c = 1; c <= ALPHABET_SIZE; c++) // backwards; class 0 means nothing, as the last does
        layout.meaning[ALPHABET_SIZE + 1 - c] = c;
    for (int t = 0; t < STEPS; t++) {
        float *line = turned + t * layout.classes, sum = 0;
        for (int c = 0; c < DECODE_CLASSES; c++)
            sum += expf(logits[c * STEPS + t] - 24);
        for (int c = 0; c < DECODE_CLASSES; c++)
            line[c ? ALPHABET_SIZE + 1 - c : last] = expf(logits[c * STEPS + t] - 24) / sum;
    }
    CU_ASSERT_TRUE_FATAL(plate_decode_look(&layout, turned, sizeof turned / sizeof *turned, &look));
    Reading reading = plate_decode(&look, 1);
    text_of(&reading, text);
    CU_ASSERT_STRING_EQUAL(text, "京A12345K");
    CU_ASSERT(reading.confidence > 0.9);
    CU_ASSERT_FALSE(plate_decode_look(&layout, turned, 1000, &look));

    static const char *const said[] = {"晋", "E", "A", "A", "8", "8", "1"}; // no gap between equals
    layout = own_layout();
    layout.positions = true;
    for (int t = 0; t < 8; t++) // the eighth says that there is none
        places[(t < 7 ? index_of(said[t]) + 1 : 0) * 8 + t] = 9;
    CU_ASSERT_TRUE_FATAL(plate_decode_look(&layout, places, sizeof places / sizeof *places, &look));
    reading = plate_decode(&look, 1);
    text_of(&reading, text);
    CU_ASSERT_STRING_EQUAL(text, "晋EAA881");
}

static void test_finder_list(void)
{
    static const char *const boxed[] = {"x", "y", "w", "h", "score", "_", "two", "one"};
    static const char *const cornered[] = {"x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "score"};
    static const float lines[][8] = {{50, 40, 40, 20, 0.9F, 7, 0.8F, 0.1F}, // a plate of two rows
                                     {52, 41, 40, 20, 0.6F, 7, 0.1F, 0.9F}, // the same, less sure
                                     {200, 40, 60, 20, 0.8F, 7, 0, 1},
                                     {90, 90, 60, 20, 0.1F, 7, 0, 1}}; // not sure
    static const float corners[] = {10, 10, 50, 12, 50, 26, 10, 24, 3};
    PlateFinderModel model = plate_models_default.finder;
    Sight sight = {100, 200, 2, 256, 160};
    Sightings seen;
    model.output = "list";
    model.net.values = "probabilities";
    model.columns = (List){(void *)(uintptr_t)boxed, 8};
    CU_ASSERT_TRUE(sightings_take(&model, lines[0], 32, sight, &seen));
    CU_ASSERT_EQUAL_FATAL(seen.count, 2);
    CU_ASSERT_DOUBLE_EQUAL(seen.list[0].corners[0][0], 100 + 2 * 30, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(seen.list[0].corners[2][1], 200 + 2 * 50, 1e-9);
    CU_ASSERT(seen.list[0].rows > 1 && seen.list[1].rows < -1);
    CU_ASSERT_FALSE(sightings_take(&model, lines[0], 31, sight, &seen));
    model.net.values = "logits";
    model.columns = (List){(void *)(uintptr_t)cornered, 9};
    CU_ASSERT_TRUE(sightings_take(&model, corners, 9, sight, &seen));
    CU_ASSERT_EQUAL_FATAL(seen.count, 1);
    CU_ASSERT_DOUBLE_EQUAL(seen.list[0].likely, 0.9526, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(seen.list[0].corners[1][1], 200 + 2 * 12, 1e-9);
}

static void test_model_faults(void)
{
    static const char *const boxed[] = {"x", "y", "w", "h"};
    PlateFinderModel finder = plate_models_default.finder;
    PlateReaderModel reader = plate_models_default.reader;
    const char *field;
    CU_ASSERT_PTR_NULL(plate_finder_fault(&finder, &field));
    CU_ASSERT_PTR_NULL(plate_reader_fault(&reader, &field));
    reader.alphabet = "京沪_A0";
    CU_ASSERT_PTR_NULL(plate_reader_fault(&reader, &field));
    reader.alphabet = "京沪I";
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(plate_reader_fault(&reader, &field), "'I'"));
    CU_ASSERT_STRING_EQUAL(field, "alphabet");
    reader.alphabet = "京沪京";
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(plate_reader_fault(&reader, &field), "twice"));
    reader.net.file = "missing.onnx";
    CU_ASSERT_PTR_NOT_NULL(plate_reader_fault(&reader, &field));
    CU_ASSERT_STRING_EQUAL(field, "file");
    finder.output = "list";
    finder.columns = (List){(void *)(uintptr_t)boxed, 3};
    CU_ASSERT_PTR_NOT_NULL(plate_finder_fault(&finder, &field));
    finder.columns.count = 4;
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(plate_finder_fault(&finder, &field), "score"));
    CU_ASSERT_STRING_EQUAL(field, "columns");
}

static void test_prepares(void)
{
    PlateNet net = plate_models_default.finder.net;
    float planes[6] = {10, 20, 110, 120, 210, 220};
    net.colours = "bgr";
    net.mean = 10;
    net.scale = 2;
    plate_net_prepare(&net, planes, 2);
    CU_ASSERT_EQUAL(planes[0], 100);
    CU_ASSERT_EQUAL(planes[5], 5);
    float grey[6] = {100, 200, 100, 200, 100, 200};
    net.colours = "grey";
    net.normalised = "picture";
    CU_ASSERT_EQUAL(plate_net_channels(&net), 1);
    plate_net_prepare(&net, grey, 2);
    CU_ASSERT_DOUBLE_EQUAL(grey[0], -0.7071, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(grey[1], 0.7071, 1e-3);
}

#endif
