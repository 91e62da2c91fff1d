/* dsp/obmc.h: every level against plain C: all phases, one to four candidates, one and two planes, fields and
 * pictures. */
#include "checkasm.h"

#include "dsp/obmc.h"

#include <string.h>

enum { ROUNDS = 400 };

/* Every corner once, over n candidates. */
static void deal_corners(struct checkasm *ca, int corners[4], int n)
{
    memset(corners, 0, 4 * sizeof *corners);
    for (int i = 0; i < 4; i++)
        corners[i < n ? i : checkasm_random_in(ca, 0, n - 1)] |= 1 << i;
}

static void random_matches(struct checkasm *ca, struct vh_obmc_match match[4], int round)
{
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 32; i++)
            match[k].sum[i / 8][i % 8] = (uint16_t)(round % 3 == 0   ? checkasm_random_in(ca, 0, 59535)
                                                    : round % 3 == 1 ? checkasm_random_in(ca, 0, 1) * 59535
                                                                     : checkasm_random_in(ca, 0, 90));
}

static void check_match(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    if (!checkasm_begin(ca, "match", ref->match != opt->match))
        return;
    struct checkasm_plane cur = checkasm_plane_make(40, 12, 1), b = checkasm_plane_make(56, 12, 1);
    struct checkasm_plane c = checkasm_plane_make(56, 12, 1);
    struct vh_obmc_match x, y;
    for (int i = 0; i < ROUNDS; i++) {
        checkasm_fill(ca, &cur, i % CHECKASM_FILLS, 0, 255);
        checkasm_fill(ca, &b, i / 5 % CHECKASM_FILLS, 0, 255);
        checkasm_fill(ca, &c, i / 5 % CHECKASM_FILLS, 0, 255);
        const uint8_t *p = (const uint8_t *)cur.data + 2 * cur.stride + 3 + i % 8;
        const uint8_t *q = (const uint8_t *)b.data + 3 * b.stride + 2 + i % 11;
        const uint8_t *r = (const uint8_t *)c.data + 2 * c.stride + 2 + i % 7;
        memset(&x, 0, sizeof x);
        memset(&y, 1, sizeof y);
        ref->match(&x, p, cur.stride, q, r, b.stride);
        opt->match(&y, p, cur.stride, q, r, b.stride);
        checkasm_same_bytes(ca, "match", &x, &y, sizeof x);
    }
    const uint8_t *p = (const uint8_t *)cur.data + 2 * cur.stride + 8,
                  *q = (const uint8_t *)b.data + 2 * b.stride + 8;
    CHECKASM_BENCH(ca, 32) opt->match(&y, p, cur.stride, q, q + 1, b.stride);
    checkasm_plane_free(&cur);
    checkasm_plane_free(&b);
    checkasm_plane_free(&c);
}

static void check_weights(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    if (!checkasm_begin(ca, "weights", ref->weights != opt->weights))
        return;
    int16_t x[5][4][8], y[5][4][8];
    struct vh_obmc_match match[4];
    int corners[4];
    for (int i = 0; i < ROUNDS; i++) {
        int n = 2 + i % 3;
        float floor15 = 1.0f + (float)checkasm_random_in(ca, 0, 3000) * 0.37f;
        random_matches(ca, match, i);
        deal_corners(ca, corners, n);
        memset(x, 0x55, sizeof x);
        memset(y, 0x55, sizeof y);
        ref->weights(x, match, corners, n, floor15);
        opt->weights(y, match, corners, n, floor15);
        checkasm_same_bytes(ca, "weights", x, y, sizeof x);
    }
    deal_corners(ca, corners, 3);
    CHECKASM_BENCH(ca, 32) opt->weights(y, match, corners, 3, 20.0f);
}

static void check_maps(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    if (!checkasm_begin(ca, "maps", ref->maps != opt->maps))
        return;
    struct checkasm_plane error[2], phase[2];
    for (int i = 0; i < 2; i++) {
        error[i] = checkasm_plane_make(8, 4, 2);
        phase[i] = checkasm_plane_make(8, 4, 1);
    }
    int16_t weight[4][4][8];
    struct vh_obmc_match match[4];
    int corners[4], s[4];
    for (int i = 0; i < ROUNDS; i++) {
        int n = 1 + i % 4;
        random_matches(ca, match, i);
        deal_corners(ca, corners, n);
        if (n > 1)
            ref->weights(weight, match, corners, n, 15.0f);
        for (int k = 0; k < 4; k++)
            s[k] = checkasm_random_in(ca, 0, 255);
        struct vh_obmc_maps x = {error[0].data, error[0].stride, phase[0].data, phase[0].stride};
        struct vh_obmc_maps y = {error[1].data, error[1].stride, phase[1].data, phase[1].stride};
        ref->maps(&x, (const int16_t(*)[4][8])weight, match, s, n);
        opt->maps(&y, (const int16_t(*)[4][8])weight, match, s, n);
        checkasm_same_plane(ca, "error", &error[0], &error[1]);
        checkasm_same_plane(ca, "phase", &phase[0], &phase[1]);
    }
    struct vh_obmc_maps y = {error[1].data, error[1].stride, phase[1].data, phase[1].stride};
    CHECKASM_BENCH(ca, 32) opt->maps(&y, (const int16_t(*)[4][8])weight, match, s, 2);
    for (int i = 0; i < 2; i++) {
        checkasm_plane_free(&error[i]);
        checkasm_plane_free(&phase[i]);
    }
}

