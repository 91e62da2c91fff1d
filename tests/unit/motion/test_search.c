/* Motion search: known shifts come back, ends, gaps and cuts are told, any size works, threads and SIMD do
 * not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "motion/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double lattice(int x, int y, int seed)
{
    uint32_t h = (uint32_t)x * 2654435761u ^ (uint32_t)y * 2246822519u ^ (uint32_t)seed * 3266489917u;
    h = (h ^ h >> 15) * 2246822519u;
    h = (h ^ h >> 13) * 3266489917u;
    return (double)(h >> 16) / 32768.0 - 1;
}

/* Smooth value noise in three octaves, different for each seed, finer from seed 3 on; any fractional shift is
 * exact. */
static double texture(double x, double y, int seed)
{
    double v = 128, size = seed < 3 ? 32 : 12;
    for (int octave = 0; octave < 3; octave++, size *= 0.5) {
        double u = x / size, w = y / size;
        int i = (int)floor(u), j = (int)floor(w);
        u -= i, w -= j;
        u = u * u * (3 - 2 * u), w = w * w * (3 - 2 * w);
        int s = seed * 8 + octave;
        double a = lattice(i, j, s) * (1 - u) + lattice(i + 1, j, s) * u;
        double b = lattice(i, j + 1, s) * (1 - u) + lattice(i + 1, j + 1, s) * u;
        v += (a * (1 - w) + b * w) * 45;
    }
    return v;
}

struct field {
    struct vh_plane_const plane;
    int parity;
    uint16_t *memory;
};

/* One field of a picture that has moved by (dx, dy) samples and frame lines. */
static struct field make_field(int width, int height, int parity, double dx, double dy, int seed)
{
    struct field f = {.parity = parity};
    int lines = parity == 2 ? height : (height + 1 - parity) / 2, step = parity == 2 ? 1 : 2;
    f.memory = vh_alloc((size_t)width * (size_t)lines, sizeof *f.memory);
    assert_non_null(f.memory);
    for (int j = 0; j < lines; j++)
        for (int x = 0; x < width; x++) {
            double v = texture(x - dx, step * j + (parity == 1) - dy, seed) * 256;
            f.memory[j * width + x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
        }
    f.plane = (struct vh_plane_const){f.memory, width, width, lines};
    return f;
}

static struct vh_motion_search *create(
    int width, int height, enum vh_motion_speed speed, struct vh_pool *pool, unsigned cpu)
{
    struct vh_motion_search *search;
    struct vh_motion_config config = {
        .width = width, .height = height, .speed = speed, .keep = 6, .pool = pool, .cpu_flags = cpu};
    assert_int_equal(vh_motion_search_create(&search, &config), VH_OK);
    return search;
}

static void push(struct vh_motion_search *search, struct field *f, bool break_before)
{
    assert_int_equal(vh_motion_search_push(search, &f->plane, f->parity, break_before), VH_OK);
    vh_freep(&f->memory);
}

/* Share of inner blocks whose vector is within `tolerance` quarter samples of the truth. */
static double share_right(const struct vh_motion *m, int k, double x, double y, double tolerance)
{
    const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + k];
    assert_true(ref->present);
    int right = 0, n = 0;
    for (int by = 3; by < m->n_y - 3; by++)
        for (int bx = 3; bx < m->n_x - 3; bx++, n++) {
            struct vh_mv v = ref->mv[by * m->n_x + bx];
            right += fabs(v.x - 4 * k * x) <= tolerance && fabs(v.y - 4 * k * y) <= tolerance;
        }
    return (double)right / n;
}

