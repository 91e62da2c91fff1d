/* line-sync: software time-base correction. Each line of a field is moved to where its neighbours in time,
 * compensated for motion, say it belongs; chroma moves with luma. The measuring is done by the looks at the
 * fields around it. (evidence/field_look.h, evidence/line_shift.h,
 * docs/algorithms/line-sync.md)
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/line_shift.h"
#include "line_move.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 16 };

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
        .value = "1.1",
        .flags = VH_OPTION_ADVANCED,
        .help = "factor on the measured displacement"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Line jitter", rows, struct vh_line_sync_options);

struct priv {
    struct line_move move;
    struct vh_line_shift *estimate;
    float *shift, *weight, *scratch; /* per line of luma */
    float *by, *by_chroma;           /* what is to be taken back, per line of luma */
    int lines, sub_x, sub_y;         /* of the field at hand */
    double strength;
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    const struct vh_format *f = &stage->config.format;
    size_t lines = (size_t)f->height + 1;
    p->strength = ((const struct vh_line_sync_options *)stage->config.options)->strength;
    p->shift = vh_alloc(lines, sizeof *p->shift);
    p->weight = vh_alloc(lines, sizeof *p->weight);
    p->scratch = vh_alloc(lines, sizeof *p->scratch);
    p->by = vh_alloc(lines, sizeof *p->by);
    p->by_chroma = vh_alloc(lines, sizeof *p->by_chroma);
    if (vh_line_shift_create(&p->estimate, f->width, f->height, stage->config.cpu_flags) != VH_OK ||
        !p->shift || !p->weight || !p->scratch || !p->by || !p->by_chroma)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for line-sync");
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_FIELD,
        .look_back = VH_WINDOW_REACH,
        .look_ahead = VH_WINDOW_REACH,
        .look = VH_LOOK_LINES,
        .new_look = true,
        .stateful = true,
        .format = *f};
    return line_move_open(&p->move, stage);
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    line_move_close(&p->move);
    vh_line_shift_destroy(&p->estimate);
    vh_freep(&p->shift);
    vh_freep(&p->weight);
    vh_freep(&p->scratch);
    vh_freep(&p->by);
    vh_freep(&p->by_chroma);
}

static void solve(void *arg, int index, int n)
{
    const struct priv *p = arg;
    int y0, y1;
    vh_pool_rows(p->lines, index, n, &y0, &y1);
    vh_line_shift_solve(p->estimate, p->shift, p->weight, y0, y1);
}

static void move_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    bool luma = place->plane == 0;
    line_move_row(&p->move, place,
        line_move_by(
            luma ? p->by : p->by_chroma, p->lines, place->y, luma ? 0 : p->sub_x, luma ? 0 : p->sub_y));
}

/* Lines that jitter do so against their neighbours too; where they hardly do, what was found are waves that
 * the vectors made, and the field stays as it is. */
static double trust(float seen)
{
    static const double none = 0.02, all = 0.04; /* px: after a first pass 0.05 to 0.1 are seen */
    return fmin(fmax(((double)seen - none) / (all - none), 0), 1);
}

/* Torn lines are moved by what was found; the others, which say nothing of them nor they of the others, by
 * their smoothed estimate. */
static void find_shifts(
    struct vh_stage *stage, const struct vh_field_look *const look[VH_WINDOW_SIZE], int64_t number)
{
    struct priv *p = stage->priv;
    const bool *torn = look[VH_WINDOW_REACH]->torn;
    vh_line_shift_begin(p->estimate, look, number);
    vh_pool_run(stage->config.pool, solve, p, SLICES);
    for (int y = 0; y < p->lines; y++) {
        p->by[y] = torn[y] ? p->shift[y] : 0;
        p->weight[y] = torn[y] ? 0 : p->weight[y];
    }
    double share = p->strength * trust(vh_line_shift_smooth(p->shift, p->weight, p->lines, p->scratch));
    for (int y = 0; y < p->lines; y++)
        p->by[y] = torn[y] ? p->by[y] : (float)(share * (double)p->shift[y]);
    for (int y = 0; y < p->lines;
         y++) { /* colour mixed of a torn line and a good one stays with the good one */
        int other = y ^ p->sub_y;
        p->by_chroma[y] = p->by[torn[y] && other < p->lines && !torn[other] ? other : y];
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    const struct vh_image_const *field = vh_window_at(&in->window, 0);
    p->lines = field->plane[0].height;
    p->sub_x = field->sub_x;
    p->sub_y = field->sub_y;
    memset(p->by, 0, (size_t)p->lines * sizeof *p->by);
    memset(p->by_chroma, 0, (size_t)p->lines * sizeof *p->by_chroma);
    if (in->look[VH_WINDOW_REACH])
        find_shifts(stage, in->look, in->window.index);
    return line_pass_run(stage, &p->move.pass, LINE_ALL, move_line, in, out);
}

static void reset(struct vh_stage *stage)
{
    vh_line_shift_forget(((struct priv *)stage->priv)->estimate);
}

const struct vh_stage_ops vh_stage_line_sync = {
    .name = "line-sync",
    .summary = "moves jittering lines to where their neighbours in time say they belong",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .reset = reset,
    .close = close_stage,
};
