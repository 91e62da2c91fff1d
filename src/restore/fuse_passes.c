/* Motion-compensated fusion: the workspace of a band, the order of its passes, and what both kinds of lines
 * share.
 */
#include "core/memory.h"
#include "core/status.h"
#include "fuse_work.h"

#include <string.h>

static bool lines_make(struct lines *l, int padded, int rows)
{
    l->stride = padded + 2 * FUSE_PAD;
    l->mask = rows - 1;
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

/* All lines of a plane with their rings' lengths, so that making and freeing name them once. */
#define EACH_LINES(p, DO)                                                                                    \
    DO((p)->denoised, FUSE_RING)                                                                             \
    DO((p)->soft, FUSE_SHORT_RING)                                                                           \
    DO((p)->still, FUSE_RING)                                                                                \
    for (int k = 0; k < VH_FUSE_FIELDS; k++)                                                                 \
        DO((p)->field[k], k == 2 ? FUSE_RING : FUSE_SHORT_RING)                                              \
    for (int k = 0; k < VH_FUSE_REFS; k++) {                                                                 \
        DO((p)->prediction[k], 2 * FUSE_SHORT_RING)                                                          \
        DO((p)->own_left[k], FUSE_SHORT_RING)                                                                \
        DO((p)->left[k], FUSE_SHORT_RING)                                                                    \
    }                                                                                                        \
    for (int k = 0; k < 2; k++)                                                                              \
        DO((p)->own_mixed[k], FUSE_SHORT_RING)                                                               \
    for (int k = 0; k < N_MISSING_LINE; k++)                                                                 \
    DO((p)->missing[k], FUSE_RING)

static bool plane_make(struct fuse_plane *p, int padded)
{
    bool ok = true;
#define MAKE(l, rows) ok = lines_make(&(l), padded, rows) && ok;
    EACH_LINES(p, MAKE)
#undef MAKE
    return ok;
}

static void plane_free(struct fuse_plane *p)
{
#define FREE(l, rows) lines_free(&(l));
    EACH_LINES(p, FREE)
#undef FREE
}

/* All rows of cells. */
#define EACH_ROW_ARRAY(f, DO)                                                                                \
    for (int k = 0; k < VH_FUSE_REFS; k++) {                                                                 \
        DO((f)->own_ref_low[k]);                                                                             \
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
    }                                                                                                        \
    for (int k = 0; k < N_REGION; k++) {                                                                     \
        DO((f)->region_input[k]);                                                                            \
        DO((f)->region_raw[k]);                                                                              \
        DO((f)->region_row[k]);                                                                              \
    }                                                                                                        \
    DO((f)->far_high);                                                                                       \
    DO((f)->noise_row);                                                                                      \
    DO((f)->zero_row);                                                                                       \
    DO((f)->one_sided_row);

static bool rows_make(struct vh_fuse *f)
{
    size_t n = (size_t)f->cell_stride * FUSE_RING;
    bool ok = true;
#define MAKE(row) ok = ((row) = vh_alloc(n, sizeof *(row))) != NULL && ok
    EACH_ROW_ARRAY(f, MAKE)
#undef MAKE
    size_t line = (size_t)f->padded + 2 * FUSE_PAD, row = (size_t)f->cell_stride;
    f->scratch = vh_alloc(FUSE_LINES * line, sizeof *f->scratch);
    f->scratch_row = vh_alloc(FUSE_ROWS * row, sizeof *f->scratch_row);
    f->scratch_input = vh_alloc(VH_FUSE_MAX_IN * row, sizeof *f->scratch_input);
    f->scratch_energy = vh_alloc(row, sizeof *f->scratch_energy);
    f->scratch_share = vh_alloc(VH_FUSE_MAX_OUT * row, sizeof *f->scratch_share);
    return ok && f->scratch && f->scratch_row && f->scratch_input && f->scratch_energy && f->scratch_share;
}

int vh_fuse_create(struct vh_fuse **fuse, int width, int height, int n_planes, unsigned cpu_flags)
{
    struct vh_fuse *f = *fuse = vh_alloc(1, sizeof *f);
    if (!f)
        return VH_ERR_RESOURCE;
    f->width = width;
    f->height = height;
    f->n_planes = n_planes;
    f->padded = (width + VH_FUSE_LANES - 1) / VH_FUSE_LANES * VH_FUSE_LANES;
    f->cells = f->padded / VH_FUSE_CELL;
    f->cell_stride = (f->cells + VH_FUSE_CELL_LANES - 1) / VH_FUSE_CELL_LANES * VH_FUSE_CELL_LANES;
    vh_dsp_fuse_init(&f->dsp, cpu_flags);
    bool ok = rows_make(f);
    for (int p = 0; p < n_planes; p++)
        ok = plane_make(&f->plane[p], f->padded) && ok;
    if (!ok)
        vh_fuse_destroy(fuse);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_fuse_destroy(struct vh_fuse **fuse)
{
    struct vh_fuse *f = *fuse;
    if (!f)
        return;
    for (int p = 0; p < f->n_planes; p++)
        plane_free(&f->plane[p]);
    EACH_ROW_ARRAY(f, vh_free)
    vh_free(f->scratch);
    vh_free(f->scratch_row);
    vh_free(f->scratch_input);
    vh_free(f->scratch_energy);
    vh_free(f->scratch_share);
    vh_freep(fuse);
}

void fuse_observe(const struct vh_fuse *f, bool missing, int line, int plane, const int16_t *const *in,
    const int16_t *const *candidate)
{
    struct vh_fuse_look look = {missing, line, plane, f->cells, in, candidate};
    if (f->job->observe)
        f->job->observe(f->job->observe_arg, &look);
}

/* What stands in for an absent neighbour: the one on the other side. Without both far ones, whatever is far
 * is what is near, and not computed again. */
static void substitute(struct vh_fuse *f)
{
    const struct vh_fuse_job *job = f->job;
    const bool *there = job->ref, *standing = job->standing;
    f->alone = !there[0] && !there[1];
    f->one_sided = there[0] != there[1];
    f->n_distances = there[2] || there[3] ? 2 : 1;
    for (int r = 0; r < VH_FUSE_REFS; r++)
        f->ref[r] = there[r] ? r : r ^ 1;
    f->field[2] = 2;
    f->field[1] = there[0] ? 1 : 3;
    f->field[3] = there[1] ? 3 : 1;
    f->field[0] = standing[0] ? 0 : standing[1] ? 4 : 2;
    f->field[4] = standing[1] ? 4 : standing[0] ? 0 : 2;
}

static void load_fields(struct vh_fuse *f, int y0, int y1)
{
    for (int p = 0; p < f->n_planes; p++)
        for (int k = 0; k < VH_FUSE_FIELDS; k++) {
            const struct vh_plane_const *src = &f->job->field[p][k];
            bool wanted = k == 2 || (k & 1 ? f->job->ref[k / 2] : f->stands && f->job->standing[k / 4]);
            for (int y = y0; wanted && y < y1 && y < src->height; y++)
                f->dsp.load(
                    line_of(&f->plane[p].field[k], y), src->data + src->stride * y, f->width, f->padded);
        }
}

/* Predictions come in 14 bits; kernels want the last sample repeated, as in `load`. */
static void pad_predictions(struct vh_fuse *f, int y0, int y1)
{
    for (int p = 0; p < f->n_planes; p++)
        for (int r = 0; r < VH_FUSE_REFS; r++)
            for (int y = 2 * y0; f->job->ref[r] && y < 2 * y1; y++) {
                int16_t *line = line_of(&f->plane[p].prediction[r], y);
                for (int x = f->width; x < f->padded; x++)
                    line[x] = line[f->width - 1];
            }
}

static void take_pairs(struct vh_fuse *f, int y0, int y1)
{
    load_fields(f, y0, y1);
    pad_predictions(f, y0, y1);
}

static void copy_existing(struct vh_fuse *f, int y0, int y1)
{
    y0 = y0 > f->first ? y0 : f->first;
    for (int p = 0; p < f->n_planes; p++)
        for (int i = y0; i < y1 && i < f->end; i++) {
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

/* The passes in their order. `lag`: how many pairs must be there beyond a line before the pass can do it.
 * `lead`: how many lines after the start of a band that does not begin at the top it can start. Each is that
 * of the pass before plus what the pass looks around itself: a line more for energies smoothed over three
 * rows, two for missing lines, whose interpolation takes two existing lines above and below. */
enum lines_of { PAIRS, EXISTING, MISSING, REDUCED, DECIDED };
enum condition { ALWAYS, WHEN_DENOISING, WITH_NEIGHBOURS, WHEN_ALONE };
static const struct {
    void (*run)(struct vh_fuse *f, int y0, int y1);
    enum lines_of of;
    enum condition when;
    int lag, lead;
} passes[] = {
    {take_pairs, PAIRS, ALWAYS, 0, 0},
    {fuse_existing_references, EXISTING, WHEN_DENOISING, 1, 1},
    {fuse_existing_shares, EXISTING, WHEN_DENOISING, 2, 2},
    {fuse_existing_measure, EXISTING, WHEN_DENOISING, 2, 2},
    {fuse_existing_decide, EXISTING, WHEN_DENOISING, 3, 3},
    {copy_existing, EXISTING, ALWAYS, 3, 3},
    {fuse_missing_existing, EXISTING, WITH_NEIGHBOURS, 4, 4},
    {fuse_missing_references, MISSING, WITH_NEIGHBOURS, 5, 5},
    {fuse_missing_shares, MISSING, WITH_NEIGHBOURS, 6, 6},
    {fuse_missing_measure, MISSING, WITH_NEIGHBOURS, 6, 6},
    {fuse_missing_regions, MISSING, WITH_NEIGHBOURS, 7, 7},
    {fuse_missing_reduce, REDUCED, WITH_NEIGHBOURS, 7, 7},
    {fuse_missing_decide, DECIDED, WITH_NEIGHBOURS, 7, 0},
    {fuse_missing_interpolate, MISSING, WHEN_ALONE, 5, 5},
};
_Static_assert(sizeof passes / sizeof *passes == N_PASSES, "struct vh_fuse counts the passes");

static int total_of(const struct vh_fuse *f, enum lines_of of)
{
    int regions = (f->n_missing + REGION_LINES - 1) / REGION_LINES;
    return of == PAIRS ? f->n_pairs : of == EXISTING ? f->n_existing : of == MISSING ? f->n_missing : regions;
}

/* The first line a pass does, and the one after the last it can do with the pairs before `end`. */
static int first_of(const struct vh_fuse *f, int pass)
{
    switch (passes[pass].of) {
    case REDUCED:
        return f->start ? (f->start + passes[pass].lead + REGION_LINES - 1) / REGION_LINES : 0;
    case DECIDED:
        return f->first / REGION_LINES;
    default:
        return f->start ? f->start + passes[pass].lead : 0;
    }
}

static int limit_of(const struct vh_fuse *f, int pass, int end)
{
    int total = total_of(f, passes[pass].of), lines = end - passes[pass].lag;
    if (end < f->n_pairs) {
        int regions = lines / REGION_LINES; /* whole ones; lines may be negative: none yet */
        if (passes[pass].of == REDUCED || passes[pass].of == DECIDED)
            lines = passes[pass].of == DECIDED && regions < total ? regions - 1 : regions;
        total = lines < total ? lines : total;
    }
    if (passes[pass].of == DECIDED) {
        int wanted = (f->end + REGION_LINES - 1) / REGION_LINES;
        total = wanted < total ? wanted : total;
    }
    return total;
}

static bool is_wanted(const struct vh_fuse *f, enum condition when)
{
    return when == ALWAYS || when == (f->alone ? WHEN_ALONE : WITH_NEIGHBOURS) ||
           (when == WHEN_DENOISING && f->denoise);
}

/* Existing lines are touched from half a code of noise on, and denoised fully from one and a half: less is
 * not seen, and what is measured on noiseless footage is up to 0.4. */
static float fade_in(float sigma)
{
    return sigma < 0.5f ? 0 : sigma > 1.5f ? 1 : sigma - 0.5f;
}

static void fill_constant_rows(struct vh_fuse *f)
{
    float *noise = fuse_scratch_row(f, 0);
    for (int c = 0; c < f->cell_stride; c++) {
        noise[c] = f->noise - 1;
        f->one_sided_row[c] = f->one_sided ? VH_FUSE_ONE : 0;
    }
    f->dsp.feature(f->noise_row, noise, 1, f->cell_stride);
}

static uint32_t bits_of(const uint8_t *list, int n)
{
    uint32_t bits = 0;
    for (int k = 0; k < n; k++)
        bits |= 1u << (list ? list[k] : k);
    return bits;
}

/* What the gates want to know. */
static void take_gates(struct vh_fuse *f)
{
    const struct vh_fuse_gate *gate[2] = {&f->job->gates->existing, &f->job->gates->missing};
    for (int k = 0; k < 2; k++) {
        f->inputs[k] = bits_of(gate[k]->input, gate[k]->n_in);
        f->outputs[k] = bits_of(gate[k]->output, gate[k]->n_out);
    }
    f->stands = asks(f, OF_MISSING, VH_FUSE_I_STILL_OWN) || asks(f, OF_MISSING, VH_FUSE_I_STILL_FAR) ||
                asks(f, OF_MISSING, VH_FUSE_I_REGION + REGION_STILL_OWN);
}

void vh_fuse_begin(struct vh_fuse *f, const struct vh_fuse_job *job, int first, int end)
{
    f->job = job;
    f->parity = job->parity;
    f->n_existing = (f->height + 1 - f->parity) / 2;
    f->n_missing = f->height - f->n_existing;
    f->n_pairs = (f->height + 1) / 2;
    f->first = first;
    f->end = end < f->n_pairs ? end : f->n_pairs;
    f->start = first > VH_FUSE_REACH ? first - VH_FUSE_REACH : 0;
    f->stop = f->end + VH_FUSE_REACH < f->n_pairs ? f->end + VH_FUSE_REACH : f->n_pairs;
    substitute(f);
    take_gates(f);
    f->noise = job->sigma_8bit * job->sigma_8bit + 1;
    f->denoise_q15 = (int)(fade_in(job->sigma_8bit) * 32768);
    f->denoise = f->denoise_q15 > 0 && !job->lossless && !f->alone;
    fill_constant_rows(f);
    for (int p = 0; p < f->n_planes; p++)
        f->plane[p].own = f->denoise ? f->plane[p].denoised : f->plane[p].field[2];
    for (int k = 0; k < N_PASSES; k++)
        f->done[k] = first_of(f, k);
}

void vh_fuse_range(const struct vh_fuse *f, int *first, int *end)
{
    *first = f->start;
    *end = f->stop;
}

struct vh_plane vh_fuse_prediction(struct vh_fuse *f, int plane, int ref, int pair)
{
    /* signed and unsigned of the same type may alias, and 14 bits are the same in both */
    const struct lines *l = &f->plane[plane].prediction[ref];
    return (struct vh_plane){(uint16_t *)line_of(l, 2 * pair), l->stride, f->width, f->height};
}

void vh_fuse_advance(struct vh_fuse *f, int end)
{
    if (f->height < 2) {
        copy_single_line(f);
        return;
    }
    for (int k = 0; k < N_PASSES; k++) {
        int limit = limit_of(f, k, end);
        if (!is_wanted(f, passes[k].when) || limit <= f->done[k])
            continue;
        passes[k].run(f, f->done[k], limit);
        f->done[k] = limit;
    }
}
