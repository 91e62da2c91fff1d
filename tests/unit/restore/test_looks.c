/* The stages adjust and lut: numbers at chosen codes, true blend at 0, 0.5 and 1, .cube files and their
 * errors, paths with blanks and quotes, same bits for any threads and SIMD level.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cube.h"
#include "repair_run.h"
#include "restore/looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { W = 64, H = 48 };

static char last_message[600];

static void keep_message(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    snprintf(last_message, sizeof last_message, "%s", message);
}

static const struct vh_log quiet = {.sink = keep_message, .level = VH_LOG_ERROR};

static struct vh_format format_of(int sub_x, int sub_y, int w, int h)
{
    return (struct vh_format){.pix_fmt = !sub_x   ? AV_PIX_FMT_YUV444P16
                                         : !sub_y ? AV_PIX_FMT_YUV422P16
                                                  : AV_PIX_FMT_YUV420P16,
        .width = w,
        .height = h,
        .fields = VH_FIELDS_PROGRESSIVE,
        .matrix = AVCOL_SPC_SMPTE170M,
        .primaries = AVCOL_PRI_SMPTE170M,
        .transfer = AVCOL_TRC_SMPTE170M,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_LEFT};
}

static void fill_random(struct vh_image *i, unsigned seed, int low, int high)
{
    for (int p = 0; p < i->n_planes; p++)
        for (int y = 0; y < i->plane[p].height; y++)
            for (int x = 0; x < i->plane[p].width; x++)
                i->plane[p].data[y * i->plane[p].stride + x] =
                    (uint16_t)(low + (int)(((seed = seed * 1664525u + 1013904223u) >> 8) %
                                           (unsigned)(high - low + 1)));
}

static void fill(struct vh_image *i, int y, int cb, int cr)
{
    int value[3] = {y, cb, cr};
    for (int p = 0; p < 3; p++)
        for (int line = 0; line < i->plane[p].height; line++)
            for (int x = 0; x < i->plane[p].width; x++)
                i->plane[p].data[line * i->plane[p].stride + x] = (uint16_t)value[p];
}

static int get(const struct vh_image *i, int p, int x, int y)
{
    return i->plane[p].data[y * i->plane[p].stride + x];
}

static bool same(const struct vh_image *a, const struct vh_image *b)
{
    for (int p = 0; p < a->n_planes; p++)
        for (int y = 0; y < a->plane[p].height; y++)
            if (memcmp(a->plane[p].data + y * a->plane[p].stride, b->plane[p].data + y * b->plane[p].stride,
                    (size_t)a->plane[p].width * 2))
                return false;
    return true;
}

static void run(const char *stage, const void *options, struct vh_image *in, struct vh_image *out,
    int threads, unsigned cpu)
{
    struct vh_pool *pool;
    struct vh_format format = format_of(in->sub_x, in->sub_y, in->plane[0].width, in->plane[0].height);
    if (in->n_planes == 1)
        format.pix_fmt = AV_PIX_FMT_GRAY16;
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    assert_int_equal(run_stage(vh_stage_find(stage), options, &format, in, 1, 0, out, pool, cpu), VH_OK);
    vh_pool_destroy(&pool);
}

static void adjust_numbers(void **state)
{
    (void)state;
    struct run_image in = run_image_make(W, H, 1, 1), out = run_image_make(W, H, 1, 1);
    struct vh_adjust_options o = {.contrast = 1, .gamma = 1, .saturation = 1};
    assert_false(vh_adjust_changes(&o));
    fill_random(&in.image, 1, 0, 65535);
    run("adjust", &o, &in.image, &out.image, 3, 0);
    assert_true(same(&in.image, &out.image)); /* neutral is exact */
    static const struct {
        struct vh_adjust_options o;
        double in, out; /* luma, 0 to 1 */
    } table[] = {{{0.1, 1, 1, 1}, 0.4, 0.5}, {{0, 1.5, 1, 1}, 0.7, 0.8}, {{0, 0, 1, 1}, 0.9, 0.5},
        {{0, 1, 2, 1}, 0.25, 0.5}, {{0, 1, 0.5, 1}, 0.5, 0.25}, {{0.1, 2, 1, 1}, 0.5, 0.6},
        {{0, 1, 2, 1}, -0.02, -0.02}};
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        assert_true(vh_adjust_changes(&table[i].o));
        fill(&in.image, (int)lrint(4096 + table[i].in * 56064), 40000, 20000);
        run("adjust", &table[i].o, &in.image, &out.image, 2, 0);
        assert_true(abs(get(&out.image, 0, 9, 9) - (int)lrint(4096 + table[i].out * 56064)) <= 1);
        assert_int_equal(get(&out.image, 1, 9, 9), 40000);
    }
    o.saturation = 1.5;
    run("adjust", &o, &in.image, &out.image, 2, 0);
    assert_int_equal(get(&out.image, 1, 9, 9), 32768 + (40000 - 32768) * 3 / 2);
    assert_int_equal(get(&out.image, 2, 9, 9), 32768 + (20000 - 32768) * 3 / 2);
    o.saturation = 0;
    run("adjust", &o, &in.image, &out.image, 2, 0);
    assert_int_equal(get(&out.image, 2, 9, 9), 32768);
    run_image_free(&in);
    run_image_free(&out);
}

