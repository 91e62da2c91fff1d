/* vhsup help: the overview, or one topic. */
#include "command_list.h"

#include "help.h"

static int run(struct vh_cli *cli, void *state, char *const *operand, int n)
{
    (void)state;
    return n ? vh_help_topic(cli->out, operand[0], &cli->log) : vh_help_overview(cli->out, false);
}

static const char *const examples[] = {
    "vhsup help restore", "vhsup help crf", "vhsup help exit-status", "vhsup help measurements", NULL};

const struct vh_command vh_command_help = {
    .name = "help",
    .operands = "[COMMAND|OPTION|TOPIC]",
    .summary = "explain commands, options, exit statuses and measurements",
    .examples = examples,
    .max_operands = 1,
    .run = run,
};
