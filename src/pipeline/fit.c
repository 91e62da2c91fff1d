/* Conversion at seams, with a pool of output frames. */
#include "pipeline/fit.h"

#include "core/status.h"

int vh_fit_open(struct vh_fit *fit, const struct vh_format *in, const struct vh_format *out,
    struct vh_pool *pool, unsigned cpu_flags, const struct vh_log *log)
{
    *fit = (struct vh_fit){.out = *out};
    if (in->pix_fmt == out->pix_fmt && in->range == out->range)
        return VH_OK;
    struct vh_convert_config config = {
        .in = *in, .out = *out, .pool = pool, .cpu_flags = cpu_flags, .log = log};
    int status = vh_convert_open(&fit->convert, &config);
    if (status == VH_OK)
        status = vh_frame_pool_create(&fit->pool, out->pix_fmt, out->width, out->height);
    return status;
}

int vh_fit_run(struct vh_fit *fit, AVFrame **frame)
{
    if (!fit->convert)
        return VH_OK;
    AVFrame *out = vh_frame_pool_acquire(fit->pool);
    int status = out && av_frame_copy_props(out, *frame) >= 0 ? VH_OK : VH_ERR_RESOURCE;
    if (status == VH_OK)
        status = vh_convert_run(fit->convert, *frame, out);
    vh_frame_free(frame);
    if (status != VH_OK) {
        vh_frame_free(&out);
        return status;
    }
    out->color_range = fit->out.range;
    *frame = out;
    return VH_OK;
}

void vh_fit_close(struct vh_fit *fit)
{
    vh_convert_close(&fit->convert);
    vh_frame_pool_destroy(&fit->pool);
}
