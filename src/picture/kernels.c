#include "picture/kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void sum_rows(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = src[x];
    for (int i = 1; i < rows; i++) {
        src += stride;
        for (int x = 0; x < width; x++)
            dst[x] = (uint16_t)(dst[x] + src[x]);
    }
}

static void fold_columns(uint16_t *dst, const uint16_t *src, int factor, uint32_t scale, int width)
{
    for (int x = 0; x < width; x++, src += factor) {
        uint32_t sum = 0;
        for (int i = 0; i < factor; i++)
            sum += src[i];
        dst[x] = (uint16_t)(sum * scale >> 16);
    }
}

static void weigh_rows(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, const int16_t *share,
                       int width)
{
    memset(dst, 0, (size_t)width * sizeof *dst);
    for (int i = 0; i < 3; i++, src += stride)
        if (share[i])
            for (int x = 0; x < width; x++)
                dst[x] = (uint16_t)(dst[x] + src[x] * share[i]);
}

static void weigh_columns(uint16_t *dst, const uint16_t *src, const CellQuad *quads, int count)
{
    for (; count--; quads++)
        for (int c = 0; c < 4; c++) {
            const uint16_t *from = src + quads->first + quads->pick[8 * c] / 2;
            const int16_t *share = quads->share + 4 * c;
            *dst++ =
                (uint16_t)((from[0] * share[0] + from[1] * share[1] + from[2] * share[2]) >> 10);
        }
}

static int16_t saturate(int value)
{
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

static void depth(int16_t *dst, const int16_t *background, const int16_t *light, int16_t gain,
                  int16_t slope, int width)
{
    for (int x = 0; x < width; x++) {
        int16_t tone = (int16_t)((background[x] * slope + (1 << 14)) >> 15);
        int16_t offset = saturate(gain + tone);
        dst[x] = saturate(saturate(background[x] - light[x]) + offset);
    }
}

static void edge_mask(uint8_t *dst, const int16_t *above, const int16_t *row, const int16_t *below,
                      const int16_t *limit, int16_t bright, int width)
{
    for (int x = 0; x < width; x++) {
        int across = saturate(row[x + 1] - row[x - 1]), down = saturate(below[x] - above[x]);
        across = across < 0 ? saturate(-across) : across;
        down = down < 0 ? saturate(-down) : down;
        int bound = saturate(limit[x] + ((row[x] > 0 ? row[x] : 0) >> 3));
        dst[x] = saturate(across + down) > bound || saturate(-row[x]) > saturate(limit[x] + bright)
                     ? 255
                     : 0;
    }
}

static void chroma_mask(uint8_t *dst, const uint8_t *u, const uint8_t *bu, const uint8_t *v,
                        const uint8_t *bv, const uint8_t *limit, int width)
{
    for (int x = 0; x < width; x++) {
        int apart = abs(u[x] - bu[x]) + abs(v[x] - bv[x]);
        dst[x] = (apart > 255 ? 255 : apart) > limit[x] ? 255 : 0;
    }
}

static void row_max(uint8_t *dst, const uint8_t *src, int radius, int width)
{
    for (int x = 0; x < width; x++) {
        uint8_t best = src[x - radius];
        for (int i = 1 - radius; i <= radius; i++)
            best = src[x + i] > best ? src[x + i] : best;
        dst[x] = best;
    }
}

static void row_min(uint8_t *dst, const uint8_t *src, int radius, int width)
{
    for (int x = 0; x < width; x++) {
        uint8_t best = src[x - radius];
        for (int i = 1 - radius; i <= radius; i++)
            best = src[x + i] < best ? src[x + i] : best;
        dst[x] = best;
    }
}

static void column_max(uint8_t *restrict dst, const uint8_t *restrict src, ptrdiff_t stride,
                       int rows, int width)
{
    memcpy(dst, src, (size_t)width);
    for (int i = 1; i < rows; i++) {
        src += stride;
        for (int x = 0; x < width; x++)
            dst[x] = src[x] > dst[x] ? src[x] : dst[x];
    }
}

static void column_min(uint8_t *restrict dst, const uint8_t *restrict src, ptrdiff_t stride,
                       int rows, int width)
{
    memcpy(dst, src, (size_t)width);
    for (int i = 1; i < rows; i++) {
        src += stride;
        for (int x = 0; x < width; x++)
            dst[x] = src[x] < dst[x] ? src[x] : dst[x];
    }
}

const Kernels kernels_c = {
    .name = "c",
    .sum_rows = sum_rows,
    .fold_columns = fold_columns,
    .weigh_rows = weigh_rows,
    .weigh_columns = weigh_columns,
    .depth = depth,
    .edge_mask = edge_mask,
    .chroma_mask = chroma_mask,
    .row_max = row_max,
    .row_min = row_min,
    .column_max = column_max,
    .column_min = column_min,
};

static const Kernels *chosen;

static void choose(void)
{
    chosen = &kernels_c;
    const char *wish = getenv("HEIYAN_CPU");
    if (wish && strcmp(wish, "c") == 0)
        return;
#ifdef HEIYAN_HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        chosen = &kernels_avx2;
#endif
}

const Kernels *kernels_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return chosen;
}
