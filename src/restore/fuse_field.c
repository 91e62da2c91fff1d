/* One field through the fusion: predictions and hints for both groups. */
#include "fuse_field.h"

#include "core/memory.h"
#include "core/status.h"
#include "motion/compensate.h"

#include <math.h>
#include <stdlib.h>

static const int ref_distance[VH_FUSE_REFS] = {-1, 1, -2, 2};

static int ceil_shift(int v, int shift)
{
    return (v + (1 << shift) - 1) >> shift;
}

static int group_init(struct vh_fuse_field *field, int group)
{
    const struct vh_fuse_field_config *c = &field->config;
    bool chroma = group == VH_FUSE_CHROMA;
    int width = chroma ? ceil_shift(c->width, c->sub_x) : c->width;
    int height = chroma ? ceil_shift(c->height, c->sub_y) : c->height;
    field->hint_stride[group] = (width + VH_FUSE_LANES - 1) / VH_FUSE_LANES * (VH_FUSE_LANES / VH_FUSE_CELL);
    field->hint_rows[group] = (height + 7) / 8;
    field->hint[group] = vh_alloc(
        (size_t)field->hint_stride[group] * (size_t)field->hint_rows[group], sizeof *field->hint[group]);
    if (!field->hint[group])
        return VH_ERR_RESOURCE;
    return vh_fuse_create(&field->group[group], width, height, chroma ? 2 : 1, c->pool, c->cpu_flags);
}

int vh_fuse_field_init(struct vh_fuse_field *field, const struct vh_fuse_field_config *config)
{
    *field = (struct vh_fuse_field){.config = *config};
    vh_dsp_obmc_init(&field->obmc, config->cpu_flags);
    int status = group_init(field, VH_FUSE_LUMA);
    if (status == VH_OK && config->n_planes == 3)
        status = group_init(field, VH_FUSE_CHROMA);
    return status;
}

void vh_fuse_field_uninit(struct vh_fuse_field *field)
{
    for (int g = 0; g < VH_FUSE_GROUPS; g++) {
        vh_fuse_destroy(&field->group[g]);
        vh_freep(&field->hint[g]);
    }
}

/* How far from a real line of the reference a prediction is taken: 0 on it, 1 between two, by the vertical
 * vector in quarters of a luma line. Field lines of the plane repeat every 8 << sub_y of these. */
struct phases {
    int mask, parity_step;
    float by_vector[32]; /* from a line of the reference's own parity */
};

static void phases_make(struct phases *t, int sub_y)
{
    int period = 8 << sub_y;
    t->mask = period - 1;
    t->parity_step = period / 2;
    for (int i = 0; i < period; i++)
        t->by_vector[i] = 1 - fabsf((float)(i - period / 2)) / (float)(period / 2);
}

/* The mean over the four blocks at the corners of a cell. */
static void fill_hint(struct vh_fuse_hint *hint, const struct vh_motion *m, const int block[4],
    const bool *there, const struct phases *phases)
{
    float near = 0;
    *hint = (struct vh_fuse_hint){0};
    for (int r = 0; r < VH_FUSE_REFS; r++) {
        const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + ref_distance[r]];
        int same = m->ref_parity[VH_MOTION_REACH + ref_distance[r]] == m->parity ? 0 : phases->parity_step;
        for (int k = 0; there[r] && k < 4; k++) {
            struct vh_mv mv = ref->mv[block[k]];
            hint->phase[1][r] += 0.25f * phases->by_vector[(mv.y + same) & phases->mask];
            hint->phase[0][r] +=
                0.25f * phases->by_vector[(mv.y + same + phases->parity_step) & phases->mask];
            if (r < 2)
                hint->speed += 0.25f * (float)(abs(mv.x) + abs(mv.y));
        }
        near += r < 2 && there[r];
    }
    hint->speed /= near > 0 ? near : 1;
}

struct field_call {
    struct vh_fuse_field *field;
    const struct vh_fuse_field_job *job;
    bool there[VH_FUSE_REFS];
    int group;
};

