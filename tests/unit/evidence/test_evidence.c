/* Evidence: noise of known strength is measured on still, moving and textured scenes, white and coloured;
 * gain, repeats and gaps are seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/memory.h"
#include "core/status.h"
#include "core/cpu.h"
#include "evidence/evidence.h"
#include "motion/search.h"

#include <math.h>
#include <string.h>

enum { W = 320, H = 192, FIELDS = 5, CENTRE = 2 };

struct scene {
    double sigma, speed_x, texture;
    bool coloured;  /* noise is smoothed along the line, as on tapes */
    double flicker; /* gain of the centre against the others */
    bool repeat;    /* the centre equals n-2, noise included */
};

struct tape {
    uint16_t memory[FIELDS][3][W * H];
    struct vh_image picture[FIELDS];
};

static uint32_t seed;
static double noise(void)
{
    double sum = 0;
    for (int k = 0; k < 12; k++) {
        seed = seed * 1664525u + 1013904223u;
        sum += (double)(seed >> 8) / (1 << 24) - 0.5;
    }
    return sum;
}

static void draw_plane(const struct scene *s, uint16_t *out, int w, int h, int n, int plane)
{
    double old = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double u = x - s->speed_x * n / (plane ? 2 : 1), e = noise();
            old = s->coloured ? 0.7 * old + 0.714142842854285 * e : e;
            double v = 110 + s->texture * (30 * sin(u * 0.4) * sin(y * 0.35) + 20 * sin(u * 0.09 + y * 0.05));
            v = 16 + (v - 16) * (n == CENTRE ? s->flicker : 1) + s->sigma * old;
            out[y * w + x] = (uint16_t)(fmin(fmax(v, 0), 255) * 256);
        }
}

static struct tape *draw(const struct scene *s)
{
    struct tape *t = vh_alloc(1, sizeof *t);
    seed = 12345;
    for (int n = 0; n < FIELDS; n++) {
        t->picture[n] = (struct vh_image){.n_planes = 3, .sub_x = 1, .sub_y = 1};
        for (int p = 0; p < 3; p++) {
            int w = p ? W / 2 : W, h = p ? H / 2 : H;
            t->picture[n].plane[p] = (struct vh_plane){t->memory[n][p], w, w, h};
            if (s->repeat && n == CENTRE)
                memcpy(t->memory[n][p], t->memory[n - 2][p], sizeof t->memory[n][p]);
            else
                draw_plane(s, t->memory[n][p], w, h, n, p);
        }
    }
    return t;
}

static struct vh_evidence measure(const struct scene *s)
{
    struct tape *t = draw(s);
    struct vh_motion_search *search;
    struct vh_motion_config config = {.width = W, .height = H, .speed = VH_MOTION_NORMAL, .keep = FIELDS};
    struct vh_window window = {.index = CENTRE, .frame_height = H};
    struct vh_evidence e;
    assert_int_equal(vh_motion_search_create(&search, &config), VH_OK);
    for (int n = 0; n < FIELDS; n++) {
        struct vh_image field = vh_image_field(t->picture[n], n & 1);
        struct vh_plane_const luma = vh_plane_read(field.plane[0]);
        assert_int_equal(vh_motion_search_push(search, &luma, n & 1, false), VH_OK);
        window.image[VH_WINDOW_REACH + n - CENTRE] = vh_image_read(&field);
        window.parity[VH_WINDOW_REACH + n - CENTRE] = n & 1;
    }
    struct vh_motion motion;
    assert_int_equal(vh_motion_search_get(search, CENTRE, &motion), VH_OK);
    struct vh_dsp_block_noise blocks;
    vh_dsp_block_noise_init(&blocks, vh_cpu_detect());
    vh_evidence_measure(&e, &blocks, &window, &motion);
    vh_motion_search_destroy(&search);
    vh_free(t);
    return e;
}

static void noise_is_measured(void **state)
{
    (void)state;
    static const double sigma[] = {0, 2, 4, 8};
    for (int i = 0; i < 4; i++)
        for (int moving = 0; moving < 2; moving++)
            for (int texture = 0; texture < 2; texture++)
                for (int coloured = 0; coloured < 2; coloured++) {
                    struct scene s = {.sigma = sigma[i],
                        .speed_x = moving,
                        .texture = texture,
                        .coloured = coloured,
                        .flicker = 1};
                    struct vh_evidence e = measure(&s);
                    for (int p = 0; p < 3; p++) {
                        double off = fabs(e.sigma_8bit[p] - sigma[i]);
                        assert_true(e.n_blocks[p] > 0);
                        assert_true(off < fmax(0.3, 0.15 * sigma[i]));
                    }
                }
}

static void flicker_is_measured(void **state)
{
    (void)state;
    struct vh_evidence e = measure(&(struct scene){.sigma = 1, .texture = 1, .flicker = 1.05});
    assert_true(fabsf(e.gain[0] - 1.05f) < 0.01f);
    assert_true(fabsf(e.gain[1] - 1.05f) < 0.01f);
    e = measure(&(struct scene){.sigma = 1, .texture = 1, .flicker = 1});
    assert_true(fabsf(e.gain[0] - 1) < 0.005f);
}

/* A step of brightness in a smooth scene leaves most blocks without a match, and still is no cut. */
static void a_step_of_brightness_is_no_cut(void **state)
{
    (void)state;
    struct vh_evidence e = measure(&(struct scene){.sigma = 1, .texture = 0.1, .flicker = 1.2});
    assert_false(e.cut_before || e.cut_after);
    assert_true(fabsf(e.gain[0] - 1.2f) < 0.01f);
    assert_true(fabsf(e.gain[1] - 1.2f) < 0.01f);
}

static void repeats_are_seen(void **state)
{
    (void)state;
    struct vh_evidence e = measure(&(struct scene){.sigma = 3, .texture = 1, .flicker = 1, .repeat = true});
    assert_true(e.repeat);
    assert_true(fabsf(e.sigma_8bit[0] - 3) < 0.45f); /* from n+2 alone */
    assert_false(measure(&(struct scene){.sigma = 3, .texture = 1, .flicker = 1}).repeat);
}

static void nothing_known_without_motion(void **state)
{
    (void)state;
    struct vh_window window = {0};
    struct vh_evidence e;
    struct vh_dsp_block_noise blocks;
    vh_dsp_block_noise_init(&blocks, vh_cpu_detect());
    vh_evidence_measure(&e, &blocks, &window, NULL);
    assert_true(e.cut_before && e.cut_after);
    assert_int_equal(e.n_blocks[0], 0);
    assert_true(e.sigma_8bit[0] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_measured),
        cmocka_unit_test(flicker_is_measured),
        cmocka_unit_test(a_step_of_brightness_is_no_cut),
        cmocka_unit_test(repeats_are_seen),
        cmocka_unit_test(nothing_known_without_motion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
