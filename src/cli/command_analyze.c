/* vhsup analyze: what is wrong with a tape, and what would be done about it. */
#include "command_list.h"
#include "command_parts.h"

#include "core/memory.h"
#include "core/status.h"
#include "job/preset.h"
#include "pipeline/tool_analyze.h"

#include <errno.h>
#include <string.h>

struct state {
    struct vh_request request;
    struct vh_analyze_options options;
};

static int init(void *opaque)
{
    struct state *state = opaque;
    return vh_cli_init_request(&state->request, &vh_analyze_table, &state->options);
}

static void uninit(void *opaque)
{
    struct state *state = opaque;
    vh_cli_uninit_request(&state->request, &vh_analyze_table, &state->options);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct state *state = opaque;
    int n = 0;
    bindings[n++] = (struct vh_binding){&vh_analyze_table, &state->options};
    bindings[n++] = (struct vh_binding){&vh_source_table, &state->request.source};
    n += vh_request_bind_restore(&state->request, bindings + n);
    bindings[n++] = (struct vh_binding){&vh_measure_table, &state->request.measure};
    bindings[n++] = (struct vh_binding){&vh_machine_table, &state->request.machine};
    return n;
}

/* The options as they were given, with the measurements by hand, as a preset. */
static int save_preset(struct vh_cli *cli, struct state *state, struct vh_list *set)
{
    struct vh_binding binding[VH_MAX_BINDINGS];
    const char *path = state->options.save_preset;
    struct vh_list given = state->request.source.set;
    state->request.source.set = *set;
    char *text = vh_preset_print(binding, vh_request_bind(&state->request, binding), "measured settings");
    state->request.source.set = given;
    if (!text)
        return VH_ERR_RESOURCE;
    FILE *file = fopen(path, state->options.overwrite ? "wb" : "wbx");
    bool failed = !file || fputs(text, file) < 0;
    failed |= file && fclose(file) != 0;
    vh_free(text);
    if (failed && errno == EEXIST)
        return vh_fail(&cli->log, VH_ERR_OUTPUT, "%s exists: choose another name, or -y to replace it", path);
    return failed ? vh_fail(&cli->log, VH_ERR_OUTPUT, "cannot write %s: %s", path, strerror(errno)) : VH_OK;
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
    struct vh_list set = {0};
    const char *path = state->options.save_preset;
    int status = vh_tool_analyze(&state->request, &state->options, &context, path ? &set : NULL);
    if (status == VH_OK && path)
        status = save_preset(cli, state, &set);
    for (int i = 0; i < set.n; i++)
        vh_free(set.item[i]);
    vh_free(set.item);
    return status;
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
