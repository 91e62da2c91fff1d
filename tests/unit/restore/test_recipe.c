/* The recipe: order of steps, methods and their text, what measurements switch on, messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "restore/motion_deinterlace.h"
#include "restore/recipe.h"
#include "restore/repairs.h"

#include <stdio.h>
#include <math.h>
#include <string.h>

static char message[512];

static void keep(void *opaque, enum vh_log_level level, const char *path, const char *text)
{
    (void)opaque, (void)level, (void)path;
    snprintf(message, sizeof message, "%s", text);
}

struct setup {
    struct vh_restore_options options;
    struct vh_profile *profile;
    struct vh_recipe_request request;
    struct vh_recipe recipe;
    struct vh_log log;
};

static void set(struct setup *s, const char *key, const char *text)
{
    const struct vh_option_row *row = vh_option_find(&vh_restore_option_table, key);
    assert_non_null(row);
    assert_int_equal(vh_option_set(row, &s->options, text, key, NULL), VH_OK);
}

static void begin(struct setup *s)
{
    *s = (struct setup){.log = {.sink = keep, .level = VH_LOG_INFO}};
    message[0] = 0;
    assert_int_equal(vh_option_init(&vh_restore_option_table, &s->options), VH_OK);
    assert_int_equal(vh_profile_create(&s->profile), VH_OK);
    s->request = (struct vh_recipe_request){.options = &s->options,
        .profile = s->profile,
        .format = {.pix_fmt = AV_PIX_FMT_YUV420P, .width = 720, .height = 576, .fields = VH_FIELDS_TFF},
        .log = &s->log};
}

static void end(struct setup *s)
{
    vh_recipe_uninit(&s->recipe);
    vh_option_uninit(&vh_restore_option_table, &s->options);
    vh_profile_destroy(&s->profile);
}

static int make(struct setup *s)
{
    vh_recipe_uninit(&s->recipe);
    return vh_recipe_make(&s->recipe, &s->request);
}

static const struct vh_recipe_step *step(const struct setup *s, const char *name)
{
    for (int i = 0; i < s->recipe.n_steps; i++)
        if (!strcmp(s->recipe.step[i].name, name))
            return &s->recipe.step[i];
    return NULL;
}

static void measured(struct setup *s, const char *key, double value, double confidence)
{
    struct vh_measurement m = {.value = value, .confidence = confidence, .n = 8};
    assert_int_equal(vh_profile_set(s->profile, key, &m), VH_OK);
}

static void deinterlacers_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *method, *rate, *text;
    } cases[] = {
        {"bwdif=mode=send_field", "frame", "bwdif=mode=send_frame:parity=tff:deint=all:mode=send_field"},
        {"yadif", "frame", "yadif=mode=send_frame:parity=tff:deint=all"},
        {"w3fdif=filter=simple", "field",
            "w3fdif=filter=complex:mode=field:parity=tff:deint=all:filter=simple"},
        {"estdif", "field", "estdif=mode=field:parity=tff:deint=all"},
        {"nnedi=weights=w.bin", "field", "nnedi=deint=all:field=tf:weights=w.bin"},
        {"nnedi=weights=w.bin", "frame", "nnedi=deint=all:field=t:weights=w.bin"},
        {"weave", "field", "setfield=prog"},
    };
    struct setup s;
    begin(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set(&s, "deinterlace", cases[i].method);
        set(&s, "rate", cases[i].rate);
        assert_int_equal(make(&s), VH_OK);
        assert_string_equal(step(&s, "deinterlace")->filter, cases[i].text);
        assert_int_equal(s.recipe.out, VH_KIND_PROGRESSIVE);
    }
    end(&s);
}

/* Levels are corrected only where they are surer than usual, and setup's black is no second fault. */
static void levels_ask_for_more_than_usual_confidence(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    measured(&s, "level.black", 24, 0.8);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "levels")->off);
    measured(&s, "level.black", 24, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "levels")->off);
    assert_non_null(strstr(step(&s, "levels")->reason, "24.0"));
    measured(&s, "level.black", 17.5, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "levels")->off);
    measured(&s, "level.black", 32.4, 0.9);
    measured(&s, "level.setup", 1, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "levels")->off);
    assert_false(step(&s, "adjust")->off);
    end(&s);
}

