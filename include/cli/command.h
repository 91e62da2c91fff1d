/* What a command of the program is: a row with its words, its options and one function.
 *
 * Parsing, help, man page and completions are derived from the row and the option tables it binds, so a new
 * command is a new row in src/cli/commands.c and one file with its `run` (docs/dev/adding-a-command.md).
 */
#ifndef VH_CLI_COMMAND_H
#define VH_CLI_COMMAND_H

#include "core/cancel.h"
#include "core/event.h"
#include "core/log.h"
#include "pipeline/request.h"

#include <stdio.h>

struct vh_progress;

/* What every command is run with. */
struct vh_cli {
    struct vh_log log;            /* messages to standard error */
    FILE *out;                    /* results: standard output */
    struct vh_cancel cancel;      /* set by SIGINT and SIGTERM */
    struct vh_progress *progress; /* fed by `events` */
    struct vh_event_sink events;  /* give it to the job */
    bool json;             /* results are wanted as JSON lines: set by the command before it starts a job */
    char last_error[1024]; /* the last error message, for the JSON result */
};

enum { VH_CLI_BINDINGS = VH_MAX_BINDINGS + 2 };

struct vh_command {
    const char *name;               /* "restore" */
    const char *operands;           /* "IN", "[KEY]"; NULL = none */
    const char *usage;              /* what must follow the name, "IN -o OUT"; NULL = the operands alone */
    const char *summary;            /* one line, at most 70 characters, no full stop */
    const char *detail;             /* paragraphs for help and manual; NULL = none */
    const char *const *examples;    /* NULL-terminated complete command lines; NULL = none */
    int min_operands, max_operands; /* max < 0 = any number */
    bool takes_preset;              /* --preset fills the bound options first */
    bool is_tool;                   /* for packagers and scripts: listed last */
    size_t state_size;              /* of the state below; 0 = no options */

    /* Fill and free the state (zeroed memory before init). VH_OK or VH_ERR_RESOURCE. All three may be NULL
     * when state_size is 0. */
    int (*init)(void *state);
    void (*uninit)(void *state);

    /* The option tables and the structs in `state` they fill, in the order of help; returns their number. */
    int (*bind)(void *state, struct vh_binding *bindings);

    /* Does the work. Errors were reported; the status becomes the exit status. */
    int (*run)(struct vh_cli *cli, void *state, char *const *operand, int n);
};

/* All commands, NULL-terminated, in the order of help. */
extern const struct vh_command *const vh_commands[];

/* NULL when unknown. */
const struct vh_command *vh_command_find(const char *name);

/* A command with its state and all its option tables: its own, and those every command has. */
struct vh_command_use {
    const struct vh_command *command;
    void *state;
    void *general, *preset; /* struct vh_general_options, struct vh_preset_options */
    struct vh_binding binding[VH_CLI_BINDINGS];
    int n_bindings;
};

/* Allocates and fills the state with defaults. VH_OK or VH_ERR_RESOURCE; to be closed in both cases. */
int vh_command_open(struct vh_command_use *use, const struct vh_command *command);
void vh_command_close(struct vh_command_use *use);

#endif
