/* The input is opened a second time with all other streams discarded, so the demuxer skips the picture's
 * packets and nothing of it is decoded; pipes cannot be opened twice and are not measured. */
#include "pipeline/sound_look.h"

#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "media/decoder.h"
#include "pipeline/job_open.h"
#include "pipeline/sound_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One track while it is read. */
struct reader {
    struct vh_sound_look *look; /* NULL = not read in this pass */
    struct vh_decoder *decoder;
    struct vh_sound_line *line;
    struct vh_sound_analyzer *analyzer; /* first pass */
    struct vh_loudness *meter;          /* second pass */
};

struct pass {
    const struct vh_sound_look_config *config;
    struct vh_input *input;
    struct reader reader[VH_SOUND_LOOKS];
    int n;
    bool level;   /* the second pass: loudness of the repaired sound */
    bool limited; /* the third: of tracks whose gain runs into the limiter */
};

static void close_pass(struct pass *pass)
{
    for (int i = 0; i < pass->n; i++) {
        vh_decoder_close(&pass->reader[i].decoder);
        vh_sound_line_close(&pass->reader[i].line);
        vh_sound_analyzer_destroy(&pass->reader[i].analyzer);
        vh_loudness_destroy(&pass->reader[i].meter);
    }
    vh_input_close(&pass->input);
}

static int open_reader(struct pass *pass, struct vh_sound_look *look)
{
    const struct vh_sound_look_config *config = pass->config;
    const struct vh_sound_format *sound = &vh_input_info(pass->input)->stream[look->stream].sound;
    struct reader *r = &pass->reader[pass->n++];
    struct vh_decoder_options options = {.n_threads = 1, .keep_format = true};
    struct vh_sound_line_config line = {
        .in = sound, .plan = pass->level ? look->plan : NULL, .name = "sound, measured"};
    r->look = look;
    int status = vh_decoder_open(&r->decoder, pass->input, look->stream, &options, config->log);
    if (status == VH_OK)
        status = vh_sound_line_open(&r->line, &line, config->log);
    if (status != VH_OK)
        return status;
    struct vh_pcm_format pcm = {sound->sample_rate, pass->level ? look->plan->n_channels : sound->n_channels};
    return pass->level ? vh_loudness_create(&r->meter, &pcm, config->log)
                       : vh_sound_analyzer_create(&r->analyzer, &pcm, config->field_rate_hz, config->log);
}

/* Everything the track's line has ready goes to analyzer or meter. */
static int drain_line(struct reader *r)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_sound_line_pull(r->line, frame) : VH_ERR_RESOURCE;
        if (status == VH_OK) {
            const float *const *x = (const float *const *)frame->extended_data;
            status = r->meter ? vh_loudness_push(r->meter, x, frame->nb_samples)
                              : vh_sound_analyzer_push(r->analyzer, x, frame->nb_samples);
        }
        vh_frame_free(&frame);
        if (status != VH_OK)
            return status == VH_AGAIN || status == VH_EOF ? VH_OK : status;
    }
}

static int drain_decoder(struct reader *r)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int status = frame ? vh_decoder_receive(r->decoder, frame, NULL) : VH_ERR_RESOURCE;
        if (status == VH_OK)
            status = vh_sound_line_push(r->line, frame);
        vh_frame_free(&frame);
        if (status == VH_OK)
            status = drain_line(r);
        if (status != VH_OK)
            return status;
    }
}

/* VH_OK, VH_EOF when the track needs no more, or an error. */
static int decode(struct reader *r, const AVPacket *packet)
{
    int status = vh_decoder_send(r->decoder, packet);
    while (status == VH_AGAIN) {
        status = drain_decoder(r);
        if (status == VH_AGAIN || status == VH_OK)
            status = vh_decoder_send(r->decoder, packet);
    }
    if (status == VH_OK || status == VH_EOF)
        status = drain_decoder(r);
    return status == VH_AGAIN ? VH_OK : status;
}

static int end_reader(struct reader *r)
{
    int status = decode(r, NULL);
    if (status != VH_OK && status != VH_EOF)
        return status;
    status = vh_sound_line_push(r->line, NULL);
    return status == VH_OK ? drain_line(r) : status;
}

static int read_packets(struct pass *pass)
{
    int status = VH_OK;
    AVPacket *packet = av_packet_alloc();
    while (packet && status == VH_OK && (status = vh_cancel_check(pass->config->cancel)) == VH_OK &&
           (status = vh_input_read(pass->input, packet)) == VH_OK) {
        for (int i = 0; i < pass->n && status == VH_OK; i++)
            if (pass->reader[i].look->stream == packet->stream_index) {
                status = decode(&pass->reader[i], packet);
                status = status == VH_EOF ? VH_OK : status;
            }
        av_packet_unref(packet);
    }
    bool complete = packet != NULL;
    av_packet_free(&packet);
    if (!complete)
        return VH_ERR_RESOURCE;
    status = status == VH_EOF ? VH_OK : status;
    for (int i = 0; i < pass->n && status == VH_OK; i++)
        status = end_reader(&pass->reader[i]);
    return status;
}

