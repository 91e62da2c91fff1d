/* The fusion kernels: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/fuse.h"

#include <string.h>

enum { INPUTS = 5, PAD = 32, MAX_CELLS = 1024 };

/* Lines with readable padding on both sides, as the fusion has them. */
struct lines {
    struct checkasm_plane in[2 * INPUTS], ref, opt, cells_ref, cells_opt;
    int n;
};

static int padded(int width)
{
    return (width + VH_FUSE_LANES - 1) / VH_FUSE_LANES * VH_FUSE_LANES;
}

static void make(struct checkasm *ca, struct lines *l, int width, enum checkasm_fill fill, int low, int high)
{
    l->n = padded(width);
    for (int i = 0; i < 2 * INPUTS; i++) {
        l->in[i] = checkasm_plane_make(l->n + 2 * PAD, 1, 2);
        checkasm_fill_s16(ca, &l->in[i], fill, low, high);
    }
    l->ref = checkasm_plane_make(l->n + 2 * PAD, 1, 2);
    l->opt = checkasm_plane_make(l->n + 2 * PAD, 1, 2);
    checkasm_fill_s16(ca, &l->ref, fill, low, high);
    checkasm_plane_copy(&l->opt, &l->ref);
    l->cells_ref = checkasm_plane_make(2 * l->n / VH_FUSE_CELL, 1, 4);
    l->cells_opt = checkasm_plane_make(2 * l->n / VH_FUSE_CELL, 1, 4);
}

static void done(struct checkasm *ca, struct lines *l)
{
    checkasm_same_plane(ca, "line", &l->ref, &l->opt);
    checkasm_same_plane(ca, "cells", &l->cells_ref, &l->cells_opt);
    for (int i = 0; i < 2 * INPUTS; i++)
        checkasm_plane_free(&l->in[i]);
    checkasm_plane_free(&l->ref);
    checkasm_plane_free(&l->opt);
    checkasm_plane_free(&l->cells_ref);
    checkasm_plane_free(&l->cells_opt);
}

/* Runs CALL on both tables; inside: t the table, d the destination line, e its energies, in[] the inputs, n.
 */
