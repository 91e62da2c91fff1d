/* The detectors on made sound: each fault is found and only that, clean sound has none; drift by its limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audio/sound_analysis.h"
#include "core/status.h"
#include "made_sound.h"

enum { RATE = 48000, N = 10 * RATE };

struct bench {
    float x[2][N];
    struct vh_profile *profile;
    struct vh_sound_findings findings;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    made_sound(b->x[0], N, RATE, MADE_SPEECH, 1);
    made_sound(b->x[1], N, RATE, MADE_SPEECH, 2);
    for (int i = 0; i < N; i++) {
        float a = b->x[0][i], c = b->x[1][i];
        b->x[0][i] = 0.5f * (a + 0.4f * c);
        b->x[1][i] = 0.5f * (c + 0.4f * a);
    }
    assert_int_equal(vh_profile_create(&b->profile), VH_OK);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    vh_profile_destroy(&b->profile);
    free(b);
    return 0;
}

static void analyze(struct bench *b, int channels, int n)
{
    struct vh_sound_analyzer *a;
    struct vh_pcm_format format = {RATE, channels};
    assert_int_equal(vh_sound_analyzer_create(&a, &format, 50, NULL), VH_OK);
    for (int i = 0; i < n; i += 7000) {
        const float *from[2] = {b->x[0] + i, b->x[1] + i};
        assert_int_equal(vh_sound_analyzer_push(a, from, n - i < 7000 ? n - i : 7000), VH_OK);
    }
    assert_int_equal(vh_sound_analyzer_finish(a, &b->findings, b->profile), VH_OK);
    vh_sound_analyzer_destroy(&a);
    assert_null(a);
}

/* Exactly the defect `key` (NULL = none) stands in the profile. */
static void only(const struct bench *b, const char *key)
{
    int n;
    double value;
    const struct vh_profile_key *keys = vh_profile_keys(&n);
    for (int i = 0; i < n; i++) {
        bool wanted = key && !strcmp(keys[i].key, key);
        if (vh_profile_defect(b->profile, keys[i].key, &value) != wanted)
            fail_msg("%s: %s", keys[i].key, wanted ? "missed" : "false");
    }
}

static void clean_sound_has_no_fault(void **state)
{
    struct bench *b = *state;
    analyze(b, 2, N);
    only(b, NULL);
    assert_int_equal(b->findings.n_bad, 0);
}

static void offset(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->x[1][i] += 0.004f;
    analyze(b, 2, N);
    only(b, "audio.dc");
    assert_true(fabs(b->findings.dc[1] - 0.004) < 2e-4);
}

static void dead_channel(void **state)
{
    struct bench *b = *state;
    struct made_random r = {4};
    for (int i = 0; i < N; i++)
        b->x[0][i] = (float)(0.0005 * made_normal(&r));
    analyze(b, 2, N);
    only(b, "audio.dead_channel");
    assert_true(b->findings.dead[0] && !b->findings.dead[1]);
}

static void azimuth_and_dual_mono(void **state)
{
    struct bench *b = *state;
    double value;
    for (int i = N - 1; i >= 0; i--)
        b->x[1][i] = i >= 3 ? b->x[0][i - 3] : 0;
    analyze(b, 2, N);
    assert_true(vh_profile_defect(b->profile, "audio.azimuth", &value));
    assert_true(fabs(value - 3) < 0.05);
    assert_true(vh_profile_defect(b->profile, "audio.dual_mono", &value));
    assert_false(vh_profile_defect(b->profile, "audio.polarity", &value));
}

static void polarity(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->x[1][i] = -b->x[1][i];
    analyze(b, 2, N);
    only(b, "audio.polarity");
}

static void hum(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        for (int h = 1; h <= 6; h++)
            b->x[0][i] += (float)(0.01 / h * sin(2 * M_PI * 50.04 * h * i / RATE + h));
    analyze(b, 1, N);
    only(b, "audio.hum.level");
    assert_true(fabs(b->findings.hum_hz - 50.04) < 0.02);
}

static void buzz(void **state)
{
    struct bench *b = *state;
    double value;
    for (int i = 0; i < N; i++)
        b->x[0][i] += 0.01f * (float)made_buzz(i, 960 * 1.00001);
    analyze(b, 1, N);
    assert_true(vh_profile_defect(b->profile, "audio.buzz.level", &value));
    assert_false(vh_profile_defect(b->profile, "audio.hum.level", &value));
    assert_true(fabs(b->findings.field_rate_hz - 50 / 1.00001) < 50 * 5e-6);
}

static void whistle(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->x[0][i] += (float)(0.002 * sin(2 * M_PI * 15625 * i / (double)RATE));
    analyze(b, 1, N);
    only(b, "audio.whistle.level");
    assert_true(fabs(b->findings.whistle_hz - 15625) < 0.5);
}

static void hiss(void **state)
{
    struct bench *b = *state;
    struct made_random r = {8};
    for (int i = 0; i < N; i++)
        b->x[0][i] += (float)(0.005 * made_normal(&r));
    analyze(b, 1, N);
    only(b, "audio.hiss.level");
    assert_true(fabs(b->findings.noise_dbfs + 46) < 1.5);
}

static void clipping(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < N; i++)
        b->x[0][i] = fmaxf(-0.2f, fminf(0.2f, b->x[0][i]));
    analyze(b, 1, N);
    only(b, "audio.clipping");
    assert_true(fabs(b->findings.clip_level[0] - 0.2) < 0.003);
}

static void odd_lengths_and_no_numbers(void **state)
{
    struct bench *b = *state;
    double value;
    for (int n = 0; n <= 3; n++)
        analyze(b, 2, n);
    for (int i = 0; i < 5000; i++)
        b->x[0][i] = NAN;
    analyze(b, 1, 5000);
    assert_int_equal(b->findings.n_bad, 5000);
    assert_false(vh_profile_known(b->profile, "audio.loudness", &value));
    memset(b->x, 0, sizeof b->x);
    analyze(b, 2, N);
}

static void drift(void **state)
{
    (void)state;
    double ppm;
    assert_false(vh_sound_drift(600.03, 600, 0, &ppm));   /* 30 ms */
    assert_false(vh_sound_drift(1200.05, 1200, 0, &ppm)); /* 42 ppm */
    assert_true(vh_sound_drift(600.12, 600, 0, &ppm));
    assert_true(fabs(ppm - 200) < 0.01);
    assert_false(vh_sound_drift(600.12, 600, 0.12, &ppm)); /* explained by the edit list */
    assert_false(vh_sound_drift(10.12, 10, 0, &ppm));      /* too short to tell */
    assert_false(vh_sound_drift(300, 600, 0, &ppm));       /* not a clock: half of it is missing */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(clean_sound_has_no_fault),
        TEST(offset),
        TEST(dead_channel),
        TEST(azimuth_and_dual_mono),
        TEST(polarity),
        TEST(hum),
        TEST(buzz),
        TEST(whistle),
        TEST(hiss),
        TEST(clipping),
        TEST(odd_lengths_and_no_numbers),
        TEST(drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
