/* The defect profile: keys, confidence and dead zones, values by hand, JSON both ways, strict reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "profile/profile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char heard[2048];

static void hear(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(heard, sizeof heard, "%s", message);
}

static const struct vh_log ear = {.sink = hear, .level = VH_LOG_ERROR};

static void keys_are_sorted_and_found(void **state)
{
    (void)state;
    int n;
    const struct vh_profile_key *keys = vh_profile_keys(&n);
    for (int i = 0; i < n; i++) {
        assert_ptr_equal(vh_profile_find_key(keys[i].key), &keys[i]);
        assert_true(i == 0 || strcmp(keys[i - 1].key, keys[i].key) < 0);
        assert_true(keys[i].help[0] && strlen(keys[i].help) <= 70);
        assert_in_range((int)(keys[i].min_confidence * 100), 1, 100);
        assert_true(keys[i].dead_zone != 0);
        assert_true(strlen(keys[i].unit) < 32);
    }
    assert_null(vh_profile_find_key("noise"));
}

static void set(struct vh_profile *profile, const char *key, double value, double confidence)
{
    struct vh_measurement m = {
        .value = value, .confidence = confidence, .n = 8, .spread = 0.25, .evidence = "8 probes"};
    assert_int_equal(vh_profile_set(profile, key, &m), VH_OK);
}

static void confidence_and_dead_zone_decide(void **state)
{
    (void)state;
    struct vh_profile *p;
    double value = -1;
    assert_int_equal(vh_profile_create(&p), VH_OK);
    assert_false(vh_profile_known(p, "noise.luma", &value));
    set(p, "noise.luma", 4, 0.2);
    assert_false(vh_profile_known(p, "noise.luma", &value));
    assert_true(value == -1);
    set(p, "noise.luma", 4, 0.9);
    assert_true(vh_profile_defect(p, "noise.luma", &value) && value == 4);
    set(p, "chroma.delay_x", -0.5, 0.9);
    assert_true(vh_profile_known(p, "chroma.delay_x", &value));
    assert_false(vh_profile_defect(p, "chroma.delay_x", &value));
    set(p, "chroma.delay_x", -1.4, 0.9);
    assert_true(vh_profile_defect(p, "chroma.delay_x", &value) && value == -1.4);
    set(p, "level.black", 17, 0.9);
    assert_false(vh_profile_defect(p, "level.black", &value));
    set(p, "level.black", 8, 0.9);
    assert_true(vh_profile_defect(p, "level.black", &value));
    set(p, "audio.hiss.level", -80, 0.9); /* one-sided, negative dead zone */
    assert_false(vh_profile_defect(p, "audio.hiss.level", &value));
    set(p, "audio.hiss.level", -60, 0.9);
    assert_true(vh_profile_defect(p, "audio.hiss.level", &value));
    set(p, "bandwidth.luma", 2.4, 1);
    assert_false(vh_profile_defect(p, "bandwidth.luma", &value));
    vh_profile_destroy(&p);
    assert_null(p);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    struct vh_profile *p;
    struct vh_measurement m = {.value = 1, .confidence = 1};
    assert_int_equal(vh_profile_create(&p), VH_OK);
    assert_int_equal(vh_profile_set(p, "nothing", &m), VH_ERR_INTERNAL);
    m.value = NAN;
    assert_int_equal(vh_profile_set(p, "noise.luma", &m), VH_ERR_INTERNAL);
    m = (struct vh_measurement){.value = 1, .confidence = 1.5};
    assert_int_equal(vh_profile_set(p, "noise.luma", &m), VH_ERR_INTERNAL);
    m = (struct vh_measurement){.value = 7, .confidence = 1};
    assert_int_equal(vh_profile_set(p, "scan.order", &m), VH_ERR_INTERNAL);
    assert_null(vh_profile_get(p, "noise.luma"));
    vh_profile_destroy(&p);
}

static void refused(struct vh_profile *p, const char *text, const char *message)
{
    assert_int_equal(vh_profile_set_text(p, text, &ear), VH_ERR_USAGE);
    assert_string_equal(heard, message);
}

static void by_hand_wins(void **state)
{
    (void)state;
    struct vh_profile *p;
    double value;
    assert_int_equal(vh_profile_create(&p), VH_OK);
    assert_int_equal(vh_profile_set_text(p, "noise.luma=4", &ear), VH_OK);
    set(p, "noise.luma", 9, 1);
    assert_true(vh_profile_known(p, "noise.luma", &value) && value == 4);
    assert_int_equal(vh_profile_set_text(p, "scan.order=bff", &ear), VH_OK);
    assert_true(vh_profile_known(p, "scan.order", &value) && value == 1);
    refused(p, "noise.luma", "'noise.luma' is not KEY=VALUE, as in noise.luma=4");
    refused(p, "noise.lumma=4", "'noise.lumma' is not a measurement; did you mean 'noise.luma'?");
    refused(p, "x=4", "'x' is not a measurement; 'vhsup help measurements' lists them");
    refused(p, "noise.luma=much", "noise.luma 'much' is not a number in 8-bit codes");
    refused(p, "noise.luma=inf", "noise.luma 'inf' is not a number in 8-bit codes");
    refused(p, "scan.order=top", "scan.order 'top' is not one of tff, bff");
    vh_profile_destroy(&p);
}

