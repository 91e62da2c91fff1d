/* The inline sums of dsp/match_window.h as kernels of the table; included once per instruction set, no guard.
 */
#include "dsp/match_window.h"

static int sad(const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, ptrdiff_t b_stride)
{
    return vh_match_sad_planes(a, a_stride, b, b_stride);
}

static int sad_mean(
    const uint8_t *a, ptrdiff_t a_stride, const uint8_t *b, const uint8_t *c, ptrdiff_t stride)
{
    struct vh_match_window window;
    vh_match_take(&window, a, a_stride);
    return vh_match_sad_mean(&window, b, c, stride);
}

static void sad_mean4(const uint8_t *a, ptrdiff_t a_stride, const uint8_t *const b[4],
    const uint8_t *const c[4], ptrdiff_t stride, int out[4])
{
    struct vh_match_window window;
    vh_match_take(&window, a, a_stride);
    vh_match_sad_mean4(&window, b, c, stride, out);
}

static void sad4(
    const uint8_t *a, ptrdiff_t a_stride, const uint8_t *const b[4], ptrdiff_t stride, int out[4])
{
    struct vh_match_window window;
    vh_match_take(&window, a, a_stride);
    vh_match_sad4(&window, b, stride, out);
}
