/* The fusion kernels, written so that the compiler vectorises them; included once per instruction set, which
 * may bring its own version of some (FUSE_ENERGIES and so on). include/dsp/fuse.h says what each does. No
 * include guard.
 */
#include <string.h>

enum { MAX14 = 16383 };

static inline int16_t scaled(int16_t a, int16_t factor_q15)
{
    return (int16_t)((((int)a * factor_q15 >> 14) + 1) >> 1); /* the form compilers know as one instruction */
}

static inline int16_t limited(int v, int low, int high)
{
    return (int16_t)(v < low ? low : v > high ? high : v);
}

static inline int16_t clamp16(int16_t v, int16_t low, int16_t high)
{
    v = v < low ? low : v;
    return v > high ? high : v;
}

static void load(int16_t *dst, const uint16_t *src, int width, int padded)
{
    for (int x = 0; x < width; x++)
        dst[x] = (int16_t)(src[x] >> 2);
    for (int x = width; x < padded; x++)
        dst[x] = dst[width - 1];
    for (int x = -16; x < 0; x++)
        dst[x] = dst[0];
}

static void store(uint16_t *restrict dst, const int16_t *restrict src, int width)
{
    for (int x = 0; x < width; x++) {
        int16_t v = clamp16(src[x], 0, MAX14);
        dst[x] = (uint16_t)((unsigned)v << 2 | (unsigned)v >> 12);
    }
}

/* Lines are taken in chunks, so that halved differences stay in the first-level cache until they are summed.
 */
enum { CHUNK = 256 };

#ifndef FUSE_ENERGIES
static inline void sum_cells(int32_t *cell, const int16_t *half, int m)
{
    for (int c = 0; c < m / VH_FUSE_CELL; c++) {
        int32_t s = 0;
        for (int i = c * VH_FUSE_CELL; i < (c + 1) * VH_FUSE_CELL; i++)
            s += half[i] * half[i];
        cell[c] = s;
    }
}

/* Computes `EXPRESSION` (a halved difference at sample i) along the line and sums its squares. */
#define ENERGY(CELL, EXPRESSION)                                                                             \
    for (int x = 0; x < n; x += CHUNK) {                                                                     \
        _Alignas(64) int16_t half[CHUNK];                                                                    \
        int m = n - x < CHUNK ? n - x : CHUNK;                                                               \
        for (int k = 0; k < m; k++) {                                                                        \
            int i = x + k;                                                                                   \
            half[k] = (int16_t)(EXPRESSION);                                                                 \
        }                                                                                                    \
        sum_cells((CELL) + x / VH_FUSE_CELL, half, m);                                                       \
    }

#endif

/* dst = (9 inner - outer) / 16 of the sums of two lines each, limited. */
#ifndef FUSE_INTERPOLATE
static inline void interpolate_sums(int16_t *dst, const int16_t *outer, const int16_t *inner, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = clamp16((int16_t)(scaled(inner[x], 18432) - scaled(outer[x], 2048)), -MAX14, MAX14);
}
#endif

#ifndef FUSE_RESIDUAL
static void residual(int16_t *restrict dst, int32_t *restrict low, int32_t *restrict high,
    const int16_t *const o[4], const int16_t *const p[4], int n)
{
    const int16_t *restrict o0 = o[0], *restrict o1 = o[1], *restrict o2 = o[2], *restrict o3 = o[3];
    const int16_t *restrict p0 = p[0], *restrict p1 = p[1], *restrict p2 = p[2], *restrict p3 = p[3];
    for (int x = 0; x < n; x += CHUNK) {
        _Alignas(64) int16_t outer[CHUNK], inner[CHUNK], half[CHUNK];
        int m = n - x < CHUNK ? n - x : CHUNK;
        for (int k = 0; k < m; k++) {
            int i = x + k;
            int16_t e1 = (int16_t)(o1[i] - p1[i]), e2 = (int16_t)(o2[i] - p2[i]);
            outer[k] = (int16_t)((int16_t)(o0[i] - p0[i]) + (int16_t)(o3[i] - p3[i]));
            inner[k] = (int16_t)(e1 + e2);
            half[k] = (int16_t)((int16_t)(e1 - e2) >> 2);
        }
        sum_cells(high + x / VH_FUSE_CELL, half, m);
        interpolate_sums(dst + x, outer, inner, m);
        for (int k = 0; k < m; k++)
            half[k] = (int16_t)(dst[x + k] >> 1);
        sum_cells(low + x / VH_FUSE_CELL, half, m);
    }
}