/* Writes `text` to a file whose name has blanks and quotes; the caller removes it. */
static void write_file(char path[200], const char *text)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, 200, "%.80s/it's a \"LUT\" & more; %d.cube", folder ? folder : "/tmp", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A 2x2x2 table that swaps red and blue and inverts green. */
static const char swap_cube[] = "TITLE \"swap\"\r\n# comment\r\nLUT_3D_SIZE 2\r\n"
                                "0 1 0\r\n0 1 1\r\n0 0 0\r\n0 0 1\r\n1 1 0\r\n1 1 1\r\n1 0 0\r\n1 0 1\r\n";

static void rgb_of(const struct vh_image *i, double rgb[3])
{
    double y = (get(i, 0, 20, 20) - 4096) / 56064.0, b = (get(i, 1, 9, 9) - 32768) / 57344.0,
           r = (get(i, 2, 9, 9) - 32768) / 57344.0;
    rgb[0] = y + 1.402 * r;
    rgb[2] = y + 1.772 * b;
    rgb[1] = (y - 0.299 * rgb[0] - 0.114 * rgb[2]) / 0.587;
}

static void fill_rgb(struct vh_image *i, double r, double g, double b)
{
    double y = 0.299 * r + 0.587 * g + 0.114 * b;
    fill(i, (int)lrint(4096 + 56064 * y), (int)lrint(32768 + 57344 * (b - y) / 1.772),
        (int)lrint(32768 + 57344 * (r - y) / 1.402));
}

/* 0 is the source bit by bit, 1 is the table, 0.5 lies in the middle; on every subsampling. */
static void lut_blend(void **state)
{
    (void)state;
    char path[200];
    write_file(path, swap_cube);
    for (int sub = 0; sub < 3; sub++) {
        struct run_image in = run_image_make(W, H, sub > 0, sub > 1),
                         out = run_image_make(W, H, sub > 0, sub > 1);
        for (int k = 0; k <= 4; k++) {
            double s = k / 4.0, rgb[3], want[3] = {0.7, 0.2, 0.4}, swapped[3] = {0.4, 0.8, 0.7};
            struct vh_lut_options o = {.file = path, .strength = s};
            fill_rgb(&in.image, want[0], want[1], want[2]);
            run("lut", &o, &in.image, &out.image, 2, vh_cpu_detect());
            rgb_of(&out.image, rgb);
            for (int c = 0; c < 3; c++)
                assert_true(fabs(rgb[c] - (want[c] + s * (swapped[c] - want[c]))) < 1e-4);
        }
        struct vh_lut_options none = {.file = path, .strength = 0};
        assert_false(vh_lut_changes(&none));
        fill_random(&in.image, 5, 0, 65535); /* impossible colours too */
        run("lut", &none, &in.image, &out.image, 2, vh_cpu_detect());
        for (int p = 0; p < 3; p++)
            for (int y = 0; y < in.image.plane[p].height; y++)
                for (int x = 0; x < in.image.plane[p].width; x++)
                    assert_true(abs(get(&in.image, p, x, y) - get(&out.image, p, x, y)) <= 1);
        run_image_free(&in);
        run_image_free(&out);
    }
    remove(path);
}