/* A cell as compensation makes them. */
static struct vh_obmc_cell random_cell(struct checkasm *ca, const struct checkasm_plane *src, int round)
{
    bool whole = round % 3 == 2;
    struct vh_obmc_cell cell = {.rows = round & 1 ? 4 : 8,
        .sets = 1 + round % 3,
        .advance = whole ? 2 : 1,
        .n = 1 + round / 7 % 4,
        .shift = round % 9 % 5};
    for (int k = 0; k < cell.n; k++) {
        struct vh_obmc_source *s = &cell.source[k];
        s->src = (const uint16_t *)src->data + checkasm_random_in(ca, 1, 20);
        s->src2 = s->src + 30;
        s->stride = src->stride;
        s->phase_x = checkasm_random_in(ca, 0, 15) * (round % 5 != 0);
        s->phase_y[0] = checkasm_random_in(ca, 0, 15) * (round % 4 != 0);
        s->phase_y[1] = whole ? s->phase_y[0] : (s->phase_y[0] + 8) & 15;
        s->row[0] = 0;
        s->row[1] = whole ? 1 : s->phase_y[0] >= 8;
        s->n_rows = whole ? cell.rows + 3 : cell.rows / 2 + 3 + s->row[1];
    }
    return cell;
}

static void check_cell(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    if (!checkasm_begin(ca, "cell", ref->cell != opt->cell))
        return;
    struct checkasm_plane src = checkasm_plane_make(96, VH_OBMC_MAX_ROWS, 2);
    struct checkasm_plane a = checkasm_plane_make(8, 8, 2), b = checkasm_plane_make(8, 8, 2);
    struct vh_obmc_match match[4];
    int16_t weight[4][4][8];
    int corners[4];
    struct vh_obmc_cell cell;
    for (int i = 0; i < 4 * ROUNDS; i++) {
        checkasm_fill(ca, &src, i % CHECKASM_FILLS, 0, 65535);
        cell = random_cell(ca, &src, i);
        random_matches(ca, match, i);
        deal_corners(ca, corners, cell.n);
        if (cell.n > 1)
            ref->weights(weight, match, corners, cell.n, 15.0f);
        cell.weight = (const int16_t(*)[4][8])weight;
        bool two = i / 5 & 1;
        cell.dst_stride = a.stride;
        cell.dst = a.data;
        cell.dst2 = two ? cell.dst + 4 : NULL;
        ref->cell(&cell);
        cell.dst = b.data;
        cell.dst2 = two ? cell.dst + 4 : NULL;
        opt->cell(&cell);
        checkasm_same_plane(ca, two ? "two planes" : "one plane", &a, &b);
    }
    cell = random_cell(ca, &src, 52);
    cell.weight = (const int16_t(*)[4][8])weight;
    cell.dst = b.data;
    cell.dst_stride = b.stride;
    CHECKASM_BENCH(ca, 64) opt->cell(&cell);
    checkasm_plane_free(&src);
    checkasm_plane_free(&a);
    checkasm_plane_free(&b);
}

static struct vh_obmc_single single_of(const struct vh_obmc_cell *cell, uint16_t *dst, bool two)
{
    const struct vh_obmc_source *s = &cell->source[0];
    return (struct vh_obmc_single){.src = s->src,
        .src2 = s->src2,
        .dst = dst,
        .dst2 = two ? dst + 4 : NULL,
        .phase_x = (uint8_t)s->phase_x,
        .phase_y = {(uint8_t)s->phase_y[0], (uint8_t)s->phase_y[1]},
        .row1 = (uint8_t)s->row[1]};
}