#endif

static void cubic(
    int16_t *restrict dst, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n)
{
    for (int x = 0; x < n; x += CHUNK) {
        _Alignas(64) int16_t outer[CHUNK], inner[CHUNK];
        int m = n - x < CHUNK ? n - x : CHUNK;
        for (int k = 0; k < m; k++) {
            outer[k] = (int16_t)(a[x + k] + d[x + k]);
            inner[k] = (int16_t)(b[x + k] + c[x + k]);
        }
        interpolate_sums(dst + x, outer, inner, m);
    }
}

static inline int16_t tent_of(int16_t a, int16_t b, int16_t c)
{
    return (int16_t)((int16_t)(((int16_t)(a + c) >> 1) + b + 1) >> 1);
}

static void tent(int16_t *restrict dst, const int16_t *a, const int16_t *b, const int16_t *c, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = tent_of(a[x], b[x], c[x]);
}

static void tent_difference(
    int16_t *restrict dst, const int16_t *const o[3], const int16_t *const p[3], int n)
{
    const int16_t *o0 = o[0], *o1 = o[1], *o2 = o[2], *p0 = p[0], *p1 = p[1], *p2 = p[2];
    for (int x = 0; x < n; x++)
        dst[x] = tent_of((int16_t)(o0[x] - p0[x]), (int16_t)(o1[x] - p1[x]), (int16_t)(o2[x] - p2[x]));
}

#ifndef FUSE_WESTON
/* One product per loop: compilers see the single instruction only then. */
static inline void add_product(int16_t *restrict acc, const int16_t *restrict a, int16_t factor, int n)
{
    for (int x = 0; x < n; x++)
        acc[x] = (int16_t)(acc[x] + scaled(a[x], factor));
}

static inline void add_products(
    int16_t *restrict acc, const int16_t *restrict a, const int16_t *restrict b, int16_t factor, int n)
{
    for (int x = 0; x < n; x++)
        acc[x] = (int16_t)(acc[x] + scaled((int16_t)(a[x] + b[x]), factor));
}

static void weston(int16_t *restrict dst, const int16_t *const l[4], const int16_t *const z[5], int n)
{
    for (int x = 0; x < n; x += CHUNK) {
        _Alignas(64) int16_t acc[CHUNK] = {0};
        int m = n - x < CHUNK ? n - x : CHUNK;
        add_products(acc, l[1] + x, l[2] + x, 17236, m);
        add_products(acc, l[0] + x, l[3] + x, -852, m);
        add_product(acc, z[0] + x, 1016, m);
        add_product(acc, z[1] + x, -3801, m);
        add_product(acc, z[2] + x, 5570, m);
        add_product(acc, z[3] + x, -3801, m);
        add_product(acc, z[4] + x, 1016, m);
        for (int k = 0; k < m; k++)
            dst[x + k] = clamp16(acc[k], 0, MAX14);
    }
}

#endif

static void add(int16_t *restrict dst, const int16_t *a, const int16_t *b, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)(a[x] + b[x]);
}

static void mean(int16_t *restrict dst, const int16_t *a, const int16_t *b, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)((uint16_t)(a[x] + b[x] + 1) >> 1);
}

static void halve(int16_t *restrict dst, const int16_t *a, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)((uint16_t)(a[x] + 1) >> 1);
}

static void correct(int16_t *restrict dst, const int16_t *a, const int16_t *b, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = clamp16((int16_t)(a[x] + b[x]), 0, MAX14);
}

