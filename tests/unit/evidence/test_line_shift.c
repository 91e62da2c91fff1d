/* Line displacement: random and correlated jitter is found although the neighbours jitter too; noise, motion
 * and steady lines are not taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "evidence/line_shift.h"
#include "motion/search.h"

#include <math.h>

enum { W = 256, H = 160, FIELDS = 13, MIDDLE = 6, LINES = H / 2 };

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

static double gauss(unsigned a, unsigned b)
{
    double sum = -6;
    for (unsigned i = 0; i < 12; i++)
        sum += random_of(a * 16 + i, b);
    return sum;
}

struct scene {
    double rms, rho, sigma, velocity, shake;
    double torn; /* of line 40 of the middle field; line 30 of the field behind by half of it the other way */
};

struct tape {
    uint16_t memory[FIELDS][W * H];
    double shift[FIELDS][LINES]; /* of the lines, as own(x) = truth(x + shift) */
    struct vh_field_look look[FIELDS];
};

/* Stripes and slopes without a period in reach. */
static double texture(double x, double y)
{
    return 120 + 40 * sin(x / 19 + 0.7 * sin(y / 23)) + 25 * sin(x / 5.3 + y / 31) +
           15 * sin(x * 0.11 + y * 0.3);
}

static struct tape *make(const struct scene *s)
{
    struct tape *t = vh_alloc(1, sizeof *t);
    for (unsigned n = 0; n < FIELDS; n++) {
        double camera = s->velocity * n + s->shake * gauss(n, 77), now = s->rms * gauss(n, 5);
        for (int j = 0; j < LINES; j++) {
            t->shift[n][j] = now;
            now = s->rho * now + s->rms * sqrt(1 - s->rho * s->rho) * gauss((unsigned)j, 11 + n);
        }
        t->shift[n][40] += n == MIDDLE ? s->torn : 0;
        t->shift[n][30] -= n == MIDDLE + 1 ? s->torn / 2 : 0;
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                double v = texture(x + camera + t->shift[n][y / 2], y);
                v += s->sigma * gauss((unsigned)(y * W + x), 100 + n);
                t->memory[n][y * W + x] = (uint16_t)lrint(256 * v);
            }
    }
    return t;
}

static struct vh_plane_const field_of(const struct tape *t, int n)
{
    struct vh_plane_const p = {t->memory[n], W, W, H};
    return vh_plane_field_read(p, n & 1);
}

static void look_at_all(struct tape *t, double sigma)
{
    struct vh_motion_config mc = {
        .width = W, .height = H, .speed = VH_MOTION_NORMAL, .keep = FIELDS, .cpu_flags = vh_cpu_detect()};
    struct vh_motion_search *search;
    struct vh_looker *looker;
    assert_int_equal(vh_motion_search_create(&search, &mc), VH_OK);
    assert_int_equal(vh_looker_create(&looker, W, H, NULL, vh_cpu_detect()), VH_OK);
    for (int n = 0; n < FIELDS; n++) {
        struct vh_plane_const luma = field_of(t, n);
        assert_int_equal(vh_motion_search_push(search, &luma, n & 1, false), VH_OK);
    }
    for (int n = 0; n < FIELDS; n++) {
        struct vh_window window = {.index = n, .frame_height = H};
        const struct vh_field_look *before[VH_WINDOW_REACH];
        struct vh_motion motion;
        for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
            if (n + k >= 0 && n + k < FIELDS) {
                window.image[VH_WINDOW_REACH + k] =
                    (struct vh_image_const){.n_planes = 1, .plane = {field_of(t, n + k)}};
                window.parity[VH_WINDOW_REACH + k] = (n + k) & 1;
            }
        for (int k = 0; k < VH_WINDOW_REACH; k++)
            before[k] = n - 1 - k >= 0 ? &t->look[n - 1 - k] : NULL;
        assert_int_equal(vh_motion_search_get(search, n, &motion), VH_OK);
        assert_int_equal(vh_field_look_init(&t->look[n], W, H), VH_OK);
        vh_look(looker, &window, &motion, (float)sigma, before, VH_LOOK_LINES, &t->look[n]);
    }
    vh_looker_destroy(&looker);
    vh_motion_search_destroy(&search);
}

