/* The harness itself: it must notice a wrong value, a write outside, a low SNR and a NaN, and pass what is
 * right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "checkasm.h"

#include <math.h>

enum fault { NONE, WRONG_LAST, LEFT, RIGHT, ABOVE, BELOW, BOTH_OUTSIDE };

static void invert(const struct checkasm_plane *dst, const struct checkasm_plane *src, enum fault fault)
{
    uint16_t *to = dst->data;
    const uint16_t *from = src->data;
    for (int y = 0; y < dst->height; y++)
        for (int x = 0; x < dst->width; x++)
            to[y * dst->stride + x] = (uint16_t)~from[y * src->stride + x];
    switch (fault) {
    case WRONG_LAST:
        to[(dst->height - 1) * dst->stride + dst->width - 1] ^= 1;
        break;
    case LEFT:
        to[-1] ^= 1;
        break;
    case RIGHT:
    case BOTH_OUTSIDE:
        to[dst->width] ^= 1;
        break;
    case ABOVE:
        to[-dst->stride] ^= 1;
        break;
    case BELOW:
        to[dst->height * dst->stride] ^= 1;
        break;
    case NONE:
        break;
    }
}

static void check_invert(struct checkasm *ca, enum fault fault)
{
    int n;
    const struct checkasm_size *size = checkasm_sizes(&n);
    if (!checkasm_begin(ca, "invert", true))
        return;
    for (int i = 0; i < n; i++)
        for (int fill = 0; fill < CHECKASM_FILLS; fill++) {
            struct checkasm_plane src = checkasm_plane_make(size[i].width, size[i].height, 2);
            struct checkasm_plane ref = checkasm_plane_make(size[i].width, size[i].height, 2);
            struct checkasm_plane opt = checkasm_plane_make(size[i].width, size[i].height, 2);
            checkasm_fill(ca, &src, (enum checkasm_fill)fill, 0, 65535);
            invert(&ref, &src, fault == BOTH_OUTSIDE ? fault : NONE);
            invert(&opt, &src, fault);
            checkasm_same_plane(ca, "dst", &ref, &opt);
            checkasm_plane_free(&src);
            checkasm_plane_free(&ref);
            checkasm_plane_free(&opt);
        }
}

#define WITH_FAULT(fault)                                                                                    \
    static void check_##fault(struct checkasm *ca)                                                           \
    {                                                                                                        \
        check_invert(ca, fault);                                                                             \
    }
WITH_FAULT(NONE)
WITH_FAULT(WRONG_LAST)
WITH_FAULT(LEFT)
WITH_FAULT(RIGHT)
WITH_FAULT(ABOVE)
WITH_FAULT(BELOW)
WITH_FAULT(BOTH_OUTSIDE)

static const struct checkasm_options quiet = {.seed = 7, .quiet = true, .level = "c"};

static void faults_are_noticed(void **state)
{
    (void)state;
    assert_int_equal(checkasm_run("self", check_NONE, &quiet), 0);
    assert_int_equal(checkasm_run("self", check_WRONG_LAST, &quiet), 1);
    assert_int_equal(checkasm_run("self", check_LEFT, &quiet), 1);
    assert_int_equal(checkasm_run("self", check_RIGHT, &quiet), 1);
    assert_int_equal(checkasm_run("self", check_ABOVE, &quiet), 1);
    assert_int_equal(checkasm_run("self", check_BELOW, &quiet), 1);
    assert_int_equal(checkasm_run("self", check_BOTH_OUTSIDE, &quiet), 1);
}

static float nudge; /* set by the test before a run */

static void check_float(struct checkasm *ca)
{
    if (!checkasm_begin(ca, "float", true))
        return;
    struct checkasm_plane ref = checkasm_plane_make(33, 5, 4), opt = checkasm_plane_make(33, 5, 4);
    checkasm_fill_f32(ca, &ref, CHECKASM_RANDOM, 1, 2);
    checkasm_plane_copy(&opt, &ref);
    ((float *)opt.data)[3] += nudge;
    checkasm_close_plane(ca, "dst", &ref, &opt, 60);
    checkasm_plane_free(&ref);
    checkasm_plane_free(&opt);
}

static void snr_is_measured(void **state)
{
    (void)state;
    nudge = 1e-4f;
    assert_int_equal(checkasm_run("self", check_float, &quiet), 0);
    nudge = 0.5f; /* 165 samples of about 2.3 squared: 32 dB */
    assert_int_equal(checkasm_run("self", check_float, &quiet), 1);
    nudge = NAN;
    assert_int_equal(checkasm_run("self", check_float, &quiet), 1);
}

static void check_others(struct checkasm *ca)
{
    if (checkasm_begin(ca, "bytes", true))
        checkasm_same_bytes(ca, "sums", "abcd", "abce", 4);
    if (checkasm_begin(ca, "int", true))
        checkasm_same_int(ca, "sad", 1, 2);
    if (checkasm_begin(ca, "good", true))
        checkasm_same_int(ca, "sad", checkasm_random_in(ca, -3, -3), -3);
}

static void kernels_are_counted_and_chosen(void **state)
{
    (void)state;
    struct checkasm_options one = quiet;
    assert_int_equal(checkasm_run("self", check_others, &quiet), 2);
    one.only = "goo";
    assert_int_equal(checkasm_run("self", check_others, &one), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_noticed),
        cmocka_unit_test(snr_is_measured),
        cmocka_unit_test(kernels_are_counted_and_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
