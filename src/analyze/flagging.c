/* The bend of the picture's top over a tape. */
#include "analyze/flagging.h"

#include "core/select.h"
#include "core/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { EVERY = 2 };

static void end_group(struct vh_flagging *f)
{
    const struct vh_line_edges *edges[VH_FLAGGING_FIELDS];
    struct vh_bend bend;
    for (int i = 0; i < f->n_edges; i++)
        edges[i] = &f->edges[i];
    vh_bend_find(&bend, edges, f->n_edges);
    f->n_edges = 0;
    f->n_tried++;
    if (isnan(bend.top))
        return;
    f->noise[f->n_groups] = bend.noise;
    f->top[f->n_groups++] = bend.n_lines ? bend.top : 0;
}

void vh_flagging_add(struct vh_flagging *flagging, const struct vh_plane_const *luma)
{
    if (flagging->n_frames++ % EVERY || flagging->n_groups == VH_FLAGGING_GROUPS)
        return;
    for (int parity = 0; parity < 2; parity++) {
        struct vh_plane_const field = vh_plane_field_read(*luma, parity);
        field.height = luma->height / 2; /* the same for both */
        vh_line_edges_find(&flagging->edges[flagging->n_edges++], &field);
    }
    if (flagging->n_edges == VH_FLAGGING_FIELDS)
        end_group(flagging);
}

int vh_flagging_report(struct vh_flagging *flagging, struct vh_profile *profile)
{
    struct vh_flagging *f = flagging;
    struct vh_measurement m = {.n = f->n_groups};
    float sorted[VH_FLAGGING_GROUPS], noise[VH_FLAGGING_GROUPS];
    if (f->n_groups == 0)
        return VH_OK;
    for (int i = 0; i < f->n_groups; i++)
        sorted[i] = f->top[i], noise[i] = f->noise[i];
    m.value = (double)vh_select_rank_float(sorted, f->n_groups, f->n_groups / 2);
    int agree = 0;
    for (int i = 0; i < f->n_groups; i++)
        agree += fabs((double)f->top[i] - m.value) < 0.5 + 0.2 * fabs(m.value);
    m.confidence = (double)agree / f->n_tried;
    snprintf(m.evidence, sizeof m.evidence,
        "both edges of %d of %d groups of fields; lines scatter by %.2f px", agree, f->n_tried,
        (double)vh_select_rank_float(noise, f->n_groups, f->n_groups / 2));
    return vh_profile_set(profile, "flagging", &m);
}
