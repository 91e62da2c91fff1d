/* For tests of stages that read looks: runs a stage on one field of a drawn scene, and compares the field
 * before and after with the scene as it should be. */
#ifndef VH_TEST_LOOK_RUN_H
#define VH_TEST_LOOK_RUN_H

#include "core/memory.h"
#include "look_bench.h"
#include "repair_run.h"

struct look_run {
    const struct vh_stage_ops *ops;
    const void *options;
    int width, height, fields, centre;
    /* Woven picture n of the scene, with `fault` of some strength, 0 = none. */
    struct run_image (*draw)(int n, double fault);
    struct vh_pool *pool;
    unsigned flags;
    /* Called between the looks and the stage; may be NULL. */
    void (*look)(void *arg, const struct vh_field_look *centre);
    void *arg;
};

struct look_run_result {
    struct run_image out; /* woven; only the lines of `field` are written; the caller frees it */
    struct vh_image field;
    struct run_image own_picture; /* what the field was made of; the caller frees it */
    struct vh_image own;
    double before, after; /* PSNR of luma against the scene without fault, 8 samples off the borders */
};

static inline void look_run_free(struct look_run_result *r)
{
    run_image_free(&r->out);
    run_image_free(&r->own_picture);
}

static inline struct look_run_result look_run(const struct look_run *run, double fault)
{
    static struct look_bench bench;
    struct vh_stage_config config = {.format = {.pix_fmt = AV_PIX_FMT_YUV420P16,
                                         .width = run->width,
                                         .height = run->height,
                                         .fields = VH_FIELDS_TFF},
        .options = run->options,
        .cpu_flags = run->flags,
        .pool = run->pool};
    struct run_image picture[LOOK_BENCH_MAX], steady = run->draw(run->centre, 0);
    struct vh_image view[LOOK_BENCH_MAX];
    struct vh_stage_input in;
    struct vh_stage *stage;
    struct look_run_result r = {.out = run_image_make(run->width, run->height, 1, 1)};
    int parity = run->centre & 1;
    assert_int_equal(vh_stage_open(&stage, run->ops, &config), VH_OK);
    for (int n = 0; n < run->fields; n++) {
        picture[n] = run->draw(n, fault);
        view[n] = picture[n].image;
    }
    look_bench_open(&bench, view, run->fields, 0, run->pool, run->flags);
    look_bench_input(&bench, run->centre, &in);
    if (run->look)
        run->look(run->arg, &bench.look[run->centre]);
    r.own_picture = picture[run->centre];
    r.own = vh_image_field(r.own_picture.image, parity);
    r.field = vh_image_field(r.out.image, parity);
    struct vh_image truth = vh_image_field(steady.image, parity);
    assert_int_equal(stage->ops->process(stage, &in, &r.field), VH_OK);
    r.before = run_psnr(&r.own, &truth, 0, 8);
    r.after = run_psnr(&r.field, &truth, 0, 8);
    vh_stage_close(&stage);
    look_bench_close(&bench);
    run_image_free(&steady);
    for (int n = 0; n < run->fields; n++)
        if (n != run->centre)
            run_image_free(&picture[n]);
    return r;
}

/* The same bits in plain C on one thread and with everything on three. */
static inline void look_run_same_bits(struct look_run run, double fault)
{
    struct vh_pool *pool;
    assert_int_equal(vh_pool_create(&pool, 3), VH_OK);
    run.pool = NULL;
    run.flags = 0;
    struct look_run_result a = look_run(&run, fault);
    run.pool = pool;
    run.flags = vh_cpu_detect();
    struct look_run_result b = look_run(&run, fault);
    for (int i = 0; i < 3; i++)
        assert_true(run_psnr(&a.field, &b.field, i, 0) == 99);
    vh_pool_destroy(&pool);
    look_run_free(&a);
    look_run_free(&b);
}

#endif
