/* .cube files: see cube.h. Read line by line; every line is a keyword, a comment, or three numbers. */
#include "cube.h"

#include "core/memory.h"
#include "core/status.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 512, MAX_FILE_BYTES = 256 << 20, NAME_SHOWN = 200 };

struct parser {
    struct vh_cube *cube;
    const char *name;
    const struct vh_log *log;
    int line;            /* number of the line being read */
    long n_one, n_three; /* triples read so far */
    char text[MAX_LINE]; /* the line */
};

static int wrong(const struct parser *p, const char *what)
{
    return vh_fail(p->log, VH_ERR_USAGE, "%.*s:%d: %s", NAME_SHOWN, p->name, p->line, what);
}

void vh_cube_free(struct vh_cube *cube)
{
    vh_freep(&cube->one.value);
    vh_freep(&cube->three.value);
    *cube = (struct vh_cube){0};
}

/* Reads n numbers and nothing else from `text`. Plain decimal numbers only: no hexadecimal, infinity or NaN.
 */
static bool read_numbers(const char *text, float *out, int n)
{
    for (int i = 0; i < n; i++) {
        char *end;
        text += strspn(text, " \t");
        if (!*text || strspn(text, "0123456789+-.eE") == 0)
            return false;
        double value = strtod(text, &end);
        if (end == text || (size_t)(end - text) > strspn(text, "0123456789+-.eE") || !isfinite(value) ||
            fabs(value) > 1e6)
            return false;
        out[i] = (float)value;
        text = end;
    }
    return text[strspn(text, " \t")] == 0;
}

static int read_size(struct parser *p, struct vh_cube_table *t, const char *value, int most)
{
    char *end;
    char message[80];
    long size = strtol(value, &end, 10);
    if (t->size)
        return wrong(p, "the size is given twice");
    if (p->n_one || p->n_three)
        return wrong(p, "the size stands behind the first values");
    if (end == value || end[strspn(end, " \t")] || size < 2 || size > most) {
        snprintf(message, sizeof message, "the size must be a number from 2 to %d", most);
        return wrong(p, message);
    }
    size_t n = most == VH_CUBE_MAX_3D ? (size_t)size * (size_t)size * (size_t)size : (size_t)size;
    t->value = vh_alloc(3 * n, sizeof *t->value);
    if (!t->value)
        return vh_fail(p->log, VH_ERR_RESOURCE, "out of memory for %.*s", NAME_SHOWN, p->name);
    t->size = (int)size;
    return VH_OK;
}

static int read_domain(struct parser *p, const char *value, bool high)
{
    float v[3];
    if (!read_numbers(value, v, 3))
        return wrong(p, "three numbers were expected");
    for (int i = 0; i < 3; i++) {
        struct vh_cube_table *t[] = {&p->cube->one, &p->cube->three};
        for (int k = 0; k < 2; k++)
            *(high ? &t[k]->high[i] : &t[k]->low[i]) = v[i];
    }
    return VH_OK;
}

static int read_range(struct parser *p, const char *value, struct vh_cube_table *t)
{
    float v[2];
    if (!read_numbers(value, v, 2))
        return wrong(p, "two numbers were expected");
    for (int i = 0; i < 3; i++) {
        t->low[i] = v[0];
        t->high[i] = v[1];
    }
    return VH_OK;
}

/* The text behind a keyword, or NULL when the line does not begin with it. */
static const char *behind(const char *line, const char *keyword)
{
    size_t n = strlen(keyword);
    if (strncmp(line, keyword, n) || !strchr(" \t", line[n]))
        return NULL;
    return line + n + strspn(line + n, " \t");
}

static int read_keyword(struct parser *p, const char *line)
{
    const char *value;
    if (behind(line, "TITLE"))
        return VH_OK;
    if ((value = behind(line, "LUT_1D_SIZE")))
        return read_size(p, &p->cube->one, value, VH_CUBE_MAX_1D);
    if ((value = behind(line, "LUT_3D_SIZE")))
        return read_size(p, &p->cube->three, value, VH_CUBE_MAX_3D);
    if ((value = behind(line, "DOMAIN_MIN")))
        return read_domain(p, value, false);
    if ((value = behind(line, "DOMAIN_MAX")))
        return read_domain(p, value, true);
    if ((value = behind(line, "LUT_1D_INPUT_RANGE")))
        return read_range(p, value, &p->cube->one);
    if ((value = behind(line, "LUT_3D_INPUT_RANGE")))
        return read_range(p, value, &p->cube->three);
    char message[120];
    snprintf(message, sizeof message, "\"%.40s\" is neither a keyword nor three numbers", line);
    return wrong(p, message);
}

static long n_expected(const struct vh_cube_table *t, int axes)
{
    return axes == 1 ? t->size : (long)t->size * t->size * t->size;
}

static int read_triple(struct parser *p, const char *line)
{
    struct vh_cube *cube = p->cube;
    float v[3];
    if (!cube->one.size && !cube->three.size)
        return wrong(p, "values stand before LUT_1D_SIZE or LUT_3D_SIZE");
    if (!read_numbers(line, v, 3))
        return wrong(p, "three numbers were expected");
    bool one = p->n_one < n_expected(&cube->one, 1);
    if (!one && p->n_three >= n_expected(&cube->three, 3))
        return wrong(p, "more values than the size asks for");
    memcpy(one ? cube->one.value + 3 * p->n_one++ : cube->three.value + 3 * p->n_three++, v, sizeof v);
    return VH_OK;
}

