/* A bench for tapes: pictures in memory, and a tape made of them. Shared by the tests of the simulator and of
 * whatever is tested on its tapes. */
#ifndef VH_TESTS_TAPE_BENCH_H
#define VH_TESTS_TAPE_BENCH_H

#include "core/memory.h"
#include "core/status.h"
#include "simulate/simulate.h"

#include <assert.h>
#include <math.h>

struct tape_picture {
    struct vh_image image;
    uint16_t *memory;
};

static inline struct tape_picture tape_picture_create(int width, int height, int sub_x, int sub_y)
{
    struct tape_picture p = {.image = {.n_planes = 3, .sub_x = sub_x, .sub_y = sub_y}};
    int cw = -(-width >> sub_x), ch = -(-height >> sub_y);
    size_t luma = (size_t)width * (size_t)height, chroma = (size_t)cw * (size_t)ch;
    p.memory = vh_alloc(luma + 2 * chroma, sizeof *p.memory);
    assert(p.memory);
    p.image.plane[0] = (struct vh_plane){p.memory, width, width, height};
    p.image.plane[1] = (struct vh_plane){p.memory + luma, cw, cw, ch};
    p.image.plane[2] = (struct vh_plane){p.memory + luma + chroma, cw, cw, ch};
    return p;
}

static inline void tape_picture_destroy(struct tape_picture *p)
{
    vh_freep(&p->memory);
}

/* Sets a plane to f(x, y) codes. */
static inline void tape_picture_paint(
    struct tape_picture *p, int plane, double (*f)(double x, double y, const void *arg), const void *arg)
{
    struct vh_plane v = p->image.plane[plane];
    for (int y = 0; y < v.height; y++)
        for (int x = 0; x < v.width; x++)
            v.data[y * v.stride + x] = (uint16_t)floor(f(x, y, arg) * 256 + 0.5);
}

static inline double tape_paint_flat(double x, double y, const void *arg)
{
    (void)x, (void)y;
    return *(const double *)arg;
}

static inline void tape_picture_grey(struct tape_picture *p, double luma)
{
    double neutral = 128;
    tape_picture_paint(p, 0, tape_paint_flat, &luma);
    tape_picture_paint(p, 1, tape_paint_flat, &neutral);
    tape_picture_paint(p, 2, tape_paint_flat, &neutral);
}

/* Sample in codes. */
static inline double tape_sample(const struct tape_picture *p, int plane, int x, int y)
{
    struct vh_plane v = p->image.plane[plane];
    return v.data[y * v.stride + x] / 256.0;
}

static inline struct vh_simulate *tape_create(const struct vh_simulate_options *options,
    const struct tape_picture *p, struct vh_pool *pool, unsigned cpu)
{
    struct vh_simulate_format format = {.width = p->image.plane[0].width,
        .height = p->image.plane[0].height,
        .n_planes = 3,
        .sub_x = p->image.sub_x,
        .sub_y = p->image.sub_y,
        .frame_rate = {25, 1}};
    struct vh_simulate *tape = NULL;
    int status = vh_simulate_create(&tape, options, &format, pool, cpu, NULL);
    assert(status == VH_OK);
    (void)status;
    return tape;
}

/* Frame `index` of a tape of a scene that stands still. */
static inline void tape_make(
    struct vh_simulate *tape, int64_t index, const struct tape_picture *scene, struct tape_picture *out)
{
    struct vh_image_const view = vh_image_read(&scene->image);
    int status = vh_simulate_frame(tape, index, &view, &view, &out->image);
    assert(status == VH_OK);
    (void)status;
}

#endif
