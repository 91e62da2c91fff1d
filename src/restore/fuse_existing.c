/* Fusion, existing lines: denoising. Each sample becomes a mixture of itself, the predictions from n-1/n+1
 * and n-2/n+2, and two blurred means; the gate reads how well the predictions explain the lines around it.
 */
#include "fuse_work.h"

#include <string.h>

/* Per reference: what it leaves of the own lines, vertically smoothed (a difference between fields that
 * alternates from line to line is aliasing of one of them, not motion). */
void fuse_existing_references(struct vh_fuse *f, int y0, int y1)
{
    for (int p = 0; p < f->n_planes; p++)
        for (int r = 0; r < 2 * f->n_distances; r++)
            for (int i = y0; i < y1; i++) {
                const int16_t *o[3], *q[3];
                for (int k = 0; k < 3; k++) {
                    o[k] = raw_line(f, p, i + k - 1);
                    q[k] = predicted_existing(f, p, r, i + k - 1);
                }
                int16_t *left = line_of(&f->plane[p].own_left[r], i);
                f->dsp.tent_difference(left, o, q, f->padded);
                FUSE_ENERGY(f, p, f->own_ref_low[r], i, f->dsp.energy(cell, left, f->padded));
            }
}

void fuse_existing_shares(struct vh_fuse *f, int y0, int y1)
{
    float *a = fuse_scratch_row(f, 0), *b = fuse_scratch_row(f, 1);
    for (int i = y0; i < y1; i++)
        for (int pair = 0; pair < f->n_distances; pair++) {
            smooth_row(f, a, f->own_ref_low[2 * pair], i, f->n_existing);
            smooth_row(f, b, f->own_ref_low[2 * pair + 1], i, f->n_existing);
            f->dsp.share(FUSE_ROW(f, f->own_share[pair], i), a, b, f->noise * 0.5f, f->cells);
        }
}

/* Both predictions of line i, kept for `decide`, and the energy of what they leave of the own lines,
 * smoothed. */
static void mix_pairs(const struct vh_fuse *f, int p, int i)
{
    const struct fuse_plane *plane = &f->plane[p];
    for (int pair = 0; pair < f->n_distances; pair++) {
        const int16_t *share = FUSE_ROW(f, f->own_share[pair], i);
        int16_t *dst[2] = {line_of(&plane->own_mixed[pair], i), fuse_scratch(f, pair)};
        const int16_t *a[2] = {predicted_existing(f, p, 2 * pair, i), line_of(&plane->own_left[2 * pair], i)},
                      *b[2] = {predicted_existing(f, p, 2 * pair + 1, i),
                          line_of(&plane->own_left[2 * pair + 1], i)};
        if (asks(f, OF_EXISTING, VH_FUSE_E_NEAR_LOW + pair))
            FUSE_ENERGY(f, p, f->own_energy[VH_FUSE_E_NEAR_LOW + pair], i,
                f->dsp.mix(dst, cell, a, b, share, f->cells));
        else
            mix_lines(f, dst[0], a[0], b[0], share);
    }
}

/* Horizontal detail: the line against the mean of itself two samples away on both sides. */
static void detail(const struct vh_fuse *f, int32_t *cell, const int16_t *line)
{
    f->dsp.energy_curve(cell, line, line - 2, line + 2, f->padded);
}

/* The mean of own line and predictions, blurred; and what horizontal detail the predictions have. */
static void soften(struct vh_fuse *f, int p, int i, const int16_t *near, const int16_t *far)
{
    int16_t *mean = fuse_scratch(f, 2), *all = fuse_scratch(f, 3);
    f->dsp.mean(mean, near, far, f->padded);
    repeat_ends(f, mean);
    if (asks(f, OF_EXISTING, VH_FUSE_E_CURVE_P))
        FUSE_ENERGY(f, p, f->own_energy[VH_FUSE_E_CURVE_P], i, detail(f, cell, mean));
    f->dsp.two_to_one(all, mean, raw_line(f, p, i), f->padded);
    repeat_ends(f, all);
    f->dsp.blur(line_of(&f->plane[p].soft, i), all, f->padded);
}

static void measure_line(struct vh_fuse *f, int p, int i)
{
    int32_t **e = f->own_energy;
    const int n = f->padded;
    const int16_t *own = raw_line(f, p, i);
    const int16_t *near = line_of(&f->plane[p].own_mixed[0], i),
                  *far = line_of(&f->plane[p].own_mixed[f->n_distances - 1], i);
    mix_pairs(f, p, i);
    if (asks(f, OF_EXISTING, VH_FUSE_E_NEAR_ERROR))
        FUSE_ENERGY(f, p, e[VH_FUSE_E_NEAR_ERROR], i, f->dsp.energy_difference(cell, own, near, n));
    for (int pair = 0; pair < f->n_distances && asks(f, OF_EXISTING, VH_FUSE_E_NEAR_PAIR + pair); pair++)
        FUSE_ENERGY(f, p, e[VH_FUSE_E_NEAR_PAIR + pair], i,
            f->dsp.energy_difference(
                cell, predicted_existing(f, p, 2 * pair, i), predicted_existing(f, p, 2 * pair + 1, i), n));
    if (far != near) {
        FUSE_ENERGY(f, p, e[VH_FUSE_E_FAR_ERROR], i, f->dsp.energy_difference(cell, own, far, n));
        FUSE_ENERGY(f, p, e[VH_FUSE_E_NEAR_FAR], i, f->dsp.energy_difference(cell, near, far, n));
    }
    if (asks(f, OF_EXISTING, VH_FUSE_E_CURVE_V))
        FUSE_ENERGY(f, p, e[VH_FUSE_E_CURVE_V], i,
            f->dsp.energy_curve(cell, own, raw_line(f, p, i - 1), raw_line(f, p, i + 1), n));
    if (asks(f, OF_EXISTING, VH_FUSE_E_CURVE_H))
        FUSE_ENERGY(f, p, e[VH_FUSE_E_CURVE_H], i, detail(f, cell, own));
    soften(f, p, i, near, far);
}

