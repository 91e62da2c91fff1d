/* Dropouts: a lost piece of line comes back from its neighbours, in luma and chroma; what is not lost stays
 * bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "look_bench.h"
#include "restore/repairs.h"
#include "restore/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 256, H = 128, FIELDS = 5, LOST_Y = 41, LOST_X = 60, LOST_N = 90 };

struct tape {
    uint16_t memory[FIELDS][3][W * H];
    struct vh_image picture[FIELDS];
};

static struct tape *draw(void)
{
    struct tape *t = vh_alloc(1, sizeof *t);
    uint32_t seed = 3;
    for (int n = 0; n < FIELDS; n++) {
        t->picture[n] = (struct vh_image){.n_planes = 3, .sub_x = 1, .sub_y = 1};
        for (int p = 0; p < 3; p++) {
            int w = p ? W / 2 : W, h = p ? H / 2 : H, s = p ? 2 : 1;
            t->picture[n].plane[p] = (struct vh_plane){t->memory[n][p], w, w, h};
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    double u = (x - n / s) * s, v = y * s, noise;
                    seed = seed * 1664525u + 1013904223u;
                    noise = (double)(seed >> 8) / (1 << 24) * 6 - 3;
                    t->memory[n][p][y * w + x] =
                        (uint16_t)(256 * (110 + noise + 50 * sin(u * 0.11) * cos(v * 0.09) +
                                             20 * sin(u * 0.31 + v * 0.2)));
                }
        }
    }
    return t;
}

/* Runs the stage on field `centre`; the lines of its parity in *out are written. */
static int repair(struct tape *t, int centre, struct vh_image *out)
{
    const struct vh_stage_ops *ops = vh_stage_find("dropouts");
    struct vh_dropout_options o = {.mode = VH_SWITCH_ON};
    struct vh_stage_config config = {.format = {.pix_fmt = AV_PIX_FMT_YUV420P16, .width = W, .height = H},
        .options = &o,
        .cpu_flags = vh_cpu_detect()};
    struct vh_stage_input in;
    struct vh_stage *stage;
    static struct look_bench bench;
    assert_non_null(ops);
    assert_int_equal(vh_stage_open(&stage, ops, &config), VH_OK);
    look_bench_open(&bench, t->picture, FIELDS, 2, NULL, vh_cpu_detect());
    look_bench_input(&bench, centre, &in);
    struct vh_image field = vh_image_field(*out, centre & 1);
    int status = stage->ops->process(stage, &in, &field);
    vh_stage_close(&stage);
    look_bench_close(&bench);
    return status;
}

static struct vh_image blank(void)
{
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    for (int p = 0; p < 3; p++) {
        int w = p ? W / 2 : W, h = p ? H / 2 : H;
        image.plane[p] = (struct vh_plane){vh_alloc((size_t)(w * h), sizeof(uint16_t)), w, w, h};
    }
    return image;
}

static void wipe(struct vh_image *image)
{
    for (int p = 0; p < 3; p++)
        vh_free(image->plane[p].data);
}

/* Line of plane p that belongs to field 2 (top). */
static uint16_t *row(struct vh_image *image, int p, int line)
{
    return image->plane[p].data + image->plane[p].stride * 2 * line;
}

static void a_streak_is_filled(void **state)
{
    (void)state;
    struct tape *t = draw();
    struct vh_image out = blank();
    uint16_t luma[LOST_N], chroma[LOST_N / 2];
    uint16_t *y = row(&t->picture[2], 0, LOST_Y) + LOST_X,
             *u = row(&t->picture[2], 1, LOST_Y / 2) + LOST_X / 2;
    memcpy(luma, y, sizeof luma);
    memcpy(chroma, u, sizeof chroma);
    for (int x = 0; x < LOST_N; x++)
        y[x] = 235 * 256;
    for (int x = 0; x < LOST_N / 2; x++)
        u[x] = 200 * 256;
    assert_int_equal(repair(t, 2, &out), VH_OK);
    for (int x = 0; x < LOST_N; x++)
        assert_true(abs(row(&out, 0, LOST_Y)[LOST_X + x] - luma[x]) < 12 * 256);
    for (int x = 0; x < LOST_N / 2; x++)
        assert_true(abs(row(&out, 1, LOST_Y / 2)[LOST_X / 2 + x] - chroma[x]) < 12 * 256);
    assert_memory_equal(row(&out, 0, LOST_Y + 1), row(&t->picture[2], 0, LOST_Y + 1), W * 2);
    assert_memory_equal(row(&out, 0, LOST_Y), row(&t->picture[2], 0, LOST_Y), (LOST_X - 5) * 2);
    wipe(&out);
    vh_free(t);
}

/* Losses of two and three lines of the field, all of them. */
static void thick_streaks_are_filled(void **state)
{
    (void)state;
    for (int thick = 2; thick <= 3; thick++) {
        struct tape *t = draw();
        struct vh_image out = blank();
        uint16_t luma[3][LOST_N];
        for (int j = 0; j < thick; j++) {
            uint16_t *y = row(&t->picture[2], 0, LOST_Y + j) + LOST_X;
            memcpy(luma[j], y, sizeof luma[j]);
            for (int x = 0; x < LOST_N; x++)
                y[x] = 235 * 256;
        }
        assert_int_equal(repair(t, 2, &out), VH_OK);
        for (int j = 0; j < thick; j++)
            for (int x = 0; x < LOST_N; x++)
                assert_true(abs(row(&out, 0, LOST_Y + j)[LOST_X + x] - luma[j][x]) < 12 * 256);
        wipe(&out);
        vh_free(t);
    }
}

static void clean_fields_stay(void **state)
{
    (void)state;
    struct tape *t = draw();
    for (int centre = 0; centre < FIELDS; centre++) { /* ends of the stream too */
        struct vh_image out = blank();
        assert_int_equal(repair(t, centre, &out), VH_OK);
        for (int p = 0; p < 3; p++)
            for (int line = centre & 1; line < out.plane[p].height; line += 2)
                assert_memory_equal(out.plane[p].data + out.plane[p].stride * line,
                    t->picture[centre].plane[p].data + t->picture[centre].plane[p].stride * line,
                    (size_t)out.plane[p].width * 2);
        wipe(&out);
    }
    vh_free(t);
}

/* What moves in a way nobody foretells is tall: a block that flashes up is left alone. */
static void tall_changes_stay(void **state)
{
    (void)state;
    struct tape *t = draw();
    struct vh_image out = blank();
    for (int line = 20; line < 44; line++)
        for (int x = 0; x < 40; x++)
            row(&t->picture[2], 0, line)[100 + x] = 235 * 256;
    assert_int_equal(repair(t, 2, &out), VH_OK);
    for (int line = 24; line < 40; line++)
        assert_memory_equal(row(&out, 0, line) + 104, row(&t->picture[2], 0, line) + 104, 32 * 2);
    wipe(&out);
    vh_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_streak_is_filled),
        cmocka_unit_test(thick_streaks_are_filled),
        cmocka_unit_test(clean_fields_stay),
        cmocka_unit_test(tall_changes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
