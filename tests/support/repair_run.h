/* For tests of native repairs: made pictures, one stage run on them, and how far two pictures are apart.
 *
 * The scene is a sum of soft-edged boxes and gratings with known sub-sample positions, so that a shifted or
 * filtered copy can be computed exactly instead of being resampled.
 */
#ifndef VH_TEST_REPAIR_RUN_H
#define VH_TEST_REPAIR_RUN_H

#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "restore/stage.h"

#include <math.h>
#include <string.h>

struct run_image {
    struct vh_image image;
    uint16_t *block;
};

static inline struct run_image run_image_make(int width, int height, int sub_x, int sub_y)
{
    struct run_image r = {.image = {.n_planes = 3, .sub_x = sub_x, .sub_y = sub_y}};
    int cw = width >> sub_x, ch = height >> sub_y, stride = width + 32;
    r.block = vh_alloc((size_t)stride * (size_t)(height + 2 * ch), sizeof *r.block);
    uint16_t *at = r.block;
    for (int i = 0; i < 3; i++) {
        r.image.plane[i] = (struct vh_plane){at, stride, i ? cw : width, i ? ch : height};
        at += (ptrdiff_t)stride * r.image.plane[i].height;
    }
    return r;
}

static inline void run_image_free(struct run_image *r)
{
    vh_freep(&r->block);
}

/* A fixed pseudo-random number, 0 to 1, of three integers. */
static inline double run_random(int a, int b, int c)
{
    uint32_t h = (uint32_t)a * 0x9e3779b1u ^ (uint32_t)b * 0x85ebca77u ^ (uint32_t)c * 0xc2b2ae3du;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

/* Logistic edge at 0, 10-90 % in `rise` samples. */
static inline double run_edge(double d, double rise)
{
    return 1 / (1 + exp(-4.4 * d / rise));
}

/* Value (8-bit codes around `mean`) of plane `i` of scene `seed` at luma place (x, y) of the frame: boxes of
 * all sizes with edges `rise` samples wide. Chroma shows the same boxes with other amplitudes. */
static inline double run_scene(int i, double x, double y, double rise, int seed)
{
    double v = i ? 128 : 100;
    for (int k = 0; k < 24; k++) {
        double cx = 720 * run_random(seed, k, 1), cy = 300 * run_random(seed, k, 2);
        double w = 10 + 120 * run_random(seed, k, 3), h = 10 + 80 * run_random(seed, k, 4);
        double a = (run_random(seed, k, 5 + i) - 0.5) * (i ? 70 : 120);
        v += a * (run_edge(x - cx, rise) - run_edge(x - cx - w, rise)) *
             (run_edge(y - cy, 3) - run_edge(y - cy - h, 3));
    }
    return v;
}

/* Runs one stage on images[0 … n-1] for centre `c`, all of one parity sequence starting at `parity`. */
static inline int run_stage(const struct vh_stage_ops *ops, const void *options,
    const struct vh_format *format, const struct vh_image *images, int n, int c, struct vh_image *out,
    struct vh_pool *pool, unsigned cpu_flags)
{
    struct vh_stage_config config = {
        .format = *format, .options = options, .pool = pool, .cpu_flags = cpu_flags};
    struct vh_stage *stage;
    int status = vh_stage_open(&stage, ops, &config);
    if (status < 0)
        return status;
    struct vh_stage_input in = {.window = {.index = c, .frame_height = format->height}};
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
        if (c + k >= 0 && c + k < n) {
            in.window.image[VH_WINDOW_REACH + k] = vh_image_read(&images[c + k]);
            in.window.parity[VH_WINDOW_REACH + k] = (uint8_t)((c + k) & 1);
        }
    status = stage->ops->process(stage, &in, out);
    vh_stage_close(&stage);
    return status;
}

/* Signal-to-noise ratio in dB (peak 255 codes) of plane i, `border` samples left out all round. */
static inline double run_psnr(const struct vh_image *a, const struct vh_image *b, int i, int border)
{
    double sum = 0, n = 0;
    const struct vh_plane *p = &a->plane[i], *q = &b->plane[i];
    for (int y = border; y < p->height - border; y++)
        for (int x = border; x < p->width - border; x++) {
            double d = ((double)p->data[y * p->stride + x] - q->data[y * q->stride + x]) / 256;
            sum += d * d;
            n++;
        }
    return sum > 0 ? 10 * log10(65025 * n / sum) : 99;
}

#endif
