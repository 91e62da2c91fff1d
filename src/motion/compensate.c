/* Error-weighted overlapped compensation, cell by cell. What a cell needs is gathered here; the arithmetic is
 * in dsp/obmc.h.
 *
 * Geometry is in sixteenths of a line or sample of the plane at hand: luma quarter samples are 4 of them, and
 * each step of subsampling halves that. Line y of the frame raster, displaced, lies at (y - parity) / 2 of
 * the neighbour's field.
 */
#include "motion/compensate.h"

#include "dsp/obmc.h"
#include "frame/patch.h"

#include <string.h>

enum {
    REACH_X = VH_PATCH_WIDTH, /* samples of a gathered row: -1 … +10 are needed */
    SINGLES = 64,
    WAITING = 16,
    SCRATCH = VH_OBMC_MAX_ROWS * REACH_X, /* samples of a gathered patch */
};

struct fine_vector {
    int x, y; /* sixteenths of a luma sample and of a frame line */
};

/* A cell's distinct vectors. */
struct choice {
    int n;
    struct vh_mv mv[VH_OBMC_CANDIDATES];         /* the first of each */
    struct fine_vector fine[VH_OBMC_CANDIDATES]; /* the mean of those taken as one */
    int corners[VH_OBMC_CANDIDATES]; /* bit per corner: upper left, upper right, lower left, lower right */
};

/* One plane (or the two chroma planes together) under a job. */
struct raster {
    const struct vh_plane_const *plane,
        *plane2; /* plane2: the second chroma plane where both go in one cell */
    struct vh_plane out, out2;
    int sub_x, sub_y;
    int rows, columns; /* of a cell */
    bool direct;       /* inner cells may be written in place */
    bool together;     /* inner patches may be read in place: plane2 has the stride of plane */
    struct vh_obmc_cell cell;
    /* Cells of the row at hand with one candidate that lies inside the picture wait for each other. */
    int y0, n_singles;    /* y0: first line of the row */
    uint16_t *row, *row2; /* where it is written; NULL when that is not in place */
    struct vh_obmc_single single[SINGLES];
    /* Patches at the border, gathered with repeated edge samples. */
    uint16_t patch[VH_OBMC_CANDIDATES][2][SCRATCH];
};

/* A job and what its cells share. */
struct task {
    const struct vh_compensate *job;
    const struct vh_mv *mv;
    int parity; /* of the neighbour's lines */
    int n_rasters;
    struct raster raster[VH_MAX_PLANES];
    int16_t weight[VH_OBMC_CANDIDATES][4][8];
    struct vh_obmc_match match[VH_OBMC_CANDIDATES];
};

static inline bool same(struct vh_mv a, struct vh_mv b, int merge)
{
    unsigned range = 2u * (unsigned)merge;
    return ((unsigned)(a.x - b.x + merge) <= range) & ((unsigned)(a.y - b.y + merge) <= range);
}

/* sum / n for n = 1 … 4, rounded to the nearest. */
static inline int mean_of(int sum, int n)
{
    static const int factor[5] = {0, 12, 6, 4, 3}; /* twelfths */
    return (sum * factor[n] + 6 + (1200 << 18)) / 12 - (100 << 18);
}

/* Each corner joins the first candidate near it or becomes one. Which it is follows the picture and cannot be
 * foretold, so there is no branch on it. */