static void hint_slice(void *arg, int index, int n)
{
    const struct field_call *call = arg;
    const struct vh_motion *m = call->job->motion;
    int g = call->group, y0, y1;
    int sub_x = g == VH_FUSE_CHROMA ? call->field->config.sub_x : 0;
    int sub_y = g == VH_FUSE_CHROMA ? call->field->config.sub_y : 0;
    struct phases phases;
    phases_make(&phases, sub_y);
    vh_pool_rows(call->field->hint_rows[g], index, n, &y0, &y1);
    for (int y = y0; y < y1; y++)
        for (int x = 0; x < call->field->hint_stride[g]; x++) {
            int bx[2] = {x << sub_x, (x + 1) << sub_x}, by[2] = {y << sub_y, (y + 1) << sub_y}, block[4];
            for (int k = 0; k < 4; k++) {
                int cx = bx[k & 1] < m->n_x ? bx[k & 1] : m->n_x - 1;
                int cy = by[k >> 1] < m->n_y ? by[k >> 1] : m->n_y - 1;
                block[k] = cy * m->n_x + cx;
            }
            fill_hint(call->field->hint[g] + (ptrdiff_t)call->field->hint_stride[g] * y + x, m, block,
                call->there, &phases);
        }
}

static void predict_slice(void *arg, int index, int n)
{
    const struct field_call *call = arg;
    const struct vh_fuse_field *field = call->field;
    float sigma = call->job->sigma_8bit[VH_FUSE_LUMA];
    int y0, y1;
    vh_pool_rows(call->job->motion->cells_y, index, n, &y0, &y1);
    for (int r = 0; y0 < y1 && r < VH_FUSE_REFS; r++) {
        if (!call->there[r])
            continue;
        struct vh_compensate c = {.motion = call->job->motion,
            .ref = ref_distance[r],
            .image = vh_window_at(call->job->window, ref_distance[r]),
            .floor_8bit2 = 1 + sigma * sigma,
            .merge_qpel = 1,
            .shift = 2,
            .dsp = &field->obmc,
            .out = {.n_planes = field->config.n_planes,
                .sub_x = field->config.sub_x,
                .sub_y = field->config.sub_y}};
        c.out.plane[0] = vh_fuse_prediction(field->group[VH_FUSE_LUMA], 0, r);
        for (int p = 1; p < field->config.n_planes; p++)
            c.out.plane[p] = vh_fuse_prediction(field->group[VH_FUSE_CHROMA], p - 1, r);
        vh_motion_compensate(&c, y0, y1);
    }
}

static void run_group(const struct field_call *call, int group)
{
    const struct vh_fuse_field_job *job = call->job;
    int first = group == VH_FUSE_LUMA ? 0 : 1, n = group == VH_FUSE_LUMA ? 1 : 2;
    struct vh_fuse_job fuse = {.parity = job->motion->parity,
        .hint = call->field->hint[group],
        .hint_stride = call->field->hint_stride[group],
        .sigma_8bit = job->sigma_8bit[group],
        .lossless = job->lossless,
        .gates = job->gates[group]};
    for (int r = 0; r < VH_FUSE_REFS; r++)
        fuse.ref[r] = call->there[r];
    for (int p = 0; p < n; p++) {
        fuse.out[p] = job->out.plane[first + p];
        for (int k = 0; k < VH_FUSE_FIELDS; k++) {
            const struct vh_image_const *image = vh_window_at(job->window, k - 2);
            if (image)
                fuse.field[p][k] = image->plane[first + p];
        }
    }
    vh_fuse_run(call->field->group[group], &fuse);
}

void vh_fuse_field_run(struct vh_fuse_field *field, const struct vh_fuse_field_job *job)
{
    struct field_call call = {.field = field, .job = job};
    for (int r = 0; r < VH_FUSE_REFS; r++)
        call.there[r] = vh_motion_usable(job->motion, ref_distance[r]) &&
                        vh_window_at(job->window, ref_distance[r]) != NULL;
    vh_pool_run(field->config.pool, predict_slice, &call, 16);
    for (call.group = 0; call.group < VH_FUSE_GROUPS; call.group++)
        if (field->group[call.group]) {
            vh_pool_run(field->config.pool, hint_slice, &call, 8);
            run_group(&call, call.group);
        }
}
