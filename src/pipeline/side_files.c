/* Checks of side files, and the reading of a baseline. */
#include "pipeline/side_files.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what is written ---- */

static bool same_name_or_file(const char *a, const char *b)
{
    struct stat x, y;
    if (!a || !b)
        return false;
    if (!strcmp(a, b))
        return true;
    return !stat(a, &x) && !stat(b, &y) && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_source(const struct vh_request *request, const char *path)
{
    const struct vh_list *join = &request->source.join;
    bool same = same_name_or_file(path, request->input);
    for (int i = 0; i < join->n; i++)
        same |= same_name_or_file(path, join->item[i]);
    return same || same_name_or_file(path, request->source.analysis);
}

int vh_side_files_check(const struct vh_request *request, const struct vh_log *log)
{
    const struct vh_run_options *run = &request->run;
    const struct {
        const char *flag, *path;
    } file[] = {{"--stats", run->stats}, {"--metrics", run->metrics}, {"--framemd5", run->framemd5}};
    for (int i = 0; i < 3; i++) {
        if (!file[i].path)
            continue;
        if (is_source(request, file[i].path))
            return vh_fail(log, VH_ERR_OUTPUT, "%s %s is an input itself; sources are never written",
                file[i].flag, file[i].path);
        if (same_name_or_file(file[i].path, run->output))
            return vh_fail(log, VH_ERR_USAGE, "%s %s is the output itself; name another file", file[i].flag,
                file[i].path);
        for (int k = 0; k < i; k++)
            if (same_name_or_file(file[i].path, file[k].path))
                return vh_fail(log, VH_ERR_USAGE, "%s and %s both write to %s; name two files", file[k].flag,
                    file[i].flag, file[i].path);
        int status = vh_stats_check_file(file[i].path, file[i].flag, log);
        if (status != VH_OK)
            return status;
    }
    return VH_OK;
}

/* ---- the baseline ---- */

/* The end of a text file as a new string; NULL with errno when it cannot be read. */
static char *read_tail(const char *path)
{
    enum { TAIL = 1 << 20 }; /* far more than the lines of one job */
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = vh_alloc(TAIL + 1, 1);
    if (text) {
        if (fseek(file, -TAIL, SEEK_END))
            rewind(file);
        fread(text, 1, TAIL, file);
    }
    if (ferror(file))
        vh_freep(&text);
    fclose(file);
    return text;
}

/* Cuts the last line of a job out of `text`; NULL when there is none. */
static char *last_job(char *text)
{
    static const char head[] = "{\"type\": \"job\"";
    char *found = NULL;
    for (char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, head, sizeof head - 1))
            found = line;
    }
    if (found)
        found[strcspn(found, "\n")] = 0;
    return found;
}

int vh_side_files_read_baseline(const char *path, struct vh_record *record, const struct vh_log *log)
{
    char *text = read_tail(path);
    if (!text)
        return vh_fail(log, VH_ERR_USAGE, "--baseline %s: %s", path, strerror(errno));
    const char *line = last_job(text);
    struct vh_json *json = NULL;
    int status = line ? vh_json_parse(&json, line, path, log)
                      : vh_fail(log, VH_ERR_USAGE, "--baseline %s holds no job of --stats", path);
    *record = vh_record_none();
    const struct vh_json_value *value = json ? vh_json_first(vh_json_root(json)) : NULL;
    for (; value; value = vh_json_next(value))
        if (vh_json_type(value) == VH_JSON_NUMBER)
            vh_record_set(record, vh_json_key(value), vh_json_number(value));
    vh_json_destroy(&json);
    vh_free(text);
    return status;
}