static int open_input(struct pass *pass)
{
    const struct vh_sound_look_config *config = pass->config;
    struct vh_probe_options options = {.cancel = config->cancel};
    struct vh_log errors = config->log ? *config->log : (struct vh_log){0};
    errors.level = VH_LOG_ERROR; /* the pass that writes the file warns of what is wrong with it */
    int status = vh_job_open_parts(&pass->input, config->request, &options, &errors);
    if (status == VH_OK && (config->start_us != VH_TIME_NONE || config->end_us != VH_TIME_NONE))
        status = vh_input_set_range(pass->input, config->start_us, config->end_us);
    for (int i = 0; status == VH_OK && i < vh_input_info(pass->input)->n_streams; i++)
        vh_input_select(pass->input, i, false);
    return status;
}

/* True when the plan's gain pushes peaks so far into the limiter that it costs loudness. */
static bool limits(const struct vh_sound_look_config *config, const struct vh_sound_look *look)
{
    const struct vh_sound_plan *plan = look->plan;
    const struct vh_sound_item *last = plan->n_items ? &plan->item[plan->n_items - 1] : NULL;
    return last && last->native && last->params.kind == VH_SOUND_LEVEL &&
           !isnan(config->request->sound.loudness_lufs) &&
           look->repaired.true_peak_db + last->params.level.gain_db > last->params.level.peak_db + 1;
}

/* Reads the tracks that `level` concerns; the results are in their analyzers and meters. */
static int run_pass(struct pass *pass, struct vh_sound_looks *looks)
{
    int status = open_input(pass);
    for (int i = 0; i < looks->n && status == VH_OK; i++) {
        const struct vh_sound_look *look = &looks->look[i];
        if (pass->level &&
            !(pass->limited ? limits(pass->config, look) : look->plan && look->plan->wants_loudness))
            continue;
        vh_input_select(pass->input, looks->look[i].stream, true);
        status = open_reader(pass, &looks->look[i]);
    }
    if (status == VH_OK)
        status = read_packets(pass);
    looks->n_passes++;
    return status;
}

static int make_plan(
    const struct vh_sound_look_config *config, struct vh_sound_look *look, bool with_loudness)
{
    static const int channels[] = {0, 1, 2, 6, 8};
    const struct vh_sound_format *sound = &config->info->stream[look->stream].sound;
    struct vh_sound_plan_config plan = {.options = &config->request->sound,
        .findings = look->measured ? look->findings : NULL,
        .profile = look->profile,
        .repaired = with_loudness ? &look->repaired : NULL,
        .format = {sound->sample_rate, sound->n_channels},
        .n_channels_out = channels[config->request->track.audio_layout]};
    vh_sound_plan_destroy(&look->plan);
    return vh_sound_plan_create(&look->plan, &plan, config->log);
}

static int measure(const struct vh_sound_look_config *config, struct vh_sound_looks *looks)
{
    struct pass *pass = vh_alloc(1, sizeof *pass);
    if (!pass)
        return VH_ERR_RESOURCE;
    pass->config = config;
    int status = run_pass(pass, looks);
    for (int i = 0; i < pass->n && status == VH_OK; i++) {
        struct vh_sound_look *look = pass->reader[i].look;
        status = vh_sound_analyzer_finish(pass->reader[i].analyzer, look->findings, look->profile);
        look->measured = true;
        if (look->findings->n_bad)
            vh_warn(config->log, "sound stream %d: %lld samples are no numbers; they become silence",
                look->stream, (long long)look->findings->n_bad);
    }
    close_pass(pass);
    vh_free(pass);
    return status;
}

/* Puts what the limiter took back into the gain: the loudness is taken for lower by what was missed, and
 * planned again. */
static int correct_level(
    const struct vh_sound_look_config *config, struct vh_sound_look *look, double reached)
{
    const struct vh_sound_item *last = &look->plan->item[look->plan->n_items - 1];
    double wanted = look->repaired.integrated_lufs + last->params.level.gain_db;
    if (isfinite(reached) && wanted > reached)
        look->repaired.integrated_lufs -= fmin(wanted - reached, 3);
    return make_plan(config, look, true);
}

