/* Compensation: exact where vectors are whole, right where they are not, any slicing, size and chroma layout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "motion/compensate.h"
#include "motion/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 5, CENTRE = 2, GUARD = 0xabcd };

struct clip {
    struct vh_image_const field[FIELDS];
    struct vh_image_const picture[FIELDS];
    uint16_t *memory[FIELDS];
    int width, height, first;
    struct vh_motion_search *search;
    struct vh_motion motion;
    struct vh_dsp_obmc dsp;
};

static double wave(double x, double y, int plane)
{
    return 120 + 40 * sin(0.21 * x + 0.1 * plane) * cos(0.13 * y) + 30 * sin(0.09 * x + 0.11 * y + plane) +
           15 * sin(0.31 * x - 0.07 * y);
}

/* Pictures that move by (dx, dy) luma samples and frame lines per field. sub_x = -1: luma only. */
static struct clip make(
    int width, int height, int sub_x, int sub_y, int first, double dx, double dy, unsigned cpu)
{
    struct clip c = {.width = width, .height = height, .first = first};
    struct vh_motion_config config = {
        .width = width, .height = height, .speed = VH_MOTION_NORMAL, .keep = 6, .cpu_flags = cpu};
    assert_int_equal(vh_motion_search_create(&c.search, &config), VH_OK);
    vh_dsp_obmc_init(&c.dsp, cpu);
    int planes = sub_x < 0 ? 1 : 3, sx = sub_x < 0 ? 0 : sub_x;
    for (int n = 0; n < FIELDS; n++) {
        struct vh_image image = {.n_planes = planes, .sub_x = sx, .sub_y = sub_y};
        uint16_t *p = c.memory[n] = vh_alloc((size_t)(width + 8) * (size_t)(height + 8) * 3, sizeof *p);
        assert_non_null(p);
        for (int i = 0; i < planes; i++) {
            int ax = i ? sx : 0, ay = i ? sub_y : 0, w = (width + (1 << ax) - 1) >> ax,
                h = (height + (1 << ay) - 1) >> ay;
            image.plane[i] = (struct vh_plane){p, w + i, w, h};
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    double ly = ay ? 2 * y + 0.5 : y;
                    p[y * (w + i) + x] = (uint16_t)(wave((x << ax) - n * dx, ly - n * dy, i) * 256);
                }
            p += (w + i) * h;
        }
        c.picture[n] = vh_image_read(&image);
        image = vh_image_field(image, (n + first) & 1);
        c.field[n] = vh_image_read(&image);
        assert_int_equal(
            vh_motion_search_push(c.search, &c.field[n].plane[0], (n + first) & 1, false), VH_OK);
    }
    assert_int_equal(vh_motion_search_get(c.search, CENTRE, &c.motion), VH_OK);
    return c;
}

static void unmake(struct clip *c)
{
    vh_motion_search_destroy(&c->search);
    for (int n = 0; n < FIELDS; n++)
        vh_freep(&c->memory[n]);
}

/* Output buffers with a guard column and guard rows. */
struct output {
    struct vh_compensate job;
    uint16_t *memory[VH_MAX_PLANES], *error;
    uint8_t *phase;
    size_t n[VH_MAX_PLANES], n_maps;
};

static struct output open_output(const struct clip *c, int ref, bool whole)
{
    struct output o = {
        .job = {.motion = &c->motion, .ref = ref, .whole = whole, .floor_8bit2 = 1, .dsp = &c->dsp}};
    o.job.image = whole ? &c->picture[CENTRE + ref] : &c->field[CENTRE + ref];
    o.job.out = (struct vh_image){
        .n_planes = o.job.image->n_planes, .sub_x = o.job.image->sub_x, .sub_y = o.job.image->sub_y};
    for (int i = 0; i < o.job.image->n_planes; i++) {
        int w = c->picture[0].plane[i].width, h = c->picture[0].plane[i].height;
        o.n[i] = (size_t)(w + 3) * (size_t)(h + 2);
        o.memory[i] = vh_alloc(o.n[i], sizeof(uint16_t));
        for (size_t k = 0; k < o.n[i]; k++)
            o.memory[i][k] = GUARD;
        o.job.out.plane[i] = (struct vh_plane){o.memory[i] + w + 3, w + 3, w, h};
    }
    int rows = (c->height + 1) / 2;
    o.n_maps = (size_t)(c->width + 3) * (size_t)(rows + 2);
    o.error = vh_alloc(o.n_maps, sizeof *o.error);
    o.phase = vh_alloc(o.n_maps, sizeof *o.phase);
    memset(o.error, 0xab, o.n_maps * sizeof *o.error);
    memset(o.phase, 0xab, o.n_maps);
    o.job.error = o.error + c->width + 3;
    o.job.phase = o.phase + c->width + 3;
    o.job.error_stride = o.job.phase_stride = c->width + 3;
    return o;
}

