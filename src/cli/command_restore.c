/* vhsup restore: one capture into one finished file. */
#include "command_list.h"
#include "command_parts.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "pipeline/run.h"
#include "progress.h"

#include <inttypes.h>
#include <string.h>

static int init(void *state)
{
    return vh_request_init(state);
}

static void uninit(void *state)
{
    vh_request_uninit(state);
}

static int bind(void *state, struct vh_binding *bindings)
{
    return vh_request_bind(state, bindings);
}

/* The last line of --json: how it ended. */
static void print_json_result(
    struct vh_cli *cli, const struct vh_request *request, int status, const struct vh_run_result *result)
{
    struct vh_cli_result line;
    struct vh_json_writer *w = &line.writer;
    vh_cli_begin_result(&line, cli, status, request->input, request->run.output);
    vh_json_write_int(w, "frames_in", result->frames_in);
    vh_json_write_int(w, "frames_out", result->frames_out);
    vh_json_write_int(w, "frames_damaged", result->damaged);
    vh_json_write_double(w, "duration_s", result->duration_s);
    vh_json_write_double(w, "wall_s", result->wall_s);
    vh_json_write_double(w, "cpu_s", result->cpu_s);
    vh_json_write_int(w, "bytes_out", result->bytes_out);
    vh_cli_end_result(&line, cli);
}

static void print_result(
    struct vh_cli *cli, const struct vh_request *request, const struct vh_run_result *result)
{
    vh_info(&cli->log, "%s: %" PRId64 " picture%s, %.2f s, %.1f MB, in %.1f s (%.2f times real time)",
        strcmp(request->run.output, "-") ? request->run.output : "standard output", result->frames_out,
        result->frames_out == 1 ? "" : "s", result->duration_s, (double)result->bytes_out / 1e6,
        result->wall_s, result->wall_s > 0 ? result->duration_s / result->wall_s : 0);
}

static int run(struct vh_cli *cli, void *state, char *const *operand, int n)
{
    struct vh_request *request = state;
    struct vh_run_result result = {0};
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    (void)n;
    request->input = vh_strdup(operand[0]);
    if (!request->input)
        return VH_ERR_RESOURCE;
    cli->json = request->run.json;
    if (cli->json)
        vh_progress_set_mode(cli->progress, VH_PROGRESS_AS_JSON);
    if (request->run.dry_run) /* its timed sample is no progress */
        vh_progress_set_mode(cli->progress, VH_PROGRESS_SILENT);
    int status = vh_run_restore(request, &context, &result);
    bool complete = status >= 0 || status == VH_ERR_DAMAGED;
    if (complete)
        vh_progress_finish(cli->progress, vh_clock_ns());
    else
        vh_progress_abandon(cli->progress);
    if (cli->json && !request->run.dry_run)
        print_json_result(cli, request, status, &result);
    else if (complete && !request->run.dry_run)
        print_result(cli, request, &result);
    return status;
}

static const char *const examples[] = {
    "vhsup restore tape.avi -o tape.mkv",
    "vhsup tape.avi -o tape.mkv --preset vhs-heavy --height 1440",
    "vhsup restore tape.avi -o tape.mkv --dry-run",
    NULL,
};

const struct vh_command vh_command_restore = {
    .name = "restore",
    .operands = "IN",
    .usage = "IN -o OUT",
    .summary = "turn the capture of a tape into a finished file",
    .detail = "The main job, also without its name: vhsup IN -o OUT. The input is a file, a URL or - for "
              "standard input; "
              "it is never written to. The output is written under a temporary name, checked, and renamed "
              "when it is "
              "complete.",
    .examples = examples,
    .min_operands = 1,
    .max_operands = 1,
    .takes_preset = true,
    .state_size = sizeof(struct vh_request),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run,
};