#define LINE(name, low, high, CALL)                                                                          \
    if (checkasm_begin(ca, #name, ref.name != opt.name)) {                                                   \
        int n_sizes;                                                                                         \
        const struct checkasm_size *size = checkasm_sizes(&n_sizes);                                         \
        for (int s = 0; s < n_sizes; s++)                                                                    \
            for (int fill = 0; fill < CHECKASM_FILLS; fill++) {                                              \
                struct lines l;                                                                              \
                make(ca, &l, size[s].width, (enum checkasm_fill)fill, low, high);                            \
                const int16_t *in[2 * INPUTS];                                                               \
                for (int i = 0; i < 2 * INPUTS; i++)                                                         \
                    in[i] = (const int16_t *)l.in[i].data + PAD;                                             \
                int n = l.n, width = size[s].width;                                                          \
                (void)(n + width);                                                                           \
                for (int side = 0; side < 2; side++) {                                                       \
                    const struct vh_dsp_fuse *t = side ? &opt : &ref;                                        \
                    int16_t *d = (int16_t *)(side ? l.opt.data : l.ref.data) + PAD;                          \
                    int32_t *e = side ? l.cells_opt.data : l.cells_ref.data;                                 \
                    (void)d;                                                                                 \
                    (void)e;                                                                                 \
                    CALL;                                                                                    \
                }                                                                                            \
                done(ca, &l);                                                                                \
            }                                                                                                \
        struct lines b;                                                                                      \
        make(ca, &b, 720, CHECKASM_SMOOTH, low, high);                                                       \
        const int16_t *in[2 * INPUTS];                                                                       \
        for (int i = 0; i < 2 * INPUTS; i++)                                                                 \
            in[i] = (const int16_t *)b.in[i].data + PAD;                                                     \
        int n = b.n, width = 720;                                                                            \
        (void)(n + width);                                                                                   \
        const struct vh_dsp_fuse *t = &opt;                                                                  \
        int16_t *d = (int16_t *)b.opt.data + PAD;                                                            \
        int32_t *e = b.cells_opt.data;                                                                       \
        (void)d;                                                                                             \
        (void)e;                                                                                             \
        CHECKASM_BENCH(ca, 720)                                                                              \
        {                                                                                                    \
            CALL;                                                                                            \
        }                                                                                                    \
        checkasm_plane_copy(&b.opt, &b.ref);                                                                 \
        memcpy(b.cells_opt.data, b.cells_ref.data,                                                           \
            b.cells_ref.n_bytes < 4 ? 0 : sizeof(int32_t) * 2 * (size_t)b.n / VH_FUSE_CELL);                 \
        done(ca, &b);                                                                                        \
    }

enum { CODE_MAX = 16383 };

/* Both results side by side in the one line there is. */
static void mix_halves(const struct vh_dsp_fuse *t, int16_t *d, int32_t *e, const int16_t *const *in, int n)
{
    int cells = n / 2 / VH_FUSE_LANES * VH_FUSE_LANES / VH_FUSE_CELL;
    int16_t *const to[2] = {d, d + cells * VH_FUSE_CELL};
    if (cells)
        t->mix(to, e, in, in + 2, in[4], cells);
}

static void check_lines(struct checkasm *ca, const struct vh_dsp_fuse *refp, const struct vh_dsp_fuse *optp)
{
    const struct vh_dsp_fuse ref = *refp, opt = *optp;
    LINE(load, -32768, 32767, t->load(d, (const uint16_t *)in[0], width, n))
    LINE(store, -32768, 32767, t->store((uint16_t *)d, in[0], width))
    LINE(residual, 0, CODE_MAX, t->residual(d, e, e + n / VH_FUSE_CELL, in, in + 4, n))
    LINE(cubic, 0, CODE_MAX, t->cubic(d, in[0], in[1], in[2], in[3], n))
    LINE(tent, 0, CODE_MAX, t->tent(d, in[0], in[1], in[2], n))
    LINE(tent_difference, 0, CODE_MAX, t->tent_difference(d, in, in + 3, n))
    LINE(weston, 0, CODE_MAX, t->weston(d, in, in + 4, n))
    LINE(add, 0, CODE_MAX, t->add(d, in[0], in[1], n))
    LINE(mean, 0, CODE_MAX, t->mean(d, in[0], in[1], n))
    LINE(halve, 0, 2 * CODE_MAX, t->halve(d, in[0], n))
    LINE(correct, -CODE_MAX, CODE_MAX, t->correct(d, in[0], in[1], n))
    LINE(two_to_one, 0, CODE_MAX, t->two_to_one(d, in[0], in[1], n))
    LINE(blend, 0, CODE_MAX, t->blend(d, in, in + 4, 4, n / VH_FUSE_CELL))
    LINE(mix, 0, CODE_MAX, mix_halves(t, d, e, in, n))
    LINE(blur, -CODE_MAX, CODE_MAX, t->blur(d, in[0], n))
    LINE(guard, 0, CODE_MAX, t->guard(d, in[0], in[1], in[2], in[3], in[4], 192, n))
    LINE(energy, -CODE_MAX, CODE_MAX, t->energy(e, in[0], n))
    LINE(energy_difference, 0, CODE_MAX, t->energy_difference(e, in[0], in[1], n))
    LINE(energy_curve, 0, CODE_MAX, t->energy_curve(e, in[0], in[1], in[2], n))
    LINE(energy_wave, 0, CODE_MAX, t->energy_wave(e, in[0], in[1], in[2], in[3], n))
}

/* Runs CALL on both tables, t being one and `row` the result. */
#define ROW(name, CALL)                                                                                      \
    if (checkasm_begin(ca, #name, ref->name != opt->name)) {                                                 \
        static _Alignas(64) uint8_t to[2][4 * MAX_CELLS];                                                    \
        memset(to, 0xa5, sizeof to);                                                                         \
        for (int side = 0; side < 2; side++) {                                                               \
            const struct vh_dsp_fuse *t = side ? opt : ref;                                                  \
            void *row = to[side];                                                                            \
            CALL;                                                                                            \
        }                                                                                                    \
        checkasm_same_bytes(ca, "row", to[0], to[1], sizeof to[0]);                                          \
        const struct vh_dsp_fuse *t = opt;                                                                   \
        void *row = to[1];                                                                                   \
        CHECKASM_BENCH(ca, n)                                                                                \
        {                                                                                                    \
            CALL;                                                                                            \
        }                                                                                                    \
    }

static void check_rows(struct checkasm *ca, const struct vh_dsp_fuse *ref, const struct vh_dsp_fuse *opt)
{
    static int32_t energy[4][MAX_CELLS];
    static float a[MAX_CELLS], b[MAX_CELLS];
    static int16_t share[MAX_CELLS], p[MAX_CELLS], q[MAX_CELLS];
    static const int counts[] = {4, 16, 92, 96, 128, 132, 240, 1008};
    const int32_t *const four[4] = {energy[0], energy[1], energy[2], energy[3]};
    for (int i = 0; i < MAX_CELLS; i++) {
        for (int k = 0; k < 4; k++)
            energy[k][i] = (int32_t)(checkasm_random(ca) >> checkasm_random_in(ca, 2, 30));
        a[i] = (float)energy[0][i] * 0.01f;
        b[i] = (float)energy[1][i] * 0.002f;
        share[i] = (int16_t)checkasm_random_in(ca, 0, 32767);
        p[i] = (int16_t)checkasm_random_in(ca, 0, 9000);
        q[i] = (int16_t)checkasm_random_in(ca, 0, 9000);
    }
    for (size_t s = 0; s < sizeof counts / sizeof *counts; s++) {
        int n = counts[s];
        ROW(smooth, t->smooth(row, energy[0], energy[1], energy[2], 0.01f, n))
        ROW(feature, t->feature(row, a, 0.3f, n))
        ROW(smooth_feature, t->smooth_feature(row, energy[0], energy[1], energy[2], 0.01f, n))
        ROW(smooth4_feature, t->smooth4_feature(row, four, 0.01f, n))
        ROW(between_feature, t->between_feature(row, a, b, share, 0.3f, n))
        ROW(share, t->share(row, a, b, 1.5f, n))
        ROW(between, t->between(row, p, q, share, n))
    }
}

static void check_gate(struct checkasm *ca, const struct vh_dsp_fuse *ref, const struct vh_dsp_fuse *opt)
{
    enum { CELLS = 96 };
    static int16_t w1[VH_FUSE_MAX_HIDDEN * VH_FUSE_MAX_IN], w2[VH_FUSE_MAX_OUT * VH_FUSE_MAX_HIDDEN],
        x[VH_FUSE_MAX_IN][CELLS];
    static int32_t b1[VH_FUSE_MAX_HIDDEN], b2[VH_FUSE_MAX_OUT];
    static int16_t out[2][VH_FUSE_MAX_OUT][CELLS];
    const int16_t *in[VH_FUSE_MAX_IN];
    int16_t *to[2][VH_FUSE_MAX_OUT];
    if (!checkasm_begin(ca, "gate", ref->gate != opt->gate))
        return;
    for (size_t i = 0; i < sizeof w1 / sizeof *w1; i++)
        w1[i] = (int16_t)checkasm_random_in(ca, -3000, 3000);
    for (size_t i = 0; i < sizeof w2 / sizeof *w2; i++)
        w2[i] = (int16_t)checkasm_random_in(ca, -3000, 3000);
    for (size_t i = 0; i < sizeof b1 / sizeof *b1; i++)
        b1[i] = checkasm_random_in(ca, -3000000, 3000000);
    for (size_t i = 0; i < sizeof b2 / sizeof *b2; i++)
        b2[i] = checkasm_random_in(ca, -600000, 600000);
    for (int i = 0; i < VH_FUSE_MAX_IN; i++) {
        in[i] = x[i];
        for (int c = 0; c < CELLS; c++)
            x[i][c] = (int16_t)checkasm_random_in(ca, 0, 9000);
    }
    for (int k = 0; k < VH_FUSE_MAX_OUT; k++) {
        to[0][k] = out[0][k];
        to[1][k] = out[1][k];
    }
    static const int inputs[] = {VH_FUSE_MAX_IN, 22, 13, 1}, outputs[] = {VH_FUSE_MAX_OUT, 5, 4, 2};
    for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++) {
        struct vh_fuse_gate gate = {inputs[k], VH_FUSE_MAX_HIDDEN, outputs[k], w1, b1, w2, b2};
        memset(out, 0, sizeof out);
        ref->gate(to[0], in, &gate, CELLS);
        opt->gate(to[1], in, &gate, CELLS);
        checkasm_same_bytes(ca, "shares", out[0], out[1], sizeof out[0]);
        for (int c = 0; c < CELLS; c++) {
            int sum = 0;
            for (int o = 0; o < outputs[k]; o++)
                sum += out[0][o][c];
            if (sum < 32767 - 16 || sum > 32767 + 16)
                checkasm_fail(ca, "shares of a cell add up to %d", sum);
        }
    }
    struct vh_fuse_gate gate = {22, VH_FUSE_MAX_HIDDEN, VH_FUSE_MAX_OUT, w1, b1, w2, b2};
    CHECKASM_BENCH(ca, CELLS)
    {
        opt->gate(to[1], in, &gate, CELLS);
    }
}

CHECKASM_CHECK(fuse)
{
    struct vh_dsp_fuse ref, opt;
    vh_dsp_fuse_init(&ref, 0);
    vh_dsp_fuse_init(&opt, ca->cpu_flags);
    check_lines(ca, &ref, &opt);
    check_rows(ca, &ref, &opt);
    check_gate(ca, &ref, &opt);
}
