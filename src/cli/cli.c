/* The command line: which command, with which options, and how it ends. */
#include "cli/cli.h"

#include "arguments.h"
#include "cli/command.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/status.h"
#include "general.h"
#include "help.h"
#include "job/preset.h"
#include "option/json.h"
#include "pipeline/listing.h"
#include "progress.h"
#include "signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Messages as people read them; the bar is out of the way while one is written. */
static void print_message(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    static const char *const names[] = {"error: ", "warning: ", "", "debug: ", "trace: "};
    struct vh_cli *cli = opaque;
    char *line = vh_format("vhsup: %s%s%s%s", names[level], path, path[0] ? ": " : "", message);
    if (level == VH_LOG_ERROR)
        snprintf(cli->last_error, sizeof cli->last_error, "%s", message);
    vh_progress_print_line(cli->progress, line ? line : message);
    vh_free(line);
}

static void apply_general(struct vh_cli *cli, const struct vh_general_options *general)
{
    bool bar = general->progress == VH_PROGRESS_BAR ||
               (general->progress == VH_PROGRESS_AUTO && isatty(STDERR_FILENO));
    cli->log.level = general->verbose ? VH_LOG_DEBUG
                     : general->quiet ? VH_LOG_WARNING
                                      : (enum vh_log_level)general->log_level;
    vh_progress_set_mode(cli->progress, general->progress == VH_PROGRESS_NONE || general->quiet
                                            ? VH_PROGRESS_SILENT
                                        : bar ? VH_PROGRESS_AS_BAR
                                              : VH_PROGRESS_AS_LINES);
}

static int check_operands(const struct vh_command *command, int n, const struct vh_log *log)
{
    if (n < command->min_operands)
        return vh_fail(log, VH_ERR_USAGE, "%s needs %s; 'vhsup help %s' tells more", command->name,
            command->operands, command->name);
    if (command->max_operands >= 0 && n > command->max_operands)
        return vh_fail(log, VH_ERR_USAGE, "%s takes %s, %d operands were given", command->name,
            command->operands ? command->operands : "no operands", n);
    return VH_OK;
}

/* Options that only make sense together: typing the first replaces what a preset said about the others. */
static const char *const belong[][4] = {
    {"encoder", "encoder-preset", "encoder-option", "crf"},
    {"picture.height", "picture.scale", "picture.size"},
    {"picture.scale", "picture.height", "picture.size"},
    {"picture.size", "picture.height", "picture.scale"},
};

static int reset_option(const struct vh_command_use *use, const char *key, const struct vh_log *log)
{
    for (int i = 0; i < use->n_bindings; i++) {
        const struct vh_option_row *row = vh_option_find(use->binding[i].table, key);
        if (row && row->type == VH_OPTION_SIZE && !row->value)
            return vh_option_set(row, use->binding[i].values, "auto", key, log);
        if (row)
            return vh_option_set(row, use->binding[i].values, row->value ? row->value : "", key, log);
    }
    return VH_OK;
}

static int reset_followers(
    const struct vh_command_use *use, const struct vh_arguments *arguments, const struct vh_log *log)
{
    int status = VH_OK;
    for (int i = 0; i < arguments->n_options; i++)
        for (size_t k = 0; k < sizeof belong / sizeof *belong; k++)
            if (!strcmp(arguments->option[i].row->key, belong[k][0]))
                for (int f = 1; f < 4 && belong[k][f] && status >= 0; f++)
                    status = reset_option(use, belong[k][f], log);
    return status;
}

/* Defaults, then the preset, then what was typed. */
static int set_options(
    struct vh_cli *cli, const struct vh_command_use *use, const struct vh_arguments *arguments)
{
    int status = vh_arguments_apply(arguments, use->general, &cli->log);
    if (status < 0)
        return status;
    apply_general(cli, use->general);
    if (use->preset) {
        const struct vh_preset_options *preset = use->preset;
        status = vh_arguments_apply(arguments, use->preset, &cli->log);
        if (status >= 0 && preset->preset)
            status = vh_preset_apply(preset->preset, use->binding, use->n_bindings, &cli->log);
        if (status >= 0)
            status = reset_followers(use, arguments, &cli->log);
    }
    return status < 0 ? status : vh_arguments_apply(arguments, NULL, &cli->log);
}