static inline void choose(
    struct choice *choice, const struct vh_mv *upper, const struct vh_mv *lower, int merge)
{
    const struct vh_mv c[4] = {upper[0], upper[1], lower[0], lower[1]};
    int k1 = !same(c[0], c[1], merge), n = 1 + k1;
    int k2 = k1 & same(c[1], c[2], merge) ? 1 : n;
    k2 = same(c[0], c[2], merge) ? 0 : k2;
    int own2 = k2 == n;
    n += own2;
    int k3 = own2 & same(c[2], c[3], merge) ? k2 : n;
    k3 = k1 & same(c[1], c[3], merge) ? 1 : k3;
    k3 = same(c[0], c[3], merge) ? 0 : k3;
    choice->n = n + (k3 == n);
    const int k[4] = {0, k1, k2, k3};
    int count[4] = {0}, x[4] = {0}, y[4] = {0};
    memset(choice->corners, 0, sizeof choice->corners);
    for (int i = 3; i >= 0; i--) {
        choice->mv[k[i]] = c[i]; /* the first stays */
        choice->corners[k[i]] |= 1 << i;
        count[k[i]]++;
        x[k[i]] += 4 * c[i].x;
        y[k[i]] += 4 * c[i].y;
    }
    for (int i = 0; i < VH_OBMC_CANDIDATES; i++)
        choice->fine[i] = (struct fine_vector){mean_of(x[i], count[i]), mean_of(y[i], count[i])};
}

/* Cells whose four vectors are all near the first, which most are: one candidate, their mean. */
static inline bool choose_one(
    struct choice *choice, const struct vh_mv *upper, const struct vh_mv *lower, int merge)
{
    struct vh_mv first = upper[0];
    if (!(same(first, upper[1], merge) & same(first, lower[0], merge) & same(first, lower[1], merge)))
        return false;
    choice->n = 1;
    choice->mv[0] = first;
    choice->fine[0] = (struct fine_vector){
        first.x + upper[1].x + lower[0].x + lower[1].x, first.y + upper[1].y + lower[0].y + lower[1].y};
    choice->corners[0] = 15;
    return true;
}

/* Where the candidates' S samples are: half-sample planes around the place, as in the search. */
static void measure(struct task *task, const struct choice *choice, int cx, int cy)
{
    const struct vh_compensate *job = task->job;
    const struct vh_search_plane *cur = &job->motion->search[VH_MOTION_REACH];
    const struct vh_search_plane *ref = &job->motion->search[VH_MOTION_REACH + job->ref];
    ptrdiff_t at = (ptrdiff_t)cy * 4 * cur->stride + (ptrdiff_t)cx * 8;
    for (int k = 0; k < choice->n; k++) {
        int x = (choice->fine[k].x + 2) >> 2, y = (choice->fine[k].y + 2) >> 3; /* quarter samples of S */
        int hx = x >> 1, hy = y >> 1;
        const uint8_t *b = ref->half[(hx & 1) + 2 * (hy & 1)] + at + (hy >> 1) * ref->stride + (hx >> 1);
        hx += x & 1;
        hy += y & 1;
        const uint8_t *c = ref->half[(hx & 1) + 2 * (hy & 1)] + at + (hy >> 1) * ref->stride + (hx >> 1);
        for (int r = 5; r < 9; r++) {
            __builtin_prefetch(b + r * ref->stride);
            __builtin_prefetch(c + r * ref->stride);
        }
        job->dsp->match(&task->match[k], cur->data + at, cur->stride, b, c, ref->stride);
    }
}

/* Rows a candidate needs: returns the first, fills the rest of `source`. `y16`: displacement, sixteenths of a
 * line. */
static inline int locate_rows(
    struct vh_obmc_source *source, const struct raster *raster, const struct task *task, int y0, int y16)
{
    if (task->job->whole) {
        source->row[0] = 0;
        source->row[1] = 1;
        source->phase_y[0] = source->phase_y[1] = y16 & 15;
        source->n_rows = raster->rows + 3;
        return y0 + (y16 >> 4) - 1;
    }
    int pos = 16 * (y0 - task->parity) + y16; /* sixteenths of a frame line; two lines are one field line */
    int upper = pos >> 5, lower = (pos + 16) >> 5;
    source->phase_y[0] = pos >> 1 & 15;
    source->phase_y[1] = (pos + 16) >> 1 & 15;
    source->row[0] = 0;
    source->row[1] = lower - upper;
    source->n_rows = lower - upper + raster->rows / 2 + 3;
    return upper - 1;
}

