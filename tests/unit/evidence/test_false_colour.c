/* False colour over moving detail: found to its size along the motion; real colour that moves, noise, a
 * carrier that runs the other way, standing blocks and 625 lines are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "evidence/false_colour.h"

#include <math.h>

enum { W = 720, FRAME = 480, H = 48, BLOCKS_X = 91, BLOCKS_Y = 13, FIELDS = 3 };

#define TWO_PI 6.28318530717958647692

struct scene {
    double rainbow, real, noise; /* codes: of false and real colour, sigma */
    double right, backwards;     /* samples that all moves in a frame; 1 = the carrier runs the other way */
    int sub_y;
};

struct tape {
    uint16_t luma[H * W], colour[FIELDS][2][H * W / 2];
    struct vh_mv mv[2][BLOCKS_X * BLOCKS_Y];
    uint16_t sad[BLOCKS_X * BLOCKS_Y], activity[BLOCKS_X * BLOCKS_Y];
    struct vh_window window;
    struct vh_motion motion;
};

static double random_of(unsigned a, unsigned b)
{
    unsigned h = a * 0x9e3779b1u ^ b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

static void paint(struct tape *t, const struct scene *s, int frame)
{
    struct vh_carrier carrier = vh_carrier_of(W, FRAME);
    for (int y = 0; y < H >> s->sub_y; y++)
        for (int x = 0; x < W; x += 2) {
            double at = x - s->right * frame, sign = s->backwards > 0 ? -1 : 1, fine = 0.28 * at + 0.02 * y;
            double theta = carrier.per_line * (525 * frame + y) + carrier.per_sample * x;
            double angle = TWO_PI * sign * (fine - theta), real = s->real * sin(at / 15 + y / 9.0);
            double colour[2] = {
                -s->rainbow * sin(angle) / VH_CARRIER_PER_CB, s->rainbow * cos(angle) / VH_CARRIER_PER_CR};
            for (int i = 0; i < 2; i++) {
                double noise =
                    3.46 * s->noise * (random_of((unsigned)(frame * H * W + y * W + x), (unsigned)i) - 0.5);
                t->colour[frame][i][y * W / 2 + x / 2] =
                    (uint16_t)lrint(256 * (128 + colour[i] + real + noise));
            }
        }
}

static struct tape *tape_of(const struct scene *s)
{
    struct tape *t = vh_alloc(1, sizeof *t);
    t->window = (struct vh_window){.frame_height = FRAME};
    for (int f = 0; f < FIELDS; f++) {
        paint(t, s, f);
        t->window.image[VH_WINDOW_REACH - 2 + 2 * f] = (struct vh_image_const){.n_planes = 3,
            .sub_x = 1,
            .sub_y = s->sub_y,
            .plane = {{t->luma, W, W, H}, {t->colour[f][0], W / 2, W / 2, H >> s->sub_y},
                {t->colour[f][1], W / 2, W / 2, H >> s->sub_y}}};
    }
    t->motion = (struct vh_motion){
        .n_x = BLOCKS_X, .n_y = BLOCKS_Y, .cells_x = BLOCKS_X - 1, .cells_y = BLOCKS_Y - 1};
    for (int i = 0; i < BLOCKS_X * BLOCKS_Y; i++) {
        t->activity[i] = 1000;
        t->mv[0][i] = (struct vh_mv){(int16_t)lrint(-4 * s->right), 0};
        t->mv[1][i] = (struct vh_mv){(int16_t)lrint(4 * s->right), 0};
    }
    for (int side = 0; side < 2; side++)
        t->motion.ref[4 * side] = (struct vh_motion_ref){.present = true, .mv = t->mv[side], .sad = t->sad};
    t->motion.activity = t->activity;
    return t;
}

/* Means over the inner blocks; how many there are. */
static int measure(const struct scene *s, double *amplitude, double *coherence)
{
    struct tape *t = tape_of(s);
    struct vh_false_colour_job job;
    struct vh_false_colour found;
    int n = 0;
    *amplitude = *coherence = 0;
    assert_true(vh_false_colour_open(&job, &t->window, &t->motion));
    for (int by = 0; by < H / VH_FALSE_COLOUR_H; by++)
        for (int bx = 2; bx < W / VH_FALSE_COLOUR_W - 2; bx++)
            if (vh_false_colour_look(&found, &job, bx, by) && !isnan(found.amplitude2)) {
                *amplitude += found.amplitude2;
                *coherence += found.coherence;
                n++;
            }
    if (n) {
        *amplitude = (*amplitude < 0 ? -1 : 1) * sqrt(fabs(*amplitude / n));
        *coherence /= n;
    }
    vh_free(t);
    return n;
}

static void moving_false_colour_is_found(void **state)
{
    (void)state;
    double amplitude, coherence;
    for (double right = 0.75; right < 8; right += 1.5) {
        struct scene s = {.rainbow = 5, .real = 20, .right = right};
        int n = measure(&s, &amplitude, &coherence);
        if (n) {
            assert_true(fabs(amplitude - 5) < 0.3);
            assert_true(coherence > 0.95);
        }
    }
    struct scene s = {.rainbow = 5, .noise = 3, .right = 0.75};
    assert_true(measure(&s, &amplitude, &coherence) > 100);
    assert_true(fabs(amplitude - 5) < 0.5);
}

/* Also a carrier that runs backwards: what fits it is no false colour. */
static void other_colour_is_none(void **state)
{
    (void)state;
    double amplitude, coherence;
    static const struct scene scenes[] = {{.real = 20, .right = 2.25}, {.noise = 3, .right = 0.75},
        {.rainbow = 5, .backwards = 1, .right = 0.75}};
    for (int i = 0; i < 3; i++) {
        assert_true(measure(&scenes[i], &amplitude, &coherence) > 100);
        assert_true(amplitude < 0.6);
    }
}

/* Colour of half the lines: vectors by odd lines of the field tell nothing; standing blocks belong to others;
 * 625 lines are not looked at. */
static void what_cannot_tell_says_nothing(void **state)
{
    (void)state;
    struct scene s = {.rainbow = 5, .right = 0.75, .sub_y = 1}, still = {.rainbow = 5};
    double amplitude, coherence;
    struct vh_false_colour_job job;
    struct vh_false_colour found;
    assert_true(measure(&s, &amplitude, &coherence) > 50);
    assert_int_equal(measure(&still, &amplitude, &coherence), 0);
    struct tape *t = tape_of(&s);
    for (int i = 0; i < BLOCKS_X * BLOCKS_Y; i++)
        t->mv[0][i].y = 8;
    assert_true(vh_false_colour_open(&job, &t->window, &t->motion));
    assert_false(vh_false_colour_look(&found, &job, 4, 2));
    assert_true(found.x0 == 32 && found.x1 == 40 && found.y0 == 8 && found.y1 == 12);
    t->window.frame_height = 576;
    assert_false(vh_false_colour_open(&job, &t->window, &t->motion));
    vh_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_false_colour_is_found),
        cmocka_unit_test(other_colour_is_none),
        cmocka_unit_test(what_cannot_tell_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