static void shifts_are_recovered(void **state)
{
    (void)state;
    static const double shift[][2] = {
        {0, 0}, {1.25, 0}, {-3.5, 1}, {7.75, -2.5}, {0.25, 0.5}, {-17, 6}, {11.5, -9}};
    for (int first = 0; first < 2; first++)
        for (size_t i = 0; i < sizeof shift / sizeof *shift; i++) {
            struct vh_motion_search *search = create(240, 160, VH_MOTION_NORMAL, NULL, vh_cpu_detect());
            for (int n = 0; n < 6; n++) {
                struct field f = make_field(240, 160, (n + first) & 1, n * shift[i][0], n * shift[i][1], 5);
                push(search, &f, false);
            }
            struct vh_motion m;
            assert_int_equal(vh_motion_search_get(search, 3, &m), VH_OK);
            for (int k = -2; k <= 2; k++)
                if (k && fabs(shift[i][0]) * abs(k) < 30) {
                    assert_true(share_right(&m, k, shift[i][0], shift[i][1], 1.01) > 0.95);
                    assert_false(m.ref[VH_MOTION_REACH + k].cut);
                }
            struct vh_mv global = m.ref[VH_MOTION_REACH + 1].global;
            assert_true(fabs(global.x - 4 * shift[i][0]) <= 1 && fabs(global.y - 4 * shift[i][1]) <= 1);
            vh_motion_search_destroy(&search);
        }
}

static void ends_lack_neighbours(void **state)
{
    (void)state;
    struct vh_motion_search *search = create(96, 64, VH_MOTION_NORMAL, NULL, 0);
    struct vh_motion m;
    assert_int_equal(vh_motion_search_get(search, 0, &m), VH_AGAIN);
    for (int n = 0; n < 8; n++) {
        struct field f = make_field(96, 64, n & 1, n, 0, 1);
        push(search, &f, false);
        assert_int_equal(vh_motion_search_count(search), n + 1);
        assert_int_equal(vh_motion_search_get(search, n, &m), VH_OK);
        assert_false(m.ref[3].present || m.ref[4].present);
        assert_int_equal(m.ref[1].present, n > 0);
        assert_int_equal(m.ref[0].present, n > 1);
    }
    assert_int_equal(vh_motion_search_get(search, 5, &m), VH_OK);
    for (int i = 0; i < VH_MOTION_REFS; i++)
        assert_true(i == VH_MOTION_REACH || m.ref[i].present);
    assert_int_equal(vh_motion_search_get(search, 1, &m), VH_AGAIN);
    assert_int_equal(vh_motion_search_get(search, 8, &m), VH_AGAIN);
    vh_motion_search_reset(search);
    assert_int_equal(vh_motion_search_get(search, 7, &m), VH_AGAIN);
    vh_motion_search_destroy(&search);
}

static void no_vector_crosses_a_break(void **state)
{
    (void)state;
    for (int flip = 0; flip < 2; flip++) {
        struct vh_motion_search *search = create(96, 64, VH_MOTION_NORMAL, NULL, 0);
        for (int n = 0; n < 6; n++) {
            struct field f = make_field(96, 64, (n + (flip && n >= 3)) & 1, n, 0, 1);
            push(search, &f, !flip && n == 3);
        }
        struct vh_motion m;
        for (int n = 1; n < 6; n++) {
            assert_int_equal(vh_motion_search_get(search, n, &m), VH_OK);
            for (int k = -2; k <= 2; k++)
                if (k && n + k >= 0 && n + k < 6)
                    assert_int_equal(m.ref[VH_MOTION_REACH + k].present, (n < 3) == (n + k < 3));
        }
        vh_motion_search_destroy(&search);
    }
}

static void cuts_are_told_at_every_position(void **state)
{
    (void)state;
    for (int cut = 2; cut < 7; cut++) {
        struct vh_motion_search *search = create(192, 128, VH_MOTION_NORMAL, NULL, vh_cpu_detect());
        for (int n = 0; n < 9; n++) {
            struct field f = make_field(192, 128, n & 1, n * 1.5, n * 0.5, n >= cut ? 4 : 3);
            push(search, &f, false);
            int c = n - 2; /* complete now */
            struct vh_motion m;
            if (c < 0)
                continue;
            assert_int_equal(vh_motion_search_get(search, c, &m), VH_OK);
            for (int k = -2; k <= 2; k++)
                if (k && c + k >= 0)
                    assert_int_equal(m.ref[VH_MOTION_REACH + k].cut, (c < cut) != (c + k < cut));
        }
        vh_motion_search_destroy(&search);
    }
}

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)data)[i]) * 1099511628211u;
    return h;
}

