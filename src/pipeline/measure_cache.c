/* Entry: the key, the time, the ends, each on a line, then the profile's JSON. */
#include "pipeline/measure_cache.h"

#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "media/probe.h"

#include <dirent.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_LINE "vhsup-measurements 1 "

/* The folder, made when it is missing; a new string, NULL when there is nowhere to write. */
static char *open_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *base = cache && cache[0] == '/' ? vh_strdup(cache)
                 : home && home[0] == '/' ? vh_format("%s/.cache", home)
                                          : NULL;
    char *folder = base ? vh_format("%s/vhsup", base) : NULL;
    if (folder && access(folder, W_OK) != 0) {
        mkdir(base, 0700);
        if (mkdir(folder, 0700) != 0)
            vh_freep(&folder);
    }
    vh_free(base);
    return folder;
}

/* Adds who a file is; false when it cannot be told. */
static bool add_file(struct vh_text *text, const char *path)
{
    struct stat facts;
    char fingerprint[65];
    if (stat(path, &facts) != 0 || vh_probe_fingerprint(path, fingerprint) != VH_OK)
        return false;
    vh_text_addf(text, "file %s %lld.%09ld\n", fingerprint, (long long)facts.st_mtim.tv_sec,
        (long)facts.st_mtim.tv_nsec);
    return true;
}

/* Who measures: another build may measure otherwise. */
static void add_program(struct vh_text *text)
{
    struct stat facts;
    vh_text_addf(text, "program %s", VHSUP_VERSION);
    if (stat("/proc/self/exe", &facts) == 0)
        vh_text_addf(text, " %lld %lld.%09ld", (long long)facts.st_size, (long long)facts.st_mtim.tv_sec,
            (long)facts.st_mtim.tv_nsec);
    vh_text_add(text, "\n");
}

static bool hash(const char *text, char key[65])
{
    uint8_t digest[32];
    struct AVSHA *sha = av_sha_alloc();
    if (!sha || av_sha_init(sha, 256) < 0) {
        av_free(sha);
        return false;
    }
    av_sha_update(sha, (const uint8_t *)text, strlen(text));
    av_sha_final(sha, digest);
    av_free(sha);
    for (int i = 0; i < 32; i++)
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
    return true;
}

bool vh_cache_key(const struct vh_request *request, bool thorough, char key[65])
{
    const struct vh_source_options *o = &request->source;
    struct vh_text text = {0};
    if (!request->measure.cache || !o->analyze || o->analysis || o->set.n)
        return false;
    bool known = add_file(&text, request->input);
    for (int i = 0; i < o->join.n && known; i++)
        known = add_file(&text, o->join.item[i]);
    add_program(&text);
    vh_text_addf(&text, "range %lld %lld %lld thorough %d order %d time %d\n", (long long)o->start_us,
        (long long)o->end_us, (long long)o->duration_us, thorough, request->restore.field_order,
        request->time.timeline != VH_TIMES_OFF && request->restore.repair != VH_REPAIR_NONE);
    known = known && !text.failed && hash(text.data, key);
    vh_text_uninit(&text);
    return known;
}

/* The entry's text, a new string; NULL when there is none of sane size. */
static char *read_entry(const char *folder, const char *key)
{
    enum { LIMIT = 4 << 20 };
    char *path = vh_format("%s/%s", folder, key), *text = NULL;
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (file && (text = vh_alloc(LIMIT + 1, 1))) {
        size_t n = fread(text, 1, LIMIT, file);
        if (ferror(file) || !feof(file) || strlen(text) != n)
            vh_freep(&text);
    }
    if (file)
        fclose(file);
    vh_free(path);
    return text;
}

/* Reads the three lines before the JSON; where that begins, or NULL. */
static const char *read_head(const char *text, const char *key, struct vh_cached *cached)
{
    int known, edits, used = 0;
    struct vh_ends *e = &cached->ends;
    if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0 ||
        strncmp(text + strlen(FIRST_LINE), key, 64) != 0 || text[strlen(FIRST_LINE) + 64] != '\n')
        return NULL;
    text += strlen(FIRST_LINE) + 65;
    if (sscanf(text, "%31[0-9: -]\n%d %lf %lf %d %lf\n%n", cached->when, &known, &e->picture_s, &e->sound_s,
            &edits, &e->edits_s, &used) != 6 ||
        !used)
        return NULL;
    e->known = known;
    e->edits_known = edits;
    return text + used;
}

bool vh_cache_read(
    const char *key, struct vh_profile *profile, struct vh_cached *cached, const struct vh_log *log)
{
    static const struct vh_log silent;
    char *folder = open_folder(), *text = folder ? read_entry(folder, key) : NULL;
    const char *json = text ? read_head(text, key, cached) : NULL;
    struct vh_profile *parsed = NULL;
    bool found = json && vh_profile_create(&parsed) == VH_OK &&
                 vh_profile_parse_json(parsed, json, "cache", &silent) == VH_OK &&
                 vh_profile_copy(profile, parsed) == VH_OK;
    if (text && !found)
        vh_debug(log, "a damaged cache entry is measured anew: %s", key);
    vh_profile_destroy(&parsed);
    vh_free(text);
    vh_free(folder);
    return found;
}

/* Removes the entry that was written longest ago when there are too many. */
static void make_room(const char *folder)
{
    DIR *dir = opendir(folder);
    char *oldest = NULL;
    time_t oldest_time = 0;
    int n = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct stat facts;
        char *path = strlen(entry->d_name) == 64 ? vh_format("%s/%s", folder, entry->d_name) : NULL;
        if (path && stat(path, &facts) == 0 && ++n && (!oldest || facts.st_mtime < oldest_time)) {
            vh_free(oldest);
            oldest = path;
            oldest_time = facts.st_mtime;
            path = NULL;
        }
        vh_free(path);
    }
    if (dir)
        closedir(dir);
    if (oldest && n >= VH_CACHE_ENTRIES)
        unlink(oldest);
    vh_free(oldest);
}

void vh_cache_write(const char *key, const struct vh_profile *profile, const struct vh_ends *ends)
{
    char *folder = open_folder(), *json = vh_profile_print_json(profile);
    char *path = folder ? vh_format("%s/%s", folder, key) : NULL;
    char *part = folder ? vh_format("%s/.%s.%ld", folder, key, (long)getpid()) : NULL;
    time_t now = time(NULL);
    struct tm local;
    char when[32] = "";
    if (localtime_r(&now, &local))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", &local);
    if (folder)
        make_room(folder);
    FILE *file = json && path && part ? fopen(part, "wb") : NULL;
    if (file) {
        fprintf(file, FIRST_LINE "%s\n%s\n%d %.17g %.17g %d %.17g\n%s\n", key, when, ends->known,
            ends->picture_s, ends->sound_s, ends->edits_known, ends->edits_s, json);
        bool good = !ferror(file);
        good = fclose(file) == 0 && good;
        if (!good || rename(part, path) != 0)
            unlink(part);
    }
    vh_free(json);
    vh_free(path);
    vh_free(part);
    vh_free(folder);
}
