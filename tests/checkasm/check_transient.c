/* Faster edges: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/transient.h"

CHECKASM_CHECK(transient)
{
    struct vh_dsp_transient ref, opt;
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    vh_dsp_transient_init(&ref, 0);
    vh_dsp_transient_init(&opt, ca->cpu_flags);
    if (!checkasm_begin(ca, "line", ref.line != opt.line))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            static const int amounts[] = {0, 154, 512};
            int w = size[i].width, amount = amounts[(i + fill) % 3];
            struct checkasm_plane src = checkasm_plane_make(w + 2 * VH_TRANSIENT_STEP, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            const int16_t *line = (const int16_t *)src.data + VH_TRANSIENT_STEP;
            checkasm_fill_s16(ca, &src, fill, -32768, 32767);
            ref.line(a.data, line, w, amount);
            opt.line(b.data, line, w, amount);
            checkasm_same_plane(ca, "line", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt.line(b.data, line, w, 154);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}
