/* What the native repairs achieve on made sound of known truth. The limits are those users were promised
 * (docs/algorithms/sound.md); tests/quality/sound_table measures far more of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audio/loudness.h"
#include "made_sound.h"
#include "run_step.h"

enum { RATE = 48000, N = 8 * RATE };

struct bench {
    float clean[N], bad[N], out[N];
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    made_sound(b->clean, N, RATE, MADE_SPEECH, 1);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void run(struct bench *b, const struct vh_sound_step_params *params)
{
    float *in = b->bad, *out = b->out;
    assert_int_equal(run_step(params, (struct vh_pcm_format){RATE, 1}, &in, N, &out, N, 4000), N);
}

/* Power of what differs from the truth, in dB of what differed before. */
static double left_db(const struct bench *b)
{
    double left = 0, fault = 0;
    for (int i = 0; i < N; i++) {
        left += pow((double)b->out[i] - b->clean[i], 2);
        fault += pow((double)b->bad[i] - b->clean[i], 2);
    }
    return 10 * log10(left / fault);
}

static void buzz_goes_20_db_down(void **state)
{
    struct bench *b = *state;
    double period = RATE * 1001 / 60000.0;
    for (int i = 0; i < N; i++)
        b->bad[i] = b->clean[i] + 0.02f * (float)made_buzz(i, period);
    struct vh_sound_step_params p = {.kind = VH_SOUND_BUZZ, .buzz = {.period = period}};
    run(b, &p);
    assert_true(left_db(b) < -20);
    for (int i = 0; i < N; i++)
        b->bad[i] = b->clean[i];
    run(b, &p); /* nothing there: the programme stays */
    for (int i = 0; i < N; i++)
        b->out[i] -= b->clean[i];
    assert_true(made_db(b->out, b->clean, N) < -40);
}

/* A muted stretch gets no buzz written into it. */
static void buzz_is_not_made(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->bad[i] = i > N / 2 && i < N * 5 / 8 ? 0 : b->clean[i] + 0.02f * (float)made_buzz(i, 960);
    struct vh_sound_step_params p = {.kind = VH_SOUND_BUZZ, .buzz = {.period = 960}};
    run(b, &p);
    assert_true(made_rms(b->out + N / 2 + 2000, N / 8 - 4000) < 1e-4);
}

static void hum_goes_30_db_down(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++) {
        double hum = 0;
        for (int h = 1; h <= 8; h++)
            hum += 0.02 / h * sin(2 * M_PI * 50.02 * h * i / RATE + h * h);
        b->bad[i] = b->clean[i] + (float)hum;
    }
    struct vh_sound_step_params p = {.kind = VH_SOUND_HUM, .hum = {50.02, 8}};
    run(b, &p);
    assert_true(left_db(b) < -30);
    for (int i = 0; i < N; i++)
        b->bad[i] = b->clean[i];
    run(b, &p);
    assert_true(fabs(made_db(b->out, b->clean, N)) < 0.3);
}

static void whistle_goes_40_db_down(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)(0.01 * sin(2 * M_PI * 15625.3 * i / RATE)); /* found 0.3 Hz off */
    struct vh_sound_section notch = {VH_SOUND_NOTCH, 15625, 200, 0};
    struct vh_sound_step_params p = {.kind = VH_SOUND_FILTER, .filter = {{notch, notch}, 2}};
    run(b, &p);
    assert_true(made_db(b->out + RATE, b->bad + RATE, N - RATE) < -40);
}

static void flat_tops_gain_6_db(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step_params p = {.kind = VH_SOUND_CLIP, .clip = {{0.15}}};
    for (int i = 0; i < N; i++)
        b->bad[i] = fmaxf(-0.15f, fminf(0.15f, b->clean[i]));
    run(b, &p);
    assert_true(left_db(b) < -6);
    for (int i = 0; i < N; i++) { /* recorded far too loud: twenty times the level */
        b->clean[i] = (float)(1.3 * sin(0.0356 * i) * (1 + 0.1 * sin(1e-4 * i)));
        b->bad[i] = fmaxf(-0.06f, fminf(0.06f, b->clean[i]));
    }
    p.clip.level[0] = 0.06;
    run(b, &p);
    assert_true(left_db(b) < -6);
}

