/* Names and exit statuses of the status categories: one table, so that the documentation test can print it.
 */
#include "core/status.h"

#include <stddef.h>

static const struct {
    int status, exit;
    const char *name;
} table[] = {
    {VH_OK, 0, "ok"},
    {VH_AGAIN, 0, "again"},
    {VH_EOF, 0, "end of stream"},
    {VH_ERR_USAGE, 2, "usage error"},
    {VH_ERR_INPUT, 3, "input error"},
    {VH_ERR_OUTPUT, 4, "output error"},
    {VH_ERR_UNSUPPORTED, 5, "unsupported"},
    {VH_ERR_RESOURCE, 6, "out of a resource"},
    {VH_ERR_EXTERNAL, 7, "external library error"},
    {VH_ERR_DAMAGED, 8, "damaged input"},
    {VH_ERR_INTERNAL, 1, "internal error"},
    {VH_ERR_CANCELLED, 130, "cancelled"},
};

int vh_status_exit(int status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].exit;
    return 1;
}

const char *vh_status_name(int status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].name;
    return "unknown status";
}
