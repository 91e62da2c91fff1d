/* bwdif: a still picture comes back bit for bit, a moving one better than by the mean of two lines; ends, odd
 * heights and single planes work, and threads and SIMD change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/pool.h"
#include "core/status.h"
#include "restore/stage.h"

#include <math.h>
#include <string.h>

enum { W = 90, H = 67, FIELDS = 5, CENTRE = 2 };

/* Pictures 0 to 4, `speed` lines and twice as many samples further each; field n is of parity n % 2. */
struct tape {
    uint16_t sample[FIELDS][VH_MAX_PLANES][H][W];
    struct vh_image picture[FIELDS];
};

static struct tape tape;
static uint16_t made[VH_MAX_PLANES][H][W];

static void paint(double speed)
{
    for (int n = 0; n < FIELDS; n++) {
        tape.picture[n] = (struct vh_image){.n_planes = 3, .sub_x = 0, .sub_y = 0};
        for (int p = 0; p < 3; p++) {
            tape.picture[n].plane[p] = (struct vh_plane){tape.sample[n][p][0], W, W, H};
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    double u = x - 2 * speed * n, v = y - speed * n;
                    tape.sample[n][p][y][x] =
                        (uint16_t)(256 * (128 + 50 * sin(0.5 * v + 0.1 * u + p) + 40 * sin(0.23 * u)));
                }
        }
    }
}

static void deinterlace(int first, int last, unsigned cpu, int threads)
{
    struct vh_pool *pool = NULL;
    struct vh_stage *stage = NULL;
    struct vh_stage_input in = {.window = {.frame_height = H, .index = 2}};
    struct vh_image out = {.n_planes = 3};
    assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
    struct vh_stage_config config = {
        .format = {.width = W, .height = H, .pix_fmt = AV_PIX_FMT_YUV444P16}, .pool = pool, .cpu_flags = cpu};
    assert_int_equal(vh_stage_open(&stage, vh_stage_find("bwdif"), &config), VH_OK);
    assert_int_equal(stage->needs.out, VH_KIND_PROGRESSIVE);
    for (int n = first; n <= last; n++) {
        int at = VH_WINDOW_REACH + n - CENTRE;
        in.window.image[at] = vh_image_field_read(vh_image_read(&tape.picture[n]), n % 2);
        in.window.parity[at] = (uint8_t)(n % 2);
    }
    for (int p = 0; p < 3; p++) {
        memset(made[p], 0xaa, sizeof made[p]);
        out.plane[p] = (struct vh_plane){made[p][0], W, W, H};
    }
    assert_int_equal(stage->ops->process(stage, &in, &out), VH_OK);
    vh_stage_close(&stage);
    vh_pool_destroy(&pool);
}

static double error_8bit2(const uint16_t a[H][W], const uint16_t b[H][W])
{
    double sum = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            sum += pow((a[y][x] - b[y][x]) / 256.0, 2);
    return sum / (W * H);
}

static void own_lines_stay(void)
{
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < H; y += 2)
            assert_memory_equal(made[p][y], tape.sample[CENTRE][p][y], sizeof made[p][y]);
}

static void still_is_exact(void **state)
{
    (void)state;
    paint(0);
    deinterlace(0, FIELDS - 1, 0, 1);
    for (int p = 0; p < 3; p++)
        assert_memory_equal(made[p], tape.sample[CENTRE][p], sizeof made[p]);
}

static void moving_beats_the_mean(void **state)
{
    static uint16_t mean[H][W];
    (void)state;
    paint(0.6);
    deinterlace(0, FIELDS - 1, 0, 1);
    own_lines_stay();
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint16_t(*s)[W] = tape.sample[CENTRE][0];
            mean[y][x] = y % 2 == 0 || y == H - 1 ? s[y][x] : (uint16_t)((s[y - 1][x] + s[y + 1][x]) / 2);
        }
    double ours = error_8bit2(made[0], tape.sample[CENTRE][0]),
           by_mean = error_8bit2(mean, tape.sample[CENTRE][0]);
    if (ours > 0.4 * by_mean)
        fail_msg("squared error %g, the mean of two lines has %g", ours, by_mean);
}

/* The first and last fields of a stretch, and with one neighbour only. */
static void ends_stand_alone(void **state)
{
    (void)state;
    paint(0.6);
    deinterlace(CENTRE, CENTRE, 0, 1);
    own_lines_stay();
    double alone = error_8bit2(made[0], tape.sample[CENTRE][0]);
    assert_true(alone < 30);
    deinterlace(CENTRE, FIELDS - 1, 0, 1);
    assert_true(error_8bit2(made[0], tape.sample[CENTRE][0]) == alone);
    deinterlace(1, 3, 0, 1); /* nothing tells what moves */
    assert_true(error_8bit2(made[0], tape.sample[CENTRE][0]) == alone);
    deinterlace(1, FIELDS - 1, 0, 1); /* the second field of a stretch */
    own_lines_stay();
    assert_true(error_8bit2(made[0], tape.sample[CENTRE][0]) < 30);
}

static void threads_and_simd_change_nothing(void **state)
{
    static uint16_t first[VH_MAX_PLANES][H][W];
    (void)state;
    paint(1.3);
    deinterlace(0, FIELDS - 1, 0, 1);
    memcpy(first, made, sizeof first);
    deinterlace(0, FIELDS - 1, vh_cpu_detect(), 4);
    assert_memory_equal(made, first, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(still_is_exact),
        cmocka_unit_test(moving_beats_the_mean),
        cmocka_unit_test(ends_stand_alone),
        cmocka_unit_test(threads_and_simd_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
