/* Predictions for repairs, and what goes with them. */
#include "predictions.h"

#include "core/memory.h"
#include "core/status.h"
#include "motion/compensate.h"

#include <string.h>

enum { SLICES = 16 };

const AVPixFmtDescriptor *field_format(const struct vh_stage *stage)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(stage->config.format.pix_fmt);
    if (desc && (desc->nb_components == 1 || desc->nb_components == 3) &&
        !(desc->flags & AV_PIX_FMT_FLAG_RGB))
        return desc;
    vh_fail(stage->config.log, VH_ERR_UNSUPPORTED, "%s works on gray and Y'CbCr pictures, not on %s",
        stage->ops->name, desc ? desc->name : "an unknown format");
    return NULL;
}

struct vh_stage_needs field_needs(const struct vh_stage *stage, enum vh_kind out)
{
    return (struct vh_stage_needs){.in = VH_KIND_FIELD,
        .out = out,
        .look_back = VH_MOTION_REACH,
        .look_ahead = VH_MOTION_REACH,
        .motion = true,
        .format = stage->config.format};
}

void plane_copy(const struct vh_plane_const *from, const struct vh_plane *to)
{
    for (int y = 0; y < from->height && to->data != from->data; y++)
        memcpy(
            to->data + to->stride * y, from->data + from->stride * y, (size_t)from->width * sizeof(uint16_t));
}

void field_copy(const struct vh_image_const *from, const struct vh_image *to)
{
    for (int p = 0; p < from->n_planes; p++)
        plane_copy(&from->plane[p], &to->plane[p]);
}

static bool raster_make(
    struct predictions *p, int r, const struct vh_format *format, const AVPixFmtDescriptor *desc)
{
    struct vh_image *image = &p->raster[r];
    int w = format->width, h = format->height, cw = vh_sub_size(w, desc->log2_chroma_w),
        ch = vh_sub_size(h, desc->log2_chroma_h);
    size_t luma = (size_t)w * (size_t)h, chroma = (size_t)cw * (size_t)ch;
    uint16_t *data = p->memory[r] = vh_alloc(luma + 2 * chroma, sizeof *data);
    *image = (struct vh_image){
        .n_planes = desc->nb_components, .sub_x = desc->log2_chroma_w, .sub_y = desc->log2_chroma_h};
    image->plane[0] = (struct vh_plane){data, w, w, h};
    for (int c = 1; data && c < desc->nb_components; c++)
        image->plane[c] = (struct vh_plane){data + luma + (size_t)(c - 1) * chroma, cw, cw, ch};
    return data != NULL;
}

int predictions_open(struct predictions *p, const struct vh_stage *stage)
{
    const struct vh_format *format = &stage->config.format;
    const AVPixFmtDescriptor *desc = field_format(stage);
    if (!desc)
        return VH_ERR_UNSUPPORTED;
    vh_dsp_obmc_init(&p->obmc, stage->config.cpu_flags);
    p->wanted = vh_alloc((size_t)format->height / VH_MOTION_CELL + 1, sizeof *p->wanted);
    bool ok = p->wanted != NULL;
    for (int r = 0; r < VH_LOOK_REFS; r++)
        ok = raster_make(p, r, format, desc) && ok;
    return ok ? VH_OK
              : vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for %s at %dx%d", stage->ops->name,
                    format->width, format->height);
}

void predictions_close(struct predictions *p)
{
    for (int r = 0; r < VH_LOOK_REFS; r++)
        vh_freep(&p->memory[r]);
    vh_freep(&p->wanted);
}

struct call {
    struct predictions *p;
    const struct vh_stage_input *in;
    const struct vh_motion *motion;
    const struct vh_field_look *look;
};

static void predict(void *arg, int index, int n)
{
    const struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->motion->cells_y, index, n, &y0, &y1);
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        if (!c->look->ref[r])
            continue;
        struct vh_compensate job = {.motion = c->motion,
            .ref = vh_look_distance[r],
            .image = vh_window_at(&c->in->window, vh_look_distance[r]),
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + c->look->sigma_8bit * c->look->sigma_8bit,
            .dsp = &c->p->obmc,
            .out = c->p->raster[r]};
        for (int row = y0; row < y1; row++)
            if (c->p->wanted[row].to > 0) {
                job.from_cell = c->p->wanted[row].from;
                job.to_cell = c->p->wanted[row].to;
                vh_motion_compensate(&job, row, row + 1);
            }
    }
}

void predictions_make(struct predictions *p, const struct vh_stage *stage, const struct vh_stage_input *in,
    const struct vh_motion *motion, const struct vh_field_look *look, struct vh_image lines[VH_LOOK_REFS])
{
    struct call call = {.p = p, .in = in, .motion = motion, .look = look};
    for (int r = 0; r < VH_LOOK_REFS; r++)
        lines[r] = vh_image_field(p->raster[r], motion->parity);
    vh_pool_run(stage->config.pool, predict, &call, SLICES);
}
