/* Line registration: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/line_match.h"

static void check_sums(
    struct checkasm *ca, const struct vh_dsp_line_match *ref, const struct vh_dsp_line_match *opt)
{
    int n_sizes;
    const struct checkasm_size *size = checkasm_sizes(&n_sizes);
    for (int i = 0; i < n_sizes; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int n = size[i].width;
            struct checkasm_plane own = checkasm_plane_make(n + 2, 1, 2),
                                  other = checkasm_plane_make(n + 2, 1, 2);
            checkasm_fill(ca, &own, (enum checkasm_fill)fill, 0, 65535);
            checkasm_fill(ca, &other, CHECKASM_RANDOM, 0, 65535);
            const uint16_t *a = (const uint16_t *)own.data + 1, *b = (const uint16_t *)other.data + 1;
            struct vh_line_match x, y;
            ref->sums(&x, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
            opt->sums(&y, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
            checkasm_same_bytes(ca, "sums", &x, &y, sizeof x);
            if (n == 720 && fill == CHECKASM_RANDOM)
                CHECKASM_BENCH(ca, n)
                {
                    opt->sums(&y, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
                }
            checkasm_plane_free(&own);
            checkasm_plane_free(&other);
        }
}

static void check_blocks(
    struct checkasm *ca, const struct vh_dsp_line_match *ref, const struct vh_dsp_line_match *opt)
{
    enum { MOST = 64 };
    for (int fill = 0; fill < CHECKASM_FILLS; fill++)
        for (int n = 0; n <= MOST; n = n < 3 ? n + 1 : n + 61) {
            struct checkasm_plane own = checkasm_plane_make(MOST * VH_LINE_MATCH_BLOCK, 1, 1),
                                  want = checkasm_plane_make(MOST * VH_LINE_MATCH_BLOCK, 1, 1);
            checkasm_fill(ca, &own, (enum checkasm_fill)fill, 0, 255);
            checkasm_fill(ca, &want, CHECKASM_RANDOM, 0, 255);
            uint32_t x[MOST + 1] = {0}, y[MOST + 1] = {0};
            int limit = fill ? 32 : 255;
            ref->blocks(x, own.data, want.data, n, limit);
            opt->blocks(y, own.data, want.data, n, limit);
            checkasm_same_bytes(ca, "blocks", x, y, sizeof x);
            if (n == MOST && fill == CHECKASM_RANDOM)
                CHECKASM_BENCH(ca, n * VH_LINE_MATCH_BLOCK)
                {
                    opt->blocks(y, own.data, want.data, n, limit);
                }
            checkasm_plane_free(&own);
            checkasm_plane_free(&want);
        }
}

CHECKASM_CHECK(line_match)
{
    struct vh_dsp_line_match ref, opt;
    vh_dsp_line_match_init(&ref, 0);
    vh_dsp_line_match_init(&opt, ca->cpu_flags);
    if (checkasm_begin(ca, "line_match.sums", ref.sums != opt.sums))
        check_sums(ca, &ref, &opt);
    if (checkasm_begin(ca, "line_match.blocks", ref.blocks != opt.blocks))
        check_blocks(ca, &ref, &opt);
}
