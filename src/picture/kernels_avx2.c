// AVX2 twins of kernels.c, bit-exact. Tails shorter than a register go through the C versions.
#include "picture/kernels.h"

#include <immintrin.h>

static __m256i load(const void *at)
{
    return _mm256_loadu_si256(at);
}

static void store(void *at, __m256i value)
{
    _mm256_storeu_si256(at, value);
}

static void sum_rows(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width)
{
    int x = 0;
    for (; x + 32 <= width; x += 32) {
        const uint8_t *at = src + x;
        __m256i low = _mm256_setzero_si256(), high = low;
        for (int i = 0; i < rows; i++, at += stride) {
            low = _mm256_add_epi16(low, _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)at)));
            high = _mm256_add_epi16(high,
                                    _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)(at + 16))));
        }
        store(dst + x, low);
        store(dst + x + 16, high);
    }
    if (x < width)
        kernels_c.sum_rows(dst + x, src + x, stride, rows, width - x);
}

// Sixteen results from the 32-bit sums of two halves, each already in order.
static __m256i scale_and_pack(__m256i first, __m256i second, __m256i scale)
{
    first = _mm256_srli_epi32(_mm256_mullo_epi32(first, scale), 16);
    second = _mm256_srli_epi32(_mm256_mullo_epi32(second, scale), 16);
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(first, second), 0xd8);
}

// Sums of neighbouring pairs of 16 unsigned words, as eight 32-bit numbers.
static __m256i pair_sums(__m256i words)
{
    return _mm256_add_epi32(_mm256_and_si256(words, _mm256_set1_epi32(0xffff)),
                            _mm256_srli_epi32(words, 16));
}

static __m256i quad_sums(const uint16_t *src)
{
    __m256i sums = _mm256_hadd_epi32(pair_sums(load(src)), pair_sums(load(src + 16)));
    return _mm256_permute4x64_epi64(sums, 0xd8);
}

static void fold_columns(uint16_t *dst, const uint16_t *src, int factor, uint32_t scale, int width)
{
    int x = 0;
    __m256i scales = _mm256_set1_epi32((int)scale);
    if (factor == 1)
        for (; x + 16 <= width; x += 16) {
            __m256i words = load(src + x);
            store(dst + x, scale_and_pack(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(words)),
                                          _mm256_cvtepu16_epi32(_mm256_extracti128_si256(words, 1)),
                                          scales));
        }
    if (factor == 2)
        for (; x + 16 <= width; x += 16)
            store(dst + x, scale_and_pack(pair_sums(load(src + 2 * x)),
                                          pair_sums(load(src + 2 * x + 16)), scales));
    if (factor == 3) // the compiler knows how to take threes apart
        for (; x < width; x++) {
            const uint16_t *at = src + 3 * (ptrdiff_t)x;
            dst[x] = (uint16_t)((uint32_t)(at[0] + at[1] + at[2]) * scale >> 16);
        }
    if (factor == 4)
        for (; x + 16 <= width; x += 16)
            store(dst + x,
                  scale_and_pack(quad_sums(src + 4 * x), quad_sums(src + 4 * x + 32), scales));
    if (x < width)
        kernels_c.fold_columns(dst + x, src + (ptrdiff_t)factor * x, factor, scale, width - x);
}

static __m256i words_of(const uint8_t *bytes)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

static void weigh_rows(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, const int16_t *share,
                       int width)
{
    int x = 0;
    __m256i first = _mm256_set1_epi16(share[0]), second = _mm256_set1_epi16(share[1]);
    __m256i third = _mm256_set1_epi16(share[2]);
    const uint8_t *below = src + (share[1] ? stride : 0);
    const uint8_t *lowest = src + (share[2] ? 2 * stride : 0);
    for (; x + 16 <= width; x += 16) {
        __m256i sum = _mm256_add_epi16(_mm256_mullo_epi16(words_of(src + x), first),
                                       _mm256_mullo_epi16(words_of(below + x), second));
        store(dst + x, _mm256_add_epi16(sum, _mm256_mullo_epi16(words_of(lowest + x), third)));
    }
    if (x < width)
        kernels_c.weigh_rows(dst + x, src + x, stride, share, width - x);
}

// Sums of words and their shares: two for each of four cells.
static __m256i quad_products(const uint16_t *src, const CellQuad *quad)
{
    __m256i words = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)(src + quad->first)));
    return _mm256_madd_epi16(_mm256_shuffle_epi8(words, load(quad->pick)), load(quad->share));
}

static void weigh_columns(uint16_t *dst, const uint16_t *src, const CellQuad *quads, int count)
{
    for (; count >= 2; count -= 2, quads += 2, dst += 8) {
        __m256i sums = _mm256_hadd_epi32(quad_products(src, quads), quad_products(src, quads + 1));
        sums = _mm256_srli_epi32(_mm256_permute4x64_epi64(sums, 0xd8), 10);
        __m256i means = _mm256_permute4x64_epi64(_mm256_packus_epi32(sums, sums), 0xd8);
        _mm_storeu_si128((__m128i *)(void *)dst, _mm256_castsi256_si128(means));
    }
    kernels_c.weigh_columns(dst, src, quads, count);
}

