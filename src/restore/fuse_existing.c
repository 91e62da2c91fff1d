/* Fusion, existing lines: denoising. Each sample becomes a mixture of itself, the predictions from n-1/n+1
 * and n-2/n+2, and two blurred means; the gate reads how well the predictions explain the lines around it.
 */
#include "fuse_work.h"

#include <string.h>

/* Per reference: what it leaves of the own lines, vertically smoothed (a difference between fields that
 * alternates from line to line is aliasing of one of them, not motion). */
static void measure_references(struct vh_fuse *f, int slice, int y0, int y1)
{
    for (int p = 0; p < f->n_planes; p++)
        for (int r = 0; r < VH_FUSE_REFS; r++)
            for (int i = y0; i < y1; i++) {
                const int16_t *o[3], *q[3];
                for (int k = 0; k < 3; k++) {
                    o[k] = own_line(f, p, i + k - 1);
                    q[k] = predicted_existing(f, p, r, i + k - 1);
                }
                int16_t *left = line_of(&f->plane[p].left[r], i);
                f->dsp.tent_difference(left, o, q, f->padded);
                FUSE_ENERGY(f, slice, p, f->ref_low[r], i, f->dsp.energy(cell, left, f->padded));
            }
}

static void find_shares(struct vh_fuse *f, int slice, int y0, int y1)
{
    float *a = fuse_scratch_row(f, slice, 0), *b = fuse_scratch_row(f, slice, 1);
    for (int i = y0; i < y1; i++)
        for (int pair = 0; pair < 2; pair++) {
            smooth_row(f, a, f->ref_low[2 * pair], i, f->n_existing);
            smooth_row(f, b, f->ref_low[2 * pair + 1], i, f->n_existing);
            f->dsp.share(FUSE_ROW(f, f->own_share[pair], i), a, b, f->noise * 0.5f, f->cells);
        }
}

/* Both predictions of line i, and what they leave of the own lines, smoothed. */
static void mix_pairs(
    const struct vh_fuse *f, int slice, int p, int i, int16_t *const mixed[2], int16_t *const left[2])
{
    int16_t *weight = fuse_scratch(f, slice, FUSE_LINES - 1);
    for (int pair = 0; pair < 2; pair++) {
        const struct lines *l = f->plane[p].left;
        f->dsp.expand(weight, FUSE_ROW(f, f->own_share[pair], i), f->cells);
        f->dsp.mix(mixed[pair], predicted_existing(f, p, 2 * pair, i),
            predicted_existing(f, p, 2 * pair + 1, i), weight, f->padded);
        if (left)
            f->dsp.mix(left[pair], line_of(&l[2 * pair], i), line_of(&l[2 * pair + 1], i), weight, f->padded);
    }
}

/* Horizontal detail: the line against the mean of itself two samples away on both sides. */
static void detail(const struct vh_fuse *f, int32_t *cell, const int16_t *line)
{
    f->dsp.energy_curve(cell, line, line - 2, line + 2, f->padded);
}

static void measure(struct vh_fuse *f, int slice, int y0, int y1)
{
    int16_t *s[6];
    for (int k = 0; k < 6; k++)
        s[k] = fuse_scratch(f, slice, k);
    int16_t *near = s[0], *far = s[1];
    int32_t **e = f->own_energy;
    const int n = f->padded;
    for (int p = 0; p < f->n_planes; p++)
        for (int i = y0; i < y1; i++) {
            const int16_t *own = own_line(f, p, i);
            mix_pairs(f, slice, p, i, (int16_t *[]){near, far}, (int16_t *[]){s[2], s[3]});
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_NEAR_LOW], i, f->dsp.energy(cell, s[2], n));
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_FAR_LOW], i, f->dsp.energy(cell, s[3], n));
            FUSE_ENERGY(
                f, slice, p, e[VH_FUSE_E_NEAR_ERROR], i, f->dsp.energy_difference(cell, own, near, n));
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_FAR_ERROR], i, f->dsp.energy_difference(cell, own, far, n));
            for (int pair = 0; pair < 2; pair++)
                FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_NEAR_PAIR + pair], i,
                    f->dsp.energy_difference(cell, predicted_existing(f, p, 2 * pair, i),
                        predicted_existing(f, p, 2 * pair + 1, i), n));
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_NEAR_FAR], i, f->dsp.energy_difference(cell, near, far, n));
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_CURVE_V], i,
                f->dsp.energy_curve(cell, own, own_line(f, p, i - 1), own_line(f, p, i + 1), n));
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_CURVE_H], i, detail(f, cell, own));
            f->dsp.mean(s[4], near, far, n);
            memcpy(s[4] - 2, (int16_t[]){s[4][0], s[4][0]}, 2 * sizeof *s[4]);
            memcpy(s[4] + n, (int16_t[]){s[4][n - 1], s[4][n - 1]}, 2 * sizeof *s[4]);
            FUSE_ENERGY(f, slice, p, e[VH_FUSE_E_CURVE_P], i, detail(f, cell, s[4]));
            int16_t *third = s[5];
            for (int x = 0; x < n; x++)
                third[x] = 10923;
            f->dsp.mix(s[3], s[4], own, third, n);
            memcpy(s[3] - 2, (int16_t[]){s[3][0], s[3][0]}, 2 * sizeof *s[3]);
            memcpy(s[3] + n, (int16_t[]){s[3][n - 1], s[3][n - 1]}, 2 * sizeof *s[3]);
            f->dsp.blur(line_of(&f->plane[p].soft, i), s[3], n);
        }
}

