/* The still part of a moving stream: found beside held tones and bursts, followed when it turns slowly, the
 * same whatever is muted; streams of any length are covered completely and in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "made_sound.h"
#include "steady.h"

enum { N = 6, BLOCK = 20, BLOCKS = 10 };

struct trial {
    int n_frames;
    double turn, bend; /* of the truth, radians per block and block^2 */
    double programme;  /* size of a tone that stands beside each value, of bursts and of noise */
    int muted, voiced; /* frames muted..voiced are silent */
};

/* E_h of the truth at frame k. */
static void truth(const struct trial *t, int h, double k, double *re, double *im)
{
    double u = k / BLOCK, angle = h * (t->turn * u + t->bend * u * u) + h;
    *re = cos(angle) / h;
    *im = sin(angle) / h;
}

static void push(struct vh_steady *steady, const struct trial *t, int k, struct made_random *r)
{
    float re[N], im[N];
    bool muted = k >= t->muted && k < t->voiced;
    for (int h = 0; h < N; h++) {
        double a, b, burst = k / 30 % 3 == h % 3 ? 3 : 0.02;
        truth(t, h ? h : 1, k + 0.5, &a, &b);
        a += t->programme * (cos(0.9 * k + h) + burst * made_normal(r));
        b += t->programme * (sin(0.9 * k + h) + burst * made_normal(r));
        re[h] = muted ? 0 : (float)a;
        im[h] = muted ? 0 : (float)b;
    }
    vh_steady_push(steady, re, im, !muted);
}

/* Greatest error of all estimates, at the middle of their blocks. */
static double worst(const struct trial *t)
{
    struct vh_steady *steady;
    struct vh_steady_config config = {.n = N,
        .block = BLOCK,
        .n_blocks = BLOCKS,
        .n_scales = 4,
        .turn_most = 0.05,
        .turn_step = 0.005,
        .bend_most = t->bend != 0 ? 0.02 : 0,
        .least = 1e-12};
    struct made_random r = {3};
    float value[4][N];
    struct vh_steady_block b = {{value[0], value[1]}, {value[2], value[3]}, 0, 0, 0, 0};
    double most = 0;
    int done = 0;
    assert_int_equal(vh_steady_create(&steady, &config), VH_OK);
    for (int k = 0; k <= t->n_frames; k++) {
        if (k < t->n_frames)
            push(steady, t, k, &r);
        else
            vh_steady_end(steady);
        while (vh_steady_read(steady, &b)) {
            assert_int_equal(b.first, done);
            done += b.n;
            for (int h = 1; h < N; h++)
                for (int end = 0; end < 2; end++) {
                    double re, im;
                    truth(t, h, (double)b.first + BLOCK / 2.0, &re, &im);
                    most = fmax(most, hypot(b.re[end][h] - re, b.im[end][h] - im));
                }
        }
    }
    assert_int_equal(done, t->n_frames);
    vh_steady_destroy(&steady);
    assert_null(steady);
    return most;
}

static void beside_programme(void **state)
{
    (void)state;
    assert_true(worst(&(struct trial){.n_frames = 500, .programme = 1}) < 0.02);
}

static void turning(void **state)
{
    (void)state;
    assert_true(worst(&(struct trial){.n_frames = 500, .programme = 0.3, .turn = 0.03}) < 0.02);
    assert_true(worst(&(struct trial){.n_frames = 500, .programme = 0.3, .turn = -0.03}) < 0.02);
    struct trial drifting = {.n_frames = 500, .programme = 0.3, .turn = -0.03, .bend = 0.002};
    assert_true(worst(&drifting) < 0.02);
}

static void muted_frames_say_nothing(void **state)
{
    (void)state;
    struct trial t = {.n_frames = 500, .programme = 0.3, .muted = 100, .voiced = 220};
    assert_true(worst(&t) < 0.02);
}

static void any_length(void **state)
{
    (void)state;
    static const int length[] = {0, 1, 2, 19, 20, 21, 199, 200, 201, 219, 239, 240, 241};
    for (size_t i = 0; i < sizeof length / sizeof *length; i++)
        assert_true(worst(&(struct trial){.n_frames = length[i], .programme = 0}) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beside_programme),
        cmocka_unit_test(turning),
        cmocka_unit_test(muted_frames_say_nothing),
        cmocka_unit_test(any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
