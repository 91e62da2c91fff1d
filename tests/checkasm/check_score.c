/* Comparison kernels: every level gives the bits of plain C, at the extremes of 16 bits too. */
#include "checkasm.h"

#include "dsp/score.h"

#include <string.h>

struct lines {
    struct checkasm_plane plane[2];
    const uint16_t *a[4], *b[4];
};

static struct lines make(struct checkasm *ca, int width, enum checkasm_fill kind)
{
    struct lines l;
    for (int i = 0; i < 2; i++) {
        l.plane[i] = checkasm_plane_make(width, 4, 2);
        checkasm_fill(ca, &l.plane[i], i && kind == CHECKASM_HIGH ? CHECKASM_LOW : kind, 0, 65535);
    }
    for (int k = 0; k < 4; k++) {
        l.a[k] = (const uint16_t *)l.plane[0].data + k * l.plane[0].stride;
        l.b[k] = (const uint16_t *)l.plane[1].data + k * l.plane[1].stride;
    }
    return l;
}

static void done(struct lines *l)
{
    checkasm_plane_free(&l->plane[0]);
    checkasm_plane_free(&l->plane[1]);
}

/* Runs the statement for every width and fill with `l` and `n`. */
#define OVER(ca, ...)                                                                                        \
    do {                                                                                                     \
        int n_sizes;                                                                                         \
        const struct checkasm_size *size = checkasm_sizes(&n_sizes);                                         \
        for (int s = 0; s < n_sizes; s++)                                                                    \
            for (int kind = 0; kind < CHECKASM_FILLS; kind++) {                                              \
                int n = size[s].width;                                                                       \
                bool bench = n == 720 && kind == CHECKASM_RANDOM;                                            \
                struct lines l = make(ca, n, (enum checkasm_fill)kind);                                      \
                __VA_ARGS__;                                                                                 \
                done(&l);                                                                                    \
            }                                                                                                \
    } while (0)

static void check_sse(struct checkasm *ca, const struct vh_dsp_score *ref, const struct vh_dsp_score *opt)
{
    OVER(ca, {
        checkasm_same_int(
            ca, "sum", (int64_t)ref->sse(l.a[0], l.b[0], n), (int64_t)opt->sse(l.a[0], l.b[0], n));
        if (bench)
            CHECKASM_BENCH(ca, n)
            {
                opt->sse(l.a[0], l.b[0], n);
            }
    });
}

static void check_combing(struct checkasm *ca, const struct vh_dsp_score *ref, const struct vh_dsp_score *opt)
{
    OVER(ca, {
        uint64_t x[3] = {1, 2, 3}, y[3] = {1, 2, 3};
        ref->combing(x, l.a, l.b, 2048, n);
        opt->combing(y, l.a, l.b, 2048, n);
        checkasm_same_bytes(ca, "sums", x, y, sizeof x);
        if (bench)
            CHECKASM_BENCH(ca, n)
            {
                opt->combing(y, l.a, l.b, 2048, n);
            }
    });
}

static void check_flicker(struct checkasm *ca, const struct vh_dsp_score *ref, const struct vh_dsp_score *opt)
{
    OVER(ca, {
        checkasm_same_int(ca, "sum", (int64_t)ref->flicker(l.a[0], l.a[1], l.b[0], l.b[1], n),
            (int64_t)opt->flicker(l.a[0], l.a[1], l.b[0], l.b[1], n));
        if (bench)
            CHECKASM_BENCH(ca, n)
            {
                opt->flicker(l.a[0], l.a[1], l.b[0], l.b[1], n);
            }
    });
}

enum { MAX_BLOCKS = 200 };

static struct vh_score_blocks rows(double memory[4][MAX_BLOCKS])
{
    return (struct vh_score_blocks){memory[0], memory[1], memory[2], memory[3]};
}

static void check_blocks(struct checkasm *ca, const struct vh_dsp_score *ref, const struct vh_dsp_score *opt)
{
    OVER(ca, {
        double x[4][MAX_BLOCKS] = {{0}}, y[4][MAX_BLOCKS] = {{0}};
        struct vh_score_blocks bx = rows(x), by = rows(y);
        if (n >= 4) {
            ref->ssim_blocks(&bx, l.a, l.b, n / 4);
            opt->ssim_blocks(&by, l.a, l.b, n / 4);
        }
        checkasm_same_bytes(ca, "blocks", x, y, sizeof x);
        if (bench)
            CHECKASM_BENCH(ca, 4 * n)
            {
                opt->ssim_blocks(&by, l.a, l.b, n / 4);
            }
    });
}

static void check_windows(struct checkasm *ca, const struct vh_dsp_score *ref, const struct vh_dsp_score *opt)
{
    OVER(ca, {
        double sums[4][MAX_BLOCKS] = {{0}}, x[MAX_BLOCKS] = {0}, y[MAX_BLOCKS] = {0};
        struct vh_score_blocks row = rows(sums);
        double c1 = 27279360.0, c2 = 15467397120.0;
        if (n >= 8) {
            ref->ssim_blocks(&row, l.a, l.b, n / 4);
            ref->ssim_windows(x, &row, &row, c1, c2, n / 4 - 1);
            opt->ssim_windows(y, &row, &row, c1, c2, n / 4 - 1);
        }
        checkasm_same_bytes(ca, "windows", x, y, sizeof x);
        if (bench)
            CHECKASM_BENCH(ca, 4 * n)
            {
                opt->ssim_windows(y, &row, &row, c1, c2, n / 4 - 1);
            }
    });
}

CHECKASM_CHECK(score)
{
    struct vh_dsp_score ref, opt;
    vh_dsp_score_init(&ref, 0);
    vh_dsp_score_init(&opt, ca->cpu_flags);
    if (checkasm_begin(ca, "sse", ref.sse != opt.sse))
        check_sse(ca, &ref, &opt);
    if (checkasm_begin(ca, "combing", ref.combing != opt.combing))
        check_combing(ca, &ref, &opt);
    if (checkasm_begin(ca, "flicker", ref.flicker != opt.flicker))
        check_flicker(ca, &ref, &opt);
    if (checkasm_begin(ca, "ssim_blocks", ref.ssim_blocks != opt.ssim_blocks))
        check_blocks(ca, &ref, &opt);
    if (checkasm_begin(ca, "ssim_windows", ref.ssim_windows != opt.ssim_windows))
        check_windows(ca, &ref, &opt);
}
