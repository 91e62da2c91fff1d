/* Fusion, missing lines: deinterlacing. A mixture of spatial, standing and motion-compensated candidates; the
 * gate reads how well each of them explains the lines that are known.
 */
#include "fuse_work.h"

/* Rows of existing lines: how the field differs from its neighbours of the same parity where nothing moves,
 * and how well a line is foretold by those around it. */
void fuse_missing_existing(struct vh_fuse *f, int y0, int y1)
{
    const int n = f->padded;
    for (int p = 0; p < f->n_planes; p++) {
        const struct lines *before = &f->plane[p].field[f->field[0]],
                           *after = &f->plane[p].field[f->field[4]];
        for (int i = y0; i < y1; i++) {
            const int16_t *here = line_of(&f->plane[p].field[2], i);
            const int16_t *a = line_of(before, i), *b = line_of(after, i);
            int32_t *more = (int32_t *)(void *)fuse_scratch_row(f, 0);
            FUSE_ENERGY(f, p, f->existing_energy[EE_OWN], i, {
                f->dsp.energy_difference(cell, here, a, n);
                f->dsp.energy_difference(more, here, b, n);
                for (int c = 0; c < f->cells; c++)
                    cell[c] = cell[c] / 2 + more[c] / 2;
            });
            FUSE_ENERGY(f, p, f->existing_energy[EE_OWN_FAR], i, f->dsp.energy_difference(cell, a, b, n));
            FUSE_ENERGY(f, p, f->existing_energy[EE_CURVE], i,
                f->dsp.energy_curve(
                    cell, own_line(f, p, i), own_line(f, p, i - 1), own_line(f, p, i + 1), n));
        }
    }
}

/* The four existing lines around missing line j. */
static void around(const struct vh_fuse *f, int p, int j, const int16_t *l[4])
{
    for (int k = 0; k < 4; k++)
        l[k] = own_line(f, p, above(f, j) + k - 1);
}

void fuse_missing_references(struct vh_fuse *f, int y0, int y1)
{
    int32_t *high_part = (int32_t *)(void *)fuse_scratch_row(f, 0);
    for (int p = 0; p < f->n_planes; p++)
        for (int j = y0; j < y1; j++) {
            const int16_t *o[4], *q[4];
            around(f, p, j, o);
            for (int r = 0; r < VH_FUSE_REFS; r++) {
                for (int k = 0; k < 4; k++)
                    q[k] = predicted_existing(f, p, r, above(f, j) + k - 1);
                int32_t *high_row = FUSE_ROW(f, f->ref_high[r], j), *high = p ? high_part : high_row;
                FUSE_ENERGY(f, p, f->ref_low[r], j,
                    f->dsp.residual(line_of(&f->plane[p].left[r], j), cell, high, o, q, f->padded));
                energy_settle(f, p, high_row, high);
            }
            const struct fuse_plane *plane = &f->plane[p];
            f->dsp.add(line_of(&plane->still, j), line_of(&plane->field[f->field[1]], j),
                line_of(&plane->field[f->field[3]], j), f->padded);
        }
}

void fuse_missing_shares(struct vh_fuse *f, int y0, int y1)
{
    float *row[6];
    for (int k = 0; k < 6; k++)
        row[k] = fuse_scratch_row(f, k);
    for (int j = y0; j < y1; j++)
        for (int pair = 0; pair < 2; pair++) {
            for (int side = 0; side < 2; side++) {
                smooth_row(f, row[side], f->ref_low[2 * pair + side], j, f->n_missing);
                smooth_row(f, row[2 + side], f->ref_high[2 * pair + side], j, f->n_missing);
                for (int c = 0; c < f->cells; c++)
                    row[4 + side][c] = row[side][c] + 0.5f * row[2 + side][c];
            }
            int16_t *share = FUSE_ROW(f, f->missing_share[pair], j);
            f->dsp.share(share, row[4], row[5], f->noise, f->cells);
            float *high = FUSE_ROW(f, f->high[pair], j);
            for (int c = 0; c < f->cells; c++)
                high[c] = row[2][c] + (row[3][c] - row[2][c]) * ((float)share[c] * (1.f / 32768));
        }
}

