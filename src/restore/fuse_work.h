/* The workspace of the fusion (restore/fuse.h), shared by its parts: fuse_passes.c (life and order of
 * passes), fuse_existing.c and fuse_missing.c (the two kinds of lines).
 *
 * A run is a sequence of passes over lines; within a pass every line is independent, so passes are sliced
 * over the pool. Existing line i is frame line 2i + parity; missing line j is frame line 2j + 1 - parity.
 */
#ifndef VH_RESTORE_FUSE_WORK_H
#define VH_RESTORE_FUSE_WORK_H

#include "restore_fuse.h"

#include <stddef.h>

enum {
    FUSE_SLICES = 16,
    FUSE_WEIGHT = 20,                               /* scratch lines from here on hold weights */
    FUSE_LINES = FUSE_WEIGHT + VH_FUSE_MAX_OUT + 1, /* scratch lines of a slice */
    FUSE_ROWS = VH_FUSE_MAX_IN + 4,
    FUSE_PAD = 32,    /* samples before the first one */
    REGION_CELLS = 4, /* a region is 4 cells by 8 lines */
    REGION_LINES = 8,
    N_REGION = 4,
};

/* Rows of energies, one per existing line. */
enum existing_energy { EE_OWN, EE_OWN_FAR, EE_CURVE, N_EXISTING_ENERGY };

/* Rows of energies kept between passes, one per missing line. */
enum missing_energy {
    ME_NEAR_LOW,
    ME_FAR_LOW,
    ME_NEAR_PAIR,
    ME_NEAR_FAR,
    ME_STILL,
    ME_STILL_NEAR,
    ME_WAVE,
    ME_STEP,
    N_MISSING_ENERGY
};

/* Lines kept between passes, one per missing line. */
enum missing_line { ML_NEAR, ML_NEAR_FIX, ML_FAR, ML_FAR_FIX, N_MISSING_LINE };

struct lines { /* an array of padded lines */
    int16_t *data;
    ptrdiff_t stride;
};

struct fuse_plane {
    struct lines field[VH_FUSE_FIELDS]; /* loaded fields */
    struct lines prediction[VH_FUSE_REFS];
    struct lines own; /* existing lines: a view of the field's, or of `denoised` */
    struct lines denoised;
    struct lines left[VH_FUSE_REFS]; /* existing: smoothed own - prediction; missing: its interpolation */
    struct lines soft;               /* existing: blurred mean of own and predictions */
    struct lines still;              /* missing: sum of both standing neighbours */
    struct lines missing[N_MISSING_LINE];
};

struct vh_fuse {
    int width, height, n_planes, padded, cells, cell_stride;
    struct vh_pool *pool;
    struct vh_dsp_fuse dsp;
    struct fuse_plane plane[VH_FUSE_PLANES];
    int32_t *ref_low[VH_FUSE_REFS], *ref_high[VH_FUSE_REFS]; /* rows per line: energies of each reference */
    int32_t *existing_energy[N_EXISTING_ENERGY];
    int32_t *own_energy[VH_FUSE_E_LOGS]; /* rows per existing line: VH_FUSE_E_... */
    int32_t *missing_energy[N_MISSING_ENERGY];
    int16_t *own_share[2], *missing_share[2]; /* rows: of the second of each pair */
    float *high[2];                           /* rows per missing line: VH_FUSE_I_NEAR_HIGH, _FAR_HIGH */
    float *region_input[N_REGION];            /* rows per missing line */
    float *region[N_REGION], *region_raw[N_REGION];
    int region_stride, region_rows;
    int16_t *scratch, *scratch_share;
    float *scratch_row;
    int32_t *scratch_energy;

    /* Of the run under way: */
    struct vh_fuse_job last; /* a copy, so that the views outlive the caller's */
    const struct vh_fuse_job *job;
    int n_existing, n_missing, parity;
    int ref[VH_FUSE_REFS], field[VH_FUSE_FIELDS]; /* what stands in for absent ones */
    bool one_sided;                               /* only one of n-1 and n+1 is there */
    bool alone;                                   /* neither is: nothing but the field itself */
    bool denoise;
    int denoise_q15; /* how much of the denoising of existing lines is done */
    float noise;     /* sigma^2 + floor, squared 8-bit codes */
};

/* Samples of a line; rows of cells. */
static inline int16_t *line_of(const struct lines *l, int y)
{
    return l->data + l->stride * y;
}

#define FUSE_ROW(f, base, y) ((base) + (size_t)(f)->cell_stride * (size_t)(y))