static int measure_level(
    const struct vh_sound_look_config *config, struct vh_sound_looks *looks, bool limited)
{
    struct pass *pass = vh_alloc(1, sizeof *pass);
    if (!pass)
        return VH_ERR_RESOURCE;
    *pass = (struct pass){.config = config, .level = true, .limited = limited};
    int status = run_pass(pass, looks);
    for (int i = 0; i < pass->n && status == VH_OK; i++) {
        struct vh_sound_look *look = pass->reader[i].look;
        if (pass->limited) {
            status = correct_level(config, look, vh_loudness_result(pass->reader[i].meter).integrated_lufs);
            continue;
        }
        look->repaired = vh_loudness_result(pass->reader[i].meter);
        status = make_plan(config, look, true);
    }
    close_pass(pass);
    vh_free(pass);
    return status;
}

/* Tracks that may be worked on, each with a profile that starts with what was said by hand. */
static int list_tracks(const struct vh_sound_look_config *config, struct vh_sound_looks *looks)
{
    int status = VH_OK;
    for (int i = 0; i < config->info->n_streams && status == VH_OK; i++) {
        const struct vh_stream_info *stream = &config->info->stream[i];
        struct vh_pcm_format pcm = {stream->sound.sample_rate, stream->sound.n_channels};
        if (stream->kind != VH_STREAM_AUDIO || !stream->decoder || looks->n == VH_SOUND_LOOKS ||
            vh_pcm_format_check(&pcm, NULL) < 0)
            continue;
        struct vh_sound_look *look = &looks->look[looks->n++];
        look->stream = i;
        look->findings = vh_alloc(1, sizeof *look->findings);
        status = look->findings ? vh_profile_create(&look->profile) : VH_ERR_RESOURCE;
        if (status == VH_OK && config->profile)
            status = vh_profile_copy(look->profile, config->profile);
    }
    return status;
}

static bool can_read_twice(const struct vh_sound_look_config *config)
{
    return config->info->seekable && strcmp(config->request->input, "-") != 0;
}

static int look_at_all(struct vh_sound_looks *looks, const struct vh_sound_look_config *config)
{
    const struct vh_sound_options *o = &config->request->sound;
    bool twice = can_read_twice(config);
    int status = list_tracks(config, looks);
    if (status != VH_OK || !looks->n)
        return status;
    if (!twice && !isnan(o->loudness_lufs))
        return vh_fail(config->log, VH_ERR_UNSUPPORTED,
            "--audio-loudness has to read the sound twice and %s cannot be: save it to a file first, or use "
            "--audio-gain",
            config->request->input);
    bool needed = o->mode != VH_SOUND_MODE_NONE || vh_sound_options_ask(o);
    if (twice && needed && config->request->source.analyze)
        status = measure(config, looks);
    bool level = false;
    for (int i = 0; i < looks->n && status == VH_OK; i++) {
        status = make_plan(config, &looks->look[i], false);
        level |= status == VH_OK && looks->look[i].plan->wants_loudness;
    }
    if (status == VH_OK && level)
        status = measure_level(config, looks, false);
    bool limited = false;
    for (int i = 0; i < looks->n && status == VH_OK && level; i++)
        limited |= limits(config, &looks->look[i]);
    return status == VH_OK && limited ? measure_level(config, looks, true) : status;
}

int vh_sound_look_create(struct vh_sound_looks **looks, const struct vh_sound_look_config *config)
{
    *looks = NULL;
    if (config->request->track.audio != VH_AUDIO_AUTO)
        return VH_OK;
    *looks = vh_alloc(1, sizeof **looks);
    int status = *looks ? look_at_all(*looks, config) : VH_ERR_RESOURCE;
    if (status != VH_OK)
        vh_sound_look_destroy(looks);
    return status;
}

void vh_sound_look_destroy(struct vh_sound_looks **looks)
{
    if (!*looks)
        return;
    for (int i = 0; i < (*looks)->n; i++) {
        struct vh_sound_look *look = &(*looks)->look[i];
        vh_free(look->findings);
        vh_profile_destroy(&look->profile);
        vh_sound_plan_destroy(&look->plan);
    }
    vh_freep(looks);
}

const struct vh_sound_look *vh_sound_look_find(const struct vh_sound_looks *looks, int stream)
{
    for (int i = 0; looks && i < looks->n; i++)
        if (looks->look[i].stream == stream)
            return &looks->look[i];
    return NULL;
}

int vh_sound_look_report(const struct vh_sound_looks *looks, struct vh_profile *profile)
{
    int n, status = VH_OK;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    const struct vh_sound_look *look = NULL;
    for (int i = 0; looks && i < looks->n && !look; i++)
        look = looks->look[i].measured ? &looks->look[i] : NULL;
    for (int i = 0; look && i < n && status == VH_OK; i++) {
        const struct vh_measurement *m = vh_profile_get(look->profile, key[i].key);
        if (m && !strncmp(key[i].key, "audio.", 6))
            status = vh_profile_set(profile, key[i].key, m);
    }
    return status;
}
