/* Chroma delay: known shifts are found in both directions, in noise, and nothing is claimed where nothing is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "dsp/measure_chroma.h"

#include <math.h>

enum { W = 704, H = 232 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

static double edge(double d)
{
    return 1 / (1 + exp(-d / 3));
}

static unsigned seed; /* which scene */

enum { BOXES = 40 };

/* The profile of box k along one axis: 1 inside, soft edges. */
static void profile(float *at, int n, int step, double shift, unsigned k, int axis)
{
    double centre = (axis ? H : W) * random_of(k, 1 + (unsigned)axis);
    double size = axis ? 12 + 60 * random_of(k, 4) : 20 + 90 * random_of(k, 3);
    for (int i = 0; i < n; i++) {
        double d = i * step - shift - centre;
        at[i] = (float)(edge(d) - edge(d - size));
    }
}

/* Adds the boxes of the scene to a plane of floats; dx and dy shift it. */
static void scene(float *to, int w, int h, int sub_x, int sub_y, int plane, double dx, double dy)
{
    float across[W], down[H];
    for (unsigned k = seed * BOXES; k < (seed + 1) * BOXES; k++) {
        float a = (float)((random_of(k, 5 + (unsigned)plane) - 0.5) * (plane ? 60 : 110));
        profile(across, w, 1 << sub_x, dx, k, 0);
        profile(down, h, 1 << sub_y, dy, k, 1);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                to[y * w + x] += a * across[x] * down[y];
    }
}

struct made {
    struct vh_chroma_planes planes;
    uint16_t *block;
    float *scratch;
};

static double split; /* how far the second plane lies right of the first, luma samples */

static struct made make(double dx, double dy, int sub_x, int sub_y, double sigma, int grey)
{
    struct made m;
    int cw = W >> sub_x, ch = H >> sub_y;
    m.block = vh_alloc(W * H + 2 * (size_t)cw * (size_t)ch, sizeof *m.block);
    m.scratch = vh_alloc(vh_measure_chroma_scratch(W, H), sizeof *m.scratch);
    float *clean = vh_alloc(W * H, sizeof *clean);
    uint16_t *plane[3] = {m.block, m.block + W * H, m.block + W * H + cw * ch};
    for (int i = 0; i < 3; i++) {
        int w = i ? cw : W, h = i ? ch : H;
        for (int n = 0; n < w * h; n++)
            clean[n] = i ? 128 : 100;
        if (!i || !grey)
            scene(clean, w, h, i ? sub_x : 0, i ? sub_y : 0, i, i ? dx + (i - 1.5) * split : 0, i ? dy : 0);
        for (int n = 0; n < w * h; n++) {
            double v = clean[n] + 3.4 * sigma * (random_of((unsigned)n, 77 + (unsigned)i) - 0.5);
            plane[i][n] = (uint16_t)lrint(256 * fmin(fmax(v, 0), 255));
        }
    }
    vh_free(clean);
    m.planes = (struct vh_chroma_planes){plane[0], plane[1], plane[2], W, cw, W, H, sub_x, sub_y};
    return m;
}

static void done(struct made *m)
{
    vh_freep(&m->block);
    vh_freep(&m->scratch);
}

static struct vh_delay delay_x(double dx, int sub_x, double sigma)
{
    struct vh_chroma_curves curves = {.both.weight = 0};
    for (seed = 0; seed < 6; seed++) {
        struct made m = make(dx, 0, sub_x, 1, sigma, 0);
        vh_measure_chroma_x(&curves, &m.planes, m.scratch);
        done(&m);
    }
    return vh_delay_of(&curves.both);
}

static void shifts_along_the_line(void **state)
{
    (void)state;
    static const double shifts[] = {-8, -3, 0, 2, 6.5, 12};
    for (int sub_x = 0; sub_x < 2; sub_x++)
        for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
            struct vh_delay clean = delay_x(shifts[i], sub_x, 0), noisy = delay_x(shifts[i], sub_x, 4);
            assert_true(fabs(2 * clean.value - shifts[i]) < 0.2);
            assert_true(fabs(2 * noisy.value - shifts[i]) < 0.3);
            assert_true(clean.contrast > 0.2 && noisy.contrast > 0.1);
        }
}

/* Each plane has its own curve, and both together lie between. */
static void planes_are_told_apart(void **state)
{
    (void)state;
    static const double splits[] = {-5, 0, 3};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct vh_chroma_curves curves = {.both.weight = 0};
        split = splits[i];
        for (seed = 0; seed < 6; seed++) {
            struct made m = make(4, 0, 1, 1, 2, 0);
            vh_measure_chroma_x(&curves, &m.planes, m.scratch);
            done(&m);
        }
        double cb = 2 * vh_delay_of(&curves.plane[0]).value, cr = 2 * vh_delay_of(&curves.plane[1]).value;
        assert_true(fabs(cr - cb - split) < 0.6);
        assert_true(fabs((cb + cr) / 2 - 4) < 0.4);
        assert_true(fabs(2 * vh_delay_of(&curves.both).value - 4) < 1);
    }
    split = 0;
    seed = 0;
}

/* 4:2:0 chroma lines lie midway between their two luma lines, in this scene half a line higher: hence the
 * offset. */
static void shifts_across_the_lines(void **state)
{
    (void)state;
    for (int sub_y = 0; sub_y < 2; sub_y++)
        for (double dy = -1; dy <= 2; dy += 0.5) {
            struct vh_delay_curve curve = {.weight = 0};
            for (seed = 0; seed < 6; seed++) {
                struct made m = make(0, dy, 1, sub_y, 2, 0);
                vh_measure_chroma_y(&curve, &m.planes, m.scratch);
                done(&m);
            }
            double found = vh_delay_of(&curve).value * (1 << sub_y) - 0.5 * sub_y;
            assert_true(fabs(found - dy) < 0.3);
        }
    seed = 0;
}

static void grey_says_nothing(void **state)
{
    (void)state;
    struct made m = make(5, 0, 1, 1, 3, 1);
    struct vh_chroma_curves curves = {.both.weight = 0};
    vh_measure_chroma_x(&curves, &m.planes, m.scratch);
    assert_true(vh_delay_of(&curves.both).contrast < 0.08);
    done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shifts_along_the_line),
        cmocka_unit_test(planes_are_told_apart),
        cmocka_unit_test(shifts_across_the_lines),
        cmocka_unit_test(grey_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
