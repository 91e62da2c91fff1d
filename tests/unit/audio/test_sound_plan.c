/* The sound chain's plan: clean sound gives no items, each fault its repair, every mode is legal at every
 * rate and channel count, and what cannot be done is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audio/sound_chain.h"
#include "core/status.h"
#include "made_sound.h"

struct setup {
    struct vh_sound_options options;
    struct vh_sound_findings findings;
    struct vh_profile *profile;
    struct vh_sound_plan_config config;
};

static int set_up(void **state)
{
    struct setup *s = calloc(1, sizeof *s);
    assert_int_equal(vh_option_init(&vh_sound_option_table, &s->options), VH_OK);
    assert_int_equal(vh_profile_create(&s->profile), VH_OK);
    s->config = (struct vh_sound_plan_config){
        .options = &s->options, .findings = &s->findings, .profile = s->profile, .format = {48000, 2}};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setup *s = *state;
    vh_option_uninit(&vh_sound_option_table, &s->options);
    vh_profile_destroy(&s->profile);
    free(s);
    return 0;
}

static void measured(struct setup *s, const char *key, double value)
{
    struct vh_measurement m = {.value = value, .confidence = 0.95, .n = 10};
    assert_int_equal(vh_profile_set(s->profile, key, &m), VH_OK);
}

static struct vh_sound_plan *plan(struct setup *s)
{
    struct vh_sound_plan *p;
    assert_int_equal(vh_sound_plan_create(&p, &s->config, NULL), VH_OK);
    return p;
}

static void clean_sound_is_left_alone(void **state)
{
    struct setup *s = *state;
    struct vh_sound_plan *p = plan(s);
    assert_int_equal(p->n_items, 0);
    assert_false(p->wants_loudness);
    vh_sound_plan_destroy(&p);
    measured(s, "audio.dc", 0.0002);
    measured(s, "audio.hum.level", 0);
    measured(s, "audio.hiss.level", -85);
    measured(s, "audio.dual_mono", 1);
    p = plan(s);
    assert_int_equal(p->n_items, 0);
    vh_sound_plan_destroy(&p);
    assert_false(vh_sound_options_ask(&s->options));
}

static void every_fault_has_its_repair(void **state)
{
    struct setup *s = *state;
    measured(s, "audio.clipping", 1);
    s->findings.clip_level[0] = 0.9;
    measured(s, "audio.dc", 0.01);
    measured(s, "audio.polarity", 1);
    measured(s, "audio.azimuth", 2.5);
    measured(s, "audio.buzz.level", 20);
    measured(s, "audio.buzz.frequency", 50);
    measured(s, "audio.hum.level", 20);
    measured(s, "audio.hum.frequency", 50.03);
    measured(s, "audio.whistle.level", 20);
    measured(s, "audio.whistle.frequency", 15625);
    measured(s, "audio.clicks", 2);
    measured(s, "audio.hiss.level", -50);
    measured(s, "audio.dual_mono", 1);
    s->findings.noise_known = true;
    struct vh_sound_plan *p = plan(s);
    static const enum vh_sound_step_kind want[] = {VH_SOUND_CLIP, VH_SOUND_DC, VH_SOUND_MIX, VH_SOUND_AZIMUTH,
        VH_SOUND_BUZZ, VH_SOUND_HUM, VH_SOUND_FILTER, VH_SOUND_CLICK, VH_SOUND_HISS, VH_SOUND_MIX,
        VH_SOUND_LEVEL};
    assert_int_equal(p->n_items, 11);
    for (int i = 0; i < 11; i++)
        assert_int_equal(p->item[i].params.kind, want[i]);
    assert_true(p->item[3].params.azimuth.delay[0] == -2.5);
    vh_sound_plan_destroy(&p);

    s->options.mode = VH_SOUND_MODE_NONE;
    p = plan(s);
    assert_int_equal(p->n_items, 0);
    vh_sound_plan_destroy(&p);
    s->options.hum = VH_SOUND_ON;
    p = plan(s);
    assert_int_equal(p->n_items, 1);
    vh_sound_plan_destroy(&p);
    s->options.mode = VH_SOUND_MODE_AUTO;
    s->options.hum = VH_SOUND_OFF;
    p = plan(s);
    assert_int_equal(p->n_items, 10);
    vh_sound_plan_destroy(&p);
}

static void low_confidence_switches_nothing_on(void **state)
{
    struct setup *s = *state;
    struct vh_measurement m = {.value = 0.1, .confidence = 0.3, .n = 1};
    assert_int_equal(vh_profile_set(s->profile, "audio.dc", &m), VH_OK);
    struct vh_sound_plan *p = plan(s);
    assert_int_equal(p->n_items, 0);
    vh_sound_plan_destroy(&p);
}

static void dead_channel_is_copied(void **state)
{
    struct setup *s = *state;
    measured(s, "audio.dead_channel", 1);
    struct vh_sound_plan *p = plan(s);
    assert_int_equal(p->n_items, 1);
    assert_true(p->item[0].params.mix.gain[0][1] == 1 && p->item[0].params.mix.gain[0][0] == 0);
    assert_true(p->item[0].params.mix.gain[1][1] == 1);
    vh_sound_plan_destroy(&p);
}

/* Runs a whole native plan over `n` samples. */
static int run_plan(const struct vh_sound_plan *p, struct vh_pcm_format format, int n)
{
    struct vh_sound_chain *chain;
    int native = 0;
    while (native < p->n_items && p->item[native].native)
        native++;
    int status = vh_sound_chain_create(&chain, p, 0, native, &format, NULL);
    if (status < 0)
        return status;
    float *x = calloc(n, sizeof *x), *out[VH_SOUND_CHANNELS];
    const float *in[VH_SOUND_CHANNELS];
    made_sound(x, n, format.rate_hz, MADE_SPEECH, 1);
    for (int c = 0; c < VH_SOUND_CHANNELS; c++) {
        in[c] = x;
        out[c] = calloc(n + 1, sizeof **out);
    }
    status = vh_sound_chain_push(chain, in, n);
    if (status >= 0)
        status = vh_sound_chain_flush(chain);
    int got = status < 0 ? status : vh_sound_chain_pull(chain, out, n + 1);
    vh_sound_chain_destroy(&chain);
    for (int c = 0; c < VH_SOUND_CHANNELS; c++)
        free(out[c]);
    free(x);
    return got;
}

