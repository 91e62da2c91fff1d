/* One field through the fusion: hints, bands, and the strips of predictions they are made from. */
#include "fuse_field.h"

#include "core/memory.h"
#include "core/status.h"
#include "motion/compensate.h"

#include <math.h>
#include <stdlib.h>

enum {
    STRIP = 2,       /* rows of cells predicted at a time: VH_FUSE_BAND pairs of luma lines */
    LEAST_BAND = 16, /* rows of cells in a band, at least: its neighbourhood costs 8 */
    HINT_SLICES = 8,
};

static const int ref_distance[VH_FUSE_REFS] = {-1, 1, -2, 2};

static int ceil_shift(int v, int shift)
{
    return (v + (1 << shift) - 1) >> shift;
}

static int group_sub_x(const struct vh_fuse_field *field, int group)
{
    return group == VH_FUSE_CHROMA ? field->config.sub_x : 0;
}

static int group_sub_y(const struct vh_fuse_field *field, int group)
{
    return group == VH_FUSE_CHROMA ? field->config.sub_y : 0;
}

static int cell_rows(const struct vh_fuse_field *field)
{
    return ceil_shift(field->config.height, 3);
}

/* Rows of values: phases of both kinds for each reference, and speed. */
enum { HINT_VALUES = 2 * VH_FUSE_REFS + 1 };

static bool hints_init(struct vh_fuse_hints *hints, int width, int height)
{
    int lanes = VH_FUSE_CELL * VH_FUSE_CELL_LANES;
    hints->cells = (width + lanes - 1) / lanes * VH_FUSE_CELL_LANES;
    hints->n_rows = (height + 7) / 8;
    hints->row = vh_alloc((size_t)hints->n_rows, sizeof *hints->row);
    float *p = hints->memory =
        vh_alloc((size_t)hints->n_rows * (size_t)hints->cells * HINT_VALUES, sizeof *hints->memory);
    if (!hints->row || !p)
        return false;
    for (int y = 0; y < hints->n_rows; y++) {
        for (int k = 0; k < 2 * VH_FUSE_REFS; k++, p += hints->cells)
            hints->row[y].phase[k / VH_FUSE_REFS][k % VH_FUSE_REFS] = p;
        hints->row[y].speed = p;
        p += hints->cells;
    }
    return true;
}

static int group_init(struct vh_fuse_field *field, int group)
{
    const struct vh_fuse_field_config *c = &field->config;
    int width = ceil_shift(c->width, group_sub_x(field, group));
    int height = ceil_shift(c->height, group_sub_y(field, group));
    int status = hints_init(&field->hints[group], width, height) ? VH_OK : VH_ERR_RESOURCE;
    for (int b = 0; status == VH_OK && b < field->n_bands; b++)
        status = vh_fuse_create(
            &field->band[b][group], width, height, group == VH_FUSE_CHROMA ? 2 : 1, c->cpu_flags);
    return status;
}

int vh_fuse_field_init(struct vh_fuse_field *field, const struct vh_fuse_field_config *config)
{
    *field = (struct vh_fuse_field){.config = *config};
    vh_dsp_obmc_init(&field->obmc, config->cpu_flags);
    vh_dsp_fuse_init(&field->fuse, config->cpu_flags);
    int threads = vh_pool_threads(config->pool), most = cell_rows(field) / LEAST_BAND;
    field->n_bands = threads < most ? threads : most > 1 ? most : 1;
    field->band = vh_alloc((size_t)field->n_bands, sizeof *field->band);
    if (!field->band)
        return VH_ERR_RESOURCE;
    int status = group_init(field, VH_FUSE_LUMA);
    if (status == VH_OK && config->n_planes == 3)
        status = group_init(field, VH_FUSE_CHROMA);
    return status;
}

void vh_fuse_field_uninit(struct vh_fuse_field *field)
{
    for (int g = 0; g < VH_FUSE_GROUPS; g++) {
        for (int b = 0; field->band && b < field->n_bands; b++)
            vh_fuse_destroy(&field->band[b][g]);
        vh_freep(&field->hints[g].row);
        vh_freep(&field->hints[g].memory);
    }
    vh_freep(&field->band);
}

