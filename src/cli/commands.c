/* The table of commands, and how one is opened with its options. */
#include "cli/command.h"

#include "core/memory.h"
#include "core/status.h"
#include "general.h"
#include "command_list.h"

#include <string.h>

const struct vh_command *const vh_commands[] = {
    &vh_command_restore,
    &vh_command_analyze,
    &vh_command_compare,
    &vh_command_audio,
    &vh_command_simulate,
    &vh_command_demo,
    &vh_command_preset,
    &vh_command_help,
    &vh_command_generate,
    NULL,
};

const struct vh_command *vh_command_find(const char *name)
{
    for (int i = 0; vh_commands[i]; i++)
        if (!strcmp(vh_commands[i]->name, name))
            return vh_commands[i];
    return NULL;
}

static int add_table(struct vh_command_use *use, const struct vh_option_table *table, void **values)
{
    *values = vh_alloc(1, table->size);
    if (!*values)
        return VH_ERR_RESOURCE;
    use->binding[use->n_bindings++] = (struct vh_binding){table, *values};
    return vh_option_init(table, *values);
}

int vh_command_open(struct vh_command_use *use, const struct vh_command *command)
{
    int status = VH_OK;
    *use = (struct vh_command_use){.command = command};
    if (command->state_size) {
        use->state = vh_alloc(1, command->state_size);
        status = use->state ? command->init(use->state) : VH_ERR_RESOURCE;
        if (status >= 0)
            use->n_bindings = command->bind(use->state, use->binding);
    }
    if (status >= 0 && command->takes_preset)
        status = add_table(use, &vh_preset_table, &use->preset);
    return status < 0 ? status : add_table(use, &vh_general_table, &use->general);
}

void vh_command_close(struct vh_command_use *use)
{
    if (use->state)
        use->command->uninit(use->state);
    if (use->preset)
        vh_option_uninit(&vh_preset_table, use->preset);
    if (use->general)
        vh_option_uninit(&vh_general_table, use->general);
    vh_free(use->state);
    vh_free(use->preset);
    vh_free(use->general);
    *use = (struct vh_command_use){0};
}
