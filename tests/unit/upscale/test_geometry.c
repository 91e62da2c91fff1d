/* Shape rules: the SAR table, output sizes, crops, impossible wishes, siting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/status.h"
#include "upscale/geometry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct vh_geometry_options defaults = {.height = VH_AUTO_INT};

static char last_message[512];

static void keep_message(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(last_message, sizeof last_message, "%s", message);
}

static const struct vh_log quiet = {.sink = keep_message, .level = VH_LOG_ERROR};

static struct vh_geometry resolve(
    int width, int height, int num, int den, const struct vh_geometry_options *o)
{
    struct vh_geometry_source source = {.width = width, .height = height, .sar = {num, den}};
    struct vh_geometry g;
    assert_int_equal(vh_geometry_resolve(&g, &source, o, &quiet), VH_OK);
    return g;
}

/* Every way SD video states its shape, and the 1080-line picture with square pixels it becomes. */
static void sar_table(void **state)
{
    (void)state;
    static const struct {
        int w, h, num, den, sar_num, sar_den, out;
    } table[] = {
        {720, 576, 16, 15, 16, 15, 1440},
        {720, 576, 0, 1, 16, 15, 1440},
        {720, 576, 1, 1, 16, 15, 1440},
        {720, 480, 8, 9, 8, 9, 1440},
        {720, 480, 0, 1, 8, 9, 1440},
        {720, 480, 1, 1, 8, 9, 1440},
        {720, 486, 0, 1, 9, 10, 1440},
        {720, 486, 1, 1, 9, 10, 1440},
        {720, 486, 9, 10, 9, 10, 1440},
        {720, 576, 64, 45, 64, 45, 1920},
        {720, 480, 32, 27, 32, 27, 1920},
        {720, 576, 12, 11, 12, 11, 1472},
        {720, 480, 10, 11, 10, 11, 1472},
        {704, 576, 12, 11, 12, 11, 1440},
        {704, 480, 10, 11, 10, 11, 1440},
        {704, 576, 0, 1, 12, 11, 1440},
        {352, 576, 0, 1, 24, 11, 1440},
        {480, 576, 8, 5, 8, 5, 1440},
        {352, 288, 0, 1, 12, 11, 1440},
        {640, 480, 1, 1, 1, 1, 1440},
        {640, 480, 0, 1, 1, 1, 1440},
        {768, 576, 0, 1, 1, 1, 1440},
        {1920, 1080, 1, 1, 1, 1, 1920},
        {1440, 1080, 4, 3, 4, 3, 1920},
        {1280, 720, 0, 1, 1, 1, 1920},
        {720, 576, 32, 30, 16, 15, 1440},
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        struct vh_geometry g = resolve(table[i].w, table[i].h, table[i].num, table[i].den, &defaults);
        if (g.width != table[i].out)
            print_error("row %u: %s\n", i, g.reason);
        assert_int_equal(g.source_sar.num, table[i].sar_num);
        assert_int_equal(g.source_sar.den, table[i].sar_den);
        assert_int_equal(g.width, table[i].out);
        assert_int_equal(g.height, 1080);
        assert_int_equal(g.sar.num, 1);
        assert_int_equal(g.sar.den, 1);
    }
}

static void itu_crops_to_704(void **state)
{
    (void)state;
    struct vh_geometry_options o = defaults;
    o.geometry = VH_GEOMETRY_ITU;
    struct vh_geometry g = resolve(720, 576, 0, 1, &o);
    assert_int_equal(g.crop.left, 8);
    assert_int_equal(g.crop.right, 8);
    assert_int_equal(g.source_sar.num, 12);
    assert_int_equal(g.width, 1440);
    g = resolve(720, 480, 8, 9, &o);
    assert_int_equal(g.source_sar.num, 10);
    assert_int_equal(g.source_sar.den, 11);
    assert_int_equal(g.width, 1440);
    g = resolve(720, 480, 32, 27, &o);
    assert_int_equal(g.source_sar.num, 40);
    assert_int_equal(g.source_sar.den, 33);
    assert_int_equal(g.width, 1920);
    g = resolve(704, 576, 0, 1, &o);
    assert_int_equal(g.crop.left, 0);
    g = resolve(640, 480, 1, 1, &o);
    assert_int_equal(g.crop.left, 0);
    assert_int_equal(g.width, 1440);
}

static void sizes(void **state)
{
    (void)state;
    struct vh_geometry_options o = {.height = 720};
    struct vh_geometry g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.width, 960);
    assert_int_equal(g.height, 720);
    o = (struct vh_geometry_options){.height = 0};
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.width, 768);
    assert_int_equal(g.height, 576);
    assert_true(g.scales);
    o.sar = VH_SAR_KEEP;
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.width, 720);
    assert_int_equal(g.sar.num, 16);
    assert_false(g.scales);
    o = (struct vh_geometry_options){.height = VH_AUTO_INT, .sar = VH_SAR_KEEP};
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.width, 1350);
    assert_int_equal(g.height, 1080);
    o = (struct vh_geometry_options){.height = VH_AUTO_INT, .scale = 2};
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.width, 1536);
    assert_int_equal(g.height, 1152);
    o = (struct vh_geometry_options){.height = VH_AUTO_INT, .size = {1440, 1080}};
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.sar.num, 1);
    assert_int_equal(g.sar.den, 1);
    o.size = (struct vh_size){1920, 1080};
    g = resolve(720, 576, 16, 15, &o);
    assert_int_equal(g.sar.num, 3);
    assert_int_equal(g.sar.den, 4);
    o = (struct vh_geometry_options){.height = 482};
    assert_int_equal(resolve(720, 480, 8, 9, &o).width % 2, 0);
}

