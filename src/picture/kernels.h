// The hot loops of the per-frame analysis, as a table of functions: plain C always, AVX2 where the
// processor has it, bit-exact. HEIYAN_CPU=c in the environment forces plain C.
//
// Rows need no alignment and no padding; nothing outside [0, width) is read or written unless said.
#ifndef HEIYAN_PICTURE_KERNELS_H
#define HEIYAN_PICTURE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Four cells that are no whole pixels: cell c is made of the words pick[8*c]/2 and the two after it,
// counted from first on, by shares of 128. pick is what VPSHUFB wants for all four at once.
typedef struct CellQuad {
    int first;
    uint8_t pick[32];
    int16_t share[16]; // [4*c + i]; [4*c + 3] is 0
} CellQuad;

typedef struct Kernels {
    const char *name; // "c", "avx2"

    // dst[x] = sum of src[x + i*stride] over i < rows. rows 1..16.
    void (*sum_rows)(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width);

    // dst[x] = (sum of src[x*factor .. x*factor+factor-1]) * scale >> 16, for x < width.
    // factor 1..16; with scale = 16*65536/(rows*factor) the result is the mean in 1/16 levels.
    void (*fold_columns)(uint16_t *dst, const uint16_t *src, int factor, uint32_t scale, int width);

    // dst[x] = sum of src[x + i*stride] * share[i] over i < 3. Rows of no share are not read.
    void (*weigh_rows)(uint16_t *dst, const uint8_t *src, ptrdiff_t stride, const int16_t *share,
                       int width);

    // The cells of count quads, as means in 1/16 levels where the words are 128 times a level. Eight
    // words from each quad's first on are read.
    void (*weigh_columns)(uint16_t *dst, const uint16_t *src, const CellQuad *quads, int count);

    // Optical depth: dst = background - light + gain + (background*slope >> 15, rounded),
    // saturating. All in 1/2048 of a natural logarithm.
    void (*depth)(int16_t *dst, const int16_t *background, const int16_t *light, int16_t gain,
                  int16_t slope, int width);

    // dst[x] = 255 where the depth is sharp or bright against the empty road, else 0:
    // |d[x+1]-d[x-1]| + |below-above| > limit[x] + max(d,0)/8, or -d > limit[x] + bright.
    // above, row, below: three rows of depth; row[-1] and row[width] are read.
    void (*edge_mask)(uint8_t *dst, const int16_t *above, const int16_t *row, const int16_t *below,
                      const int16_t *limit, int16_t bright, int width);

    // dst[x] = 255 where |u[x]-bu[x]| + |v[x]-bv[x]| > limit[x], else 0.
    void (*chroma_mask)(uint8_t *dst, const uint8_t *u, const uint8_t *bu, const uint8_t *v,
                        const uint8_t *bv, const uint8_t *limit, int width);

    // dst[x] = max (min) of src[x-radius .. x+radius]; src is readable radius bytes beyond both
    // ends. dst != src.
    void (*row_max)(uint8_t *dst, const uint8_t *src, int radius, int width);
    void (*row_min)(uint8_t *dst, const uint8_t *src, int radius, int width);
    // dst[x] = max (min) of src[x + i*stride] over i < rows. rows at least 1, dst apart from src.
    void (*column_max)(uint8_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width);
    void (*column_min)(uint8_t *dst, const uint8_t *src, ptrdiff_t stride, int rows, int width);
} Kernels;

// Before a static function that is a plain loop over a row: it is compiled for AVX2 as well, and the
// loader takes what the processor has. The compiler's vectors of whole numbers, and of single steps
// of floating point, give the same bits.
#ifdef HEIYAN_ROW_CLONES
#define ROW_LOOP __attribute__((target_clones("avx2", "default")))
#else
#define ROW_LOOP
#endif

extern const Kernels kernels_c;
#ifdef HEIYAN_HAVE_AVX2
extern const Kernels kernels_avx2;
#endif

const Kernels *kernels_get(void); // the fastest for this processor, chosen once

#endif