static int run_command(struct vh_cli *cli, const struct vh_command *command, int n, char **argument)
{
    struct vh_command_use use;
    struct vh_arguments arguments = {0};
    int status = vh_command_open(&use, command);
    if (status >= 0)
        status = vh_arguments_scan(&arguments, &use, n, argument, &cli->log);
    if (status >= 0 && arguments.help) {
        status = vh_help_command(cli->out, command, false);
    } else {
        if (status >= 0)
            status = check_operands(command, arguments.n_operands, &cli->log);
        if (status >= 0)
            status = set_options(cli, &use, &arguments);
        if (status >= 0)
            status = command->run(cli, use.state, arguments.operand, arguments.n_operands);
    }
    vh_arguments_uninit(&arguments);
    vh_command_close(&use);
    return status;
}

/* A first word that is no command and no option is an input, if there is such a file or it looks like a path.
 */
static int check_word(const struct vh_cli *cli, const char *word)
{
    const char *names[64] = {0};
    if (word[0] == '-' || strpbrk(word, "/.:") || access(word, F_OK) == 0)
        return VH_OK;
    for (int i = 0; vh_commands[i] && i < 63; i++)
        names[i] = vh_commands[i]->name;
    const char *near = vh_option_nearest(word, names);
    if (near)
        return vh_fail(
            &cli->log, VH_ERR_USAGE, "'%s' is neither a command nor a file; did you mean '%s'?", word, near);
    return vh_fail(&cli->log, VH_ERR_USAGE,
        "'%s' is neither a command nor a file; 'vhsup help' lists the commands", word);
}

static int dispatch(struct vh_cli *cli, int argc, char **argv)
{
    if (argc < 2) {
        vh_help_overview(stderr, true);
        return VH_ERR_USAGE;
    }
    if (!strcmp(argv[1], "--version")) {
        fprintf(cli->out, "vhsup %s\n", VHSUP_VERSION);
        vh_listing_print_build(cli->out);
        return VH_OK;
    }
    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
        return vh_help_overview(cli->out, false);
    const struct vh_command *command = vh_command_find(argv[1]);
    if (command)
        return run_command(cli, command, argc - 2, argv + 2);
    int status = check_word(cli, argv[1]);
    return status < 0 ? status : run_command(cli, vh_command_find("restore"), argc - 1, argv + 1);
}

/* A reader that has seen enough (`| head`) is told nothing; the exit status still says that not all was
 * written. */
static int flush_output(struct vh_cli *cli, int status)
{
    errno = 0;
    if ((!fflush(stdout) && !ferror(stdout)) || status < 0)
        return status;
    if (errno == EPIPE)
        return VH_ERR_OUTPUT;
    return vh_fail(&cli->log, VH_ERR_OUTPUT, "standard output cannot be written");
}

int vh_cli_main(int argc, char **argv)
{
    struct vh_cli cli = {.out = stdout};
    if (vh_progress_create(&cli.progress, stdout, stderr) < 0)
        return vh_status_exit(VH_ERR_RESOURCE);
    cli.log = (struct vh_log){.sink = print_message, .opaque = &cli, .level = VH_LOG_INFO};
    cli.events = (struct vh_event_sink){vh_progress_event, cli.progress};
    vh_signals_install(&cli.cancel);
    int status = dispatch(&cli, argc, argv);
    if (status == VH_ERR_RESOURCE && !cli.last_error[0])
        vh_fail(&cli.log, status, "out of memory");
    status = flush_output(&cli, status);
    vh_progress_destroy(&cli.progress);
    return vh_status_exit(status);
}
