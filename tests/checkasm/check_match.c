/* dsp/match.h: every level against plain C: windows at every alignment, rows of all widths, extreme values.
 */
#include "checkasm.h"

#include "dsp/match.h"

#include <string.h>

enum { BORDER = 32, ROWS = 8 };

static void check_sad(struct checkasm *ca, const struct vh_dsp_match *ref, const struct vh_dsp_match *opt)
{
    bool differs[3] = {ref->sad != opt->sad, ref->sad_mean != opt->sad_mean, ref->activity != opt->activity};
    static const char *const names[3] = {"sad", "sad_mean", "activity"};
    for (int kernel = 0; kernel < 3; kernel++) {
        if (!checkasm_begin(ca, names[kernel], differs[kernel]))
            continue;
        struct checkasm_plane a = checkasm_plane_make(64, 16, 1), b = checkasm_plane_make(80, 16, 1);
        struct checkasm_plane c = checkasm_plane_make(80, 16, 1);
        for (int i = 0; i < 5 * CHECKASM_FILLS; i++) {
            checkasm_fill(ca, &a, i % CHECKASM_FILLS, 0, 255);
            checkasm_fill(ca, &b, i / CHECKASM_FILLS, 0, 255);
            checkasm_fill(ca, &c, (i + 1) % CHECKASM_FILLS, 0, 255);
            const uint8_t *p = (const uint8_t *)a.data + i % 17 + i % 5 * a.stride;
            const uint8_t *q = (const uint8_t *)b.data + i % 13 + i % 7 * b.stride;
            const uint8_t *r = (const uint8_t *)c.data + i % 11 + i % 3 * c.stride;
            int x, y;
            if (kernel == 0) {
                x = ref->sad(p, a.stride, q, b.stride), y = opt->sad(p, a.stride, q, b.stride);
            } else if (kernel == 1) {
                x = ref->sad_mean(p, a.stride, q, r, b.stride),
                y = opt->sad_mean(p, a.stride, q, r, b.stride);
            } else {
                x = ref->activity(p, a.stride), y = opt->activity(p, a.stride);
            }
            checkasm_same_int(ca, names[kernel], x, y);
        }
        volatile int sink = 0;
        const uint8_t *p = a.data, *q = b.data, *r = c.data;
        if (kernel == 0)
            CHECKASM_BENCH(ca, 128) sink += opt->sad(p, a.stride, q + 3, b.stride);
        else if (kernel == 1)
            CHECKASM_BENCH(ca, 128) sink += opt->sad_mean(p, a.stride, q + 3, r + 4, b.stride);
        else
            CHECKASM_BENCH(ca, 128) sink += opt->activity(p, a.stride);
        (void)sink;
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
        checkasm_plane_free(&c);
    }
}

static void check_sad4(struct checkasm *ca, const struct vh_dsp_match *ref, const struct vh_dsp_match *opt)
{
    static const char *const names[2] = {"sad_mean4", "sad4"};
    bool differs[2] = {ref->sad_mean4 != opt->sad_mean4, ref->sad4 != opt->sad4};
    for (int kernel = 0; kernel < 2; kernel++) {
        if (!checkasm_begin(ca, names[kernel], differs[kernel]))
            continue;
        struct checkasm_plane a = checkasm_plane_make(40, 8, 1), b = checkasm_plane_make(120, 12, 1);
        const uint8_t *p[4], *q[4];
        int x[4], y[4];
        for (int i = 0; i < 10 * CHECKASM_FILLS; i++) {
            const uint8_t *own = (const uint8_t *)a.data + i % 20;
            checkasm_fill(ca, &a, i % CHECKASM_FILLS, 0, 255);
            checkasm_fill(ca, &b, i / CHECKASM_FILLS % CHECKASM_FILLS, 0, 255);
            for (int k = 0; k < 4; k++) {
                p[k] = (const uint8_t *)b.data + checkasm_random_in(ca, 0, 100) +
                       checkasm_random_in(ca, 0, 4) * b.stride;
                q[k] = k & 1 ? p[k] : (const uint8_t *)b.data + checkasm_random_in(ca, 0, 100);
            }
            if (kernel) {
                ref->sad4(own, a.stride, p, b.stride, x);
                opt->sad4(own, a.stride, p, b.stride, y);
            } else {
                ref->sad_mean4(own, a.stride, p, q, b.stride, x);
                opt->sad_mean4(own, a.stride, p, q, b.stride, y);
            }
            checkasm_same_bytes(ca, names[kernel], x, y, sizeof x);
        }
        if (kernel)
            CHECKASM_BENCH(ca, 4 * 128) opt->sad4(a.data, a.stride, p, b.stride, y);
        else
            CHECKASM_BENCH(ca, 4 * 128) opt->sad_mean4(a.data, a.stride, p, q, b.stride, y);
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
    }
}

