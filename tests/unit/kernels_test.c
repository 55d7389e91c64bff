// Every kernel against its plain C twin: widths 1..97, odd offsets, extreme values, guard bytes.
#include "picture/kernels.h"

#include "suite.h"

#include <string.h>

#define MAX_WIDTH 97
#define GUARD 32
#define ROOM (MAX_WIDTH * 16 + 4 * GUARD)

static uint32_t state = 1;

static uint32_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// Bytes that favour the extremes, where saturation goes wrong.
static void fill(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        uint32_t bits = random_bits();
        at[i] = bits & 0x700 ? (uint8_t)bits : bits & 0x800 ? 0xff : bits & 0x1000 ? 0x80 : 0;
    }
}

static const Kernels *fast;
static uint8_t in[6][2 * ROOM], out[2][2 * ROOM];

static void start(void)
{
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        fill(in[i], sizeof in[i]);
    fill(out[0], sizeof out[0]);
    memcpy(out[1], out[0], sizeof out[0]);
}

static void check_same(void)
{
    CU_ASSERT_EQUAL_FATAL(memcmp(out[0], out[1], sizeof out[0]), 0);
}

#define EACH_WIDTH(width, offset)                                                                  \
    for (int width = 1; width <= MAX_WIDTH; width++)                                               \
        for (int offset = 0; offset < 3; start(), offset++)

static void test_sum_rows(void)
{
    EACH_WIDTH(width, offset)
    for (int rows = 1; rows <= 16; rows++) {
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->sum_rows((uint16_t *)out[i] + GUARD, in[0] + offset, width + offset, rows, width);
        check_same();
    }
}

static void test_fold_columns(void)
{
    static uint16_t sums[ROOM];
    EACH_WIDTH(width, offset)
    for (int factor = 1; factor <= 16; factor++) {
        for (int i = 0; i < ROOM; i++)
            sums[i] = (uint16_t)(random_bits() % (255 * factor + 1));
        uint32_t scale = 16 * 65536 / (uint32_t)(factor * factor);
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->fold_columns((uint16_t *)out[i] + GUARD, sums + offset, factor, scale, width);
        check_same();
    }
}

static void test_weigh_rows(void)
{
    static const int16_t shares[][3] = {
        {96, 32, 0}, {64, 64, 0}, {1, 85, 42}, {128, 0, 0}, {0, 86, 42}};
    EACH_WIDTH(width, offset)
    for (size_t n = 0; n < sizeof shares / sizeof *shares; n++) {
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->weigh_rows((uint16_t *)out[i] + GUARD, in[0] + offset, width + offset, shares[n],
                             width);
        check_same();
    }
}

static void test_weigh_columns(void)
{
    static uint16_t sums[ROOM];
    CellQuad quads[16];
    for (int count = 1; count <= 16; count++) {
        for (int i = 0; i < ROOM; i++)
            sums[i] = (uint16_t)(random_bits() % (255 * 128 + 1));
        for (int q = 0; q < count; q++) {
            quads[q] = (CellQuad){.first = (int)(random_bits() % (ROOM - 8))};
            for (int c = 0; c < 4; c++) {
                int at = 2 * (int)(random_bits() % 6), left = 128;
                for (int i = 0; i < 8; i++)
                    quads[q].pick[8 * c + i] = (uint8_t)(at + i);
                for (int i = 0; i < 3; i++) {
                    int share = i < 2 ? (int)(random_bits() % (unsigned)(left + 1)) : left;
                    quads[q].share[4 * c + i] = (int16_t)share;
                    left -= share;
                }
            }
        }
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)->weigh_columns((uint16_t *)out[i] + GUARD, sums, quads, count);
        check_same();
    }
}

static void test_depth(void)
{
    EACH_WIDTH(width, offset)
    {
        int16_t gain = (int16_t)random_bits(), slope = (int16_t)(random_bits() % 8192 - 4096);
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->depth((int16_t *)out[i] + GUARD, (int16_t *)in[0] + offset, (int16_t *)in[1] + 1,
                        gain, slope, width);
        check_same();
    }
}

static void test_edge_mask(void)
{
    EACH_WIDTH(width, offset)
    {
        int16_t bright = (int16_t)(random_bits() % 2000);
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->edge_mask(out[i] + GUARD, (int16_t *)in[0] + 1, (int16_t *)in[1] + 1 + offset,
                            (int16_t *)in[2] + 3, (int16_t *)in[3], bright, width);
        check_same();
    }
}

static void test_chroma_mask(void)
{
    EACH_WIDTH(width, offset)
    {
        for (int i = 0; i < 2; i++)
            (i ? fast : &kernels_c)
                ->chroma_mask(out[i] + GUARD, in[0] + offset, in[1], in[2] + 5, in[3], in[4],
                              width);
        check_same();
    }
}

static void test_morphology(void)
{
    EACH_WIDTH(width, offset)
    for (int radius = 1; radius <= 9; radius += 2) {
        for (int i = 0; i < 2; i++) {
            const Kernels *k = i ? fast : &kernels_c;
            k->row_max(out[i] + GUARD, in[0] + GUARD + offset, radius, width);
            k->row_min(out[i] + 2 * GUARD + MAX_WIDTH, in[0] + GUARD + offset, radius, width);
            k->column_max(out[i] + 3 * GUARD + 2 * MAX_WIDTH, in[1] + offset, width + offset,
                          radius, width);
            k->column_min(out[i] + 4 * GUARD + 3 * MAX_WIDTH, in[1] + offset, width + offset,
                          radius, width);
        }
        check_same();
    }
}

static void test_known_values(void)
{
    const uint8_t src[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint16_t sums[4], means[2];
    kernels_get()->sum_rows(sums, src, 4, 2, 4);
    CU_ASSERT_EQUAL(sums[0], 6);
    CU_ASSERT_EQUAL(sums[3], 12);
    kernels_get()->fold_columns(means, sums, 2, 16 * 65536 / 4, 2);
    CU_ASSERT_EQUAL(means[0], 16 * (1 + 2 + 5 + 6) / 4);
    uint16_t words[8] = {128 * 10, 128 * 20, 128 * 30, 128 * 40, 128 * 50};
    CellQuad quad = {.first = 1, .share = {96, 32, 0, 0, 32, 64, 32}};
    quad.pick[8] = 2;
    kernels_get()->weigh_columns(sums, words, &quad, 1);
    CU_ASSERT_EQUAL(sums[0], 16 * 20 + 16 * 10 / 4);
    CU_ASSERT_EQUAL(sums[1], 16 * 40);
    int16_t road[1] = {1000}, light[1] = {400}, d[1];
    kernels_get()->depth(d, road, light, 10, 0, 1);
    CU_ASSERT_EQUAL(d[0], 610);
    kernels_get()->depth(d, road, light, 0, 3277, 1); // slope 0.1
    CU_ASSERT_EQUAL(d[0], 700);
}

int main(void)
{
    fast = kernels_get();
    printf("kernels: c against %s\n", fast->name);
    start();
    const SuiteCase cases[] = {
        {"sum_rows", test_sum_rows},
        {"fold_columns", test_fold_columns},
        {"weigh_rows", test_weigh_rows},
        {"weigh_columns", test_weigh_columns},
        {"depth", test_depth},
        {"edge_mask", test_edge_mask},
        {"chroma_mask", test_chroma_mask},
        {"morphology", test_morphology},
        {"known values", test_known_values},
    };
    return suite_run("kernels", cases, sizeof cases / sizeof *cases);
}
