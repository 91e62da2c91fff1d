/* flagging: straightens the bent top of the picture by the edges of its lines (evidence/line_edge.h,
 * docs/algorithms/flagging.md). The bend is what the nine fields around share; luma and chroma lines are
 * moved back by it. It stands before the motion search: what all fields have in common does not disturb that,
 * but what is predicted over the bend would be wrong where things move through it. */
#include "line_move.h"

#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"
#include "evidence/line_edge.h"

#include <stddef.h>

#define AT(member) offsetof(struct vh_flagging_options, member)

static const struct vh_option_row rows[] = {
    {.key = "flagging.mode",
        .flag = "flagging",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "straighten the bent top of the picture",
        .detail =
            "The first lines of a picture may lean to one side. Where the capture shows the blanking on both "
            "sides its edges say how far, and the lines are moved back. auto does it when a bend was "
            "measured.",
        .example = "--flagging off"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Flagging", rows, struct vh_flagging_options);

enum { KEEP = 2 * VH_WINDOW_SIZE };

struct priv {
    struct line_move move;
    /* Edges of the latest fields, so that each is looked at once: field n at [n % KEEP] when index says so.
     */
    struct vh_line_edges *edges;
    int64_t index[KEEP]; /* field number + 1; 0 = none */
    struct vh_bend bend; /* of the field at hand */
    int lines, sub_x, sub_y;
};

static int open_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    p->edges = vh_alloc(KEEP, sizeof *p->edges);
    if (!p->edges)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for flagging");
    stage->needs = (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = VH_KIND_FIELD,
        .look_back = VH_WINDOW_REACH,
        .look_ahead = VH_WINDOW_REACH,
        .moves_picture = true,
        .format = stage->config.format};
    return line_move_open(&p->move, stage);
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    line_move_close(&p->move);
    vh_freep(&p->edges);
}

static const struct vh_line_edges *edges_of(struct priv *p, const struct vh_window *window, int k)
{
    int64_t number = window->index + k;
    int slot = (int)((number + KEEP) % KEEP);
    if (p->index[slot] != number + 1) {
        vh_line_edges_find(&p->edges[slot], &vh_window_at(window, k)->plane[0]);
        p->index[slot] = number + 1;
    }
    return &p->edges[slot];
}

static void move_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    bool luma = place->plane == 0;
    int known = p->lines < VH_BEND_LINES / 2 ? p->lines : VH_BEND_LINES / 2;
    line_move_row(&p->move, place,
        -line_move_by(p->bend.by, known, place->y, luma ? 0 : p->sub_x, luma ? 0 : p->sub_y));
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    const struct vh_image_const *field = vh_window_at(&in->window, 0);
    const struct vh_line_edges *edges[VH_WINDOW_SIZE];
    int n = 0, height = field->plane[0].height;
    p->lines = height;
    p->sub_x = field->sub_x;
    p->sub_y = field->sub_y;
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++)
        if (vh_window_at(&in->window, k) && vh_window_at(&in->window, k)->plane[0].height == height)
            edges[n++] = edges_of(p, &in->window, k);
    vh_bend_find(&p->bend, edges, n);
    return line_pass_run(stage, &p->move.pass, LINE_ALL, move_line, in, out);
}

const struct vh_stage_ops vh_stage_flagging = {
    .name = "flagging",
    .summary = "straightens the bent top of the picture by the edges of its lines",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
