/* The fusion kernels, written so that the compiler vectorises them; included once per instruction set, which
 * may bring its own `sums_of_squares` (FUSE_SUMS). include/dsp/fuse.h says what each does. No include guard.
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

#ifndef FUSE_SUMS
#define FUSE_SUMS 32
static inline void sums_of_squares(int32_t *cell, const int16_t *d)
{
    for (int c = 0; c < FUSE_SUMS / VH_FUSE_CELL; c++) {
        int32_t s = 0;
        for (int i = 0; i < VH_FUSE_CELL; i++)
            s += d[c * VH_FUSE_CELL + i] * d[c * VH_FUSE_CELL + i];
        cell[c] = s;
    }
}
#endif

/* Lines are taken in chunks, so that halved differences stay in the first-level cache until they are summed.
 */
enum { CHUNK = 256 };

static inline void sum_cells(int32_t *cell, const int16_t *half, int m)
{
    for (int k = 0; k < m; k += FUSE_SUMS)
        sums_of_squares(cell + k / VH_FUSE_CELL, half + k);
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

static inline int16_t interpolated(int16_t outer, int16_t inner)
{
    return clamp16((int16_t)(scaled(inner, 18432) - scaled(outer, 2048)), -MAX14, MAX14);
}

static void residual(int16_t *restrict dst, int32_t *restrict low, int32_t *restrict high,
    const int16_t *const o[4], const int16_t *const p[4], int n)
{
    const int16_t *restrict o0 = o[0], *restrict o1 = o[1], *restrict o2 = o[2], *restrict o3 = o[3];
    const int16_t *restrict p0 = p[0], *restrict p1 = p[1], *restrict p2 = p[2], *restrict p3 = p[3];
    for (int x = 0; x < n; x += CHUNK) {
        _Alignas(64) int16_t l[CHUNK], h[CHUNK];
        int m = n - x < CHUNK ? n - x : CHUNK;
        for (int k = 0; k < m; k++) {
            int i = x + k;
            int16_t e1 = (int16_t)(o1[i] - p1[i]), e2 = (int16_t)(o2[i] - p2[i]);
            int16_t outer = (int16_t)((int16_t)(o0[i] - p0[i]) + (int16_t)(o3[i] - p3[i]));
            int16_t v = interpolated(outer, (int16_t)(e1 + e2));
            dst[i] = v;
            l[k] = (int16_t)(v >> 1);
            h[k] = (int16_t)((int16_t)(e1 - e2) >> 2);
        }
        sum_cells(low + x / VH_FUSE_CELL, l, m);
        sum_cells(high + x / VH_FUSE_CELL, h, m);
    }
}

static void cubic(
    int16_t *restrict dst, const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = interpolated((int16_t)(a[x] + d[x]), (int16_t)(b[x] + c[x]));
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

static void mix(int16_t *restrict dst, const int16_t *a, const int16_t *b, const int16_t *w, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)(a[x] + scaled((int16_t)(b[x] - a[x]), w[x]));
}

static void blend(int16_t *restrict acc, const int16_t *base, const int16_t *c, const int16_t *w, int n)
{
    for (int x = 0; x < n; x++)
        acc[x] = (int16_t)(acc[x] + scaled((int16_t)(c[x] - base[x]), w[x]));
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

/* Samples of a cell lie at odd sixteenths between the middles of two cells. */
static const int16_t half_way[8] = {18432, 22528, 26624, 30720, 2048, 6144, 10240, 14336};

static inline void expand_cell(int16_t *dst, int16_t left, int16_t here, int16_t right)
{
    for (int k = 0; k < 4; k++)
        dst[k] = (int16_t)(left + scaled((int16_t)(here - left), half_way[k]));
    for (int k = 4; k < 8; k++)
        dst[k] = (int16_t)(here + scaled((int16_t)(right - here), half_way[k]));
}

#ifndef FUSE_EXPAND
static inline int expand_inner(int16_t *restrict dst, const int16_t *restrict cell, int c, int cells)
{
    for (; c + 1 < cells; c++)
        expand_cell(dst + c * 8, cell[c - 1], cell[c], cell[c + 1]);
    return c;
}
#endif

static void expand(int16_t *restrict dst, const int16_t *restrict cell, int cells)
{
    int last = cells - 1;
    expand_cell(dst, cell[0], cell[0], cell[cells > 1]);
    for (int c = expand_inner(dst, cell, 1, cells); c < last; c++)
        expand_cell(dst + c * 8, cell[c - 1], cell[c], cell[c + 1]);
    if (last > 0)
        expand_cell(dst + last * 8, cell[last - 1], cell[last], cell[last]);
}

static inline float column(const int32_t *above, const int32_t *here, const int32_t *below, int c)
{
    return (float)above[c] + 2 * (float)here[c] + (float)below[c];
}

static void smooth(float *restrict dst, const int32_t *restrict above, const int32_t *restrict here,
    const int32_t *restrict below, float scale, int cells)
{
    int last = cells - 1;
    scale *= 1.f / 16;
    dst[0] = (3 * column(above, here, below, 0) + column(above, here, below, 1)) * scale;
    for (int c = 1; c < last; c++)
        dst[c] = (column(above, here, below, c - 1) + 2 * column(above, here, below, c) +
                     column(above, here, below, c + 1)) *
                 scale;
    dst[last] = (column(above, here, below, last - 1) + 3 * column(above, here, below, last)) * scale;
}

static inline float log2_of(float v)
{
    int32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return (float)(bits - 0x3f800000) * (1.f / 8388608);
}

static void feature(float *restrict dst, const float *restrict src, float scale, int cells)
{
    for (int c = 0; c < cells; c++)
        dst[c] = log2_of(1 + src[c] * scale) * 0.5f;
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

static void between(float *restrict dst, const float *restrict a, const float *restrict b,
    const int16_t *restrict share_q15, int cells)
{
    for (int c = 0; c < cells; c++) {
        float w = (float)share_q15[c] * (1.f / 32768);
        dst[c] = (1 - w) * a[c] + w * b[c];
    }
}

/* e^v for v <= 0, by a polynomial between powers of two (largest relative error 1e-4). */
static inline float exp_of(float v)
{
    v *= 1.442695041f;
    v = v < -24 ? -24 : v;
    int32_t whole = (int32_t)(v - 1) + 1; /* towards minus infinity, up to exact integers */
    whole = (float)whole > v ? whole - 1 : whole;
    float t = v - (float)whole;
    float p = 1 + t * (0.69583282f + t * (0.22606716f + t * 0.07810002f));
    int32_t bits = (whole + 127) * 8388608;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

enum { BLOCK = VH_FUSE_CELL_LANES };

/* As many floats as a register holds; the order of operations per cell is the same for any number. */
#ifdef __AVX2__
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif
typedef float vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
enum { VECTORS = BLOCK * (int)sizeof(float) / VECTOR_BYTES };

/* y = W x + b over a block of cells for `n` rows of W from h on, no less than `low`; sums stay in registers.
 */
#define DENSE_ROWS(n)                                                                                        \
    do {                                                                                                     \
        vector sum[n][VECTORS];                                                                              \
        for (int q = 0; q < (n); q++)                                                                        \
            for (int v = 0; v < VECTORS; v++)                                                                \
                sum[q][v] = (vector){0} + b[h + q];                                                          \
        for (int i = 0; i < n_in; i++)                                                                       \
            for (int q = 0; q < (n); q++)                                                                    \
                for (int v = 0; v < VECTORS; v++)                                                            \
                    sum[q][v] += w[(h + q) * n_in + i] * x[i][v];                                            \
        for (int q = 0; q < (n); q++)                                                                        \
            for (int v = 0; v < VECTORS; v++)                                                                \
                y[h + q][v] = sum[q][v];                                                                     \
    } while (0)

static inline void dense(vector (*restrict y)[VECTORS], const vector (*restrict x)[VECTORS], const float *w,
    const float *b, int n_in, int n_out)
{
    int h = 0;
    for (; h + 4 <= n_out; h += 4)
        DENSE_ROWS(4);
    for (; h < n_out; h++)
        DENSE_ROWS(1);
}

static inline void soft_max(float (*restrict y)[BLOCK], int n)
{
    float top[BLOCK], sum[BLOCK];
    memcpy(top, y[0], sizeof top);
    for (int k = 1; k < n; k++)
        for (int c = 0; c < BLOCK; c++)
            top[c] = y[k][c] > top[c] ? y[k][c] : top[c];
    memset(sum, 0, sizeof sum);
    for (int k = 0; k < n; k++)
        for (int c = 0; c < BLOCK; c++) {
            y[k][c] = exp_of(y[k][c] - top[c]);
            sum[c] += y[k][c];
        }
    for (int c = 0; c < BLOCK; c++)
        sum[c] = 32767 / sum[c];
    for (int k = 0; k < n; k++)
        for (int c = 0; c < BLOCK; c++)
            y[k][c] *= sum[c];
}

static void gate(int16_t *const *out, const float *const *in, const struct vh_fuse_gate *g, int cells)
{
    vector x[VH_FUSE_MAX_IN][VECTORS], h[VH_FUSE_MAX_HIDDEN][VECTORS], y[VH_FUSE_MAX_OUT][VECTORS];
    for (int c0 = 0; c0 < cells; c0 += BLOCK) {
        for (int i = 0; i < g->n_in; i++)
            memcpy(x[i], in[i] + c0, sizeof x[i]);
        dense(h, (const vector(*)[VECTORS])x, g->w1, g->b1, g->n_in, g->n_hidden);
        float *hidden = (float *)h;
        for (int c = 0; c < g->n_hidden * BLOCK; c++)
            hidden[c] = hidden[c] > 0 ? hidden[c] : 0;
        dense(y, (const vector(*)[VECTORS])h, g->w2, g->b2, g->n_hidden, g->n_out);
        float(*share_of)[BLOCK] = (float(*)[BLOCK])y;
        soft_max(share_of, g->n_out);
        for (int k = 0; k < g->n_out; k++)
            for (int c = 0; c < BLOCK; c++)
                out[k][c0 + c] = (int16_t)(int32_t)(share_of[k][c] + 0.5f);
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
    .mix = mix,
    .blend = blend,
    .blur = blur,
    .energy = energy,
    .energy_difference = energy_difference,
    .energy_curve = energy_curve,
    .energy_wave = energy_wave,
    .expand = expand,
    .smooth = smooth,
    .feature = feature,
    .share = share,
    .between = between,
    .gate = gate,
};