static void order_comes_from_the_best_source(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    assert_int_equal(make(&s), VH_OK);
    assert_int_equal(s.recipe.order, VH_FIELDS_TFF);
    measured(&s, "scan.order", 1, 0.3); /* not sure enough */
    assert_int_equal(make(&s), VH_OK);
    assert_int_equal(s.recipe.order, VH_FIELDS_TFF);
    measured(&s, "scan.order", 1, 0.95);
    assert_int_equal(make(&s), VH_OK);
    assert_int_equal(s.recipe.order, VH_FIELDS_BFF);
    assert_string_equal(s.recipe.order_reason, "measured");
    assert_int_equal(step(&s, "motion-deinterlace")->kind, VH_STEP_NATIVE);
    assert_int_equal(s.recipe.rate_factor, 2);
    const struct vh_motion_deinterlace_options *o = step(&s, "motion-deinterlace")->options;
    assert_true(isnan(o->strength));
    set(&s, "denoise", "motion=0.5");
    assert_int_equal(make(&s), VH_OK);
    o = step(&s, "motion-deinterlace")->options;
    assert_true(o->strength == 0.5);
    set(&s, "denoise", "hqdn3d");
    assert_int_equal(make(&s), VH_OK);
    o = step(&s, "motion-deinterlace")->options;
    assert_true(o->strength == 0);
    assert_non_null(step(&s, "denoise")->filter);
    set(&s, "denoise", "motion=much");
    assert_int_equal(make(&s), VH_ERR_USAGE);
    set(&s, "denoise", "auto");
    set(&s, "deinterlace", "bwdif");
    assert_int_equal(make(&s), VH_OK);
    assert_string_equal(step(&s, "bwdif")->stage->name, "bwdif");
    assert_int_equal(s.recipe.rate_factor, 2);
    set(&s, "deinterlace", "yadif");
    assert_int_equal(make(&s), VH_OK);
    assert_non_null(strstr(step(&s, "deinterlace")->filter, "parity=bff"));
    set(&s, "deinterlace", "auto");
    set(&s, "field-order", "tff");
    assert_int_equal(make(&s), VH_OK);
    assert_int_equal(s.recipe.order, VH_FIELDS_TFF);
    set(&s, "field-order", "auto");
    measured(&s, "scan.type", 1, 0.95);
    assert_int_equal(make(&s), VH_OK);
    assert_int_equal(s.recipe.order, VH_FIELDS_PROGRESSIVE);
    assert_true(step(&s, "deinterlace")->off);
    end(&s);
}

static void film_is_matched(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    measured(&s, "scan.cadence", 1, 0.95);
    assert_int_equal(make(&s), VH_OK);
    assert_non_null(strstr(step(&s, "deinterlace")->filter, "fieldmatch=order=tff"));
    assert_non_null(strstr(step(&s, "deinterlace")->filter, "decimate"));
    assert_int_equal(s.recipe.rate_factor, 1);
    end(&s);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    set(&s, "deinterlace", "qtgmc");
    assert_int_equal(make(&s), VH_ERR_USAGE);
    assert_non_null(strstr(message, "deinterlace qtgmc is unknown"));
    set(&s, "deinterlace", "nnedi");
    assert_int_equal(make(&s), VH_ERR_USAGE);
    assert_non_null(strstr(message, "weights=FILE"));
    set(&s, "deinterlace", "auto");
    set(&s, "denoise", "magic=3");
    assert_int_equal(make(&s), VH_ERR_USAGE);
    assert_non_null(strstr(message, "denoise magic is unknown"));
    set(&s, "denoise", "none");
    set(&s, "sharpen", "more");
    assert_int_equal(make(&s), VH_ERR_USAGE);
    set(&s, "sharpen", "none");
    s.request.format.fields = VH_FIELDS_UNKNOWN;
    assert_int_equal(make(&s), VH_ERR_INPUT);
    assert_non_null(strstr(message, "--field-order"));
    end(&s);
}