static void check_guards(const struct output *o)
{
    for (int i = 0; i < o->job.image->n_planes; i++) {
        const struct vh_plane *p = &o->job.out.plane[i];
        for (int y = -1; y <= p->height; y++)
            for (int x = 0; x < p->stride; x++)
                if (y < 0 || y == p->height || x >= p->width)
                    assert_int_equal(p->data[y * p->stride + x], GUARD);
    }
}

static void close_output(struct output *o)
{
    for (int i = 0; i < VH_MAX_PLANES; i++)
        vh_freep(&o->memory[i]);
    vh_freep(&o->error);
    vh_freep(&o->phase);
}

static void still_pictures_are_copied_exactly(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct clip c = make(104, 66, 1, 1, first, 0, 0, 0);
        for (int ref = -2; ref <= 2; ref++) {
            if (!ref)
                continue;
            struct output o = open_output(&c, ref, false);
            vh_motion_compensate(&o.job, 0, c.motion.cells_y);
            int parity = (CENTRE + ref + first) & 1;
            for (int i = 0; i < 3; i++) {
                const struct vh_plane *p = &o.job.out.plane[i];
                for (int y = parity; y < p->height; y += 2)
                    assert_memory_equal(p->data + y * p->stride,
                        c.picture[0].plane[i].data + y * c.picture[0].plane[i].stride, (size_t)p->width * 2);
            }
            assert_int_equal(o.job.phase[0], parity ? 255 : 0);
            check_guards(&o);
            close_output(&o);
        }
        unmake(&c);
    }
}

/* Root mean square error of a prediction against the true centre picture, in 8-bit codes, inside a border. */
static double error_of(const struct clip *c, const struct output *o, int plane)
{
    const struct vh_plane *p = &o->job.out.plane[plane];
    const struct vh_plane_const *t = &c->picture[CENTRE].plane[plane];
    double sum = 0;
    int n = 0;
    for (int y = 12; y < p->height - 12; y++)
        for (int x = 12; x < p->width - 12; x++, n++) {
            double d = (p->data[y * p->stride + x] - t->data[y * t->stride + x]) / 256.0;
            sum += d * d;
        }
    return sqrt(sum / n);
}

static void moving_pictures_are_predicted(void **state)
{
    (void)state;
    static const double shift[][2] = {{1.25, 0}, {-2.5, 1}, {0.75, 0.5}, {3, -1.5}};
    static const int layout[][2] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}};
    for (size_t i = 0; i < 4; i++)
        for (size_t l = 0; l < 4; l++) {
            struct clip c = make(160, 128, layout[l][0], layout[l][1], (int)(i & 1), shift[i][0], shift[i][1],
                vh_cpu_detect());
            for (int ref = -2; ref <= 2; ref++)
                for (int whole = 0; whole < 2 && ref; whole++) {
                    struct output o = open_output(&c, ref, whole);
                    vh_motion_compensate(&o.job, 0, c.motion.cells_y);
                    for (int p = 0; p < 3; p++)
                        assert_true(error_of(&c, &o, p) < 1.0);
                    check_guards(&o);
                    close_output(&o);
                }
            unmake(&c);
        }
}

