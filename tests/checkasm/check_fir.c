/* dsp/fir.h: every level against plain C, for all sizes, odd numbers of samples and the largest coefficients.
 */
#include "checkasm.h"

#include "dsp/fir.h"

enum { TAPS = 50, BEFORE = 25 };

static void random_taps(struct checkasm *ca, int16_t *coef, int n)
{
    int left = VH_FIR_MAX_SUM;
    for (int i = 0; i < n; i++) {
        int most = left / 4 > 32767 ? 32767 : left / 4;
        coef[i] = (int16_t)checkasm_random_in(ca, -most, most);
        left -= coef[i] < 0 ? -coef[i] : coef[i];
    }
}

static void check_load(struct checkasm *ca, const struct vh_dsp_fir *ref, const struct vh_dsp_fir *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "load", ref->load != opt->load))
        return;
    for (int i = 0; i < n; i++) {
        int w = size[i].width;
        struct checkasm_plane src = checkasm_plane_make(w, 1, 2);
        struct checkasm_plane a = checkasm_plane_make(w + 2 * BEFORE, 1, 2),
                              b = checkasm_plane_make(w + 2 * BEFORE, 1, 2);
        checkasm_fill(ca, &src, CHECKASM_EDGES, 0, 65535);
        ref->load(a.data, src.data, w, BEFORE, BEFORE);
        opt->load(b.data, src.data, w, BEFORE, BEFORE);
        checkasm_same_plane(ca, "load", &a, &b);
        if (w > 700)
            CHECKASM_BENCH(ca, w) opt->load(b.data, src.data, w, BEFORE, BEFORE);
        checkasm_plane_free(&src);
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
    }
}

static void check_row(struct checkasm *ca, const struct vh_dsp_fir *ref, const struct vh_dsp_fir *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "row", ref->row != opt->row))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width, taps = 2 + 2 * (i % (TAPS / 2));
            int16_t coef[TAPS];
            random_taps(ca, coef, taps);
            struct checkasm_plane src = checkasm_plane_make(w + TAPS + VH_FIR_SLACK, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            checkasm_fill_s16(ca, &src, fill, -32768, 32767);
            ref->row(a.data, src.data, w, coef, taps);
            opt->row(b.data, src.data, w, coef, taps);
            checkasm_same_plane(ca, "row", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt->row(b.data, src.data, w, coef, TAPS);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}

static void check_col(struct checkasm *ca, const struct vh_dsp_fir *ref, const struct vh_dsp_fir *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "col", ref->col != opt->col))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            enum { LINES = 6 };
            int w = size[i].width;
            int16_t coef[LINES];
            random_taps(ca, coef, LINES);
            struct checkasm_plane src = checkasm_plane_make(w, LINES, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            const uint16_t *line[LINES];
            for (int t = 0; t < LINES; t++)
                line[t] = (const uint16_t *)src.data + t * src.stride;
            checkasm_fill(ca, &src, fill, 0, 65535);
            ref->col(a.data, line, w, coef, LINES);
            opt->col(b.data, line, w, coef, LINES);
            checkasm_same_plane(ca, "col", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt->col(b.data, line, w, coef, LINES);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}

static void check_limit(struct checkasm *ca, const struct vh_dsp_fir *ref, const struct vh_dsp_fir *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "limit", ref->limit != opt->limit))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width;
            struct checkasm_plane src = checkasm_plane_make(w + VH_FIR_LIMIT_SPAN + VH_FIR_SLACK, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            checkasm_fill_s16(ca, &src, fill, -32768, 32767);
            checkasm_fill(ca, &a, CHECKASM_EDGES, 0, 65535);
            checkasm_plane_copy(&b, &a);
            static const int margins[] = {0, 19661, 65535};
            int margin = margins[(i + fill) % 3];
            ref->limit(a.data, src.data, w, margin);
            opt->limit(b.data, src.data, w, margin);
            checkasm_same_plane(ca, "limit", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt->limit(b.data, src.data, w, margin);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}

CHECKASM_CHECK(fir)
{
    struct vh_dsp_fir ref, opt;
    vh_dsp_fir_init(&ref, 0);
    vh_dsp_fir_init(&opt, ca->cpu_flags);
    check_load(ca, &ref, &opt);
    check_row(ca, &ref, &opt);
    check_col(ca, &ref, &opt);
    check_limit(ca, &ref, &opt);
}
