/* The commands that src/cli/commands.c lists; each stands in a file of its own. */
#ifndef VH_CLI_COMMAND_LIST_H
#define VH_CLI_COMMAND_LIST_H

#include "cli/command.h"

extern const struct vh_command vh_command_restore;
extern const struct vh_command vh_command_analyze;
extern const struct vh_command vh_command_compare;
extern const struct vh_command vh_command_audio;
extern const struct vh_command vh_command_simulate;
extern const struct vh_command vh_command_demo;
extern const struct vh_command vh_command_preset;
extern const struct vh_command vh_command_help;
extern const struct vh_command vh_command_generate;

#endif
