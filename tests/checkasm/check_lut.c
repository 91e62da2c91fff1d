/* dsp/lut.h: every level against plain C, bit for bit, with tables of the smallest and a usual size. */
#include "checkasm.h"

#include "dsp/lut.h"

static struct vh_dsp_lut_params make_params(const struct checkasm_plane *node, int size)
{
    struct vh_dsp_lut_params p = {
        .to_rgb = {{1.784e-5f, 0, 2.745e-5f}, {1.784e-5f, -3.27e-6f, -8.16e-6f}, {1.784e-5f, 3.236e-5f, 0}},
        .to_ycc = {{11919, 40096, 4048}, {-6569, -22103, 28672}, {28672, -26042, -2630}},
        .node = node->data,
        .size = size,
        .high = {1, 1, 1},
        .rest = 0.25f};
    for (int c = 0; c < 3; c++)
        p.scale[c] = (float)(size - 1);
    return p;
}

static void check(struct checkasm *ca, const char *name, vh_dsp_lut_fn *ref, vh_dsp_lut_fn *opt, int axes)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, name, ref != opt))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            int w = size[i].width, nodes = fill == CHECKASM_EDGES ? 2 : 17;
            struct checkasm_plane node =
                checkasm_plane_make(4 * (axes == 3 ? nodes * nodes * nodes : nodes), 1, 4);
            struct checkasm_plane y = checkasm_plane_make(w, 1, 2), c = checkasm_plane_make(w, 2, 4);
            struct checkasm_plane ya = checkasm_plane_make(w, 1, 2), yb = checkasm_plane_make(w, 1, 2);
            struct checkasm_plane ca_ = checkasm_plane_make(w, 2, 4), cb_ = checkasm_plane_make(w, 2, 4);
            checkasm_fill_f32(ca, &node, CHECKASM_RANDOM, 0, 1);
            checkasm_fill(ca, &y, (enum checkasm_fill)fill, 0, 65535);
            checkasm_fill_f32(ca, &c, (enum checkasm_fill)fill, -28000, 28000);
            struct vh_dsp_lut_params p = make_params(&node, nodes);
            const float *cb = c.data, *cr = cb + c.stride;
            float *a = ca_.data, *b = cb_.data;
            ref(ya.data, a, a + ca_.stride, y.data, cb, cr, w, &p);
            opt(yb.data, b, b + cb_.stride, y.data, cb, cr, w, &p);
            checkasm_same_plane(ca, "luma", &ya, &yb);
            checkasm_same_plane(ca, "chroma", &ca_, &cb_);
            if (w > 700 && fill == CHECKASM_SMOOTH)
                CHECKASM_BENCH(ca, w) opt(yb.data, b, b + cb_.stride, y.data, cb, cr, w, &p);
            struct checkasm_plane *all[] = {&node, &y, &c, &ya, &yb, &ca_, &cb_};
            for (int k = 0; k < 7; k++)
                checkasm_plane_free(all[k]);
        }
}

CHECKASM_CHECK(lut)
{
    struct vh_dsp_lut ref, opt;
    vh_dsp_lut_init(&ref, 0);
    vh_dsp_lut_init(&opt, ca->cpu_flags);
    check(ca, "cube", ref.cube, opt.cube, 3);
    check(ca, "curves", ref.curves, opt.curves, 1);
}