static inline void locate(
    struct task *task, struct raster *raster, int k, struct fine_vector fine, int x0, int y0)
{
    struct vh_obmc_source *source = &raster->cell.source[k];
    int x16 = fine.x >> raster->sub_x, x = x0 + (x16 >> 4);
    source->phase_x = x16 & 15;
    int first = locate_rows(source, raster, task, y0, fine.y >> raster->sub_y);
    const struct vh_plane_const *p = raster->plane, *p2 = raster->plane2;
    if (raster->together && first >= 0 && first + source->n_rows <= p->height && x >= 1 &&
        x + 11 <= p->width) {
        ptrdiff_t offset = first * p->stride + x;
        source->src = p->data + offset;
        source->src2 = p2 ? p2->data + offset : NULL;
        source->stride = p->stride;
        for (int r = 0; r < raster->rows / 2; r++)
            __builtin_prefetch(source->src + (source->n_rows + r) * p->stride);
        for (int r = 0; r < raster->rows / 2 && p2; r++)
            __builtin_prefetch(source->src2 + (source->n_rows + r) * p->stride);
    } else {
        vh_patch_take(raster->patch[k][0], p, x - 1, first, source->n_rows);
        source->src = raster->patch[k][0] + 1;
        if (p2)
            vh_patch_take(raster->patch[k][1], p2, x - 1, first, source->n_rows);
        source->src2 = p2 ? raster->patch[k][1] + 1 : NULL;
        source->stride = REACH_X;
    }
}

/* A cell where the raster ends, or whose shape is not the kernel's: through a buffer. */
static void write_part(const struct task *task, struct raster *raster, int x0, int y0, int line)
{
    uint16_t whole[2][8 * 8];
    struct vh_obmc_cell *cell = &raster->cell;
    int width = raster->out.width - x0, height = raster->out.height - y0;
    cell->dst = whole[0];
    cell->dst2 = raster->plane2 ? whole[1] : NULL;
    cell->dst_stride = 8;
    task->job->dsp->cell(cell);
    if (width <= 0)
        return;
    size_t bytes = (size_t)(width < raster->columns ? width : raster->columns) * sizeof(uint16_t);
    for (int r = 0; r < raster->rows && r < height; r++) {
        if (!(cell->sets >> (r & 1) & 1))
            continue;
        memcpy(raster->out.data + (line + r) * raster->out.stride + x0, whole[0] + r * 8, bytes);
        if (raster->plane2)
            memcpy(raster->out2.data + (line + r) * raster->out2.stride + x0, whole[1] + r * 8, bytes);
    }
}

static void predict_raster(
    struct task *task, struct raster *raster, const struct choice *choice, int cx, int cy)
{
    struct vh_obmc_cell *cell = &raster->cell;
    int x0 = cx * raster->columns, y0 = cy * raster->rows, line = (cy - task->job->row_origin) * raster->rows;
    cell->n = choice->n;
    for (int k = 0; k < choice->n; k++)
        locate(task, raster, k, choice->fine[k], x0, y0);
    if (!raster->direct || x0 + raster->columns > raster->out.width ||
        y0 + raster->rows > raster->out.height) {
        write_part(task, raster, x0, y0, line);
        return;
    }
    ptrdiff_t at = line * raster->out.stride + x0;
    cell->dst = raster->out.data + at;
    cell->dst2 = raster->plane2 ? raster->out2.data + at : NULL;
    cell->dst_stride = raster->out.stride;
    task->job->dsp->cell(cell);
}

static void begin_row(const struct task *task, struct raster *raster, int cy)
{
    ptrdiff_t line = (cy - task->job->row_origin) * raster->rows;
    raster->y0 = cy * raster->rows;
    bool in_place = raster->direct && raster->together && !task->job->whole &&
                    raster->y0 + raster->rows <= raster->out.height;
    raster->row = in_place ? raster->out.data + line * raster->out.stride : NULL;
    raster->row2 = in_place ? raster->out2.data + line * raster->out2.stride : NULL;
    raster->n_singles = 0;
}

