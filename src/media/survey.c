/* Decodes a few windows before the job and counts what frames say. */
#include "media/survey.h"

#include "core/status.h"
#include "frame/frame.h"

#include <string.h>

struct state {
    struct vh_input *input;
    struct vh_decoder *decoder;
    const struct vh_survey_options *options;
    struct vh_survey *survey;
    AVPacket *packet;
    AVFrame *frame[2]; /* [at] is looked at, the other one decoded meanwhile */
    int at;
    unsigned facts;      /* of the one decoded last */
    int looked, decoded; /* how both went */
    const struct vh_log *log;
    int stream;
    int window;
    int n_in_window, wanted;
    enum vh_field_order last;
};

static void count(struct state *s)
{
    const AVFrame *frame = s->frame[s->at];
    struct vh_survey *survey = s->survey;
    enum vh_field_order order = vh_frame_get_order(frame);
    const struct vh_stream_info *stream = &vh_input_info(s->input)->stream[s->stream];
    if (!survey->n_frames++)
        vh_format_from_frame(&survey->format, frame, stream->format.frame_rate, stream->time_base);
    survey->n_tff += order == VH_FIELDS_TFF;
    survey->n_bff += order == VH_FIELDS_BFF;
    survey->n_progressive += order == VH_FIELDS_PROGRESSIVE;
    survey->n_repeat += vh_frame_get_fields(frame).repeat_pict > 0;
    survey->n_corrupt += !!(s->facts & VH_DECODED_CORRUPT);
    survey->n_captions += av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC) != NULL;
    vh_line21_look(&survey->line21, frame);
    if (order != VH_FIELDS_PROGRESSIVE) {
        survey->n_order_changes += s->last != VH_FIELDS_UNKNOWN && s->last != order;
        s->last = order;
    }
    survey->n_windows += !s->n_in_window++;
}

static int feed(struct state *s)
{
    int status = vh_input_read(s->input, s->packet);
    if (status == VH_EOF)
        return vh_decoder_send(s->decoder, NULL);
    if (status != VH_OK)
        return status;
    status = s->packet->stream_index == s->stream ? vh_decoder_send(s->decoder, s->packet) : VH_OK;
    av_packet_unref(s->packet);
    return status;
}

/* The window's next frame into `frame`. VH_OK, VH_EOF or an error. */
static int decode(struct state *s, AVFrame *frame)
{
    int status;
    while ((status = vh_decoder_receive(s->decoder, frame, &s->facts)) == VH_AGAIN)
        if ((status = feed(s)) != VH_OK && status != VH_AGAIN)
            break;
    return status;
}

static void run_task(void *arg, int index, int n)
{
    struct state *s = arg;
    (void)n;
    if (index == 0)
        s->looked =
            s->options->look ? s->options->look(s->options->opaque, s->frame[s->at], s->window) : VH_OK;
    else
        s->decoded = decode(s, s->frame[!s->at]);
}

static int run_window(struct state *s)
{
    s->n_in_window = 0;
    s->last = VH_FIELDS_UNKNOWN;
    s->looked = VH_OK;
    s->decoded = decode(s, s->frame[s->at]);
    while (s->looked == VH_OK && s->decoded == VH_OK && s->n_in_window < s->wanted) {
        count(s);
        vh_pool_run(s->options->pool, run_task, s, s->n_in_window < s->wanted ? 2 : 1);
        av_frame_unref(s->frame[s->at]);
        s->at = !s->at;
    }
    av_frame_unref(s->frame[0]);
    av_frame_unref(s->frame[1]);
    return s->looked != VH_OK ? s->looked : s->decoded == VH_EOF ? VH_OK : s->decoded;
}

/* One window: a decoder of its own, so that one window's end or damage does not reach the next. */
static int survey_window(struct state *s, int64_t at_us)
{
    const struct vh_decoder_options options = {.n_threads = s->options->n_threads};
    const struct vh_log quiet = {0};
    int status = at_us == VH_TIME_NONE ? VH_OK : vh_input_seek(s->input, at_us);
    if (status == VH_OK)
        status = vh_decoder_open(&s->decoder, s->input, s->stream, &options, s->window ? &quiet : s->log);
    if (status == VH_OK)
        status = run_window(s);
    vh_decoder_close(&s->decoder);
    /* A later window that cannot be read says nothing; the job itself will meet and report the damage. */
    return status == VH_ERR_INPUT && s->survey->n_frames ? VH_OK : status;
}

static int64_t wanted_length(const struct vh_input *input)
{
    int64_t duration = vh_input_info(input)->duration_us, end = vh_input_end_us(input);
    if (duration != VH_TIME_NONE)
        duration -= vh_input_start_us(input);
    return end != VH_TIME_NONE && (duration == VH_TIME_NONE || end < duration) ? end : duration;
}

/* Place of a window: n of them spread over what lies between the edges, then n more in between. */
static int64_t place_of(int window, int n, int64_t length)
{
    enum { EDGE = 50 }; /* tapes begin and end with what is not programme */
    int64_t edge = length / EDGE, step = (length - 2 * edge) / n;
    return n == 1 ? 0 : window < n ? edge + window * step : edge + (window - n) * step + step / 2;
}

static int survey_seekable(struct state *s, int n_windows, int64_t length)
{
    int status = VH_OK, back, useful = 0, most = n_windows > 1 ? 2 * n_windows : 1;
    for (s->window = 0; s->window < most && useful < n_windows && status == VH_OK; s->window++) {
        status = survey_window(s, vh_input_start_us(s->input) + place_of(s->window, n_windows, length));
        useful += !s->options->useful || s->options->useful(s->options->opaque, s->window);
    }
    back = vh_input_seek(s->input, VH_TIME_NONE);
    return status == VH_OK ? back : status;
}

static int survey_start(struct state *s)
{
    int status;
    if (s->options->frames_at_start)
        s->wanted = s->options->frames_at_start;
    vh_input_mark(s->input, (size_t)256 << 20);
    status = survey_window(s, VH_TIME_NONE);
    vh_input_rewind(s->input);
    return status;
}

static void judge(struct vh_survey *survey)
{
    int64_t most = (survey->n_frames * 9 + 9) / 10;
    if (survey->n_tff >= most)
        survey->flagged = VH_FIELDS_TFF;
    else if (survey->n_bff >= most)
        survey->flagged = VH_FIELDS_BFF;
    else if (survey->n_progressive >= most)
        survey->flagged = VH_FIELDS_PROGRESSIVE;
}

int vh_survey_run(struct vh_input *input, int stream, const struct vh_survey_options *options,
    struct vh_survey *survey, const struct vh_log *log)
{
    static const struct vh_survey_options defaults;
    struct state s = {
        .input = input, .options = options ? options : &defaults, .survey = survey, .stream = stream};
    int n_windows, status = VH_ERR_RESOURCE;
    int64_t length = wanted_length(input);
    memset(survey, 0, sizeof *survey);
    s.log = log;
    s.wanted = s.options->frames_per_window ? s.options->frames_per_window : 24;
    n_windows = s.options->n_windows ? s.options->n_windows : 8;
    s.packet = av_packet_alloc();
    s.frame[0] = av_frame_alloc();
    s.frame[1] = av_frame_alloc();
    if (s.packet && s.frame[0] && s.frame[1])
        status = vh_input_info(input)->seekable && length != VH_TIME_NONE && length > 0
                     ? survey_seekable(&s, n_windows, length)
                     : survey_start(&s);
    av_packet_free(&s.packet);
    av_frame_free(&s.frame[0]);
    av_frame_free(&s.frame[1]);
    judge(survey);
    return status;
}