/* A table of 5 entries per axis on random colours against the specification in double. */
static void lut_matches_the_specification(void **state)
{
    (void)state;
    char text[12000] = "LUT_3D_SIZE 5\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n", path[200];
    for (int i = 0; i < 125; i++)
        snprintf(text + strlen(text), 80, "%.4f %.4f %.4f\n", run_random(i, 1, 1), run_random(i, 2, 1),
            run_random(i, 3, 1));
    write_file(path, text);
    struct vh_cube cube;
    assert_int_equal(vh_cube_read(&cube, path, &quiet), VH_OK);
    struct run_image in = run_image_make(W, H, 0, 0), out = run_image_make(W, H, 0, 0);
    for (int k = 0; k < 60; k++) {
        double c[3] = {run_random(k, 7, 1), run_random(k, 7, 2),
            k % 5 ? run_random(k, 7, 3) : run_random(k, 7, 1)},
               want[3], got[3];
        struct vh_lut_options o = {.file = path, .strength = 1};
        fill_rgb(&in.image, c[0], c[1], c[2]);
        run("lut", &o, &in.image, &out.image, 1, k % 2 ? vh_cpu_detect() : 0);
        rgb_of(&in.image, c);
        vh_cube_apply(&cube, c, want);
        rgb_of(&out.image, got);
        for (int i = 0; i < 3; i++)
            assert_true(fabs(got[i] - want[i]) < 2e-4);
    }
    vh_cube_free(&cube);
    run_image_free(&in);
    run_image_free(&out);
    remove(path);
}

static void lut_curves_and_shaper(void **state)
{
    (void)state;
    char path[200];
    struct run_image in = run_image_make(W, H, 1, 1), out = run_image_make(W, H, 1, 1);
    double rgb[3];
    write_file(path, "LUT_1D_SIZE 3\n0 0 0\n0.25 0.5 0.75\n1 1 1\n");
    struct vh_lut_options o = {.file = path, .strength = 1};
    fill_rgb(&in.image, 0.5, 0.25, 0.75);
    run("lut", &o, &in.image, &out.image, 1, vh_cpu_detect());
    rgb_of(&out.image, rgb);
    assert_true(fabs(rgb[0] - 0.25) < 1e-3 && fabs(rgb[1] - 0.25) < 1e-3 && fabs(rgb[2] - 0.875) < 1e-3);
    write_file(path, "LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n0 0 0\n0.5 0.5 0.5\n" /* halves, then swaps as above */
                     "0 1 0\n0 1 1\n0 0 0\n0 0 1\n1 1 0\n1 1 1\n1 0 0\n1 0 1\n");
    run("lut", &o, &in.image, &out.image, 1, vh_cpu_detect());
    rgb_of(&out.image, rgb);
    assert_true(fabs(rgb[0] - 0.375) < 1e-3 && fabs(rgb[1] - 0.875) < 1e-3 && fabs(rgb[2] - 0.25) < 1e-3);
    remove(path);
    run_image_free(&in);
    run_image_free(&out);
}

/* Looks keep their promise on a gray scale; all give the same bits everywhere, on gray pictures too. */
static void built_in_looks(void **state)
{
    (void)state;
    static char names[3][8] = {"restore", "warm", "cool"};
    struct run_image in = run_image_make(W, H, 1, 1), a = run_image_make(W, H, 1, 1),
                     b = run_image_make(W, H, 1, 1);
    for (int i = 0; i < 3; i++) {
        struct vh_lut_options o = {.file = names[i], .strength = 1};
        double rgb[3];
        fill_rgb(&in.image, 0.5, 0.5, 0.5);
        run("lut", &o, &in.image, &a.image, 1, 0);
        rgb_of(&a.image, rgb);
        if (i == 2)
            assert_true(rgb[2] > rgb[1] && rgb[1] > rgb[0]); /* cool: blue above red */
        else
            assert_true(rgb[0] > rgb[1] && rgb[1] > rgb[2]); /* warm */
        fill_rgb(&in.image, 0, 0, 0);
        run("lut", &o, &in.image, &a.image, 1, 0);
        rgb_of(&a.image, rgb);
        assert_true(i == 1 ? rgb[1] > 0.04 && rgb[1] < 0.12 : fabs(rgb[1]) < 0.01); /* warm lifts black */
        fill_random(&in.image, 8, 3000, 62000);
        run("lut", &o, &in.image, &a.image, 1, 0);
        run("lut", &o, &in.image, &b.image, 6, vh_cpu_detect());
        assert_true(same(&a.image, &b.image));
        in.image.n_planes = a.image.n_planes = b.image.n_planes = 1;
        run("lut", &o, &in.image, &a.image, 2, 0);
        in.image.n_planes = a.image.n_planes = b.image.n_planes = 3;
    }
    run_image_free(&in);
    run_image_free(&a);
    run_image_free(&b);
}

