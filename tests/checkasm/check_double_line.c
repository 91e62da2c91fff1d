/* Lines made twice as long: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/double_line.h"

CHECKASM_CHECK(double_line)
{
    enum { BEFORE = 4 };
    struct vh_dsp_double_line ref, opt;
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    vh_dsp_double_line_init(&ref, 0);
    vh_dsp_double_line_init(&opt, ca->cpu_flags);
    if (!checkasm_begin(ca, "run", ref.run != opt.run))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width,
                at[2] = {checkasm_random_in(ca, -BEFORE, 4), checkasm_random_in(ca, -BEFORE, 4)};
            int16_t coef[2][VH_DOUBLE_TAPS];
            for (int k = 0; k < 2 * VH_DOUBLE_TAPS; k++)
                coef[k % 2][k / 2] = (int16_t)checkasm_random_in(ca, -5000, 5000);
            struct checkasm_plane src = checkasm_plane_make(w + BEFORE + VH_DOUBLE_SLACK, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(2 * w, 1, 2), b = checkasm_plane_make(2 * w, 1, 2);
            const int16_t *line = (const int16_t *)src.data + BEFORE;
            checkasm_fill_s16(ca, &src, fill, -32768, 32767);
            ref.run(a.data, line, w, (const int16_t(*)[VH_DOUBLE_TAPS])coef, at);
            opt.run(b.data, line, w, (const int16_t(*)[VH_DOUBLE_TAPS])coef, at);
            checkasm_same_plane(ca, "run", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt.run(b.data, line, w, (const int16_t(*)[VH_DOUBLE_TAPS])coef, at);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}