static void end_singles(const struct task *task, struct raster *raster)
{
    raster->cell.dst2 = raster->plane2 ? raster->row2 : NULL;
    raster->cell.source[0].stride = raster->plane->stride;
    raster->cell.dst_stride = raster->out.stride;
    if (raster->n_singles)
        task->job->dsp->singles(&raster->cell, raster->single, raster->n_singles);
    raster->n_singles = 0;
}

/* Takes cell cx of the row when its one candidate lies inside the picture. */
static inline bool take_single(
    const struct task *task, struct raster *raster, struct fine_vector fine, int cx)
{
    const struct vh_plane_const *p = raster->plane;
    int x0 = cx * raster->columns, x16 = fine.x >> raster->sub_x, x = x0 + (x16 >> 4);
    int pos = 16 * (raster->y0 - task->parity) + (fine.y >> raster->sub_y), upper = pos >> 5,
        row1 = ((pos + 16) >> 5) - upper, n_rows = raster->rows / 2 + 3 + row1;
    if (!raster->row || x0 + raster->columns > raster->out.width || upper < 1 ||
        upper - 1 + n_rows > p->height || x < 1 || x + 11 > p->width)
        return false;
    ptrdiff_t at = (upper - 1) * p->stride + x;
    struct vh_obmc_single *s = &raster->single[raster->n_singles++];
    *s = (struct vh_obmc_single){.src = p->data + at,
        .dst = raster->row + x0,
        .phase_x = x16 & 15,
        .phase_y = {pos >> 1 & 15, (pos + 16) >> 1 & 15},
        .row1 = (uint8_t)row1};
    if (raster->plane2) {
        s->src2 = raster->plane2->data + at;
        s->dst2 = raster->row2 + x0;
    }
    for (int r = 0; r < raster->rows / 2; r++) {
        __builtin_prefetch(s->src + (n_rows + r) * p->stride);
        if (s->src2)
            __builtin_prefetch(s->src2 + (n_rows + r) * p->stride);
    }
    if (raster->n_singles == SINGLES)
        end_singles(task, raster);
    return true;
}

/* Maps of a cell where S ends. */
static void write_maps_part(
    const struct task *task, const struct choice *choice, const int *phase, int cx, int cy)
{
    const struct vh_compensate *job = task->job;
    uint16_t error[4 * 8];
    uint8_t s[4 * 8];
    struct vh_obmc_maps maps = {error, 8, s, 8};
    job->dsp->maps(&maps, (const int16_t(*)[4][8])task->weight, task->match, phase, choice->n);
    const struct vh_search_plane *plane = &job->motion->search[VH_MOTION_REACH];
    int width = plane->width - cx * 8, height = plane->height - cy * 4;
    ptrdiff_t row = (ptrdiff_t)(cy - job->row_origin) * 4;
    size_t n = (size_t)(width < 8 ? width : 8);
    for (int y = 0; y < 4 && y < height; y++) {
        if (job->error)
            memcpy(job->error + (row + y) * job->error_stride + cx * 8, error + y * 8, n * sizeof *error);
        if (job->phase)
            memcpy(job->phase + (row + y) * job->phase_stride + cx * 8, s + y * 8, n);
    }
}

static void write_maps(const struct task *task, const struct choice *choice, int cx, int cy)
{
    const struct vh_compensate *job = task->job;
    int phase[VH_OBMC_CANDIDATES];
    for (int k = 0; k < choice->n; k++) {
        int p = ((choice->fine[k].y >> 1) - 8 * task->parity) & 15;
        p = p < 8 ? p : 16 - p;
        phase[k] = job->whole ? 0 : (p * 255 + 4) / 8;
    }
    const struct vh_search_plane *plane = &job->motion->search[VH_MOTION_REACH];
    if (!job->error || !job->phase || cx * 8 + 8 > plane->width || cy * 4 + 4 > plane->height) {
        write_maps_part(task, choice, phase, cx, cy);
        return;
    }
    ptrdiff_t row = (ptrdiff_t)(cy - job->row_origin) * 4;
    struct vh_obmc_maps maps = {job->error + row * job->error_stride + cx * 8, job->error_stride,
        job->phase + row * job->phase_stride + cx * 8, job->phase_stride};
    job->dsp->maps(&maps, (const int16_t(*)[4][8])task->weight, task->match, phase, choice->n);
}

