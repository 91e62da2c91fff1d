/* The program's entry: everything happens in the cli layer. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return vh_cli_main(argc, argv);
}