static void mix_pairs(struct vh_fuse *f, int p, int j)
{
    int16_t *weight = fuse_scratch(f, FUSE_WEIGHT);
    struct fuse_plane *plane = &f->plane[p];
    for (int pair = 0; pair < 2; pair++) {
        f->dsp.expand(weight, FUSE_ROW(f, f->missing_share[pair], j), f->cells);
        f->dsp.mix(line_of(&plane->missing[pair ? ML_FAR : ML_NEAR], j), predicted_missing(f, p, 2 * pair, j),
            predicted_missing(f, p, 2 * pair + 1, j), weight, f->padded);
        f->dsp.mix(line_of(&plane->missing[pair ? ML_FAR_FIX : ML_NEAR_FIX], j),
            line_of(&plane->left[2 * pair], j), line_of(&plane->left[2 * pair + 1], j), weight, f->padded);
    }
}

void fuse_missing_measure(struct vh_fuse *f, int y0, int y1)
{
    int16_t *still = fuse_scratch(f, 0);
    int32_t **e = f->missing_energy;
    const int n = f->padded;
    for (int p = 0; p < f->n_planes; p++)
        for (int j = y0; j < y1; j++) {
            const struct fuse_plane *plane = &f->plane[p];
            const int16_t *l[4];
            around(f, p, j, l);
            mix_pairs(f, p, j);
            f->dsp.halve(still, line_of(&plane->still, j), n);
            const int16_t *near = line_of(&plane->missing[ML_NEAR], j),
                          *far = line_of(&plane->missing[ML_FAR], j);
            FUSE_ENERGY(
                f, p, e[ME_NEAR_LOW], j, f->dsp.energy(cell, line_of(&plane->missing[ML_NEAR_FIX], j), n));
            FUSE_ENERGY(
                f, p, e[ME_FAR_LOW], j, f->dsp.energy(cell, line_of(&plane->missing[ML_FAR_FIX], j), n));
            FUSE_ENERGY(f, p, e[ME_NEAR_PAIR], j,
                f->dsp.energy_difference(
                    cell, predicted_missing(f, p, 0, j), predicted_missing(f, p, 1, j), n));
            FUSE_ENERGY(f, p, e[ME_NEAR_FAR], j, f->dsp.energy_difference(cell, near, far, n));
            FUSE_ENERGY(f, p, e[ME_STILL], j,
                f->dsp.energy_difference(
                    cell, line_of(&plane->field[f->field[1]], j), line_of(&plane->field[f->field[3]], j), n));
            FUSE_ENERGY(f, p, e[ME_STILL_NEAR], j, f->dsp.energy_difference(cell, still, near, n));
            FUSE_ENERGY(f, p, e[ME_WAVE], j, f->dsp.energy_wave(cell, l[0], l[1], l[2], l[3], n));
            FUSE_ENERGY(f, p, e[ME_STEP], j, f->dsp.energy_difference(cell, l[1], l[2], n));
        }
}

/* Input k of line j that is the mean of two existing lines' energies, smoothed. */
static void smooth_pair(const struct vh_fuse *f, float *dst, const int32_t *base, int j, float scale)
{
    float *other = fuse_scratch_row(f, FUSE_ROWS - 1);
    int i = above(f, j), last = f->n_existing - 1;
    smooth_row(f, dst, base, limit(i, 0, last), f->n_existing);
    smooth_row(f, other, base, limit(i + 1, 0, last), f->n_existing);
    for (int c = 0; c < f->cells; c++)
        dst[c] = (dst[c] + other[c]) * scale;
}

static const int region_source[N_REGION] = {
    VH_FUSE_I_NEAR_LOW, VH_FUSE_I_NEAR_HIGH, VH_FUSE_I_STILL_PAIR, VH_FUSE_I_STILL_OWN};

static bool is_region_source(int input)
{
    for (int q = 0; q < N_REGION; q++)
        if (region_source[q] == input)
            return true;
    return false;
}

