/* Fusion, missing lines: deinterlacing. A mixture of spatial, standing and motion-compensated candidates; the
 * gate reads how well each of them explains the lines that are known.
 */
#include "fuse_work.h"

#include <string.h>

static const int region_source[N_REGION] = {[REGION_NEAR_LOW] = VH_FUSE_I_NEAR_LOW,
    [REGION_NEAR_HIGH] = VH_FUSE_I_NEAR_HIGH,
    [REGION_STILL_PAIR] = VH_FUSE_I_STILL_PAIR,
    [REGION_STILL_OWN] = VH_FUSE_I_STILL_OWN};

static bool asks_region(const struct vh_fuse *f, int q)
{
    return asks(f, OF_MISSING, VH_FUSE_I_REGION + q);
}

/* The rows a region's means are made of are asked for by themselves or for that. */
static bool asks_source(const struct vh_fuse *f, int q)
{
    return asks(f, OF_MISSING, region_source[q]) || asks_region(f, q);
}

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
            if (asks_source(f, REGION_STILL_OWN))
                FUSE_ENERGY(f, p, f->existing_energy[EE_OWN], i, {
                    f->dsp.energy_difference(cell, here, a, n);
                    f->dsp.energy_difference(more, here, b, n);
                    for (int c = 0; c < f->cells; c++)
                        cell[c] = cell[c] / 2 + more[c] / 2;
                });
            if (asks(f, OF_MISSING, VH_FUSE_I_STILL_FAR))
                FUSE_ENERGY(f, p, f->existing_energy[EE_OWN_FAR], i, f->dsp.energy_difference(cell, a, b, n));
            if (asks(f, OF_MISSING, VH_FUSE_I_CURVE))
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
            for (int r = 0; r < 2 * f->n_distances; r++) {
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
        for (int pair = 0; pair < f->n_distances; pair++) {
            for (int side = 0; side < 2; side++) {
                smooth_row(f, row[side], f->ref_low[2 * pair + side], j, f->n_missing);
                smooth_row(f, row[2 + side], f->ref_high[2 * pair + side], j, f->n_missing);
                for (int c = 0; c < f->cells; c++)
                    row[4 + side][c] = row[side][c] + 0.5f * row[2 + side][c];
            }
            int16_t *share = FUSE_ROW(f, f->missing_share[pair], j);
            int16_t *high = FUSE_ROW(f, pair ? f->far_high : f->region_input[REGION_NEAR_HIGH], j);
            f->dsp.share(share, row[4], row[5], f->noise, f->cells);
            f->dsp.between_feature(high, row[2], row[3], share, 1 / f->noise, f->cells);
        }
}

static void mix_pairs(struct vh_fuse *f, int p, int j)
{
    struct fuse_plane *plane = &f->plane[p];
    for (int pair = 0; pair < f->n_distances; pair++) {
        int16_t *dst[2] = {line_of(&plane->missing[pair ? ML_FAR : ML_NEAR], j),
            line_of(&plane->missing[pair ? ML_FAR_FIX : ML_NEAR_FIX], j)};
        const int16_t *a[2] = {predicted_missing(f, p, 2 * pair, j), line_of(&plane->left[2 * pair], j)},
                      *b[2] = {
                          predicted_missing(f, p, 2 * pair + 1, j), line_of(&plane->left[2 * pair + 1], j)};
        FUSE_ENERGY(f, p, f->missing_energy[pair ? ME_FAR_LOW : ME_NEAR_LOW], j,
            f->dsp.mix(dst, cell, a, b, FUSE_ROW(f, f->missing_share[pair], j), f->cells));
    }
}

static void measure_line(struct vh_fuse *f, int p, int j)
{
    const struct fuse_plane *plane = &f->plane[p];
    const int16_t *near = line_of(&plane->missing[ML_NEAR], j), *far = line_of(&plane->missing[ML_FAR], j);
    const int16_t *before = line_of(&plane->field[f->field[1]], j), *l[4],
                  *after = line_of(&plane->field[f->field[3]], j);
    int16_t *still = fuse_scratch(f, 0);
    int32_t **e = f->missing_energy;
    const int n = f->padded;
    around(f, p, j, l);
    mix_pairs(f, p, j);
    if (asks(f, OF_MISSING, VH_FUSE_I_NEAR_PAIR))
        FUSE_ENERGY(f, p, e[ME_NEAR_PAIR], j,
            f->dsp.energy_difference(cell, predicted_missing(f, p, 0, j), predicted_missing(f, p, 1, j), n));
    if (f->n_distances == 2)
        FUSE_ENERGY(f, p, e[ME_NEAR_FAR], j, f->dsp.energy_difference(cell, near, far, n));
    if (asks_source(f, REGION_STILL_PAIR))
        FUSE_ENERGY(f, p, e[ME_STILL], j, f->dsp.energy_difference(cell, before, after, n));
    if (asks(f, OF_MISSING, VH_FUSE_I_STILL_NEAR)) {
        f->dsp.halve(still, line_of(&plane->still, j), n);
        FUSE_ENERGY(f, p, e[ME_STILL_NEAR], j, f->dsp.energy_difference(cell, still, near, n));
    }
    if (asks(f, OF_MISSING, VH_FUSE_I_WAVE))
        FUSE_ENERGY(f, p, e[ME_WAVE], j, f->dsp.energy_wave(cell, l[0], l[1], l[2], l[3], n));
    if (asks(f, OF_MISSING, VH_FUSE_I_STEP))
        FUSE_ENERGY(f, p, e[ME_STEP], j, f->dsp.energy_difference(cell, l[1], l[2], n));
}