static void steps_stand_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {
        "vf-pre", "deblock", "chroma-shift", "deinterlace", "denoise", "sharpen", "deband", "vf-post"};
    struct setup s;
    begin(&s);
    measured(&s, "chroma.delay_x", 6.3, 0.9);
    set(&s, "vf-pre", "hflip");
    set(&s, "vf-post", "vflip");
    set(&s, "deblock", "weak");
    set(&s, "deband", "default");
    set(&s, "sharpen", "cas=0.4");
    set(&s, "deinterlace", "yadif");
    set(&s, "denoise", "hqdn3d=2");
    assert_int_equal(make(&s), VH_OK);
    int at = -1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct vh_recipe_step *found = step(&s, names[i]);
        assert_non_null(found);
        assert_true(found - s.recipe.step > at);
        at = (int)(found - s.recipe.step);
        assert_false(found->off);
        assert_true(found->reason[0]);
    }
    assert_string_equal(step(&s, "deblock")->filter, "il=l=d:c=d,deblock=filter=weak:block=8,il=l=i:c=i");
    assert_string_equal(step(&s, "sharpen")->filter, "cas=0.4");
    end(&s);
}

static void repairs_follow_measurements(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "chroma-shift")->off); /* nothing measured */
    measured(&s, "chroma.delay_x", 0.4, 0.9);
    measured(&s, "chroma.delay_y", 0.1, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "chroma-shift")->off); /* in the dead zone */
    measured(&s, "chroma.delay_x", 6.25, 0.9);
    assert_int_equal(make(&s), VH_OK);
    const struct vh_recipe_step *shift = step(&s, "chroma-shift");
    assert_false(shift->off);
    const struct vh_chroma_shift_options *o = shift->options;
    assert_true(o->delay_x == 6.25 && o->delay_y == 0);
    assert_true(o->split == 0);
    assert_non_null(strstr(shift->reason, "6.25 px"));
    measured(&s, "chroma.delay_split", 1.5, 0.9); /* in its dead zone */
    assert_int_equal(make(&s), VH_OK);
    assert_true(((const struct vh_chroma_shift_options *)step(&s, "chroma-shift")->options)->split == 0);
    measured(&s, "chroma.delay_split", -4, 0.9);
    assert_int_equal(make(&s), VH_OK);
    shift = step(&s, "chroma-shift");
    assert_true(((const struct vh_chroma_shift_options *)shift->options)->split == -2);
    assert_non_null(strstr(shift->reason, "red 2.00 px left of blue"));
    measured(&s, "chroma.delay_x", 1, 0.9);
    measured(&s, "chroma.delay_split", 0, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "chroma-shift")->off); /* a scene may paint its colour so */
    measured(&s, "response.chroma_corner", 0.4, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "chroma-shift")->off); /* a tape makes it late */
    measured(&s, "chroma.delay_x", -1, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "chroma-shift")->off);
    set(&s, "repair", "none");
    assert_int_equal(make(&s), VH_OK);
    assert_null(step(&s, "chroma-shift"));
    end(&s);
}

static void the_user_wins(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    struct vh_chroma_shift_options mine;
    const void *all[64] = {0};
    for (int i = 0; vh_stages[i]; i++)
        if (!strcmp(vh_stages[i]->name, "chroma-shift")) {
            assert_int_equal(vh_option_init(vh_stages[i]->options, &mine), VH_OK);
            all[i] = &mine;
        }
    mine.delay_x = -2;
    s.request.stage_options = all;
    set(&s, "repair", "none");
    measured(&s, "chroma.delay_x", 6.25, 0.9);
    assert_int_equal(make(&s), VH_OK);
    const struct vh_recipe_step *shift = step(&s, "chroma-shift");
    assert_non_null(shift);
    assert_true(((const struct vh_chroma_shift_options *)shift->options)->delay_x == -2);
    mine.delay_x = 0.0 / 0.0;
    mine.mode = VH_SWITCH_OFF;
    set(&s, "repair", "auto");
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "chroma-shift")->off);
    end(&s);
}