#ifndef FUSE_TWO_TO_ONE
static void two_to_one(int16_t *restrict dst, const int16_t *a, const int16_t *b, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)(a[x] + scaled((int16_t)(b[x] - a[x]), 10923));
}

#endif

static inline int16_t distance(int16_t a, int16_t b)
{
    return (int16_t)(a > b ? a - b : b - a);
}

static void guard(int16_t *restrict line, const int16_t *restrict above, const int16_t *restrict below,
    const int16_t *restrict p0, const int16_t *restrict p1, const int16_t *restrict strength, int noise,
    int n)
{
    for (int x = 0; x < n; x += CHUNK) {
        _Alignas(64) int16_t d[CHUNK + 32], pull[CHUNK];
        int m = n - x < CHUNK ? n - x : CHUNK;
        for (int k = 0; k < m; k++)
            d[k + 1] = distance(p0[x + k], p1[x + k]);
        d[0] = x ? distance(p0[x - 1], p1[x - 1]) : d[1];
        d[m + 1] = x + m < n ? distance(p0[x + m], p1[x + m]) : d[m];
        for (int k = 0; k < m; k++) {
            int16_t outer = (int16_t)((int16_t)(d[k] + d[k + 2]) >> 1);
            int16_t beyond = (int16_t)((int16_t)((int16_t)(outer + d[k + 1]) >> 1) - noise);
            pull[k] = beyond > 0 ? beyond : 0;
        }
        for (int c = 0; c < m / VH_FUSE_CELL; c++)
            for (int i = 0; i < VH_FUSE_CELL; i++)
                pull[c * VH_FUSE_CELL + i] =
                    scaled(pull[c * VH_FUSE_CELL + i], strength[x / VH_FUSE_CELL + c]);
        for (int k = 0; k < m; k++) {
            int16_t a = above[x + k], b = below[x + k], v = line[x + k];
            int16_t low = a < b ? a : b, high = a < b ? b : a;
            int16_t up = (int16_t)(v - pull[k]), down = (int16_t)(v + pull[k]);
            int16_t under = down < low ? down : low, over = up > high ? up : high;
            line[x + k] = v > high ? over : v < low ? under : v;
        }
    }
}

static void blur(int16_t *restrict dst, const int16_t *restrict src, int n)
{
    for (int x = 0; x < n; x++) {
        int16_t outer = (int16_t)((int16_t)(src[x - 2] + src[x + 2]) >> 1);
        int16_t inner = (int16_t)((int16_t)(src[x - 1] + src[x + 1]) >> 1);
        int16_t core = (int16_t)((int16_t)(outer + src[x]) >> 1); /* (o + 2c) / 4, each half of its pair */
        dst[x] = (int16_t)((int16_t)(core + inner + 1) >> 1);
    }
    for (int x = 0; x < 16; x++) {
        dst[-1 - x] = dst[0];
        dst[n + x] = dst[n - 1];
    }
}

#ifndef FUSE_ENERGIES
static void energy(int32_t *restrict cell, const int16_t *d, int n)
{
    ENERGY(cell, d[i] >> 1)
}

static void energy_difference(int32_t *restrict cell, const int16_t *a, const int16_t *b, int n)
{
    ENERGY(cell, (int16_t)(a[i] - b[i]) >> 1)
}

static void energy_curve(int32_t *restrict cell, const int16_t *a, const int16_t *b, const int16_t *c, int n)
{
    ENERGY(cell, (int16_t)(a[i] - (int16_t)((int16_t)(b[i] + c[i]) >> 1)) >> 1)
}

static void energy_wave(
    int32_t *restrict cell, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n)
{
    ENERGY(cell, (int16_t)((int16_t)(a[i] + d[i]) - (int16_t)(b[i] + c[i])) >> 2)
}
#endif

#ifndef FUSE_BLEND
/* Samples of a cell lie at odd sixteenths between the middles of two cells. */
static const int16_t half_way[8] = {18432, 22528, 26624, 30720, 2048, 6144, 10240, 14336};

