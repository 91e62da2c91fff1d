/* Command dispatch. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

int vh_cli_main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        printf("vhsup %s\n", VHSUP_VERSION);
        return 0;
    }
    fprintf(stderr, "usage: vhsup --version\n");
    return 2;
}
