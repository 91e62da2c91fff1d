/* Names and exit statuses of the status categories: one table, so that documentation and program cannot
 * differ. */
#include "core/status.h"

#include <stddef.h>

static const struct vh_status_row rows[] = {
    {VH_OK, 0, "ok", "everything was done; warnings may tell of damage that was passed over"},
    {VH_ERR_INTERNAL, 1, "internal error", "a fault of the program itself; please report it"},
    {VH_ERR_USAGE, 2, "usage error",
        "an option, preset or combination that makes no sense; nothing was written"},
    {VH_ERR_INPUT, 3, "input error", "the input is missing, empty, not media or damaged beyond use"},
    {VH_ERR_OUTPUT, 4, "output error", "the output exists, is the input itself, or cannot be written"},
    {VH_ERR_UNSUPPORTED, 5, "unsupported",
        "meaningful, but this build, library, machine or container cannot do it"},
    {VH_ERR_RESOURCE, 6, "out of a resource", "memory, disk space, threads or another limit ran out"},
    {VH_ERR_EXTERNAL, 7, "external library error", "a library failed where it should not"},
    {VH_ERR_DAMAGED, 8, "damaged input",
        "--strict: the job was finished, but the input was damaged or a wish was not met"},
    {VH_ERR_CANCELLED, 130, "cancelled",
        "stopped by SIGINT or SIGTERM; nothing is left under the output's name"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

const struct vh_status_row *vh_status_rows(int *n)
{
    *n = N_ROWS;
    return rows;
}

int vh_status_exit(int status)
{
    if (status > 0)
        return 0;
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].status == status)
            return rows[i].exit;
    return 1;
}

const char *vh_status_name(int status)
{
    if (status > 0)
        return status == VH_AGAIN ? "again" : status == VH_EOF ? "end of stream" : "unknown status";
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].status == status)
            return rows[i].name;
    return "unknown status";
}
