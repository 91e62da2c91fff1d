/* Noise of blocks: every level gives the numbers of plain C. */
#include "checkasm.h"

#include "dsp/block_noise.h"

CHECKASM_CHECK(block_noise)
{
    struct vh_dsp_block_noise ref, opt;
    vh_dsp_block_noise_init(&ref, 0);
    vh_dsp_block_noise_init(&opt, ca->cpu_flags);
    for (int what = 0; what < 2; what++) {
        if (!checkasm_begin(ca, what ? "block_noise.vertical" : "block_noise.compare",
                what ? ref.vertical != opt.vertical : ref.compare != opt.compare))
            continue;
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            struct checkasm_plane a = checkasm_plane_make(40, VH_NOISE_BLOCK_H, 2),
                                  b = checkasm_plane_make(40, VH_NOISE_BLOCK_H, 2);
            struct vh_block_noise x, y;
            checkasm_fill(ca, &a, (enum checkasm_fill)fill, 0, 65535);
            checkasm_fill(ca, &b, CHECKASM_EDGES, 0, 65535);
            const uint16_t *p = (const uint16_t *)a.data + fill, *q = (const uint16_t *)b.data + 2 * fill;
            if (what)
                checkasm_same_int(ca, "vertical", ref.vertical(p, a.stride), opt.vertical(p, a.stride));
            else {
                ref.compare(&x, p, a.stride, q, b.stride);
                opt.compare(&y, p, a.stride, q, b.stride);
                checkasm_same_bytes(ca, "compare", &x, &y, sizeof x);
            }
            if (fill == CHECKASM_RANDOM)
                CHECKASM_BENCH(ca, VH_NOISE_BLOCK_W * VH_NOISE_BLOCK_H)
                {
                    if (what)
                        opt.vertical(p, a.stride);
                    else
                        opt.compare(&y, p, a.stride, q, b.stride);
                }
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
    }
}
