/* Loudness against the cases of EBU Tech 3341 and 3342 that can be made from tones, and true peak against
 * tones whose peaks lie between samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audio/loudness.h"

#include <math.h>
#include <stdlib.h>

struct part {
    double seconds, dbfs;
};

static struct vh_loudness_result measure(int rate, int channels, const struct part *part, int n_parts)
{
    struct vh_loudness *meter;
    struct vh_pcm_format format = {rate, channels};
    assert_int_equal(vh_loudness_create(&meter, &format, NULL), 0);
    int64_t at = 0;
    for (int p = 0; p < n_parts; p++) {
        int n = (int)(part[p].seconds * rate);
        float *x = calloc(n, sizeof *x);
        const float *all[VH_SOUND_CHANNELS];
        for (int i = 0; i < n; i++, at++)
            x[i] = (float)(pow(10, part[p].dbfs / 20) * sin(2 * M_PI * 1000 * at / rate));
        for (int c = 0; c < channels; c++)
            all[c] = x;
        assert_int_equal(vh_loudness_push(meter, all, n), 0);
        free(x);
    }
    struct vh_loudness_result r = vh_loudness_result(meter);
    vh_loudness_destroy(&meter);
    assert_null(meter);
    return r;
}

/* Tech 3341 cases 1 to 5: 1 kHz stereo tones. */
static void integrated(void **state)
{
    (void)state;
    static const int rates[] = {8000, 32000, 44100, 48000, 96000, 192000};
    for (int i = 0; i < 6; i++)
        assert_true(fabs(measure(rates[i], 2, (struct part[]){{4, -23}}, 1).integrated_lufs + 23) < 0.1);
    struct vh_loudness_result r =
        measure(48000, 2, (struct part[]){{3, -72}, {3, -36}, {40, -23}, {3, -36}, {3, -72}}, 5);
    assert_true(fabs(r.integrated_lufs + 23) < 0.1);
    r = measure(48000, 2, (struct part[]){{10, -26}, {10.1, -20}, {10, -26}}, 3);
    assert_true(fabs(r.integrated_lufs + 23) < 0.1);
    r = measure(48000, 1, (struct part[]){{4, -23}}, 1);
    assert_true(fabs(r.integrated_lufs + 26) < 0.1);
}

/* Tech 3342 cases 1 and 2, shortened. */
static void range(void **state)
{
    (void)state;
    struct vh_loudness_result r = measure(48000, 2, (struct part[]){{20, -20}, {20, -30}}, 2);
    assert_true(fabs(r.range_lu - 10) < 1);
    r = measure(48000, 2, (struct part[]){{20, -20}, {20, -15}}, 2);
    assert_true(fabs(r.range_lu - 5) < 1);
}

static void true_peak(void **state)
{
    (void)state;
    struct vh_loudness *meter;
    struct vh_pcm_format format = {48000, 1};
    assert_int_equal(vh_loudness_create(&meter, &format, NULL), 0);
    float x[4800];
    const float *all[] = {x};
    for (int i = 0; i < 4800; i++) /* a quarter of the rate, 45 degrees off: samples at 0.707 of the peak */
        x[i] = (float)(0.5 * sin(M_PI / 2 * i + M_PI / 4) * fmin(1, fmin(i, 4799 - i) / 480.0));
    assert_int_equal(vh_loudness_push(meter, all, 4800), 0);
    struct vh_loudness_result r = vh_loudness_result(meter);
    assert_true(fabs(r.true_peak_db + 6.02) < 0.3);
    assert_true(fabs(r.sample_peak_db + 9.03) < 0.1);
    vh_loudness_destroy(&meter);
}

static void nothing_and_no_number(void **state)
{
    (void)state;
    struct vh_loudness_result r = measure(48000, 2, (struct part[]){{1, -200}}, 1);
    assert_true(isinf(r.integrated_lufs) && r.integrated_lufs < 0 && r.n_blocks == 0);
    struct vh_loudness *meter;
    struct vh_pcm_format format = {48000, 1};
    assert_int_equal(vh_loudness_create(&meter, &format, NULL), 0);
    float bad[100];
    const float *all[] = {bad};
    for (int i = 0; i < 100; i++)
        bad[i] = NAN;
    assert_int_equal(vh_loudness_push(meter, all, 100), 0);
    assert_true(vh_loudness_result(meter).true_peak_db < -300);
    vh_loudness_destroy(&meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integrated),
        cmocka_unit_test(range),
        cmocka_unit_test(true_peak),
        cmocka_unit_test(nothing_and_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
