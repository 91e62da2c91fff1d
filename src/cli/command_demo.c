/* vhsup demo: everything from nothing. */
#include "command_list.h"

#include "core/clock.h"
#include "core/status.h"
#include "pipeline/tool_demo.h"
#include "progress.h"

static int init(void *opaque)
{
    struct vh_demo_tool *tool = opaque;
    int status = vh_option_init(&vh_demo_table, &tool->options);
    return status < 0 ? status : vh_option_init(&vh_machine_table, &tool->machine);
}

static void uninit(void *opaque)
{
    struct vh_demo_tool *tool = opaque;
    vh_option_uninit(&vh_demo_table, &tool->options);
    vh_option_uninit(&vh_machine_table, &tool->machine);
}

static int bind(void *opaque, struct vh_binding *bindings)
{
    struct vh_demo_tool *tool = opaque;
    bindings[0] = (struct vh_binding){&vh_demo_table, &tool->options};
    bindings[1] = (struct vh_binding){&vh_machine_table, &tool->machine};
    return 2;
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    struct vh_run_context context = {
        .log = &cli->log, .events = &cli->events, .cancel = &cli->cancel, .results = cli->out};
    (void)operand, (void)n;
    int status = vh_tool_demo(opaque, &context);
    if (status == VH_ERR_CANCELLED && !cli->last_error[0])
        vh_fail(&cli->log, status, "stopped");
    if (status >= 0)
        vh_progress_finish(cli->progress, vh_clock_ns());
    else
        vh_progress_abandon(cli->progress);
    return status;
}

static const char *const examples[] = {
    "vhsup demo", "vhsup demo -o /tmp/demo --speed ep --standard ntsc", NULL};

const struct vh_command vh_command_demo = {.name = "demo",
    .summary = "make a scene, a tape of it, restore it, and show before and after",
    .detail = "Needs no input and no network. The scene has sharp text, a face, slow and fast motion, fine "
              "texture and "
              "sound; the tape is made by `vhsup simulate`'s part of the program, the restored file with the "
              "settings "
              "that `vhsup restore` chooses by itself.",
    .examples = examples,
    .state_size = sizeof(struct vh_demo_tool),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run};