static void setup_is_taken_off(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    assert_int_equal(make(&s), VH_OK);
    assert_null(step(&s, "adjust"));
    measured(&s, "level.setup", 1, 0.5); /* not sure enough */
    assert_int_equal(make(&s), VH_OK);
    assert_null(step(&s, "adjust"));
    measured(&s, "level.setup", 1, 0.95);
    assert_int_equal(make(&s), VH_OK);
    assert_non_null(step(&s, "adjust"));
    assert_non_null(strstr(step(&s, "adjust")->reason, "setup"));
    set(&s, "repair", "none");
    assert_int_equal(make(&s), VH_OK);
    assert_null(step(&s, "adjust"));
    end(&s);
}

/* A tape's response is undone; a wide one's only where edges told the phase; what halo that leaves goes. */
static void the_response_and_its_rest(void **state)
{
    (void)state;
    struct setup s;
    begin(&s);
    measured(&s, "response.corner", 1.7, 0.9);
    measured(&s, "response.order", 4, 0.9);
    measured(&s, "response.phase_from", 0, 0.9);
    measured(&s, "halo.rest", 0.03, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "equalise")->off);
    assert_true(step(&s, "dehalo")->off); /* in the dead zone */
    measured(&s, "halo.rest", 0.08, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "dehalo")->off);
    assert_true(step(&s, "dehalo") > step(&s, "equalise"));
    double strength = ((const struct vh_dehalo_options *)step(&s, "dehalo")->options)->strength;
    assert_true(strength > 0.08 && strength < 0.12);
    measured(&s, "noise.luma", 2.5, 0.9);
    measured(&s, "halo.rise_left", 2.3, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "transients")->off); /* fast enough */
    measured(&s, "halo.rise_left", 4.5, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "transients")->off);
    assert_true(step(&s, "transients") > step(&s, "dehalo"));
    measured(&s, "noise.luma", 5, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "transients")->off);
    measured(&s, "response.corner", 2.5, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_true(step(&s, "equalise")->off);
    assert_non_null(strstr(step(&s, "equalise")->reason, "phase"));
    assert_null(step(&s, "dehalo")); /* nothing was undone, so nothing is left of it */
    measured(&s, "response.phase_from", 1, 0.9);
    assert_int_equal(make(&s), VH_OK);
    assert_false(step(&s, "equalise")->off);
    set(&s, "repair", "none");
    assert_int_equal(make(&s), VH_OK);
    assert_null(step(&s, "equalise"));
    assert_null(step(&s, "dehalo"));
    end(&s);
}

static void jitter_and_flicker_switch_their_stages(void **state)
{
    (void)state;
    static const char *const keys[] = {"jitter.rms", "flicker", "headswitch.lines"};
    static const char *const stages[] = {"line-sync", "flicker", "head-switch"};
    static const double much[] = {0.4, 2, 4}, little[] = {0.05, 0.2, 0};
    struct setup s;
    begin(&s);
    for (int i = 0; i < 3; i++) {
        measured(&s, keys[i], little[i], 0.9);
        assert_int_equal(make(&s), VH_OK);
        assert_true(step(&s, stages[i])->off);
        measured(&s, keys[i], much[i], 0.3); /* not sure enough */
        assert_int_equal(make(&s), VH_OK);
        assert_true(step(&s, stages[i])->off);
        measured(&s, keys[i], much[i], 0.9);
        assert_int_equal(make(&s), VH_OK);
        assert_false(step(&s, stages[i])->off);
    }
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deinterlacers_by_name),
        cmocka_unit_test(levels_ask_for_more_than_usual_confidence),
        cmocka_unit_test(order_comes_from_the_best_source),
        cmocka_unit_test(film_is_matched),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(steps_stand_in_order),
        cmocka_unit_test(repairs_follow_measurements),
        cmocka_unit_test(the_user_wins),
        cmocka_unit_test(setup_is_taken_off),
        cmocka_unit_test(the_response_and_its_rest),
        cmocka_unit_test(jitter_and_flicker_switch_their_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