struct field_call {
    struct vh_fuse_field *field;
    const struct vh_fuse_field_job *job;
    bool there[VH_FUSE_REFS];
    struct vh_fuse_job fuse[VH_FUSE_GROUPS];
};

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

/* The blocks at the corners of a cell of the group. */
static void corners(const struct vh_motion *m, int x, int y, int sub_x, int sub_y, int block[4])
{
    int bx[2] = {x << sub_x, (x + 1) << sub_x}, by[2] = {y << sub_y, (y + 1) << sub_y};
    for (int k = 0; k < 4; k++) {
        int cx = bx[k & 1] < m->n_x ? bx[k & 1] : m->n_x - 1;
        int cy = by[k >> 1] < m->n_y ? by[k >> 1] : m->n_y - 1;
        block[k] = cy * m->n_x + cx;
    }
}

/* Means over the four blocks at the corners of a cell. */
static void fill_hint(
    const struct field_call *call, const struct phases *phases, const int block[4], float value[HINT_VALUES])
{
    const struct vh_motion *m = call->job->motion;
    float *speed = &value[2 * VH_FUSE_REFS], near = 0;
    for (int r = 0; r < VH_FUSE_REFS; r++) {
        const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + ref_distance[r]];
        int same = m->ref_parity[VH_MOTION_REACH + ref_distance[r]] == m->parity ? 0 : phases->parity_step;
        for (int k = 0; call->there[r] && k < 4; k++) {
            struct vh_mv mv = ref->mv[block[k]];
            value[VH_FUSE_REFS + r] += 0.25f * phases->by_vector[(mv.y + same) & phases->mask];
            value[r] += 0.25f * phases->by_vector[(mv.y + same + phases->parity_step) & phases->mask];
            if (r < 2)
                *speed += 0.25f * (float)(abs(mv.x) + abs(mv.y));
        }
        near += r < 2 && call->there[r];
    }
    *speed /= near > 0 ? near : 1;
}

static void hint_rows(const struct field_call *call, int g, int y0, int y1)
{
    const struct vh_fuse_hints *hints = &call->field->hints[g];
    int sub_x = group_sub_x(call->field, g), sub_y = group_sub_y(call->field, g);
    struct phases phases;
    phases_make(&phases, sub_y);
    for (int y = y0; y < y1; y++) {
        float *row = hints->memory + (ptrdiff_t)y * hints->cells * HINT_VALUES;
        for (int x = 0; x < hints->cells; x++) {
            float value[HINT_VALUES] = {0};
            int block[4];
            corners(call->job->motion, x, y, sub_x, sub_y, block);
            fill_hint(call, &phases, block, value);
            for (int k = 0; k < HINT_VALUES; k++)
                row[k * hints->cells + x] = value[k];
        }
        float *speed = row + 2 * VH_FUSE_REFS * hints->cells;
        call->field->fuse.feature(speed, speed, 1, hints->cells);
    }
}

static void hint_slice(void *arg, int index, int n)
{
    const struct field_call *call = arg;
    for (int g = 0; g < VH_FUSE_GROUPS; g++) {
        int y0, y1;
        vh_pool_rows(call->field->hints[g].n_rows, index, n, &y0, &y1);
        hint_rows(call, g, y0, y1);
    }
}

/* The predictions of cell rows [row, row + STRIP) of the groups that want them. */
static void predict_strip(
    const struct field_call *call, struct vh_fuse *const band[VH_FUSE_GROUPS], const bool *wanted, int row)
{
    const struct vh_fuse_field *field = call->field;
    float sigma = call->job->sigma_8bit[VH_FUSE_LUMA];
    int end = row + STRIP < call->job->motion->cells_y ? row + STRIP : call->job->motion->cells_y;
    for (int r = 0; r < VH_FUSE_REFS; r++) {
        if (!call->there[r])
            continue;
        struct vh_compensate c = {.motion = call->job->motion,
            .ref = ref_distance[r],
            .image = vh_window_at(call->job->window, ref_distance[r]),
            .floor_8bit2 = 1 + sigma * sigma,
            .merge_qpel = 1,
            .shift = 2,
            .dsp = &field->obmc,
            .row_origin = row,
            .out = {.n_planes = field->config.n_planes,
                .sub_x = field->config.sub_x,
                .sub_y = field->config.sub_y}};
        if (wanted[VH_FUSE_LUMA])
            c.out.plane[0] = vh_fuse_prediction(band[VH_FUSE_LUMA], 0, r, 4 * row);
        for (int p = 1; wanted[VH_FUSE_CHROMA] && p < field->config.n_planes; p++)
            c.out.plane[p] =
                vh_fuse_prediction(band[VH_FUSE_CHROMA], p - 1, r, 4 * row >> field->config.sub_y);
        vh_motion_compensate(&c, row, end);
    }
}

