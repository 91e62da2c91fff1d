/* Every native sound step: as many samples out as in, the same bits however the input is cut, and a clear
 * answer to silence, one sample, NaN, 8 channels, 8 kHz and 192 kHz. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "made_sound.h"
#include "run_step.h"

static struct vh_sound_step_params params_of(int kind, int rate)
{
    struct vh_sound_step_params p = {.kind = kind};
    switch (p.kind) {
    case VH_SOUND_DC:
        p.dc[0] = 0.01;
        break;
    case VH_SOUND_MIX:
        p.mix = (struct vh_sound_mix){.n_out = 2, .gain = {{1}, {-1}}, .lowpass_hz = {0, 120}};
        break;
    case VH_SOUND_FILTER:
        p.filter = (struct vh_sound_filter){
            .section = {{VH_SOUND_NOTCH, 3000, 10, 0}, {VH_SOUND_BELL, 1000, 1, 3}}, .n_sections = 2};
        break;
    case VH_SOUND_AZIMUTH:
        p.azimuth = (struct vh_sound_azimuth){.n_knots = 2, .time_s = {0, 1}, .delay = {2.3, -1.5}};
        break;
    case VH_SOUND_CLIP:
        p.clip.level[0] = 0.3;
        break;
    case VH_SOUND_BUZZ:
        p.buzz = (struct vh_sound_buzz){.period = rate / 50.0, .keep = 8, .two_fields = rate == 8000};
        break;
    case VH_SOUND_HUM:
        p.hum = (struct vh_sound_hum){50, 6};
        break;
    case VH_SOUND_HISS:
        p.hiss.reduction_db = 12;
        for (int c = 0; c < VH_SOUND_CHANNELS; c++)
            for (int b = 0; b < VH_SOUND_HISS_BANDS; b++)
                p.hiss.noise_db[c][b] = -90;
        break;
    case VH_SOUND_COMPRESS:
        p.compress = (struct vh_sound_compress){-20, 2, 10, 200};
        break;
    case VH_SOUND_LEVEL:
        p.level = (struct vh_sound_level){12, -1};
        break;
    case VH_SOUND_CLICK:
    case VH_SOUND_TIME:
        break;
    }
    return p;
}

static float *make(int n, int rate, enum made_kind kind)
{
    float *x = calloc(n + 1, sizeof *x);
    made_sound(x, n, rate, kind, 3);
    return x;
}

static void length_and_blocks(void **state)
{
    (void)state;
    static const int rates[] = {8000, 32000, 44100, 192000}, lengths[] = {1, 7, 4000, 60001};
    for (int kind = VH_SOUND_DC; kind <= VH_SOUND_TIME; kind++)
        for (int k = 0; k < 4; k++) {
            int n = lengths[k], rate = rates[k];
            float *x = make(n, rate, MADE_SPEECH), *a[2], *b[2];
            for (int c = 0; c < 2; c++) {
                a[c] = calloc(n + 16, sizeof(float));
                b[c] = calloc(n + 16, sizeof(float));
            }
            struct vh_sound_step_params p = params_of(kind, rate);
            struct vh_pcm_format format = {rate, 1};
            assert_int_equal(run_step(&p, format, &x, n, a, n + 16, n), n);
            assert_int_equal(run_step(&p, format, &x, n, b, n + 16, 331), n);
            if (memcmp(a[0], b[0], sizeof(float) * n))
                fail_msg("kind %d, %d samples at %d Hz: other bits in blocks of 331", kind, n, rate);
            for (int i = 0; i < n; i++)
                assert_true(isfinite(a[0][i]));
            for (int c = 0; c < 2; c++) {
                free(a[c]);
                free(b[c]);
            }
            free(x);
        }
}

static void odd_input(void **state)
{
    (void)state;
    enum { N = 30000 };
    float *x = calloc(N, sizeof *x), *out[VH_SOUND_CHANNELS], *in[VH_SOUND_CHANNELS];
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        in[c] = x;
        out[c] = calloc(N + 16, sizeof(float));
    }
    for (int kind = VH_SOUND_DC; kind <= VH_SOUND_TIME; kind++)
        for (int what = 0; what < 3; what++) {
            for (int i = 0; i < N; i++)
                x[i] = what == 0 ? 0 : what == 1 ? NAN : i % 997 ? 0.9f * sinf(i * 0.05f) : 1e30f;
            struct vh_sound_step_params p = params_of(kind, 48000);
            assert_int_equal(run_step(&p, (struct vh_pcm_format){48000, 8}, in, N, out, N + 16, 1000), N);
            for (int i = 0; i < N; i++)
                assert_true(isfinite(out[0][i]) && fabsf(out[0][i]) < 70);
            if (what < 2 && kind != VH_SOUND_DC)
                for (int i = 0; i < N; i++)
                    assert_true(fabsf(out[0][i]) < 1e-9f);
        }
    for (int c = 0; c < VH_SOUND_CHANNELS; c++)
        free(out[c]);
    free(x);
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    struct vh_sound_step *step = NULL;
    struct vh_pcm_format format = {48000, 2};
    struct vh_sound_step_params bad[] = {
        {.kind = VH_SOUND_DC, .dc = {NAN}},
        {.kind = VH_SOUND_MIX, .mix = {.n_out = 9}},
        {.kind = VH_SOUND_FILTER, .filter = {.section = {{VH_SOUND_NOTCH, 24000, 1, 0}}, .n_sections = 1}},
        {.kind = VH_SOUND_AZIMUTH, .azimuth = {.channel = 2, .n_knots = 1}},
        {.kind = VH_SOUND_CLICK, .click = {1}},
        {.kind = VH_SOUND_CLIP, .clip = {{-1}}},
        {.kind = VH_SOUND_BUZZ, .buzz = {.period = 3}},
        {.kind = VH_SOUND_HUM, .hum = {5, 4}},
        {.kind = VH_SOUND_HISS, .hiss = {.reduction_db = 50}},
        {.kind = VH_SOUND_COMPRESS, .compress = {-20, 0.5, 10, 200}},
        {.kind = VH_SOUND_LEVEL, .level = {100, 0}},
        {.kind = VH_SOUND_TIME, .time = {.stretch = 0.1}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(vh_sound_step_create(&step, &bad[i], &format, NULL), VH_ERR_USAGE);
        assert_null(step);
    }
    struct vh_sound_step_params good = {.kind = VH_SOUND_CLICK};
    format.n_channels = 9;
    assert_int_equal(vh_sound_step_create(&step, &good, &format, NULL), VH_ERR_UNSUPPORTED);
    format = (struct vh_pcm_format){4000, 1};
    assert_int_equal(vh_sound_step_create(&step, &good, &format, NULL), VH_ERR_UNSUPPORTED);
}

static void nothing_in_nothing_out(void **state)
{
    (void)state;
    for (int kind = VH_SOUND_DC; kind <= VH_SOUND_TIME; kind++) {
        struct vh_sound_step_params p = params_of(kind, 48000);
        float *none[2] = {NULL, NULL};
        assert_int_equal(run_step(&p, (struct vh_pcm_format){48000, 1}, none, 0, none, 0, 100), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_and_blocks),
        cmocka_unit_test(odd_input),
        cmocka_unit_test(refuses_what_is_out_of_range),
        cmocka_unit_test(nothing_in_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
