/* Finding, reading and applying presets. */
#include "job/preset.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CHAIN = 16, VERSION = 1 };

/* One application under way: the names so far, to find cycles, and where the values go. */
struct apply {
    const struct vh_binding *binding;
    int n_bindings;
    const struct vh_log *log;
    char *chain[MAX_CHAIN]; /* what each file is called; owned */
    int depth;
};

static bool is_path(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 5 && !strcmp(name + n - 5, ".json"));
}

/* The user's folder of presets; a new string, NULL when there is no home. */
static char *user_folder(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/')
        return vh_format("%s/vhsup/presets", config);
    return home && home[0] == '/' ? vh_format("%s/.config/vhsup/presets", home) : NULL;
}

/* The user's file of that name, NULL when there is none. */
static char *user_file(const char *name)
{
    char *folder = user_folder();
    char *path = folder ? vh_format("%s/%s.json", folder, name) : NULL;
    vh_free(folder);
    if (path && access(path, F_OK))
        vh_freep(&path);
    return path;
}

static const struct vh_preset_file *find_built_in(const char *name)
{
    int n;
    const struct vh_preset_file *file = vh_preset_files(&n);
    for (int i = 0; i < n; i++)
        if (!strcmp(file[i].name, name))
            return &file[i];
    return NULL;
}

static int unknown(const char *name, const struct vh_log *log)
{
    const char *names[64] = {0};
    int n;
    const struct vh_preset_file *file = vh_preset_files(&n);
    for (int i = 0; i < n && i < 63; i++)
        names[i] = file[i].name;
    const char *near = vh_option_nearest(name, names);
    if (near)
        return vh_fail(log, VH_ERR_USAGE, "there is no preset '%s'; did you mean '%s'?", name, near);
    return vh_fail(log, VH_ERR_USAGE, "there is no preset '%s'; 'vhsup preset list' shows all", name);
}

/* Where `name`, asked for by the file `from` (NULL = by the user), is to be read; *path is NULL for a
 * built-in one. */
static int resolve(const char *name, const char *from, char **path, const struct vh_log *log)
{
    *path = NULL;
    if (is_path(name)) {
        const char *slash = from && name[0] != '/' ? strrchr(from, '/') : NULL;
        *path = slash ? vh_format("%.*s/%s", (int)(slash - from), from, name) : vh_strdup(name);
        return *path ? VH_OK : VH_ERR_RESOURCE;
    }
    /* A user's preset may extend the built-in one of the same name. */
    char *mine = user_file(name);
    if (mine && from && !strcmp(mine, from))
        vh_freep(&mine);
    *path = mine;
    return mine || find_built_in(name) ? VH_OK : unknown(name, log);
}

static int parse(const char *name, const char *path, struct vh_json **json, const struct vh_log *log)
{
    if (path)
        return vh_json_read_file(json, path, log);
    char *shown = vh_format("preset %s", name);
    int status = shown ? vh_json_parse(json, find_built_in(name)->text, shown, log) : VH_ERR_RESOURCE;
    vh_free(shown);
    return status;
}

static int check_form(
    const struct vh_json *json, const struct vh_json_value **options, const struct vh_log *log)
{
    static const char *const known[] = {"$schema", "version", "description", "extends", "options", NULL};
    const struct vh_json_value *root = vh_json_root(json), *value;
    int status = vh_json_need(json, root, "version", VH_JSON_NUMBER, &value, log);
    if (status < 0)
        return status;
    if (vh_json_number(value) != VERSION)
        return vh_json_fail(
            json, value, log, "%g is not %d, the one this program reads", vh_json_number(value), VERSION);
    if ((status = vh_json_only(json, root, known, log)) < 0)
        return status;
    static const char *const texts[] = {"$schema", "description", "extends"};
    for (int i = 0; i < 3; i++)
        if ((value = vh_json_get(root, texts[i])) && !vh_json_text(value))
            return vh_json_fail(json, value, log, "is not a text");
    return vh_json_need(json, root, "options", VH_JSON_OBJECT, options, log);
}

static const struct vh_option_row *find_row(const struct apply *apply, const char *key, void **values)
{
    for (int i = 0; i < apply->n_bindings; i++) {
        const struct vh_option_row *row = vh_option_find(apply->binding[i].table, key);
        *values = apply->binding[i].values;
        if (row)
            return row;
    }
    return NULL;
}

/* The key most like `key`; NULL when none is near. */
static const char *nearest_key(const struct apply *apply, const char *key)
{
    const char *best = NULL;
    int limit = (int)strlen(key) / 3;
    for (int i = 0; i < apply->n_bindings && limit > 0; i++)
        for (int k = 0; k < apply->binding[i].table->n_rows && limit > 0; k++) {
            const char *other = apply->binding[i].table->rows[k].key;
            int distance = vh_option_distance(key, other, limit);
            if (distance <= limit && !(apply->binding[i].table->rows[k].flags & VH_OPTION_NO_PRESET)) {
                best = other;
                limit = distance - 1;
            }
        }
    return best;
}

static int set_option(
    const struct apply *apply, const struct vh_json *json, const struct vh_json_value *value)
{
    void *values;
    const struct vh_option_row *row = find_row(apply, vh_json_key(value), &values);
    if (row && (row->flags & VH_OPTION_NO_PRESET))
        return vh_json_fail(json, value, apply->log, "is about one run and cannot stand in a preset");
    if (row)
        return vh_json_set_option(json, value, row, values, apply->log);
    const char *near = nearest_key(apply, vh_json_key(value));
    if (near)
        return vh_json_fail(json, value, apply->log, "is not an option; did you mean '%s'?", near);
    return vh_json_fail(json, value, apply->log, "is not an option; 'vhsup help restore' lists them");
}