/* rms of what is left of the middle field's jitter, less its mean; *seen is the reported rms. */
static double left(const struct scene *s, float *seen)
{
    struct tape *t = make(s);
    struct vh_line_shift *estimate;
    const struct vh_field_look *look[VH_WINDOW_SIZE];
    float by[LINES], weight[LINES], scratch[LINES];
    double sum = 0, square = 0;
    look_at_all(t, s->sigma);
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
        look[VH_WINDOW_REACH + k] = &t->look[MIDDLE + k];
    assert_int_equal(vh_line_shift_create(&estimate, W, H, vh_cpu_detect()), VH_OK);
    vh_line_shift_begin(estimate, look, MIDDLE);
    vh_line_shift_solve(estimate, by, weight, 0, LINES / 2);
    vh_line_shift_solve(estimate, by, weight, LINES / 2, LINES);
    *seen = vh_line_shift_smooth(by, weight, LINES, scratch);
    for (int j = 0; j < LINES; j++) {
        double e = t->shift[MIDDLE][j] - (double)by[j];
        sum += e;
        square += e * e;
    }
    vh_line_shift_destroy(&estimate);
    for (int n = 0; n < FIELDS; n++)
        vh_field_look_uninit(&t->look[n]);
    vh_free(t);
    return sqrt(fmax(0, square / LINES - sum / LINES * sum / LINES));
}

static void jitter_is_found(void **state)
{
    (void)state;
    float seen;
    assert_true(left(&(struct scene){.rms = 0.7}, &seen) < 0.25);
    assert_true(seen > 0.4 && seen < 0.8);
    assert_true(left(&(struct scene){.rms = 0.7, .rho = 0.8}, &seen) < 0.25);
    assert_true(left(&(struct scene){.rms = 0.7, .rho = 0.8, .velocity = 2.3}, &seen) < 0.25);
    assert_true(left(&(struct scene){.rms = 0.7, .rho = 0.8, .sigma = 4}, &seen) < 0.3);
}

/* A torn line is found to a quarter of a sample, and neither its neighbours nor the fields around take part
 * in it. */
static void tears_are_found(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {.torn = 17.3}, {.torn = -22.6, .sigma = 4}, {.torn = 11.4, .velocity = 2.3}, {.torn = 0}};
    for (unsigned i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct tape *t = make(&scenes[i]);
        struct vh_line_shift *estimate;
        const struct vh_field_look *look[VH_WINDOW_SIZE];
        float by[LINES], weight[LINES];
        look_at_all(t, scenes[i].sigma);
        for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
            look[VH_WINDOW_REACH + k] = &t->look[MIDDLE + k];
        assert_int_equal(vh_line_shift_create(&estimate, W, H, vh_cpu_detect()), VH_OK);
        vh_line_shift_begin(estimate, look, MIDDLE);
        vh_line_shift_solve(estimate, by, weight, 0, LINES);
        for (int j = 0; j < LINES; j++)
            assert_int_equal(t->look[MIDDLE].torn[j], j == 40 && scenes[i].torn != 0);
        assert_true(fabs((double)by[40] - scenes[i].torn) < 0.25);
        assert_true(fabsf(by[30]) < 0.25f && fabsf(by[39]) < 0.25f && fabsf(by[41]) < 0.25f);
        vh_line_shift_destroy(&estimate);
        for (int n = 0; n < FIELDS; n++)
            vh_field_look_uninit(&t->look[n]);
        vh_free(t);
    }
}

static void steady_lines_stay(void **state)
{
    (void)state;
    float seen;
    assert_true(left(&(struct scene){.rms = 0}, &seen) < 0.02);
    assert_true(seen < 0.05);
    assert_true(left(&(struct scene){.velocity = 2.3}, &seen) < 0.03);
    assert_true(left(&(struct scene){.velocity = 2.3, .shake = 1}, &seen) < 0.03);
    assert_true(left(&(struct scene){.sigma = 5}, &seen) < 0.05);
    assert_true(seen < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_is_found),
        cmocka_unit_test(tears_are_found),
        cmocka_unit_test(steady_lines_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