static void crops(void **state)
{
    (void)state;
    struct vh_crop c;
    assert_int_equal(vh_crop_parse(&c, "0:8:6:10", &quiet), VH_OK);
    assert_int_equal(c.bottom, 8);
    assert_int_equal(c.left, 6);
    assert_int_equal(c.right, 10);
    assert_int_equal(vh_crop_parse(&c, NULL, &quiet), VH_OK);
    assert_int_equal(vh_crop_parse(&c, "none", &quiet), VH_OK);
    static const char *const wrong[] = {
        "1:2:3", "1:2:3:4:5", "a:b:c:d", "-1:0:0:0", "1:2:3:4 ", "999999:0:0:0", "auto", "1::2:3", ":::"};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(vh_crop_parse(&c, wrong[i], &quiet), VH_ERR_USAGE);
    struct vh_geometry_source source = {.width = 720, .height = 576, .sar = {16, 15}, .crop = {0, 16, 8, 8}};
    struct vh_geometry g;
    assert_int_equal(vh_geometry_resolve(&g, &source, &defaults, &quiet), VH_OK);
    assert_int_equal(
        g.width, 2 * (int)floor(1080 * (704.0 * 16 / 15 / 560) / 2 + 0.5)); /* shape of what is left */
    assert_int_equal(g.source_sar.num, 16);
    assert_non_null(strstr(g.reason, "cropped by 0:16:8:8 to 704x560 at 16:15 (as stated)"));
    source.crop.bottom = 570;
    assert_int_equal(vh_geometry_resolve(&g, &source, &defaults, &quiet), VH_ERR_USAGE);
    assert_non_null(strstr(last_message, "leaves 704x6 of a 720x576 picture"));
}

static void impossible_wishes(void **state)
{
    (void)state;
    struct vh_geometry g;
    struct vh_geometry_source source = {.width = 720, .height = 576, .sar = {16, 15}};
    struct vh_geometry_options o = {.height = 720, .scale = 2};
    assert_int_equal(vh_geometry_resolve(&g, &source, &o, &quiet), VH_ERR_USAGE);
    assert_non_null(strstr(last_message, "--height and --scale"));
    o = (struct vh_geometry_options){.height = 720, .size = {640, 480}};
    assert_int_equal(vh_geometry_resolve(&g, &source, &o, &quiet), VH_ERR_USAGE);
    o = (struct vh_geometry_options){.height = 8};
    assert_int_equal(vh_geometry_resolve(&g, &source, &o, &quiet), VH_ERR_USAGE);
    o = (struct vh_geometry_options){.height = 721};
    assert_int_equal(vh_geometry_resolve(&g, &source, &o, &quiet), VH_ERR_USAGE);
    o = (struct vh_geometry_options){.height = VH_AUTO_INT, .size = {641, 480}};
    assert_int_equal(vh_geometry_resolve(&g, &source, &o, &quiet), VH_ERR_USAGE);
    source.sar = (AVRational){4000, 1};
    assert_int_equal(vh_geometry_resolve(&g, &source, &defaults, &quiet), VH_ERR_USAGE);
    source.width = 100000;
    assert_int_equal(vh_geometry_resolve(&g, &source, &defaults, &quiet), VH_ERR_INPUT);
    source = (struct vh_geometry_source){.width = 0, .height = 0};
    assert_int_equal(vh_geometry_resolve(&g, &source, &defaults, &quiet), VH_ERR_INPUT);
}

/* Where output samples look, worked out by hand. */
static void axes(void **state)
{
    (void)state;
    struct vh_siting luma = {1, 0}, left = {2, 0}, centre = {2, 0.5};
    struct vh_axis a = vh_axis_make(luma, luma, 0, 720, 1440);
    assert_true(fabs(a.start) < 1e-12 && fabs(a.step - 0.5) < 1e-12);
    /* Co-sited chroma on both sides: chroma sample 0 must stay over the left edge of the same luma sample.
     * Luma 0 of the output is centred at -0.25 of the source; chroma 0 at (-0.25) / 2 + 0.5. */
    a = vh_axis_make(left, left, 0, 720, 1440);
    assert_true(fabs(a.start + 0.5 * a.step - (-0.25 / 2 + 0.5)) < 1e-12);
    /* Centred chroma scales like a picture of its own. */
    a = vh_axis_make(centre, centre, 0, 576, 1080);
    assert_true(fabs(a.start) < 1e-12 && fabs(a.step - 576.0 / 1080) < 1e-12);
    /* A crop of three luma samples is one and a half chroma samples. */
    a = vh_axis_make(left, left, 3, 600, 600);
    assert_true(fabs(a.start - 1.5) < 1e-12);
    /* Interlaced 4:2:0, bottom field: field luma line 1 looks at chroma (1 - 0.75) / 2 = 0.125. */
    a = vh_axis_make((struct vh_siting){2, 0.75}, luma, 0, 288, 288);
    assert_true(fabs(a.start + 1.5 * a.step - 0.5 - 0.125) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sar_table),
        cmocka_unit_test(itu_crops_to_704),
        cmocka_unit_test(sizes),
        cmocka_unit_test(crops),
        cmocka_unit_test(impossible_wishes),
        cmocka_unit_test(axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