static void add_raster(struct task *task, int plane, bool pair)
{
    const struct vh_compensate *job = task->job;
    struct raster *raster = &task->raster[task->n_rasters++];
    raster->plane = &job->image->plane[plane];
    raster->plane2 = pair ? raster->plane + 1 : NULL;
    raster->out = job->out.plane[plane];
    raster->out2 = pair ? job->out.plane[plane + 1] : raster->out;
    raster->sub_x = plane ? job->image->sub_x : 0;
    raster->sub_y = plane ? job->image->sub_y : 0;
    raster->rows = VH_MOTION_CELL >> raster->sub_y;
    raster->columns = VH_MOTION_CELL >> raster->sub_x;
    raster->direct = raster->columns == (pair ? 4 : 8) && raster->out.stride == raster->out2.stride;
    raster->together = !pair || raster->plane->stride == raster->plane2->stride;
    bool all = job->lines == VH_COMPENSATE_ALL || job->motion->parity == 2;
    raster->cell.rows = raster->rows;
    raster->cell.shift = job->shift;
    raster->cell.sets = all ? 3 : 1 << job->motion->parity;
    raster->cell.advance = job->whole ? 2 : 1;
    raster->cell.weight = (const int16_t(*)[4][8])task->weight;
}

static void begin(struct task *task, const struct vh_compensate *job)
{
    task->job = job;
    task->mv = job->motion->ref[VH_MOTION_REACH + job->ref].mv;
    task->parity = job->motion->ref_parity[VH_MOTION_REACH + job->ref] == 1;
    task->n_rasters = 0;
    if (job->out.plane[0].data)
        add_raster(task, 0, false);
    if (job->image->n_planes < 3 || job->out.n_planes < 3 || !job->out.plane[1].data)
        return;
    add_raster(task, 1, job->image->sub_x > 0);
    if (!job->image->sub_x)
        add_raster(task, 2, false);
}

/* True when the four vectors of cell cx are all `mv`. */
static inline bool continues(const struct task *task, struct vh_mv mv, int cx, int cy)
{
    int n_x = task->job->motion->n_x;
    const struct vh_mv *upper = task->mv + cy * n_x + cx, *lower = upper + n_x;
    return same(mv, upper[0], 0) && same(mv, upper[1], 0) && same(mv, lower[0], 0) && same(mv, lower[1], 0);
}

/* Cells [c0, c1) of a row, all with the one vector of `choice`: those whose samples lie inside the picture in
 * one go, the others one by one. */
static void predict_run(
    struct task *task, struct raster *raster, const struct choice *choice, int c0, int c1, int cy)
{
    struct vh_obmc_cell *cell = &raster->cell;
    struct vh_obmc_source *source = &cell->source[0];
    int y0 = cy * raster->rows, x16 = choice->fine[0].x >> raster->sub_x, shift = x16 >> 4,
        w = raster->columns;
    int first = locate_rows(source, raster, task, y0, choice->fine[0].y >> raster->sub_y);
    int in0 = c0, in1 = c1, width = raster->plane->width;
    while (in0 < c1 && in0 * w + shift < 1)
        predict_raster(task, raster, choice, in0++, cy);
    while (in1 > in0 && (in1 * w + shift + 3 > width || in1 * w > raster->out.width))
        in1--;
    int n = (in1 - in0) * w, x0 = in0 * w;
    first = locate_rows(source, raster, task, y0, choice->fine[0].y >> raster->sub_y);
    if (n < VH_OBMC_RUN || task->job->whole || first < 0 || first + source->n_rows > raster->plane->height ||
        y0 + raster->rows > raster->out.height)
        in1 = in0;
    for (int k = 0; in1 > in0 && k < (raster->plane2 ? 2 : 1); k++) {
        const struct vh_plane_const *p = k ? raster->plane2 : raster->plane;
        const struct vh_plane *out = k ? &raster->out2 : &raster->out;
        source->phase_x = x16 & 15;
        source->src = p->data + first * p->stride + x0 + shift;
        source->stride = p->stride;
        cell->dst = out->data + (ptrdiff_t)(cy - task->job->row_origin) * raster->rows * out->stride + x0;
        cell->dst_stride = out->stride;
        task->job->dsp->run(cell, n);
    }
    for (int cx = in1; cx < c1; cx++)
        predict_raster(task, raster, choice, cx, cy);
}