static void depth(int16_t *dst, const int16_t *background, const int16_t *light, int16_t gain,
                  int16_t slope, int width)
{
    int x = 0;
    __m256i gains = _mm256_set1_epi16(gain), slopes = _mm256_set1_epi16(slope);
    for (; x + 16 <= width; x += 16) {
        __m256i road = load(background + x);
        __m256i offset = _mm256_adds_epi16(gains, _mm256_mulhrs_epi16(road, slopes));
        store(dst + x, _mm256_adds_epi16(_mm256_subs_epi16(road, load(light + x)), offset));
    }
    if (x < width)
        kernels_c.depth(dst + x, background + x, light + x, gain, slope, width - x);
}

// |a - b| with both steps saturating, as in C: the negative of the lowest word becomes the highest.
static __m256i apart(__m256i a, __m256i b)
{
    __m256i difference = _mm256_subs_epi16(a, b);
    return _mm256_max_epi16(difference, _mm256_subs_epi16(_mm256_setzero_si256(), difference));
}

static __m256i edge_words(const int16_t *above, const int16_t *row, const int16_t *below,
                          const int16_t *limit, __m256i bright)
{
    __m256i here = load(row), negative = _mm256_subs_epi16(_mm256_setzero_si256(), here);
    __m256i steep =
        _mm256_adds_epi16(apart(load(row + 1), load(row - 1)), apart(load(below), load(above)));
    __m256i bound = _mm256_adds_epi16(
        load(limit), _mm256_srli_epi16(_mm256_max_epi16(here, _mm256_setzero_si256()), 3));
    return _mm256_or_si256(_mm256_cmpgt_epi16(steep, bound),
                           _mm256_cmpgt_epi16(negative, _mm256_adds_epi16(load(limit), bright)));
}

static void edge_mask(uint8_t *dst, const int16_t *above, const int16_t *row, const int16_t *below,
                      const int16_t *limit, int16_t bright, int width)
{
    int x = 0;
    __m256i brights = _mm256_set1_epi16(bright);
    for (; x + 32 <= width; x += 32) {
        __m256i first = edge_words(above + x, row + x, below + x, limit + x, brights);
        __m256i second =
            edge_words(above + x + 16, row + x + 16, below + x + 16, limit + x + 16, brights);
        store(dst + x, _mm256_permute4x64_epi64(_mm256_packs_epi16(first, second), 0xd8));
    }
    if (x < width)
        kernels_c.edge_mask(dst + x, above + x, row + x, below + x, limit + x, bright, width - x);
}

static __m256i apart_bytes(__m256i a, __m256i b)
{
    return _mm256_or_si256(_mm256_subs_epu8(a, b), _mm256_subs_epu8(b, a));
}

static void chroma_mask(uint8_t *dst, const uint8_t *u, const uint8_t *bu, const uint8_t *v,
                        const uint8_t *bv, const uint8_t *limit, int width)
{
    int x = 0;
    __m256i zero = _mm256_setzero_si256();
    __m256i ones = _mm256_set1_epi8(-1);
    for (; x + 32 <= width; x += 32) {
        __m256i sum = _mm256_adds_epu8(apart_bytes(load(u + x), load(bu + x)),
                                       apart_bytes(load(v + x), load(bv + x)));
        __m256i within = _mm256_cmpeq_epi8(_mm256_subs_epu8(sum, load(limit + x)), zero);
        store(dst + x, _mm256_xor_si256(within, ones));
    }
    if (x < width)
        kernels_c.chroma_mask(dst + x, u + x, bu + x, v + x, bv + x, limit + x, width - x);
}

// The next 32 bytes; the last ones overlap those before, where that writes the same again.
static int next(int x, int width)
{
    return x + 32 < width && x + 64 > width ? width - 32 : x + 32;
}

static void row_max(uint8_t *dst, const uint8_t *src, int radius, int width)
{
    int x = 0;
    for (; x + 32 <= width; x = next(x, width)) {
        __m256i best = load(src + x - radius);
        for (int i = 1 - radius; i <= radius; i++)
            best = _mm256_max_epu8(best, load(src + x + i));
        store(dst + x, best);
    }
    if (x < width)
        kernels_c.row_max(dst + x, src + x, radius, width - x);
}

static void row_min(uint8_t *dst, const uint8_t *src, int radius, int width)
{
    int x = 0;
    for (; x + 32 <= width; x = next(x, width)) {
        __m256i best = load(src + x - radius);
        for (int i = 1 - radius; i <= radius; i++)
            best = _mm256_min_epu8(best, load(src + x + i));
        store(dst + x, best);
    }
    if (x < width)
        kernels_c.row_min(dst + x, src + x, radius, width - x);
}

static void column_max(uint8_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width)
{
    int x = 0;
    for (; x + 32 <= width; x = next(x, width)) {
        const uint8_t *at = src + x;
        __m256i best = load(at);
        for (int i = 1; i < rows; i++)
            best = _mm256_max_epu8(best, load(at += stride));
        store(dst + x, best);
    }
    if (x < width)
        kernels_c.column_max(dst + x, src + x, stride, rows, width - x);
}

static void column_min(uint8_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width)
{
    int x = 0;
    for (; x + 32 <= width; x = next(x, width)) {
        const uint8_t *at = src + x;
        __m256i best = load(at);
        for (int i = 1; i < rows; i++)
            best = _mm256_min_epu8(best, load(at += stride));
        store(dst + x, best);
    }
    if (x < width)
        kernels_c.column_min(dst + x, src + x, stride, rows, width - x);
}

const Kernels kernels_avx2 = {
    .name = "avx2",
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
