/* Files that packages install, made from the rows: the manual page and the shells' completions. New strings
 * (vh_free), NULL when memory ran out. */
#ifndef VH_CLI_MANUAL_H
#define VH_CLI_MANUAL_H

char *vh_manual_page(void); /* vhsup.1, in roff's man macros */
char *vh_completion_bash(void);
char *vh_completion_zsh(void);
char *vh_completion_fish(void);

#endif
