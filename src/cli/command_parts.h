/* What several commands do alike: a request beside options of their own, and the result line of --json. */
#ifndef VH_CLI_COMMAND_PARTS_H
#define VH_CLI_COMMAND_PARTS_H

#include "cli/command.h"
#include "core/json_write.h"
#include "option/option.h"
#include "pipeline/request.h"

/* Default values for `request` and for `options`, which are those of `table`. VH_OK or VH_ERR_RESOURCE; both
 * may be given to uninit either way. */
int vh_cli_init_request(struct vh_request *request, const struct vh_option_table *table, void *options);
void vh_cli_uninit_request(struct vh_request *request, const struct vh_option_table *table, void *options);

/* The last line of --json, how it ended. Begin writes what every command says; the command adds its own facts
 * to `writer`; end prints the line to the standard output and frees it. */
struct vh_cli_result {
    struct vh_text text;
    struct vh_json_writer writer;
};
void vh_cli_begin_result(struct vh_cli_result *result, const struct vh_cli *cli, int status,
    const char *input, const char *output);
void vh_cli_end_result(struct vh_cli_result *result, struct vh_cli *cli);

#endif
