/* vhsup analyze: what is wrong with a tape, and what would be done about it. */
#include "command_list.h"

#include "core/memory.h"
#include "core/status.h"
#include "pipeline/tool_analyze.h"

struct state {
    struct vh_request request;
    struct vh_analyze_options options;
};

static int init(void *opaque)
{
    struct state *state = opaque;
    int status = vh_request_init(&state->request);
    return status < 0 ? status : vh_option_init(&vh_analyze_table, &state->options);
}

static void uninit(void *opaque)
{
    struct state *state = opaque;
    vh_request_uninit(&state->request);
    vh_option_uninit(&vh_analyze_table, &state->options);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct state *state = opaque;
    int n = 0;
    bindings[n++] = (struct vh_binding){&vh_analyze_table, &state->options};
    bindings[n++] = (struct vh_binding){&vh_source_table, &state->request.source};
    n += vh_request_bind_restore(&state->request, bindings + n);
    bindings[n++] = (struct vh_binding){&vh_machine_table, &state->request.machine};
    return n;
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    struct state *state = opaque;
    (void)n;
    state->request.input = vh_strdup(operand[0]);
    if (!state->request.input)
        return VH_ERR_RESOURCE;
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    return vh_tool_analyze(&state->request, &state->options, &context);
}

static const char *const examples[] = {"vhsup analyze tape.avi", "vhsup analyze tape.avi -o tape.json", NULL};

const struct vh_command vh_command_analyze = {.name = "analyze",
    .operands = "IN",
    .summary = "measure a tape and say what would be done about it",
    .detail = "Nothing is written but the measurements. Each has a confidence; below it no repair is "
              "switched on by "
              "itself. The same measuring runs inside `vhsup restore`; with -o its result is kept for "
              "`vhsup restore --analysis FILE`, and `--set KEY=VALUE` overrides any value.",
    .examples = examples,
    .min_operands = 1,
    .max_operands = 1,
    .state_size = sizeof(struct state),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run};
