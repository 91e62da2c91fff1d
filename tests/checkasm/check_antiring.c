/* dsp/antiring.h: every level against plain C; the look-up with every enlargement from none to a
 * thousandfold. */
#include "checkasm.h"

#include "dsp/antiring.h"

static void check_pairs(
    struct checkasm *ca, const struct vh_dsp_antiring *ref, const struct vh_dsp_antiring *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "pairs", ref->pairs != opt->pairs))
        return;
    for (int i = 0; i < n; i++) {
        int w = size[i].width;
        struct checkasm_plane src = checkasm_plane_make(w, 2, 2), out[4];
        for (int k = 0; k < 4; k++)
            out[k] = checkasm_plane_make(w, 1, 2);
        checkasm_fill(ca, &src, CHECKASM_EDGES, 0, 65535);
        const uint16_t *a = src.data, *b = a + src.stride;
        ref->pairs(out[0].data, out[1].data, a, b, w);
        opt->pairs(out[2].data, out[3].data, a, b, w);
        checkasm_same_plane(ca, "low", &out[0], &out[2]);
        checkasm_same_plane(ca, "high", &out[1], &out[3]);
        if (w > 700)
            CHECKASM_BENCH(ca, w) opt->pairs(out[2].data, out[3].data, a, b, w);
        for (int k = 0; k < 4; k++)
            checkasm_plane_free(&out[k]);
        checkasm_plane_free(&src);
    }
}

static void check_spread(
    struct checkasm *ca, const struct vh_dsp_antiring *ref, const struct vh_dsp_antiring *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "spread", ref->spread != opt->spread))
        return;
    for (int i = 0; i < n; i++)
        for (int step = 1; step <= 1000; step *= 10) { /* one new sample in `step` */
            int w = size[i].width;
            struct checkasm_plane src = checkasm_plane_make(w + 8, 1, 2),
                                  index = checkasm_plane_make(w, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            checkasm_fill(ca, &src, CHECKASM_RANDOM, 0, 65535);
            int at = 0;
            for (int x = 0; x < w; x++) {
                ((uint16_t *)index.data)[x] = (uint16_t)at;
                at += checkasm_random_in(ca, 0, step - 1) == 0;
            }
            ref->spread(a.data, src.data, index.data, w);
            opt->spread(b.data, src.data, index.data, w);
            checkasm_same_plane(ca, "spread", &a, &b);
            if (w > 700 && step == 10)
                CHECKASM_BENCH(ca, w) opt->spread(b.data, src.data, index.data, w);
            checkasm_plane_free(&src);
            checkasm_plane_free(&index);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}

static void check_clamp(
    struct checkasm *ca, const struct vh_dsp_antiring *ref, const struct vh_dsp_antiring *opt)
{
    static const int strengths[] = {0, 1, 205, 255, 256};
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "clamp", ref->clamp != opt->clamp))
        return;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 5; k++) {
            int w = size[i].width;
            struct checkasm_plane limit = checkasm_plane_make(w, 2, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            checkasm_fill(ca, &limit, CHECKASM_EDGES, 0, 65535);
            checkasm_fill(ca, &a, CHECKASM_EDGES, 0, 65535);
            checkasm_plane_copy(&b, &a);
            uint16_t *low = limit.data, *high = low + limit.stride;
            for (int x = 0; x < w; x++)
                if (low[x] > high[x]) {
                    uint16_t swap = low[x];
                    low[x] = high[x];
                    high[x] = swap;
                }
            ref->clamp(a.data, low, high, w, strengths[k]);
            opt->clamp(b.data, low, high, w, strengths[k]);
            checkasm_same_plane(ca, "clamp", &a, &b);
            if (w > 700 && k == 2)
                CHECKASM_BENCH(ca, w) opt->clamp(b.data, low, high, w, strengths[k]);
            checkasm_plane_free(&limit);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}

CHECKASM_CHECK(antiring)
{
    struct vh_dsp_antiring ref, opt;
    vh_dsp_antiring_init(&ref, 0);
    vh_dsp_antiring_init(&opt, ca->cpu_flags);
    check_pairs(ca, &ref, &opt);
    check_spread(ca, &ref, &opt);
    check_clamp(ca, &ref, &opt);
}
