/* The watch over time: copies, losses and order flips of made tapes are found where they are, and nothing is
 * found on clean, still, drawn or blank material. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "evidence/tape_watch.h"

#include <math.h>
#include <string.h>

enum { W = 192, H = 128, FRAMES = 60 };

/* What the file holds: frame i shows the tape's frame source[i]. */
struct tape {
    int source[2 * FRAMES];
    int n;
    double speed_x, speed_y; /* samples per field */
    double sigma;
    int flip_at; /* frame from which the bottom field is the earlier one, -1 = never */
    int cut_at;  /* frame that begins another scene, -1 = none */
    int blank_at, n_blank;
    bool whole; /* progressive */
    bool bottom_first;
    int jump_at; /* frame whose top field stands `jump` field lines too low */
    int jump;
    bool twos; /* every picture is drawn twice, without noise between */
};

static const struct tape steady = {
    .speed_x = 1.5, .speed_y = 0.4, .sigma = 2, .flip_at = -1, .cut_at = -1, .blank_at = -1};

static double noise_of(uint32_t a, uint32_t b)
{
    uint32_t z = a * 0x9e3779b9u ^ b * 0x85ebca6bu;
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        z = (z ^ z >> 16) * 0x7feb352du;
        z ^= z >> 15;
        sum += (double)(z >> 8) / (1 << 24) - 0.5;
    }
    return sum * 1.7320508;
}

static double scene_at(double x, double y, int scene)
{
    double a = scene ? 0.31 : 0.23, b = scene ? 0.17 : 0.29;
    return 120 + 35 * sin(a * x + 0.8 * sin(0.11 * y)) * sin(b * y + 0.5 * sin(0.07 * x)) +
           25 * sin(0.071 * x - 0.053 * y + scene);
}

static void draw(const struct tape *t, int i, uint16_t *out)
{
    int source = t->twos ? t->source[i] / 2 * 2 : t->source[i];
    bool bottom_first = t->bottom_first ^ (t->flip_at >= 0 && source >= t->flip_at);
    for (int y = 0; y < H; y++) {
        bool late = t->whole ? false : (y & 1) != bottom_first;
        double jump = y & 1 || source != t->jump_at ? 0 : 2 * t->jump;
        double time = 2 * source + late;
        for (int x = 0; x < W; x++) {
            double v = scene_at(
                x - t->speed_x * time, y - jump - t->speed_y * time, t->cut_at >= 0 && source >= t->cut_at);
            v += t->sigma * noise_of((uint32_t)(source * H + y), (uint32_t)x);
            out[y * W + x] = (uint16_t)(fmin(fmax(v, 0), 255) * 256);
        }
    }
}

struct found {
    int n_copies, copy_at[20], n_lost, lost_at[20], lost[20], n_flips, flip_at, n_cuts, cut_at, n;
};

static struct found watch(const struct tape *t)
{
    struct found found = {.flip_at = -1, .cut_at = -1};
    struct vh_tape_watch *watch;
    struct vh_watch_verdict v;
    uint16_t *samples = vh_alloc((size_t)W * H, sizeof *samples);
    struct vh_image_const image = {.n_planes = 1, .plane = {{samples, W, W, H}}};
    struct vh_tape_watch_config config = {.width = W,
        .height = H,
        .order = t->whole          ? VH_FIELDS_PROGRESSIVE
                 : t->bottom_first ? VH_FIELDS_BFF
                                   : VH_FIELDS_TFF};
    int next = 0, status = VH_OK;
    assert_int_equal(vh_tape_watch_create(&watch, &config), VH_OK);
    while (status != VH_EOF) {
        status = vh_tape_watch_pull(watch, &v);
        if (status == VH_AGAIN && next < t->n) {
            bool blank = t->blank_at >= 0 && next >= t->blank_at && next < t->blank_at + t->n_blank;
            draw(t, next, samples);
            if (blank)
                memset(samples, 16, (size_t)W * H * sizeof *samples);
            assert_int_equal(vh_tape_watch_push(watch, &image, blank, false), VH_OK);
            next++;
        } else if (status == VH_AGAIN) {
            vh_tape_watch_finish(watch);
        } else if (status == VH_OK) {
            assert_int_equal(v.index, found.n++);
            if (v.copy && found.n_copies < 20)
                found.copy_at[found.n_copies++] = (int)v.index;
            if (v.n_lost && found.n_lost < 20) {
                found.lost[found.n_lost] = v.n_lost;
                found.lost_at[found.n_lost++] = (int)v.index;
            }
            if (v.flipped) {
                found.n_flips++;
                found.flip_at = (int)v.index;
            }
            if (v.cut) {
                found.n_cuts++;
                found.cut_at = (int)v.index;
            }
        }
    }
    assert_int_equal(found.n, t->n);
    vh_tape_watch_destroy(&watch);
    vh_free(samples);
    return found;
}

