/* The order of the keys is that of the documents; readers go by their names. */
#include "command_parts.h"

#include "core/status.h"

#include <stdio.h>

int vh_cli_init_request(struct vh_request *request, const struct vh_option_table *table, void *options)
{
    int status = vh_request_init(request);
    return status == VH_OK ? vh_option_init(table, options) : status;
}

void vh_cli_uninit_request(struct vh_request *request, const struct vh_option_table *table, void *options)
{
    vh_request_uninit(request);
    vh_option_uninit(table, options);
}

void vh_cli_begin_result(
    struct vh_cli_result *result, const struct vh_cli *cli, int status, const char *input, const char *output)
{
    struct vh_json_writer *w = &result->writer;
    *result = (struct vh_cli_result){0};
    w->out = &result->text;
    vh_json_write_open(w, NULL, '{');
    vh_json_write_text(w, "type", "result");
    vh_json_write_int(w, "exit_status", vh_status_exit(status));
    vh_json_write_text(w, "status", vh_status_name(status));
    vh_json_write_text(w, "message", status < 0 && cli->last_error[0] ? cli->last_error : NULL);
    vh_json_write_text(w, "input", input);
    vh_json_write_text(w, "output", output);
}

void vh_cli_end_result(struct vh_cli_result *result, struct vh_cli *cli)
{
    vh_json_write_close(&result->writer);
    if (!result->text.failed)
        fprintf(cli->out, "%s\n", result->text.data);
    vh_text_uninit(&result->text);
}