/* One cell of `blend`; prev and next are its neighbours or itself. */
static inline void blend_cell(
    int16_t *dst, const int16_t *const *c, const int16_t *const *share, int n, int prev, int cell, int next)
{
    int16_t acc[8];
    memcpy(acc, c[0] + cell * 8, sizeof acc);
    for (int k = 1; k < n; k++)
        for (int x = 0; x < 8; x++) {
            int16_t from = share[k][x < 4 ? prev : cell], to = share[k][x < 4 ? cell : next];
            int16_t w = (int16_t)(from + scaled((int16_t)(to - from), half_way[x]));
            acc[x] = (int16_t)(acc[x] + scaled((int16_t)(c[k][cell * 8 + x] - c[0][cell * 8 + x]), w));
        }
    memcpy(dst + cell * 8, acc, sizeof acc);
}

static void blend(int16_t *dst, const int16_t *const *c, const int16_t *const *share, int k, int cells)
{
    int last = cells - 1;
    blend_cell(dst, c, share, k, 0, 0, cells > 1);
    for (int cell = 1; cell < last; cell++)
        blend_cell(dst, c, share, k, cell - 1, cell, cell + 1);
    if (last > 0)
        blend_cell(dst, c, share, k, last - 1, last, last);
}
#endif

#ifndef FUSE_MIX
static void mix(int16_t *const dst[2], int32_t *restrict cell, const int16_t *const a[2],
    const int16_t *const b[2], const int16_t *share, int cells)
{
    for (int i = 0; i < 2; i++)
        blend(
            dst[i], (const int16_t *const[2]){a[i], b[i]}, (const int16_t *const[2]){NULL, share}, 2, cells);
    energy(cell, dst[1], cells * VH_FUSE_CELL);
}
#endif

/* Rows of cells are smoothed in pieces: columns first, with one more on each side, then along the row. */
enum { PIECE = 128 };

static inline float column(const int32_t *above, const int32_t *here, const int32_t *below, int c)
{
    return (float)above[c] + 2 * (float)here[c] + (float)below[c];
}

static inline void columns3(float *restrict sum, const int32_t *restrict above, const int32_t *restrict here,
    const int32_t *restrict below, int c0, int m, int cells)
{
    for (int c = 0; c < m; c++)
        sum[c + 1] = column(above, here, below, c0 + c);
    sum[0] = c0 ? column(above, here, below, c0 - 1) : sum[1];
    sum[m + 1] = c0 + m < cells ? column(above, here, below, c0 + m) : sum[m];
}

static inline float column4(const int32_t *const row[4], int c)
{
    return ((float)row[0][c] + (float)row[3][c]) + 3 * ((float)row[1][c] + (float)row[2][c]);
}

static inline void columns4(float *restrict sum, const int32_t *const row[4], int c0, int m, int cells)
{
    const int32_t *r[4] = {row[0], row[1], row[2], row[3]};
    for (int c = 0; c < m; c++)
        sum[c + 1] = column4(r, c0 + c);
    sum[0] = c0 ? column4(r, c0 - 1) : sum[1];
    sum[m + 1] = c0 + m < cells ? column4(r, c0 + m) : sum[m];
}

static inline float along(const float *sum)
{
    return sum[0] + 2 * sum[1] + sum[2];
}

static void smooth(float *restrict dst, const int32_t *restrict above, const int32_t *restrict here,
    const int32_t *restrict below, float scale, int cells)
{
    float sum[PIECE + 2];
    scale *= 1.f / 16;
    for (int c0 = 0; c0 < cells; c0 += PIECE) {
        int m = cells - c0 < PIECE ? cells - c0 : PIECE;
        columns3(sum, above, here, below, c0, m, cells);
        for (int c = 0; c < m; c++)
            dst[c0 + c] = along(sum + c) * scale;
    }
}

