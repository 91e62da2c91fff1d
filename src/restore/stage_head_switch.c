/* head-switch: takes the torn lines at the bottom of each field out of sight.
 *
 * While the deck changes heads the last lines of a field are displaced, noise or both. `rebuild` continues
 * the picture downwards by mirroring the lines above (the band is a few lines high: what is seen there is
 * texture), `mask` makes the lines black. Inside the field and before the motion search, so that nothing is
 * ever predicted from torn lines.
 */
#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/status.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SLICES = 8 };

#define AT(member) offsetof(struct vh_head_switch_options, member)

static const char *const modes[] = {"auto", "rebuild", "mask", "off", NULL};

static const struct vh_option_row rows[] = {
    {.key = "headswitch.mode",
        .flag = "head-switch",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = modes,
        .value = "auto",
        .help = "torn lines at the bottom: rebuild, mask, or off",
        .detail = "auto rebuilds as many lines as were measured, by mirroring those above; mask makes them "
                  "black. To cut "
                  "them off instead use --crop.",
        .example = "--head-switch mask"},
    {.key = "headswitch.lines",
        .flag = "head-switch-lines",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(lines),
        .min = 0,
        .max = 32,
        .unit = "field lines",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "height of the torn band",
        .detail = "In lines of one field. Setting it switches the repair on.",
        .example = "--head-switch-lines 6"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Head switching", rows, struct vh_head_switch_options);

struct priv {
    int lines; /* of a luma field */
    bool mask;
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_head_switch_options *o = stage->config.options;
    struct priv *p = stage->priv;
    p->lines = isnan(o->lines) ? 0 : (int)ceil(o->lines);
    p->mask = o->mode == VH_HEAD_SWITCH_MASK;
    stage->needs.in = stage->needs.out =
        stage->config.format.fields == VH_FIELDS_PROGRESSIVE ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD;
    if (stage->needs.in == VH_KIND_PROGRESSIVE)
        p->lines *= 2;
    return VH_OK;
}

struct work {
    const struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
};

static void write_line(const struct work *work, int plane, int y, int good)
{
    const struct vh_plane_const *src = &work->in->plane[plane];
    const struct vh_plane *dst = &work->out->plane[plane];
    uint16_t *to = dst->data + y * dst->stride;
    if (y >= good && work->p->mask) {
        for (int x = 0; x < src->width; x++)
            to[x] = plane ? 128 * 256 : 16 * 256;
        return;
    }
    int from = y < good ? y : 2 * good - 1 - y;
    from = from < 0 ? 0 : from;
    memcpy(to, src->data + from * src->stride, (size_t)src->width * sizeof *to);
}

static void run_slice(void *arg, int index, int n)
{
    const struct work *work = arg;
    for (int i = 0; i < work->in->n_planes; i++) {
        int height = work->in->plane[i].height, sub = i ? work->in->sub_y : 0, y0, y1;
        int good = height - ((work->p->lines + (1 << sub) - 1) >> sub);
        vh_pool_rows(height, index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            write_line(work, i, y, good < 1 ? 1 : good);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct work work = {.p = stage->priv, .in = vh_window_at(&in->window, 0), .out = out};
    vh_pool_run(stage->config.pool, run_slice, &work, SLICES);
    return VH_OK;
}

const struct vh_stage_ops vh_stage_head_switch = {
    .name = "head-switch",
    .summary = "takes torn lines at the bottom out of sight",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
};
