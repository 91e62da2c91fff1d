/* One field through the fusion: hints, bands, and the strips of predictions they are made from. */
#include "fuse_field.h"

#include "core/memory.h"
#include "core/status.h"
#include "motion/compensate.h"

#include <stdlib.h>
#include <string.h>

enum {
    STRIP = 2,       /* rows of cells predicted at a time: VH_FUSE_BAND pairs of luma lines */
    LEAST_BAND = 16, /* rows of cells in a band, at least: its neighbourhood costs 8 */
    HINT_SLICES = 8,
    HINT_COLUMNS = 256, /* cells whose hints are made at a time */
};

static const int ref_distance[VH_FUSE_REFS] = {-1, 1, -2, 2};

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
    return vh_sub_size(field->config.height, 3);
}

/* Rows of values: phases of both kinds for each reference, speed, and spread. */
enum { HINT_VALUES = 2 * VH_FUSE_REFS + 2 };

static bool hints_init(struct vh_fuse_hints *hints, int width, int height)
{
    int lanes = VH_FUSE_CELL * VH_FUSE_CELL_LANES;
    hints->cells = (width + lanes - 1) / lanes * VH_FUSE_CELL_LANES;
    hints->n_rows = (height + 7) / 8;
    hints->row = vh_alloc((size_t)hints->n_rows, sizeof *hints->row);
    int16_t *p = hints->memory =
        vh_alloc((size_t)hints->n_rows * (size_t)hints->cells * HINT_VALUES, sizeof *hints->memory);
    if (!hints->row || !p)
        return false;
    for (int y = 0; y < hints->n_rows; y++) {
        for (int k = 0; k < 2 * VH_FUSE_REFS; k++, p += hints->cells)
            hints->row[y].phase[k / VH_FUSE_REFS][k % VH_FUSE_REFS] = p;
        hints->row[y].speed = p;
        hints->row[y].spread = p + hints->cells;
        p += 2 * hints->cells;
    }
    return true;
}

