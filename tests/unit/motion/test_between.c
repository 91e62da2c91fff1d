/* Pictures between two neighbours: nearer to the truth than mixing them, from fields and whole pictures; cuts
 * repeat the nearer one; threads, SIMD and sizes do not matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "motion/between.h"

#include <math.h>
#include <string.h>

struct picture {
    struct vh_image image;
    uint16_t *memory;
    size_t n;
};

static struct picture blank(int width, int height)
{
    int cw = (width + 1) / 2, ch = (height + 1) / 2;
    struct picture p = {.n = (size_t)width * (size_t)height + 2 * (size_t)cw * (size_t)ch};
    p.memory = vh_alloc(p.n, sizeof *p.memory);
    assert_non_null(p.memory);
    p.image = (struct vh_image){.n_planes = 3, .sub_x = 1, .sub_y = 1};
    p.image.plane[0] = (struct vh_plane){p.memory, width, width, height};
    p.image.plane[1] = (struct vh_plane){p.memory + width * height, cw, cw, ch};
    p.image.plane[2] = (struct vh_plane){p.memory + width * height + cw * ch, cw, cw, ch};
    return p;
}

static double texture(double x, double y)
{
    return 30 * sin(0.21 * x) * cos(0.13 * y) + 25 * sin(0.09 * x + 0.11 * y) +
           15 * sin(0.41 * x - 0.17 * y) + 10 * sin(0.013 * x * y);
}

/* Under a flat sky: a background that pans and a disk that crosses it, at time t; or another scene. */
static struct picture scene(int width, int height, double t, bool other)
{
    struct picture p = blank(width, height);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < p.image.plane[i].height; y++)
            for (int x = 0; x < p.image.plane[i].width; x++) {
                double lx = i ? 2 * x : x, ly = i ? 2 * y + 0.5 : y, cx = width * 0.4 + 10 * t;
                bool disk = hypot(lx - cx, ly - height * 0.5) < height * 0.25;
                double v = other  ? 50 * (((int)(lx / 7) & 1) - ((int)(ly / 9) & 1)) + texture(3 * ly, x)
                           : disk ? texture(1.3 * (lx - 10 * t) + 70, 1.1 * ly)
                                  : texture(lx + 6 * t, ly - 3 * t);
                v *= fmin(1, fmax(0, 5 * ly / height - 1));
                p.image.plane[i].data[y * p.image.plane[i].stride + x] =
                    (uint16_t)((128 + (i ? 0.4 : 1) * v) * 256);
            }
    return p;
}

static struct vh_between_side side_of(const struct picture *p, int parity)
{
    struct vh_image image = parity == 2 ? p->image : vh_image_field(p->image, parity);
    return (struct vh_between_side){vh_image_read(&image), parity};
}

static struct vh_between *open_between(int width, int height, struct vh_pool *pool, unsigned cpu)
{
    struct vh_between *b;
    struct vh_between_config config = {.width = width,
        .height = height,
        .n_planes = 3,
        .sub_x = 1,
        .sub_y = 1,
        .pool = pool,
        .cpu_flags = cpu};
    assert_int_equal(vh_between_create(&b, &config), VH_OK);
    return b;
}

/* Root mean square difference, codes, on lines of `parity` (2: all), inside a border. */
static double distance(const struct picture *a, const struct picture *b, int plane, int parity)
{
    const struct vh_plane *p = &a->image.plane[plane], *q = &b->image.plane[plane];
    double sum = 0;
    int n = 0;
    for (int y = 6; y < p->height - 6; y++)
        for (int x = 6; x < p->width - 6 && (parity == 2 || (y & 1) == parity); x++, n++) {
            double d = (p->data[y * p->stride + x] - q->data[y * q->stride + x]) / 256.0;
            sum += d * d;
        }
    return sqrt(sum / n);
}

static struct picture average(
    const struct picture *a, const struct picture *b, double t, int width, int height)
{
    struct picture p = blank(width, height);
    for (size_t i = 0; i < p.n; i++)
        p.memory[i] = (uint16_t)(a->memory[i] * (1 - t) + b->memory[i] * t);
    return p;
}

