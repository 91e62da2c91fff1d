/* Line registration: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/line_match.h"

CHECKASM_CHECK(line_match)
{
    struct vh_dsp_line_match ref, opt;
    int n_sizes;
    const struct checkasm_size *size = checkasm_sizes(&n_sizes);
    vh_dsp_line_match_init(&ref, 0);
    vh_dsp_line_match_init(&opt, ca->cpu_flags);
    if (!checkasm_begin(ca, "line_match.sums", ref.sums != opt.sums))
        return;
    for (int i = 0; i < n_sizes; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int n = size[i].width;
            struct checkasm_plane own = checkasm_plane_make(n + 2, 1, 2),
                                  other = checkasm_plane_make(n + 2, 1, 2);
            checkasm_fill(ca, &own, (enum checkasm_fill)fill, 0, 65535);
            checkasm_fill(ca, &other, CHECKASM_RANDOM, 0, 65535);
            const uint16_t *a = (const uint16_t *)own.data + 1, *b = (const uint16_t *)other.data + 1;
            struct vh_line_match x, y;
            ref.sums(&x, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
            opt.sums(&y, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
            checkasm_same_bytes(ca, "sums", &x, &y, sizeof x);
            if (n == 720 && fill == CHECKASM_RANDOM)
                CHECKASM_BENCH(ca, n)
                {
                    opt.sums(&y, a, b, n, 640, fill * 3000 - 5000, fill % 3 * 16);
                }
            checkasm_plane_free(&own);
            checkasm_plane_free(&other);
        }
}
