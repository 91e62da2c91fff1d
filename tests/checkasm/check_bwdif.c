/* bwdif: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/bwdif.h"

enum { LINES = 18 };

struct bench {
    struct checkasm_plane in, ref, opt;
    struct vh_dsp_bwdif_lines lines;
};

static void make(struct checkasm *ca, struct bench *b, int width, enum checkasm_fill fill)
{
    const uint16_t *line[LINES];
    b->in = checkasm_plane_make(width, LINES, 2);
    b->ref = checkasm_plane_make(width, 1, 2);
    b->opt = checkasm_plane_make(width, 1, 2);
    checkasm_fill(ca, &b->in, fill, 0, 65535);
    checkasm_fill(ca, &b->ref, fill, 0, 65535);
    checkasm_plane_copy(&b->opt, &b->ref);
    for (int i = 0; i < LINES; i++)
        line[i] = (const uint16_t *)b->in.data + i * b->in.stride;
    b->lines = (struct vh_dsp_bwdif_lines){.own = {line[0], line[1], line[2], line[3]},
        .own_before = {line[4], line[5]},
        .own_after = {line[6], line[7]},
        .before = {line[8], line[9], line[10], line[11], line[12]},
        .after = {line[13], line[14], line[15], line[16], line[17]}};
}

static void check(struct checkasm *ca, void (*ref)(uint16_t *, const struct vh_dsp_bwdif_lines *, int),
    void (*opt)(uint16_t *, const struct vh_dsp_bwdif_lines *, int))
{
    int n_sizes;
    const struct checkasm_size *size = checkasm_sizes(&n_sizes);
    for (int s = 0; s < n_sizes; s++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            struct bench b;
            int n = size[s].width;
            make(ca, &b, n, (enum checkasm_fill)fill);
            ref(b.ref.data, &b.lines, n);
            opt(b.opt.data, &b.lines, n);
            checkasm_same_plane(ca, "line", &b.ref, &b.opt);
            if (n == 720 && fill == CHECKASM_RANDOM)
                CHECKASM_BENCH(ca, n)
                {
                    opt(b.opt.data, &b.lines, n);
                }
            checkasm_plane_free(&b.in);
            checkasm_plane_free(&b.ref);
            checkasm_plane_free(&b.opt);
        }
}

CHECKASM_CHECK(bwdif)
{
    struct vh_dsp_bwdif ref, opt;
    vh_dsp_bwdif_init(&ref, 0);
    vh_dsp_bwdif_init(&opt, ca->cpu_flags);
    if (checkasm_begin(ca, "full", ref.full != opt.full))
        check(ca, ref.full, opt.full);
    if (checkasm_begin(ca, "near", ref.near != opt.near))
        check(ca, ref.near, opt.near);
    if (checkasm_begin(ca, "edge", ref.edge != opt.edge))
        check(ca, ref.edge, opt.edge);
    if (checkasm_begin(ca, "alone", ref.alone != opt.alone))
        check(ca, ref.alone, opt.alone);
}
