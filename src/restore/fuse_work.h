/* The workspace of the fusion (restore_fuse.h), shared by its parts: fuse_passes.c (life and order of
 * passes), fuse_existing.c and fuse_missing.c (the two kinds of lines).
 *
 * A band is made by passes over its lines that follow each other down the picture, each some lines behind the
 * one before because it looks that far ahead (the table in fuse_passes.c). Lines and rows of cells between
 * passes live in rings: line y is at y modulo the ring's length. Existing line i is frame line 2i + parity;
 * missing line j is frame line 2j + 1 - parity.
 */
#ifndef VH_RESTORE_FUSE_WORK_H
#define VH_RESTORE_FUSE_WORK_H

#include "restore_fuse.h"

#include <stddef.h>

enum {
    FUSE_RING = 32,       /* lines that the last pass reads: all within 26 */
    FUSE_SHORT_RING = 16, /* lines that only earlier passes read */
    FUSE_LINES = 10,      /* scratch lines */
    FUSE_ROWS = 6,        /* scratch rows of cells */
    FUSE_PAD = 32,        /* samples before the first one */
    REGION_CELLS = 4,     /* a region is 4 cells by 8 lines */
    REGION_LINES = 8,
    REGION_RING = 4,
    N_PASSES = 14,
};

/* Inputs that count by the mean of their region too. */
enum { REGION_NEAR_LOW, REGION_NEAR_HIGH, REGION_STILL_PAIR, REGION_STILL_OWN, N_REGION };

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

struct lines { /* a ring of padded lines */
    int16_t *data;
    ptrdiff_t stride;
    int mask;
};

struct fuse_plane {
    struct lines field[VH_FUSE_FIELDS]; /* loaded fields */
    struct lines prediction[VH_FUSE_REFS];
    struct lines own; /* existing lines: a view of the field's, or of `denoised` */
    struct lines denoised;
    struct lines own_left[VH_FUSE_REFS]; /* existing: smoothed own - prediction */
    struct lines own_mixed[2];           /* existing: predictions of each pair of references, mixed */
    struct lines soft;                   /* existing: blurred mean of own and predictions */
    struct lines left[VH_FUSE_REFS];     /* missing: interpolation of own - prediction */
    struct lines still;                  /* missing: sum of both standing neighbours */
    struct lines missing[N_MISSING_LINE];
};

struct vh_fuse {
    int width, height, n_planes, padded, cells, cell_stride;
    struct vh_dsp_fuse dsp;
    struct fuse_plane plane[VH_FUSE_PLANES];
    int32_t *own_ref_low[VH_FUSE_REFS]; /* rows per existing line: energies of each reference */
    int32_t *ref_low[VH_FUSE_REFS], *ref_high[VH_FUSE_REFS]; /* the same per missing line */
    int32_t *existing_energy[N_EXISTING_ENERGY];
    int32_t *own_energy[VH_FUSE_E_LOGS]; /* rows per existing line: VH_FUSE_E_... */
    int32_t *missing_energy[N_MISSING_ENERGY];
    int16_t *own_share[2], *missing_share[2]; /* rows: of the second of each pair */
    /* Gate inputs, Q10. Rows per missing line: those whose regional means are inputs too, and FAR_HIGH. */
    int16_t *region_input[N_REGION], *far_high;
    int16_t *region_raw[N_REGION];                 /* rows of regions */
    int16_t *region_row[N_REGION];                 /* of the region row at hand, one value per cell */
    int16_t *noise_row, *one_sided_row, *zero_row; /* the same everywhere */
    int16_t *scratch, *scratch_input, *scratch_share;
    float *scratch_row;
    int32_t *scratch_energy;

    /* Of the band under way: */
    const struct vh_fuse_job *job;
    int n_existing, n_missing, n_pairs, parity;
    int first, end, start, stop;                  /* pairs to write; pairs to predict */
    int done[N_PASSES];                           /* per pass: lines (or regions) before this one are done */
    int ref[VH_FUSE_REFS], field[VH_FUSE_FIELDS]; /* what stands in for absent ones */
    int n_distances;                              /* 2, or 1 when n-2 and n+2 are not predicted from */
    bool one_sided;                               /* only one of n-1 and n+1 is there */
    bool stands;                                  /* fields n-2 and n+2 are asked for as they stand */
    bool alone;                                   /* neither is: nothing but the field itself */
    bool denoise;
    uint32_t inputs[2], outputs[2]; /* bits of what the gates ask for: of existing lines, of missing ones */
    int denoise_q15;                /* how much of the denoising of existing lines is done */
    float noise;                    /* sigma^2 + floor, squared 8-bit codes */
};

enum fuse_lines { OF_EXISTING, OF_MISSING };

static inline bool asks(const struct vh_fuse *f, enum fuse_lines of, int input)
{
    return f->inputs[of] >> input & 1;
}

static inline bool offers(const struct vh_fuse *f, enum fuse_lines of, int candidate)
{
    return f->outputs[of] >> candidate & 1;
}

/* Picks a gate's inputs or candidates out of all of them, in place. */
static inline void fuse_pick(const int16_t **row, const uint8_t *list, int n)
{
    const int16_t *all[VH_FUSE_MAX_IN];
    for (int k = 0; list && k < VH_FUSE_MAX_IN; k++)
        all[k] = row[k];
    for (int k = 0; list && k < n; k++)
        row[k] = all[list[k]];
}

