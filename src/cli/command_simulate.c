/* vhsup simulate: a made tape whose faults are known. */
#include "command_list.h"

#include "core/status.h"
#include "pipeline/tool_simulate.h"

static int init(void *opaque)
{
    struct vh_simulate_tool *tool = opaque;
    int status = vh_option_init(&vh_simulate_tool_table, &tool->options);
    if (status >= 0)
        status = vh_option_init(&vh_simulate_table, &tool->tape);
    return status < 0 ? status : vh_option_init(&vh_machine_table, &tool->machine);
}

static void uninit(void *opaque)
{
    struct vh_simulate_tool *tool = opaque;
    vh_option_uninit(&vh_simulate_tool_table, &tool->options);
    vh_option_uninit(&vh_simulate_table, &tool->tape);
    vh_option_uninit(&vh_machine_table, &tool->machine);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct vh_simulate_tool *tool = opaque;
    bindings[0] = (struct vh_binding){&vh_simulate_tool_table, &tool->options};
    bindings[1] = (struct vh_binding){&vh_simulate_table, &tool->tape};
    bindings[2] = (struct vh_binding){&vh_machine_table, &tool->machine};
    return 3;
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    (void)n;
    int status = vh_tool_simulate(operand[0], opaque, &context);
    if (status == VH_ERR_CANCELLED && !cli->last_error[0])
        vh_fail(&cli->log, status, "stopped; nothing was left at the output");
    return status;
}

static const char *const examples[] = {
    "vhsup simulate clean.mkv -o tape.mkv --tape-speed worn --truth tape.json",
    "vhsup simulate clean.mkv -o tape.mkv --tape-speed clean --tape-jitter 0.7",
    NULL,
};

const struct vh_command vh_command_simulate = {.name = "simulate",
    .operands = "IN",
    .summary = "make a tape with known faults out of a clean clip",
    .detail =
        "For tests, training and demonstrations. The clip is interlaced, recorded as the chosen speed would "
        "and played back; every fault has its own option, `--tape-speed clean` starts without any. The same "
        "seed makes the same tape, bit by bit. With --truth a JSON file says what was done where.",
    .examples = examples,
    .min_operands = 1,
    .max_operands = 1,
    .state_size = sizeof(struct vh_simulate_tool),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run};
