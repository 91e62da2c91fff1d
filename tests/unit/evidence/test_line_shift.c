/* Line displacement: random and correlated jitter is found, noise and steady lines are not taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "evidence/line_shift.h"

#include <math.h>

enum { W = 704, H = 200 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

static double gauss(unsigned a, unsigned b)
{
    double sum = -6;
    for (unsigned i = 0; i < 12; i++)
        sum += random_of(a * 16 + i, b);
    return sum;
}

/* Fills a field: stripes and slopes, line y displaced by shift[y]. */
static void make(uint16_t *to, const double *shift, double sigma, unsigned seed)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double at = x + (shift ? shift[y] : 0) + 0.2 * y;
            double v = 120 + 50 * sin(at / 19) + 25 * sin(at / 5.3 + 1);
            to[y * W + x] = (uint16_t)lrint(256 * (v + sigma * gauss((unsigned)(y * W + x), seed)));
        }
}

/* rms of what is left of a jitter of `rms` after taking off the estimate; *seen is the reported rms.
 * References jitter too when `shaky`. */
static double left(double rms, double rho, double sigma, int shaky, float *seen)
{
    uint16_t *block = vh_alloc(5 * W * H, sizeof *block);
    float shift[H], weight[H], scratch[H];
    double truth[H], other[H], sum = 0;
    for (int y = 0; y < H; y++)
        truth[y] = rho * (y ? truth[y - 1] : 0) + rms * sqrt(1 - rho * rho) * gauss((unsigned)y, 11);
    make(block, truth, sigma, 1);
    struct vh_line_shift_job job = {
        .field = {block, W, W, H}, .n_refs = 4, .sigma_8bit = (float)sigma, .shift = shift, .weight = weight};
    for (int r = 0; r < 4; r++) {
        for (int y = 0; y < H; y++)
            other[y] = shaky ? rms * gauss((unsigned)y, 20 + (unsigned)r) : 0;
        make(block + (r + 1) * W * H, other, sigma / 2, 2 + (unsigned)r);
        job.ref[r] = (struct vh_plane_const){block + (r + 1) * W * H, W, W, H};
    }
    vh_line_shift_measure(&job, 0, H / 2);
    vh_line_shift_measure(&job, H / 2, H);
    *seen = vh_line_shift_smooth(shift, weight, H, scratch);
    for (int y = 0; y < H; y++)
        sum += (truth[y] - (double)shift[y]) * (truth[y] - (double)shift[y]);
    vh_free(block);
    return sqrt(sum / H);
}

static void jitter_is_found(void **state)
{
    (void)state;
    float seen;
    assert_true(left(0.7, 0, 0, 0, &seen) < 0.1);
    assert_true(seen > 0.6 && seen < 0.8);
    assert_true(left(0.7, 0, 4, 0, &seen) < 0.2);
    assert_true(left(0.7, 0.8, 4, 0, &seen) < 0.2);
    assert_true(left(0.7, 0, 4, 1, &seen) < 0.45); /* half of it lies in the references */
    assert_true(left(1.0, 0, 2, 0, &seen) < 0.4);
}

static void steady_lines_stay(void **state)
{
    (void)state;
    float seen;
    assert_true(left(0, 0, 0, 0, &seen) < 0.02);
    assert_true(seen < 0.05);
    assert_true(left(0, 0, 5, 0, &seen) < 0.05);
    assert_true(seen < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_is_found),
        cmocka_unit_test(steady_lines_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
