/* Error-weighted overlapped compensation, cell by cell. What a cell needs is gathered here; the arithmetic is
 * in dsp/obmc.h.
 *
 * Geometry is in sixteenths of a line or sample of the plane at hand: luma quarter samples are 4 of them, and
 * each step of subsampling halves that. Line y of the frame raster, displaced, lies at (y - parity) / 2 of
 * the neighbour's field.
 */
#include "motion/compensate.h"

#include "dsp/obmc.h"

#include <string.h>

enum {
    REACH_X = 16,                         /* samples of a gathered row: -1 … +10 are needed */
    SCRATCH = VH_OBMC_MAX_ROWS * REACH_X, /* samples of a gathered patch */
};

/* A cell's distinct vectors. */
struct choice {
    int n;
    struct vh_mv mv[VH_OBMC_CANDIDATES];
    int corners[VH_OBMC_CANDIDATES]; /* bit per corner: upper left, upper right, lower left, lower right */
};

/* Patches at the border, gathered with repeated edge samples. */
struct patches {
    uint16_t sample[VH_OBMC_CANDIDATES][2][SCRATCH];
};

static void choose(
    struct choice *choice, const struct vh_motion *motion, const struct vh_mv *mv, int cx, int cy)
{
    const struct vh_mv *upper = mv + cy * motion->n_x + cx, *lower = upper + motion->n_x;
    const struct vh_mv corner[4] = {upper[0], upper[1], lower[0], lower[1]};
    choice->n = 0;
    for (int i = 0; i < 4; i++) {
        int k = 0;
        while (k < choice->n && (choice->mv[k].x != corner[i].x || choice->mv[k].y != corner[i].y))
            k++;
        if (k == choice->n) {
            choice->mv[choice->n++] = corner[i];
            choice->corners[k] = 0;
        }
        choice->corners[k] |= 1 << i;
    }
}

/* Where the candidates' S samples are: half-sample planes around the place, as in the search. */
static void measure(
    const struct vh_compensate *job, const struct choice *choice, int cx, int cy, struct vh_obmc_match *match)
{
    const struct vh_search_plane *cur = &job->motion->search[VH_MOTION_REACH];
    const struct vh_search_plane *ref = &job->motion->search[VH_MOTION_REACH + job->ref];
    ptrdiff_t at = (ptrdiff_t)cy * 4 * cur->stride + (ptrdiff_t)cx * 8;
    for (int k = 0; k < choice->n; k++) {
        int x = choice->mv[k].x, y = choice->mv[k].y >> 1; /* quarter samples of S */
        int hx = x >> 1, hy = y >> 1;
        const uint8_t *b = ref->half[(hx & 1) + 2 * (hy & 1)] + at + (hy >> 1) * ref->stride + (hx >> 1);
        hx += x & 1;
        hy += y & 1;
        const uint8_t *c = ref->half[(hx & 1) + 2 * (hy & 1)] + at + (hy >> 1) * ref->stride + (hx >> 1);
        job->dsp->match(&match[k], cur->data + at, cur->stride, b, c, ref->stride);
    }
}

/* Copies rows y0 … y0 + n - 1, samples x0 - 1 … x0 + 14, with edge samples repeated. */
static const uint16_t *gather(uint16_t *patch, const struct vh_plane_const *plane, int x0, int y0, int n)
{
    for (int r = 0; r < n; r++) {
        int y = y0 + r;
        y = y < 0 ? 0 : y < plane->height ? y : plane->height - 1;
        const uint16_t *row = plane->data + y * plane->stride;
        for (int i = 0; i < REACH_X; i++) {
            int x = x0 - 1 + i;
            patch[r * REACH_X + i] = row[x < 0 ? 0 : x < plane->width ? x : plane->width - 1];
        }
    }
    return patch + 1;
}

/* Geometry of one plane under a job. */
struct raster {
    const struct vh_plane_const *plane,
        *plane2; /* plane2: the second chroma plane when both go in one cell */
    int sub_x, sub_y;
    int rows, columns; /* of a cell */
    int parity;        /* of the neighbour's lines */
    bool whole;
};