/* Rows of cells of a band: bounds are regions of both groups. */
static void band_rows(const struct vh_fuse_field *field, int index, int n, int *row0, int *row1)
{
    int step = STRIP << field->config.sub_y, rows = cell_rows(field);
    vh_pool_rows((rows + step - 1) / step, index, n, row0, row1);
    *row0 *= step;
    *row1 *= step;
}

static void band_slice(void *arg, int index, int n)
{
    struct field_call *call = arg;
    struct vh_fuse_field *field = call->field;
    struct vh_fuse *const *band = field->band[index];
    int row0, row1, first[VH_FUSE_GROUPS], end[VH_FUSE_GROUPS], start = cell_rows(field), stop = 0;
    int groups = field->config.n_planes == 3 ? 2 : 1;
    band_rows(field, index, n, &row0, &row1);
    for (int g = 0; g < groups; g++) {
        int sub_y = group_sub_y(field, g);
        vh_fuse_begin(band[g], &call->fuse[g], 4 * row0 >> sub_y, 4 * row1 >> sub_y);
        vh_fuse_range(band[g], &first[g], &end[g]);
        int top = first[g] << sub_y >> 2, bottom = ceil_shift(end[g] << sub_y, 2);
        start = top < start ? top : start;
        stop = bottom > stop ? bottom : stop;
    }
    for (int row = start; row < stop; row += STRIP) {
        bool wanted[VH_FUSE_GROUPS] = {false};
        for (int g = 0; g < groups; g++) {
            int at = 4 * row >> group_sub_y(field, g);
            wanted[g] = at >= first[g] && at < end[g];
        }
        predict_strip(call, band, wanted, row);
        for (int g = 0; g < groups; g++) {
            int at = 4 * (row + STRIP) >> group_sub_y(field, g);
            if (wanted[g])
                vh_fuse_advance(band[g], at < end[g] ? at : end[g]);
        }
    }
}

static void describe_group(struct field_call *call, int group)
{
    const struct vh_fuse_field_job *job = call->job;
    int first = group == VH_FUSE_LUMA ? 0 : 1, n = group == VH_FUSE_LUMA ? 1 : 2;
    struct vh_fuse_job *fuse = &call->fuse[group];
    *fuse = (struct vh_fuse_job){.parity = job->motion->parity,
        .hint = call->field->hints[group].row,
        .sigma_8bit = job->sigma_8bit[group],
        .lossless = job->lossless,
        .gates = job->gates[group],
        .observe = job->observe,
        .observe_arg = job->observe_arg[group]};
    for (int r = 0; r < VH_FUSE_REFS; r++)
        fuse->ref[r] = call->there[r];
    for (int p = 0; p < n; p++) {
        fuse->out[p] = job->out.plane[first + p];
        for (int k = 0; k < VH_FUSE_FIELDS; k++) {
            const struct vh_image_const *image = vh_window_at(job->window, k - 2);
            if (image)
                fuse->field[p][k] = image->plane[first + p];
        }
    }
}

void vh_fuse_field_run(struct vh_fuse_field *field, const struct vh_fuse_field_job *job)
{
    struct field_call call = {.field = field, .job = job};
    for (int r = 0; r < VH_FUSE_REFS; r++)
        call.there[r] = vh_motion_usable(job->motion, ref_distance[r]) &&
                        vh_window_at(job->window, ref_distance[r]) != NULL;
    for (int g = 0; g < VH_FUSE_GROUPS; g++)
        if (field->hints[g].row)
            describe_group(&call, g);
    vh_pool_run(field->config.pool, hint_slice, &call, HINT_SLICES);
    vh_pool_run(field->config.pool, band_slice, &call, field->n_bands);
}