static inline int limit(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static inline int16_t *own_line(const struct vh_fuse *f, int plane, int i)
{
    return line_of(&f->plane[plane].own, limit(i, 0, f->n_existing - 1));
}

/* Prediction of existing line i, and of missing line j; `r` counts as VH_FUSE_REFS do. */
static inline int16_t *predicted_existing(const struct vh_fuse *f, int plane, int r, int i)
{
    return line_of(&f->plane[plane].prediction[f->ref[r]], 2 * limit(i, 0, f->n_existing - 1) + f->parity);
}

static inline int16_t *predicted_missing(const struct vh_fuse *f, int plane, int r, int j)
{
    return line_of(&f->plane[plane].prediction[f->ref[r]], 2 * j + 1 - f->parity);
}

/* Existing line above missing line j (+1: the one below); may lie outside, see own_line. */
static inline int above(const struct vh_fuse *f, int j)
{
    return j - f->parity;
}

int16_t *fuse_scratch(const struct vh_fuse *f, int slice, int line);  /* a padded line, of FUSE_LINES */
float *fuse_scratch_row(const struct vh_fuse *f, int slice, int row); /* a row of cells, of FUSE_ROWS */
int32_t *fuse_scratch_energy(const struct vh_fuse *f, int slice);     /* one more row of cells */
int16_t *fuse_scratch_share(
    const struct vh_fuse *f, int slice, int row); /* rows of shares, VH_FUSE_MAX_OUT */

/* Runs a pass over `rows` lines, sliced. */
typedef void fuse_pass(struct vh_fuse *f, int slice, int y0, int y1);
void fuse_each(struct vh_fuse *f, int rows, fuse_pass *pass);

/* Energies of a group are sums over its planes: the first plane writes the row, the second adds to it. */
static inline int32_t *energy_target(const struct vh_fuse *f, int slice, int plane, int32_t *row)
{
    return plane ? fuse_scratch_energy(f, slice) : row;
}

static inline void energy_settle(const struct vh_fuse *f, int plane, int32_t *row, const int32_t *part)
{
    if (plane)
        for (int c = 0; c < f->cells; c++)
            row[c] += part[c];
}

/* Computes energies with `CALL`, which writes to `cell`. */
#define FUSE_ENERGY(f, slice, plane, base, y, CALL)                                                          \
    do {                                                                                                     \
        int32_t *row_ = FUSE_ROW(f, base, y);                                                                \
        int32_t *cell = energy_target(f, slice, plane, row_);                                                \
        CALL;                                                                                                \
        energy_settle(f, plane, row_, cell);                                                                 \
    } while (0)

/* Squared 8-bit codes per unit of energy of a cell. */
static inline float energy_scale(const struct vh_fuse *f)
{
    return 1.f / (VH_FUSE_CELL * 32 * 32) / (float)f->n_planes;
}

/* Smoothed energies of row y, rows outside standing for the nearest one. */
static inline void smooth_row(const struct vh_fuse *f, float *dst, const int32_t *base, int y, int rows)
{
    f->dsp.smooth(dst, FUSE_ROW(f, base, limit(y - 1, 0, rows - 1)), FUSE_ROW(f, base, y),
        FUSE_ROW(f, base, limit(y + 1, 0, rows - 1)), energy_scale(f), f->cells);
}

/* What the vectors say of cell c on the 8-line row of frame line y. */
static inline const struct vh_fuse_hint *hint_of(const struct vh_fuse *f, int y, int c)
{
    return f->job->hint + (ptrdiff_t)f->job->hint_stride * (y / 8) + c;
}

/* Spreads the shares of candidates 1 to n - 1 to samples, in the slice's scratch lines; then mixes a line
 * with them. */
void fuse_expand(const struct vh_fuse *f, int slice, int16_t *const *share, int n);
void fuse_blend(const struct vh_fuse *f, int slice, int16_t *acc, const int16_t *const *candidate, int n);

void fuse_existing(struct vh_fuse *f); /* fills plane[].own */
void fuse_missing(struct vh_fuse *f);  /* writes the missing lines of job->out */

/* Inputs of the gate and candidates for one line; both live in the slice's scratch memory or in rows. */
void fuse_existing_inputs(const struct vh_fuse *f, int slice, int i, const float **in);
void fuse_existing_candidates(
    const struct vh_fuse *f, int slice, int plane, int i, const int16_t **candidate);
void fuse_missing_inputs(const struct vh_fuse *f, int slice, int j, const float **in);
void fuse_missing_candidates(const struct vh_fuse *f, int slice, int plane, int j, const int16_t **candidate);

#endif