static void slices_lines_and_simd_do_not_matter(void **state)
{
    (void)state;
    static const int size[][2] = {{16, 16}, {23, 17}, {61, 50}, {120, 75}, {1, 2}};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (int l = -1; l < 4; l++) {
            int sub_x = l < 1 ? l : l == 3 ? 2 : 1, sub_y = l == 2;
            struct clip c = make(size[i][0], size[i][1], sub_x, sub_y, l & 1, 2.25, -0.75, 0);
            for (int ref = -2; ref <= 2; ref++)
                for (int whole = 0; whole < 2 && ref; whole++) {
                    struct output a = open_output(&c, ref, whole), b = open_output(&c, ref, whole);
                    struct output e = open_output(&c, ref, whole);
                    vh_motion_compensate(&a.job, 0, c.motion.cells_y);
                    struct vh_dsp_obmc fast;
                    vh_dsp_obmc_init(&fast, vh_cpu_detect());
                    b.job.dsp = e.job.dsp = &fast;
                    for (int y = c.motion.cells_y - 1; y >= 0; y--)
                        vh_motion_compensate(&b.job, y, y + 1);
                    e.job.lines = VH_COMPENSATE_EXISTING;
                    vh_motion_compensate(&e.job, 0, c.motion.cells_y);
                    for (int p = 0; p < a.job.image->n_planes; p++) {
                        assert_memory_equal(a.memory[p], b.memory[p], a.n[p] * 2);
                        const struct vh_plane *f = &a.job.out.plane[p], *g = &e.job.out.plane[p];
                        for (int y = 0; y < f->height; y++)
                            for (int x = 0; x < f->width; x++) {
                                int expected =
                                    (y & 1) == c.motion.parity ? f->data[y * f->stride + x] : GUARD;
                                assert_int_equal(g->data[y * g->stride + x], expected);
                            }
                    }
                    assert_memory_equal(a.error, b.error, a.n_maps * 2);
                    assert_memory_equal(a.phase, b.phase, a.n_maps);
                    close_output(&a);
                    close_output(&b);
                    close_output(&e);
                }
            unmake(&c);
        }
}

static void samples_may_be_scaled_down(void **state)
{
    (void)state;
    struct clip c = make(50, 34, 1, 1, 0, 1.25, 0.5, vh_cpu_detect());
    struct output a = open_output(&c, -1, false), b = open_output(&c, -1, false);
    vh_motion_compensate(&a.job, 0, c.motion.cells_y);
    b.job.shift = 2;
    vh_motion_compensate(&b.job, 0, c.motion.cells_y);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *f = &a.job.out.plane[p], *g = &b.job.out.plane[p];
        for (int y = 0; y < f->height; y++)
            for (int x = 0; x < f->width; x++)
                assert_int_equal(g->data[y * g->stride + x], f->data[y * f->stride + x] >> 2);
    }
    close_output(&a);
    close_output(&b);
    unmake(&c);
}

static void strips_start_at_their_origin(void **state)
{
    (void)state;
    struct clip c = make(72, 64, 1, 1, 0, 1, 0.5, vh_cpu_detect());
    struct output a = open_output(&c, 1, false), b = open_output(&c, 1, false);
    vh_motion_compensate(&a.job, 3, 5);
    b.job.row_origin = 3;
    vh_motion_compensate(&b.job, 3, 5);
    for (int p = 0; p < 3; p++) {
        const struct vh_plane *f = &a.job.out.plane[p], *g = &b.job.out.plane[p];
        int rows = p ? 4 : 8;
        for (int y = 0; y < 2 * rows; y++)
            assert_memory_equal(
                f->data + (y + 3 * rows) * f->stride, g->data + y * g->stride, (size_t)f->width * 2);
    }
    for (int y = 0; y < 8; y++) {
        assert_memory_equal(
            a.job.error + (y + 12) * a.job.error_stride, b.job.error + y * b.job.error_stride, 144);
        assert_memory_equal(
            a.job.phase + (y + 12) * a.job.phase_stride, b.job.phase + y * b.job.phase_stride, 72);
    }
    close_output(&a);
    close_output(&b);
    unmake(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(still_pictures_are_copied_exactly),
        cmocka_unit_test(moving_pictures_are_predicted),
        cmocka_unit_test(slices_lines_and_simd_do_not_matter),
        cmocka_unit_test(samples_may_be_scaled_down),
        cmocka_unit_test(strips_start_at_their_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