static void clicks_are_rebuilt(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step_params p = {.kind = VH_SOUND_CLICK};
    memcpy(b->bad, b->clean, sizeof b->clean);
    for (int at = 5000; at < N - 5000; at += 17000)
        for (int k = 0; k < 20; k++)
            b->bad[at + k] += (float)(0.5 * exp(-k / 6.0) * cos(k * 0.4));
    run(b, &p);
    assert_true(left_db(b) < -15);
    memcpy(b->bad, b->clean, sizeof b->clean);
    run(b, &p);
    assert_memory_equal(b->out, b->clean, sizeof b->clean);
}

static void hiss_goes_down_and_snr_up(void **state)
{
    struct bench *b = *state;
    struct made_random r = {9};
    struct vh_sound_step_params p = {.kind = VH_SOUND_HISS, .hiss = {.reduction_db = 12}};
    for (int k = 0; k < VH_SOUND_HISS_BANDS; k++)
        p.hiss.noise_db[0][k] = (float)(10 * log10(1e-4 / (RATE / 2)));
    for (int i = 0; i < N; i++)
        b->bad[i] = b->clean[i] + (float)(0.01 * made_normal(&r));
    run(b, &p);
    assert_true(left_db(b) < -5);
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)(0.01 * made_normal(&r));
    run(b, &p);
    assert_true(made_db(b->out, b->bad, N) < -10);
}

static void azimuth_is_exact(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step_params p = {.kind = VH_SOUND_AZIMUTH, .azimuth = {.n_knots = 1, .delay = {2.37}}};
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)(sin(0.3 * i) + 0.5 * sin(1.1 * i));
    run(b, &p);
    for (int i = 1000; i < N - 1000; i++)
        assert_true(fabs(b->out[i] - (sin(0.3 * (i - 2.37)) + 0.5 * sin(1.1 * (i - 2.37)))) < 1e-3);
}

static void level_holds_the_true_peak(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step_params p = {.kind = VH_SOUND_LEVEL, .level = {12, -1}};
    struct vh_loudness *meter;
    const float *out = b->out;
    memcpy(b->bad, b->clean, sizeof b->clean);
    run(b, &p);
    assert_int_equal(vh_loudness_create(&meter, &(struct vh_pcm_format){RATE, 1}, NULL), VH_OK);
    assert_int_equal(vh_loudness_push(meter, &out, N), VH_OK);
    assert_true(vh_loudness_result(meter).true_peak_db <= -1);
    assert_true(vh_loudness_result(meter).true_peak_db > -1.5);
    vh_loudness_destroy(&meter);
}

/* Twenty dropped and ten repeated frames: the sound is cut and lengthened where the picture was. */
static void edits_keep_the_sound_in_step(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step *step;
    struct vh_sound_step_params p = {.kind = VH_SOUND_TIME, .time = {.edits = true}};
    const float *in = b->bad;
    float *out = b->out;
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)i / N;
    assert_int_equal(vh_sound_step_create(&step, &p, &(struct vh_pcm_format){RATE, 1}, NULL), VH_OK);
    for (int k = 0; k < 30; k++) { /* every 0.25 s, 40 ms each */
        assert_int_equal(vh_sound_step_edit(step, 0.25 * (k + 1), k % 3 == 2 ? 0.04 : -0.04), VH_OK);
    }
    assert_int_equal(vh_sound_step_push(step, &in, N), VH_OK);
    assert_int_equal(vh_sound_step_ready(step), 0); /* nobody said the edits are final */
    assert_int_equal(vh_sound_step_final(step, 100), VH_OK);
    assert_int_equal(vh_sound_step_edit(step, 1, 0.1), VH_ERR_INTERNAL);
    assert_int_equal(vh_sound_step_flush(step), VH_OK);
    int got = vh_sound_step_ready(step);
    assert_int_equal(got, N - 10 * 1920);
    assert_int_equal(vh_sound_step_pull(step, &out, N), got);
    for (int i = got - 2000; i < got; i++) /* behind the last edit everything has moved by the sum */
        assert_true(fabs(out[i] * N - (i + 10 * 1920)) < 2);
    vh_sound_step_destroy(&step);
}

