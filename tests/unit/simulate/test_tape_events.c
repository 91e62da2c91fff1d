/* The made tape, faults that strike somewhere: found on the made fields and compared with what the tape says
 * it did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "simulate/simulate.h"
#include "tape_bench.h"

#include <stdlib.h>
#include <string.h>

enum { W = 720, H = 192 };

struct bench {
    struct tape_picture scene, out;
    struct vh_simulate_options options;
    struct vh_simulate *tape;
};

static double texture(double x, double y, const void *arg)
{
    (void)arg;
    return 100 + 50 * sin(x * 0.21 + y * 1.7) + 20 * sin(y * 0.9 + x * 0.05);
}

static struct bench begin(void)
{
    struct bench b = {.scene = tape_picture_create(W, H, 1, 1), .out = tape_picture_create(W, H, 1, 1)};
    vh_simulate_defaults(&b.options, VH_TAPE_CLEAN);
    tape_picture_grey(&b.scene, 100);
    return b;
}

static void start(struct bench *b)
{
    vh_simulate_destroy(&b->tape);
    b->tape = tape_create(&b->options, &b->scene, NULL, vh_cpu_detect());
}

static void end(struct bench *b)
{
    vh_simulate_destroy(&b->tape);
    tape_picture_destroy(&b->scene);
    tape_picture_destroy(&b->out);
}

/* Streaks on a grey field: runs of samples that are not 100, joined over lines when they start alike. */
struct streak {
    int line, n_lines, start, length;
};

static int find_streaks(const struct bench *b, int parity, struct streak *list)
{
    int n = 0;
    for (int j = 0; j < H / 2; j++)
        for (int x = 0; x < W; x++) {
            if (tape_sample(&b->out, 0, x, 2 * j + parity) == 100)
                continue;
            int from = x;
            while (x < W && tape_sample(&b->out, 0, x, 2 * j + parity) != 100)
                x++;
            int joined = 0;
            for (int i = 0; i < n && !joined; i++)
                if (list[i].start == from && list[i].line + list[i].n_lines == j)
                    joined = ++list[i].n_lines;
            if (!joined)
                list[n++] = (struct streak){j, 1, from, x - from};
        }
    return n;
}

static void dropouts_are_where_they_are_said_to_be(void **state)
{
    (void)state;
    const double rate[] = {0.5, 2, 8};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.dropouts = rate[i];
        b.options.dropout_tail = 0;
        start(&b);
        int total = 0, said = 0;
        const int frames = 60;
        for (int t = 0; t < frames; t++) {
            tape_make(b.tape, t, &b.scene, &b.out);
            for (int f = 0; f < 2; f++) {
                struct vh_dropout truth[VH_SIMULATE_MAX_DROPOUTS];
                struct streak found[256];
                int n = vh_simulate_dropouts(b.tape, 2 * t + f, truth);
                int m = find_streaks(&b, vh_simulate_parity(b.tape, 2 * t + f), found);
                assert_int_equal(n, m);
                for (int k = 0; k < n; k++) {
                    int hit = 0;
                    for (int l = 0; l < m; l++)
                        hit += found[l].line == truth[k].line && found[l].n_lines == truth[k].n_lines &&
                               found[l].start == truth[k].start && found[l].length == truth[k].length;
                    assert_int_equal(hit, 1);
                }
                total += m;
                said += n;
            }
        }
        assert_int_equal(total, said);
        double expected = rate[i] * 2 * frames;
        assert_true(fabs(total - expected) < 4 * sqrt(expected));
        end(&b);
    }
}

static void dropouts_have_tails_and_concealment(void **state)
{
    (void)state;
    struct bench b = begin();
    b.options.dropouts = 6;
    b.options.dropout_concealed = 0.5;
    b.options.dropout_tail = 10;
    tape_picture_paint(&b.scene, 0, texture, NULL);
    start(&b);
    int concealed = 0, tailed = 0;
    for (int t = 0; t < 10; t++) {
        tape_make(b.tape, t, &b.scene, &b.out);
        struct vh_dropout d[VH_SIMULATE_MAX_DROPOUTS];
        int n = vh_simulate_dropouts(b.tape, 2 * t, d), parity = vh_simulate_parity(b.tape, 2 * t);
        for (int k = 0; k < n; k++) {
            int y = 2 * d[k].line + parity, x = d[k].start + d[k].length;
            if (d[k].kind == VH_DROPOUT_CONCEALED) {
                concealed++;
                for (int i = d[k].start; i < x; i++)
                    assert_true(tape_sample(&b.out, 0, i, y) == tape_sample(&b.out, 0, i, y - 2));
            } else if (d[k].kind == VH_DROPOUT_WHITE && x + 20 < W) {
                tailed++;
                for (int i = x; i < x + 20; i++) {
                    double base = tape_sample(&b.scene, 0, i, y), got = tape_sample(&b.out, 0, i, y);
                    assert_true(fabs((got - base) / (235 - base) - exp(-(i - x + 1) / 10.0)) < 0.01);
                }
            }
        }
    }
    assert_true(concealed > 10 && tailed > 10);
    end(&b);
}