void fuse_existing_inputs(const struct vh_fuse *f, int slice, int i, const float **in)
{
    float *row = NULL;
    for (int k = 0; k < VH_FUSE_E_LOGS; k++) {
        in[k] = row = fuse_scratch_row(f, slice, k);
        smooth_row(f, row, f->own_energy[k], i, f->n_existing);
        f->dsp.feature(row, row, 1 / f->noise, f->cells);
    }
    for (int pair = 0; pair < 2; pair++) {
        const int16_t *share = FUSE_ROW(f, f->own_share[pair], i);
        in[VH_FUSE_E_NEAR_PHASE + pair] = row = fuse_scratch_row(f, slice, VH_FUSE_E_NEAR_PHASE + pair);
        for (int c = 0; c < f->cells; c++) {
            const struct vh_fuse_hint *hint = hint_of(f, 2 * i + f->parity, c);
            float w = (float)share[c] * (1.f / 32768);
            row[c] = (1 - w) * hint->phase[1][f->ref[2 * pair]] + w * hint->phase[1][f->ref[2 * pair + 1]];
        }
    }
    in[VH_FUSE_E_NOISE] = row = fuse_scratch_row(f, slice, VH_FUSE_E_NOISE);
    for (int c = 0; c < f->cell_stride; c++)
        row[c] = f->noise - 1;
    f->dsp.feature(row, row, 1, f->cell_stride);
}

void fuse_existing_candidates(const struct vh_fuse *f, int slice, int plane, int i, const int16_t **candidate)
{
    int16_t *near = fuse_scratch(f, slice, 0), *far = fuse_scratch(f, slice, 1),
            *softer = fuse_scratch(f, slice, 2);
    const struct lines *soft = &f->plane[plane].soft;
    mix_pairs(f, slice, plane, i, (int16_t *[]){near, far}, NULL);
    const int16_t *here = line_of(soft, i);
    f->dsp.tent(softer, line_of(soft, limit(i - 1, 0, f->n_existing - 1)), here,
        line_of(soft, limit(i + 1, 0, f->n_existing - 1)), f->padded);
    candidate[VH_FUSE_OWN] = line_of(&f->plane[plane].field[2], i);
    candidate[VH_FUSE_NEAR] = near;
    candidate[VH_FUSE_FAR] = far;
    candidate[VH_FUSE_SOFT] = here;
    candidate[VH_FUSE_SOFTER] = softer;
}

static void repair_ends(const struct vh_fuse *f, int16_t *line)
{
    for (int x = 0; x < 16; x++) {
        line[-1 - x] = line[0];
        line[f->padded + x] = line[f->padded - 1];
    }
}

static void decide(struct vh_fuse *f, int slice, int y0, int y1)
{
    const float *in[VH_FUSE_E_INPUTS];
    const int16_t *candidate[VH_FUSE_N_EXISTING];
    int16_t *share[VH_FUSE_N_EXISTING];
    for (int k = 0; k < VH_FUSE_N_EXISTING; k++)
        share[k] = fuse_scratch_share(f, slice, k);
    for (int i = y0; i < y1; i++) {
        fuse_existing_inputs(f, slice, i, in);
        f->dsp.gate(share, in, &f->job->gates->existing, f->cell_stride);
        for (int k = 1; k < VH_FUSE_N_EXISTING && f->denoise_q15 < 32768; k++)
            for (int c = 0; c < f->cells; c++)
                share[k][c] = (int16_t)((share[k][c] * f->denoise_q15) >> 15);
        fuse_expand(f, slice, share, VH_FUSE_N_EXISTING);
        for (int p = 0; p < f->n_planes; p++) {
            int16_t *own = line_of(&f->plane[p].denoised, i);
            fuse_existing_candidates(f, slice, p, i, candidate);
            fuse_blend(f, slice, own, candidate, VH_FUSE_N_EXISTING);
            repair_ends(f, own);
        }
    }
}

void fuse_existing(struct vh_fuse *f)
{
    for (int p = 0; p < f->n_planes; p++)
        f->plane[p].own = f->plane[p].field[2];
    if (!f->denoise)
        return;
    fuse_each(f, f->n_existing, measure_references);
    fuse_each(f, f->n_existing, find_shares);
    fuse_each(f, f->n_existing, measure);
    fuse_each(f, f->n_existing, decide);
    for (int p = 0; p < f->n_planes; p++)
        f->plane[p].own = f->plane[p].denoised;
}