/* Samples of a line; rows of cells. */
static inline int16_t *line_of(const struct lines *l, int y)
{
    return l->data + l->stride * (y & l->mask);
}

#define FUSE_ROW(f, base, y) ((base) + (size_t)(f)->cell_stride * (size_t)((y) & (FUSE_RING - 1)))

static inline int limit(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* Existing line i as it came, and as it will be. */
static inline int16_t *raw_line(const struct vh_fuse *f, int plane, int i)
{
    return line_of(&f->plane[plane].field[2], limit(i, 0, f->n_existing - 1));
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

/* Scratch memory: padded lines (FUSE_LINES), rows of cells (FUSE_ROWS), of gate inputs (VH_FUSE_MAX_IN), and
 * of shares (VH_FUSE_MAX_OUT). */
static inline int16_t *fuse_scratch(const struct vh_fuse *f, int line)
{
    return f->scratch + (size_t)line * ((size_t)f->padded + 2 * FUSE_PAD) + FUSE_PAD;
}

static inline float *fuse_scratch_row(const struct vh_fuse *f, int row)
{
    return f->scratch_row + (size_t)row * (size_t)f->cell_stride;
}

static inline int16_t *fuse_scratch_input(const struct vh_fuse *f, int row)
{
    return f->scratch_input + (size_t)row * (size_t)f->cell_stride;
}

static inline int16_t *fuse_scratch_share(const struct vh_fuse *f, int row)
{
    return f->scratch_share + (size_t)row * (size_t)f->cell_stride;
}

/* Energies of a group are sums over its planes: the first plane writes the row, the second adds to it. */
static inline int32_t *energy_target(const struct vh_fuse *f, int plane, int32_t *row)
{
    return plane ? f->scratch_energy : row;
}

static inline void energy_settle(const struct vh_fuse *f, int plane, int32_t *row, const int32_t *part)
{
    if (plane)
        for (int c = 0; c < f->cells; c++)
            row[c] += part[c];
}

/* Computes energies with `CALL`, which writes to `cell`. */
#define FUSE_ENERGY(f, plane, base, y, CALL)                                                                 \
    do {                                                                                                     \
        int32_t *row_ = FUSE_ROW(f, base, y);                                                                \
        int32_t *cell = energy_target(f, plane, row_);                                                       \
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

/* What the vectors say of the row of cells at frame line y. */
static inline const struct vh_fuse_hint *hint_of(const struct vh_fuse *f, int y)
{
    return &f->job->hint[y / 8];
}

/* Repeats the first and last sample of a line of the workspace beyond its ends, as blur and detail read it.
 */
static inline void repeat_ends(const struct vh_fuse *f, int16_t *line)
{
    line[-2] = line[-1] = line[0];
    line[f->padded] = line[f->padded + 1] = line[f->padded - 1];
}

/* The logarithm of smoothed energies of row y, in units of the noise: a gate input. */
static inline void feature_row(const struct vh_fuse *f, int16_t *dst, const int32_t *base, int y, int rows)
{
    f->dsp.smooth_feature(dst, FUSE_ROW(f, base, limit(y - 1, 0, rows - 1)), FUSE_ROW(f, base, y),
        FUSE_ROW(f, base, limit(y + 1, 0, rows - 1)), energy_scale(f) / f->noise, f->cells);
}

/* dst = a mixed with b by a row of shares. */
static inline void mix_lines(
    const struct vh_fuse *f, int16_t *dst, const int16_t *a, const int16_t *b, const int16_t *share)
{
    const int16_t *candidate[2] = {a, b}, *row[2] = {NULL, share};
    f->dsp.blend(dst, candidate, row, 2, f->cells);
}

void fuse_observe(const struct vh_fuse *f, bool missing, int line, int plane, const int16_t *const *in,
    const int16_t *const *candidate);

/* Passes over lines [y0, y1). Of existing lines, for denoising: */
void fuse_existing_references(struct vh_fuse *f, int y0, int y1);
void fuse_existing_shares(struct vh_fuse *f, int y0, int y1);
void fuse_existing_measure(struct vh_fuse *f, int y0, int y1);
void fuse_existing_decide(struct vh_fuse *f, int y0, int y1); /* fills plane[].denoised */
/* For the missing ones: of existing lines, then of missing lines, then of rows of regions. */
void fuse_missing_existing(struct vh_fuse *f, int y0, int y1);
void fuse_missing_references(struct vh_fuse *f, int y0, int y1);
void fuse_missing_shares(struct vh_fuse *f, int y0, int y1);
void fuse_missing_measure(struct vh_fuse *f, int y0, int y1);
void fuse_missing_regions(struct vh_fuse *f, int y0, int y1);
void fuse_missing_reduce(struct vh_fuse *f, int r0, int r1);
void fuse_missing_decide(struct vh_fuse *f, int r0, int r1); /* writes the missing lines of job->out */
/* Without neighbours there is only the field itself. */
void fuse_missing_interpolate(struct vh_fuse *f, int y0, int y1);

#endif