void fuse_missing_measure(struct vh_fuse *f, int y0, int y1)
{
    for (int j = y0; j < y1; j++)
        for (int p = 0; p < f->n_planes; p++)
            measure_line(f, p, j);
}

/* Input of line j from the energies of the existing lines around it. */
static void feature_around(const struct vh_fuse *f, int16_t *dst, const int32_t *base, int j)
{
    const int32_t *row[4];
    for (int k = 0; k < 4; k++)
        row[k] = FUSE_ROW(f, base, limit(above(f, j) + k - 1, 0, f->n_existing - 1));
    f->dsp.smooth4_feature(dst, row, energy_scale(f) / f->noise, f->cells);
}

/* NEAR_HIGH is there already. */
void fuse_missing_regions(struct vh_fuse *f, int y0, int y1)
{
    for (int j = y0; j < y1; j++) {
        if (asks_source(f, REGION_NEAR_LOW))
            feature_row(f, FUSE_ROW(f, f->region_input[REGION_NEAR_LOW], j), f->missing_energy[ME_NEAR_LOW],
                j, f->n_missing);
        if (asks_source(f, REGION_STILL_PAIR))
            feature_row(f, FUSE_ROW(f, f->region_input[REGION_STILL_PAIR], j), f->missing_energy[ME_STILL], j,
                f->n_missing);
        if (asks_source(f, REGION_STILL_OWN))
            feature_around(
                f, FUSE_ROW(f, f->region_input[REGION_STILL_OWN], j), f->existing_energy[EE_OWN], j);
    }
}

/* Means over REGION_CELLS x REGION_LINES, Q10: columns first. */
static void reduce_row(const struct vh_fuse *f, int16_t *dst, const int16_t *rows, int ry)
{
    int32_t *column = f->scratch_energy;
    int j0 = ry * REGION_LINES, j1 = j0 + REGION_LINES < f->n_missing ? j0 + REGION_LINES : f->n_missing;
    memset(column, 0, (size_t)f->cells * sizeof *column);
    for (int j = j0; j < j1; j++) {
        const int16_t *row = FUSE_ROW(f, rows, j);
        for (int c = 0; c < f->cells; c++)
            column[c] += row[c];
    }
    for (int c0 = 0; c0 < f->cells; c0 += REGION_CELLS) {
        int sum = 0, c1 = c0 + REGION_CELLS < f->cells ? c0 + REGION_CELLS : f->cells;
        for (int c = c0; c < c1; c++)
            sum += column[c];
        dst[c0 / REGION_CELLS] = (int16_t)(sum / ((c1 - c0) * (j1 - j0)));
    }
}

void fuse_missing_reduce(struct vh_fuse *f, int r0, int r1)
{
    for (int ry = r0; ry < r1; ry++)
        for (int q = 0; q < N_REGION; q++)
            if (asks_region(f, q))
                reduce_row(f, FUSE_ROW(f, f->region_raw[q], ry), f->region_input[q], ry);
}

static int region_columns(const struct vh_fuse *f)
{
    return (f->cells + REGION_CELLS - 1) / REGION_CELLS;
}

/* Smoothed by [1 2 1] x [1 2 1] over regions, spread to their cells. */
static void fill_region_row(const struct vh_fuse *f, int ry, int q)
{
    int last = region_columns(f) - 1, rows = (f->n_missing + REGION_LINES - 1) / REGION_LINES;
    const int16_t *up = FUSE_ROW(f, f->region_raw[q], limit(ry - 1, 0, rows - 1)),
                  *here = FUSE_ROW(f, f->region_raw[q], ry),
                  *down = FUSE_ROW(f, f->region_raw[q], limit(ry + 1, 0, rows - 1));
    int left = up[0] + 2 * here[0] + down[0], middle = left;
    for (int rx = 0; rx <= last; rx++) {
        int next = rx < last ? rx + 1 : last, right = up[next] + 2 * here[next] + down[next];
        int16_t v = (int16_t)((left + 2 * middle + right + 8) >> 4);
        for (int c = rx * REGION_CELLS; c < (rx + 1) * REGION_CELLS && c < f->cells; c++)
            f->region_row[q][c] = v;
        left = middle;
        middle = right;
    }
}

