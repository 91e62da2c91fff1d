/* Help texts, all derived from the command and option rows. Everything returns VH_OK, VH_ERR_RESOURCE, or
 * VH_ERR_USAGE after a message. */
#ifndef VH_CLI_HELP_H
#define VH_CLI_HELP_H

#include "cli/command.h"

/* The commands with one line each; `brief` leaves out everything but usage and names. */
int vh_help_overview(FILE *file, bool brief);

/* One command with its options; advanced ones only when `all`. */
int vh_help_command(FILE *file, const struct vh_command *command, bool all);

/* Everything about one option of any command, by key or flag; false when there is none. */
bool vh_help_option(FILE *file, const char *key_or_flag);

/* A command, an option, or one of the topics exit-status, measurements and all. */
int vh_help_topic(FILE *file, const char *topic, const struct vh_log *log);

/* "N", "TIME", "WIDTHxHEIGHT", "none|motion|bwdif": what stands behind a flag; "" for switches. At most `max`
 * characters of words, else "WORD". Written to text[size], which is returned. */
const char *vh_help_placeholder(const struct vh_option_row *row, int max, char *text, size_t size);

/* "0 to 10 dB" and the default, as help and manual show them: "(0 to 10 dB; default 3)". A new string
 * (vh_free). */
char *vh_help_limits(const struct vh_option_row *row);

/* docs/exit-status.md. */
char *vh_help_exit_status(void);

#endif