static void motion_is_followed(void **state)
{
    (void)state;
    enum { W = 176, H = 144 };
    static const int parity[][3] = {{2, 2, 2}, {0, 1, 0}, {0, 1, 1}, {1, 0, 0}, {1, 1, 0}, {0, 1, 2}};
    struct picture before = scene(W, H, 0, false), after = scene(W, H, 1, false), made = blank(W, H);
    struct vh_between *b = open_between(W, H, NULL, vh_cpu_detect());
    for (size_t i = 0; i < sizeof parity / sizeof *parity; i++) {
        struct vh_between_side s[2] = {side_of(&before, parity[i][0]), side_of(&after, parity[i][1])};
        assert_int_equal(vh_between_set(b, &s[0], &s[1]), VH_OK);
        assert_false(vh_between_cut(b));
        for (int k = 1; k <= 3; k++) {
            double t = k / 4.0;
            struct picture truth = scene(W, H, t, false), mean = average(&before, &after, t, W, H);
            struct vh_image out = parity[i][2] == 2 ? made.image : vh_image_field(made.image, parity[i][2]);
            vh_between_make(b, t, parity[i][2], &out);
            for (int p = 0; p < 3; p++)
                assert_true(distance(&made, &truth, p, parity[i][2]) <
                            (k == 2 ? 0.6 : 0.8) * distance(&mean, &truth, p, parity[i][2]));
            vh_freep(&truth.memory);
            vh_freep(&mean.memory);
        }
    }
    vh_between_destroy(&b);
    vh_freep(&before.memory);
    vh_freep(&after.memory);
    vh_freep(&made.memory);
}

static void still_pictures_stay_exact(void **state)
{
    (void)state;
    struct picture before = scene(96, 80, 0, false), made = blank(96, 80);
    struct vh_between *b = open_between(96, 80, NULL, 0);
    struct vh_between_side s = side_of(&before, 2);
    assert_int_equal(vh_between_set(b, &s, &s), VH_OK);
    vh_between_make(b, 0.5, 2, &made.image);
    assert_memory_equal(made.memory, before.memory, made.n * sizeof *made.memory);
    vh_between_destroy(&b);
    vh_freep(&before.memory);
    vh_freep(&made.memory);
}

static void a_cut_repeats_the_nearer_side(void **state)
{
    (void)state;
    struct picture before = scene(96, 80, 0, false), after = scene(96, 80, 0, true), made = blank(96, 80);
    struct vh_between *b = open_between(96, 80, NULL, vh_cpu_detect());
    struct vh_between_side s[2] = {side_of(&before, 2), side_of(&after, 2)};
    assert_int_equal(vh_between_set(b, &s[0], &s[1]), VH_OK);
    assert_true(vh_between_cut(b));
    vh_between_make(b, 0.25, 2, &made.image);
    assert_memory_equal(made.memory, before.memory, made.n * sizeof *made.memory);
    vh_between_make(b, 0.75, 2, &made.image);
    assert_memory_equal(made.memory, after.memory, made.n * sizeof *made.memory);
    vh_between_destroy(&b);
    vh_freep(&before.memory);
    vh_freep(&after.memory);
    vh_freep(&made.memory);
}

static void threads_simd_and_sizes_do_not_matter(void **state)
{
    (void)state;
    static const int size[][2] = {{64, 48}, {37, 29}, {17, 9}, {8, 5}, {2, 2}, {1, 2}};
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        int w = size[i][0], h = size[i][1];
        struct picture before = scene(w, h, 0, false), after = scene(w, h, 1, false), one = blank(w, h),
                       two = blank(w, h);
        for (int parity = 1; parity < 3; parity++) {
            struct vh_between_side s[2] = {side_of(&before, parity == 2 ? 2 : 0), side_of(&after, parity)};
            for (int k = 0; k < 2; k++) {
                struct vh_between *b = open_between(w, h, k ? pool : NULL, k ? vh_cpu_detect() : 0);
                assert_int_equal(vh_between_set(b, &s[0], &s[1]), VH_OK);
                vh_between_make(b, 0.4, 2, k ? &two.image : &one.image);
                vh_between_destroy(&b);
            }
            assert_memory_equal(one.memory, two.memory, one.n * sizeof *one.memory);
        }
        vh_freep(&before.memory);
        vh_freep(&after.memory);
        vh_freep(&one.memory);
        vh_freep(&two.memory);
    }
    vh_pool_destroy(&pool);
}

static void wrong_sizes_are_refused(void **state)
{
    (void)state;
    struct vh_between *b = open_between(64, 48, NULL, 0);
    struct picture p = scene(48, 48, 0, false);
    struct vh_between_side s = side_of(&p, 2);
    assert_int_equal(vh_between_set(b, &s, &s), VH_ERR_INTERNAL);
    vh_between_destroy(&b);
    struct vh_between_config config = {.width = 9000, .height = 16, .n_planes = 1};
    assert_int_equal(vh_between_create(&b, &config), VH_ERR_USAGE);
    assert_null(b);
    vh_freep(&p.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(motion_is_followed),
        cmocka_unit_test(still_pictures_stay_exact),
        cmocka_unit_test(a_cut_repeats_the_nearer_side),
        cmocka_unit_test(threads_simd_and_sizes_do_not_matter),
        cmocka_unit_test(wrong_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
