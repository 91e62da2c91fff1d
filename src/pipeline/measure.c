/* Decodes windows spread over the input, converts them to the working format and shows them to the detectors.
 */
#include "pipeline/measure.h"

#include "analyze/scan.h"
#include "core/status.h"
#include "pipeline/fit.h"
#include "upscale/colour.h"

struct look {
    const struct vh_measure_config *config;
    struct vh_fit fit;
    struct vh_format format; /* of the frames the fit is open for; pix_fmt NONE before the first */
    AVFrame *previous;
    int window;
    struct vh_scan scan;
};

/* (Re)opens the converter when the decoded format changes. */
static int prepare(struct look *look, const AVFrame *frame)
{
    struct vh_format format, work;
    vh_format_from_frame(&format, frame, (AVRational){25, 1}, (AVRational){1, 25});
    if (look->format.width && vh_format_same_layout(&format, &look->format))
        return VH_OK;
    vh_fit_close(&look->fit);
    vh_frame_free(&look->previous);
    vh_colour_resolve_source(&format, NULL);
    look->format = work = format;
    work.pix_fmt = vh_convert_working(format.pix_fmt);
    work.range = AVCOL_RANGE_MPEG;
    return vh_fit_open(
        &look->fit, &format, &work, look->config->pool, look->config->cpu_flags, look->config->log);
}

static int look_at(void *opaque, const AVFrame *frame, int window)
{
    struct look *look = opaque;
    struct vh_image_const a, b;
    int status = prepare(look, frame);
    AVFrame *copy = status == VH_OK ? vh_frame_ref(frame) : NULL;
    if (status == VH_OK)
        status = copy ? vh_fit_run(&look->fit, &copy) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        return status;
    if (window != look->window)
        vh_frame_free(&look->previous);
    look->window = window;
    if (look->previous && vh_frame_image_read(look->previous, &a) == VH_OK &&
        vh_frame_image_read(copy, &b) == VH_OK)
        vh_scan_add(&look->scan, a.plane[0], b.plane[0]);
    vh_frame_free(&look->previous);
    look->previous = copy;
    return VH_OK;
}

int vh_measure(const struct vh_measure_config *config, struct vh_survey *survey, struct vh_profile *profile)
{
    struct look look = {.config = config, .window = -1};
    struct vh_survey_options options = {
        .n_threads = vh_pool_threads(config->pool), .look = config->pixels ? look_at : NULL, .opaque = &look};
    int status = vh_survey_run(config->input, config->stream, &options, survey, config->log);
    if (status == VH_OK && config->pixels)
        status = vh_scan_report(&look.scan, profile);
    vh_fit_close(&look.fit);
    vh_frame_free(&look.previous);
    return status;
}
