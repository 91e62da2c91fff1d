/* line-sync: software time-base correction. Each line of a field is moved to where its neighbours in time,
 * compensated for motion, say it belongs; chroma moves with luma. (evidence/line_shift.h,
 * docs/algorithms/line-sync.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/fir.h"
#include "dsp/obmc.h"
#include "evidence/evidence.h"
#include "evidence/line_shift.h"
#include "motion/compensate.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 8, TAPS = 12, PHASES = 32, PAD = 16 };

#define AT(member) offsetof(struct vh_line_sync_options, member)

static const struct vh_option_row rows[] = {
    {.key = "linesync.mode",
        .flag = "line-sync",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "steady lines that jitter sideways",
        .detail = "Software time-base correction: every line is moved to where its motion-compensated "
                  "neighbours in time "
                  "say it belongs. auto does it when jitter above 0.1 samples was measured.",
        .example = "--line-sync off"},
    {.key = "linesync.strength",
        .flag = "line-sync-strength",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(strength),
        .min = 0,
        .max = 2,
        .value = "1.25",
        .flags = VH_OPTION_ADVANCED,
        .help = "factor on the measured displacement (its references jitter too)"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Line jitter", rows, struct vh_line_sync_options);

static const int distance[VH_LINE_SHIFT_REFS] = {-2, -1, 1, 2};

struct priv {
    struct vh_dsp_fir fir;
    struct vh_dsp_obmc obmc;
    int16_t tap[PHASES + 1][TAPS];
    uint16_t *memory[VH_LINE_SHIFT_REFS];
    struct vh_image prediction[VH_LINE_SHIFT_REFS];
    float *shift, *weight, *scratch; /* per line */
    int16_t *line;
    int line_samples;
    double strength;
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    const struct vh_format *f = &stage->config.format;
    size_t lines = (size_t)f->height + 1;
    double tap[TAPS];
    vh_dsp_fir_init(&p->fir, stage->config.cpu_flags);
    vh_dsp_obmc_init(&p->obmc, stage->config.cpu_flags);
    p->strength = ((const struct vh_line_sync_options *)stage->config.options)->strength;
    for (int i = 0; i <= PHASES; i++) {
        vh_fir_fraction(tap, TAPS, (double)i / PHASES);
        vh_fir_quantise(p->tap[i], tap, TAPS, 1);
    }
    p->shift = vh_alloc(lines, sizeof *p->shift);
    p->weight = vh_alloc(lines, sizeof *p->weight);
    p->scratch = vh_alloc(lines, sizeof *p->scratch);
    p->line_samples = f->width + 2 * (PAD + TAPS) + VH_FIR_SLACK;
    p->line = vh_alloc((size_t)p->line_samples * SLICES, sizeof *p->line);
    bool ok = p->shift && p->weight && p->scratch && p->line;
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++) {
        p->memory[r] = vh_alloc((size_t)f->width * (size_t)f->height, sizeof *p->memory[r]);
        p->prediction[r] =
            (struct vh_image){.n_planes = 1, .plane = {{p->memory[r], f->width, f->width, f->height}}};
        ok = ok && p->memory[r];
    }
    if (!ok)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for line-sync");
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_FIELD,
        .look_back = VH_MOTION_REACH,
        .look_ahead = VH_MOTION_REACH,
        .motion = true,
        .evidence = true,
        .format = *f};
    return VH_OK;
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++)
        vh_freep(&p->memory[r]);
    vh_freep(&p->shift);
    vh_freep(&p->weight);
    vh_freep(&p->scratch);
    vh_freep(&p->line);
}

struct call {
    struct priv *p;
    const struct vh_stage_input *in;
    const struct vh_image *out;
    struct vh_line_shift_job job;
    int ref[VH_LINE_SHIFT_REFS]; /* which of `distance` are there */
};

static void predict(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->in->motion->cells_y, index, n, &y0, &y1);
    for (int i = 0; y0 < y1 && i < c->job.n_refs; i++) {
        struct vh_image_const luma = *vh_window_at(&c->in->window, distance[c->ref[i]]);
        luma.n_planes = 1;
        struct vh_compensate job = {.motion = c->in->motion,
            .ref = distance[c->ref[i]],
            .image = &luma,
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + c->job.sigma_8bit * c->job.sigma_8bit,
            .dsp = &c->p->obmc,
            .out = c->p->prediction[i]};
        vh_motion_compensate(&job, y0, y1);
    }
}

static void measure(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->job.field.height, index, n, &y0, &y1);
    vh_line_shift_measure(&c->job, y0, y1);
}

/* dst(x) = src(x - by). */
static void move_line(
    const struct call *c, uint16_t *dst, const uint16_t *src, int width, double by, int index)
{
    static const double least = 0.02; /* the estimator's own floor on clean fields: algorithms 3.2 */
    struct priv *p = c->p;
    if (fabs(by) < least) {
        memcpy(dst, src, (size_t)width * sizeof *dst);
        return;
    }
    int16_t *padded = p->line + (ptrdiff_t)index * p->line_samples;
    double whole = floor(-by);
    int phase = (int)lrint((-by - whole) * PHASES);
    p->fir.load(padded, src, width, PAD, PAD);
    p->fir.row(dst, padded + PAD + (int)whole - (TAPS / 2 - 1), width, p->tap[phase], TAPS);
}

static void move(void *arg, int index, int n)
{
    struct call *c = arg;
    const struct vh_image_const *field = vh_window_at(&c->in->window, 0);
    for (int i = 0; i < field->n_planes; i++) {
        const struct vh_plane_const *src = &field->plane[i];
        const struct vh_plane *dst = &c->out->plane[i];
        int sx = i ? field->sub_x : 0, sy = i ? field->sub_y : 0, y0, y1;
        vh_pool_rows(src->height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++) {
            double sum = 0;
            int lines = 0;
            for (int k = y << sy; k < (y + 1) << sy && k < c->job.field.height; k++, lines++)
                sum += (double)c->p->shift[k];
            double by = lines && c->job.n_refs ? c->p->strength * sum / lines / (1 << sx) : 0;
            move_line(c, dst->data + y * dst->stride, src->data + y * src->stride, src->width, by, index);
        }
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    struct call c = {.p = p, .in = in, .out = out};
    const struct vh_image_const *field = vh_window_at(&in->window, 0);
    int parity = in->window.parity[VH_WINDOW_REACH];
    c.job = (struct vh_line_shift_job){.field = field->plane[0],
        .shift = p->shift,
        .weight = p->weight,
        .sigma_8bit = in->evidence ? in->evidence->sigma_8bit[0] : 2};
    for (int r = 0; r < VH_LINE_SHIFT_REFS; r++)
        if (vh_motion_usable(in->motion, distance[r]) && vh_window_at(&in->window, distance[r])) {
            int i = c.job.n_refs++;
            c.ref[i] = r;
            c.job.ref[i] = vh_plane_read(vh_plane_field(p->prediction[i].plane[0], parity));
        }
    if (c.job.n_refs) {
        vh_pool_run(stage->config.pool, predict, &c, SLICES);
        vh_pool_run(stage->config.pool, measure, &c, SLICES);
        vh_line_shift_smooth(p->shift, p->weight, field->plane[0].height, p->scratch);
    }
    vh_pool_run(stage->config.pool, move, &c, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_line_sync = {
    .name = "line-sync",
    .summary = "moves jittering lines to where their neighbours in time say they belong",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
