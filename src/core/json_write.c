/* Strict JSON output. */
#include "core/json_write.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

/* Length of the well-formed UTF-8 sequence at s (Unicode 15, table 3-7), 0 when it is none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    int n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (int i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

static void write_quoted(struct vh_text *out, const char *value)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    vh_text_add(out, "\"");
    for (const unsigned char *s = (const unsigned char *)value; *s;) {
        const char *escape = escapes;
        while (*escape && (unsigned char)*escape != *s)
            escape += 2;
        int n = utf8_length(s);
        if (*escape)
            vh_text_addf(out, "\\%c", escape[1]);
        else if (*s < 0x20 || *s == 0x7f)
            vh_text_addf(out, "\\u%04x", *s);
        else
            vh_text_add_bytes(out, n ? (const char *)s : "\xef\xbf\xbd", n ? (size_t)n : 3);
        s += n ? n : 1;
    }
    vh_text_add(out, "\"");
}

static void new_line(struct vh_json_writer *w)
{
    if (!w->indent)
        return;
    vh_text_add(w->out, "\n");
    vh_text_pad(w->out, ' ', w->indent * w->depth);
}

/* Comma, line break and member name before a value. */
static void lead_in(struct vh_json_writer *w, const char *key)
{
    if (w->depth) {
        if (w->filled[w->depth - 1])
            vh_text_add(w->out, w->indent ? "," : ", ");
        w->filled[w->depth - 1] = true;
        new_line(w);
    }
    assert((key != NULL) == (w->depth && w->open[w->depth - 1] == '{'));
    if (key) {
        write_quoted(w->out, key);
        vh_text_add(w->out, ": ");
    }
}

void vh_json_write_open(struct vh_json_writer *w, const char *key, char kind)
{
    assert(w->depth < VH_JSON_DEPTH && (kind == '{' || kind == '['));
    lead_in(w, key);
    vh_text_add_bytes(w->out, &kind, 1);
    w->open[w->depth] = kind;
    w->filled[w->depth++] = false;
}

void vh_json_write_close(struct vh_json_writer *w)
{
    assert(w->depth);
    w->depth--;
    if (w->filled[w->depth])
        new_line(w);
    vh_text_add(w->out, w->open[w->depth] == '{' ? "}" : "]");
}

void vh_json_write_text(struct vh_json_writer *w, const char *key, const char *value)
{
    if (!value) {
        vh_json_write_null(w, key);
        return;
    }
    lead_in(w, key);
    write_quoted(w->out, value);
}

void vh_json_write_int(struct vh_json_writer *w, const char *key, int64_t value)
{
    lead_in(w, key);
    vh_text_addf(w->out, "%" PRId64, value);
}

void vh_json_write_double(struct vh_json_writer *w, const char *key, double value)
{
    char text[VH_NUMBER_BYTES];
    lead_in(w, key);
    vh_text_add(w->out, isfinite(value) ? vh_text_number(value, text) : "null");
}

void vh_json_write_bool(struct vh_json_writer *w, const char *key, bool value)
{
    lead_in(w, key);
    vh_text_add(w->out, value ? "true" : "false");
}

void vh_json_write_null(struct vh_json_writer *w, const char *key)
{
    lead_in(w, key);
    vh_text_add(w->out, "null");
}