void fuse_existing_measure(struct vh_fuse *f, int y0, int y1)
{
    for (int i = y0; i < y1; i++)
        for (int p = 0; p < f->n_planes; p++)
            measure_line(f, p, i);
}

/* What is near stands for what is far where nothing far is predicted from. */
static void collect_inputs(const struct vh_fuse *f, int i, const int16_t **in)
{
    static const int far_inputs[][2] = {{VH_FUSE_E_FAR_LOW, VH_FUSE_E_NEAR_LOW},
        {VH_FUSE_E_FAR_ERROR, VH_FUSE_E_NEAR_ERROR}, {VH_FUSE_E_FAR_PAIR, VH_FUSE_E_NEAR_PAIR},
        {VH_FUSE_E_FAR_PHASE, VH_FUSE_E_NEAR_PHASE}};
    bool wanted[VH_FUSE_E_INPUTS];
    for (int k = 0; k < VH_FUSE_E_INPUTS; k++)
        wanted[k] = asks(f, OF_EXISTING, k);
    if (f->n_distances == 1) {
        in[VH_FUSE_E_NEAR_FAR] = f->zero_row;
        wanted[VH_FUSE_E_NEAR_FAR] = false;
        for (size_t k = 0; k < sizeof far_inputs / sizeof *far_inputs; k++) {
            in[far_inputs[k][0]] = fuse_scratch_input(f, far_inputs[k][1]);
            wanted[far_inputs[k][0]] = false;
        }
    }
    for (int k = 0; k < VH_FUSE_E_LOGS; k++)
        if (wanted[k]) {
            feature_row(f, fuse_scratch_input(f, k), f->own_energy[k], i, f->n_existing);
            in[k] = fuse_scratch_input(f, k);
        }
    const struct vh_fuse_hint *hint = hint_of(f, 2 * i + f->parity);
    for (int pair = 0; pair < f->n_distances; pair++) {
        int16_t *row = fuse_scratch_input(f, VH_FUSE_E_NEAR_PHASE + pair);
        f->dsp.between(row, hint->phase[1][f->ref[2 * pair]], hint->phase[1][f->ref[2 * pair + 1]],
            FUSE_ROW(f, f->own_share[pair], i), f->cells);
        in[VH_FUSE_E_NEAR_PHASE + pair] = row;
    }
    in[VH_FUSE_E_NOISE] = f->noise_row;
}

static void collect_candidates(const struct vh_fuse *f, int p, int i, const int16_t **candidate)
{
    const struct fuse_plane *plane = &f->plane[p];
    const int16_t *here = line_of(&plane->soft, i);
    int16_t *softer = fuse_scratch(f, 2);
    if (offers(f, OF_EXISTING, VH_FUSE_SOFTER))
        f->dsp.tent(softer, line_of(&plane->soft, limit(i - 1, 0, f->n_existing - 1)), here,
            line_of(&plane->soft, limit(i + 1, 0, f->n_existing - 1)), f->padded);
    candidate[VH_FUSE_OWN] = raw_line(f, p, i);
    candidate[VH_FUSE_NEAR] = line_of(&plane->own_mixed[0], i);
    candidate[VH_FUSE_FAR] = line_of(&plane->own_mixed[f->n_distances - 1], i);
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

void fuse_existing_decide(struct vh_fuse *f, int y0, int y1)
{
    const struct vh_fuse_gate *gate = &f->job->gates->existing;
    const int16_t *in[VH_FUSE_MAX_IN] = {NULL}, *candidate[VH_FUSE_MAX_IN] = {NULL};
    int16_t *share[VH_FUSE_N_EXISTING];
    for (int k = 0; k < gate->n_out; k++)
        share[k] = fuse_scratch_share(f, k);
    for (int i = y0; i < y1; i++) {
        collect_inputs(f, i, in);
        fuse_pick(in, gate->input, gate->n_in);
        f->dsp.gate(share, in, gate, f->cell_stride);
        for (int k = 1; k < gate->n_out && f->denoise_q15 < 32768; k++)
            for (int c = 0; c < f->cells; c++)
                share[k][c] = (int16_t)((share[k][c] * f->denoise_q15) >> 15);
        for (int p = 0; p < f->n_planes; p++) {
            int16_t *own = line_of(&f->plane[p].denoised, i);
            collect_candidates(f, p, i, candidate);
            fuse_pick(candidate, gate->output, gate->n_out);
            fuse_observe(f, false, i, p, in, candidate);
            f->dsp.blend(own, candidate, (const int16_t *const *)share, gate->n_out, f->cells);
            repair_ends(f, own);
        }
    }
}
