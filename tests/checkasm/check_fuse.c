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
    LINE(mix, 0, CODE_MAX, t->mix(d, in[0], in[1], in[2], n))
    LINE(blend, 0, CODE_MAX, (memcpy(d, in[3], (size_t)n * 2), t->blend(d, in[0], in[1], in[2], n)))
    LINE(blur, -CODE_MAX, CODE_MAX, t->blur(d, in[0], n))
    LINE(energy, -CODE_MAX, CODE_MAX, t->energy(e, in[0], n))
    LINE(energy_difference, 0, CODE_MAX, t->energy_difference(e, in[0], in[1], n))
    LINE(energy_curve, 0, CODE_MAX, t->energy_curve(e, in[0], in[1], in[2], n))
    LINE(energy_wave, 0, CODE_MAX, t->energy_wave(e, in[0], in[1], in[2], in[3], n))
    LINE(expand, 0, 32767, t->expand(d, in[0], n / VH_FUSE_CELL))
}

static void check_rows(struct checkasm *ca, const struct vh_dsp_fuse *ref, const struct vh_dsp_fuse *opt)
{
    static int32_t energy[3][MAX_CELLS];
    static float a[2][MAX_CELLS], b[2][MAX_CELLS];
    static int16_t share[2][MAX_CELLS];
    static const int counts[] = {4, 16, 92, 96, 240, 1008};
    for (int i = 0; i < MAX_CELLS; i++)
        for (int k = 0; k < 3; k++)
            energy[k][i] = (int32_t)(checkasm_random(ca) >> checkasm_random_in(ca, 2, 30));
    for (size_t s = 0; s < sizeof counts / sizeof *counts; s++) {
        int n = counts[s];
        if (checkasm_begin(ca, "smooth", ref->smooth != opt->smooth)) {
            ref->smooth(a[0], energy[0], energy[1], energy[2], 0.01f, n);
            opt->smooth(a[1], energy[0], energy[1], energy[2], 0.01f, n);
            checkasm_same_bytes(ca, "row", a[0], a[1], (size_t)n * sizeof *a[0]);
            CHECKASM_BENCH(ca, n)
            {
                opt->smooth(a[1], energy[0], energy[1], energy[2], 0.01f, n);
            }
        }
        ref->smooth(a[0], energy[0], energy[1], energy[2], 0.01f, n);
        if (checkasm_begin(ca, "feature", ref->feature != opt->feature)) {
            ref->feature(b[0], a[0], 0.3f, n);
            opt->feature(b[1], a[0], 0.3f, n);
            checkasm_same_bytes(ca, "row", b[0], b[1], (size_t)n * sizeof *b[0]);
        }
        if (checkasm_begin(ca, "share", ref->share != opt->share)) {
            ref->feature(b[0], a[0], 0.3f, n);
            ref->share(share[0], a[0], b[0], 1.5f, n);
            opt->share(share[1], a[0], b[0], 1.5f, n);
            checkasm_same_bytes(ca, "row", share[0], share[1], (size_t)n * sizeof *share[0]);
        }
        if (checkasm_begin(ca, "between", ref->between != opt->between)) {
            ref->feature(b[0], a[0], 0.3f, n);
            ref->share(share[0], a[0], b[0], 1.5f, n);
            memset(b, 0, sizeof b);
            ref->between(b[0], a[0], a[0] + 16, share[0], n - 2);
            opt->between(b[1], a[0], a[0] + 16, share[0], n - 2);
            checkasm_same_bytes(ca, "row", b[0], b[1], sizeof b[0]);
        }
    }
}

static void check_gate(struct checkasm *ca, const struct vh_dsp_fuse *ref, const struct vh_dsp_fuse *opt)
{
    enum { IN = 22, CELLS = 96 };
    static float w1[VH_FUSE_MAX_HIDDEN * IN], w2[VH_FUSE_MAX_OUT * VH_FUSE_MAX_HIDDEN],
        b1[VH_FUSE_MAX_HIDDEN], b2[VH_FUSE_MAX_OUT], x[IN][CELLS];
    static int16_t out[2][VH_FUSE_MAX_OUT][CELLS];
    struct vh_fuse_gate gate = {IN, VH_FUSE_MAX_HIDDEN, VH_FUSE_MAX_OUT, w1, b1, w2, b2};
    const float *in[IN];
    int16_t *to[2][VH_FUSE_MAX_OUT];
    if (!checkasm_begin(ca, "gate", ref->gate != opt->gate))
        return;
    for (size_t i = 0; i < sizeof w1 / sizeof *w1; i++)
        w1[i] = (float)checkasm_random_in(ca, -1000, 1000) * 1e-3f;
    for (size_t i = 0; i < sizeof w2 / sizeof *w2; i++)
        w2[i] = (float)checkasm_random_in(ca, -3000, 3000) * 1e-3f;
    for (int i = 0; i < IN; i++) {
        in[i] = x[i];
        for (int c = 0; c < CELLS; c++)
            x[i][c] = (float)checkasm_random_in(ca, 0, 9000) * 1e-3f;
    }
    for (int k = 0; k < VH_FUSE_MAX_OUT; k++) {
        to[0][k] = out[0][k];
        to[1][k] = out[1][k];
    }
    ref->gate(to[0], in, &gate, CELLS);
    opt->gate(to[1], in, &gate, CELLS);
    checkasm_same_bytes(ca, "shares", out[0], out[1], sizeof out[0]);
    for (int c = 0; c < CELLS; c++) {
        int sum = 0;
        for (int k = 0; k < VH_FUSE_MAX_OUT; k++)
            sum += out[0][k][c];
        if (sum < 32767 - 16 || sum > 32767 + 16)
            checkasm_fail(ca, "shares of a cell add up to %d", sum);
    }
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