/* Log input k of line j, from the rows of energies. */
static void log_input(const struct vh_fuse *f, int k, int j, float *dst)
{
    static const struct {
        int input, energy;
    } direct[] = {{VH_FUSE_I_NEAR_LOW, ME_NEAR_LOW}, {VH_FUSE_I_FAR_LOW, ME_FAR_LOW},
        {VH_FUSE_I_NEAR_PAIR, ME_NEAR_PAIR}, {VH_FUSE_I_NEAR_FAR, ME_NEAR_FAR},
        {VH_FUSE_I_STILL_PAIR, ME_STILL}, {VH_FUSE_I_STILL_NEAR, ME_STILL_NEAR}, {VH_FUSE_I_WAVE, ME_WAVE},
        {VH_FUSE_I_STEP, ME_STEP}};
    const float *src = dst;
    if (k == VH_FUSE_I_NEAR_HIGH || k == VH_FUSE_I_FAR_HIGH)
        src = FUSE_ROW(f, f->high[k == VH_FUSE_I_FAR_HIGH], j);
    else if (k == VH_FUSE_I_STILL_OWN)
        smooth_pair(f, dst, f->existing_energy[EE_OWN], j, 0.5f);
    else if (k == VH_FUSE_I_STILL_FAR)
        smooth_pair(f, dst, f->existing_energy[EE_OWN_FAR], j, 0.5f);
    else if (k == VH_FUSE_I_CURVE)
        smooth_pair(f, dst, f->existing_energy[EE_CURVE], j, 0.5f);
    for (size_t d = 0; d < sizeof direct / sizeof *direct; d++)
        if (direct[d].input == k)
            smooth_row(f, dst, f->missing_energy[direct[d].energy], j, f->n_missing);
    f->dsp.feature(dst, src, 1 / f->noise, f->cells);
}

void fuse_missing_regions(struct vh_fuse *f, int y0, int y1)
{
    for (int j = y0; j < y1; j++)
        for (int q = 0; q < N_REGION; q++)
            log_input(f, region_source[q], j, FUSE_ROW(f, f->region_input[q], j));
}

/* Means over REGION_CELLS x REGION_LINES. */
static float region_mean(const struct vh_fuse *f, const float *rows, int ry, int rx)
{
    float sum = 0;
    int n = 0;
    for (int j = ry * REGION_LINES; j < (ry + 1) * REGION_LINES && j < f->n_missing; j++)
        for (int c = rx * REGION_CELLS; c < (rx + 1) * REGION_CELLS && c < f->cells; c++, n++)
            sum += FUSE_ROW(f, rows, j)[c];
    return sum / (float)n;
}

static int region_columns(const struct vh_fuse *f)
{
    return (f->cells + REGION_CELLS - 1) / REGION_CELLS;
}

void fuse_missing_reduce(struct vh_fuse *f, int r0, int r1)
{
    for (int ry = r0; ry < r1; ry++)
        for (int q = 0; q < N_REGION; q++)
            for (int rx = 0; rx < region_columns(f); rx++)
                FUSE_ROW(f, f->region_raw[q], ry)[rx] = region_mean(f, f->region_input[q], ry, rx);
}

/* Smoothed by [1 2 1] x [1 2 1] over regions, spread to their cells. */
static void fill_region_row(const struct vh_fuse *f, int ry, int q)
{
    int columns = region_columns(f), rows = (f->n_missing + REGION_LINES - 1) / REGION_LINES;
    for (int rx = 0; rx < columns; rx++) {
        float sum = 0;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++)
                sum += FUSE_ROW(
                           f, f->region_raw[q], limit(ry + dy, 0, rows - 1))[limit(rx + dx, 0, columns - 1)] *
                       (float)((2 - (dx & 1)) * (2 - (dy & 1)));
        for (int c = rx * REGION_CELLS; c < (rx + 1) * REGION_CELLS && c < f->cells; c++)
            f->region_row[q][c] = sum * (1.f / 16);
    }
}

static void collect_inputs(const struct vh_fuse *f, int j, const float **in)
{
    for (int k = 0; k < VH_FUSE_I_LOGS; k++)
        if (!is_region_source(k)) {
            float *row = fuse_scratch_row(f, k);
            log_input(f, k, j, row);
            in[k] = row;
        }
    const struct vh_fuse_hint *hint = hint_of(f, 2 * j + 1 - f->parity);
    for (int pair = 0; pair < 2; pair++) {
        float *row = fuse_scratch_row(f, VH_FUSE_I_NEAR_PHASE + pair);
        f->dsp.between(row, hint->phase[0][f->ref[2 * pair]], hint->phase[0][f->ref[2 * pair + 1]],
            FUSE_ROW(f, f->missing_share[pair], j), f->cells);
        in[VH_FUSE_I_NEAR_PHASE + pair] = row;
    }
    in[VH_FUSE_I_SPEED] = hint->speed;
    in[VH_FUSE_I_NOISE] = f->noise_row;
    in[VH_FUSE_I_ONE_SIDED] = f->one_sided_row;
    for (int q = 0; q < N_REGION; q++) {
        in[region_source[q]] = FUSE_ROW(f, f->region_input[q], j);
        in[VH_FUSE_I_REGION + q] = f->region_row[q];
    }
}