static void cube_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {{"", "x.cube:0: neither LUT_1D_SIZE nor LUT_3D_SIZE was found"},
        {"LUT_3D_SIZE 2\n0 0 0\n", "x.cube:2: the file ends after 1 of 8 values"},
        {"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n", "x.cube:4: more values than the size asks for"},
        {"LUT_3D_SIZE 1\n", "x.cube:1: the size must be a number from 2 to 129"},
        {"LUT_3D_SIZE 1000\n", "x.cube:1: the size must be a number from 2 to 129"},
        {"LUT_1D_SIZE two\n", "x.cube:1: the size must be a number from 2 to 65536"},
        {"LUT_1D_SIZE 2\n\n# c\n0 0\n", "x.cube:4: three numbers were expected"},
        {"LUT_1D_SIZE 2\n0 0 0 0\n", "x.cube:2: three numbers were expected"},
        {"LUT_1D_SIZE 2\n0 0 nan\n", "x.cube:2: three numbers were expected"},
        {"LUT_1D_SIZE 2\n0x10 0 0\n", "x.cube:2: three numbers were expected"},
        {"LUT_1D_SIZE 2\n1e999 0 0\n", "x.cube:2: three numbers were expected"},
        {"0 0 0\n", "x.cube:1: values stand before LUT_1D_SIZE or LUT_3D_SIZE"},
        {"LUT_1D_SIZE 2\nLUT_1D_SIZE 2\n", "x.cube:2: the size is given twice"},
        {"LUT_1D_SIZE 2\n0 0 0\nLUT_3D_SIZE 2\n", "x.cube:3: the size stands behind the first values"},
        {"DOMAIN_MIN 1 1\n", "x.cube:1: three numbers were expected"},
        {"LUT_1D_SIZE 2\nDOMAIN_MAX 0 0 0\n0 0 0\n1 1 1\n",
            "x.cube:4: the input range is empty: its end must lie above its start"},
        {"LUT_1D_INPUT_RANGE 0\n", "x.cube:1: two numbers were expected"},
        {"<html>\n", "x.cube:1: \"<html>\" is neither a keyword nor three numbers"}};
    struct vh_cube cube;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(
            vh_cube_parse(&cube, wrong[i].text, strlen(wrong[i].text), "x.cube", &quiet), VH_ERR_USAGE);
        assert_string_equal(last_message, wrong[i].message);
        assert_null(cube.one.value);
        assert_null(cube.three.value);
    }
    assert_int_equal(vh_cube_parse(&cube, "LUT_1D_SIZE 2\n0 \0", 18, "x.cube", &quiet), VH_ERR_USAGE);
    assert_string_equal(last_message, "x.cube:2: not a text file");
    static char missing[] = "no such file's \"name\".cube";
    struct vh_lut_options o = {.file = missing, .strength = 1};
    struct vh_format format = format_of(1, 1, W, H);
    struct vh_stage_config config = {.format = format, .options = &o, .log = &quiet};
    struct vh_stage *stage;
    assert_int_equal(vh_stage_open(&stage, vh_stage_find("lut"), &config), VH_ERR_USAGE);
    assert_non_null(
        strstr(last_message, "lut \"no such file's \"name\".cube\" cannot be read: No such file"));
    assert_null(stage);
}

/* Junk of every kind must be refused or read, never crash: cut, doubled and bent copies of a good file. */
static void cube_survives_junk(void **state)
{
    (void)state;
    char text[sizeof swap_cube];
    for (unsigned seed = 1; seed < 4000; seed++) {
        unsigned r = seed;
        memcpy(text, swap_cube, sizeof text);
        for (int k = 0; k < 3; k++) {
            r = r * 1664525u + 1013904223u;
            text[(r >> 8) % (sizeof text - 1)] = (char)(r >> 24);
        }
        struct vh_cube cube;
        size_t n = seed % 3 ? sizeof text - 1 : (r >> 10) % sizeof text;
        if (vh_cube_parse(&cube, text, n, "junk", NULL) == VH_OK)
            vh_cube_free(&cube);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjust_numbers),
        cmocka_unit_test(lut_blend),
        cmocka_unit_test(lut_matches_the_specification),
        cmocka_unit_test(lut_curves_and_shaper),
        cmocka_unit_test(built_in_looks),
        cmocka_unit_test(cube_errors),
        cmocka_unit_test(cube_survives_junk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