static void head_switch_tears_the_lines_it_says(void **state)
{
    (void)state;
    const int lines[] = {3, 6, 12};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        tape_picture_paint(&b.scene, 0, texture, NULL);
        b.options.head_switch = lines[i];
        b.options.head_switch_shift = 9;
        start(&b);
        tape_make(b.tape, 2, &b.scene, &b.out);
        for (int f = 0; f < 2; f++) {
            int torn = 0, parity = vh_simulate_parity(b.tape, 4 + f);
            for (int j = 0; j < H / 2; j++) {
                struct vh_plane p = b.out.image.plane[0];
                size_t at = (size_t)(2 * j + parity) * W;
                int differs = memcmp(p.data + at, b.scene.image.plane[0].data + at, W * 2) != 0;
                assert_int_equal(differs, j >= vh_simulate_switch_line(b.tape, 4 + f));
                torn += differs;
            }
            assert_int_equal(torn, lines[i]);
        }
        end(&b);
    }
}

static void tracking_band_moves_as_it_says(void **state)
{
    (void)state;
    const int height[] = {8, 16, 40};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.tracking = height[i];
        b.options.tracking_drift = 1.5;
        start(&b);
        for (int t = 0; t < 20; t++) {
            tape_make(b.tape, t, &b.scene, &b.out);
            double at;
            assert_int_equal(vh_simulate_tracking_band(b.tape, 2 * t, &at), height[i]);
            int parity = vh_simulate_parity(b.tape, 2 * t);
            for (int j = 0; j < H / 2; j++) {
                double sum2 = 0;
                for (int x = 0; x < W; x++)
                    sum2 += pow(tape_sample(&b.out, 0, x, 2 * j + parity) - 100, 2);
                int inside = j + 0.5 > at && j + 0.5 < at + height[i];
                assert_int_equal(sum2 > 0, inside);
            }
        }
        end(&b);
    }
}

static void chroma_losses_are_exact(void **state)
{
    (void)state;
    const double rate[] = {0.5, 3, 10};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        double cb = 170;
        tape_picture_paint(&b.scene, 1, tape_paint_flat, &cb);
        b.options.chroma_loss = rate[i];
        start(&b);
        int total = 0;
        for (int t = 0; t < 40; t++) {
            tape_make(b.tape, t, &b.scene, &b.out);
            int line[VH_SIMULATE_MAX_LOSSES], n = vh_simulate_chroma_losses(b.tape, 2 * t, line), next = 0;
            for (int j = 0; j < H / 4; j++)
                if (tape_sample(&b.out, 1, 77, 2 * j + vh_simulate_parity(b.tape, 2 * t)) == 128) {
                    assert_true(next < n);
                    assert_int_equal(line[next++], j);
                }
            assert_int_equal(next, n);
            total += n;
        }
        assert_true(fabs(total - 40 * rate[i]) < 4 * sqrt(40 * rate[i]));
        end(&b);
    }
}

static void the_order_flips_and_a_stretch_is_blank(void **state)
{
    (void)state;
    struct bench b = begin();
    b.options.flip_at = 7;
    b.options.blank = VH_TAPE_BLANK_SNOW;
    b.options.blank_at = 3;
    b.options.blank_frames = 2;
    start(&b);
    int first = vh_simulate_parity(b.tape, 0);
    for (int t = 0; t < 12; t++) {
        assert_int_equal(vh_simulate_parity(b.tape, 2 * t), t < 7 ? first : !first);
        assert_int_equal(vh_simulate_parity(b.tape, 2 * t + 1), t < 7 ? !first : first);
        assert_int_equal(vh_simulate_is_blank(b.tape, t), t == 3 || t == 4);
    }
    end(&b);
}

static void frames_are_doubled_and_lost_at_the_rate(void **state)
{
    (void)state;
    const double rate[] = {1, 10, 40};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.doubles = rate[i];
        start(&b);
        int doubled = 0;
        for (int t = 0; t < 10000; t++)
            doubled += vh_simulate_copies(b.tape, t) == 2;
        assert_int_equal(doubled, (int)(10 * rate[i]));
        b.options.doubles = 0;
        b.options.drops = rate[i];
        start(&b);
        int lost = 0;
        for (int t = 0; t < 10000; t++)
            lost += vh_simulate_copies(b.tape, t) == 0;
        assert_int_equal(lost, (int)(10 * rate[i]));
        end(&b);
    }
}

static void blanking_moves_with_the_lines(void **state)
{
    (void)state;
    const double width[] = {4, 8.5, 16};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.blanking = width[i];
        b.options.skew = 8;
        start(&b);
        tape_make(b.tape, 0, &b.scene, &b.out);
        double shift[H];
        vh_simulate_line_shifts(b.tape, 0, shift);
        for (int j = 0; j < H / 2; j += 5) {
            double covered = 0; /* half-amplitude width of the black at the left */
            for (int x = 0; x < 60; x++)
                covered += (100 - tape_sample(&b.out, 0, x, 2 * j)) / 84;
            if (width[i] + shift[j] > 1)
                assert_true(fabs(covered - width[i] - shift[j]) < 0.15);
        }
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropouts_are_where_they_are_said_to_be),
        cmocka_unit_test(dropouts_have_tails_and_concealment),
        cmocka_unit_test(head_switch_tears_the_lines_it_says),
        cmocka_unit_test(tracking_band_moves_as_it_says),
        cmocka_unit_test(chroma_losses_are_exact),
        cmocka_unit_test(frames_are_doubled_and_lost_at_the_rate),
        cmocka_unit_test(the_order_flips_and_a_stretch_is_blank),
        cmocka_unit_test(blanking_moves_with_the_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