static void collect_candidates(const struct vh_fuse *f, int p, int j, const int16_t **candidate)
{
    const struct fuse_plane *plane = &f->plane[p];
    const int16_t *near = line_of(&plane->missing[ML_NEAR], j), *far = line_of(&plane->missing[ML_FAR], j);
    const int16_t *near_fix = line_of(&plane->missing[ML_NEAR_FIX], j), *l[4], *z[5];
    const int n = f->padded;
    int16_t *s[9];
    for (int k = 0; k < 9; k++)
        s[k] = fuse_scratch(f, k);
    around(f, p, j, l);
    for (int k = 0; k < 5; k++)
        z[k] = line_of(&plane->still, limit(j + k - 2, 0, f->n_missing - 1));
    f->dsp.cubic(s[0], l[0], l[1], l[2], l[3], n);
    f->dsp.correct(s[1], near, near_fix, n);
    f->dsp.correct(s[2], far, line_of(&plane->missing[ML_FAR_FIX], j), n);
    f->dsp.halve(s[3], z[2], n);
    f->dsp.weston(s[4], l, z, n);
    f->dsp.blur(s[8], near_fix, n);
    f->dsp.correct(s[5], near, s[8], n);
    f->dsp.mean(s[6], s[0], near, n);
    f->dsp.mean(s[7], s[1], far, n);
    f->dsp.mean(s[8], s[6], s[7], n);
    repeat_ends(f, s[8]);
    f->dsp.blur(s[6], s[8], n);
    candidate[VH_FUSE_CUBIC] = s[0];
    candidate[VH_FUSE_M_NEAR] = near;
    candidate[VH_FUSE_M_NEAR_CORRECTED] = s[1];
    candidate[VH_FUSE_M_FAR] = far;
    candidate[VH_FUSE_M_FAR_CORRECTED] = s[2];
    candidate[VH_FUSE_STILL] = s[3];
    candidate[VH_FUSE_WESTON] = s[4];
    candidate[VH_FUSE_M_NEAR_SOFT] = s[5];
    candidate[VH_FUSE_M_SOFT] = s[6];
}

static void write_line(const struct vh_fuse *f, int p, int j, const int16_t *line)
{
    const struct vh_plane *out = &f->job->out[p];
    f->dsp.store(out->data + out->stride * (2 * j + 1 - f->parity), line, f->width);
}

static void decide_line(const struct vh_fuse *f, int j)
{
    const float *in[VH_FUSE_I_INPUTS];
    const int16_t *candidate[VH_FUSE_N_MISSING];
    int16_t *share[VH_FUSE_N_MISSING], *line = fuse_scratch(f, 9);
    for (int k = 0; k < VH_FUSE_N_MISSING; k++)
        share[k] = fuse_scratch_share(f, k);
    collect_inputs(f, j, in);
    f->dsp.gate(share, in, &f->job->gates->missing, f->cell_stride);
    fuse_expand(f, share, VH_FUSE_N_MISSING);
    for (int p = 0; p < f->n_planes; p++) {
        collect_candidates(f, p, j, candidate);
        fuse_observe(f, true, j, p, in, candidate);
        fuse_blend(f, line, candidate, VH_FUSE_N_MISSING);
        write_line(f, p, j, line);
    }
}

void fuse_missing_decide(struct vh_fuse *f, int r0, int r1)
{
    for (int r = r0; r < r1; r++) {
        int end = (r + 1) * REGION_LINES < f->n_missing ? (r + 1) * REGION_LINES : f->n_missing;
        for (int q = 0; q < N_REGION; q++)
            fill_region_row(f, r, q);
        for (int j = r * REGION_LINES; j < end; j++)
            decide_line(f, j);
    }
}

/* Without neighbours there is only the field itself. */
void fuse_missing_interpolate(struct vh_fuse *f, int y0, int y1)
{
    const int16_t *l[4];
    int16_t *line = fuse_scratch(f, 0);
    for (int p = 0; p < f->n_planes; p++)
        for (int j = y0; j < y1; j++) {
            around(f, p, j, l);
            f->dsp.cubic(line, l[0], l[1], l[2], l[3], f->padded);
            if (j >= f->first && j < f->end)
                write_line(f, p, j, line);
        }
}
