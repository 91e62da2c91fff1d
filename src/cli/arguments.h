/* Command-line arguments by the option rows of a command.
 *
 * `--flag value`, `--flag=value`, `--no-flag`, `-f value`, `-fvalue`, bundled short switches (`-yq`), `--`
 * for "operands only from here", and operands anywhere. Values are set after a preset was applied, so that
 * what is typed wins over it.
 */
#ifndef VH_CLI_ARGUMENTS_H
#define VH_CLI_ARGUMENTS_H

#include "cli/command.h"

/* One option as typed. */
struct vh_argument {
    const struct vh_option_row *row;
    void *values;     /* the struct its table fills */
    const char *text; /* the value as text; borrowed */
    char shown[100];  /* the flag as typed, for messages */
};

struct vh_arguments {
    struct vh_argument *option; /* owned */
    int n_options;
    char **operand; /* owned array of borrowed strings */
    int n_operands;
    bool help; /* -h or --help was among them */
};

/* Sorts the n arguments into options and operands; sets nothing yet. VH_OK, VH_ERR_USAGE after one message,
 * or VH_ERR_RESOURCE; to be freed in every case. */
int vh_arguments_scan(struct vh_arguments *arguments, const struct vh_command_use *use, int n,
    char *const *argument, const struct vh_log *log);

/* Sets the values of the options whose table fills `values`, all when it is NULL. The first use of a list
 * replaces what a default or preset put there. */
int vh_arguments_apply(const struct vh_arguments *arguments, const void *values, const struct vh_log *log);

void vh_arguments_uninit(struct vh_arguments *arguments);

#endif
