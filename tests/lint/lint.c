/* lint CHECK ROOT: house rules that a compiler does not know. One check per run:
 *
 *   layers   every #include "layer/…" in include/, src/ and tests/unit/ is allowed by the table in
 * src/CMakeLists.txt, and so is every external library's header names    file names are unique in the tree
 *   sizes    functions have at most 80 lines, files about 800 (STYLE); a function may carry more only when
 * its last line before the closing brace says why in a comment that begins with "lint:" form     every source
 * begins with a comment; no tabs, no blanks at line ends, a newline at the end, no marks of unfinished work
 *
 * It reads the layout as clang-format leaves it: a function's braces stand alone in column one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 4096, MAX_LAYERS = 64, MAX_FUNCTION = 80, MAX_FILE = 900, PATH_BYTES = 512 };

struct layer {
    char name[32];
    char uses[512]; /* " core dsp " */
    char libs[512];
};

static struct {
    char *file[MAX_FILES]; /* relative to the root */
    int n_files;
    struct layer layer[MAX_LAYERS];
    int n_layers, n_faults;
    const char *root;
} lint;

static void fault(const char *path, int line, const char *what, const char *value)
{
    lint.n_faults++;
    fprintf(stderr, "%s:%d: %s%s\n", path, line, what, value);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static void collect(const char *folder)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", lint.root, folder);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%.200s/%.200s", folder, entry->d_name);
        if (strchr(entry->d_name, '.') && lint.n_files < MAX_FILES)
            lint.file[lint.n_files++] = strdup(path);
        else
            collect(path);
    }
    closedir(dir);
}

static bool is_source(const char *path)
{
    return ends_with(path, ".c") || ends_with(path, ".h");
}

static FILE *open_file(const char *path)
{
    char full[PATH_BYTES * 2];
    snprintf(full, sizeof full, "%s/%s", lint.root, path);
    FILE *file = fopen(full, "r");
    if (!file)
        fault(path, 0, "cannot be read: ", strerror(errno));
    return file;
}

/* Reads "vh_layer(name USES a b LIBS c d)", which may go over several lines. */
static void read_layers(void)
{
    char word[128], mode = 0;
    struct layer *layer = NULL;
    FILE *file = open_file("src/CMakeLists.txt");
    while (file && fscanf(file, "%127s", word) == 1) {
        char *open = strchr(word, '('), *close = strchr(word, ')');
        if (!strncmp(word, "vh_layer(", 9) && lint.n_layers < MAX_LAYERS) {
            layer = &lint.layer[lint.n_layers++];
            snprintf(layer->name, sizeof layer->name, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
            strcpy(layer->uses, " ");
            strcpy(layer->libs, " ");
        } else if (layer && !strcmp(word, "USES")) {
            mode = 'u';
        } else if (layer && !strcmp(word, "LIBS")) {
            mode = 'l';
        } else if (layer) {
            char *list = mode == 'u' ? layer->uses : layer->libs;
            word[strcspn(word, ")")] = 0;
            size_t used = strlen(list);
            snprintf(list + used, sizeof layer->uses - used, "%s ", word);
        }
        if (close)
            layer = NULL;
    }
    if (file)
        fclose(file);
    if (lint.n_layers < 5)
        fault("src/CMakeLists.txt", 1, "no layer table found", "");
}

static struct layer *find_layer(const char *name, size_t n)
{
    for (int i = 0; i < lint.n_layers; i++)
        if (strlen(lint.layer[i].name) == n && !strncmp(lint.layer[i].name, name, n))
            return &lint.layer[i];
    return NULL;
}

/* The layer a file belongs to, NULL for those that belong to none. */
static struct layer *layer_of(const char *path)
{
    static const char *const roots[] = {"include/", "src/", "tests/unit/"};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(roots[i]);
        if (!strncmp(path, roots[i], n) && strchr(path + n, '/'))
            return find_layer(path + n, strcspn(path + n, "/"));
    }
    return NULL;
}

static bool has_word(const char *list, const char *word, size_t n)
{
    char wanted[160];
    snprintf(wanted, sizeof wanted, " %.*s ", (int)n, word);
    return strstr(list, wanted);
}

