/* The rest of a halo: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/dehalo.h"

CHECKASM_CHECK(dehalo)
{
    struct vh_dsp_dehalo ref, opt;
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    vh_dsp_dehalo_init(&ref, 0);
    vh_dsp_dehalo_init(&opt, ca->cpu_flags);
    if (!checkasm_begin(ca, "line", ref.line != opt.line))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            static const int parts[] = {0, 3000, 16384};
            int w = size[i].width, part = parts[(i + fill) % 3];
            struct checkasm_plane src = checkasm_plane_make(w + 2 * VH_DEHALO_REACH, 1, 2);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 2), b = checkasm_plane_make(w, 1, 2);
            const int16_t *line = (const int16_t *)src.data + VH_DEHALO_REACH;
            checkasm_fill_s16(ca, &src, fill, -32768, 32767);
            ref.line(a.data, line, w, part);
            opt.line(b.data, line, w, part);
            checkasm_same_plane(ca, "line", &a, &b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) opt.line(b.data, line, w, 5000);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
}