static void locate(struct vh_obmc_source *source, const struct raster *raster, struct vh_mv mv, int cx,
    int cy, uint16_t (*patch)[SCRATCH])
{
    int x16 = 4 * mv.x >> raster->sub_x, y16 = 4 * mv.y >> raster->sub_y;
    int x = cx * raster->columns + (x16 >> 4), first, last;
    source->phase_x = x16 & 15;
    int y0 = cy * raster->rows;
    if (raster->whole) {
        int y = y0 + (y16 >> 4);
        first = y - 1;
        last = y + raster->rows - 1 + 2;
        for (int set = 0; set < 2; set++) {
            source->row[set] = set;
            source->phase_y[set] = y16 & 15;
        }
    } else {
        int at[2];
        for (int set = 0; set < 2; set++) {
            int pos = 16 * (y0 + set - raster->parity) +
                      y16; /* in frame lines / 16; two lines are one field line */
            at[set] = pos >> 5;
            source->phase_y[set] = pos >> 1 & 15;
        }
        first = at[0] - 1;
        last = at[1] + raster->rows / 2 - 1 + 2;
        source->row[0] = 0;
        source->row[1] = at[1] - at[0];
    }
    source->n_rows = last - first + 1;
    const struct vh_plane_const *p = raster->plane, *p2 = raster->plane2;
    bool inside = first >= 0 && last < p->height && x >= 1 && x + 11 <= p->width;
    if (inside && (!p2 || p2->stride == p->stride)) {
        ptrdiff_t offset = first * p->stride + x;
        source->src = p->data + offset;
        source->src2 = p2 ? p2->data + offset : NULL;
        source->stride = p->stride;
    } else {
        source->src = gather(patch[0], p, x, first, source->n_rows);
        source->src2 = p2 ? gather(patch[1], p2, x, first, source->n_rows) : NULL;
        source->stride = REACH_X;
    }
}

/* Writes a cell, through a buffer where the raster ends inside it. */
static void write_cell(const struct vh_compensate *job, struct vh_obmc_cell *cell,
    const struct raster *raster, const struct vh_plane *out, const struct vh_plane *out2, int cx, int cy)
{
    uint16_t whole[2][8 * 8];
    int x0 = cx * raster->columns, y0 = cy * raster->rows;
    int width = out->width - x0, height = out->height - y0;
    ptrdiff_t at = (ptrdiff_t)(y0 - job->row_origin * raster->rows) * out->stride + x0;
    int written = !out2 ? 8 : out2->stride == out->stride ? 4 : 0;
    if (width >= raster->columns && height >= raster->rows && written == raster->columns) {
        cell->dst = out->data + at;
        cell->dst2 = out2 ? out2->data + at : NULL;
        cell->dst_stride = out->stride;
        job->dsp->cell(cell);
        return;
    }
    cell->dst = whole[0];
    cell->dst2 = out2 ? whole[1] : NULL;
    cell->dst_stride = 8;
    job->dsp->cell(cell);
    width = width < raster->columns ? width : raster->columns;
    ptrdiff_t at2 = out2 ? (ptrdiff_t)(y0 - job->row_origin * raster->rows) * out2->stride + x0 : 0;
    for (int r = 0; r < raster->rows && r < height; r++) {
        if (!(cell->sets >> (r & 1) & 1) || width <= 0)
            continue;
        memcpy(out->data + at + r * out->stride, whole[0] + r * 8, (size_t)width * sizeof(uint16_t));
        if (out2)
            memcpy(out2->data + at2 + r * out2->stride, whole[1] + r * 8, (size_t)width * sizeof(uint16_t));
    }
}

static void predict_plane(const struct vh_compensate *job, const struct raster *raster,
    const struct choice *choice, int16_t (*weight)[4][8], const struct vh_plane *out,
    const struct vh_plane *out2, int cx, int cy)
{
    struct patches patches;
    struct vh_obmc_cell cell = {
        .rows = raster->rows,
        .sets = job->lines == VH_COMPENSATE_ALL || job->motion->parity == 2 ? 3 : 1 << job->motion->parity,
        .advance = raster->whole ? 2 : 1,
        .n = choice->n,
        .weight = (const int16_t(*)[4][8])weight,
    };
    for (int k = 0; k < choice->n; k++)
        locate(&cell.source[k], raster, choice->mv[k], cx, cy, patches.sample[k]);
    write_cell(job, &cell, raster, out, out2, cx, cy);
}

/* Weights for chroma columns: those of the luma sample each sits on (left siting). In a cell of two planes
 * lanes 4 to 7 repeat lanes 0 to 3. */
static void chroma_weights(int16_t (*out)[4][8], const int16_t (*weight)[4][8], int n, int sub_x)
{
    for (int k = 0; k < n; k++)
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 8; x++)
                out[k][y][x] = weight[k][y][((x & 3) << sub_x) & 7];
}