/* log2(1 + v) / 2 in Q10: the bits of a float are its logarithm in Q23, linear between powers of two. */
static inline int16_t log_of(float v)
{
    int32_t bits;
    v += 1;
    memcpy(&bits, &v, sizeof bits);
    return (int16_t)((bits - (0x3f800000 - (1 << 13))) >> 14);
}

static void feature(int16_t *restrict dst, const float *restrict src, float scale, int cells)
{
    for (int c = 0; c < cells; c++)
        dst[c] = log_of(src[c] * scale);
}

static void smooth_feature(int16_t *restrict dst, const int32_t *restrict above, const int32_t *restrict here,
    const int32_t *restrict below, float scale, int cells)
{
    float sum[PIECE + 2];
    scale *= 1.f / 16;
    for (int c0 = 0; c0 < cells; c0 += PIECE) {
        int m = cells - c0 < PIECE ? cells - c0 : PIECE;
        columns3(sum, above, here, below, c0, m, cells);
        for (int c = 0; c < m; c++)
            dst[c0 + c] = log_of(along(sum + c) * scale);
    }
}

static void smooth4_feature(int16_t *restrict dst, const int32_t *const row[4], float scale, int cells)
{
    float sum[PIECE + 2];
    scale *= 1.f / 32;
    for (int c0 = 0; c0 < cells; c0 += PIECE) {
        int m = cells - c0 < PIECE ? cells - c0 : PIECE;
        columns4(sum, row, c0, m, cells);
        for (int c = 0; c < m; c++)
            dst[c0 + c] = log_of(along(sum + c) * scale);
    }
}

static void between_feature(int16_t *restrict dst, const float *restrict a, const float *restrict b,
    const int16_t *restrict share_q15, float scale, int cells)
{
    for (int c = 0; c < cells; c++)
        dst[c] = log_of((a[c] + (b[c] - a[c]) * ((float)share_q15[c] * (1.f / 32768))) * scale);
}

static void share(
    int16_t *restrict dst, const float *restrict a, const float *restrict b, float floor, int cells)
{
    for (int c = 0; c < cells; c++) {
        float na = floor + a[c], nb = floor + b[c];
        na *= na;
        nb *= nb;
        dst[c] = (int16_t)(int32_t)(na / (na + nb) * 32767 + 0.5f);
    }
}

static void between(int16_t *restrict dst, const int16_t *a, const int16_t *b, const int16_t *w, int cells)
{
    for (int c = 0; c < cells; c++)
        dst[c] = (int16_t)(a[c] + scaled((int16_t)(b[c] - a[c]), w[c]));
}

/* 2^(v / 2^23) for -2^28 < v <= 0: whole powers go to the exponent, a polynomial makes the fraction (largest
 * relative error 1e-4). */
static inline float power_of(int32_t v)
{
    int32_t bits = 0x3f800000 | (v & 0x7fffff);
    float t;
    memcpy(&t, &bits, sizeof t);
    t -= 1;
    float p = 1 + t * (0.69583282f + t * (0.22606716f + t * 0.07810002f));
    memcpy(&bits, &p, sizeof bits);
    bits += (v >> 23) * 8388608;
    memcpy(&p, &bits, sizeof p);
    return p;
}

enum { BLOCK = VH_FUSE_CELL_LANES };

#ifndef FUSE_DENSE
/* y = W x + b over a block of cells; n_in is even. */
static inline void dense(int32_t (*restrict y)[BLOCK], const int16_t (*restrict x)[BLOCK], const int16_t *w,
    const int32_t *b, int n_in, int n_out)
{
    for (int h = 0; h < n_out; h++) {
        int32_t sum[BLOCK];
        for (int c = 0; c < BLOCK; c++)
            sum[c] = b[h];
        for (int i = 0; i < n_in; i++)
            for (int c = 0; c < BLOCK; c++)
                sum[c] += w[h * n_in + i] * x[i][c];
        memcpy(y[h], sum, sizeof sum);
    }
}
#endif

