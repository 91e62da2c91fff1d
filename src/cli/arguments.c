/* Scanning and applying arguments. */
#include "arguments.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <stdio.h>
#include <string.h>

/* One scan under way. */
struct scan {
    struct vh_arguments *to;
    const struct vh_command_use *use;
    char *const *argument;
    int n, at;
    const struct vh_log *log;
};

static const struct vh_option_row *find_flag(
    const struct scan *s, const char *flag, void **values, bool *negated)
{
    for (int i = 0; i < s->use->n_bindings; i++) {
        const struct vh_option_row *row = vh_option_find_flag(s->use->binding[i].table, flag, negated);
        *values = s->use->binding[i].values;
        if (row)
            return row;
    }
    return NULL;
}

static const struct vh_option_row *find_letter(const struct scan *s, char letter, void **values)
{
    for (int i = 0; i < s->use->n_bindings; i++)
        for (int k = 0; k < s->use->binding[i].table->n_rows; k++)
            if (s->use->binding[i].table->rows[k].letter == letter) {
                *values = s->use->binding[i].values;
                return &s->use->binding[i].table->rows[k];
            }
    return NULL;
}

/* The flag most like `flag` among all of this command. */
static int unknown_flag(const struct scan *s, const char *flag)
{
    char name[96], best[96] = "";
    int limit = (int)strlen(flag) / 3;
    for (int i = 0; i < s->use->n_bindings; i++)
        for (int k = 0; k < s->use->binding[i].table->n_rows; k++) {
            vh_option_flag_name(&s->use->binding[i].table->rows[k], name, sizeof name);
            int distance = limit > 0 ? vh_option_distance(flag, name, limit) : 1;
            if (distance <= limit) {
                snprintf(best, sizeof best, "%s", name);
                limit = distance - 1;
            }
        }
    if (best[0])
        return vh_fail(s->log, VH_ERR_USAGE, "--%s is unknown; did you mean --%s?", flag, best);
    return vh_fail(s->log, VH_ERR_USAGE, "--%s is unknown; 'vhsup help %s' lists all options", flag,
        s->use->command->name);
}

static int need_value(const struct scan *s, const struct vh_option_row *row, const char *shown)
{
    char *allowed = vh_option_describe(row);
    vh_fail(s->log, VH_ERR_USAGE, "%s needs a value: %s", shown, allowed ? allowed : row->help);
    vh_free(allowed);
    return VH_ERR_USAGE;
}

static void add_option(
    struct scan *s, const struct vh_option_row *row, void *values, const char *text, const char *shown)
{
    struct vh_argument *argument = &s->to->option[s->to->n_options++];
    *argument = (struct vh_argument){.row = row, .values = values, .text = text};
    snprintf(argument->shown, sizeof argument->shown, "%s", shown);
}

/* The value that follows as the next argument. A word with two dashes is the next option, not a value. */
static int take_value(struct scan *s, const struct vh_option_row *row, void *values, const char *shown)
{
    if (s->at + 1 >= s->n || !strncmp(s->argument[s->at + 1], "--", 2))
        return need_value(s, row, shown);
    add_option(s, row, values, s->argument[++s->at], shown);
    return VH_OK;
}

static const char *negation(const struct vh_option_row *row)
{
    for (const char *const *name = row->names; row->type == VH_OPTION_ENUM && *name; name++)
        if (!strcmp(*name, "none") || !strcmp(*name, "off"))
            return *name;
    return "no";
}

static int scan_long(struct scan *s)
{
    char flag[96], shown[100];
    const char *text = s->argument[s->at] + 2, *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    bool negated = false;
    void *values;
    snprintf(flag, sizeof flag, "%.*s", (int)(n < 90 ? n : 90), text);
    snprintf(shown, sizeof shown, "--%s", flag);
    if (!strcmp(flag, "help") && !equals) {
        s->to->help = true;
        return VH_OK;
    }
    const struct vh_option_row *row = n < 90 ? find_flag(s, flag, &values, &negated) : NULL;
    if (!row)
        return unknown_flag(s, flag);
    if (negated && equals)
        return vh_fail(s->log, VH_ERR_USAGE, "%s takes no value", shown);
    if (negated)
        add_option(s, row, values, negation(row), shown);
    else if (equals)
        add_option(s, row, values, equals + 1, shown);
    else if (row->type == VH_OPTION_BOOL)
        add_option(s, row, values, "yes", shown);
    else
        return take_value(s, row, values, shown);
    return VH_OK;
}

/* "-o out", "-oout", "-yq". */
static int scan_short(struct scan *s)
{
    for (const char *c = s->argument[s->at] + 1; *c; c++) {
        char shown[3] = {'-', *c, 0};
        void *values;
        const struct vh_option_row *row = find_letter(s, *c, &values);
        if (*c == 'h' && !row) {
            s->to->help = true;
            continue;
        }
        if (!row)
            return vh_fail(s->log, VH_ERR_USAGE, "-%c is unknown; 'vhsup help %s' lists all options", *c,
                s->use->command->name);
        if (row->type == VH_OPTION_BOOL) {
            add_option(s, row, values, "yes", shown);
            continue;
        }
        if (c[1]) {
            add_option(s, row, values, c + 1, shown);
            return VH_OK;
        }
        return take_value(s, row, values, shown);
    }
    return VH_OK;
}

static int scan_all(struct scan *s)
{
    bool only_operands = false;
    int status = VH_OK;
    for (; s->at < s->n && status >= 0; s->at++) {
        char *text = s->argument[s->at];
        if (only_operands || text[0] != '-' || !text[1])
            s->to->operand[s->to->n_operands++] = text;
        else if (!strcmp(text, "--"))
            only_operands = true;
        else
            status = text[1] == '-' ? scan_long(s) : scan_short(s);
    }
    return status;
}

int vh_arguments_scan(struct vh_arguments *arguments, const struct vh_command_use *use, int n,
    char *const *argument, const struct vh_log *log)
{
    struct scan s = {arguments, use, argument, n, 0, log};
    size_t letters = 1;
    for (int i = 0; i < n; i++)
        letters += argument[i][0] == '-' && argument[i][1] != '-' ? strlen(argument[i]) : 1; /* bundles */
    *arguments = (struct vh_arguments){.option = vh_alloc(letters, sizeof *arguments->option),
        .operand = vh_alloc((size_t)n + 1, sizeof *arguments->operand)};
    return arguments->option && arguments->operand ? scan_all(&s) : VH_ERR_RESOURCE;
}

static bool is_first_use(const struct vh_arguments *arguments, int i)
{
    for (int k = 0; k < i; k++)
        if (arguments->option[k].row == arguments->option[i].row)
            return false;
    return true;
}

int vh_arguments_apply(const struct vh_arguments *arguments, const void *values, const struct vh_log *log)
{
    int status = VH_OK;
    for (int i = 0; i < arguments->n_options && status >= 0; i++) {
        const struct vh_argument *a = &arguments->option[i];
        if (values && a->values != values)
            continue;
        if (a->row->type == VH_OPTION_LIST && is_first_use(arguments, i))
            status = vh_option_set(a->row, a->values, "", a->shown, log);
        if (status >= 0)
            status = vh_option_set(a->row, a->values, a->text, a->shown, log);
    }
    return status;
}

void vh_arguments_uninit(struct vh_arguments *arguments)
{
    vh_free(arguments->option);
    vh_free(arguments->operand);
    *arguments = (struct vh_arguments){0};
}