/* The source position of each sample that left, read from a ramp, against a jump at the very time: apart by
 * at most 19 ms while half of the edit is done, and by nothing a quarter of a second off. `slope` decides
 * whether the quietest place lies before or behind. */
static void check_distance(struct bench *b, double slope, double delta_s)
{
    struct vh_sound_step *step;
    struct vh_sound_step_params p = {.kind = VH_SOUND_TIME, .time = {.edits = true}};
    const float *in = b->bad;
    float *out = b->out;
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)((slope > 0 ? 0 : 1) + slope * i / N);
    assert_int_equal(vh_sound_step_create(&step, &p, &(struct vh_pcm_format){RATE, 1}, NULL), VH_OK);
    for (int k = 1; k <= 6; k++)
        assert_int_equal(vh_sound_step_edit(step, k, delta_s), VH_OK);
    assert_int_equal(vh_sound_step_final(step, 100), VH_OK);
    assert_int_equal(vh_sound_step_push(step, &in, N), VH_OK);
    assert_int_equal(vh_sound_step_flush(step), VH_OK);
    int got = vh_sound_step_pull(step, &out, N);
    double worst = 0, delta = delta_s * RATE;
    for (int i = RATE / 2; i < got - RATE; i++) {
        int n = 0; /* edits that a jump at the very time has done */
        while (n < 6 && i >= (n + 1) * RATE + n * delta)
            n++;
        double source = (out[i] - (slope > 0 ? 0 : 1)) / slope * N, apart = fabs(source - (i - n * delta));
        double next = (n + 1) * RATE + n * delta - i, last = n ? i - (n * RATE + (n - 1) * delta) : RATE;
        if (last > 0.01 * RATE && next > 0.01 * RATE) /* not in a cross-fade at the very time */
            worst = fmax(worst, apart);
        if (last > 0.35 * RATE && next > 0.35 * RATE)
            assert_true(apart < 2);
    }
    assert_true(worst <= 0.0191 * RATE);
    assert_true(worst > 0.4 * fmin(fabs(delta_s), 0.038) * RATE);
    vh_sound_step_destroy(&step);
}

static void edits_keep_within_20_ms(void **state)
{
    for (int up = -1; up <= 1; up += 2) {
        check_distance(*state, 0.9 * up, -0.04);
        check_distance(*state, 0.9 * up, -1001 / 30000.0);
        check_distance(*state, 0.9 * up, -0.12);
        check_distance(*state, 0.9 * up, 0.01);
    }
}

static void stretch_is_exact(void **state)
{
    struct bench *b = *state;
    struct vh_sound_step_params p = {.kind = VH_SOUND_TIME, .time = {.stretch = 1e-3}};
    static float longer[N + N / 100];
    float *in = b->bad, *out = longer;
    for (int i = 0; i < N; i++)
        b->bad[i] = (float)sin(0.05 * i);
    int n = run_step(&p, (struct vh_pcm_format){RATE, 1}, &in, N, &out, N + N / 100, 4000);
    assert_int_equal(n, N + N / 1000);
    for (int i = 1000; i < N - 1000; i++)
        assert_true(fabs(longer[i] - sin(0.05 * i / 1.001)) < 1e-3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(buzz_goes_20_db_down),
        TEST(buzz_is_not_made),
        TEST(hum_goes_30_db_down),
        TEST(whistle_goes_40_db_down),
        TEST(flat_tops_gain_6_db),
        TEST(clicks_are_rebuilt),
        TEST(hiss_goes_down_and_snr_up),
        TEST(azimuth_is_exact),
        TEST(level_holds_the_true_peak),
        TEST(edits_keep_the_sound_in_step),
        TEST(edits_keep_within_20_ms),
        TEST(stretch_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