static void every_mode_is_legal(void **state)
{
    struct setup *s = *state;
    static const int rates[] = {8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000},
                     channels[] = {1, 2, 6, 8};
    measured(s, "audio.hiss.level", -50);
    s->findings.noise_known = true;
    for (s->options.mode = 0; s->options.mode <= VH_SOUND_MODE_MUSIC; s->options.mode++)
        for (int r = 0; r < 8; r++)
            for (int c = 0; c < 4; c++) {
                s->config.format = (struct vh_pcm_format){rates[r], channels[c]};
                struct vh_sound_plan *p = plan(s);
                assert_int_equal(run_plan(p, s->config.format, 3000), 3000);
                vh_sound_plan_destroy(&p);
            }
}

static void loudness_takes_two_looks(void **state)
{
    struct setup *s = *state;
    s->options.loudness_lufs = -16;
    struct vh_sound_plan *p = plan(s);
    assert_true(p->wants_loudness);
    assert_int_equal(p->n_items, 0);
    vh_sound_plan_destroy(&p);
    struct vh_loudness_result l = {-21, 5, -3, -3, 100};
    s->config.repaired = &l;
    p = plan(s);
    assert_false(p->wants_loudness);
    assert_int_equal(p->n_items, 1);
    assert_true(fabs(p->item[0].params.level.gain_db - 5) < 1e-9);
    vh_sound_plan_destroy(&p);
    l.integrated_lufs = -40; /* would be 24 dB: at most 12 */
    p = plan(s);
    assert_true(fabs(p->item[0].params.level.gain_db - 12) < 1e-9);
    vh_sound_plan_destroy(&p);
    s->findings.noise_known = true; /* the floor may rise to -50 only */
    s->findings.noise_dbfs = -54;
    p = plan(s);
    assert_true(fabs(p->item[0].params.level.gain_db - 4) < 1e-9);
    vh_sound_plan_destroy(&p);
    l.integrated_lufs = -INFINITY;
    p = plan(s);
    assert_int_equal(p->n_items, 0);
    vh_sound_plan_destroy(&p);
}