/* Cells of one candidate by the list, of both kinds of planes and of both heights. */
static void check_singles(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    enum { MANY = 5 };
    if (!checkasm_begin(ca, "singles", ref->singles != opt->singles))
        return;
    struct checkasm_plane src = checkasm_plane_make(96, VH_OBMC_MAX_ROWS, 2);
    struct checkasm_plane a = checkasm_plane_make(8 * MANY, 8, 2), b = checkasm_plane_make(8 * MANY, 8, 2);
    struct vh_obmc_single x[MANY], y[MANY];
    struct vh_obmc_cell shape = {0};
    for (int i = 0; i < 4 * ROUNDS; i++) {
        bool two = i / 5 & 1;
        checkasm_fill(ca, &src, i % CHECKASM_FILLS, 0, 65535);
        for (int k = 0; k < MANY; k++) {
            int round = 6 * checkasm_random_in(ca, 0, 1000) + (i & 1) + (i & 2); /* not a whole picture's */
            shape = random_cell(ca, &src, round % 3 == 2 ? round + 2 : round);
            x[k] = single_of(&shape, (uint16_t *)a.data + 8 * k, two);
            y[k] = single_of(&shape, (uint16_t *)b.data + 8 * k, two);
        }
        shape.sets = 1 + i % 3;
        shape.dst_stride = a.stride;
        shape.rows = i & 4 ? 8 : 4;
        shape.shift = i % 5;
        shape.dst2 = two ? a.data : NULL;
        ref->singles(&shape, x, MANY);
        opt->singles(&shape, y, MANY);
        checkasm_same_plane(ca, two ? "two planes" : "one plane", &a, &b);
    }
    shape.dst2 = NULL;
    shape.rows = 8;
    CHECKASM_BENCH(ca, 64 * MANY) opt->singles(&shape, y, MANY);
    checkasm_plane_free(&src);
    checkasm_plane_free(&a);
    checkasm_plane_free(&b);
}

/* Runs of any length are what cells of one vector give. */
static void check_run(struct checkasm *ca, const struct vh_dsp_obmc *ref, const struct vh_dsp_obmc *opt)
{
    enum { LONGEST = 88 };
    if (!checkasm_begin(ca, "run", ref->run != opt->run))
        return;
    struct checkasm_plane src = checkasm_plane_make(LONGEST + 16, VH_OBMC_MAX_ROWS, 2);
    struct checkasm_plane a = checkasm_plane_make(LONGEST, 8, 2), b = checkasm_plane_make(LONGEST, 8, 2);
    struct vh_obmc_cell cell;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        int n = VH_OBMC_RUN + 4 * checkasm_random_in(ca, 0, (LONGEST - VH_OBMC_RUN) / 4);
        checkasm_fill(ca, &src, i % CHECKASM_FILLS, 0, 65535);
        cell = random_cell(ca, &src, i);
        cell.n = cell.advance = 1;
        cell.dst2 = NULL;
        cell.dst_stride = a.stride;
        struct vh_obmc_source *s = &cell.source[0];
        s->src = (const uint16_t *)src.data + 1;
        s->stride = src.stride;
        s->row[0] = 0;
        s->row[1] = checkasm_random_in(ca, 0, 1);
        s->n_rows = s->row[1] + cell.rows / 2 + 3;
        cell.dst = a.data;
        ref->run(&cell, n);
        cell.dst = b.data;
        opt->run(&cell, n);
        checkasm_same_plane(ca, "run", &a, &b);
        for (int x = 0; x + 8 <= n; x += 8) {
            cell.dst = (uint16_t *)b.data + x;
            s->src = (const uint16_t *)src.data + 1 + x;
            opt->cell(&cell);
        }
        checkasm_same_plane(ca, "cells", &a, &b);
    }
    cell.source[0].src = (const uint16_t *)src.data + 1;
    cell.source[0].phase_x = cell.source[0].phase_y[0] = cell.source[0].phase_y[1] = 5;
    cell.source[0].n_rows = 8;
    cell.dst = b.data;
    cell.rows = 8;
    cell.sets = 3;
    CHECKASM_BENCH(ca, 8 * LONGEST) opt->run(&cell, LONGEST);
    checkasm_plane_free(&src);
    checkasm_plane_free(&a);
    checkasm_plane_free(&b);
}

CHECKASM_CHECK(obmc)
{
    struct vh_dsp_obmc ref, opt;
    vh_dsp_obmc_init(&ref, 0);
    vh_dsp_obmc_init(&opt, ca->cpu_flags);
    check_match(ca, &ref, &opt);
    check_weights(ca, &ref, &opt);
    check_maps(ca, &ref, &opt);
    check_cell(ca, &ref, &opt);
    check_singles(ca, &ref, &opt);
    check_run(ca, &ref, &opt);
}