/* Rows that are made of energies for the gate alone. What is near stands for what is far where nothing far is
 * predicted from. */
static void collect_logs(const struct vh_fuse *f, int j, const int16_t **in)
{
    static const struct {
        int input, energy;
    } of_missing[] = {{VH_FUSE_I_NEAR_PAIR, ME_NEAR_PAIR}, {VH_FUSE_I_STILL_NEAR, ME_STILL_NEAR},
        {VH_FUSE_I_WAVE, ME_WAVE}, {VH_FUSE_I_STEP, ME_STEP}, {VH_FUSE_I_FAR_LOW, ME_FAR_LOW},
        {VH_FUSE_I_NEAR_FAR, ME_NEAR_FAR}},
      of_existing[] = {{VH_FUSE_I_STILL_FAR, EE_OWN_FAR}, {VH_FUSE_I_CURVE, EE_CURVE}};
    size_t n = sizeof of_missing / sizeof *of_missing - (f->n_distances == 2 ? 0 : 2);
    for (size_t k = 0; k < n; k++) {
        if (!asks(f, OF_MISSING, of_missing[k].input))
            continue;
        int16_t *row = fuse_scratch_input(f, of_missing[k].input);
        feature_row(f, row, f->missing_energy[of_missing[k].energy], j, f->n_missing);
        in[of_missing[k].input] = row;
    }
    for (size_t k = 0; k < sizeof of_existing / sizeof *of_existing; k++) {
        if (!asks(f, OF_MISSING, of_existing[k].input))
            continue;
        int16_t *row = fuse_scratch_input(f, of_existing[k].input);
        feature_around(f, row, f->existing_energy[of_existing[k].energy], j);
        in[of_existing[k].input] = row;
    }
}

static void collect_inputs(const struct vh_fuse *f, int j, const int16_t **in)
{
    const struct vh_fuse_hint *hint = hint_of(f, 2 * j + 1 - f->parity);
    collect_logs(f, j, in);
    for (int pair = 0; pair < f->n_distances; pair++) {
        int16_t *row = fuse_scratch_input(f, VH_FUSE_I_NEAR_PHASE + pair);
        f->dsp.between(row, hint->phase[0][f->ref[2 * pair]], hint->phase[0][f->ref[2 * pair + 1]],
            FUSE_ROW(f, f->missing_share[pair], j), f->cells);
        in[VH_FUSE_I_NEAR_PHASE + pair] = row;
    }
    in[VH_FUSE_I_FAR_HIGH] = FUSE_ROW(f, f->far_high, j);
    in[VH_FUSE_I_SPEED] = hint->speed;
    in[VH_FUSE_I_NOISE] = f->noise_row;
    in[VH_FUSE_I_ONE_SIDED] = f->one_sided_row;
    for (int q = 0; q < N_REGION; q++) {
        in[region_source[q]] = FUSE_ROW(f, f->region_input[q], j);
        in[VH_FUSE_I_REGION + q] = f->region_row[q];
    }
    if (f->n_distances == 1) {
        in[VH_FUSE_I_NEAR_FAR] = f->zero_row;
        in[VH_FUSE_I_FAR_LOW] = in[VH_FUSE_I_NEAR_LOW];
        in[VH_FUSE_I_FAR_HIGH] = in[VH_FUSE_I_NEAR_HIGH];
        in[VH_FUSE_I_FAR_PHASE] = in[VH_FUSE_I_NEAR_PHASE];
    }
}