/* Frames 0 to n - 1, each once. */
static struct tape plain(struct tape t, int n)
{
    t.n = n;
    for (int i = 0; i < n; i++)
        t.source[i] = i;
    return t;
}

/* The tape's frame `frame` twice. */
static void twice(struct tape *t, int frame)
{
    int i = 0;
    while (t->source[i] != frame)
        i++;
    memmove(&t->source[i + 1], &t->source[i], (size_t)(t->n - i) * sizeof *t->source);
    t->n++;
}

static void lose(struct tape *t, int frame, int n)
{
    int i = 0;
    while (t->source[i] != frame)
        i++;
    memmove(&t->source[i], &t->source[i + n], (size_t)(t->n - i - n) * sizeof *t->source);
    t->n -= n;
}

static void nothing_is_found(const struct tape *t)
{
    struct found f = watch(t);
    assert_int_equal(f.n_copies, 0);
    assert_int_equal(f.n_lost, 0);
    assert_int_equal(f.n_flips, 0);
}

static void clean_tapes_are_clean(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    nothing_is_found(&t);
    t.speed_x = t.speed_y = 0; /* a still scene with its noise */
    nothing_is_found(&t);
    t.sigma = 0; /* and without: all frames are the same, none is a copy */
    nothing_is_found(&t);
    t.speed_x = 2;
    t.twos = true; /* drawn on twos: every second frame is a copy, and content */
    nothing_is_found(&t);
    t = plain(steady, FRAMES);
    t.whole = true;
    nothing_is_found(&t);
}

static void copies_are_found(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    twice(&t, 20);
    twice(&t, 41);
    struct found f = watch(&t);
    assert_int_equal(f.n_copies, 2);
    assert_int_equal(f.copy_at[0], 21);
    assert_int_equal(f.copy_at[1], 43);
    assert_int_equal(f.n_lost, 0);
    t.whole = true;
    f = watch(&t);
    assert_int_equal(f.n_copies, 2);
    assert_int_equal(f.n_lost, 0);
}

static void frozen_pictures_stay(void **state)
{
    struct tape t = plain(steady, 40);
    (void)state;
    for (int i = 0; i < 12; i++)
        twice(&t, 20);
    struct found f = watch(&t);
    assert_int_equal(f.n_copies, 0);
}

static void losses_are_found_and_counted(void **state)
{
    (void)state;
    for (int bottom = 0; bottom < 2; bottom++)
        for (int n = 1; n <= 2; n++) {
            struct tape t = plain(steady, FRAMES);
            t.bottom_first = bottom;
            lose(&t, 18, n);
            lose(&t, 40, 1);
            struct found f = watch(&t);
            assert_int_equal(f.n_lost, 2);
            assert_int_equal(f.lost_at[0], 18);
            assert_int_equal(f.lost[0], n);
            assert_int_equal(f.lost_at[1], 40 - n);
            assert_int_equal(f.lost[1], 1);
            assert_int_equal(f.n_copies, 0);
        }
}