static int group_init(struct vh_fuse_field *field, int group)
{
    const struct vh_fuse_field_config *c = &field->config;
    int width = vh_sub_size(c->width, group_sub_x(field, group));
    int height = vh_sub_size(c->height, group_sub_y(field, group));
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
    int most = cell_rows(field) / LEAST_BAND;
    int wanted = config->n_bands < most ? config->n_bands : most;
    field->n_bands = wanted > 1 ? wanted : 1;
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

/* What the vectors of the blocks on one row of the group's cell corners say: cells + 1 values each, four of
 * which make a cell's mean. */
struct corner_row {
    int16_t phase[2 * VH_FUSE_REFS][HINT_COLUMNS + 1];      /* quarters of Q10 */
    int16_t speed[HINT_COLUMNS + 1];                        /* quarter samples, of all near neighbours */
    int16_t x[2][HINT_COLUMNS + 1], y[2][HINT_COLUMNS + 1]; /* vectors to the near neighbours */
};

/* How far from a real line of the reference a prediction is taken: 0 on it, 1 between two, by the vertical
 * vector in quarters of a luma line. Field lines of the plane repeat every 8 << sub_y of these. */
struct phases {
    int mask, parity_step;
    int16_t by_vector[64]; /* from a line of the reference's own parity; quarters of Q10 */
};

static void phases_make(struct phases *t, int sub_y)
{
    int period = 8 << sub_y, half = period / 2;
    t->mask = period - 1;
    t->parity_step = half;
    for (int i = 0; i < period; i++)
        t->by_vector[i] = (int16_t)(VH_FUSE_ONE / 4 * (half - abs(i - half)) / half);
}

/* Corners x0 … x0 + n of row y. */
static void fill_corners(struct corner_row *row, const struct field_call *call, int g, const struct phases *t,
    int y, int x0, int n)
{
    const struct vh_motion *m = call->job->motion;
    int sub_x = group_sub_x(call->field, g), by = y << group_sub_y(call->field, g);
    by = by < m->n_y ? by : m->n_y - 1;
    memset(row->speed, 0, sizeof row->speed);
    for (int r = 0; r < VH_FUSE_REFS; r++) {
        const struct vh_motion_ref *ref = &m->ref[VH_MOTION_REACH + ref_distance[r]];
        int other = m->ref_parity[VH_MOTION_REACH + ref_distance[r]] == m->parity ? t->parity_step : 0;
        for (int x = 0; x <= n; x++) {
            struct vh_mv mv = {0, 0};
            int bx = (x0 + x) << sub_x;
            if (call->there[r])
                mv = ref->mv[by * m->n_x + (bx < m->n_x ? bx : m->n_x - 1)];
            row->phase[r][x] = t->by_vector[(mv.y + other) & t->mask];
            row->phase[VH_FUSE_REFS + r][x] = t->by_vector[(mv.y + other + t->parity_step) & t->mask];
            if (r < 2) {
                row->speed[x] = (int16_t)(row->speed[x] + (abs(mv.x) + abs(mv.y)) / 2);
                row->x[r][x] = mv.x;
                row->y[r][x] = mv.y;
            }
        }
    }
}

static void fill_cells(int16_t *dst, const int16_t *up, const int16_t *down, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (int16_t)(up[x] + up[x + 1] + down[x] + down[x + 1]);
}

/* The speed is the mean over corners and over those of both near neighbours that are there. */
static void fill_speed(
    const struct field_call *call, int16_t *dst, const int16_t *up, const int16_t *down, int n)
{
    float sum[HINT_COLUMNS], near = (float)(call->there[0] + call->there[1]);
    for (int x = 0; x < n; x++)
        sum[x] = (float)(up[x] + up[x + 1] + down[x] + down[x + 1]);
    call->field->fuse.feature(dst, sum, 0.5f / (near > 0 ? near : 1), n);
}

/* The larger range of four corners' values and what was there before. */
static void widen_spread(int16_t *restrict dst, const int16_t *up, const int16_t *down, int n)
{
    for (int x = 0; x < n; x++) {
        int16_t low = up[x] < up[x + 1] ? up[x] : up[x + 1], high = up[x] < up[x + 1] ? up[x + 1] : up[x];
        int16_t low2 = down[x] < down[x + 1] ? down[x] : down[x + 1],
                high2 = down[x] < down[x + 1] ? down[x + 1] : down[x];
        int16_t range = (int16_t)((high > high2 ? high : high2) - (low < low2 ? low : low2));
        dst[x] = dst[x] > range ? dst[x] : range;
    }
}

static void fill_spread(int16_t *dst, const struct corner_row *up, const struct corner_row *down, int n)
{
    int16_t one[2][HINT_COLUMNS];
    memset(one, 0, sizeof one);
    for (int r = 0; r < 2; r++) {
        widen_spread(one[r], up->x[r], down->x[r], n);
        widen_spread(one[r], up->y[r], down->y[r], n);
    }
    for (int x = 0; x < n; x++)
        dst[x] = one[0][x] < one[1][x] ? one[0][x] : one[1][x];
}

/* Rows [y0, y1) of the hints of cells [x0, x0 + n). */
static void hint_rows(const struct field_call *call, int g, int y0, int y1, int x0, int n)
{
    const struct vh_fuse_hints *hints = &call->field->hints[g];
    struct corner_row row[2];
    struct phases phases;
    phases_make(&phases, group_sub_y(call->field, g));
    fill_corners(&row[y0 & 1], call, g, &phases, y0, x0, n);
    for (int y = y0; y < y1; y++) {
        const struct corner_row *up = &row[y & 1], *down = &row[(y + 1) & 1];
        int16_t *dst = hints->memory + (ptrdiff_t)y * hints->cells * HINT_VALUES + x0;
        fill_corners(&row[(y + 1) & 1], call, g, &phases, y + 1, x0, n);
        for (int k = 0; k < 2 * VH_FUSE_REFS; k++)
            fill_cells(dst + k * hints->cells, up->phase[k], down->phase[k], n);
        fill_speed(call, dst + 2 * VH_FUSE_REFS * hints->cells, up->speed, down->speed, n);
        fill_spread(dst + (2 * VH_FUSE_REFS + 1) * hints->cells, up, down, n);
    }
}

static void hint_slice(void *arg, int index, int n)
{
    const struct field_call *call = arg;
    for (int g = 0; g < VH_FUSE_GROUPS; g++) {
        int y0, y1;
        vh_pool_rows(call->field->hints[g].n_rows, index, n, &y0, &y1);
        for (int x = 0; y0 < y1 && x < call->field->hints[g].cells; x += HINT_COLUMNS) {
            int left = call->field->hints[g].cells - x;
            hint_rows(call, g, y0, y1, x, left < HINT_COLUMNS ? left : HINT_COLUMNS);
        }
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
            .merge_qpel = 4,
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
        int top = first[g] << sub_y >> 2, bottom = vh_sub_size(end[g] << sub_y, 2);
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

static bool is_there(const struct vh_fuse_field_job *job, int k)
{
    return vh_motion_usable(job->motion, k) && vh_window_at(job->window, k) != NULL;
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
    for (int side = 0; side < 2; side++)
        fuse->standing[side] = is_there(job, side ? 2 : -2);
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
        call.there[r] = is_there(job, ref_distance[r]) && (r < 2 || !job->motion->fast);
    for (int g = 0; g < VH_FUSE_GROUPS; g++)
        if (field->hints[g].row)
            describe_group(&call, g);
    vh_pool_run(field->config.pool, hint_slice, &call, HINT_SLICES);
    vh_pool_run(field->config.pool, band_slice, &call, field->n_bands);
}
