/* Frame offset: found when there is one, zero when nothing can be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "metric/align.h"

#include <math.h>

enum { W = 90, H = 70, FRAMES = 30, CELLS = 11 * 8 };

static uint16_t thumbs[2][FRAMES][CELLS];
static const uint16_t *lists[2][FRAMES];

/* Thumbnails of a scene that moves by `speed` per frame, clip 1 starting at `start`, with noise of its own.
 */
static void shoot(double speed, int start)
{
    uint32_t state = 12345;
    for (int c = 0; c < 2; c++)
        for (int t = 0; t < FRAMES; t++) {
            static uint16_t luma[W * H];
            for (int i = 0; i < W * H; i++) {
                state = state * 1664525u + 1013904223u;
                double moved = i % W + speed * (t + (c ? start : 0));
                luma[i] =
                    (uint16_t)(25000 + 8000 * sin(moved * 0.11) * cos(i / W * 0.2) + (c ? state >> 20 : 0));
            }
            assert_int_equal(vh_align_thumb(thumbs[c][t], (struct vh_plane_const){luma, W, W, H}), CELLS);
            lists[c][t] = thumbs[c][t];
        }
}

static void finds_the_offset(void **state)
{
    (void)state;
    const int starts[] = {0, 1, -3, 8};
    for (int i = 0; i < 4; i++) {
        shoot(1.5, starts[i]);
        struct vh_alignment found = vh_align_search(lists[0], FRAMES, lists[1], FRAMES, CELLS, 12);
        assert_int_equal(found.offset, -starts[i]);
        assert_true(found.error <= found.error_at_0);
    }
}

static void still_clips_stay_put(void **state)
{
    (void)state;
    shoot(0, 5);
    assert_int_equal(vh_align_search(lists[0], FRAMES, lists[1], FRAMES, CELLS, 12).offset, 0);
}

static void short_overlaps_do_not_count(void **state)
{
    (void)state;
    shoot(1.5, 8);
    assert_int_equal(vh_align_search(lists[0], 10, lists[1], 10, CELLS, 12).offset >= -5, 1);
    assert_int_equal(vh_align_search(lists[0], 0, lists[1], FRAMES, CELLS, 12).offset, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_offset),
        cmocka_unit_test(still_clips_stay_put),
        cmocka_unit_test(short_overlaps_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