/* Shares from sums in Q19. What is less than 1/256 of the largest gets none, so that `blend` can pass it by.
 */
enum { LEAST_SHARE = -2907270 }; /* ln(1 / 256) in Q19 */

static inline void soft_max(int16_t *const *out, int c0, const int32_t (*restrict y)[BLOCK], int n)
{
    _Alignas(64) int32_t top[BLOCK];
    _Alignas(64) float e[VH_FUSE_MAX_OUT][BLOCK], sum[BLOCK];
    for (int c = 0; c < BLOCK; c++) {
        top[c] = y[0][c];
        sum[c] = 0;
    }
    for (int k = 1; k < n; k++)
        for (int c = 0; c < BLOCK; c++)
            top[c] = y[k][c] > top[c] ? y[k][c] : top[c];
    for (int k = 0; k < n; k++)
        for (int c = 0; c < BLOCK; c++) {
            int32_t d = y[k][c] - top[c], kept = d > LEAST_SHARE ? d : LEAST_SHARE;
            float v = power_of((int32_t)((float)kept * (16 * 1.442695041f)));
            e[k][c] = d > LEAST_SHARE ? v : 0;
            sum[c] += e[k][c];
        }
    for (int c = 0; c < BLOCK; c++)
        sum[c] = 32767 / sum[c];
    for (int k = 0; k < n; k++)
        for (int c = 0; c < BLOCK; c++)
            out[k][c0 + c] = (int16_t)(int32_t)(e[k][c] * sum[c] + 0.5f);
}

/* Sums of the hidden layer, Q21, to its outputs, Q9. */
static inline void rectify(int16_t (*restrict h)[BLOCK], const int32_t (*restrict sum)[BLOCK], int n)
{
    for (int k = 0; k < n; k++)
        for (int c = 0; c < BLOCK; c++) {
            int32_t v = sum[k][c] >> 12;
            v = v > 0 ? v : 0;
            h[k][c] = (int16_t)(v < INT16_MAX ? v : INT16_MAX);
        }
}

static void gate(int16_t *const *out, const int16_t *const *in, const struct vh_fuse_gate *g, int cells)
{
    _Alignas(64) int16_t x[VH_FUSE_MAX_IN][BLOCK], h[VH_FUSE_MAX_HIDDEN][BLOCK];
    _Alignas(64) int32_t sum[VH_FUSE_MAX_HIDDEN][BLOCK];
    int n_in = g->n_in + (g->n_in & 1);
    memset(x[n_in - 1], 0, sizeof *x);
    for (int c0 = 0; c0 < cells; c0 += BLOCK) {
        for (int i = 0; i < g->n_in; i++)
            memcpy(x[i], in[i] + c0, sizeof x[i]);
        dense(sum, (const int16_t(*)[BLOCK])x, g->w1, g->b1, n_in, g->n_hidden);
        rectify(h, (const int32_t(*)[BLOCK])sum, g->n_hidden);
        dense(sum, (const int16_t(*)[BLOCK])h, g->w2, g->b2, g->n_hidden, g->n_out);
        soft_max(out, c0, (const int32_t(*)[BLOCK])sum, g->n_out);
    }
}

const struct vh_dsp_fuse FUSE_NAME = {
    .load = load,
    .store = store,
    .residual = residual,
    .cubic = cubic,
    .tent = tent,
    .tent_difference = tent_difference,
    .weston = weston,
    .add = add,
    .mean = mean,
    .halve = halve,
    .correct = correct,
    .two_to_one = two_to_one,
    .blend = blend,
    .mix = mix,
    .guard = guard,
    .blur = blur,
    .energy = energy,
    .energy_difference = energy_difference,
    .energy_curve = energy_curve,
    .energy_wave = energy_wave,
    .smooth = smooth,
    .feature = feature,
    .smooth_feature = smooth_feature,
    .smooth4_feature = smooth4_feature,
    .between_feature = between_feature,
    .share = share,
    .between = between,
    .gate = gate,
};