static struct vh_profile *make_full(void)
{
    struct vh_profile *p;
    int n;
    const struct vh_profile_key *keys = vh_profile_keys(&n);
    assert_int_equal(vh_profile_create(&p), VH_OK);
    for (int i = 0; i < n; i++)
        set(p, keys[i].key, keys[i].names ? 1 : i / 7.0 - 2, 0.75);
    assert_int_equal(vh_profile_set_text(p, "jitter.rms=0.3", &ear), VH_OK);
    struct vh_section late = {"cut", 12.5, 12.5, 0, 0.9}, early = {"blue", 1, 3.25, 2, 1};
    assert_int_equal(vh_profile_add_section(p, &late), VH_OK);
    assert_int_equal(vh_profile_add_section(p, &early), VH_OK);
    return p;
}

static void json_goes_both_ways(void **state)
{
    (void)state;
    struct vh_profile *p = make_full(), *q, *r;
    int n;
    char *text = vh_profile_print_json(p);
    assert_int_equal(vh_profile_create(&q), VH_OK);
    assert_int_equal(vh_profile_parse_json(q, text, "p.json", &ear), VH_OK);
    char *again = vh_profile_print_json(q);
    assert_string_equal(text, again);
    const struct vh_section *section = vh_profile_sections(q, &n);
    assert_int_equal(n, 2);
    assert_string_equal(section[0].kind, "blue");
    assert_true(vh_profile_get(q, "jitter.rms")->by_hand);
    assert_int_equal(vh_profile_create(&r), VH_OK);
    assert_int_equal(vh_profile_copy(r, q), VH_OK);
    char *third = vh_profile_print_json(r);
    assert_string_equal(text, third);
    vh_free(text), vh_free(again), vh_free(third);
    vh_profile_destroy(&p), vh_profile_destroy(&q), vh_profile_destroy(&r);
}

#define HEAD "{\"schema\": \"vhsup-profile\", \"version\": 1, \"measurements\": {"
#define GOOD                                                                                                 \
    "\"unit\": \"px\", \"confidence\": 1, \"spread\": 0, \"n\": 1, \"evidence\": \"\", \"by_hand\": false}"

static void reading_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{}", "p.json: the outermost value lacks 'schema'"},
        {"[]", "p.json: the outermost value is not an object"},
        {"{\"schema\": \"other\"}", "p.json: schema 'other' is not 'vhsup-profile'"},
        {"{\"schema\": \"vhsup-profile\", \"version\": 2}",
            "p.json: version 2 is not 1, the one this program reads"},
        {HEAD "}, \"sections\": [], \"more\": 1}", "p.json: more is unknown"},
        {HEAD "}}", "p.json: the outermost value lacks 'sections'"},
        {HEAD "\"jitter\": {}}}", "p.json: measurements.jitter is not a measurement of this version"},
        {HEAD "\"jitter.rms\": 3}}", "p.json: measurements.jitter.rms is not an object"},
        {HEAD "\"jitter.rms\": {\"value\": \"x\"}}}",
            "p.json: measurements.jitter.rms.value is not a number"},
        {HEAD "\"jitter.rms\": {\"value\": 1e999, " GOOD "}}",
            "p.json: measurements.jitter.rms.value is too large"},
        {HEAD "\"flagging\": {\"value\": 1, \"unit\": \"mm\", \"confidence\": 1, \"spread\": 0, \"n\": 1, "
              "\"evidence\": \"\", \"by_hand\": false}}}",
            "p.json: measurements.flagging.unit 'mm' is not 'px'"},
        {HEAD "\"flagging\": {\"value\": 1, \"confidence\": 2}}}",
            "p.json: measurements.flagging.confidence 2 is outside 0 to 1"},
        {HEAD "\"scan.order\": {\"value\": \"up\"}}}",
            "p.json: measurements.scan.order.value 'up' is no value of scan.order"},
        {HEAD "}, \"sections\": [{\"kind\": \"cut\", \"start_s\": 2, \"end_s\": 1, \"value\": 0, "
              "\"confidence\": 1}]}",
            "p.json: sections[0] ends before it starts"},
        {HEAD "}, \"sections\": [1]}", "p.json: sections[0] is not an object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vh_profile *p;
        assert_int_equal(vh_profile_create(&p), VH_OK);
        assert_int_equal(vh_profile_parse_json(p, cases[i].text, "p.json", &ear), VH_ERR_USAGE);
        assert_string_equal(heard, cases[i].message);
        vh_profile_destroy(&p);
    }
}

static void sections_are_checked(void **state)
{
    (void)state;
    struct vh_profile *p;
    assert_int_equal(vh_profile_create(&p), VH_OK);
    assert_int_equal(vh_profile_add_section(p, &(struct vh_section){"", 0, 1, 0, 1}), VH_ERR_INTERNAL);
    assert_int_equal(vh_profile_add_section(p, &(struct vh_section){"x", 2, 1, 0, 1}), VH_ERR_INTERNAL);
    assert_int_equal(vh_profile_add_section(p, &(struct vh_section){"x", 0, NAN, 0, 1}), VH_ERR_INTERNAL);
    for (int i = 0; i < 100; i++)
        assert_int_equal(
            vh_profile_add_section(p, &(struct vh_section){"x", (i * 37) % 100, 200, 0, 1}), VH_OK);
    int n;
    const struct vh_section *section = vh_profile_sections(p, &n);
    for (int i = 0; i < n; i++)
        assert_true(section[i].start_s == i);
    vh_profile_destroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sorted_and_found),
        cmocka_unit_test(confidence_and_dead_zone_decide),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(by_hand_wins),
        cmocka_unit_test(json_goes_both_ways),
        cmocka_unit_test(reading_is_strict),
        cmocka_unit_test(sections_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
