/* What the files of the option layer share: where a value lies, and the words with a meaning of their own. */
#ifndef VH_OPTION_ROWS_H
#define VH_OPTION_ROWS_H

#include "option/option.h"

union vh_option_place {
    bool *boolean;
    int *integer;
    double *real;
    char **string;
    int64_t *time_us;
    struct vh_rational *rational;
    struct vh_size *size;
    struct vh_list *list;
    void *any;
};

static inline union vh_option_place vh_option_at(const struct vh_option_row *row, const void *values)
{
    return (union vh_option_place){.any = (char *)(uintptr_t)values + row->offset};
}

/* True when the word "auto" is a value of this row. */
static inline bool vh_option_has_auto(const struct vh_option_row *row)
{
    if (row->type == VH_OPTION_RATIONAL || row->type == VH_OPTION_SIZE)
        return !row->value || (row->flags & VH_OPTION_AUTO);
    return (row->type == VH_OPTION_INT || row->type == VH_OPTION_DOUBLE) && (row->flags & VH_OPTION_AUTO);
}

/* "0 to 10", "at least 1", "" when unlimited; 112 bytes are enough. */
void vh_option_describe_range(const struct vh_option_row *row, char *text, size_t size);

/* The named sizes, for parsing and for help. */
struct vh_option_named_size {
    const char *name;
    struct vh_size size;
};
extern const struct vh_option_named_size vh_option_sizes[]; /* ends with a NULL name */

#endif
