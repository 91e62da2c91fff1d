/* Spots are marked whole and alone; streaks, tall things, crowds and what lies on both sides of its
 * surroundings are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/dirt.h"

#include <string.h>

enum { W = 160, H = 64 };

static uint16_t field[W * H];
static uint8_t suspect[W * H], mask[W * H], seen[W * H];

static void begin(void)
{
    memset(suspect, 0, sizeof suspect);
    memset(mask, 0, sizeof mask);
    memset(seen, 77, sizeof seen);
    for (int i = 0; i < W * H; i++)
        field[i] = (uint16_t)(256 * (100 + i % 3));
}

static void box(int x0, int y0, int w, int h, int code)
{
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) {
            suspect[y * W + x] = VH_DROPOUT_STRONG;
            field[y * W + x] = (uint16_t)(256 * code);
        }
}

/* How many spots; `samples` are marked. */
static int run(long *samples)
{
    struct vh_dropout_job job = {.field = {field, W, W, H}, .suspect = suspect, .mask = mask};
    int n = vh_dirt_mark(&job, seen, samples);
    long marked = 0;
    for (int i = 0; i < W * H; i++)
        marked += mask[i];
    assert_true(marked == *samples);
    return n;
}

static void spots_are_marked_with_a_rim(void **state)
{
    (void)state;
    long samples;
    begin();
    box(40, 20, 10, 4, 220);
    box(90, 40, 6, 3, 30);
    box(0, 0, 8, 3, 200);
    assert_int_equal(run(&samples), 3);
    assert_int_equal(samples, 14 * 6 + 10 * 5 + 10 * 4);
    assert_int_equal(mask[19 * W + 38], 1);
    assert_int_equal(mask[18 * W + 40], 0);
}

static void other_shapes_are_not(void **state)
{
    (void)state;
    long samples;
    static const struct {
        int w, h, code;
    } shapes[] = {{60, 1, 220}, {60, 3, 220}, {4, 20, 220}, {3, 3, 220}, {10, 4, 110}, {50, 30, 220}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        begin();
        box(30, 20, shapes[i].w, shapes[i].h, shapes[i].code);
        assert_int_equal(run(&samples), 0);
    }
    begin(); /* a slanted line: its box is nearly empty */
    for (int k = 0; k < 9; k++)
        box(30 + 3 * k, 20 + k, 4, 1, 220);
    assert_int_equal(run(&samples), 0);
    begin(); /* dark and bright: an edge that moved */
    box(40, 20, 6, 4, 220);
    box(46, 20, 6, 4, 20);
    assert_int_equal(run(&samples), 0);
}

static void crowds_are_motion(void **state)
{
    (void)state;
    long samples;
    begin();
    for (int k = 0; k < 9; k++)
        box(30 + 11 * (k % 3), 20 + 6 * (k / 3), 8, 4, 220);
    assert_int_equal(run(&samples), 0);
}

static void faint_suspects_alone_are_none(void **state)
{
    (void)state;
    long samples;
    begin();
    box(40, 20, 10, 4, 220);
    for (int i = 0; i < W * H; i++)
        suspect[i] = suspect[i] && i % 4 ? VH_DROPOUT_FAINT : suspect[i];
    assert_int_equal(run(&samples), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spots_are_marked_with_a_rim),
        cmocka_unit_test(other_shapes_are_not),
        cmocka_unit_test(crowds_are_motion),
        cmocka_unit_test(faint_suspects_alone_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