static void collect_candidates(const struct vh_fuse *f, int p, int j, const int16_t **candidate)
{
    const struct fuse_plane *plane = &f->plane[p];
    const bool both = f->n_distances == 2;
    const int16_t *near = line_of(&plane->missing[ML_NEAR], j),
                  *far = both ? line_of(&plane->missing[ML_FAR], j) : near;
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
    if (both && offers(f, OF_MISSING, VH_FUSE_M_FAR_CORRECTED))
        f->dsp.correct(s[2], far, line_of(&plane->missing[ML_FAR_FIX], j), n);
    f->dsp.halve(s[3], z[2], n);
    if (offers(f, OF_MISSING, VH_FUSE_WESTON))
        f->dsp.weston(s[4], l, z, n);
    if (offers(f, OF_MISSING, VH_FUSE_M_NEAR_SOFT)) {
        f->dsp.blur(s[8], near_fix, n);
        f->dsp.correct(s[5], near, s[8], n);
    }
    if (offers(f, OF_MISSING, VH_FUSE_M_SOFT)) {
        f->dsp.mean(s[6], s[0], near, n);
        f->dsp.mean(s[7], s[1], far, n);
        f->dsp.mean(s[8], s[6], s[7], n);
        repeat_ends(f, s[8]);
        f->dsp.blur(s[6], s[8], n);
    }
    candidate[VH_FUSE_CUBIC] = s[0];
    candidate[VH_FUSE_M_NEAR] = near;
    candidate[VH_FUSE_M_NEAR_CORRECTED] = s[1];
    candidate[VH_FUSE_M_FAR] = far;
    candidate[VH_FUSE_M_FAR_CORRECTED] = both ? s[2] : s[1];
    candidate[VH_FUSE_STILL] = s[3];
    candidate[VH_FUSE_WESTON] = s[4];
    candidate[VH_FUSE_M_NEAR_SOFT] = s[5];
    candidate[VH_FUSE_M_SOFT] = s[6];
}

/* Where vectors around a cell differ by this much (quarter samples) two things may lie in one block, of which
 * overlapped compensation makes a mixture for each neighbour; the guard sets in, and GUARD_RISE later is
 * whole. Set on two clips with captions (docs/algorithms/motion.md). */
enum { GUARD_SPREAD = 8, GUARD_RISE = 4, GUARD_SIGMAS = 2 };

/* The guard's strength per cell of line j, Q15; false when it is 0 everywhere. */
static bool guard_strength(const struct vh_fuse *f, int j, int16_t *strength)
{
    const int16_t *spread = hint_of(f, 2 * j + 1 - f->parity)->spread;
    int any = 0;
    for (int c = 0; c < f->cells; c++) {
        int left = spread[c ? c - 1 : 0], right = spread[c + 1 < f->cells ? c + 1 : c], v = spread[c];
        v = left > v ? left : v;
        v = limit((right > v ? right : v) - GUARD_SPREAD, 0, GUARD_RISE);
        strength[c] = (int16_t)(v * INT16_MAX / GUARD_RISE);
        any |= v;
    }
    return any && !f->one_sided;
}

/* Against lines that alternate with those of the field (combing) beside things that move differently: what
 * n-1 and n+1 do not agree on may not leave the range of the lines around. */
static void guard_line(const struct vh_fuse *f, int p, int j, int16_t *line, const int16_t *strength)
{
    const int16_t *l[4];
    around(f, p, j, l);
    f->dsp.guard(line, l[1], l[2], predicted_missing(f, p, 0, j), predicted_missing(f, p, 1, j), strength,
        (int)(GUARD_SIGMAS * 64 * f->job->sigma_8bit), f->padded);
}

static void write_line(const struct vh_fuse *f, int p, int j, const int16_t *line)
{
    const struct vh_plane *out = &f->job->out[p];
    f->dsp.store(out->data + out->stride * (2 * j + 1 - f->parity), line, f->width);
}

static void decide_line(const struct vh_fuse *f, int j)
{
    const struct vh_fuse_gate *gate = &f->job->gates->missing;
    const int16_t *in[VH_FUSE_MAX_IN] = {NULL}, *candidate[VH_FUSE_MAX_IN] = {NULL};
    int16_t *share[VH_FUSE_N_MISSING], *line = fuse_scratch(f, 9);
    for (int k = 0; k < gate->n_out; k++)
        share[k] = fuse_scratch_share(f, k);
    collect_inputs(f, j, in);
    fuse_pick(in, gate->input, gate->n_in);
    f->dsp.gate(share, in, gate, f->cell_stride);
    int16_t *strength = (int16_t *)(void *)fuse_scratch_row(f, 0);
    bool guarded = guard_strength(f, j, strength);
    for (int p = 0; p < f->n_planes; p++) {
        collect_candidates(f, p, j, candidate);
        fuse_pick(candidate, gate->output, gate->n_out);
        fuse_observe(f, true, j, p, in, candidate);
        f->dsp.blend(line, candidate, (const int16_t *const *)share, gate->n_out, f->cells);
        if (guarded)
            guard_line(f, p, j, line, strength);
        write_line(f, p, j, line);
    }
}

void fuse_missing_decide(struct vh_fuse *f, int r0, int r1)
{
    for (int r = r0; r < r1; r++) {
        int end = (r + 1) * REGION_LINES < f->n_missing ? (r + 1) * REGION_LINES : f->n_missing;
        for (int q = 0; q < N_REGION; q++)
            if (asks_region(f, q))
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
