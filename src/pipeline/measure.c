/* Decodes windows spread over the input, converts them to the working format and shows them to the detectors.
 */
#include "pipeline/measure.h"

#include "analyze/analyzer.h"
#include "core/status.h"
#include "pipeline/fit.h"
#include "upscale/colour.h"

struct look {
    const struct vh_measure_config *config;
    struct vh_fit fit;
    struct vh_format format; /* of the frames the fit is open for; width 0 before the first */
    int window;
    int n_seen, n_blank; /* frames, up to the window before */
    struct vh_analyzer *analyzer;
    struct vh_profile *profile;
};

/* Opens the converter with the first frame. VH_AGAIN: another size or pixel format in mid-tape; what is
 * measured is the first. */
static int prepare(struct look *look, const AVFrame *frame)
{
    struct vh_format format, work;
    vh_format_from_frame(&format, frame, (AVRational){25, 1}, (AVRational){1, 25});
    if (look->format.width && vh_format_same_layout(&format, &look->format))
        return VH_OK;
    if (look->format.width)
        return VH_AGAIN;
    vh_colour_resolve_source(&format, NULL);
    look->format = work = format;
    work.pix_fmt = vh_convert_working(format.pix_fmt);
    work.range = AVCOL_RANGE_MPEG;
    return vh_fit_open(
        &look->fit, &format, &work, look->config->pool, look->config->cpu_flags, look->config->log);
}

static int open_analyzer(struct look *look)
{
    AVRational rate = vh_input_info(look->config->input)->stream[look->config->stream].format.frame_rate;
    struct vh_analyzer_config config = {.width = look->format.width,
        .height = look->format.height,
        .frame_rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0,
        .pool = look->config->pool,
        .cpu_flags = look->config->cpu_flags,
        .log = look->config->log};
    return look->analyzer ? VH_OK : vh_analyzer_create(&look->analyzer, &config);
}

static double time_of(const AVFrame *frame)
{
    AVRational tb = frame->time_base;
    return frame->pts == AV_NOPTS_VALUE || tb.den == 0 ? 0 : (double)frame->pts * av_q2d(tb);
}

static int look_at(void *opaque, const AVFrame *frame, int window)
{
    struct look *look = opaque;
    struct vh_image_const image;
    int status = prepare(look, frame);
    if (status == VH_AGAIN)
        return VH_OK;
    if (status == VH_OK)
        status = open_analyzer(look);
    AVFrame *copy = status == VH_OK ? vh_frame_ref(frame) : NULL;
    if (status == VH_OK)
        status = copy ? vh_fit_run(&look->fit, &copy) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        return status;
    status = vh_frame_image_read(copy, &image);
    if (status == VH_OK)
        status =
            vh_analyzer_push(look->analyzer, &image, time_of(frame), window != look->window, look->profile);
    look->window = window;
    vh_frame_free(&copy);
    return status;
}

/* Windows of 48 fields spread over the input (algorithms 1.2 of the project's notes); a clip that is hardly
 * longer than all of them is looked at once, as a whole; a stream that cannot seek, at its first 96 fields.
 */
enum { WINDOWS = 8, WINDOW_FRAMES = 24, START_FRAMES = 48, BRIEF_FRAMES = 3 };
enum { SHORT_LOOK = WINDOWS * WINDOW_FRAMES, SHORT_FRAMES = SHORT_LOOK * 5 / 4 };

static void choose_windows(const struct vh_measure_config *config, struct vh_survey_options *options)
{
    const struct vh_media_info *info = vh_input_info(config->input);
    AVRational rate = info->stream[config->stream].format.frame_rate;
    double length_s = info->duration_us == VH_TIME_NONE ? 0 : (double)info->duration_us * 1e-6;
    bool is_short = rate.num > 0 && length_s > 0 && length_s * av_q2d(rate) < SHORT_FRAMES;
    options->n_windows = is_short || config->brief ? 1 : WINDOWS;
    options->frames_per_window = config->brief ? BRIEF_FRAMES : is_short ? SHORT_LOOK : WINDOW_FRAMES;
    options->frames_at_start = config->brief ? BRIEF_FRAMES : START_FRAMES;
}

static bool was_programme(void *opaque, int window)
{
    struct look *look = opaque;
    int seen, blank;
    if (!look->analyzer || window != look->window)
        return true;
    vh_analyzer_count(look->analyzer, &seen, &blank);
    bool useful = 2 * (blank - look->n_blank) < seen - look->n_seen;
    look->n_seen = seen;
    look->n_blank = blank;
    return useful;
}

int vh_measure(const struct vh_measure_config *config, struct vh_survey *survey, struct vh_profile *profile)
{
    struct look look = {.config = config, .window = -1, .profile = profile};
    struct vh_survey_options options = {.n_threads = vh_pool_threads(config->pool),
        .pool = config->pool,
        .look = config->pixels ? look_at : NULL,
        .useful = config->pixels ? was_programme : NULL,
        .opaque = &look};
    choose_windows(config, &options);
    int status = vh_survey_run(config->input, config->stream, &options, survey, config->log);
    if (status == VH_OK && look.analyzer)
        status = vh_analyzer_finish(look.analyzer, profile);
    vh_analyzer_destroy(&look.analyzer);
    vh_fit_close(&look.fit);
    return status;
}
