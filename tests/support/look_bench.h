/* For tests of stages that read looks: searches the motion of a run of fields, looks at each, and fills the
 * input of a stage for one centre. */
#ifndef VH_TEST_LOOK_BENCH_H
#define VH_TEST_LOOK_BENCH_H

#include "core/status.h"
#include "evidence/field_look.h"
#include "motion/search.h"
#include "restore/stage.h"

#include <assert.h>
#include <stdbool.h>

enum { LOOK_BENCH_MAX = 16 };

struct look_bench {
    struct vh_motion_search *search;
    struct vh_looker *looker;
    struct vh_field_look look[LOOK_BENCH_MAX];
    struct vh_window window[LOOK_BENCH_MAX];
    struct vh_motion motion[LOOK_BENCH_MAX];
    int n;
};

/* Window around field `centre` of n woven pictures, field i being of parity i & 1. */
static inline void look_bench_window(struct vh_window *w, const struct vh_image *picture, int n, int centre)
{
    *w = (struct vh_window){.index = centre, .frame_height = picture[0].plane[0].height};
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
        if (centre + k >= 0 && centre + k < n) {
            struct vh_image field = vh_image_field(picture[centre + k], (centre + k) & 1);
            w->image[VH_WINDOW_REACH + k] = vh_image_read(&field);
            w->parity[VH_WINDOW_REACH + k] = (centre + k) & 1;
        }
}

static inline void look_bench_open(struct look_bench *b, const struct vh_image *picture, int n, float sigma,
    struct vh_pool *pool, unsigned flags)
{
    int width = picture[0].plane[0].width, height = picture[0].plane[0].height;
    struct vh_motion_config mc = {.width = width,
        .height = height,
        .speed = VH_MOTION_NORMAL,
        .keep = LOOK_BENCH_MAX,
        .cpu_flags = flags};
    bool ok = n <= LOOK_BENCH_MAX && vh_motion_search_create(&b->search, &mc) == VH_OK &&
              vh_looker_create(&b->looker, width, height, pool, flags) == VH_OK;
    b->n = n;
    for (int i = 0; ok && i < n; i++) {
        struct vh_image field = vh_image_field(picture[i], i & 1);
        struct vh_plane_const luma = vh_plane_read(field.plane[0]);
        ok = vh_motion_search_push(b->search, &luma, i & 1, false) == VH_OK;
    }
    for (int i = 0; ok && i < n; i++) {
        const struct vh_field_look *before[VH_WINDOW_REACH];
        for (int k = 0; k < VH_WINDOW_REACH; k++)
            before[k] = i - 1 - k >= 0 ? &b->look[i - 1 - k] : NULL;
        look_bench_window(&b->window[i], picture, n, i);
        ok = vh_field_look_init(&b->look[i], width, height) == VH_OK &&
             vh_motion_search_get(b->search, i, &b->motion[i]) == VH_OK;
        if (ok)
            vh_look(b->looker, &b->window[i], &b->motion[i], sigma, before, VH_LOOK_LINES | VH_LOOK_LOST,
                &b->look[i]);
    }
    assert(ok);
}

static inline void look_bench_input(struct look_bench *b, int centre, struct vh_stage_input *in)
{
    *in = (struct vh_stage_input){.window = b->window[centre], .motion = &b->motion[centre]};
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
        if (centre + k >= 0 && centre + k < b->n)
            in->look[VH_WINDOW_REACH + k] = &b->look[centre + k];
}

static inline void look_bench_close(struct look_bench *b)
{
    for (int i = 0; i < b->n; i++)
        vh_field_look_uninit(&b->look[i]);
    vh_looker_destroy(&b->looker);
    vh_motion_search_destroy(&b->search);
}

#endif