static void check_row_difference(
    struct checkasm *ca, const struct vh_dsp_match *ref, const struct vh_dsp_match *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "row_difference", ref->row_difference != opt->row_difference))
        return;
    for (int i = 0; i < n * CHECKASM_FILLS; i++) {
        int w = size[i / CHECKASM_FILLS].width;
        struct checkasm_plane a = checkasm_plane_make(w, 1, 1), b = checkasm_plane_make(w, 1, 1);
        checkasm_fill(ca, &a, i % CHECKASM_FILLS, 0, 255);
        checkasm_fill(ca, &b, (i + i / CHECKASM_FILLS) % CHECKASM_FILLS, 0, 255);
        checkasm_same_int(ca, "row_difference", ref->row_difference(a.data, b.data, w),
            opt->row_difference(a.data, b.data, w));
        volatile uint32_t sink = 0;
        if (w > 700 && i % CHECKASM_FILLS == 0)
            CHECKASM_BENCH(ca, w) sink += opt->row_difference(a.data, b.data, w);
        (void)sink;
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
    }
}

static void check_search_row(
    struct checkasm *ca, const struct vh_dsp_match *ref, const struct vh_dsp_match *opt)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "search_row", ref->search_row != opt->search_row))
        return;
    for (int i = 0; i < n * CHECKASM_FILLS; i++) {
        int w = size[i / CHECKASM_FILLS].width;
        struct checkasm_plane near = checkasm_plane_make(w, 1, 2), far = checkasm_plane_make(w, 1, 2);
        struct checkasm_plane a = checkasm_plane_make(w, 1, 1), b = checkasm_plane_make(w, 1, 1);
        struct checkasm_plane scratch = checkasm_plane_make(w + 32, 1, 2);
        checkasm_fill(ca, &near, i % CHECKASM_FILLS, 0, 65535);
        checkasm_fill(ca, &far, i % CHECKASM_FILLS, 0, 65535);
        ref->search_row(a.data, near.data, far.data, w, scratch.data);
        opt->search_row(b.data, near.data, far.data, w, scratch.data);
        checkasm_same_plane(ca, "search_row", &a, &b);
        if (w > 700 && i % CHECKASM_FILLS == 0)
            CHECKASM_BENCH(ca, w) opt->search_row(b.data, near.data, far.data, w, scratch.data);
        checkasm_plane_free(&near);
        checkasm_plane_free(&far);
        checkasm_plane_free(&a);
        checkasm_plane_free(&b);
        checkasm_plane_free(&scratch);
    }
}

/* Kernels that make one row of 8-bit samples from up to four. */
static void run_row(
    const struct vh_dsp_match *dsp, int kernel, uint8_t *dst, const struct checkasm_plane *src, int w)
{
    const uint8_t *s = (const uint8_t *)src->data + BORDER;
    if (kernel == 0)
        dsp->half_vertical(dst, s, s + src->stride, s + 2 * src->stride, s + 3 * src->stride, w);
    else if (kernel == 1)
        dsp->half_horizontal(dst, s, w);
    else
        dsp->shrink_row(dst, s, s + src->stride, w);
}

static void check_rows(struct checkasm *ca, const struct vh_dsp_match *ref, const struct vh_dsp_match *opt)
{
    static const char *const names[3] = {"half_vertical", "half_horizontal", "shrink_row"};
    bool differs[3] = {ref->half_vertical != opt->half_vertical, ref->half_horizontal != opt->half_horizontal,
        ref->shrink_row != opt->shrink_row};
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    for (int kernel = 0; kernel < 3; kernel++) {
        if (!checkasm_begin(ca, names[kernel], differs[kernel]))
            continue;
        for (int i = 0; i < n * CHECKASM_FILLS; i++) {
            int w = size[i / CHECKASM_FILLS].width;
            struct checkasm_plane src = checkasm_plane_make(2 * w + 2 * BORDER, 4, 1);
            struct checkasm_plane a = checkasm_plane_make(w, 1, 1), b = checkasm_plane_make(w, 1, 1);
            checkasm_fill(ca, &src, i % CHECKASM_FILLS, 0, 255);
            run_row(ref, kernel, a.data, &src, w);
            run_row(opt, kernel, b.data, &src, w);
            checkasm_same_plane(ca, names[kernel], &a, &b);
            if (w > 700 && i % CHECKASM_FILLS == 0)
                CHECKASM_BENCH(ca, w) run_row(opt, kernel, b.data, &src, w);
            checkasm_plane_free(&src);
            checkasm_plane_free(&a);
            checkasm_plane_free(&b);
        }
    }
}

CHECKASM_CHECK(match)
{
    struct vh_dsp_match ref, opt;
    vh_dsp_match_init(&ref, 0);
    vh_dsp_match_init(&opt, ca->cpu_flags);
    check_sad(ca, &ref, &opt);
    check_sad4(ca, &ref, &opt);
    check_row_difference(ca, &ref, &opt);
    check_search_row(ca, &ref, &opt);
    check_rows(ca, &ref, &opt);
}