/* Which library of the table an external header comes from; NULL for the C library's. */
static const char *library_of(const char *header)
{
    static const char *const libraries[][2] = {{"libavutil/", "PkgConfig::AVUTIL"},
        {"libavcodec/", "PkgConfig::AVCODEC"}, {"libavformat/", "PkgConfig::AVFORMAT"},
        {"libavfilter/", "PkgConfig::AVFILTER"}, {"libswscale/", "PkgConfig::SWSCALE"},
        {"libswresample/", "PkgConfig::SWRESAMPLE"}, {"zimg.h", "PkgConfig::ZIMG"},
        {"cJSON.h", "PkgConfig::CJSON"}, {"sqlite3.h", "PkgConfig::SQLITE"},
        {"libplacebo/", "PkgConfig::PLACEBO"}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (!strncmp(header, libraries[i][0], strlen(libraries[i][0])))
            return libraries[i][1];
    return NULL;
}

static void check_include(const char *path, int line, const struct layer *layer, const char *quoted)
{
    const char *name = quoted + 1;
    if (*quoted == '<') {
        const char *library = library_of(name);
        /* The picture types of libavutil come with the frame layer and libav's own libraries. */
        bool through = library && ends_with(library, "AVUTIL") &&
                       (has_word(layer->uses, "frame", 5) || strstr(layer->libs, "PkgConfig::AV"));
        if (library && !through && !has_word(layer->libs, library, strlen(library)))
            fault(path, line, "this layer may not use ", library);
        return;
    }
    size_t n = strcspn(name, "/\"");
    if (name[n] != '/' || !find_layer(name, n))
        return;
    if (strncmp(layer->name, name, n) || layer->name[n])
        if (!has_word(layer->uses, name, n))
            fault(path, line, "the layer table does not allow ", name);
}

static void check_layers(const char *path)
{
    char text[1024];
    struct layer *layer = layer_of(path);
    FILE *file = layer ? open_file(path) : NULL;
    for (int line = 1; file && fgets(text, sizeof text, file); line++) {
        const char *at = text + strspn(text, " \t");
        if (*at != '#')
            continue;
        at += 1 + strspn(at + 1, " \t");
        if (!strncmp(at, "include", 7)) {
            text[strcspn(text, "\n")] = 0;
            at += 7 + strspn(at + 7, " ");
            check_include(path, line, layer, at);
        }
    }
    if (file)
        fclose(file);
}

static void check_names(void)
{
    for (int i = 0; i < lint.n_files; i++) {
        const char *name = strrchr(lint.file[i], '/') + 1;
        if (!strcmp(name, "CMakeLists.txt") || !strcmp(name, "README.md"))
            continue;
        for (int k = 0; k < i; k++)
            if (!strcmp(name, strrchr(lint.file[k], '/') + 1))
                fault(lint.file[i], 1, "same file name as ", lint.file[k]);
    }
}

static void check_sizes(const char *path)
{
    char text[4096], before[4096] = "", count[64];
    int start = 0, line = 0;
    FILE *file = open_file(path);
    while (file && fgets(text, sizeof text, file)) {
        line++;
        if (!strcmp(text, "{\n"))
            start = line;
        if (!strcmp(text, "}\n") && start) {
            snprintf(count, sizeof count, "%d lines, %d allowed", line - start - 1, MAX_FUNCTION);
            if (line - start - 1 > MAX_FUNCTION && !strstr(before, "/* lint:"))
                fault(path, start, "function of ", count);
            start = 0;
        }
        strcpy(before, text);
    }
    snprintf(count, sizeof count, "%d lines, %d allowed", line, MAX_FILE);
    if (line > MAX_FILE)
        fault(path, line, "file of ", count);
    if (file)
        fclose(file);
}

static void check_form(const char *path)
{
    char text[4096];
    int line = 0;
    bool ended = true;
    FILE *file = open_file(path);
    while (file && fgets(text, sizeof text, file)) {
        size_t n = strcspn(text, "\n");
        ended = text[n] == '\n';
        line++;
        if (line == 1 && strncmp(text, "/*", 2))
            fault(path, line, "does not begin with a comment that says what it is for", "");
        if (memchr(text, '\t', n))
            fault(path, line, "tab", "");
        if (n && text[n - 1] == ' ')
            fault(path, line, "blank at the line's end", "");
        if (strstr(text, "TO"
                         "DO") ||
            strstr(text, "FIX"
                         "ME"))
            fault(path, line, "unfinished work belongs in an issue, not in the source", "");
    }
    if (!ended)
        fault(path, line, "no newline at the end of the file", "");
    if (file)
        fclose(file);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: lint layers|names|sizes|form ROOT\n");
        return 2;
    }
    lint.root = argv[2];
    collect("include");
    collect("src");
    collect("tests");
    if (lint.n_files < 10)
        fault(argv[2], 0, "no sources found", "");
    if (!strcmp(argv[1], "layers"))
        read_layers();
    if (!strcmp(argv[1], "names"))
        check_names();
    for (int i = 0; i < lint.n_files; i++) {
        if (!strcmp(argv[1], "layers"))
            check_layers(lint.file[i]);
        else if (!strcmp(argv[1], "sizes") && is_source(lint.file[i]))
            check_sizes(lint.file[i]);
        else if (!strcmp(argv[1], "form") && is_source(lint.file[i]))
            check_form(lint.file[i]);
    }
    for (int i = 0; i < lint.n_files; i++)
        free(lint.file[i]);
    return lint.n_faults != 0;
}
