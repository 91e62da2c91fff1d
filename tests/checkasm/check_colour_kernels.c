/* dsp/colour_kernels.h: every level against plain C, bit for bit although they are float. */
#include "checkasm.h"

#include "dsp/colour_kernels.h"

/* BT.601 to BT.709 with SMPTE 170M primaries, rounded. */
static const struct vh_dsp_colour_params params = {.delta_cb = -0.11555f,
    .delta_cr = -0.20794f,
    .cb_cb = 1.01864f,
    .cb_cr = 0.11462f,
    .cr_cb = 0.07505f,
    .cr_cr = 1.02533f,
    .to_rgb = {{1.784e-5f, 0, 2.445e-5f}, {1.784e-5f, -6.0e-6f, -1.245e-5f}, {1.784e-5f, 3.09e-5f, 0}},
    .primaries = {{0.9395f, 0.0502f, 0.0103f}, {0.0178f, 0.9658f, 0.0164f}, {-0.0016f, -0.0044f, 1.006f}},
    .to_ycc = {{11919, 40096, 4048}, {-6569, -22103, 28672}, {28672, -26042, -2630}}};

struct rows {
    struct checkasm_plane y, chroma, luma, delta, out; /* chroma, out: Cb and Cr */
};

static struct rows make(struct checkasm *ca, int w, int fill)
{
    struct rows r = {checkasm_plane_make(w, 2, 2), checkasm_plane_make(w, 2, 2), checkasm_plane_make(w, 2, 4),
        checkasm_plane_make(w, 1, 4), checkasm_plane_make(w, 2, 2)};
    checkasm_fill(ca, &r.y, (enum checkasm_fill)fill, 0, 65535);
    checkasm_fill(ca, &r.chroma, (enum checkasm_fill)fill, 0, 65535);
    checkasm_fill_f32(ca, &r.luma, (enum checkasm_fill)fill, 0, 65535);
    return r;
}

static void drop(struct rows *r)
{
    checkasm_plane_free(&r->y);
    checkasm_plane_free(&r->chroma);
    checkasm_plane_free(&r->luma);
    checkasm_plane_free(&r->delta);
    checkasm_plane_free(&r->out);
}

enum { MATRIX, PRIMARIES, LUMA_AT, BETWEEN, TWICE, ADD };

static void call(const struct vh_dsp_colour *t, int kernel, struct rows *r, int w)
{
    uint16_t *cb = r->chroma.data, *cr = cb + r->chroma.stride, *out = r->out.data,
             *out2 = out + r->out.stride;
    const uint16_t *y = r->y.data;
    const float *luma = r->luma.data;
    int half = (w + 1) / 2;
    switch (kernel) {
    case MATRIX:
        t->matrix(r->delta.data, out, out2, cb, cr, w, &params);
        break;
    case PRIMARIES:
        t->primaries(r->delta.data, out, out2, luma, cb, cr, w, &params);
        break;
    case LUMA_AT:
        t->luma_at(r->delta.data, y, y + r->y.stride, 0.5f, w, w & 1, half);
        break;
    case BETWEEN:
        t->between(r->delta.data, luma, luma + r->luma.stride, 0.75f, w);
        break;
    case TWICE:
        t->twice(r->delta.data, luma, 0.25f, 0.25f, w);
        break;
    default:
        t->add(out, y, luma, w);
    }
}

static void check(struct checkasm *ca, const char *name, int kernel, bool differs,
    const struct vh_dsp_colour *ref, const struct vh_dsp_colour *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, name, differs))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width;
            struct rows a = make(ca, w, fill), b = make(ca, w, fill);
            checkasm_plane_copy(&b.y, &a.y);
            checkasm_plane_copy(&b.chroma, &a.chroma);
            checkasm_plane_copy(&b.luma, &a.luma);
            call(ref, kernel, &a, w);
            call(opt, kernel, &b, w);
            checkasm_same_plane(ca, "difference", &a.delta, &b.delta);
            checkasm_same_plane(ca, "samples", &a.out, &b.out);
            if (w > 700 && !fill)
                CHECKASM_BENCH(ca, w) call(opt, kernel, &b, w);
            drop(&a);
            drop(&b);
        }
}

CHECKASM_CHECK(colour_kernels)
{
    struct vh_dsp_colour ref, opt;
    vh_dsp_colour_init(&ref, 0);
    vh_dsp_colour_init(&opt, ca->cpu_flags);
    check(ca, "matrix", MATRIX, ref.matrix != opt.matrix, &ref, &opt);
    check(ca, "primaries", PRIMARIES, ref.primaries != opt.primaries, &ref, &opt);
    check(ca, "luma_at", LUMA_AT, ref.luma_at != opt.luma_at, &ref, &opt);
    check(ca, "between", BETWEEN, ref.between != opt.between, &ref, &opt);
    check(ca, "twice", TWICE, ref.twice != opt.twice, &ref, &opt);
    check(ca, "add", ADD, ref.add != opt.add, &ref, &opt);
}
