/* vhsup compare: two clips, in figures and side by side. */
#include "command_list.h"

#include "core/status.h"
#include "pipeline/tool_compare.h"

static int init(void *opaque)
{
    struct vh_compare_tool *tool = opaque;
    int status = vh_option_init(&vh_compare_table, &tool->options);
    return status < 0 ? status : vh_option_init(&vh_machine_table, &tool->machine);
}

static void uninit(void *opaque)
{
    struct vh_compare_tool *tool = opaque;
    vh_option_uninit(&vh_compare_table, &tool->options);
    vh_option_uninit(&vh_machine_table, &tool->machine);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct vh_compare_tool *tool = opaque;
    bindings[0] = (struct vh_binding){&vh_compare_table, &tool->options};
    bindings[1] = (struct vh_binding){&vh_machine_table, &tool->machine};
    return 2;
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    (void)n;
    int status = vh_tool_compare(operand[0], operand[1], opaque, &context);
    if (status == VH_ERR_CANCELLED && !cli->last_error[0])
        vh_fail(&cli->log, status, "stopped; nothing was left at the output");
    return status;
}

static const char *const examples[] = {
    "vhsup compare truth.mkv restored.mkv",
    "vhsup compare truth.mkv restored.mkv --crop 8:24:24:24 --json",
    "vhsup compare tape.mkv restored.mkv --image beside.png",
    NULL,
};

const struct vh_command vh_command_compare = {.name = "compare",
    .operands = "A B",
    .summary = "say how far clip B is from the reference A, and show both",
    .detail = "PSNR and SSIM are those of ffmpeg's filters of these names (8x8 windows every 4 samples); "
              "other tools "
              "define SSIM otherwise. Flicker is the part of the error that changes from picture to picture, "
              "combing "
              "the part of lines that differ from both neighbours, beyond the reference's own; both in 8-bit "
              "codes, "
              "and zero for identical clips. B is moved by whole frames to where it fits A best, and brought "
              "to A's "
              "size and colours where they differ.",
    .examples = examples,
    .min_operands = 2,
    .max_operands = 2,
    .state_size = sizeof(struct vh_compare_tool),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run};
