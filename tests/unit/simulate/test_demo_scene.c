/* The demo scene and its font: same bits from any pool, everything in it moves as it says, colours are legal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulate/demo_scene.h"
#include "simulate/stroke_font.h"
#include "tape_bench.h"

#include <stdlib.h>
#include <string.h>

enum { W = 180, H = 144 };

static void same_time_same_bits(void **state)
{
    struct vh_scene *scene = *state;
    struct tape_picture a = tape_picture_create(W, H, 1, 1), b = tape_picture_create(W, H, 1, 1);
    struct vh_pool *pool = NULL;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    vh_scene_render(scene, 1.23, &a.image, NULL);
    vh_scene_render(scene, 1.23, &b.image, pool);
    assert_memory_equal(a.memory, b.memory, W * H * 3);
    vh_scene_render(scene, 1.25, &b.image, pool);
    assert_int_not_equal(memcmp(a.memory, b.memory, W * H * 3), 0);
    vh_pool_destroy(&pool);
    tape_picture_destroy(&a);
    tape_picture_destroy(&b);
}

static void samplings_agree(void **state)
{
    struct vh_scene *scene = *state;
    struct tape_picture full = tape_picture_create(W, H, 0, 0), half = tape_picture_create(W, H, 1, 1);
    vh_scene_render(scene, 0.5, &full.image, NULL);
    vh_scene_render(scene, 0.5, &half.image, NULL);
    assert_memory_equal(full.memory, half.memory, W * H * 2);
    double difference = 0;
    for (int y = 0; y < H / 2; y++)
        for (int x = 0; x < W / 2; x++)
            difference +=
                fabs(tape_sample(&half, 1, x, y) -
                     (tape_sample(&full, 1, 2 * x, 2 * y) + tape_sample(&full, 1, 2 * x, 2 * y + 1)) / 2);
    assert_true(difference / (W * H / 4) < 3);
    tape_picture_destroy(&full);
    tape_picture_destroy(&half);
}

static void colours_are_legal_and_text_is_bright(void **state)
{
    struct vh_scene *scene = *state;
    struct tape_picture p = tape_picture_create(720, 576, 1, 1);
    vh_scene_render(scene, 2, &p.image, NULL);
    double low = 255, high = 0;
    for (int y = 0; y < 576; y++)
        for (int x = 0; x < 720; x++) {
            low = fmin(low, tape_sample(&p, 0, x, y));
            high = fmax(high, tape_sample(&p, 0, x, y));
        }
    assert_true(low >= 16 && low < 30 && high <= 235 && high > 220);
    for (int i = 1; i < 3; i++)
        for (int y = 0; y < 288; y++)
            for (int x = 0; x < 360; x++)
                assert_in_range((int)tape_sample(&p, i, x, y), 16, 240);
    tape_picture_destroy(&p);
}

static void credits_roll_one_line_a_field(void **state)
{
    struct vh_scene *scene = *state;
    struct tape_picture a = tape_picture_create(768, 576, 1, 1), b = tape_picture_create(768, 576, 1, 1);
    vh_scene_render(scene, 1, &a.image, NULL);
    vh_scene_render(scene, 1.02, &b.image, NULL);
    int white = 0, moved = 0;
    for (int y = 100; y < 400; y++)
        for (int x = 570; x < 740; x++)
            if (tape_sample(&a, 0, x, y) > 225) {
                white++;
                moved += tape_sample(&b, 0, x, y - 1) > 215;
            }
    assert_true(white > 500);
    assert_true(moved > 0.97 * white);
    tape_picture_destroy(&a);
    tape_picture_destroy(&b);
}

static void sound_is_bounded_and_continuous(void **state)
{
    (void)state;
    static float whole[2][96000], part[2][4000];
    float *at[2] = {whole[0], whole[1]}, *tail[2] = {part[0], part[1]};
    vh_scene_sound(0, 96000, 48000, at, 2);
    vh_scene_sound(50000, 4000, 48000, tail, 2);
    for (int c = 0; c < 2; c++) {
        double sum = 0;
        assert_memory_equal(whole[c] + 50000, part[c], sizeof part[c]);
        for (int i = 0; i < 96000; i++) {
            assert_true(fabs((double)whole[c][i]) < 0.8);
            assert_true(
                i == 0 || fabs((double)whole[c][i] - whole[c][i - 1]) < 0.2); /* no clicks of its own */
            sum += (double)whole[c][i] * whole[c][i];
        }
        assert_true(sqrt(sum / 96000) > 0.05);
    }
}

static void letters_are_drawn_inside_their_width(void **state)
{
    (void)state;
    static float cover[80 * 600];
    const struct vh_font_style style = {.height = 24, .stroke = 4, .stretch_x = 1};
    const char *text = "AZ 09?#";
    memset(cover, 0, sizeof cover);
    vh_font_cover(cover, 600, 80, text, 20, 30, &style);
    double width = vh_font_width(text, &style), left = 600, right = 0, top = 80, bottom = 0;
    for (int i = 0; i < 80 * 600; i++) {
        assert_true(cover[i] >= 0 && cover[i] <= 1);
        if (cover[i] < 0.5f)
            continue;
        left = fmin(left, i % 600);
        right = fmax(right, i % 600 + 1);
        top = fmin(top, i / 600);
        bottom = fmax(bottom, i / 600 + 1);
    }
    assert_true(fabs(left - 18) <= 1 && fabs(right - (20 + width + 2)) <= 1);
    assert_true(fabs(top - 28) <= 1 && fabs(bottom - 56) <= 1);
    memset(cover, 0, sizeof cover); /* every printable character leaves a mark, in any corner, without harm */
    for (char c = '!'; c <= '~'; c++) {
        char one[2] = {c, 0};
        double sum = 0;
        memset(cover, 0, sizeof cover);
        vh_font_cover(cover, 600, 80, one, 590, 70, &style);
        vh_font_cover(cover, 600, 80, one, -10, -10, &style);
        memset(cover, 0, sizeof cover);
        vh_font_cover(cover, 600, 80, one, 50, 30, &style);
        for (int i = 0; i < 80 * 600; i++)
            sum += cover[i];
        assert_true(sum > 5);
    }
}

static int create(void **state)
{
    return vh_scene_create((struct vh_scene **)state, NULL);
}

static int destroy(void **state)
{
    vh_scene_destroy((struct vh_scene **)state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_time_same_bits),
        cmocka_unit_test(samplings_agree),
        cmocka_unit_test(colours_are_legal_and_text_is_bright),
        cmocka_unit_test(credits_roll_one_line_a_field),
        cmocka_unit_test(sound_is_bounded_and_continuous),
        cmocka_unit_test(letters_are_drawn_inside_their_width),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
