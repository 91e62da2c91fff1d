/* Options as data: life of the values, finding rows, comparing values. */
#include "option_rows.h"

#include "core/memory.h"
#include "core/status.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int vh_option_init(const struct vh_option_table *table, void *values)
{
    memset(values, 0, table->size);
    for (int i = 0; i < table->n_rows; i++) {
        const struct vh_option_row *row = &table->rows[i];
        int status = row->value ? vh_option_set(row, values, row->value, row->key, NULL) : VH_OK;
        assert(status != VH_ERR_USAGE);
        if (status < 0) {
            vh_option_uninit(table, values);
            return status;
        }
    }
    return VH_OK;
}

static void free_list(struct vh_list *list)
{
    for (int i = 0; i < list->n; i++)
        vh_free(list->item[i]);
    vh_free(list->item);
    *list = (struct vh_list){0};
}

void vh_option_uninit(const struct vh_option_table *table, void *values)
{
    for (int i = 0; i < table->n_rows; i++) {
        union vh_option_place at = vh_option_at(&table->rows[i], values);
        if (table->rows[i].type == VH_OPTION_STRING)
            vh_freep(at.string);
        else if (table->rows[i].type == VH_OPTION_LIST)
            free_list(at.list);
    }
    memset(values, 0, table->size);
}

static int copy_string(char **to, const char *from)
{
    char *copy = vh_strdup(from);
    if (from && !copy)
        return VH_ERR_RESOURCE;
    vh_free(*to);
    *to = copy;
    return VH_OK;
}

static int copy_list(struct vh_list *to, const struct vh_list *from)
{
    struct vh_list copy = {.item = vh_alloc((size_t)from->n + 1, sizeof *copy.item)};
    for (; copy.item && copy.n < from->n; copy.n++) {
        copy.item[copy.n] = vh_strdup(from->item[copy.n]);
        if (!copy.item[copy.n])
            break;
    }
    if (!copy.item || copy.n < from->n) {
        free_list(&copy);
        return VH_ERR_RESOURCE;
    }
    free_list(to);
    *to = copy;
    return VH_OK;
}

static size_t value_size(enum vh_option_type type)
{
    switch (type) {
    case VH_OPTION_BOOL:
        return sizeof(bool);
    case VH_OPTION_INT:
    case VH_OPTION_ENUM:
        return sizeof(int);
    case VH_OPTION_DOUBLE:
        return sizeof(double);
    case VH_OPTION_TIME:
        return sizeof(int64_t);
    case VH_OPTION_RATIONAL:
        return sizeof(struct vh_rational);
    case VH_OPTION_SIZE:
        return sizeof(struct vh_size);
    case VH_OPTION_STRING:
        return sizeof(char *);
    case VH_OPTION_LIST:
        return sizeof(struct vh_list);
    }
    return 0;
}

int vh_option_copy(const struct vh_option_table *table, void *to, const void *from)
{
    int status = VH_OK;
    for (int i = 0; i < table->n_rows && status >= 0; i++) {
        const struct vh_option_row *row = &table->rows[i];
        union vh_option_place a = vh_option_at(row, to), b = vh_option_at(row, from);
        if (row->type == VH_OPTION_STRING)
            status = copy_string(a.string, *b.string);
        else if (row->type == VH_OPTION_LIST)
            status = copy_list(a.list, b.list);
        else
            memcpy(a.any, b.any, value_size(row->type));
    }
    return status;
}

const char *vh_option_flag_name(const struct vh_option_row *row, char *flag, size_t size)
{
    snprintf(flag, size, "%s", row->flag ? row->flag : row->key);
    if (!row->flag)
        for (char *c = flag; *c; c++)
            if (*c == '.' || *c == '_')
                *c = '-';
    return flag;
}

const struct vh_option_row *vh_option_find(const struct vh_option_table *table, const char *key)
{
    for (int i = 0; i < table->n_rows; i++)
        if (!strcmp(table->rows[i].key, key))
            return &table->rows[i];
    return NULL;
}

static const struct vh_option_row *find_exact(const struct vh_option_table *table, const char *flag)
{
    char name[96];
    for (int i = 0; i < table->n_rows; i++)
        if (!strcmp(vh_option_flag_name(&table->rows[i], name, sizeof name), flag))
            return &table->rows[i];
    return NULL;
}

static bool can_be_negated(const struct vh_option_row *row)
{
    if (row->type == VH_OPTION_ENUM)
        for (const char *const *name = row->names; *name; name++)
            if (!strcmp(*name, "none") || !strcmp(*name, "off"))
                return true;
    return row->type == VH_OPTION_BOOL;
}

const struct vh_option_row *vh_option_find_flag(
    const struct vh_option_table *table, const char *flag, bool *negated)
{
    const struct vh_option_row *row = find_exact(table, flag);
    bool no = false;
    if (!row && !strncmp(flag, "no-", 3)) {
        row = find_exact(table, flag + 3);
        no = true;
        if (row && !can_be_negated(row))
            row = NULL;
    }
    if (negated)
        *negated = no && row;
    return row;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_list(const struct vh_list *a, const struct vh_list *b)
{
    if (a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++)
        if (!same_text(a->item[i], b->item[i]))
            return false;
    return true;
}

bool vh_option_equal(const struct vh_option_row *row, const void *a, const void *b)
{
    union vh_option_place x = vh_option_at(row, a), y = vh_option_at(row, b);
    switch (row->type) {
    case VH_OPTION_DOUBLE:
        return *x.real == *y.real || (isnan(*x.real) && isnan(*y.real));
    case VH_OPTION_STRING:
        return same_text(*x.string, *y.string);
    case VH_OPTION_LIST:
        return same_list(x.list, y.list);
    default:
        return !memcmp(x.any, y.any, value_size(row->type));
    }
}
