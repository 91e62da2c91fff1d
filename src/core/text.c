/* Growing string: doubles its memory. */
#include "core/text.h"

#include "core/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for n more bytes and the NUL. */
static bool reserve(struct vh_text *text, size_t n)
{
    if (text->failed)
        return false;
    if (text->n + n + 1 <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity < text->n + n + 1)
        capacity *= 2;
    char *data = vh_alloc(capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    if (text->n)
        memcpy(data, text->data, text->n);
    vh_free(text->data);
    text->data = data;
    text->capacity = capacity;
    return true;
}

void vh_text_add_bytes(struct vh_text *text, const char *more, size_t n)
{
    if (!reserve(text, n))
        return;
    memcpy(text->data + text->n, more, n);
    text->n += n;
    text->data[text->n] = 0;
}

void vh_text_add(struct vh_text *text, const char *more)
{
    vh_text_add_bytes(text, more, strlen(more));
}

void vh_text_addf(struct vh_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && reserve(text, (size_t)n)) {
        vsnprintf(text->data + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
}

void vh_text_pad(struct vh_text *text, char c, int n)
{
    for (; n > 0; n--)
        vh_text_add_bytes(text, &c, 1);
}

/* Columns a UTF-8 text takes, taking one per code point. */
static int columns(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

void vh_text_wrap(struct vh_text *text, const char *more, int column, int indent, int width)
{
    bool start = true;
    for (more += strspn(more, " "); *more; more += strspn(more, " ")) {
        size_t n = strcspn(more, " \n");
        int word = columns(more, n);
        if (!start && column + 1 + word > width) {
            vh_text_add(text, "\n");
            vh_text_pad(text, ' ', indent);
            column = indent;
            start = true;
        }
        if (!start)
            vh_text_add(text, " ");
        vh_text_add_bytes(text, more, n);
        column += word + !start;
        start = false;
        more += n;
        for (; *more == '\n'; more++) {
            vh_text_add(text, "\n");
            vh_text_pad(text, ' ', more[1] == '\n' ? 0 : indent);
            column = indent;
            start = true;
        }
    }
}

void vh_text_clear(struct vh_text *text)
{
    text->n = 0;
    text->failed = false;
    if (text->data)
        text->data[0] = 0;
}

char *vh_text_take(struct vh_text *text)
{
    vh_text_add_bytes(text, "", 0);
    char *data = text->failed ? NULL : text->data;
    if (data)
        text->data = NULL;
    vh_text_uninit(text);
    return data;
}

void vh_text_uninit(struct vh_text *text)
{
    vh_free(text->data);
    *text = (struct vh_text){0};
}

char *vh_text_number(double value, char *text)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(text, VH_NUMBER_BYTES, "%.0f", value == 0 ? 0 : value);
        return text;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, VH_NUMBER_BYTES, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}