static uint64_t run(int width, int height, int first, enum vh_motion_speed speed, int threads, unsigned cpu)
{
    struct vh_pool *pool = NULL;
    if (threads > 1)
        assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    struct vh_motion_search *search = create(width, height, speed, pool, cpu);
    uint64_t h = 1469598103934665603u;
    for (int n = 0; n < 6; n++) {
        int parity = first == 2 ? 2 : (n + first) & 1;
        struct field f = make_field(width, height, parity, n * 2.3, n * n * 0.4, n == 4 ? 2 : 1);
        push(search, &f, false);
        struct vh_motion m;
        assert_int_equal(vh_motion_search_get(search, n > 2 ? n - 2 : 0, &m), VH_OK);
        size_t blocks = (size_t)m.n_x * (size_t)m.n_y;
        assert_true(m.n_x * 8 >= width + 8 && m.n_y * 8 >= height + 8);
        h = hash(h, m.activity, blocks * sizeof *m.activity);
        for (int i = 0; i < VH_MOTION_REFS; i++)
            if (m.ref[i].present) {
                h = hash(h, m.ref[i].mv, blocks * sizeof *m.ref[i].mv);
                h = hash(h, m.ref[i].sad, blocks * sizeof *m.ref[i].sad);
                h = hash(h, &m.ref[i].unmatched, sizeof m.ref[i].unmatched);
            }
    }
    vh_motion_search_destroy(&search);
    vh_pool_destroy(&pool);
    return h;
}

static void threads_and_simd_do_not_matter(void **state)
{
    (void)state;
    for (int speed = VH_MOTION_FAST; speed <= VH_MOTION_BEST; speed++) {
        uint64_t expected = run(203, 301, 0, speed, 1, 0);
        assert_true(run(203, 301, 0, speed, 1, vh_cpu_detect()) == expected);
        assert_true(run(203, 301, 0, speed, 2, 0) == expected);
        assert_true(run(203, 301, 0, speed, 7, vh_cpu_detect()) == expected);
        assert_false(run(203, 301, 1, speed, 1, vh_cpu_detect()) == expected);
    }
}

static void any_size_works(void **state)
{
    (void)state;
    static const int size[][2] = {
        {1, 2}, {2, 3}, {7, 16}, {16, 16}, {17, 15}, {24, 33}, {130, 18}, {18, 130}, {251, 97}};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (int first = 0; first < 3; first++)
            for (int speed = VH_MOTION_FAST; speed <= VH_MOTION_BEST; speed++)
                assert_true(run(size[i][0], size[i][1], first, speed, 1, vh_cpu_detect()) ==
                            run(size[i][0], size[i][1], first, speed, 3, 0));
}

static void wrong_use_is_an_error(void **state)
{
    (void)state;
    struct vh_motion_search *search;
    struct vh_motion_config config = {.width = 0, .height = 16, .keep = 5};
    assert_int_equal(vh_motion_search_create(&search, &config), VH_ERR_USAGE);
    assert_null(search);
    config = (struct vh_motion_config){.width = 64, .height = 48, .keep = 4};
    assert_int_equal(vh_motion_search_create(&search, &config), VH_ERR_USAGE);
    search = create(64, 48, VH_MOTION_FAST, NULL, 0);
    struct field f = make_field(64, 46, 0, 0, 0, 1);
    assert_int_equal(vh_motion_search_push(search, &f.plane, 0, false), VH_ERR_INTERNAL);
    vh_freep(&f.memory);
    vh_motion_search_destroy(&search);
    vh_motion_search_destroy(&search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shifts_are_recovered),
        cmocka_unit_test(ends_lack_neighbours),
        cmocka_unit_test(no_vector_crosses_a_break),
        cmocka_unit_test(cuts_are_told_at_every_position),
        cmocka_unit_test(threads_and_simd_do_not_matter),
        cmocka_unit_test(any_size_works),
        cmocka_unit_test(wrong_use_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
