/* Kernels of overlapped block compensation: one cell of 8 x 8 samples from up to four candidate vectors.
 *
 * Samples are 16 bit and are handled as signed values around 32768, products are rounded to 16 bits with Q15
 * factors (a * b + 2^14) >> 15, sums saturate: an interpolated sample is within 2/65536 of full scale of the
 * exact value. Integer and float operations are the same at every SIMD level; the C versions in obmc.c are
 * the specification.
 */
#ifndef VH_DSP_OBMC_H
#define VH_DSP_OBMC_H

#include <stddef.h>
#include <stdint.h>

enum {
    VH_OBMC_CANDIDATES = 4,
    VH_OBMC_PHASES = 16,   /* of a sample or field line */
    VH_OBMC_MAX_ROWS = 11, /* source rows a cell may need */
    VH_OBMC_RUN = 16,      /* samples of a run, at least */
    VH_OBMC_CLIP = 63,     /* differences on S are limited to this many codes */
};

/* Where one candidate's samples come from. Output row r belongs to set r & 1 (line parity) and is row r >> 1
 * of it. */
struct vh_obmc_source {
    /* First source row, at the sample of the cell's first column; samples -1 … +10 are readable. With
     * cell->dst2, lanes 4 to 7 come from src2 (the other chroma plane), and samples -1 … +6 of both are read.
     */
    const uint16_t *src, *src2;
    ptrdiff_t stride; /* samples, of both */
    int n_rows;       /* source rows needed in all, at most VH_OBMC_MAX_ROWS */
    int phase_x;      /* sixteenths of a sample, 0 to 15 */
    int row[2];       /* per set: source row of the first tap of its first output row */
    int phase_y[2];   /* per set: sixteenths of a field line */
};

struct vh_obmc_cell {
    uint16_t *dst, *dst2; /* 8 samples per row to dst; with dst2: 4 samples to dst and 4 to dst2 */
    ptrdiff_t dst_stride; /* of both */
    int rows;             /* output rows of the cell: 8, or 4 for vertically subsampled chroma */
    int shift;            /* samples are written divided by 2^shift, rounded down: 0 to 8 */
    int sets;             /* bit 0: write rows of set 0, bit 1: of set 1 */
    int advance; /* source rows from one output row of a set to the next: 1 in fields, 2 in whole pictures */
    int n;       /* candidates, 1 to 4 */
    struct vh_obmc_source source[VH_OBMC_CANDIDATES];
    /* Mixing weights in Q15 on 4 rows of the search grid; used where n > 1. Output row r takes weight row
     * r * 4 / rows; with dst2 lane x takes weight column 2 * (x & 3), else column x. */
    const int16_t (*weight)[4][8];
};

/* One of many cells of one shape with one candidate each: what differs. Fields are those of a cell and its
 * source; row[0] is 0 and n_rows is rows / 2 + 3 + row1. */
struct vh_obmc_single {
    const uint16_t *src, *src2;
    uint16_t *dst, *dst2;
    uint8_t phase_x, phase_y[2], row1; /* row1: 0 or 1 */
};

/* Local squared differences of one candidate on the search grid: sums over 5 x 3 samples, each difference
 * limited to VH_OBMC_CLIP codes; at most 59535. */
struct vh_obmc_match {
    uint16_t sum[4][8];
};

struct vh_obmc_maps {
    uint16_t
        *error; /* 4 rows of 8: mean squared difference in sixteenths: m + (m * 4369 >> 16), m = mixed sums */
    ptrdiff_t error_stride;
    uint8_t *phase; /* 4 rows of 8: mixed phases */
    ptrdiff_t phase_stride;
};

struct vh_dsp_obmc {
    /* Predicts one cell: horizontal, then vertical 4-tap cubic (a = -0.6), candidates mixed. */
    void (*cell)(const struct vh_obmc_cell *cell);

    /* The same for n cells of one candidate each. `shape` gives dst2 (NULL or not), dst_stride, rows, shift,
     * sets and source[0].stride; advance is 1. */
    void (*singles)(const struct vh_obmc_cell *shape, const struct vh_obmc_single *single, int n);

    /* The same for `n` samples of one plane and one candidate, n >= VH_OBMC_RUN: cells in a row that have the
     * same vector. Reads source[0], dst, rows, shift and sets; advance is 1; samples -1 … n + 1 of the source
     * are readable. */
    void (*run)(const struct vh_obmc_cell *cell, int n);

    /* Sums of min(|cur - (b + c + 1) / 2|, clip)^2 around each of the cell's 8 x 4 samples of S. cur, b and c
     * point at the cell's first sample; samples -2 … +13 of rows -1 … +4 are readable. b and c share a
     * stride. */
    void (*match)(struct vh_obmc_match *match, const uint8_t *cur, ptrdiff_t cur_stride, const uint8_t *b,
        const uint8_t *c, ptrdiff_t stride);

    /* Mixing weights of n >= 2 candidates from their sums and the corners each stands for (bits: 1 upper
     * left, 2 upper right, 4 lower left, 8 lower right; every corner once): window / (floor15 + sum), scaled
     * to add up to 32767. floor15 is 15 times the floor, at least 1. */
    void (*weights)(
        int16_t (*weight)[4][8], const struct vh_obmc_match *match, const int *corners, int n, float floor15);

    /* Mixes the candidates' sums and phases (0 to 255) into the maps; weight is not read when n == 1. */
    void (*maps)(const struct vh_obmc_maps *maps, const int16_t (*weight)[4][8],
        const struct vh_obmc_match *match, const int *phase, int n);
};

void vh_dsp_obmc_init(struct vh_dsp_obmc *dsp, unsigned cpu_flags);
void vh_dsp_obmc_init_avx2(struct vh_dsp_obmc *dsp);

/* Cubic taps per phase in Q15, summing to 32768; [0] is not used as numbers (phase 0 copies). */
#define VH_OBMC_EACH_PHASE(DO)                                                                               \
    DO(0, 32767, 0, 0), DO(-1080, 32472, 1448, -72), DO(-1882, 31629, 3290, -269),                           \
        DO(-2434, 30306, 5458, -562), DO(-2765, 28570, 7885, -922), DO(-2904, 26488, 10504, -1320),          \
        DO(-2880, 24128, 13248, -1728), DO(-2722, 21557, 16050, -2117), DO(-2458, 18842, 18842, -2458),      \
        DO(-2117, 16050, 21557, -2722), DO(-1728, 13248, 24128, -2880), DO(-1320, 10504, 26488, -2904),      \
        DO(-922, 7885, 28570, -2765), DO(-562, 5458, 30306, -2434), DO(-269, 3290, 31629, -1882),            \
        DO(-72, 1448, 32472, -1080)
extern const int16_t vh_obmc_taps[VH_OBMC_PHASES][4];

/* Raised-cosine window (16 x 16 luma samples) as seen from a cell of S: share of the left corners per column,
 * of the upper corners per row; the right and lower corners have the rest. */
extern const float vh_obmc_left[8], vh_obmc_upper[4];

#endif
