/* dsp/depth.h: every level against plain C, all widths, both ends of the range, every depth. */
#include "checkasm.h"

#include "dsp/depth.h"

#include <string.h>

struct rows {
    struct checkasm_plane src8, src16, a, b, a8, b8;
};

static struct rows make(struct checkasm *ca, int width, int fill)
{
    struct rows r = {checkasm_plane_make(width, 1, 1), checkasm_plane_make(width, 1, 2),
        checkasm_plane_make(width, 1, 2), checkasm_plane_make(width, 1, 2), checkasm_plane_make(width, 1, 1),
        checkasm_plane_make(width, 1, 1)};
    checkasm_fill(ca, &r.src8, (enum checkasm_fill)fill, 0, 255);
    checkasm_fill(ca, &r.src16, (enum checkasm_fill)fill, 0, 65535);
    return r;
}

static void drop(struct rows *r)
{
    checkasm_plane_free(&r->src8);
    checkasm_plane_free(&r->src16);
    checkasm_plane_free(&r->a);
    checkasm_plane_free(&r->b);
    checkasm_plane_free(&r->a8);
    checkasm_plane_free(&r->b8);
}

enum { EXPAND8, EXPAND16, SCALE8, SCALE16, REDUCE8, REDUCE16 };

/* One kernel into one row; `deep` chooses depth and range. */
static void call(const struct vh_dsp_depth *t, int kernel, const struct rows *r, void *dst, int w, int deep)
{
    uint16_t noise[VH_DITHER_SIZE];
    vh_dsp_depth_noise(noise, deep, kernel == REDUCE8 ? 8 : 1 + deep % 8);
    switch (kernel) {
    case EXPAND8:
        t->expand8(dst, r->src8.data, w);
        break;
    case EXPAND16:
        t->expand16(dst, r->src16.data, w, deep % 9);
        break;
    case SCALE8:
        t->scale8(dst, r->src8.data, w, 219 * 256 / 255.0f, deep % 2 ? 4096.0f : -4096.0f);
        break;
    case SCALE16:
        t->scale16(dst, r->src16.data, w, deep % 2 ? 0.86f : 1.17f, deep % 2 ? 4096.0f : -4769.4f);
        break;
    case REDUCE8:
        t->reduce8(dst, r->src16.data, w, noise);
        break;
    default:
        t->reduce16(dst, r->src16.data, w, noise, 1 + deep % 8);
    }
}

static void check(struct checkasm *ca, const char *name, int kernel, bool differs,
    const struct vh_dsp_depth *ref, const struct vh_dsp_depth *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, name, differs))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width;
            struct rows r = make(ca, w, fill);
            struct checkasm_plane *a = kernel == REDUCE8 ? &r.a8 : &r.a,
                                  *b = kernel == REDUCE8 ? &r.b8 : &r.b;
            call(ref, kernel, &r, a->data, w, i + fill);
            call(opt, kernel, &r, b->data, w, i + fill);
            checkasm_same_plane(ca, name, a, b);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) call(opt, kernel, &r, b->data, w, 0);
            drop(&r);
        }
}

CHECKASM_CHECK(depth)
{
    struct vh_dsp_depth ref, opt;
    vh_dsp_depth_init(&ref, 0);
    vh_dsp_depth_init(&opt, ca->cpu_flags);
    check(ca, "expand8", EXPAND8, ref.expand8 != opt.expand8, &ref, &opt);
    check(ca, "expand16", EXPAND16, ref.expand16 != opt.expand16, &ref, &opt);
    check(ca, "scale8", SCALE8, ref.scale8 != opt.scale8, &ref, &opt);
    check(ca, "scale16", SCALE16, ref.scale16 != opt.scale16, &ref, &opt);
    check(ca, "reduce8", REDUCE8, ref.reduce8 != opt.reduce8, &ref, &opt);
    check(ca, "reduce16", REDUCE16, ref.reduce16 != opt.reduce16, &ref, &opt);
}
