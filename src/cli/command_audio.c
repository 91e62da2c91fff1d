/* vhsup audio: the sound of a capture, repaired, without its picture. */
#include "command_list.h"
#include "command_parts.h"

#include "core/memory.h"
#include "core/status.h"
#include "pipeline/tool_audio.h"

struct state {
    struct vh_request request;
    struct vh_audio_options options;
};

static int init(void *opaque)
{
    struct state *state = opaque;
    return vh_cli_init_request(&state->request, &vh_audio_table, &state->options);
}

static void uninit(void *opaque)
{
    struct state *state = opaque;
    vh_cli_uninit_request(&state->request, &vh_audio_table, &state->options);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct state *state = opaque;
    int n = 0;
    bindings[n++] = (struct vh_binding){&vh_audio_table, &state->options};
    bindings[n++] = (struct vh_binding){&vh_source_table, &state->request.source};
    bindings[n++] = (struct vh_binding){&vh_track_table, &state->request.track};
    bindings[n++] = (struct vh_binding){&vh_sound_option_table, &state->request.sound};
    return n;
}

static void print_json(
    struct vh_cli *cli, const struct state *state, int status, const struct vh_audio_result *result)
{
    struct vh_cli_result line;
    struct vh_json_writer *w = &line.writer;
    vh_cli_begin_result(&line, cli, status, state->request.input, state->options.output);
    vh_json_write_int(w, "tracks", result->n_tracks);
    vh_json_write_int(w, "tracks_repaired", result->n_repaired);
    vh_json_write_double(w, "duration_s", result->duration_s);
    vh_json_write_double(w, "wall_s", result->wall_s);
    vh_json_write_double(w, "cpu_s", result->cpu_s);
    vh_json_write_int(w, "bytes_out", result->bytes_out);
    vh_cli_end_result(&line, cli);
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    struct state *state = opaque;
    struct vh_audio_result result = {0};
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    (void)n;
    state->request.input = vh_strdup(operand[0]);
    if (!state->request.input)
        return VH_ERR_RESOURCE;
    int status = vh_tool_audio(&state->request, &state->options, &context, &result);
    if (state->options.dry_run)
        return status;
    if (state->options.json)
        print_json(cli, state, status, &result);
    else if (status == VH_OK)
        vh_info(&cli->log, "%s: %d sound tracks, %d repaired, %.1f MB, in %.1f s", state->options.output,
            result.n_tracks, result.n_repaired, (double)result.bytes_out / 1e6, result.wall_s);
    return status;
}

static const char *const examples[] = {
    "vhsup audio tape.avi -o sound.flac",
    "vhsup audio tape.mkv -o sound.m4a --audio-loudness -16",
    "vhsup audio tape.mkv --dry-run",
    NULL,
};

const struct vh_command vh_command_audio = {
    .name = "audio",
    .operands = "IN",
    .usage = "IN -o OUT",
    .summary = "repair the sound of a capture and write it alone",
    .detail =
        "Every sound track is measured, repaired and written as `vhsup restore` would do it. The picture is "
        "not "
        "decoded and not written. A track with nothing wrong is copied when the container holds its codec.",
    .examples = examples,
    .min_operands = 1,
    .max_operands = 1,
    .state_size = sizeof(struct state),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run,
};
