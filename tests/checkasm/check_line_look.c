/* Looks at lines: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/line_look.h"

#include <string.h>

static void check_cells(
    struct checkasm *ca, const struct vh_dsp_line_look *ref, const struct vh_dsp_line_look *opt)
{
    enum { N = 90, ROWS = 64 };
    if (!checkasm_begin(ca, "line_look.cells", ref->cells != opt->cells))
        return;
    for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
        struct checkasm_plane src = checkasm_plane_make(N * VH_LINE_CELL + 32, ROWS, 2),
                              a = checkasm_plane_make(N * VH_LINE_CELL, VH_LINE_CELL_ROWS, 2),
                              b = checkasm_plane_make(N * VH_LINE_CELL, VH_LINE_CELL_ROWS, 2);
        struct vh_line_cell cell[N];
        ptrdiff_t stride = src.stride;
        checkasm_fill(ca, &src, (enum checkasm_fill)fill, 0, 65535);
        for (int i = 0; i < N; i++)
            cell[i] = (struct vh_line_cell){
                (const uint16_t *)src.data + checkasm_random_in(ca, 0, ROWS - VH_LINE_CELL_SOURCE) * stride +
                    i * VH_LINE_CELL + checkasm_random_in(ca, 1, 20),
                (int32_t)stride, (uint8_t)(i < 4 ? 0 : checkasm_random_in(ca, 0, 15)),
                (uint8_t)(i % 4 ? checkasm_random_in(ca, 0, 15) : 0)};
        for (int n = N; n; n /= 3) {
            ref->cells(a.data, a.stride, cell, n);
            opt->cells(b.data, b.stride, cell, n);
            checkasm_same_plane(ca, "cells", &a, &b);
        }
        if (fill == CHECKASM_RANDOM)
            CHECKASM_BENCH(ca, N * VH_LINE_CELL * VH_LINE_CELL_ROWS)
            {
                opt->cells(b.data, b.stride, cell, N);
            }
        checkasm_plane_free(&src);
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
    }
}

static void check_lines(
    struct checkasm *ca, const struct vh_dsp_line_look *ref, const struct vh_dsp_line_look *opt)
{
    static const struct vh_line_limits limits = {.faint = 9000, .strong = 14000, .agree = 30000};
    int n_sizes;
    const struct checkasm_size *size = checkasm_sizes(&n_sizes);
    bool suspect = checkasm_begin(ca, "line_look.suspect", ref->suspect != opt->suspect);
    for (int i = 0; i < 2 * n_sizes * CHECKASM_FILLS; i++) {
        if (i == n_sizes * CHECKASM_FILLS)
            suspect = false;
        if (i == n_sizes * CHECKASM_FILLS && !checkasm_begin(ca, "line_look.rough", ref->rough != opt->rough))
            return;
        if (i < n_sizes * CHECKASM_FILLS && !suspect)
            continue;
        int n = size[i % n_sizes].width, fill = i / n_sizes % CHECKASM_FILLS;
        struct checkasm_plane line = checkasm_plane_make(n, 5, 2), a = checkasm_plane_make(n, 1, 1),
                              b = checkasm_plane_make(n, 1, 1);
        checkasm_fill(ca, &line, (enum checkasm_fill)fill, 0, 65535);
        const uint16_t *row[5];
        for (int r = 0; r < 5; r++)
            row[r] = (const uint16_t *)line.data + r * (line.stride);
        if (suspect) {
            ref->suspect(a.data, row[4], row, n, &limits, 1, 3);
            opt->suspect(b.data, row[4], row, n, &limits, 1, 3);
            checkasm_same_plane(ca, "suspect", &a, &b);
        } else
            checkasm_same_int(
                ca, "rough", ref->rough(row[0], row[1], row[2], n), opt->rough(row[0], row[1], row[2], n));
        if (n == 720 && fill == CHECKASM_RANDOM)
            CHECKASM_BENCH(ca, n)
            {
                if (suspect)
                    opt->suspect(b.data, row[4], row, n, &limits, 1, 3);
                else
                    opt->rough(row[0], row[1], row[2], n);
            }
        checkasm_plane_free(&line);
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
    }
}

enum { MOST = 512 };

struct vectors {
    int16_t mv[2 * MOST], copy[2 * MOST], velocity[2 * MOST], other[2 * MOST], mean[2][2 * MOST];
    uint8_t weight[MOST];
};

static void fill_vectors(struct checkasm *ca, struct vectors *v)
{
    for (int i = 0; i < 2 * MOST; i++) {
        v->mv[i] = v->copy[i] = (int16_t)checkasm_random_in(ca, -1200, 1200);
        v->velocity[i] = (int16_t)(8 * v->mv[i] + checkasm_random_in(ca, -100, 100));
        v->other[i] = (int16_t)checkasm_random_in(ca, -32767, 32767);
        v->mean[0][i] = v->mean[1][i] = 0;
        v->weight[i / 2] = (uint8_t)checkasm_random_in(ca, 0, 255);
    }
}

static void check_vectors(
    struct checkasm *ca, const struct vh_dsp_line_look *ref, const struct vh_dsp_line_look *opt)
{
    static const int sizes[] = {1, 7, 8, 9, 46, 91, MOST};
    struct vectors v;
    const int16_t *travel[2] = {v.velocity, v.other};
    for (int what = 0; what < 3; what++) {
        static const char *const name[] = {"line_look.deviation", "line_look.mean", "line_look.steady"};
        bool differs = what == 0   ? ref->deviation != opt->deviation
                       : what == 1 ? ref->mean != opt->mean
                                   : ref->steady != opt->steady;
        if (!checkasm_begin(ca, name[what], differs))
            continue;
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int n = sizes[i], k = i % 2 ? 2 : -1;
            struct vh_line_vectors row = {v.mv, v.velocity, v.weight, n, k};
            int32_t a[2], b[2];
            fill_vectors(ca, &v);
            if (what == 0) {
                ref->deviation(a, &row, 5, i % 2 ? 192 : 32767);
                opt->deviation(b, &row, 5, i % 2 ? 192 : 32767);
                checkasm_same_bytes(ca, "sums", a, b, sizeof a);
            } else if (what == 1) {
                ref->mean(v.mean[0], travel, (int)i % 3, n, 0.4f);
                opt->mean(v.mean[1], travel, (int)i % 3, n, 0.4f);
                checkasm_same_bytes(ca, "mean", v.mean[0], v.mean[1], sizeof v.mean[0]);
            } else {
                ref->steady(v.mv, v.velocity, n, k, 17, -40, 64);
                opt->steady(v.copy, v.velocity, n, k, 17, -40, 64);
                checkasm_same_bytes(ca, "steady", v.mv, v.copy, sizeof v.mv);
            }
            if (n == 91)
                CHECKASM_BENCH(ca, n)
                {
                    if (what == 0)
                        opt->deviation(b, &row, 5, 192);
                    else if (what == 1)
                        opt->mean(v.mean[1], travel, 2, n, 0.4f);
                    else
                        opt->steady(v.copy, v.velocity, n, k, 17, -40, 64);
                }
        }
    }
}

CHECKASM_CHECK(line_look)
{
    struct vh_dsp_line_look ref, opt;
    vh_dsp_line_look_init(&ref, 0);
    vh_dsp_line_look_init(&opt, ca->cpu_flags);
    check_cells(ca, &ref, &opt);
    check_lines(ca, &ref, &opt);
    check_vectors(ca, &ref, &opt);
}