static int report_cycle(const struct apply *apply, const char *shown)
{
    struct vh_text chain = {0};
    for (int i = 0; i < apply->depth; i++)
        vh_text_addf(&chain, "%s extends ", apply->chain[i]);
    vh_fail(apply->log, VH_ERR_USAGE, "presets extend each other in a circle: %s%s",
        chain.failed ? "" : chain.data, shown);
    vh_text_uninit(&chain);
    return VH_ERR_USAGE;
}

/* Notes the file on the way down; refuses the second visit, under whatever name. */
static int enter(struct apply *apply, const char *name, const char *path)
{
    char real[PATH_MAX];
    const char *shown = path && realpath(path, real) ? real : path ? path : name;
    for (int i = 0; i < apply->depth; i++)
        if (!strcmp(apply->chain[i], shown))
            return report_cycle(apply, shown);
    if (apply->depth == MAX_CHAIN)
        return vh_fail(
            apply->log, VH_ERR_USAGE, "%s: presets extend each other more than %d deep", shown, MAX_CHAIN);
    apply->chain[apply->depth] = vh_strdup(shown);
    return apply->chain[apply->depth++] ? VH_OK : VH_ERR_RESOURCE;
}

static int apply_preset(struct apply *apply, const char *name, const char *from);

/* The parents first, then what the document itself says. */
static int apply_document(struct apply *apply, const struct vh_json *json, const char *path)
{
    const struct vh_json_value *options = NULL;
    int status = check_form(json, &options, apply->log);
    const struct vh_json_value *parent = status >= 0 ? vh_json_get(vh_json_root(json), "extends") : NULL;
    if (parent)
        status = apply_preset(apply, vh_json_text(parent), path);
    if (status < 0)
        return status;
    for (const struct vh_json_value *v = vh_json_first(options); v && status >= 0; v = vh_json_next(v))
        status = set_option(apply, json, v);
    return status;
}

static int apply_preset(struct apply *apply, const char *name, const char *from)
{
    struct vh_json *json = NULL;
    char *path = NULL;
    int status = resolve(name, from, &path, apply->log);
    if (status >= 0)
        status = enter(apply, name, path);
    if (status >= 0)
        status = parse(name, path, &json, apply->log);
    if (status >= 0)
        status = apply_document(apply, json, path);
    vh_json_destroy(&json);
    vh_free(path);
    return status;
}

static void leave_all(struct apply *apply)
{
    while (apply->depth)
        vh_free(apply->chain[--apply->depth]);
}

int vh_preset_apply(const char *name, const struct vh_binding *bindings, int n, const struct vh_log *log)
{
    struct apply apply = {.binding = bindings, .n_bindings = n, .log = log};
    int status = apply_preset(&apply, name, NULL);
    leave_all(&apply);
    return status;
}

int vh_preset_apply_text(
    const char *text, const char *shown, const struct vh_binding *bindings, int n, const struct vh_log *log)
{
    struct apply apply = {.binding = bindings, .n_bindings = n, .log = log};
    struct vh_json *json = NULL;
    int status = vh_json_parse(&json, text, shown, log);
    if (status >= 0)
        status = apply_document(&apply, json, shown);
    leave_all(&apply);
    vh_json_destroy(&json);
    return status;
}

int vh_preset_describe(const char *name, char **text, const struct vh_log *log)
{
    struct vh_json *json = NULL;
    const struct vh_json_value *options;
    char *path = NULL;
    *text = NULL;
    int status = resolve(name, NULL, &path, log);
    if (status >= 0)
        status = parse(name, path, &json, log);
    if (status >= 0)
        status = check_form(json, &options, log);
    if (status >= 0) {
        const struct vh_json_value *value = vh_json_get(vh_json_root(json), "description");
        *text = vh_strdup(value ? vh_json_text(value) : "");
        status = *text ? VH_OK : VH_ERR_RESOURCE;
    }
    vh_json_destroy(&json);
    vh_free(path);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the user's presets, sorted; new strings. */
static struct vh_list user_names(void)
{
    struct vh_list list = {0};
    enum { MAX = 256 };
    char *folder = user_folder();
    DIR *dir = folder ? opendir(folder) : NULL;
    list.item = dir ? vh_alloc(MAX, sizeof *list.item) : NULL;
    for (struct dirent *entry; list.item && list.n < MAX && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || n <= 5 || strcmp(entry->d_name + n - 5, ".json"))
            continue;
        list.item[list.n] = vh_format("%.*s", (int)n - 5, entry->d_name);
        list.n += list.item[list.n] != NULL;
    }
    if (list.n)
        qsort(list.item, (size_t)list.n, sizeof *list.item, compare_names);
    if (dir)
        closedir(dir);
    vh_free(folder);
    return list;
}

void vh_preset_each(void (*fn)(void *opaque, const char *name, bool built_in), void *opaque)
{
    struct vh_list mine = user_names();
    int n;
    const struct vh_preset_file *file = vh_preset_files(&n);
    for (int i = 0; i < mine.n; i++)
        fn(opaque, mine.item[i], false);
    for (int i = 0; i < n; i++) {
        bool hidden = false;
        for (int k = 0; k < mine.n; k++)
            hidden |= !strcmp(mine.item[k], file[i].name);
        if (!hidden)
            fn(opaque, file[i].name, true);
    }
    for (int i = 0; i < mine.n; i++)
        vh_free(mine.item[i]);
    vh_free(mine.item);
}