static void layouts(void **state)
{
    struct setup *s = *state;
    struct vh_sound_plan *p;
    s->options.upmix = VH_SOUND_UPMIX_SIMPLE;
    assert_int_equal(vh_sound_plan_create(&p, &s->config, NULL), VH_ERR_USAGE);
    assert_null(p);
    for (int in = 1; in <= 2; in++)
        for (int out = 6; out <= 8; out += 2) {
            s->config.format.n_channels = in;
            s->config.n_channels_out = out;
            p = plan(s);
            assert_int_equal(p->n_channels, out);
            assert_int_equal(run_plan(p, s->config.format, 2000), 2000);
            vh_sound_plan_destroy(&p);
        }
    s->options.upmix = VH_SOUND_UPMIX_SURROUND;
    s->config.format.n_channels = 1;
    p = plan(s);
    assert_int_equal(p->n_items, 2);
    assert_false(p->item[1].native);
    assert_non_null(strstr(p->item[1].filter, "surround=chl_out=7.1"));
    vh_sound_plan_destroy(&p);
}

static void what_was_not_measured_is_said(void **state)
{
    struct setup *s = *state;
    struct vh_sound_plan *p;
    int *const switches[] = {&s->options.hum, &s->options.buzz, &s->options.whistle, &s->options.hiss,
        &s->options.azimuth, &s->options.clip};
    for (int i = 0; i < 6; i++) {
        *switches[i] = VH_SOUND_ON;
        assert_int_equal(vh_sound_plan_create(&p, &s->config, NULL), VH_ERR_USAGE);
        assert_null(p);
        *switches[i] = VH_SOUND_AUTO;
    }
    s->options.hiss = VH_SOUND_ON;
    s->options.hiss_method = VH_SOUND_HISS_ARNNDN;
    assert_int_equal(vh_sound_plan_create(&p, &s->config, NULL), VH_ERR_USAGE);
    s->options.hiss_model = strdup("a b's.rnnn");
    p = plan(s);
    assert_non_null(strstr(p->item[0].filter, "arnndn=m=a\\ b\\\\\\'s.rnnn:mix=0.70"));
    vh_sound_plan_destroy(&p);
    s->options.hiss_method = VH_SOUND_HISS_SPECTRAL;
    s->options.hiss_floor = -55;
    p = plan(s);
    assert_int_equal(p->item[0].params.kind, VH_SOUND_HISS);
    vh_sound_plan_destroy(&p);
}

static void surround_sound_is_legal_with_everything_on(void **state)
{
    struct setup *s = *state;
    s->config.format = (struct vh_pcm_format){44100, 6};
    s->options.hum_hz = 60;
    s->options.buzz_rate = 59.94;
    s->options.whistle_hz = 15734;
    s->options.click = VH_SOUND_ON;
    s->options.clip_level = 0.9;
    s->options.clip = VH_SOUND_ON;
    s->options.hiss_floor = -60;
    s->options.dc = VH_SOUND_ON;
    assert_true(vh_sound_options_ask(&s->options));
    struct vh_sound_plan *p = plan(s);
    assert_int_equal(p->n_items, 8);
    assert_int_equal(run_plan(p, s->config.format, 30000), 30000);
    vh_sound_plan_destroy(&p);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(clean_sound_is_left_alone),
        TEST(every_fault_has_its_repair),
        TEST(low_confidence_switches_nothing_on),
        TEST(dead_channel_is_copied),
        TEST(every_mode_is_legal),
        TEST(loudness_takes_two_looks),
        TEST(layouts),
        TEST(what_was_not_measured_is_said),
        TEST(surround_sound_is_legal_with_everything_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
