/* The grammar of RFC 8259, checked to the letter, so that a lenient tree builder behind it cannot let
 * anything pass.
 *
 * It keeps a stack of open brackets instead of recursing, so that a hostile file cannot use up the stack.
 */
#include "json_scan.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

struct scan {
    const char *at;
    const char *error;
    char open[MAX_DEPTH];
    int depth;
};

static bool fail(struct scan *s, const char *error)
{
    if (!s->error)
        s->error = error;
    return false;
}

static void skip_blanks(struct scan *s)
{
    s->at += strspn(s->at, " \t\r\n");
}

static bool is_hex(char c)
{
    return c && strchr("0123456789abcdefABCDEF", c);
}

static bool scan_escape(struct scan *s)
{
    if (s->at[1] && strchr("\"\\/bfnrt", s->at[1])) {
        s->at += 2;
        return true;
    }
    if (s->at[1] != 'u')
        return fail(s, "unknown escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    for (int i = 2; i < 6; i++)
        if (!is_hex(s->at[i]))
            return fail(s, "\\u needs four hexadecimal digits");
    if (!strncmp(s->at + 2, "0000", 4))
        return fail(s, "a text may not hold a NUL character");
    s->at += 6;
    return true;
}

/* Steps over one UTF-8 sequence (Unicode 15, table 3-7). */
static bool scan_utf8(struct scan *s)
{
    const unsigned char *c = (const unsigned char *)s->at;
    int n = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    bool good = c[0] < 0x80 || (c[0] >= 0xc2 && c[0] <= 0xf4);
    unsigned char low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (good && n > 1)
        good = c[1] >= low && c[1] <= high;
    for (int i = 2; good && i < n; i++)
        good = (c[i] & 0xc0) == 0x80;
    s->at += good ? n : 0;
    return good || fail(s, "not UTF-8");
}

static bool scan_string(struct scan *s)
{
    const char *start = s->at++;
    while (*s->at != '"') {
        if (!*s->at) {
            s->at = start;
            return fail(s, "text without closing \"");
        }
        if ((unsigned char)*s->at < 0x20)
            return fail(s, "line break or control character inside a text; write \\n, \\t or \\uXXXX");
        if (*s->at == '\\' ? !scan_escape(s) : !scan_utf8(s))
            return false;
    }
    s->at++;
    return true;
}

static int digits(struct scan *s)
{
    size_t n = strspn(s->at, "0123456789");
    s->at += n;
    return (int)(n > 99 ? 99 : n);
}

static bool scan_number(struct scan *s)
{
    s->at += *s->at == '-';
    if (*s->at == '0')
        s->at++;
    else if (!digits(s))
        return fail(s, "malformed number");
    if (*s->at >= '0' && *s->at <= '9')
        return fail(s, "a number may not begin with 0");
    if (*s->at == '.' && (s->at++, !digits(s)))
        return fail(s, "digits expected behind the decimal point");
    if (*s->at == 'e' || *s->at == 'E') {
        s->at++;
        s->at += *s->at == '+' || *s->at == '-';
        if (!digits(s))
            return fail(s, "digits expected in the exponent");
    }
    return true;
}

static bool scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (!strncmp(s->at, words[i], strlen(words[i]))) {
            s->at += strlen(words[i]);
            return true;
        }
    if (*s->at == '\'')
        return fail(s, "texts stand in double quotes");
    return fail(s, *s->at ? "a value expected" : "the text ends where a value is expected");
}

/* A member's name and colon. */
static bool scan_name(struct scan *s)
{
    skip_blanks(s);
    if (*s->at != '"')
        return fail(s, "a name in double quotes expected");
    if (!scan_string(s))
        return false;
    skip_blanks(s);
    if (*s->at != ':')
        return fail(s, "':' expected");
    s->at++;
    return true;
}

/* Opens a bracket; *empty tells that it closed at once. */
static bool scan_open(struct scan *s, bool *empty)
{
    char kind = *s->at;
    if (s->depth == MAX_DEPTH)
        return fail(s, "more than 64 levels");
    s->at++;
    skip_blanks(s);
    *empty = *s->at == (kind == '{' ? '}' : ']');
    if (*empty) {
        s->at++;
        return true;
    }
    s->open[s->depth++] = kind;
    return kind != '{' || scan_name(s);
}

/* Behind a value: closes brackets until another value must follow, or everything is closed. */
static bool scan_behind(struct scan *s, bool *more)
{
    *more = false;
    while (s->depth) {
        char kind = s->open[s->depth - 1], close = kind == '{' ? '}' : ']';
        skip_blanks(s);
        if (*s->at == ',') {
            s->at++;
            *more = true;
            skip_blanks(s);
            if (*s->at == close)
                return fail(s, "no comma before the closing bracket");
            return kind != '{' || scan_name(s);
        }
        if (*s->at != close)
            return fail(s, kind == '{' ? "',' or '}' expected" : "',' or ']' expected");
        s->at++;
        s->depth--;
    }
    return true;
}

static bool scan_value(struct scan *s, bool *opened)
{
    bool empty = false;
    *opened = false;
    skip_blanks(s);
    if (*s->at == '{' || *s->at == '[') {
        bool good = scan_open(s, &empty);
        *opened = good && !empty;
        return good;
    }
    if (*s->at == '"')
        return scan_string(s);
    return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') ? scan_number(s) : scan_word(s);
}

const char *vh_json_scan(const char *text, const char **at)
{
    struct scan s = {.at = text};
    bool more = true, opened;
    while (more && scan_value(&s, &opened))
        if (!opened && !scan_behind(&s, &more))
            break;
    if (!s.error)
        skip_blanks(&s);
    if (!s.error && *s.at)
        fail(&s, "more text behind the end of the value");
    *at = s.at;
    return s.error;
}
