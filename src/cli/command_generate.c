/* vhsup generate: the files a package installs. */
#include "command_list.h"

#include "core/memory.h"
#include "core/status.h"
#include "job/preset.h"
#include "manual.h"
#include "option/json.h"

#include <string.h>

static char *make_schema(void)
{
    struct vh_request *request = vh_alloc(1, sizeof *request);
    struct vh_binding binding[VH_MAX_BINDINGS];
    char *schema = NULL;
    if (request && vh_request_init(request) >= 0)
        schema = vh_preset_schema(binding, vh_request_bind(request, binding));
    if (request)
        vh_request_uninit(request);
    vh_free(request);
    return schema;
}

static const struct {
    const char *name;
    char *(*make)(void);
} kinds[] = {
    {"man", vh_manual_page},
    {"bash", vh_completion_bash},
    {"zsh", vh_completion_zsh},
    {"fish", vh_completion_fish},
    {"schema", make_schema},
};

static int run(struct vh_cli *cli, void *state, char *const *operand, int n)
{
    (void)state, (void)n;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, operand[0])) {
            char *text = kinds[i].make();
            if (text)
                fputs(text, cli->out);
            vh_free(text);
            return text ? VH_OK : VH_ERR_RESOURCE;
        }
    return vh_fail(&cli->log, VH_ERR_USAGE, "'%s' is not one of man, bash, zsh, fish, schema", operand[0]);
}

static const char *const examples[] = {"vhsup generate man > vhsup.1", NULL};

const struct vh_command vh_command_generate = {
    .name = "generate",
    .operands = "man|bash|zsh|fish|schema",
    .summary = "print the manual page, a completion, or the presets' schema",
    .examples = examples,
    .min_operands = 1,
    .max_operands = 1,
    .is_tool = true,
    .run = run,
};