static int read_line(struct parser *p)
{
    char *line = p->text + strspn(p->text, " \t");
    size_t n = strlen(line);
    while (n && strchr(" \t\r", line[n - 1]))
        line[--n] = 0;
    if (!n || *line == '#')
        return VH_OK;
    return strchr("0123456789+-.", *line) ? read_triple(p, line) : read_keyword(p, line);
}

static int check_whole(struct parser *p)
{
    const struct vh_cube *c = p->cube;
    char message[120];
    long want = n_expected(&c->one, 1) + n_expected(&c->three, 3), have = p->n_one + p->n_three;
    if (!want)
        return wrong(p, "neither LUT_1D_SIZE nor LUT_3D_SIZE was found");
    if (have < want) {
        snprintf(message, sizeof message, "the file ends after %ld of %ld values", have, want);
        return wrong(p, message);
    }
    for (int i = 0; i < 3; i++)
        if (c->one.high[i] <= c->one.low[i] || c->three.high[i] <= c->three.low[i])
            return wrong(p, "the input range is empty: its end must lie above its start");
    return VH_OK;
}

int vh_cube_parse(
    struct vh_cube *cube, const char *text, size_t n, const char *name, const struct vh_log *log)
{
    *cube = (struct vh_cube){.one = {.high = {1, 1, 1}}, .three = {.high = {1, 1, 1}}};
    struct parser *p = vh_alloc(1, sizeof *p);
    if (!p)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for %.*s", NAME_SHOWN, name);
    *p = (struct parser){.cube = cube, .name = name, .log = log};
    const char *end = text + n;
    if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* byte order mark */
        text += 3;
    int status = VH_OK;
    while (text < end && status == VH_OK) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop ? stop : end) - text);
        p->line++;
        if (length >= sizeof p->text || memchr(text, 0, length)) {
            status = wrong(
                p, length >= sizeof p->text ? "the line is too long for a .cube file" : "not a text file");
            break;
        }
        memcpy(p->text, text, length);
        p->text[length] = 0;
        status = read_line(p);
        text += length + (stop != NULL);
    }
    if (status == VH_OK)
        status = check_whole(p);
    if (status != VH_OK)
        vh_cube_free(cube);
    vh_free(p);
    return status;
}

/* The whole file in memory; NULL with errno. */
static char *load(FILE *file, size_t *n)
{
    size_t room = 1 << 16;
    char *text = vh_alloc(room, 1);
    *n = 0;
    while (text) {
        *n += fread(text + *n, 1, room - *n, file);
        if (*n < room)
            break;
        char *more = room < MAX_FILE_BYTES ? vh_alloc(2 * room, 1) : NULL;
        if (more)
            memcpy(more, text, *n);
        else
            errno = EFBIG;
        vh_free(text);
        text = more;
        room *= 2;
    }
    if (text && ferror(file))
        vh_freep(&text);
    return text;
}

int vh_cube_read(struct vh_cube *cube, const char *path, const struct vh_log *log)
{
    *cube = (struct vh_cube){0};
    FILE *file = fopen(path, "rb");
    size_t n = 0;
    char *text = file ? load(file, &n) : NULL;
    int error = errno;
    if (file)
        fclose(file);
    if (!text)
        return vh_fail(log, VH_ERR_USAGE,
            "lut \"%.*s\" cannot be read: %s; expected a .cube file or restore, warm, cool", NAME_SHOWN, path,
            strerror(error));
    int status = vh_cube_parse(cube, text, n, path, log);
    vh_free(text);
    return status;
}

static void apply_one(const struct vh_cube_table *t, const double in[3], double out[3])
{
    for (int c = 0; c < 3; c++) {
        double at = fmin(fmax((in[c] - t->low[c]) / (t->high[c] - t->low[c]), 0), 1) * (t->size - 1);
        int cell = at >= t->size - 1 ? t->size - 2 : (int)at;
        double a = t->value[3 * cell + c], b = t->value[3 * cell + 3 + c];
        out[c] = a + (b - a) * (at - cell);
    }
}

/* From the corner of the cell along the axis with the largest fraction, then the next, then the last (Kasson,
 * Nin, Plouffe and Hafner, "Performing color space conversions with three-dimensional linear interpolation",
 * 1995). */
static void apply_three(const struct vh_cube_table *t, const double in[3], double out[3])
{
    const int step[3] = {1, t->size, t->size * t->size};
    double part[3];
    int node = 0, order[3] = {0, 1, 2};
    for (int c = 0; c < 3; c++) {
        double at = fmin(fmax((in[c] - t->low[c]) / (t->high[c] - t->low[c]), 0), 1) * (t->size - 1);
        int cell = at >= t->size - 1 ? t->size - 2 : (int)at;
        part[c] = at - cell;
        node += cell * step[c];
    }
    for (int a = 0; a < 2; a++)
        for (int b = a + 1; b < 3; b++)
            if (part[order[b]] > part[order[a]]) {
                int swap = order[a];
                order[a] = order[b];
                order[b] = swap;
            }
    double weight = 1 - part[order[0]];
    out[0] = out[1] = out[2] = 0;
    for (int k = 0; k < 4; k++) {
        for (int c = 0; c < 3; c++)
            out[c] += weight * t->value[3 * node + c];
        if (k < 3) {
            node += step[order[k]];
            weight = part[order[k]] - (k < 2 ? part[order[k + 1]] : 0);
        }
    }
}

void vh_cube_apply(const struct vh_cube *cube, const double in[3], double out[3])
{
    double between[3] = {in[0], in[1], in[2]};
    if (cube->one.size)
        apply_one(&cube->one, in, between);
    if (cube->three.size)
        apply_three(&cube->three, between, out);
    else
        memcpy(out, between, sizeof between);
}