/* Cells of a row with as many candidates each. */
struct waiting {
    int n;
    int cx[WAITING];
    struct choice choice[WAITING];
};

static void end_waiting(struct task *task, struct waiting *waiting, int cy)
{
    const struct vh_compensate *job = task->job;
    bool maps = job->error || job->phase;
    for (int i = 0; i < waiting->n; i++) {
        const struct choice *choice = &waiting->choice[i];
        measure(task, choice, waiting->cx[i], cy);
        if (choice->n > 1)
            job->dsp->weights(task->weight, task->match, choice->corners, choice->n, 15 * job->floor_8bit2);
        if (maps)
            write_maps(task, choice, waiting->cx[i], cy);
        for (int k = 0; k < task->n_rasters; k++)
            predict_raster(task, &task->raster[k], choice, waiting->cx[i], cy);
    }
    waiting->n = 0;
}

/* Cells with one candidate from cx on that have the same vector: predicted together. Returns the cell behind
 * them. */
static int predict_same(struct task *task, const struct choice *choice, int cx, int cy)
{
    int end = cx + 1;
    if (continues(task, choice->mv[0], cx, cy))
        while (end < task->job->motion->cells_x && continues(task, choice->mv[0], end, cy))
            end++;
    for (int i = 0; i < task->n_rasters; i++)
        if (end > cx + 1)
            predict_run(task, &task->raster[i], choice, cx, end, cy);
        else if (!take_single(task, &task->raster[i], choice->fine[0], cx))
            predict_raster(task, &task->raster[i], choice, cx, cy);
    return end;
}

/* Cells wait for others with as many candidates, so that what is done for each depends on their number, which
 * changes from cell to cell, as rarely as can be. */
static void compensate_row(struct task *task, struct waiting *waiting, int cy)
{
    const struct vh_compensate *job = task->job;
    const struct vh_mv *mv = task->mv + cy * job->motion->n_x;
    bool maps = job->error || job->phase;
    for (int i = 0; i < task->n_rasters; i++)
        begin_row(task, &task->raster[i], cy);
    int end = job->to_cell > 0 ? job->to_cell : job->motion->cells_x;
    for (int cx = job->from_cell; cx < end;) {
        struct choice choice;
        bool one = choose_one(&choice, mv + cx, mv + cx + job->motion->n_x, job->merge_qpel);
        if (one && !maps) {
            cx = predict_same(task, &choice, cx, cy);
            continue;
        }
        if (!one)
            choose(&choice, mv + cx, mv + cx + job->motion->n_x, job->merge_qpel);
        struct waiting *w = &waiting[choice.n - 1];
        w->choice[w->n] = choice;
        w->cx[w->n++] = cx++;
        if (w->n == WAITING)
            end_waiting(task, w, cy);
    }
    for (int i = 0; i < VH_OBMC_CANDIDATES; i++)
        end_waiting(task, &waiting[i], cy);
    for (int i = 0; i < task->n_rasters; i++)
        end_singles(task, &task->raster[i]);
}

void vh_motion_compensate(const struct vh_compensate *job, int row0, int row1)
{
    struct task task;
    struct waiting waiting[VH_OBMC_CANDIDATES];
    begin(&task, job);
    for (int i = 0; i < VH_OBMC_CANDIDATES; i++)
        waiting[i].n = 0;
    for (int cy = row0; cy < row1; cy++)
        compensate_row(&task, waiting, cy);
}
