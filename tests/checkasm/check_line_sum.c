/* Sums of lines: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/line_sum.h"

CHECKASM_CHECK(line_sum)
{
    struct vh_dsp_line_sum ref, opt;
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    vh_dsp_line_sum_init(&ref, 0);
    vh_dsp_line_sum_init(&opt, ca->cpu_flags);
    if (!checkasm_begin(ca, "run", ref.run != opt.run))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width;
            int16_t coef[VH_LINE_SUM_TAPS];
            const uint16_t *line[VH_LINE_SUM_TAPS];
            struct checkasm_plane src = checkasm_plane_make(w, VH_LINE_SUM_TAPS, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            checkasm_fill(ca, &src, fill, 0, 65535);
            for (int t = 0; t < VH_LINE_SUM_TAPS; t++) {
                coef[t] = (int16_t)checkasm_random_in(ca, -5000, 5000);
                line[t] = (const uint16_t *)src.data + t * src.stride;
            }
            ref.run(a.data, line, coef, w);
            opt.run(b.data, line, coef, w);
            checkasm_same_plane(ca, "run", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt.run(b.data, line, coef, w);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}
