/* Options that every command has, and --preset. */
#ifndef VH_CLI_GENERAL_H
#define VH_CLI_GENERAL_H

#include "option/option.h"

enum vh_progress_choice { VH_PROGRESS_AUTO, VH_PROGRESS_BAR, VH_PROGRESS_LINES, VH_PROGRESS_NONE };

struct vh_general_options {
    int log_level; /* enum vh_log_level */
    int progress;  /* enum vh_progress_choice */
    bool quiet, verbose;
};

struct vh_preset_options {
    char *preset; /* name, file, or NULL: the default preset */
};

extern const struct vh_option_table vh_general_table;
extern const struct vh_option_table vh_preset_table;

#endif