static void write_maps(const struct vh_compensate *job, const struct choice *choice,
    const int16_t (*weight)[4][8], const struct vh_obmc_match *match, int cx, int cy)
{
    uint16_t error[4 * 8];
    uint8_t phase[4 * 8];
    int s[VH_OBMC_CANDIDATES];
    bool whole = job->whole;
    for (int k = 0; k < choice->n; k++) {
        int p = (2 * choice->mv[k].y - 8 * job->motion->ref_parity[VH_MOTION_REACH + job->ref]) & 15;
        p = p < 8 ? p : 16 - p;
        s[k] = whole ? 0 : (p * 255 + 4) / 8;
    }
    const struct vh_search_plane *plane = &job->motion->search[VH_MOTION_REACH];
    int width = plane->width - cx * 8, height = plane->height - cy * 4;
    ptrdiff_t row = (ptrdiff_t)(cy - job->row_origin) * 4;
    bool full = width >= 8 && height >= 4;
    struct vh_obmc_maps maps = {error, 8, phase, 8};
    if (full && job->error) {
        maps.error = job->error + row * job->error_stride + cx * 8;
        maps.error_stride = job->error_stride;
    }
    if (full && job->phase) {
        maps.phase = job->phase + row * job->phase_stride + cx * 8;
        maps.phase_stride = job->phase_stride;
    }
    job->dsp->maps(&maps, weight, match, s, choice->n);
    if (full)
        return;
    size_t n = (size_t)(width < 8 ? width : 8);
    for (int y = 0; y < 4 && y < height; y++) {
        if (job->error)
            memcpy(job->error + (row + y) * job->error_stride + cx * 8, error + y * 8, n * sizeof *error);
        if (job->phase)
            memcpy(job->phase + (row + y) * job->phase_stride + cx * 8, phase + y * 8, n);
    }
}

static struct raster raster_of(const struct vh_compensate *job, int plane)
{
    int sub_x = plane ? job->image->sub_x : 0, sub_y = plane ? job->image->sub_y : 0;
    return (struct raster){
        .plane = &job->image->plane[plane],
        .plane2 = plane && sub_x ? &job->image->plane[2] : NULL,
        .sub_x = sub_x,
        .sub_y = sub_y,
        .rows = VH_MOTION_CELL >> sub_y,
        .columns = VH_MOTION_CELL >> sub_x,
        .parity = job->motion->ref_parity[VH_MOTION_REACH + job->ref] == 1,
        .whole = job->whole,
    };
}

static void predict_cell(const struct vh_compensate *job, const struct raster *raster, int cx, int cy)
{
    struct choice choice;
    struct vh_obmc_match match[VH_OBMC_CANDIDATES];
    int16_t weight[VH_OBMC_CANDIDATES][4][8], narrow[VH_OBMC_CANDIDATES][4][8];
    choose(&choice, job->motion, job->motion->ref[VH_MOTION_REACH + job->ref].mv, cx, cy);
    if (choice.n > 1 || job->error)
        measure(job, &choice, cx, cy, match);
    if (choice.n > 1)
        job->dsp->weights(weight, match, choice.corners, choice.n, 15 * job->floor_8bit2);
    if (job->error || job->phase)
        write_maps(job, &choice, (const int16_t(*)[4][8])weight, match, cx, cy);
    if (job->out.plane[0].data)
        predict_plane(job, &raster[0], &choice, weight, &job->out.plane[0], NULL, cx, cy);
    if (job->image->n_planes < 3 || job->out.n_planes < 3 || !job->out.plane[1].data)
        return;
    if (raster[1].sub_x) {
        if (choice.n > 1)
            chroma_weights(narrow, (const int16_t(*)[4][8])weight, choice.n, raster[1].sub_x);
        predict_plane(job, &raster[1], &choice, narrow, &job->out.plane[1], &job->out.plane[2], cx, cy);
        return;
    }
    predict_plane(job, &raster[1], &choice, weight, &job->out.plane[1], NULL, cx, cy);
    predict_plane(job, &raster[2], &choice, weight, &job->out.plane[2], NULL, cx, cy);
}

void vh_motion_compensate(const struct vh_compensate *job, int row0, int row1)
{
    struct raster raster[VH_MAX_PLANES];
    for (int i = 0; i < job->image->n_planes; i++)
        raster[i] = raster_of(job, i);
    for (int cy = row0; cy < row1; cy++)
        for (int cx = 0; cx < job->motion->cells_x; cx++)
            predict_cell(job, raster, cx, cy);
}
