/* The command line: parses arguments, runs one command, returns the exit status of docs/exit-status.md. */
#ifndef VH_CLI_CLI_H
#define VH_CLI_CLI_H

/* The whole program. Blocks until the command is done. Called once, from main. */
int vh_cli_main(int argc, char **argv);

#endif
