/* Motion-compensated fusion: workspace, order of passes, and what both kinds of lines share. */
#include "core/memory.h"
#include "core/status.h"
#include "fuse_work.h"

#include <string.h>

static bool lines_make(struct lines *l, int padded, int rows)
{
    l->stride = padded + 2 * FUSE_PAD;
    int16_t *block = vh_alloc((size_t)l->stride * (size_t)rows, sizeof *block);
    l->data = block ? block + FUSE_PAD : NULL;
    return block != NULL;
}

static void lines_free(struct lines *l)
{
    if (l->data)
        vh_free(l->data - FUSE_PAD);
    l->data = NULL;
}

static bool plane_make(struct fuse_plane *p, int padded, int height)
{
    int rows = (height + 1) / 2;
    bool ok = lines_make(&p->denoised, padded, rows) && lines_make(&p->soft, padded, rows) &&
              lines_make(&p->still, padded, rows);
    for (int k = 0; k < VH_FUSE_FIELDS; k++)
        ok = ok && lines_make(&p->field[k], padded, rows);
    for (int r = 0; r < VH_FUSE_REFS; r++)
        ok = ok && lines_make(&p->prediction[r], padded, height) && lines_make(&p->left[r], padded, rows);
    for (int m = 0; m < N_MISSING_LINE; m++)
        ok = ok && lines_make(&p->missing[m], padded, rows);
    return ok;
}

static void plane_free(struct fuse_plane *p)
{
    lines_free(&p->denoised);
    lines_free(&p->soft);
    lines_free(&p->still);
    for (int k = 0; k < VH_FUSE_FIELDS; k++)
        lines_free(&p->field[k]);
    for (int r = 0; r < VH_FUSE_REFS; r++) {
        lines_free(&p->prediction[r]);
        lines_free(&p->left[r]);
    }
    for (int m = 0; m < N_MISSING_LINE; m++)
        lines_free(&p->missing[m]);
}

/* All rows of cells, so that making and freeing name them once. */
#define EACH_ROW_ARRAY(f, DO)                                                                                \
    for (int k = 0; k < VH_FUSE_REFS; k++) {                                                                 \
        DO((f)->ref_low[k]);                                                                                 \
        DO((f)->ref_high[k]);                                                                                \
    }                                                                                                        \
    for (int k = 0; k < N_EXISTING_ENERGY; k++)                                                              \
        DO((f)->existing_energy[k]);                                                                         \
    for (int k = 0; k < VH_FUSE_E_LOGS; k++)                                                                 \
        DO((f)->own_energy[k]);                                                                              \
    for (int k = 0; k < N_MISSING_ENERGY; k++)                                                               \
        DO((f)->missing_energy[k]);                                                                          \
    for (int k = 0; k < 2; k++) {                                                                            \
        DO((f)->own_share[k]);                                                                               \
        DO((f)->missing_share[k]);                                                                           \
        DO((f)->high[k]);                                                                                    \
    }                                                                                                        \
    for (int k = 0; k < N_REGION; k++) {                                                                     \
        DO((f)->region_input[k]);                                                                            \
        DO((f)->region_raw[k]);                                                                              \
        DO((f)->region[k]);                                                                                  \
    }

static bool rows_make(struct vh_fuse *f)
{
    size_t n = (size_t)f->cell_stride * (size_t)((f->height + 1) / 2);
    bool ok = true;
#define MAKE(row) ok = ((row) = vh_alloc(n, sizeof *(row))) != NULL && ok
    EACH_ROW_ARRAY(f, MAKE)
#undef MAKE
    size_t slices = FUSE_SLICES, line = (size_t)f->padded + 2 * FUSE_PAD, row = (size_t)f->cell_stride;
    f->scratch = vh_alloc(slices * FUSE_LINES * line, sizeof *f->scratch);
    f->scratch_row = vh_alloc(slices * FUSE_ROWS * row, sizeof *f->scratch_row);
    f->scratch_energy = vh_alloc(slices * row, sizeof *f->scratch_energy);
    f->scratch_share = vh_alloc(slices * VH_FUSE_MAX_OUT * row, sizeof *f->scratch_share);
    return ok && f->scratch && f->scratch_row && f->scratch_energy && f->scratch_share;
}