static void slow_motion_and_pictures(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    t.speed_x = 0.5;
    t.speed_y = 0;
    lose(&t, 25, 1);
    struct found f = watch(&t);
    assert_int_equal(f.n_lost, 1);
    assert_int_equal(f.lost_at[0], 25);
    t = plain(steady, FRAMES);
    t.whole = true;
    lose(&t, 25, 1);
    f = watch(&t);
    assert_int_equal(f.n_lost, 1);
    assert_int_equal(f.lost_at[0], 25);
    assert_int_equal(f.lost[0], 1);
}

/* The usual fault of capture programs: what was lost is covered by a copy of the frame before. */
static void a_copy_in_place_of_a_loss(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    lose(&t, 31, 1);
    twice(&t, 30);
    struct found f = watch(&t);
    assert_int_equal(f.n_copies, 1);
    assert_int_equal(f.copy_at[0], 31);
    assert_int_equal(f.n_lost, 1);
    assert_int_equal(f.lost_at[0], 32);
}

static void flips_are_placed(void **state)
{
    (void)state;
    for (int bottom = 0; bottom < 2; bottom++) {
        struct tape t = plain(steady, FRAMES);
        t.bottom_first = bottom;
        t.flip_at = 33;
        struct found f = watch(&t);
        assert_int_equal(f.n_flips, 1);
        assert_in_range(f.flip_at, 33 - 2, 33 + 2);
        assert_int_equal(f.n_copies, 0);
    }
}

static void cuts_are_no_losses(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    t.cut_at = 29;
    struct found f = watch(&t);
    assert_int_equal(f.n_lost, 0);
    assert_int_equal(f.n_copies, 0);
    assert_int_equal(f.n_cuts, 1);
    assert_int_equal(f.cut_at, 29);
}

/* A field that jumps stands alone: the other field of its frame tells that nothing is missing. */
static void jumps_are_no_losses(void **state)
{
    (void)state;
    for (int speed = 2; speed <= 4; speed++)
        for (int jump = -2; jump <= 2; jump++) {
            struct tape t = plain(steady, FRAMES);
            t.speed_x = 0;
            t.speed_y = 0.75 * speed;
            t.jump = jump;
            t.jump_at = 30;
            nothing_is_found(&t);
        }
}

static void blank_stretches_say_nothing(void **state)
{
    struct tape t = plain(steady, FRAMES);
    (void)state;
    t.blank_at = 20;
    t.n_blank = 15;
    struct found f = watch(&t);
    assert_int_equal(f.n_lost + f.n_copies + f.n_flips, 0);
}

static void a_cut_behind_a_blank_stretch_makes_no_copies(void **state)
{
    (void)state;
    struct tape t = plain(steady, FRAMES);
    t.speed_x = t.speed_y = 0.1;
    t.sigma = 0.5;
    t.blank_at = 20;
    t.n_blank = 15;
    t.cut_at = 38;
    struct found f = watch(&t);
    assert_int_equal(f.n_lost + f.n_copies + f.n_flips, 0);
}

static void one_frame_and_none(void **state)
{
    struct tape t = plain(steady, 1);
    (void)state;
    nothing_is_found(&t);
    t.n = 0;
    nothing_is_found(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(clean_tapes_are_clean),
        cmocka_unit_test(copies_are_found), cmocka_unit_test(frozen_pictures_stay),
        cmocka_unit_test(losses_are_found_and_counted), cmocka_unit_test(slow_motion_and_pictures),
        cmocka_unit_test(a_copy_in_place_of_a_loss), cmocka_unit_test(flips_are_placed),
        cmocka_unit_test(cuts_are_no_losses), cmocka_unit_test(jumps_are_no_losses),
        cmocka_unit_test(blank_stretches_say_nothing),
        cmocka_unit_test(a_cut_behind_a_blank_stretch_makes_no_copies), cmocka_unit_test(one_frame_and_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
