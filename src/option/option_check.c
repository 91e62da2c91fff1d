/* The programmer's check of a table, so that a wrong row fails its unit test and not a user. */
#include "option_rows.h"

#include "core/memory.h"
#include "core/status.h"

#include <stdio.h>
#include <string.h>

enum { HELP_MAX = 70, NAME_MAX = 60 }; /* what fits an 80-column help line; what fits flag buffers */

struct check {
    const struct vh_option_table *table;
    const struct vh_log *log;
    int n_faults;
};

static void fault(struct check *check, const struct vh_option_row *row, const char *what, const char *value)
{
    check->n_faults++;
    vh_fail(check->log, VH_ERR_INTERNAL, "option table '%s', row %s: %s '%s'", check->table->group, row->key,
        what, value ? value : "");
}

static void check_names(struct check *check, const struct vh_option_row *row)
{
    char flag[96], other[96];
    if (!row->key[0] || row->key[strspn(row->key, "abcdefghijklmnopqrstuvwxyz0123456789._-")] ||
        strlen(row->key) > NAME_MAX)
        fault(check, row, "malformed key", row->key);
    vh_option_flag_name(row, flag, sizeof flag);
    if (!flag[0] || flag[strspn(flag, "abcdefghijklmnopqrstuvwxyz0123456789-")] || strlen(flag) > NAME_MAX)
        fault(check, row, "malformed flag", flag);
    for (const struct vh_option_row *before = check->table->rows; before < row; before++) {
        if (!strcmp(before->key, row->key))
            fault(check, row, "key used twice", row->key);
        if (!strcmp(vh_option_flag_name(before, other, sizeof other), flag))
            fault(check, row, "flag used twice", flag);
        if (row->letter && row->letter == before->letter)
            fault(check, row, "letter used twice", (char[]){row->letter, 0});
    }
}

static void check_text(struct check *check, const struct vh_option_row *row)
{
    size_t length = row->help ? strlen(row->help) : 0;
    if (!length || length > HELP_MAX)
        fault(check, row, "help is not 1 to 70 characters", row->help);
    else if (row->help[length - 1] == '.')
        fault(check, row, "help ends with a full stop", row->help);
    if (row->type == VH_OPTION_ENUM && (!row->names || !row->names[0]))
        fault(check, row, "no words", NULL);
}

/* The default parses, and what is printed of it reads back to the same. */
static void check_default(struct check *check, const struct vh_option_row *row)
{
    struct vh_option_row at_zero = *row;
    at_zero.offset = 0;
    if (row->type == VH_OPTION_ENUM && (!row->names || !row->names[0]))
        return;
    const struct vh_option_table one = {check->table->group, &at_zero, 1, 32};
    union {
        char bytes[32];
        void *align;
        int64_t align_too;
    } a = {0}, b = {0};
    if (row->value && vh_option_set(&at_zero, &a, row->value, row->key, check->log) < 0) {
        fault(check, row, "default does not parse", row->value);
        return;
    }
    char *text = vh_option_print(&at_zero, &a);
    if (text &&
        (vh_option_set(&at_zero, &b, text, row->key, check->log) < 0 || !vh_option_equal(&at_zero, &a, &b)))
        fault(check, row, "value does not read back", text);
    vh_free(text);
    vh_option_uninit(&one, &a);
    vh_option_uninit(&one, &b);
}

/* Splits "--flag value", "--flag=value" or "-f value"; true when it names this row. */
static bool split_example(const struct vh_option_row *row, char *value, size_t size, bool *negated)
{
    char flag[96];
    const char *rest = row->example + strcspn(row->example, " =");
    const struct vh_option_table one = {"", row, 1, row->offset + 32};
    *negated = false;
    snprintf(value, size, "%s", *rest ? rest + 1 : "");
    snprintf(flag, sizeof flag, "%.*s", (int)(rest - row->example), row->example);
    if (flag[0] == '-' && flag[1] != '-')
        return flag[1] == row->letter && !flag[2];
    return !strncmp(flag, "--", 2) && vh_option_find_flag(&one, flag + 2, negated) == row;
}

/* The example's flag must be this row's, its value must parse. */
static void check_example(struct check *check, const struct vh_option_row *row)
{
    char value[256];
    bool negated;
    if (!row->example)
        return;
    if (!split_example(row, value, sizeof value, &negated)) {
        fault(check, row, "example does not start with the flag", row->example);
        return;
    }
    if (row->type == VH_OPTION_BOOL && !value[0])
        snprintf(value, sizeof value, "yes");
    struct vh_option_row at_zero = *row;
    at_zero.offset = 0;
    const struct vh_option_table one = {check->table->group, &at_zero, 1, 32};
    int64_t place[4] = {0};
    if (!negated && vh_option_set(&at_zero, place, value, row->key, check->log) < 0)
        fault(check, row, "example does not parse", row->example);
    vh_option_uninit(&one, place);
}

int vh_option_check(const struct vh_option_table *table, const struct vh_log *log)
{
    struct check check = {.table = table, .log = log};
    for (int i = 0; i < table->n_rows; i++) {
        const struct vh_option_row *row = &table->rows[i];
        if (row->offset >= table->size)
            fault(&check, row, "offset outside the struct", NULL);
        check_names(&check, row);
        check_text(&check, row);
        check_default(&check, row);
        check_example(&check, row);
    }
    return check.n_faults ? VH_ERR_INTERNAL : VH_OK;
}