int vh_fuse_create(
    struct vh_fuse **fuse, int width, int height, int n_planes, struct vh_pool *pool, unsigned cpu_flags)
{
    struct vh_fuse *f = *fuse = vh_alloc(1, sizeof *f);
    if (!f)
        return VH_ERR_RESOURCE;
    f->width = width;
    f->height = height;
    f->n_planes = n_planes;
    f->pool = pool;
    f->padded = (width + VH_FUSE_LANES - 1) / VH_FUSE_LANES * VH_FUSE_LANES;
    f->cells = f->padded / VH_FUSE_CELL;
    f->cell_stride = (f->cells + VH_FUSE_CELL_LANES - 1) / VH_FUSE_CELL_LANES * VH_FUSE_CELL_LANES;
    vh_dsp_fuse_init(&f->dsp, cpu_flags);
    bool ok = rows_make(f);
    for (int p = 0; p < n_planes; p++)
        ok = plane_make(&f->plane[p], f->padded, height) && ok;
    if (!ok)
        vh_fuse_destroy(fuse);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_fuse_destroy(struct vh_fuse **fuse)
{
    struct vh_fuse *f = *fuse;
    if (!f)
        return;
    for (int p = 0; p < VH_FUSE_PLANES; p++)
        plane_free(&f->plane[p]);
    EACH_ROW_ARRAY(f, vh_free)
    vh_free(f->scratch);
    vh_free(f->scratch_row);
    vh_free(f->scratch_energy);
    vh_free(f->scratch_share);
    vh_freep(fuse);
}

struct vh_plane vh_fuse_prediction(struct vh_fuse *fuse, int plane, int ref)
{
    const struct lines *l = &fuse->plane[plane].prediction[ref];
    /* signed and unsigned of the same type may alias, and 14 bits are the same in both */
    return (struct vh_plane){(uint16_t *)l->data, l->stride, fuse->width, fuse->height};
}

int16_t *fuse_scratch(const struct vh_fuse *f, int slice, int line)
{
    size_t stride = (size_t)f->padded + 2 * FUSE_PAD;
    return f->scratch + ((size_t)slice * FUSE_LINES + (size_t)line) * stride + FUSE_PAD;
}

float *fuse_scratch_row(const struct vh_fuse *f, int slice, int row)
{
    return FUSE_ROW(f, f->scratch_row, slice * FUSE_ROWS + row);
}

int32_t *fuse_scratch_energy(const struct vh_fuse *f, int slice)
{
    return FUSE_ROW(f, f->scratch_energy, slice);
}

int16_t *fuse_scratch_share(const struct vh_fuse *f, int slice, int row)
{
    return FUSE_ROW(f, f->scratch_share, slice * VH_FUSE_MAX_OUT + row);
}

struct pass_call {
    struct vh_fuse *f;
    fuse_pass *pass;
    int rows;
};

static void pass_slice(void *arg, int index, int n)
{
    const struct pass_call *call = arg;
    int y0, y1;
    vh_pool_rows(call->rows, index, n, &y0, &y1);
    if (y0 < y1)
        call->pass(call->f, index, y0, y1);
}

void fuse_each(struct vh_fuse *f, int rows, fuse_pass *pass)
{
    struct pass_call call = {f, pass, rows};
    vh_pool_run(f->pool, pass_slice, &call, FUSE_SLICES);
}

/* The first candidate takes what the others leave, so shares need not add up to exactly one. */
void fuse_blend(const struct vh_fuse *f, int slice, int16_t *acc, const int16_t *const *candidate, int n)
{
    memcpy(acc, candidate[0], (size_t)f->padded * sizeof *acc);
    for (int k = 1; k < n; k++)
        f->dsp.blend(acc, candidate[0], candidate[k], fuse_scratch(f, slice, FUSE_WEIGHT + k), f->padded);
}

void fuse_expand(const struct vh_fuse *f, int slice, int16_t *const *share, int n)
{
    for (int k = 1; k < n; k++)
        f->dsp.expand(fuse_scratch(f, slice, FUSE_WEIGHT + k), share[k], f->cells);
}

/* What stands in for an absent neighbour: the one on the other side, then the nearer distance. */
static void substitute(struct vh_fuse *f)
{
    const struct vh_fuse_job *job = f->job;
    const bool *there = job->ref;
    bool near = there[0] || there[1], far = there[2] || there[3];
    int any_near = there[0] ? 0 : 1, any_far = there[2] ? 2 : 3;
    for (int r = 0; r < VH_FUSE_REFS; r++)
        f->ref[r] = there[r] ? r : r < 2 ? (near ? any_near : any_far) : (far ? any_far : any_near);
    f->alone = !near;
    f->one_sided = there[0] != there[1];
    f->field[2] = 2;
    f->field[1] = there[0] ? 1 : 3;
    f->field[3] = there[1] ? 3 : 1;
    f->field[0] = there[2] ? 0 : there[3] ? 4 : 2;
    f->field[4] = there[3] ? 4 : there[2] ? 0 : 2;
}

static void load_fields(struct vh_fuse *f, int slice, int y0, int y1)
{
    (void)slice;
    for (int p = 0; p < f->n_planes; p++)
        for (int k = 0; k < VH_FUSE_FIELDS; k++) {
            const struct vh_plane_const *src = &f->job->field[p][k];
            bool wanted = k == 2 || f->job->ref[k < 2 ? (k ? 0 : 2) : (k == 3 ? 1 : 3)];
            for (int y = y0; wanted && y < y1 && y < src->height; y++)
                f->dsp.load(
                    line_of(&f->plane[p].field[k], y), src->data + src->stride * y, f->width, f->padded);
        }
}

/* Predictions come in 14 bits; kernels want the edge samples repeated, as in `load`. */
static void pad_predictions(struct vh_fuse *f, int slice, int y0, int y1)
{
    (void)slice;
    for (int p = 0; p < f->n_planes; p++)
        for (int r = 0; r < VH_FUSE_REFS; r++)
            for (int y = y0; f->job->ref[r] && y < y1; y++) {
                int16_t *line = line_of(&f->plane[p].prediction[r], y);
                for (int x = f->width; x < f->padded; x++)
                    line[x] = line[f->width - 1];
                for (int x = -16; x < 0; x++)
                    line[x] = line[0];
            }
}

static void copy_existing(struct vh_fuse *f, int slice, int y0, int y1)
{
    (void)slice;
    for (int p = 0; p < f->n_planes; p++)
        for (int i = y0; i < y1; i++) {
            const struct vh_plane_const *src = &f->job->field[p][2];
            const struct vh_plane *out = &f->job->out[p];
            uint16_t *dst = out->data + out->stride * (2 * i + f->parity);
            if (f->denoise)
                f->dsp.store(dst, line_of(&f->plane[p].own, i), f->width);
            else
                memcpy(dst, src->data + src->stride * i, (size_t)f->width * sizeof *dst);
        }
}

/* A plane of a single line belongs to both parities. */
static void copy_single_line(const struct vh_fuse *f)
{
    for (int p = 0; p < f->n_planes; p++)
        memcpy(f->job->out[p].data, f->job->field[p][2].data, (size_t)f->width * sizeof(uint16_t));
}

/* Existing lines are touched from half a code of noise on, and denoised fully from one and a half: less is
 * not seen, and what is measured on noiseless footage is up to 0.4. */
static float fade_in(float sigma)
{
    return sigma < 0.5f ? 0 : sigma > 1.5f ? 1 : sigma - 0.5f;
}

void vh_fuse_run(struct vh_fuse *f, const struct vh_fuse_job *job)
{
    f->last = *job;
    f->job = &f->last;
    f->parity = job->parity;
    f->n_existing = (f->height + 1 - f->parity) / 2;
    f->n_missing = f->height - f->n_existing;
    if (f->height < 2) {
        copy_single_line(f);
        return;
    }
    substitute(f);
    f->noise = job->sigma_8bit * job->sigma_8bit + 1;
    f->denoise_q15 = (int)(fade_in(job->sigma_8bit) * 32768);
    f->denoise = f->denoise_q15 > 0 && !job->lossless && !f->alone;
    fuse_each(f, (f->height + 1) / 2, load_fields);
    fuse_each(f, f->height, pad_predictions);
    fuse_existing(f);
    fuse_missing(f);
    fuse_each(f, f->n_existing, copy_existing);
}

struct vh_fuse_view vh_fuse_look(const struct vh_fuse *f)
{
    return (struct vh_fuse_view){f->cells, f->n_existing, f->n_missing};
}

void vh_fuse_inputs(const struct vh_fuse *f, bool missing, int line, const float **in)
{
    if (missing)
        fuse_missing_inputs(f, 0, line, in);
    else
        fuse_existing_inputs(f, 0, line, in);
}

void vh_fuse_candidates(const struct vh_fuse *f, bool missing, int plane, int line, const int16_t **candidate)
{
    if (missing)
        fuse_missing_candidates(f, 0, plane, line, candidate);
    else
        fuse_existing_candidates(f, 0, plane, line, candidate);
}
